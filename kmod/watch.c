// SPDX-License-Identifier: GPL-2.0
/* The static key of accesses that are watched. */
#include "watch.h"

/*
 * The kernel's code is patched at most this often for VMs that are switched on and off all the
 * time.
 */
#define WATCH_LINGERS	HZ

DEFINE_STATIC_KEY_DEFERRED_FALSE(keel_watch_key, WATCH_LINGERS);

/**
 * keel_watch_begin() - accesses are watched.
 *
 * Return: 0, as a tracepoint wants it.
 */
int keel_watch_begin(void)
{
	static_branch_deferred_inc(&keel_watch_key);
	return 0;
}

/**
 * keel_watch_end() - no more.
 */
void keel_watch_end(void)
{
	static_branch_dec(&keel_watch_key.key);
}

/**
 * keel_watch_end_later() - no more; the key stays on for a moment, since it may be wanted again.
 */
void keel_watch_end_later(void)
{
	static_branch_slow_dec_deferred(&keel_watch_key);
}

/**
 * keel_watch_exit() - accesses are not watched any more: the module may go.
 */
void keel_watch_exit(void)
{
	static_key_deferred_flush(&keel_watch_key);
}
