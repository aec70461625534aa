// SPDX-License-Identifier: GPL-2.0
/*
 * States of other versions, kept in blobs/: each is loaded, and all of its values are still
 * there. The suite make-blob, which runs only when named, prints such a state.
 */
#include "driver.h"
#include "kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM		4000		/* values */
#define BLOB_ROOM	0x20000
#define PCI_SLOT	1
#define PLUG_SLOT	2		/* without a function */
#define LPC_SLOT	30		/* the test function is where it belongs */
#define PCITEST_BARS	0xe000U		/* from DRIVER_BASE: memory, then MSI-X */
#define VPCI_BARS	0x8000U
#define MSIX		0x4000U		/* behind memory that the virtio function has */
#define HPET_REGS	0xd000U

enum { VBLK, VCON, VRNG, VNET, NR_MMIO };

/* ---- A board with a device of each class ---- */

static struct keel_device_config *add(struct vm *vm, u16 class, u16 instance)
{
	struct keel_device_config *device = &vm->devices[vm->config.nr_devices++];

	*device = (struct keel_device_config) {
		.class = class, .instance = instance, .irq = KEEL_IRQ_DEFAULT,
	};
	return device;
}

/* Of devices that are not in each version's states, those in @classes: a bit for each class */
static void create(struct vm *vm, u32 classes)
{
	static const struct keel_virtio_config kinds[NR_MMIO] = {
		[VBLK] = { .type = KEEL_VIRTIO_BLK, .queues = 2 },
		[VCON] = { .type = KEEL_VIRTIO_CONSOLE, .queues = 6 },
		[VRNG] = { .type = KEEL_VIRTIO_RNG },
		[VNET] = { .type = KEEL_VIRTIO_NET, .queues = 5 },
	};
	struct keel_device_config *device;
	unsigned int i;

	vm_prepare(vm);
	add(vm, KEEL_CLASS_TESTDEV, 0);
	add(vm, KEEL_CLASS_I8042, 0);
	if (classes & 1U << KEEL_CLASS_PVPANIC)
		add(vm, KEEL_CLASS_PVPANIC, 0);
	add(vm, KEEL_CLASS_PCIHOST, 0);
	device = add(vm, KEEL_CLASS_PCITEST, 0);
	device->pcitest.slot = KEEL_PCITEST_SLOT;
	device->pcitest.vectors = 1;
	for (i = 0; i < NR_MMIO; i++) {
		device = add(vm, KEEL_CLASS_VIRTIO_MMIO, i);
		device->base = DRIVER_BASE + i * 0x1000;
		device->irq = 10;
		device->virtio = kinds[i];
	}
	device = add(vm, KEEL_CLASS_VIRTIO_PCI, 0);
	device->virtio.slot = PCI_SLOT;
	device->virtio.type = KEEL_VIRTIO_RNG;
	if (classes & 1U << KEEL_CLASS_SCREEN)
		add(vm, KEEL_CLASS_SCREEN, 0);
	if (classes & 1U << KEEL_CLASS_HPET)
		add(vm, KEEL_CLASS_HPET, 0)->base = DRIVER_BASE + HPET_REGS;
	if (classes & 1U << KEEL_CLASS_BATTERY)
		add(vm, KEEL_CLASS_BATTERY, 0)->battery = (struct keel_battery_config) {
			.capacity = 50000, .voltage = 12000, .charge = 50000,
		};
	if (classes & 1U << KEEL_CLASS_I6300ESB)
		add(vm, KEEL_CLASS_I6300ESB, 0)->pci.slot = KEEL_I6300ESB_SLOT;
	if (classes & 1U << KEEL_CLASS_HOTPLUG)
		add(vm, KEEL_CLASS_HOTPLUG, 0)->hotplug = (struct keel_hotplug_config) {
			.slots = 1U << PLUG_SLOT | 1U << PCI_SLOT, .present = 1U << PCI_SLOT,
		};
	if (classes & 1U << KEEL_CLASS_LPC)
		add(vm, KEEL_CLASS_LPC, 0)->pci.slot = LPC_SLOT;
	if (classes & 1U << KEEL_CLASS_FWCFG)
		add(vm, KEEL_CLASS_FWCFG, 0);
	if (classes & 1U << KEEL_CLASS_DEBUGCON)
		add(vm, KEEL_CLASS_DEBUGCON, 0);
	vm->config.nr_eventfds = NR_EVENTFDS;
	must(vm_create(vm) >= 0, "a VM with a device of each class");
}

