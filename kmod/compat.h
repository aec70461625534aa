/* SPDX-License-Identifier: GPL-2.0 */
/* The only place that knows how kernels differ; kmod/probes.mk looks, this adapts. */
#ifndef KEEL_COMPAT_H
#define KEEL_COMPAT_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>

static inline void keel_eventfd_signal(struct eventfd_ctx *ctx)
{
#ifdef KEEL_EVENTFD_SIGNAL_ONE
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

static inline void keel_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *timer),
				      clockid_t clock, enum hrtimer_mode mode)
{
#ifdef KEEL_HRTIMER_SETUP
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* Can a file be written through the page cache with IOCB_NOWAIT? */
static inline bool keel_file_writes_nowait(const struct file *file)
{
#ifdef FOP_BUFFER_WASYNC
	return file->f_op->fop_flags & FOP_BUFFER_WASYNC;
#else
	return file->f_mode & FMODE_BUF_WASYNC;
#endif
}

/*
 * A file system's protection against being frozen is kept until a write is over, which may be in
 * another context: for lockdep, this context releases it here.
 */
static inline void keel_iocb_started(const struct kiocb *kiocb)
{
	struct inode *inode = file_inode(kiocb->ki_filp);

	if (!S_ISREG(inode->i_mode))
		return;
	sb_start_write(inode->i_sb);
	__sb_writers_release(inode->i_sb, SB_FREEZE_WRITE);
}

/**
 * keel_iocb_written() - a write that was queued is over.
 * @kiocb: from keel_iocb_write(), which returned -EIOCBQUEUED
 */
static inline void keel_iocb_written(const struct kiocb *kiocb)
{
	struct inode *inode = file_inode(kiocb->ki_filp);

	if (!S_ISREG(inode->i_mode))
		return;
	__sb_writers_acquired(inode->i_sb, SB_FREEZE_WRITE);
	sb_end_write(inode->i_sb);
}

/**
 * keel_iocb_write() - write, as the VFS does it for kernel iocbs.
 * @file:  where to
 * @kiocb: how
 * @iter:  what
 *
 * Return: as write_iter(). After -EIOCBQUEUED the completion calls keel_iocb_written().
 */
static inline ssize_t keel_iocb_write(struct file *file, struct kiocb *kiocb,
				      struct iov_iter *iter)
{
	ssize_t ret;

	kiocb->ki_flags |= IOCB_WRITE;
#ifdef KEEL_VFS_STARTS_WRITE
	ret = vfs_iocb_iter_write(file, kiocb, iter);
#else
	keel_iocb_started(kiocb);
	ret = vfs_iocb_iter_write(file, kiocb, iter);
	if (ret != -EIOCBQUEUED)
		keel_iocb_written(kiocb);
#endif
	return ret;
}

#endif /* KEEL_COMPAT_H */
