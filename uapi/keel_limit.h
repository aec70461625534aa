/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * How much a guest may ask of the host: KEEL_LIMIT_SET. Documentation/policing.rst says what each
 * kind counts, and what becomes of a guest that asks for more.
 */
#ifndef KEEL_LIMIT_H
#define KEEL_LIMIT_H

#include <linux/types.h>

/* What is limited: keel_limit.kind. */
#define KEEL_LIMIT_ACCESSES	0	/* vCPUs' accesses to ports and memory */
#define KEEL_LIMIT_TIMERS	1	/* times that a device's timer is armed */
#define KEEL_LIMIT_BYTES	2	/* sent by UARTs; of virtqueues that Keel serves */
#define KEEL_LIMIT_NOTIFICATIONS 3	/* of virtqueues, by their driver */
#define KEEL_LIMIT_INTERRUPTS	4	/* messages, acknowledges of the 8259s, EOIs */

/** KEEL_NR_LIMITS - kinds. */
#define KEEL_NR_LIMITS		5

/** KEEL_LIMIT_MAX - the most that keel_limit.rate and keel_limit.burst can be. */
#define KEEL_LIMIT_MAX		0x100000000ULL

/* Flags of struct keel_limit. */
#define KEEL_LIMIT_TELL		0x1U	/* KEEL_RUN reports breaches: KEEL_EXIT_LIMIT */

/**
 * struct keel_limit - limit what a guest may ask of the host (KEEL_LIMIT_SET).
 * @size:     sizeof
 * @kind:     KEEL_LIMIT_*
 * @class:    KEEL_CLASS_* of a device; KEEL_CLASS_BOARD: all of the VM together
 * @instance: which device of that class; of KEEL_CLASS_BOARD 0
 * @flags:    KEEL_LIMIT_TELL, or 0
 * @rate:     tokens that its bucket gets in a second, one for each access, byte and so on; at most
 *            KEEL_LIMIT_MAX; 0: there is no limit any more
 * @burst:    tokens that the bucket holds; at most KEEL_LIMIT_MAX; 0: what it gets in 10 ms, and
 *            one at least
 *
 * The bucket is full afterwards, and the counters of breaches go on. A thread that waits for a
 * token of this VM's goes on at once, or, inside KEEL_SERVE, within 100 ms. Limits are the host's:
 * no part of the VM's state. KEEL_RESET pays what a guest owes.
 *
 * Return: 0, or
 *  * EINVAL      no such kind; @rate or @burst too large; @burst without @rate
 *  * ENODEV      no such device
 *  * EOPNOTSUPP  bytes of a network or socket device: vhost moves them, without Keel
 */
struct keel_limit {
	__u32 size;
	__u32 kind;
	__u16 class;
	__u16 instance;
	__u32 flags;
	__u64 rate;
	__u64 burst;
};

#endif /* KEEL_LIMIT_H */
