// SPDX-License-Identifier: GPL-2.0
/*
 * The table of processors and interrupts for kernels without ACPI (MultiProcessor Specification
 * 1.4, chapter 4), in the system ROM's area, where its floating pointer is looked for. It says what
 * ACPI's MADT and _PRT say.
 */
#include <cpuid.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/mp.h"
#include "config/config.h"
#include "config/table.h"
#include "device/board.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define LAPIC_VERSION	0x14
#define IOAPIC_VERSION	0x20
#define PCI_SLOTS	32
#define PCI_PINS	4
#define PCI_FIRST_PIN	16	/* of the IOAPIC */
#define ALL_LAPICS	0xff

enum mp_entry { MP_PROCESSOR, MP_BUS, MP_IOAPIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };
enum mp_interrupt { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };
enum mp_bus_id { BUS_PCI, BUS_ISA };

/* Polarity and trigger mode of an interrupt */
#define MP_CONFORMS	0x0
#define MP_LEVEL_HIGH	0xd
#define MP_LEVEL_LOW	0xf

#define PROCESSOR_ENABLED	BIT(0)
#define PROCESSOR_BOOT		BIT(1)
#define IOAPIC_ENABLED		BIT(0)

/* Of CPUID's leaf 1 */
#define SIGNATURE	0xfff
#define FEATURES	(BIT(0) | BIT(8) | BIT(9))	/* FPU, CMPXCHG8B, APIC */

struct mp_pointer {
	char  signature[4];
	__u32 table;
	__u8  paragraphs, revision, checksum, features[5];
} __packed;

struct mp_header {
	char  signature[4];
	__u16 length;
	__u8  revision, checksum;
	char  oem_id[8], product_id[12];
	__u32 oem_table;
	__u16 oem_size, entries;
	__u32 lapic;
	__u16 extended_length;
	__u8  extended_checksum, reserved;
} __packed;

struct mp_processor {
	__u8  type, lapic, version, flags;
	__u32 signature, features, reserved[2];
} __packed;

struct mp_bus {
	__u8 type, id;
	char name[6];
} __packed;

struct mp_ioapic {
	__u8  type, id, version, flags;
	__u32 address;
} __packed;

struct mp_route {
	__u8  type, kind;
	__u16 flags;
	__u8  bus, irq, apic, pin;
} __packed;

static_assert(sizeof(struct mp_pointer) == 16, "4.1");
static_assert(sizeof(struct mp_header) == 44, "4.2");
static_assert(sizeof(struct mp_processor) == 20, "4.3.1");
static_assert(sizeof(struct mp_bus) == 8 && sizeof(struct mp_ioapic) == 8, "4.3.2, 4.3.3");
static_assert(sizeof(struct mp_route) == 8, "4.3.4, 4.3.5");

/**
 * struct mp - the table while it is written.
 * @bytes:   it
 * @used:    how many are written
 * @entries: how many entries are in it
 */
struct mp {
	__u8 bytes[MP_SIZE - sizeof(struct mp_pointer)];
	unsigned int used;
	unsigned int entries;
};

static_assert(sizeof(struct mp_header) + KEEL_MAX_VCPUS * sizeof(struct mp_processor) +
	      (2 + 1 + 16 + PCI_SLOTS * PCI_PINS + 2) * sizeof(struct mp_route) <=
	      MP_SIZE - sizeof(struct mp_pointer), "all of the largest machine fits");

static void add(struct mp *mp, const void *entry, unsigned int size)
{
	memcpy(mp->bytes + mp->used, entry, size);
	mp->used += size;
	mp->entries++;
}

static void add_processors(struct mp *mp, const struct config *config)
{
	unsigned int i, eax = 0, ebx, ecx, edx;
	struct mp_processor entry = {
		.type = MP_PROCESSOR, .version = LAPIC_VERSION, .features = FEATURES,
		.flags = PROCESSOR_ENABLED | PROCESSOR_BOOT,
	};

	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	entry.signature = eax & SIGNATURE;
	for (i = 0; i < config->cpus; i++) {
		entry.lapic = i;
		add(mp, &entry, sizeof(entry));
		entry.flags = PROCESSOR_ENABLED;
	}
}

