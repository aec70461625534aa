// SPDX-License-Identifier: GPL-2.0
/*
 * Signals. Their handlers set a flag, and with that interrupt KVM_RUN. One that comes just before
 * KVM_RUN is seen before the next batch; the alarm is repeated, as a batch that hangs has no end.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/time.h>

#include "base.h"
#include "bench/signals.h"

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
static atomic_int stopped;	/* the signal */
static atomic_bool late;

static void on_end(int number)
{
	stopped = number;
}

static void on_alarm(int number)
{
	(void)number;
	late = true;
}

/* One that is ignored, as nohup has it, stays so. */
static void take(int number, const struct sigaction *action)
{
	struct sigaction before;

	if (!sigaction(number, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(number, action, NULL);
}

/* signals_take() - from now on; a second Ctrl-C ends the process at once */
void signals_take(void)
{
	struct sigaction end = { .sa_handler = on_end, .sa_flags = SA_RESETHAND };
	struct sigaction alarm = { .sa_handler = on_alarm };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		take(ends[i], &end);
	sigaction(SIGALRM, &alarm, NULL);
}

/* signals_stopped() - the user wants the end */
bool signals_stopped(void)
{
	return stopped;
}

/* signals_expect() - begin to wait for something for so long; 0: it is there */
void signals_expect(unsigned int seconds)
{
	struct itimerval timer = { .it_value.tv_sec = seconds, .it_interval.tv_sec = !!seconds };

	late = false;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* signals_late() - it has not come */
bool signals_late(void)
{
	return late;
}

/* signals_end() - end as a process does that a signal ends, if one was to end this one */
void signals_end(void)
{
	if (stopped)
		raise(stopped);
}
