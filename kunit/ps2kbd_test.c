// SPDX-License-Identifier: GPL-2.0
/* The PS/2 keyboard, behind its controller: mostly without translation or interrupts. */
#include "i8042_test.h"
#include "../devices/chips/ps2.h"

#define KEY_ESC		1
#define KEY_A		30
#define KEY_B		48
#define KEY_LEFTCTRL	29
#define KEY_LEFTSHIFT	42
#define KEY_RIGHTSHIFT	54
#define KEY_LEFTALT	56
#define KEY_F1		59
#define KEY_F7		65
#define KEY_RIGHTCTRL	97
#define KEY_SYSRQ	99
#define KEY_RIGHTALT	100
#define KEY_UP		103
#define KEY_PAUSE	119
#define NR_KEYS		256

static const struct keel_device_config ps2kbd_devices[] = {
	{ .class = KEEL_CLASS_I8042, .irq = KEEL_IRQ_DEFAULT },
};

static int ps2kbd_init(struct kunit *test)
{
	harness_init(test, ps2kbd_devices, ARRAY_SIZE(ps2kbd_devices));
	ctr(CTR_RAW);
	return 0;
}

/* Sends a byte that is answered with ACK alone. */
#define does(byte) do {		\
	to_kbd(byte);		\
	kbd_says(0xfa);		\
	silent();		\
} while (0)

static void ps2kbd_set(struct kunit *test, u8 set)
{
	does(0xf0);
	does(set);
}

static struct keel_ps2kbd *ps2kbd_state(struct kunit *test)
{
	return &i8042_state(test)->kbd;
}

/* Reads until the output buffer stays empty. */
static unsigned int ps2kbd_drain(struct kunit *test, u8 *bytes, unsigned int room)
{
	unsigned int nr = 0;

	while (in(STATUS) & OBF && nr < room)
		bytes[nr++] = in(DATA);
	return nr;
}

/* ---- Commands ---- */

static void ps2kbd_reset(struct kunit *test)
{
	ps2kbd_set(test, 3);
	does(0xf8);
	does(0xed);
	does(0x07);
	does(0xf3);
	does(0x00);
	does(0xf5);
	to_kbd(0xff);
	kbd_says(0xfa, 0xaa);
	silent();
	is(ps2kbd_state(test)->set, 2);
	is(ps2kbd_state(test)->leds, 0);
	is(ps2kbd_state(test)->typematic, 0x2b);
	is(ps2kbd_state(test)->scanning, 1);
	press(KEY_A);
	kbd_says(0x1c);
}

static void ps2kbd_echo(struct kunit *test)
{
	to_kbd(0xee);
	kbd_says(0xee);
	silent();
}

static void ps2kbd_identify(struct kunit *test)
{
	to_kbd(0xf2);
	kbd_says(0xfa, 0xab, 0x83);
	silent();
	ctr(CTR_RAW | XLATE);
	to_kbd(0xf2);
	kbd_says(0xfa, 0xab, 0x41);
	silent();
}

static void ps2kbd_leds(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		does(0xed);
		does(i);
		is(ps2kbd_state(test)->leds, i);
	}
	does(0xed);
	does(0x0b);		/* reserved bits are ignored */
	is(ps2kbd_state(test)->leds, 3);
	does(0xed);
	does(0x07);
	is(counted("unknown_kbd"), 0);
	to_kbd(0x01);		/* the wait is over */
	kbd_says(0xfe);
	is(ps2kbd_state(test)->leds, 7);
}

static void ps2kbd_typematic(struct kunit *test)
{
	is(ps2kbd_state(test)->typematic, 0x2b);
	does(0xf3);
	does(0x7f);
	is(ps2kbd_state(test)->typematic, 0x7f);
	does(0xf3);
	does(0x80);
	is(ps2kbd_state(test)->typematic, 0);
	does(0xf6);
	is(ps2kbd_state(test)->typematic, 0x2b);
}

