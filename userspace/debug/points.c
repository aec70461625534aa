// SPDX-License-Identifier: GPL-2.0
/*
 * Breakpoints and watchpoints of gdb's. Those in software are int3s, which are in the guest's
 * memory only while it runs: a stopped guest, and what is saved of it then, has none of them. A
 * #BP or #DB that is the guest's own is given back to it.
 */
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "debug/points.h"
#include "vm/memory.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define INT3		0xcc
#define VECTOR_DB	1
#define VECTOR_BP	3

#define DR6_POINTS	0xfU
#define DR6_STEP	BIT(14)
#define DR7_FIXED	BIT(10)
#define DR7_EXACT	BIT(9)
#define DR7_GLOBAL(n)	(2U << 2 * (n))
#define DR7_TYPE(n, t)	((__u64)(t) << (16 + 4 * (n)))
#define DR7_SIZE(n, s)	((__u64)(s) << (18 + 4 * (n)))

/* ---- The list ---- */

static bool translate(const struct vcpu *vcpu, __u64 virt, __u64 *phys)
{
	struct kvm_translation translation = { .linear_address = virt };

	if (ioctl(vcpu->fd, KVM_TRANSLATE, &translation) || !translation.valid)
		return false;
	*phys = translation.physical_address;
	return true;
}

static struct soft_point *soft_find(struct points *points, __u64 virt)
{
	unsigned int i;

	for (i = 0; i < POINTS_SOFT; i++)
		if (points->soft[i].used && points->soft[i].virt == virt)
			return &points->soft[i];
	return NULL;
}

static const char *soft_add(struct points *points, const struct vcpu *vcpu, __u64 virt)
{
	unsigned int i;
	__u64 phys;

	if (soft_find(points, virt))
		return NULL;
	if (!translate(vcpu, virt, &phys) || !memory_at(&vcpu->vm->memory, phys, 1))
		return "E14";
	for (i = 0; i < POINTS_SOFT; i++) {
		if (points->soft[i].used)
			continue;
		points->soft[i] = (struct soft_point){ .virt = virt, .phys = phys, .used = true };
		return NULL;
	}
	return "E28";
}

static bool hard_is(const struct hard_point *point, enum point_kind kind, __u64 virt, __u64 size)
{
	return point->used && point->kind == kind && point->virt == virt && point->size == size;
}

/* What a debug register watches is aligned to its size, and code is one byte of it. */
static bool hard_size(enum point_kind kind, __u64 virt, __u64 *size)
{
	if (kind == POINT_HARD)
		*size = 1;
	if (*size != 1 && *size != 2 && *size != 4 && *size != 8)
		return false;
	return !(virt & (*size - 1));
}

static const char *hard_add(struct points *points, enum point_kind kind, __u64 virt, __u64 size)
{
	unsigned int i;

	if (!hard_size(kind, virt, &size))
		return "E22";
	for (i = 0; i < POINTS_HARD; i++)
		if (hard_is(&points->hard[i], kind, virt, size))
			return NULL;
	for (i = 0; i < POINTS_HARD; i++) {
		if (points->hard[i].used)
			continue;
		points->hard[i] = (struct hard_point){ virt, size, kind, true };
		return NULL;
	}
	return "E28";
}

/**
 * points_add() - add one.
 * @points: the list
 * @vcpu:   in whose page tables the address is looked up
 * @kind:   which; POINT_READ is not supported
 * @virt:   address
 * @size:   bytes that are watched
 *
 * Return: NULL, or gdb's error reply.
 */
const char *points_add(struct points *points, const struct vcpu *vcpu, enum point_kind kind,
		       __u64 virt, __u64 size)
{
	if (kind == POINT_SOFT)
		return soft_add(points, vcpu, virt);
	return hard_add(points, kind, virt, size);
}

/* points_remove() - remove one, if it is there */
void points_remove(struct points *points, enum point_kind kind, __u64 virt, __u64 size)
{
	struct soft_point *soft = soft_find(points, virt);
	unsigned int i;

	if (kind == POINT_SOFT && soft)
		soft->used = false;
	if (kind == POINT_SOFT || !hard_size(kind, virt, &size))
		return;
	for (i = 0; i < POINTS_HARD; i++)
		if (hard_is(&points->hard[i], kind, virt, size))
			points->hard[i].used = false;
}

void points_clear(struct points *points)
{
	memset(points, 0, sizeof(*points));
}

/* ---- In the guest ---- */

/* points_put() - the guest is about to run: into its memory */
void points_put(struct points *points, const struct memory *memory)
{
	unsigned int i;

	for (i = 0; i < POINTS_SOFT; i++) {
		struct soft_point *point = &points->soft[i];
		__u8 *at = point->used ? memory_at(memory, point->phys, 1) : NULL;

		if (!at)
			continue;
		point->before = *at;
		point->put = true;
		*at = INT3;
	}
}

