/* SPDX-License-Identifier: GPL-2.0 */
/* Network and socket devices. */
#ifndef KEEL_VM_VHOST_H
#define KEEL_VM_VHOST_H

#include "base.h"

struct keel_attach;
struct virtio;
struct vm;

bool net_valid(const char *text);
bool net_parse(const char *text, struct virtio *net);
bool vsock_valid(const char *text);
bool vsock_parse(const char *text, struct virtio *vsock);
void vhost_attach(const struct vm *vm, const struct virtio *device, struct keel_attach *request);

#endif /* KEEL_VM_VHOST_H */
