/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_HOTPLUG_H
#define KEEL_HOTPLUG_H

#include <linux/types.h>

#define KEEL_HOTPLUG_PORT	0xae00
#define KEEL_HOTPLUG_GPE	1	/* the launcher raises it after KEEL_INPUT_PLUG, _UNPLUG */

/* Registers, four bytes each: a bit for each slot. */
#define KEEL_HOTPLUG_INSERTED	0x0	/* has a function that is new; write 1 to clear */
#define KEEL_HOTPLUG_WANTED	0x4	/* is to be left by its function */
#define KEEL_HOTPLUG_EJECT	0x8	/* has a function; write 1: it leaves */
#define KEEL_HOTPLUG_SLOTS	0xc	/* can get and lose its function */

/* KEEL_INPUT of KEEL_CLASS_HOTPLUG; value: the slot. */
#define KEEL_INPUT_PLUG		0	/* its function is there from now on */
#define KEEL_INPUT_UNPLUG	1	/* the guest is asked to eject it */
#define KEEL_INPUT_PULL		2	/* it is gone, whatever the guest does with it */

/**
 * struct keel_hotplug_config - slots that get and lose their functions.
 * @slots:    a bit for each; bit 0 is zero
 * @present:  those whose function is there at power-on
 * @reserved: zero
 *
 * All functions are devices of the board from the start.
 */
struct keel_hotplug_config {
	__u32 slots;
	__u32 present;
	__u64 reserved[5];
};

/**
 * struct keel_hotplug_state - the KEEL_CLASS_HOTPLUG record; a bit for each slot.
 * @present:  has a function
 * @inserted: of these: it is new, and the guest has not acknowledged it
 * @wanted:   of these: the guest is asked to eject it
 * @pad:      zero
 */
struct keel_hotplug_state {
	__u32 present;
	__u32 inserted;
	__u32 wanted;
	__u32 pad;
};

#endif /* KEEL_HOTPLUG_H */
