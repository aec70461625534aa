// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux bzImage by the 64-bit boot protocol (Documentation/arch/x86/boot.rst in
 * Linux; protocol 2.12 or later): every size in its header is checked against the
 * file and against the guest's memory before anything is copied.
 *
 *	0x00500   GDT				0x20000   command line
 *	0x07000   zero page; stack below it	0xe0000   ACPI tables
 *	0x09000   page tables			preferred address   kernel
 *	the top of what the kernel can reach   initrd	0xffff0   reset vector
 */
#include <asm/bootparam.h>
#include <asm/e820.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher.h"

#define HEADER_AT	0x1f1
#define HEADER_MAGIC	0x53726448	/* "HdrS" */
#define HEADER_END	0x202		/* plus the byte before it, which is a jump's length */
#define BOOT_FLAG	0xaa55
#define PROTOCOL_MIN	0x020c
#define SECTOR		512ULL
#define ENTRY_64	0x200
#define LOADER_OTHER	0xff		/* type_of_loader: one without a number */
#define RESET_VECTOR	0xffff0ULL	/* f000:fff0 */
#define CMDLINE_MAX	0xffffU		/* what there is room for */

/* Other things that people take for a bzImage. */
static const struct {
	const char *magic;
	unsigned int length;
	unsigned int offset;
	const char *what;
} formats[] = {
	{ "\177ELF",		4, 0,	"an ELF file (vmlinux?)" },
	{ "\x1f\x8b",		2, 0,	"gzip data (an initrd?)" },
	{ "\x28\xb5\x2f\xfd",	4, 0,	"zstd data" },
	{ "\3757zXZ",		5, 0,	"xz data" },
	{ "\x02\x21\x4c\x18",	4, 0,	"lz4 data" },
	{ "BZh",		3, 0,	"bzip2 data" },
	{ "070701",		6, 0,	"a cpio archive (an initrd?)" },
	{ "ARMd",		4, 56,	"a kernel for arm64" },
	{ "RISC",		4, 48,	"a kernel for RISC-V" },
	{ "zimg",		4, 4,	"an EFI zboot image" },
	{ "#!",			2, 0,	"a script" },
	{ "MZ",			2, 0,	"an EFI program, or the first bytes of a bzImage" },
};

/* map_file() - a whole regular file, read-only */
static const __u8 *map_file(const char *path, const char *what, __u64 *size)
{
	struct stat st;
	void *at;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_IMAGE, "%s %s: %s", what, path,
		    strerror(errno));
	if (fstat(fd, &st))
		die(STATUS_INTERNAL, "%s %s: %s", what, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(STATUS_IMAGE, "%s %s: not a regular file", what, path);
	if (!st.st_size)
		die(STATUS_IMAGE, "%s %s: empty", what, path);
	*size = st.st_size;
	at = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die(STATUS_MEMORY, "%s %s: %s", what, path, strerror(errno));
	close(fd);
	return at;
}

static const struct setup_header *header_of(const struct linux_image *image)
{
	return (const struct setup_header *)(image->kernel + HEADER_AT);
}

static void not_a_kernel(const struct linux_image *image, const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (image->kernel_size >= formats[i].offset + formats[i].length &&
		    !memcmp(image->kernel + formats[i].offset, formats[i].magic,
			    formats[i].length))
			die(STATUS_IMAGE, "kernel %s: not a bzImage but %s", path,
			    formats[i].what);
	die(STATUS_IMAGE, "kernel %s: not a Linux kernel (no bzImage header in %llu bytes)", path,
	    image->kernel_size);
}

