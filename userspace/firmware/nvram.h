/* SPDX-License-Identifier: GPL-2.0 */
/* UEFI's variables, which survive resets and the VM's end. */
#ifndef KEEL_FIRMWARE_NVRAM_H
#define KEEL_FIRMWARE_NVRAM_H

#include "firmware/nor.h"

struct config;
struct kvm_run;
struct memory;
struct nvram;
struct vm;

/**
 * struct nvram_saved - what a snapshot has of it. A record as it is.
 * @sum:  of the chip's bytes, fnv64()
 * @chip: all else
 */
struct nvram_saved {
	__u64 sum;
	struct nor_state chip;
};

void nvram_open(struct memory *memory, const struct config *config);
void nvram_register(const struct vm *vm, __u32 slot);
void nvram_claim(const struct vm *vm);
bool nvram_answer(struct vm *vm, struct kvm_run *run);
void nvram_reset(struct vm *vm);
const char *nvram_save(struct vm *vm, struct nvram_saved *saved);
bool nvram_saved_sane(const struct memory *memory, const struct nvram_saved *saved);
void nvram_restored(struct vm *vm, const struct nvram_saved *saved);
void nvram_end(struct vm *vm);

#endif /* KEEL_FIRMWARE_NVRAM_H */
