// SPDX-License-Identifier: GPL-2.0
/*
 * --nvram: the flash chip below the firmware's, in which UEFI's variables are. Its bytes are memory
 * of the launcher's, and a read-only slot of KVM's while the chip shows its array: so reads cost
 * what memory costs. A guest's write comes out of KVM_RUN, and so does a read while there is no
 * slot: KEEL_RUN gives both to the vCPU's thread (KEEL_CLAIM), which answers for the chip. One
 * write is one step of the chip's, and at most one change of the slot.
 *
 * Blocks that have changed go to the file when the guest has ended its writing (ff), when it is
 * saved or reset, and at the VM's end; then they are on the disk. A write that fails is told, and
 * is tried again at the next of these times.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "firmware/nvram.h"
#include "firmware/nvram_file.h"
#include "firmware/volume.h"
#include "fnv.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/claim.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vm.h"

/**
 * struct nvram - the chip, and what is behind it.
 * @lock:   for all that follows; vCPUs' threads and those that stop them
 * @nor:    the chip
 * @gpa:    where the guest has it
 * @path:   of the file
 * @fd:     it
 * @vm_fd:  KVM's VM
 * @slot:   of KVM's, for the array
 * @shown:  it is there
 * @failed: the last write to the file was an error, which was told
 */
struct nvram {
	pthread_mutex_t lock;
	struct nor nor;
	__u64 gpa;
	const char *path;
	int fd;
	int vm_fd;
	__u32 slot;
	bool shown;
	bool failed;
};

/* ---- The slot ---- */

/* As the chip's mode wants it. Return: whether KVM has taken that. */
static bool show(struct nvram *nvram)
{
	struct kvm_userspace_memory_region region = {
		.slot = nvram->slot, .flags = KVM_MEM_READONLY, .guest_phys_addr = nvram->gpa,
		.userspace_addr = (__u64)nvram->nor.bytes,
	};
	bool wanted = nor_shows_array(&nvram->nor);

	if (wanted == nvram->shown)
		return true;
	region.memory_size = wanted ? nvram->nor.size : 0;
	if (ioctl(nvram->vm_fd, KVM_SET_USER_MEMORY_REGION, &region))
		return false;
	nvram->shown = wanted;
	return true;
}

static void show_or_end(struct vm *vm)
{
	if (!show(vm->memory.nvram))
		vm_end(vm, STATUS_KVM_ERROR, "KVM refuses the memory of UEFI's variables: %s",
		       strerror(errno));
}

/* ---- The file ---- */

static bool is_dirty(const struct nor *nor)
{
	return memchr(nor->dirty, true, nor->size / NOR_BLOCK);
}

static bool write_block(const struct nvram *nvram, __u32 block)
{
	const __u8 *bytes = nvram->nor.bytes + block * NOR_BLOCK;
	ssize_t n = pwrite(nvram->fd, bytes, NOR_BLOCK, block * NOR_BLOCK);

	if (n >= 0 && n != (ssize_t)NOR_BLOCK)
		errno = ENOSPC;
	return n == (ssize_t)NOR_BLOCK;
}

/* A block is clean when it is on the disk. Return: false, with errno, if one may not be. */
static bool write_blocks(struct nvram *nvram)
{
	struct nor *nor = &nvram->nor;
	__u32 i;

	for (i = 0; i < nor->size / NOR_BLOCK; i++)
		if (nor->dirty[i] && !write_block(nvram, i))
			return false;
	if (fdatasync(nvram->fd))
		return false;
	memset(nor->dirty, 0, sizeof(nor->dirty));
	return true;
}

static void tell_failed(struct vm *vm, const char *why)
{
	struct nvram *nvram = vm->memory.nvram;

	if (nvram->failed)
		return;
	nvram->failed = true;
	event_emit(vm, "nvram-failed", json_pack("{s:s, s:s}", "file", nvram->path, "error", why));
	warn_line("--nvram: %s: %s; changes are kept in memory, and written when that works",
		  nvram->path, why);
}

/* Under the lock. Return: NULL, or what failed. */
static const char *write_back(struct vm *vm)
{
	struct nvram *nvram = vm->memory.nvram;
	const char *why;

	if (!is_dirty(&nvram->nor))
		return NULL;
	if (write_blocks(nvram)) {
		nvram->failed = false;
		return NULL;
	}
	why = strerror(errno);
	tell_failed(vm, why);
	return why;
}

/* ---- The guest's accesses ---- */

/**
 * nvram_answer() - an access of a vCPU's, in its thread: KEEL_EXIT_MMIO.
 * @vm:  has variables
 * @run: of the vCPU
 *
 * Return: whether it goes on; false: its VM ends.
 */
