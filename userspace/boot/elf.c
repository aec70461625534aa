// SPDX-License-Identifier: GPL-2.0
/*
 * ELF images, 32 and 64 bit, of kernels: static, and loaded where the program headers'
 * physical addresses say.
 */
#include <linux/elf.h>
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/image.h"
#include "boot/place.h"
#include "config/table.h"
#include "status.h"
#include "vm/memory.h"

/* Of either class; the narrower fields of the one are in the wider ones of the other. */
struct elf_headers {
	struct elf64_hdr file;
	bool wide;
};

/* elf_is() - does it begin like one? */
bool elf_is(const struct image *image)
{
	return image_is(image, 0, ELFMAG, SELFMAG);
}

static bool read_header(const struct image *image, struct elf_headers *h)
{
	struct elf32_hdr narrow;

	if (image->size <= EI_CLASS)
		return false;
	h->wide = image->data[EI_CLASS] == ELFCLASS64;
	if (h->wide)
		return image_copy(image, 0, &h->file, sizeof(h->file));
	if (!image_copy(image, 0, &narrow, sizeof(narrow)))
		return false;
	memcpy(h->file.e_ident, narrow.e_ident, EI_NIDENT);
	h->file.e_type = narrow.e_type;
	h->file.e_machine = narrow.e_machine;
	h->file.e_entry = narrow.e_entry;
	h->file.e_phoff = narrow.e_phoff;
	h->file.e_phentsize = narrow.e_phentsize;
	h->file.e_phnum = narrow.e_phnum;
	h->file.e_shoff = narrow.e_shoff;
	h->file.e_shentsize = narrow.e_shentsize;
	h->file.e_shnum = narrow.e_shnum;
	h->file.e_shstrndx = narrow.e_shstrndx;
	return true;
}

static __u64 program_size(const struct elf_headers *h)
{
	return h->wide ? sizeof(struct elf64_phdr) : sizeof(struct elf32_phdr);
}

/* read_program() - a program header; false if it is not in the file */
static bool read_program(const struct image *image, const struct elf_headers *h, unsigned int nr,
			 struct elf64_phdr *p)
{
	__u64 at = h->file.e_phoff + nr * program_size(h);
	struct elf32_phdr narrow;

	if (at < h->file.e_phoff)
		return false;
	if (h->wide)
		return image_copy(image, at, p, sizeof(*p));
	if (!image_copy(image, at, &narrow, sizeof(narrow)))
		return false;
	p->p_type = narrow.p_type;
	p->p_offset = narrow.p_offset;
	p->p_vaddr = narrow.p_vaddr;
	p->p_paddr = narrow.p_paddr;
	p->p_filesz = narrow.p_filesz;
	p->p_memsz = narrow.p_memsz;
	p->p_align = narrow.p_align;
	return true;
}

static void check_header(const struct image *image, const struct elf_headers *h)
{
	const struct elf64_hdr *e = &h->file;

	if (e->e_ident[EI_CLASS] != ELFCLASS32 && e->e_ident[EI_CLASS] != ELFCLASS64)
		image_bad(image, STATUS_IMAGE, "an ELF file of unknown class %u",
			  e->e_ident[EI_CLASS]);
	if (e->e_ident[EI_DATA] != ELFDATA2LSB)
		image_bad(image, STATUS_IMAGE, "an ELF file that is not little-endian");
	if (e->e_machine != (h->wide ? EM_X86_64 : EM_386))
		image_bad(image, STATUS_IMAGE, "an ELF file for another machine (%u, not %s)",
			  e->e_machine, h->wide ? "x86-64" : "i386");
	if (e->e_type != ET_EXEC)
		image_bad(image, STATUS_IMAGE,
			  "an ELF file, but %s, not a static executable",
			  e->e_type == ET_REL ? "an object (not linked)" :
			  e->e_type == ET_DYN ? "position-independent" :
			  e->e_type == ET_CORE ? "a core dump" : "of unknown type");
	if (e->e_phentsize != program_size(h))
		image_bad(image, STATUS_IMAGE, "ELF program headers of %u bytes, not %llu",
			  e->e_phentsize, program_size(h));
}

static void check_overlap(const struct boot *boot, const struct elf *elf,
			  const struct elf_segment *s)
{
	unsigned int i;

	for (i = 0; i < elf->nr; i++) {
		const struct elf_segment *other = &elf->segments[i];

		if (s->at < other->at + other->size && other->at < s->at + s->size)
			image_bad(&boot->kernel, STATUS_IMAGE,
				  "segments %u (from 0x%llx) and %u (from 0x%llx) overlap",
				  other->nr, other->at, s->nr, s->at);
	}
}

