/* SPDX-License-Identifier: GPL-2.0 */
/* The interface between storm.c and storm_entry.S. */
#ifndef STORM_H
#define STORM_H

#include "apic.h"

extern unsigned int interrupts;		/* that came in the window */
extern const char storm_entry[];	/* for every vector */

/* Lets one interrupt through. */
void storm_window(void);
/* An exception of the guest's own: two words of what the CPU pushed */
__noreturn void storm_fault(u32 first, u32 second);

#endif /* STORM_H */
