/* SPDX-License-Identifier: GPL-2.0 */
/* VIRTIO_F_IN_ORDER (VIRTIO 1.2, 2.7.9, 2.8.12): chains are given back as they were taken. */
#ifndef KEEL_VIRTQ_ORDER_H
#define KEEL_VIRTQ_ORDER_H

#include "queue.h"

/**
 * struct keel_turn - a chain that waits for its turn to be given back.
 * @id:      the chain's
 * @slots:   the chain's
 * @over:    it is done
 * @whole:   it was used completely: no byte is left that could have been written
 * @written: bytes, if it is done
 * @in_len:  of the bytes that could be written
 */
struct keel_turn {
	u16 id;
	u16 slots;
	bool over;
	bool whole;
	u32 written;
	u64 in_len;
};

/**
 * struct keel_virtq_order - chains that were taken and not given back, in that order.
 * @first: place of the first one
 * @next:  place of the next one to be taken
 * @turns: by their place's remainder; a queue has no more chains than descriptors
 *
 * Zeroed when there are none.
 */
struct keel_virtq_order {
	u16 first;
	u16 next;
	struct keel_turn turns[KEEL_VIRTQ_MAX_SIZE];
};

u16 keel_order_add(struct keel_virtq_order *order, const struct keel_chain *chain);
void keel_order_put_back(struct keel_virtq_order *order);
void keel_order_over(struct keel_virtq_order *order, u16 place, u32 written);
const struct keel_turn *keel_order_pop(struct keel_virtq_order *order);

#endif /* KEEL_VIRTQ_ORDER_H */
