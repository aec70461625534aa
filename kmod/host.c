// SPDX-License-Identifier: GPL-2.0
/*
 * What the board asks of its host: noted down under the board's lock, and done when the lock is
 * closed. See lock.h.
 */
#include "host.h"
#include "limit.h"
#include "router.h"
#include "trace.h"
#include "uart_ring.h"
#include "vm.h"
#include "vqueue.h"

static u64 host_now(void *host)
{
	struct keel_vm *vm = host;

	return keel_clock_now(&vm->clock);
}

static void host_arm(void *host, u64 deadline)
{
	struct keel_vm *vm = host;

	keel_clock_arm(&vm->clock, deadline);
}

static void host_intr(void *host, bool level)
{
	struct keel_vm *vm = host;

	trace_keel_line(vm, level);
	WRITE_ONCE(vm->intr, level);
	if (level)
		vm->effects.flags |= KEEL_KICK_INTR;
}

static void host_remap(void *host)
{
	struct keel_vm *vm = host;

	if (!vm->bus)
		return;
	WRITE_ONCE(vm->remapped, true);
	vm->effects.flags |= KEEL_KICK_SELF;
}

static void host_msi(void *host, unsigned int gsi)
{
	struct keel_vm *vm = host;

	if (keel_limiting(vm))
		keel_limit_message(vm, gsi);
	keel_router_msi(vm, gsi);
}

static bool host_byte_out(void *host, const struct keel_dev *dev, u8 byte)
{
	struct keel_vm *vm = host;

	if (keel_limiting(vm))
		keel_limit_one(vm, dev, KEEL_LIMIT_BYTES);
	return keel_uart_ring_byte_out(host, dev, byte);
}

/*
 * The first event counts: a guest that powers off and resets has powered off. A panic, a
 * watchdog and an ejection are not the end: they are beside them. What wakes the guest ends its
 * sleep. A UART's outputs are its stream's business.
 */
static void host_event(void *host, enum keel_event event, u64 arg)
{
	struct keel_vm *vm = host;

	if (event == KEEL_EVENT_PACED) {
		keel_limit_paced(vm, arg);
		return;
	}
	trace_keel_event(vm, event, arg);
	if (event == KEEL_EVENT_MODEM) {
		keel_uart_ring_modem(vm, arg);
		return;
	}
	if (event == KEEL_EVENT_PANIC) {
		WRITE_ONCE(vm->alarms, vm->alarms | arg);
	} else if (event == KEEL_EVENT_WATCHDOG) {
		WRITE_ONCE(vm->alarms, vm->alarms | KEEL_ALARM_WATCHDOG);
	} else if (event == KEEL_EVENT_EJECTED) {
		WRITE_ONCE(vm->ejected, vm->ejected | BIT(arg));
	} else if (event == KEEL_EVENT_WAKE ? vm->event == KEEL_EVENT_SLEEP && vm->tell_wakes :
					      vm->event == KEEL_EVENT_NONE) {
		vm->event_arg = arg;
		WRITE_ONCE(vm->event, event);
	}
	vm->effects.flags |= KEEL_KICK_ALL;
}

/* The vCPU whose access caused it does it before it goes on: see vcpu_prepare(). */
static void host_reconcile(void *host, struct keel_dev *dev)
{
	struct keel_vm *vm = host;

	WRITE_ONCE(vm->reconcile_due, vm->reconcile_due | BIT_ULL(dev->index));
	vm->effects.flags |= KEEL_KICK_SELF;
}

static void host_notify(void *host, struct keel_dev *dev, unsigned int queue)
{
	struct keel_vm *vm = host;

	if (keel_limiting(vm))
		keel_limit_one(vm, dev, KEEL_LIMIT_NOTIFICATIONS);
	keel_vqueue_notify_later(vm, dev, queue);
}

const struct keel_host_ops keel_host = {
	.now = host_now,
	.arm = host_arm,
	.intr = host_intr,
	.msi = host_msi,
	.route = keel_router_route,
	.remap = host_remap,
	.byte_out = host_byte_out,
	.event = host_event,
	.reconcile = host_reconcile,
	.notify = host_notify,
};
