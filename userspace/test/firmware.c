// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: firmware ROUNDS
 *
 * What firmware is told, as firmware reads it: fw_cfg's items and directory, memory, the boot
 * order; the script for ACPI's tables, executed for memory at ROUNDS addresses, after which all
 * pointers and checksums of the tables hold; SMBIOS's. Of VMs of several sizes. Then ROUNDS files
 * of rubbish as flash memory: refused with a line that names the file, or taken. ASan and UBSan
 * have nothing to say.
 */
#include <arpa/inet.h>
#include <asm/e820.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "boot/acpi.h"
#include "boot/bios.h"
#include "boot/generation.h"
#include "boot/mp.h"
#include "config/config.h"
#include "firmware/flash.h"
#include "firmware/fwcfg.h"
#include "firmware/items.h"
#include "status.h"
#include "test/points.h"
#include "test/refused.h"
#include "uapi/keel.h"
#include "vm/memory.h"

/* ---- In place of bios.c, mp.c, generation.c and memory.c ---- */

static __u8 sum(const __u8 *at, size_t length)
{
	__u8 total = 0;

	while (length--)
		total += *at++;
	return total;
}

__u8 bios_checksum(const void *data, size_t length)
{
	return -sum(data, length);
}

void mp_load(struct memory *memory, const struct config *config)
{
	(void)memory;
	(void)config;
}

void generation_load(struct memory *memory, const struct config *config)
{
	(void)memory;
	(void)config;
}

void *memory_at(const struct memory *memory, __u64 gpa, __u64 length)
{
	(void)memory;
	(void)gpa;
	(void)length;
	return NULL;
}

void *memory_place(struct memory *memory, __u64 gpa, __u64 length)
{
	return memory_at(memory, gpa, length);
}

/* ---- ---- */

static bool sums_up(const __u8 *at, size_t length)
{
	return !sum(at, length);
}

/**
 * struct told - what was handed over, in a block of its own size.
 * @all:    it
 * @length: bytes
 */
struct told {
	struct keel_fwcfg_items *all;
	__u32 length;
};

static const struct keel_fwcfg_item *find_key(const struct told *told, __u16 key)
{
	unsigned int i;

	for (i = 0; i < told->all->nr; i++)
		if (told->all->items[i].key == key)
			return &told->all->items[i];
	return NULL;
}

static const __u8 *bytes_of(const struct told *told, const struct keel_fwcfg_item *item)
{
	return (const __u8 *)told->all + item->offset;
}

/* As the module checks it */
static bool is_sound(const struct told *told)
{
	const struct keel_fwcfg_items *all = told->all;
	size_t head = sizeof(*all) + all->nr * sizeof(all->items[0]);
	unsigned int i;

	for (i = 0; i < all->nr; i++) {
		const struct keel_fwcfg_item *item = &all->items[i];

		if (item->reserved || item->offset < head || item->offset > told->length ||
		    item->length > told->length - item->offset ||
		    (i && item->key <= item[-1].key))
			return false;
	}
	return told->length <= KEEL_FWCFG_MAX && !all->reserved;
}

/* By its name, as firmware does; the directory has its size, too. */
static const __u8 *file(const struct told *told, const char *name, __u32 *size)
{
	const struct keel_fwcfg_item *dir = find_key(told, FWCFG_FILE_DIR), *item;
	const __u8 *at = bytes_of(told, dir);
	__u32 nr = ntohl(get(at, 4));

	if (dir->length != 4 + 64 * nr)
		return NULL;
	for (at += 4; nr--; at += 64) {
		if (strncmp((const char *)at + 8, name, FWCFG_NAME))
			continue;
		item = find_key(told, ntohs(get(at + 4, 2)));
		*size = ntohl(get(at, 4));
		return item && item->length == *size ? bytes_of(told, item) : NULL;
	}
	return NULL;
}

/* ---- The script, as firmware executes it ---- */

