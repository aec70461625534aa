// SPDX-License-Identifier: GPL-2.0
/*
 * What a board has for firmware: fw_cfg and KEEL_FWCFG_SET, the debug console's stream, an ECAM
 * that PCIEXBAR moves, SLP_TYP 0.
 */
#include "abi.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <unistd.h>

#define KEY		0x20
#define TEXT		4000U		/* bytes of the item that the guest reads */
#define PAGE		4096
#define RING		65536U		/* bytes of a stream, from the guest */
#define MOST_ITEMS	((KEEL_FWCFG_MAX - 8) / 12)

/* A whole argument: one item, and its bytes */
struct one {
	u32 nr;
	u32 reserved;
	struct keel_fwcfg_item item;
	u8 text[TEXT];
};

static struct one good;

static void fill_good(void)
{
	unsigned int i;

	good = (struct one) {
		.nr = 1,
		.item = { .key = KEY, .offset = offsetof(struct one, text), .length = TEXT },
	};
	for (i = 0; i < TEXT; i++)
		good.text[i] = i * 7 + 1;
}

static struct keel_device_config *add(struct vm *vm, u16 class)
{
	struct keel_device_config *device = &vm->devices[vm->config.nr_devices++];

	*device = (struct keel_device_config) { .class = class, .irq = KEEL_IRQ_DEFAULT };
	return device;
}

