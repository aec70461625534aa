// SPDX-License-Identifier: GPL-2.0
/* KEEL_INSPECT: in every state of a VM, with invalid arguments, and without side effects. */
#include "abi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOOKS	100
#define ROOM	1000

/*
 * Sets values that a guest's read clears: RTC register C (periodic interrupts on), the
 * UART's IIR (transmitter's interrupt on), the 8042's byte (self-test), a latched count.
 */
static const struct guest guest_leaves = {
	29, { 0xb0, 0x0b, 0xe6, 0x70, 0xb0, 0x42, 0xe6, 0x71,	/* out 0x70, 0x0b; out 0x71, 0x42 */
	      0xba, 0xf9, 0x03, 0xb0, 0x02, 0xee,		/* out 0x3f9, 2 */
	      0xb0, 0xaa, 0xe6, 0x64,				/* out 0x64, 0xaa */
	      0xb0, 0x00, 0xe6, 0x43,				/* out 0x43, 0 */
	      0xff, 0x06, 0x00, 0x00,				/* inc word [0] */
	      0xf4, 0xeb, 0xfd }
};

/* Reads them, to DS:4 and behind */
static const struct guest guest_takes = {
	42, { 0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71, 0xa2, 0x04, 0x00,	/* RTC register C */
	      0xba, 0xfa, 0x03, 0xec, 0xa2, 0x05, 0x00,			/* IIR */
	      0xe4, 0x64, 0xa2, 0x06, 0x00,				/* 8042 status */
	      0xe4, 0x60, 0xa2, 0x07, 0x00,				/* its data */
	      0xba, 0xfd, 0x03, 0xec, 0xa2, 0x08, 0x00,			/* LSR */
	      0xba, 0x01, 0x05, 0xb0, 0x02, 0xee,			/* out 0x501, 2 */
	      0xf4, 0xeb, 0xfd }
};

static long inspect(struct vm *vm, struct keel_stats *s, u64 address, u32 room)
{
	*s = (struct keel_stats) { .size = sizeof(*s), .stats = address, .nr = room };
	return ioctl(vm->keel, KEEL_INSPECT, s);
}

/* look: reads all values into "list", which has ROOM; returns their number, 0 on failure */
static u32 look(struct vm *vm, struct keel_stat *list)
{
	struct keel_stats s;

	if (inspect(vm, &s, (uintptr_t)list, ROOM) || s.nr > ROOM)
		return 0;
	return s.nr;
}

static void looks_good(struct vm *vm, const char *when)
{
	static struct keel_stat list[ROOM];
	u32 nr = look(vm, list);

	ok(nr > 300 && stats_tidy(list, nr) && stats_unique(list, nr), "%s: %u values", when, nr);
	ok(stats_value(list, nr, "uart0", "regs.port") == 0x3f8 &&
	   stats_value(list, nr, "ioapic0", "registers.address") == 0xfec00000 &&
	   stats_value(list, nr, "INTR", "level") == 0, "%s: they are right", when);
}

/* ---- Arguments ---- */

/* room_is_heeded: the call fills the room it was given, and writes nothing behind it */
static bool room_is_heeded(struct vm *vm, struct keel_stat *list, u32 room, u32 nr)
{
	u32 written = room < nr ? room : nr;
	struct keel_stats s;

	memset(list, 0xee, ROOM * sizeof(*list));
	if (inspect(vm, &s, (uintptr_t)list, room) || s.nr != nr)
		return false;
	if (written && (u8)list[written - 1].device[0] == 0xee)
		return false;
	return (u8)list[written].device[0] == 0xee;
}

static void rooms(struct vm *vm)
{
	struct keel_stat *list = calloc(ROOM, sizeof(*list));
	u32 nr = look(vm, list), i;
	u32 sizes[] = { 0, 1, 2, 63, 64, 65, nr - 1, nr, nr + 1, ROOM - 1 };
	struct keel_stats s;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		ok(room_is_heeded(vm, list, sizes[i], nr), "room for %u of %u", sizes[i], nr);
	WORKS(inspect(vm, &s, (uintptr_t)list, 0xffffffff), "room for 4 billion");
	ok(s.nr == nr, "returns the number of values (%u)", s.nr);
	free(list);
}

