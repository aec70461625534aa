// SPDX-License-Identifier: GPL-2.0
/* The 8042: its commands, how it passes on its two devices' bytes, A20 and resets. */
#include "i8042_test.h"
#include "../devices/chips/ps2.h"

#define KEY_A		30
#define KEY_B		48
#define KEY_C		46
#define KEY_LEFTSHIFT	42

static const struct keel_device_config i8042_devices[] = {
	{ .class = KEEL_CLASS_I8042, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
};

static int i8042_init(struct kunit *test)
{
	return harness_init(test, i8042_devices, ARRAY_SIZE(i8042_devices));
}

/* Turns the mouse's reporting on, and leaves both queues empty. */
static void i8042_mouse_on(struct kunit *test)
{
	to_aux(0xf4);
	aux_says(0xfa);
}

/* ---- Registers and commands ---- */

static void i8042_power_on(struct kunit *test)
{
	is(in(STATUS), 0x14);
	is(in(PORT92), 0x02);
	is(line(1), 0);
	is(line(12), 0);
	out(COMMAND, 0x20);
	is(line(1), 1);
	is(in(STATUS), 0x1d);
	is(in(DATA), 0x65);
	is(in(STATUS), 0x1c);
	out(COMMAND, 0xd0);
	ctl_says(0xcf);
	is(H->deadline, KEEL_NEVER);
	is(H->nr_events, 0);
}

static void i8042_ram(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		out(COMMAND, 0x60 + i);
		out(DATA, 0x80 + 3 * i);
	}
	for (i = 0; i < 32; i++) {
		out(COMMAND, 0x20 + i);
		ctl_says(0x80 + 3 * i);
	}
	silent();
}

static void i8042_command_byte_keeps_every_bit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		ctr(i);
		is(!!(in(STATUS) & 0x04), i >> 2 & 1);
		out(COMMAND, 0x20);
		ctl_says(i);
	}
}

static void i8042_self_test(struct kunit *test)
{
	ctr(0x61);
	is(in(STATUS) & 0x04, 0);
	out(COMMAND, 0xaa);
	is(in(STATUS) & 0x04, 0x04);
	ctl_says(0x55);
	out(COMMAND, 0x20);
	ctl_says(0x65);
	silent();
}

static void i8042_tests_and_questions(struct kunit *test)
{
	out(COMMAND, 0xa9);
	ctl_says(0x00);
	out(COMMAND, 0xab);
	ctl_says(0x00);
	out(COMMAND, 0xa1);
	ctl_says(0x00);
	out(COMMAND, 0xa4);
	ctl_says(0xf1);
	out(COMMAND, 0xc0);
	ctl_says(0xb3);
	silent();
	is(counted("bytes.ctl"), 5);
}

static void i8042_test_inputs_are_the_clocks(struct kunit *test)
{
	static const u8 ports[] = { 0, KBDDIS, AUXDIS, KBDDIS | AUXDIS };
	static const u8 clocks[] = { 3, 2, 1, 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		ctr(CTR_RAW | ports[i]);
		out(COMMAND, 0xe0);
		ctl_says(clocks[i]);
	}
}

static void i8042_ports_on_and_off(struct kunit *test)
{
	static const u8 commands[] = { 0xa8, 0xad, 0xa7, 0xae };
	static const u8 bytes[] = { 0x45, 0x55, 0x75, 0x65 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		out(COMMAND, commands[i]);
		out(COMMAND, 0x20);
		ctl_says(bytes[i]);
	}
}

static void i8042_loops_as_keyboard(struct kunit *test)
{
	ctr(CTR_RAW | KBDINT | AUXINT | KBDDIS | XLATE);
	out(COMMAND, 0xd2);
	silent();
	out(DATA, 0x1c);
	is(line(1), 1);
	is(line(12), 0);
	kbd_says(0x1c);		/* and it was not translated */
	is(line(1), 0);
	silent();
}

static void i8042_loops_as_mouse(struct kunit *test)
{
	ctr(CTR_RAW | KBDINT | AUXINT | AUXDIS);
	out(COMMAND, 0xd3);
	out(DATA, 0x5a);
	is(line(1), 0);
	is(line(12), 1);
	aux_says(0x5a);
	is(line(12), 0);
	silent();
	is(counted("aux_irqs"), 1);
}

/* The input port is 0xb3. */
static void i8042_polls_the_input_port(struct kunit *test)
{
	ctr(CTR_RAW | AUXDIS);
	out(COMMAND, 0xc1);
	is(in(STATUS), 0x3c);
	is(in(STATUS), 0x3c);
	to_kbd(0xee);
	is(in(STATUS), 0x15);		/* the next write ended it */
	kbd_says(0xee);
	out(COMMAND, 0xc2);
	is(in(STATUS), 0xbc);
	out(COMMAND, 0xa7);
	is(in(STATUS), 0x1c);
}

