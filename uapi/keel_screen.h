/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_SCREEN_H
#define KEEL_SCREEN_H

#include <linux/types.h>

/*
 * The text screen's memory is the guest's RAM, from KEEL_SCREEN_MEMORY on: two bytes for each
 * character, its code (code page 437) and its colours. Whoever shows it to people reads it there.
 */
#define KEEL_SCREEN_MEMORY	0xb8000
#define KEEL_SCREEN_SIZE	0x8000	/* bytes; addresses of characters wrap there */

/** KEEL_SCREEN_PORT - the CRT controller's index; its data is the next port. */
#define KEEL_SCREEN_PORT	0x3d4

/** KEEL_SCREEN_REGS - registers of the CRT controller. */
#define KEEL_SCREEN_REGS	25

/**
 * struct keel_screen_state - the KEEL_CLASS_SCREEN record.
 * @index: register that the data port is, 0 to 31
 * @regs:  the CRT controller's, by their numbers
 * @pad:   zero
 */
struct keel_screen_state {
	__u8 index;
	__u8 regs[KEEL_SCREEN_REGS];
	__u8 pad[6];
};

#endif /* KEEL_SCREEN_H */
