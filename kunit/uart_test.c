// SPDX-License-Identifier: GPL-2.0
/* The 16550A: four of them, the last two with a rate cap and with drop-oldest. */
#include "harness.h"

#define COM1	0x3f8
#define COM2	0x2f8
#define COM3	0x3e8	/* 1000 bytes a second */
#define COM4	0x2e8	/* drops */

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, THR = RBR, FCR = IIR, DLL = RBR, DLM = IER };

#define DLAB	0x80
#define OUT2	0x08
#define LOOP	0x10

#define FOUR_CHARS_9600_5N1	2916667	/* 4 x 7 bits of 12 x 16 cycles of 1.8432 MHz */
#define CHAR_9600_5N1		729167
#define CAP_NS			1000000

static const struct keel_device_config uart_devices[] = {
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 3, .base = COM2 },
	{ .class = KEEL_CLASS_UART, .instance = 2, .irq = 5, .base = COM3,
	  .uart.rate_cap = 1000 },
	{ .class = KEEL_CLASS_UART, .instance = 3, .irq = 7, .base = COM4,
	  .uart = { .policy = KEEL_UART_DROP_OLDEST, .flags = KEEL_UART_UNGATED } },
};

static struct keel_dev *uart_dev(struct kunit *test, unsigned int instance)
{
	return keel_board_find(H->board, KEEL_CLASS_UART, instance);
}

static struct keel_uart_state *uart_state(struct kunit *test, unsigned int instance)
{
	struct keel_dev *dev = uart_dev(test, instance);

	return (void *)dev + dev->ops->state;
}

static u64 uart_counter(struct kunit *test, unsigned int instance, const char *label)
{
	const struct keel_dev_ops *ops = &keel_uart_ops;
	unsigned int i;

	for (i = 0; i < ops->nr_counters; i++)
		if (!strcmp(ops->counters[i].label, label))
			return *(u64 *)((void *)uart_dev(test, instance) +
					ops->counters[i].offset);
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define counted(what)	uart_counter(test, 0, (what))
#define rx(byte)	host(KEEL_CLASS_UART, KEEL_HOST_RX, (byte))
#define rx_break()	host(KEEL_CLASS_UART, KEEL_HOST_RX_BREAK, 0)
#define modem(inputs)	host(KEEL_CLASS_UART, KEEL_INPUT_UART_MODEM, (inputs))
#define room(instance) \
	keel_board_host(H->board, uart_dev(test, (instance)), KEEL_HOST_TX_ROOM, 0)

/* ---- Registers ---- */

static void uart_power_on(struct kunit *test)
{
	is(in(COM1 + IER), 0);
	is(in(COM1 + IIR), 0x01);
	is(in(COM1 + LCR), 0);
	is(in(COM1 + MCR), 0);
	is(in(COM1 + LSR), 0x60);
	is(in(COM1 + MSR), KEEL_UART_CTS | KEEL_UART_DSR | KEEL_UART_DCD);
	is(in(COM1 + SCR), 0);
	is(in(COM1 + RBR), 0);
	out(COM1 + LCR, DLAB);
	is(in(COM1 + DLL), 12);
	is(in(COM1 + DLM), 0);
	is(line(4), 0);
	is(H->deadline, KEEL_NEVER);
}

static void uart_divisor_is_behind_dlab(struct kunit *test)
{
	out(COM1 + LCR, DLAB | 3);
	out(COM1 + DLL, 0x34);
	out(COM1 + DLM, 0x12);
	is(in(COM1 + DLL), 0x34);
	is(in(COM1 + DLM), 0x12);
	is(in(COM1 + LCR), DLAB | 3);
	is(H->nr_tx, 0);
	out(COM1 + LCR, 3);
	is(in(COM1 + IER), 0);
	out(COM1 + IER, 5);
	rx('r');
	is(in(COM1 + RBR), 'r');
	out(COM1 + LCR, DLAB);
	is(in(COM1 + DLL), 0x34);
	is(in(COM1 + DLM), 0x12);
}

static void uart_unused_bits_read_zero(struct kunit *test)
{
	out(COM1 + IER, 0xff);
	is(in(COM1 + IER), 0x0f);
	out(COM1 + MCR, 0xff);
	is(in(COM1 + MCR), 0x1f);
	out(COM1 + SCR, 0xa5);
	is(in(COM1 + SCR), 0xa5);
	out(COM1 + LCR, 0x7f);
	is(in(COM1 + LCR), 0x7f);
}

static void uart_status_registers_are_read_only(struct kunit *test)
{
	out(COM1 + LSR, 0x1f);
	is(in(COM1 + LSR), 0x60);
	out(COM1 + MSR, 0x0f);
	is(in(COM1 + MSR), 0xb0);
}

static void uart_wide_accesses_are_cut(struct kunit *test)
{
	is(in16(COM1 + LSR), 0xb060);
	is(in32(COM1 + MCR), 0x00b06000);
	out16(COM1 + THR, 0x0541);
	is(H->nr_tx, 1);
	is(H->tx[0], 'A');
	is(in(COM1 + IER), 5);
}

static void uart_instances_are_apart(struct kunit *test)
{
	out(COM2 + SCR, 0x22);
	out(COM2 + MCR, OUT2);
	out(COM2 + IER, 2);
	is(line(3), 1);
	is(line(4), 0);
	is(in(COM1 + SCR), 0);
	is(in(COM1 + IIR), 1);
	is(in(COM2 + IIR), 2);
	is(line(3), 0);
}

/* What a Linux 8250 driver does to tell a 16550A from its relatives. */
static void uart_is_found_as_a_16550a(struct kunit *test)
{
	out(COM1 + IER, 0);
	is(in(COM1 + IER), 0);
	out(COM1 + IER, 0x0f);
	is(in(COM1 + IER), 0x0f);
	out(COM1 + IER, 0);
	out(COM1 + MCR, LOOP | 0x0a);
	is(in(COM1 + MSR) & 0xf0, KEEL_UART_DCD | KEEL_UART_CTS);
	out(COM1 + MCR, 0);
	out(COM1 + LCR, 0xbf);
	out(COM1 + FCR, 0);
	out(COM1 + LCR, 0);
	out(COM1 + FCR, 1);
	is(in(COM1 + IIR) >> 6, 3);
	out(COM1 + LCR, DLAB);
	KUNIT_EXPECT_NE(test, in(COM1 + FCR), 0);	/* no enhanced features here */
	out(COM1 + LCR, 0xe0);
	is(in(COM1 + IIR) & 0x10, 0);			/* no bank register either */
	out(COM1 + LCR, DLAB);
	out(COM1 + FCR, 0x21);
	is(in(COM1 + IIR) >> 5, 6);			/* no 64-byte FIFO */
	out(COM1 + LCR, 0);
	out(COM1 + IER, 0x40);
	is(in(COM1 + IER), 0);				/* no UUE */
	is(H->nr_tx, 0);
}

/* ---- Transmitter ---- */

static void uart_sends_at_once(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 40; i++) {
		is(in(COM1 + LSR), 0x60);
		out(COM1 + THR, i);
	}
	is(H->nr_tx, 40);
	for (i = 0; i < 40; i++)
		is(H->tx[i], i);
	is(counted("tx_bytes"), 40);
	is(counted("tx_stalls"), 0);
	is(H->deadline, KEEL_NEVER);
}