static void i8042_a20_by_commands(struct kunit *test)
{
	out(PORT92, 0);
	out(COMMAND, 0xdd);
	out(COMMAND, 0xd0);
	ctl_says(0xcd);
	is(counted("a20_changes"), 1);
	out(COMMAND, 0xdf);
	out(COMMAND, 0xd0);
	ctl_says(0xcf);
	is(counted("a20_changes"), 2);
	is(counted("resets"), 0);
}

/* 16 bytes of RAM, input port, output port, status word: digits in scan codes, and spaces */
static void i8042_dumps(struct kunit *test)
{
	unsigned int i;

	ctr(CTR_RAW);
	out(COMMAND, 0x6f);
	out(DATA, 0xa9);
	out(COMMAND, 0xac);
	ctl_says(0x0b, 0x05, 0x39);		/* 04 */
	for (i = 0; i < 14; i++)
		ctl_says(0x0b, 0x0b, 0x39);
	ctl_says(0x1e, 0x0a, 0x39);		/* a9 */
	ctl_says(0x30, 0x04, 0x39);		/* b3 */
	ctl_says(0x2e, 0x21, 0x39);		/* cf */
	ctl_says(0x0b, 0x0b, 0x39);
	silent();
}

static void i8042_dump_ends_with_a_write(struct kunit *test)
{
	ctr(CTR_RAW | KBDINT);
	out(COMMAND, 0xac);
	is(line(1), 1);
	ctl_says(0x0b);
	is(line(1), 1);
	out(COMMAND, 0xaa);
	ctl_says(0x55);
	silent();
}

static void load_password(struct kunit *test)
{
	out(COMMAND, 0xa5);
	out(DATA, 0x1e);		/* A B A C */
	out(DATA, 0x30);
	out(DATA, 0x1e);
	out(DATA, 0x2e);
	out(DATA, 0);
}

static void type_key(struct kunit *test, u16 key)
{
	press(key);
	release(key);
}

static void i8042_password_locks(struct kunit *test)
{
	ctr(CTR_RAW | XLATE);
	out(COMMAND, 0xa6);		/* there is none */
	type_key(test, KEY_A);
	kbd_says(0x1e, 0x9e);
	out(COMMAND, 0x73);
	out(DATA, 0x77);
	out(COMMAND, 0x74);
	out(DATA, 0x78);
	out(COMMAND, 0x76);
	out(DATA, 0x2a);		/* Shift does not count */
	load_password(test);
	out(COMMAND, 0xa4);
	ctl_says(0xfa);
	out(COMMAND, 0xa6);
	ctl_says(0x77);
	type_key(test, KEY_A);
	type_key(test, KEY_LEFTSHIFT);
	type_key(test, KEY_B);
	type_key(test, KEY_B);		/* wrong */
	type_key(test, KEY_A);
	type_key(test, KEY_B);
	type_key(test, KEY_A);
	silent();
	is(counted("locked_out"), 14 + 7);	/* the releases have two bytes */
	type_key(test, KEY_C);
	ctl_says(0x78);
	kbd_says(0xae);			/* the release comes after the end */
	type_key(test, KEY_A);
	kbd_says(0x1e, 0x9e);
}

static void i8042_password_has_an_end(struct kunit *test)
{
	unsigned int i;

	ctr(CTR_RAW | XLATE);
	out(COMMAND, 0xa5);
	for (i = 1; i <= 20; i++)
		out(DATA, i);
	out(DATA, 0);
	is(i8042_state(test)->password[6], 7);
	is(i8042_state(test)->password[7], 0);
	out(COMMAND, 0xa5);		/* cut off by another command: one that is loaded */
	out(DATA, 0x1e);
	out(COMMAND, 0xa4);
	ctl_says(0xfa);
	out(COMMAND, 0xa5);
	out(DATA, 0);
	out(COMMAND, 0xa4);
	ctl_says(0xf1);
	to_kbd(0xee);
	kbd_says(0xee);
}

static void i8042_unknown_commands(struct kunit *test)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 256; i++) {
		if ((i >= 0x20 && i < 0x40) || (i >= 0x60 && i < 0x80) || i == 0xa1 ||
		    (i >= 0xa4 && i <= 0xae) || (i >= 0xc0 && i <= 0xc2) ||
		    (i >= 0xd0 && i <= 0xd4) || i == 0xdd || i == 0xdf || i == 0xe0 || i >= 0xf0)
			continue;
		out(COMMAND, i);
		is(counted("unknown_ctl"), ++nr);
		silent();
	}
	is(nr, 153);
	to_kbd(0xee);		/* and none of them awaits an argument */
	kbd_says(0xee);
	is(H->nr_events, 0);
}