/* ---- A state in which no device is as after a reset ---- */

struct port_write {
	u8 width;
	u16 port;
	u32 value;
};

static const struct port_write port_writes[] = {
	/* 8259s: other vectors, all but the timer masked, a line that is level-triggered */
	{ 1, 0x20, 0x11 }, { 1, 0x21, 0x20 }, { 1, 0x21, 4 }, { 1, 0x21, 1 }, { 1, 0x21, 0xfe },
	{ 1, 0xa0, 0x11 }, { 1, 0xa1, 0x28 }, { 1, 0xa1, 2 }, { 1, 0xa1, 1 }, { 1, 0xa1, 0xef },
	{ 1, 0x4d1, 0x0c },
	/* PIT: a rate, a square wave, a count that is half written, the speaker */
	{ 1, 0x43, 0x34 }, { 1, 0x40, 0x9c }, { 1, 0x40, 0x2e },
	{ 1, 0x43, 0xb6 }, { 1, 0x42, 0x34 }, { 1, 0x42, 0x12 }, { 1, 0x61, 0x03 },
	{ 1, 0x43, 0x70 }, { 1, 0x41, 0x55 },
	/* RTC: periodic interrupt, binary mode, a byte of CMOS */
	{ 1, 0x70, 0x0b }, { 1, 0x71, 0x46 }, { 1, 0x70, 0x50 }, { 1, 0x71, 0xa5 },
	/* PM: enable bits, SCI_EN, its data port */
	{ 2, KEEL_PM_BASE + KEEL_PM_PM1_EN, 0x0120 }, { 1, KEEL_PM_SMI_CMD, KEEL_PM_ACPI_ENABLE },
	{ 2, KEEL_PM_BASE + KEEL_PM_GPE0_EN, 0x0004 }, { 1, KEEL_PM_SMI_DATA, 0x77 },
	/* UART: 9600 8N1, FIFO, interrupts, modem lines, scratch */
	{ 1, 0x3fb, 0x83 }, { 1, 0x3f8, 12 }, { 1, 0x3f9, 0 }, { 1, 0x3fb, 3 }, { 1, 0x3fa, 0x81 },
	{ 1, 0x3f9, 0x07 }, { 1, 0x3fc, 0x0b }, { 1, 0x3ff, 0x5a },
	/* Test device: scratch, and a line that is held high */
	{ 4, KEEL_TESTDEV_SCRATCH, 0x12345678 }, { 1, KEEL_TESTDEV_IRQ + 5, 1 },
	/* 8042: command byte, the keyboard's answer to a command waits, port 0x92 */
	{ 1, 0x64, 0x60 }, { 1, 0x60, 0x47 }, { 1, 0x60, 0xf3 }, { 1, 0x60, 0x2b }, { 1, 0x92, 2 },
	/* Panic notifier, where there is one */
	{ 1, KEEL_PVPANIC_PORT, KEEL_PVPANIC_CRASH_LOADED },
	/* Screen, likewise: the cursor */
	{ 2, KEEL_SCREEN_PORT, 0x120e }, { 2, KEEL_SCREEN_PORT, 0x340f },
	/* Firmware configuration: the selector */
	{ 2, KEEL_FWCFG_PORT, 0x19 },
	/* Functions: BARs, MSI-X, command; CONFIG_ADDRESS stays where it is */
#define CONFIG(slot, reg, value) \
	{ 4, 0xcf8, 0x80000000U | (slot) << 11 | (reg) }, { 4, 0xcfc, value }
	CONFIG(KEEL_PCITEST_SLOT, 0x10, (u32)DRIVER_BASE + PCITEST_BARS),
	CONFIG(KEEL_PCITEST_SLOT, 0x18, 0x1100),
	CONFIG(KEEL_PCITEST_SLOT, 0x20, (u32)DRIVER_BASE + PCITEST_BARS + 0x1000),
	CONFIG(KEEL_PCITEST_SLOT, 0x04, 7),
	CONFIG(LPC_SLOT, KEEL_LPC_PIRQA_ROUT, 0x0b0a0b0a),
	CONFIG(LPC_SLOT, KEEL_LPC_RCBA, 0xfed1c001),
	CONFIG(KEEL_I6300ESB_SLOT, 0x60, 7),
	CONFIG(KEEL_I6300ESB_SLOT, 0x68, 3),
	CONFIG(PCI_SLOT, 0x20, (u32)DRIVER_BASE + VPCI_BARS),
	CONFIG(PCI_SLOT, 0x10, 0x1200),
	CONFIG(PCI_SLOT, 0x14, (u32)DRIVER_BASE + VPCI_BARS + MSIX),
	CONFIG(PCI_SLOT, 0x04, 7),
	CONFIG(PCI_SLOT, 0x3c, 0x10a),
	CONFIG(PCI_SLOT, 0x40, 0x80000000U),
#undef CONFIG
};

