// SPDX-License-Identifier: GPL-2.0
/* AML (ACPI 6.3, 20.2): as much of it as devices need that are not in dsdt.asl. */
#include <string.h>

#include "boot/aml.h"
#include "config/table.h"
#include "status.h"
#include "vm/memory.h"

/* aml_append() - put bytes behind what is there */
void aml_append(struct aml *t, const void *data, size_t length)
{
	if (length > ACPI_SIZE - t->used)
		die(STATUS_INTERNAL, "the ACPI tables do not fit their area");
	memcpy(t->rom + t->used, data, length);
	t->used += length;
}

/* aml_length() - a package length (ACPI 6.3, 20.2.4) in its two-byte form; it counts itself */
void aml_length(struct aml *t, unsigned int content)
{
	unsigned int length = content + 2;
	__u8 bytes[2] = { 0x40 | (length & 0xf), length >> 4 };

	aml_append(t, bytes, sizeof(bytes));
}

/* aml_device() - \_SB.NAME: a device with its _HID, _UID, and _CRS if it has one. */
void aml_device(struct aml *t, const char name[4], const void *hid, size_t hid_size, __u8 id,
		const struct aml *crs)
{
	/* Root, "two names follow" */
	const char path[] = { '\\', 0x2e, '_', 'S', 'B', '_', name[0], name[1], name[2], name[3] };
	static const __u8 hid_name[] = { 0x08, '_', 'H', 'I', 'D' };
	const __u8 uid[] = { 0x08, '_', 'U', 'I', 'D', 0x0a, id };	/* Name, ByteConst */
	const __u8 opcode[] = { 0x5b, 0x82 };

	aml_append(t, opcode, sizeof(opcode));
	aml_length(t, sizeof(path) + sizeof(hid_name) + hid_size + sizeof(uid) +
		      (crs ? crs->used : 0));
	aml_append(t, path, sizeof(path));
	aml_append(t, hid_name, sizeof(hid_name));
	aml_append(t, hid, hid_size);
	aml_append(t, uid, sizeof(uid));
	if (crs)
		aml_append(t, crs->rom, crs->used);
}

/* aml_digit() - a digit of a name */
char aml_digit(unsigned int value)
{
	return "0123456789ABCDEF"[value & 15];
}

/* aml_crs() - Name (_CRS, Buffer () {...}): its package length and its size, then @size bytes */
void aml_crs(struct aml *t, __u8 size)
{
	const __u8 crs[] = { 0x08, '_', 'C', 'R', 'S', 0x11, size + 3, 0x0a, size };

	aml_append(t, crs, sizeof(crs));
}
