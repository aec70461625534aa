/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What chains say, under libFuzzer: the parsers of requests, and what puts them in order.
 * The input's first byte says which; its file has the oracle, for parsers the same
 * answer from all bytes in a row, with numbers that have room for everything.
 */
#ifndef KEEL_FUZZ_REQUESTS_H
#define KEEL_FUZZ_REQUESTS_H

#include "../common.h"
#include "../../../devices/virtq.h"

#define REQUESTS_BASE	0x10000ULL	/* where the bytes that are read lie, in a row */
#define REQUESTS_BYTES	512		/* of these, at the most */
#define REQUESTS_FAR	BIT_ULL(40)	/* what is not read: only its length matters */
#define REQUESTS_SEGS	16

/**
 * struct requests - an input, and the chain that it has made.
 * @in:     the input
 * @mem:    the bytes that the device may read, exactly so many
 * @bytes:  how many
 * @reads:  accesses until memory goes away; 0: it stays
 * @failed: one of them did
 * @chain:  for the parser, which changes it
 * @before: as it was
 */
struct requests {
	struct fuzz_input in;
	u8 *mem;
	u32 bytes;
	unsigned int reads;
	bool failed;
	struct keel_chain chain;
	struct keel_chain before;
};

/* main.c */
extern const struct keel_mem_ops requests_mem;

void requests_add_out(struct requests *r, u32 len);
void requests_add_far(struct requests *r, bool in, u32 len);
void requests_done(struct requests *r);

/* the devices */
void requests_blk(struct requests *r);
void requests_order(struct requests *r);

#endif /* KEEL_FUZZ_REQUESTS_H */