static void uart_all_eight_bits_pass(struct kunit *test)
{
	out(COM1 + LCR, 0);
	out(COM1 + THR, 0xff);
	is(H->tx[0], 0xff);
	rx(0xfe);
	is(in(COM1 + RBR), 0xfe);
}

/* For kernels that do not know of the gate */
static void uart_without_gate(struct kunit *test)
{
	out(COM4 + IER, 2);
	is(line(7), 1);
	out(COM4 + MCR, OUT2);
	is(line(7), 1);
	is(in(COM4 + IIR), 0x02);
	is(line(7), 0);
}

static void uart_thre_interrupt(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	is(line(4), 0);
	out(COM1 + IER, 2);
	is(line(4), 1);
	is(in(COM1 + LSR), 0x60);
	is(line(4), 1);
	is(in(COM1 + IIR), 0x02);
	is(line(4), 0);
	is(in(COM1 + IIR), 0x01);
	out(COM1 + THR, 'x');
	advance(CHAR_9600_5N1);
	is(line(4), 1);
	is(in(COM1 + IIR), 0x02);
	is(line(4), 0);
	is(counted("irqs.thre"), 2);
}

static void uart_enabling_thre_raises_it_again(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	is(in(COM1 + IIR), 0x02);
	out(COM1 + IER, 2);
	is(in(COM1 + IIR), 0x01);
	out(COM1 + IER, 0);
	is(in(COM1 + IIR), 0x01);
	out(COM1 + IER, 2);
	is(line(4), 1);
	out(COM1 + IER, 0);
	is(line(4), 0);
}

/* A handler that never reads the IIR relies on edges: each character must cause one. */
static void uart_writing_makes_a_new_edge(struct kunit *test)
{
	u64 before;

	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	before = H->board->lines[4].asserts;
	out(COM1 + THR, 'a');
	is(line(4), 0);
	advance(CHAR_9600_5N1);
	is(line(4), 1);
	out(COM1 + THR, 'b');
	is(line(4), 0);
	advance(CHAR_9600_5N1);
	is(line(4), 1);
	is(H->board->lines[4].asserts, before + 2);
}

static void uart_batches_of_sixteen(struct kunit *test)
{
	unsigned int batch, i;

	out(COM1 + FCR, 1);
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	for (batch = 0; batch < 4; batch++) {
		is(line(4), 1);
		is(in(COM1 + IIR), 0xc2);
		is(line(4), 0);
		for (i = 0; i < 16; i++)
			out(COM1 + THR, batch * 16 + i);
		advance(CHAR_9600_5N1);
	}
	is(H->nr_tx, 64);
	is(H->tx[63], 63);
	is(counted("tx_lost"), 0);
}

static void uart_lossless_waits_for_room(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	H->tx_room = 2;
	out(COM1 + THR, 'a');
	is(in(COM1 + LSR), 0x60);
	out(COM1 + THR, 'b');
	is(H->nr_tx, 2);
	is(in(COM1 + LSR), 0);
	is(in(COM1 + IIR), 1);
	is(line(4), 0);
	out(COM1 + IER, 0);		/* enabling it does not help now */
	out(COM1 + IER, 2);
	is(line(4), 0);
	is(counted("tx_stalls"), 1);
	advance(1000000000);
	is(in(COM1 + LSR), 0);
	H->tx_room = 10;
	is(room(0), 0);
	is(in(COM1 + LSR), 0x60);
	is(line(4), 1);
	is(in(COM1 + IIR), 2);
	room(0);
	is(in(COM1 + IIR), 1);
}

static void uart_what_is_written_meanwhile_is_kept(struct kunit *test)
{
	unsigned int i;

	out(COM1 + FCR, 1);
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 2);
	in(COM1 + IIR);
	H->tx_room = 3;
	for (i = 0; i < 21; i++)
		out(COM1 + THR, i);
	is(H->nr_tx, 3);
	is(counted("tx_lost"), 2);
	H->tx_room = 10;
	room(0);
	is(H->nr_tx, 13);
	is(in(COM1 + LSR), 0);
	is(line(4), 0);
	is(counted("tx_stalls"), 2);
	H->tx_room = 100;
	room(0);
	is(H->nr_tx, 19);
	for (i = 0; i < 19; i++)
		is(H->tx[i], i);
	is(in(COM1 + LSR), 0x60);
	is(line(4), 1);
}

static void uart_16450_holding_register_is_overwritten(struct kunit *test)
{
	H->tx_room = 1;
	out(COM1 + THR, 'a');
	out(COM1 + THR, 'b');
	out(COM1 + THR, 'c');
	is(counted("tx_lost"), 1);
	H->tx_room = 9;
	room(0);
	is(H->nr_tx, 2);
	is(H->tx[1], 'c');
}

static void uart_drop_oldest_never_waits(struct kunit *test)
{
	H->tx_room = 1;
	out(COM4 + THR, 'a');
	out(COM4 + THR, 'b');
	is(H->nr_tx, 2);
	is(in(COM4 + LSR), 0x60);
	is(uart_counter(test, 3, "tx_stalls"), 0);
}

