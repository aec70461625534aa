// SPDX-License-Identifier: GPL-2.0
/* A console's control messages, configuration and emergency write (VIRTIO 1.2, 5.3). */
#include "console.h"

#define ISR		0x60
#define ISR_ACK		0x64
#define CONFIG		0x100

/* ---- Its host ---- */

struct console_told {
	unsigned int port;
	u16 cols;
	u16 rows;
	bool connected;
};

static int door_connect(struct keel_dev *dev, void *arg)
{
	const struct console_told *told = arg;

	keel_vcon_connect(keel_virtio_of(dev), told->port, told->connected);
	return 0;
}

static int door_resize(struct keel_dev *dev, void *arg)
{
	const struct console_told *told = arg;

	keel_vcon_resize(keel_virtio_of(dev), told->port, told->cols, told->rows);
	return 0;
}

static int door_sent(struct keel_dev *dev, void *arg)
{
	struct keel_vcon_text text;

	keel_vcon_emergency(keel_virtio_of(dev), &text);
	keel_vcon_emergency_sent(keel_virtio_of(dev), &text, *(unsigned int *)arg);
	return 0;
}

static int door_nr_ports(struct keel_dev *dev, void *arg)
{
	keel_virtio_config_set(keel_virtio_of(dev), 4, arg, sizeof(u32));
	return 0;
}

/* Names are set before any queue is served. */
static struct requests_device *console_device(const struct console *c)
{
	struct requests_device *d = requests_device_new(&c->config);
	unsigned int i;

	for (i = 0; i < c->nr_ports; i++)
		keel_vcon_name(d->v, i, c->ports[i].name);
	return d;
}

static void console_connect(struct console *c)
{
	u8 how = input_u8(&c->r->in);
	struct console_told told = { .port = (how & 0x7f) % c->nr_ports, .connected = how >> 7 };

	trace("connect(%u, %u)\n", told.port, told.connected);
	requests_device_call(c->d, door_connect, &told);
	console_expect_come(&c->ports[told.port], told.connected);
}

/* The driver is interrupted for configuration changes. */
static void console_resize(struct console *c)
{
	static const u16 sizes[] = { 0, 80, 132, 0xffff };
	u8 how = input_u8(&c->r->in);
	struct console_told told = {
		.port = (how & 15) % c->nr_ports,
		.cols = sizes[how >> 4 & 3], .rows = sizes[how >> 6],
	};
	u64 changes = c->changes;

	trace("resize(%u, %u, %u)\n", told.port, told.cols, told.rows);
	requests_device_call(c->d, door_resize, &told);
	console_expect_size(c, told.port, told.cols, told.rows);
	must(requests_device_read(c->d, ISR, 4) == (c->live && c->changes != changes ? 2 : 0));
	requests_device_write(c->d, ISR_ACK, 4, 3);
}

static void console_sent(struct console *c)
{
	unsigned int nr = input_u8(&c->r->in);

	trace("sent(%u)\n", nr);
	requests_device_call(c->d, door_sent, &nr);
	console_expect_sent(c, min(nr, c->nr_emergency));
}

/* After a load the host reports the connected clients anew, unknown to the driver. */
static void console_restore(struct console *c)
{
	struct requests_device *to = console_device(c);

	trace("restore\n");
	requests_device_copy(c->d, to);
	must(to->calls);
	requests_device_free(c->d);
	c->d = to;
	c->changes = 0;
	c->ignored = 0;
	memset(&c->counts, 0, sizeof(c->counts));
}

static void console_forge(struct console *c)
{
	struct keel_virtio_state s = *c->d->v->s;
	u8 how = input_u8(&c->r->in), i, at;

	for (i = 0; i <= (how & 3); i++) {
		at = input_u8(&c->r->in) % sizeof(s.vcon);
		((u8 *)&s.vcon)[at] = input_u8(&c->r->in);
	}
	if (how & 0x80)
		s.queues[(how >> 2 & 31) % c->config.queues].partial = 1 + how;
	must(keel_virtio_check(c->d->v, &s) == console_could_be(c, &s));
}

