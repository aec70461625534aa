// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: minimal kvm|user IMAGE COMMAND-LINE
 *
 * Runs a payload (multiboot, 32 bits) on KVM without Keel, with its own chips in the kernel (kvm),
 * or on a minimal VMM, which answers every access from a switch (user). What the payload writes to
 * the first serial port goes to standard output. It ends the VM by a value written to port 0xf4:
 * the status is then twice the value, plus one.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../vmm/vmm.h"

#define MEMORY		(32 << 20)
#define INFO		0x8000		/* multiboot information, then the command line */
#define INFO_CMDLINE	4		/* its bit in the flags */
#define BOOT_MAGIC	0x2badb002

#define COM1		0x3f8
#define IDLE		0x60		/* LSR: THRE | TEMT */
#define NO_INTERRUPT	0x01		/* IIR */
#define EXIT		0xf4
#define VERSION		0x00170020	/* of the IOAPIC */

void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "minimal: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- Platforms ---- */

/* IRQ 0 goes to the IOAPIC's pin 2, as in a PC; KVM's default is pin 0. */
static void route_pit(struct vm *vm)
{
	struct kvm_irq_routing *table = calloc(1, sizeof(*table) + sizeof(table->entries[0]));

	must(table, "routes");
	table->nr = 1;
	table->entries[0].gsi = 0;
	table->entries[0].type = KVM_IRQ_ROUTING_IRQCHIP;
	table->entries[0].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
	table->entries[0].u.irqchip.pin = 2;
	must(!ioctl(vm->kvm_vm, KVM_SET_GSI_ROUTING, table), "KVM_SET_GSI_ROUTING");
	free(table);
}

/* KVM's 8259s, IOAPIC, PIT, and port 0x61 */
static void use_kvm(struct vm *vm)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	must(!ioctl(vm->kvm_vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	must(!ioctl(vm->kvm_vm, KVM_CREATE_PIT2, &pit), "KVM_CREATE_PIT2");
	route_pit(vm);
}

/* The LAPIC stays in KVM, as it does under Keel. */
static void use_user(struct vm *vm)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };

	must(!ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &split), "KVM_CAP_SPLIT_IRQCHIP");
}

/* ---- The image ---- */

static void load_segment(struct vm *vm, int fd, const Elf32_Phdr *segment)
{
	must(segment->p_paddr + segment->p_memsz <= MEMORY, "an image that is too large");
	must(pread(fd, vm->memory + segment->p_paddr, segment->p_filesz, segment->p_offset) ==
	     (ssize_t)segment->p_filesz, "a segment");
}

/* load() - an ELF image; its entry */
static u32 load(struct vm *vm, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	Elf32_Phdr segment;
	Elf32_Ehdr header;

	must(fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header), path);
	for (i = 0; i < header.e_phnum; i++) {
		must(pread(fd, &segment, sizeof(segment), header.e_phoff + i * sizeof(segment)) ==
		     sizeof(segment), path);
		if (segment.p_type == PT_LOAD)
			load_segment(vm, fd, &segment);
	}
	close(fd);
	return header.e_entry;
}

static void tell(struct vm *vm, const char *command_line)
{
	u32 *info = (u32 *)(vm->memory + INFO);
	u32 text = INFO + 128;

	info[0] = INFO_CMDLINE;
	info[4] = text;
	snprintf((char *)vm->memory + text, 512, "%s", command_line);
}

/* The state in which a multiboot loader starts a kernel: 32-bit, flat, interrupts off. */
static void set_registers(struct vm *vm, u32 entry)
{
	struct kvm_segment flat = { .limit = 0xffffffff, .selector = 0x10, .type = 3,
				    .present = 1, .db = 1, .s = 1, .g = 1 };
	struct kvm_regs regs = { .rip = entry, .rflags = 2, .rax = BOOT_MAGIC, .rbx = INFO };
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.ds = flat;
	sregs.es = flat;
	sregs.fs = flat;
	sregs.gs = flat;
	sregs.ss = flat;
	flat.selector = 0x08;
	flat.type = 0xb;
	sregs.cs = flat;
	sregs.cr0 |= 1;
	must(!ioctl(vm->vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(!ioctl(vm->vcpu[0], KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* KVM's features, for paravirtual EOIs */
static void set_cpuid(struct vm *vm)
{
	struct {
		struct kvm_cpuid2 list;
		struct kvm_cpuid_entry2 entries[256];
	} cpuid = { .list.nent = 256 };

	must(!ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID");
	must(!ioctl(vm->vcpu[0], KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2");
}

/* ---- Running ---- */

static u32 port_read(u16 port)
{
	static u8 count;

	switch (port) {
	case 0x40:
		return count--;
	case COM1 + 2:
		return NO_INTERRUPT;
	case COM1 + 5:
		return IDLE;
	case 0x21:
	case 0x60 ... 0x64:
	case 0x70 ... 0x71:
	case 0x4d0:
	case 0x608:
		return 0;
	default:
		return ~0U;
	}
}

static u32 memory_read(u64 address)
{
	switch (address) {
	case 0xfec00010:
		return VERSION;
	default:
		return ~0U;
	}
}

static void put(const u8 *text, u32 nr)
{
	must(write(STDOUT_FILENO, text, nr) == (ssize_t)nr, "standard output");
}

/* port: answers accesses to a port; ends the program if it is the one that does */
static void port(struct kvm_run *run)
{
	u8 *data = (u8 *)run + run->io.data_offset;
	u32 value = 0;

	if (run->io.direction == KVM_EXIT_IO_IN) {
		value = port_read(run->io.port);
		memcpy(data, &value, run->io.size);
	} else if (run->io.port == COM1) {
		put(data, run->io.count);
	} else if (run->io.port == EXIT) {
		memcpy(&value, data, run->io.size);
		exit(value << 1 | 1);
	}
}

static void memory(struct kvm_run *run)
{
	u32 value;

	if (run->mmio.is_write)
		return;
	value = memory_read(run->mmio.phys_addr);
	memcpy(run->mmio.data, &value, sizeof(value));
}

static void __noreturn run_vcpu(struct vm *vm)
{
	struct kvm_run *run = vm->run[0];

	for (;;) {
		must(!ioctl(vm->vcpu[0], KVM_RUN, 0), "KVM_RUN");
		if (run->exit_reason == KVM_EXIT_IO) {
			port(run);
		} else if (run->exit_reason == KVM_EXIT_MMIO) {
			memory(run);
		} else {
			fprintf(stderr, "minimal: KVM_RUN: exit %u\n", run->exit_reason);
			exit(99);
		}
	}
}

int main(int argc, char **argv)
{
	struct vm vm;

	if (argc != 4 || (strcmp(argv[1], "kvm") && strcmp(argv[1], "user"))) {
		fprintf(stderr, "usage: minimal kvm|user IMAGE COMMAND-LINE\n");
		return 2;
	}
	vm_open(&vm, MEMORY);
	must(!madvise(vm.memory, MEMORY, MADV_POPULATE_WRITE), "memory");
	if (strcmp(argv[1], "kvm"))
		use_user(&vm);
	else
		use_kvm(&vm);
	vm_create_kvm_vcpu(&vm);
	set_cpuid(&vm);
	set_registers(&vm, load(&vm, argv[2]));
	tell(&vm, argv[3]);
	run_vcpu(&vm);
}
