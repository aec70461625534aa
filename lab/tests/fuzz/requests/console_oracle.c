// SPDX-License-Identifier: GPL-2.0
/* The expected effect of each action of a console's driver, or of its host. */
#include "console.h"

/* VIRTIO 1.2, 5.3.6.2 */
#define DEVICE_READY	0
#define PORT_READY	3
#define PORT_OPEN	6

static const struct {
	u16 event;
	u16 value;
} kinds[CONSOLE_KINDS] = {
	[ADD] = { 1, 1 }, [IS_CONSOLE] = { 4, 1 }, [SIZE] = { 5, 1 }, [NAME] = { 7, 1 },
	[GONE] = { 6, 0 }, [COME] = { 6, 1 },
};

/* ---- Messages of the driver ---- */

static void expect_port_gone(struct console_port *p)
{
	p->added = false;
	p->open = false;
	memset(p->due + ADD + 1, 0, sizeof(p->due) - sizeof(p->due[ADD]));
}

/**
 * console_expect_reset() - the driver has sent no message yet.
 * @c: the console
 */
void console_expect_reset(struct console *c)
{
	unsigned int i;

	c->ready = false;
	for (i = 0; i < KEEL_VCON_PORTS; i++) {
		expect_port_gone(&c->ports[i]);
		c->ports[i].due[ADD] = false;
	}
}

static void expect_driver_ready(struct console *c, bool ready)
{
	unsigned int i;

	if (!ready) {
		c->counts.driver_failed++;
		console_expect_reset(c);
	} else if (c->ready) {
		c->counts.repeated++;
	} else {
		c->ready = true;
		for (i = 0; i < c->nr_ports; i++)
			c->ports[i].due[ADD] = true;
	}
}

static void expect_port_ready(struct console *c, struct console_port *p, bool ready)
{
	bool terminal = !p->name[0];

	if (!ready) {
		c->counts.ports_failed++;
		expect_port_gone(p);
		return;
	}
	if (p->added) {
		c->counts.repeated++;
		return;
	}
	p->added = true;
	p->due[IS_CONSOLE] = terminal;
	p->due[SIZE] = terminal && (p->cols || p->rows);
	p->due[NAME] = !terminal;
	p->due[COME] = p->connected;
	p->lost = false;
	memset(&p->heard, 0, sizeof(p->heard));
}

/* The counter of what is wrong with it, or NULL. */
static u64 *expect_wrong(struct console *c, const struct console_said *said)
{
	const struct console_port *p = &c->ports[said->port % KEEL_VCON_PORTS];

	if (!(c->features & CONSOLE_MULTIPORT))
		return &c->counts.not_negotiated;
	if (said->len < 8)
		return &c->counts.short_messages;
	if (said->event != DEVICE_READY && said->event != PORT_READY && said->event != PORT_OPEN)
		return &c->counts.bad_events;
	if (said->value != 0 && said->value != 1)
		return &c->counts.bad_values;
	if (said->event == DEVICE_READY)
		return NULL;
	if (said->port >= c->nr_ports)
		return &c->counts.bad_ports;
	if (!c->ready || p->due[ADD] || (said->event == PORT_OPEN && !p->added))
		return &c->counts.too_early;
	return NULL;
}

/**
 * console_expect_said() - the driver has sent a message.
 * @c:    the console
 * @said: the message
 */
void console_expect_said(struct console *c, const struct console_said *said)
{
	u64 *wrong = expect_wrong(c, said);

	/* A message that is too long is accepted. */
	if (c->features & CONSOLE_MULTIPORT && said->len > 8)
		c->counts.long_messages++;
	if (wrong) {
		++*wrong;
		return;
	}
	c->counts.received++;
	if (said->event == DEVICE_READY)
		expect_driver_ready(c, said->value);
	else if (said->event == PORT_READY)
		expect_port_ready(c, &c->ports[said->port], said->value);
	else
		c->ports[said->port].open = said->value;
}

/* ---- Messages to the driver ---- */

static bool expect_next(const struct console *c, enum console_kind *kind, unsigned int *port)
{
	for (*kind = ADD; *kind < CONSOLE_KINDS; ++*kind)
		for (*port = 0; *port < c->nr_ports; ++*port)
			if (c->ports[*port].due[*kind])
				return true;
	return false;
}

