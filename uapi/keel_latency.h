/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * How long things take: KEEL_LATENCY_SET switches the measurement of a VM on and off,
 * KEEL_LATENCY_GET reads it. Documentation/latency.rst says from when to when each is measured.
 */
#ifndef KEEL_LATENCY_H
#define KEEL_LATENCY_H

#include <linux/types.h>

/**
 * KEEL_LATENCY_BUCKETS - buckets of a histogram. Bucket 0 counts times of 0 ns, bucket n those of
 * 2^(n-1) to 2^n - 1 ns, and the last one all that are longer as well.
 */
#define KEEL_LATENCY_BUCKETS	40

/* What a histogram is of: keel_latency_row.kind. */
#define KEEL_LATENCY_READ	1	/* a region's reads */
#define KEEL_LATENCY_WRITE	2	/* a region's writes */
#define KEEL_LATENCY_TIMER	3	/* deadline to expiry, of the board or of a device */
#define KEEL_LATENCY_LINE	4	/* a line's rise to its EOI; of INTR, to INTA */
#define KEEL_LATENCY_REQUEST	5	/* a disk's requests */

/* Flags of struct keel_culprit. */
#define KEEL_CULPRIT_WRITE	0x1U	/* an access that wrote */
#define KEEL_CULPRIT_MEMORY	0x2U	/* an access to memory; else to a port */

/**
 * struct keel_culprit - what took so long.
 * @addr:   port or guest physical address of an access; byte on the disk of a request
 * @value:  that was written, or that was the answer, at most 8 bytes; a request's bytes
 * @rip:    the guest's, if KVM had it at hand; or 0. It is that of the instruction, or after a
 *          write to memory that came out of KVM_RUN that of the next one
 * @vcpu:   index of the vCPU; -1: none
 * @length: bytes of an access; 0: it was none, or KVM has not decoded it
 * @flags:  KEEL_CULPRIT_*
 * @pad:    zero
 *
 * It is zero, but for @vcpu, for what is neither an access nor a request.
 */
struct keel_culprit {
	__u64 addr;
	__u64 value;
	__u64 rip;
	__s32 vcpu;
	__u8  length;
	__u8  flags;
	__u8  pad[2];
};

/**
 * struct keel_histogram - times.
 * @count:   how many; the sum of @buckets
 * @sum:     of all of them, ns
 * @most:    the longest, ns
 * @most_at: VmTime at its end, ns
 * @culprit: what took the longest
 * @buckets: see KEEL_LATENCY_BUCKETS
 */
struct keel_histogram {
	__u64 count;
	__u64 sum;
	__u64 most;
	__u64 most_at;
	struct keel_culprit culprit;
	__u64 buckets[KEEL_LATENCY_BUCKETS];
};

/**
 * struct keel_latency_row - a histogram under its name.
 * @device:   "pit0"; "board", "line4" and "INTR" are not devices
 * @name:     the region, "counter"; "hrtimer", or "timer0" of a device; "eoi", or "inta" of INTR;
 *            "read", "write", "flush" or "other" of a disk; "unmapped_pio" or
 *            "unmapped_mmio" of the board: accesses that no device answers
 * @kind:     KEEL_LATENCY_*
 * @reserved: zero
 * @times:    of one moment
 */
struct keel_latency_row {
	char  device[16];
	char  name[24];
	__u32 kind;
	__u32 reserved;
	struct keel_histogram times;
};

/** KEEL_WORST_ACCESSES - the longest accesses that a VM keeps. */
#define KEEL_WORST_ACCESSES	16

/**
 * struct keel_worst_access - one of the longest accesses.
 * @ns:     how long it took
 * @at:     VmTime at its end, ns
 * @what:   the access
 * @device: as in struct keel_latency_row
 * @region: likewise
 */
struct keel_worst_access {
	__u64 ns;
	__u64 at;
	struct keel_culprit what;
	char  device[16];
	char  region[24];
};

/* What KEEL_LATENCY_SET does: keel_latency_set.action. */
#define KEEL_LATENCY_OFF	0	/* measure no more; what was measured stays */
#define KEEL_LATENCY_ON		1	/* measure, and add to what was measured before */
#define KEEL_LATENCY_RESET	2	/* forget what was measured */

/**
 * struct keel_latency_set - measure, or not (KEEL_LATENCY_SET).
 * @size:   sizeof
 * @action: KEEL_LATENCY_OFF, _ON or _RESET
 *
 * The memory that it takes (a struct keel_histogram for each region's direction, timer and line) is
 * allocated the first time, and kept until the VM's end. Nothing of it belongs to the VM's state.
 *
 * Return: 0, or
 *  * EINVAL  another action
 */
struct keel_latency_set {
	__u32 size;
	__u32 action;
};

/**
 * struct keel_latency_get - read what was measured (KEEL_LATENCY_GET).
 * @size:      sizeof
 * @measuring: out: 1: it is being measured; 0: it is not
 * @nr_rows:   in: room in @rows; out: histograms that are not empty (may be more than the room)
 * @nr_worst:  in: room in @worst; out: accesses that are kept (may be more than the room)
 * @rows:      user address of struct keel_latency_row[@nr_rows]
 * @worst:     user address of struct keel_worst_access[@nr_worst]; the longest comes first
 * @since:     out: VmTime when it was first switched on, or last reset, ns
 * @now:       out: VmTime, ns
 *
 * Each histogram is of one moment, and not all of them of the same.
 */
struct keel_latency_get {
	__u32 size;
	__u32 measuring;
	__u32 nr_rows;
	__u32 nr_worst;
	__u64 rows;
	__u64 worst;
	__u64 since;
	__u64 now;
};

#endif /* KEEL_LATENCY_H */
