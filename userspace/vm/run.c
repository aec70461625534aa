// SPDX-License-Identifier: GPL-2.0
/*
 * From the first KEEL_RUN to the last: the main thread starts the others and waits
 * for signals and for the first reason to end.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/control.h"
#include "control/events.h"
#include "control/followers.h"
#include "control/input.h"
#include "control/notify.h"
#include "control/stats.h"
#include "debug/gdb.h"
#include "firmware/nvram.h"
#include "life/crash.h"
#include "life/dump.h"
#include "life/lifecycle.h"
#include "life/panic.h"
#include "life/park.h"
#include "life/slots.h"
#include "life/stop.h"
#include "life/watchdog.h"
#include "sandbox/sandbox.h"
#include "screen/draw.h"
#include "status.h"
#include "stream/clients.h"
#include "stream/firmware_log.h"
#include "stream/log.h"
#include "stream/pump.h"
#include "stream/serial.h"
#include "stream/stdio.h"
#include "stream/terminal.h"
#include "vm/clock.h"
#include "vm/outcome.h"
#include "vm/run.h"
#include "vm/server.h"
#include "vm/thread.h"
#include "vm/usernet.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define DRAIN_MS	1000	/* for the last output, when the user wants to be off */

static const int handled[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGTSTP, SIGCONT, SIGWINCH,
};

/* All of them blocked everywhere, so that they come through the descriptor alone. */
static int signals_open(sigset_t *set)
{
	size_t i;
	int fd;

	sigemptyset(set);
	for (i = 0; i < ARRAY_SIZE(handled); i++)
		sigaddset(set, handled[i]);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a disk beyond RLIMIT_FSIZE is an error of that disk */
	thread_signals();
	fd = signalfd(-1, set, SFD_CLOEXEC);
	if (fd < 0)
		die(STATUS_INTERNAL, "signalfd: %s", strerror(errno));
	return fd;
}

/* Returns the signal if it asks for the end. */
static int signal_arrived(struct vm *vm, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGUSR1:
		stats_print(vm, vm->config->stats == STATS_JSON ? STATS_JSON : STATS_TABLE);
		return 0;
	case SIGTSTP:
		terminal_suspend();
		return 0;
	case SIGCONT:
		stdio_continued();
		draw_continued();
		port_resized(vm);
		lifecycle_retry(vm);
		return 0;
	case SIGWINCH:
		port_resized(vm);
		return 0;
	default:
		return info.ssi_signo;
	}
}

/* wait_for() - until "fd" is readable, a signal asks for the end (returned), or time is up */
static int wait_for(struct vm *vm, int signals, int fd, int timeout)
{
	struct pollfd fds[2] = { { signals, POLLIN, 0 }, { fd, POLLIN, 0 } };
	int n, signal;

	for (;;) {
		n = poll(fds, 2, timeout);
		if (!n)
			return 0;
		if (n < 0)
			continue;
		if (fds[1].revents)
			return 0;
		signal = signal_arrived(vm, signals);
		if (signal)
			return signal;
	}
}

static void die_by(int signal, const sigset_t *set)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(signal, &action, NULL);
	raise(signal);
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

/* What the threads need, before the sandbox takes the means to get it */
static void open_streams(struct vm *vm)
{
	tzset();	/* --rtc localtime */
	json_object_seed(0);	/* reads /dev/urandom, otherwise in a thread with an event */
	log_open(vm->config->log);
	pumps_init();
	serial_open(vm);
	firmware_log_open(vm);
	input_open(vm);
	stdio_open(vm);
	draw_open(vm);
}

static void start(struct vm *vm)
{
	unsigned int i;

	pthread_barrier_init(&vm->gate, NULL, vm->config->cpus + 1);
	open_streams(vm);
	sandbox_enter(vm->config);
	pumps_start();
	port_start(vm);
	input_start();
	draw_start();
	usernet_start();
	servers_start(vm);
	for (i = 0; i < vm->config->cpus; i++)
		vcpu_start(&vm->vcpus[i]);
	/* The time is that of the start, not of when the VM was made: loading takes its time. */
	if (!vm->config->restore)
		clock_set(vm);
	pthread_barrier_wait(&vm->gate);
	if (vm->config->restore)
		lifecycle_begin(vm);
	if (vm->control)
		control_start(vm);
	gdb_start(vm);
	event_emit(vm, "started", json_pack("{s:i, s:b}", "pid", getpid(), "restored",
					    !!vm->config->restore));
	sandbox_thread(SANDBOX_CONTROL);
	notify_ready();
}

static void stop(struct vm *vm)
{
	unsigned int i;

	atomic_store(&vm->stop, true);
	park_give_up(vm);
	for (i = 0; i < vm->config->cpus; i++)
		vcpu_stop(&vm->vcpus[i]);
}

static void emit_shutdown(struct vm *vm)
{
	event_emit(vm, "shutdown", json_pack("{s:i, s:s, s:s}", "status", vm->status, "meaning",
					     status_meaning(vm->status), "message", vm->reason));
}

/* Something in vm->ended, or the end of the time that the guest had to shut down. */
static void woken(struct vm *vm)
{
	__u64 count;

	if (read(vm->ended, &count, sizeof(count)) < 0 && errno != EAGAIN)
		abort();
	lifecycle_restart(vm);
	lifecycle_wake(vm);
	lifecycle_full(vm);
	panic_handle(vm);
	watchdog_handle(vm);
	slots_handle(vm);
}

/* Resets on the way included. Returns the signal that asked for the end, if one did. */
static int run_to_the_end(struct vm *vm, int signals)
{
	int signal;

	for (;;) {
		signal = wait_for(vm, signals, vm->ended, stop_time_left());
		if (atomic_load(&vm->over))
			return 0;
		if (signal && !stop_by_signal(vm, signal))
			return signal;
		if (signal)
			continue;
		woken(vm);
		signal = stop_when_due(vm);
		if (signal)
			return signal;
	}
}

/**
 * vm_run() - run a VM to its end.
 * @vm: from vm_create()
 *
 * Return: exit status; not at all if a signal was the end of it.
 */
int vm_run(struct vm *vm)
{
	sigset_t set;
	int signals, signal, hurry, drained;

	signals = signals_open(&set);
	start(vm);
	signal = run_to_the_end(vm, signals);
	if (signal)
		vm_end(vm, 128 + signal, "%s", "");
	stop(vm);
	control_stop(vm);
	gdb_end(vm);
	nvram_end(vm);
	crash_dump(vm);
	dump_close();
	emit_shutdown(vm);	/* no thread is left that might give the outcome at this moment */
	if (vm->followers)
		followers_stop(vm->followers);

	drained = pumps_drain();
	hurry = signal || vm->status == STATUS_QUIT;
	if (wait_for(vm, signals, drained, hurry ? DRAIN_MS : -1) || hurry)
		pumps_abandon();
	pumps_join();
	stdio_end();
	port_stop(vm, hurry);
	servers_stop();
	input_stop();
	draw_stop();
	terminal_restore();
	draw_last(vm);

	if (vm->reason[0])
		warn_line("%s", vm->reason);
	crash_report(vm);
	if (vm->config->stats != STATS_NONE)
		stats_print(vm, vm->config->stats);
	if (signal)
		die_by(signal, &set);
	return vm->status;
}