/* ---- Its driver ---- */

static bool console_runs(const struct console *c, unsigned int queue)
{
	return c->d->v->running >> queue & 1;
}

struct console_bytes {
	void *at;
	u64 len;
};

static int door_message(struct keel_dev *dev, void *arg)
{
	const struct console_bytes *bytes = arg;

	keel_vcon_message(keel_virtio_of(dev), bytes->at, bytes->len);
	return 0;
}

static int door_next(struct keel_dev *dev, void *arg)
{
	const struct console_bytes *bytes = arg;

	return keel_vcon_next(keel_virtio_of(dev), bytes->at, bytes->len);
}

/* Only the bytes of a message's head that were sent. */
static void console_say(struct console *c, const struct console_said *said)
{
	const u8 all[] = {
		said->port, said->port >> 8, said->port >> 16, said->port >> 24,
		said->event, said->event >> 8, said->value, said->value >> 8,
	};
	struct console_bytes bytes = { .len = said->len };
	size_t there = min_t(u64, said->len, sizeof(all));

	if (!console_runs(c, 3))
		return;
	trace("say(%u, %u, %u), %llu bytes\n", said->port, said->event, said->value,
	      (unsigned long long)said->len);
	bytes.at = malloc(there + !there);
	must(bytes.at);
	memcpy(bytes.at, all, there);
	requests_device_call(c->d, door_message, &bytes);
	free(bytes.at);
	console_expect_said(c, said);
}

static u64 console_length(struct console *c, u8 how)
{
	if (how < 13)
		return 8;
	if (how == 13)
		return input_u8(&c->r->in) % 8;
	return how == 14 ? input_u8(&c->r->in) : input_scaled(&c->r->in);
}

static void console_message(struct console *c)
{
	static const u16 events[] = { 3, 3, 3, 3, 6, 6, 6, 0, 0, 1, 2, 4, 5, 7, 8, 0xff03 };
	static const u16 values[] = { 1, 1, 1, 1, 0, 0, 2, 0x100 };
	u8 how = input_u8(&c->r->in), whose = input_u8(&c->r->in);
	struct console_said said = {
		.port = (whose & 0x1f) == 0x1f ? input_u32(&c->r->in) : whose & 15,
		.event = events[how & 15], .value = values[whose >> 5],
		.len = console_length(c, how >> 4),
	};

	console_say(c, &said);
}

static void console_hear(struct console *c, u64 room)
{
	u8 message[CONSOLE_ROOM];
	struct console_bytes bytes = { .at = message, .len = room };
	unsigned int i;
	int ret;

	if (!console_runs(c, 2))
		return;
	memset(message, 0xa5, sizeof(message));
	ret = requests_device_call(c->d, door_next, &bytes);
	trace("hear(%llu) = %d\n", (unsigned long long)room, ret);
	console_expect_heard(c, message, room, ret);
	for (i = ret == -EAGAIN ? 0 : KEEL_VCON_MESSAGE; i < sizeof(message); i++)
		must(message[i] == 0xa5);
}

static void console_next(struct console *c)
{
	static const u64 rooms[] = { 4096, 40, 12, 8, 7, 11, 39, BIT_ULL(32) };
	u8 how = input_u8(&c->r->in), i;

	for (i = 0; i <= how >> 3; i++)
		console_hear(c, rooms[how & 7]);
}

static void console_drive(struct console *c)
{
	c->features = input_u8(&c->r->in) & 7 & ~c->config.features;
	trace("drive: %#x\n", c->features);
	requests_device_drive(c->d, c->features);
	c->live = true;
	console_expect_reset(c);
}