static void start(struct vm *vm, const struct guest *guest)
{
	vm_prepare(vm);
	add(vm, KEEL_CLASS_DEBUGCON);	/* before any other stream's */
	add(vm, KEEL_CLASS_FWCFG);
	must(vm_create(vm) >= 0, "a VM with fw_cfg");
	vm_create_vcpu(vm, guest);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

static long set(int keel, const void *items, u32 length)
{
	struct keel_fwcfg_set set = {
		.size = sizeof(set), .length = length, .items = (uintptr_t)items,
	};

	return ioctl(keel, KEEL_FWCFG_SET, &set);
}

static u64 port(struct vm *vm, u16 addr, u32 length, bool write, u64 value)
{
	struct keel_access access = {
		.size = sizeof(access), .addr = addr, .length = length, .value = value,
		.flags = write ? KEEL_ACCESS_WRITE : 0,
	};

	must(!ioctl(vm->keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
	return access.value;
}

static u8 first_byte(struct vm *vm, u16 key)
{
	port(vm, KEEL_FWCFG_PORT, 2, true, key);
	return port(vm, KEEL_FWCFG_PORT + 1, 1, false, 0);
}

/* ---- KEEL_FWCFG_SET: what is refused ---- */

#define REFUSED(change, what) do { \
	bad = good; \
	change; \
	FAILS(set(vm->keel, &bad, sizeof(bad)), EINVAL, "items: %s", what); \
} while (0)

static void malformed(struct vm *vm)
{
	struct one bad;

	FAILS(set(vm->keel, &good, 0), EINVAL, "no bytes at all");
	FAILS(set(vm->keel, &good, 7), EINVAL, "less than the number of items");
	FAILS(set(vm->keel, &good, 19), EINVAL, "less than an entry");
	FAILS(set(vm->keel, &good, sizeof(good) - 1), EINVAL, "a byte less than the item has");
	REFUSED(bad.nr = 0xffffffff, "2^32 - 1 of them");
	REFUSED(bad.nr = 0x15555556, "so many that their size is 8 modulo 2^32");
	REFUSED(bad.nr = 335, "more than there is room for");
	REFUSED(bad.reserved = 1, "reserved");
	REFUSED(bad.item.reserved = 1, "an entry's reserved");
	REFUSED(bad.item.offset = 0, "an item in its own entry");
	REFUSED(bad.item.offset = 19, "one that begins there");
	REFUSED(bad.item.offset = 0xffffffff, "one that begins behind the end");
	REFUSED(bad.item.length = TEXT + 1, "one that ends there");
	REFUSED(bad.item.length = 0xffffffff, "one of 2^32 - 1 bytes");
	REFUSED(bad.item.length = -20, "one whose end is 0 modulo 2^32");
	REFUSED((bad.nr = 2, bad.item.offset = 32, bad.item.length = 0,
		 memset(bad.text, 0, 12), bad.text[0] = KEY, bad.text[4] = 32), "a key twice");
	REFUSED((bad.nr = 2, bad.item.offset = 32, bad.item.length = 0,
		 memset(bad.text, 0, 12), bad.text[0] = KEY - 1, bad.text[4] = 32),
		"keys that descend");
}

static void unreadable(struct vm *vm)
{
	u8 *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	must(pages != MAP_FAILED && !munmap(pages + PAGE, PAGE), "a page");
	FAILS(set(vm->keel, NULL, 64), EFAULT, "items at NULL");
	FAILS(set(vm->keel, (void *)(uintptr_t)NOWHERE, 64), EFAULT, "items in unmapped memory");
	FAILS(set(vm->keel, (void *)(uintptr_t)KERNEL, 64), EFAULT, "items in the kernel");
	FAILS(set(vm->keel, pages, 2 * PAGE), EFAULT, "items whose end is not mapped");
	FAILS(set(vm->keel, &good, KEEL_FWCFG_MAX + 1), E2BIG, "a byte too many");
	FAILS(set(vm->keel, &good, 0xffffffff), E2BIG, "4 GiB of items");
	munmap(pages, PAGE);
}

/* While VmTime runs, and not before the first KEEL_RUN or after a pause. */
static void while_it_runs(struct vm *vm)
{
	struct keel_run run;

	WORKS(set(vm->keel, &good, sizeof(good)), "items, before the first KEEL_RUN");
	WORKS(set(vm->keel, &good, sizeof(good)), "and again");
	must(!vm_run(vm, 0, &run), "guest_debug");
	FAILS(set(vm->keel, &good, sizeof(good)), EBUSY, "after it, without a pause");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	WORKS(set(vm->keel, &good, sizeof(good)), "amid a pause");
}

static void refusals(void)
{
	struct vm vm;

	vm_start(&vm, &guest_debug);
	FAILS(set(vm.keel, &good, sizeof(good)), ENODEV, "a board without fw_cfg");
	vm_close(&vm);
	start(&vm, &guest_debug);
	while_it_runs(&vm);
	malformed(&vm);
	unreadable(&vm);
	ok(first_byte(&vm, KEY) == good.text[0], "what was refused has changed nothing");
	WORKS(set(vm.keel, (u64[1]) { 0 }, 8), "no item");
	ok(!first_byte(&vm, KEY), "takes the others away");
	vm_close(&vm);
}

/* ---- What a guest reads ---- */

/*
 * ES becomes 0.
 * push ds; pop es; mov dx, 0x510; mov ax, KEY; out dx, ax; inc dx; mov di, 0x10; mov cx, TEXT;
 * rep insb; mov dx, 0x501; mov al, 42; out dx, al; jmp .
 */
static const struct guest guest_insb = {
	27, { 0x1e, 0x07, 0xba, 0x10, 0x05, 0xb8, KEY, 0x00, 0xef, 0x42, 0xbf, 0x10, 0x00,
	      0xb9, TEXT & 0xff, TEXT >> 8, 0xf3, 0x6c, 0xba, 0x01, 0x05, 0xb0, 0x2a, 0xee,
	      0xeb, 0xfe, 0x90 }
};

/* With the accelerator, none of the bytes makes the vCPU come out of KVM_RUN. */
static void string(void)
{
	struct keel_last_exits exits = { .size = sizeof(exits), .nr = KEEL_LAST_EXITS_NR };
	struct keel_vcpu_exit last[KEEL_LAST_EXITS_NR];
	bool bus = !(vm_flags & KEEL_VM_NO_BUS);
	struct keel_run run;
	struct vm vm;
	u64 accesses;

	start(&vm, &guest_insb);
	must(!set(vm.keel, &good, sizeof(good)), "KEEL_FWCFG_SET");
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "the guest");
	ok(!memcmp(vm.memory + 0x10, good.text, TEXT), "rep insb gives an item");
	ok(vm_value(&vm, KEEL_STATS, "fwcfg0", "regs.reads") == TEXT, "a byte at a time");
	accesses = vm_value(&vm, KEEL_STATS, "vm", "bus.accesses");
	exits.exits = (uintptr_t)last;
	must(!ioctl(vm.keel, KEEL_LAST_EXITS, &exits), "KEEL_LAST_EXITS");
	if (bus)
		ok(accesses > TEXT && exits.nr <= 2, "all of it inside KVM_RUN: %llu, %u exits",
		   (unsigned long long)accesses, exits.nr);
	else
		ok(!accesses, "and none inside KVM_RUN");
	vm_close(&vm);
}

/* As many items as there can be: each is found */
static void many(void)
{
	struct keel_fwcfg_items *items = calloc(1, KEEL_FWCFG_MAX);
	unsigned int i, wrong = 0;
	struct vm vm;

	must(items, "memory");
	items->nr = MOST_ITEMS;
	for (i = 0; i < MOST_ITEMS; i++)
		items->items[i] = (struct keel_fwcfg_item) {
			.key = 3 * i, .offset = KEEL_FWCFG_MAX - 4, .length = 4,
		};
	memset((u8 *)items + KEEL_FWCFG_MAX - 4, 0x5a, 4);
	start(&vm, &guest_debug);
	WORKS(set(vm.keel, items, KEEL_FWCFG_MAX), "%u items", MOST_ITEMS);
	memset(items, 0xff, KEEL_FWCFG_MAX);
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	for (i = 0; i < MOST_ITEMS; i += 61)
		wrong += first_byte(&vm, 3 * i) != 0x5a || first_byte(&vm, 3 * i + 1);
	ok(!wrong, "each is found, in Keel's copy");
	vm_close(&vm);
	free(items);
}

/* ---- Threads ---- */

/* mov dx, 0x511; 1: inc word [0]; in al, dx; jmp 1b */
static const struct guest guest_reads = {
	10, { 0xba, 0x11, 0x05, 0xff, 0x06, 0x00, 0x00, 0xec, 0xeb, 0xf9 }
};

static bool race_over;

static void *race_run(void *arg)
{
	struct vm *vm = arg;
	struct keel_run run;

	while (!__atomic_load_n(&race_over, __ATOMIC_RELAXED))
		vm_run(vm, 0, &run);
	return NULL;
}

/* Until the VM is closed. Return: errors that there must not be. */
static void *race_set(void *arg)
{
	struct keel_fwcfg_items none = { 0 };
	struct vm *vm = arg;
	uintptr_t wrong = 0;
	unsigned int i;

	for (i = 0;; i++) {
		if (!set(vm->keel, i & 1 ? (void *)&none : &good, i & 1 ? 8 : sizeof(good)))
			continue;
		if (errno == EBADF)
			break;
		wrong += errno != EBUSY;
	}
	return (void *)wrong;
}

static void races(void)
{
	unsigned int i, failed = 0;
	int users = module_users();
	pthread_t runner, setters[2];
	void *wrong[2];
	struct vm vm;

	start(&vm, &guest_reads);
	must(!set(vm.keel, &good, sizeof(good)), "KEEL_FWCFG_SET");
	race_over = false;
	must(!pthread_create(&runner, NULL, race_run, &vm) &&
	     !pthread_create(&setters[0], NULL, race_set, &vm) &&
	     !pthread_create(&setters[1], NULL, race_set, &vm), "threads");
	ok(guest_progresses(&vm, 0), "a guest reads, and threads replace what it reads");
	for (i = 0; i < 200; i++) {
		must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
		failed += set(vm.keel, &good, sizeof(good)) < 0;
		must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	}
	ok(!failed, "amid a pause it works always (%u of 200 times it did not)", failed);
	ok(guest_progresses(&vm, 0), "the guest goes on");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	race_over = true;
	pthread_join(runner, NULL);
	vm_close(&vm);
	pthread_join(setters[0], &wrong[0]);
	pthread_join(setters[1], &wrong[1]);
	ok(!wrong[0] && !wrong[1], "others get EBUSY, and after the close EBADF");
	ok(module_users_become(users), "and no VM is left");
}

/* ---- Whose memory it is ---- */

#define CGROUPS		"/tmp/abi-cgroups"
#define CHARGED		16		/* VMs: 4 MiB, beside which what a CPU keeps is little */
#define MIB		0x100000L

static long file_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, path);
	close(fd);
	return atol(text);
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	must(fd >= 0 && write(fd, text, strlen(text)) > 0, path);
	close(fd);
}