static void ps2kbd_enable_and_disable(struct kunit *test)
{
	does(0xf5);
	is(press(KEY_A), 0);
	silent();
	is(counted("ignored"), 1);
	does(0xf6);		/* defaults, which are no reason to scan */
	press(KEY_A);
	silent();
	does(0xf4);
	press(KEY_A);
	kbd_says(0x1c);
	silent();
	does(0xf6);
	press(KEY_A);
	kbd_says(0x1c);
	is(counted("ignored"), 2);
}

static void ps2kbd_defaults(struct kunit *test)
{
	static const u8 commands[] = { 0xf5, 0xf6 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		ps2kbd_set(test, 3);
		does(0xfa);
		does(0xed);
		does(0x05);
		does(commands[i]);
		is(ps2kbd_state(test)->set, 2);
		is(ps2kbd_state(test)->leds, 5);
		does(0xf4);
		ps2kbd_set(test, 3);
		release(KEY_A);		/* typematic only, again */
		silent();
	}
}

static void ps2kbd_scan_code_sets(struct kunit *test)
{
	static const u8 translated[] = { 0, 0x43, 0x41, 0x3f };
	unsigned int set;

	for (set = 1; set <= 3; set++) {
		ps2kbd_set(test, set);
		to_kbd(0xf0);
		kbd_says(0xfa);
		to_kbd(0x00);
		kbd_says(0xfa, set);
		silent();
		ctr(CTR_RAW | XLATE);
		to_kbd(0xf0);
		kbd_says(0xfa);
		to_kbd(0x00);
		kbd_says(0xfa, translated[set]);
		ctr(CTR_RAW);
	}
	does(0xf0);
	to_kbd(0x04);
	kbd_says(0xfe);
	is(ps2kbd_state(test)->set, 3);
}

static void ps2kbd_resend(struct kunit *test)
{
	press(KEY_UP);
	kbd_says(0xe0, 0x75);
	to_kbd(0xfe);
	kbd_says(0x75);
	to_kbd(0xfe);
	kbd_says(0x75);
	to_kbd(0xf2);
	kbd_says(0xfa, 0xab);
	to_kbd(0xfe);
	kbd_says(0xab);		/* and the rest of the answer is gone */
	silent();
	ctr(CTR_RAW | XLATE);
	release(KEY_A);
	kbd_says(0x9e);
	to_kbd(0xfe);
	kbd_says(0x1e);
	is(counted("unknown_kbd"), 0);
}

static void ps2kbd_unknown_commands(struct kunit *test)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 256; i++) {
		if (i >= 0xed && i != 0xef && i != 0xf1)
			continue;
		to_kbd(i);
		kbd_says(0xfe);
		silent();
		is(counted("unknown_kbd"), ++nr);
	}
	is(nr, 239);
}

static void ps2kbd_command_instead_of_argument(struct kunit *test)
{
	static const u8 commands[] = { 0xed, 0xf0, 0xf3, 0xfb, 0xfc, 0xfd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		does(commands[i]);
		to_kbd(0xee);
		kbd_says(0xee);
		to_kbd(0x01);
		kbd_says(0xfe);
		does(commands[i]);
		to_kbd(0xef);
		kbd_says(0xfe);
		is(ps2kbd_state(test)->command, 0);
	}
	is(ps2kbd_state(test)->leds, 0);
	is(ps2kbd_state(test)->set, 2);
}

static void ps2kbd_answers_get_ahead(struct kunit *test)
{
	press(KEY_A);
	press(KEY_ESC);
	to_kbd(0xed);
	kbd_says(0xfa);
	to_kbd(0x02);
	kbd_says(0xfa, 0x1c, 0x76);
	silent();
	press(KEY_A);
	to_kbd(0xf2);
	to_kbd(0xee);		/* the answer to 0xf2 was not read yet: dropped */
	kbd_says(0xee, 0x1c);
	silent();
}

