// SPDX-License-Identifier: GPL-2.0
/* /dev/keel itself, and KEEL_CREATE_VM. */
#include "abi.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Commands that do not exist */
static void unknown_commands(int fd, const char *what)
{
	u8 argument[256] = { 0 };
	u32 nr;

	FAILS(ioctl(fd, _IO(KEEL_IOC, 0x7f), argument), ENOTTY, "%s: unknown number", what);
	FAILS(ioctl(fd, _IO('K', 0x10), argument), ENOTTY, "%s: another magic", what);
	FAILS(ioctl(fd, KVM_GET_API_VERSION, 0), ENOTTY, "%s: one of KVM's", what);
	FAILS(ioctl(fd, _IOR(KEEL_IOC, 0x10, u64), argument), ENOTTY,
	      "%s: GET_INFO with a size in its number", what);
	FAILS(ioctl(fd, KEEL_IOW(0x10), argument), ENOTTY, "%s: GET_INFO, wrong direction", what);
	FAILS(ioctl(fd, _IOWR(KEEL_IOC, 0x21, u64), argument), ENOTTY,
	      "%s: RUN with a size in its number", what);
	FAILS(ioctl(fd, _IOR(KEEL_IOC, 0x25, u32), argument), ENOTTY,
	      "%s: PAUSE with a size in its number", what);
	for (nr = 0; nr < 0x100; nr++) {
		if (nr >= 0x25 && nr <= 0x27)
			continue;
		if (!failed_with(ioctl(fd, _IO(KEEL_IOC, nr), argument), ENOTTY))
			break;
	}
	ok(nr == 0x100, "%s: every number without an argument is refused, but for three", what);
}

static void other_ones_commands(void)
{
	struct keel_run run = { .size = sizeof(run) };
	struct keel_info info = { .size = sizeof(info) };
	struct vm vm;

	FAILS(ioctl(keel_fd, KEEL_RUN, &run), ENOTTY, "RUN is not for /dev/keel");
	FAILS(ioctl(keel_fd, KEEL_PAUSE), ENOTTY, "PAUSE is not for /dev/keel");
	vm_start(&vm, &guest_debug);
	FAILS(ioctl(vm.keel, KEEL_GET_INFO, &info), ENOTTY, "GET_INFO is not for a VM");
	FAILS(ioctl(vm.keel, KEEL_CREATE_VM, &vm.config), ENOTTY, "CREATE_VM is not for a VM");
	unknown_commands(vm.keel, "VM");
	ok(vm_alive(&vm), "the VM still runs");
}

/* Is the bus switched on by the module's parameter? Without the parameter, it is. */
static bool bus_switched_on(void)
{
	FILE *file = fopen("/sys/module/keel/parameters/bus", "r");
	int value;

	if (!file)
		return true;
	value = fgetc(file);
	fclose(file);
	return value == 'Y';
}

void test_device(void)
{
	struct keel_info info, *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char byte;

	memset(&info, 0xff, sizeof(info));
	info.size = sizeof(info);
	*page = info;
	mprotect(page, 4096, PROT_READ);
	WORKS(ioctl(keel_fd, KEEL_GET_INFO, &info), "GET_INFO");
	ok(info.abi == KEEL_ABI_VERSION, "abi is %d", KEEL_ABI_VERSION);
	ok(!(info.features & ~KEEL_FEATURE_BUS), "no features that are not in the header");
	ok(!(info.features & KEEL_FEATURE_BUS) || bus_switched_on(),
	   "the bus is not offered when it is switched off");
	ok(memchr(info.version, 0, sizeof(info.version)) && info.version[0], "version is a string");
	FAILS(ioctl(keel_fd, KEEL_GET_INFO, NULL), EFAULT, "GET_INFO to NULL");
	FAILS(ioctl(keel_fd, KEEL_GET_INFO, (uintptr_t)NOWHERE), EFAULT, "GET_INFO to nowhere");
	FAILS(ioctl(keel_fd, KEEL_GET_INFO, page), EFAULT, "GET_INFO to a read-only page");
	FAILS(read(keel_fd, &byte, 1), EINVAL, "/dev/keel cannot be read");
	unknown_commands(keel_fd, "device");
	other_ones_commands();
	munmap(page, 4096);
}