static long charged(void)
{
	return file_number(CGROUPS "/abi/memory.current");
}

static void in_cgroup(void *arg)
{
	struct vm *vms = calloc(CHARGED, sizeof(*vms));
	void *items = calloc(1, KEEL_FWCFG_MAX);
	long before, with, after;
	unsigned int i;

	(void)arg;
	file_write(CGROUPS "/abi/cgroup.procs", "0");
	for (i = 0; i < CHARGED; i++)
		start(&vms[i], &guest_debug);
	before = charged();
	for (i = 0; i < CHARGED; i++)
		must(!set(vms[i].keel, items, KEEL_FWCFG_MAX), "KEEL_FWCFG_SET");
	with = charged();
	for (i = 0; i < CHARGED; i++)
		must(!set(vms[i].keel, items, 8), "KEEL_FWCFG_SET");
	after = charged();
	note("memory.current: %ld, %ld with %u times 256 KiB, %ld without", before, with, CHARGED,
	     after);
	_exit(with - before < 3 * MIB ? 1 : after - before > MIB ? 2 : 0);
}

/* Of a root whose cgroup has no memory controller yet */
static void memory_is_charged(void)
{
	int status;

	mkdir(CGROUPS, 0755);
	must(!mount("none", CGROUPS, "cgroup2", 0, NULL), "cgroup2");
	file_write(CGROUPS "/cgroup.subtree_control", "+memory");
	must(!mkdir(CGROUPS "/abi", 0755), "a cgroup");
	status = in_child(in_cgroup, NULL, 60);
	ok(!status, "items are charged to the caller's cgroup, and uncharged (%d)", status >> 8);
	rmdir(CGROUPS "/abi");
	umount(CGROUPS);
	rmdir(CGROUPS);
}

