// SPDX-License-Identifier: GPL-2.0
/* When the 16550A's transmitter interrupts: one interrupt for a batch of characters. */
#include "harness.h"

#define COM1	0x3f8
#define COM2	0x2f8	/* 1000 bytes a second */

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, THR = RBR, FCR = IIR, DLL = RBR, DLM = IER };

#define DLAB	0x80
#define OUT2	0x08
#define LOOP	0x10

#define CHAR	86806	/* 10 bits at 115200 baud */

static const struct keel_device_config thre_devices[] = {
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 3, .base = COM2,
	  .uart.rate_cap = 1000 },
};

static void thre_format(struct kunit *test, u16 divisor, u8 lcr)
{
	out(COM1 + LCR, DLAB);
	out(COM1 + DLL, divisor);
	out(COM1 + DLM, divisor >> 8);
	out(COM1 + LCR, lcr);
}

/* 115200 8N1 with FIFOs, the interrupt enabled, and the first one taken. */
static void thre_start(struct kunit *test)
{
	thre_format(test, 1, 3);
	out(COM1 + FCR, 1);
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	is(line(4), 1);
	is(in(COM1 + IIR), 0xc2);
	is(line(4), 0);
	is(H->deadline, KEEL_NEVER);
}

static u64 thre_asserts(struct kunit *test)
{
	return H->board->lines[4].asserts;
}

static void thre_comes_a_character_later(struct kunit *test)
{
	thre_start(test);
	advance(777);
	out(COM1 + THR, 'a');
	is(H->nr_tx, 1);		/* sent already, */
	is(in(COM1 + LSR), 0x60);	/* and the LSR says so */
	is(H->deadline, 777 + CHAR);
	advance(CHAR - 1);
	is(line(4), 0);
	advance(1);
	is(line(4), 1);
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + LSR), 0x60);
	is(line(4), 1);
	is(in(COM1 + IIR), 0xc2);
	is(line(4), 0);
	is(in(COM1 + IIR), 0xc1);
}

static void thre_time_is_the_formats(struct kunit *test)
{
	static const struct {
		u8 lcr;
		u16 divisor;
		u64 ns;
	} formats[] = {
		{ 0x03, 1, 86806 },
		{ 0x03, 0, 86806 },
		{ 0x00, 1, 60764 },		/* 5N1: 7 bits, the fastest */
		{ 0x04, 1, 65105 },		/* 5N1.5 */
		{ 0x0b, 2, 190973 },		/* 57600 8E1 */
		{ 0x0f, 8, 833334 },		/* 14400 8E2: 12 bits */
		{ 0x0f, 9, 937500 },
		{ 0x0f, 10, 1000000 },		/* and slower ones are not waited for */
		{ 0x0f, 0xffff, 1000000 },
	};
	unsigned int i;

	thre_start(test);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		thre_format(test, formats[i].divisor, formats[i].lcr);
		out(COM1 + THR, i);
		is(H->deadline, H->now + formats[i].ns);
		advance(formats[i].ns - 1);
		is(line(4), 0);
		advance(1);
		is(line(4), 1);
	}
	is(H->nr_tx, ARRAY_SIZE(formats));
}

/* A handler that polls the IIR can go on writing without an interrupt. */
static void thre_is_in_the_iir_at_once(struct kunit *test)
{
	unsigned int batch, i;
	u64 before;

	thre_start(test);
	before = thre_asserts(test);
	for (batch = 0; batch < 8; batch++) {
		for (i = 0; i < 16; i++)
			out(COM1 + THR, i);
		is(in(COM1 + IIR), 0xc2);
		is(in(COM1 + IIR), 0xc1);
		is(line(4), 0);
		is(H->deadline, KEEL_NEVER);	/* the IIR has reported it: no interrupt */
	}
	is(H->nr_tx, 128);
	advance(10 * CHAR);
	is(thre_asserts(test), before);
}

