/* SPDX-License-Identifier: GPL-2.0 */
/* The interface between hostile.c and the two formats of rings. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "../../../uapi/keel_virtio.h"
#include "virtio.h"

#define QUEUES		4
#define VICTIM		1
#define SECTOR		512

#define NOWHERE		0xd0000000	/* neither memory nor anything else */
#define HUGE		0x06000000	/* bytes of memory from SOMEWHERE on */
#define SOMEWHERE	0x00100000
#define TABLE		0x07000000	/* descriptors, each followed by the next one */
#define NESTED		0x07010000	/* the first of these is a table, too */

#define F_FLUSH		BIT_ULL(9)
#define F_IN_ORDER	BIT_ULL(35)

#define T_IN		0
#define T_OUT		1
#define T_FLUSH		4
#define T_UNKNOWN	99

#define S_UNSUPP	2

struct request {
	u32 type;
	u32 reserved;
	u64 sector;
	u8 status;
	u8 pad[15];
};

/**
 * struct wrong - a way to break a queue.
 * @what:    the test's title
 * @reason:  Keel's reason, KEEL_VIRTQ_*
 * @nr:      buffers of the wrong chain
 * @first:   the first of them
 * @rest:    all others
 * @with:    features to negotiate in addition to the usual ones
 * @without: usual features not to negotiate
 * @make:    makes the wrong ring, if a chain of buffers is not enough
 */
struct wrong {
	const char *what;
	u8 reason;
	u8 nr;
	struct vbuf first;
	struct vbuf rest;
	u64 with;
	u64 without;
	void (*make)(struct vring *q);
};

/**
 * struct format - operations on rings of a format, and ways to break them.
 * @put:    makes a chain available
 * @kick:   notifies the device
 * @get:    takes a chain back
 * @wrongs: ways to break that only this format has
 * @nr:     how many
 */
struct format {
	void (*put)(struct vring *q, const struct vbuf *chain, unsigned int nr);
	void (*kick)(struct vring *q);
	bool (*get)(struct vring *q);
	const struct wrong *wrongs;
	unsigned int nr;
};

extern const struct format split_format, packed_format;

extern struct request requests[QUEUES];
extern u8 data[QUEUES][SECTOR];

/* Reads or writes a queue's sector, and waits for the answer. */
bool ask(unsigned int nr, u32 type);

#endif /* HOSTILE_H */
