// SPDX-License-Identifier: GPL-2.0
/* The PS/2 mouse, behind its controller and without interrupts. */
#include "i8042_test.h"

#define LEFT	0
#define RIGHT	1
#define MIDDLE	2
#define SIDE	3
#define EXTRA	4

#define PACKETS	18	/* of three bytes that the mouse can have waiting */

static const struct keel_device_config ps2mouse_devices[] = {
	{ .class = KEEL_CLASS_I8042, .irq = KEEL_IRQ_DEFAULT },
};

static int ps2mouse_init(struct kunit *test)
{
	harness_init(test, ps2mouse_devices, ARRAY_SIZE(ps2mouse_devices));
	ctr(CTR_RAW);
	return 0;
}

/* Sends a byte that is answered with ACK alone. */
#define does(byte) do {		\
	to_aux(byte);		\
	aux_says(0xfa);		\
	silent();		\
} while (0)

static struct keel_ps2mouse *ps2mouse_state(struct kunit *test)
{
	return &i8042_state(test)->mouse;
}

static void ps2mouse_set_rate(struct kunit *test, u8 rate)
{
	does(0xf3);
	does(rate);
}

/* Mouse with wheel (3) or five buttons as well (4), reporting. */
static void ps2mouse_become(struct kunit *test, u8 id)
{
	ps2mouse_set_rate(test, 200);
	ps2mouse_set_rate(test, id == 4 ? 200 : 100);
	ps2mouse_set_rate(test, 80);
	to_aux(0xf2);
	aux_says(0xfa, id);
	does(0xf4);
}

/* ---- Commands ---- */

static void ps2mouse_reset(struct kunit *test)
{
	ps2mouse_become(test, 4);
	does(0xe7);
	does(0xe8);
	does(0x03);
	does(0xf0);
	to_aux(0xff);
	aux_says(0xfa, 0xaa, 0x00);
	silent();
	to_aux(0xe9);
	aux_says(0xfa, 0x00, 0x02, 100);
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
	silent();
}

static void ps2mouse_status(struct kunit *test)
{
	to_aux(0xe9);
	aux_says(0xfa, 0x00, 0x02, 100);
	does(0xf4);
	to_aux(0xe9);
	aux_says(0xfa, 0x20, 0x02, 100);
	does(0xe7);
	does(0xf0);
	does(0xe8);
	does(0x01);
	ps2mouse_set_rate(test, 40);
	to_aux(0xe9);
	aux_says(0xfa, 0x70, 0x01, 40);
	does(0xe6);
	does(0xea);
	does(0xf5);
	to_aux(0xe9);
	aux_says(0xfa, 0x00, 0x01, 40);
	button(LEFT, true);
	to_aux(0xe9);
	aux_says(0xfa, 0x04, 0x01, 40);
	button(LEFT, false);
	button(MIDDLE, true);
	to_aux(0xe9);
	aux_says(0xfa, 0x02, 0x01, 40);
	button(RIGHT, true);
	to_aux(0xe9);
	aux_says(0xfa, 0x03, 0x01, 40);
	silent();
}

static void ps2mouse_rates(struct kunit *test)
{
	unsigned int i, valid = 0;

	for (i = 0; i < 0xe6; i++) {
		does(0xf3);
		to_aux(i);
		if (in(DATA) == 0xfa) {
			valid++;
			ok(i == 10 || i == 20 || i == 40 || i == 60 || i == 80 || i == 100 ||
			   i == 200);
			is(ps2mouse_state(test)->rate, i);
		}
	}
	is(valid, 7);
	is(counted("unknown_aux"), 0xe6 - 7);
}

static void ps2mouse_resolutions(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		does(0xe8);
		to_aux(i);
		aux_says(i < 4 ? 0xfa : 0xfe);
		is(ps2mouse_state(test)->resolution, i < 4 ? i : 3);
	}
}

