/* SPDX-License-Identifier: GPL-2.0 */
/* A directory for each VM. */
#ifndef KEEL_DEBUGFS_H
#define KEEL_DEBUGFS_H

struct keel_vm;

void keel_debugfs_init(void);
void keel_debugfs_exit(void);
void keel_debugfs_add(struct keel_vm *vm);
void keel_debugfs_remove(struct keel_vm *vm);

#endif /* KEEL_DEBUGFS_H */