/* A correct driver's start: it knows of all ports, and makes some ready. */
static void console_meet(struct console *c)
{
	struct console_said said = { .event = 0, .value = 1, .len = 8 };
	u8 which = input_u8(&c->r->in);
	unsigned int i;

	console_say(c, &said);
	for (i = 0; i < c->nr_ports; i++)
		console_hear(c, 8);
	said.event = 3;
	for (said.port = 0; said.port < c->nr_ports; said.port++)
		if (which >> said.port & 1)
			console_say(c, &said);
}

static void console_reset(struct console *c)
{
	bool board = input_u8(&c->r->in) & 1;

	trace("reset\n");
	requests_device_reset(c->d, board);
	c->features = 0;
	c->live = false;
	console_expect_reset(c);
}

/* Mostly at registers; the host is asked to take text that was written. */
static void console_write(struct console *c)
{
	u8 how = input_u8(&c->r->in);
	unsigned int width = 1U << (how & 3) % 3;
	u32 offset = (how & 0x80 ? how >> 2 & 31 : 8) & ~(width - 1), value = how * 0x01010101U + 1;
	unsigned int calls = c->d->calls;
	u64 taken = c->counts.emergency;

	trace("write%u(%u, %#x)\n", width * 8, offset, value);
	requests_device_write(c->d, CONFIG + offset, width, value);
	console_expect_written(c, offset, value);
	must(c->d->calls - calls == c->counts.emergency - taken);
}

static void console_read(struct console *c)
{
	u8 how = input_u8(&c->r->in);
	unsigned int width = 1U << (how & 3) % 3, i;
	u32 offset = how >> 2 & ~(width - 1), value = 0;

	for (i = 0; i < width; i++)
		if (offset + i < CONSOLE_CONFIG)
			value |= (u32)c->space[offset + i] << 8 * i;
	must(requests_device_read(c->d, CONFIG + offset, width) == value);
}

/* ---- An input ---- */

static void console_take(struct console *c)
{
	u8 how = input_u8(&c->r->in), withheld = input_u8(&c->r->in);
	u8 names = input_u8(&c->r->in), length;
	unsigned int i;

	c->config = (struct keel_virtio_config) {
		.type = KEEL_VIRTIO_CONSOLE, .queues = 2 + how % 17,
		.features = (withheld & 8 ? CONSOLE_MULTIPORT : 0) |
			    (withheld & 16 ? CONSOLE_EMERG_WRITE : 0),
	};
	c->nr_ports = c->config.queues < 4 ? 1 : (c->config.queues - 2) / 2;
	for (i = 0; i < c->nr_ports; i++) {
		if (!(names >> i & 1))
			continue;
		length = 1 + input_u8(&c->r->in) % KEEL_PORT_NAME;
		memset(c->ports[i].name, 'a' + i, length);
	}
	c->d = console_device(c);
	trace("%u queues\n", c->config.queues);
}

/* The host sets the number of ports once. */
static void console_begin(struct console *c)
{
	u32 nr = c->nr_ports;

	requests_device_call(c->d, door_nr_ports, &nr);
	c->space[4] = nr;
	c->generation = 1;
	c->changes = 1;
}

static void console_end(struct console *c)
{
	unsigned int i;

	for (i = 0; i < CONSOLE_KINDS * c->nr_ports; i++)
		console_hear(c, CONSOLE_ROOM);
	console_check(c);
	console_check_heard(c);
}

void requests_console(struct requests *r)
{
	static void (*const actions[])(struct console *c) = {
		console_message, console_message, console_message, console_next,
		console_connect, console_resize, console_drive, console_meet,
		console_write, console_write, console_sent, console_read,
		console_reset, console_restore, console_forge, console_forge,
	};
	struct console c = { .r = r };

	console_take(&c);
	console_begin(&c);
	console_check(&c);
	while (r->in.left) {
		actions[input_u8(&r->in) % ARRAY_SIZE(actions)](&c);
		console_check(&c);
	}
	console_end(&c);
	requests_device_free(c.d);
}
