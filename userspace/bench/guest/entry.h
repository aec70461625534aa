/* SPDX-License-Identifier: GPL-2.0 */
/* What entry.S calls, writes and has. */
#ifndef KEEL_BENCH_GUEST_ENTRY_H
#define KEEL_BENCH_GUEST_ENTRY_H

/* Of timer_entry, at its first instruction; an asm that clobbers memory shows that it came */
extern unsigned long long interrupt_tsc;
extern unsigned int interrupts;

/* Gates of the IDT lead to them */
void timer_entry(void);
void spurious_entry(void);

void guest_main(void);

#endif /* KEEL_BENCH_GUEST_ENTRY_H */
