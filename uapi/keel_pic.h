/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PIC_H
#define KEEL_PIC_H

#include <linux/types.h>

/* What a write to an 8259A's odd port is: keel_pic_chip_state.step. */
#define KEEL_PIC_NEW		0	/* OCW1, but no ICW1 since reset: INT stays low */
#define KEEL_PIC_READY		1	/* OCW1 */
#define KEEL_PIC_ICW2		2
#define KEEL_PIC_ICW3		3
#define KEEL_PIC_ICW4		4

/**
 * struct keel_pic_chip_state - one 8259A and its half of the ELCR.
 * @levels:      level of each IR input; of the master's IR2: the slave's INT
 * @edge:        latched edges of inputs that are high and not acknowledged yet
 * @isr:         in-service register
 * @imr:         interrupt mask register (OCW1)
 * @elcr:        1: level-triggered
 * @base:        vector of IR0 (ICW2 bits 7:3)
 * @lowest:      IR with the lowest priority, 0 to 7
 * @step:        KEEL_PIC_*
 * @icw1:        IC4 (bit 0) and SNGL (bit 1) of ICW1
 * @icw4:        AEOI (bit 1) and SFNM (bit 4) of ICW4
 * @smm:         1: special mask mode
 * @read_isr:    1: the even port reads the ISR, not the IRR
 * @poll:        1: the next read is a poll
 * @rotate_aeoi: 1: automatic ends of interrupt rotate
 * @pad:         zero
 */
struct keel_pic_chip_state {
	__u8 levels;
	__u8 edge;
	__u8 isr;
	__u8 imr;
	__u8 elcr;
	__u8 base;
	__u8 lowest;
	__u8 step;
	__u8 icw1;
	__u8 icw4;
	__u8 smm;
	__u8 read_isr;
	__u8 poll;
	__u8 rotate_aeoi;
	__u8 pad[2];
};

/**
 * struct keel_pic_state - the pair.
 * @chip: master, slave
 */
struct keel_pic_state {
	struct keel_pic_chip_state chip[2];
};

#endif /* KEEL_PIC_H */
