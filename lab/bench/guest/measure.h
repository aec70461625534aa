/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the bench's guest share. Each part measures the rows of one group, and runs if
 * the command line names the group. A figure is a line "= ROW MEDIAN MEAN P99", in ticks of the
 * TSC, which are instructions where the host counts those; the cost of an empty measurement is
 * subtracted.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "../../tests/payloads/apic.h"

/* MC146818: its pin and registers, and what registers A and B are set to */
#define RTC_PIN		8
#define RTC_A		0x0a
#define RTC_B		0x0b
#define RTC_C		0x0c
#define RTC_1024_HZ	0x26
#define RTC_PIE		0x42		/* periodic interrupt, 24 hours */
#define RTC_24_HOURS	0x02

#define SAMPLES		1000
#define FEW		5		/* with the word "few" on the command line */
#define PATIENCE	20000000	/* ticks after which an interrupt is taken for lost */

extern u32 ticks[SAMPLES];		/* of one row */

/* Something did not come: the row that is measured has no figure. */
extern bool lost;

/* "few" is on the command line: where each instruction is logged, few samples are enough. */
extern bool few;

/* How many samples are taken instead of @nr. */
unsigned int samples(unsigned int nr);

/* Called for its vector, with interrupts off; the EOI follows. */
extern void (*handlers[256])(void);

/* Ends an interrupt as Linux does under KVM: without an exit, if KVM offers that. */
void eoi(void);

/* Waits in HLT for a counter that an interrupt's handler increments. */
void halt_until(const u32 *count, u32 wanted);
/* Waits for it without HLT; the row is lost if it does not come. */
void spin_until(const u32 *count, u32 wanted);

/**
 * measure_after() - measure a row.
 * @name:  of the row
 * @operation: is measured
 * @after: is called after each, and is not measured
 * @nr:    samples; some more are made before, and are not recorded
 * @each:  operations in a call, by which its cost is divided
 */
void measure_after(const char *name, void (*operation)(void), void (*after)(void),
		   unsigned int nr, unsigned int each);
void measure(const char *name, void (*operation)(void), unsigned int nr, unsigned int each);

/* Reports ticks[0] to ticks[nr - 1], each the cost of "each" operations. */
void report(const char *name, unsigned int nr, unsigned int each);

/* Sorts ticks[0] to ticks[nr - 1]. */
void sort_ticks(unsigned int nr);

/* Points an interrupt's vector at an entry of the caller's own, not at payload.c's. */
void set_gate(u8 vector, void (*entry)(void));

/* ---- The parts ---- */

void measure_ports(void);
void measure_ioapic(void);
void measure_dispatch(void);
void measure_lines(void);
/* The round trips alone */
void measure_edges(void);
void measure_uart(void);
void measure_pit(void);
void measure_lapic(void);
void measure_pit_tick(void);
void measure_rtc_tick(void);
void measure_late_pit(void);
void measure_late_rtc(void);
void measure_late_lapic(void);
void measure_blk(void);
void measure_net(void);
void measure_console(void);
void measure_vsock(void);

#endif /* MEASURE_H */
