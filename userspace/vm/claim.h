/* SPDX-License-Identifier: GPL-2.0 */
/* Memory and ports at which the launcher answers. */
#ifndef KEEL_VM_CLAIM_H
#define KEEL_VM_CLAIM_H

#include "base.h"

struct vm;

void claim(const struct vm *vm, __u32 flags, __u64 addr, __u64 length);

#endif /* KEEL_VM_CLAIM_H */
