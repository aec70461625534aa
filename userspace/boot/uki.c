// SPDX-License-Identifier: GPL-2.0
/*
 * Unified kernel images: EFI programs that have a kernel, its initrd and its command line in
 * sections (UAPI Group Specification UKI; Microsoft PE Format). The program itself, which needs an
 * EFI, is not run.
 *
 *	.linux    the kernel, of any format	.cmdline  used without --append
 *	.initrd   used without --initrd		.osrel    os-release(5), for messages
 *
 * Of sections with the same name the first counts; those with other names are not looked at.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/image.h"
#include "boot/uki.h"
#include "config/config.h"
#include "status.h"

#define PE_AT		0x3c	/* offset of the PE header's offset */
#define PE_MAGIC	"PE\0\0"
#define NAME		8

struct pe_header {
	char  magic[4];
	__u16 machine, nr_sections;
	__u32 time, symbols, nr_symbols;
	__u16 optional_size, characteristics;
};

struct pe_section {
	char  name[NAME];
	__u32 size, address, file_size, file_at;
	__u32 relocations, lines;
	__u16 nr_relocations, nr_lines;
	__u32 characteristics;
};

static_assert(sizeof(struct pe_header) == 24, "COFF file header, with the signature");
static_assert(sizeof(struct pe_section) == 40, "section table");

static bool read_header(const struct image *image, __u64 *at, struct pe_header *h)
{
	__u32 pe;

	if (!image_is(image, 0, "MZ", 2) || !image_copy(image, PE_AT, &pe, sizeof(pe)) ||
	    !image_copy(image, pe, h, sizeof(*h)) || memcmp(h->magic, PE_MAGIC, sizeof(h->magic)))
		return false;
	*at = pe + sizeof(*h) + h->optional_size;
	return true;
}

/* A section's bytes as an image of its own; false if there is none. Dies if they are not there. */
static bool find_section(const struct image *image, const char name[NAME], struct image *found)
{
	struct pe_section section;
	struct pe_header h;
	unsigned int i;
	__u64 at, size;

	if (!read_header(image, &at, &h))
		return false;
	for (i = 0; i < h.nr_sections; i++, at += sizeof(section)) {
		if (!image_copy(image, at, &section, sizeof(section)))
			return false;
		if (!memcmp(section.name, name, NAME))
			break;
	}
	if (i == h.nr_sections)
		return false;
	/* In the file it is padded. */
	size = section.size && section.size < section.file_size ? section.size : section.file_size;
	if (section.file_at > image->size || size > image->size - section.file_at)
		image_bad(image, STATUS_IMAGE,
			  "truncated: %llu bytes; section %.8s has %llu from byte %u on",
			  image->size, name, size, section.file_at);
	*found = *image;
	found->data = image->data + section.file_at;
	found->size = size;
	found->map = NULL;
	return true;
}

/* os-release(5): PRETTY_NAME="..." */
static void name_system(struct image *kernel, const struct image *osrel)
{
	static const char key[] = "PRETTY_NAME=";
	const char *text = (const char *)osrel->data, *end = text + osrel->size;
	const char *at = memmem(text, osrel->size, key, strlen(key));
	char name[64] = "UKI of ";
	size_t used = strlen(name);

	if (!at) {
		image_inside(kernel, "UKI");
		return;
	}
	for (at += strlen(key); at < end && *at != '\n' && used < sizeof(name) - 1; at++)
		if (isprint((unsigned char)*at) && *at != '"' && *at != '\'')
			name[used++] = *at;
	name[used] = '\0';
	image_inside(kernel, name);
}

/* The file's text without its end; a line's end, as any control character, is a space. */
static void take_cmdline(struct boot *boot, const struct image *cmdline)
{
	__u64 i, size = cmdline->size;

	while (size && (isspace(cmdline->data[size - 1]) || !cmdline->data[size - 1]))
		size--;
	if (size >= sizeof(boot->uki_cmdline))
		image_bad(cmdline, STATUS_IMAGE,
			  "a command line of %llu bytes; there is room for %zu", size,
			  sizeof(boot->uki_cmdline) - 1);
	for (i = 0; i < size; i++)
		boot->uki_cmdline[i] = iscntrl(cmdline->data[i]) ? ' ' : cmdline->data[i];
	boot->uki_cmdline[size] = '\0';
	boot->has_uki_cmdline = true;
}

/* The user's own initrd, if there is one, is the first module already. */
static void take_initrd(struct boot *boot, const struct image *initrd)
{
	memmove(&boot->modules[1], &boot->modules[0], boot->nr_modules * sizeof(boot->modules[0]));
	boot->nr_modules++;
	boot->modules[0] = (struct boot_module){ .image = *initrd, .cmdline = initrd->path };
	boot->modules[0].image.what = "initrd";
}

/* uki_open() - make a unified kernel image the kernel in it, with what goes with it */
void uki_open(struct boot *boot)
{
	struct image *kernel = &boot->kernel, section, linux_section;

	if (!find_section(kernel, ".linux\0", &linux_section))
		return;
	if (!linux_section.size)
		image_bad(kernel, STATUS_IMAGE,
			  "a unified kernel image with an empty section .linux");
	if (find_section(kernel, ".osrel\0", &section))
		name_system(kernel, &section);
	else
		image_inside(kernel, "UKI");
	if (find_section(kernel, ".cmdline", &section))
		take_cmdline(boot, &section);
	if (!boot->config->initrd && find_section(kernel, ".initrd", &section) && section.size)
		take_initrd(boot, &section);
	kernel->data = linux_section.data;
	kernel->size = linux_section.size;
}
