/* SPDX-License-Identifier: GPL-2.0 */
/* A console, and for each port the messages that its driver and host may expect. */
#ifndef KEEL_FUZZ_CONSOLE_H
#define KEEL_FUZZ_CONSOLE_H

#include "requests.h"

/* Feature bits and events as VIRTIO 1.2 has them, 5.3.3 and 5.3.6.2 */
#define CONSOLE_MULTIPORT	BIT(1)
#define CONSOLE_EMERG_WRITE	BIT(2)

#define CONSOLE_CONFIG		12	/* bytes: cols, rows, max_nr_ports, emerg_wr */
#define CONSOLE_ROOM		64	/* more than the longest message */

/* Messages that are due to the driver for a port, in this order. */
enum console_kind { ADD, IS_CONSOLE, SIZE, NAME, GONE, COME, CONSOLE_KINDS };

/**
 * struct console_port - a port.
 * @name:      its name; empty: a terminal
 * @cols:      of its window
 * @rows:      of its window
 * @connected: a client is at the host's end
 * @added:     the driver has made it ready
 * @open:      the guest has it open
 * @due:       messages that are due to the driver
 * @lost:      a message was lost, as the driver's buffer was too short
 * @heard:     state reported to the driver since it made the port ready
 * @heard.come: a client is at the host's end
 * @heard.what: how it was introduced: IS_CONSOLE or NAME; ADD: not yet
 * @heard.cols: of the window
 * @heard.rows: of the window
 */
struct console_port {
	char name[KEEL_PORT_NAME];
	u16 cols;
	u16 rows;
	bool connected;
	bool added;
	bool open;
	bool due[CONSOLE_KINDS];
	bool lost;
	struct {
		bool come;
		enum console_kind what;
		u16 cols;
		u16 rows;
	} heard;
};

/**
 * struct console - a device, and its expected state.
 * @r:        the input
 * @d:        the device
 * @config:   what it is built from
 * @nr_ports: how many there are
 * @features: of its own, as negotiated
 * @live:     its driver has set DRIVER_OK
 * @ready:    and has sent DEVICE_READY
 * @ports:    the ports
 * @emergency: written, and not sent yet
 * @nr_emergency: bytes of these
 * @space:    its configuration
 * @generation: of @space
 * @changes:  of @space, by this host
 * @ignored:  writes to @space that mean nothing
 * @counts:   its counters, to this host
 */
struct console {
	struct requests *r;
	struct requests_device *d;
	struct keel_virtio_config config;
	unsigned int nr_ports;
	u32 features;
	bool live;
	bool ready;
	struct console_port ports[KEEL_VCON_PORTS];
	u8 emergency[KEEL_VCON_EMERGENCY];
	unsigned int nr_emergency;
	u8 space[CONSOLE_CONFIG];
	u32 generation;
	u64 changes;
	u64 ignored;
	struct keel_vcon counts;
};

/**
 * struct console_said - a message of the driver's.
 * @port:  whose
 * @event: what
 * @value: 0, 1, or any other value
 * @len:   bytes of it
 */
struct console_said {
	u32 port;
	u16 event;
	u16 value;
	u64 len;
};

static inline bool console_has(const struct console *c, u32 feature)
{
	return !(c->config.features & feature);
}

/* console_oracle.c */
void console_expect_said(struct console *c, const struct console_said *said);
void console_expect_heard(struct console *c, const u8 *message, u64 room, int ret);
void console_expect_come(struct console_port *p, bool connected);
void console_expect_size(struct console *c, unsigned int port, u16 cols, u16 rows);
void console_expect_written(struct console *c, u32 offset, u32 value);
void console_expect_sent(struct console *c, unsigned int nr);
void console_expect_reset(struct console *c);

/* console_check.c */
void console_check(const struct console *c);
bool console_could_be(const struct console *c, const struct keel_virtio_state *s);
void console_check_heard(const struct console *c);

#endif /* KEEL_FUZZ_CONSOLE_H */