/* ---- The debug console ---- */

/* mov dx, 0x402; mov bx, 5; 1: mov si, 0; mov cx, 14000; rep outsb; dec bx; jnz 1b; debug exit */
static const struct guest guest_log = {
	25, { 0xba, 0x02, 0x04, 0xbb, 0x05, 0x00, 0xbe, 0x00, 0x00, 0xb9, 0xb0, 0x36, 0xf3, 0x6e,
	      0x4b, 0x75, 0xf5, 0xba, 0x01, 0x05, 0xb0, 0x2a, 0xee, 0xeb, 0xfe }
};

#define LOGGED	70000U

static int open_stream(struct vm *vm, u32 class, u32 instance)
{
	struct keel_uart_stream stream = {
		.size = sizeof(stream), .class = class, .instance = instance,
		.flags = O_NONBLOCK | O_CLOEXEC,
	};

	return ioctl(vm->keel, KEEL_OPEN_UART, &stream);
}

static void stream_refusals(struct vm *vm)
{
	int uart;

	FAILS(open_stream(vm, KEEL_NR_CLASSES, 0), EINVAL, "the stream of no class");
	FAILS(open_stream(vm, KEEL_CLASS_PM, 0), EINVAL, "the stream of a class without one");
	FAILS(open_stream(vm, 0xffffffff, 0), EINVAL, "the stream of class 2^32 - 1");
	FAILS(open_stream(vm, KEEL_CLASS_DEBUGCON, 1), ENODEV, "a debug console that is not there");
	uart = WORKS(open_stream(vm, KEEL_CLASS_UART, 0), "a UART's, by its class");
	FAILS(open_stream(vm, 0, 0), EBUSY, "which is the same as without");
	ok(write(uart, "x", 1) == 1, "and can be written");
	close(uart);
}

