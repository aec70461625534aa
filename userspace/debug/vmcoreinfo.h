/* SPDX-License-Identifier: GPL-2.0 */
/* The note in which Linux says where it has what. */
#ifndef KEEL_DEBUG_VMCOREINFO_H
#define KEEL_DEBUG_VMCOREINFO_H

#include <stddef.h>

struct mappings;
struct memory;

const void *vmcoreinfo_find(const struct memory *memory, const struct mappings *mappings,
			    size_t *size);

#endif /* KEEL_DEBUG_VMCOREINFO_H */