static void check_header(struct linux_image *image, const char *path)
{
	const struct setup_header *h = header_of(image);
	__u64 whole;

	if (image->kernel_size < HEADER_AT + sizeof(*h) || h->boot_flag != BOOT_FLAG ||
	    h->header != HEADER_MAGIC)
		not_a_kernel(image, path);
	if (h->version < PROTOCOL_MIN)
		die(STATUS_IMAGE, "kernel %s: boot protocol %d.%02d; 2.12 is needed (Linux 3.8)",
		    path, h->version >> 8, h->version & 0xff);
	if (!(h->loadflags & LOADED_HIGH))
		die(STATUS_IMAGE, "kernel %s: a zImage, not a bzImage", path);
	if (!(h->xloadflags & XLF_KERNEL_64))
		die(STATUS_IMAGE, "kernel %s: a 32-bit kernel; Keel boots 64-bit ones", path);

	/* Four setup sectors were the rule when there was no field to say so. */
	image->setup_size = ((h->setup_sects ? h->setup_sects : 4) + 1) * SECTOR;
	whole = image->setup_size + h->syssize * 16ULL;
	if (image->kernel_size < image->setup_size + ENTRY_64 || image->kernel_size < whole)
		die(STATUS_IMAGE, "kernel %s: truncated: %llu bytes of %llu", path,
		    image->kernel_size, whole);
	image->header_size = HEADER_END + image->kernel[HEADER_END - 1] - HEADER_AT;
	if (image->header_size > sizeof(*h))
		image->header_size = sizeof(*h);
}

/* Bytes from the load address on that the kernel uses before it knows of its memory. */
static __u64 kernel_span(const struct linux_image *image)
{
	const struct setup_header *h = header_of(image);
	__u64 file = image->kernel_size - image->setup_size;

	return h->init_size > file ? h->init_size : file;
}

/* Where it likes to be, or if that is too high the lowest place that it can be at. */
static void place_kernel(struct linux_image *image, const struct config *config)
{
	const struct setup_header *h = header_of(image);
	__u64 top = config->memory < RAM_HOLE ? config->memory : RAM_HOLE;
	__u64 align = h->kernel_alignment ? h->kernel_alignment : 2 * MIB;
	__u64 span = kernel_span(image);

	image->load = h->pref_address;
	if ((image->load < MIB || image->load > top || span > top - image->load) &&
	    h->relocatable_kernel)
		image->load = align_up(MIB, align);
	if (image->load < MIB || image->load > top || span > top - image->load)
		die(STATUS_MEMORY, "kernel %s: needs %llu MiB of memory to start; it has %llu MiB",
		    config->kernel, align_up(image->load + span, MIB) / MIB,
		    config->memory / MIB);
}

/* As high as the kernel takes it, below the hole and behind the kernel. */
static void place_initrd(struct linux_image *image, const struct config *config)
{
	__u64 top = config->memory < RAM_HOLE ? config->memory : RAM_HOLE;
	__u64 limit = header_of(image)->initrd_addr_max + 1ULL;
	__u64 size = align_up(image->initrd_size, PAGE);
	__u64 floor = align_up(image->load + kernel_span(image), PAGE);

	if (top > limit)
		top = limit / PAGE * PAGE;
	if (top < floor || size > top - floor)
		die(STATUS_MEMORY, "initrd %s: %llu MiB do not fit behind the kernel in %llu MiB",
		    config->initrd, align_up(image->initrd_size, MIB) / MIB,
		    config->memory / MIB);
	image->initrd_at = top - size;
}

static void check_cmdline(const struct linux_image *image, const struct config *config)
{
	__u32 limit = header_of(image)->cmdline_size;

	if (!limit || limit > CMDLINE_MAX)
		limit = CMDLINE_MAX;
	if (strlen(config->append) > limit)
		die(STATUS_USAGE, "--append: %zu bytes; this kernel takes %u",
		    strlen(config->append), limit);
}

/**
 * linux_open() - map kernel and initrd, and find their places; dies if they have none.
 * @image:  result
 * @config: the paths, the command line and the size of the RAM
 */
void linux_open(struct linux_image *image, const struct config *config)
{
	memset(image, 0, sizeof(*image));
	image->kernel = map_file(config->kernel, "kernel", &image->kernel_size);
	check_header(image, config->kernel);
	check_cmdline(image, config);
	place_kernel(image, config);
	if (!config->initrd)
		return;
	image->initrd = map_file(config->initrd, "initrd", &image->initrd_size);
	place_initrd(image, config);
}

static void add_e820(struct boot_params *params, __u64 start, __u64 end, __u32 type)
{
	struct boot_e820_entry *entry = &params->e820_table[params->e820_entries];

	if (start >= end)
		return;
	entry->addr = start;
	entry->size = end - start;
	entry->type = type;
	params->e820_entries++;
}

