// SPDX-License-Identifier: GPL-2.0
/*
 * The flash memory that has the firmware: a file's bytes, in memory that the guest cannot write to,
 * and that ends at 4 GiB, where processors begin. Its last 128 KiB are below 1 MiB as well, where
 * code in real mode is; there they are a copy in RAM, which firmware writes to.
 *
 * A write to the flash memory is an access that no device claims. OVMF, which would keep variables
 * there, takes it for a ROM then, and keeps them in RAM; with --nvram that part of it is a chip
 * (nvram.c).
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "boot/image.h"
#include "config/config.h"
#include "config/firmware.h"
#include "firmware/flash.h"
#include "fnv.h"
#include "status.h"
#include "vm/memory.h"

#define SHADOW_MAX	(128 * KIB)
#define RESET_VECTOR	16		/* bytes before the end */

/* Its reset vector is a jump. */
static bool has_reset_vector(const __u8 *vector)
{
	static const __u8 nothing[RESET_VECTOR];
	__u8 erased[RESET_VECTOR];

	memset(erased, 0xff, sizeof(erased));
	return memcmp(vector, nothing, sizeof(erased)) && memcmp(vector, erased, sizeof(erased));
}

/**
 * flash_check() - dies unless a file can be flash memory with firmware.
 * @path: for messages
 * @data: its bytes
 * @size: how many
 */
void flash_check(const char *path, const __u8 *data, __u64 size)
{
	if (!size || size % PAGE || size > FLASH_MAX)
		die(STATUS_IMAGE,
		    "firmware %s: %llu bytes; flash memory has a multiple of 4 KiB, at most 8 MiB",
		    path, size);
	if (!has_reset_vector(data + size - RESET_VECTOR))
		die(STATUS_IMAGE, "firmware %s: its reset vector is empty: not firmware of a PC",
		    path);
}

/* Firmware that is known not to work, by a part of its file's name */
static const struct {
	const char *part;
	const char *why;
} useless[] = {
	{ ".secboot.",
	  "secure boot needs SMRAM and a processor's SMM, which Keel does not have" },
};

static void check_name_of(const char *path, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(useless); i++)
		if (strstr(basename(name), useless[i].part))
			die(STATUS_IMAGE, "firmware %s: %s", path, useless[i].why);
}

/* By its name, and by that of the file which it may be a link to */
static void check_name(const char *path)
{
	char real[PATH_MAX];

	check_name_of(path, path);
	if (realpath(path, real))
		check_name_of(path, real);
}

static void map_file(struct image *image, const struct firmware_file *known, const char *path)
{
	if (known && access(path, F_OK))
		die(STATUS_IMAGE, "firmware %s: %s is in Debian's package %s: apt install %s",
		    known->name, path, known->package, known->package);
	image_map(image, "firmware", path);
}

static void check_sum(const char *path, struct firmware_config *firmware, __u64 sum)
{
	char text[FIRMWARE_SUM + 1];

	snprintf(text, sizeof(text), "%016llx", sum);
	if (firmware->sum && strcmp(firmware->sum, text))
		die(STATUS_IMAGE, "firmware %s: another one, its checksum is %s instead of %s",
		    path, text, firmware->sum);
	firmware->sum = strdup(text);
	if (!firmware->sum)
		die(STATUS_MEMORY, "out of memory");
}

/* Not the files themselves, which may be cut off while the guest runs */
static void copy(struct memory *memory, const struct image *vars, const struct image *code)
{
	__u64 size = vars->size + code->size;

	memory->flash = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
	if (memory->flash == MAP_FAILED)
		die(STATUS_MEMORY, "no memory for firmware %s", code->path);
	memory->flash_size = size;
	if (vars->size)
		memcpy(memory->flash, vars->data, vars->size);
	memcpy(memory->flash + vars->size, code->data, code->size);
	mprotect(memory->flash, size, PROT_READ);
}

/**
 * flash_open() - take the firmware from its file, or files; dies if that cannot be.
 * @memory: result: its @flash
 * @config: the user's wish; its firmware's sum is set, and compared if it is there already
 */
void flash_open(struct memory *memory, struct config *config)
{
	const struct firmware_file *known = firmware_find(config->firmware.path);
	struct image vars = { 0 }, code = { 0 };

	check_name(known ? known->path : config->firmware.path);
	map_file(&code, known, known ? known->path : config->firmware.path);
	if (known && known->vars)
		map_file(&vars, known, known->vars);
	copy(memory, &vars, &code);
	flash_check(code.path, memory->flash, memory->flash_size);
	check_sum(code.path, &config->firmware, fnv64(memory->flash, memory->flash_size));
	image_unmap(&code);
	image_unmap(&vars);
}

/* flash_shadow() - the copy below 1 MiB, in a VM before its first instruction */
void flash_shadow(struct memory *memory)
{
	__u64 size = memory->flash_size < SHADOW_MAX ? memory->flash_size : SHADOW_MAX;

	memcpy(memory_place(memory, MIB - size, size), memory->flash + memory->flash_size - size,
	       size);
}
