/* SPDX-License-Identifier: GPL-2.0 */
/* The area of the ACPI tables, and the AML that devices add to it. */
#ifndef KEEL_BOOT_AML_H
#define KEEL_BOOT_AML_H

#include "base.h"

/**
 * struct aml - the area, filled from its start.
 * @rom:  where it is mapped
 * @base: guest physical address of its start
 * @used: bytes
 * @xsdt: addresses of the tables that the XSDT lists
 * @nr:   of them
 */
struct aml {
	__u8 *rom;
	__u64 base;
	__u64 used;
	__u64 xsdt[8];
	unsigned int nr;
};

void aml_append(struct aml *t, const void *data, size_t length);
void aml_length(struct aml *t, unsigned int content);
void aml_device(struct aml *t, const char name[4], const void *hid, size_t hid_size, __u8 id,
		const struct aml *crs);
void aml_crs(struct aml *t, __u8 size);
char aml_digit(unsigned int value);

#endif /* KEEL_BOOT_AML_H */
