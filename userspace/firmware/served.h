/* SPDX-License-Identifier: GPL-2.0 */
/* fw_cfg for which the launcher answers. */
#ifndef KEEL_FIRMWARE_SERVED_H
#define KEEL_FIRMWARE_SERVED_H

#include "base.h"

struct kvm_run;
struct served;

/**
 * struct served_state - what a snapshot has of it. A record as it is.
 * @selector: key that was written last
 * @pad:      zero
 * @offset:   bytes of its item that were read
 */
struct served_state {
	__u16 selector;
	__u16 pad;
	__u32 offset;
};

struct served *served_new(void);
void served_add(struct served *served, __u16 key, const void *data, __u32 size);
void served_answer(struct served *served, struct kvm_run *run);
void served_reset(struct served *served);
struct served_state served_save(const struct served *served);
bool served_restore(struct served *served, const struct served_state *state);

#endif /* KEEL_FIRMWARE_SERVED_H */
