// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of a stream of bytes.
 *
 * Why no wake-up is lost: who serves first says that it is waiting, then tries. A wake-up
 * after that queues work, and one before that is what the try finds.
 *
 * A file that sleeps although it is open with O_NONBLOCK, because the process has changed its
 * mind, must not hold up who stops the queue: that one has the sleeper come out, as
 * if by a signal. It either sees who serves, or who serves sees that it is to leave.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>

#include "end.h"

/* With the wait queue's lock held, and interrupts off. */
static int end_woken(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	struct keel_end *end = container_of(entry, struct keel_end_wait, entry)->end;
	__poll_t events = key_to_poll(key);

	if (events && !(events & (end->events | EPOLLERR | EPOLLHUP)))
		return 0;
	if (READ_ONCE(end->waiting) && xchg(&end->waiting, false)) {
		keel_virtio_wake(end->queue);
		if (end->woken)
			end->woken(end);
	}
	return 0;
}

static void end_wait(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct keel_end *end = container_of(table, struct keel_end, table);
	struct keel_end_wait *wait = &end->waits[end->nr_waits];

	if (end->nr_waits++ >= KEEL_END_WAITS)
		return;
	wait->head = head;
	add_wait_queue(head, &wait->entry);
}

/**
 * keel_end_let_go() - there is nobody any more, and no wake-up comes from there.
 * @end: which; its queue's lock is held, or nobody serves it
 */
void keel_end_let_go(struct keel_end *end)
{
	unsigned int i;

	for (i = 0; i < min_t(unsigned int, end->nr_waits, KEEL_END_WAITS); i++)
		remove_wait_queue(end->waits[i].head, &end->waits[i].entry);
	end->nr_waits = 0;
	if (end->file)
		fput(end->file);
	end->file = NULL;
}

/* Takes @file. Return: false: it cannot be waited for. */
static bool end_take(struct keel_end *end, struct file *file)
{
	end->file = file;
	if (!file)
		return true;
	end->seeks = S_ISREG(file_inode(file)->i_mode);
	if (file->f_op->poll)
		vfs_poll(file, &end->table);
	return end->nr_waits <= KEEL_END_WAITS;
}

/*
 * Those that can be told not to sleep, or that do not sleep for long. (Others may have wait
 * queues that do not live as long as they do.)
 */
static bool end_file_good(const struct file *file, fmode_t direction)
{
	umode_t mode = file_inode(file)->i_mode;

	if (!(file->f_mode & direction) || file->f_flags & (O_DIRECT | O_PATH))
		return false;
	if (direction == FMODE_READ ? !file->f_op->read_iter : !file->f_op->write_iter)
		return false;
	if (S_ISREG(mode) || S_ISSOCK(mode))
		return true;
	return (S_ISFIFO(mode) || S_ISCHR(mode)) && file->f_flags & O_NONBLOCK;
}

/**
 * keel_end_get_file() - a file that a process wants to be an end.
 * @fd:        its descriptor; -1: none
 * @direction: FMODE_READ or FMODE_WRITE: what it is wanted for
 *
 * Return: the file; NULL: none; -EBADF: it is none, is not open for that, or cannot be kept
 * from sleeping.
 */
struct file *keel_end_get_file(int fd, fmode_t direction)
{
	struct file *file;

	if (fd == -1)
		return NULL;
	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	if (end_file_good(file, direction))
		return file;
	fput(file);
	return ERR_PTR(-EBADF);
}

static bool end_enter(struct keel_end *end)
{
	bool enter;

	spin_lock(&end->lock);
	enter = !end->leave;
	if (enter)
		end->server = current;
	spin_unlock(&end->lock);
	return enter;
}

/* A vCPU's thread has its own use for the flag; a worker has none. */
static void end_exit(struct keel_end *end)
{
	spin_lock(&end->lock);
	end->server = NULL;
	if (current->flags & PF_KTHREAD)
		clear_thread_flag(TIF_NOTIFY_SIGNAL);
	spin_unlock(&end->lock);
}

/**
 * keel_end_leave() - have who uses the file come out, and nobody use it, or let it be used.
 * @end:   which
 * @leave: nobody is to
 */
void keel_end_leave(struct keel_end *end, bool leave)
{
	spin_lock(&end->lock);
	end->leave = leave;
	if (leave && end->server) {
		set_tsk_thread_flag(end->server, TIF_NOTIFY_SIGNAL);
		wake_up_process(end->server);
	}
	spin_unlock(&end->lock);
}

static ssize_t end_call(struct file *file, struct kiocb *kiocb, struct iov_iter *iter)
{
	ssize_t ret;

	if (iov_iter_rw(iter) == READ)
		return file->f_op->read_iter(kiocb, iter);
	file_start_write(file);
	ret = file->f_op->write_iter(kiocb, iter);
	file_end_write(file);
	return ret;
}

/**
 * keel_end_move() - move bytes between the file and memory.
 * @end:  which, with a file; its queue's lock is held
 * @iter: memory, and the direction
 *
 * Return: bytes; 0: the end of it, for now; -EAGAIN: not now, but the queue will be woken up;
 * or another error of the file.
 */
ssize_t keel_end_move(struct keel_end *end, struct iov_iter *iter)
{
	struct file *file = end->file;
	struct kiocb kiocb;
	ssize_t ret;

	smp_store_mb(end->waiting, true);	/* before the try: see the head comment */
	if (!end_enter(end))
		return -EAGAIN;
	init_sync_kiocb(&kiocb, file);
	if (S_ISSOCK(file_inode(file)->i_mode))
		kiocb.ki_flags |= IOCB_NOWAIT;
	if (end->seeks) {
		mutex_lock(&file->f_pos_lock);
		kiocb.ki_pos = file->f_pos;
	}
	ret = end_call(file, &kiocb, iter);
	if (end->seeks) {
		file->f_pos = kiocb.ki_pos;
		mutex_unlock(&file->f_pos_lock);
	}
	end_exit(end);
	if (ret > 0)
		end->bytes += ret;
	if (ret && ret != -EAGAIN)	/* what has ended may begin again */
		end->waiting = false;
	if (ret == -ERESTARTSYS || ret == -EINTR) {
		/* A signal's, or to leave: whoever had it leave has it come again. */
		keel_virtio_wake(end->queue);
		ret = -EAGAIN;
	}
	return ret;
}

/**
 * keel_end_replace() - have another file there; nobody uses what there was when it returns.
 * @end:  which
 * @file: the new one, whose reference is taken; NULL: nobody
 *
 * Return: false: it cannot be waited for, and nobody is there.
 */
bool keel_end_replace(struct keel_end *end, struct file *file)
{
	bool fits;

	keel_end_leave(end, true);
	mutex_lock(&end->queue->lock);
	keel_end_let_go(end);
	fits = end_take(end, file);
	if (!fits)
		keel_end_let_go(end);
	keel_end_leave(end, false);
	mutex_unlock(&end->queue->lock);
	keel_virtio_wake(end->queue);
	return fits;
}

/**
 * keel_end_init() - an end with nobody there.
 * @end:    to be set up; zeroes
 * @queue:  what is served with it
 * @events: what its file is waited for
 */
void keel_end_init(struct keel_end *end, struct keel_vqueue *queue, __poll_t events)
{
	unsigned int i;

	end->queue = queue;
	end->events = events;
	spin_lock_init(&end->lock);
	init_poll_funcptr(&end->table, end_wait);
	for (i = 0; i < KEEL_END_WAITS; i++) {
		end->waits[i].end = end;
		init_waitqueue_func_entry(&end->waits[i].entry, end_woken);
	}
}
