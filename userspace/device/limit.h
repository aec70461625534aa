/* SPDX-License-Identifier: GPL-2.0 */
/* The devices that --limit names. */
#ifndef KEEL_DEVICE_LIMIT_H
#define KEEL_DEVICE_LIMIT_H

#include <linux/types.h>

struct config;

#define LIMIT_NAME	24

void limits_resolve(struct config *config);
void limit_name(__u16 class, __u16 instance, char name[LIMIT_NAME]);

#endif /* KEEL_DEVICE_LIMIT_H */
