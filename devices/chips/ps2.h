/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two devices at an i8042: ps2kbd.c and ps2mouse.c. The controller gives them the
 * host's bytes with _command(), looks at keel_ps2_peek() and takes with _pop().
 */
#ifndef KEEL_DEVICES_PS2_H
#define KEEL_DEVICES_PS2_H

#include "../board/dev.h"

#define PS2_ACK			0xfa
#define PS2_RESEND		0xfe
#define PS2_RESET		0xff	/* the command */
#define PS2_BAT_OK		0xaa	/* basic assurance test passed */
#define PS2_BREAK		0xf0	/* prefix in sets 2 and 3 */

/* What became of an event of the host. */
enum keel_ps2_result {
	KEEL_PS2_TAKEN,
	KEEL_PS2_IGNORED,	/* the guest has switched the device's reports off */
	KEEL_PS2_LOST,		/* no room: the guest gets an overrun code, or a sum */
	KEEL_PS2_BUSY,		/* no room, and the host would rather wait: nothing changed */
	KEEL_PS2_UNKNOWN,	/* there is no such key */
};

u8 keel_ps2_translate(u8 byte);

void keel_ps2kbd_power_on(struct keel_ps2kbd *s);
bool keel_ps2kbd_command(struct keel_ps2kbd *s, u8 byte);
void keel_ps2kbd_pop(struct keel_ps2kbd *s);
enum keel_ps2_result keel_ps2kbd_key(struct keel_ps2kbd *s, unsigned int key, bool pressed,
				     bool try);
bool keel_ps2kbd_repeats(const struct keel_ps2kbd *s, unsigned int key);
u64 keel_ps2kbd_delay(const struct keel_ps2kbd *s);
u64 keel_ps2kbd_period(const struct keel_ps2kbd *s);
bool keel_ps2kbd_check(const struct keel_ps2kbd *s);
void keel_ps2kbd_inspect(const struct keel_ps2kbd *s, struct keel_out *out);

void keel_ps2mouse_power_on(struct keel_ps2mouse *s);
bool keel_ps2mouse_command(struct keel_ps2mouse *s, u8 byte);
void keel_ps2mouse_pop(struct keel_ps2mouse *s);
enum keel_ps2_result keel_ps2mouse_move(struct keel_ps2mouse *s, int dx, int dy, bool try);
enum keel_ps2_result keel_ps2mouse_wheel(struct keel_ps2mouse *s, int steps, bool try);
enum keel_ps2_result keel_ps2mouse_button(struct keel_ps2mouse *s, unsigned int button,
					  bool pressed, bool try);
bool keel_ps2mouse_check(const struct keel_ps2mouse *s);
void keel_ps2mouse_inspect(const struct keel_ps2mouse *s, struct keel_out *out);

/**
 * keel_ps2_peek() - a byte that waits.
 * @q: the queue
 * @i: 0 for the next one; below @q->count
 */
static inline u8 keel_ps2_peek(const struct keel_ps2_queue *q, unsigned int i)
{
	return q->data[(q->head + i) % KEEL_PS2_QUEUE];
}

/**
 * keel_ps2_put() - a byte behind all others.
 * @q:    the queue, with room
 * @byte: for it
 */
static inline void keel_ps2_put(struct keel_ps2_queue *q, u8 byte)
{
	q->data[(q->head + q->count++) % KEEL_PS2_QUEUE] = byte;
}

/**
 * keel_ps2_take() - the next byte.
 * @q: the queue, not empty
 */
static inline u8 keel_ps2_take(struct keel_ps2_queue *q)
{
	u8 byte = keel_ps2_peek(q, 0);

	q->head = (q->head + 1) % KEEL_PS2_QUEUE;
	q->count--;
	q->answer -= !!q->answer;
	return byte;
}

/**
 * keel_ps2_answer() - answer the host's byte, ahead of all else.
 * @q:     the queue, with room
 * @bytes: answer
 * @nr:    bytes of it
 *
 * What is left of the answer before it goes: a device that is spoken to stops talking.
 */
static inline void keel_ps2_answer(struct keel_ps2_queue *q, const u8 *bytes, unsigned int nr)
{
	unsigned int i;

	q->head = (q->head + q->answer + KEEL_PS2_QUEUE - nr) % KEEL_PS2_QUEUE;
	q->count += nr - q->answer;
	q->answer = nr;
	for (i = 0; i < nr; i++)
		q->data[(q->head + i) % KEEL_PS2_QUEUE] = bytes[i];
}

/**
 * keel_ps2_flush() - forget all.
 * @q: the queue
 */
static inline void keel_ps2_flush(struct keel_ps2_queue *q)
{
	q->count = 0;
	q->answer = 0;
}

/**
 * keel_ps2_queue_check() - are the indices within bounds?
 * @q: any bytes
 */
static inline bool keel_ps2_queue_check(const struct keel_ps2_queue *q)
{
	return q->head < KEEL_PS2_QUEUE && q->count <= KEEL_PS2_QUEUE &&
	       q->answer <= q->count && !q->pad;
}

#endif /* KEEL_DEVICES_PS2_H */