static void add_segment(const struct boot *boot, struct elf *elf, unsigned int nr,
			const struct elf64_phdr *p)
{
	const struct image *image = &boot->kernel;
	struct elf_segment *s = &elf->segments[elf->nr];

	if (elf->nr == ELF_SEGMENTS)
		image_bad(image, STATUS_IMAGE, "more than %u ELF segments", ELF_SEGMENTS);
	if (p->p_filesz > p->p_memsz)
		image_bad(image, STATUS_IMAGE,
			  "segment %u has %llu bytes in the file for %llu in memory", nr,
			  (__u64)p->p_filesz, (__u64)p->p_memsz);
	if (p->p_offset > image->size || p->p_filesz > image->size - p->p_offset)
		image_bad(image, STATUS_IMAGE,
			  "truncated: %llu bytes; segment %u has %llu from byte %llu on",
			  image->size, nr, (__u64)p->p_filesz, (__u64)p->p_offset);
	boot_check_room(boot, "segment", nr, p->p_paddr, p->p_memsz);
	*s = (struct elf_segment){
		.nr = nr, .offset = p->p_offset, .file = p->p_filesz, .at = p->p_paddr,
		.size = p->p_memsz, .virtual = p->p_vaddr,
	};
	check_overlap(boot, elf, s);
	if (s->at + s->size > elf->end && s->at < RAM_HIGH)
		elf->end = s->at + s->size;
	elf->nr++;
}

/* ---- Sections ---- */

#define SECTION_ALIGN	64	/* more than sections without an address ask for */

static __u32 section_size(const struct elf_headers *h)
{
	return h->wide ? sizeof(struct elf64_shdr) : sizeof(struct elf32_shdr);
}

/* read_section() - a section header; false if it is not in the file */
static bool read_section(const struct image *image, const struct elf_headers *h, unsigned int nr,
			 struct elf64_shdr *s)
{
	__u64 at = h->file.e_shoff + (__u64)nr * section_size(h);
	struct elf32_shdr narrow;

	if (at < h->file.e_shoff)
		return false;
	if (h->wide)
		return image_copy(image, at, s, sizeof(*s));
	if (!image_copy(image, at, &narrow, sizeof(narrow)))
		return false;
	s->sh_type = narrow.sh_type;
	s->sh_addr = narrow.sh_addr;
	s->sh_offset = narrow.sh_offset;
	s->sh_size = narrow.sh_size;
	return true;
}

/* Has it bytes in the file, and no address? */
static bool is_apart(const struct elf64_shdr *s)
{
	return s->sh_type != SHT_NULL && s->sh_type != SHT_NOBITS && !s->sh_addr && s->sh_size;
}

/* A kernel runs without them as well: if they make no sense, there are none. */
static void find_sections(struct elf *elf, const struct image *image, const struct elf_headers *h)
{
	struct elf_sections found = {
		.nr = h->file.e_shnum, .entry_size = section_size(h), .names = h->file.e_shstrndx,
		.offset = h->file.e_shoff,
	};
	struct elf64_shdr s;
	unsigned int i;

	if (h->file.e_shentsize != found.entry_size || found.names >= found.nr)
		return;
	found.size = (__u64)found.nr * found.entry_size;
	for (i = 0; i < found.nr; i++) {
		if (!read_section(image, h, i, &s))
			return;
		if (!is_apart(&s))
			continue;
		if (s.sh_offset > image->size || s.sh_size > image->size - s.sh_offset)
			return;
		found.size = align_up(found.size, SECTION_ALIGN) + s.sh_size;
	}
	elf->sections = found;
}

/* The narrower field of a 32-bit header is at another place. */
static void set_address(void *header, bool wide, __u64 address)
{
	if (wide)
		((struct elf64_shdr *)header)->sh_addr = address;
	else
		((struct elf32_shdr *)header)->sh_addr = address;
}

/**
 * elf_load_sections() - copy the section headers, and the sections that are not loaded otherwise,
 * whose headers get the addresses that these have then.
 * @elf:    from elf_place(); @elf->sections.at has been chosen, or there are none
 * @image:  the file
 * @memory: the RAM
 */
void elf_load_sections(const struct elf *elf, const struct image *image, struct memory *memory)
{
	const struct elf_sections *sections = &elf->sections;
	__u64 used = (__u64)sections->nr * sections->entry_size;
	struct elf_headers h = { 0 };
	struct elf64_shdr s;
	unsigned int i;
	__u8 *to;

	if (!sections->nr || !read_header(image, &h))
		return;
	to = memory_place(memory, sections->at, sections->size);
	memcpy(to, image->data + sections->offset, used);
	for (i = 0; i < sections->nr; i++) {
		if (!read_section(image, &h, i, &s) || !is_apart(&s))
			continue;
		used = align_up(used, SECTION_ALIGN);
		memcpy(to + used, image->data + s.sh_offset, s.sh_size);
		set_address(to + i * sections->entry_size, h.wide, sections->at + used);
		used += s.sh_size;
	}
}

