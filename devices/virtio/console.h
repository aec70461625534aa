/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A console's ports (VIRTIO 1.2, 5.3): the control messages between device and driver, and
 * what comes of them. Bytes are the host's business: see core.h for the border.
 */
#ifndef KEEL_DEVICES_VIRTIO_CONSOLE_H
#define KEEL_DEVICES_VIRTIO_CONSOLE_H

#include "../board/dev.h"

/* Feature bits (5.3.3). */
#define KEEL_VCON_F_SIZE	BIT_ULL(0)
#define KEEL_VCON_F_MULTIPORT	BIT_ULL(1)
#define KEEL_VCON_F_EMERG_WRITE	BIT_ULL(2)

/* Control messages (5.3.6.2): a port, one of these, and a value. */
#define KEEL_VCON_DEVICE_READY	0
#define KEEL_VCON_PORT_ADD	1
#define KEEL_VCON_PORT_REMOVE	2
#define KEEL_VCON_PORT_READY	3
#define KEEL_VCON_CONSOLE_PORT	4
#define KEEL_VCON_RESIZE	5
#define KEEL_VCON_PORT_OPEN	6
#define KEEL_VCON_PORT_NAME	7

#define KEEL_VCON_HEADER	8	/* bytes of a message, but for a size or a name */
#define KEEL_VCON_MESSAGE	(KEEL_VCON_HEADER + KEEL_PORT_NAME)	/* of the longest one */

/* Queues 2 and 3 are for control messages, in each configuration (5.3.2). */
#define KEEL_VCON_CONTROL_IN	2
#define KEEL_VCON_CONTROL_OUT	3

struct keel_virtio;
struct keel_virtio_state;

/**
 * struct keel_vcon_text - what a driver wrote to emerg_wr, on its way to the host's end.
 * @bytes: the text
 * @nr:    bytes of it
 * @loads: keel_vcon.loads when it was taken
 */
struct keel_vcon_text {
	u8 bytes[KEEL_VCON_EMERGENCY];
	u8 nr;
	u32 loads;
};

/**
 * struct keel_vcon - what a console has beside its state.
 * @names:       of the ports; a port without one is a terminal
 * @loads:       states that were put in its place: a text that was taken before is of another
 * @sent:        messages to the driver
 * @no_room:     of these, lost because the driver's buffer was too short
 * @received:    messages from the driver that are in order
 * @short_messages: shorter than a message is
 * @long_messages: with more behind them, which was ignored
 * @not_negotiated: without MULTIPORT
 * @bad_events:  that there are not, or that are the device's to send
 * @bad_ports:   about a port that is not there
 * @bad_values:  neither 0 nor 1
 * @too_early:   of a driver that is not ready, or of a port that is not
 * @repeated:    the driver was ready, or the port, already
 * @driver_failed: the driver could not be made ready
 * @ports_failed: nor a port
 * @emergency:   bytes written to emerg_wr
 * @emergency_lost: of these, lost as the host had not taken those before
 */
struct keel_vcon {
	char names[KEEL_VCON_PORTS][KEEL_PORT_NAME];
	u32 loads;
	u64 sent;
	u64 no_room;
	u64 received;
	u64 short_messages;
	u64 long_messages;
	u64 not_negotiated;
	u64 bad_events;
	u64 bad_ports;
	u64 bad_values;
	u64 too_early;
	u64 repeated;
	u64 driver_failed;
	u64 ports_failed;
	u64 emergency;
	u64 emergency_lost;
};

/* ---- For core.c, through the table of types ---- */

void keel_vcon_write(struct keel_virtio *v, u32 offset, unsigned int width, u32 value);
void keel_vcon_reset(struct keel_virtio *v);
void keel_vcon_loaded(struct keel_virtio *v);
bool keel_vcon_check(const struct keel_virtio *v, const struct keel_virtio_state *s);
void keel_vcon_inspect(const struct keel_virtio *v, struct keel_out *out);

/* ---- For hosts, with a door open ---- */

unsigned int keel_vcon_ports(const struct keel_virtio *v);
void keel_vcon_name(struct keel_virtio *v, unsigned int port, const char *name);
void keel_vcon_connect(struct keel_virtio *v, unsigned int port, bool connected);
void keel_vcon_resize(struct keel_virtio *v, unsigned int port, u16 cols, u16 rows);
void keel_vcon_message(struct keel_virtio *v, const void *message, u64 len);
int keel_vcon_next(struct keel_virtio *v, void *message, u64 room);
unsigned int keel_vcon_emergency(const struct keel_virtio *v, struct keel_vcon_text *text);
void keel_vcon_emergency_sent(struct keel_virtio *v, const struct keel_vcon_text *text,
			      unsigned int nr);

/* ---- For hosts, without one ---- */

bool keel_vcon_may_receive(const struct keel_virtio *v, unsigned int port);

#endif /* KEEL_DEVICES_VIRTIO_CONSOLE_H */
