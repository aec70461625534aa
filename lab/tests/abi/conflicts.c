// SPDX-License-Identifier: GPL-2.0
/* KEEL_CREATE_VM: each conflict names both devices and the ports, memory, line or slot. */
#include "abi.h"

#include <string.h>
#include <unistd.h>

#define ROOM	16

static struct keel_conflict found[ROOM];

/* conflicts: number of conflicts that CREATE_VM finds, given this room; -1: not EEXIST */
static int conflicts(struct vm *vm, unsigned int room)
{
	int ret;

	memset(found, 0xee, sizeof(found));
	vm->config.conflicts = (uintptr_t)found;
	vm->config.nr_conflicts = room;
	ret = vm_create(vm);
	if (failed_with(ret, EEXIST))
		return vm->config.nr_conflicts;
	if (ret >= 0)
		close(ret);
	return -1;
}

/* has: is there a conflict of this kind between the two (in either order) over this range? */
static bool has(u32 kind, u32 a, u32 b, u64 start, u64 end)
{
	unsigned int i;

	for (i = 0; i < ROOM; i++) {
		const struct keel_conflict *c = &found[i];

		if (c->kind == kind && c->start == start && c->end == end && !c->pad &&
		    ((c->first == a && c->second == b) || (c->first == b && c->second == a)))
			return true;
	}
	return false;
}

/* named: does any conflict of this kind name the device? */
static bool named(u32 kind, u32 device)
{
	unsigned int i;

	for (i = 0; i < ROOM; i++)
		if (found[i].kind == kind &&
		    (found[i].first == device || found[i].second == device))
			return true;
	return false;
}

static u32 add(struct vm *vm, u16 class, u16 instance, u64 base, u32 irq)
{
	u32 nr = vm->config.nr_devices++;

	vm->devices[nr] = (struct keel_device_config) {
		.class = class, .instance = instance, .irq = irq, .base = base,
	};
	return nr;
}

static void ports(void)
{
	struct vm vm;
	u32 second, third;
	int n;

	vm_prepare(&vm);
	second = add(&vm, KEEL_CLASS_UART, 1, 0x3f8, KEEL_IRQ_NONE);
	n = conflicts(&vm, ROOM);
	ok(n == 1, "two UARTs at 0x3f8: one conflict (%d)", n);
	ok(has(KEEL_CONFLICT_PIO, UART, second, 0x3f8, 0x3ff), "it names both, and the ports");
	vm.devices[second].base = 0x3fc;
	conflicts(&vm, ROOM);
	ok(has(KEEL_CONFLICT_PIO, UART, second, 0x3fc, 0x3ff), "half an overlap: names that half");
	third = add(&vm, KEEL_CLASS_DEBUGEXIT, 1, 0x40, KEEL_IRQ_DEFAULT);
	n = conflicts(&vm, ROOM);
	ok(n == 2, "and a debug exit at 0x40: two conflicts (%d)", n);
	ok(has(KEEL_CONFLICT_PIO, PIT, third, 0x40, 0x43), "the PIT is named");
	ok(has(KEEL_CONFLICT_PIO, UART, second, 0x3fc, 0x3ff), "the UARTs are still named");
	vm_close(&vm);
}

static void lines_and_names(void)
{
	struct vm vm;
	u32 other;

	vm_prepare(&vm);
	vm.devices[RTC].irq = 0;
	conflicts(&vm, ROOM);
	ok(has(KEEL_CONFLICT_LINE, PIT, RTC, 0, 0), "RTC on line 0: the PIT has it");
	vm.devices[RTC].irq = KEEL_IRQ_DEFAULT;
	other = add(&vm, KEEL_CLASS_UART, 0, 0x2f8, KEEL_IRQ_NONE);
	conflicts(&vm, ROOM);
	ok(named(KEEL_CONFLICT_NAME, UART) && named(KEEL_CONFLICT_NAME, other),
	   "two devices are uart0: both are named");
	vm.config.nr_devices--;
	other = add(&vm, KEEL_CLASS_IOAPIC, 1, 0, KEEL_IRQ_NONE);
	conflicts(&vm, ROOM);
	ok(named(KEEL_CONFLICT_MMIO, IOAPIC) && named(KEEL_CONFLICT_MMIO, other),
	   "two IOAPICs at one address: both are named");
	vm_close(&vm);
}

static void slots(void)
{
	u32 bridge, first, second;
	struct vm vm;

	vm_prepare(&vm);
	bridge = add(&vm, KEEL_CLASS_PCIHOST, 0, 0, KEEL_IRQ_DEFAULT);
	first = add(&vm, KEEL_CLASS_PCITEST, 0, 0, KEEL_IRQ_DEFAULT);
	second = add(&vm, KEEL_CLASS_PCITEST, 1, 0, KEEL_IRQ_DEFAULT);
	vm.devices[first].pci.slot = 7;
	vm.devices[second].pci.slot = 7;
	ok(conflicts(&vm, ROOM) == 1, "two PCI functions in a slot: one conflict");
	ok(has(KEEL_CONFLICT_SLOT, first, second, 7, 7), "it names both, and the slot");
	vm.devices[bridge].irq = 4;
	conflicts(&vm, ROOM);
	ok(has(KEEL_CONFLICT_LINE, UART, bridge, 4, 4), "PCI's interrupts on a UART's line");
	vm_close(&vm);
}

/* Every device twice: everything is in conflict. */
static void room(void)
{
	struct vm vm;
	int all, n;

	vm_prepare(&vm);
	memcpy(vm.devices + USUAL_DEVICES, vm.devices, USUAL_DEVICES * sizeof(vm.devices[0]));
	vm.config.nr_devices = 2 * USUAL_DEVICES;
	all = conflicts(&vm, ROOM);
	ok(all > USUAL_DEVICES, "every device twice: many conflicts (%d)", all);
	n = conflicts(&vm, 2);
	ok(n == all, "room for two: all are counted (%d)", n);
	ok(found[1].kind != 0xeeeeeeee && found[2].kind == 0xeeeeeeee, "and two are written");
	n = conflicts(&vm, 0);
	ok(n == all && found[0].kind == 0xeeeeeeee, "no room: counted, none written");
	vm.config.conflicts = 0;
	vm.config.nr_conflicts = 0;
	FAILS(vm_create(&vm), EEXIST, "no array for conflicts: EEXIST all the same");
	vm.config.conflicts = NOWHERE;
	vm.config.nr_conflicts = ROOM;
	FAILS(vm_create(&vm), EFAULT, "the array for conflicts is unmapped");
	vm.config.nr_conflicts = 0xffffffff;
	vm.config.conflicts = (uintptr_t)found;
	n = vm_create(&vm);
	ok(n < 0 && (errno == EEXIST || errno == EINVAL), "room for 4 billion conflicts works");
	vm.config.nr_devices = USUAL_DEVICES;
	vm.config.conflicts = (uintptr_t)found;
	vm.config.nr_conflicts = ROOM;
	WORKS(vm_create(&vm), "KEEL_CREATE_VM without the duplicates");
	vm_close(&vm);
}

void test_conflicts(void)
{
	ports();
	lines_and_names();
	slots();
	room();
}
