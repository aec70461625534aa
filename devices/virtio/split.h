/* SPDX-License-Identifier: GPL-2.0 */
/* Split virtqueues, for queue.c: split.c. */
#ifndef KEEL_VIRTIO_SPLIT_H
#define KEEL_VIRTIO_SPLIT_H

#include "queue.h"

bool keel_split_sane(const struct keel_virtq_state *s);
bool keel_split_there(struct keel_virtq *q);
int keel_split_next(struct keel_virtq *q, struct keel_chain *chain);
int keel_split_put_back(struct keel_virtq *q);
bool keel_split_took(const struct keel_virtq *q, u16 chains, u16 id);
int keel_split_push(struct keel_virtq *q, u16 chains, u16 id, u32 written);
bool keel_split_wants_interrupt(struct keel_virtq *q);
void keel_split_notify_off(struct keel_virtq *q);
bool keel_split_notify_on(struct keel_virtq *q);

#endif /* KEEL_VIRTIO_SPLIT_H */
