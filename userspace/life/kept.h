/* SPDX-License-Identifier: GPL-2.0 */
/* The memory that a reset brings back. */
#ifndef KEEL_LIFE_KEPT_H
#define KEEL_LIFE_KEPT_H

struct kept;
struct memory;

struct kept *kept_take(const struct memory *memory);
void kept_renew(const struct kept *kept, struct memory *memory);

#endif /* KEEL_LIFE_KEPT_H */