static void i8042_command_ends_the_wait_for_an_argument(struct kunit *test)
{
	static const u8 commands[] = { 0x60, 0x7f, 0xd1, 0xd2, 0xd3, 0xd4 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		out(COMMAND, commands[i]);
		out(COMMAND, 0xab);
		ctl_says(0x00);
		to_kbd(0xee);
		kbd_says(0xee);
	}
	is(in(PORT92), 2);
	out(COMMAND, 0x20);
	ctl_says(0x65);
}

static void i8042_status_tells_command_from_data(struct kunit *test)
{
	out(COMMAND, 0xd2);
	is(in(STATUS) & 0x08, 0x08);
	out(DATA, 0x11);
	is(in(STATUS) & 0x08, 0);
	ctl_says(0x11);
}

static void i8042_empty_buffer_gives_its_last_byte(struct kunit *test)
{
	is(in(DATA), 0);
	out(COMMAND, 0xaa);
	ctl_says(0x55);
	is(in(DATA), 0x55);
	is(in(DATA), 0x55);
	is(counted("bytes.none"), 3);
	is(counted("bytes.ctl"), 1);
}

static void i8042_wide_accesses_are_cut(struct kunit *test)
{
	out(COMMAND, 0xaa);
	is(in32(DATA), 0xffffff55);	/* no device is at 0x61 to 0x63 */
	is(in16(STATUS), 0xff1c);
	out16(COMMAND, 0xeeab);
	ctl_says(0x00);
	silent();
	is(in16(PORT92), 0xff02);
}

/* ---- A20 and reset ---- */

static void i8042_output_port(struct kunit *test)
{
	out(COMMAND, 0xd1);
	out(DATA, 0xff);
	out(COMMAND, 0xd0);
	ctl_says(0xcf);
	out(COMMAND, 0xd1);
	out(DATA, 0x05);
	out(COMMAND, 0xd0);
	ctl_says(0x05);
	is(H->nr_events, 0);
}

static void i8042_output_port_shows_the_interrupts(struct kunit *test)
{
	ctr(CTR_RAW | KBDINT | AUXINT);
	press(KEY_A);
	out(COMMAND, 0xd0);
	kbd_says(0x1c);
	ctl_says(0xdf);
	i8042_mouse_on(test);
	button(0, true);
	out(COMMAND, 0xd0);
	aux_says(0x09);
	ctl_says(0xef);
	aux_says(0x00, 0x00);
}

static void i8042_a20_has_two_gates(struct kunit *test)
{
	out(PORT92, 0x00);
	is(in(PORT92), 0x00);
	is(counted("a20_changes"), 0);		/* the other one is open */
	out(COMMAND, 0xd1);
	out(DATA, 0xcd);
	is(counted("a20_changes"), 1);
	out(COMMAND, 0xd0);
	ctl_says(0xcd);
	out(PORT92, 0x02);
	is(in(PORT92), 0x02);
	is(counted("a20_changes"), 2);
	out(COMMAND, 0xd1);
	out(DATA, 0xcf);
	is(counted("a20_changes"), 2);
	is(H->nr_events, 0);
}

static void i8042_reset_by_output_port(struct kunit *test)
{
	out(COMMAND, 0xd1);
	is(H->nr_events, 0);
	out(DATA, 0xfe);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_RESET);
	is(H->arg, KEEL_RESET_KBC);
	is(counted("resets"), 1);
	out(COMMAND, 0xd0);
	ctl_says(0xcf);
}

static void i8042_reset_by_pulse(struct kunit *test)
{
	unsigned int i, nr = 0;

	for (i = 0xf0; i <= 0xff; i++) {
		out(COMMAND, i);
		nr += !(i & 1);
		is(H->nr_events, nr);
	}
	is(H->event, KEEL_EVENT_RESET);
	is(H->arg, KEEL_RESET_KBC);
	is(counted("resets"), 8);
	is(counted("unknown_ctl"), 0);
	is(counted("a20_changes"), 0);
}

static void i8042_reset_by_port92(struct kunit *test)
{
	out(PORT92, 0xfe);
	is(H->nr_events, 0);
	is(in(PORT92), 0x02);
	out(PORT92, 0x03);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_RESET);
	is(H->arg, KEEL_RESET_PORT92);
	is(counted("resets"), 1);
	is(in(PORT92), 0x02);
}

/* ---- Order of the devices' bytes ---- */

static void i8042_each_byte_has_an_edge(struct kunit *test)
{
	press(KEY_A);
	press(KEY_B);
	release(KEY_A);
	is(line(1), 1);
	is(H->board->lines[1].asserts, 1);
	kbd_says(0x1e);
	is(line(1), 1);
	is(H->board->lines[1].asserts, 2);
	kbd_says(0x30);
	is(H->board->lines[1].asserts, 3);
	kbd_says(0x9e);
	is(line(1), 0);
	is(H->board->lines[1].asserts, 3);
	is(counted("kbd_irqs"), 3);
	is(counted("bytes.kbd"), 3);
	silent();
}

