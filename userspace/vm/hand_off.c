// SPDX-License-Identifier: GPL-2.0
/*
 * What a PC's firmware does to the board before it boots a kernel: after RST# no PCI function
 * decodes anything, and all ISA lines are edge-triggered. Kernels that assign no addresses use
 * what firmware has assigned; the others may assign their own.
 *
 * Of each function on bus 0:
 *	BARs		one behind the other, each at a multiple of its size; those of 64 bits
 *			below 4 GiB as well, where a kernel of 32 bits reaches them
 *	command		ports and memory decoded, bus master: SeaBIOS leaves disks and network
 *			interfaces so, and drivers written on it do not set the bit themselves
 *	interrupt line	the ISA line on which the 8259s have it
 *
 * In the ELCR the lines of PCI, of virtio devices over MMIO and of ACPI are level-triggered.
 *
 * At the end of a sleep it does all that again, and switches ACPI mode on (ACPI 6.3, 16.3.2).
 */
#include <linux/pci_regs.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/config.h"
#include "config/virtio.h"
#include "device/board.h"
#include "device/pci.h"
#include "uapi/keel.h"
#include "vm/hand_off.h"
#include "vm/vm.h"

/* Parts of the windows that PCI0's _CRS in dsdt.asl has */
#define MEMORY_START	(KEEL_PCI_ECAM + KEEL_PCI_ECAM_LENGTH)
#define MEMORY_END	VIRTIO_BASE
#define PORTS_START	0xc000ULL
#define PORTS_END	0x10000ULL

#define PM1_PWRBTN	BIT(8)		/* PM1_STS (ACPI 6.3, 4.8.3.1.1) */
#define PM1_SLPBTN	BIT(9)
#define PM1_RTC		BIT(10)

#define ELCR		0x4d0		/* IRQ 0 to 7; behind it IRQ 8 to 15 */
#define MEM64		PCI_BASE_ADDRESS_MEM_TYPE_64

/**
 * struct space - addresses of one kind.
 * @memory: or ports
 * @next:   the first that is free
 * @end:    of them
 */
struct space {
	bool memory;
	__u64 next;
	__u64 end;
};

/**
 * struct hand_off - at work.
 * @vm:     paused
 * @ports:  for BARs
 * @memory: likewise
 * @failed: an access was refused
 */
struct hand_off {
	const struct vm *vm;
	struct space ports;
	struct space memory;
	bool failed;
};

static __u32 board_access(struct hand_off *f, __u32 flags, __u64 addr, __u32 length, __u32 value)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = flags, .addr = addr, .length = length,
		.value = value,
	};

	f->failed |= ioctl(f->vm->keel, KEEL_ACCESS, &access) != 0;
	return access.value;
}

static __u64 config_address(unsigned int slot, unsigned int reg)
{
	return KEEL_PCI_ECAM + (slot << 15) + reg;
}

static __u32 config_read(struct hand_off *f, unsigned int slot, unsigned int reg, __u32 length)
{
	return board_access(f, KEEL_ACCESS_MEMORY, config_address(slot, reg), length, 0);
}

static void config_write(struct hand_off *f, unsigned int slot, unsigned int reg, __u32 length,
			 __u32 value)
{
	board_access(f, KEEL_ACCESS_MEMORY | KEEL_ACCESS_WRITE, config_address(slot, reg), length,
		     value);
}

/* ---- Addresses ---- */

/* The serial port that is there already, or NULL. */
static const struct serial *serial_at(const struct config *config, const struct space *space,
				      __u64 at, __u64 size)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++) {
		const struct serial *serial = &config->uarts[i];

		if (serial->place.memory == space->memory && serial->place.base < at + size &&
		    serial->place.base + SERIAL_REGISTERS * (serial->stride ?: 1) > at)
			return serial;
	}
	return NULL;
}

/* 0: there is no room. */
static __u64 take(const struct config *config, struct space *space, __u64 size)
{
	__u64 at = align_up(space->next, size);

	while (serial_at(config, space, at, size))
		at += size;
	if (at + size > space->end)
		return 0;
	space->next = at + size;
	return at;
}

