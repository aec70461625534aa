/* SPDX-License-Identifier: GPL-2.0 */
/* Network and socket devices. */
#ifndef KEEL_VM_VHOST_H
#define KEEL_VM_VHOST_H

struct virtio;
struct vm;

void net_attach(const struct vm *vm, const struct virtio *device, unsigned int instance);
void vsock_attach(const struct vm *vm, const struct virtio *device, unsigned int instance);

#endif /* KEEL_VM_VHOST_H */
