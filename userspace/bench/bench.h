/* SPDX-License-Identifier: GPL-2.0 */
/* keel bench host: latencies of this host's hardware, under Keel and under KVM's own chips. */
#ifndef KEEL_BENCH_BENCH_H
#define KEEL_BENCH_BENCH_H

int command_bench(int argc, char **argv);
extern const char bench_details[];

#endif /* KEEL_BENCH_BENCH_H */
