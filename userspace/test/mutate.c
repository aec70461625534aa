// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: mutate ROUNDS KERNEL...
 *
 * Gives the loaders each kernel as it is, cut off at every length that matters, and
 * ROUNDS times with a few bytes changed where it hurts: each is loaded or refused with
 * a line that names the file, and ASan and UBSan have nothing to say. The image is in
 * a buffer of its exact size, as is the guest's memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/image.h"
#include "config/config.h"
#include "config/platform.h"
#include "config/table.h"
#include "device/virtio.h"
#include "status.h"
#include "test/refused.h"
#include "vm/memory.h"

#define MEMORY		(6 * MIB)
#define HEADERS		0x400	/* of an image, most of what a loader looks at */

static const struct platform platform = { .hole = RAM_HOLE };
static struct config config = {
	.kernel = "image", .memory = MEMORY, .append = "a b", .platform = &platform,
};

static struct memory memory;
static struct image module = { .what = "module", .path = "module", .size = 5000 };
static unsigned long loaded, errors;

void warn_line(const char *format, ...)
{
	(void)format;
}

/* ---- In place of virtio.c: there are no devices ---- */

const char *virtio_cmdline(const struct config *from, const char *text)
{
	(void)from;
	return text;
}

/* ---- ---- */

static void wrong(const char *what)
{
	fprintf(stderr, "mutate: %s: \"%s\"\n", what, reason);
	exit(1);
}

static bool known(int status)
{
	return status == STATUS_IMAGE || status == STATUS_MEMORY || status == STATUS_USAGE;
}

/* Kernel and modules are in memory as the files have them: nothing else was written there. */
static bool is_whole(const struct boot *boot)
{
	unsigned int i;

	for (i = 0; i < boot->elf.nr; i++) {
		const struct elf_segment *s = &boot->elf.segments[i];

		if (memcmp(memory_at(&memory, s->at, s->size), boot->kernel.data + s->offset,
			   s->file))
			return false;
	}
	for (i = 0; i < boot->nr_modules; i++) {
		const struct boot_module *m = &boot->modules[i];

		if (memcmp(memory_at(&memory, m->at, m->image.size), m->image.data, m->image.size))
			return false;
	}
	return true;
}

/* A copy in a block of its own size, so that a byte too far is seen. */
static void try(const __u8 *data, size_t size)
{
	static struct boot boot;
	struct boot_entry entry;
	__u8 *copy = malloc(size);
	int status;

	memcpy(copy, data, size);
	memset(&boot, 0, sizeof(boot));
	boot.config = &config;
	boot.kernel = (struct image){ .what = "kernel", .path = "image", .data = copy,
				      .size = size };
	boot.modules[0] = (struct boot_module){ .image = module, .cmdline = "module" };
	boot.nr_modules = 1;
	status = setjmp(refused);
	memory.nr_places = 0;
	if (!status) {
		boot_place(&boot);
		boot_load(&boot, &memory, ACPI_BASE, &entry);
		loaded++;
		if (!memory_at(&memory, entry.rip, 1))
			wrong("loaded, and its entry is no memory");
		if (!memory_at(&memory, entry.rsp - KIB, KIB))
			wrong("loaded, and it has no stack");
		if (!is_whole(&boot))
			wrong("loaded, and then overwritten");
	} else {
		errors++;
		if (!known(status) || strchr(reason, '\n') ||
		    (status != STATUS_USAGE && !strstr(reason, "image: ") &&
		     !strstr(reason, "module: ")))
			wrong("refused, but not well");
	}
	boot_close(&boot);
	free(copy);
}

static void truncate_all(const __u8 *data, size_t size)
{
	size_t n;

	for (n = 1; n < size; n += n < 8192 + 64 ? 1 : size / 200 + 1)
		try(data, n);
}

static __u64 interesting(void)
{
	static const __u64 values[] = {
		0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0xffff, 0x10000, 0x2ffff,
		0x30000, 0x9fc00, 0xa0000, 0xe0000, 0xfffff, 0x100000, MEMORY - 1, MEMORY,
		0x7fffffff, 0x80000000, 0xc0000000, 0xffffffff, 0x100000000, 1ULL << 63,
		~0ULL - 0xfff, ~0ULL,
	};

	if (random() % 4 == 0)
		return random();
	return values[random() % ARRAY_SIZE(values)] + random() % 3 - 1;
}

/* Mostly in the headers, mostly aligned, mostly values at which something ends. */
static void damage(__u8 *data, size_t size)
{
	size_t area = random() % 4 && size > HEADERS ? HEADERS : size;
	size_t at = random() % area, width = 1UL << random() % 4;
	__u64 value = interesting();

	if (random() % 4)
		at &= ~(width - 1);
	if (at + width <= size)
		memcpy(data + at, &value, width);
}

static void mutate(const __u8 *data, size_t size, unsigned long rounds)
{
	__u8 *copy = malloc(size);
	unsigned long i, n;

	for (i = 0; i < rounds; i++) {
		memcpy(copy, data, size);
		for (n = 1 + random() % 4; n; n--)
			damage(copy, size);
		try(copy, random() % 16 ? size : 1 + random() % size);
	}
	free(copy);
}

static __u8 *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	__u8 *data = malloc(MEMORY);

	if (!file || !data)
		wrong(path);
	*size = fread(data, 1, MEMORY, file);
	fclose(file);
	return data;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && !strcmp(text + length - wanted, end);
}

static void kernel(const char *path, unsigned long rounds)
{
	unsigned long before = loaded;
	size_t size;
	__u8 *data = read_file(path, &size);

	/* At the place of the boot information */
	config.flat = ends_with(path, "-raw") ? 0x8000 : 0;
	try(data, size);
	if (loaded != before + 1)
		wrong(path);
	truncate_all(data, size);
	mutate(data, size, rounds);
	free(data);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	int i;

	if (!rounds) {
		fprintf(stderr, "Usage: mutate ROUNDS KERNEL...\n");
		return 2;
	}
	memory = (struct memory){ .base = malloc(MEMORY), .size = MEMORY, .low = MEMORY };
	module.data = calloc(1, module.size);
	memset(memory.base, 0, MEMORY);
	for (i = 2; i < argc; i++)
		kernel(argv[i], rounds);
	printf("mutate: %d kernels, %lu images loaded, %lu refused\n", argc - 2, loaded, errors);
	return 0;
}