static void ps2mouse_errors(struct kunit *test)
{
	to_aux(0xe1);
	aux_says(0xfe);
	to_aux(0xe1);
	aux_says(0xfc);
	to_aux(0xe1);
	aux_says(0xfe);
	does(0xe6);		/* a valid command clears the error */
	to_aux(0xe1);
	aux_says(0xfe);
	does(0xe8);
	to_aux(0x04);
	aux_says(0xfe);
	does(0x01);		/* the argument again, now valid */
	is(ps2mouse_state(test)->resolution, 1);
	does(0xe8);
	to_aux(0x04);
	aux_says(0xfe);
	to_aux(0x05);
	aux_says(0xfc);
	to_aux(0x02);		/* it is too late now */
	aux_says(0xfe);
	is(ps2mouse_state(test)->resolution, 1);
	is(counted("unknown_aux"), 8);
	silent();
}

static void ps2mouse_unknown_commands(struct kunit *test)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 256; i++) {
		if (i >= 0xe6 && i != 0xed && i != 0xef && i != 0xf1 && (i < 0xf7 || i > 0xfd))
			continue;
		to_aux(i);
		aux_says(nr++ % 2 ? 0xfc : 0xfe);
		silent();
	}
	is(counted("unknown_aux"), nr);
	is(nr, 240);
}

static void ps2mouse_command_instead_of_argument(struct kunit *test)
{
	does(0xe8);
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
	to_aux(0x01);
	aux_says(0xfe);
	does(0xf3);
	to_aux(0xff);
	aux_says(0xfa, 0xaa, 0x00);
	to_aux(100);
	aux_says(0xfe);
	does(0xf3);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0x00, 0x00);
	to_aux(100);
	aux_says(0xfe);
	is(ps2mouse_state(test)->resolution, 2);
}

static void ps2mouse_defaults(struct kunit *test)
{
	ps2mouse_become(test, 3);
	does(0xe7);
	does(0xe8);
	does(0x00);
	does(0xf0);
	does(0xf6);
	to_aux(0xe9);
	aux_says(0xfa, 0x00, 0x02, 100);
	to_aux(0xf2);		/* defaults do not change the protocol */
	aux_says(0xfa, 0x03);
}

static void ps2mouse_wrap_mode(struct kunit *test)
{
	does(0xf4);
	does(0xee);
	to_aux(0xf4);
	aux_says(0xf4);
	to_aux(0x00);
	aux_says(0x00);
	to_aux(0xee);
	aux_says(0xee);
	to_aux(0xeb);
	aux_says(0xeb);
	to_aux(0xe1);
	aux_says(0xe1);
	move(1, 1);
	button(LEFT, true);
	silent();
	to_aux(0xec);
	aux_says(0xfa);
	silent();		/* events in between are dropped */
	button(LEFT, false);
	aux_says(0x08, 0x00, 0x00);
	does(0xee);
	to_aux(0xff);
	aux_says(0xfa, 0xaa, 0x00);
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
	is(counted("unknown_aux"), 0);
}

static void ps2mouse_resend(struct kunit *test)
{
	to_aux(0xfe);		/* after power-on that is what it said then */
	aux_says(0xaa, 0x00);
	to_aux(0xe9);
	aux_says(0xfa, 0x00, 0x02);
	to_aux(0xfe);
	aux_says(0xfa, 0x00, 0x02, 100);
	does(0xf4);
	move(1, 0);
	move(2, 0);
	move(3, 0);
	aux_says(0x08, 0x01, 0x00, 0x08, 0x02);
	to_aux(0xfe);
	aux_says(0x08, 0x02, 0x00, 0x08, 0x03, 0x00);
	to_aux(0xfe);
	aux_says(0x08, 0x03, 0x00);
	to_aux(0xfe);
	aux_says(0x08);
	to_aux(0xfe);
	aux_says(0x08, 0x03, 0x00);
	silent();
	to_aux(0xe1);
	aux_says(0xfe);
	to_aux(0xfe);
	aux_says(0xfe);
	is(counted("unknown_aux"), 1);
}

/* ---- Protocols ---- */