/* mov eax, value; mov dx, port; out dx, al, ax or eax */
static void out(struct vm *vm, unsigned int *length, const struct port_write *w)
{
	const u8 begin[] = {
		0x66, 0xb8, w->value, w->value >> 8, w->value >> 16, w->value >> 24,
		0xba, w->port, w->port >> 8,
	};
	static const u8 ends[][2] = {
		[1] = { 0xee, 0x90 }, [2] = { 0xef, 0x90 }, [4] = { 0x66, 0xef },
	};

	driver_append(vm, length, begin, sizeof(begin));
	driver_append(vm, length, ends[w->width], 2);
}

/* mov dword fs:[reg], value: FS is at the IOAPIC */
static void ioapic(struct vm *vm, unsigned int *length, u32 index, u32 value)
{
	const u8 code[] = {
		0x64, 0x66, 0xc7, 0x06, 0x00, 0x00, index, 0, 0, 0,
		0x64, 0x66, 0xc7, 0x06, 0x10, 0x00, value, value >> 8, value >> 16, value >> 24,
	};

	driver_append(vm, length, code, sizeof(code));
}

/* mov word es:[reg], value */
static void poke16(struct vm *vm, unsigned int *length, u16 reg, u16 value)
{
	const u8 code[] = { 0x26, 0xc7, 0x06, reg, reg >> 8, value, value >> 8 };

	driver_append(vm, length, code, sizeof(code));
}

/* mov byte es:[reg], value */
static void poke8(struct vm *vm, unsigned int *length, u16 reg, u8 value)
{
	const u8 code[] = { 0x26, 0xc6, 0x06, reg, reg >> 8, value };

	driver_append(vm, length, code, sizeof(code));
}

static void mmio_queue(struct vm *vm, unsigned int *length, unsigned int instance, u32 features,
		       u32 queue, bool notify)
{
	const struct { u16 reg; u32 value; } writes[] = {
		{ 0x70, 3 }, { 0x24, 0 }, { 0x20, features }, { 0x24, 1 }, { 0x20, 1 },
		{ 0x70, 0xb }, { 0x30, queue }, { 0x38, DRIVER_ROOM },
		{ 0x80, DRIVER_DESC }, { 0x90, DRIVER_AVAIL }, { 0xa0, DRIVER_USED }, { 0x44, 1 },
		{ 0x70, 0xf }, { 0x50, queue },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes) - !notify; i++)
		driver_poke(vm, length, instance * 0x1000 + writes[i].reg, writes[i].value);
}

/* The virtio function's common configuration, a queue of it, and a vector */
static void pci_queue(struct vm *vm, unsigned int *length)
{
	static const struct { u16 reg; u32 value; } halves[] = {
		{ 0x10, 0 }, { 0x16, 0 }, { 0x18, 64 }, { 0x1a, 1 }, { 0x1c, 1 },
	};
	static const struct { u16 reg; u32 value; } words[] = {
		{ 0x08, 1 }, { 0x0c, 1 }, { 0x20, 0x7000 }, { 0x28, 0x7400 }, { 0x30, 0x7800 },
		{ MSIX + 0x10, 0xfee00000 }, { MSIX + 0x18, 0x41 }, { MSIX + 0x1c, 1 },
	};
	unsigned int i;

	poke8(vm, length, VPCI_BARS + 0x14, 3);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		driver_poke(vm, length, VPCI_BARS + words[i].reg, words[i].value);
	poke8(vm, length, VPCI_BARS + 0x14, 0xb);
	for (i = 0; i < ARRAY_SIZE(halves); i++)
		poke16(vm, length, VPCI_BARS + halves[i].reg, halves[i].value);
	poke8(vm, length, VPCI_BARS + 0x14, 0xf);
}

