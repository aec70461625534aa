/* SPDX-License-Identifier: GPL-2.0 */
/* The IOAPIC (82093AA) and the LAPIC (SDM vol. 3, chapter 11), in xAPIC mode. */
#ifndef APIC_H
#define APIC_H

#include "payload.h"

#define IOAPIC		0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define IOAPIC_EOI	0xfec00040
#define RTE_LOGICAL	BIT(11)
#define RTE_PENDING	BIT(12)
#define RTE_LOW		BIT(13)
#define RTE_REMOTE_IRR	BIT(14)
#define RTE_LEVEL	BIT(15)
#define RTE_MASK	BIT(16)

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

static inline u32 rte_read(unsigned int pin)
{
	mmio_write(IOAPIC, 0x10 + 2 * pin);
	return mmio_read(IOAPIC_WINDOW);
}

/* rte_write_to() - an entry whose destination, physical or logical, is "apic" */
static inline void rte_write_to(unsigned int pin, u32 low, u8 apic)
{
	mmio_write(IOAPIC, 0x11 + 2 * pin);
	mmio_write(IOAPIC_WINDOW, apic << 24);
	mmio_write(IOAPIC, 0x10 + 2 * pin);
	mmio_write(IOAPIC_WINDOW, low);
}

static inline void rte_write(unsigned int pin, u32 low)
{
	rte_write_to(pin, low, 0);
}

static inline void icr_write(u32 low, u8 apic)
{
	mmio_write(LAPIC_ICR_HIGH, apic << 24);
	mmio_write(LAPIC_ICR, low);
}

/* ---- ap.S ---- */

#define AP_PAGE	0x8		/* where it is copied to */

extern const char ap_trampoline[], ap_trampoline_end[];

void ap_main(void);

/* ap_start() - start a CPU in ap_main(), which has to report that it runs */
static inline void ap_start(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < (unsigned int)(ap_trampoline_end - ap_trampoline); i++)
		mmio_write8(AP_PAGE * 0x1000 + i, ap_trampoline[i]);
	icr_write(ICR_INIT, cpu);
	pause_us(10000);
	icr_write(ICR_STARTUP | AP_PAGE, cpu);
}

#endif /* APIC_H */
