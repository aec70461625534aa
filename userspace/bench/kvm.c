// SPDX-License-Identifier: GPL-2.0
/*
 * A machine with KVM's own chips, as other VMMs have it: 8259s, IOAPIC and PIT are KVM's, and the
 * process answers for what KVM does not have, here the ACPI timer and a UART that is idle.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <linux/serial_reg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base.h"
#include "bench/guest/ports.h"
#include "bench/machine.h"
#include "status.h"
#include "vm/vcpu.h"

#define PIT_PIN		2	/* of the IOAPIC, as in a PC; KVM's default is 0 */

static void route_pit(const struct vm *vm)
{
	union {
		struct kvm_irq_routing table;
		__u8 room[sizeof(struct kvm_irq_routing) + sizeof(struct kvm_irq_routing_entry)];
	} routes = { .table.nr = 1 };

	routes.table.entries[0] = (struct kvm_irq_routing_entry){
		.gsi = 0, .type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = PIT_PIN },
	};
	if (ioctl(vm->kvm_vm, KVM_SET_GSI_ROUTING, &routes))
		die(STATUS_NO_KVM, "KVM_SET_GSI_ROUTING: %s", strerror(errno));
}

/* kvm_chips_create() - the VM; dies if there cannot be one */
void kvm_chips_create(struct vm *vm, struct config *config)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	vm_create_plain(vm, config);
	if (ioctl(vm->kvm_vm, KVM_CREATE_IRQCHIP, 0) || ioctl(vm->kvm_vm, KVM_CREATE_PIT2, &pit))
		die(STATUS_NO_KVM, "KVM_CREATE_IRQCHIP, KVM_CREATE_PIT2: %s", strerror(errno));
	route_pit(vm);
	vcpu_create_plain(vm, 0);
}

static __u32 read_pm_timer(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec * 1000000000ULL + now.tv_nsec) % 1000000000000ULL * PM_HZ / 1000000000;
}

static void answer(struct kvm_run *run)
{
	void *data = (__u8 *)run + run->io.data_offset;
	__u32 value = ~0U;

	if (run->io.direction == KVM_EXIT_IO_OUT)
		return;
	if (run->io.port == PM_TIMER)
		value = read_pm_timer();
	else if (run->io.port == COM1_LSR)
		value = UART_LSR_THRE | UART_LSR_TEMT;
	memcpy(data, &value, run->io.size);
}

/* kvm_chips_enter() - see struct machine */
bool kvm_chips_enter(struct vm *vm)
{
	struct kvm_run *run = vm->vcpus[0].run;

	for (;;) {
		if (ioctl(vm->vcpus[0].fd, KVM_RUN, 0)) {
			if (errno == EINTR || errno == EAGAIN)
				return false;
			die(STATUS_KVM_ERROR, "KVM_RUN: %s", strerror(errno));
		}
		if (run->exit_reason == KVM_EXIT_X86_WRMSR)
			return true;
		if (run->exit_reason != KVM_EXIT_IO)
			die(STATUS_KVM_ERROR, "the guest has crashed: KVM_RUN: exit %u",
			    run->exit_reason);
		answer(run);
	}
}
