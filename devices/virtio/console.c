// SPDX-License-Identifier: GPL-2.0
/*
 * A console's ports (VIRTIO 1.2, 5.3.6): what driver and device tell each other over the
 * control queues.
 *
 *	driver				device
 *	DEVICE_READY 1		->
 *				<-	PORT_ADD, for each port
 *	PORT_READY 1		->
 *				<-	CONSOLE_PORT and RESIZE, of a terminal; PORT_NAME of others
 *				<-	PORT_OPEN 1, when the host's end is connected
 *	PORT_OPEN 1		->	the guest has it open: it may receive
 *
 * What is to be sent is a bit for each kind and each port, and made up when the driver has a
 * buffer for it: nothing queues up, and of several changes the driver hears the last one; but
 * that the host's end was disconnected it hears, even if it is connected again.
 *
 * Not modelled: PORT_REMOVE. Ports are there as long as the device is.
 */
#include "config.h"
#include "core.h"

#define VCON_EMERG_WR	8	/* in the configuration: a character without any queue */

/* 5.3.6.2; little-endian. */
struct vcon_message {
	u32 port;
	u16 event;
	u16 value;
};

static_assert(sizeof(struct vcon_message) == KEEL_VCON_HEADER);
static_assert(sizeof(struct keel_vcon_state) == 80);
static_assert(KEEL_VCON_PORTS == 8);	/* masks are bytes */

/**
 * keel_vcon_ports() - how many ports there are.
 * @v: the console
 *
 * Two queues for the first one, two for control, two for each other one (5.3.2).
 */
unsigned int keel_vcon_ports(const struct keel_virtio *v)
{
	return v->nr_queues < 4 ? 1 : v->nr_queues / 2 - 1;
}

static u8 vcon_all(const struct keel_virtio *v)
{
	return GENMASK(keel_vcon_ports(v) - 1, 0);
}

static bool vcon_is_terminal(const struct keel_virtio *v, unsigned int port)
{
	return !v->vcon.names[port][0];
}

static bool vcon_negotiated(const struct keel_virtio_state *s)
{
	return s->driver_features & KEEL_VCON_F_MULTIPORT;
}

/**
 * keel_vcon_may_receive() - does the guest want what the host has for a port?
 * @v:    the console
 * @port: which
 *
 * A driver throws away what comes for a port that the guest has not opened. Without several ports
 * there is no such thing (5.3.6).
 */
bool keel_vcon_may_receive(const struct keel_virtio *v, unsigned int port)
{
	return port < keel_vcon_ports(v) &&
	       (!vcon_negotiated(v->s) || v->s->vcon.open & BIT(port));
}

/* ---- Messages to the driver ---- */

/**
 * keel_vcon_name() - what a port is called.
 * @v:    the console; it is not served yet
 * @port: which; one that it does not have has none
 * @name: KEEL_PORT_NAME bytes at the most, padded with zeroes; empty: a terminal
 */
void keel_vcon_name(struct keel_virtio *v, unsigned int port, const char *name)
{
	if (port < keel_vcon_ports(v))
		memcpy(v->vcon.names[port], name, KEEL_PORT_NAME);
}

/**
 * keel_vcon_connect() - the host's end of a port is connected, or not.
 * @v:         the console
 * @port:      which; nothing happens to one that it does not have
 * @connected: it is
 */
void keel_vcon_connect(struct keel_virtio *v, unsigned int port, bool connected)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (port >= keel_vcon_ports(v) || !!(s->connected & BIT(port)) == connected)
		return;
	s->connected ^= BIT(port);
	s->tell_open &= ~BIT(port);
	if (connected)
		s->tell_open |= s->added & BIT(port);
	else
		s->tell_closed |= s->added & BIT(port);
}

/**
 * keel_vcon_resize() - a port's window has another size.
 * @v:    the console
 * @port: which; nothing happens to one that it does not have
 * @cols: width in characters
 * @rows: height
 *
 * Of the first port it is in the configuration, for drivers without several (5.3.4).
 */
void keel_vcon_resize(struct keel_virtio *v, unsigned int port, u16 cols, u16 rows)
{
	struct keel_vcon_state *s = &v->s->vcon;
	const u16 size[] = { cols, rows };

	if (port >= keel_vcon_ports(v) || (s->cols[port] == cols && s->rows[port] == rows))
		return;
	s->cols[port] = cols;
	s->rows[port] = rows;
	if (vcon_is_terminal(v, port))
		s->tell_size |= s->added & BIT(port);
	if (!port)
		keel_virtio_config_set(v, 0, size, sizeof(size));
}