static void thre_is_one_for_a_batch(struct kunit *test)
{
	unsigned int batch, i;
	u64 before;

	thre_start(test);
	before = thre_asserts(test);
	for (batch = 0; batch < 8; batch++) {
		for (i = 0; i < 16; i++) {
			out(COM1 + THR, i);
			advance(CHAR / 3);	/* a batch takes longer than a character */
			is(line(4), 0);
		}
		advance(CHAR);
		is(line(4), 1);
	}
	is(thre_asserts(test), before + 8);
}

/* The host's timer is moved once per half character at most, not by every write. */
static void thre_moves_in_halves(struct kunit *test)
{
	thre_start(test);
	out(COM1 + THR, 'a');
	is(H->deadline, CHAR);
	advance(CHAR / 2 - 1);
	out(COM1 + THR, 'b');
	is(H->deadline, CHAR);
	advance(1);
	out(COM1 + THR, 'c');
	is(H->deadline, CHAR / 2 + CHAR);
	advance(CHAR);
	is(line(4), 1);
	out(COM1 + THR, 'd');		/* starts a new wait */
	is(line(4), 0);
	is(H->deadline, H->now + CHAR);
}

static void thre_disabled_and_enabled(struct kunit *test)
{
	thre_start(test);
	out(COM1 + THR, 'a');
	out(COM1 + IER, 0);
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + IIR), 0xc1);
	advance(2 * CHAR);
	is(line(4), 0);
	out(COM1 + THR, 'b');
	is(H->deadline, KEEL_NEVER);
	out(COM1 + IER, 2);		/* the transmitter is empty: interrupts at once */
	is(line(4), 1);
	out(COM1 + THR, 'c');
	out(COM1 + IER, 2);		/* already enabled: no new interrupt */
	is(line(4), 0);
	is(H->deadline, H->now + CHAR);
}

/* Without OUT2 no timer is armed, since no interrupt can be seen; it becomes pending anyway. */
static void thre_behind_the_gate(struct kunit *test)
{
	thre_start(test);
	out(COM1 + THR, 'a');
	out(COM1 + MCR, 0);
	is(H->deadline, KEEL_NEVER);
	advance(CHAR - 1);
	out(COM1 + MCR, OUT2);
	is(line(4), 0);
	is(H->deadline, H->now + 1);
	out(COM1 + MCR, 0);
	advance(1);
	out(COM1 + MCR, OUT2);
	is(line(4), 1);
	is(in(COM1 + IIR), 0xc2);
}

static void thre_behind_other_interrupts(struct kunit *test)
{
	thre_start(test);
	out(COM1 + IER, 0x0f);
	host(KEEL_CLASS_UART, KEEL_HOST_RX, 'r');
	is(line(4), 1);
	out(COM1 + THR, 'a');
	is(line(4), 1);
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + IIR), 0xc4);
	is(in(COM1 + RBR), 'r');
	is(line(4), 0);
	is(H->deadline, CHAR);
	host(KEEL_CLASS_UART, KEEL_INPUT_UART_MODEM, 0);
	is(line(4), 1);			/* THRE: of lower priority, but pending */
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + IIR), 0xc2);
	is(in(COM1 + IIR), 0xc0);
	in(COM1 + MSR);
	is(line(4), 0);
	advance(CHAR);
	is(line(4), 0);
}

/* With characters waiting for their trigger, the earlier of the two is armed. */
static void thre_and_the_character_timeout(struct kunit *test)
{
	thre_start(test);
	out(COM1 + FCR, 0xc1);
	out(COM1 + IER, 3);
	host(KEEL_CLASS_UART, KEEL_HOST_RX, 'r');
	is(H->deadline, 4 * CHAR - 1);	/* 347222.2 ns, and not four times 86805.6 rounded up */
	out(COM1 + THR, 'a');
	is(H->deadline, CHAR);
	advance(CHAR);
	is(in(COM1 + IIR), 0xc2);
	is(H->deadline, 4 * CHAR - 1);
	advance(3 * CHAR - 1);
	is(in(COM1 + IIR), 0xcc);
}

