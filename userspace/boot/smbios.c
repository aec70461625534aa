// SPDX-License-Identifier: GPL-2.0
/*
 * SMBIOS 3.0 (DMTF DSP0134): who made the machine, its serial numbers, processors and memory, and
 * strings for the guest's administrator, in which systemd looks for credentials. Kernels look in
 * the system ROM's area for the entry point of 64 bits, and old ones for that of 32.
 *
 *	0xf1000  _SM3_
 *	0xf1020  _SM_
 *	0xf1040  structures: header and fields, then strings, each with a NUL, and one more NUL
 *
 * Texts are the user's (--smbios, --credential) or Keel's; a system has a UUID and serial numbers
 * if the user gives it some.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/smbios.h"
#include "config/config.h"
#include "config/smbios.h"
#include "status.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"
#include "vm/memory.h"

#define MAJOR		3
#define MINOR		0
#define ENTRY_SIZE	(SMBIOS_TABLES / 2)	/* room for an entry point */

/* Old kernels mistrust a firmware that is older than they are. */
#define RELEASE_DATE	"01/01/2026"

/* References between structures */
#define HANDLE(type)	((type) << 8)
#define NO_HANDLE	0xfffe	/* of errors: not told of */
#define NO_CACHE	0xffff

/* Type 0 */
#define HAS_PCI			BIT(7)
#define EXTENSION_ACPI		BIT(0)
#define EXTENSION_VM		BIT(4)	/* in the second byte: this is a virtual machine */
#define NOT_THERE		0xff
/* Types 1 to 3 */
#define WAKE_POWER_SWITCH	6
#define BOARD_HOSTING		BIT(0)
#define BOARD_MOTHER		0x0a
#define CHASSIS_OTHER		1
#define STATE_SAFE		3
#define SECURITY_NONE		3
/* Type 4 */
#define PROCESSOR_CENTRAL	3
#define FAMILY_OTHER		1
#define STATUS_POPULATED	0x41	/* and enabled */
#define UPGRADE_OTHER		1
#define CPU_64_BIT		BIT(2)
#define CPU_MULTI_CORE		BIT(3)
#define COUNT_MAX		0xff
/* CPUID's leaf 1, EDX: the serial number, what belongs to sensors, and what depends on the VM */
#define EDX_NOT_GUESTS	(BIT(18) | BIT(21) | BIT(22) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
/* Types 16, 17, 19 */
#define ARRAY_ON_BOARD		3
#define ARRAY_SYSTEM		3
#define ARRAY_NO_ECC		3
#define WIDTH_UNKNOWN		0xffff
#define FORM_DIMM		9
#define MEMORY_RAM		7
#define DETAIL_OTHER		BIT(1)
#define SIZE_EXTENDED		0x7fff	/* MiB; more than fits */

struct entry64 {
	char  anchor[5];
	__u8  checksum, length, major, minor, docrev, revision, reserved;
	__u32 size;
	__u64 table;
} __packed;

struct entry32 {
	char  anchor[4];
	__u8  checksum, length, major, minor;
	__u16 largest;
	__u8  revision, formatted[5];
	char  dmi_anchor[5];
	__u8  dmi_checksum;
	__u16 size;
	__u32 table;
	__u16 nr;
	__u8  bcd;
} __packed;

struct header {
	__u8  type, length;
	__u16 handle;
} __packed;

struct firmware {
	struct header header;
	__u8  vendor, version;
	__u16 segment;
	__u8  date, size;
	__u64 characteristics;
	__u8  extension[2], major, minor, ec_major, ec_minor;
} __packed;

struct system {
	struct header header;
	__u8 manufacturer, product, version, serial;
	__u8 uuid[GUID_SIZE];
	__u8 wake_up, sku, family;
} __packed;

struct board {
	struct header header;
	__u8  manufacturer, product, version, serial, asset, features, location;
	__u16 chassis;
	__u8  type, contained;
} __packed;

struct chassis {
	struct header header;
	__u8  manufacturer, type, version, serial, asset;
	__u8  boot_state, power_state, thermal_state, security;
	__u32 oem;
	__u8  height, cords, contained, contained_length, sku;
} __packed;

