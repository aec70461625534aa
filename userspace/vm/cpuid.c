// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU says of itself: all that KVM supports here, with the leaves fixed up
 * that depend on the vCPU: one package of N cores with one thread each, whose APIC
 * ids are their numbers.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "status.h"
#include "vm/cpuid.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define ENTRIES_MAX	1024

/* Leaf 1 */
#define EBX_APIC_ID		24		/* shift */
#define EBX_LOGICAL_CPUS	16		/* shift */
#define ECX_X2APIC		BIT(21)
#define ECX_TSC_DEADLINE	BIT(24)
#define ECX_HYPERVISOR		BIT(31)
#define EDX_HTT			BIT(28)
/* Leaf 0x80000001 */
#define ECX_CMP_LEGACY		BIT(1)

/* Bits of an APIC id that tell the cores of the package apart. */
static unsigned int core_bits(unsigned int cpus)
{
	unsigned int bits = 0;

	while (1U << bits < cpus)
		bits++;
	return bits;
}

static void fix_features(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	unsigned int cpus = vcpu->vm->config->cpus;

	e->ebx = (e->ebx & 0xffff) | vcpu->id << EBX_APIC_ID;
	e->ebx |= 1U << core_bits(cpus) << EBX_LOGICAL_CPUS;
	e->ecx |= ECX_HYPERVISOR | ECX_X2APIC;
	if (ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0)
		e->ecx |= ECX_TSC_DEADLINE;
	if (cpus > 1)
		e->edx |= EDX_HTT;
	else
		e->edx &= ~EDX_HTT;
}

/* Leaves 4 and 0x8000001d, a cache each: the third level is the package's, others a core's. */
static void fix_cache(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	unsigned int ids = 1U << core_bits(vcpu->vm->config->cpus);
	unsigned int level = e->eax >> 5 & 7;

	if (!(e->eax & 0x1f))	/* no more caches */
		return;
	e->eax &= 0x3fff;
	if (level >= 3)
		e->eax |= (ids - 1) << 14;
	if (e->function == 4)
		e->eax |= (ids - 1) << 26;
}

/* Leaves 0xb and 0x1f: subleaf 0 is threads, 1 is cores, behind them is nothing. */
static void fix_topology(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	unsigned int cpus = vcpu->vm->config->cpus;

	e->eax = 0;
	e->ebx = 0;
	e->ecx = e->index & 0xff;
	e->edx = vcpu->id;
	if (e->index == 0) {
		e->ebx = 1;
		e->ecx |= 1 << 8;	/* this is the level of threads */
	} else if (e->index == 1) {
		e->eax = core_bits(cpus);
		e->ebx = cpus;
		e->ecx |= 2 << 8;	/* of cores */
	}
}

static void fix_amd_features(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	if (vcpu->vm->config->cpus > 1)
		e->ecx |= ECX_CMP_LEGACY;
	else
		e->ecx &= ~ECX_CMP_LEGACY;
}

static void fix_amd_cores(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	unsigned int cpus = vcpu->vm->config->cpus;

	e->ecx &= ~0xf0ffU;
	e->ecx |= core_bits(cpus) << 12 | (cpus - 1);
}

static void fix_amd_topology(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	e->eax = vcpu->id;
	e->ebx = vcpu->id & 0xff;	/* core's number; one thread */
	e->ecx = 0;			/* one node */
	e->edx = 0;
}

static const struct {
	__u32 leaf;
	void (*fix)(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *entry);
} fixes[] = {
	{ 0x00000001, fix_features },
	{ 0x00000004, fix_cache },
	{ 0x0000000b, fix_topology },
	{ 0x0000001f, fix_topology },
	{ 0x80000001, fix_amd_features },
	{ 0x80000008, fix_amd_cores },
	{ 0x8000001d, fix_cache },
	{ 0x8000001e, fix_amd_topology },
};

static struct kvm_cpuid2 *supported(const struct vm *vm)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + ENTRIES_MAX * sizeof(cpuid->entries[0]));
	if (!cpuid)
		die(STATUS_MEMORY, "out of memory");
	cpuid->nent = ENTRIES_MAX - 4;	/* room for what complete_topology() adds */
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid))
		die(STATUS_NO_KVM, "KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	return cpuid;
}

/* KVM may list fewer subleaves of a topology leaf than we have levels to tell of. */
static void complete_topology(struct kvm_cpuid2 *cpuid, __u32 leaf)
{
	bool present = false, cores = false;
	__u32 i;

	for (i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function != leaf)
			continue;
		present = true;
		cpuid->entries[i].flags |= KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
		cores |= cpuid->entries[i].index == 1;
	}
	if (!present || cores)
		return;
	cpuid->entries[cpuid->nent++] = (struct kvm_cpuid_entry2){
		.function = leaf, .index = 1, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
	};
}

/* cpuid_setup() - give a new vCPU its CPUID */
void cpuid_setup(const struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid = supported(vcpu->vm);
	size_t i, j;

	complete_topology(cpuid, 0xb);
	complete_topology(cpuid, 0x1f);
	for (i = 0; i < cpuid->nent; i++)
		for (j = 0; j < ARRAY_SIZE(fixes); j++)
			if (cpuid->entries[i].function == fixes[j].leaf)
				fixes[j].fix(vcpu, &cpuid->entries[i]);
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid))
		die(STATUS_NO_KVM, "KVM_SET_CPUID2: %s", strerror(errno));
	free(cpuid);
}