static void uart_rate_cap(struct kunit *test)
{
	out(COM3 + MCR, OUT2);
	out(COM3 + IER, 2);
	in(COM3 + IIR);
	advance(100);
	out(COM3 + THR, 'a');
	is(H->nr_tx, 1);
	is(in(COM3 + LSR), 0);
	is(H->deadline, 100 + CAP_NS);
	advance(CAP_NS - 1);
	is(in(COM3 + LSR), 0);
	is(line(5), 0);
	advance(1);
	is(line(5), 1);
	is(in(COM3 + LSR), 0x60);
	is(in(COM3 + IIR), 2);
	is(H->deadline, KEEL_NEVER);
}

static void uart_rate_cap_drains_the_fifo(struct kunit *test)
{
	unsigned int i;

	out(COM3 + FCR, 1);
	out(COM3 + MCR, OUT2);
	out(COM3 + IER, 2);
	in(COM3 + IIR);
	for (i = 0; i < 17; i++)
		out(COM3 + THR, i);
	is(uart_counter(test, 2, "tx_lost"), 0);
	for (i = 1; i < 17; i++) {
		is(H->nr_tx, i);
		is(H->deadline, i * CAP_NS);
		advance(CAP_NS);
	}
	is(H->nr_tx, 17);
	is(H->tx[16], 16);
	is(line(5), 0);
	advance(CAP_NS);
	is(line(5), 1);
	is(in(COM3 + LSR), 0x60);
}

/* A late host still sends one byte per period: the cap holds, no time is made up for. */
static void uart_rate_cap_after_a_gap(struct kunit *test)
{
	out(COM3 + FCR, 1);
	out(COM3 + THR, 'a');
	out(COM3 + THR, 'b');
	out(COM3 + THR, 'c');
	jump(50 * CAP_NS);
	is(H->nr_tx, 2);
	is(in(COM3 + LSR), 0);
	is(H->deadline, 51 * CAP_NS);
}

static void uart_rate_cap_and_no_room(struct kunit *test)
{
	out(COM3 + FCR, 1);
	H->tx_room = 1;
	out(COM3 + THR, 'a');
	out(COM3 + THR, 'b');
	advance(CAP_NS);
	is(H->nr_tx, 1);
	is(in(COM3 + LSR), 0);
	is(H->deadline, KEEL_NEVER);
	H->tx_room = 9;
	room(2);
	is(H->nr_tx, 2);
	is(H->deadline, 2 * CAP_NS);
	advance(CAP_NS);
	is(in(COM3 + LSR), 0x60);
}

static void uart_tx_fifo_reset(struct kunit *test)
{
	out(COM1 + FCR, 1);
	H->tx_room = 1;
	out(COM1 + THR, 'a');
	out(COM1 + THR, 'b');
	out(COM1 + FCR, 3);
	H->tx_room = 9;
	is(uart_state(test, 0)->tx_count, 1);
	out(COM1 + FCR, 5);
	is(uart_state(test, 0)->tx_count, 0);
	out(COM1 + THR, 'c');
	out(COM1 + THR, 'd');
	out(COM1 + FCR, 0);
	is(uart_state(test, 0)->tx_count, 0);
	room(0);
	is(H->nr_tx, 1);
	is(in(COM1 + LSR), 0x60);
}

/* ---- Receiver ---- */

static void uart_receives_one_without_fifo(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	is(rx('a'), 1);
	is(line(4), 1);
	is(in(COM1 + IIR), 0x04);
	is(in(COM1 + LSR), 0x61);
	is(rx('b'), 0);
	is(counted("rx_full"), 1);
	is(in(COM1 + RBR), 'a');
	is(line(4), 0);
	is(in(COM1 + LSR), 0x60);
	is(in(COM1 + RBR), 'a');
	is(rx('b'), 1);
	is(in(COM1 + RBR), 'b');
	is(counted("rx_bytes"), 2);
	is(counted("overruns"), 0);
	is(counted("irqs.rx"), 2);
	is(H->deadline, KEEL_NEVER);
}

static void uart_fifo_triggers(struct kunit *test)
{
	static const u8 levels[] = { 1, 4, 8, 14 };
	unsigned int i, j;

	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		out(COM1 + FCR, i << 6 | 3);
		for (j = 1; j <= 16; j++) {
			is(rx(j), 1);
			is(line(4), j >= levels[i]);
			is(in(COM1 + IIR), j >= levels[i] ? 0xc4 : 0xc1);
		}
		is(rx(17), 0);
		for (j = 1; j <= 16; j++) {
			is(in(COM1 + LSR), 0x61);
			is(in(COM1 + RBR), j);
			is(line(4), 16 - j >= levels[i]);
		}
		is(in(COM1 + LSR), 0x60);
	}
}

static void uart_trigger_change_counts_at_once(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	out(COM1 + FCR, 0xc1);
	rx('a');
	rx('b');
	is(line(4), 0);
	out(COM1 + FCR, 0x01);
	is(line(4), 1);
	is(in(COM1 + RBR), 'a');
	out(COM1 + FCR, 0x41);
	is(line(4), 0);
}

static void uart_fifo_control(struct kunit *test)
{
	is(in(COM1 + IIR), 0x01);
	rx('a');
	out(COM1 + FCR, 0xc6);		/* bit 0 is clear: nothing happens */
	is(in(COM1 + IIR), 0x01);
	is(in(COM1 + LSR), 0x61);
	out(COM1 + FCR, 0x01);		/* switching on empties */
	is(in(COM1 + IIR), 0xc1);
	is(in(COM1 + LSR), 0x60);
	rx('b');
	rx('c');
	out(COM1 + FCR, 0x05);		/* the other FIFO's reset */
	out(COM1 + LCR, 0x06);		/* the same bits in the LCR reset no FIFO */
	is(in(COM1 + LSR), 0x61);
	out(COM1 + FCR, 0x03);
	is(in(COM1 + LSR), 0x60);
	rx('d');
	is(in(COM1 + RBR), 'd');
	rx('e');
	out(COM1 + FCR, 0x00);		/* and off */
	is(in(COM1 + LSR), 0x60);
	is(in(COM1 + IIR), 0x01);
	is(rx('f'), 1);
	is(rx('g'), 0);
}