struct processor {
	struct header header;
	__u8  socket, type, family, manufacturer;
	__u32 signature, features;
	__u8  version, voltage;
	__u16 clock, max_speed, speed;
	__u8  status, upgrade;
	__u16 caches[3];
	__u8  serial, asset, part, cores, cores_enabled, threads;
	__u16 characteristics, family2, cores2, cores_enabled2, threads2;
} __packed;

struct oem_strings {
	struct header header;
	__u8 count;
} __packed;

struct memory_array {
	struct header header;
	__u8  location, use, ecc;
	__u32 capacity;
	__u16 errors, devices;
	__u64 extended;
} __packed;

struct memory_device {
	struct header header;
	__u16 array, errors, total_width, data_width, size;
	__u8  form, set, locator, bank, type;
	__u16 detail, speed;
	__u8  manufacturer, serial, asset, part, attributes;
	__u32 extended;
	__u16 configured_speed, voltages[3];
} __packed;

struct memory_range {
	struct header header;
	__u32 start, end;
	__u16 array;
	__u8  width;
	__u64 extended_start, extended_end;
} __packed;

struct boot_status {
	struct header header;
	__u8 reserved[6], status;
} __packed;

static_assert(sizeof(struct entry64) == SMBIOS_ANCHOR, "5.2.2");
static_assert(sizeof(struct entry32) == 0x1f, "5.2.1");
static_assert(sizeof(struct firmware) == 0x18, "7.1");
static_assert(sizeof(struct system) == 0x1b, "7.2");
static_assert(sizeof(struct board) == 0x0f, "7.3");
static_assert(sizeof(struct chassis) == 0x16, "7.4");
static_assert(sizeof(struct processor) == 0x30, "7.5");
static_assert(sizeof(struct oem_strings) == 5, "7.12");
static_assert(sizeof(struct memory_array) == 0x17, "7.17");
static_assert(sizeof(struct memory_device) == 0x28, "7.18");
static_assert(sizeof(struct memory_range) == 0x1f, "7.20");
static_assert(sizeof(struct boot_status) == 0x0b, "7.33");

/**
 * struct smbios - the tables while they are written.
 * @config:  what they tell of
 * @area:    SMBIOS_SIZE bytes
 * @used:    of these
 * @start:   of the structure that is written
 * @user:    what the user wants in it, or NULL
 * @strings: of it so far
 * @nr:      structures
 * @largest: bytes of the largest one
 */
struct smbios {
	const struct config *config;
	__u8 *area;
	size_t used;
	size_t start;
	const struct smbios_config *user;
	unsigned int strings;
	unsigned int nr;
	size_t largest;
};

static void *append(struct smbios *t, const void *data, size_t length)
{
	void *at = t->area + t->used;

	if (length > SMBIOS_SIZE - t->used)
		die(STATUS_USAGE,
		    "--smbios, --credential: SMBIOS's tables take more than %llu bytes",
		    SMBIOS_SIZE);
	memcpy(at, data, length);
	t->used += length;
	return at;
}

/* Starts a structure with @fields, whose header is filled in here; returns where they are now. */
static void *begin(struct smbios *t, enum smbios_type type, unsigned int nr, void *fields,
		   __u8 length)
{
	*(struct header *)fields = (struct header){ type, length, HANDLE(type) + nr };
	t->user = smbios_find(t->config, type);
	t->start = t->used;
	t->strings = 0;
	return append(t, fields, length);
}

static void end(struct smbios *t)
{
	static const char nul[2];

	append(t, nul, t->strings ? 1 : 2);
	t->nr++;
	if (t->used - t->start > t->largest)
		t->largest = t->used - t->start;
}

/* Return: the number by which a field names the string; 0: there is none. */
static __u8 string(struct smbios *t, const char *text)
{
	if (!text || !*text)
		return 0;
	append(t, text, strlen(text) + 1);
	return ++t->strings;
}

/* The user's text, or this one. */
static __u8 text(struct smbios *t, enum smbios_text text, const char *usual)
{
	return string(t, t->user && t->user->texts[text] ? t->user->texts[text] : usual);
}

