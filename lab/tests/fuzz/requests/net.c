// SPDX-License-Identifier: GPL-2.0
/* A network device's commands (VIRTIO 1.2, 5.1.6.5), and their effects. */
#include "requests.h"

#define NET_MAX_PAIRS	8
#define NET_CTRL_VQ	BIT(17)
#define NET_MQ		BIT(22)

/**
 * struct net - a device, and its expected state.
 * @r:        the input
 * @d:        the device
 * @config:   what it is built from
 * @max:      queue pairs that there are
 * @features: of its own, as negotiated
 * @live:     its driver has set DRIVER_OK
 * @set:      queue pairs that the driver has set; 0: none set yet
 * @ctrl:     its commands
 * @want:     expected value of @ctrl
 */
struct net {
	struct requests *r;
	struct requests_device *d;
	struct keel_virtio_config config;
	u16 max;
	u32 features;
	bool live;
	u16 set;
	struct keel_net_ctrl ctrl;
	struct keel_net_ctrl want;
};

static u32 net_offered(const struct net *n)
{
	return (NET_CTRL_VQ | NET_MQ) & ~n->config.features;
}

/* 5.1.2: behind the queues of all pairs, or behind the first one if there are no others. */
static unsigned int net_control(const struct net *n)
{
	unsigned int queue = 0, pair;

	if (!(n->features & NET_CTRL_VQ))
		return KEEL_VIRTIO_QUEUES;
	for (pair = 0; pair < (n->features & NET_MQ ? n->max : 1); pair++)
		queue += 2;
	return queue;
}

/* ---- Commands ---- */

static void net_put(struct net *n, u8 how)
{
	static const u8 classes[] = { 4, 4, 4, 4, 4, 4, 0, 5 };
	const u8 header[] = { classes[how & 7], how >> 3 & 3 ? 0 : how >> 5 };
	u16 pairs = n->max + (how >> 6) - 2;

	requests_put(n->r, 0, header, sizeof(header));
	if (how & 0x20)		/* else the input's bytes */
		requests_put(n->r, sizeof(header), &pairs, sizeof(pairs));
}

static void net_make(struct net *n)
{
	static const u8 lengths[] = { 4, 4, 4, 4, 4, 3, 5, 2, 1, 0, 6, 4, 4, 4, 4, 40 };
	u8 shape = input_u8(&n->r->in), i;

	requests_begin(n->r);
	requests_add_out(n->r, lengths[shape & 15]);
	net_put(n, input_u8(&n->r->in));
	if (shape & 0x10 && n->r->bytes >= 4)	/* all that is read is there already */
		requests_add_far(n->r, false, 1 + (shape >> 5));
	for (i = 0; i < (shape >> 5 & 3) || (!i && !(shape & 0x80)); i++)
		requests_add_far(n->r, true, 1 + i);
	requests_done(n->r);
}

/* The expected reason of a refusal, or -1, from all bytes in a row. */
static int net_wrong(const struct net *n)
{
	const u8 *at = n->r->mem;
	u64 len = n->r->before.out_len;

	if (n->r->failed)
		return n->r->got < 2 ? KEEL_NET_SHORT : KEEL_NET_BAD_LENGTH;
	if (len < 2)
		return KEEL_NET_SHORT;
	if (at[0] != 4 || !(n->features & NET_MQ))
		return KEEL_NET_NO_CLASS;
	if (at[1])
		return KEEL_NET_NO_COMMAND;
	if (len != 4)
		return KEEL_NET_BAD_LENGTH;
	if (at[3] || at[2] < 1 || at[2] > n->max)
		return KEEL_NET_BAD_PAIRS;
	return -1;
}

static int net_expect(struct net *n)
{
	const struct keel_chain *chain = &n->r->before;
	int wrong;

	if (!chain->in_len)
		return -EBADMSG;
	n->want.answer = chain->segs[chain->nr_out].addr;
	wrong = net_wrong(n);
	if (wrong >= 0) {
		n->want.wrong[wrong]++;
		return 1;
	}
	n->want.pairs = n->r->mem[2];
	return 0;
}

static int net_tell(struct keel_dev *dev, void *arg)
{
	keel_net_set_pairs(keel_virtio_of(dev), *(u16 *)arg);
	return 0;
}

static void net_command(struct net *n)
{
	struct requests *r = n->r;
	int ret;

	net_make(n);
	if (!(n->d->v->running & BIT_ULL(net_control(n))))
		return;
	ret = keel_net_parse(&n->ctrl, &r->chain, &requests_mem, r, n->features);
	trace("%d: %u pairs\n", ret, n->ctrl.pairs);
	must(ret == net_expect(n));
	if (ret)
		return;
	n->set = n->want.pairs;
	requests_device_call(n->d, net_tell, &n->ctrl.pairs);
}

/* ---- Other actions ---- */

static void net_drive(struct net *n)
{
	n->features = input_u8(&n->r->in) << 16 & net_offered(n);
	trace("drive: %#x\n", n->features);
	requests_device_drive(n->d, n->features);
	n->live = true;
	n->set = 0;
}

static void net_reset(struct net *n)
{
	bool board = input_u8(&n->r->in) & 1;

	trace("reset\n");
	requests_device_reset(n->d, board);
	n->features = 0;
	n->live = false;
	n->set = 0;
}

static void net_restore(struct net *n)
{
	struct requests_device *to = requests_device_new(&n->config);

	trace("restore\n");
	requests_device_copy(n->d, to);
	requests_device_free(n->d);
	n->d = to;
}

/* Is a forged state one that a driver can bring about? */
static void net_forge(struct net *n)
{
	struct keel_virtio_state s = *n->d->v->s;

	s.net_pairs = input_u8(&n->r->in);
	must(keel_virtio_check(n->d->v, &s) ==
	     (!s.net_pairs || (n->live && n->features & NET_MQ && s.net_pairs <= n->max)));
}

static void net_check(const struct net *n)
{
	const struct keel_virtio *v = n->d->v;

	must(!memcmp(&n->ctrl, &n->want, sizeof(n->ctrl)));
	must(v->s->net_pairs == n->set);
	must(keel_net_pairs(v) == (n->set ? n->set : 1));
	must(keel_net_ctrl_queue(n->features, n->max) == net_control(n));
	must(keel_virtio_check(v, v->s));
}

void requests_net(struct requests *r)
{
	static void (*const actions[])(struct net *n) = {
		net_command, net_command, net_command, net_command,
		net_drive, net_reset, net_restore, net_forge,
	};
	u8 how = input_u8(&r->in);
	struct net n = { .r = r, .max = 1 + how % NET_MAX_PAIRS };

	n.config = (struct keel_virtio_config) {
		.type = KEEL_VIRTIO_NET, .queues = 2 * n.max + 1,
		.features = (how & 0x40 ? NET_CTRL_VQ : 0) | (how & 0x80 ? NET_MQ : 0),
	};
	n.ctrl.max_pairs = n.max;
	n.want.max_pairs = n.max;
	n.d = requests_device_new(&n.config);
	net_check(&n);
	while (r->in.left) {
		actions[input_u8(&r->in) % ARRAY_SIZE(actions)](&n);
		net_check(&n);
	}
	requests_device_free(n.d);
}
