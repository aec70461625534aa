// SPDX-License-Identifier: GPL-2.0
/*
 * The firmware volume in which UEFI's variables are (Platform Initialization 1.7, volume 3, 3.2.1):
 * the first of a flash memory that has some. Its header says what it is, and how long.
 */
#include <string.h>

#include "firmware/volume.h"

#define TYPE		16		/* a GUID */
#define LENGTH		32		/* 64 bits */
#define SIGNATURE	40
#define HEADER_MIN	56

/* gEfiSystemNvDataFvGuid */
static const __u8 type_variables[16] = {
	0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
	0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50,
};

/**
 * volume_size() - the bytes that a volume with variables has.
 * @data: where it would begin
 * @size: bytes that are there
 *
 * Return: 0: it is none, or not all of it is there.
 */
__u64 volume_size(const __u8 *data, __u64 size)
{
	__u64 length;

	if (size < HEADER_MIN || memcmp(data + SIGNATURE, "_FVH", 4) ||
	    memcmp(data + TYPE, type_variables, sizeof(type_variables)))
		return 0;
	memcpy(&length, data + LENGTH, sizeof(length));
	return length % PAGE || length > size ? 0 : length;
}