/* ---- The structures ---- */

static void add_firmware(struct smbios *t)
{
	struct firmware fields = {
		.segment = ACPI_BASE >> 4, .size = (MIB - ACPI_BASE) / (64 * KIB) - 1,
		.characteristics = config_has(t->config, KEEL_CLASS_PCIHOST) ? HAS_PCI : 0,
		.extension = { EXTENSION_ACPI, EXTENSION_VM }, .major = NOT_THERE,
		.minor = NOT_THERE, .ec_major = NOT_THERE, .ec_minor = NOT_THERE,
	};
	struct firmware *s = begin(t, SMBIOS_FIRMWARE, 0, &fields, sizeof(fields));

	s->vendor = text(t, SMBIOS_VENDOR, "Keel");
	s->version = text(t, SMBIOS_VERSION, KEEL_VERSION);
	s->date = text(t, SMBIOS_DATE, RELEASE_DATE);
	end(t);
}

/*
 * Without a UUID: all zeros, "not set". The usual serial number is by what cloud-init knows its
 * data source before it looks at disks.
 */
static void add_system(struct smbios *t)
{
	const char *serial = t->config->cloud_init.files[CLOUD_USER_DATA] ? "ds=nocloud" : NULL;
	struct system fields = { .wake_up = WAKE_POWER_SWITCH };
	struct system *s = begin(t, SMBIOS_SYSTEM, 0, &fields, sizeof(fields));

	s->manufacturer = text(t, SMBIOS_MANUFACTURER, "Keel");
	s->product = text(t, SMBIOS_PRODUCT, "Keel PC");
	s->version = text(t, SMBIOS_VERSION, NULL);
	s->serial = text(t, SMBIOS_SERIAL, serial);
	s->sku = text(t, SMBIOS_SKU, NULL);
	s->family = text(t, SMBIOS_FAMILY, NULL);
	if (t->user)
		memcpy(s->uuid, t->user->uuid.bytes, GUID_SIZE);
	end(t);
}

static void add_board(struct smbios *t)
{
	struct board fields = {
		.features = BOARD_HOSTING, .chassis = HANDLE(SMBIOS_CHASSIS), .type = BOARD_MOTHER,
	};
	struct board *s = begin(t, SMBIOS_BOARD, 0, &fields, sizeof(fields));

	s->manufacturer = text(t, SMBIOS_MANUFACTURER, "Keel");
	s->product = text(t, SMBIOS_PRODUCT, "Keel PC");
	s->version = text(t, SMBIOS_VERSION, NULL);
	s->serial = text(t, SMBIOS_SERIAL, NULL);
	s->asset = text(t, SMBIOS_ASSET, NULL);
	s->location = text(t, SMBIOS_LOCATION, NULL);
	end(t);
}

static void add_chassis(struct smbios *t)
{
	struct chassis fields = {
		.type = CHASSIS_OTHER, .boot_state = STATE_SAFE, .power_state = STATE_SAFE,
		.thermal_state = STATE_SAFE, .security = SECURITY_NONE,
	};
	struct chassis *s = begin(t, SMBIOS_CHASSIS, 0, &fields, sizeof(fields));

	s->manufacturer = text(t, SMBIOS_MANUFACTURER, "Keel");
	s->version = text(t, SMBIOS_VERSION, NULL);
	s->serial = text(t, SMBIOS_SERIAL, NULL);
	s->asset = text(t, SMBIOS_ASSET, NULL);
	s->sku = text(t, SMBIOS_SKU, NULL);
	end(t);
}

/* What CPUID tells of maker and model: both are the host's. */
static void name_cpu(char vendor[13], char brand[49])
{
	unsigned int eax, i, regs[4];

	memset(vendor, 0, 13);
	if (__get_cpuid(0, &eax, &regs[0], &regs[1], &regs[2])) {
		memcpy(vendor, &regs[0], 4);
		memcpy(vendor + 4, &regs[2], 4);
		memcpy(vendor + 8, &regs[1], 4);
	}
	memset(brand, 0, 49);
	for (i = 0; i < 3; i++)
		if (__get_cpuid(0x80000002 + i, &regs[0], &regs[1], &regs[2], &regs[3]))
			memcpy(brand + i * sizeof(regs), regs, sizeof(regs));
}