static void uart_timeout_is_exact(struct kunit *test)
{
	static const struct {
		u8 lcr;
		u16 divisor;
		u64 ns;
	} formats[] = {
		{ 0x03, 1, 347223 },		/* 115200 8N1: 4 x 10 bits */
		{ 0x00, 12, FOUR_CHARS_9600_5N1 },
		{ 0x0b, 1, 381945 },		/* 8E1: 11 bits */
		{ 0x04, 1, 260417 },		/* 5N1.5: 7.5 bits */
		{ 0x07, 96, 36666667 },		/* 1200 8N2: 11 bits */
		{ 0x0f, 0xffff, 27306250000 },	/* 12 bits, the longest there is */
		{ 0x03, 0, 347223 },		/* no divisor: as 1 */
	};
	unsigned int i;

	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		out(COM1 + LCR, DLAB);
		out(COM1 + DLL, formats[i].divisor);
		out(COM1 + DLM, formats[i].divisor >> 8);
		out(COM1 + LCR, formats[i].lcr);
		out(COM1 + FCR, 0x83);
		is(H->deadline, KEEL_NEVER);
		rx('a');
		is(H->deadline, H->now + formats[i].ns);
		advance(formats[i].ns - 1);
		is(line(4), 0);
		is(in(COM1 + IIR), 0xc1);
		advance(1);
		is(line(4), 1);
		is(in(COM1 + IIR), 0xcc);
		is(in(COM1 + IIR), 0xcc);
		is(in(COM1 + RBR), 'a');
		is(line(4), 0);
		is(in(COM1 + IIR), 0xc1);
		is(H->deadline, KEEL_NEVER);
	}
	is(counted("irqs.timeout"), ARRAY_SIZE(formats));
}

static void uart_timeout_starts_over(struct kunit *test)
{
	const u64 four = FOUR_CHARS_9600_5N1;

	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	out(COM1 + FCR, 0xc1);
	rx('a');
	advance(four - 1);
	rx('b');
	is(H->deadline, H->now + four);
	advance(four - 1);
	is(in(COM1 + IIR), 0xc1);
	in(COM1 + RBR);
	is(H->deadline, H->now + four);
	advance(four - 1);
	is(line(4), 0);
	advance(1);
	is(line(4), 1);
	rx('c');			/* does not withdraw the pending timeout */
	is(in(COM1 + IIR), 0xcc);
	is(in(COM1 + RBR), 'b');
	is(line(4), 0);
	is(H->deadline, H->now + four);
}

static void uart_timeout_turns_into_trigger(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	out(COM1 + FCR, 0x41);
	rx('a');
	rx('b');
	rx('c');
	advance(FOUR_CHARS_9600_5N1);
	is(in(COM1 + IIR), 0xcc);
	rx('d');
	is(in(COM1 + IIR), 0xc4);
	in(COM1 + RBR);
	is(in(COM1 + IIR), 0xc1);
}

/* No timer is armed for a timeout that cannot interrupt; it becomes pending all the same. */
static void uart_timeout_without_a_timer(struct kunit *test)
{
	out(COM1 + FCR, 0xc1);
	rx('a');
	is(H->deadline, KEEL_NEVER);
	advance(FOUR_CHARS_9600_5N1);
	is(in(COM1 + IIR), 0xc1);
	out(COM1 + IER, 1);
	is(in(COM1 + IIR), 0xcc);
	is(line(4), 0);
	out(COM1 + MCR, OUT2);
	is(line(4), 1);
	in(COM1 + RBR);
	rx('b');
	is(H->deadline, H->now + FOUR_CHARS_9600_5N1);
	out(COM1 + MCR, 0);
	is(H->deadline, KEEL_NEVER);
	out(COM1 + MCR, OUT2);
	is(H->deadline, H->now + FOUR_CHARS_9600_5N1);
	out(COM1 + FCR, 0xc3);
	is(H->deadline, KEEL_NEVER);
	rx('c');
	out(COM1 + IER, 3);		/* the line is high already: no timer is needed */
	is(H->deadline, KEEL_NEVER);
	in(COM1 + IIR);
	is(H->deadline, H->now + FOUR_CHARS_9600_5N1);
}

static void uart_timeout_after_a_gap(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	out(COM1 + FCR, 0xc1);
	rx('a');
	jump(31536000000000000);
	is(line(4), 1);
	is(H->board->expired, 1);
	is(in(COM1 + IIR), 0xcc);
}

static void uart_break_received(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 4);
	is(rx_break(), 1);
	is(line(4), 1);
	is(in(COM1 + IIR), 0x06);
	is(in(COM1 + LSR), 0x79);
	is(line(4), 0);
	is(in(COM1 + LSR), 0x61);
	is(rx_break(), 0);
	is(in(COM1 + RBR), 0);
	is(counted("rx_breaks"), 1);
	is(counted("rx_bytes"), 0);
	is(counted("irqs.line"), 1);
}

static void uart_break_shows_at_the_top_of_the_fifo(struct kunit *test)
{
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 4);
	out(COM1 + FCR, 0xc1);
	rx('a');
	rx_break();
	rx('b');
	rx_break();
	is(line(4), 0);
	is(in(COM1 + LSR), 0xe1);
	is(in(COM1 + LSR), 0xe1);
	is(in(COM1 + RBR), 'a');
	is(line(4), 1);
	is(in(COM1 + LSR), 0xf9);
	is(line(4), 0);
	is(in(COM1 + LSR), 0xe1);	/* one more to come */
	is(in(COM1 + RBR), 0);
	is(in(COM1 + RBR), 'b');
	is(in(COM1 + LSR), 0xf9);
	is(in(COM1 + LSR), 0x61);
	is(in(COM1 + RBR), 0);
	is(in(COM1 + LSR), 0x60);
}