static void ps2mouse_magic_rates(struct kunit *test)
{
	static const u8 rates[][4] = {
		/* three rates, and the identity behind them */
		{ 200, 100, 80, 3 }, { 200, 200, 80, 4 }, { 200, 80, 80, 4 }, { 100, 200, 80, 4 },
		{ 100, 100, 80, 4 }, { 200, 100, 60, 4 }, { 200, 100, 80, 3 },
	};
	unsigned int i, j;

	to_aux(0xf2);
	aux_says(0xfa, 0x00);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (j = 0; j < 3; j++)
			ps2mouse_set_rate(test, rates[i][j]);
		to_aux(0xf2);
		aux_says(0xfa, rates[i][3]);
	}
	to_aux(0xff);
	aux_says(0xfa, 0xaa, 0x00);
	ps2mouse_set_rate(test, 80);	/* what went before the reset is over */
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
}

/* 200, then defaults in between: the sequence is broken, though the rate is 100 now. */
static void ps2mouse_magic_is_broken_by_defaults(struct kunit *test)
{
	ps2mouse_set_rate(test, 200);
	ps2mouse_set_rate(test, 100);
	does(0xf6);
	ps2mouse_set_rate(test, 80);
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
}

static void ps2mouse_standard_has_no_wheel(struct kunit *test)
{
	does(0xf4);
	wheel(1);
	button(SIDE, true);
	button(EXTRA, true);
	silent();
	is(counted("ignored"), 1);
	move(1, 0);
	aux_says(0x08, 0x01, 0x00);
	silent();
}

static void ps2mouse_with_wheel(struct kunit *test)
{
	ps2mouse_become(test, 3);
	wheel(1);
	aux_says(0x08, 0x00, 0x00, 0xff);
	wheel(-2);
	aux_says(0x08, 0x00, 0x00, 0x02);
	wheel(200);		/* more than one packet holds */
	aux_says(0x08, 0x00, 0x00, 0x81, 0x08, 0x00, 0x00, 0xb7);
	button(SIDE, true);
	silent();
	move(1, 0);
	aux_says(0x08, 0x01, 0x00, 0x00);
	silent();
}

static void ps2mouse_with_five_buttons(struct kunit *test)
{
	ps2mouse_become(test, 4);
	wheel(1);
	aux_says(0x08, 0x00, 0x00, 0x0f);
	wheel(-1);
	aux_says(0x08, 0x00, 0x00, 0x01);
	button(SIDE, true);
	aux_says(0x08, 0x00, 0x00, 0x10);
	button(EXTRA, true);
	aux_says(0x08, 0x00, 0x00, 0x30);
	button(LEFT, true);
	aux_says(0x09, 0x00, 0x00, 0x30);
	button(SIDE, false);
	aux_says(0x09, 0x00, 0x00, 0x20);
	wheel(-9);
	aux_says(0x09, 0x00, 0x00, 0x27, 0x09, 0x00, 0x00, 0x22);
	silent();
}

/* ---- Movements and buttons ---- */

static void ps2mouse_silent_until_enabled(struct kunit *test)
{
	move(5, 5);
	button(LEFT, true);
	silent();
	is(counted("ignored"), 2);
	does(0xf4);
	move(1, 0);
	aux_says(0x09, 0x01, 0x00);	/* the button is down, the movement is forgotten */
	does(0xf5);
	move(1, 0);
	silent();
	is(counted("ignored"), 3);
}

static void ps2mouse_directions(struct kunit *test)
{
	does(0xf4);
	move(1, 0);
	aux_says(0x08, 0x01, 0x00);
	move(-1, 0);
	aux_says(0x18, 0xff, 0x00);
	move(0, 1);
	aux_says(0x28, 0x00, 0xff);
	move(0, -1);
	aux_says(0x08, 0x00, 0x01);
	move(-100, 100);
	aux_says(0x38, 0x9c, 0x9c);
	move(255, -255);
	aux_says(0x08, 0xff, 0xff);
	move(-255, 255);
	aux_says(0x38, 0x01, 0x01);
	move(0, 0);
	silent();
}

static void ps2mouse_long_movements_go_on(struct kunit *test)
{
	does(0xf4);
	move(256, 0);
	aux_says(0x08, 0xff, 0x00, 0x08, 0x01, 0x00);
	move(-600, 300);
	aux_says(0x38, 0x01, 0x01, 0x38, 0x01, 0xd3, 0x18, 0xa6, 0x00);
	silent();
	is(counted("aux_overruns"), 0);
}

