/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_IOAPIC_H
#define KEEL_IOAPIC_H

#include <linux/types.h>


#endif /* KEEL_IOAPIC_H */
