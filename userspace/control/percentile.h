/* SPDX-License-Identifier: GPL-2.0 */
/* Percentiles of the module's histograms. */
#ifndef KEEL_CONTROL_PERCENTILE_H
#define KEEL_CONTROL_PERCENTILE_H

#include <linux/types.h>

__u64 percentile(const __u64 *buckets, unsigned int per_mille, __u64 most);

#endif /* KEEL_CONTROL_PERCENTILE_H */
