// SPDX-License-Identifier: GPL-2.0
/* KEEL_ACCESS: what firmware does to the board, done by the process. */
#include "abi.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define SLOT	KEEL_PCITEST_SLOT
#define ECAM	(KEEL_PCI_ECAM + (SLOT << 15))
#define MEMORY	0xe1000000ULL
#define PORTS	0xc000U
#define SCRATCH	(PORTS + KEEL_PCITEST_SCRATCH)

static long call(struct vm *vm, u32 flags, u64 addr, u32 length, u64 *value)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = flags, .addr = addr, .length = length,
		.value = *value,
	};
	long ret = ioctl(vm->keel, KEEL_ACCESS, &access);

	*value = access.value;
	return ret;
}

static u64 get(struct vm *vm, u32 flags, u64 addr, u32 length)
{
	u64 value = 0x5a5a5a5a5a5a5a5aULL;

	must(!call(vm, flags, addr, length, &value), "KEEL_ACCESS, to read");
	return value;
}

static void set(struct vm *vm, u32 flags, u64 addr, u32 length, u64 value)
{
	must(!call(vm, flags | KEEL_ACCESS_WRITE, addr, length, &value), "KEEL_ACCESS, to write");
}

static void start(struct vm *vm)
{
	struct keel_device_config *device;

	vm_prepare(vm);
	device = &vm->devices[vm->config.nr_devices++];
	*device = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	device = &vm->devices[vm->config.nr_devices++];
	*device = (struct keel_device_config) {
		.class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pcitest.slot = SLOT,
	};
	vm->config.nr_eventfds = NR_EVENTFDS;
	must(vm_create(vm) >= 0, "a VM with a PCI function");
	vm_create_vcpu(vm, &guest_debug);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

static void refused(struct vm *vm)
{
	static const struct {
		u32 flags;
		u64 addr;
		u32 length;
		const char *what;
	} bad[] = {
		{ 0, 0x80, 0, "of no byte" }, { 0, 0x80, 3, "of 3 bytes" },
		{ 0, 0x80, 8, "of 8 bytes of ports" }, { 0, 0x80, 0x80000000, "of 2 GiB" },
		{ KEEL_ACCESS_MEMORY, MEMORY, 16, "of 16 bytes" },
		{ 0, 0xffff, 2, "beyond the last port" }, { 0, 0x10000, 1, "behind it" },
		{ KEEL_ACCESS_MEMORY, ~0ULL - 2, 4, "beyond the last address" },
		{ 4, 0x80, 1, "with an unknown flag" },
	};
	u64 value = 0;
	unsigned int i;

	FAILS(call(vm, 0, 0x61, 1, &value), EBUSY, "of a VM that is not paused");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		FAILS(call(vm, bad[i].flags, bad[i].addr, bad[i].length, &value), EINVAL,
		      "%s", bad[i].what);
	ok(get(vm, 0, 0x80, 4) == 0xffffffff, "a port without a device reads as ones");
	ok(get(vm, KEEL_ACCESS_MEMORY, 0x1000, 8) == ~0ULL, "so does the guest's RAM");
	set(vm, KEEL_ACCESS_MEMORY, 0x1000, 8, 0);
	ok(vm->memory[0x1000] == guest_debug.code[0], "which is not written");
	ok(get(vm, KEEL_ACCESS_MEMORY, ~0ULL, 1) == 0xff, "the last address");
}

/* As firmware does it; then the guest finds the function there. */
static void sets_up(struct vm *vm)
{
	/* mov dx, SCRATCH; in eax, dx; mov dx, 0x501; out dx, al */
	static const struct guest guest = {
		10, { 0xba, SCRATCH & 0xff, SCRATCH >> 8, 0x66, 0xed,
		      0xba, 0x01, 0x05, 0xee, 0xf4 },
	};
	struct keel_run run;

	set(vm, 0, 0xcf8, 4, 0x80000000 | SLOT << 11 | 0x10);
	set(vm, 0, 0xcfc, 4, 0xffffffff);
	ok(get(vm, 0, 0xcfc, 4) == 0xfffff00c, "mechanism #1 sizes a BAR");
	set(vm, KEEL_ACCESS_MEMORY, ECAM + 0x10, 8, MEMORY);
	set(vm, KEEL_ACCESS_MEMORY, ECAM + 0x18, 4, PORTS);
	set(vm, KEEL_ACCESS_MEMORY, ECAM + 0x04, 2, 7);
	ok(get(vm, KEEL_ACCESS_MEMORY, ECAM + 0x10, 8) == (MEMORY | 0xc), "the ECAM places it");
	set(vm, KEEL_ACCESS_MEMORY, MEMORY + KEEL_PCITEST_SCRATCH, 4, 0x1234562a);
	ok(get(vm, 0, SCRATCH, 4) == 0x1234562a, "its registers answer, in memory and in ports");
	ok(get(vm, 0, SCRATCH + 1, 2) == 0x3456, "two bytes of one");
	set(vm, 0, 0x4d1, 1, 0xff);
	ok(get(vm, 0, 0x4d1, 1) == 0xde, "the ELCR");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(vm, 0, &guest);
	WORKS(vm_run(vm, 0, &run), "a guest that has set nothing up");
	ok(run.reason == KEEL_EXIT_DEBUG && run.arg == 0x2a, "reads the register (%u, %llu)",
	   run.reason, run.arg);
}

/* A reset forgets it. */
static void forgotten(struct vm *vm)
{
	must(!ioctl(vm->keel, KEEL_PAUSE) && !ioctl(vm->keel, KEEL_RESET), "KEEL_RESET");
	ok(!get(vm, KEEL_ACCESS_MEMORY, ECAM + 0x04, 2), "after a reset nothing is decoded");
	ok(get(vm, 0, SCRATCH, 4) == 0xffffffff, "and nothing answers");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(vm, 0, &guest_debug);
	ok(vm_alive(vm), "and the VM runs");
}

#define UNCLAIMED	0x277

/* Writes four times to a port that no device has; a range of KVM's there gets them. */
static u64 unclaimed_writes(struct vm *vm)
{
	/* mov dx, UNCLAIMED; out dx, al (4 times); mov dx, 0x501; out dx, al; hlt */
	static const struct guest guest = {
		12, { 0xba, UNCLAIMED & 0xff, UNCLAIMED >> 8, 0xee, 0xee, 0xee, 0xee,
		      0xba, 0x01, 0x05, 0xee, 0xf4 },
	};
	u64 before = vm_value(vm, KEEL_STATS, "board", "unmapped_pio.writes");
	struct keel_run run;

	must(!ioctl(vm->keel, KEEL_PAUSE) && !ioctl(vm->keel, KEEL_RESET) &&
	     !ioctl(vm->keel, KEEL_RESUME), "KEEL_RESET");
	guest_load(vm, 0, &guest);
	WORKS(vm_run(vm, 0, &run), "a guest that writes to a port without a device");
	return vm_value(vm, KEEL_STATS, "board", "unmapped_pio.writes") - before;
}

/* Between Keel's ports: KVM's range for an eventfd of the process' comes and goes. */
static void process_has_a_port(void)
{
	struct kvm_ioeventfd range = {
		.addr = UNCLAIMED, .len = 1, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};
	u64 count = 0;
	struct vm vm;

	start(&vm);
	ok(unclaimed_writes(&vm) == 4, "a port without a device: its writes are counted");
	must(range.fd >= 0 && !ioctl(vm.kvm_vm, KVM_IOEVENTFD, &range), "KVM_IOEVENTFD");
	ok(!unclaimed_writes(&vm), "the process has it: they are not");
	ok(read(range.fd, &count, sizeof(count)) == sizeof(count) && count == 4,
	   "its eventfd has them");
	range.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
	must(!ioctl(vm.kvm_vm, KVM_IOEVENTFD, &range), "KVM_IOEVENTFD");
	ok(unclaimed_writes(&vm) == 4, "it is without a device again");
	close(range.fd);
	vm_close(&vm);
}

#define IOREGSEL	0xfec00000ULL
#define IOWIN		0xfec00010ULL
#define COM1_LINE	4
#define COM1_IER	0x3f9
#define COM1_MCR	0x3fc

/* Routing tables that KVM gets for a pin's entry; @interrupt: it has one to send. */
static u64 tables_for_an_entry(bool interrupt)
{
	struct keel_run run;
	struct vm vm;
	u64 before;

	start(&vm);
	WORKS(vm_run(&vm, 0, &run), "a guest without interrupts");
	must(!ioctl(vm.keel, KEEL_PAUSE) && !ioctl(vm.keel, KEEL_RESET), "KEEL_RESET");
	before = vm_value(&vm, KEEL_STATS, "vm", "routes.sent");
	set(&vm, KEEL_ACCESS_MEMORY, IOREGSEL, 4, 0x10 + 2 * COM1_LINE);
	set(&vm, KEEL_ACCESS_MEMORY, IOWIN, 4, 0x54);
	set(&vm, KEEL_ACCESS_MEMORY, IOWIN, 4, 0x55);
	if (interrupt) {
		set(&vm, 0, COM1_MCR, 1, 0x08);
		set(&vm, 0, COM1_IER, 1, 0x02);
	}
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_debug);
	WORKS(vm_run(&vm, 0, &run), "a guest with an entry");
	before = vm_value(&vm, KEEL_STATS, "vm", "routes.sent") - before;
	vm_close(&vm);
	return before;
}

/* KVM gets a pin's message when it is to send it, and not before. */
static void routes_wait(void)
{
	u64 tables = tables_for_an_entry(false);

	ok(!tables, "no interrupt: KVM gets no table for an entry (%llu)",
	   (unsigned long long)tables);
	tables = tables_for_an_entry(true);
	ok(tables == 1, "an interrupt: it gets one (%llu)", (unsigned long long)tables);
}

void test_access(void)
{
	struct vm vm;

	start(&vm);
	refused(&vm);
	sets_up(&vm);
	forgotten(&vm);
	process_has_a_port();
	routes_wait();
}
