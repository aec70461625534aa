// SPDX-License-Identifier: GPL-2.0
/* Chains given back in the order in which they were taken, compared with a plain list. */
#include "requests.h"
#include "../../../../devices/virtio/order.h"

/* A chain on the list: as it was taken, and whether it is done. */
struct order_entry {
	u16 place;
	u16 id;
	u16 slots;
	u32 written;
	u64 in_len;
	bool over;
};

static struct order_entry list[KEEL_VIRTQ_MAX_SIZE];
static unsigned int nr_listed;

static void order_take(struct requests *r, struct keel_virtq_order *order)
{
	struct order_entry *e = &list[nr_listed];

	if (nr_listed == ARRAY_SIZE(list))
		return;
	r->chain.id = input_u16(&r->in);
	r->chain.slots = 1 + input_u8(&r->in);
	r->chain.in_len = (u64)input_u8(&r->in) << (r->chain.id & 3) * 8;
	*e = (struct order_entry) {
		.id = r->chain.id, .slots = r->chain.slots, .in_len = r->chain.in_len,
	};
	e->place = keel_order_add(order, &r->chain);
	must(!nr_listed || e->place == (u16)(list[nr_listed - 1].place + 1));
	nr_listed++;
}

static void order_put_back(struct keel_virtq_order *order)
{
	if (!nr_listed || list[nr_listed - 1].over)
		return;
	nr_listed--;
	keel_order_put_back(order);
}

static void order_over(struct requests *r, struct keel_virtq_order *order)
{
	struct order_entry *e = &list[input_u8(&r->in) % max(nr_listed, 1U)];

	if (!nr_listed || e->over)
		return;
	e->over = true;
	e->written = input_u32(&r->in);
	if (e->written & 1)
		e->written = e->in_len;
	keel_order_over(order, e->place, e->written);
}

static void order_pop(struct keel_virtq_order *order)
{
	const struct keel_turn *turn = keel_order_pop(order);

	must(!turn == !(nr_listed && list[0].over));
	if (!turn)
		return;
	must(turn->id == list[0].id && turn->slots == list[0].slots);
	must(turn->written == list[0].written);
	must(turn->whole == (list[0].written == list[0].in_len));
	memmove(list, list + 1, --nr_listed * sizeof(list[0]));
}

void requests_order(struct requests *r)
{
	struct keel_virtq_order order = { .first = input_u16(&r->in) };
	u8 what;

	order.next = order.first;
	nr_listed = 0;
	while (r->in.left) {
		what = input_u8(&r->in);
		switch (what & 3) {
		case 0:
			order_take(r, &order);
			break;
		case 1:
			order_over(r, &order);
			break;
		case 2:
			order_pop(&order);
			break;
		default:
			if (what & 4)
				order_put_back(&order);
			else
				order_take(r, &order);
		}
	}
	while (nr_listed && list[0].over)
		order_pop(&order);
}
