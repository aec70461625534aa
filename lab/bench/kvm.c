// SPDX-License-Identifier: GPL-2.0
/*
 * Back-ends without Keel: KVM's own chips in the kernel, and a minimal VMM in userspace,
 * which answers every access from a switch.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest/cost.h"

#define LSR_IDLE	0x60		/* THRE | TEMT */
#define IOAPIC_VERSION	0x00170020

/* IRQ 0 goes to the IOAPIC's pin 2, as in a PC; KVM's default is pin 0. */
static void route_pit(struct vm *vm)
{
	struct kvm_irq_routing *table = calloc(1, sizeof(*table) + sizeof(table->entries[0]));

	table->nr = 1;
	table->entries[0].gsi = 0;
	table->entries[0].type = KVM_IRQ_ROUTING_IRQCHIP;
	table->entries[0].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
	table->entries[0].u.irqchip.pin = 2;
	must(!ioctl(vm->kvm_vm, KVM_SET_GSI_ROUTING, table), "KVM_SET_GSI_ROUTING");
	free(table);
}

static void kvm_create(struct vm *vm)
{
	struct kvm_pit_config pit = { .flags = 0 };

	must(!ioctl(vm->kvm_vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	must(!ioctl(vm->kvm_vm, KVM_CREATE_PIT2, &pit), "KVM_CREATE_PIT2");
	route_pit(vm);
}

/* The LAPIC stays in KVM, as it does under Keel. */
static void user_create(struct vm *vm)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };

	must(!ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &split), "KVM_CAP_SPLIT_IRQCHIP");
}

static u32 port_read(u16 port)
{
	static u8 count;

	switch (port) {
	case 0x40:
		return count--;
	case 0x3fd:
		return LSR_IDLE;
	default:
		return 0xff;
	}
}

static u32 memory_read(u64 address)
{
	switch (address) {
	case 0xfec00010:
		return IOAPIC_VERSION;
	default:
		return 0xffffffff;
	}
}

/* port: answers an access to a port; true if it was the last one */
static int port(struct kvm_run *run)
{
	u8 *data = (u8 *)run + run->io.data_offset;

	if (run->io.direction == KVM_EXIT_IO_IN)
		*data = port_read(run->io.port);
	return run->io.port == COST_EXIT;
}

static void memory(struct kvm_run *run)
{
	u32 value;

	if (run->mmio.is_write)
		return;
	value = memory_read(run->mmio.phys_addr);
	memcpy(run->mmio.data, &value, sizeof(value));
}

static void user_run(struct vm *vm)
{
	struct kvm_run *run = vm->run[0];

	for (;;) {
		must(!ioctl(vm->vcpu[0], KVM_RUN, 0), "KVM_RUN");
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			if (port(run))
				return;
			break;
		case KVM_EXIT_MMIO:
			memory(run);
			break;
		default:
			fail("KVM_RUN: unexpected exit", run->exit_reason);
		}
	}
}

/* KVM has no UART */
const struct backend backend_kvm = { "kvm", kvm_create, NULL, user_run, 1 << COST_LSR_READ };
const struct backend backend_user = { "user", user_create, NULL, user_run, 0 };