static bool vcon_first(u8 *mask, unsigned int *port)
{
	for (*port = 0; *port < KEEL_VCON_PORTS; ++*port) {
		if (!(*mask & BIT(*port)))
			continue;
		*mask &= ~BIT(*port);
		return true;
	}
	return false;
}

/* The next message's head; what it is about is not pending any more. */
static bool vcon_pick(struct keel_vcon_state *s, struct vcon_message *message)
{
	const struct {
		u8 *mask;
		u16 event;
		u16 value;
	} kinds[] = {	/* what comes first must be said first */
		{ &s->tell_add, KEEL_VCON_PORT_ADD, 1 },
		{ &s->tell_console, KEEL_VCON_CONSOLE_PORT, 1 },
		{ &s->tell_size, KEEL_VCON_RESIZE, 1 },
		{ &s->tell_name, KEEL_VCON_PORT_NAME, 1 },
		{ &s->tell_closed, KEEL_VCON_PORT_OPEN, 0 },
		{ &s->tell_open, KEEL_VCON_PORT_OPEN, 1 },
	};
	unsigned int i, port;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!vcon_first(kinds[i].mask, &port))
			continue;
		message->port = port;
		message->event = kinds[i].event;
		message->value = kinds[i].value;
		return true;
	}
	return false;
}

static unsigned int vcon_name_length(const char *name)
{
	unsigned int length = 0;

	while (length < KEEL_PORT_NAME && name[length])
		length++;
	return length;
}

/* What is behind the head. Return: bytes. */
static unsigned int vcon_body(const struct keel_virtio *v, const struct vcon_message *message,
			      void *body)
{
	const u16 size[] = { v->s->vcon.cols[message->port], v->s->vcon.rows[message->port] };
	unsigned int length;

	switch (message->event) {
	case KEEL_VCON_RESIZE:
		memcpy(body, size, sizeof(size));
		return sizeof(size);
	case KEEL_VCON_PORT_NAME:
		length = vcon_name_length(v->vcon.names[message->port]);
		memcpy(body, v->vcon.names[message->port], length);
		return length;
	default:
		return 0;
	}
}

/**
 * keel_vcon_next() - the driver has a buffer for a message.
 * @v:       the console
 * @message: out: KEEL_VCON_MESSAGE bytes at the most
 * @room:    bytes in the driver's buffer
 *
 * Return: bytes of the message; 0: it did not fit, and is lost; -EAGAIN: there is none.
 */
int keel_vcon_next(struct keel_virtio *v, void *message, u64 room)
{
	struct vcon_message head;
	unsigned int length;

	if (!vcon_pick(&v->s->vcon, &head))
		return -EAGAIN;
	memcpy(message, &head, sizeof(head));
	length = sizeof(head) + vcon_body(v, &head, message + sizeof(head));
	v->vcon.sent++;
	if (length <= room)
		return length;
	v->vcon.no_room++;
	return 0;
}

/* ---- What the driver tells ---- */

static void vcon_driver_ready(struct keel_virtio *v, bool ready)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (!ready) {
		v->vcon.driver_failed++;
		keel_vcon_reset(v);
		return;
	}
	if (s->ready) {
		v->vcon.repeated++;
		return;
	}
	s->ready = 1;
	s->tell_add = vcon_all(v);
}

static void vcon_port_failed(struct keel_virtio *v, u8 port)
{
	struct keel_vcon_state *s = &v->s->vcon;

	v->vcon.ports_failed++;
	s->added &= ~port;
	s->open &= ~port;
	s->tell_console &= ~port;
	s->tell_size &= ~port;
	s->tell_name &= ~port;
	s->tell_closed &= ~port;
	s->tell_open &= ~port;
}

static void vcon_port_ready(struct keel_virtio *v, unsigned int port, bool ready)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (!ready) {
		vcon_port_failed(v, BIT(port));
		return;
	}
	if (s->added & BIT(port)) {
		v->vcon.repeated++;
		return;
	}
	s->added |= BIT(port);
	s->tell_open |= s->connected & BIT(port);
	if (!vcon_is_terminal(v, port)) {
		s->tell_name |= BIT(port);
		return;
	}
	s->tell_console |= BIT(port);
	if (s->cols[port] || s->rows[port])
		s->tell_size |= BIT(port);
}