/* points_lift() - it has stopped: out of its memory, unless the guest has written there */
void points_lift(struct points *points, const struct memory *memory)
{
	unsigned int i;

	for (i = 0; i < POINTS_SOFT; i++) {
		struct soft_point *point = &points->soft[i];
		__u8 *at = point->put ? memory_at(memory, point->phys, 1) : NULL;

		if (at && *at == INT3)
			*at = point->before;
		point->put = false;
	}
}

static bool any_soft(const struct points *points)
{
	unsigned int i;

	for (i = 0; i < POINTS_SOFT; i++)
		if (points->soft[i].used)
			return true;
	return false;
}

static void hard_arm(const struct hard_point *point, unsigned int n,
		     struct kvm_guest_debug *debug)
{
	static const __u8 types[] = { [POINT_HARD] = 0, [POINT_WRITE] = 1, [POINT_ACCESS] = 3 };
	static const __u8 sizes[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 2 };

	debug->control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	debug->arch.debugreg[n] = point->virt;
	debug->arch.debugreg[7] |= DR7_FIXED | DR7_EXACT | DR7_GLOBAL(n) |
				   DR7_TYPE(n, types[point->kind]) |
				   DR7_SIZE(n, sizes[point->size]);
}

static struct kvm_guest_debug debug_of(const struct points *points, bool step)
{
	struct kvm_guest_debug debug = { 0 };
	unsigned int i;

	if (any_soft(points))
		debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP;
	for (i = 0; i < POINTS_HARD; i++)
		if (points->hard[i].used)
			hard_arm(&points->hard[i], i, &debug);
	if (step)
		debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
	return debug;
}

/* So that a step is one of the guest's program, and not into an interrupt's handler. */
static __u32 step_flags(const struct vcpu *vcpu)
{
	int flags = ioctl(vcpu->vm->kvm_vm, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG2);

	return flags > 0 ? flags & KVM_GUESTDBG_BLOCKIRQ : 0;
}

/**
 * points_arm() - have KVM come out for them.
 * @points: the list
 * @vcpu:   does not run
 * @step:   after an instruction as well
 */
bool points_arm(const struct points *points, const struct vcpu *vcpu, bool step)
{
	struct kvm_guest_debug debug = debug_of(points, step);

	if (step)
		debug.control |= step_flags(vcpu);
	return !ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug);
}

/* ---- KVM has come out ---- */

static enum hit hard_hit(const struct points *points, __u64 dr6, __u64 *virt)
{
	static const enum hit hits[] = {
		[POINT_HARD] = HIT_HARD, [POINT_WRITE] = HIT_WRITE, [POINT_ACCESS] = HIT_ACCESS,
	};
	unsigned int i;

	for (i = 0; i < POINTS_HARD; i++) {
		if (!(dr6 & BIT(i)) || !points->hard[i].used)
			continue;
		*virt = points->hard[i].virt;
		return hits[points->hard[i].kind];
	}
	return HIT_OTHER;
}

/**
 * points_hit() - what KVM_EXIT_DEBUG is about.
 * @points: the list
 * @vcpu:   whose exit it is
 * @step:   it was to come out after an instruction
 * @virt:   result: address of the point
 *
 * Return: HIT_OTHER: it is the guest's own.
 */
enum hit points_hit(const struct points *points, const struct vcpu *vcpu, bool step, __u64 *virt)
{
	const struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;
	enum hit hit;

	*virt = arch->pc;
	if (arch->exception == VECTOR_BP)
		return soft_find((struct points *)points, arch->pc) ? HIT_SOFT : HIT_OTHER;
	hit = arch->dr6 & DR6_POINTS ? hard_hit(points, arch->dr6, virt) : HIT_OTHER;
	if (hit == HIT_OTHER && arch->dr6 & DR6_STEP && step)
		hit = HIT_STEP;
	return hit;
}

static bool set_dr6(const struct vcpu *vcpu, __u64 dr6)
{
	struct kvm_debugregs debugregs;

	if (ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &debugregs))
		return false;
	debugregs.dr6 = dr6;
	return !ioctl(vcpu->fd, KVM_SET_DEBUGREGS, &debugregs);
}

/* points_give_back() - the guest gets the exception that it was about; arguments as before */
bool points_give_back(const struct points *points, const struct vcpu *vcpu, bool step)
{
	const struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;
	struct kvm_guest_debug debug = debug_of(points, step);

	debug.control |= KVM_GUESTDBG_ENABLE;
	if (step)
		debug.control |= step_flags(vcpu);
	if (arch->exception == VECTOR_BP)
		debug.control |= KVM_GUESTDBG_INJECT_BP;
	else if (arch->exception == VECTOR_DB && set_dr6(vcpu, arch->dr6))
		debug.control |= KVM_GUESTDBG_INJECT_DB;
	return !ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug);
}
