// SPDX-License-Identifier: GPL-2.0
/*
 * The ACPI tables (ACPI 6.3), in the system ROM's area where even a kernel that is
 * not told of them looks: RSDP, RSDT, XSDT, FADT revision 6 with hardware registers, FACS, MADT,
 * MCFG, HPET, the compiled DSDT of boot/dsdt.asl with virtio's devices in memory behind it, and an
 * SSDT that says what of it is there.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/acpi.h"
#include "boot/aml.h"
#include "boot/bios.h"
#include "boot/generation.h"
#include "boot/mp.h"
#include "boot/plug.h"
#include "boot/smbios.h"
#include "config/config.h"
#include "config/port.h"
#include "config/table.h"
#include "device/pci.h"
#include "device/serial.h"
#include "device/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "dsdt.hex"

#define FACS_AT		64	/* behind the RSDP; the guest writes there */
#define REAL_MODE_END	0x100000
#define ADDRESS_BITS_MIN	36	/* of processors that do not say */

#define AML_IF		0xa0

#define GENERIC_IO	1	/* address space of a generic address structure */
#define CMOS_CENTURY	0x32

/* FADT: IAPC_BOOT_ARCH */
#define BOOT_LEGACY_DEVICES	BIT(0)
#define BOOT_8042		BIT(1)
#define BOOT_NO_VGA		BIT(2)
#define BOOT_NO_RTC		BIT(5)

/* FADT: Flags */
#define FADT_WBINVD		BIT(0)
#define FADT_PROC_C1		BIT(2)
#define FADT_FIX_RTC		BIT(6)	/* there is no RTC_STS in PM1 */
#define FADT_TMR_VAL_EXT	BIT(8)	/* 32-bit PM timer */
#define FADT_RESET_REG_SUP	BIT(10)
#define FADT_HW_REDUCED		BIT(20)

/* MADT */
#define MADT_PCAT_COMPAT	BIT(0)	/* there are 8259s, too */
#define MADT_ENABLED		BIT(0)
#define MADT_LEVEL_HIGH		0x0d
#define MADT_ALL_CPUS		0xff

/* HPET: ticks of the counter that a period has at least, to lose no interrupt */
#define HPET_MIN_TICK		(KEEL_HPET_MIN_PERIOD_DEFAULT / KEEL_HPET_TICK_NS)

struct acpi_rsdp {
	char  signature[8];
	__u8  checksum;
	char  oem_id[6];
	__u8  revision;
	__u32 rsdt;
	__u32 length;
	__u64 xsdt;
	__u8  extended_checksum;
	__u8  reserved[3];
} __packed;

struct acpi_header {
	char  signature[4];
	__u32 length;
	__u8  revision;
	__u8  checksum;
	char  oem_id[6];
	char  oem_table_id[8];
	__u32 oem_revision;
	char  creator_id[4];
	__u32 creator_revision;
} __packed;

struct acpi_address {
	__u8  space;
	__u8  bits;
	__u8  offset;
	__u8  access;
	__u64 address;
} __packed;

struct acpi_fadt {
	struct acpi_header header;
	__u32 facs, dsdt;
	__u8  reserved0, profile;
	__u16 sci_int;
	__u32 smi_cmd;
	__u8  acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	__u32 pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
	__u8  pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base;
	__u8  cst_cnt;
	__u16 p_lvl2_lat, p_lvl3_lat, flush_size, flush_stride;
	__u8  duty_offset, duty_width, day_alarm, month_alarm, century;
	__u16 boot_arch;
	__u8  reserved1;
	__u32 flags;
	struct acpi_address reset_reg;
	__u8  reset_value;
	__u16 arm_boot_arch;
	__u8  minor;
	__u64 x_facs, x_dsdt;
	struct acpi_address x_pm1a_evt, x_pm1b_evt, x_pm1a_cnt, x_pm1b_cnt, x_pm2_cnt, x_pm_tmr;
	struct acpi_address x_gpe0, x_gpe1, sleep_control, sleep_status;
	__u64 hypervisor;
} __packed;

struct acpi_facs {
	char  signature[4];
	__u32 length, hardware_signature, waking_vector, global_lock, flags;
	__u64 x_waking_vector;
	__u8  version, reserved[31];
} __packed;

static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 6.3, 5.2.5.3");
static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.3, 5.2.6");
static_assert(sizeof(struct acpi_fadt) == 276, "ACPI 6.3, 5.2.9");
static_assert(sizeof(struct acpi_facs) == 64, "ACPI 6.3, 5.2.10");

