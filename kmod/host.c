// SPDX-License-Identifier: GPL-2.0
/*
 * What the board asks of its host: noted down under the board's lock, and done when the lock is
 * closed. See lock.h.
 */
#include "host.h"
#include "lock.h"
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

	WRITE_ONCE(vm->intr, level);
	if (level)
		vm->effects.wakes |= KEEL_WAKE_INTR;
}

/*
 * While a GSI's new message is not with KVM yet, its eventfd would deliver the old
 * one, whose EOI the pin would not know: wait for keel_host_routes_sent().
 */
static void host_msi(void *host, unsigned int gsi)
{
	struct keel_vm *vm = host;

	if (test_bit(gsi, vm->router.dirty)) {
		__set_bit(gsi, vm->router.deferred);
		return;
	}
	__set_bit(gsi, vm->effects.msis);
	vm->effects.wakes |= KEEL_SEND_MSIS;
}

/* Does KVM have this very message, with no table on its way that may replace it? */
static bool host_route_known(const struct keel_router *router, unsigned int gsi,
			     const struct keel_route *route)
{
	return !router->sending && test_bit(gsi, router->used) &&
	       !memcmp(&router->known[gsi], route, sizeof(*route));
}

/*
 * A GSI became, or stopped being, directly signallable: the vCPU that caused it must redirect
 * the back ends before it resumes.
 */
static void host_route_turned(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	if (!test_bit(gsi, router->watched))
		return;
	/* Pairs with the acquire in keel_virtio_aim(): the change of @live is visible first. */
	smp_store_release(&router->turns, router->turns + 1);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

/* KVM has the message: a deferred signal goes out. A GSI that is not masked becomes live. */
static void host_route_is_known(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	__clear_bit(gsi, router->dirty);
	if (test_bit(gsi, router->open)) {
		set_bit(gsi, router->live);
		host_route_turned(vm, gsi);
	}
	if (__test_and_clear_bit(gsi, router->deferred))
		host_msi(vm, gsi);
}

/*
 * A masked GSI keeps the message that KVM has: a thread that saw it live a moment ago
 * may be about to signal it, and that must not get lost (see router.c).
 */
static void host_route(void *host, unsigned int gsi, const struct keel_route *route)
{
	struct keel_vm *vm = host;
	struct keel_router *router = &vm->router;

	if (test_and_clear_bit(gsi, router->live))
		host_route_turned(vm, gsi);
	__clear_bit(gsi, router->open);
	if (!route)
		return;
	router->routes[gsi] = *route;
	__set_bit(gsi, router->open);
	__set_bit(gsi, router->again);
	if (host_route_known(router, gsi, route)) {
		host_route_is_known(vm, gsi);
		return;
	}
	__set_bit(gsi, router->used);
	__set_bit(gsi, router->dirty);
	WRITE_ONCE(router->stale, true);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static void host_remap(void *host)
{
	struct keel_vm *vm = host;

	if (!vm->bus)
		return;
	WRITE_ONCE(vm->remapped, true);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static bool host_byte_out(void *host, const struct keel_dev *dev, u8 byte)
{
	return keel_uart_ring_byte_out(host, dev, byte);
}

/* The first event counts: a guest that powers off and resets has powered off. */
static void host_event(void *host, enum keel_event event, u64 arg)
{
	struct keel_vm *vm = host;

	if (vm->event == KEEL_EVENT_NONE) {
		vm->event_arg = arg;
		WRITE_ONCE(vm->event, event);
	}
	vm->effects.wakes |= KEEL_WAKE_ALL;
}

/* The vCPU whose access caused it does it before it goes on: see vcpu_prepare(). */
static void host_service(void *host, struct keel_dev *dev)
{
	struct keel_vm *vm = host;

	WRITE_ONCE(vm->services, vm->services | BIT_ULL(dev->index));
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static void host_kick(void *host, struct keel_dev *dev, unsigned int queue)
{
	keel_virtio_kick_later(host, dev, queue);
}

const struct keel_host_ops keel_host = {
	.now = host_now,
	.arm = host_arm,
	.intr = host_intr,
	.msi = host_msi,
	.route = host_route,
	.remap = host_remap,
	.byte_out = host_byte_out,
	.event = host_event,
	.service = host_service,
	.kick = host_kick,
};

/**
 * keel_host_routes_pick_up() - the messages as they are now.
 * @vm:      the VM
 * @routing: out: all but the table
 *
 * Return: false: KVM has all of them.
 */
bool keel_host_routes_pick_up(struct keel_vm *vm, struct keel_routing *routing)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_router *router = &vm->router;
	bool stale = router->stale;

	memcpy(routing->routes, router->routes, sizeof(routing->routes));
	bitmap_copy(routing->used, router->used, KEEL_MAX_GSIS);
	bitmap_copy(routing->dirty, router->dirty, KEEL_MAX_GSIS);
	bitmap_zero(router->again, KEEL_MAX_GSIS);
	router->sending = stale;
	keel_lock_close(vm, flags);
	return stale;
}

/**
 * keel_host_routes_sent() - KVM has the messages that were picked up, or took none.
 * @vm:      the VM
 * @routing: what keel_host_routes_pick_up() gave; NULL: KVM has what it had
 *
 * A GSI that changed meanwhile stays dirty, or masked; deferred signals of the others go
 * out.
 */
void keel_host_routes_sent(struct keel_vm *vm, const struct keel_routing *routing)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_router *router = &vm->router;
	unsigned int gsi;

	router->sending = false;
	if (routing) {
		router->sent++;
		memcpy(router->known, routing->routes, sizeof(router->known));
		for_each_set_bit(gsi, routing->dirty, router->nr)
			if (!test_bit(gsi, router->again))
				host_route_is_known(vm, gsi);
		WRITE_ONCE(router->stale, !bitmap_empty(router->dirty, router->nr));
	}
	keel_lock_close(vm, flags);
}

/**
 * keel_host_watch() - a back end signals these GSIs itself while they are live.
 * @vm:  the VM
 * @gsi: the first one
 * @nr:  how many
 *
 * A vCPU that makes one live, or not live, calls keel_virtio_aim() before it goes on.
 */
void keel_host_watch(struct keel_vm *vm, unsigned int gsi, unsigned int nr)
{
	unsigned long flags = keel_lock_open(vm);

	bitmap_set(vm->router.watched, gsi, nr);
	keel_lock_close(vm, flags);
}
