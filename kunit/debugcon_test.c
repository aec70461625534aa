// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/debugcon.c. */
#include "harness.h"

static const struct keel_device_config debugcon_devices[] = {
	{ .class = KEEL_CLASS_DEBUGCON, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGCON, .instance = 1, .irq = KEEL_IRQ_DEFAULT, .base = 0xe9 },
};

static void debugcon_is_there(struct kunit *test)
{
	is(in(0x402), 0xe9);
	is(in(0xe9), 0xe9);
	is(in(0x401), 0xff);
	is(in(0x403), 0xff);
}

static void debugcon_sends(struct kunit *test)
{
	out(0x402, 'l');
	out(0x402, 'o');
	out16(0x402, 'g');	/* one byte of it */
	is(H->nr_tx, 3);
	is(memcmp(H->tx, "log", 3), 0);
	is(harness_count(H, KEEL_CLASS_DEBUGCON, "bytes"), 3);
	out(0xe9, '!');
	is(H->tx[3], '!');
	is(harness_count(H, KEEL_CLASS_DEBUGCON, "bytes"), 3);
}

/* There is no way to hold the guest up, so it goes on without room. */
static void debugcon_does_not_wait(struct kunit *test)
{
	H->tx_room = 0;
	out(0x402, 'a');
	out(0x402, 'b');
	is(H->nr_tx, 2);
	is(in(0x402), 0xe9);
	is(host(KEEL_CLASS_DEBUGCON, KEEL_HOST_TX_ROOM, 0), (u64)-1);
	is(host(KEEL_CLASS_DEBUGCON, KEEL_HOST_RX, 'x'), (u64)-1);
}

static int debugcon_init(struct kunit *test)
{
	return harness_init(test, debugcon_devices, ARRAY_SIZE(debugcon_devices));
}

static struct kunit_case debugcon_cases[] = {
	KUNIT_CASE(debugcon_is_there),
	KUNIT_CASE(debugcon_sends),
	KUNIT_CASE(debugcon_does_not_wait),
	{}
};

static struct kunit_suite debugcon_suite = {
	.name = "keel-debugcon",
	.init = debugcon_init,
	.exit = harness_exit,
	.test_cases = debugcon_cases,
};

kunit_test_suites(&debugcon_suite);
