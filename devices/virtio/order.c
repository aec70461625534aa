// SPDX-License-Identifier: GPL-2.0
/*
 * A device can be done with chains in any order, a driver can ask to get them back in the
 * order in which it made them available (VIRTIO_F_IN_ORDER): what is done too early waits
 * here. Places run freely from 0 to 65535.
 */
#include "order.h"

static struct keel_turn *order_turn(struct keel_virtq_order *order, u16 place)
{
	return &order->turns[place % KEEL_VIRTQ_MAX_SIZE];
}

/**
 * keel_order_add() - a chain was taken.
 * @order: the queue's
 * @chain: the chain
 *
 * Return: its place.
 */
u16 keel_order_add(struct keel_virtq_order *order, const struct keel_chain *chain)
{
	*order_turn(order, order->next) = (struct keel_turn) {
		.id = chain->id, .slots = chain->slots, .in_len = chain->in_len,
	};
	return order->next++;
}

/**
 * keel_order_put_back() - the chain that was taken last was put back.
 * @order: the queue's
 */
void keel_order_put_back(struct keel_virtq_order *order)
{
	order->next--;
}

/**
 * keel_order_over() - a chain is done.
 * @order:   the queue's
 * @place:   the chain's
 * @written: bytes
 */
void keel_order_over(struct keel_virtq_order *order, u16 place, u32 written)
{
	struct keel_turn *turn = order_turn(order, place);

	turn->written = written;
	turn->whole = written == turn->in_len;
	turn->over = true;
}

/**
 * keel_order_pop() - the next chain to give back
 * @order: the queue's
 *
 * Return: the first chain, which is the caller's to give back at once; NULL: it is not done,
 * or there is none.
 */
const struct keel_turn *keel_order_pop(struct keel_virtq_order *order)
{
	const struct keel_turn *turn = order_turn(order, order->first);

	if (order->first == order->next || !turn->over)
		return NULL;
	order->first++;
	return turn;
}