static void ps2kbd_commands_that_empty_the_queue(struct kunit *test)
{
	static const u8 keep[] = { 0xed, 0xee, 0xf0, 0xf2, 0xf3, 0xfe, 0x33 };
	static const u8 clear[] = { 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
				    0xff };
	u8 bytes[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keep); i++) {
		press(KEY_A);
		to_kbd(keep[i]);
		is(bytes[ps2kbd_drain(test, bytes, 8) - 1], 0x1c);
		does(0xf4);
	}
	for (i = 0; i < ARRAY_SIZE(clear); i++) {
		press(KEY_A);
		to_kbd(clear[i]);
		ok(ps2kbd_drain(test, bytes, 8) <= 2);
		is(bytes[0], 0xfa);
		does(0xf4);
	}
	press(KEY_A);
	to_kbd(0xf0);
	is(in(DATA), 0xfa);
	to_kbd(0x02);
	kbd_says(0xfa);
	silent();
}

/* ---- Keys ---- */

static void ps2kbd_keys_of_set_2(struct kunit *test)
{
	static const struct {
		u8 key, bytes[4];
	} keys[] = {
		{ 1, { 0x76, 0xf0, 0x76 } }, { 2, { 0x16, 0xf0, 0x16 } },
		{ 14, { 0x66, 0xf0, 0x66 } }, { 16, { 0x15, 0xf0, 0x15 } },
		{ 28, { 0x5a, 0xf0, 0x5a } }, { 29, { 0x14, 0xf0, 0x14 } },
		{ 30, { 0x1c, 0xf0, 0x1c } }, { 42, { 0x12, 0xf0, 0x12 } },
		{ 43, { 0x5d, 0xf0, 0x5d } }, { 54, { 0x59, 0xf0, 0x59 } },
		{ 57, { 0x29, 0xf0, 0x29 } }, { 58, { 0x58, 0xf0, 0x58 } },
		{ 65, { 0x83, 0xf0, 0x83 } }, { 69, { 0x77, 0xf0, 0x77 } },
		{ 74, { 0x7b, 0xf0, 0x7b } }, { 86, { 0x61, 0xf0, 0x61 } },
		{ 87, { 0x78, 0xf0, 0x78 } }, { 88, { 0x07, 0xf0, 0x07 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		press(keys[i].key);
		release(keys[i].key);
		kbd_says(keys[i].bytes[0], keys[i].bytes[1], keys[i].bytes[2]);
		silent();
	}
}

static void ps2kbd_grey_keys(struct kunit *test)
{
	static const u8 keys[][2] = {
		{ 96, 0x5a }, { 97, 0x14 }, { 98, 0x4a }, { 100, 0x11 }, { 102, 0x6c },
		{ 103, 0x75 }, { 104, 0x7d }, { 105, 0x6b }, { 106, 0x74 }, { 107, 0x69 },
		{ 108, 0x72 }, { 109, 0x7a }, { 110, 0x70 }, { 111, 0x71 }, { 125, 0x1f },
		{ 126, 0x27 }, { 127, 0x2f }, { 113, 0x23 }, { 142, 0x3f }, { 163, 0x4d },
		{ 172, 0x3a }, { 217, 0x10 }, { 226, 0x50 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		press(keys[i][0]);
		release(keys[i][0]);
		kbd_says(0xe0, keys[i][1], 0xe0, 0xf0, keys[i][1]);
		silent();
	}
}

/* The first 88 keys are numbered by their codes in set 1, which the PC began with. */
static void ps2kbd_set_1_is_the_numbering(struct kunit *test)
{
	unsigned int i;

	ps2kbd_set(test, 1);
	for (i = 1; i <= 88; i++) {
		if (i == 84 || i == 85)
			continue;
		is(press(i), 0);
		is(release(i), 0);
		kbd_says(i, i | 0x80);
		silent();
	}
}

/* What the controller makes of set 2 is what the keyboard says in set 1. */
static void ps2kbd_translated_is_set_1(struct kunit *test)
{
	u8 translated[16], direct[16];
	unsigned int i, nr, keys = 0;

	for (i = 0; i < NR_KEYS; i++) {
		ps2kbd_set(test, 2);
		ctr(CTR_RAW | XLATE);
		if (press(i) == (u64)-1)
			continue;
		release(i);
		nr = ps2kbd_drain(test, translated, sizeof(translated));
		ok(nr >= 2);
		ctr(CTR_RAW);
		ps2kbd_set(test, 1);
		press(i);
		release(i);
		is(ps2kbd_drain(test, direct, sizeof(direct)), nr);
		is(memcmp(direct, translated, nr), 0);
		keys++;
	}
	is(keys, 136);
}

/* In every set no two keys say the same, and a release is the press with a prefix. */
static void ps2kbd_codes_are_unique(struct kunit *test)
{
	u8 bytes[16], break_at;
	unsigned int set, i, nr;

	for (set = 2; set <= 3; set++) {
		bool seen[2][256] = { { false } };

		ps2kbd_set(test, set);
		does(0xfa);
		for (i = 0; i < NR_KEYS; i++) {
			if (i == KEY_SYSRQ || (i == KEY_PAUSE && set == 2) || press(i) == (u64)-1)
				continue;
			nr = ps2kbd_drain(test, bytes, sizeof(bytes));
			if (!nr)	/* not in set 3 */
				continue;
			ok(nr == 1 || (nr == 2 && bytes[0] == 0xe0));
			break_at = nr - 1;
			ok(!seen[break_at][bytes[break_at]]);
			seen[break_at][bytes[break_at]] = true;
			release(i);
			if (break_at)
				kbd_says(0xe0);
			kbd_says(0xf0, bytes[break_at]);
			silent();
		}
	}
}

static void ps2kbd_pause(struct kunit *test)
{
	press(KEY_PAUSE);
	press(KEY_PAUSE);	/* never repeated */
	release(KEY_PAUSE);
	kbd_says(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
	silent();
	press(KEY_RIGHTCTRL);
	press(KEY_PAUSE);
	release(KEY_PAUSE);
	kbd_says(0xe0, 0x14, 0xe0, 0x7e, 0xe0, 0xf0, 0x7e);
	silent();
	release(KEY_RIGHTCTRL);
	kbd_says(0xe0, 0xf0, 0x14);
	ctr(CTR_RAW | XLATE);
	press(KEY_PAUSE);
	release(KEY_PAUSE);
	kbd_says(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
	silent();
}

static void ps2kbd_print_screen(struct kunit *test)
{
	press(KEY_SYSRQ);
	kbd_says(0xe0, 0x12, 0xe0, 0x7c);
	press(KEY_SYSRQ);	/* a repetition */
	kbd_says(0xe0, 0x7c);
	release(KEY_SYSRQ);
	kbd_says(0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12);
	silent();
	ctr(CTR_RAW | XLATE);
	press(KEY_SYSRQ);
	release(KEY_SYSRQ);
	kbd_says(0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa);
	silent();
}

static void ps2kbd_print_screen_with_modifiers(struct kunit *test)
{
	static const u8 short_ones[] = { KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL,
					 KEY_RIGHTCTRL };
	static const u8 alts[] = { KEY_LEFTALT, KEY_RIGHTALT };
	u8 bytes[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(short_ones); i++) {
		press(short_ones[i]);
		ps2kbd_drain(test, bytes, 8);
		press(KEY_SYSRQ);
		release(KEY_SYSRQ);
		kbd_says(0xe0, 0x7c, 0xe0, 0xf0, 0x7c);
		silent();
		release(short_ones[i]);
		ps2kbd_drain(test, bytes, 8);
	}
	for (i = 0; i < ARRAY_SIZE(alts); i++) {
		press(alts[i]);
		ps2kbd_drain(test, bytes, 8);
		press(KEY_SYSRQ);
		release(KEY_SYSRQ);
		kbd_says(0x84, 0xf0, 0x84);
		silent();
		release(alts[i]);
		ps2kbd_drain(test, bytes, 8);
	}
}

/* By default after 500 ms, and then every 91.74 ms. */
static void ps2kbd_repeats(struct kunit *test)
{
	press(KEY_A);
	kbd_says(0x1c);
	is(H->deadline, 500000000);
	advance(499999999);
	silent();
	advance(1);
	kbd_says(0x1c);
	is(H->deadline, 591740000);
	advance(91740000);
	kbd_says(0x1c);
	advance(91740000);
	kbd_says(0x1c);
	release(KEY_A);
	is(H->deadline, KEEL_NEVER);
	kbd_says(0xf0, 0x1c);
	advance(2000000000);
	silent();
	is(counted("repeats"), 3);
}

static void ps2kbd_repeats_at_the_rate(struct kunit *test)
{
	does(0xf3);
	does(0x00);		/* 250 ms, 30 a second */
	press(KEY_A);
	kbd_says(0x1c);
	advance(250000000);
	kbd_says(0x1c);
	is(H->deadline, 250000000 + 33360000);
	release(KEY_A);
	kbd_says(0xf0, 0x1c);
	does(0xf3);
	does(0x7f);		/* 1 s, 2 a second */
	press(KEY_A);
	kbd_says(0x1c);
	is(H->deadline, 1250000000);
	advance(1000000000);
	kbd_says(0x1c);
	is(H->deadline, 1250000000 + 500400000);
}

/* What is not read does not pile up, and costs no timer. */
static void ps2kbd_repeats_wait_for_the_guest(struct kunit *test)
{
	press(KEY_A);
	is(H->deadline, KEEL_NEVER);
	jump(2000000000);
	kbd_says(0x1c);
	silent();
	/* 500 ms and 17 periods: the first multiple that is not over */
	is(H->deadline, 500000000ULL + 17 * 91740000);
	advance(100000000);
	jump(60000000000000ULL);
	kbd_says(0x1c);
	silent();
	is(counted("repeats"), 1);
	is(counted("kbd_overruns"), 0);
}

static void ps2kbd_repeats_the_last_key(struct kunit *test)
{
	press(KEY_A);
	press(KEY_B);
	kbd_says(0x1c, 0x32);
	advance(500000000);
	kbd_says(0x32);
	release(KEY_A);
	kbd_says(0xf0, 0x1c);
	advance(91740000);
	kbd_says(0x32);
	release(KEY_B);
	kbd_says(0xf0, 0x32);
	press(KEY_A);
	kbd_says(0x1c);
	press(KEY_PAUSE);	/* never repeats, and ends it */
	kbd_says(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
	is(H->deadline, KEEL_NEVER);
}

static void ps2kbd_repeats_until_a_reset(struct kunit *test)
{
	static const u8 ends[] = { 0xf5, 0xff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		to_kbd(0xf4);
		kbd_says(0xfa);
		press(KEY_A);
		kbd_says(0x1c);
		ok(H->deadline != KEEL_NEVER);
		does(0xed);		/* as Linux does for Caps Lock */
		does(0x04);
		ok(H->deadline != KEEL_NEVER);
		to_kbd(ends[i]);
		is(H->deadline, KEEL_NEVER);
		whole_reset(H->board);
		ctr(CTR_RAW);
	}
}

static void ps2kbd_repeats_while_it_is_on(struct kunit *test)
{
	press(KEY_A);
	kbd_says(0x1c);
	out(COMMAND, 0xad);
	is(H->deadline, KEEL_NEVER);
	jump(1000000000);
	out(COMMAND, 0xae);
	is(H->deadline, 500000000ULL + 6 * 91740000);
}

static void ps2kbd_repeats_are_the_hosts(struct kunit *test)
{
	press(KEY_A);
	press(KEY_A);
	press(KEY_A);
	release(KEY_A);
	kbd_says(0x1c, 0x1c, 0x1c, 0xf0, 0x1c);
	advance(1000000000);
	silent();
}

/* ---- Set 3 ---- */

static void ps2kbd_set_3_types_by_default(struct kunit *test)
{
	ps2kbd_set(test, 3);
	press(KEY_A);		/* typematic */
	press(KEY_A);
	release(KEY_A);
	kbd_says(0x1c, 0x1c);
	silent();
	press(KEY_LEFTSHIFT);	/* make/break */
	press(KEY_LEFTSHIFT);
	release(KEY_LEFTSHIFT);
	kbd_says(0x12, 0xf0, 0x12);
	silent();
	press(KEY_F1);		/* make */
	press(KEY_F1);
	release(KEY_F1);
	press(KEY_F1);
	kbd_says(0x07, 0x07);
	silent();
	press(113);		/* nothing of that name in set 3 */
	silent();
}

static void ps2kbd_set_3_codes(struct kunit *test)
{
	static const u8 keys[][2] = {
		{ 1, 0x08 }, { 29, 0x11 }, { 43, 0x5c }, { 56, 0x19 }, { 58, 0x14 }, { 59, 0x07 },
		{ 65, 0x37 }, { 69, 0x76 }, { 74, 0x84 }, { 78, 0x7c }, { 86, 0x13 }, { 88, 0x5e },
		{ 96, 0x79 }, { 97, 0x58 }, { 98, 0x77 }, { 99, 0x57 }, { 100, 0x39 },
		{ 102, 0x6e }, { 103, 0x63 }, { 105, 0x61 }, { 106, 0x6a }, { 108, 0x60 },
		{ 110, 0x67 }, { 111, 0x64 }, { 119, 0x62 }, { 125, 0x8b }, { 127, 0x8d },
	};
	unsigned int i;

	ps2kbd_set(test, 3);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		press(keys[i][0]);
		kbd_says(keys[i][1]);
		silent();
	}
}

static void ps2kbd_types_of_all_keys(struct kunit *test)
{
	static const struct {
		u8 command, repeats, breaks;
	} types[] = {
		{ 0xf7, 1, 0 }, { 0xf8, 0, 1 }, { 0xf9, 0, 0 }, { 0xfa, 1, 1 },
	};
	static const u8 keys[] = { KEY_A, KEY_LEFTSHIFT, KEY_F1, KEY_PAUSE };
	u8 bytes[8];
	unsigned int i, j;

	ps2kbd_set(test, 3);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		does(types[i].command);
		for (j = 0; j < ARRAY_SIZE(keys); j++) {
			press(keys[j]);
			press(keys[j]);
			is(ps2kbd_drain(test, bytes, 8), 1 + types[i].repeats);
			release(keys[j]);
			is(ps2kbd_drain(test, bytes, 8), 2 * types[i].breaks);
		}
		ok(i8042_accepts(test, i8042_state(test)));
	}
}

static void ps2kbd_types_of_single_keys(struct kunit *test)
{
	static const struct {
		u8 command, repeats, breaks;
	} types[] = {
		{ 0xfb, 1, 0 }, { 0xfc, 0, 1 }, { 0xfd, 0, 0 },
	};
	u8 bytes[8];
	unsigned int i;

	ps2kbd_set(test, 3);
	does(0xfa);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		does(types[i].command);
		does(0x1c);
		does(0x07);	/* a list, until the next command */
		does(0xf4);
		press(KEY_A);
		press(KEY_A);
		release(KEY_A);
		is(ps2kbd_drain(test, bytes, 8),
		   1 + types[i].repeats + 2 * types[i].breaks);
		press(KEY_F1);
		press(KEY_F1);
		release(KEY_F1);
		is(ps2kbd_drain(test, bytes, 8),
		   1 + types[i].repeats + 2 * types[i].breaks);
		press(KEY_ESC);	/* not among them */
		press(KEY_ESC);
		release(KEY_ESC);
		is(ps2kbd_drain(test, bytes, 8), 4);
	}
	does(0xfb);
	to_kbd(0x8f);		/* no key's code */
	kbd_says(0xfe);
	does(0xfd);
	to_kbd(0xc0);		/* far above the codes */
	kbd_says(0xfe);
	to_kbd(0x1c);
	kbd_says(0xfe);
}

/* Key types apply to set 3 alone. */
static void ps2kbd_types_do_not_matter_in_set_2(struct kunit *test)
{
	does(0xf9);
	press(KEY_A);
	press(KEY_A);
	release(KEY_A);
	kbd_says(0x1c, 0x1c, 0xf0, 0x1c);
}

/* ---- The queue ---- */

static void ps2kbd_type(struct kunit *test, unsigned int nr)
{
	while (nr--)
		press(KEY_A);
}

static void ps2kbd_reads_many(struct kunit *test, u8 byte, unsigned int nr)
{
	while (nr--)
		kbd_says(byte);
}

static void ps2kbd_overrun(struct kunit *test)
{
	ps2kbd_type(test, 16);
	is(counted("kbd_overruns"), 0);
	press(KEY_ESC);
	press(KEY_ESC);
	press(KEY_ESC);
	is(counted("kbd_overruns"), 3);
	ps2kbd_reads_many(test, 0x1c, 16);
	kbd_says(0x00);
	silent();
	press(KEY_ESC);
	kbd_says(0x76);
	silent();
	is(counted("keys"), 20);
}

static void ps2kbd_overrun_code_of_the_set(struct kunit *test)
{
	ps2kbd_set(test, 1);
	ps2kbd_type(test, 17);
	ps2kbd_reads_many(test, 0x1e, 16);
	kbd_says(0xff);
	silent();
	ps2kbd_set(test, 3);
	ps2kbd_type(test, 17);
	ps2kbd_reads_many(test, 0x1c, 16);
	kbd_says(0x00);
	silent();
	ps2kbd_set(test, 2);
	ctr(CTR_RAW | XLATE);
	ps2kbd_type(test, 17);
	ps2kbd_reads_many(test, 0x1e, 16);
	kbd_says(0xff);
	silent();
}

/* A key's bytes stay together: there is room for one, but it would take two. */
static void ps2kbd_overrun_does_not_cut(struct kunit *test)
{
	ps2kbd_type(test, 15);
	press(KEY_UP);
	press(KEY_UP);
	ps2kbd_type(test, 2);	/* the code has the last place */
	ps2kbd_reads_many(test, 0x1c, 15);
	kbd_says(0x00);
	silent();
	ps2kbd_type(test, 14);
	press(KEY_PAUSE);
	press(KEY_A);
	ps2kbd_reads_many(test, 0x1c, 14);
	kbd_says(0x00, 0x1c);
	silent();
}

static void ps2kbd_answers_do_not_take_room(struct kunit *test)
{
	ps2kbd_type(test, 16);
	to_kbd(0xf2);
	is(counted("kbd_overruns"), 0);
	press(KEY_A);
	is(counted("kbd_overruns"), 1);
	kbd_says(0xfa, 0xab, 0x83);
	ps2kbd_reads_many(test, 0x1c, 16);
	kbd_says(0x00);
	silent();
}

static void ps2kbd_try(struct kunit *test)
{
	u64 up = KEY_UP | KEEL_INPUT_PRESSED | KEEL_INPUT_TRY;

	ps2kbd_type(test, 15);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, up), (u64)-EAGAIN);
	is(counted("busy"), 1);
	is(counted("kbd_overruns"), 0);
	is(ps2kbd_state(test)->held[KEY_UP / 8], 0);
	kbd_says(0x1c);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, up), 0);
	ps2kbd_reads_many(test, 0x1c, 14);
	kbd_says(0xe0, 0x75);
	silent();
	does(0xf5);		/* scanning is off: the key is ignored, not tried again */
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, up), 0);
	is(counted("ignored"), 1);
}

