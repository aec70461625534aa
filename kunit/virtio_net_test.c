// SPDX-License-Identifier: GPL-2.0
/* Network device: commands of the control queue, and the queue pairs in use. */
#include "harness.h"
#include "../devices/virtio/core.h"
#include "../devices/virtio/net.h"

#define PAGE		256
#define ANSWER		0x200ULL	/* an address that is only passed on */
#define MMIO		0xfeb00000ULL
#define PAIRS		4
#define FEATURES	(KEEL_NET_F_CTRL_VQ | KEEL_NET_F_MQ)

static const struct keel_device_config net_devices[] = {
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .irq = 10, .base = MMIO,
	  .virtio = { .type = KEEL_VIRTIO_NET, .queues = 2 * PAIRS + 1 } },
};

struct net {
	u8 page[PAGE];
	struct keel_chain chain;
	struct keel_net_ctrl ctrl;
};

static bool net_read(void *ctx, u64 addr, void *to, u32 len)
{
	struct net *net = ctx;

	if (addr >= PAGE || len > PAGE - addr)
		return false;
	memcpy(to, net->page + addr, len);
	return true;
}

static const struct keel_mem_ops net_mem = { .read = net_read };

static void out_seg(struct net *net, u64 addr, u32 len)
{
	net->chain.segs[net->chain.nr_out++] = (struct keel_seg) { addr, len };
	net->chain.out_len += len;
}

/* Sends a command of @len bytes, cut into segments of at most @cut */
static int command(struct net *net, const u8 *bytes, u32 len, u32 cut)
{
	u32 at;

	memset(&net->chain, 0, sizeof(net->chain));
	memcpy(net->page, bytes, len);
	for (at = 0; at < len; at += cut)
		out_seg(net, at, min(cut, len - at));
	net->chain.segs[net->chain.nr_out] = (struct keel_seg) { ANSWER, 1 };
	net->chain.nr_in = 1;
	net->chain.in_len = 1;
	return keel_net_parse(&net->ctrl, &net->chain, &net_mem, net, FEATURES);
}

static struct net *net_of(struct kunit *test)
{
	struct net *net = kunit_kzalloc(test, sizeof(*net), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, net);
	net->ctrl.max_pairs = PAIRS;
	return net;
}

#define sends(net, cut, ...) ({						\
	static const u8 bytes_[] = { __VA_ARGS__ };			\
									\
	command((net), bytes_, sizeof(bytes_), (cut));			\
})

#define is_int(a, b)	KUNIT_EXPECT_EQ(test, (int)(a), (int)(b))

static void net_pairs_set(struct kunit *test)
{
	struct net *net = net_of(test);
	u32 cut;

	for (cut = 1; cut <= 4; cut++) {
		net->ctrl.pairs = 0;
		is_int(sends(net, cut, 4, 0, 3, 0), KEEL_NET_OK);
		is(net->ctrl.pairs, 3);
		is(net->ctrl.answer, ANSWER);
	}
	is_int(sends(net, 4, 4, 0, PAIRS, 0), KEEL_NET_OK);
	is(net->ctrl.pairs, PAIRS);
}

static void net_wrong_commands(struct kunit *test)
{
	struct net *net = net_of(test);
	unsigned int i;

	is_int(sends(net, 4, 4), KEEL_NET_ERR);
	is_int(sends(net, 4, 0, 0, 1), KEEL_NET_ERR);		/* RX: promiscuous */
	is_int(sends(net, 4, 4, 1, 1, 0), KEEL_NET_ERR);	/* RSS */
	is_int(sends(net, 4, 4, 0), KEEL_NET_ERR);
	is_int(sends(net, 4, 4, 0, 1), KEEL_NET_ERR);
	is_int(sends(net, 4, 4, 0, 1, 0, 0), KEEL_NET_ERR);
	is_int(sends(net, 4, 4, 0, 0, 0), KEEL_NET_ERR);
	is_int(sends(net, 4, 4, 0, PAIRS + 1, 0), KEEL_NET_ERR);
	is_int(sends(net, 4, 4, 0, 1, 1), KEEL_NET_ERR);
	is(net->ctrl.wrong[KEEL_NET_SHORT], 1);
	is(net->ctrl.wrong[KEEL_NET_NO_CLASS], 1);
	is(net->ctrl.wrong[KEEL_NET_NO_COMMAND], 1);
	is(net->ctrl.wrong[KEEL_NET_BAD_LENGTH], 3);
	is(net->ctrl.wrong[KEEL_NET_BAD_PAIRS], 3);
	for (i = 0; i < KEEL_NR_NET_WRONG; i++)
		ok(net->ctrl.wrong[i]);
	is(net->ctrl.pairs, 0);
}

