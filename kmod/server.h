/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Servers: threads of the process, inside KEEL_SERVE, that do what a vCPU does not do itself.
 * A job is a piece of that work: a queue to be served, a flush. Any context posts jobs; the
 * threads of the job's server run them, each job in one thread at a time.
 */
#ifndef KEEL_SERVER_H
#define KEEL_SERVER_H

#include <linux/list.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct keel_vm;

/**
 * struct keel_server - the threads of one number.
 * @vm:      its VM
 * @lock:    for @jobs, @running, @looks and every job's fields; innermost but for wait queues
 * @jobs:    posted, and not running
 * @running: jobs that run
 * @looks:   counts keel_server_look()
 * @idle:    where the threads sleep
 * @quiet:   where KEEL_PAUSE waits for the end of what runs
 * @watches: streams whose files an idle thread watches; entries are added, and stay as long
 *           as the VM does
 */
struct keel_server {
	struct keel_vm *vm;
	spinlock_t lock;
	struct list_head jobs;
	struct list_head running;
	unsigned int looks;
	wait_queue_head_t idle;
	wait_queue_head_t quiet;
	struct list_head watches;
};

/**
 * struct keel_job - a piece of work.
 * @node:   in keel_server.jobs or .running, or empty
 * @server: NULL: posting does nothing
 * @run:    does it, in a thread of the process, without a lock
 * @task:   the thread that runs it, or NULL
 * @again:  it was posted while it ran
 */
struct keel_job {
	struct list_head node;
	struct keel_server *server;
	void (*run)(struct keel_job *job);
	struct task_struct *task;
	bool again;
};

/**
 * struct keel_watch - a file that an idle thread watches.
 * @node: in keel_server.watches
 * @poll: if the file is waited for, register with it, and post a job if it is ready
 */
struct keel_watch {
	struct list_head node;
	void (*poll)(struct keel_watch *watch, poll_table *table);
};

struct keel_server *keel_server_get(struct keel_vm *vm, unsigned int nr);
void keel_server_watch(struct keel_server *server, struct keel_watch *watch);
int keel_servers_pause(struct keel_vm *vm);
void keel_servers_resume(struct keel_vm *vm);
void keel_servers_destroy(struct keel_vm *vm);
long keel_serve(void *owner, void *arg);

void keel_job_init(struct keel_job *job, void (*run)(struct keel_job *job));
void keel_job_bind(struct keel_job *job, struct keel_server *server);
void keel_job_post(struct keel_job *job);
bool keel_job_steal(struct keel_job *job);
void keel_server_look(struct keel_server *server);

#endif /* KEEL_SERVER_H */