/* refused: the present configuration must be refused, and no descriptor may leak */
static void refused(struct vm *vm, int error, const char *name)
{
	int fds = open_fds();

	FAILS(vm_create(vm), error, "%s", name);
	if (vm->keel >= 0)
		close(vm->keel);
	vm->keel = -1;
	if (open_fds() != fds)
		ok(false, "%s: file descriptors leak", name);
}

/* Spoils one field, calls, restores it: all on the same KVM VM, which must stay unused. */
#define REFUSED(vm, field, value, error, name) do {		\
	typeof((vm)->field) before_ = (vm)->field;		\
								\
	(vm)->field = (value);					\
	refused(vm, error, name);				\
	(vm)->field = before_;					\
} while (0)

static int temporary_file(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/abi-test-%d", getpid());
	mkdir(path, 0700);
	must(!chdir(path), path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(fd >= 0, name);
	unlink(name);
	must(!chdir("/"), "/");
	rmdir(path);
	return fd;
}

static void wrong_kvm_fds(struct vm *vm)
{
	int closed = dup(0), null = open("/dev/null", O_RDWR), file = temporary_file("kvm-vm");
	int memfd = syscall(SYS_memfd_create, "kvm-vm", 0);
	int path = open("/", O_PATH), stats;
	struct vm other;

	close(closed);
	REFUSED(vm, config.kvm_fd, -1, EBADF, "kvm_fd -1");
	REFUSED(vm, config.kvm_fd, 0x7fffffff, EBADF, "kvm_fd beyond all");
	REFUSED(vm, config.kvm_fd, closed, EBADF, "kvm_fd is closed");
	REFUSED(vm, config.kvm_fd, path, EBADF, "kvm_fd is an O_PATH one");
	REFUSED(vm, config.kvm_fd, null, ENOTTY, "kvm_fd is /dev/null");
	REFUSED(vm, config.kvm_fd, vm->eventfds[0], ENOTTY, "kvm_fd is an eventfd");
	REFUSED(vm, config.kvm_fd, vm->kvm, ENOTTY, "kvm_fd is /dev/kvm");
	REFUSED(vm, config.kvm_fd, keel_fd, ENOTTY, "kvm_fd is /dev/keel");
	REFUSED(vm, config.kvm_fd, file, ENOTTY, "kvm_fd is a file called kvm-vm");
	REFUSED(vm, config.kvm_fd, memfd, ENOTTY, "kvm_fd is a memfd called kvm-vm");
	vm_start(&other, &guest_debug);
	REFUSED(vm, config.kvm_fd, other.vcpu[0], ENOTTY, "kvm_fd is a vCPU");
	stats = ioctl(other.kvm_vm, KVM_GET_STATS_FD, NULL);
	if (stats >= 0)
		REFUSED(vm, config.kvm_fd, stats, ENOTTY, "kvm_fd is the statistics of a VM");
	close(stats);
	REFUSED(vm, config.kvm_fd, other.keel, ENOTTY, "kvm_fd is a VM of Keel's");
	REFUSED(vm, config.kvm_fd, other.kvm_vm, EBUSY, "kvm_fd is in use by Keel");
	ok(vm_alive(&other), "the other VM still runs");
	close(null);
	close(file);
	close(memfd);
	close(path);
}

static void wrong_eventfds(struct vm *vm)
{
	int null = open("/dev/null", O_RDWR);

	REFUSED(vm, config.nr_eventfds, 0, EINVAL, "no eventfds");
	REFUSED(vm, config.nr_eventfds, KEEL_NR_GSIS - 1, EINVAL, "an eventfd too few");
	REFUSED(vm, config.nr_eventfds, KEEL_MAX_GSIS + 1, EINVAL, "an eventfd too many");
	REFUSED(vm, config.nr_eventfds, 0xffffffff, EINVAL, "4 billion eventfds");
	REFUSED(vm, eventfds[0], -1, EBADF, "the first eventfd is -1");
	REFUSED(vm, eventfds[23], -1, EBADF, "the last eventfd is -1");
	REFUSED(vm, eventfds[23], null, EINVAL, "the last eventfd is none");
	REFUSED(vm, config.eventfds, 0, EFAULT, "eventfds at 0");
	REFUSED(vm, config.eventfds, NOWHERE, EFAULT, "eventfds nowhere");
	REFUSED(vm, config.eventfds, KERNEL, EFAULT, "eventfds in the kernel");
	close(null);
}

static void wrong_addresses(struct vm *vm)
{
	u64 scratch = vm->config.scratch;
	char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	munmap(pages + 4096, 4096);
	REFUSED(vm, config.scratch, scratch + 4, EINVAL, "scratch is not aligned");
	REFUSED(vm, config.scratch, scratch + 1, EINVAL, "scratch is odd");
	REFUSED(vm, config.scratch, 0, EFAULT, "scratch at 0");
	REFUSED(vm, config.scratch, KERNEL, EFAULT, "scratch in the kernel");
	REFUSED(vm, config.scratch, ~7ULL, EFAULT, "scratch wraps around");
	REFUSED(vm, config.devices, 0, EFAULT, "devices at 0");
	REFUSED(vm, config.devices, NOWHERE, EFAULT, "devices nowhere");
	REFUSED(vm, config.devices, KERNEL, EFAULT, "devices in the kernel");
	REFUSED(vm, config.devices, (uintptr_t)pages + 4096 - 70, EFAULT,
		"devices end where nothing is");
	FAILS(ioctl(keel_fd, KEEL_CREATE_VM, NULL), EFAULT, "no configuration");
	FAILS(ioctl(keel_fd, KEEL_CREATE_VM, (uintptr_t)NOWHERE), EFAULT, "it is unmapped");
	*(u32 *)(pages + 4096 - 8) = sizeof(vm->config);
	FAILS(ioctl(keel_fd, KEEL_CREATE_VM, pages + 4096 - 8), EFAULT, "its end is unmapped");
	munmap(pages, 4096);
}

static void wrong_values(struct vm *vm)
{
	REFUSED(vm, config.flags, 8, EINVAL, "unknown flags");
	REFUSED(vm, config.nr_devices, 0, EINVAL, "no devices");
	REFUSED(vm, config.nr_devices, KEEL_MAX_DEVICES + 1, EINVAL, "65 devices");
	REFUSED(vm, config.nr_devices, 0xffffffff, EINVAL, "4 billion devices");
	REFUSED(vm, devices[PIC].class, KEEL_CLASS_BOARD, EINVAL, "class of the board");
	REFUSED(vm, devices[PIC].class, KEEL_NR_CLASSES, EINVAL, "class that is not there");
	REFUSED(vm, devices[PIC].class, 0xffff, EINVAL, "class 65535");
	REFUSED(vm, devices[PIC].pad[0], 1, EINVAL, "PIC: unused bytes are not 0");
	REFUSED(vm, devices[IOAPIC].pad[47], 1, EINVAL, "IOAPIC: the last unused byte is not 0");
	REFUSED(vm, devices[DEBUGEXIT].pad[5], 1, EINVAL, "debug exit: unused bytes are not 0");
	REFUSED(vm, devices[PIT].pit.policy, 2, EINVAL, "PIT: unknown policy");
	REFUSED(vm, devices[PIT].pit.reserved[4], 1, EINVAL, "PIT: reserved is not 0");
	REFUSED(vm, devices[RTC].rtc.reserved[0], 1, EINVAL, "RTC: reserved is not 0");
	REFUSED(vm, devices[RTC].rtc.policy, 2, EINVAL, "RTC: unknown policy");
	REFUSED(vm, devices[RTC].rtc.pad[5], 1, EINVAL, "RTC: pad is not 0");
	REFUSED(vm, devices[PM].pm.timer_bits, 31, EINVAL, "PM: timer of 31 bits");
	REFUSED(vm, devices[PM].pm.flags, 2, EINVAL, "PM: unknown flag");
	REFUSED(vm, devices[PM].pm.reserved[2], 1, EINVAL, "PM: reserved is not 0");
	REFUSED(vm, devices[UART].uart.policy, 2, EINVAL, "UART: unknown policy");
	REFUSED(vm, devices[UART].uart.flags, 2, EINVAL, "UART: unknown flags");
	REFUSED(vm, devices[UART].uart.reserved[1], 1, EINVAL, "UART: reserved is not 0");
	REFUSED(vm, devices[UART].irq, KEEL_NR_LINES, EINVAL, "UART: line that is not there");
	REFUSED(vm, devices[UART].irq, 0xfffffffd, EINVAL, "UART: line 4294967293");
	REFUSED(vm, devices[UART].base, 0x10000, EINVAL, "UART: base behind the ports");
	REFUSED(vm, devices[UART].base, 0xfffc, EINVAL, "UART: ends behind the ports");
	REFUSED(vm, devices[UART].base, ~0ULL, EINVAL, "UART: base wraps around");
	REFUSED(vm, devices[IOAPIC].base, ~0ULL, EINVAL, "IOAPIC: base wraps around");
}

/* busy: a KVM VM that was used before is refused */
static void busy(const char *name, void (*spoil)(struct vm *vm))
{
	struct vm vm;

	vm_prepare(&vm);
	spoil(&vm);
	refused(&vm, EBUSY, name);
	vm_close(&vm);
}

static void give_irqchip(struct vm *vm)
{
	must(!ioctl(vm->kvm_vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
}

static void give_split_irqchip(struct vm *vm)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };

	must(!ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &split), "KVM_CAP_SPLIT_IRQCHIP");
}

