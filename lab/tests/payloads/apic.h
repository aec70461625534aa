/* SPDX-License-Identifier: GPL-2.0 */
/* The APICs: more than one CPU has. */
#ifndef APIC_H
#define APIC_H

#include "../../../userspace/bench/guest/apic.h"
#include "payload.h"

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
