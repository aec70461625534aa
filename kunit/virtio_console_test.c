// SPDX-License-Identifier: GPL-2.0
/* A console's control messages: transcripts of driver and device. */
#include "harness.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/core.h"

#define BASE		0xfeb00000ULL
#define SMALL		0xfeb01000ULL	/* a console with one port and two queues */
#define PORTS		3
#define NOTHING		0xffff		/* no message has this length */

enum {
	DRIVER_FEATURES = 0x20, DRIVER_SEL = 0x24, QUEUE_SEL = 0x30, QUEUE_SIZE = 0x38,
	QUEUE_READY = 0x44, ISR = 0x60, STATUS = 0x70, DESC = 0x80, GENERATION = 0xfc,
	CONFIG = 0x100,
};

static const struct keel_device_config vcon_devices[] = {
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .irq = 5, .base = BASE,
	  .virtio = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2 + 2 * PORTS } },
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .instance = 1, .irq = 10, .base = SMALL,
	  .virtio = { .type = KEEL_VIRTIO_CONSOLE,
		      .features = KEEL_VCON_F_MULTIPORT | KEEL_VCON_F_EMERG_WRITE } },
};

static struct keel_virtio *console(struct kunit *test)
{
	return keel_virtio_of(keel_board_find(H->board, KEEL_CLASS_VIRTIO_MMIO, 0));
}

#define V	console(test)
#define S	(&V->s->vcon)

/* Features, all queues, DRIVER_OK. */
static void drive(struct kunit *test, u32 features)
{
	unsigned int i;

	wr(BASE + STATUS, 0, 4);
	wr(BASE + STATUS, 3, 4);
	wr(BASE + DRIVER_SEL, 0, 4);
	wr(BASE + DRIVER_FEATURES, features, 4);
	wr(BASE + DRIVER_SEL, 1, 4);
	wr(BASE + DRIVER_FEATURES, 1, 4);
	wr(BASE + STATUS, 0xb, 4);
	for (i = 0; i < 2 + 2 * PORTS; i++) {
		wr(BASE + QUEUE_SEL, i, 4);
		wr(BASE + QUEUE_SIZE, 16, 4);
		wr(BASE + DESC, 0x10000, 4);
		wr(BASE + QUEUE_READY, 1, 4);
	}
	wr(BASE + STATUS, 0xf, 4);
	is(rd(BASE + STATUS, 4), 0xf);
}

/* The driver sends a message. */
static void says(struct kunit *test, u32 port, u16 event, u16 value)
{
	const struct { u32 port; u16 event, value; } message = { port, event, value };

	keel_vcon_message(V, &message, sizeof(message));
}

/* The next message to the driver has @length bytes behind its head, equal to @body. */
static void hears(struct kunit *test, u32 port, u16 event, u16 value, const void *body,
		  unsigned int length)
{
	u8 message[KEEL_VCON_MESSAGE];
	struct { u32 port; u16 event, value; } head;

	KUNIT_ASSERT_EQ(test, keel_vcon_next(V, message, 4096), (int)(sizeof(head) + length));
	memcpy(&head, message, sizeof(head));
	is(head.port, port);
	is(head.event, event);
	is(head.value, value);
	ok(!memcmp(message + sizeof(head), body, length));
}

#define hears_only(port, event, value)	hears(test, (port), (event), (value), "", 0)

static void hears_nothing(struct kunit *test)
{
	u8 message[KEEL_VCON_MESSAGE];

	KUNIT_EXPECT_EQ(test, keel_vcon_next(V, message, 4096), -EAGAIN);
}

static void set_name(struct kunit *test, unsigned int port, const char *name)
{
	char padded[KEEL_PORT_NAME] = "";

	memcpy(padded, name, strlen(name));
	keel_vcon_name(V, port, padded);
}

/* A driver that has been told of the ports; the second one is named "log". */
static void meet(struct kunit *test)
{
	unsigned int i;

	set_name(test, 1, "log");
	drive(test, 7);
	says(test, 0, KEEL_VCON_DEVICE_READY, 1);
	for (i = 0; i < PORTS; i++)
		hears_only(i, KEEL_VCON_PORT_ADD, 1);
	hears_nothing(test);
}

