/* SPDX-License-Identifier: GPL-2.0 */
/* What a board asks of its host. */
#ifndef KEEL_HOST_H
#define KEEL_HOST_H

#include <linux/types.h>

struct keel_host_ops;
struct keel_routing;
struct keel_vm;

extern const struct keel_host_ops keel_host;

bool keel_host_routes_pick_up(struct keel_vm *vm, struct keel_routing *routing);
void keel_host_routes_sent(struct keel_vm *vm, const struct keel_routing *routing);
void keel_host_watch(struct keel_vm *vm, unsigned int gsi, unsigned int nr);

#endif /* KEEL_HOST_H */