/* One package of cores with a thread each, as cpuid.c has it */
static void add_processor(struct smbios *t)
{
	unsigned int cpus = t->config->cpus, eax = 0, ebx, ecx, edx = 0;
	struct processor fields = {
		.type = PROCESSOR_CENTRAL, .family = FAMILY_OTHER, .status = STATUS_POPULATED,
		.upgrade = UPGRADE_OTHER, .caches = { NO_CACHE, NO_CACHE, NO_CACHE },
		.cores = cpus < COUNT_MAX ? cpus : COUNT_MAX, .cores2 = cpus,
		.family2 = FAMILY_OTHER,
		.characteristics = CPU_64_BIT | (cpus > 1 ? CPU_MULTI_CORE : 0),
	};
	char vendor[13], brand[49];
	struct processor *s;

	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	fields.signature = eax;
	fields.features = (edx & ~EDX_NOT_GUESTS) | (cpus > 1 ? BIT(28) : 0);
	fields.cores_enabled = fields.cores;
	fields.threads = fields.cores;
	fields.cores_enabled2 = fields.cores2;
	fields.threads2 = fields.cores2;
	name_cpu(vendor, brand);
	s = begin(t, SMBIOS_PROCESSOR, 0, &fields, sizeof(fields));
	s->socket = text(t, SMBIOS_SOCKET, "CPU 0");
	s->manufacturer = text(t, SMBIOS_MANUFACTURER, vendor);
	s->version = text(t, SMBIOS_VERSION, brand + strspn(brand, " "));
	s->serial = text(t, SMBIOS_SERIAL, NULL);
	s->asset = text(t, SMBIOS_ASSET, NULL);
	s->part = text(t, SMBIOS_PART, NULL);
	end(t);
}

static void add_credentials(struct smbios *t)
{
	unsigned int i;
	char *text;

	for (i = 0; i < t->config->nr_credentials; i++) {
		text = credential_text(&t->config->credentials[i]);
		string(t, text);
		free(text);
	}
}

static void add_oem_strings(struct smbios *t)
{
	struct oem_strings fields = { 0 }, *s;
	unsigned int i, j;

	if (!smbios_find(t->config, SMBIOS_OEM) && !t->config->nr_credentials)
		return;
	s = begin(t, SMBIOS_OEM, 0, &fields, sizeof(fields));
	for (i = 0; i < t->config->nr_smbios; i++)
		for (j = 0; j < t->config->smbios[i].nr_values; j++)
			string(t, t->config->smbios[i].values[j]);
	add_credentials(t);
	if (t->strings > COUNT_MAX)
		die(STATUS_USAGE, "--smbios: type=11: %u values, with --credential, more than %u",
		    t->strings, COUNT_MAX);
	s->count = t->strings;
	end(t);
}

static void add_memory_array(struct smbios *t)
{
	struct memory_array fields = {
		.location = ARRAY_ON_BOARD, .use = ARRAY_SYSTEM, .ecc = ARRAY_NO_ECC,
		.capacity = t->config->memory / KIB, .errors = NO_HANDLE, .devices = 1,
	};

	begin(t, SMBIOS_MEMORY_ARRAY, 0, &fields, sizeof(fields));
	end(t);
}

static void add_memory_device(struct smbios *t)
{
	__u32 size = t->config->memory / MIB;
	struct memory_device fields = {
		.array = HANDLE(SMBIOS_MEMORY_ARRAY), .errors = NO_HANDLE,
		.total_width = WIDTH_UNKNOWN, .data_width = WIDTH_UNKNOWN, .form = FORM_DIMM,
		.size = size < SIZE_EXTENDED ? size : SIZE_EXTENDED, .type = MEMORY_RAM,
		.extended = size < SIZE_EXTENDED ? 0 : size, .detail = DETAIL_OTHER,
	};
	struct memory_device *s = begin(t, SMBIOS_MEMORY_DEVICE, 0, &fields, sizeof(fields));

	s->locator = text(t, SMBIOS_SOCKET, "DIMM 0");
	s->bank = text(t, SMBIOS_BANK, NULL);
	s->manufacturer = text(t, SMBIOS_MANUFACTURER, "Keel");
	s->serial = text(t, SMBIOS_SERIAL, NULL);
	s->asset = text(t, SMBIOS_ASSET, NULL);
	s->part = text(t, SMBIOS_PART, NULL);
	end(t);
}