static void i8042_mouse_bytes_have_edges_on_line_12(struct kunit *test)
{
	ctr(CTR_RAW | KBDINT | AUXINT);
	i8042_mouse_on(test);
	is(H->board->lines[12].asserts, 1);
	move(1, 0);
	is(line(12), 1);
	aux_says(0x08);
	is(line(12), 1);
	aux_says(0x01);
	is(line(12), 1);
	aux_says(0x00);
	is(line(12), 0);
	is(H->board->lines[12].asserts, 4);
	is(counted("aux_irqs"), 4);
	is(counted("bytes.aux"), 4);
	is(H->board->lines[1].asserts, 0);
}

/* Through the 8259 model: a read in the handler causes the next interrupt after the EOI. */
static void i8042_through_the_8259(struct kunit *test)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, 0x01);
	out(0x21, 0xfd);
	press(KEY_A);
	press(KEY_B);
	is(intr(), 1);
	is(ack(), 0x21);
	is(intr(), 0);
	is(in(DATA), 0x1e);
	is(intr(), 0);
	out(0x20, 0x20);
	is(intr(), 1);
	is(ack(), 0x21);
	is(in(DATA), 0x30);
	out(0x20, 0x20);
	is(intr(), 0);
}

static void i8042_command_byte_moves_the_lines(struct kunit *test)
{
	ctr(CTR_RAW);
	press(KEY_A);
	is(in(STATUS) & OBF, OBF);
	is(line(1), 0);
	ctr(CTR_RAW | AUXINT);
	is(line(1), 0);
	ctr(CTR_RAW | KBDINT);
	is(line(1), 1);
	ctr(CTR_RAW);
	is(line(1), 0);
	kbd_says(0x1c);
	i8042_mouse_on(test);
	button(1, true);
	ctr(CTR_RAW | KBDINT);
	is(line(12), 0);
	ctr(CTR_RAW | AUXINT);		/* for the byte that is not read yet */
	is(line(12), 1);
	ctr(CTR_RAW);
	is(line(12), 0);
	aux_says(0x0a, 0x00, 0x00);
}

static void i8042_ports_that_are_off_hold_their_data(struct kunit *test)
{
	ctr(CTR_RAW);
	i8042_mouse_on(test);
	ctr(CTR_RAW | KBDINT | AUXINT | KBDDIS | AUXDIS);
	press(KEY_A);
	move(2, 0);
	is(line(1), 0);
	is(line(12), 0);
	silent();
	out(COMMAND, 0xa8);
	is(line(12), 1);
	aux_says(0x08, 0x02, 0x00);
	silent();
	out(COMMAND, 0xae);
	is(line(1), 1);
	kbd_says(0x1c);
	silent();
}

static void i8042_announced_bytes_stay(struct kunit *test)
{
	press(KEY_A);
	press(KEY_B);
	is(line(1), 1);
	out(COMMAND, 0xad);
	is(line(1), 1);
	kbd_says(0x1e);
	silent();
	ctr(CTR_RAW);
	is(in(STATUS) & OBF, OBF);		/* announced as well */
	out(COMMAND, 0xad);
	kbd_says(0x32);
}

static void i8042_unannounced_bytes_go_back(struct kunit *test)
{
	ctr(CTR_RAW);
	press(KEY_A);
	out(COMMAND, 0xad);
	silent();
	is(in(DATA), 0);
	out(COMMAND, 0xae);
	kbd_says(0x1c);
}

static void i8042_replies_wait_for_announced_bytes(struct kunit *test)
{
	press(KEY_A);
	press(KEY_B);
	out(COMMAND, 0xaa);
	kbd_says(0x1e);
	ctl_says(0x55);
	kbd_says(0x30);
	ctr(CTR_RAW);
	press(KEY_A);
	is(in(STATUS) & OBF, OBF);
	out(COMMAND, 0xaa);
	kbd_says(0x1c);
	ctl_says(0x55);
	i8042_mouse_on(test);
	move(0, 1);
	is(in(STATUS) & MOBF, MOBF);
	out(COMMAND, 0xaa);
	aux_says(0x28);
	ctl_says(0x55);
	aux_says(0x00, 0xff);
}

static void i8042_replies_come_before_unannounced_bytes(struct kunit *test)
{
	ctr(CTR_RAW);
	press(KEY_A);
	out(COMMAND, 0xaa);
	ctl_says(0x55);
	kbd_says(0x1c);
	silent();
}