static void vcon_port_open(struct keel_virtio *v, unsigned int port, bool open)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (open)
		s->open |= BIT(port);
	else
		s->open &= ~BIT(port);
}

/* Is it a message that a driver can send, now? Else it is counted. */
static bool vcon_sane(struct keel_virtio *v, const struct vcon_message *message)
{
	const struct keel_vcon_state *s = &v->s->vcon;

	if (message->event != KEEL_VCON_DEVICE_READY && message->event != KEEL_VCON_PORT_READY &&
	    message->event != KEEL_VCON_PORT_OPEN) {
		v->vcon.bad_events++;
		return false;
	}
	if (message->value > 1) {
		v->vcon.bad_values++;
		return false;
	}
	if (message->event == KEEL_VCON_DEVICE_READY)	/* it is about no port */
		return true;
	if (message->port >= keel_vcon_ports(v)) {
		v->vcon.bad_ports++;
		return false;
	}
	/* A port that it does not know of yet; one that it has not made ready. */
	if (s->ready && !(s->tell_add & BIT(message->port)) &&
	    (message->event == KEEL_VCON_PORT_READY || s->added & BIT(message->port)))
		return true;
	v->vcon.too_early++;
	return false;
}

/**
 * keel_vcon_message() - the driver has sent a message.
 * @v:       the console
 * @message: its first KEEL_VCON_HEADER bytes, or all that there are
 * @len:     bytes that there were
 *
 * There may be something for keel_vcon_next() afterwards, and something that a port may
 * receive.
 */
void keel_vcon_message(struct keel_virtio *v, const void *message, u64 len)
{
	struct vcon_message head;

	if (!vcon_negotiated(v->s)) {
		v->vcon.not_negotiated++;
		return;
	}
	if (len < sizeof(head)) {
		v->vcon.short_messages++;
		return;
	}
	v->vcon.long_messages += len > sizeof(head);
	memcpy(&head, message, sizeof(head));
	if (!vcon_sane(v, &head))
		return;
	v->vcon.received++;
	head.port = array_index_nospec(head.port, keel_vcon_ports(v));
	if (head.event == KEEL_VCON_DEVICE_READY)
		vcon_driver_ready(v, head.value);
	else if (head.event == KEEL_VCON_PORT_READY)
		vcon_port_ready(v, head.port, head.value);
	else
		vcon_port_open(v, head.port, head.value);
}

/* ---- Emergency write (5.3.4): for drivers that have not come as far as queues ---- */

/**
 * keel_vcon_write() - the driver writes the configuration.
 * @v:      the console
 * @offset: first byte
 * @width:  1, 2 or 4
 * @value:  its lowest byte is a character
 *
 * The host is asked to serve the device: to take the character.
 */
void keel_vcon_write(struct keel_virtio *v, u32 offset, unsigned int width, u32 value)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (offset != VCON_EMERG_WR || !(v->offered & KEEL_VCON_F_EMERG_WRITE)) {
		keel_virtio_ignore(v, VIRTIO_BAD_CONFIG);
		return;
	}
	v->vcon.emergency++;
	if (s->nr_emergency == KEEL_VCON_EMERGENCY)
		v->vcon.emergency_lost++;
	else
		s->emergency[s->nr_emergency++] = value;
	keel_reconcile(&v->dev);
}

/**
 * keel_vcon_emergency() - what was written to emerg_wr and not sent yet.
 * @v:    the console
 * @text: out
 *
 * Return: how many bytes it is.
 */
unsigned int keel_vcon_emergency(const struct keel_virtio *v, struct keel_vcon_text *text)
{
	memcpy(text->bytes, v->s->vcon.emergency, KEEL_VCON_EMERGENCY);
	text->nr = v->s->vcon.nr_emergency;
	text->loads = v->vcon.loads;
	return text->nr;
}

/**
 * keel_vcon_emergency_sent() - it went out at the first port.
 * @v:    the console
 * @text: what keel_vcon_emergency() gave, some time ago
 * @nr:   the oldest so many bytes of it
 *
 * Anything may have happened in between. A reset keeps what waits. A state that was loaded
 * has other bytes: of them none has been sent.
 */