static void give_vcpu(struct vm *vm)
{
	vm_create_vcpu(vm, &guest_debug);
}

/* The module must not be unloaded while a VM or a file of it is in use. */
static void held_module(struct vm *vm)
{
	FAILS(syscall(SYS_delete_module, "keel", O_NONBLOCK), is_root ? EAGAIN : EPERM,
	      "no unloading under a VM");
	ok(module_users() >= 2, "a VM counts as a user of the module");
	close(vm->kvm_vm);
	ok(module_users() >= 2, "also when its KVM fd is closed");
}

static void fresh_after_all(struct vm *vm)
{
	int users = module_users();

	WORKS(vm_create(vm), "KEEL_CREATE_VM works on the same KVM VM after all refusals");
	ok(module_users() > users, "the VM counts as a user of the module");
	ok(fcntl(vm->keel, F_GETFD) & FD_CLOEXEC, "its fd is close-on-exec");
	vm_create_vcpu(vm, &guest_debug);
	ok(vm_add(vm, 0) == 0, "and takes a vCPU");
	held_module(vm);
	ok(vm_alive(vm), "and runs");
	ok(module_users_become(users), "and is no user of the module once closed");
}

/* If the answer cannot be written, no VM and no descriptor are left. */
static void no_answer(void)
{
	struct keel_vm_config *config = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int users = module_users(), fds, fd;
	struct vm vm;

	vm_prepare(&vm);
	*config = vm.config;
	mprotect(config, 4096, PROT_READ);
	fds = open_fds();
	fd = ioctl(keel_fd, KEEL_CREATE_VM, config);
	if (fd >= 0)
		close(fd);
	ok(open_fds() == fds, "read-only configuration: no fd leaks (returned %d)", fd);
	vm_close(&vm);
	ok(module_users_become(users), "and no VM is left");
	munmap(config, 4096);
}

