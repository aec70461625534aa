/* SPDX-License-Identifier: GPL-2.0 */
/* The threads in which Keel serves virtio devices. */
#ifndef KEEL_VM_SERVER_H
#define KEEL_VM_SERVER_H

struct vm;

void servers_start(struct vm *vm);
void servers_stop(void);

#endif /* KEEL_VM_SERVER_H */