/* Return: the registers that the BAR has. */
static unsigned int place_bar(struct hand_off *f, unsigned int slot, unsigned int bar,
			      __u16 *command)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * bar;
	__u32 value;
	__u64 at;
	bool io;

	config_write(f, slot, reg, 4, ~0U);
	value = config_read(f, slot, reg, 4);
	if (!value)
		return 1;
	io = value & PCI_BASE_ADDRESS_SPACE_IO;
	value &= io ? PCI_BASE_ADDRESS_IO_MASK : PCI_BASE_ADDRESS_MEM_MASK;
	at = take(f->vm->config, io ? &f->ports : &f->memory, -value);
	config_write(f, slot, reg, 4, at);
	if (at)
		*command |= io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	if (io || (config_read(f, slot, reg, 4) & PCI_BASE_ADDRESS_MEM_TYPE_MASK) != MEM64)
		return 1;
	config_write(f, slot, reg + 4, 4, 0);
	return 2;
}

/* ---- Functions and lines ---- */

static void set_up_function(struct hand_off *f, unsigned int slot)
{
	__u16 command = PCI_COMMAND_MASTER;
	unsigned int bar = 0;

	while (bar < KEEL_PCI_NR_BARS)
		bar += place_bar(f, slot, bar, &command);
	if (config_read(f, slot, PCI_INTERRUPT_PIN, 1))
		config_write(f, slot, PCI_INTERRUPT_LINE, 1, pci_isa_irq(f->vm->config));
	config_write(f, slot, PCI_COMMAND, 2, command);
}

static void set_up_bus(struct hand_off *f)
{
	unsigned int slot, slots = pci_slots(f->vm->config);

	for (slot = 1; slot < KEEL_PCI_NR_SLOTS; slot++)
		if (slots & BIT(slot) && config_read(f, slot, PCI_VENDOR_ID, 4) != ~0U)
			set_up_function(f, slot);
}

static void set_up_lines(struct hand_off *f)
{
	const struct config *config = f->vm->config;
	unsigned int lines = board_levels(config);

	if (config_has(config, KEEL_CLASS_PCIHOST))
		lines |= BIT(pci_isa_irq(config));
	board_access(f, KEEL_ACCESS_WRITE, ELCR, 2, lines);
}

/**
 * hand_off_board() - the board as a kernel finds it; with firmware of its own, as it is.
 * @vm: paused, and as after RST#
 *
 * Return: NULL, or what went wrong.
 */
const char *hand_off_board(const struct vm *vm)
{
	struct hand_off f = {
		.vm = vm,
		.ports = { .next = PORTS_START, .end = PORTS_END },
		.memory = { .memory = true, .next = MEMORY_START, .end = MEMORY_END },
	};

	if (!vm->config->platform->handed_off)
		return NULL;
	if (config_has(vm->config, KEEL_CLASS_PCIHOST))
		set_up_bus(&f);
	if (config_has(vm->config, KEEL_CLASS_PIC))
		set_up_lines(&f);
	return f.failed ? "KEEL_ACCESS" : NULL;
}

/* In the order in which the user is told of one; what is not enabled has woken nobody. */
static const char *waker(__u16 pm1, __u16 gpe0, __u16 gpe0_en)
{
	static const struct { __u16 status; const char *name; } fixed[] = {
		{ PM1_PWRBTN, "power-button" }, { PM1_SLPBTN, "sleep-button" },
		{ PM1_RTC, "alarm" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fixed); i++)
		if (pm1 & fixed[i].status)
			return fixed[i].name;
	return gpe0 & gpe0_en & ~BIT(KEEL_PM_GPE_WAKE) ? "gpe" : "wake";
}

/**
 * hand_off_woken() - the board as a kernel finds it at the end of its sleep.
 * @vm: paused, and as after the RST# that keeps what has woken it
 * @by: what that was
 *
 * Return: NULL, or what went wrong.
 */
const char *hand_off_woken(const struct vm *vm, const char **by)
{
	const char *error = hand_off_board(vm);
	struct hand_off f = { .vm = vm };
	__u32 pm1, gpe0;

	board_access(&f, KEEL_ACCESS_WRITE, KEEL_PM_SMI_CMD, 1, KEEL_PM_ACPI_ENABLE);
	pm1 = board_access(&f, 0, KEEL_PM_BASE + KEEL_PM_PM1_STS, 4, 0);
	gpe0 = board_access(&f, 0, KEEL_PM_BASE + KEEL_PM_GPE0_STS, 4, 0);
	*by = waker(pm1, gpe0, gpe0 >> 16);
	return f.failed ? "KEEL_ACCESS" : error;
}
