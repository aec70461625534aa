// SPDX-License-Identifier: GPL-2.0
/*
 * The launcher's threads. Signals are the main thread's, but for those of a thread's own faults.
 * Those that spend their lives in an ioctl of Keel's, vCPUs and servers, are told by a signal to
 * come out of it.
 *
 * Their stacks are small: one of the usual size can get a huge page, 2 MiB of memory at once, and
 * --mlock makes all of it resident.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "status.h"
#include "vm/schedule.h"
#include "vm/thread.h"

/* Interrupts the ioctl; all that its handler does is return. */
#define KICK	SIGUSR2

#define STACK		(256 * KIB)
#define STACK_IN_KEEL	(64 * KIB)	/* such a thread does little but wait in the kernel */

/**
 * struct start - on the creating thread's stack, for the new one.
 * @plan: what it is to do
 * @kept: the plan has been read, and the thread runs as it should
 */
struct start {
	const struct thread_plan *plan;
	sem_t kept;
};

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

/* All but those of faults: blocked, they would end the process without its handler's help. */
static void mask(sigset_t *set)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };
	size_t i;

	sigfillset(set);
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(set, faults[i]);
}

static void *begin(void *arg)
{
	struct start *start = arg;
	struct thread_plan plan = *start->plan;

	pthread_setname_np(pthread_self(), plan.name);
	if (plan.schedule)
		schedule_apply(plan.schedule, plan.prefix, plan.nth);
	sandbox_thread(plan.role);
	sem_post(&start->kept);
	return plan.function(plan.arg);
}

static void create(pthread_t *id, const struct thread_plan *plan, size_t stack,
		   const sigset_t *blocked)
{
	struct start start = { .plan = plan };
	pthread_attr_t attr;
	sigset_t before;
	int error;

	sem_init(&start.kept, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, stack);
	pthread_sigmask(SIG_SETMASK, blocked, &before);
	error = pthread_create(id, &attr, begin, &start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (error)
		die(STATUS_INTERNAL, "no thread %s: %s (see ulimit -u, and the cgroup's pids.max)",
		    plan->name, strerror(error));
	while (sem_wait(&start.kept))
		;
	sem_destroy(&start.kept);
}

/**
 * thread_run() - create a thread; dies if there cannot be one.
 * @id:       result
 * @name:     what ps and top show; 15 characters
 * @role:     by which it gets its system calls
 * @function: what it does
 * @arg:      for @function
 */
void thread_run(pthread_t *id, const char *name, enum sandbox_role role,
		void *(*function)(void *arg), void *arg)
{
	const struct thread_plan plan = {
		.name = name, .role = role, .function = function, .arg = arg,
	};
	sigset_t set;

	mask(&set);
	create(id, &plan, STACK, &set);
}

/**
 * thread_start() - create a thread that is in an ioctl of Keel's; dies if there cannot be one.
 * @thread: result
 * @plan:   its function calls thread_leaves() at its end
 */
void thread_start(struct thread *thread, const struct thread_plan *plan)
{
	sigset_t set;

	atomic_init(&thread->left, false);
	mask(&set);
	sigdelset(&set, KICK);
	create(&thread->id, plan, STACK_IN_KEEL, &set);
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
