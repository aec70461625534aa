/* SPDX-License-Identifier: GPL-2.0 */
/* The only place that knows how kernels differ; Kbuild probes, this adapts. */
#ifndef KEEL_COMPAT_H
#define KEEL_COMPAT_H

#include <linux/eventfd.h>
#include <linux/fs.h>

static inline void keel_eventfd_signal(struct eventfd_ctx *ctx)
{
#ifdef KEEL_EVENTFD_SIGNAL_ONE
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
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

#endif /* KEEL_COMPAT_H */
