/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites of the 8042 and of its two devices share. */
#ifndef KEEL_I8042_TEST_H
#define KEEL_I8042_TEST_H

#include "harness.h"

#define DATA	0x60
#define STATUS	0x64
#define COMMAND	0x64
#define PORT92	0x92

#define OBF	0x01
#define MOBF	0x20

/* Command bytes: both ports on without interrupts, and what may come in addition. */
#define CTR_RAW	0x04
#define KBDINT	0x01
#define AUXINT	0x02
#define KBDDIS	0x10
#define AUXDIS	0x20
#define XLATE	0x40

static inline struct keel_i8042_state *i8042_state(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_I8042, 0);

	return (void *)dev + dev->ops->state;
}

static inline u64 i8042_counter(struct kunit *test, const char *label)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_I8042, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define counted(what)	i8042_counter(test, (what))

/* Would the model accept this state, the rest of the board unchanged? */
static inline bool i8042_accepts(struct kunit *test, const struct keel_i8042_state *state)
{
	return keel_i8042_ops.check(keel_board_find(H->board, KEEL_CLASS_I8042, 0), state, H->now);
}

static inline void i8042_ctr(struct kunit *test, u8 value)
{
	out(COMMAND, 0x60);
	out(DATA, value);
}

#define ctr(value)	i8042_ctr(test, (value))

static inline void i8042_to_aux(struct kunit *test, u8 byte)
{
	out(COMMAND, 0xd4);
	out(DATA, byte);
}

#define to_kbd(byte)	out(DATA, (byte))
#define to_aux(byte)	i8042_to_aux(test, (byte))

/* The next bytes read are @bytes, with @status in the status register. */
static inline void i8042_reads(struct kunit *test, u8 status, const u8 *bytes, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		is(in(STATUS) & (OBF | MOBF), status);
		is(in(DATA), bytes[i]);
	}
}

#define SAYS(status, ...) \
	i8042_reads(test, (status), (const u8[]){ __VA_ARGS__ }, \
		    sizeof((const u8[]){ __VA_ARGS__ }))
#define kbd_says(...)	SAYS(OBF, __VA_ARGS__)
#define aux_says(...)	SAYS(OBF | MOBF, __VA_ARGS__)
#define ctl_says(...)	kbd_says(__VA_ARGS__)
#define silent()	is(in(STATUS) & OBF, 0)

/* Input from the host to keyboard and mouse. */
#define press(code)	host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, (code) | KEEL_INPUT_PRESSED)
#define release(code)	host(KEEL_CLASS_I8042, KEEL_INPUT_KEY, (code))
#define MOVE(dx, dy)	((u16)(dx) | (u64)(u16)(dy) << 16)
#define move(dx, dy)	host(KEEL_CLASS_I8042, KEEL_INPUT_MOVE, MOVE(dx, dy))
#define wheel(steps)	host(KEEL_CLASS_I8042, KEEL_INPUT_WHEEL, (u16)(steps))
#define button(nr, down) \
	host(KEEL_CLASS_I8042, KEEL_INPUT_BUTTON, (nr) | ((down) ? KEEL_INPUT_PRESSED : 0))

/* The state with one field changed is refused; the original is not. */
#define refused(field, value) do {				\
	struct keel_i8042_state state_ = *i8042_state(test);	\
								\
	ok(i8042_accepts(test, &state_));			\
	state_.field = (value);					\
	KUNIT_EXPECT_FALSE(test, i8042_accepts(test, &state_));	\
} while (0)

static inline u32 i8042_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

#endif /* KEEL_I8042_TEST_H */
