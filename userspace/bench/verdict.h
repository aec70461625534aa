/* SPDX-License-Identifier: GPL-2.0 */
/* Are times on this machine those of hardware? */
#ifndef KEEL_BENCH_VERDICT_H
#define KEEL_BENCH_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

bool cpu_has_hypervisor(void);
bool cpu_has_invariant_tsc(void);
json_t *verdict_reasons(void);

#endif /* KEEL_BENCH_VERDICT_H */
