/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that spend their lives in an ioctl of Keel's. */
#ifndef KEEL_VM_THREAD_H
#define KEEL_VM_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/**
 * struct thread - a thread that is in an ioctl of Keel's.
 * @id:   it
 * @left: it does not enter the ioctl again
 */
struct thread {
	pthread_t id;
	atomic_bool left;
};

void thread_signals(void);
void thread_mask(sigset_t *set);
int thread_start(struct thread *thread, const pthread_attr_t *attr, const char *name,
		 void *(*function)(void *arg), void *arg);
void thread_leaves(struct thread *thread);
void thread_stop(struct thread *thread);

#endif /* KEEL_VM_THREAD_H */
