/* SPDX-License-Identifier: GPL-2.0 */
/* The threads of the launcher. */
#ifndef KEEL_VM_THREAD_H
#define KEEL_VM_THREAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/cpu.h"
#include "sandbox/sandbox.h"

/**
 * struct thread - a thread that spends its life in an ioctl of Keel's.
 * @id:   it
 * @left: it does not enter the ioctl again
 */
struct thread {
	pthread_t id;
	atomic_bool left;
};

/**
 * struct thread_plan - what a thread is to do.
 * @name:     what ps and top show; 15 characters
 * @role:     by which it gets its system calls
 * @prefix:   of the options that @schedule is from, for messages: "" or "server-"
 * @schedule: how it runs; NULL: as the process does
 * @nth:      its number among those with the same schedule
 * @function: what it does
 * @arg:      for @function
 */
struct thread_plan {
	const char *name;
	enum sandbox_role role;
	const char *prefix;
	const struct schedule *schedule;
	unsigned int nth;
	void *(*function)(void *arg);
	void *arg;
};

void thread_signals(void);
void thread_run(pthread_t *id, const char *name, enum sandbox_role role,
		void *(*function)(void *arg), void *arg);
void thread_start(struct thread *thread, const struct thread_plan *plan);
void thread_leaves(struct thread *thread);
void thread_stop(struct thread *thread);

#endif /* KEEL_VM_THREAD_H */