static void net_nothing_negotiated(struct kunit *test)
{
	struct net *net = net_of(test);

	command(net, (const u8 []){ 4, 0, 1, 0 }, 4, 4);
	is_int(keel_net_parse(&net->ctrl, &net->chain, &net_mem, net, KEEL_NET_F_CTRL_VQ),
	       KEEL_NET_ERR);
}

static void net_no_answer(struct kunit *test)
{
	struct net *net = net_of(test);

	out_seg(net, 0, 4);
	is_int(keel_net_parse(&net->ctrl, &net->chain, &net_mem, net, FEATURES), -EBADMSG);
}

static void net_not_in_memory(struct kunit *test)
{
	struct net *net = net_of(test);

	command(net, (const u8 []){ 4, 0, 1, 0 }, 4, 2);
	net->page[0] = 4;
	net->chain.segs[0] = (struct keel_seg) { 0, 2 };
	net->chain.segs[1] = (struct keel_seg) { PAGE - 1, 2 };
	net->chain.nr_out = 2;
	net->chain.out_len = 4;
	is_int(keel_net_parse(&net->ctrl, &net->chain, &net_mem, net, FEATURES), KEEL_NET_ERR);
	is(net->ctrl.wrong[KEEL_NET_BAD_LENGTH], 1);
}

/* 5.1.2 */
static void net_place_of_the_control_queue(struct kunit *test)
{
	is(keel_net_ctrl_queue(FEATURES, PAIRS), 2 * PAIRS);
	is(keel_net_ctrl_queue(KEEL_NET_F_CTRL_VQ, PAIRS), 2);
	is(keel_net_ctrl_queue(0, PAIRS), KEEL_VIRTIO_QUEUES);
}

static struct keel_virtio *device(struct harness *h)
{
	return keel_virtio_of(keel_board_find(h->board, KEEL_CLASS_VIRTIO_MMIO, 0));
}

static int use_three(struct keel_dev *dev, void *arg)
{
	keel_net_set_pairs(keel_virtio_of(dev), 3);
	return 0;
}

static void drive(struct kunit *test)
{
	wr(MMIO + 0x70, 3, 4);
	wr(MMIO + 0x24, 1, 4);
	wr(MMIO + 0x20, 1, 4);		/* VERSION_1 */
	wr(MMIO + 0x24, 0, 4);
	wr(MMIO + 0x20, FEATURES, 4);
	wr(MMIO + 0x70, 0xb, 4);
	wr(MMIO + 0x70, 0xf, 4);
	is(rd(MMIO + 0x70, 4), 0xf);
}

static void net_pairs_in_use(struct kunit *test)
{
	struct keel_virtio *v = device(H);

	is(keel_net_pairs(v), 1);
	drive(test);
	is(keel_net_pairs(v), 1);
	keel_board_call(H->board, &v->dev, use_three, NULL);
	is(keel_net_pairs(v), 3);
	is(keel_net_pairs(device(harness_clone(test))), 1);
	wr(MMIO + 0x70, 0, 4);
	is(keel_net_pairs(v), 1);
}

static void net_pairs_are_saved(struct kunit *test)
{
	struct harness *other = harness_clone(test);
	struct keel_virtio *v = device(H);

	drive(test);
	keel_board_call(H->board, &v->dev, use_three, NULL);
	is(harness_copy(test, H, other), 0);
	is(keel_net_pairs(device(other)), 3);
}

static void net_check(struct kunit *test)
{
	struct keel_virtio *v = device(H);
	struct keel_virtio_state s;

	drive(test);
	s = *v->s;
	ok(keel_virtio_check(v, &s));
	s.net_pairs = PAIRS;
	ok(keel_virtio_check(v, &s));
	s.net_pairs = PAIRS + 1;
	ok(!keel_virtio_check(v, &s));
	s.net_pairs = 1;
	s.driver_features &= ~KEEL_NET_F_MQ;
	ok(!keel_virtio_check(v, &s));
	s = *v->s;
	s.net_pairs = 1;
	s.status &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	ok(!keel_virtio_check(v, &s));
}

static int net_init(struct kunit *test)
{
	return harness_init(test, net_devices, ARRAY_SIZE(net_devices));
}

static struct kunit_case net_cases[] = {
	KUNIT_CASE(net_pairs_set),
	KUNIT_CASE(net_wrong_commands),
	KUNIT_CASE(net_nothing_negotiated),
	KUNIT_CASE(net_no_answer),
	KUNIT_CASE(net_not_in_memory),
	KUNIT_CASE(net_place_of_the_control_queue),
	KUNIT_CASE(net_pairs_in_use),
	KUNIT_CASE(net_pairs_are_saved),
	KUNIT_CASE(net_check),
	{}
};

static struct kunit_suite net_suite = {
	.name = "keel-virtio-net",
	.init = net_init,
	.exit = harness_exit,
	.test_cases = net_cases,
};

kunit_test_suite(net_suite);
