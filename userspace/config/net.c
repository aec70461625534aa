// SPDX-License-Identifier: GPL-2.0
/* Network and socket devices: "tap=tap0,queues=2", "user,forward=tcp:2222:22", "3" */
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/net.h"
#include "config/port.h"
#include "config/source.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/words.h"
#include "status.h"

#define CID_FIRST	3	/* 0 to 2 are taken (VIRTIO 1.2, 5.10.4.1) */
#define FD_UNSET	(-1)

static const __u8 no_mac[MAC_LENGTH];

/* Six bytes, as a machine's own: not a group's, and not all zero. */
static bool mac_parse(const char *text, void *field, struct complaint *complaint)
{
	const char *at = text;
	__u8 *mac = field;
	unsigned int i;
	char *end;

	for (i = 0; i < MAC_LENGTH; i++, at = end + 1) {
		mac[i] = strtoul(at, &end, 16);
		if (end != at + 2 || *end != (i == MAC_LENGTH - 1 ? 0 : ':'))
			break;
	}
	if (i < MAC_LENGTH || mac[0] & 1 || !memcmp(mac, no_mac, MAC_LENGTH))
		return complain(complaint,
				"\"%.40s\" is not the address of one machine, as 52:54:00:12:34:56",
				text);
	return true;
}

static char *mac_print(const void *field)
{
	const __u8 *mac = field;
	char *text;

	if (!memcmp(mac, no_mac, MAC_LENGTH))
		return NULL;
	if (asprintf(&text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		     mac[5]) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

static bool port_number(const char *text, char **end, __u16 *port)
{
	unsigned long n = strtoul(text, end, 10);

	*port = n;
	return *text >= '1' && *text <= '9' && n <= UINT16_MAX;
}

/* tcp or udp, and two ports */
static bool forward_parse(const char *text, void *field, struct complaint *complaint)
{
	struct forward *forward = field;
	char *end;

	forward->udp = !strncmp(text, "udp:", 4);
	if ((forward->udp || !strncmp(text, "tcp:", 4)) &&
	    port_number(text + 4, &end, &forward->host) && *end == ':' &&
	    port_number(end + 1, &end, &forward->guest) && !*end)
		return true;
	return complain(complaint,
			"\"%.40s\" is not tcp:HOST:GUEST or udp:HOST:GUEST with ports from 1 to 65535",
			text);
}

static char *forward_print(const void *field)
{
	const struct forward *forward = field;
	char *text;

	if (asprintf(&text, "%s:%u:%u", forward->udp ? "udp" : "tcp", forward->host,
		     forward->guest) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

static bool fd_parse(const char *text, void *field, struct complaint *complaint)
{
	__u64 value;

	if (!number_parse(text, 0, DESCRIPTOR_MAX, &value, complaint))
		return false;
	*(int *)field = value;
	return true;
}

static char *fd_print(const void *field)
{
	char *text;

	if (*(const int *)field == FD_UNSET)
		return NULL;
	if (asprintf(&text, "%d", *(const int *)field) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

static const struct value_type mac_type = { mac_parse, mac_print };
static const struct value_type forward_type = { forward_parse, forward_print };
static const struct value_type fd_type = { fd_parse, fd_print };

static const struct row net_rows[] = {
	{ "user", VALUE_FLAG, ROW_FIELD(net_config, user) },
	{ "tap", VALUE_TEXT, ROW_FIELD(net_config, tap), .min = 1, .max = IFNAMSIZ - 1 },
	{ "fd", VALUE_OWN, ROW_FIELD(net_config, fd), .type = &fd_type },
	{ "queues", VALUE_NUMBER, ROW_FIELD(net_config, pairs), .min = 1, .max = NET_PAIRS_MAX },
	{ "mac", VALUE_OWN, ROW_FIELD(net_config, mac), .type = &mac_type },
	{ "forward", VALUE_OWN, ROW_FIELDS(net_config, forwards, nr_forwards),
	  .type = &forward_type },
	{ "transport", VALUE_CHOICE, ROW_FIELD(net_config, transport),
	  .choices = &transport_words },
	{ "notify", VALUE_CHOICE, ROW_FIELD(net_config, notify), .choices = &notify_words },
	{ "legacy", VALUE_FLAG, ROW_FIELD(net_config, legacy) },
	{ "notification-data", VALUE_FLAG, ROW_FIELD(net_config, notification_data) },
	{ "plug", VALUE_CHOICE, ROW_FIELD(net_config, plug), .choices = &plug_words },
};

static void net_begin(void *object)
{
	struct net_config *net = object;

	net->fd = FD_UNSET;
	net->pairs = 1;
}

static bool net_check(void *object, struct complaint *complaint)
{
	const struct net_config *net = object;
	bool has_fd = net->fd != FD_UNSET;

	if (net->user + !!net->tap + has_fd != 1)
		return complain(complaint, "one of user, tap=NAME and fd=N has to be given");
	if (net->nr_forwards && !net->user)
		return complain(complaint, "forward: only with user");
	if (net->pairs > 1 && !net->tap)
		return complain(complaint, "queues: only with tap=NAME");
	return true;
}

const struct object_type net_object = {
	.rows = net_rows, .nr = ARRAY_SIZE(net_rows), .begin = net_begin, .check = net_check,
};

/* net_name() - the interface, for messages */
void net_name(const struct net_config *net, char name[32])
{
	if (net->tap)
		snprintf(name, 32, "tap=%s", net->tap);
	else if (net->user)
		strcpy(name, "user");
	else
		snprintf(name, 32, "fd=%d", net->fd);
}

static const struct row vsock_rows[] = {
	{ "cid", VALUE_NUMBER, ROW_FIELD(vsock_config, cid), .min = CID_FIRST,
	  .max = UINT32_MAX - 1 },
	{ "transport", VALUE_CHOICE, ROW_FIELD(vsock_config, transport),
	  .choices = &transport_words },
	{ "notify", VALUE_CHOICE, ROW_FIELD(vsock_config, notify), .choices = &notify_words },
	{ "notification-data", VALUE_FLAG, ROW_FIELD(vsock_config, notification_data) },
};

static bool vsock_check(void *object, struct complaint *complaint)
{
	const struct vsock_config *vsock = object;

	return vsock->cid || complain(complaint, "cid: a context ID is missing");
}

const struct object_type vsock_object = {
	.rows = vsock_rows, .nr = ARRAY_SIZE(vsock_rows), .plain = 1, .check = vsock_check,
};
