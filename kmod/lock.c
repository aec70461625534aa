// SPDX-License-Identifier: GPL-2.0
/* Closing the board's lock: the effects that its models asked for, and how long it was held. */
#include <linux/sched.h>

#include "kick.h"
#include "lock.h"
#include "uart_ring.h"

/* Times that the lock is opened, of a burst of bytes each: see keel_uart_rings_receive() */
#define LOCK_RECEIVE_TURNS	8

/* ---- How long the lock is held: module parameter lock_stats ---- */

DEFINE_STATIC_KEY_FALSE(keel_lock_timed);

/**
 * keel_lock_time() - measure how long boards' locks are held, from now on.
 */
void keel_lock_time(void)
{
	static_branch_enable(&keel_lock_timed);
}

/**
 * keel_lock_note_held() - the lock is about to be dropped.
 * @vm:     the VM
 * @opener: an address in the function that held it
 */
noinline void keel_lock_note_held(struct keel_vm *vm, unsigned long opener)
{
	u64 held = ktime_get_ns() - vm->held.since;

	if (held <= vm->held.longest)
		return;
	vm->held.longest = held;
	vm->held.opener = (void *)opener;
}

/**
 * keel_lock_held() - which function held the board's lock longest?
 * @vm:    the VM
 * @reset: measure anew
 *
 * Return: the function, and for how long; 0 without lock_stats.
 */
struct keel_held keel_lock_held(struct keel_vm *vm, bool reset)
{
	struct keel_held held;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	held = vm->held;
	if (reset)
		memset(&vm->held, 0, sizeof(vm->held));
	spin_unlock_irqrestore(&vm->lock, flags);
	return held;
}

/* ---- Closing ---- */

static void lock_drain(struct keel_vm *vm, const struct keel_effects *effects)
{
	unsigned long uarts = effects->uarts;
	unsigned int i;

	if (effects->flags & KEEL_SEND_MSIS)
		keel_router_send(&vm->router, effects->msis);
	for_each_set_bit(i, &uarts, 32)
		keel_uart_ring_wake(vm, i);
	if (effects->flags & KEEL_RECEIVE_MORE)
		keel_lock_receive(vm);
	if (effects->flags & (KEEL_KICK_ALL | KEEL_KICK_INTR))
		keel_kick_vcpus(vm);
	else if (effects->flags & KEEL_KICK_ONE)
		keel_kick_one(vm);
	/* The access came from inside this thread's KVM_RUN, or from its loop. */
	if (effects->flags & KEEL_KICK_SELF && in_task())
		set_thread_flag(TIF_NOTIFY_SIGNAL);
}

/* Takes what is to be drained; with the lock held. */
static struct keel_effects lock_effects(struct keel_vm *vm)
{
	struct keel_effects effects;

	if (vm->rx_waiting && !vm->loading)
		keel_uart_rings_receive(vm);
	effects = vm->effects;
	memset(&vm->effects, 0, sizeof(vm->effects));
	return effects;
}

/**
 * keel_lock_close() - drop the lock, and do what the models asked for.
 * @vm:    the VM
 * @flags: from keel_lock_open()
 */
noinline void keel_lock_close(struct keel_vm *vm, unsigned long flags) __releases(&vm->lock)
{
	struct keel_effects effects;

	if (keel_lock_is_quiet(vm)) {
		keel_lock_closing(vm, _RET_IP_);
		spin_unlock_irqrestore(&vm->lock, flags);
		return;
	}
	effects = lock_effects(vm);
	keel_lock_closing(vm, _RET_IP_);
	spin_unlock_irqrestore(&vm->lock, flags);
	lock_drain(vm, &effects);
}

/**
 * keel_lock_close_busy() - keel_lock_close_access() when there is something to be done.
 * @vm: the VM
 */
noinline void keel_lock_close_busy(struct keel_vm *vm) __releases(&vm->lock)
{
	struct keel_effects effects = lock_effects(vm);

	keel_lock_closing(vm, _RET_IP_);
	spin_unlock_irq(&vm->lock);
	lock_drain(vm, &effects);
}

/**
 * keel_lock_receive() - there are new bytes for the guest: closing gives it them.
 * @vm: the VM
 *
 * What exceeds a burst is left for the next closing. LOCK_RECEIVE_TURNS of them fill all
 * UARTs of a board; a UART that gets room meanwhile gets it by an access.
 */
void keel_lock_receive(struct keel_vm *vm)
{
	struct keel_effects effects;
	unsigned int turns = LOCK_RECEIVE_TURNS;
	unsigned long flags;
	bool more;

	do {
		flags = keel_lock_open(vm);
		effects = lock_effects(vm);
		keel_lock_closing(vm, _THIS_IP_);
		spin_unlock_irqrestore(&vm->lock, flags);
		more = effects.flags & KEEL_RECEIVE_MORE;
		effects.flags &= ~KEEL_RECEIVE_MORE;
		lock_drain(vm, &effects);
	} while (more && --turns);
}
