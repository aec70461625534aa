/* SPDX-License-Identifier: GPL-2.0 */
/* What hostile.c has for rings of both formats, and what each format has for it. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "../../uapi/keel_virtio.h"
#include "virtio.h"

#define QUEUES		4
#define VICTIM		1
#define SECTOR		512

#define NOWHERE		0xd0000000	/* neither memory nor anything else */
#define HUGE		0x06000000	/* of it there is memory behind SOMEWHERE */
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
 * @what:    in words
 * @reason:  what Keel calls it: KEEL_VIRTQ_*
 * @nr:      buffers of a chain that is wrong
 * @first:   the first of them
 * @rest:    all others
 * @with:    what is to be negotiated, beyond what usually is
 * @without: what is not
 * @make:    if it takes more than such a chain
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
 * struct format - how rings of a format are driven, and broken.
 * @put:    makes a chain available
 * @kick:   says so
 * @get:    takes one back
 * @wrongs: what can be wrong in this format alone
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

/* Reads a queue's sector, or writes it, and waits for that. */
bool ask(unsigned int nr, u32 type);

#endif /* HOSTILE_H */
