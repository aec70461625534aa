// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_SERVE is to queues what KEEL_RUN is to vCPUs. The process makes the threads, so that
 * they use its memory and files with its credentials and within its limits, and end with
 * it.
 *
 * Why no job is lost: a thread puts itself on @idle before it looks at @jobs for the last
 * time, and keel_job_post() adds the job before it wakes. A thread that was woken for a job
 * and leaves for a signal wakes another one.
 *
 * Why a pause ends: jobs are given out under the server's lock, and none while the VM is
 * paused. KEEL_PAUSE sets that, and waits until no job runs; it kicks the threads that
 * run one, and can itself be interrupted.
 */
#include <linux/nospec.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "kick.h"
#include "server.h"
#include "vm.h"

/* ---- Jobs ---- */

/**
 * keel_job_init() - a job that no server has yet.
 * @job: out
 * @run: see struct keel_job
 */
void keel_job_init(struct keel_job *job, void (*run)(struct keel_job *job))
{
	memset(job, 0, sizeof(*job));
	INIT_LIST_HEAD(&job->node);
	job->run = run;
}

/**
 * keel_job_bind() - from now on it can be posted.
 * @job:    the job
 * @server: runs it
 */
void keel_job_bind(struct keel_job *job, struct keel_server *server)
{
	/* Pairs with keel_job_post(). */
	smp_store_release(&job->server, server);
}

/**
 * keel_job_post() - have a job run, once more if it runs now.
 * @job: one that is posted already is not posted twice
 *
 * Any context.
 */
void keel_job_post(struct keel_job *job)
{
	/* Pairs with keel_job_bind(). */
	struct keel_server *server = smp_load_acquire(&job->server);
	unsigned long flags;

	if (!server)
		return;
	spin_lock_irqsave(&server->lock, flags);
	if (job->task) {
		job->again = true;
	} else if (list_empty(&job->node)) {
		list_add_tail(&job->node, &server->jobs);
		wake_up_interruptible(&server->idle);
	}
	spin_unlock_irqrestore(&server->lock, flags);
}

/**
 * keel_job_steal() - take a posted job away from its server.
 * @job: the job
 *
 * Return: true: the caller runs it now; false: it is not posted, or runs.
 */
bool keel_job_steal(struct keel_job *job)
{
	struct keel_server *server = job->server;
	bool posted;

	if (!server)
		return false;
	spin_lock_irq(&server->lock);
	posted = !job->task && !list_empty(&job->node);
	if (posted)
		list_del_init(&job->node);
	spin_unlock_irq(&server->lock);
	return posted;
}

/* The next job, which runs from now on; NULL: none is posted, or the VM is paused. */
static struct keel_job *server_next(struct keel_server *server)
{
	struct keel_job *job = NULL;

	spin_lock_irq(&server->lock);
	if (!READ_ONCE(server->vm->paused))
		job = list_first_entry_or_null(&server->jobs, struct keel_job, node);
	if (job) {
		job->task = current;
		list_move(&job->node, &server->running);
	}
	spin_unlock_irq(&server->lock);
	return job;
}

static void server_ran(struct keel_server *server, struct keel_job *job)
{
	spin_lock_irq(&server->lock);
	job->task = NULL;
	if (job->again)
		list_move_tail(&job->node, &server->jobs);
	else
		list_del_init(&job->node);
	job->again = false;
	if (list_empty(&server->running))
		wake_up(&server->quiet);
	spin_unlock_irq(&server->lock);
}

/* ---- Sleeping ---- */

static bool server_has_work(const struct keel_server *server)
{
	return !list_empty(&server->jobs) && !READ_ONCE(server->vm->paused);
}

static void server_sleep(struct keel_server *server, const struct poll_wqueues *files,
			 unsigned int looks)
{
	DEFINE_WAIT(wait);

	prepare_to_wait_exclusive(&server->idle, &wait, TASK_INTERRUPTIBLE);
	if (!server_has_work(server) && !(files && READ_ONCE(files->triggered)) &&
	    READ_ONCE(server->looks) == looks && !signal_pending(current))
		schedule();
	finish_wait(&server->idle, &wait);
}

/* As poll() does it: the thread holds the files until it has slept. */
static noinline void server_sleep_watching(struct keel_server *server)
{
	unsigned int looks = READ_ONCE(server->looks);
	struct poll_wqueues files;
	struct keel_watch *watch;

	poll_initwait(&files);
	list_for_each_entry_lockless(watch, &server->watches, node)
		watch->poll(watch, &files.pt);
	server_sleep(server, &files, looks);
	poll_freewait(&files);
}

static void server_wait(struct keel_server *server)
{
	if (list_empty(&server->watches))
		server_sleep(server, NULL, READ_ONCE(server->looks));
	else
		server_sleep_watching(server);
}