static void small_board(void)
{
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[0] = vm.devices[DEBUGEXIT];
	vm.config.nr_devices = 1;
	WORKS(vm_create(&vm), "a board of one device");
	if (vm.keel >= 0) {
		vm_create_vcpu(&vm, &guest_debug);
		ok(vm_add(&vm, 0) == 0, "takes a vCPU");
	}
	ok(vm_alive(&vm), "and runs");
}

static void wrong_functions(struct vm *vm)
{
	enum { BRIDGE = USUAL_DEVICES, FUNCTION };

	REFUSED(vm, config.nr_eventfds, KEEL_NR_GSIS, ENOSPC, "no eventfd for any vector");
	REFUSED(vm, config.nr_eventfds, KEEL_NR_GSIS + KEEL_PCITEST_VECTORS - 1, ENOSPC,
		"one eventfd too few for them");
	REFUSED(vm, devices[FUNCTION].pci.slot, 0, EINVAL, "in the host bridge's slot");
	REFUSED(vm, devices[FUNCTION].pci.slot, 32, EINVAL, "in slot 32");
	REFUSED(vm, devices[FUNCTION].pcitest.vectors, 33, EINVAL, "33 vectors");
	REFUSED(vm, devices[FUNCTION].pcitest.reserved[0], 1, EINVAL, "reserved is not 0");
	REFUSED(vm, devices[FUNCTION].irq, 5, EINVAL, "on a line of the caller's");
	REFUSED(vm, devices[FUNCTION].base, 0xe1000000, EINVAL, "at an address of the caller's");
	REFUSED(vm, devices[BRIDGE].class, KEEL_CLASS_TESTDEV, EINVAL, "without a host bridge");
	REFUSED(vm, devices[BRIDGE].instance, 1, EINVAL, "with a second host bridge alone");
	REFUSED(vm, devices[BRIDGE].pad[0], 1, EINVAL, "host bridge: unused bytes are not 0");
	REFUSED(vm, devices[BRIDGE].base, 0xe0001000, EINVAL, "host bridge: ECAM not aligned");
}

