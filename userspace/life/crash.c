// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of a guest that has crashed: registers and code of the vCPU that did, the last exits
 * of all of them, the addresses at which it found no device, and what that points to. All threads
 * have ended.
 *
 * On AMD, KVM resets a vCPU that has faulted three times, as the CPU leaves its state undefined: of
 * what was before, the exits alone are left.
 */
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/stats.h"
#include "control/unmapped.h"
#include "debug/core.h"
#include "debug/virt.h"
#include "life/crash.h"
#include "life/dump.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define CODE		16	/* bytes */
#define RESET_RIP	0xfff0
#define RESET_CS	0xffff0000

static bool has_crashed(const struct vm *vm)
{
	return vm->status == STATUS_TRIPLE_FAULT || vm->status == STATUS_KVM_ERROR ||
	       vm->status == STATUS_STRICT;
}

/**
 * crash_dump() - write the core that the user wants, before the VM's end is announced.
 * @vm: its vCPUs' threads have ended
 */
void crash_dump(struct vm *vm)
{
	const char *error;

	if (vm->config->on_crash != ON_CRASH_CORE || !has_crashed(vm))
		return;
	error = core_write(vm, dump_begin());
	if (error) {
		warn_line("no dump in %s: %s", dump_name(vm), error);
		return;
	}
	dump_end(vm);
	warn_line("the guest's memory is in %s", dump_name(vm));
}

/* ---- Registers ---- */

static bool was_reset(const struct kvm_regs *regs, const struct kvm_sregs *sregs)
{
	return regs->rip == RESET_RIP && sregs->cs.base == RESET_CS;
}

static void print_registers(const struct kvm_regs *r, const struct kvm_sregs *s, FILE *to)
{
	const struct {
		const char *name;
		__u64 value;
	} values[] = {
		{ "rip", r->rip }, { "rsp", r->rsp }, { "rbp", r->rbp }, { "rfl", r->rflags },
		{ "rax", r->rax }, { "rbx", r->rbx }, { "rcx", r->rcx }, { "rdx", r->rdx },
		{ "rsi", r->rsi }, { "rdi", r->rdi }, { "r8", r->r8 }, { "r9", r->r9 },
		{ "r10", r->r10 }, { "r11", r->r11 }, { "r12", r->r12 }, { "r13", r->r13 },
		{ "r14", r->r14 }, { "r15", r->r15 }, { "cr2", s->cr2 }, { "cr3", s->cr3 },
		{ "cr0", s->cr0 }, { "cr4", s->cr4 }, { "efer", s->efer },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		fprintf(to, "  %-4s %016llx%s", values[i].name, values[i].value,
			i % 4 == 3 || i + 1 == ARRAY_SIZE(values) ? "\n" : "");
	fprintf(to, "  cs %x  ss %x  ds %x  gdt %llx+%x  idt %llx+%x\n", s->cs.selector,
		s->ss.selector, s->ds.selector, s->gdt.base, s->gdt.limit, s->idt.base,
		s->idt.limit);
}

static void print_code(const struct vcpu *vcpu, __u64 at, FILE *to)
{
	unsigned int i;
	__u8 byte;

	if (!virt_read(vcpu, at, &byte, 1)) {
		fprintf(to, "  the code is in no memory: the guest has jumped astray\n");
		return;
	}
	fprintf(to, "  code");
	for (i = 0; i < CODE && virt_read(vcpu, at + i, &byte, 1); i++)
		fprintf(to, " %02x", byte);
	fputc('\n', to);
}

/* What a look at the registers tells */
static void print_guess(const struct vcpu *vcpu, const struct kvm_regs *r,
			const struct kvm_sregs *s, FILE *to)
{
	__u8 top;

	if (!s->idt.limit)
		fprintf(to, "  it has no IDT: its first exception is the end\n");
	if (!virt_read(vcpu, s->ss.base + r->rsp - 1, &top, 1))
		fprintf(to, "  its stack is in no memory\n");
}

static void print_vcpu(const struct vcpu *vcpu, FILE *to)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return;
	fprintf(to, "vCPU %u\n", vcpu->id);
	if (was_reset(&regs, &sregs)) {
		fprintf(to, "  its registers are lost: KVM has reset them\n");
		return;
	}
	print_registers(&regs, &sregs, to);
	print_code(vcpu, sregs.cs.base + regs.rip, to);
	print_guess(vcpu, &regs, &sregs, to);
}

/* ---- Exits ---- */

static const char *exit_name(__u32 reason)
{
	static const char *const names[] = {
		[KVM_EXIT_IO] = "port", [KVM_EXIT_MMIO] = "memory", [KVM_EXIT_HLT] = "halt",
		[KVM_EXIT_IRQ_WINDOW_OPEN] = "takes an interrupt of the 8259s",
		[KVM_EXIT_IOAPIC_EOI] = "EOI of vector", [KVM_EXIT_SHUTDOWN] = "triple fault",
		[KVM_EXIT_FAIL_ENTRY] = "the CPU refuses its state",
		[KVM_EXIT_INTERNAL_ERROR] = "an instruction that KVM cannot emulate",
	};

	return reason < ARRAY_SIZE(names) && names[reason] ? names[reason] : "exit";
}

static void print_exit(const struct keel_vcpu_exit *e, FILE *to)
{
	fprintf(to, "  %s", exit_name(e->reason));
	if (e->length)
		fprintf(to, " 0x%llx %s 0x%llx (%u)", e->addr, e->write ? "<-" : "->", e->value,
			e->length);
	else if (e->reason == KVM_EXIT_IOAPIC_EOI)
		fprintf(to, " 0x%llx", e->addr);
	if (e->times > 1)
		fprintf(to, ", %u times", e->times);
	if (e->rip)
		fprintf(to, ", rip 0x%llx", e->rip);
	fputc('\n', to);
}

static void print_exits(const struct vcpu *vcpu, FILE *to)
{
	struct keel_vcpu_exit exits[KEEL_LAST_EXITS_NR];
	struct keel_last_exits request = {
		.size = sizeof(request), .vcpu = vcpu->index, .nr = ARRAY_SIZE(exits),
		.exits = (__u64)exits,
	};
	__u32 i;

	if (ioctl(vcpu->vm->keel, KEEL_LAST_EXITS, &request) || !request.nr)
		return;
	fprintf(to, "last exits of vCPU %u (inside KVM_RUN, Keel answers without one)\n", vcpu->id);
	for (i = 0; i < request.nr && i < ARRAY_SIZE(exits); i++)
		print_exit(&exits[i], to);
}

static void print_all(const struct vm *vm, FILE *to)
{
	struct counters c;
	unsigned int i;

	for (i = 0; i < vm->config->cpus; i++)
		print_vcpu(&vm->vcpus[i], to);
	for (i = 0; i < vm->config->cpus; i++)
		print_exits(&vm->vcpus[i], to);
	if (!counters_read(&c, vm, KEEL_STATS, 0))
		return;
	unmapped_print(&c, to);
	free(c.list);
}

/**
 * crash_report() - tell what is known of a guest that has crashed, unless the user wants no more.
 * @vm: its threads have ended
 */
void crash_report(const struct vm *vm)
{
	size_t length;
	char *text;
	FILE *to;

	if (vm->config->on_crash == ON_CRASH_EXIT || !has_crashed(vm))
		return;
	to = open_memstream(&text, &length);
	if (!to)
		return;
	print_all(vm, to);
	fclose(to);
	fwrite(text, 1, length, stderr);
	free(text);
}