static unsigned int expect_put(u8 *message, unsigned int at, u32 value, unsigned int len)
{
	for (; len; len--, value >>= 8)
		message[at++] = value;
	return at;
}

static unsigned int expect_message(const struct console_port *p, enum console_kind kind,
				   unsigned int port, u8 *message)
{
	unsigned int len = expect_put(message, 0, port, 4);

	len = expect_put(message, len, kinds[kind].event, 2);
	len = expect_put(message, len, kinds[kind].value, 2);
	if (kind == SIZE) {
		len = expect_put(message, len, p->cols, 2);
		len = expect_put(message, len, p->rows, 2);
	}
	if (kind == NAME) {
		memcpy(message + len, p->name, KEEL_PORT_NAME);
		len += strnlen(p->name, KEEL_PORT_NAME);
	}
	return len;
}

static void expect_learnt(struct console_port *p, enum console_kind kind)
{
	if (kind == IS_CONSOLE || kind == NAME)
		p->heard.what = kind;
	if (kind == COME || kind == GONE)
		p->heard.come = kind == COME;
	if (kind == SIZE) {
		p->heard.cols = p->cols;
		p->heard.rows = p->rows;
	}
}

/**
 * console_expect_heard() - the driver has had a buffer for a message.
 * @c:       the console
 * @message: the buffer's contents, CONSOLE_ROOM bytes
 * @room:    bytes in the buffer
 * @ret:     the device's return value
 */
void console_expect_heard(struct console *c, const u8 *message, u64 room, int ret)
{
	u8 expected[CONSOLE_ROOM];
	enum console_kind kind;
	struct console_port *p;
	unsigned int port, len;

	if (!expect_next(c, &kind, &port)) {
		must(ret == -EAGAIN);
		return;
	}
	p = &c->ports[port];
	p->due[kind] = false;
	c->counts.sent++;
	len = expect_message(p, kind, port, expected);
	if (len > room) {
		must(!ret);
		c->counts.no_room++;
		p->lost = true;
		return;
	}
	must(ret == len);
	must(!memcmp(message, expected, len));
	expect_learnt(p, kind);
}

/* ---- Calls of the host ---- */

/**
 * console_expect_come() - a client has connected at the host's end, or disconnected, or neither.
 * @p:         the port
 * @connected: a client is there
 */
void console_expect_come(struct console_port *p, bool connected)
{
	if (p->connected && !connected) {
		p->due[GONE] = p->added;
		p->due[COME] = false;
	} else if (connected && !p->connected) {
		p->due[COME] = p->added;
	}
	p->connected = connected;
}

/**
 * console_expect_size() - the host sets a window's size, perhaps to the same one.
 * @c:    the console
 * @port: which
 * @cols: width
 * @rows: height
 */
void console_expect_size(struct console *c, unsigned int port, u16 cols, u16 rows)
{
	struct console_port *p = &c->ports[port];

	if (p->cols == cols && p->rows == rows)
		return;
	p->cols = cols;
	p->rows = rows;
	if (p->added && !p->name[0])
		p->due[SIZE] = true;
	if (port)
		return;
	expect_put(c->space, 0, cols, 2);
	expect_put(c->space, 2, rows, 2);
	c->generation++;
	c->changes++;
}

/**
 * console_expect_written() - the driver has written to the configuration.
 * @c:      the console
 * @offset: where
 * @value:  what
 */
void console_expect_written(struct console *c, u32 offset, u32 value)
{
	if (offset != 8 || !console_has(c, CONSOLE_EMERG_WRITE)) {
		c->ignored++;
		return;
	}
	c->counts.emergency++;
	if (c->nr_emergency < KEEL_VCON_EMERGENCY)
		c->emergency[c->nr_emergency++] = value & 0xff;
	else
		c->counts.emergency_lost++;
}

/**
 * console_expect_sent() - emergency text has been sent.
 * @c:  the console
 * @nr: the first so many bytes
 */
void console_expect_sent(struct console *c, unsigned int nr)
{
	for (; nr; nr--) {
		memmove(c->emergency, c->emergency + 1, sizeof(c->emergency) - 1);
		c->emergency[--c->nr_emergency] = 0;
	}
}