static void ps2mouse_buttons(struct kunit *test)
{
	does(0xf4);
	button(LEFT, true);
	aux_says(0x09, 0x00, 0x00);
	button(LEFT, true);		/* it is down already */
	silent();
	button(RIGHT, true);
	aux_says(0x0b, 0x00, 0x00);
	button(MIDDLE, true);
	aux_says(0x0f, 0x00, 0x00);
	button(LEFT, false);
	aux_says(0x0e, 0x00, 0x00);
	move(1, 0);
	aux_says(0x0e, 0x01, 0x00);
	button(RIGHT, false);
	button(MIDDLE, false);
	aux_says(0x0c, 0x00, 0x00, 0x08, 0x00, 0x00);
	silent();
}

static void ps2mouse_scaling(struct kunit *test)
{
	static const u8 doubled[] = { 0, 1, 1, 3, 6, 9, 12, 14 };
	unsigned int i;

	does(0xe7);
	does(0xf4);
	for (i = 1; i < ARRAY_SIZE(doubled); i++) {
		move(i, 0);
		aux_says(0x08, doubled[i], 0x00);
		move(0, i);
		aux_says(0x28, 0x00, -doubled[i]);
	}
	move(127, 0);
	aux_says(0x08, 254, 0x00);
	move(128, 0);
	aux_says(0x08, 254, 0x00, 0x08, 0x01, 0x00);
	does(0xe6);
	move(3, 0);
	aux_says(0x08, 0x03, 0x00);
	does(0xe7);
	does(0xf0);
	move(3, 0);
	to_aux(0xeb);			/* on request it is not scaled */
	aux_says(0xfa, 0x08, 0x03, 0x00);
	silent();
}

static void ps2mouse_remote_mode(struct kunit *test)
{
	does(0xf4);
	does(0xf0);
	move(3, -4);
	button(LEFT, true);
	silent();
	is(counted("ignored"), 0);
	to_aux(0xeb);
	aux_says(0xfa, 0x09, 0x03, 0x04);
	to_aux(0xeb);
	aux_says(0xfa, 0x09, 0x00, 0x00);
	move(1, 1);
	does(0xea);
	silent();
	move(2, 0);
	aux_says(0x09, 0x02, 0x00);
}

static void ps2mouse_remote_overflow(struct kunit *test)
{
	does(0xf0);
	move(255, -255);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0xff, 0xff);
	move(256, 0);
	to_aux(0xeb);
	aux_says(0xfa, 0x48, 0xff, 0x00);
	move(200, 300);
	to_aux(0xeb);
	aux_says(0xfa, 0xa8, 0xc8, 0x01);
	move(-300, -300);
	to_aux(0xeb);
	aux_says(0xfa, 0xd8, 0x01, 0xff);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0x00, 0x00);
	silent();
}

static void ps2mouse_read_data_in_stream_mode(struct kunit *test)
{
	ps2mouse_become(test, 3);
	does(0xf5);
	move(7, 0);
	wheel(-1);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0x07, 0x00, 0x01);
	does(0xf4);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0x00, 0x00, 0x00);
	silent();
}

/* A guest in remote mode sees a click once, down and then up. */
static void ps2mouse_remote_click(struct kunit *test)
{
	does(0xf0);
	button(LEFT, true);
	button(LEFT, false);
	to_aux(0xeb);
	aux_says(0xfa, 0x09, 0x00, 0x00);
	to_aux(0xeb);
	aux_says(0xfa, 0x08, 0x00, 0x00);
}

static void ps2mouse_commands_forget_movements(struct kunit *test)
{
	does(0xf4);
	move(1, 0);
	move(2, 0);
	is(in(STATUS) & MOBF, MOBF);
	to_aux(0xe6);
	aux_says(0x08, 0xfa);		/* the first byte had been announced */
	silent();
	does(0xf3);
	move(3, 0);			/* no packet between command and argument */
	silent();
	does(100);
	move(4, 0);
	aux_says(0x08, 0x04, 0x00);
}

/* ---- The queue ---- */

static void ps2mouse_fill(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PACKETS; i++)
		move(1, 0);
}

static void ps2mouse_empty(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PACKETS; i++)
		aux_says(0x08, 0x01, 0x00);
}

