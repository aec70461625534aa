/* SPDX-License-Identifier: GPL-2.0 */
/* Guests that ask for more than they may, for police.c and neighbour.c. */
#ifndef POLICE_H
#define POLICE_H

#include "abi.h"

#define BURST		50	/* of all of their limits */
#define ONE_INSTRUCTION	4096	/* accesses, of a string: what comes after a breach at most */

/**
 * struct storm - a guest, and what it is held to.
 * @name:    of the kind
 * @kind:    KEEL_LIMIT_*
 * @class:   of the device; KEEL_CLASS_BOARD: the VM
 * @device:  its name
 * @guest:   the guest
 * @counts:  a device and a counter of what it asks for
 * @counter: likewise
 * @slack:   so much more than the limit can be counted
 */
struct storm {
	const char *name;
	u32 kind;
	u16 class;
	const char *device;
	const struct guest *guest;
	const char *counts;
	const char *counter;
	u64 slack;
};

extern const struct storm police_storms[];
extern const unsigned int nr_police_storms;

#endif /* POLICE_H */