static void i8042_replies_replace_replies(struct kunit *test)
{
	out(COMMAND, 0xaa);
	is(in(STATUS) & OBF, OBF);
	out(COMMAND, 0xab);
	ctl_says(0x00);
	silent();
	press(KEY_A);
	out(COMMAND, 0xaa);
	out(COMMAND, 0x20);
	kbd_says(0x1e);
	ctl_says(0x65);
	silent();
	ctr(CTR_RAW | KBDINT | AUXINT);
	out(COMMAND, 0xaa);
	out(COMMAND, 0xd3);
	out(DATA, 0x77);
	is(line(1), 0);
	is(line(12), 1);
	aux_says(0x77);
	silent();
}

static void i8042_sending_switches_the_port_on(struct kunit *test)
{
	ctr(CTR_RAW | KBDDIS | AUXDIS);
	press(KEY_A);
	to_kbd(0xee);
	kbd_says(0xee, 0x1c);
	out(COMMAND, 0x20);
	ctl_says(CTR_RAW | AUXDIS);
	to_aux(0xf2);
	aux_says(0xfa, 0x00);
	out(COMMAND, 0x20);
	ctl_says(CTR_RAW);
	is(counted("unknown_kbd") + counted("unknown_aux"), 0);
}

static void i8042_both_ports_interleaved(struct kunit *test)
{
	static const u8 from_kbd[] = { 0x1e, 0x9e, 0x30, 0xfa, 0xb0 };
	static const u8 from_aux[] = { 0x28, 0x03, 0xfc, 0x09, 0x00, 0x00, 0x08, 0x00, 0x00 };
	unsigned int nr_kbd = 0, nr_aux = 0, i;
	u8 status, byte;

	ctr(CTR_RAW | KBDINT | AUXINT | XLATE);
	i8042_mouse_on(test);
	press(KEY_A);
	move(3, 4);
	release(KEY_A);
	for (i = 0; i < 20; i++) {
		status = in(STATUS);
		is(line(1), (status & (OBF | MOBF)) == OBF);
		is(line(12), (status & (OBF | MOBF)) == (OBF | MOBF));
		if (status & OBF) {
			byte = in(DATA);
			if (status & MOBF)
				is(byte, from_aux[nr_aux++ % ARRAY_SIZE(from_aux)]);
			else
				is(byte, from_kbd[nr_kbd++ % ARRAY_SIZE(from_kbd)]);
		}
		if (i == 3) {
			button(0, true);
			press(KEY_B);
		}
		if (i == 4)
			to_kbd(0xed);
		if (i == 8) {
			button(0, false);
			release(KEY_B);
		}
	}
	is(nr_aux, 9);
	is(nr_kbd, 5);
	silent();
}

/* ---- Translation ---- */

static void i8042_translation_table(struct kunit *test)
{
	static const u8 pairs[][2] = {
		{ 0x00, 0xff }, { 0x01, 0x43 }, { 0x0d, 0x0f }, { 0x12, 0x2a }, { 0x14, 0x1d },
		{ 0x1c, 0x1e }, { 0x29, 0x39 }, { 0x45, 0x0b }, { 0x4e, 0x0c }, { 0x58, 0x3a },
		{ 0x59, 0x36 }, { 0x5a, 0x1c }, { 0x66, 0x0e }, { 0x76, 0x01 }, { 0x77, 0x45 },
		{ 0x7e, 0x46 }, { 0x7f, 0x54 }, { 0x83, 0x41 }, { 0x84, 0x54 }, { 0x61, 0x56 },
		{ 0x78, 0x57 }, { 0x07, 0x58 }, { 0x6d, 0x7e }, { 0x6a, 0x7d }, { 0x51, 0x73 },
	};
	bool seen[256] = { false };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		is(keel_ps2_translate(pairs[i][0]), pairs[i][1]);
	for (i = 0; i < 0x80; i++) {
		u8 byte = keel_ps2_translate(i);

		ok(!seen[byte]);
		ok(byte < 0x80 || !i);
		seen[byte] = true;
	}
	for (i = 0x80; i < 0x100; i++)
		if (i != 0x83 && i != 0x84)
			is(keel_ps2_translate(i), i);
}

static void i8042_translates_releases(struct kunit *test)
{
	release(KEY_A);
	press(103);		/* Up */
	release(103);
	kbd_says(0x9e, 0xe0, 0x48, 0xe0, 0xc8);
	silent();
	ctr(CTR_RAW);
	release(KEY_A);
	release(103);
	kbd_says(0xf0, 0x1c, 0xe0, 0xf0, 0x75);
	silent();
}

static void i8042_translation_switched_on_behind_a_prefix(struct kunit *test)
{
	ctr(CTR_RAW);
	release(KEY_A);
	kbd_says(0xf0);
	ctr(CTR_RAW | XLATE);
	kbd_says(0x1e);
	silent();
}

