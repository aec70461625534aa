// SPDX-License-Identifier: GPL-2.0
/*
 * Booting without firmware: the kernel's format is recognised from the file, by
 * the first of the loaders below that knows it. A loader finds a place for
 * everything, or ends with a line that says why there is none, before any memory is
 * written; then it copies, and says in which state the boot processor starts.
 *
 * What is in the guest's memory beside the kernel and its modules:
 *
 *	0x00000   a BIOS's vectors		0x09000   page tables
 *	0x00400   its data area			0x20000   command lines
 *	0x00500   GDT				0x9fc00   a BIOS's extended data area
 *	0x03000   stack, 16 KiB			0xe0000   ACPI tables
 *	0x07000   zero page			0xf0000   MP table
 *	0x08000   information on the boot	0xffff0   reset vector
 *
 * From the GDT to the command lines each is elsewhere if the kernel, or a module, is there: at the
 * lowest place that is free, or if there is none below the ROMs, at the highest below 3 GiB. A
 * kernel that is where a BIOS's vectors or data area would be has none.
 */
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/boot.h"
#include "boot/flat.h"
#include "boot/image.h"
#include "boot/linux.h"
#include "boot/multiboot.h"
#include "boot/multiboot2.h"
#include "boot/place.h"
#include "boot/plain.h"
#include "boot/pvh.h"
#include "boot/uki.h"
#include "boot/unpack.h"
#include "config/config.h"
#include "config/table.h"
#include "device/virtio.h"
#include "status.h"
#include "vm/memory.h"

#define LINUX_APPEND	"console=ttyS0 panic=-1"

/* In this order: some files are more than one thing. */
static const struct loader *const loaders[] = {
	&loader_linux,
	&loader_multiboot,
	&loader_multiboot2,
	&loader_pvh,
	&loader_elf64,
	&loader_elf32,
};

static const struct loader *find_loader(const struct image *kernel)
{
	const char *guess = image_guess(kernel);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loaders); i++)
		if (loaders[i]->probe(kernel))
			return loaders[i];
	multiboot_explain(kernel);
	multiboot2_explain(kernel);
	if (guess)
		image_bad(kernel, STATUS_IMAGE, "not a kernel that Keel boots but %s", guess);
	image_bad(kernel, STATUS_IMAGE,
		  "not a kernel: no bzImage, multiboot or ELF header in %llu bytes", kernel->size);
}

static void open_modules(struct boot *boot)
{
	const struct config *config = boot->config;
	unsigned int i;

	if (config->initrd) {
		image_map(&boot->modules[0].image, "initrd", config->initrd);
		boot->modules[0].cmdline = config->initrd;
		boot->nr_modules = 1;
	}
	for (i = 0; i < config->nr_modules; i++) {
		const struct module *asked = &config->modules[i];
		struct boot_module *module = &boot->modules[boot->nr_modules++];

		image_map(&module->image, "module", asked->path);
		module->cmdline = asked->text ? asked->text : asked->path;
	}
}

/* Only Linux makes something of what is the default; others might choke on it. */
static const char *cmdline(const struct boot *boot)
{
	static const char linux_banner[] = "Linux version ";

	if (boot->config->append)
		return boot->config->append;
	if (boot->has_uki_cmdline)
		return boot->uki_cmdline;
	if (boot->loader == &loader_linux ||
	    memmem(boot->kernel.data, boot->kernel.size, linux_banner, strlen(linux_banner)))
		return LINUX_APPEND;
	return "";
}

/* boot_is_readable() - are all files there that boot_open() would open? */
bool boot_is_readable(const struct config *config)
{
	unsigned int i;

	if (!config->kernel || access(config->kernel, R_OK))
		return false;
	if (config->initrd && access(config->initrd, R_OK))
		return false;
	for (i = 0; i < config->nr_modules; i++)
		if (access(config->modules[i].path, R_OK))
			return false;
	return true;
}

/**
 * boot_open() - find out what the kernel is and where everything goes; dies if it
 * cannot be booted.
 * @boot:   result
 * @config: the paths, the command line and the size of the RAM
 */
void boot_open(struct boot *boot, const struct config *config)
{
	memset(boot, 0, sizeof(*boot));
	boot->config = config;
	image_map(&boot->kernel, "kernel", config->kernel);
	open_modules(boot);
	boot_place(boot);
}

/* boot_place() - the same, from the files on */
void boot_place(struct boot *boot)
{
	if (boot->config->flat) {
		boot->loader = &loader_flat;
	} else {
		unpack(&boot->kernel);
		uki_open(boot);
		boot->loader = find_loader(&boot->kernel);
	}
	boot->cmdline = virtio_cmdline(boot->config, cmdline(boot));
	boot->info_size = PAGE;
	boot->loader->place(boot);
	boot_place_parts(boot);
}

/* The first 4 GiB mapped one to one in pages of 2 MiB. */
static void fill_page_tables(__u64 *pages, __u64 base)
{
	enum { PRESENT = 1, WRITABLE = 2, LARGE = 0x80, ENTRIES = 512, DIRECTORIES = 4 };
	__u64 *pml4 = pages, *pdpt = pages + ENTRIES, *pd = pages + 2 * ENTRIES;
	__u64 i;

	memset(pages, 0, BOOT_PAGES_SIZE);
	pml4[0] = (base + PAGE) | PRESENT | WRITABLE;
	for (i = 0; i < DIRECTORIES; i++)
		pdpt[i] = (base + (2 + i) * PAGE) | PRESENT | WRITABLE;
	for (i = 0; i < DIRECTORIES * ENTRIES; i++)
		pd[i] = i * 2 * MIB | PRESENT | WRITABLE | LARGE;
}

/* The selectors of the protocol, with the contents that entry_boot() loads. */
static void fill_gdt(__u64 *gdt, const struct boot_entry *entry)
{
	memset(gdt, 0, BOOT_GDT_SIZE);
	/* execute/read, 64 or 32 bit, accessed */
	gdt[entry->cs / 8] = entry->long_mode ? 0x00af9b000000ffffULL : 0x00cf9b000000ffffULL;
	gdt[entry->ds / 8] = 0x00cf93000000ffffULL;	/* read/write, accessed */
}

/**
 * boot_load() - copy it all into the guest's memory.
 * @boot:   from boot_open()
 * @memory: the RAM
 * @rsdp:   guest physical address of the ACPI tables' root
 * @entry:  out: how the boot processor starts
 */
void boot_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
	       struct boot_entry *entry)
{
	const __u64 *parts = boot->parts;

	*entry = (struct boot_entry){
		.gdt = parts[BOOT_GDT], .cr3 = parts[BOOT_PAGES], .rip = boot->entry,
		.rsp = parts[BOOT_STACK] + BOOT_STACK_SIZE,
	};
	bios_load(memory, boot);
	elf_load(&boot->elf, &boot->kernel, memory);
	boot_load_modules(boot, memory);
	boot->loader->load(boot, memory, rsdp, entry);
	fill_gdt(memory_place(memory, entry->gdt, BOOT_GDT_SIZE), entry);
	if (entry->long_mode)
		fill_page_tables(memory_place(memory, entry->cr3, BOOT_PAGES_SIZE), entry->cr3);
}

/* boot_close() - all of it is in the guest's memory */
void boot_close(struct boot *boot)
{
	unsigned int i;

	image_unmap(&boot->kernel);
	for (i = 0; i < boot->nr_modules; i++)
		image_unmap(&boot->modules[i].image);
}
