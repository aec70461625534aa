/* SPDX-License-Identifier: GPL-2.0 */
/* Opening what is behind the virtio devices. */
#ifndef KEEL_VM_ATTACH_H
#define KEEL_VM_ATTACH_H

struct vm;

void virtio_attach(struct vm *vm);

#endif /* KEEL_VM_ATTACH_H */