/* With the keyboard in set 1, a translating controller garbles codes, but nothing gets stuck. */
static void i8042_prefix_waits_for_its_code(struct kunit *test)
{
	to_kbd(0xf0);
	kbd_says(0xfa);
	to_kbd(0x01);
	kbd_says(0xfa);
	release(93);		/* F0 in set 1 */
	silent();
	is(line(1), 0);
	press(KEY_A);
	is(line(1), 1);
	kbd_says(0x83);
	silent();
}

/* ---- Host and state ---- */

static void i8042_host_inputs_are_checked(struct kunit *test)
{
	static const u16 no_keys[] = { 0, 84, 112, 118, 120, 255, 256, 0x110, 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_keys); i++)
		is(press(no_keys[i]), (u64)-1);
	is(host(KEEL_CLASS_I8042, 4, 0), (u64)-1);
	is(host(KEEL_CLASS_I8042, U32_MAX, 0), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_HOST_RX, 0), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, KEY_A | 0x20000), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_MOVE, 1ULL << 32), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_WHEEL, 0x10001), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_BUTTON, 5), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_BUTTON, 0x20000), (u64)-1);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, KEY_A | 1ULL << 62), (u64)-1);
	silent();
	is(counted("keys") + counted("moves") + counted("wheels") + counted("buttons"), 0);
	is(host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, KEY_A | KEEL_INPUT_TRY), 0);
	is(press(KEY_A), 0);
	is(move(1, 1), 0);
	is(wheel(1), 0);
	is(button(4, true), 0);
	is(counted("keys"), 2);
	is(counted("moves"), 1);
	is(counted("wheels"), 1);
	is(counted("buttons"), 1);
	is(counted("ignored"), 3);	/* the mouse is off */
}

static void i8042_reset(struct kunit *test)
{
	i8042_mouse_on(test);
	ctr(0x03);
	out(PORT92, 0);
	out(COMMAND, 0xd1);
	out(DATA, 0x01);
	press(KEY_A);
	press(KEY_B);
	button(0, true);
	to_kbd(0xed);
	out(COMMAND, 0xd4);
	is(line(1), 1);
	whole_reset(H->board);
	is(line(1), 0);
	is(line(12), 0);
	i8042_power_on(test);
	is(counted("resets"), 0);
	is(i8042_state(test)->mouse.buttons, 1);
	is(i8042_state(test)->kbd.held[KEY_A / 8], 1 << KEY_A % 8);
	to_kbd(0xee);
	kbd_says(0xee);
}

static void i8042_check_bounds(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < 256; i++) {
		if ((i & 0xe0) != 0x60 && (i < 0xd1 || i > 0xd4) && i != 0xa5)
			refused(command, i);
	}
	refused(command, 0xd1);		/* though the last write was data */
	refused(poll, 1);		/* likewise */
	refused(poll, 3);
	refused(dump, KEEL_I8042_DUMP + 1);
	refused(locked, 1);		/* without a password */
	refused(locked, 2);
	refused(matched, 1);
	refused(password[1], 0x1e);	/* behind its end */
	refused(repeat_key, KEY_A);	/* which is not held */
	refused(repeat_at, 1);		/* of no key */
	refused(pad[2], 1);
	refused(out_from, 4);
	refused(reply, 1);
	refused(reply_from, KEEL_I8042_KBD);
	refused(reply_from, 4);
	refused(a2, 2);
	refused(outport, 0xce);
	refused(outport, 0xdf);
	refused(outport, 0xef);
	refused(port92, 1);
	refused(port92, 4);
	out(COMMAND, 0xaa);
	refused(reply_from, KEEL_I8042_CTL);	/* one reply at a time */
	ctl_says(0x55);
	ctr(CTR_RAW);
	press(KEY_A);
	refused(ram[0], CTR_RAW | KBDINT);	/* it would have been announced */
	ok(in(STATUS) & OBF);
	refused(out_from, KEEL_I8042_NOBODY + 4);
}

static void i8042_check_takes_what_is_pending(struct kunit *test)
{
	press(KEY_A);
	out(COMMAND, 0xaa);
	ok(i8042_accepts(test, i8042_state(test)));
	out(COMMAND, 0xd4);
	ok(i8042_accepts(test, i8042_state(test)));
	ctr(CTR_RAW);
	out(COMMAND, 0xaa);
	ok(i8042_accepts(test, i8042_state(test)));
}

/* The check includes the devices' own checks, which their suites test in full. */
static void i8042_check_asks_the_devices(struct kunit *test)
{
	refused(kbd.set, 4);
	refused(mouse.id, 1);
}

