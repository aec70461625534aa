/* SPDX-License-Identifier: GPL-2.0 */
/* The ports of the virtio console that --virtio-console asks for. */
#ifndef KEEL_CONFIG_PORT_H
#define KEEL_CONFIG_PORT_H

#include "config/hostfile.h"

enum port_policy { PORT_LOSSLESS, PORT_DROP };

/**
 * struct port - a port of the virtio console.
 * @to:     what it is connected to
 * @name:   what the guest finds it by; NULL: it is a terminal
 * @policy: enum port_policy: when its output is not taken
 * @ring:   enum ring, of the device
 * @transport: enum transport, of the device
 * @serve:  KEEL_SERVE_*, of the device
 * @notify: enum notify, of the device
 * @legacy: see struct virtio; of the device
 * @notification_data: see struct virtio; of the device
 */
struct port {
	struct hostfile to;
	char *name;
	unsigned int policy;
	unsigned int ring;
	unsigned int transport;
	unsigned int serve;
	unsigned int notify;
	bool legacy;
	bool notification_data;
};

struct config;

extern const struct object_type port_object;

int port_stdio(const struct config *config);

#endif /* KEEL_CONFIG_PORT_H */
