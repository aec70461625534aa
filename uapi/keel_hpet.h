/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_HPET_H
#define KEEL_HPET_H

#include <linux/types.h>

#define KEEL_HPET_BASE		0xfed00000U
#define KEEL_HPET_LENGTH	0x400

/* General capabilities: 64 bits, three timers, legacy replacement, revision 1, vendor 8086. */
#define KEEL_HPET_CAPABILITIES	0x8086a201U

/** KEEL_HPET_TIMERS - comparators, and interrupt messages of the device (keel_vm_config). */
#define KEEL_HPET_TIMERS	3

/** KEEL_HPET_TICK_NS - period of the main counter, ns. */
#define KEEL_HPET_TICK_NS	10

/* What min_period_ns can be. */
#define KEEL_HPET_MIN_PERIOD_LEAST	10000
#define KEEL_HPET_MIN_PERIOD_DEFAULT	100000

/**
 * struct keel_hpet_config - choices for the HPET, of which a board has one.
 * @min_period_ns: shortest period of an edge-triggered timer that is honoured, ns: at least
 *                 KEEL_HPET_MIN_PERIOD_LEAST; 0: KEEL_HPET_MIN_PERIOD_DEFAULT. The module
 *                 raises a shorter one to its parameter min_timer_period_us
 * @pad:           zero
 * @reserved:      zero
 */
struct keel_hpet_config {
	__u32 min_period_ns;
	__u32 pad;
	__u64 reserved[5];
};

/** KEEL_HPET_SKIP_TICKS - the most ticks that keel_hpet_timer.skip stands for. */
#define KEEL_HPET_SKIP_TICKS	(0xffffffffU / KEEL_HPET_TICK_NS + 1)

/**
 * struct keel_hpet_timer - a comparator.
 * @comparator: value of the main counter that it matches next; 32 bits in 32-bit mode
 * @period:     what was last written to the comparator's register; 32 bits in 32-bit mode
 * @fsb:        FSB interrupt route register: message in bits 31:0, address in bits 63:32
 * @config:     configuration register, the bits that can be written
 * @skip:       periodic, edge-triggered: matches that pass in silence, since they come sooner
 *              than min_period_ns allows; times @period at most KEEL_HPET_SKIP_TICKS
 */
struct keel_hpet_timer {
	__u64 comparator;
	__u64 period;
	__u64 fsb;
	__u32 config;
	__u32 skip;
};

/**
 * struct keel_hpet_state - the KEEL_CLASS_HPET record.
 * @counter: the main counter, at @at if it runs
 * @at:      VmTime, ns, that the rest is true for; what happened since is worked out when
 *           the model next needs it. 0 while the counter is halted
 * @timers:  comparators
 * @config:  general configuration register, bits 1:0
 * @raised:  a bit for each timer whose output is asserted: of a level-triggered one, its
 *           interrupt status
 * @pad:     zero
 */
struct keel_hpet_state {
	__u64 counter;
	__u64 at;
	struct keel_hpet_timer timers[KEEL_HPET_TIMERS];
	__u8  config;
	__u8  raised;
	__u8  pad[6];
};

#endif /* KEEL_HPET_H */