/* An error that was not read stays although its character was. */
static void uart_errors_last_until_read(struct kunit *test)
{
	out(COM1 + FCR, 1);
	rx_break();
	in(COM1 + RBR);
	rx('a');
	is(in(COM1 + LSR), 0xf9);
	is(in(COM1 + LSR), 0x61);
	rx_break();
	in(COM1 + RBR);
	out(COM1 + FCR, 3);
	is(in(COM1 + LSR), 0x60);
}

static void uart_break_sent(struct kunit *test)
{
	out(COM1 + THR, 'a');
	out(COM1 + LCR, 0x43);
	is(in(COM1 + LCR), 0x43);
	out(COM1 + THR, 'b');		/* times the break, and goes nowhere */
	is(in(COM1 + LSR), 0x60);
	out(COM1 + LCR, 0x43);
	out(COM1 + LCR, 0x03);
	out(COM1 + THR, 'c');
	is(H->nr_tx, 2);
	is(H->tx[1], 'c');
	is(counted("tx_breaks"), 1);
	is(counted("tx_bytes"), 2);
}

/* ---- Interrupts ---- */

static void uart_priorities(struct kunit *test)
{
	out(COM1 + IER, 0x0f);
	out(COM1 + MCR, OUT2);
	out(COM1 + FCR, 0x41);
	modem(KEEL_UART_CTS);
	rx_break();
	rx(1);
	rx(2);
	advance(FOUR_CHARS_9600_5N1);
	rx(3);
	is(in(COM1 + IIR), 0xc6);
	in(COM1 + LSR);
	is(in(COM1 + IIR), 0xc4);
	out(COM1 + FCR, 0x81);
	is(in(COM1 + IIR), 0xcc);
	is(in(COM1 + IIR), 0xcc);
	in(COM1 + RBR);
	in(COM1 + RBR);
	in(COM1 + RBR);
	in(COM1 + RBR);
	is(in(COM1 + IIR), 0xc2);
	is(in(COM1 + IIR), 0xc0);
	is(line(4), 1);
	in(COM1 + MSR);
	is(in(COM1 + IIR), 0xc1);
	is(line(4), 0);
	is(counted("irqs.modem"), 1);
}

static void uart_each_interrupt_has_its_enable(struct kunit *test)
{
	static const u8 iir[] = { 0xc4, 0xc2, 0xc6, 0xc0 };
	unsigned int i;

	out(COM1 + MCR, OUT2);
	out(COM1 + FCR, 1);
	modem(0);
	rx_break();
	for (i = 0; i < 4; i++) {
		is(line(4), 0);
		out(COM1 + IER, 1 << i);
		is(line(4), 1);
		is(in(COM1 + IIR), iir[i]);
		out(COM1 + IER, 0);
		is(in(COM1 + IIR), 0xc1);
	}
}

static void uart_out2_is_the_gate(struct kunit *test)
{
	out(COM1 + IER, 1);
	rx('a');
	is(line(4), 0);
	is(in(COM1 + IIR), 0x04);
	out(COM1 + MCR, 0x17);
	is(line(4), 0);
	out(COM1 + MCR, OUT2);
	is(line(4), 1);
	out(COM1 + MCR, OUT2 | LOOP);
	is(line(4), 1);
	out(COM1 + MCR, 0);
	is(line(4), 0);
}

/* ---- Modem ---- */

static void uart_modem_deltas(struct kunit *test)
{
	static const struct {
		u8 pin, delta_on, delta_off;
	} inputs[] = {
		{ KEEL_UART_CTS, 0x01, 0x01 },
		{ KEEL_UART_DSR, 0x02, 0x02 },
		{ KEEL_UART_RI, 0x00, 0x04 },
		{ KEEL_UART_DCD, 0x08, 0x08 },
	};
	unsigned int i;

	modem(0);
	is(in(COM1 + MSR), 0x0b);
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 8);
	for (i = 0; i < ARRAY_SIZE(inputs); i++) {
		is(line(4), 0);
		modem(inputs[i].pin);
		is(line(4), inputs[i].delta_on != 0);
		is(in(COM1 + MSR), inputs[i].pin | inputs[i].delta_on);
		is(line(4), 0);
		is(in(COM1 + MSR), inputs[i].pin);
		modem(inputs[i].pin);
		is(in(COM1 + MSR), inputs[i].pin);
		modem(0);
		is(line(4), 1);
		is(in(COM1 + MSR), inputs[i].delta_off);
		is(in(COM1 + MSR), 0);
	}
}

static void uart_deltas_add_up(struct kunit *test)
{
	modem(KEEL_UART_RI);
	modem(KEEL_UART_CTS);
	is(in(COM1 + MSR), KEEL_UART_CTS | 0x0f);
	modem(0);
	modem(KEEL_UART_CTS);
	is(in(COM1 + MSR), KEEL_UART_CTS | 0x01);
}

static void uart_loopback_wires_the_modem(struct kunit *test)
{
	out(COM1 + MCR, LOOP);
	is(in(COM1 + MSR), 0x0b);
	out(COM1 + MCR, LOOP | 0x01);
	is(in(COM1 + MSR), KEEL_UART_DSR | 0x02);
	out(COM1 + MCR, LOOP | 0x02);
	is(in(COM1 + MSR), KEEL_UART_CTS | 0x03);
	out(COM1 + MCR, LOOP | 0x04);
	is(in(COM1 + MSR), KEEL_UART_RI | 0x01);
	out(COM1 + MCR, LOOP | 0x08);
	is(in(COM1 + MSR), KEEL_UART_DCD | 0x0c);
	modem(KEEL_UART_CTS);		/* outside; not connected */
	is(in(COM1 + MSR), KEEL_UART_DCD);
	out(COM1 + MCR, 0);
	is(in(COM1 + MSR), KEEL_UART_CTS | 0x09);
}

static void uart_loopback_returns_what_is_sent(struct kunit *test)
{
	out(COM1 + IER, 1);
	out(COM1 + MCR, LOOP | OUT2);
	out(COM1 + THR, 'a');
	is(H->nr_tx, 0);
	is(line(4), 1);
	is(in(COM1 + LSR), 0x61);
	is(rx('h'), 0);
	is(rx_break(), 0);
	is(in(COM1 + RBR), 'a');
	is(rx('h'), 0);
	out(COM1 + MCR, 0);
	is(rx('h'), 1);
	is(in(COM1 + RBR), 'h');
}