static void i8042_random_step(struct kunit *test, u32 *seed)
{
	static const u8 commands[] = {
		0x20, 0x60, 0xa7, 0xa8, 0xaa, 0xad, 0xae, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd4,
		0xd4, 0xd4, 0xf0,
	};
	static const u8 bytes[] = {
		0xed, 0xf0, 0xf2, 0xf3, 0xf4, 0xf4, 0xf4, 0xfb, 0xfe, 0xff, 0, 1, 2, 3, 200, 100,
		80, 0xe6, 0xe7, 0xe8, 0xeb, 0xea, 0xee, 0xec, 0x47, 0x43,
	};
	u32 value = i8042_random(seed);
	unsigned int i;

	switch (i8042_random(seed) % 10) {
	case 0:
		out(COMMAND, value & 0x100 ? value : commands[value % ARRAY_SIZE(commands)]);
		break;
	case 1:
	case 2:
		out(DATA, value & 0x300 ? bytes[value % ARRAY_SIZE(bytes)] : value);
		break;
	case 3:
		in(STATUS);
		break;
	case 4:
	case 5:
	case 6:
		in(DATA);
		break;
	case 7:
		move(value % 512 - 256, (s32)(value >> 9) % 64);
		break;
	case 8:
		button(value % 5, value & 0x100);
		wheel(value >> 10 & 3);
		break;
	default:
		for (i = 0; i < (value & 0x700 ? 2 : 12); i++)
			host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, (value & 0x1007f) |
			     (value & 0x800 ? KEEL_INPUT_TRY : 0));
	}
}

/* In every state that a guest and a host reach, lines are right and check() accepts it. */
static void i8042_check_takes_all_that_is_reachable(struct kunit *test)
{
	const struct keel_i8042_state *s = i8042_state(test);
	u32 seed = 1, bad = 0;
	unsigned int i;

	for (i = 0; i < 60000; i++) {
		i8042_random_step(test, &seed);
		bad += !i8042_accepts(test, s);
		bad += line(1) != (s->ram[0] & 1 && (s->out_from == KEEL_I8042_CTL ||
						     s->out_from == KEEL_I8042_KBD));
		bad += line(12) != (s->ram[0] & 2 && s->out_from == KEEL_I8042_AUX);
	}
	is(bad, 0);
	ok(counted("kbd_overruns") > 10);
	ok(counted("busy") > 10);
}

/* The same from any state that check() accepts, made by flipping bits at random. */
static void i8042_check_is_closed(struct kunit *test)
{
	struct keel_i8042_state *s = i8042_state(test), state;
	u32 seed = 7, bad = 0, taken = 0;
	unsigned int i, j;

	for (i = 0; i < 3000; i++) {
		for (j = 0; j < 10; j++)
			i8042_random_step(test, &seed);
		state = *s;
		for (j = 0; j < 3; j++)
			((u8 *)&state)[i8042_random(&seed) % sizeof(state)] ^=
				1 << i8042_random(&seed) % 8;
		if (!i8042_accepts(test, &state))
			continue;
		taken++;
		*s = state;
		keel_i8042_ops.loaded(keel_board_find(H->board, KEEL_CLASS_I8042, 0));
		bad += memcmp(s, &state, sizeof(state)) != 0;
		for (j = 0; j < 30; j++) {
			i8042_random_step(test, &seed);
			bad += !i8042_accepts(test, s);
		}
	}
	is(bad, 0);
	ok(taken > 300);
}

static u64 i8042_look(struct kunit *test, const char *name)
{
	static struct keel_stat stats[400];
	unsigned int i, nr = whole_inspect(H->board, stats, ARRAY_SIZE(stats));

	ok(nr <= ARRAY_SIZE(stats));
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, "kbc0") && !strcmp(stats[i].name, name))
			return stats[i].value;
	return U64_MAX;
}

#define looks(name, value)	is(i8042_look(test, (name)), (value))

static void i8042_inspect(struct kunit *test)
{
	struct keel_i8042_state before;

	ctr(CTR_RAW);
	to_kbd(0xf3);
	press(KEY_A);
	out(PORT92, 0);
	out(COMMAND, 0xd3);
	before = *i8042_state(test);
	looks("ctr", CTR_RAW);
	looks("out_from", KEEL_I8042_NOBODY);
	looks("reply_from", KEEL_I8042_NOBODY);
	looks("command", 0xd3);
	looks("output_port", 0xcf);
	looks("port92", 0);
	looks("a20", 1);
	looks("kbd.set", 2);
	looks("kbd.scanning", 1);
	looks("kbd.leds", 0);
	looks("kbd.typematic", 0x2b);
	looks("kbd.command", 0xf3);
	looks("kbd.held", 1);
	looks("kbd.waiting", 2);
	looks("mouse.id", 0);
	looks("mouse.reporting", 0);
	looks("mouse.rate", 100);
	looks("mouse.resolution", 2);
	looks("mouse.waiting", 0);
	is(memcmp(&before, i8042_state(test), sizeof(before)), 0);
	is(in(STATUS) & OBF, OBF);
	looks("out", 0xfa);
	looks("out_from", KEEL_I8042_KBD);
	looks("kbd.waiting", 1);
}