static void ps2kbd_ring_goes_round(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		press(KEY_UP);
		release(KEY_UP);
		if (i % 3 == 0) {
			to_kbd(0xee);
			kbd_says(0xee);
		}
		kbd_says(0xe0, 0x75, 0xe0, 0xf0, 0x75);
	}
	silent();
}

/* ---- State ---- */

static void ps2kbd_check_bounds(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < 256; i++)
		if (i != 0xed && i != 0xf0 && i != 0xf3 && i != 0xfb && i != 0xfc && i != 0xfd)
			refused(kbd.command, i);
	refused(kbd.set, 0);
	refused(kbd.set, 4);
	refused(kbd.scanning, 2);
	refused(kbd.leds, 8);
	refused(kbd.typematic, 0x80);
	refused(kbd.pad[0], 1);
	refused(kbd.pad[1], 1);
	refused(kbd.held[0], 0x01);		/* key 0 */
	refused(kbd.held[31], 0x80);
	refused(kbd.repeats[0], 0x01);
	refused(kbd.breaks[17], 0x80);
	refused(kbd.queue.head, 64);
	refused(kbd.queue.count, 18);
	refused(kbd.queue.count, 65);
	refused(kbd.queue.count, 255);
	refused(kbd.queue.answer, 1);
	refused(kbd.queue.pad, 1);
	ps2kbd_type(test, 17);
	to_kbd(0xf2);
	ok(i8042_accepts(test, i8042_state(test)));
	refused(kbd.queue.answer, 2);
	refused(kbd.queue.answer, 4);
	refused(kbd.queue.count, 21);
}