static void add_buses(struct mp *mp, bool pci)
{
	static const struct mp_bus bus_pci = { MP_BUS, BUS_PCI, "PCI   " };
	static const struct mp_bus bus_isa = { MP_BUS, BUS_ISA, "ISA   " };

	if (pci)
		add(mp, &bus_pci, sizeof(bus_pci));
	add(mp, &bus_isa, sizeof(bus_isa));
}

static void add_route(struct mp *mp, struct mp_route route)
{
	add(mp, &route, sizeof(route));
}

/* The PIT is on pin 2, where the slave 8259 is not; ACPI's line and those of virtio are levels. */
static void add_isa(struct mp *mp, const struct config *config)
{
	unsigned int irq, levels = board_levels(config);

	for (irq = 0; irq < 16; irq++) {
		if (irq == 2)
			continue;
		add_route(mp, (struct mp_route){
			.type = MP_IO_INTERRUPT, .kind = MP_INT, .bus = BUS_ISA, .irq = irq,
			.flags = levels & BIT(irq) ? MP_LEVEL_HIGH : MP_CONFORMS,
			.pin = irq ? irq : 2,
		});
	}
}

/* As _PRT has it: pin A of slot s is on the IOAPIC's pin 16 + s mod 4, and so on. */
static void add_pci(struct mp *mp)
{
	unsigned int slot, pin;

	for (slot = 0; slot < PCI_SLOTS; slot++)
		for (pin = 0; pin < PCI_PINS; pin++)
			add_route(mp, (struct mp_route){
				.type = MP_IO_INTERRUPT, .kind = MP_INT, .flags = MP_LEVEL_LOW,
				.bus = BUS_PCI, .irq = slot << 2 | pin,
				.pin = PCI_FIRST_PIN + (slot + pin) % PCI_PINS,
			});
}

/* The 8259s' INTR and NMI, as vcpu_create() has set the LAPICs up. */
static void add_local(struct mp *mp, const struct config *config)
{
	if (config_has(config, KEEL_CLASS_PIC))
		add_route(mp, (struct mp_route){
			.type = MP_LOCAL_INTERRUPT, .kind = MP_EXTINT, .bus = BUS_ISA,
			.apic = ALL_LAPICS, .pin = 0,
		});
	add_route(mp, (struct mp_route){
		.type = MP_LOCAL_INTERRUPT, .kind = MP_NMI, .bus = BUS_ISA, .apic = ALL_LAPICS,
		.pin = 1,
	});
}

static void build(struct mp *mp, const struct config *config)
{
	static const struct mp_ioapic ioapic = {
		MP_IOAPIC, 0, IOAPIC_VERSION, IOAPIC_ENABLED, IOAPIC_BASE
	};
	struct mp_header header = {
		.signature = "PCMP", .revision = 4, .oem_id = "KEEL    ",
		.product_id = "PC          ", .lapic = LAPIC_BASE,
	};
	bool pci = config_has(config, KEEL_CLASS_PCIHOST);

	mp->used = sizeof(header);
	add_processors(mp, config);
	add_buses(mp, pci);
	add(mp, &ioapic, sizeof(ioapic));
	add_isa(mp, config);
	if (pci)
		add_pci(mp);
	add_local(mp, config);
	header.length = mp->used;
	header.entries = mp->entries;
	memcpy(mp->bytes, &header, sizeof(header));
	header.checksum = bios_checksum(mp->bytes, mp->used);
	memcpy(mp->bytes, &header, sizeof(header));
}

/**
 * mp_load() - write the table, unless the machine has no IOAPIC, of which it tells.
 * @memory: the RAM
 * @config: devices and processors
 */
void mp_load(struct memory *memory, const struct config *config)
{
	struct mp_pointer pointer = {
		.signature = "_MP_", .table = MP_BASE + sizeof(pointer), .paragraphs = 1,
		.revision = 4,
	};
	struct mp mp = { 0 };
	__u8 *rom;

	if (!config_has(config, KEEL_CLASS_IOAPIC))
		return;
	build(&mp, config);
	pointer.checksum = bios_checksum(&pointer, sizeof(pointer));
	rom = memory_place(memory, MP_BASE, sizeof(pointer) + mp.used);
	memcpy(rom, &pointer, sizeof(pointer));
	memcpy(rom + sizeof(pointer), mp.bytes, mp.used);
}
