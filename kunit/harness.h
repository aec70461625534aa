/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A board on a fake host, driven like a transcript:
 *
 *	out(0x43, 0x34);
 *	out(0x40, 0xe8); out(0x40, 0x03);
 *	advance(2000);
 *	is(in(0x40), 0xe7);
 *	is(line(0), 1);
 *
 * Every verb expects a "struct kunit *test" in scope, whose board was made by
 * harness_init(). harness_exit() turns every test into a restore test: it saves
 * the board, makes the same accesses to the original and to a restored copy,
 * which is peeked at where the original is read, and compares all that both do.
 */
#ifndef KEEL_HARNESS_H
#define KEEL_HARNESS_H

#include <kunit/test.h>

#include "whole.h"

#define HARNESS_TX	256

/**
 * struct harness - a fake host.
 * @board:    the board on it
 * @devices:  config it was built from
 * @nr_devices: entries of @devices
 * @now:      VmTime, ns
 * @deadline: what the board asked for last
 * @intr:     level of the 8259s' INTR
 * @routes:   per GSI, what was programmed last; zero if it is masked
 * @nr_routes: route changes per GSI
 * @msis:     messages sent per GSI
 * @nr_remaps: how often regions have moved
 * @tx:       bytes sent by UARTs, the first HARNESS_TX of them
 * @nr_tx:    how many were sent
 * @tx_room:  how many more byte_out() takes before it answers false
 * @event:    the last one
 * @arg:      its argument
 * @nr_events: how many there were
 * @services: a bit for each device whose queues are to be started or stopped
 * @lazy:     queues start and stop only in harness_settle()
 * @kicks:    notifications, of all queues
 * @kicked:   queue of the last one
 * @hash:     of everything the board did to its host, in order
 * @peeks:    registers are peeked at where that is possible, instead of read
 * @wrong_peeks: reads that gave another value than a peek before
 * @wires:    one more source for each line, set by the test
 * @built:    done to the board, and to each copy of it, when it is built; or NULL
 */
struct harness {
	struct keel_board *board;
	const struct keel_device_config *devices;
	unsigned int nr_devices;
	u64 now;
	u64 deadline;
	bool intr;
	struct keel_route routes[KEEL_MAX_GSIS];
	unsigned int nr_routes[KEEL_MAX_GSIS];
	unsigned int msis[KEEL_MAX_GSIS];
	unsigned int nr_remaps;
	u8 tx[HARNESS_TX];
	unsigned int nr_tx;
	unsigned int tx_room;
	enum keel_event event;
	u64 arg;
	unsigned int nr_events;
	u64 services;
	bool lazy;
	unsigned int kicks;
	unsigned int kicked;
	u64 hash;
	bool peeks;
	unsigned int wrong_peeks;
	struct keel_wire wires[KEEL_LINE_INTR];
	void (*built)(struct harness *h);
};

int harness_init(struct kunit *test, const struct keel_device_config *devices, unsigned int nr);
void harness_exit(struct kunit *test);

/* The same, for what a board has from its host: @built is called for it, and for its copies. */
int harness_init_with(struct kunit *test, const struct keel_device_config *devices,
		      unsigned int nr, void (*built)(struct harness *h));

/* A counter of a class's first device; U64_MAX: it has none of that name. */
u64 harness_count(struct harness *h, unsigned int class, const char *label);

/* Makes a second, independent board with the same devices, for tests of state. */
struct harness *harness_clone(struct kunit *test);

/* Saves @from's board and loads it into @to's; 0 or the KEEL_STATE_* refusal. */
int harness_copy(struct kunit *test, struct harness *from, struct harness *to);

u64 harness_in(struct harness *h, enum keel_space space, u64 addr, unsigned int len);
u64 harness_peek(struct harness *h, enum keel_space space, u64 addr, unsigned int len);
void harness_out(struct harness *h, enum keel_space space, u64 addr, u64 value,
		 unsigned int len);
void harness_advance(struct harness *h, u64 ns);
void harness_jump(struct harness *h, u64 ns);
void harness_settle(struct harness *h);
void harness_line(struct harness *h, unsigned int line, bool level);

#define H ((struct harness *)test->priv)

#define out(port, v)	harness_out(H, KEEL_PIO, (port), (v), 1)
#define out16(port, v)	harness_out(H, KEEL_PIO, (port), (v), 2)
#define out32(port, v)	harness_out(H, KEEL_PIO, (port), (v), 4)
#define in(port)	harness_in(H, KEEL_PIO, (port), 1)
#define in16(port)	harness_in(H, KEEL_PIO, (port), 2)
#define in32(port)	harness_in(H, KEEL_PIO, (port), 4)
#define peek(port)	harness_peek(H, KEEL_PIO, (port), 1)
#define peek32(port)	harness_peek(H, KEEL_PIO, (port), 4)
#define wr(addr, v, n)	harness_out(H, KEEL_MMIO, (addr), (v), (n))	/* n bytes */
#define rd(addr, n)	harness_in(H, KEEL_MMIO, (addr), (n))

/* Advances time, stopping at every armed deadline on the way, as a perfect timer does. */
#define advance(ns)	harness_advance(H, (ns))
/* Advances time in one step, as a late host does: deadlines are found in the past. */
#define jump(ns)	harness_jump(H, (ns))

/* Holds a line with the test's own source, or releases it. */
#define raise(n)	harness_line(H, (n), true)
#define lower(n)	harness_line(H, (n), false)

#define line(n)		keel_line_level(&H->board->lines[n])
#define intr()		(H->intr)
#define ack()		keel_board_intack(H->board)
#define eoi(vector)	keel_board_eoi(H->board, (vector))
#define msis(gsi)	(H->msis[gsi])
#define host(class_, what, value) \
	keel_board_host(H->board, keel_board_find(H->board, (class_), 0), (what), (value))
#define dev_of(class_, type) \
	container_of(keel_board_find(H->board, (class_), 0), struct type, dev)

#define is(a, b)	KUNIT_EXPECT_EQ(test, (u64)(a), (u64)(b))
#define ok(a)		KUNIT_EXPECT_TRUE(test, (a))

#endif /* KEEL_HARNESS_H */