/**
 * struct placed - a file of the script's in the guest's memory.
 * @name: of the file
 * @data: a copy
 * @size: bytes
 * @at:   guest physical address
 */
struct placed {
	char name[FWCFG_NAME];
	__u8 *data;
	__u32 size;
	__u32 at;
};

static struct placed placed[4];
static unsigned int nr_placed;

static struct placed *find_placed(const __u8 *name)
{
	unsigned int i;

	for (i = 0; i < nr_placed; i++)
		if (!strncmp(placed[i].name, (const char *)name, FWCFG_NAME))
			return &placed[i];
	return NULL;
}

static bool do_allocate(const struct told *told, const __u8 *c)
{
	__u32 align = get(c + 56, 4), size;
	struct placed *p = &placed[nr_placed++];
	const __u8 *data;

	snprintf(p->name, sizeof(p->name), "%s", c);
	data = file(told, p->name, &size);
	if (nr_placed == ARRAY_SIZE(placed) || !data || !align || align & (align - 1) ||
	    (c[60] != 1 && c[60] != 2))
		return false;
	p->data = malloc(size);
	memcpy(p->data, data, size);
	p->size = size;
	p->at = (c[60] == 2 ? 0xf0000 : 0x100000 + (rand() & 0x7fffff) * 64) & ~(align - 1);
	return true;
}

static bool do_pointer(const __u8 *c)
{
	struct placed *in = find_placed(c), *to = find_placed(c + 56);
	__u32 offset = get(c + 112, 4);
	__u8 size = c[116];
	__u64 value;

	if (!in || !to || (size != 4 && size != 8) || offset > in->size || size > in->size - offset)
		return false;
	value = get(in->data + offset, size);
	if (value >= to->size)
		return false;
	value += to->at;
	memcpy(in->data + offset, &value, size);
	return true;
}

/* One takes the field for 0, another adds to it: it must be 0. */
static bool do_checksum(const __u8 *c)
{
	struct placed *in = find_placed(c);
	__u32 result = get(c + 56, 4), start = get(c + 60, 4), length = get(c + 64, 4);

	if (!in || start > in->size || length > in->size - start || result < start ||
	    result >= start + length || in->data[result])
		return false;
	in->data[result] = -sum(in->data + start, length);
	return true;
}

static bool execute(const struct told *told)
{
	__u32 size;
	const __u8 *c = file(told, "etc/table-loader", &size);
	bool good = c && !(size % 128);

	for (; good && size; size -= 128, c += 128)
		good = get(c, 4) == 1 ? do_allocate(told, c + 4) :
		       get(c, 4) == 2 ? do_pointer(c + 4) :
		       get(c, 4) == 3 && do_checksum(c + 4);
	return good;
}

/* ---- The tables, as an operating system finds them ---- */

static bool in_memory;	/* there are disks, and they are not on PCI */

static const __u8 *table(__u64 at, __u32 room)
{
	unsigned int i;

	for (i = 0; i < nr_placed; i++)
		if (at >= placed[i].at && at - placed[i].at < placed[i].size &&
		    room <= placed[i].size - (at - placed[i].at))
			return placed[i].data + (at - placed[i].at);
	return NULL;
}

static const __u8 *sound_table(__u64 at, const char *signature)
{
	const __u8 *t = table(at, 36);

	if (!t || (signature && memcmp(t, signature, 4)) || !table(at, get(t + 4, 4)) ||
	    !sums_up(t, get(t + 4, 4)))
		return NULL;
	return t;
}

/* SeaBIOS reads a DSDT up to the first If. */
static bool dsdt_is_sound(const __u8 *dsdt)
{
	return dsdt && dsdt[36] != 0xa0 &&
	       (bool)memmem(dsdt, get(dsdt + 4, 4), "LNRO0005", 8) == in_memory;
}

static bool fadt_is_sound(const __u8 *fadt)
{
	const __u8 *facs = table(get(fadt + 36, 4), 64);

	return facs && !memcmp(facs, "FACS", 4) && !(get(fadt + 36, 4) % 64) &&
	       dsdt_is_sound(sound_table(get(fadt + 40, 4), "DSDT")) &&
	       get(fadt + 140, 8) == get(fadt + 40, 4);
}

