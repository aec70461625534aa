// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's RAM: one anonymous mapping, three slots of KVM's. With firmware there are more: for
 * that, for a page aside with the generation ID, and for variables (firmware/nvram.c).
 *
 * The page aside is the first one of the mapping in which the guest has no RAM, at RAM_LOW_END: so
 * it is saved, and cleared by a reset, as RAM is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "vm/pages.h"

/**
 * memory_create() - map the RAM; nothing is allocated until the guest touches it.
 * @memory: result
 * @config: how much, and of which pages
 */
void memory_create(struct memory *memory, const struct config *config)
{
	memory->size = config->memory;
	memory->low = memory->size < config->platform->hole ? memory->size : config->platform->hole;
	memory->high = memory->size - memory->low;
	memory->upper = config_has(config, KEEL_CLASS_SCREEN) ? RAM_SCREEN : RAM_ROM;
	memory->aside = !config->platform->handed_off;
	memory->nr_places = 0;
	memory->flash = NULL;
	memory->flash_size = 0;
	memory->nvram = NULL;
	memory->base = pages_map(config, memory->size);
	memory->reserved = config->hugepages;
}

/**
 * memory_pieces() - the RAM as the guest has it.
 * @memory: the RAM
 * @pieces: result, in ascending order
 *
 * Return: how many there are.
 */
unsigned int memory_pieces(const struct memory *memory, struct piece pieces[MEMORY_PIECES])
{
	pieces[0] = (struct piece){ 0, RAM_LOW_END };
	pieces[1] = (struct piece){ memory->upper, memory->low - memory->upper };
	pieces[2] = (struct piece){ RAM_HIGH, memory->high };
	return memory->high ? 3 : 2;
}

static void memory_slot(int vm_fd, struct kvm_userspace_memory_region region)
{
	if (ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region))
		die(errno == ENOMEM ? STATUS_MEMORY : STATUS_NO_KVM,
		    "KVM refuses %llu KiB of memory at 0x%llx: %s", region.memory_size / KIB,
		    region.guest_phys_addr, strerror(errno));
}

static void memory_register_roms(const struct memory *memory, int vm_fd, __u32 slot)
{
	if (ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) <= 0)
		die(STATUS_NO_KVM, "--firmware: this KVM lacks KVM_CAP_READONLY_MEM");
	memory_slot(vm_fd, (struct kvm_userspace_memory_region){
		.slot = slot, .flags = KVM_MEM_READONLY,
		.guest_phys_addr = RAM_HIGH - memory->flash_size,
		.memory_size = memory->flash_size, .userspace_addr = (__u64)memory->flash,
	});
	memory_slot(vm_fd, (struct kvm_userspace_memory_region){
		.slot = slot + 1, .flags = KVM_MEM_READONLY, .guest_phys_addr = ASIDE_BASE,
		.memory_size = PAGE, .userspace_addr = (__u64)memory->base + RAM_LOW_END,
	});
}

/**
 * memory_register() - make the RAM, and the firmware's memory, a KVM VM's.
 * @memory: the RAM
 * @vm_fd:  KVM's VM
 *
 * Return: the first of KVM's slots that is free.
 */
unsigned int memory_register(const struct memory *memory, int vm_fd)
{
	struct piece pieces[MEMORY_PIECES];
	unsigned int i, nr = memory_pieces(memory, pieces);

	for (i = 0; i < nr; i++)
		memory_slot(vm_fd, (struct kvm_userspace_memory_region){
			.slot = i, .guest_phys_addr = pieces[i].gpa,
			.memory_size = pieces[i].size,
			.userspace_addr = (__u64)memory_at(memory, pieces[i].gpa, pieces[i].size),
		});
	if (!memory->flash)
		return nr;
	memory_register_roms(memory, vm_fd, nr);
	return nr + 2;
}

/* memory_tell() - tell a Keel VM where the RAM is, for its virtio devices */
void memory_tell(const struct memory *memory, int keel)
{
	struct keel_memory_region regions[MEMORY_PIECES] = { 0 };
	struct keel_memory request = { .size = sizeof(request), .regions = (__u64)regions };
	struct piece pieces[MEMORY_PIECES];
	unsigned int i;

	request.nr = memory_pieces(memory, pieces);
	for (i = 0; i < request.nr; i++) {
		regions[i].addr = pieces[i].gpa;
		regions[i].size = pieces[i].size;
		regions[i].user = (__u64)memory_at(memory, pieces[i].gpa, pieces[i].size);
	}
	if (ioctl(keel, KEEL_SET_MEMORY, &request))
		die(STATUS_INTERNAL, "KEEL_SET_MEMORY: %s", strerror(errno));
}

/**
 * memory_at() - where a piece of RAM is mapped.
 * @memory: the RAM
 * @gpa:    guest physical address
 * @length: bytes, all on one side of the hole
 *
 * Return: NULL if it is not all RAM, nor on the page aside.
 */
void *memory_at(const struct memory *memory, __u64 gpa, __u64 length)
{
	const __u64 aside = gpa - ASIDE_BASE;

	if (memory->aside && aside <= PAGE && length <= PAGE - aside)
		return memory->base + RAM_LOW_END + aside;
	if (gpa <= memory->low && length <= memory->low - gpa)
		return memory->base + gpa;
	if (gpa >= RAM_HIGH && gpa - RAM_HIGH <= memory->high &&
	    length <= memory->high - (gpa - RAM_HIGH))
		return memory->base + memory->low + (gpa - RAM_HIGH);
	return NULL;
}

/**
 * memory_place() - a piece of the RAM, to be written before the first instruction.
 * @memory: the RAM; remembers the piece, so that a reset can bring back what is in it
 * @gpa:    guest physical address
 * @length: bytes
 *
 * Return: where it is mapped; dies if it is not all RAM.
 */
void *memory_place(struct memory *memory, __u64 gpa, __u64 length)
{
	void *data = memory_at(memory, gpa, length);

	if (!data)
		die(STATUS_INTERNAL, "0x%llx bytes at 0x%llx are not memory", length, gpa);
	if (memory->nr_places == PLACES_MAX)
		die(STATUS_INTERNAL, "more than %u pieces to boot", PLACES_MAX);
	memory->places[memory->nr_places++] = (struct place){ data, length };
	return data;
}

/* page_is_zero() - are all bytes of a page zero? */
bool page_is_zero(const void *page)
{
	const __u64 *p = page;
	size_t i;

	for (i = 0; i < PAGE / sizeof(*p); i++)
		if (p[i])
			return false;
	return true;
}

static int pagemap = -1;

/* pagemap_open() - for page_has_data(), which does without if there is none; before the sandbox */
void pagemap_open(void)
{
	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

/* Can a page hold anything but zeros, as far as the kernel tells? */
static bool page_touched(const void *page)
{
	const __u64 present_or_swapped = 3ULL << 62;
	__u64 entry;

	if (pagemap < 0 || pread(pagemap, &entry, sizeof(entry),
				 (__u64)page / PAGE * sizeof(entry)) != sizeof(entry))
		return true;
	return entry & present_or_swapped;
}

/* page_has_data() - is there a byte that is not zero? Allocates no page to find out */
bool page_has_data(const void *page)
{
	return page_touched(page) && !page_is_zero(page);
}
