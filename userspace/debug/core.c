// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's memory and registers as an ELF core, which gdb and crash read:
 *
 *	ELF header, program headers
 *	notes		NT_PRSTATUS of each vCPU, as a thread with the number of the vCPU plus one;
 *			VMCOREINFO, if the guest's memory has it
 *	RAM		as it is mapped here; pages of zeros are holes
 *
 * Each piece of RAM is a segment, at its physical address. What a guest in long mode has mapped
 * in the upper half of the addresses are more segments, with the same bytes in the file: so
 * gdb reads the kernel's variables and stacks, with the kernel's vmlinux and the note's
 * KERNELOFFSET as offset. They are those of the first vCPU that is in its kernel.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/procfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "debug/core.h"
#include "debug/paging.h"
#include "debug/vmcoreinfo.h"
#include "vm/memory.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define CORE_NAME	"CORE"
#define OTHER_SEGMENTS	(1 + MEMORY_PIECES)	/* notes, RAM */
#define RUN_MAX		(4 * MIB)

/* NT_PRSTATUS, whole */
struct status_note {
	Elf64_Nhdr header;
	char name[8];
	struct elf_prstatus status;
} __packed;

static_assert(sizeof(CORE_NAME) <= 8, "padded to a multiple of 4");
static_assert(sizeof(struct elf_prstatus) % 4 == 0, "no padding behind it");

/**
 * struct core - a core on its way into its file.
 * @vm:       whose
 * @statuses: notes of the vCPUs
 * @nr_vcpus: how many
 * @info:     the note VMCOREINFO, or NULL
 * @info_size: bytes of it
 * @mappings: of the kernel
 * @pieces:   of RAM
 * @nr_pieces: how many
 * @fd:       the file
 * @notes:    where in it the notes are
 * @ram:      and the RAM
 */
struct core {
	const struct vm *vm;
	struct status_note *statuses;
	unsigned int nr_vcpus;
	const void *info;
	size_t info_size;
	struct mappings mappings;
	struct piece pieces[MEMORY_PIECES];
	unsigned int nr_pieces;
	int fd;
	__u64 notes;
	__u64 ram;
};

/* ---- What is to be in it ---- */

/* In the order of a gregset: struct user_regs_struct */
static void status_fill(struct status_note *note, unsigned int id, const struct kvm_regs *regs,
			const struct kvm_sregs *sregs)
{
	const unsigned long long values[ELF_NGREG] = {
		regs->r15, regs->r14, regs->r13, regs->r12, regs->rbp, regs->rbx, regs->r11,
		regs->r10, regs->r9, regs->r8, regs->rax, regs->rcx, regs->rdx, regs->rsi,
		regs->rdi, ~0ULL, regs->rip, sregs->cs.selector, regs->rflags, regs->rsp,
		sregs->ss.selector, sregs->fs.base, sregs->gs.base, sregs->ds.selector,
		sregs->es.selector, sregs->fs.selector, sregs->gs.selector,
	};

	note->header = (Elf64_Nhdr){ sizeof(CORE_NAME), sizeof(note->status), NT_PRSTATUS };
	strcpy(note->name, CORE_NAME);
	note->status.pr_pid = id + 1;
	memcpy(note->status.pr_reg, values, sizeof(values));
}

/* Of a kernel with page table isolation, the user's tables lack most of the kernel's half. */
static bool in_kernel(const struct kvm_sregs *sregs)
{
	return paging_is_long(sregs) && !(sregs->cs.selector & 3);
}

static const char *read_vcpus(struct core *core)
{
	struct kvm_sregs sregs, tables = { 0 };
	struct kvm_regs regs;
	unsigned int i;

	for (i = 0; i < core->nr_vcpus; i++) {
		int fd = core->vm->vcpus[i].fd;

		if (ioctl(fd, KVM_GET_REGS, &regs) || ioctl(fd, KVM_GET_SREGS, &sregs))
			return "the registers cannot be read";
		status_fill(&core->statuses[i], i, &regs, &sregs);
		if (!tables.cr3 && in_kernel(&sregs))
			tables = sregs;
	}
	if (tables.cr3)
		paging_kernel(&core->vm->memory, &tables, &core->mappings);
	return NULL;
}

static const char *collect(struct core *core)
{
	const char *error;

	core->nr_vcpus = core->vm->config->cpus;
	core->mappings.most = PN_XNUM - 1 - OTHER_SEGMENTS;
	core->nr_pieces = memory_pieces(&core->vm->memory, core->pieces);
	core->statuses = calloc(core->nr_vcpus, sizeof(*core->statuses));
	if (!core->statuses)
		return "out of memory";
	error = read_vcpus(core);
	if (!error)
		core->info = vmcoreinfo_find(&core->vm->memory, &core->mappings, &core->info_size);
	return error;
}

