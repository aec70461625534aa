/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_FWCFG_H
#define KEEL_FWCFG_H

#include <linux/types.h>

#define KEEL_FWCFG_PORT		0x510	/* selector, 16 bits; the next port is the data */

/** KEEL_FWCFG_MAX - bytes of keel_fwcfg_set.items, at most. */
#define KEEL_FWCFG_MAX		0x40000

/**
 * struct keel_fwcfg_item - an item that a guest can select.
 * @key:      what the guest writes to the selector
 * @reserved: zero
 * @offset:   of its bytes from the start of keel_fwcfg_set.items, behind all entries
 * @length:   how many; 0: it is empty
 */
struct keel_fwcfg_item {
	__u16 key;
	__u16 reserved;
	__u32 offset;
	__u32 length;
};

/**
 * struct keel_fwcfg_items - how keel_fwcfg_set.items begins.
 * @nr:       entries
 * @reserved: zero
 * @items:    these, by ascending key, each key once
 */
struct keel_fwcfg_items {
	__u32 nr;
	__u32 reserved;
	struct keel_fwcfg_item items[];
};

/**
 * struct keel_fwcfg_state - the KEEL_CLASS_FWCFG record. The items are not in it.
 * @selector: key that was written last
 * @pad:      zero
 * @offset:   bytes of its item that were read
 */
struct keel_fwcfg_state {
	__u16 selector;
	__u16 pad;
	__u32 offset;
};

#endif /* KEEL_FWCFG_H */
