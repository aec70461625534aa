// SPDX-License-Identifier: GPL-2.0
/*
 * Images that are one piece of memory: where the addresses in a multiboot header say; or as they
 * are, at an address of the user's (--flat), which is also that of the first instruction. These
 * have no protocol: they are entered, and told of the machine, as a PVH kernel is.
 */
#include "base.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/flat.h"
#include "boot/image.h"
#include "boot/place.h"
#include "boot/pvh.h"
#include "config/config.h"
#include "status.h"

/* Which bytes of the file are loaded, and to where. */
static void place_file(const struct image *kernel, struct elf_segment *s,
		       const struct flat_addresses *a, __u64 header)
{
	__u64 before = a->load == LOAD_WHOLE ? header : a->header - a->load;

	if (a->header < before || before > header ||
	    (a->load != LOAD_WHOLE && a->load > a->header))
		image_bad(kernel, STATUS_IMAGE,
			  "multiboot load address 0x%x does not go with a header at 0x%x and byte %llu",
			  a->load, a->header, header);
	s->at = a->header - before;
	s->virtual = s->at;
	s->offset = header - before;
	s->file = a->load_end ? a->load_end - s->at : kernel->size - s->offset;
	if (a->load_end && a->load_end <= s->at)
		image_bad(kernel, STATUS_IMAGE,
			  "multiboot load addresses 0x%llx to 0x%x are backwards",
			  s->at, a->load_end);
	if (s->file > kernel->size - s->offset)
		image_bad(kernel, STATUS_IMAGE, "truncated: %llu bytes of %llu", kernel->size,
			  s->offset + s->file);
}

/**
 * flat_place_at() - make an image a segment by a multiboot header's addresses; dies if they are
 * bad.
 * @boot:   the image
 * @a:      the addresses
 * @header: byte of the file that the header begins with
 */
void flat_place_at(struct boot *boot, const struct flat_addresses *a, __u64 header)
{
	struct elf_segment *s = &boot->elf.segments[0];

	place_file(&boot->kernel, s, a, header);
	s->size = s->file;
	if (a->bss_end && a->bss_end < s->at + s->file)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "multiboot BSS ends at 0x%x, before the data (0x%llx)",
			  a->bss_end, s->at + s->file);
	if (a->bss_end)
		s->size = a->bss_end - s->at;
	boot_check_room(boot, "segment", 0, s->at, s->size);
	boot->elf.nr = 1;
	boot->elf.end = s->at + s->size;
}

static void flat_place(struct boot *boot)
{
	struct elf_segment *s = &boot->elf.segments[0];

	*s = (struct elf_segment){
		.file = boot->kernel.size, .at = boot->config->flat, .size = boot->kernel.size,
	};
	boot_check_room(boot, "segment", 0, s->at, s->size);
	boot->elf.nr = 1;
	boot->elf.end = s->at + s->size;
	boot->entry = s->at;
	boot_place_modules(boot, boot->elf.end);
}

/* loader_flat - for --flat alone: any file could be one */
const struct loader loader_flat = {
	.name = "flat binary",
	.place = flat_place,
	.load = pvh_load,
};
