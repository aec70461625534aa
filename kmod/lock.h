/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The board's lock, keel_vm.lock: it is opened and closed by these functions, in pairs, and
 * taken in no other way. Documentation/architecture.rst, "Locking", has the order of all locks.
 *
 * What the models ask for while it is held is only noted down in keel_vm.effects. Closing does
 * it when the lock is gone, because signalling an eventfd or waking a thread takes other locks.
 * Noting down loses nothing: a message is idempotent until the LAPIC has taken it, and everything
 * that a woken vCPU looks at (INTR, events, dirty routes, moved regions) is state under this
 * lock, not a message.
 */
#ifndef KEEL_LOCK_H
#define KEEL_LOCK_H

#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>

#include "vm.h"

DECLARE_STATIC_KEY_FALSE(keel_lock_timed);

void keel_lock_note_held(struct keel_vm *vm, unsigned long opener);
void keel_lock_close(struct keel_vm *vm, unsigned long flags) __releases(&vm->lock);
void keel_lock_close_busy(struct keel_vm *vm) __releases(&vm->lock);
void keel_lock_receive(struct keel_vm *vm);
void keel_lock_time(void);
struct keel_held keel_lock_held(struct keel_vm *vm, bool reset);

/* With the lock just taken. */
static __always_inline void keel_lock_opened(struct keel_vm *vm)
{
	raw_write_seqcount_begin(&vm->seq);
	if (static_branch_unlikely(&keel_lock_timed))
		vm->held.since = ktime_get_ns();
}

/* Just before the lock is dropped; @opener is an address in the function that held it. */
static __always_inline void keel_lock_closing(struct keel_vm *vm, unsigned long opener)
{
	if (static_branch_unlikely(&keel_lock_timed))
		keel_lock_note_held(vm, opener);
	raw_write_seqcount_end(&vm->seq);
}

/* Most of the time nothing is left to be done. */
static __always_inline bool keel_lock_is_quiet(const struct keel_vm *vm)
{
	const struct keel_effects *effects = &vm->effects;

	return !(effects->uarts | effects->flags | vm->rx_waiting);
}

/**
 * keel_lock_open() - take the board's lock, in any context.
 * @vm: the VM
 *
 * Return: for keel_lock_close().
 */
static __always_inline unsigned long keel_lock_open(struct keel_vm *vm) __acquires(&vm->lock)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	keel_lock_opened(vm);
	return flags;
}

/**
 * keel_lock_open_access() - the same for accesses, which always come from a thread.
 * @vm: the VM
 */
static __always_inline void keel_lock_open_access(struct keel_vm *vm) __acquires(&vm->lock)
{
	spin_lock_irq(&vm->lock);
	keel_lock_opened(vm);
}

/**
 * keel_lock_close_access() - drop it, and do what the models asked for.
 * @vm: after keel_lock_open_access()
 */
static __always_inline void keel_lock_close_access(struct keel_vm *vm) __releases(&vm->lock)
{
	if (!keel_lock_is_quiet(vm)) {
		keel_lock_close_busy(vm);
		return;
	}
	keel_lock_closing(vm, _THIS_IP_);
	spin_unlock_irq(&vm->lock);
}

#endif /* KEEL_LOCK_H */