static void bad_places(struct vm *vm)
{
	u8 *pages = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct keel_stats s;

	must(pages != MAP_FAILED, "mmap");
	FAILS(inspect(vm, &s, 0, 1), EFAULT, "to 0");
	FAILS(inspect(vm, &s, NOWHERE, 10), EFAULT, "to unmapped memory");
	FAILS(inspect(vm, &s, KERNEL, 1), EFAULT, "into the kernel");
	FAILS(inspect(vm, &s, KERNEL, 0xffffffff), EFAULT, "4 billion into the kernel");
	FAILS(inspect(vm, &s, ~0ULL - 8, 10), EFAULT, "around the end of all addresses");
	WORKS(inspect(vm, &s, (uintptr_t)pages + 1, 10), "to an odd address");
	mprotect(pages + 0x1000, 0x1000, PROT_READ);
	FAILS(inspect(vm, &s, (uintptr_t)pages + 0x1000, 1), EFAULT, "to a read-only page");
	FAILS(inspect(vm, &s, (uintptr_t)pages + 0xfff, 1), EFAULT, "across the end of a page");
	munmap(pages, 0x2000);
}

static void bad_requests(struct vm *vm)
{
	struct keel_uart_stream console = { .size = sizeof(console), .flags = O_NONBLOCK };
	struct keel_stats s = { .size = sizeof(s) };
	int fd;

	FAILS(ioctl(vm->keel, KEEL_INSPECT, NULL), EFAULT, "no argument");
	FAILS(ioctl(vm->keel, KEEL_INSPECT, (uintptr_t)NOWHERE), EFAULT, "argument nowhere");
	FAILS(ioctl(vm->keel, _IOWR(KEEL_IOC, 0x2a, struct keel_stat), &s), ENOTTY,
	      "with a size in its number");
	FAILS(ioctl(vm->keel, KEEL_IOW(0x2a), &s), ENOTTY,
	      "in one direction");
	FAILS(ioctl(keel_fd, KEEL_INSPECT, &s), ENOTTY, "of /dev/keel");
	FAILS(ioctl(vm->kvm_vm, KEEL_INSPECT, &s), ENOTTY, "of KVM's VM");
	fd = ioctl(vm->keel, KEEL_OPEN_UART, &console);
	FAILS(ioctl(fd, KEEL_INSPECT, &s), ENOTTY, "of a stream");
	close(fd);
}

/* ---- Every state of a VM ---- */

static void states(void)
{
	struct runner runner;
	struct keel_run run;
	struct vm vm;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	looks_good(&vm, "without a vCPU");
	vm_create_vcpu(&vm, &guest_ports);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	looks_good(&vm, "before the first run");
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "the guest runs");
	looks_good(&vm, "running");
	must(!ioctl(vm.keel, KEEL_PAUSE) && runner_ends(&runner), "KEEL_PAUSE");
	looks_good(&vm, "paused");
	WORKS(ioctl(vm.keel, KEEL_RESET), "KEEL_RESET");
	looks_good(&vm, "reset");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_reset);
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_RESET, "guest_reset");
	looks_good(&vm, "after an event");
	close(vm.kvm_vm);
	close(vm.vcpu[0]);
	looks_good(&vm, "KVM's descriptors closed");
	vm.kvm_vm = -1;
	vm.vcpu[0] = -1;
	vm_close(&vm);
}

/* ---- No side effects ---- */

static void start_with_keyboard(struct vm *vm, const struct guest *guest)
{
	vm_prepare(vm);
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_I8042, .irq = KEEL_IRQ_DEFAULT,
	};
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(vm, guest);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

