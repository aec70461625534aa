// SPDX-License-Identifier: GPL-2.0
/*
 * Ports of the virtio console: "pty", "stdio", "socket=/run/agent,name=org.example.agent". One
 * device has all of them; those without a name are the guest's terminals hvc0 and so on, the
 * others its /dev/virtio-ports/NAME.
 */
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/hostfile.h"
#include "config/port.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/words.h"
#include "uapi/keel.h"

static const char *const policies[] = {
	[PORT_LOSSLESS] = "lossless", [PORT_DROP] = "drop",
};

static const struct row rows[] = {
	{ "to", VALUE_OWN, ROW_FIELD(port, to), .type = &hostfile_type },
	{ "name", VALUE_TEXT, ROW_FIELD(port, name), .min = 1, .max = KEEL_PORT_NAME },
	{ "policy", VALUE_CHOICE, ROW_FIELD(port, policy), .words = WORDS(policies) },
	{ "ring", VALUE_CHOICE, ROW_FIELD(port, ring), .choices = &ring_words },
	{ "transport", VALUE_CHOICE, ROW_FIELD(port, transport), .choices = &transport_words },
	{ "serve", VALUE_CHOICE, ROW_FIELD(port, serve), .choices = &serve_words },
	{ "notify", VALUE_CHOICE, ROW_FIELD(port, notify), .choices = &notify_words },
	{ "legacy", VALUE_FLAG, ROW_FIELD(port, legacy) },
	{ "notification-data", VALUE_FLAG, ROW_FIELD(port, notification_data) },
};

static bool check(void *object, struct complaint *complaint)
{
	const struct port *port = object;

	if (port->to.kind == HOSTFILE_UNSET)
		return complain(complaint, "to: what the port is connected to is missing");
	if (port->name && strchr(port->name, '/'))
		return complain(complaint, "name: \"%s\" has a \"/\"", port->name);
	return true;
}

const struct object_type port_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .plain = 1, .check = check,
};

/* port_stdio() - the port that is connected to standard input and output, or -1 */
int port_stdio(const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_ports; i++)
		if (config->ports[i].to.kind == HOSTFILE_STDIO)
			return i;
	return -1;
}
