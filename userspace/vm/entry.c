// SPDX-License-Identifier: GPL-2.0
/* Where the boot processor begins: at its kernel's entry, or where a guest wants to be woken. */
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "boot/acpi.h"
#include "boot/boot.h"
#include "boot/place.h"
#include "status.h"
#include "vm/entry.h"
#include "vm/vcpu.h"

#define CR0_PE		BIT(0)
#define CR0_ET		BIT(4)
#define CR0_NE		BIT(5)
#define CR0_PG		BIT(31)
#define CR4_PAE		BIT(5)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define RFLAGS_ALWAYS	BIT(1)
#define TSS_LIMIT	0x67	/* of a 32-bit TSS without a bitmap */

#define REAL_MODE_IDT	0x400
#define WAKING_CS	0x08
#define WAKING_DS	0x10

static void load_segment(struct kvm_segment *segment, __u16 selector, __u8 type)
{
	*segment = (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1,
		.g = 1, .db = 1,
	};
}

static void long_mode(struct kvm_sregs *sregs, __u64 cr3)
{
	sregs->cr0 |= CR0_NE | CR0_PG;
	sregs->cr3 = cr3;
	sregs->cr4 = CR4_PAE;
	sregs->efer = EFER_LME | EFER_LMA;
}

/**
 * entry_boot() - put the boot processor where its loader wants it.
 * @vcpu:  the first one
 * @entry: from boot_load()
 */
void entry_boot(struct vcpu *vcpu, const struct boot_entry *entry)
{
	struct kvm_regs regs = {
		.rip = entry->rip, .rsp = entry->rsp, .rax = entry->rax, .rbx = entry->rbx,
		.rsi = entry->rsi, .rdi = entry->rdi, .rflags = RFLAGS_ALWAYS,
	};
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		die(STATUS_NO_KVM, "KVM_GET_SREGS: %s", strerror(errno));
	load_segment(&sregs.cs, entry->cs, 0xb);
	sregs.cs.l = entry->long_mode;
	sregs.cs.db = !entry->long_mode;
	load_segment(&sregs.ds, entry->ds, 0x3);
	sregs.es = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.tr.limit = TSS_LIMIT;
	sregs.gdt.base = entry->gdt;
	sregs.gdt.limit = BOOT_GDT_SIZE - 1;
	sregs.idt.base = 0;
	sregs.idt.limit = 0;
	sregs.cr0 = CR0_PE | CR0_ET;
	if (entry->long_mode)
		long_mode(&sregs, entry->cr3);
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		die(STATUS_NO_KVM, "KVM_SET_SREGS, KVM_SET_REGS (boot state): %s", strerror(errno));
}

static void real_mode(struct kvm_sregs *sregs, __u32 vector)
{
	const struct kvm_segment data = { .limit = 0xffff, .type = 0x3, .present = 1, .s = 1 };

	sregs->ds = data;
	sregs->es = data;
	sregs->fs = data;
	sregs->gs = data;
	sregs->ss = data;
	sregs->cs = data;
	sregs->cs.type = 0xb;
	sregs->cs.selector = vector >> 4;
	sregs->cs.base = vector & ~0xfU;
	sregs->idt.limit = REAL_MODE_IDT - 1;
}

/* Flat; the selectors mean nothing, as there is no GDT (ACPI 6.3, 5.2.10). */
static void protected_mode(struct kvm_sregs *sregs)
{
	load_segment(&sregs->ds, WAKING_DS, 0x3);
	sregs->es = sregs->ds;
	sregs->fs = sregs->ds;
	sregs->gs = sregs->ds;
	sregs->ss = sregs->ds;
	load_segment(&sregs->cs, WAKING_CS, 0xb);
	sregs->cr0 |= CR0_PE;
	sregs->idt.limit = 0;
}

/**
 * entry_wake() - put the boot processor where the guest goes on after its sleep.
 * @vcpu:   the first one, in any state before its first instruction
 * @waking: from acpi_waking()
 *
 * Return: NULL, or what failed.
 */
const char *entry_wake(const struct vcpu *vcpu, const struct waking *waking)
{
	struct kvm_regs regs = { .rflags = RFLAGS_ALWAYS };
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return "KVM_GET_SREGS";
	sregs.cr0 = CR0_ET;
	sregs.cr3 = 0;
	sregs.cr4 = 0;
	sregs.efer = 0;
	sregs.gdt.base = 0;
	sregs.gdt.limit = 0;
	sregs.idt.base = 0;
	if (waking->protected)
		protected_mode(&sregs);
	else
		real_mode(&sregs, waking->vector);
	regs.rip = waking->vector - sregs.cs.base;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		return "KVM_SET_SREGS, KVM_SET_REGS";
	return NULL;
}
