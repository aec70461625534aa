/* SPDX-License-Identifier: GPL-2.0 */
/* Signals of keel bench host: the user wants the end, or a guest has hung. */
#ifndef KEEL_BENCH_SIGNALS_H
#define KEEL_BENCH_SIGNALS_H

#include <stdbool.h>

void signals_take(void);
bool signals_stopped(void);
void signals_expect(unsigned int seconds);
bool signals_late(void);
void signals_end(void);

#endif /* KEEL_BENCH_SIGNALS_H */