static __u64 align(struct aml *t, unsigned int to)
{
	t->used = align_up(t->used, to);
	return t->base + t->used;
}

/* begin() - start a table; what follows is appended, then end() completes it */
static __u64 begin(struct aml *t, const char *signature, __u8 revision)
{
	struct acpi_header h = { .revision = revision, .oem_revision = 1, .creator_revision = 1 };
	__u64 at = align(t, 16);

	memcpy(h.signature, signature, 4);
	memcpy(h.oem_id, "KEEL  ", 6);
	memcpy(h.oem_table_id, "KEEL", 4);
	memcpy(h.oem_table_id + 4, signature, 4);
	memcpy(h.creator_id, "KEEL", 4);
	aml_append(t, &h, sizeof(h));
	return at;
}

static void end(struct aml *t, __u64 at)
{
	struct acpi_header *h = (void *)(t->rom + (at - t->base));

	h->length = t->base + t->used - at;
	h->checksum = 0;
	h->checksum = bios_checksum(h, h->length);
}

static void list(struct aml *t, __u64 at)
{
	t->xsdt[t->nr++] = at;
}

/* ---- SSDT: names of the DSDT's externals, S3, and a device for each processor ---- */

static void append_processor(struct aml *t, unsigned int id)
{
	const char name[4] = { 'C', 'P', aml_digit(id >> 4), aml_digit(id) };
	/* String; its NUL counts */
	static const __u8 hid[] = { 0x0d, 'A', 'C', 'P', 'I', '0', '0', '0', '7', 0 };

	aml_device(t, name, hid, sizeof(hid), id, NULL);
}

/* Name (\_S3, Package () { 3, 3, 0, 0 }): SLP_TYP of PM1_CNT for suspend to RAM */
static void append_s3(struct aml *t)
{
	static const __u8 s3[] = {
		0x08, '\\', '_', 'S', '3', '_', 0x12, 0x08, 0x04,
		0x0a, KEEL_PM_SLP_TYP_S3, 0x0a, KEEL_PM_SLP_TYP_S3, 0x00, 0x00,
	};

	aml_append(t, s3, sizeof(s3));
}

static void append_number(struct aml *t, const char name[4], __u64 value)
{
	/* Name, root, QWordConst */
	const __u8 number[] = { 0x08, '\\', name[0], name[1], name[2], name[3], 0x0e };

	aml_append(t, number, sizeof(number));
	aml_append(t, &value, sizeof(value));
}

/* Name (MLOW, ...), Name (MTOP, ...): where firmware may place what has BARs of 64 bits */
static void append_high_window(struct aml *t, const struct config *config)
{
	unsigned int eax = ADDRESS_BITS_MIN, ebx, ecx, edx;
	__u64 ram = config->memory < config->platform->hole ? 0 :
		    config->memory - config->platform->hole;

	__get_cpuid(0x80000008, &eax, &ebx, &ecx, &edx);
	append_number(t, "MLOW", align_up(RAM_HIGH + ram, GIB));
	append_number(t, "MTOP", (1ULL << (eax & 0xff)) - 1);
}

static __u64 build_ssdt(struct aml *t, const struct config *config)
{
	const __u8 have[] = { 0x08, '\\', 'H', 'A', 'V', 'E', 0x0c };	/* Name, DWordConst */
	const __u8 pisa[] = { 0x08, '\\', 'P', 'I', 'S', 'A', 0x0a, pci_isa_irq(config) };
	__u32 devices = config->devices;
	__u64 at = begin(t, "SSDT", 2);
	unsigned int i;

	devices &= ~BIT(KEEL_CLASS_UART);
	devices |= serial_aml(t, config);
	if (config_plugs(config))
		devices |= BIT(KEEL_CLASS_HOTPLUG);
	if (!config->hpet)
		devices &= ~BIT(KEEL_CLASS_HPET);
	if (config->firmware.path)	/* the board has it, or the launcher */
		devices |= BIT(KEEL_CLASS_FWCFG);
	aml_append(t, have, sizeof(have));
	aml_append(t, &devices, sizeof(devices));
	aml_append(t, pisa, sizeof(pisa));
	if (config->platform->acpi)
		append_s3(t);
	if (!config->platform->handed_off)
		append_high_window(t, config);
	plug_aml(t, pci_plug_slots(config));
	for (i = 0; i < config->cpus; i++)
		append_processor(t, i);
	end(t, at);
	return at;
}

/* ---- FADT, MADT ---- */

