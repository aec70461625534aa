/* SPDX-License-Identifier: GPL-2.0 */
/* Network and socket devices. */
#ifndef KEEL_VM_VHOST_H
#define KEEL_VM_VHOST_H

struct keel_attach;
struct virtio;
struct vm;

void vhost_attach(const struct vm *vm, const struct virtio *device, struct keel_attach *request);

#endif /* KEEL_VM_VHOST_H */