/* After a wait for the host's ring, THRE comes without a character's time. */
static void thre_after_a_wait(struct kunit *test)
{
	thre_start(test);
	H->tx_room = 1;
	out(COM1 + THR, 'a');
	is(in(COM1 + LSR), 0);
	is(in(COM1 + IIR), 0xc1);
	is(H->deadline, KEEL_NEVER);
	H->tx_room = 10;
	host(KEEL_CLASS_UART, KEEL_HOST_TX_ROOM, 0);
	is(line(4), 1);
	H->tx_room = 2;
	out(COM1 + THR, 'b');
	is(H->deadline, CHAR);
	out(COM1 + THR, 'c');		/* the host's ring is full: not after a character's time, */
	is(H->deadline, KEEL_NEVER);
	advance(5 * CHAR);
	is(line(4), 0);
	H->tx_room = 1;
	host(KEEL_CLASS_UART, KEEL_HOST_TX_ROOM, 0);
	is(line(4), 1);			/* but when the ring has room */
}

static void thre_with_a_rate_cap(struct kunit *test)
{
	out(COM2 + MCR, OUT2);
	out(COM2 + IER, 2);
	is(in(COM2 + IIR), 2);
	out(COM2 + THR, 'a');
	is(in(COM2 + IIR), 1);		/* the transmitter is busy */
	is(H->deadline, 1000000);
	advance(1000000);
	is(line(3), 1);
	is(H->deadline, KEEL_NEVER);
}

static void thre_in_loopback(struct kunit *test)
{
	thre_start(test);
	out(COM1 + MCR, OUT2 | LOOP);
	out(COM1 + THR, 'a');
	is(in(COM1 + LSR), 0x61);
	is(line(4), 0);
	is(H->deadline, CHAR);
	advance(CHAR);
	is(line(4), 1);
}

static void thre_after_a_gap(struct kunit *test)
{
	thre_start(test);
	out(COM1 + THR, 'a');
	jump(31536000000000000);
	is(line(4), 1);
	is(H->board->expired, 1);
	is(in(COM1 + IIR), 0xc2);
}

static void thre_reset(struct kunit *test)
{
	thre_start(test);
	out(COM1 + THR, 'a');
	whole_reset(H->board);
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + IIR), 0x01);
}

static void thre_restored_meanwhile(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	thre_start(test);
	out(COM1 + THR, 'a');
	advance(CHAR / 2);
	is(harness_copy(test, H, copy), 0);
	is(copy->deadline, CHAR);
	harness_advance(copy, CHAR / 2 - 1);
	is(keel_line_level(&copy->board->lines[4]), 0);
	harness_advance(copy, 1);
	is(keel_line_level(&copy->board->lines[4]), 1);
	is(harness_in(copy, KEEL_PIO, COM1 + IIR, 1), 0xc2);
}

static int thre_init(struct kunit *test)
{
	return harness_init(test, thre_devices, ARRAY_SIZE(thre_devices));
}

static struct kunit_case thre_cases[] = {
	KUNIT_CASE(thre_comes_a_character_later),
	KUNIT_CASE(thre_time_is_the_formats),
	KUNIT_CASE(thre_is_in_the_iir_at_once),
	KUNIT_CASE(thre_is_one_for_a_batch),
	KUNIT_CASE(thre_moves_in_halves),
	KUNIT_CASE(thre_disabled_and_enabled),
	KUNIT_CASE(thre_behind_the_gate),
	KUNIT_CASE(thre_behind_other_interrupts),
	KUNIT_CASE(thre_and_the_character_timeout),
	KUNIT_CASE(thre_after_a_wait),
	KUNIT_CASE(thre_with_a_rate_cap),
	KUNIT_CASE(thre_in_loopback),
	KUNIT_CASE(thre_after_a_gap),
	KUNIT_CASE(thre_reset),
	KUNIT_CASE(thre_restored_meanwhile),
	{}
};

static struct kunit_suite thre_suite = {
	.name = "keel-uart-thre",
	.init = thre_init,
	.exit = harness_exit,
	.test_cases = thre_cases,
};

kunit_test_suites(&thre_suite);
