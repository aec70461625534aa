/* SPDX-License-Identifier: GPL-2.0 */
/* Packed virtqueues, for queue.c: packed.c. */
#ifndef KEEL_VIRTIO_PACKED_H
#define KEEL_VIRTIO_PACKED_H

#include "queue.h"

bool keel_packed_sane(const struct keel_virtq_state *s);
bool keel_packed_there(struct keel_virtq *q);
int keel_packed_next(struct keel_virtq *q, struct keel_chain *chain);
int keel_packed_put_back(struct keel_virtq *q, u16 slots);
bool keel_packed_took(const struct keel_virtq *q, u16 slots);
int keel_packed_push(struct keel_virtq *q, u16 slots, u16 id, u32 written);
bool keel_packed_wants_interrupt(struct keel_virtq *q);
void keel_packed_notify_off(struct keel_virtq *q);
bool keel_packed_notify_on(struct keel_virtq *q);

#endif /* KEEL_VIRTIO_PACKED_H */