static struct kunit_case ps2kbd_cases[] = {
	KUNIT_CASE(ps2kbd_reset),
	KUNIT_CASE(ps2kbd_echo),
	KUNIT_CASE(ps2kbd_identify),
	KUNIT_CASE(ps2kbd_leds),
	KUNIT_CASE(ps2kbd_typematic),
	KUNIT_CASE(ps2kbd_enable_and_disable),
	KUNIT_CASE(ps2kbd_defaults),
	KUNIT_CASE(ps2kbd_scan_code_sets),
	KUNIT_CASE(ps2kbd_resend),
	KUNIT_CASE(ps2kbd_unknown_commands),
	KUNIT_CASE(ps2kbd_command_instead_of_argument),
	KUNIT_CASE(ps2kbd_answers_get_ahead),
	KUNIT_CASE(ps2kbd_commands_that_empty_the_queue),
	KUNIT_CASE(ps2kbd_keys_of_set_2),
	KUNIT_CASE(ps2kbd_grey_keys),
	KUNIT_CASE(ps2kbd_set_1_is_the_numbering),
	KUNIT_CASE(ps2kbd_translated_is_set_1),
	KUNIT_CASE(ps2kbd_codes_are_unique),
	KUNIT_CASE(ps2kbd_pause),
	KUNIT_CASE(ps2kbd_print_screen),
	KUNIT_CASE(ps2kbd_print_screen_with_modifiers),
	KUNIT_CASE(ps2kbd_repeats),
	KUNIT_CASE(ps2kbd_repeats_at_the_rate),
	KUNIT_CASE(ps2kbd_repeats_wait_for_the_guest),
	KUNIT_CASE(ps2kbd_repeats_the_last_key),
	KUNIT_CASE(ps2kbd_repeats_until_a_reset),
	KUNIT_CASE(ps2kbd_repeats_while_it_is_on),
	KUNIT_CASE(ps2kbd_repeats_are_the_hosts),
	KUNIT_CASE(ps2kbd_set_3_types_by_default),
	KUNIT_CASE(ps2kbd_set_3_codes),
	KUNIT_CASE(ps2kbd_types_of_all_keys),
	KUNIT_CASE(ps2kbd_types_of_single_keys),
	KUNIT_CASE(ps2kbd_types_do_not_matter_in_set_2),
	KUNIT_CASE(ps2kbd_overrun),
	KUNIT_CASE(ps2kbd_overrun_code_of_the_set),
	KUNIT_CASE(ps2kbd_overrun_does_not_cut),
	KUNIT_CASE(ps2kbd_answers_do_not_take_room),
	KUNIT_CASE(ps2kbd_try),
	KUNIT_CASE(ps2kbd_ring_goes_round),
	KUNIT_CASE(ps2kbd_check_bounds),
	{}
};

static struct kunit_suite ps2kbd_suite = {
	.name = "keel-ps2kbd",
	.init = ps2kbd_init,
	.exit = harness_exit,
	.test_cases = ps2kbd_cases,
};

kunit_test_suites(&ps2kbd_suite);
