/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PM_H
#define KEEL_PM_H

#include <linux/types.h>

/* keel_input.input for KEEL_CLASS_PM. */
#define KEEL_INPUT_POWER_BUTTON	0
#define KEEL_INPUT_SLEEP_BUTTON	1

/**
 * struct keel_pm_config - choices for the ACPI hardware.
 * @timer_bits: width of the PM timer, 24 or 32; 0: 32
 * @reserved:   zero
 */
struct keel_pm_config {
	__u32 timer_bits;
	__u32 reserved0;
	__u64 reserved[5];
};

#endif /* KEEL_PM_H */