static void ps2mouse_full_queue_adds_up(struct kunit *test)
{
	does(0xf4);
	ps2mouse_fill(test);
	is(ps2mouse_state(test)->x, 0);
	move(1, 2);
	move(3, 4);
	is(ps2mouse_state(test)->x, 4);
	is(ps2mouse_state(test)->y, -6);
	ps2mouse_empty(test);
	aux_says(0x28, 0x04, 0xfa);
	silent();
	is(counted("aux_overruns"), 0);
}

static void ps2mouse_full_queue_keeps_clicks(struct kunit *test)
{
	does(0xf4);
	ps2mouse_fill(test);
	button(LEFT, true);
	button(LEFT, false);
	button(RIGHT, true);
	button(MIDDLE, true);
	button(MIDDLE, false);
	button(MIDDLE, true);
	ps2mouse_empty(test);
	aux_says(0x0f, 0x00, 0x00, 0x0e, 0x00, 0x00);
	silent();
	ps2mouse_fill(test);
	button(RIGHT, false);		/* up and down again is reported, too */
	button(RIGHT, true);
	for (; in(STATUS) & MOBF && (in(DATA) & 0x0f) == 0x0e; in(DATA))
		in(DATA);
	is(in(DATA), 0x00);
	is(in(DATA), 0x00);
	aux_says(0x0e, 0x00, 0x00);
	silent();
}

static void ps2mouse_counts_that_are_lost(struct kunit *test)
{
	unsigned int i, sum = 0, packets = 0;

	does(0xf4);
	ps2mouse_fill(test);
	move(32767, 0);
	is(counted("aux_overruns"), 0);
	move(1, 0);
	move(0, 32767);
	move(0, 1);
	is(counted("aux_overruns"), 2);
	is(ps2mouse_state(test)->x, 32767);
	is(ps2mouse_state(test)->y, (u64)-32767);
	ps2mouse_empty(test);
	aux_says(0xe8, 0xff, 0x01);	/* both overflow bits, once */
	sum = 255;
	for (i = 0; in(STATUS) & MOBF; i++) {
		is(in(DATA), 0x28);
		sum += in(DATA);
		in(DATA);
		packets++;
	}
	is(sum, 32767);
	is(packets, 128);
}

static void ps2mouse_try(struct kunit *test)
{
	u64 right = MOVE(1, 0) | KEEL_INPUT_TRY;
	u64 down = LEFT | KEEL_INPUT_PRESSED | KEEL_INPUT_TRY;
	unsigned int i;

	is(host(KEEL_CLASS_I8042, KEEL_INPUT_MOVE, right), 0);
	is(counted("ignored"), 1);	/* a mouse that is off has no queue */
	ps2mouse_become(test, 3);
	for (i = 0; i < 14; i++)
		is(host(KEEL_CLASS_I8042, KEEL_INPUT_MOVE, right), 0);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_MOVE, right), (u64)-EAGAIN);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_WHEEL, 1 | KEEL_INPUT_TRY), (u64)-EAGAIN);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_BUTTON, down), (u64)-EAGAIN);
	is(counted("busy"), 3);
	is(ps2mouse_state(test)->x, 0);
	is(ps2mouse_state(test)->buttons, 0);
	aux_says(0x08, 0x01, 0x00, 0x00);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_BUTTON, down), 0);
	for (i = 1; i < 14; i++)
		aux_says(0x08, 0x01, 0x00, 0x00);
	aux_says(0x09, 0x00, 0x00, 0x00);
	silent();
	is(counted("moves"), 15);
}

static void ps2mouse_ring_goes_round(struct kunit *test)
{
	unsigned int i;

	does(0xf4);
	for (i = 0; i < 200; i++) {
		move(i % 100 + 1, 0);
		if (i % 2)
			aux_says(0x08, (i - 1) % 100 + 1, 0x00, 0x08, i % 100 + 1, 0x00);
	}
	silent();
}

/* ---- State ---- */

