// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that a reset brings back: a copy of the pieces that were written before the first
 * instruction, since the guest writes to them and the files that they came from may change. All
 * other memory is zero again.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base.h"
#include "life/kept.h"
#include "status.h"
#include "vm/memory.h"

/**
 * struct kept - a copy of all places of a memory.
 * @size: bytes
 * @data: the places' contents, one behind the other
 */
struct kept {
	__u64 size;
	__u8 *data;
};

static __u64 size_of_places(const struct memory *memory)
{
	__u64 size = 0;
	unsigned int i;

	for (i = 0; i < memory->nr_places; i++)
		size += memory->places[i].size;
	return size;
}

/* kept_take() - the copy, for as long as the process lives; dies if there is no room for it */
struct kept *kept_take(const struct memory *memory)
{
	struct kept *kept = malloc(sizeof(*kept));
	unsigned int i;
	__u8 *to;

	if (!kept)
		die(STATUS_MEMORY, "out of memory");
	kept->size = align_up(size_of_places(memory), PAGE);
	kept->data = mmap(NULL, kept->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);
	if (kept->data == MAP_FAILED)
		die(STATUS_MEMORY, "no memory for what a reset needs");
	to = kept->data;
	for (i = 0; i < memory->nr_places; i++) {
		memcpy(to, memory->places[i].data, memory->places[i].size);
		to += memory->places[i].size;
	}
	madvise(kept->data, kept->size, MADV_COLD);	/* few guests are reset ever */
	return kept;
}

/* kept_renew() - the memory as it was when the copy was taken; no vCPU runs */
void kept_renew(const struct kept *kept, struct memory *memory)
{
	const __u8 *from = kept->data;
	unsigned int i;

	/* It fails if they are locked. */
	if (memory->reserved || madvise(memory->base, memory->size, MADV_DONTNEED))
		memset(memory->base, 0, memory->size);
	for (i = 0; i < memory->nr_places; i++) {
		memcpy(memory->places[i].data, from, memory->places[i].size);
		from += memory->places[i].size;
	}
}