/* All tables of an RSDT or XSDT; the first is the FADT. */
static bool root_is_sound(__u64 at, const char *signature, unsigned int size)
{
	const __u8 *root = sound_table(at, signature), *t, *entry;

	if (!root)
		return false;
	for (entry = root + 36; entry < root + get(root + 4, 4); entry += size) {
		t = sound_table(get(entry, size), entry == root + 36 ? "FACP" : NULL);
		if (!t || (entry == root + 36 && !fadt_is_sound(t)))
			return false;
	}
	return entry >= root + 36 + 3 * size;
}

static bool tables_are_sound(void)
{
	struct placed *rsdp = find_placed((const __u8 *)"etc/acpi/rsdp");

	return rsdp && rsdp->size == 36 && !memcmp(rsdp->data, "RSD PTR ", 8) &&
	       sums_up(rsdp->data, 20) && sums_up(rsdp->data, 36) &&
	       root_is_sound(get(rsdp->data + 16, 4), "RSDT", 4) &&
	       root_is_sound(get(rsdp->data + 24, 8), "XSDT", 8);
}

static bool script_once(const struct told *told)
{
	bool good = execute(told) && tables_are_sound();

	while (nr_placed)
		free(placed[--nr_placed].data);
	return good;
}

static bool script_holds(const struct told *told, unsigned long rounds)
{
	while (rounds--)
		if (!script_once(told))
			return false;
	return true;
}

/* ---- The other items ---- */

static bool memory_is_told(const struct told *told, const struct memory *memory)
{
	__u32 size, want = memory->high ? 40 : 20;
	const __u8 *at = file(told, "etc/e820", &size);

	return at && size == want && !get(at, 8) && get(at + 8, 8) == memory->low &&
	       get(at + 16, 4) == E820_RAM &&
	       (!memory->high || (get(at + 20, 8) == RAM_HIGH && get(at + 28, 8) == memory->high &&
				  get(at + 36, 4) == E820_RAM));
}

static bool processors_are_told(const struct told *told, unsigned int cpus)
{
	return get(bytes_of(told, find_key(told, FWCFG_NB_CPUS)), 2) == cpus &&
	       get(bytes_of(told, find_key(told, FWCFG_MAX_CPUS)), 2) == cpus &&
	       !memcmp(bytes_of(told, find_key(told, FWCFG_SIGNATURE)), "QEMU", 4) &&
	       get(bytes_of(told, find_key(told, FWCFG_ID)), 4) == 1;
}

static bool smbios_is_told(const struct told *told)
{
	__u32 size, tables;
	const __u8 *anchor = file(told, "etc/smbios/smbios-anchor", &size);

	return anchor && size == 24 && !memcmp(anchor, "_SM3_", 5) && sums_up(anchor, 24) &&
	       file(told, "etc/smbios/smbios-tables", &tables) && get(anchor + 12, 4) == tables;
}

static bool order_is_told(const struct told *told, unsigned int disks)
{
	const char *first = in_memory ? "/virtio-mmio@00000000feb00000/disk@0,0" :
					"/pci@i0cf8/scsi@1/disk@0,0";
	__u32 size;
	const char *text = (const char *)file(told, "bootorder", &size);
	unsigned int lines = 1;
	const char *at;

	if (!disks)
		return !text;
	if (!text || text[size - 1] || strlen(text) != size - 1)
		return false;
	for (at = text; *at; at++)
		lines += *at == '\n';
	return lines == disks && !strncmp(text, first, strlen(first));
}

static struct virtio disk_of(unsigned int nr)
{
	if (in_memory)
		return (struct virtio){
			.type = KEEL_VIRTIO_BLK, .transport = TRANSPORT_MMIO,
			.base = VIRTIO_BASE + nr * VIRTIO_STEP, .irq = 5,
		};
	return (struct virtio){
		.type = KEEL_VIRTIO_BLK, .transport = TRANSPORT_PCI, .slot = nr + 1,
	};
}