/* KiB have 32 bits: enough for 4 TiB. */
static void add_memory_range(struct smbios *t, unsigned int nr, __u64 start, __u64 size)
{
	struct memory_range fields = {
		.start = start / KIB, .end = (start + size) / KIB - 1,
		.array = HANDLE(SMBIOS_MEMORY_ARRAY), .width = 1,
	};

	begin(t, SMBIOS_MEMORY_RANGE, nr, &fields, sizeof(fields));
	end(t);
}

static void add_memory(struct smbios *t)
{
	__u64 memory = t->config->memory, hole = t->config->platform->hole;
	__u64 low = memory < hole ? memory : hole;

	add_memory_array(t);
	add_memory_device(t);
	add_memory_range(t, 0, 0, low);
	if (memory > low)
		add_memory_range(t, 1, RAM_HIGH, memory - low);
}

static void add_plain(struct smbios *t, enum smbios_type type, void *fields, __u8 length)
{
	begin(t, type, 0, fields, length);
	end(t);
}

/* ---- The whole ---- */

static void fill_entries(const struct smbios *t)
{
	const __u64 table = SMBIOS_BASE + SMBIOS_TABLES;
	struct entry64 entry64 = {
		.anchor = { '_', 'S', 'M', '3', '_' }, .length = sizeof(entry64), .major = MAJOR,
		.minor = MINOR, .revision = 1, .size = t->used - SMBIOS_TABLES, .table = table,
	};
	struct entry32 entry32 = {
		.anchor = { '_', 'S', 'M', '_' }, .length = sizeof(entry32), .major = MAJOR,
		.minor = MINOR, .largest = t->largest, .dmi_anchor = { '_', 'D', 'M', 'I', '_' },
		.size = entry64.size, .table = table, .nr = t->nr, .bcd = MAJOR << 4 | MINOR,
	};
	const size_t dmi = offsetof(struct entry32, dmi_anchor);

	entry64.checksum = bios_checksum(&entry64, sizeof(entry64));
	entry32.dmi_checksum = bios_checksum((__u8 *)&entry32 + dmi, sizeof(entry32) - dmi);
	entry32.checksum = bios_checksum(&entry32, sizeof(entry32));
	memcpy(t->area, &entry64, sizeof(entry64));
	memcpy(t->area + ENTRY_SIZE, &entry32, sizeof(entry32));
}

/**
 * smbios_build() - write the tables; dies if the user wants more in them than fits.
 * @area:   SMBIOS_SIZE bytes of zeros, which the guest finds at SMBIOS_BASE
 * @config: what they tell of
 *
 * Return: bytes that are used.
 */
size_t smbios_build(void *area, const struct config *config)
{
	struct smbios t = { .config = config, .area = area, .used = SMBIOS_TABLES };
	struct boot_status status = { .status = 0 };	/* no errors detected */
	struct header last;

	add_firmware(&t);
	add_system(&t);
	add_board(&t);
	add_chassis(&t);
	add_processor(&t);
	add_oem_strings(&t);
	add_memory(&t);
	add_plain(&t, SMBIOS_BOOT_STATUS, &status, sizeof(status));
	add_plain(&t, SMBIOS_END, &last, sizeof(last));
	fill_entries(&t);
	return t.used;
}

/**
 * smbios_load() - write the tables into the guest's memory.
 * @memory: the RAM
 * @config: what they tell of
 */
void smbios_load(struct memory *memory, const struct config *config)
{
	void *area = memory_at(memory, SMBIOS_BASE, SMBIOS_SIZE);

	memory_place(memory, SMBIOS_BASE, smbios_build(area, config));
}
