/* SPDX-License-Identifier: GPL-2.0 */
/* Firmware configuration: what a host does with it. */
#ifndef KEEL_CHIPS_FWCFG_H
#define KEEL_CHIPS_FWCFG_H

#include <linux/types.h>

struct keel_dev;
struct keel_fwcfg_items;

bool keel_fwcfg_sane(const void *blob, u32 length);
void keel_fwcfg_replace(struct keel_dev *dev, const struct keel_fwcfg_items *items);

#endif /* KEEL_CHIPS_FWCFG_H */
