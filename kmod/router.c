// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts out of the board: an irqfd for each GSI, and KVM's routing table kept
 * equal to what the IOAPIC's entries and the functions' MSI-X tables say. KVM derives
 * from the same table which vectors cause an EOI exit.
 *
 * A data plane signals an MSI-X vector without the board's lock, with
 * keel_router_signal(), and through the board's door if that does not take it. Why no
 * interrupt is lost between a mask and a signal:
 *
 * - keel_router_signal() takes it if the GSI is live. If the guest masks or changes it
 *   just then, KVM's table still has a message for the GSI, the one before or the one
 *   after, because masking takes nothing out of the table. So it is delivered, like any
 *   message that was on the bus already when the mask was written.
 * - Else the door's signal and the guest's write have an order, by the board's lock: a
 *   vector that is masked gets its pending bit, which the unmasking sends; one whose
 *   message KVM does not have yet is sent when KVM has it.
 *
 * vhost can be given a live GSI's eventfd to signal itself. Then the vCPU that masks or changes
 * the GSI takes it back, in keel_virtio_aim(), before its next instruction: from then on vhost
 * signals Keel, which does as above. What vhost sent before was on the bus.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "host.h"
#include "kvm_file.h"
#include "router.h"
#include "vm.h"

#define ROUTE_TABLE_SIZE(nr) \
	(sizeof(struct kvm_irq_routing) + (nr) * sizeof(struct kvm_irq_routing_entry))

static_assert(ROUTE_TABLE_SIZE(KEEL_MAX_GSIS) <= KEEL_SCRATCH_SIZE);

static int route_alloc(struct keel_router *router)
{
	router->routing = kvzalloc(sizeof(*router->routing), GFP_KERNEL_ACCOUNT);
	if (!router->routing)
		return -ENOMEM;
	router->routing->table = kvzalloc(ROUTE_TABLE_SIZE(router->nr), GFP_KERNEL_ACCOUNT);
	return router->routing->table ? 0 : -ENOMEM;
}

/**
 * keel_router_init() - take the caller's eventfds.
 * @router: the router
 * @fds:    the eventfds
 * @nr:     of them, and of the board's GSIs
 *
 * Return: 0, -ENOMEM, or -EBADF or -EINVAL for a descriptor that is none;
 * keel_router_destroy() cleans up.
 */
int keel_router_init(struct keel_router *router, const s32 *fds, unsigned int nr)
{
	unsigned int gsi;

	router->nr = nr;
	for (gsi = 0; gsi < nr; gsi++) {
		struct eventfd_ctx *ctx = eventfd_ctx_fdget(fds[gsi]);

		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
		router->fds[gsi] = fds[gsi];
		router->gsis[gsi] = ctx;
	}
	return route_alloc(router);
}

/**
 * keel_router_connect() - register them with KVM as irqfds.
 * @vm:  with its KVM VM, which has the split interrupt controller
 * @fds: what keel_router_init() got
 */
int keel_router_connect(struct keel_vm *vm, const s32 *fds)
{
	unsigned int gsi;
	long ret = 0;

	for (gsi = 0; gsi < vm->router.nr && !ret; gsi++) {
		struct kvm_irqfd irqfd = { .fd = fds[gsi], .gsi = gsi };

		ret = keel_kvm_call(vm, vm->kvm_file, KVM_IRQFD, &irqfd, sizeof(irqfd));
	}
	return ret;
}

/**
 * keel_router_destroy() - let go of the eventfds. KVM drops its own references to
 * them with the VM.
 * @router: nothing signals any more
 */
void keel_router_destroy(struct keel_router *router)
{
	unsigned int gsi;

	for (gsi = 0; gsi < router->nr && router->gsis[gsi]; gsi++)
		eventfd_ctx_put(router->gsis[gsi]);
	if (router->routing)
		kvfree(router->routing->table);
	kvfree(router->routing);
}

/* GSIs that never had a message need no entry. */
static void route_fill(struct keel_routing *routing, unsigned int nr)
{
	struct kvm_irq_routing *table = routing->table;
	unsigned int gsi;

	memset(table, 0, ROUTE_TABLE_SIZE(nr));
	for_each_set_bit(gsi, routing->used, nr) {
		struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];

		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_MSI;
		entry->u.msi.address_lo = routing->routes[gsi].address;
		entry->u.msi.address_hi = routing->routes[gsi].address_hi;
		entry->u.msi.data = routing->routes[gsi].data;
	}
}

/**
 * keel_router_sync() - send KVM the messages that it does not have yet.
 * @vm: the VM; the caller runs in its mm
 *
 * KVM takes the table as a whole. The routing lock keeps two vCPUs from sending
 * an older table after a newer one.
 */
int keel_router_sync(struct keel_vm *vm)
{
	struct keel_routing *routing = vm->router.routing;
	long ret = 0;

	if (mutex_lock_killable(&vm->routing))
		return -EINTR;
	if (keel_host_routes_pick_up(vm, routing)) {
		route_fill(routing, vm->router.nr);
		ret = keel_kvm_call(vm, vm->kvm_file, KVM_SET_GSI_ROUTING, routing->table,
				    ROUTE_TABLE_SIZE(routing->table->nr));
		keel_host_routes_sent(vm, ret ? NULL : routing);
	}
	mutex_unlock(&vm->routing);
	return ret;
}

/**
 * keel_router_signal() - send a GSI's message, without the board's lock.
 * @vm:  the VM
 * @gsi: of an MSI-X vector: keel_pci.gsi, plus the vector
 *
 * Any context in which an eventfd may be signalled. The vector's counters and pending
 * bit have no part in it.
 *
 * Return: false: it is masked, or KVM does not have its message yet, and nothing was
 * done. The caller signals through the board's door, with keel_msix_signal().
 */
bool keel_router_signal(struct keel_vm *vm, unsigned int gsi)
{
	/* Pairs with the full barrier of set_bit() and clear_bit() under the lock. */
	if (!test_bit(gsi, vm->router.live))
		return false;
	keel_eventfd_signal(vm->router.gsis[gsi]);
	return true;
}

/**
 * keel_router_irqfd() - what vhost may signal to send a GSI's message.
 * @vm:  the VM
 * @gsi: as for keel_router_signal()
 *
 * Return: descriptor of an eventfd, as long as the GSI is live; -1 if it is not. The device
 * has been announced with keel_host_watch().
 */
int keel_router_irqfd(const struct keel_vm *vm, unsigned int gsi)
{
	return test_bit(gsi, vm->router.live) ? vm->router.fds[gsi] : -1;
}

/**
 * keel_router_has() - is an eventfd that of a GSI?
 * @vm:  the VM
 * @ctx: the eventfd
 */
bool keel_router_has(const struct keel_vm *vm, const struct eventfd_ctx *ctx)
{
	unsigned int gsi;

	for (gsi = 0; gsi < vm->router.nr; gsi++)
		if (vm->router.gsis[gsi] == ctx)
			return true;
	return false;
}