static struct acpi_address io_register(__u16 port, __u8 bytes)
{
	/* Access size: 1 byte is 1, 2 are 2, 4 are 3; more than that is not one access. */
	__u8 access = bytes >= 4 ? 3 : bytes;

	return (struct acpi_address){ GENERIC_IO, bytes * 8, 0, access, port };
}

static void fadt_hardware(struct acpi_fadt *fadt)
{
	fadt->sci_int = KEEL_PM_SCI;
	fadt->smi_cmd = KEEL_PM_SMI_CMD;
	fadt->acpi_enable = KEEL_PM_ACPI_ENABLE;
	fadt->acpi_disable = KEEL_PM_ACPI_DISABLE;
	fadt->pm1a_evt = KEEL_PM_BASE + KEEL_PM_PM1_STS;
	fadt->pm1_evt_len = KEEL_PM_PM1_EVT_LEN;
	fadt->x_pm1a_evt = io_register(fadt->pm1a_evt, fadt->pm1_evt_len);
	fadt->x_pm1a_evt.access = 2;	/* two registers of two bytes */
	fadt->pm1a_cnt = KEEL_PM_BASE + KEEL_PM_PM1_CNT;
	fadt->pm1_cnt_len = KEEL_PM_PM1_CNT_LEN;
	fadt->x_pm1a_cnt = io_register(fadt->pm1a_cnt, fadt->pm1_cnt_len);
	fadt->pm_tmr = KEEL_PM_BASE + KEEL_PM_TMR;
	fadt->pm_tmr_len = KEEL_PM_TMR_LEN;
	fadt->x_pm_tmr = io_register(fadt->pm_tmr, fadt->pm_tmr_len);
	fadt->gpe0 = KEEL_PM_BASE + KEEL_PM_GPE0_STS;
	fadt->gpe0_len = KEEL_PM_GPE0_LEN;
	fadt->x_gpe0 = io_register(fadt->gpe0, fadt->gpe0_len);
	fadt->x_gpe0.access = 1;
	fadt->reset_reg = io_register(KEEL_PM_BASE + KEEL_PM_RESET, 1);
	fadt->reset_value = KEEL_PM_RESET_VALUE;
	fadt->flags |= FADT_TMR_VAL_EXT | FADT_RESET_REG_SUP;
}

static __u64 build_fadt(struct aml *t, const struct config *config, __u64 facs, __u64 dsdt)
{
	__u64 at = begin(t, "FACP", 6);
	struct acpi_fadt *fadt = (void *)(t->rom + (at - t->base));
	struct acpi_fadt blank = { 0 };

	aml_append(t, &blank.facs, sizeof(blank) - sizeof(blank.header));
	fadt->minor = 3;
	fadt->facs = facs;
	fadt->dsdt = dsdt;
	fadt->x_dsdt = dsdt;	/* X_FIRMWARE_CTRL is for addresses that need 64 bits */
	fadt->p_lvl2_lat = 0xfff;	/* no C2, no C3 */
	fadt->p_lvl3_lat = 0xfff;
	fadt->boot_arch = BOOT_LEGACY_DEVICES;
	fadt->flags = FADT_WBINVD | FADT_PROC_C1;
	if (!config_has(config, KEEL_CLASS_SCREEN))
		fadt->boot_arch |= BOOT_NO_VGA;
	if (config_has(config, KEEL_CLASS_RTC)) {
		fadt->century = CMOS_CENTURY;
	} else {
		fadt->boot_arch |= BOOT_NO_RTC;
		fadt->flags |= FADT_FIX_RTC;
	}
	if (config_has(config, KEEL_CLASS_I8042))
		fadt->boot_arch |= BOOT_8042;
	if (config_has(config, KEEL_CLASS_PM))
		fadt_hardware(fadt);
	else
		fadt->flags |= FADT_HW_REDUCED;
	end(t, at);
	return at;
}

static __u64 build_facs(struct aml *t)
{
	struct acpi_facs facs = { .signature = "FACS", .length = sizeof(facs), .version = 2 };
	__u64 at = align(t, 64);

	aml_append(t, &facs, sizeof(facs));
	return at;
}

static void append_override(struct aml *t, __u8 irq, __u32 gsi, __u16 flags)
{
	struct {
		__u8 type, length, bus, irq;
		__u32 gsi;
		__u16 flags;
	} __packed override = { 2, sizeof(override), 0, irq, gsi, flags };

	aml_append(t, &override, sizeof(override));
}