/* ---- Valid messages ---- */

static void vcon_ports_of_queues(struct kunit *test)
{
	struct keel_virtio *small;

	small = keel_virtio_of(keel_board_find(H->board, KEEL_CLASS_VIRTIO_MMIO, 1));
	is(keel_vcon_ports(V), PORTS);
	is(keel_vcon_ports(small), 1);
	ok(keel_vcon_may_receive(small, 0));
}

static void vcon_introduces_its_ports(struct kunit *test)
{
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	hears_only(0, KEEL_VCON_CONSOLE_PORT, 1);
	hears_nothing(test);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	hears(test, 1, KEEL_VCON_PORT_NAME, 1, "log", 3);
	hears_nothing(test);
	is(S->added, 3);
	is(V->vcon.received, 3);
	is(V->vcon.sent, 5);
}

static void vcon_longest_name(struct kunit *test)
{
	set_name(test, 2, "abcdefghijklmnopqrstuvwxyz012345");
	drive(test, 7);
	says(test, 0, KEEL_VCON_DEVICE_READY, 1);
	hears_only(0, KEEL_VCON_PORT_ADD, 1);
	hears_only(1, KEEL_VCON_PORT_ADD, 1);
	hears_only(2, KEEL_VCON_PORT_ADD, 1);
	says(test, 2, KEEL_VCON_PORT_READY, 1);
	hears(test, 2, KEEL_VCON_PORT_NAME, 1, "abcdefghijklmnopqrstuvwxyz012345", 32);
}

static void vcon_tells_who_comes_and_goes(struct kunit *test)
{
	keel_vcon_connect(V, 0, true);
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	hears_only(0, KEEL_VCON_CONSOLE_PORT, 1);
	hears_only(0, KEEL_VCON_PORT_OPEN, 1);
	keel_vcon_connect(V, 0, true);
	hears_nothing(test);
	keel_vcon_connect(V, 0, false);
	hears_only(0, KEEL_VCON_PORT_OPEN, 0);
	/* Two changes before the driver reads make one message, with the last value. */
	keel_vcon_connect(V, 0, true);
	keel_vcon_connect(V, 0, false);
	hears_only(0, KEEL_VCON_PORT_OPEN, 0);
	keel_vcon_connect(V, 0, true);
	hears_only(0, KEEL_VCON_PORT_OPEN, 1);
	/* But a disconnect is reported even if a client has connected since. */
	keel_vcon_connect(V, 0, false);
	keel_vcon_connect(V, 0, true);
	hears_only(0, KEEL_VCON_PORT_OPEN, 0);
	hears_only(0, KEEL_VCON_PORT_OPEN, 1);
	hears_nothing(test);
	/* A port's messages wait until the driver makes the port ready. */
	keel_vcon_connect(V, 1, true);
	hears_nothing(test);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	hears(test, 1, KEEL_VCON_PORT_NAME, 1, "log", 3);
	hears_only(1, KEEL_VCON_PORT_OPEN, 1);
}

static void vcon_tells_sizes(struct kunit *test)
{
	keel_vcon_resize(V, 2, 132, 43);
	keel_vcon_resize(V, 1, 132, 43);
	meet(test);
	says(test, 2, KEEL_VCON_PORT_READY, 1);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	hears_only(2, KEEL_VCON_CONSOLE_PORT, 1);
	hears(test, 2, KEEL_VCON_RESIZE, 1, "\x84\0\x2b\0", 4);
	hears(test, 1, KEEL_VCON_PORT_NAME, 1, "log", 3);
	keel_vcon_resize(V, 2, 132, 43);
	hears_nothing(test);
	keel_vcon_resize(V, 2, 80, 43);
	keel_vcon_resize(V, 2, 80, 25);
	hears(test, 2, KEEL_VCON_RESIZE, 1, "\x50\0\x19\0", 4);
	/* A port that is no console port has no size. */
	keel_vcon_resize(V, 1, 80, 25);
	hears_nothing(test);
}