/**
 * keel_server_watch() - have idle threads watch one more file.
 * @server: the server
 * @watch:  the file; stays as long as the VM does
 */
void keel_server_watch(struct keel_server *server, struct keel_watch *watch)
{
	spin_lock_irq(&server->lock);
	list_add_tail_rcu(&watch->node, &server->watches);
	spin_unlock_irq(&server->lock);
	keel_server_look(server);
}

/**
 * keel_server_look() - have idle threads let go of the files they watch, and look anew.
 * @server: the server
 */
void keel_server_look(struct keel_server *server)
{
	spin_lock_irq(&server->lock);
	WRITE_ONCE(server->looks, server->looks + 1);
	spin_unlock_irq(&server->lock);
	wake_up_interruptible_all(&server->idle);
}

/* ---- Pause ---- */

/* Kicks the threads that run a job, and waits until none does. */
static int server_pause(struct keel_server *server)
{
	struct keel_job *job;

	spin_lock_irq(&server->lock);
	list_for_each_entry(job, &server->running, node)
		keel_kick_task(job->task);
	spin_unlock_irq(&server->lock);
	return wait_event_interruptible(server->quiet, list_empty_careful(&server->running));
}

/**
 * keel_servers_pause() - no job runs when this returns 0, and none until the VM goes on.
 * @vm: with keel_vm.paused set, and keel_vm.control held
 *
 * Return: 0 or -ERESTARTSYS.
 */
int keel_servers_pause(struct keel_vm *vm)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < KEEL_MAX_SERVERS && !ret; i++)
		if (READ_ONCE(vm->servers[i]))
			ret = server_pause(vm->servers[i]);
	return ret;
}

/**
 * keel_servers_resume() - the VM goes on: posted jobs run again.
 * @vm: no longer paused
 */
void keel_servers_resume(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < KEEL_MAX_SERVERS; i++)
		if (READ_ONCE(vm->servers[i]))
			keel_server_look(vm->servers[i]);
}

/* ---- Life ---- */

static struct keel_server *server_create(struct keel_vm *vm)
{
	struct keel_server *server = kzalloc(sizeof(*server), GFP_KERNEL_ACCOUNT);

	if (!server)
		return NULL;
	server->vm = vm;
	spin_lock_init(&server->lock);
	INIT_LIST_HEAD(&server->jobs);
	INIT_LIST_HEAD(&server->running);
	init_waitqueue_head(&server->idle);
	init_waitqueue_head(&server->quiet);
	INIT_LIST_HEAD(&server->watches);
	return server;
}

/**
 * keel_server_get() - the server of a number, made at its first use.
 * @vm: the VM
 * @nr: below KEEL_MAX_SERVERS
 *
 * Return: it, or NULL without memory. It stays as long as the VM does.
 */
struct keel_server *keel_server_get(struct keel_vm *vm, unsigned int nr)
{
	struct keel_server *server, *other;

	nr = array_index_nospec(nr, KEEL_MAX_SERVERS);
	/* Pairs with the cmpxchg() below: the server is complete before it is published. */
	server = smp_load_acquire(&vm->servers[nr]);
	if (server)
		return server;
	server = server_create(vm);
	if (!server)
		return NULL;
	other = cmpxchg(&vm->servers[nr], NULL, server);
	if (!other)
		return server;
	kfree(server);
	return other;
}

/**
 * keel_servers_destroy() - at the VM's end.
 * @vm: the VM; no thread is inside
 */
void keel_servers_destroy(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < KEEL_MAX_SERVERS; i++)
		kfree(vm->servers[i]);
}

/* ---- KEEL_SERVE ---- */

/*
 * A file whose last reference is dropped in here is closed by task work, on the way to user
 * space. The call is restarted there without the process noticing.
 */
static int server_leave(void)
{
	if (task_sigpending(current))
		return -EINTR;
	set_thread_flag(TIF_NOTIFY_SIGNAL);
	return -ERESTARTNOINTR;
}

static bool server_must_leave(void)
{
	return task_work_pending(current) || (signal_pending(current) && !keel_only_kicked());
}

static void server_turn(struct keel_server *server)
{
	struct keel_job *job = server_next(server);

	if (job) {
		job->run(job);
		server_ran(server, job);
	} else {
		server_wait(server);
	}
}

/* KEEL_SERVE */
long keel_serve(void *owner, void *arg)
{
	const struct keel_serve *serve = arg;
	struct keel_server *server;
	struct keel_vm *vm = owner;

	if (serve->server >= KEEL_MAX_SERVERS || serve->flags || serve->reserved)
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	server = keel_server_get(vm, serve->server);
	if (!server)
		return -ENOMEM;
	while (!server_must_leave()) {
		keel_take_kick();
		server_turn(server);
		cond_resched();
	}
	if (server_has_work(server))	/* another thread may have been left asleep for it */
		wake_up_interruptible(&server->idle);
	return server_leave();
}
