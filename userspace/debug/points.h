/* SPDX-License-Identifier: GPL-2.0 */
/* Breakpoints and watchpoints of gdb's. */
#ifndef KEEL_DEBUG_POINTS_H
#define KEEL_DEBUG_POINTS_H

#include <linux/types.h>
#include <stdbool.h>

struct memory;
struct vcpu;

#define POINTS_SOFT	256U
#define POINTS_HARD	4U	/* DR0 to DR3 */

/* As "Z" numbers them; x86 has no watchpoints for reads alone. */
enum point_kind { POINT_SOFT, POINT_HARD, POINT_WRITE, POINT_READ, POINT_ACCESS };

/**
 * struct soft_point - an int3 in the guest's memory, while the guest runs.
 * @virt:   address
 * @phys:   where it is in RAM
 * @before: the byte that is there
 * @put:    the int3 is there instead
 * @used:   there is such a breakpoint
 */
struct soft_point {
	__u64 virt;
	__u64 phys;
	__u8 before;
	bool put;
	bool used;
};

/**
 * struct hard_point - a debug register.
 * @virt: address
 * @size: bytes: 1, 2, 4 or 8
 * @kind: POINT_HARD, POINT_WRITE or POINT_ACCESS
 * @used: it is in use
 */
struct hard_point {
	__u64 virt;
	__u64 size;
	enum point_kind kind;
	bool used;
};

/**
 * struct points - all of them. They change only while no vCPU runs.
 */
struct points {
	struct soft_point soft[POINTS_SOFT];
	struct hard_point hard[POINTS_HARD];
};

/* What has been hit. */
enum hit { HIT_NONE, HIT_SOFT, HIT_HARD, HIT_WRITE, HIT_ACCESS, HIT_STEP, HIT_OTHER, HIT_CRASH };

const char *points_add(struct points *points, const struct vcpu *vcpu, enum point_kind kind,
		       __u64 virt, __u64 size);
void points_remove(struct points *points, enum point_kind kind, __u64 virt, __u64 size);
void points_clear(struct points *points);
void points_put(struct points *points, const struct memory *memory);
void points_lift(struct points *points, const struct memory *memory);
bool points_arm(const struct points *points, const struct vcpu *vcpu, bool step);
enum hit points_hit(const struct points *points, const struct vcpu *vcpu, bool step, __u64 *virt);
bool points_give_back(const struct points *points, const struct vcpu *vcpu, bool step);

#endif /* KEEL_DEBUG_POINTS_H */
