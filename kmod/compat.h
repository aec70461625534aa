/* SPDX-License-Identifier: GPL-2.0 */
/* The only place that knows how kernels differ; Kbuild probes, this adapts. */
#ifndef KEEL_COMPAT_H
#define KEEL_COMPAT_H

#include <linux/eventfd.h>

static inline void keel_eventfd_signal(struct eventfd_ctx *ctx)
{
#ifdef KEEL_EVENTFD_SIGNAL_ONE
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

#endif /* KEEL_COMPAT_H */