static void ps2mouse_check_bounds(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < 256; i++)
		if (i != 0xe8 && i != 0xf3)
			refused(mouse.command, i);
	for (i = 0; i < 256; i++) {
		if (i != 0 && i != 3 && i != 4)
			refused(mouse.id, i);
		if (i != 100)
			refused(mouse.rate, i);	/* what no sequence says */
		if (i != 100)
			refused(mouse.magic[1], i ? i : 1);
	}
	refused(mouse.magic[0], 100);
	refused(mouse.resolution, 4);
	refused(mouse.scaling, 2);
	refused(mouse.remote, 2);
	refused(mouse.wrap, 2);
	refused(mouse.reporting, 2);
	refused(mouse.error, 2);
	refused(mouse.pad, 1);
	refused(mouse.nr_last, 0);
	refused(mouse.nr_last, 6);
	refused(mouse.x, -32768);
	refused(mouse.y, -32768);
	refused(mouse.z, 1);
	refused(mouse.overflow, 4);
	refused(mouse.buttons, 0x20);
	refused(mouse.reported, 0x20);
	refused(mouse.blips, 0x20);
	refused(mouse.queue.head, 64);
	refused(mouse.queue.count, 57);
	refused(mouse.queue.answer, 1);
	refused(mouse.queue.pad, 1);
}

static void ps2mouse_check_relations(struct kunit *test)
{
	does(0xf4);
	refused(mouse.x, 1);		/* it would be in a packet */
	refused(mouse.buttons, 1);
	refused(mouse.overflow, 1);
	refused(mouse.blips, 1);
	ps2mouse_set_rate(test, 40);
	refused(mouse.rate, 60);
	refused(mouse.magic[0], 3);
	does(0xe8);
	refused(mouse.wrap, 1);
	does(0x00);
	does(0xf0);
	button(LEFT, true);
	refused(mouse.blips, 1);	/* either it came back or it did not */
	ps2mouse_become(test, 3);
	does(0xf0);
	refused(mouse.z, -32768);
	to_aux(0xeb);
	ok(i8042_accepts(test, i8042_state(test)));
	refused(mouse.queue.answer, 6);
}

static struct kunit_case ps2mouse_cases[] = {
	KUNIT_CASE(ps2mouse_reset),
	KUNIT_CASE(ps2mouse_status),
	KUNIT_CASE(ps2mouse_rates),
	KUNIT_CASE(ps2mouse_resolutions),
	KUNIT_CASE(ps2mouse_errors),
	KUNIT_CASE(ps2mouse_unknown_commands),
	KUNIT_CASE(ps2mouse_command_instead_of_argument),
	KUNIT_CASE(ps2mouse_defaults),
	KUNIT_CASE(ps2mouse_wrap_mode),
	KUNIT_CASE(ps2mouse_resend),
	KUNIT_CASE(ps2mouse_magic_rates),
	KUNIT_CASE(ps2mouse_magic_is_broken_by_defaults),
	KUNIT_CASE(ps2mouse_standard_has_no_wheel),
	KUNIT_CASE(ps2mouse_with_wheel),
	KUNIT_CASE(ps2mouse_with_five_buttons),
	KUNIT_CASE(ps2mouse_silent_until_enabled),
	KUNIT_CASE(ps2mouse_directions),
	KUNIT_CASE(ps2mouse_long_movements_go_on),
	KUNIT_CASE(ps2mouse_buttons),
	KUNIT_CASE(ps2mouse_scaling),
	KUNIT_CASE(ps2mouse_remote_mode),
	KUNIT_CASE(ps2mouse_remote_overflow),
	KUNIT_CASE(ps2mouse_read_data_in_stream_mode),
	KUNIT_CASE(ps2mouse_remote_click),
	KUNIT_CASE(ps2mouse_commands_forget_movements),
	KUNIT_CASE(ps2mouse_full_queue_adds_up),
	KUNIT_CASE(ps2mouse_full_queue_keeps_clicks),
	KUNIT_CASE(ps2mouse_counts_that_are_lost),
	KUNIT_CASE(ps2mouse_try),
	KUNIT_CASE(ps2mouse_ring_goes_round),
	KUNIT_CASE(ps2mouse_check_bounds),
	KUNIT_CASE(ps2mouse_check_relations),
	{}
};

static struct kunit_suite ps2mouse_suite = {
	.name = "keel-ps2mouse",
	.init = ps2mouse_init,
	.exit = harness_exit,
	.test_cases = ps2mouse_cases,
};

kunit_test_suites(&ps2mouse_suite);
