/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_IOAPIC_H
#define KEEL_IOAPIC_H

#include <linux/types.h>

/* A redirection table entry (82093AA, 3.2.4): keel_ioapic_state.entries. */
#define KEEL_RTE_VECTOR		0x00000000000000ffULL
#define KEEL_RTE_MODE		0x0000000000000700ULL	/* delivery mode */
#define KEEL_RTE_LOGICAL	0x0000000000000800ULL	/* destination mode */
#define KEEL_RTE_STATUS		0x0000000000001000ULL	/* delivery status; 0 in a state */
#define KEEL_RTE_LOW		0x0000000000002000ULL	/* polarity: active-low */
#define KEEL_RTE_REMOTE_IRR	0x0000000000004000ULL
#define KEEL_RTE_LEVEL		0x0000000000008000ULL	/* trigger mode */
#define KEEL_RTE_MASK		0x0000000000010000ULL
#define KEEL_RTE_EXT_DEST	0x00fe000000000000ULL	/* destination bits 14:8 */
#define KEEL_RTE_DEST		0xff00000000000000ULL	/* destination bits 7:0 */
#define KEEL_RTE_MODE_SHIFT	8
#define KEEL_RTE_EXT_DEST_SHIFT	49
#define KEEL_RTE_DEST_SHIFT	56

/**
 * struct keel_ioapic_state - an 82093AA.
 * @entries:  redirection table; delivery status is derived from @resume
 * @resume:   per pin, VmTime in ns at which a throttled level interrupt is
 *            delivered again; 0: not throttled
 * @streak:   per pin, level interrupts delivered in a row without the pin having
 *            been deasserted, masked or made edge-triggered
 * @levels:   a bit for each pin: the logical level of its line
 * @ioregsel: I/O register select
 * @id:       I/O APIC ID (4 bits)
 * @pad:      zero
 * @sent:     per pin whose remote IRR is set, what its interrupt was sent by: the entry as it
 *            was then, without polarity, remote IRR and mask; else 0
 */
struct keel_ioapic_state {
	__u64 entries[24];
	__u64 resume[24];
	__u16 streak[24];
	__u32 levels;
	__u8  ioregsel;
	__u8  id;
	__u8  pad[2];
	__u64 sent[24];
};

#endif /* KEEL_IOAPIC_H */