static void fill_zero_page(struct boot_params *params, const struct linux_image *image,
			   const struct memory *memory, __u64 rsdp)
{
	memset(params, 0, sizeof(*params));
	memcpy(&params->hdr, header_of(image), image->header_size);
	params->hdr.type_of_loader = LOADER_OTHER;
	params->hdr.cmd_line_ptr = BOOT_CMDLINE;
	params->hdr.ramdisk_image = image->initrd_at;
	params->hdr.ramdisk_size = image->initrd_size;
	params->acpi_rsdp_addr = rsdp;
	add_e820(params, 0, RAM_EBDA, E820_RAM);
	add_e820(params, RAM_EBDA, RAM_LOW_END, E820_RESERVED);
	add_e820(params, ACPI_BASE, MIB, E820_RESERVED);
	add_e820(params, MIB, memory->low, E820_RAM);
	add_e820(params, RAM_HIGH, RAM_HIGH + memory->high, E820_RAM);
}

/* The first 4 GiB mapped one to one in pages of 2 MiB. */
static void fill_page_tables(__u64 *pages)
{
	enum { PRESENT = 1, WRITABLE = 2, LARGE = 0x80, ENTRIES = 512, DIRECTORIES = 4 };
	__u64 *pml4 = pages, *pdpt = pages + ENTRIES, *pd = pages + 2 * ENTRIES;
	__u64 i;

	memset(pages, 0, (2 + DIRECTORIES) * PAGE);
	pml4[0] = (BOOT_PAGES + PAGE) | PRESENT | WRITABLE;
	for (i = 0; i < DIRECTORIES; i++)
		pdpt[i] = (BOOT_PAGES + (2 + i) * PAGE) | PRESENT | WRITABLE;
	for (i = 0; i < DIRECTORIES * ENTRIES; i++)
		pd[i] = i * 2 * MIB | PRESENT | WRITABLE | LARGE;
}

/* The selectors that the protocol names, with the contents that vcpu_boot() loads. */
static void fill_gdt(__u64 *gdt)
{
	memset(gdt, 0, 4 * sizeof(*gdt));
	gdt[BOOT_CS / 8] = 0x00af9b000000ffffULL;	/* execute/read, 64 bit, accessed */
	gdt[BOOT_DS / 8] = 0x00cf93000000ffffULL;	/* read/write, accessed */
}

/*
 * What is left of a firmware: its entry in real mode, where guests go to reboot when
 * nothing else has helped. Asks for a reset, and faults three times if there is none.
 */
static void fill_reset_vector(__u8 *entry)
{
	static const __u8 code[] = {
		0xfa,				/* cli */
		0xba, 0xf9, 0x0c,		/* mov $0xcf9, %dx */
		0xb0, 0x06,			/* mov $6, %al */
		0xee,				/* out %al, (%dx) */
		0x2e, 0x0f, 0x01, 0x1e, 0, 0xff,	/* lidt %cs:0xff00: zeros */
		0xcc,				/* int3 */
	};

	static_assert(sizeof(code) <= 16, "it ends at 1 MiB");
	memcpy(entry, code, sizeof(code));
}

/**
 * linux_load() - copy it all into the guest's memory.
 * @image:  from linux_open()
 * @memory: the RAM
 * @config: the command line
 * @rsdp:   guest physical address of the ACPI tables' root
 *
 * Return: the 64-bit entry point.
 */
__u64 linux_load(const struct linux_image *image, const struct memory *memory,
		 const struct config *config, __u64 rsdp)
{
	__u64 size = image->kernel_size - image->setup_size;
	size_t cmdline = strlen(config->append) + 1;

	memcpy(memory_at(memory, image->load, size), image->kernel + image->setup_size, size);
	if (image->initrd)
		memcpy(memory_at(memory, image->initrd_at, image->initrd_size), image->initrd,
		       image->initrd_size);
	memcpy(memory_at(memory, BOOT_CMDLINE, cmdline), config->append, cmdline);
	fill_zero_page(memory_at(memory, BOOT_ZERO_PAGE, PAGE), image, memory, rsdp);
	fill_page_tables(memory_at(memory, BOOT_PAGES, 6 * PAGE));
	fill_reset_vector(memory_at(memory, RESET_VECTOR, 16));
	fill_gdt(memory_at(memory, BOOT_GDT, 4 * sizeof(__u64)));
	return image->load + ENTRY_64;
}
