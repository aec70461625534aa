/* SPDX-License-Identifier: GPL-2.0 */
/* One user of a file at a time. */
#ifndef KEEL_VM_LOCK_H
#define KEEL_VM_LOCK_H

#include "base.h"

bool lock_patient(unsigned int *steps);
int lock_file(int fd, bool writes);

#endif /* KEEL_VM_LOCK_H */
