/* SPDX-License-Identifier: GPL-2.0 */
/* The host's pages that the guest's RAM is of. */
#ifndef KEEL_VM_PAGES_H
#define KEEL_VM_PAGES_H

#include "base.h"

struct config;

unsigned int pages_huge(__u64 size);
void *pages_map(const struct config *config, __u64 size);

#endif /* KEEL_VM_PAGES_H */
