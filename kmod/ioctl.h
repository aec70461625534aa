/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of ioctls. */
#ifndef KEEL_IOCTL_H
#define KEEL_IOCTL_H

/**
 * struct keel_ioctl - one row of an ioctl table.
 * @command: with the size of its argument
 * @call:    @arg is a kernel copy of the argument, copied back if the command
 *           says so, after an error as well
 */
struct keel_ioctl {
	unsigned int command;
	long (*call)(void *owner, void *arg);
};

long keel_ioctl(const struct keel_ioctl *table, unsigned int nr, void *owner,
		unsigned int command, unsigned long arg);

#endif /* KEEL_IOCTL_H */
