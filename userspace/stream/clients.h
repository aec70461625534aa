/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of the virtio console's ports. */
#ifndef KEEL_STREAM_CLIENTS_H
#define KEEL_STREAM_CLIENTS_H

#include <stdbool.h>

struct virtio;
struct vm;

void port_attach(struct vm *vm, const struct virtio *device, unsigned int instance);
void port_start(const struct vm *vm);
void port_resized(const struct vm *vm);
void port_stop(const struct vm *vm, bool hurry);

#endif /* KEEL_STREAM_CLIENTS_H */