static void stream_is_read_only(struct vm *vm, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };
	int bits;

	FAILS(open_stream(vm, KEEL_CLASS_DEBUGCON, 0), EBUSY, "a second time");
	FAILS(write(fd, "x", 1), EBADF, "it cannot be written");
	FAILS(ioctl(fd, TIOCMGET, &bits), ENOTTY, "it has no modem lines");
	FAILS(ioctl(fd, TIOCOUTQ, &bits), ENOTTY, "nor bytes for the guest");
	FAILS(read(fd, &bits, 4), EAGAIN, "and nothing to read yet");
	ok(poll(&pfd, 1, 0) == 0, "poll reports nothing");
}

/* The oldest bytes give way: a log ends with what went wrong. */
static void debug_console(void)
{
	static u8 log[LOGGED + 1];
	struct keel_run run;
	unsigned int i;
	ssize_t n;
	struct vm vm;
	int fd;

	start(&vm, &guest_log);
	stream_refusals(&vm);
	fd = WORKS(open_stream(&vm, KEEL_CLASS_DEBUGCON, 0), "a debug console's stream");
	stream_is_read_only(&vm, fd);
	for (i = 2; i < 14000; i++)
		vm.memory[PROGRESS + i] = i % 251;
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "the guest");
	ok(true, "a guest that no reader hears does not wait");
	n = read(fd, log, sizeof(log));
	ok(n == RING, "the stream has the last %zd bytes", n);
	ok(vm_value(&vm, KEEL_STATS, "stream1", "dropped") == LOGGED - RING,
	   "behind the UART's: what gave way is counted");
	ok(!memcmp(log + n - 13998, vm.memory + PROGRESS + 2, 13998), "in order");
	ok(vm_value(&vm, KEEL_STATS, "debugcon0", "bytes") == LOGGED, "all bytes are counted");
	close(fd);
	vm_close(&vm);
}

/* ---- The chipset ---- */

#define BASE_A	0xfc000000U	/* of PCIEXBAR, with a length of 64 MiB */
#define BASE_B	0xf8000000U
#define LENGTH	5		/* and enabled */
#define Q35_ID	0x29c08086U