static void check_size(const struct platform *platform, unsigned int cpus, __u64 size,
		       unsigned int disks, unsigned long rounds)
{
	static struct config config;
	struct memory memory = { .size = size };
	struct told told;
	char what[80];
	unsigned int i;

	config = (struct config){
		.cpus = cpus, .memory = size, .devices = ~0U, .platform = platform,
		.nr_virtio = disks,
	};
	in_memory = disks && !(platform->devices & BIT(KEEL_CLASS_LPC));
	for (i = 0; i < disks; i++)
		config.virtio[i] = disk_of(i);
	memory.low = size < platform->hole ? size : platform->hole;
	memory.high = size - memory.low;
	if (setjmp(refused)) {
		check(false, reason);
		return;
	}
	told.all = items_build(&config, &memory, &told.length);
	snprintf(what, sizeof(what), "%u CPUs, %llu MiB, %u disks%s", cpus, size / MIB, disks,
		 in_memory ? " in memory" : "");
	printf("# %s\n", what);
	check(is_sound(&told), "items that the module takes");
	check(processors_are_told(&told, cpus) && memory_is_told(&told, &memory),
	      "processors and memory");
	check(script_holds(&told, rounds), "ACPI's tables are whole wherever firmware puts them");
	check(smbios_is_told(&told) && order_is_told(&told, disks), "SMBIOS, and the boot order");
	free(told.all);
}

/* ---- Files ---- */

/* Return: whether it is taken; a refusal names the file. */
static bool taken(const __u8 *data, __u64 size, bool *fine)
{
	if (setjmp(refused)) {
		*fine &= !strncmp(reason, "firmware FILE: ", 15) && !strchr(reason, '\n');
		return false;
	}
	flash_check("FILE", data, size);
	return true;
}

static void check_files(unsigned long rounds)
{
	__u8 *block = calloc(1, FLASH_MAX + PAGE), *file_at;
	unsigned long i, good = 0;
	bool fine = true;
	__u64 size;

	block[FLASH_MAX + PAGE - 16] = 0xea;
	file_at = block + PAGE;
	check(taken(file_at, FLASH_MAX, &fine) && !taken(block, FLASH_MAX + PAGE, &fine) &&
	      taken(file_at + FLASH_MAX - PAGE, PAGE, &fine) && fine, "4 KiB and 8 MiB, not more");
	check(!taken(file_at + 1, FLASH_MAX - 1, &fine) && !taken(file_at, 0, &fine) && fine,
	      "no part of a page, and no empty file");
	check(!taken(block, PAGE, &fine) && !taken(memset(block, 0xff, PAGE), PAGE, &fine) && fine,
	      "not without a reset vector");
	for (i = 0; i < rounds; i++) {
		__u8 *copy;

		size = rand() % 3 ? rand() % (4 * PAGE) : PAGE * (rand() % 8);
		copy = malloc(size);
		memset(copy, rand() % 2 ? 0 : 0xff, size);
		if (size && rand() % 2)
			copy[size - 1 - rand() % (size < 32 ? size : 32)] = rand();
		good += taken(copy, size, &fine);
		free(copy);
	}
	check(fine && good && good < rounds, "files of rubbish: refused by their names, or taken");
	free(block);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;

	check_size(&platform_firmware, 1, 64 * MIB, 1, rounds);
	check_size(&platform_firmware, 4, 2 * GIB, 0, rounds);
	check_size(&platform_firmware, 2, 2 * GIB + MIB, 2, rounds);
	check_size(&platform_firmware, KEEL_MAX_VCPUS, 512 * GIB, VIRTIO_DISKS, rounds);
	check_size(&platform_firmware_no_pci, 4, 4 * GIB, 16, rounds);
	check_files(rounds);
	printf("1..%u\n", tests);
	return failed != 0;
}
