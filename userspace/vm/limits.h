/* SPDX-License-Identifier: GPL-2.0 */
/* Limits of the process. */
#ifndef KEEL_VM_LIMITS_H
#define KEEL_VM_LIMITS_H

struct config;

void limits_raise(const struct config *config);

#endif /* KEEL_VM_LIMITS_H */