/* A timer on a pin, a periodic one of 32 bits on IRQ 8, a message; the counter, and it runs */
static void hpet(struct vm *vm, unsigned int *length)
{
	static const struct { u16 reg; u32 value; } writes[] = {
		{ 0x100, 0x2a06 }, { 0x10c, 0x40000000 }, { 0x120, 0x14c }, { 0x128, 0x70000000 },
		{ 0x128, 0x100000 }, { 0x150, 0x4045 }, { 0x154, 0xfee01000 }, { 0x140, 0x4004 },
		{ 0x14c, 0x50000000 }, { 0xf0, 0x12345678 }, { 0xf4, 0x00c0ffee }, { 0x10, 3 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++)
		driver_poke(vm, length, HPET_REGS + writes[i].reg, writes[i].value);
}

static void load_guest(struct vm *vm)
{
	unsigned int length = 0, i;
	struct kvm_sregs sregs;

	driver_aim(vm, 0);
	must(!ioctl(vm->vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.fs.base = 0xfec00000;
	must(!ioctl(vm->vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	for (i = 0; i < ARRAY_SIZE(port_writes); i++)
		out(vm, &length, &port_writes[i]);
	ioapic(vm, &length, 0, 0x05000000);
	ioapic(vm, &length, 0x10 + 2 * 4, 0x18034);
	ioapic(vm, &length, 0x10 + 2 * 10 + 1, 0x01000000);
	mmio_queue(vm, &length, VRNG, 0, 0, true);
	mmio_queue(vm, &length, VBLK, 0x200, 1, false);
	mmio_queue(vm, &length, VCON, 2, 4, false);
	mmio_queue(vm, &length, VNET, 0x400000, 1, false);
	driver_poke(vm, &length, PCITEST_BARS + KEEL_PCITEST_SCRATCH, 0xdecade);
	driver_poke(vm, &length, PCITEST_BARS + KEEL_PCITEST_INTX, 1);
	pci_queue(vm, &length);
	hpet(vm, &length);
	driver_append(vm, &length, guest_debug.code, guest_debug.length);
	must(length < PROGRESS - CODE, "room for the guest");
}

static int disk_file(void)
{
	char path[] = "/tmp/abi-blob-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && !unlink(path) && !ftruncate(fd, 1 << 20), "a disk");
	return fd;
}

static void attach(struct vm *vm)
{
	struct keel_port ports[2] = {
		{ .in = -1, .out = -1, .cols = 132, .rows = 43 },
		{ .in = -1, .out = -1, .name = "log" },
	};
	struct keel_attach_blk blk = {
		.size = sizeof(blk), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = VBLK,
		.fd = disk_file(), .block_size = 512, .capacity = 2048, .physical_block_exp = 3,
	};
	struct keel_attach_console console = {
		.size = sizeof(console), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = VCON,
		.ports = (uintptr_t)ports, .nr_ports = 2,
	};
	struct keel_attach_rng rng = {
		.size = sizeof(rng), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = VRNG,
	};

	must(!ioctl(vm->keel, KEEL_ATTACH_BLK, &blk), "a disk");
	must(!ioctl(vm->keel, KEEL_ATTACH_CONSOLE, &console), "a console");
	must(!ioctl(vm->keel, KEEL_ATTACH_RNG, &rng), "an entropy device");
}

/* A chain that the entropy device fills, and a VM that is paused when it has */
static void make_state(struct vm *vm)
{
	static const struct driver_desc desc = {
		.addr = DRIVER_DATA, .len = 64, .flags = DRIVER_WRITE,
	};
	struct keel_memory_region region = { .size = MEMORY_SIZE };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};
	struct keel_input key = {
		.size = sizeof(key),
		.class = KEEL_CLASS_I8042, .input = KEEL_INPUT_KEY, .value = 0x1e,
	};
	struct keel_input charge = {
		.size = sizeof(charge),
		.class = KEEL_CLASS_BATTERY, .input = KEEL_INPUT_BATTERY_CHARGE, .value = 12345,
	};
	struct keel_run run;

	create(vm, 1U << KEEL_CLASS_PVPANIC | 1U << KEEL_CLASS_HPET | 1U << KEEL_CLASS_BATTERY |
	       1U << KEEL_CLASS_SCREEN | 1U << KEEL_CLASS_I6300ESB | 1U << KEEL_CLASS_HOTPLUG |
	       1U << KEEL_CLASS_LPC | 1U << KEEL_CLASS_FWCFG | 1U << KEEL_CLASS_DEBUGCON);
	region.user = (uintptr_t)vm->memory;
	must(!ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "KEEL_SET_MEMORY");
	attach(vm);
	vm_create_vcpu(vm, &guest_spin);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
	load_guest(vm);
	driver_chain(vm, &desc, 1);
	must(!vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_PANIC, "the guest's crash");
	must(!vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "the guest");
	must(driver_is_used(vm), "entropy");
	key.value |= KEEL_INPUT_PRESSED;
	ioctl(vm->keel, KEEL_INPUT, &key);
	must(!ioctl(vm->keel, KEEL_INPUT, &charge), "the battery's charge");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
}

static struct keel_stat values[ROOM];

static u32 look(struct vm *vm)
{
	struct keel_stats s = { .size = sizeof(s), .stats = (uintptr_t)values, .nr = ROOM };

	must(!ioctl(vm->keel, KEEL_INSPECT, &s) && s.nr <= ROOM, "KEEL_INSPECT");
	return s.nr;
}

/* ---- Earlier states, loaded ---- */

/**
 * struct kept - a state from another version: see blobs/README.
 * @name:   the version
 * @blob:   the state
 * @end:    of it
 * @values: that are in it
 */

struct kept {
	const char *name;
	const u8 *blob;
	const u8 *end;
	const char *values;
};

static const struct kept kept[] = {
	{ "ABI 4", blob_abi4, blob_abi4_end, values_abi4 },
};

static u32 kept_size(const struct kept *kept)
{
	return kept->end - kept->blob;
}

static long set(struct vm *vm, const void *blob, u32 size, u32 *error, u32 *record)
{
	struct keel_state s = { .size = sizeof(s), .data = (uintptr_t)blob, .length = size };
	long ret = ioctl(vm->keel, KEEL_STATE_SET, &s);

	*error = s.error;
	*record = s.record;
	return ret;
}

static const struct keel_stat *find(u32 nr, const char *device, const char *name)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!strcmp(values[i].device, device) && !strcmp(values[i].name, name))
			return &values[i];
	return NULL;
}

/* Values that have another name by now. ABI 4 had the BARs of virtio functions in another order. */
static const struct {
	const char *device;
	const char *was;
	const char *is;
} renamed[] = {
	{ "vpci0", "bar0", "bar4" }, { "vpci0", "bar0.size", "bar4.size" },
	{ "vpci0", "bar2", "bar0" }, { "vpci0", "bar2.size", "bar0.size" },
	{ "vpci0", "bar4", "bar1" }, { "vpci0", "bar4.size", "bar1.size" },
};

static const char *name_now(const char *device, const char *was)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(renamed); i++)
		if (!strcmp(device, renamed[i].device) && !strcmp(was, renamed[i].was))
			return renamed[i].is;
	return was;
}

