/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of ioctls. */
#ifndef KEEL_IOCTL_H
#define KEEL_IOCTL_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "../uapi/keel.h"

/* Bytes of the largest argument; it is on the stack. */
#define KEEL_IOCTL_MOST	128

/**
 * struct keel_ioctl - one row of an ioctl table.
 * @command: its number
 * @least:   bytes of the argument in the first version that had the command
 * @size:    now; 0: it has no argument
 * @call:    @arg is a kernel copy of the argument, zeroes where the caller knew of no field;
 *           copied back if the command says so, after an error as well
 */
struct keel_ioctl {
	unsigned int command;
	u16 least;
	u16 size;
	long (*call)(void *owner, void *arg);
};

/* A row for an argument whose first version ended with the field @last. */
#define KEEL_IOCTL(command_, call_, type, last) { \
	.command = (command_), \
	.least = offsetofend(struct type, last), \
	.size = sizeof(struct type) + \
		BUILD_BUG_ON_ZERO(sizeof(struct type) > KEEL_IOCTL_MOST) + \
		BUILD_BUG_ON_ZERO(sizeof(struct type) % sizeof(u64)) + \
		BUILD_BUG_ON_ZERO(offsetof(struct type, size)), \
	.call = (call_), \
}

long keel_ioctl(const struct keel_ioctl *table, unsigned int nr, void *owner,
		unsigned int command, unsigned long arg);

#endif /* KEEL_IOCTL_H */