static void uart_overrun_with_fifo(struct kunit *test)
{
	unsigned int i;

	out(COM1 + FCR, 1);
	out(COM1 + MCR, LOOP | OUT2);
	out(COM1 + IER, 4);
	for (i = 0; i < 16; i++)
		out(COM1 + THR, i);
	is(in(COM1 + LSR), 0x61);
	is(line(4), 0);
	out(COM1 + THR, 16);
	is(line(4), 1);
	is(in(COM1 + IIR), 0xc6);
	is(in(COM1 + LSR), 0x63);
	is(in(COM1 + LSR), 0x61);
	is(counted("overruns"), 1);
	for (i = 0; i < 16; i++)
		is(in(COM1 + RBR), i);
	is(in(COM1 + LSR), 0x60);
	out(COM1 + THR, 17);
	for (i = 0; i < 16; i++)
		out(COM1 + THR, i);
	out(COM1 + FCR, 3);
	is(in(COM1 + LSR), 0x62);	/* a FIFO reset does not take it back */
}

static void uart_overrun_without_fifo(struct kunit *test)
{
	out(COM1 + MCR, LOOP);
	out(COM1 + THR, 'a');
	out(COM1 + THR, 'b');
	is(in(COM1 + LSR), 0x63);
	is(in(COM1 + RBR), 'b');
	is(in(COM1 + LSR), 0x60);
	is(counted("overruns"), 1);
}

static void uart_loopback_break(struct kunit *test)
{
	out(COM1 + MCR, LOOP);
	out(COM1 + LCR, 0x43);
	is(in(COM1 + LSR), 0x79);
	is(in(COM1 + RBR), 0);
	out(COM1 + LCR, 0x43);
	is(in(COM1 + LSR), 0x60);
	out(COM1 + MCR, 0);
	out(COM1 + MCR, LOOP);
	is(in(COM1 + LSR), 0x79);
	is(counted("rx_breaks"), 2);
	is(counted("tx_breaks"), 1);
}

static void uart_ring_goes_round(struct kunit *test)
{
	unsigned int i;

	out(COM1 + FCR, 0xc1);
	for (i = 0; i < 11; i++) {
		rx(i);
		in(COM1 + RBR);
	}
	for (i = 0; i < 12; i++)
		i % 3 ? rx(i) : rx_break();
	is(harness_copy(test, H, harness_clone(test)), 0);
	for (i = 0; i < 12; i++) {
		is(in(COM1 + LSR), i % 3 ? (i < 9 ? 0xe1 : 0x61) : 0xf9);
		is(in(COM1 + RBR), i % 3 ? i : 0);
	}
	is(in(COM1 + RBR), 11);
}

/* ---- Reset, state, limits ---- */

static void uart_reset(struct kunit *test)
{
	out(COM1 + LCR, DLAB);
	out(COM1 + DLL, 1);
	out(COM1 + DLM, 2);
	out(COM1 + LCR, 0x43);
	out(COM1 + SCR, 0x77);
	out(COM1 + FCR, 0xc1);
	out(COM1 + IER, 0x0f);
	out(COM1 + MCR, OUT2 | 3);
	rx('a');
	rx_break();
	modem(KEEL_UART_DCD);
	is(line(4), 1);
	whole_reset(H->board);
	is(line(4), 0);
	is(H->deadline, KEEL_NEVER);
	is(in(COM1 + IER), 0);
	is(in(COM1 + IIR), 0x01);
	is(in(COM1 + LCR), 0);
	is(in(COM1 + MCR), 0);
	is(in(COM1 + LSR), 0x60);
	is(in(COM1 + MSR), KEEL_UART_DCD);
	is(in(COM1 + SCR), 0x77);
	out(COM1 + LCR, DLAB);
	is(in(COM1 + DLL), 1);
	is(in(COM1 + DLM), 2);
}

/* RESET# does not reach the host's ring, which stays as full as it was. */
static void uart_reset_of_a_stalled_transmitter(struct kunit *test)
{
	H->tx_room = 1;
	out(COM1 + THR, 'a');
	out(COM1 + THR, 'b');
	out(COM3 + THR, 'c');
	whole_reset(H->board);
	is(in(COM1 + LSR), 0);
	is(H->deadline, KEEL_NEVER);
	H->tx_room = 9;
	room(0);
	is(in(COM1 + LSR), 0x60);
	is(H->nr_tx, 2);
}

static void uart_restored_mid_byte(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	out(COM3 + FCR, 1);
	out(COM3 + THR, 'a');
	out(COM3 + THR, 'b');
	out(COM1 + FCR, 0xc1);
	out(COM1 + MCR, OUT2);
	out(COM1 + IER, 1);
	rx('x');
	advance(CAP_NS / 2);
	is(harness_copy(test, H, copy), 0);
	is(copy->deadline, CAP_NS);
	harness_advance(copy, CAP_NS / 2);
	is(copy->nr_tx, 1);
	is(copy->tx[0], 'b');
	is(copy->deadline, 2 * CAP_NS);
	harness_advance(copy, 2 * CAP_NS);
	is(keel_line_level(&copy->board->lines[4]), 1);
	is(harness_in(copy, KEEL_PIO, COM1 + IIR, 1), 0xcc);
	is(harness_in(copy, KEEL_PIO, COM1 + RBR, 1), 'x');
}

static bool uart_accepts(struct kunit *test, const struct keel_uart_state *state)
{
	return keel_uart_ops.check(uart_dev(test, 0), state, H->now);
}

#define BAD(field, value) do { \
	struct keel_uart_state bad = good; \
	bad.field = (value); \
	KUNIT_EXPECT_FALSE(test, uart_accepts(test, &bad)); \
} while (0)

#define GOOD(field, value) do { \
	struct keel_uart_state fine = good; \
	fine.field = (value); \
	KUNIT_EXPECT_TRUE(test, uart_accepts(test, &fine)); \
} while (0)