/* Lines of a device, a name and a value, as test_make_blob() prints them */
static void compare(struct vm *vm, const struct kept *kept)
{
	unsigned int lines = 0, wrong = 0;
	const char *at = kept->values;
	unsigned long long value;
	u32 nr = look(vm);
	char device[16], name[40];
	int length;

	for (; sscanf(at, "%15s %39s %llu\n%n", device, name, &value, &length) == 3; at += length) {
		const struct keel_stat *now = find(nr, device, name_now(device, name));

		lines++;
		if (now && now->value == value)
			continue;
		wrong++;
		note("%s %s: %llu, and was %llu", device, name,
		     now ? (unsigned long long)now->value : 0, value);
	}
	ok(lines > 200 && !*at && !wrong, "%s: all %u values are there", kept->name, lines);
}

/* A state of a board that is the same as it is saved again, as long as no layout changes */
static void saved_again(struct vm *vm, const struct kept *kept)
{
	static u8 again[BLOB_ROOM];
	struct keel_state s = {
		.size = sizeof(s), .data = (uintptr_t)again, .length = sizeof(again),
	};
	u32 error, record;

	WORKS(ioctl(vm->keel, KEEL_STATE_GET, &s), "%s: GET", kept->name);
	ok(s.length >= kept_size(kept), "%s: no record has become shorter", kept->name);
	WORKS(set(vm, again, s.length, &error, &record), "%s: what is saved then, is loaded",
	      kept->name);
	compare(vm, kept);
}