/* Loading a blob with a byte announced and the lines low raises the right line. */
static void i8042_restore_in_the_middle(struct kunit *test)
{
	struct harness *there = harness_clone(test);

	ctr(CTR_RAW | KBDINT | AUXINT);
	i8042_mouse_on(test);
	press(KEY_A);
	move(1, 2);
	release(KEY_A);
	out(COMMAND, 0xaa);
	out(COMMAND, 0xd4);
	is(harness_copy(test, H, there), 0);
	is(keel_line_level(&there->board->lines[1]), 1);
	is(there->board->lines[1].asserts, 0);
	is(harness_in(there, KEEL_PIO, DATA, 1), 0x1c);
	is(harness_in(there, KEEL_PIO, DATA, 1), 0x55);
	is(harness_in(there, KEEL_PIO, DATA, 1), 0xf0);
	harness_out(there, KEEL_PIO, DATA, 0xf2, 1);
	is(harness_in(there, KEEL_PIO, DATA, 1), 0x1c);
	is(harness_in(there, KEEL_PIO, STATUS, 1) & MOBF, MOBF);
	is(harness_in(there, KEEL_PIO, DATA, 1), 0xfa);
}

static struct kunit_case i8042_cases[] = {
	KUNIT_CASE(i8042_power_on),
	KUNIT_CASE(i8042_ram),
	KUNIT_CASE(i8042_command_byte_keeps_every_bit),
	KUNIT_CASE(i8042_self_test),
	KUNIT_CASE(i8042_tests_and_questions),
	KUNIT_CASE(i8042_test_inputs_are_the_clocks),
	KUNIT_CASE(i8042_ports_on_and_off),
	KUNIT_CASE(i8042_loops_as_keyboard),
	KUNIT_CASE(i8042_loops_as_mouse),
	KUNIT_CASE(i8042_polls_the_input_port),
	KUNIT_CASE(i8042_a20_by_commands),
	KUNIT_CASE(i8042_dumps),
	KUNIT_CASE(i8042_dump_ends_with_a_write),
	KUNIT_CASE(i8042_password_locks),
	KUNIT_CASE(i8042_password_has_an_end),
	KUNIT_CASE(i8042_unknown_commands),
	KUNIT_CASE(i8042_command_ends_the_wait_for_an_argument),
	KUNIT_CASE(i8042_status_tells_command_from_data),
	KUNIT_CASE(i8042_empty_buffer_gives_its_last_byte),
	KUNIT_CASE(i8042_wide_accesses_are_cut),
	KUNIT_CASE(i8042_output_port),
	KUNIT_CASE(i8042_output_port_shows_the_interrupts),
	KUNIT_CASE(i8042_a20_has_two_gates),
	KUNIT_CASE(i8042_reset_by_output_port),
	KUNIT_CASE(i8042_reset_by_pulse),
	KUNIT_CASE(i8042_reset_by_port92),
	KUNIT_CASE(i8042_each_byte_has_an_edge),
	KUNIT_CASE(i8042_mouse_bytes_have_edges_on_line_12),
	KUNIT_CASE(i8042_through_the_8259),
	KUNIT_CASE(i8042_command_byte_moves_the_lines),
	KUNIT_CASE(i8042_ports_that_are_off_hold_their_data),
	KUNIT_CASE(i8042_announced_bytes_stay),
	KUNIT_CASE(i8042_unannounced_bytes_go_back),
	KUNIT_CASE(i8042_replies_wait_for_announced_bytes),
	KUNIT_CASE(i8042_replies_come_before_unannounced_bytes),
	KUNIT_CASE(i8042_replies_replace_replies),
	KUNIT_CASE(i8042_sending_switches_the_port_on),
	KUNIT_CASE(i8042_both_ports_interleaved),
	KUNIT_CASE(i8042_translation_table),
	KUNIT_CASE(i8042_translates_releases),
	KUNIT_CASE(i8042_translation_switched_on_behind_a_prefix),
	KUNIT_CASE(i8042_prefix_waits_for_its_code),
	KUNIT_CASE(i8042_host_inputs_are_checked),
	KUNIT_CASE(i8042_reset),
	KUNIT_CASE(i8042_check_bounds),
	KUNIT_CASE(i8042_check_takes_what_is_pending),
	KUNIT_CASE(i8042_check_asks_the_devices),
	KUNIT_CASE(i8042_check_takes_all_that_is_reachable),
	KUNIT_CASE(i8042_check_is_closed),
	KUNIT_CASE(i8042_inspect),
	KUNIT_CASE(i8042_restore_in_the_middle),
	{}
};

static struct kunit_suite i8042_suite = {
	.name = "keel-i8042",
	.init = i8042_init,
	.exit = harness_exit,
	.test_cases = i8042_cases,
};

kunit_test_suites(&i8042_suite);
