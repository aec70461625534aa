/* SPDX-License-Identifier: GPL-2.0 */
/* KEEL_STATS and KEEL_INSPECT. */
#ifndef KEEL_STATS_H
#define KEEL_STATS_H

struct keel_stat;
struct keel_vm;

typedef int (*keel_collect)(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);

long keel_stats(void *owner, void *arg);
long keel_inspect(void *owner, void *arg);
int keel_stats_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);
int keel_inspect_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);

#endif /* KEEL_STATS_H */
