/* SPDX-License-Identifier: GPL-2.0 */
/* On what, and under which conditions, keel bench host has measured. */
#ifndef KEEL_BENCH_CONDITIONS_H
#define KEEL_BENCH_CONDITIONS_H

#include <jansson.h>

json_t *conditions_json(unsigned int tsc_khz);

#endif /* KEEL_BENCH_CONDITIONS_H */
