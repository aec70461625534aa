// SPDX-License-Identifier: GPL-2.0
/* Doors stay short on a full board: 60 UARTs, all of whose deadlines pass at once. */
#include "harness.h"
#include "../devices/board/timer.h"

#define UARTS	60
#define BASE(n)	(0x1000 + 8 * (n))

#define OUT2	0x08

enum { RBR, IER, IIR, MCR = 4, FCR = IIR };

static struct keel_device_config doors_devices[UARTS];

static int doors_test_init(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < UARTS; i++)
		doors_devices[i] = (struct keel_device_config) {
			.class = KEEL_CLASS_UART, .instance = i, .irq = KEEL_IRQ_NONE,
			.base = BASE(i),
		};
	return harness_init(test, doors_devices, UARTS);
}

/* Puts a character that is not read into each FIFO: a character timeout will follow. */
static void doors_receive(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < UARTS; i++) {
		out(BASE(i) + FCR, 0x41);
		out(BASE(i) + MCR, OUT2);
		out(BASE(i) + IER, 1);
		is(keel_board_host(H->board, H->board->devs[i], KEEL_HOST_RX, 'a'), 1);
	}
}

static void doors_expire_so_many(struct kunit *test)
{
	u64 expired, put_off;

	doors_receive(test);
	expired = H->board->expired;
	put_off = H->board->put_off;
	H->now += 1000000000;
	keel_board_expire(H->board);
	is(H->board->expired, expired + KEEL_EXPIRIES);
	is(H->board->put_off, put_off + 1);
	ok(H->deadline <= H->now);	/* the host's timer expires again at once */
	keel_board_expire(H->board);
	is(H->board->expired, expired + UARTS);
	is(H->board->put_off, put_off + 1);
	is(H->board->next, KEEL_NEVER);
}

/* Before a device is accessed, its own deadlines that have passed are expired. */
static void doors_expire_their_own(struct kunit *test)
{
	u64 expired;

	doors_receive(test);
	expired = H->board->expired;
	H->now += 1000000000;
	is(in(BASE(UARTS - 1) + IIR) & 0xf, 0xc);
	is(H->board->expired, expired + KEEL_EXPIRIES + 1);
	is(keel_deadline(H->board->devs[UARTS - 1], 0), KEEL_NEVER);
	keel_board_expire(H->board);
	is(H->board->expired, expired + UARTS);
}

static void doors_reset_so_many(struct kunit *test)
{
	unsigned int from;

	doors_receive(test);
	from = keel_board_reset(H->board, 0);
	is(from, KEEL_STEP);
	is(in(BASE(0) + IER), 0);
	is(in(BASE(KEEL_STEP) + IER), 1);
	while (from)
		from = keel_board_reset(H->board, from);
	keel_board_settle(H->board);
	is(in(BASE(UARTS - 1) + IER), 0);
}

/* No device's counters or fields exceed what one door returns. */
static void doors_lists_have_room(struct kunit *test)
{
	ok(whole_stats(H->board, NULL, 0) < U32_MAX);
	ok(whole_inspect(H->board, NULL, 0) < U32_MAX);
}

static struct kunit_case doors_cases[] = {
	KUNIT_CASE(doors_expire_so_many),
	KUNIT_CASE(doors_expire_their_own),
	KUNIT_CASE(doors_reset_so_many),
	KUNIT_CASE(doors_lists_have_room),
	{ }
};

static struct kunit_suite doors_suite = {
	.name = "keel-doors",
	.init = doors_test_init,
	.exit = harness_exit,
	.test_cases = doors_cases,
};

kunit_test_suites(&doors_suite);