static struct keel_state_record *next_record(const struct keel_state_record *record)
{
	return (void *)((const u8 *)(record + 1) + (record->length + 7) / 8 * 8);
}

/* A bit for each class that has a record in the state */
static u32 classes(const void *blob, u32 size)
{
	const struct keel_state_record *at = blob + sizeof(struct keel_state_header);
	u32 seen = 0;

	for (; (void *)at < blob + size; at = next_record(at))
		seen |= 1U << at->class;
	return seen;
}

/* Each record of a version that is to come */
static void from_the_future(struct vm *vm, const struct kept *kept)
{
	u32 size = kept_size(kept), error, record, nr, wrong = 0;
	struct keel_state_record *at;
	static u8 blob[BLOB_ROOM];

	memcpy(blob, kept->blob, size);
	at = (void *)(blob + sizeof(struct keel_state_header));
	for (nr = 0; (u8 *)at < blob + size; nr++, at = next_record(at)) {
		at->version += 1000;
		state_seal(blob, size);
		wrong += !set(vm, blob, size, &error, &record) || errno != EINVAL ||
			 error != KEEL_STATE_VERSION_BAD || record != nr;
		at->version -= 1000;
	}
	ok(nr > KEEL_CLASS_VIRTIO_PCI && !wrong,
	   "%s: %u records of a later version are refused, as such", kept->name, nr);
	((struct keel_state_header *)blob)->version++;
	ok(set(vm, blob, size, &error, &record) < 0 && error == KEEL_STATE_VERSION_BAD,
	   "%s: so is a later format", kept->name);
}

void test_blobs(void)
{
	u32 error, record;
	struct vm vm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		create(&vm, classes(kept[i].blob, kept_size(&kept[i])));
		must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
		from_the_future(&vm, &kept[i]);
		WORKS(set(&vm, kept[i].blob, kept_size(&kept[i]), &error, &record),
		      "%s: its state is loaded", kept[i].name);
		compare(&vm, &kept[i]);
		saved_again(&vm, &kept[i]);
		vm_close(&vm);
	}
}

/* The blob in hexadecimal digits, and the values that are not 0; README says what to do with it. */
void test_make_blob(void)
{
	static u8 blob[BLOB_ROOM];
	struct keel_state s = {
		.size = sizeof(s), .data = (uintptr_t)blob, .length = sizeof(blob),
	};
	struct vm vm;
	u32 i, nr;

	make_state(&vm);
	must(!ioctl(vm.keel, KEEL_STATE_GET, &s), "KEEL_STATE_GET");
	for (i = 0; i < s.length; i++)
		printf("%s%02x%s", i % 32 ? "" : "blob ", blob[i],
		       i % 32 == 31 || i + 1 == s.length ? "\n" : "");
	nr = look(&vm);
	for (i = 0; i < nr; i++)
		if (values[i].value)
			printf("value %s %s %llu\n", values[i].device, values[i].name,
			       (unsigned long long)values[i].value);
	vm_close(&vm);
	ok(classes(blob, s.length) == (1U << KEEL_NR_CLASSES) - 1,
	   "a state of %u bytes, with a record of each class", s.length);
}