static void vcon_first_size_is_configuration(struct kunit *test)
{
	u32 before = rd(BASE + GENERATION, 4);

	drive(test, 1);
	keel_vcon_resize(V, 0, 80, 25);
	is(rd(BASE + CONFIG, 2), 80);
	is(rd(BASE + CONFIG + 2, 2), 25);
	is(rd(BASE + GENERATION, 4), before + 1);
	is(rd(BASE + ISR, 4), 2);
	is(line(5), 1);
	keel_vcon_resize(V, 0, 80, 25);
	keel_vcon_resize(V, 2, 90, 25);
	is(rd(BASE + GENERATION, 4), before + 1);
}

static void vcon_guest_opens(struct kunit *test)
{
	meet(test);
	ok(!keel_vcon_may_receive(V, 1));
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	says(test, 1, KEEL_VCON_PORT_OPEN, 1);
	ok(keel_vcon_may_receive(V, 1));
	ok(!keel_vcon_may_receive(V, 0));
	says(test, 1, KEEL_VCON_PORT_OPEN, 0);
	ok(!keel_vcon_may_receive(V, 1));
}

static void vcon_without_several_ports(struct kunit *test)
{
	drive(test, 1);
	ok(keel_vcon_may_receive(V, 0));
	says(test, 0, KEEL_VCON_DEVICE_READY, 1);
	is(V->vcon.not_negotiated, 1);
	hears_nothing(test);
}

static void vcon_reset_keeps_what_is_the_hosts(struct kunit *test)
{
	keel_vcon_connect(V, 0, true);
	keel_vcon_resize(V, 0, 80, 25);
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	wr(BASE + STATUS, 0, 4);
	hears_nothing(test);
	is(S->ready | S->added | S->open, 0);
	is(S->connected, 1);
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	hears_only(0, KEEL_VCON_CONSOLE_PORT, 1);
	hears(test, 0, KEEL_VCON_RESIZE, 1, "\x50\0\x19\0", 4);
	hears_only(0, KEEL_VCON_PORT_OPEN, 1);
}

/* ---- Invalid messages ---- */

static void vcon_wrong_lengths(struct kunit *test)
{
	static const u8 ready[12] = { 0, 0, 0, 0, KEEL_VCON_DEVICE_READY, 0, 1 };
	unsigned int i;

	drive(test, 7);
	for (i = 0; i < KEEL_VCON_HEADER; i++)
		keel_vcon_message(V, ready, i);
	is(V->vcon.short_messages, 8);
	is(S->ready, 0);
	keel_vcon_message(V, ready, sizeof(ready));
	is(V->vcon.long_messages, 1);
	is(S->ready, 1);
}

static void vcon_wrong_events(struct kunit *test)
{
	static const u16 events[] = {
		KEEL_VCON_PORT_ADD, KEEL_VCON_PORT_REMOVE, KEEL_VCON_CONSOLE_PORT,
		KEEL_VCON_RESIZE, KEEL_VCON_PORT_NAME, 8, 0xffff,
	};
	unsigned int i;

	meet(test);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		says(test, 0, events[i], 1);
	is(V->vcon.bad_events, ARRAY_SIZE(events));
	hears_nothing(test);
	is(S->added, 0);
}

static void vcon_wrong_ports_and_values(struct kunit *test)
{
	meet(test);
	says(test, PORTS, KEEL_VCON_PORT_READY, 1);
	says(test, 0xffffffff, KEEL_VCON_PORT_OPEN, 1);
	is(V->vcon.bad_ports, 2);
	says(test, 0, KEEL_VCON_PORT_READY, 2);
	says(test, 0, KEEL_VCON_DEVICE_READY, 0xffff);
	is(V->vcon.bad_values, 2);
	hears_nothing(test);
}

static void vcon_too_early(struct kunit *test)
{
	drive(test, 7);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	is(V->vcon.too_early, 2);
	says(test, 0, KEEL_VCON_DEVICE_READY, 1);
	hears_only(0, KEEL_VCON_PORT_ADD, 1);
	says(test, 1, KEEL_VCON_PORT_READY, 1);	/* the driver was not told of port 1 yet */
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	is(V->vcon.too_early, 4);
	is(S->added | S->open, 0);
}

static void vcon_repeats_itself(struct kunit *test)
{
	meet(test);
	says(test, 7, KEEL_VCON_DEVICE_READY, 1);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	hears(test, 1, KEEL_VCON_PORT_NAME, 1, "log", 3);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	is(V->vcon.repeated, 2);
	hears_nothing(test);
}