/* PCI functions: with enough eventfds for their vectors, and a bridge */
static void functions(void)
{
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[USUAL_DEVICES] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	vm.devices[USUAL_DEVICES + 1] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = 1,
	};
	vm.config.nr_devices = USUAL_DEVICES + 2;
	vm.config.nr_eventfds = NR_EVENTFDS;
	wrong_functions(&vm);
	vm.config.nr_eventfds = KEEL_MAX_GSIS;
	WORKS(vm_create(&vm), "a board with PCI, and more eventfds than it needs");
	if (vm.keel >= 0) {
		vm_create_vcpu(&vm, &guest_debug);
		ok(vm_add(&vm, 0) == 0, "takes a vCPU");
	}
	ok(vm_alive(&vm), "and runs");
}

/* A battery whose charge fits it */
static void battery(void)
{
	enum { BATTERY = USUAL_DEVICES };
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[BATTERY] = (struct keel_device_config) {
		.class = KEEL_CLASS_BATTERY, .irq = KEEL_IRQ_DEFAULT,
		.battery = { .capacity = 2, .voltage = 1, .charge = 1 },
	};
	vm.config.nr_devices = USUAL_DEVICES + 1;
	REFUSED(&vm, devices[BATTERY].battery.capacity, 0, EINVAL, "battery: without capacity");
	REFUSED(&vm, devices[BATTERY].battery.charge, 3, EINVAL, "battery: over its capacity");
	REFUSED(&vm, devices[BATTERY].battery.ac, 2, EINVAL, "battery: adapter 2");
	REFUSED(&vm, devices[BATTERY].battery.pad[5], 1, EINVAL, "battery: pad is not 0");
	WORKS(vm_create(&vm), "a board with a battery");
	if (vm.keel >= 0) {
		vm_create_vcpu(&vm, &guest_debug);
		ok(vm_add(&vm, 0) == 0, "takes a vCPU");
	}
	ok(vm_alive(&vm), "and runs");
}

/* An HPET: with eventfds for its timers, and a period that it can have */
static void timers(void)
{
	enum { HPET = USUAL_DEVICES };
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[HPET] = (struct keel_device_config) {
		.class = KEEL_CLASS_HPET, .irq = KEEL_IRQ_DEFAULT,
	};
	vm.config.nr_devices = USUAL_DEVICES + 1;
	vm.config.nr_eventfds = KEEL_NR_GSIS + KEEL_HPET_TIMERS;
	REFUSED(&vm, config.nr_eventfds, KEEL_NR_GSIS + KEEL_HPET_TIMERS - 1, ENOSPC,
		"HPET: one eventfd too few");
	REFUSED(&vm, devices[HPET].instance, 1, EINVAL, "HPET: a second one alone");
	REFUSED(&vm, devices[HPET].hpet.min_period_ns, 9999, EINVAL, "HPET: less than 10 us");
	REFUSED(&vm, devices[HPET].hpet.pad, 1, EINVAL, "HPET: unused bytes are not 0");
	REFUSED(&vm, devices[HPET].hpet.reserved[4], 1, EINVAL, "HPET: reserved is not 0");
	REFUSED(&vm, devices[HPET].base, -0x200ULL, EINVAL, "HPET: ends behind all addresses");
	WORKS(vm_create(&vm), "a board with an HPET");
	if (vm.keel >= 0) {
		vm_create_vcpu(&vm, &guest_debug);
		ok(vm_add(&vm, 0) == 0, "takes a vCPU");
	}
	ok(vm_alive(&vm), "and runs");
}

void test_create(void)
{
	struct vm vm;

	vm_prepare(&vm);
	wrong_kvm_fds(&vm);
	wrong_eventfds(&vm);
	wrong_addresses(&vm);
	wrong_values(&vm);
	fresh_after_all(&vm);
	busy("the VM has KVM's irqchip", give_irqchip);
	busy("the VM has a split irqchip", give_split_irqchip);
	busy("the VM has a vCPU", give_vcpu);
	no_answer();
	small_board();
	functions();
	battery();
	timers();
}
