// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that spend their lives in an ioctl of Keel's, which a signal interrupts: vCPUs
 * and servers. Other signals are the main thread's, but for those of a thread's own faults.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "vm/thread.h"

/* Interrupts the ioctl; all that its handler does is return. */
#define KICK	SIGUSR2

static void on_kick(int signal)
{
	(void)signal;
}

/* thread_signals() - prepare the signal that thread_stop() sends */
void thread_signals(void)
{
	struct sigaction action = { .sa_handler = on_kick };	/* no SA_RESTART */

	sigaction(KICK, &action, NULL);
}

/* thread_mask() - the signals that all threads but the main one block */
void thread_mask(sigset_t *set)
{
	/* Blocked, they would end the process without the handler that restores the terminal */
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };
	size_t i;

	sigfillset(set);
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(set, faults[i]);
}

/**
 * thread_start() - create one.
 * @thread:   result
 * @attr:     as of pthread_create()
 * @name:     what ps and top show; 15 characters
 * @function: what it does; calls thread_leaves() at its end
 * @arg:      for @function
 *
 * Return: 0, or an error number.
 */
int thread_start(struct thread *thread, const pthread_attr_t *attr, const char *name,
		 void *(*function)(void *arg), void *arg)
{
	sigset_t set, before;
	int error;

	atomic_init(&thread->left, false);
	thread_mask(&set);
	sigdelset(&set, KICK);
	pthread_sigmask(SIG_SETMASK, &set, &before);
	error = pthread_create(&thread->id, attr, function, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		pthread_setname_np(thread->id, name);
	return error;
}

/* thread_leaves() - the calling thread does not enter its ioctl again */
void thread_leaves(struct thread *thread)
{
	atomic_store(&thread->left, true);
}

/*
 * thread_stop() - see a thread out that has been told to stop. A kick between its look at
 * what it was told and its entry into the kernel does nothing, so it is kicked until it
 * says that it has left.
 */
void thread_stop(struct thread *thread)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	while (!atomic_load(&thread->left)) {
		pthread_kill(thread->id, KICK);
		nanosleep(&pause, NULL);
	}
	pthread_join(thread->id, NULL);
}