/* mov eax, value; mov dx, port; out dx, eax */
static u8 *out32(u8 *at, u16 port, u32 value)
{
	const u8 code[] = {
		0x66, 0xb8, value, value >> 8, value >> 16, value >> 24,
		0xba, port, port >> 8, 0x66, 0xef,
	};

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

static u8 *place(u8 *at, u32 base)
{
	at = out32(at, KEEL_PCI_CONFIG_ADDRESS, 0x80000000 | KEEL_Q35_PCIEXBAR);
	return out32(at, KEEL_PCI_CONFIG_DATA, base);
}

/* mov eax, es:[0] or fs:[0]; mov [to], eax */
static u8 *look(u8 *at, u8 segment, u8 to)
{
	const u8 code[] = { segment, 0x66, 0xa1, 0x00, 0x00, 0x66, 0xa3, to, 0x00 };

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

#define ES	0x26
#define FS	0x64

static void moving_ecam(void)
{
	struct kvm_sregs sregs;
	const u32 *seen;
	struct keel_run run;
	struct vm vm;
	u8 *at;

	vm_prepare(&vm);
	add(&vm, KEEL_CLASS_PCIHOST)->pcihost.identity = KEEL_PCIHOST_Q35;
	add(&vm, KEEL_CLASS_LPC)->pci.slot = KEEL_LPC_SLOT;
	must(vm_create(&vm) >= 0, "a VM with a Q35");
	vm_create_vcpu(&vm, &guest_idle);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	must(!ioctl(vm.vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.es.base = BASE_A;
	sregs.fs.base = BASE_B;
	must(!ioctl(vm.vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	at = place(look(vm.memory + CODE, ES, 4), BASE_A | LENGTH);
	at = place(look(at, ES, 8), BASE_B | LENGTH);
	at = look(look(at, ES, 12), FS, 16);
	memcpy(at, guest_debug.code, guest_debug.length);
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "the guest");
	seen = (const u32 *)(vm.memory + PROGRESS);
	ok(seen[1] == 0xffffffff, "an ECAM that PCIEXBAR does not enable is nowhere");
	ok(seen[2] == Q35_ID, "it is where PCIEXBAR says (%#x)", seen[2]);
	ok(seen[3] == 0xffffffff, "it has left for the next instruction (%#x)", seen[3]);
	ok(seen[4] == Q35_ID, "to where it is then (%#x)", seen[4]);
	vm_close(&vm);
}

/* mov dx, 0x604; mov ax, 0x2000; out dx, ax; then as guest_debug */
static const struct guest guest_sleep_0 = {
	19, { 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef,
	      0xba, 0x01, 0x05, 0xb0, 0x2a, 0xff, 0x06, 0x00, 0x00, 0xee, 0xeb, 0xf9 }
};

static void sleep_type_0(void)
{
	struct keel_run run;
	struct vm vm;
	int i;

	for (i = 0; i < 2; i++) {
		vm_prepare(&vm);
		vm.devices[PM].pm.flags = i ? KEEL_PM_OFF_BY_0 : 0;
		must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
		vm_create_vcpu(&vm, &guest_sleep_0);
		must(vm_add(&vm, 0) == 0 && !vm_run(&vm, 0, &run), "the guest");
		ok(run.reason == (i ? KEEL_EXIT_POWEROFF : KEEL_EXIT_DEBUG),
		   "SLP_TYP 0 %s (%u)", i ? "powers off" : "does nothing by itself", run.reason);
		vm_close(&vm);
	}
}

static void boards(void)
{
	struct keel_device_config *device;
	struct vm vm;

	vm_prepare(&vm);
	device = add(&vm, KEEL_CLASS_PCIHOST);
	device->pcihost.identity = KEEL_PCIHOST_Q35 + 1;
	FAILS(vm_create(&vm), EINVAL, "a host bridge of an unknown identity");
	device->pcihost.identity = KEEL_PCIHOST_Q35;
	device->base = KEEL_PCI_ECAM;
	FAILS(vm_create(&vm), EINVAL, "a Q35 whose ECAM is placed");
	device->base = 0;
	device = add(&vm, KEEL_CLASS_LPC);
	FAILS(vm_create(&vm), EINVAL, "an LPC bridge in the host bridge's slot");
	device->pci.slot = KEEL_LPC_SLOT;
	device->irq = 5;
	FAILS(vm_create(&vm), EINVAL, "an LPC bridge whose line is chosen");
	device->irq = KEEL_IRQ_DEFAULT;
	device = add(&vm, KEEL_CLASS_FWCFG);
	device->pad[0] = 1;
	FAILS(vm_create(&vm), EINVAL, "fw_cfg with a choice that it does not have");
	device->pad[0] = 0;
	WORKS(vm_create(&vm), "all of them");
	vm_close(&vm);
}

void test_firmware(void)
{
	fill_good();
	boards();
	refusals();
	string();
	many();
	races();
	debug_console();
	moving_ecam();
	sleep_type_0();
	if (is_root)	/* as others it has no cgroup of its own */
		memory_is_charged();
}