/* ---- ---- */

/**
 * elf_place() - check an ELF image and find where its segments go; dies if it is bad.
 * @elf:  result
 * @boot: the image, and the memory that it is for
 */
void elf_place(struct elf *elf, const struct boot *boot)
{
	const struct image *image = &boot->kernel;
	struct elf_headers h;
	unsigned int i;
	struct elf64_phdr p;

	memset(elf, 0, sizeof(*elf));
	if (!read_header(image, &h))
		image_bad(image, STATUS_IMAGE, "truncated: %llu bytes, less than an ELF header",
			  image->size);
	check_header(image, &h);
	elf->wide = h.wide;
	elf->entry = h.file.e_entry;
	for (i = 0; i < h.file.e_phnum; i++) {
		if (!read_program(image, &h, i, &p))
			image_bad(image, STATUS_IMAGE,
				  "truncated: %llu bytes; there are %u program headers from byte %llu on",
				  image->size, h.file.e_phnum, (__u64)h.file.e_phoff);
		if (p.p_type == PT_INTERP)
			image_bad(image, STATUS_IMAGE,
				  "an ELF file, but a program with dynamic libraries");
		if (p.p_type == PT_LOAD && p.p_memsz)
			add_segment(boot, elf, i, &p);
	}
	if (!elf->nr)
		image_bad(image, STATUS_IMAGE, "an ELF file with nothing to load");
	find_sections(elf, image, &h);
}

/* elf_overlaps() - is any of a range of guest physical addresses in a segment? */
bool elf_overlaps(const struct elf *elf, __u64 at, __u64 size)
{
	unsigned int i;

	for (i = 0; i < elf->nr; i++)
		if (at < elf->segments[i].at + elf->segments[i].size &&
		    elf->segments[i].at < at + size)
			return true;
	return false;
}

/* elf_holds() - is there a segment at this guest physical address? */
bool elf_holds(const struct elf *elf, __u64 at)
{
	return elf_overlaps(elf, at, 1);
}

/**
 * elf_entry() - the file's entry as a guest physical address; dies if it is none.
 * @elf:   from elf_place()
 * @image: the file
 *
 * Kernels are of two minds about whether the header's entry is a physical address;
 * where no segment has it as such it is taken as virtual.
 */
__u64 elf_entry(const struct elf *elf, const struct image *image)
{
	unsigned int i;

	if (elf_holds(elf, elf->entry))
		return elf->entry;
	for (i = 0; i < elf->nr; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (elf->entry - s->virtual < s->size)
			return elf->entry - s->virtual + s->at;
	}
	image_bad(image, STATUS_IMAGE, "entry 0x%llx is in none of the segments", elf->entry);
}

/* elf_load() - copy the segments; what the file does not have of them is zero already */
void elf_load(const struct elf *elf, const struct image *image, struct memory *memory)
{
	unsigned int i;

	for (i = 0; i < elf->nr; i++) {
		const struct elf_segment *s = &elf->segments[i];

		boot_put(memory, s->at, image->data + s->offset, s->file);
	}
}

/* ---- Notes ---- */

static bool note_in(const struct image *image, const struct elf64_phdr *p, const char *owner,
		    __u32 type, __u64 *value)
{
	__u64 align = p->p_align == 8 ? 8 : 4, at = p->p_offset, left = p->p_filesz;
	__u64 name = strlen(owner) + 1;
	struct elf64_note n;

	while (left >= sizeof(n) && image_copy(image, at, &n, sizeof(n))) {
		__u64 desc = sizeof(n) + align_up(n.n_namesz, align);
		__u64 next = desc + align_up(n.n_descsz, align);

		if (desc + n.n_descsz > left)
			return false;
		*value = 0;
		if (n.n_type == type && n.n_namesz == name &&
		    image_is(image, at + sizeof(n), owner, name))
			return (n.n_descsz == 4 || n.n_descsz == 8) &&
			       image_copy(image, at + desc, value, n.n_descsz);
		if (next > left)	/* the last one may lack its padding */
			return false;
		at += next;
		left -= next;
	}
	return false;
}

/**
 * elf_note() - look for a note with a number, in a file that may be anything.
 * @image: the file
 * @owner: of the note
 * @type:  of the note
 * @value: out: its 4 or 8 bytes
 */
bool elf_note(const struct image *image, const char *owner, __u32 type, __u64 *value)
{
	struct elf_headers h;
	unsigned int i;
	struct elf64_phdr p;

	if (!elf_is(image) || !read_header(image, &h))
		return false;
	for (i = 0; i < h.file.e_phnum && read_program(image, &h, i, &p); i++)
		if (p.p_type == PT_NOTE && note_in(image, &p, owner, type, value))
			return true;
	return false;
}
