/* SPDX-License-Identifier: GPL-2.0 */
/* The IOAPIC (82093AA) and the LAPIC (SDM vol. 3, chapter 11), in xAPIC mode. */
#ifndef KEEL_BENCH_GUEST_APIC_H
#define KEEL_BENCH_GUEST_APIC_H

#include "ports.h"

#define IOAPIC		0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define IOAPIC_EOI	0xfec00040
#define RTE_LOGICAL	0x00000800
#define RTE_PENDING	0x00001000
#define RTE_LOW		0x00002000
#define RTE_REMOTE_IRR	0x00004000
#define RTE_LEVEL	0x00008000
#define RTE_MASK	0x00010000

#define LAPIC_ID	0xfee00020
#define LAPIC_TPR	0xfee00080
#define LAPIC_EOI	0xfee000b0
#define LAPIC_LDR	0xfee000d0
#define LAPIC_DFR	0xfee000e0
#define LAPIC_SVR	0xfee000f0
#define LAPIC_ICR	0xfee00300
#define LAPIC_ICR_HIGH	0xfee00310
#define LAPIC_LVTT	0xfee00320	/* one-shot by default */
#define LAPIC_TMICT	0xfee00380
#define LAPIC_TDCR	0xfee003e0
#define SVR_ENABLED	0x1ff		/* with 0xff as the spurious vector */
#define ICR_INIT	0x4500
#define ICR_STARTUP	0x4600		/* plus the page */
#define TDCR_1		0x0b		/* divide by 1 */

static inline unsigned int rte_read(unsigned int pin)
{
	mmio_write(IOAPIC, 0x10 + 2 * pin);
	return mmio_read(IOAPIC_WINDOW);
}

/* rte_write_to() - an entry whose destination, physical or logical, is "apic" */
static inline void rte_write_to(unsigned int pin, unsigned int low, unsigned char apic)
{
	mmio_write(IOAPIC, 0x11 + 2 * pin);
	mmio_write(IOAPIC_WINDOW, apic << 24);
	mmio_write(IOAPIC, 0x10 + 2 * pin);
	mmio_write(IOAPIC_WINDOW, low);
}

static inline void rte_write(unsigned int pin, unsigned int low)
{
	rte_write_to(pin, low, 0);
}

#endif /* KEEL_BENCH_GUEST_APIC_H */