void keel_vcon_emergency_sent(struct keel_virtio *v, const struct keel_vcon_text *text,
			      unsigned int nr)
{
	struct keel_vcon_state *s = &v->s->vcon;

	if (text->loads != v->vcon.loads)
		return;
	nr = min_t(unsigned int, nr, min(text->nr, s->nr_emergency));
	s->nr_emergency -= nr;
	memmove(s->emergency, s->emergency + nr, s->nr_emergency);
	memset(s->emergency + s->nr_emergency, 0, KEEL_VCON_EMERGENCY - s->nr_emergency);
}

/* ---- Life ---- */

/**
 * keel_vcon_reset() - the driver is gone. What the host has said stays.
 * @v: the console
 */
void keel_vcon_reset(struct keel_virtio *v)
{
	struct keel_vcon_state *s = &v->s->vcon;

	s->ready = 0;
	s->added = 0;
	s->open = 0;
	s->tell_add = 0;
	s->tell_console = 0;
	s->tell_size = 0;
	s->tell_name = 0;
	s->tell_closed = 0;
	s->tell_open = 0;
}

/**
 * keel_vcon_loaded() - the state was replaced: the host says anew which ports are connected.
 * @v: the console
 */
void keel_vcon_loaded(struct keel_virtio *v)
{
	v->vcon.loads++;
	keel_reconcile(&v->dev);
}

/* What is to be told of ports that the driver knows */
static u8 vcon_untold(const struct keel_vcon_state *s)
{
	return s->tell_console | s->tell_size | s->tell_name | s->tell_closed | s->tell_open;
}

/* What a driver has been told and has said: in the order of the chart at the top. */
static bool vcon_check_ports(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	const struct keel_vcon_state *c = &s->vcon;

	if (c->ready > 1 || (c->connected | c->added | c->tell_add) & ~vcon_all(v))
		return false;
	if ((c->open | vcon_untold(c)) & ~c->added || c->tell_open & ~c->connected ||
	    c->added & c->tell_add)
		return false;
	return c->ready ? vcon_negotiated(s) && s->status & VIRTIO_CONFIG_S_DRIVER_OK :
			  !(c->added | c->tell_add);
}

static bool vcon_check_sizes(const struct keel_virtio *v, const struct keel_vcon_state *s)
{
	unsigned int i;

	for (i = keel_vcon_ports(v); i < KEEL_VCON_PORTS; i++)
		if (s->cols[i] || s->rows[i])
			return false;
	return true;
}

static bool vcon_check_rest(const struct keel_vcon_state *s)
{
	unsigned int i;

	for (i = 0; i < sizeof(s->pad); i++)
		if (s->pad[i])
			return false;
	if (s->nr_emergency > KEEL_VCON_EMERGENCY)
		return false;
	for (i = s->nr_emergency; i < KEEL_VCON_EMERGENCY; i++)
		if (s->emergency[i])
			return false;
	return true;
}

/**
 * keel_vcon_check() - could a console be in this state?
 * @v: the console
 * @s: a state
 */
bool keel_vcon_check(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	unsigned int i;

	/* Only what goes out can go in part. */
	for (i = 0; i < v->nr_queues; i++)
		if (s->queues[i].partial && (i % 2 == 0 || i == KEEL_VCON_CONTROL_OUT))
			return false;
	return vcon_check_ports(v, s) && vcon_check_sizes(v, &s->vcon) &&
	       vcon_check_rest(&s->vcon);
}

/**
 * keel_vcon_inspect() - say how far driver and ports are.
 * @v:   the console
 * @out: where to
 */
void keel_vcon_inspect(const struct keel_virtio *v, struct keel_out *out)
{
	const struct keel_vcon_state *s = &v->s->vcon;
	u8 tell = s->tell_add | vcon_untold(s);
	unsigned int i;

	keel_emit(out, "ready", -1, "", s->ready);
	keel_emit(out, "emergency", -1, "", s->nr_emergency);
	for (i = 0; i < keel_vcon_ports(v); i++) {
		keel_emit(out, "port", i, ".terminal", vcon_is_terminal(v, i));
		keel_emit(out, "port", i, ".added", s->added >> i & 1);
		keel_emit(out, "port", i, ".open", s->open >> i & 1);
		keel_emit(out, "port", i, ".connected", s->connected >> i & 1);
		keel_emit(out, "port", i, ".untold", tell >> i & 1);
		keel_emit(out, "port", i, ".cols", s->cols[i]);
		keel_emit(out, "port", i, ".rows", s->rows[i]);
	}
}
