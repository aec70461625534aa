// SPDX-License-Identifier: GPL-2.0
/*
 * The note VMCOREINFO, in which Linux says where it has what (Documentation/admin-guide/kdump/
 * vmcoreinfo.rst), for crash and gdb. It is in the kernel's memory, at the start of a page, from
 * boot on; /sys/kernel/vmcoreinfo has its address. The guest need not be asked: its memory is
 * searched. There may be several, of kernels that ran before, or that a guest has made up: one
 * that goes with the page tables is preferred.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "debug/paging.h"
#include "debug/vmcoreinfo.h"
#include "vm/memory.h"

#define NAME		"VMCOREINFO"
#define NAME_ROOM	12U		/* padded to a multiple of 4 */
#define TEXT_MAX	4096U		/* VMCOREINFO_BYTES */
#define KERNEL_MAP	0xffffffff80000000ULL	/* __START_KERNEL_map */

struct note {
	Elf64_Nhdr header;
	char name[NAME_ROOM];
	char text[];
};

/* The guest may write to it meanwhile: a copy is looked at. */
static bool note_take(const void *page, size_t room, struct note *copy, size_t *size)
{
	const struct note *note = page;
	const Elf64_Nhdr header = note->header;

	*size = sizeof(*note) + align_up(header.n_descsz, 4);
	if (header.n_namesz != sizeof(NAME) || header.n_type || !header.n_descsz ||
	    header.n_descsz > TEXT_MAX || memcmp(note->name, NAME, sizeof(NAME)) || *size > room)
		return false;
	memcpy(copy, note, *size);
	copy->header = header;
	copy->text[header.n_descsz] = 0;
	return !strncmp(copy->text, "OSRELEASE=", strlen("OSRELEASE="));
}

/* The value behind "KEY=", a line's beginning. */
static bool note_value(const struct note *note, const char *key, int base, __u64 *value)
{
	const char *line = strstr(note->text, key);

	if (!line || line == note->text || line[-1] != '\n')
		return false;
	*value = strtoull(line + strlen(key), NULL, base);
	return true;
}

static bool maps(const struct mappings *mappings, __u64 virt, __u64 phys)
{
	size_t i;

	for (i = 0; i < mappings->nr; i++) {
		const struct mapping *m = &mappings->list[i];

		if (virt >= m->virt && virt - m->virt < m->size)
			return m->phys + (virt - m->virt) == phys;
	}
	return false;
}

/* Is the kernel's first page where the note says? */
static bool note_fits(const struct note *note, const struct mappings *mappings)
{
	__u64 stext, phys_base;

	return note_value(note, "SYMBOL(_stext)=", 16, &stext) &&
	       note_value(note, "NUMBER(phys_base)=", 0, &phys_base) &&
	       maps(mappings, stext, stext - KERNEL_MAP + phys_base);
}

/**
 * vmcoreinfo_find() - look for the note.
 * @memory:   the guest's
 * @mappings: its kernel's
 * @size:     result, bytes of the whole note
 *
 * Return: a copy of it, until the next call; NULL: there is none.
 */
const void *vmcoreinfo_find(const struct memory *memory, const struct mappings *mappings,
			    size_t *size)
{
	static union {
		struct note note;
		char room[sizeof(struct note) + TEXT_MAX + 1];
	} found, next;
	size_t next_size;
	bool any = false;
	__u64 at;

	for (at = 0; at < memory->size; at += PAGE) {
		if (!page_has_data(memory->base + at) ||
		    !note_take(memory->base + at, memory->size - at, &next.note, &next_size))
			continue;
		if (any && !note_fits(&next.note, mappings))
			continue;
		found = next;
		*size = next_size;
		any = true;
		if (note_fits(&found.note, mappings))
			break;
	}
	return any ? &found : NULL;
}
