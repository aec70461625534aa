/* SPDX-License-Identifier: GPL-2.0 */
/* Network device: its control queue (VIRTIO 1.2, 5.1.6.5), and how many queue pairs are in use. */
#ifndef KEEL_DEVICES_VIRTIO_NET_H
#define KEEL_DEVICES_VIRTIO_NET_H

#include "queue.h"

struct keel_virtio;

/* Feature bits (5.1.3). */
#define KEEL_NET_F_CTRL_VQ	BIT_ULL(17)
#define KEEL_NET_F_MQ		BIT_ULL(22)

/* What is answered to a command. */
#define KEEL_NET_OK		0
#define KEEL_NET_ERR		1

/* How a command can be wrong: keel_net_ctrl.wrong. */
enum keel_net_wrong {
	KEEL_NET_SHORT,		/* not even a class and a command */
	KEEL_NET_NO_CLASS,	/* none that was negotiated */
	KEEL_NET_NO_COMMAND,	/* none of its class */
	KEEL_NET_BAD_LENGTH,	/* more data than it takes, or less */
	KEEL_NET_BAD_PAIRS,	/* none, or more than there are */
	KEEL_NR_NET_WRONG,
};

/**
 * struct keel_net_ctrl - commands.
 * @max_pairs: queue pairs that there are
 * @pairs:     of the last command: how many are to be used
 * @answer:    of the last command: guest physical address of the answer, a byte
 * @wrong:     commands that were refused, by enum keel_net_wrong
 */
struct keel_net_ctrl {
	u16 max_pairs;
	u16 pairs;
	u64 answer;
	u64 wrong[KEEL_NR_NET_WRONG];
};

int keel_net_parse(struct keel_net_ctrl *ctrl, struct keel_chain *chain,
		   const struct keel_mem_ops *mem, void *ctx, u64 features);

u16 keel_net_pairs(const struct keel_virtio *v);
void keel_net_set_pairs(struct keel_virtio *v, u16 pairs);
unsigned int keel_net_ctrl_queue(u64 features, unsigned int max_pairs);

/* ---- For types.c ---- */

void keel_net_reset(struct keel_virtio *v);
bool keel_net_check(const struct keel_virtio *v, const struct keel_virtio_state *s);
void keel_net_inspect(const struct keel_virtio *v, struct keel_out *out);

#endif /* KEEL_DEVICES_VIRTIO_NET_H */
