/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PIT_H
#define KEEL_PIT_H

#include <linux/types.h>

/* What becomes of ticks that the host was too late for. */
#define KEEL_PIT_COALESCE	0	/* one interrupt stands for all of them */
#define KEEL_PIT_REINJECT	1	/* each is delivered, at twice the rate until made up */

/* What min_period_ns can be; twice as often as that in square wave mode. */
#define KEEL_PIT_MIN_PERIOD_LEAST	10000
#define KEEL_PIT_MIN_PERIOD_DEFAULT	100000

/**
 * struct keel_pit_config - choices for the 8254.
 * @min_period_ns: shortest period of counter 0 that is honoured, ns: at least
 *                 KEEL_PIT_MIN_PERIOD_LEAST; 0: KEEL_PIT_MIN_PERIOD_DEFAULT. The module
 *                 raises a shorter one to its parameter min_timer_period_us
 * @policy:        KEEL_PIT_COALESCE or KEEL_PIT_REINJECT
 * @reserved:      zero
 */
struct keel_pit_config {
	__u32 min_period_ns;
	__u32 policy;
	__u64 reserved[5];
};

/* The PIT's clock: 105/88 MHz. Its ticks are counted from VmTime 0. */
#define KEEL_PIT_CLOCK_MUL	105	/* ticks = ns * MUL / DIV, rounded down */
#define KEEL_PIT_CLOCK_DIV	88000

/** KEEL_PIT_BACKLOG_MAX - missed ticks that KEEL_PIT_REINJECT remembers. */
#define KEEL_PIT_BACKLOG_MAX	10000

/* keel_pit_counter.phase */
#define KEEL_PIT_WAIT	0	/* programmed, but without a (complete) count */
#define KEEL_PIT_READY	1	/* modes 1 and 5: waits for GATE to rise */
#define KEEL_PIT_RUN	2	/* counting */
#define KEEL_PIT_HOLD	3	/* modes 0, 2, 3, 4: GATE is low */

/* keel_pit_counter.flags */
#define KEEL_PIT_PENDING	0x01	/* @cr waits for the end of a period or a trigger */
#define KEEL_PIT_WRITE_MSB	0x02	/* the next byte written is a high one */
#define KEEL_PIT_READ_MSB	0x04	/* the next byte read is a high one */
#define KEEL_PIT_COUNT_LATCHED	0x08
#define KEEL_PIT_STATUS_LATCHED	0x10
#define KEEL_PIT_LOW		0x20	/* mode 1: OUT is low before @start already;
					 * mode 3: @start begins a low half
					 */

/**
 * struct keel_pit_counter - one counter of the 8254 (82C54 datasheet).
 * @start:   RUN: tick at which CE was, or will be, loaded with @count
 * @reload:  RUN in mode 2 or 3 with PENDING: tick at which CE takes @cr
 * @held:    HOLD: ticks that CE had counted when GATE fell
 * @cr:      count register: the last complete count written
 * @count:   RUN, HOLD: what CE was loaded with last
 * @ce:      WAIT, READY: what CE stopped at
 * @latch:   with COUNT_LATCHED: the output latch
 * @control: low six bits of the control word: RW1 RW0 M2 M1 M0 BCD
 * @phase:   KEEL_PIT_WAIT, ...
 * @flags:   KEEL_PIT_PENDING, ...
 * @status:  with STATUS_LATCHED: the status byte
 * @low:     with WRITE_MSB: the low byte of the count being written
 * @pad:     zero
 */
struct keel_pit_counter {
	__u64 start;
	__u64 reload;
	__u64 held;
	__u16 cr;
	__u16 count;
	__u16 ce;
	__u16 latch;
	__u8  control;
	__u8  phase;
	__u8  flags;
	__u8  status;
	__u8  low;
	__u8  pad[3];
};

/**
 * struct keel_pit_state - the KEEL_CLASS_PIT record.
 * @counter: the three counters
 * @edge:    tick up to which rising edges of OUT0 were given to the line
 * @backlog: ticks missed and not made up for yet; KEEL_PIT_REINJECT only
 * @port61:  port 0x61, the four bits that can be written
 * @stretch: 1: OUT0's line is held high through a low half of mode 3, because the
 *           host was so late that the rising edge before it came in it
 * @pad:     zero
 */
struct keel_pit_state {
	struct keel_pit_counter counter[3];
	__u64 edge;
	__u32 backlog;
	__u8  port61;
	__u8  stretch;
	__u8  pad[2];
};

#endif /* KEEL_PIT_H */