static u8 *save(struct vm *vm, u32 *size)
{
	struct keel_state state = { .size = sizeof(state) };
	u8 *blob;

	must(ioctl(vm->keel, KEEL_STATE_GET, &state) < 0 && state.length, "KEEL_STATE_GET");
	blob = calloc(1, state.length);
	state.data = (uintptr_t)blob;
	must(!ioctl(vm->keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET");
	*size = state.length;
	return blob;
}

/* A paused VM's state stays the same to the bit, after any number of KEEL_INSPECTs. */
static void state_stays(struct vm *vm)
{
	struct keel_stat *first = calloc(ROOM, sizeof(*first));
	struct keel_stat *list = calloc(ROOM, sizeof(*list));
	u32 size, size_after, nr, i;
	u8 *before, *after;

	before = save(vm, &size);
	nr = look(vm, first);
	for (i = 0; i < LOOKS && look(vm, list) == nr; i++)
		if (memcmp(first, list, nr * sizeof(*list)))
			break;
	ok(i == LOOKS, "a paused VM: %u KEEL_INSPECTs return the same", i);
	after = save(vm, &size_after);
	ok(size == size_after && !memcmp(before, after, size),
	   "the state's %u bytes are unchanged", size);
	free(before);
	free(after);
	free(first);
	free(list);
}

static void flags_are_seen(struct vm *vm)
{
	struct keel_stat *list = calloc(ROOM, sizeof(*list));
	u32 nr = look(vm, list);

	ok((stats_value(list, nr, "rtc0", "flags") & 0x40) == 0x40, "RTC: a period is seen");
	ok(stats_value(list, nr, "line8", "rtc0.holds") == 1, "RTC: it is seen to hold line 8");
	ok(stats_value(list, nr, "uart0", "iir") == 0x02, "UART: THRE is seen");
	ok(stats_value(list, nr, "uart0", "lsr") == 0x61, "UART: a byte is seen");
	free(list);
}

/* Values that KEEL_INSPECT has read are still there when the guest reads them. */
static void flags_stay(void)
{
	struct keel_uart_stream console = { .size = sizeof(console), .flags = O_NONBLOCK };
	struct runner runner;
	struct keel_run run;
	struct vm vm;
	u8 *taken;
	int fd;

	start_with_keyboard(&vm, &guest_leaves);
	fd = WORKS(ioctl(vm.keel, KEEL_OPEN_UART, &console), "uart0");
	ok(write(fd, "x", 1) == 1, "a byte for the guest");
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "the guest has set up values that reads clear");
	pause_ms(100);		/* The RTC has had its periods, the UART its byte */
	must(!ioctl(vm.keel, KEEL_PAUSE) && runner_ends(&runner), "KEEL_PAUSE");
	state_stays(&vm);	/* before the first KEEL_INSPECT */
	flags_are_seen(&vm);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_takes);
	ok(!vm_run(&vm, 0, &run) && run.arg == 2, "the guest reads them");
	taken = vm.memory + PROGRESS + 4;
	ok((taken[0] & 0xc0) == 0xc0, "RTC register C: %#x", taken[0]);
	ok(taken[1] == 0x02, "IIR: %#x", taken[1]);
	ok((taken[2] & 0x01) == 0x01 && taken[3] == 0x55, "8042: status %#x, data %#x", taken[2],
	   taken[3]);
	ok(taken[4] == 0x61, "LSR: %#x", taken[4]);
	close(fd);
	vm_close(&vm);
}

/* Two threads call KEEL_INSPECT while the guest runs. */
static bool looked_enough;

static void *looker(void *arg)
{
	struct keel_stat *list = calloc(ROOM, sizeof(*list));
	long looks = 0;

	while (!__atomic_load_n(&looked_enough, __ATOMIC_RELAXED))
		looks += look(arg, list) > 0;
	free(list);
	return (void *)looks;
}

static void under_looks(const struct guest *guest, const char *what)
{
	struct runner runner;
	pthread_t threads[2];
	long looks[2];
	struct vm vm;
	int i;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	looked_enough = false;
	for (i = 0; i < 2; i++)
		must(!pthread_create(&threads[i], NULL, looker, &vm), "pthread_create");
	for (i = 0; i < 20 && guest_progresses(&vm, 0); i++)
		pause_ms(10);
	__atomic_store_n(&looked_enough, true, __ATOMIC_RELAXED);
	pthread_join(threads[0], (void **)&looks[0]);
	pthread_join(threads[1], (void **)&looks[1]);
	ok(i == 20 && looks[0] && looks[1], "%s guest runs on under %ld KEEL_INSPECTs", what,
	   looks[0] + looks[1]);
	runner_kick(&runner);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "%s guest: the VM runs afterwards", what);
}

void test_inspect(void)
{
	struct vm vm;

	vm_start(&vm, &guest_debug);
	rooms(&vm);
	bad_places(&vm);
	bad_requests(&vm);
	looks_good(&vm, "after all that");
	ok(vm_alive(&vm), "the VM still runs");
	states();
	flags_stay();
	under_looks(&guest_ports, "port");
	under_looks(&guest_routes, "route-changing");
}
