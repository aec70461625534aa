/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests in chains, under libFuzzer: their parsers, the code that orders them, and devices with
 * control queues. The input's first byte chooses one, whose file has its oracle: for parsers the
 * same answer computed from all bytes in a row, with numbers that cannot overflow; for devices
 * the behaviour that a driver, and a host, may expect.
 */
#ifndef KEEL_FUZZ_REQUESTS_H
#define KEEL_FUZZ_REQUESTS_H

#include "../common.h"
#include "../../../../devices/virtio/config.h"
#include "../../../../devices/virtio/core.h"
#include "../../../../devices/virtio/net.h"

#define REQUESTS_BASE	0x10000ULL	/* where the bytes that are read lie, in a row */
#define REQUESTS_BYTES	512		/* of these, at the most */
#define REQUESTS_FAR	BIT_ULL(40)	/* what is not read: only its length matters */
#define REQUESTS_SEGS	16

/**
 * struct requests - an input, and the chain that it has made.
 * @in:     the input
 * @mem:    the bytes that the device may read, in an exact allocation
 * @bytes:  how many
 * @reads:  accesses until memory goes away; 0: it stays
 * @got:    bytes read until then
 * @failed: an access has failed
 * @chain:  for the parser, which changes it
 * @before: the chain as it was
 */
struct requests {
	struct fuzz_input in;
	u8 *mem;
	u32 bytes;
	unsigned int reads;
	u32 got;
	bool failed;
	struct keel_chain chain;
	struct keel_chain before;
};

/**
 * struct requests_device - a virtio device over MMIO, and the board that it is alone on.
 * @config: what it was built from
 * @board:  the board
 * @v:      the device
 * @calls:  its calls for the host to serve it
 * @served: calls that the host has followed
 */
struct requests_device {
	struct keel_device_config config;
	struct keel_board *board;
	struct keel_virtio *v;
	unsigned int calls;
	unsigned int served;
};

/* main.c */
extern const struct keel_mem_ops requests_mem;

void requests_begin(struct requests *r);
void requests_put(struct requests *r, u32 at, const void *from, u32 len);
void requests_add_out(struct requests *r, u32 len);
void requests_add_far(struct requests *r, bool in, u32 len);
void requests_done(struct requests *r);

/* device.c */
struct requests_device *requests_device_new(const struct keel_virtio_config *config);
void requests_device_free(struct requests_device *d);
u32 requests_device_read(struct requests_device *d, u32 offset, unsigned int width);
void requests_device_write(struct requests_device *d, u32 offset, unsigned int width, u32 value);
int requests_device_call(struct requests_device *d, int (*call)(struct keel_dev *dev, void *arg),
			 void *arg);
void requests_device_drive(struct requests_device *d, u32 features);
void requests_device_reset(struct requests_device *d, bool board);
void requests_device_copy(const struct requests_device *from, struct requests_device *to);

/* the kinds of inputs */
void requests_blk(struct requests *r);
void requests_console(struct requests *r);
void requests_net(struct requests *r);
void requests_order(struct requests *r);

#endif /* KEEL_FUZZ_REQUESTS_H */