static void append_ioapic(struct aml *t, const struct config *config)
{
	unsigned int i, lines = virtio_lines(config);
	struct {
		__u8 type, length, id, reserved;
		__u32 address, gsi_base;
	} __packed ioapic = { 1, sizeof(ioapic), 0, 0, IOAPIC_BASE, 0 };

	aml_append(t, &ioapic, sizeof(ioapic));
	append_override(t, 0, 2, 0);
	append_override(t, KEEL_PM_SCI, KEEL_PM_SCI, MADT_LEVEL_HIGH);
	for (i = 0; i < 16; i++)
		if (lines & BIT(i))
			append_override(t, i, i, MADT_LEVEL_HIGH);
}

static __u64 build_madt(struct aml *t, const struct config *config)
{
	struct { __u32 address, flags; } lapic = { LAPIC_BASE, 0 };
	const __u8 nmi[] = { 4, 6, MADT_ALL_CPUS, 0, 0, 1 };	/* LINT1 of every LAPIC */
	__u64 at = begin(t, "APIC", 5);
	unsigned int i;

	if (config_has(config, KEEL_CLASS_PIC))
		lapic.flags |= MADT_PCAT_COMPAT;
	aml_append(t, &lapic, sizeof(lapic));
	for (i = 0; i < config->cpus; i++) {
		const __u8 cpu[8] = { 0, 8, i, i, MADT_ENABLED };

		aml_append(t, cpu, sizeof(cpu));
	}
	if (config_has(config, KEEL_CLASS_IOAPIC))
		append_ioapic(t, config);
	aml_append(t, nmi, sizeof(nmi));
	end(t, at);
	return at;
}

/* PCI Firmware 3.0, 4.1.2. Firmware has the ECAM where it likes: then the DSDT finds it. */
static __u64 build_mcfg(struct aml *t)
{
	struct {
		__u8 reserved[8];
		__u64 base;
		__u16 segment;
		__u8 first_bus, last_bus, reserved2[4];
	} __packed mcfg = { .base = KEEL_PCI_ECAM };
	__u64 at = begin(t, "MCFG", 1);

	aml_append(t, &mcfg, sizeof(mcfg));
	end(t, at);
	return at;
}

/* IA-PC HPET 1.0a, 3.2.4 */
static __u64 build_hpet(struct aml *t)
{
	struct {
		__u32 block_id;
		struct acpi_address base;
		__u8 number;
		__u16 min_tick;
		__u8 page_protection;
	} __packed hpet = {
		.block_id = KEEL_HPET_CAPABILITIES, .base = { .address = KEEL_HPET_BASE },
		.min_tick = HPET_MIN_TICK,
	};
	__u64 at = begin(t, "HPET", 1);

	aml_append(t, &hpet, sizeof(hpet));
	end(t, at);
	return at;
}

/*
 * Bytes before the first name: iasl puts the externals there, into an If that is never true. No
 * interpreter needs them, and SeaBIOS, which looks in the DSDT for what is not on PCI, ends at an
 * If.
 */
static size_t dsdt_externals(const __u8 *code)
{
	unsigned int i, more = code[1] >> 6, length = code[1] & (more ? 0x0f : 0x3f);

	if (code[0] != AML_IF)
		return 0;
	for (i = 0; i < more; i++)
		length |= code[2 + i] << (4 + 8 * i);
	return 1 + length;
}

static __u64 build_dsdt(struct aml *t, const struct config *config)
{
	const size_t head = sizeof(struct acpi_header);
	const size_t skip = head + dsdt_externals(dsdt_aml_code + head);
	__u64 at = begin(t, "DSDT", 2);

	aml_append(t, dsdt_aml_code + skip, sizeof(dsdt_aml_code) - skip);
	virtio_aml(t, config);
	end(t, at);
	return at;
}

static __u64 build_xsdt(struct aml *t)
{
	__u64 at = begin(t, "XSDT", 1);

	aml_append(t, t->xsdt, t->nr * sizeof(t->xsdt[0]));
	end(t, at);
	return at;
}

/* For kernels that know ACPI 1.0, with the same tables. */
static __u64 build_rsdt(struct aml *t)
{
	__u64 at = begin(t, "RSDT", 1);
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		const __u32 table = t->xsdt[i];

		aml_append(t, &table, sizeof(table));
	}
	end(t, at);
	return at;
}

/**
 * acpi_build() - write the tables, the RSDP first.
 * @rom:    ACPI_SIZE bytes of zeros
 * @base:   guest physical address at which the guest finds them; a multiple of 64
 * @config: devices and processors to tell of
 *
 * Return: bytes that are used.
 */
