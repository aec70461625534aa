/* SPDX-License-Identifier: GPL-2.0 */
/* The serial ports that --serial asks for. */
#ifndef KEEL_CONFIG_SERIAL_H
#define KEEL_CONFIG_SERIAL_H

#include "base.h"
#include "stream/hostfile.h"

struct config;
struct keel_device_config;

#define SERIAL_MAX	8

/**
 * struct serial - a serial port.
 * @base:   first port, or guest physical address
 * @stride: 0: ports; else bytes from register to register
 * @irq:    line, or KEEL_IRQ_NONE
 * @rate:   most bytes a second, or 0
 * @drop:   rather than make the guest wait
 * @patience_given: @drop is the user's choice
 * @end_given: so is @end
 * @end:    what it is connected to
 */
struct serial {
	__u64 base;
	__u32 stride;
	__u32 irq;
	__u32 rate;
	bool drop;
	bool patience_given;
	bool end_given;
	struct end end;
};

bool serial_valid(const char *text);
unsigned int serial_list(const struct config *config, struct serial list[SERIAL_MAX]);
int serial_stdio(const struct config *config);
unsigned int serial_devices(const struct config *config, struct keel_device_config *devices);
bool serial_is_com1(const struct serial *serial);

#endif /* KEEL_CONFIG_SERIAL_H */