static void uart_check_of_registers(struct kunit *test)
{
	struct keel_uart_state good = *uart_state(test, 0);

	GOOD(ier, 0x0f);
	BAD(ier, 0x10);
	GOOD(mcr, 0x0f);
	BAD(mcr, 0x20);
	BAD(mcr, LOOP);			/* the MSR would be another one */
	GOOD(fcr, 0xc1);
	BAD(fcr, 0x02);
	BAD(fcr, 0x40);
	GOOD(errors, 0x1a);
	BAD(errors, 0x04);
	BAD(errors, 0x08);
	BAD(errors, 0x10);
	BAD(errors, 0x80);
	GOOD(msr, 0xbf);
	BAD(msr, 0xa0);
	BAD(msr, 0xf0);
	BAD(pins, 0xb1);
	BAD(pins, 0xa0);
	GOOD(lcr, 0xff);
	GOOD(dll, 0);
	GOOD(dlm, 0xff);
	GOOD(scr, 0xff);
	BAD(pad[0], 1);
	BAD(pad[5], 1);
}

static void uart_check_of_receiver(struct kunit *test)
{
	struct keel_uart_state good;

	advance(5);
	good = *uart_state(test, 0);
	BAD(rx_count, 1 + 1);		/* no FIFO */
	GOOD(rx_count, 1);
	GOOD(rx_head, 15);
	BAD(rx_head, 16);
	BAD(timeout_at, 1);
	out(COM1 + FCR, 0xc1);
	rx('a');
	rx_break();
	good = *uart_state(test, 0);
	ok(uart_accepts(test, &good));
	GOOD(rx_count, 16);
	BAD(rx_count, 17);
	BAD(rx_count, 255);
	BAD(rx_count, 0);
	BAD(rx_breaks, 0x06);		/* behind the last one */
	BAD(rx_breaks, 0x01);		/* on top, but not in the LSR */
	BAD(rx_head, 1);
	GOOD(timeout_at, H->now + 28000000000);
	BAD(timeout_at, H->now + 28000000001);
	BAD(timeout_at, KEEL_NEVER);
	BAD(timeout_at, 0);
	BAD(fcr, 0);
}

static void uart_check_of_transmitter(struct kunit *test)
{
	struct keel_uart_state good = *uart_state(test, 0);

	GOOD(tx_blocked, 1);
	BAD(tx_blocked, 2);
	GOOD(tx_head, 15);
	BAD(tx_head, 16);
	BAD(tx_count, 1);		/* nothing keeps it from being sent */
	BAD(thre_pending, 1);
	GOOD(tx_until, H->now + 1000000000);
	BAD(tx_until, H->now + 1000000001);
	out(COM1 + IER, 2);
	good = *uart_state(test, 0);
	is(good.thre_pending, 1);
	BAD(thre_pending, 2);
	BAD(tx_blocked, 1);
	BAD(tx_until, 1);
	BAD(ier, 0);
	GOOD(thre_at, 1);
	GOOD(thre_at, H->now + 1000000);
	BAD(thre_at, H->now + 1000001);
	BAD(thre_at, KEEL_NEVER);
	in(COM1 + IIR);
	good = *uart_state(test, 0);
	BAD(thre_at, 1);		/* when nothing is pending */
	out(COM1 + FCR, 1);
	H->tx_room = 1;
	out(COM1 + THR, 'a');
	out(COM1 + THR, 'b');
	good = *uart_state(test, 0);
	GOOD(tx_count, 16);
	BAD(tx_count, 17);
	BAD(tx_blocked, 0);
	BAD(fcr, 1 << 1);
}

static u32 uart_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void uart_random_step(struct kunit *test, u32 *seed)
{
	u32 value = uart_random(seed);
	u16 port = (value & 8 ? COM1 : COM3) + value % 8;

	switch (uart_random(seed) % 8) {
	case 0:
		rx(value);
		break;
	case 1:
		rx_break();
		break;
	case 2:
		modem(value & 0xf0);
		break;
	case 3:
		H->tx_room = value % 4;
		room(value % 3);
		break;
	case 4:
		advance(value % (2 * CAP_NS));
		break;
	case 5:
		in(port);
		break;
	default:
		out(port, uart_random(seed));
	}
}

/* check() accepts every state that a guest and a host can reach. */
static void uart_check_takes_all_that_is_reachable(struct kunit *test)
{
	u32 seed = 1, bad = 0;
	unsigned int i;

	for (i = 0; i < 50000; i++) {
		uart_random_step(test, &seed);
		bad += !uart_accepts(test, uart_state(test, 0));
		bad += !uart_accepts(test, uart_state(test, 2));
		bad += H->deadline < H->now;
	}
	is(bad, 0);
}

/* From any state that check() accepts, events lead only to states that it accepts. */
static void uart_check_is_closed(struct kunit *test)
{
	u32 seed = 2, bad = 0, taken = 0;
	unsigned int i, j;

	for (i = 0; i < 4000; i++) {
		struct keel_uart_state state = *uart_state(test, 0);

		for (j = 0; j < 3; j++)
			((u8 *)&state)[uart_random(&seed) % sizeof(state)] ^=
				1 << uart_random(&seed) % 8;
		if (!uart_accepts(test, &state))
			continue;
		taken++;
		*uart_state(test, 0) = state;
		keel_uart_ops.loaded(uart_dev(test, 0));
		for (j = 0; j < 10; j++) {
			uart_random_step(test, &seed);
			bad += !uart_accepts(test, uart_state(test, 0));
		}
	}
	is(bad, 0);
	ok(taken > 100);
}

/* Each change of the outputs is told once, and nothing else is. */
static void uart_tells_its_outputs(struct kunit *test)
{
	is(H->nr_events, 0);
	out(COM1 + 4, 0x0b);		/* DTR, RTS, OUT2 */
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_MODEM);
	is(H->arg, 0);
	is(host(KEEL_CLASS_UART, KEEL_HOST_MODEM, 0), 0xb0 | 0x0b);
	out(COM1 + 4, 0x0b);
	out(COM1 + 3, 0x03);
	is(H->nr_events, 1);
	out(COM1 + 3, 0x43);		/* a break */
	is(H->nr_events, 2);
	is(host(KEEL_CLASS_UART, KEEL_HOST_MODEM, 0), 0xb0 | 0x10b);
	out(COM1 + 3, 0x03);
	is(H->nr_events, 3);
	out(COM1 + 4, 0x1b);		/* in loopback no output is active */
	is(H->nr_events, 4);
	is(host(KEEL_CLASS_UART, KEEL_HOST_MODEM, 0), 0xb0);
	out(COM1 + 4, 0x1f);
	out(COM1 + 3, 0x43);
	is(H->nr_events, 4);
	out(COM1 + 3, 0x03);
	out(COM1 + 4, 0x04);
	is(H->nr_events, 5);
	is(host(KEEL_CLASS_UART, KEEL_HOST_MODEM, 0), 0xb0 | 0x04);
	whole_reset(H->board);
	is(H->nr_events, 6);
	whole_reset(H->board);
	is(H->nr_events, 6);
}

