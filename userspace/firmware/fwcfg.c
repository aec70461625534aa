// SPDX-License-Identifier: GPL-2.0
/*
 * The items of fw_cfg (QEMU, docs/specs/fw_cfg): numbers and files. A file's key is the directory's
 * to tell.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "firmware/fwcfg.h"
#include "status.h"

/* An entry of FILE_DIR; big-endian. */
struct dir_entry {
	__u32 size;
	__u16 key;
	__u16 reserved;
	char  name[FWCFG_NAME];
};

static_assert(sizeof(struct dir_entry) == 64, "docs/specs/fw_cfg, File Directory");

/**
 * fwcfg_add() - one more item.
 * @f:    gathers them
 * @key:  which no other has
 * @data: its bytes, which are copied
 * @size: how many
 */
void fwcfg_add(struct fwcfg *f, __u16 key, const void *data, size_t size)
{
	if (f->nr == FWCFG_ITEMS || size > sizeof(f->data) - f->used)
		die(STATUS_INTERNAL, "fw_cfg: no room for item 0x%x", key);
	f->items[f->nr] = (struct keel_fwcfg_item){
		.key = key, .offset = f->used, .length = size,
	};
	f->nr++;
	memcpy(f->data + f->used, data, size);
	f->used += size;
}

/* fwcfg_add_u16() - a number, little-endian as all are but those of the directory */
void fwcfg_add_u16(struct fwcfg *f, __u16 key, __u16 value)
{
	fwcfg_add(f, key, &value, sizeof(value));
}

/* fwcfg_add_file() - a file, which is found by its name */
void fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, size_t size)
{
	unsigned int nr = f->nr;

	fwcfg_add(f, FWCFG_FILE_FIRST + f->files, data, size);
	f->files++;
	snprintf(f->names[nr], FWCFG_NAME, "%s", name);
}

static void add_directory(struct fwcfg *f)
{
	struct {
		__u32 nr;
		struct dir_entry entries[FWCFG_ITEMS];
	} dir = { .nr = htonl(f->files) };
	unsigned int i, nr = 0;

	for (i = 0; i < f->nr; i++) {
		struct dir_entry *entry = &dir.entries[nr];

		if (!*f->names[i])
			continue;
		entry->size = htonl(f->items[i].length);
		entry->key = htons(f->items[i].key);
		memcpy(entry->name, f->names[i], FWCFG_NAME);
		nr++;
	}
	fwcfg_add(f, FWCFG_FILE_DIR, &dir, sizeof(dir.nr) + nr * sizeof(dir.entries[0]));
}

static int by_key(const void *a, const void *b)
{
	const struct keel_fwcfg_item *x = a, *y = b;

	return (int)x->key - y->key;
}

/**
 * fwcfg_finish() - all of it with its directory, as KEEL_FWCFG_SET takes it.
 * @f:      not used any more
 * @length: bytes of the result
 *
 * Return: memory to be freed.
 */
void *fwcfg_finish(struct fwcfg *f, __u32 *length)
{
	struct keel_fwcfg_items *all;
	size_t head;
	unsigned int i;

	add_directory(f);
	head = sizeof(*all) + f->nr * sizeof(all->items[0]);
	all = calloc(1, head + f->used);
	if (!all)
		die(STATUS_MEMORY, "out of memory");
	qsort(f->items, f->nr, sizeof(f->items[0]), by_key);
	all->nr = f->nr;
	for (i = 0; i < f->nr; i++) {
		all->items[i] = f->items[i];
		all->items[i].offset += head;
	}
	memcpy((__u8 *)all + head, f->data, f->used);
	*length = head + f->used;
	return all;
}
