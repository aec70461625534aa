/* SPDX-License-Identifier: GPL-2.0 */
/* The disk for the guest's cloud-init. */
#ifndef KEEL_VM_SEED_H
#define KEEL_VM_SEED_H

struct config;

void seed_open(struct config *config);

#endif /* KEEL_VM_SEED_H */
