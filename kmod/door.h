/* SPDX-License-Identifier: GPL-2.0 */
/* The doors: ways into a board. */
#ifndef KEEL_DOOR_H
#define KEEL_DOOR_H

#include <linux/hrtimer.h>

#include "../devices/board/door.h"

struct keel_vm;

enum keel_news keel_door_access(struct keel_vm *vm, enum keel_space space, u64 addr, void *data,
				unsigned int len, bool write);
bool keel_door_answers(struct keel_vm *vm, enum keel_space space, u64 addr);
void keel_door_unmapped(struct keel_vm *vm, enum keel_space space, u64 addr, u64 rip);
int keel_door_bus_read(struct keel_vm *vm, struct keel_region *region, u64 addr, unsigned int len,
		       void *data);
int keel_door_bus_write(struct keel_vm *vm, struct keel_region *region, u64 addr,
			unsigned int len, const void *data);
int keel_door_bus_peek(struct keel_vm *vm, struct keel_region *region, u64 addr, unsigned int len,
		       void *data, atomic64_t *peeks);
int keel_door_bar_access(struct keel_vm *vm, struct keel_region *region, u64 addr, void *data,
			 unsigned int len, bool write);
enum hrtimer_restart keel_door_fired(struct hrtimer *timer);
enum hrtimer_restart keel_door_overdue(struct hrtimer *timer);
void keel_door_take_due(struct keel_vm *vm);
void keel_door_eoi(struct keel_vm *vm, u8 vector);
int keel_door_intack(struct keel_vm *vm);
int keel_door_host_input(struct keel_vm *vm, struct keel_dev *dev, unsigned int input, u64 value);
int keel_door_pulse(struct keel_vm *vm, unsigned int line);
int keel_door_call(struct keel_vm *vm, struct keel_dev *dev,
		   int (*call)(struct keel_dev *dev, void *arg), void *arg);

#endif /* KEEL_DOOR_H */