static void uart_unknown_inputs(struct kunit *test)
{
	is(host(KEEL_CLASS_UART, 0x3f, 0), -1);
	is(host(KEEL_CLASS_UART, 0x104, 0), -1);
	is(modem(0x01), -1);
	is(modem(0x1b0), -1);
	is(in(COM1 + MSR), 0xb0);
}

static void uart_configs(struct kunit *test)
{
	struct keel_device_config config = { .class = KEEL_CLASS_UART };
	struct keel_dev *dev = uart_dev(test, 1);

	ok(keel_uart_ops.configure(dev, &config));
	config.uart.policy = 2;
	ok(!keel_uart_ops.configure(dev, &config));
	config.uart.policy = 0;
	config.uart.reserved[3] = 1;
	ok(!keel_uart_ops.configure(dev, &config));
	config.uart.reserved[3] = 0;
	config.uart.rate_cap = 3;	/* never faster: the period is rounded up */
	ok(keel_uart_ops.configure(dev, &config));
	out(COM2 + THR, 'a');
	is(H->deadline, 333333334);
	advance(333333334);
	config.uart.rate_cap = 0xffffffff;
	ok(keel_uart_ops.configure(dev, &config));
	out(COM2 + THR, 'a');
	is(H->deadline, H->now + 1);
	advance(1);
	config.uart.rate_cap = 0;
	ok(keel_uart_ops.configure(dev, &config));
}

static int uart_init(struct kunit *test)
{
	return harness_init(test, uart_devices, ARRAY_SIZE(uart_devices));
}

static struct kunit_case uart_cases[] = {
	KUNIT_CASE(uart_power_on),
	KUNIT_CASE(uart_divisor_is_behind_dlab),
	KUNIT_CASE(uart_unused_bits_read_zero),
	KUNIT_CASE(uart_status_registers_are_read_only),
	KUNIT_CASE(uart_wide_accesses_are_cut),
	KUNIT_CASE(uart_instances_are_apart),
	KUNIT_CASE(uart_is_found_as_a_16550a),
	KUNIT_CASE(uart_sends_at_once),
	KUNIT_CASE(uart_all_eight_bits_pass),
	KUNIT_CASE(uart_without_gate),
	KUNIT_CASE(uart_thre_interrupt),
	KUNIT_CASE(uart_enabling_thre_raises_it_again),
	KUNIT_CASE(uart_writing_makes_a_new_edge),
	KUNIT_CASE(uart_batches_of_sixteen),
	KUNIT_CASE(uart_lossless_waits_for_room),
	KUNIT_CASE(uart_what_is_written_meanwhile_is_kept),
	KUNIT_CASE(uart_16450_holding_register_is_overwritten),
	KUNIT_CASE(uart_drop_oldest_never_waits),
	KUNIT_CASE(uart_rate_cap),
	KUNIT_CASE(uart_rate_cap_drains_the_fifo),
	KUNIT_CASE(uart_rate_cap_after_a_gap),
	KUNIT_CASE(uart_rate_cap_and_no_room),
	KUNIT_CASE(uart_tx_fifo_reset),
	KUNIT_CASE(uart_receives_one_without_fifo),
	KUNIT_CASE(uart_fifo_triggers),
	KUNIT_CASE(uart_trigger_change_counts_at_once),
	KUNIT_CASE(uart_fifo_control),
	KUNIT_CASE(uart_timeout_is_exact),
	KUNIT_CASE(uart_timeout_starts_over),
	KUNIT_CASE(uart_timeout_turns_into_trigger),
	KUNIT_CASE(uart_timeout_without_a_timer),
	KUNIT_CASE(uart_timeout_after_a_gap),
	KUNIT_CASE(uart_break_received),
	KUNIT_CASE(uart_break_shows_at_the_top_of_the_fifo),
	KUNIT_CASE(uart_errors_last_until_read),
	KUNIT_CASE(uart_break_sent),
	KUNIT_CASE(uart_priorities),
	KUNIT_CASE(uart_each_interrupt_has_its_enable),
	KUNIT_CASE(uart_out2_is_the_gate),
	KUNIT_CASE(uart_modem_deltas),
	KUNIT_CASE(uart_deltas_add_up),
	KUNIT_CASE(uart_loopback_wires_the_modem),
	KUNIT_CASE(uart_loopback_returns_what_is_sent),
	KUNIT_CASE(uart_overrun_with_fifo),
	KUNIT_CASE(uart_overrun_without_fifo),
	KUNIT_CASE(uart_loopback_break),
	KUNIT_CASE(uart_ring_goes_round),
	KUNIT_CASE(uart_reset),
	KUNIT_CASE(uart_reset_of_a_stalled_transmitter),
	KUNIT_CASE(uart_restored_mid_byte),
	KUNIT_CASE(uart_check_of_registers),
	KUNIT_CASE(uart_check_of_receiver),
	KUNIT_CASE(uart_check_of_transmitter),
	KUNIT_CASE(uart_check_takes_all_that_is_reachable),
	KUNIT_CASE(uart_check_is_closed),
	KUNIT_CASE(uart_tells_its_outputs),
	KUNIT_CASE(uart_unknown_inputs),
	KUNIT_CASE(uart_configs),
	{}
};

static struct kunit_suite uart_suite = {
	.name = "keel-uart",
	.init = uart_init,
	.exit = harness_exit,
	.test_cases = uart_cases,
};

kunit_test_suites(&uart_suite);
