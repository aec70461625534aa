/* SPDX-License-Identifier: GPL-2.0 */
/* keel bench host --load: threads that compute, use memory, and write to a file. */
#ifndef KEEL_BENCH_LOAD_H
#define KEEL_BENCH_LOAD_H

#include <jansson.h>
#include <sched.h>

void load_start(const cpu_set_t *cpus);
void load_stop(void);
json_t *load_json(void);

#endif /* KEEL_BENCH_LOAD_H */
