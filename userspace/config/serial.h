/* SPDX-License-Identifier: GPL-2.0 */
/* The serial ports that --serial asks for. */
#ifndef KEEL_CONFIG_SERIAL_H
#define KEEL_CONFIG_SERIAL_H

#include "config/hostfile.h"

#define SERIAL_MAX		8
#define SERIAL_REGISTERS	8

enum serial_out2 { OUT2_GATES, OUT2_IGNORED };
enum serial_policy { POLICY_UNSET, POLICY_LOSSLESS, POLICY_DROP };

/**
 * struct serial - a serial port.
 * @place:  its registers
 * @place.memory: they are in memory, not on ports
 * @place.base: the first port, or the guest physical address
 * @irq:    line, or KEEL_IRQ_NONE
 * @stride: bytes from register to register in memory; 0 on ports
 * @rate:   most bytes a second, or 0
 * @policy: enum serial_policy: when its output is not taken
 * @out2:   enum serial_out2: the interrupt and OUT2
 * @to:     what it is connected to
 */
struct serial {
	struct serial_place {
		bool memory;
		__u64 base;
	} place;
	__u32 irq;
	__u32 stride;
	__u32 rate;
	unsigned int policy;
	unsigned int out2;
	struct hostfile to;
};

struct config;

extern const struct object_type serial_object;

void serial_resolve(struct config *config);
int serial_stdio(const struct config *config);

#endif /* KEEL_CONFIG_SERIAL_H */
