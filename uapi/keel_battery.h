/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_BATTERY_H
#define KEEL_BATTERY_H

#include <linux/types.h>

/* keel_input.input for KEEL_CLASS_BATTERY. The guest learns of it by a general-purpose event. */
#define KEEL_INPUT_BATTERY_CHARGE	0	/* value: what is left, mWh, up to the capacity */
#define KEEL_INPUT_BATTERY_RATE		1	/* value: of charging or discharging, mW */
#define KEEL_INPUT_BATTERY_STATE	2	/* value: KEEL_BATTERY_* */
#define KEEL_INPUT_BATTERY_AC		3	/* value: 1: the adapter is there; 0: not */

#define KEEL_BATTERY_IDLE		0	/* neither of these: full, mostly */
#define KEEL_BATTERY_CHARGING		1
#define KEEL_BATTERY_DISCHARGING	2

/** KEEL_BATTERY_MAX - the greatest value of capacity, voltage and rate. */
#define KEEL_BATTERY_MAX	0x7fffffffU

/* Ports: registers of 32 bits, all read-only. */
#define KEEL_BATTERY_BASE	0x640
#define KEEL_BATTERY_LENGTH	0x18
#define KEEL_BATTERY_STATUS	0x00	/* KEEL_BATTERY_STATUS_* */
#define KEEL_BATTERY_RATE	0x04	/* mW */
#define KEEL_BATTERY_CHARGE	0x08	/* mWh */
#define KEEL_BATTERY_VOLTAGE	0x0c	/* mV */
#define KEEL_BATTERY_CAPACITY	0x10	/* mWh, of the design and of the last full charge */
#define KEEL_BATTERY_WARNING	0x14	/* mWh: the charge at which it is low */

/* As ACPI's _BST has them (ACPI 6.4, 10.2.2.11), and the adapter. */
#define KEEL_BATTERY_STATUS_DISCHARGING	0x1U
#define KEEL_BATTERY_STATUS_CHARGING	0x2U
#define KEEL_BATTERY_STATUS_CRITICAL	0x4U
#define KEEL_BATTERY_STATUS_AC		0x100U

/**
 * struct keel_battery_config - a battery and its adapter, as they are at power-on.
 * @capacity: mWh, 1 to KEEL_BATTERY_MAX
 * @voltage:  mV, 1 to KEEL_BATTERY_MAX
 * @charge:   mWh, up to @capacity
 * @rate:     mW, up to KEEL_BATTERY_MAX
 * @state:    KEEL_BATTERY_IDLE, _CHARGING or _DISCHARGING
 * @ac:       1: the adapter is plugged in; 0: it is not
 * @pad:      zero
 * @reserved: zero
 */
struct keel_battery_config {
	__u32 capacity;
	__u32 voltage;
	__u32 charge;
	__u32 rate;
	__u8  state;
	__u8  ac;
	__u8  pad[6];
	__u64 reserved[3];
};

/**
 * struct keel_battery_state - the KEEL_CLASS_BATTERY record.
 * @charge: see struct keel_battery_config
 * @rate:   likewise
 * @state:  likewise
 * @ac:     likewise
 * @pad:    zero
 */
struct keel_battery_state {
	__u32 charge;
	__u32 rate;
	__u8  state;
	__u8  ac;
	__u8  pad[6];
};

#endif /* KEEL_BATTERY_H */