static void vcon_failures(struct kunit *test)
{
	keel_vcon_connect(V, 0, true);
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	says(test, 0, KEEL_VCON_PORT_READY, 0);
	is(V->vcon.ports_failed, 1);
	ok(!keel_vcon_may_receive(V, 0));
	hears_nothing(test);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_DEVICE_READY, 0);
	is(V->vcon.driver_failed, 1);
	hears_nothing(test);
	says(test, 0, KEEL_VCON_DEVICE_READY, 1);
	hears_only(0, KEEL_VCON_PORT_ADD, 1);
}

static void vcon_short_buffers(struct kunit *test)
{
	u8 message[KEEL_VCON_MESSAGE];

	meet(test);
	says(test, 1, KEEL_VCON_PORT_READY, 1);
	keel_vcon_connect(V, 1, true);
	is(keel_vcon_next(V, message, 10), 0);
	is(V->vcon.no_room, 1);
	is(keel_vcon_next(V, message, 7), 0);
	is(V->vcon.no_room, 2);
	hears_nothing(test);
}

/* ---- Emergency write ---- */

static void vcon_emergency_write(struct kunit *test)
{
	struct keel_vcon_text text;
	unsigned int i;

	wr(BASE + CONFIG + 8, 'a', 4);
	wr(BASE + CONFIG + 8, 'b', 1);
	is(keel_vcon_emergency(V, &text), 2);
	ok(!memcmp(text.bytes, "ab", 2));
	keel_vcon_emergency_sent(V, &text, 1);
	is(keel_vcon_emergency(V, &text), 1);
	is(text.bytes[0], 'b');
	for (i = 0; i < KEEL_VCON_EMERGENCY; i++)
		wr(BASE + CONFIG + 8, 'c', 4);
	is(keel_vcon_emergency(V, &text), KEEL_VCON_EMERGENCY);
	is(text.bytes[0], 'b');
	is(V->vcon.emergency, KEEL_VCON_EMERGENCY + 2);
	is(V->vcon.emergency_lost, 1);
	keel_vcon_emergency_sent(V, &text, KEEL_VCON_EMERGENCY);
	is(keel_vcon_emergency(V, &text), 0);
	/* The other configuration fields are read-only. */
	wr(BASE + CONFIG, 80, 4);
	wr(BASE + CONFIG + 9, 'd', 1);
	is(V->ignored, 2);
}

/* A state without text is loaded while the host writes the previous text to a file. */
static void vcon_emergency_sent_after_a_load(struct kunit *test)
{
	struct harness *other = harness_clone(test);
	struct keel_vcon_text text;
	unsigned int i;

	for (i = 0; i < 5; i++)
		wr(BASE + CONFIG + 8, 'a' + i, 4);
	is(keel_vcon_emergency(V, &text), 5);
	is(harness_copy(test, other, H), 0);
	keel_vcon_emergency_sent(V, &text, 5);
	is(V->s->vcon.nr_emergency, 0);
	wr(BASE + CONFIG + 8, 'x', 4);
	keel_vcon_emergency_sent(V, &text, 5);
	is(keel_vcon_emergency(V, &text), 1);
	is(text.bytes[0], 'x');
	/* Acknowledged twice, and for more than was pending */
	keel_vcon_emergency_sent(V, &text, U32_MAX);
	keel_vcon_emergency_sent(V, &text, U32_MAX);
	is(V->s->vcon.nr_emergency, 0);
	/* A reset by the driver keeps text that is not sent yet */
	wr(BASE + CONFIG + 8, 'y', 4);
	keel_vcon_emergency(V, &text);
	wr(BASE + STATUS, 0, 4);
	is(V->s->vcon.nr_emergency, 1);
	keel_vcon_emergency_sent(V, &text, 1);
	is(V->s->vcon.nr_emergency, 0);
}

