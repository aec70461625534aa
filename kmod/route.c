// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts out of the board: an irqfd for each GSI, and KVM's routing table kept
 * equal to what the IOAPIC's entries say. KVM derives from the same table which
 * vectors cause an EOI exit.
 */
#include <linux/file.h>

#include "vm.h"

#define ROUTE_TABLE_SIZE \
	(sizeof(struct kvm_irq_routing) + KEEL_NR_GSIS * sizeof(struct kvm_irq_routing_entry))

static_assert(ROUTE_TABLE_SIZE <= KEEL_SCRATCH_SIZE);

/**
 * keel_router_init() - take the caller's eventfds.
 * @router: the router
 * @fds:    KEEL_NR_GSIS of them
 *
 * Return: 0, or -EBADF or -EINVAL for a descriptor that is none;
 * keel_router_destroy() cleans up.
 */
int keel_router_init(struct keel_router *router, const s32 *fds)
{
	unsigned int gsi;

	for (gsi = 0; gsi < KEEL_NR_GSIS; gsi++) {
		struct file *file = eventfd_fget(fds[gsi]);

		if (IS_ERR(file))
			return PTR_ERR(file);
		router->files[gsi] = file;
		router->gsis[gsi] = eventfd_ctx_fileget(file);
	}
	return 0;
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

	for (gsi = 0; gsi < KEEL_NR_GSIS && !ret; gsi++) {
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

	for (gsi = 0; gsi < KEEL_NR_GSIS && router->files[gsi]; gsi++) {
		eventfd_ctx_put(router->gsis[gsi]);
		fput(router->files[gsi]);
	}
}

static void route_fill(struct kvm_irq_routing *table, const struct keel_route *routes)
{
	unsigned int gsi;

	table->nr = KEEL_NR_GSIS;
	for (gsi = 0; gsi < KEEL_NR_GSIS; gsi++) {
		struct kvm_irq_routing_entry *entry = &table->entries[gsi];

		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_MSI;
		entry->u.msi.address_lo = routes[gsi].address;
		entry->u.msi.address_hi = routes[gsi].address_hi;
		entry->u.msi.data = routes[gsi].data;
	}
}

/**
 * keel_router_sync() - send KVM the routes that it does not have yet.
 * @vm: the VM; the caller runs in its mm
 *
 * KVM takes the table as a whole. The routing lock keeps two vCPUs from sending
 * an older table after a newer one.
 */
int keel_router_sync(struct keel_vm *vm)
{
	union {
		struct kvm_irq_routing table;
		u8 bytes[ROUTE_TABLE_SIZE];
	} argument = {};
	struct keel_route routes[KEEL_NR_GSIS];
	long ret = 0;
	u32 pins;

	mutex_lock(&vm->routing);
	pins = keel_door_routes_pick_up(vm, routes);
	if (pins) {
		route_fill(&argument.table, routes);
		ret = keel_kvm_call(vm, vm->kvm_file, KVM_SET_GSI_ROUTING, &argument,
				    sizeof(argument));
		if (!ret)
			keel_door_routes_sent(vm, pins);
	}
	mutex_unlock(&vm->routing);
	return ret;
}
