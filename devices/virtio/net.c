// SPDX-License-Identifier: GPL-2.0
/*
 * What a network device (VIRTIO 1.2, 5.1) knows of its own: commands of the control queue,
 * and the number of queue pairs in use, which they set. Packets are no business of Keel's.
 *
 * A command is a class, a command and its data, and a byte for the answer (5.1.6.5). Of the
 * classes there is MQ (5.1.6.5.5). The others come with features of their own, and none of
 * these is offered: receive modes and filters, VLANs, addresses, announcements, offloads.
 */
#include "core.h"
#include "cursor.h"
#include "net.h"

#define NET_CTRL_MQ		4
#define NET_CTRL_MQ_PAIRS_SET	0

struct net_header {
	u8 class;
	u8 command;
};

static_assert(sizeof(struct net_header) == 2);

static int net_wrong(struct keel_net_ctrl *ctrl, enum keel_net_wrong how)
{
	ctrl->wrong[how]++;
	return KEEL_NET_ERR;
}

static int net_parse_pairs(struct keel_net_ctrl *ctrl, struct keel_cursor *data, u64 len)
{
	u16 pairs;

	if (len != sizeof(pairs) || !keel_cursor_read(data, &pairs, sizeof(pairs)))
		return net_wrong(ctrl, KEEL_NET_BAD_LENGTH);
	if (!pairs || pairs > ctrl->max_pairs)
		return net_wrong(ctrl, KEEL_NET_BAD_PAIRS);
	ctrl->pairs = pairs;
	return KEEL_NET_OK;
}

/**
 * keel_net_parse() - what does a chain of the control queue ask for?
 * @ctrl:     @max_pairs is said; out: @pairs and @answer
 * @chain:    as it came from the ring; its segments are cut in place
 * @mem:      the guest's memory
 * @ctx:      for @mem
 * @features: as negotiated
 *
 * Return: KEEL_NET_OK: use so many @pairs; KEEL_NET_ERR: that is the answer already; or
 * -EBADMSG: a chain that has no place for an answer.
 */
int keel_net_parse(struct keel_net_ctrl *ctrl, struct keel_chain *chain,
		   const struct keel_mem_ops *mem, void *ctx, u64 features)
{
	struct keel_cursor out = { mem, ctx, chain->segs, chain->nr_out };
	u64 len = chain->out_len - sizeof(struct net_header);
	struct net_header header;

	if (!chain->nr_in)
		return -EBADMSG;
	ctrl->answer = chain->segs[chain->nr_out].addr;
	if (!keel_cursor_read(&out, &header, sizeof(header)))
		return net_wrong(ctrl, KEEL_NET_SHORT);
	if (header.class != NET_CTRL_MQ || !(features & KEEL_NET_F_MQ))
		return net_wrong(ctrl, KEEL_NET_NO_CLASS);
	if (header.command != NET_CTRL_MQ_PAIRS_SET)
		return net_wrong(ctrl, KEEL_NET_NO_COMMAND);
	return net_parse_pairs(ctrl, &out, len);
}

/**
 * keel_net_ctrl_queue() - which queue is for commands?
 * @features:  as negotiated
 * @max_pairs: queue pairs that there are
 *
 * Return: its number (5.1.2), or KEEL_VIRTIO_QUEUES if none is.
 */
unsigned int keel_net_ctrl_queue(u64 features, unsigned int max_pairs)
{
	if (!(features & KEEL_NET_F_CTRL_VQ))
		return KEEL_VIRTIO_QUEUES;
	return features & KEEL_NET_F_MQ ? 2 * max_pairs : 2;
}

/**
 * keel_net_pairs() - how many queue pairs are to be used?
 * @v: the device
 *
 * 5.1.6.5.5: one, as long as the driver says nothing else.
 */
u16 keel_net_pairs(const struct keel_virtio *v)
{
	return max_t(u16, v->s->net_pairs, 1);
}

/**
 * keel_net_set_pairs() - the driver wants so many to be used.
 * @v:     the device
 * @pairs: as keel_net_parse() had them, of a device that may have been reset since
 */
void keel_net_set_pairs(struct keel_virtio *v, u16 pairs)
{
	const struct keel_virtio_state *s = v->s;

	if (pairs <= v->nr_queues / 2 && s->driver_features & KEEL_NET_F_MQ &&
	    s->status & VIRTIO_CONFIG_S_DRIVER_OK)
		v->s->net_pairs = pairs;
}

/**
 * keel_net_reset() - the driver has said nothing yet.
 * @v: the device
 */
void keel_net_reset(struct keel_virtio *v)
{
	v->s->net_pairs = 0;
}

/**
 * keel_net_check() - could its part of a state be?
 * @v: the device
 * @s: a state
 */
bool keel_net_check(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	return !s->net_pairs || (s->driver_features & KEEL_NET_F_MQ &&
				 s->status & VIRTIO_CONFIG_S_DRIVER_OK &&
				 s->net_pairs <= v->nr_queues / 2);
}

/**
 * keel_net_inspect() - report its state.
 * @v:   the device
 * @out: where to
 */
void keel_net_inspect(const struct keel_virtio *v, struct keel_out *out)
{
	keel_emit(out, "pairs", -1, "", keel_net_pairs(v));
}