/* The host may pass any port or queue number */
static void vcon_any_number(struct kunit *test)
{
	static const unsigned int numbers[] = {
		PORTS, PORTS + 1, 7, 8, 31, 32, 63, 64, 255, 256, 65535, U32_MAX,
	};
	struct keel_virtio_state before = *V->s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		keel_vcon_name(V, numbers[i], "a name of thirty-two bytes or so");
		keel_vcon_connect(V, numbers[i], true);
		keel_vcon_connect(V, numbers[i], false);
		keel_vcon_resize(V, numbers[i], 80, 25);
		ok(!keel_vcon_may_receive(V, numbers[i]));
		if (numbers[i] >= V->nr_queues) {
			keel_virtio_used(V, numbers[i]);
			keel_virtio_broke(V, numbers[i]);
		}
		keel_virtio_config_set(V, numbers[i], &before, 64);
		keel_virtio_config_set(V, 0, &before, max(numbers[i], 13U));
	}
	ok(!memcmp(&before, V->s, sizeof(before)));
	is(keel_virtio_reconcile(V, U32_MAX) & ~GENMASK(V->nr_queues - 1, 0), 0);
}

static void vcon_emergency_write_asks_the_host(struct kunit *test)
{
	harness_settle(H);
	H->lazy = true;
	wr(BASE + CONFIG + 8, 'a', 4);
	is(H->services, BIT(V->dev.index));
	H->lazy = false;
	harness_settle(H);
}

static void vcon_emergency_write_is_a_feature(struct kunit *test)
{
	struct keel_virtio *small;

	small = keel_virtio_of(keel_board_find(H->board, KEEL_CLASS_VIRTIO_MMIO, 1));
	wr(SMALL + CONFIG + 8, 'a', 4);
	is(small->ignored, 1);
	is(small->vcon.emergency, 0);
}

/* ---- State ---- */

static void refuses(struct kunit *test, struct keel_virtio_state *s, void *field, size_t len,
		    u64 value)
{
	u64 before = 0;

	memcpy(&before, field, len);
	memcpy(field, &value, len);
	ok(!keel_virtio_check(V, s));
	memcpy(field, &before, len);
	ok(keel_virtio_check(V, s));
}

#define refused(field, value) ({ \
	__auto_type at_ = &s.field; \
	refuses(test, &s, at_, sizeof(*at_), (value)); \
})

static void vcon_states(struct kunit *test)
{
	struct keel_virtio_state s;

	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	s = *V->s;
	s.vcon.added |= 2;
	ok(keel_virtio_check(V, &s));
	refused(vcon.ready, 2);
	refused(vcon.ready, 0);
	refused(vcon.connected, 8);
	refused(vcon.added, 0);
	refused(vcon.added, 8 | 1);
	refused(vcon.open, 4);
	refused(vcon.tell_add, 2);
	refused(vcon.tell_add, 8);
	refused(vcon.tell_console, 4);
	refused(vcon.tell_size, 4);
	refused(vcon.tell_name, 4);
	refused(vcon.tell_closed, 4);
	refused(vcon.tell_open, 4);
	refused(vcon.tell_open, 1);	/* of a port without a client */
	refused(vcon.cols[PORTS], 1);
	refused(vcon.rows[7], 1);
	refused(vcon.pad[4], 1);
	refused(vcon.nr_emergency, KEEL_VCON_EMERGENCY + 1);
	refused(vcon.emergency[0], 1);
	refused(driver_features, BIT_ULL(32));
	refused(status, 0xb);
	refused(queues[0].partial, 1);
	refused(queues[2].partial, 1);
	refused(queues[3].partial, 1);
	refused(queues[4].partial, 1);
	s.queues[1].partial = 77;
	s.queues[5].partial = 0xffffffff;
	ok(keel_virtio_check(V, &s));
}

/* A queue that is reset starts anew: the count of a chain's bytes sent is cleared. */
static void vcon_reset_forgets_parts(struct kunit *test)
{
	drive(test, 7);
	V->s->queues[1].partial = 5;
	drive(test, 7);
	is(V->s->queues[1].partial, 0);
}