__u64 acpi_build(void *rom, __u64 base, const struct config *config)
{
	struct acpi_rsdp rsdp = { .revision = 2, .length = sizeof(rsdp) };
	struct aml t = { .rom = rom, .base = base, .used = FACS_AT };
	__u64 facs, dsdt;

	facs = build_facs(&t);
	dsdt = build_dsdt(&t, config);
	list(&t, build_fadt(&t, config, facs, dsdt));
	list(&t, build_madt(&t, config));
	list(&t, build_ssdt(&t, config));
	if (config_has(config, KEEL_CLASS_PCIHOST) && config->platform->handed_off)
		list(&t, build_mcfg(&t));
	if (config->hpet)
		list(&t, build_hpet(&t));

	memcpy(rsdp.signature, "RSD PTR ", 8);
	memcpy(rsdp.oem_id, "KEEL  ", 6);
	rsdp.rsdt = build_rsdt(&t);
	rsdp.xsdt = build_xsdt(&t);
	rsdp.checksum = bios_checksum(&rsdp, 20);	/* what ACPI 1.0 knew of it */
	rsdp.extended_checksum = bios_checksum(&rsdp, sizeof(rsdp));
	memcpy(rom, &rsdp, sizeof(rsdp));
	return t.used;
}

/**
 * acpi_load() - write the tables, which the guest finds at ACPI_BASE, and what else the ROM has.
 * @memory: the RAM
 * @config: devices and processors to tell of
 *
 * Return: guest physical address of the RSDP.
 */
__u64 acpi_load(struct memory *memory, const struct config *config)
{
	void *rom = memory_at(memory, ACPI_BASE, ACPI_SIZE);

	memory_place(memory, ACPI_BASE, acpi_build(rom, ACPI_BASE, config));
	mp_load(memory, config);
	smbios_load(memory, config);
	generation_load(memory, config);
	return ACPI_BASE;
}

/**
 * acpi_waking() - where the guest wants to go on after a sleep.
 * @memory: the RAM; what is there is the guest's
 * @waking: the answer
 *
 * Return: whether it has said so.
 */
bool acpi_waking(const struct memory *memory, struct waking *waking)
{
	struct acpi_facs facs;

	memcpy(&facs, memory_at(memory, ACPI_BASE + FACS_AT, sizeof(facs)), sizeof(facs));
	if (memcmp(facs.signature, "FACS", 4))
		return false;
	waking->protected = facs.x_waking_vector;
	if (waking->protected) {
		waking->vector = facs.x_waking_vector;
		return facs.x_waking_vector == waking->vector;
	}
	waking->vector = facs.waking_vector;
	return waking->vector && waking->vector < REAL_MODE_END;
}

static void dump(const char *folder, const char *name, const void *data, size_t length)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%.4s.dat", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(data, length, 1, file) != 1 || fclose(file))
		die(STATUS_USAGE, "%s: %s", path, strerror(errno));
}

static void dump_dsdt(const char *folder, const __u8 *rom, const struct acpi_fadt *fadt)
{
	const struct acpi_header *dsdt = (void *)(rom + (fadt->dsdt - ACPI_BASE));

	dump(folder, dsdt->signature, dsdt, dsdt->length);
}

/* acpi_dump() - the tables as files, for iasl -d */
void acpi_dump(const char *folder, const struct config *config)
{
	static __u8 rom[ACPI_SIZE];
	const struct acpi_rsdp *rsdp = (void *)rom;
	const struct acpi_header *xsdt, *table;
	__u64 at;
	size_t i;

	acpi_build(rom, ACPI_BASE, config);
	xsdt = (void *)(rom + (rsdp->xsdt - ACPI_BASE));
	dump(folder, "RSDP", rsdp, rsdp->length);
	dump(folder, xsdt->signature, xsdt, xsdt->length);
	table = (void *)(rom + (rsdp->rsdt - ACPI_BASE));
	dump(folder, table->signature, table, table->length);
	for (i = 0; i < (xsdt->length - sizeof(*xsdt)) / sizeof(at); i++) {
		memcpy(&at, (const __u8 *)(xsdt + 1) + i * sizeof(at), sizeof(at));
		table = (void *)(rom + (at - ACPI_BASE));
		dump(folder, table->signature, table, table->length);
		if (!i)
			dump_dsdt(folder, rom, (const struct acpi_fadt *)table);
	}
}