/* ---- Headers ---- */

static size_t nr_segments(const struct core *core)
{
	return 1 + core->nr_pieces + core->mappings.nr;
}

static __u64 notes_size(const struct core *core)
{
	return core->nr_vcpus * sizeof(*core->statuses) + core->info_size;
}

static void place(struct core *core)
{
	core->notes = sizeof(Elf64_Ehdr) + nr_segments(core) * sizeof(Elf64_Phdr);
	core->ram = align_up(core->notes + notes_size(core), PAGE);
}

static Elf64_Phdr segment(const struct core *core, __u64 virt, __u64 phys, __u64 size)
{
	const __u8 *data = memory_at(&core->vm->memory, phys, size);

	return (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = virt, .p_paddr = phys,
		.p_offset = core->ram + (data - core->vm->memory.base), .p_filesz = size,
		.p_memsz = size,
	};
}

static void fill_segments(const struct core *core, Elf64_Phdr *to)
{
	size_t i;

	*to++ = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_offset = core->notes, .p_filesz = notes_size(core),
	};
	for (i = 0; i < core->nr_pieces; i++)
		*to++ = segment(core, core->pieces[i].gpa, core->pieces[i].gpa,
				core->pieces[i].size);
	for (i = 0; i < core->mappings.nr; i++) {
		const struct mapping *m = &core->mappings.list[i];

		*to++ = segment(core, m->virt, m->phys, m->size);
	}
}

static void fill_header(const struct core *core, Elf64_Ehdr *to)
{
	*to = (Elf64_Ehdr){
		.e_ident = {
			ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
		},
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr), .e_phoff = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = nr_segments(core),
	};
}

/* ---- The file ---- */

static const char *put(const struct core *core, const void *data, size_t size, __u64 at)
{
	const char *p = data;

	while (size) {
		ssize_t n = pwrite(core->fd, p, size, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return strerror(n ? errno : ENOSPC);
		p += n;
		at += n;
		size -= n;
	}
	return NULL;
}

static const char *put_headers(const struct core *core)
{
	size_t size = core->notes, statuses = core->nr_vcpus * sizeof(*core->statuses);
	char *headers = malloc(size);
	const char *error;

	if (!headers)
		return "out of memory";
	fill_header(core, (Elf64_Ehdr *)headers);
	fill_segments(core, (Elf64_Phdr *)(headers + sizeof(Elf64_Ehdr)));
	error = put(core, headers, size, 0);
	free(headers);
	if (!error)
		error = put(core, core->statuses, statuses, core->notes);
	if (!error && core->info)
		error = put(core, core->info, core->info_size, core->notes + statuses);
	return error;
}

/* The next run of pages with data, from *@at on; false: there is none */
static bool next_run(const struct memory *memory, __u64 *at, __u64 *end)
{
	while (*at < memory->size && !page_has_data(memory->base + *at))
		*at += PAGE;
	*end = *at;
	while (*end < memory->size && *end - *at < RUN_MAX &&
	       page_has_data(memory->base + *end))
		*end += PAGE;
	return *at < memory->size;
}

static const char *put_ram(const struct core *core)
{
	const struct memory *memory = &core->vm->memory;
	const char *error = NULL;
	__u64 at, end;

	for (at = 0; !error && next_run(memory, &at, &end); at = end)
		error = put(core, memory->base + at, end - at, core->ram + at);
	if (!error && ftruncate(core->fd, core->ram + memory->size))
		error = strerror(errno);
	return error;
}

/* An end amid the RAM would leave nothing, after a while: say so before. */
static const char *check_space(const struct core *core)
{
	const struct memory *memory = &core->vm->memory;
	__u64 at, end, needed = core->ram, left;
	static char text[120];
	struct statvfs fs;

	if (fstatvfs(core->fd, &fs))
		return NULL;
	for (at = 0; next_run(memory, &at, &end); at = end)
		needed += end - at;
	left = (__u64)fs.f_bavail * fs.f_frsize;
	if (needed <= left)
		return NULL;
	snprintf(text, sizeof(text), "no space: the dump needs %llu MiB, and %llu MiB are left",
		 needed / MIB + 1, left / MIB);
	return text;
}

static const char *put_all(const struct core *core)
{
	const char *error = check_space(core);

	if (!error)
		error = put_headers(core);
	if (!error)
		error = put_ram(core);
	return error;
}

/**
 * core_write() - into a new file.
 * @vm: paused
 * @fd: the file; what is in it after a failure is of no use
 *
 * Return: NULL, or what failed.
 */
const char *core_write(const struct vm *vm, int fd)
{
	struct core core = { .vm = vm, .fd = fd };
	const char *error;

	error = collect(&core);
	if (!error) {
		place(&core);
		error = put_all(&core);
	}
	free(core.statuses);
	free(core.mappings.list);
	return error;
}