static void vcon_restored_goes_on(struct kunit *test)
{
	struct harness *to = harness_clone(test);
	struct keel_virtio *v;
	u8 message[KEEL_VCON_MESSAGE];

	v = keel_virtio_of(keel_board_find(to->board, KEEL_CLASS_VIRTIO_MMIO, 0));
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	to->lazy = true;
	is(harness_copy(test, H, to), 0);
	ok(to->services & BIT(v->dev.index));
	to->lazy = false;
	harness_settle(to);
	/* The host's end may differ after a restore. */
	keel_vcon_connect(v, 0, true);
	is(keel_vcon_next(v, message, 4096), KEEL_VCON_HEADER);
	is(message[4], KEEL_VCON_CONSOLE_PORT);
	is(keel_vcon_next(v, message, 4096), KEEL_VCON_HEADER);
	is(message[4], KEEL_VCON_PORT_OPEN);
	is(keel_vcon_next(v, message, 4096), -EAGAIN);
}

static u64 inspected(const struct keel_stat *stats, unsigned int nr, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, "vmmio0") && !strcmp(stats[i].name, name))
			return stats[i].value;
	return NOTHING;
}

static void vcon_inspected(struct kunit *test)
{
	static struct keel_stat stats[512];
	unsigned int nr;

	keel_vcon_resize(V, 0, 80, 25);
	meet(test);
	says(test, 0, KEEL_VCON_PORT_READY, 1);
	says(test, 0, KEEL_VCON_PORT_OPEN, 1);
	wr(BASE + CONFIG + 8, 'a', 4);
	nr = whole_inspect(H->board, stats, ARRAY_SIZE(stats));
	is(inspected(stats, nr, "ready"), 1);
	is(inspected(stats, nr, "emergency"), 1);
	is(inspected(stats, nr, "port0.terminal"), 1);
	is(inspected(stats, nr, "port1.terminal"), 0);
	is(inspected(stats, nr, "port0.open"), 1);
	is(inspected(stats, nr, "port0.connected"), 0);
	is(inspected(stats, nr, "port0.untold"), 1);
	is(inspected(stats, nr, "port2.untold"), 0);
	is(inspected(stats, nr, "port0.cols"), 80);
	is(inspected(stats, nr, "port0.rows"), 25);
	is(inspected(stats, nr, "port3.cols"), NOTHING);
	nr = whole_stats(H->board, stats, ARRAY_SIZE(stats));
	is(inspected(stats, nr, "vcon.received"), 3);
	is(inspected(stats, nr, "vcon.emergency"), 1);
}

static int vcon_init(struct kunit *test)
{
	return harness_init(test, vcon_devices, ARRAY_SIZE(vcon_devices));
}

static struct kunit_case vcon_cases[] = {
	KUNIT_CASE(vcon_ports_of_queues),
	KUNIT_CASE(vcon_introduces_its_ports),
	KUNIT_CASE(vcon_longest_name),
	KUNIT_CASE(vcon_tells_who_comes_and_goes),
	KUNIT_CASE(vcon_tells_sizes),
	KUNIT_CASE(vcon_first_size_is_configuration),
	KUNIT_CASE(vcon_guest_opens),
	KUNIT_CASE(vcon_without_several_ports),
	KUNIT_CASE(vcon_reset_keeps_what_is_the_hosts),
	KUNIT_CASE(vcon_wrong_lengths),
	KUNIT_CASE(vcon_wrong_events),
	KUNIT_CASE(vcon_wrong_ports_and_values),
	KUNIT_CASE(vcon_too_early),
	KUNIT_CASE(vcon_repeats_itself),
	KUNIT_CASE(vcon_failures),
	KUNIT_CASE(vcon_short_buffers),
	KUNIT_CASE(vcon_emergency_write),
	KUNIT_CASE(vcon_emergency_sent_after_a_load),
	KUNIT_CASE(vcon_any_number),
	KUNIT_CASE(vcon_emergency_write_asks_the_host),
	KUNIT_CASE(vcon_emergency_write_is_a_feature),
	KUNIT_CASE(vcon_states),
	KUNIT_CASE(vcon_reset_forgets_parts),
	KUNIT_CASE(vcon_restored_goes_on),
	KUNIT_CASE(vcon_inspected),
	{}
};

static struct kunit_suite vcon_suite = {
	.name = "keel-virtio-console",
	.init = vcon_init,
	.exit = harness_exit,
	.test_cases = vcon_cases,
};

kunit_test_suite(vcon_suite);
