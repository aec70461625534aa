// SPDX-License-Identifier: GPL-2.0
/*
 * No caller holds the board's lock for more than HELD_MOST, on boards with the greatest
 * possible number of everything. An instruction must take a nanosecond (lab/host --icount),
 * and the module must measure (lock_stats=1). This suite runs only when named.
 */
#include "abi.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HELD_MOST	100000		/* ns */
#define ROOM		65536
#define GARBAGE		0x100000	/* the longest blob that STATE_SET looks at */

#define SLOTS		31
#define ALL_SLOTS	0xfffffffeU
#define CONSOLE_QUEUES	18
#define CONSOLES	10		/* with 19 vectors each, and two for each other one: 232 */
#define MMIO_BASE	0xd0000000
#define BAR_PORTS	0x10
#define BAR_MSIX	0x14
#define BAR_MEMORY	0x20
#define COMMAND		0x04

/* The VM's file in debugfs; this process has no other VM. */
static bool held_path(char *path, size_t size)
{
	static const char root[] = "/sys/kernel/debug/keel";
	struct dirent *entry;
	char prefix[16];
	DIR *dir = opendir(root);
	bool found = false;

	snprintf(prefix, sizeof(prefix), "%d-", getpid());
	while (dir && !found && (entry = readdir(dir))) {
		found = !strncmp(entry->d_name, prefix, strlen(prefix));
		if (found)
			snprintf(path, size, "%s/%.64s/lock", root, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* held: the longest hold in ns since the last call; 0 if it is not measured */
static unsigned long held(char *door, size_t size)
{
	unsigned long ns = 0;
	char path[128], line[128] = "";
	FILE *file;

	if (!held_path(path, sizeof(path)))
		return 0;
	file = fopen(path, "r");
	if (file && fgets(line, sizeof(line), file))
		ns = strtoul(line, NULL, 10);
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = 0;
	snprintf(door, size, "%s", strchr(line, ' ') ? strchr(line, ' ') + 1 : "");
	return ns;
}

static void forget(void)
{
	char door[128];

	held(door, sizeof(door));
}

static void within(const char *board, const char *what)
{
	char door[128] = "";
	unsigned long ns = held(door, sizeof(door));

	ok(ns && ns <= HELD_MOST, "%s: %s: the lock is held for %lu ns at most, in %s", board, what,
	   ns, door);
}

/* ---- Boards ---- */

static struct keel_device_config *add(struct vm *vm, u16 class, u16 instance)
{
	struct keel_device_config *device = &vm->devices[vm->config.nr_devices++];

	*device = (struct keel_device_config) {
		.class = class, .instance = instance, .irq = KEEL_IRQ_DEFAULT,
	};
	return device;
}

static void add_virtio(struct vm *vm, u16 class, u16 instance, bool console)
{
	struct keel_device_config *device = add(vm, class, instance);

	device->virtio.type = console ? KEEL_VIRTIO_CONSOLE : KEEL_VIRTIO_RNG;
	device->virtio.queues = console ? CONSOLE_QUEUES : 0;
	if (class == KEEL_CLASS_VIRTIO_PCI) {
		device->virtio.slot = instance + 1;
		return;
	}
	device->base = MMIO_BASE + instance * KEEL_VIRTIO_MMIO_SIZE;
	device->irq = 16;
}

/* Every slot taken, every vector, every place on the board; all functions can be ejected */
static void many_queues(struct vm *vm)
{
	struct keel_device_config *hotplug;
	unsigned int i;

	add(vm, KEEL_CLASS_I8042, 0);
	hotplug = add(vm, KEEL_CLASS_HOTPLUG, 0);
	hotplug->hotplug.slots = ALL_SLOTS;
	hotplug->hotplug.present = ALL_SLOTS;
	add(vm, KEEL_CLASS_PCIHOST, 0);
	for (i = 0; i < SLOTS; i++)
		add_virtio(vm, KEEL_CLASS_VIRTIO_PCI, i, i < CONSOLES);
	for (i = 0; vm->config.nr_devices < KEEL_MAX_DEVICES; i++)
		add_virtio(vm, KEEL_CLASS_VIRTIO_MMIO, i, true);
}

#define HPET_BASE	0xfec01000	/* behind the IOAPIC, where ES is */

/* The greatest possible number of byte streams, an HPET, and fw_cfg */
static void many_uarts(struct vm *vm)
{
	unsigned int i;

	add(vm, KEEL_CLASS_I8042, 0);
	for (i = 1; i < 32; i++) {
		struct keel_device_config *device = add(vm, KEEL_CLASS_UART, i);

		device->base = 0x1000 + 8 * i;
		device->irq = KEEL_IRQ_NONE;
	}
	add(vm, KEEL_CLASS_HPET, 0)->base = HPET_BASE;
	add(vm, KEEL_CLASS_FWCFG, 0);
}

/* ---- A driver moves all regions, one after the other ---- */

static u8 *out32(u8 *at, u16 port, u32 value)
{
	const u8 code[] = {
		0x66, 0xb8, value, value >> 8, value >> 16, value >> 24,	/* mov eax, value */
		0xba, port, port >> 8, 0x66, 0xef,		/* mov dx, port; out dx, eax */
	};

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

static u8 *out8(u8 *at, u16 port, u8 value)
{
	const u8 code[] = { 0xb0, value, 0xba, port, port >> 8, 0xee };

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

static u8 *config_write(u8 *at, unsigned int slot, unsigned int reg, u32 value)
{
	at = out32(at, 0xcf8, 0x80000000U | slot << 11 | reg);
	return out32(at, 0xcfc, value);
}

/* Later functions get lower addresses: each has to be inserted before all others. */
static u8 *place_all(u8 *at)
{
	unsigned int slot;

	for (slot = 1; slot <= SLOTS; slot++) {
		at = config_write(at, slot, BAR_MEMORY, 0xc8000000U - slot * 0x10000);
		at = config_write(at, slot, BAR_PORTS, 0xf000 - slot * 0x100);
		at = config_write(at, slot, BAR_MSIX, 0xc0000000U - slot * 0x1000);
	}
	for (slot = 1; slot <= SLOTS; slot++)
		at = config_write(at, slot, COMMAND, 7);
	return at;
}

/*
 * FCR, IER, MCR: characters below the trigger that are not read start a timeout, which takes
 * 62 ms at 450 baud.
 */
static u8 *enable_fifo(u8 *at, u16 base)
{
	at = out8(at, base + 3, 0x80);
	at = out8(at, base + 1, 1);
	at = out8(at, base + 3, 0);
	at = out8(at, base + 2, 0xc1);
	at = out8(at, base + 1, 1);
	return out8(at, base + 4, 8);
}

static u8 *poke32(u8 *at, u16 reg, u32 value)
{
	const u8 code[] = {	/* mov dword es:[reg], value */
		0x26, 0x66, 0xc7, 0x06, reg, reg >> 8, value, value >> 8, value >> 16, value >> 24,
	};

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

/* Each of its timers on pin 20, with the shortest period that there is */
static u8 *enable_hpet(u8 *at)
{
	unsigned int n;

	for (n = 0; n < KEEL_HPET_TIMERS; n++) {
		at = poke32(at, 0x1100 + 0x20 * n, 20 << 9 | 0x14c);
		at = poke32(at, 0x1108 + 0x20 * n, 1);
	}
	return poke32(at, 0x1010, 3);
}

/* As many items as there can be: finding the last one takes longest. */
static void many_items(struct vm *vm)
{
	struct keel_fwcfg_items *items = calloc(1, KEEL_FWCFG_MAX);
	struct keel_fwcfg_set set = {
		.size = sizeof(set), .length = KEEL_FWCFG_MAX, .items = (uintptr_t)items,
	};
	u32 i;

	items->nr = (KEEL_FWCFG_MAX - sizeof(*items)) / sizeof(items->items[0]);
	for (i = 0; i < items->nr; i++)
		items->items[i] = (struct keel_fwcfg_item) { .key = i, .offset = KEEL_FWCFG_MAX };
	must(!ioctl(vm->keel, KEEL_FWCFG_SET, &set), "KEEL_FWCFG_SET");
	free(items);
}

/* mov dx, 0x510; mov ax, key; out dx, ax */
static u8 *select_item(u8 *at, u16 key)
{
	const u8 code[] = { 0xba, 0x10, 0x05, 0xb8, key, key >> 8, 0xef };

	memcpy(at, code, sizeof(code));
	return at + sizeof(code);
}

static u8 *enable_fifos(u8 *at)
{
	unsigned int i;

	at = enable_fifo(at, 0x3f8);
	for (i = 1; i < 32; i++)
		at = enable_fifo(at, 0x1000 + 8 * i);
	return at;
}

static void accesses(struct vm *vm, const char *board, bool pci)
{
	u8 *at = vm->memory + CODE;
	struct runner runner;

	forget();
	guest_load(vm, 0, &guest_spin);
	at = pci ? place_all(at) : select_item(enable_hpet(enable_fifos(at)), 0x5554);
	memcpy(at, guest_spin.code, guest_spin.length);
	runner_start(&runner, vm, 0);
	ok(guest_progresses(vm, 0), "%s: the guest has made its accesses", board);
	runner_kick(&runner);
	within(board, "accesses of a guest");
}

/* All functions, whose drivers run, with one write; then they come again. */
static void ejection(struct vm *vm, const char *board)
{
	u8 *at = vm->memory + CODE;
	struct keel_input plug = {
		.size = sizeof(plug), .class = KEEL_CLASS_HOTPLUG, .input = KEEL_INPUT_PLUG,
	};
	struct runner runner;
	unsigned int plugged = 0;

	forget();
	guest_load(vm, 0, &guest_spin);
	at = out32(at, KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_EJECT, ALL_SLOTS);
	memcpy(at, guest_spin.code, guest_spin.length);
	runner_start(&runner, vm, 0);
	ok(runner_ends(&runner) && runner.run.reason == KEEL_EXIT_EJECTED,
	   "%s: functions leave: %#llx", board, (unsigned long long)runner.run.arg);
	within(board, "an ejection");
	ok(vm_value(vm, KEEL_STATS, "hotplug0", "ejected") == SLOTS, "%s: all of them", board);
	forget();
	for (plug.value = 1; plug.value <= SLOTS; plug.value++)
		plugged += !ioctl(vm->keel, KEEL_INPUT, &plug);
	ok(plugged == SLOTS, "%s: %u come again", board, plugged);
	within(board, "functions that come");
}

/* ---- The doors from the host's side ---- */

static void lists(struct vm *vm, const char *board)
{
	struct keel_stat *list = calloc(ROOM, sizeof(*list));
	struct keel_stats s = { .size = sizeof(s), .stats = (uintptr_t)list, .nr = ROOM };

	WORKS(ioctl(vm->keel, KEEL_STATS, &s), "%s: STATS", board);
	ok(s.nr <= ROOM, "%s: %u counters", board, s.nr);
	within(board, "STATS");
	s = (struct keel_stats) { .size = sizeof(s), .stats = (uintptr_t)list, .nr = ROOM };
	WORKS(ioctl(vm->keel, KEEL_INSPECT, &s), "%s: INSPECT", board);
	ok(s.nr <= ROOM, "%s: %u values", board, s.nr);
	within(board, "INSPECT");
	free(list);
}

static void input(struct vm *vm, const char *board)
{
	struct keel_input key = {
		.size = sizeof(key),
		.class = KEEL_CLASS_I8042, .input = KEEL_INPUT_KEY,
		.value = 30 | KEEL_INPUT_PRESSED,
	};

	WORKS(ioctl(vm->keel, KEEL_INPUT, &key), "%s: a key", board);
	within(board, "INPUT");
}

/* All deadlines pass before a guest runs, and are expired at once */
static void expiries(struct vm *vm, const char *board)
{
	struct runner runner;

	pause_ms(200);	/* no vCPU is in KEEL_RUN, so no timer runs */
	guest_load(vm, 0, &guest_spin);
	runner_start(&runner, vm, 0);
	ok(guest_progresses(vm, 0), "%s: a guest runs", board);
	pause_ms(20);
	runner_kick(&runner);
	within(board, "timers");
}

/* Writes @size bytes to each UART's stream; bytes for which a UART has no room wait. */
static void streams(const char *board, const int *fd, unsigned int nr, size_t size)
{
	static const char text[4096];
	unsigned int i, written = 0;

	for (i = 0; i < nr; i++)
		written += write(fd[i], text, size) > 0;
	ok(written == nr, "%s: bytes for %u UARTs", board, written);
	within(board, "bytes received");
}

static long set(struct vm *vm, const void *data, u32 size)
{
	struct keel_state s = { .size = sizeof(s), .data = (uintptr_t)data, .length = size };

	return ioctl(vm->keel, KEEL_STATE_SET, &s);
}

static u32 fnv1a(const u8 *data, size_t size)
{
	u32 hash = 0x811c9dc5;

	while (size--)
		hash = (hash ^ *data++) * 0x01000193;
	return hash;
}

static void refusals(struct vm *vm, const char *board, u8 *blob, u32 size)
{
	struct keel_state_header *header = (void *)blob;
	char door[128] = "";

	FAILS(set(vm, blob, GARBAGE), EINVAL, "%s: STATE_SET with 1 MiB behind the header", board);
	header->length = GARBAGE;
	FAILS(set(vm, blob, GARBAGE), EINVAL, "%s: STATE_SET of 1 MiB", board);
	header->length = size;
	FAILS(set(vm, blob, size - 8), EINVAL, "%s: STATE_SET of a part", board);
	header->checksum++;
	FAILS(set(vm, blob, size), EINVAL, "%s: STATE_SET with a wrong checksum", board);
	blob[size - 1] ^= 0xff;
	header->checksum = fnv1a(blob + sizeof(*header), size - sizeof(*header));
	FAILS(set(vm, blob, size), EINVAL, "%s: STATE_SET with a bad last record", board);
	ok(!held(door, sizeof(door)), "%s: a STATE_SET that is refused takes no lock (%s)", board,
	   door);
}

static void states(struct vm *vm, const char *board)
{
	struct keel_state s = { .size = sizeof(s) };
	u8 *blob = calloc(1, GARBAGE);

	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	within(board, "PAUSE");
	ioctl(vm->keel, KEEL_STATE_GET, &s);
	s.data = (uintptr_t)blob;
	WORKS(ioctl(vm->keel, KEEL_STATE_GET, &s), "%s: STATE_GET of %u bytes", board, s.length);
	within(board, "STATE_GET");
	WORKS(set(vm, blob, s.length), "%s: STATE_SET", board);
	within(board, "STATE_SET");
	refusals(vm, board, blob, s.length);
	WORKS(ioctl(vm->keel, KEEL_RESET), "%s: RESET", board);
	within(board, "RESET");
	WORKS(ioctl(vm->keel, KEEL_RESUME), "%s: RESUME", board);
	free(blob);
}

static void doors(const char *board, void (*fill)(struct vm *vm), unsigned int uarts)
{
	int fd[32], i, nr = uarts ? uarts : 1;
	struct vm vm;

	vm_prepare(&vm);
	for (i = NR_EVENTFDS; i < KEEL_MAX_GSIS; i++)
		vm.eventfds[i] = eventfd(0, EFD_CLOEXEC);
	vm.config.nr_eventfds = KEEL_MAX_GSIS;
	fill(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_debug);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	if (uarts)
		many_items(&vm);
	accesses(&vm, board, !uarts);
	if (!uarts)
		ejection(&vm, board);
	lists(&vm, board);
	input(&vm, board);
	for (i = 0; i < nr; i++) {
		struct keel_uart_stream console = {
			.size = sizeof(console), .instance = i, .flags = O_NONBLOCK,
		};

		fd[i] = ioctl(vm.keel, KEEL_OPEN_UART, &console);
		must(fd[i] >= 0, "KEEL_OPEN_UART");
	}
	streams(board, fd, nr, 3);
	expiries(&vm, board);
	streams(board, fd, nr, 4096);
	states(&vm, board);
	for (i = 0; i < nr; i++)
		close(fd[i]);
	within(board, "streams closed");
	for (i = NR_EVENTFDS; i < KEEL_MAX_GSIS; i++)
		close(vm.eventfds[i]);
	vm_close(&vm);
}

void test_lock(void)
{
	doors("many queues", many_queues, 0);
	doors("many UARTs", many_uarts, 32);
}
