/* SPDX-License-Identifier: GPL-2.0 */
/* FNV-1a, 64 bits: tells files apart, but for forged ones. */
#ifndef KEEL_FNV_H
#define KEEL_FNV_H

#include "base.h"

#define FNV_BASIS	0xcbf29ce484222325ULL
#define FNV_PRIME	0x100000001b3ULL

/**
 * fnv64() - the hash of some bytes.
 * @data: they
 * @size: how many
 */
static inline __u64 fnv64(const void *data, __u64 size)
{
	const __u8 *bytes = data;
	__u64 hash = FNV_BASIS;

	while (size--)
		hash = (hash ^ *bytes++) * FNV_PRIME;
	return hash;
}

#endif /* KEEL_FNV_H */
