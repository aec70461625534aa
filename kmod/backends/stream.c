// SPDX-License-Identifier: GPL-2.0
/*
 * Streams of bytes.
 *
 * Why no readiness is missed: the serving thread sets @waiting, then tries. An idle thread
 * registers with the file, then asks it: what became ready before, the file says; what becomes
 * ready after that wakes the thread.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include "../compat.h"
#include "stream.h"

/*
 * At its end a file stays readable, and would keep the threads busy: only data counts
 * there. A FIFO can have data although it has hung up.
 */
static bool stream_is_ready(const struct keel_stream *stream, const struct file *file,
			    __poll_t events)
{
	umode_t mode = file_inode(file)->i_mode;
	__poll_t over = EPOLLRDHUP | EPOLLERR | (S_ISFIFO(mode) ? 0 : EPOLLHUP);

	if (!READ_ONCE(stream->ended))
		return events & (stream->events | EPOLLERR | EPOLLHUP);
	return events & EPOLLIN && !(events & over) && !S_ISREG(mode);
}

static void stream_post(const struct keel_stream *stream)
{
	keel_job_post(stream->job);
	if (stream->other)
		keel_job_post(stream->other);
}

static void stream_poll(struct keel_watch *watch, poll_table *table)
{
	struct keel_stream *stream = container_of(watch, struct keel_stream, watch);
	struct file *file;

	if (!READ_ONCE(stream->waiting))
		return;
	file = keel_hostfile_get(&stream->file);
	if (IS_ERR(file))
		return;
	table->_key = stream->events | EPOLLERR | EPOLLHUP;
	if (stream_is_ready(stream, file, vfs_poll(file, table)) &&
	    xchg(&stream->waiting, false))
		stream_post(stream);
	fput(file);
}

static ssize_t stream_call(struct file *file, struct kiocb *kiocb, struct iov_iter *iter)
{
	iov_iter_truncate(iter, MAX_RW_COUNT);
	return iov_iter_rw(iter) == READ ? vfs_iocb_iter_read(file, kiocb, iter) :
					   keel_iocb_write(file, kiocb, iter);
}

/* A regular file has a position, which the process may share. */
static ssize_t stream_call_at(struct file *file, struct kiocb *kiocb, struct iov_iter *iter)
{
	ssize_t ret;

	if (mutex_lock_interruptible(&file->f_pos_lock))
		return -EINTR;
	kiocb->ki_pos = file->f_pos;
	ret = stream_call(file, kiocb, iter);
	file->f_pos = kiocb->ki_pos;
	mutex_unlock(&file->f_pos_lock);
	return ret;
}

static ssize_t stream_try(struct keel_stream *stream, struct iov_iter *iter)
{
	struct file *file = keel_hostfile_get(&stream->file);
	struct kiocb kiocb;
	umode_t mode;
	ssize_t ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	mode = file_inode(file)->i_mode;
	init_sync_kiocb(&kiocb, file);
	if (S_ISSOCK(mode))
		kiocb.ki_flags |= IOCB_NOWAIT;
	ret = S_ISREG(mode) ? stream_call_at(file, &kiocb, iter) : stream_call(file, &kiocb, iter);
	fput(file);
	return ret;
}

/**
 * keel_stream_move() - move bytes between the file and memory.
 * @stream: which, with a file; the caller has its queue's lock
 * @iter:   memory, and the direction
 *
 * Return: bytes; 0: the end of it, for now; -EAGAIN: not now, but the job will be posted;
 * or another error of the file.
 */
ssize_t keel_stream_move(struct keel_stream *stream, struct iov_iter *iter)
{
	ssize_t ret;

	WRITE_ONCE(stream->ended, false);
	smp_store_mb(stream->waiting, true);	/* before the try: see the head comment */
	ret = stream_try(stream, iter);
	if (ret > 0)
		stream->bytes += ret;
	if (!ret)
		WRITE_ONCE(stream->ended, true);
	else if (ret != -EAGAIN)
		WRITE_ONCE(stream->waiting, false);
	if (ret == -ERESTARTSYS || ret == -EINTR) {	/* a kick, or a signal: once more, later */
		stream_post(stream);
		ret = -EAGAIN;
	}
	return ret;
}

/**
 * keel_stream_replace() - replace the file.
 * @stream: which; the caller has its queue's lock
 * @file:   the new one
 *
 * No thread uses the old file when this returns, but for idle ones that are about to put it.
 */
void keel_stream_replace(struct keel_stream *stream, const struct keel_hostfile *file)
{
	WRITE_ONCE(stream->waiting, false);
	stream->file.kind = file->kind;
	stream->file.mode = file->mode;
	WRITE_ONCE(stream->file.fd, file->fd);	/* idle threads read it */
	stream_post(stream);
	if (stream->job->server)
		keel_server_look(stream->job->server);
}

/**
 * keel_stream_init() - a stream without a file.
 * @stream: to be set up; zeroes
 * @job:    serves it
 * @events: what its file is watched for
 */
void keel_stream_init(struct keel_stream *stream, struct keel_job *job, __poll_t events)
{
	stream->watch.poll = stream_poll;
	stream->job = job;
	stream->file.fd = -1;
	stream->events = events;
}