bool nvram_answer(struct vm *vm, struct kvm_run *run)
{
	struct nvram *nvram = vm->memory.nvram;
	__u64 offset = run->mmio.phys_addr - nvram->gpa, value;

	pthread_mutex_lock(&nvram->lock);
	if (!run->mmio.is_write) {
		nor_read(&nvram->nor, offset, run->mmio.data, run->mmio.len);
	} else {
		memcpy(&value, run->mmio.data, sizeof(value));
		if (nor_write(&nvram->nor, offset, value, run->mmio.len))
			write_back(vm);
		show_or_end(vm);
	}
	pthread_mutex_unlock(&nvram->lock);
	return !atomic_load(&vm->over);
}

/* ---- The VM's life ---- */

static enum nvram_use use(const struct config *config)
{
	return config->dry_run ? NVRAM_LOOK : config->restore ? NVRAM_FIND : NVRAM_MAKE;
}

/**
 * nvram_open() - take the variables' part of the firmware's flash memory for a chip, and its bytes
 *                from the file; dies if that cannot be.
 * @memory: from flash_open(); its flash is what is behind that part, afterwards
 * @config: its @nvram is the file
 */
void nvram_open(struct memory *memory, const struct config *config)
{
	__u64 size = volume_size(memory->flash, memory->flash_size);
	struct nvram *nvram = calloc(1, sizeof(*nvram));

	if (!nvram)
		die(STATUS_MEMORY, "out of memory");
	if (!size || size == memory->flash_size)
		die(STATUS_USAGE,
		    "--nvram: firmware %s does not begin with a volume of UEFI's variables",
		    config->firmware.path);
	pthread_mutex_init(&nvram->lock, NULL);
	mprotect(memory->flash, size, PROT_READ | PROT_WRITE);
	nvram->path = config->nvram;
	nvram->fd = nvram_file_open(config->nvram, memory->flash, size, use(config));
	nvram->gpa = RAM_HIGH - memory->flash_size;
	nor_init(&nvram->nor, memory->flash, size);
	memory->flash += size;
	memory->flash_size -= size;
	memory->nvram = nvram;
}

/* nvram_register() - make its bytes memory of KVM's VM, in this slot; dies if KVM refuses that */
void nvram_register(const struct vm *vm, __u32 slot)
{
	struct nvram *nvram = vm->memory.nvram;

	nvram->vm_fd = vm->kvm_vm;
	nvram->slot = slot;
	if (!show(nvram))
		die(STATUS_NO_KVM, "KVM refuses %u KiB of memory at 0x%llx: %s",
		    nvram->nor.size / (unsigned int)KIB, nvram->gpa, strerror(errno));
}

/* nvram_claim() - have Keel's VM give accesses to nvram_answer(); dies if it does not */
void nvram_claim(const struct vm *vm)
{
	const struct nvram *nvram = vm->memory.nvram;

	claim(vm, 0, nvram->gpa, nvram->nor.size);
}

/* nvram_reset() - RST# of the chip, in a VM that stands still; what has changed is written */
void nvram_reset(struct vm *vm)
{
	struct nvram *nvram = vm->memory.nvram;

	if (!nvram)
		return;
	pthread_mutex_lock(&nvram->lock);
	write_back(vm);
	nor_reset(&nvram->nor);
	show_or_end(vm);
	pthread_mutex_unlock(&nvram->lock);
}

/**
 * nvram_save() - for a snapshot: the file has what the guest has.
 * @vm:    stands still, and has variables
 * @saved: result
 *
 * Return: NULL, or what failed.
 */
const char *nvram_save(struct vm *vm, struct nvram_saved *saved)
{
	struct nvram *nvram = vm->memory.nvram;
	const char *error;

	pthread_mutex_lock(&nvram->lock);
	error = write_back(vm);
	saved->sum = fnv64(nvram->nor.bytes, nvram->nor.size);
	saved->chip = nvram->nor.state;
	pthread_mutex_unlock(&nvram->lock);
	return error;
}

/* nvram_saved_sane() - can the chip be in that state? */
bool nvram_saved_sane(const struct memory *memory, const struct nvram_saved *saved)
{
	return nor_state_sane(&saved->chip, memory->nvram->nor.size);
}

/**
 * nvram_restored() - the chip goes on as it was saved; dies if the file has other bytes.
 * @vm:    new
 * @saved: sane
 */
void nvram_restored(struct vm *vm, const struct nvram_saved *saved)
{
	struct nvram *nvram = vm->memory.nvram;

	if (fnv64(nvram->nor.bytes, nvram->nor.size) != saved->sum)
		die(STATUS_DISK, "--nvram: %s has other variables than when the VM was saved",
		    nvram->path);
	nvram->nor.state = saved->chip;
	if (!show(nvram))
		die(STATUS_NO_KVM, "KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
}

/* nvram_end() - the VM has run its last: what has changed is written, or told to be lost */
void nvram_end(struct vm *vm)
{
	struct nvram *nvram = vm->memory.nvram;

	if (!nvram)
		return;
	pthread_mutex_lock(&nvram->lock);
	if (write_back(vm))
		warn_line("--nvram: %s: what the guest has changed last is lost", nvram->path);
	pthread_mutex_unlock(&nvram->lock);
}
