/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_RTC_H
#define KEEL_RTC_H

#include <linux/types.h>

/* keel_input.input for KEEL_CLASS_RTC. */
#define KEEL_INPUT_RTC_WALL	0	/* value: set the clock; ns since 1970-01-01 UTC */

/** KEEL_RTC_RAM - bytes of CMOS RAM: a bank at 0x70/0x71 and one at 0x72/0x73. */
#define KEEL_RTC_RAM		256

/* What becomes of periodic interrupts that came before the guest had read register C. */
#define KEEL_RTC_COALESCE	0	/* one interrupt stands for all of them */
#define KEEL_RTC_REINJECT	1	/* each is delivered, at twice the rate until made up */

/** KEEL_RTC_BACKLOG_MAX - missed interrupts that KEEL_RTC_REINJECT remembers. */
#define KEEL_RTC_BACKLOG_MAX	10000

/**
 * struct keel_rtc_config - choices for the clock, and what a PC's firmware leaves in its RAM.
 * @wall_ns:   wall-clock time at VmTime 0, ns since 1970-01-01 UTC
 * @memory_low: bytes of the guest's memory below 4 GiB, for bytes 0x15 to 0x18, 0x30, 0x31, 0x34
 *             and 0x35; each register has its maximum if it cannot tell of so much. 0: the RAM says
 *             nothing of memory and equipment
 * @memory_high: bytes of it from 4 GiB on, for bytes 0x5b to 0x5d; likewise
 * @equipment: byte 0x14
 * @policy:    KEEL_RTC_COALESCE or KEEL_RTC_REINJECT
 * @pad:       zero
 * @reserved:  zero
 */
struct keel_rtc_config {
	__s64 wall_ns;
	__u64 memory_low;
	__u64 memory_high;
	__u8  equipment;
	__u8  policy;
	__u8  pad[6];
	__u64 reserved[2];
};

/**
 * struct keel_rtc_state - an MC146818 with 256 bytes of RAM.
 * @at:        VmTime, ns, that all the rest is true for; what happened since is
 *             worked out when the model next needs it
 * @phase:     ns since the last update, 0 to 999999999: the divider chain.
 *             500000000 while the divider is held in reset
 * @index:     port 0x70 as it was written: register number, bit 7 masks NMI
 * @ext_index: port 0x72: byte in the second bank, 0 to 127
 * @flags:     register C's PF, AF and UF
 * @pad:       zero
 * @ram:       registers and RAM of both banks: time and alarm as raw bytes in the
 *             format that register B selects, A without UIP, B; C and D are zero
 * @backlog:   KEEL_RTC_REINJECT: missed interrupts that are still to be delivered, up to
 *             KEEL_RTC_BACKLOG_MAX
 * @pad2:      zero
 */
struct keel_rtc_state {
	__u64 at;
	__u32 phase;
	__u8  index;
	__u8  ext_index;
	__u8  flags;
	__u8  pad;
	__u8  ram[KEEL_RTC_RAM];
	__u32 backlog;
	__u32 pad2;
};

#endif /* KEEL_RTC_H */
