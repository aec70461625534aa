/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses are watched while a VM measures latencies or has limits, or keel_access is traced: one
 * static key for all, so that an access that is not watched has one instruction for it.
 */
#ifndef KEEL_WATCH_H
#define KEEL_WATCH_H

#include <linux/jump_label.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/types.h>

extern struct static_key_false_deferred keel_watch_key;

/**
 * keel_watched() - are accesses watched, of any VM?
 */
static __always_inline bool keel_watched(void)
{
	return static_branch_unlikely(&keel_watch_key.key);
}

int keel_watch_begin(void);
void keel_watch_end(void);
void keel_watch_end_later(void);
void keel_watch_exit(void);

#endif /* KEEL_WATCH_H */
