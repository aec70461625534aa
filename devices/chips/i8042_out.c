// SPDX-License-Identifier: GPL-2.0
/*
 * The output buffer of an 8042, and what waits to enter it: a reply, a diagnostic dump, the
 * keyboard's bytes, the mouse's, in this order. i8042.c says when a byte enters.
 */
#include "i8042.h"

#define RAM_DUMPED	16	/* that many are in a diagnostic dump */

/**
 * keel_i8042_next_kbd() - what the keyboard would send next, if it may.
 * @s:    state
 * @next: result; zero
 *
 * With translation on, the prefix of a release becomes bit 7 of the code behind it.
 */
void keel_i8042_next_kbd(const struct keel_i8042_state *s, struct keel_i8042_next *next)
{
	const struct keel_ps2_queue *q = &s->kbd.queue;
	u8 byte;

	if (!q->count || s->ram[0] & CTR_KBDDIS)
		return;
	byte = keel_ps2_peek(q, 0);
	next->from = KEEL_I8042_KBD;
	next->byte = byte;
	next->bytes = 1;
	if (!(s->ram[0] & CTR_XLATE))
		return;
	next->byte = keel_ps2_translate(byte);
	if (byte != PS2_BREAK)
		return;
	if (q->count < 2) {
		next->from = KEEL_I8042_NOBODY;
		return;
	}
	next->byte = keel_ps2_translate(keel_ps2_peek(q, 1)) | 0x80;
	next->bytes = 2;
}

/* What of a dump comes next: a value's upper digit, its lower one, a space; as codes of set 1. */
static u8 i8042_dump_code(const struct keel_i8042_state *s)
{
	static const u8 digits[] = {
		0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
		0x09, 0x0a, 0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21,
	};
	unsigned int at = KEEL_I8042_DUMP - s->dump;
	const u8 others[] = { INPUT_PORT, s->outport, 0 };
	u8 value = at / 3 < RAM_DUMPED ? s->ram[at / 3] : others[at / 3 - RAM_DUMPED];

	switch (at % 3) {
	case 0:
		return digits[value >> 4];
	case 1:
		return digits[value & 0xf];
	default:
		return 0x39;
	}
}

/**
 * keel_i8042_find_next() - what would enter the output buffer next.
 * @s:    state
 * @next: result
 */
void keel_i8042_find_next(const struct keel_i8042_state *s, struct keel_i8042_next *next)
{
	memset(next, 0, sizeof(*next));
	if (s->reply_from) {
		next->from = s->reply_from;
		next->byte = s->reply;
		return;
	}
	if (s->dump) {
		next->from = KEEL_I8042_CTL;
		next->byte = i8042_dump_code(s);
		return;
	}
	keel_i8042_next_kbd(s, next);
	if (next->from || !s->mouse.queue.count || s->ram[0] & CTR_AUXDIS)
		return;
	next->from = KEEL_I8042_AUX;
	next->byte = keel_ps2_peek(&s->mouse.queue, 0);
	next->bytes = 1;
}

/**
 * keel_i8042_take() - put the next byte, if there is one, into the output buffer.
 * @s:    state; its output buffer is empty
 * @next: of keel_i8042_find_next()
 */
void keel_i8042_take(struct keel_i8042_state *s, const struct keel_i8042_next *next)
{
	unsigned int i;

	if (!next->from)
		return;
	s->out = next->byte;
	s->out_from = next->from;
	if (s->reply_from) {
		s->reply_from = KEEL_I8042_NOBODY;
		s->reply = 0;
		return;
	}
	if (s->dump) {
		s->dump--;
		return;
	}
	for (i = 0; i < next->bytes; i++) {
		if (next->from == KEEL_I8042_KBD)
			keel_ps2kbd_pop(&s->kbd);
		else
			keel_ps2mouse_pop(&s->mouse);
	}
}

/**
 * keel_i8042_fill() - the guest looks: what waits enters the output buffer, if that is empty.
 * @s: state
 */
void keel_i8042_fill(struct keel_i8042_state *s)
{
	struct keel_i8042_next next;

	if (s->out_from)
		return;
	keel_i8042_find_next(s, &next);
	keel_i8042_take(s, &next);
}

/**
 * keel_i8042_announces() - is a byte reported by an interrupt?
 * @s:    state
 * @from: KEEL_I8042_*, the byte's source
 */
bool keel_i8042_announces(const struct keel_i8042_state *s, u8 from)
{
	return from && s->ram[0] & (from == KEEL_I8042_AUX ? CTR_AUXINT : CTR_KBDINT);
}

/**
 * keel_i8042_is_filled() - is what comes next in the output buffer already?
 * @s: state
 */
bool keel_i8042_is_filled(const struct keel_i8042_state *s)
{
	return s->out_from || !(s->reply_from || s->dump || s->kbd.queue.count ||
				s->mouse.queue.count);
}

/**
 * keel_i8042_reply() - the controller's own byte, which replaces one that was not read.
 * @s:    state
 * @from: as whose it appears
 * @byte: it
 */
void keel_i8042_reply(struct keel_i8042_state *s, u8 from, u8 byte)
{
	if (s->out_from == KEEL_I8042_CTL)
		s->out_from = KEEL_I8042_NOBODY;
	s->reply = byte;
	s->reply_from = from;
}

/**
 * keel_i8042_dump() - begin a diagnostic dump, in place of what the controller had to say.
 * @s: state
 */
void keel_i8042_dump(struct keel_i8042_state *s)
{
	if (s->out_from == KEEL_I8042_CTL)
		s->out_from = KEEL_I8042_NOBODY;
	s->reply_from = KEEL_I8042_NOBODY;
	s->reply = 0;
	s->dump = KEEL_I8042_DUMP;
}

/**
 * keel_i8042_check_out() - can the output buffer, and what waits, be so?
 * @s: any bytes, except that the devices' queues are good
 *
 * A byte that could be announced on a line is not left waiting for an empty buffer.
 */
bool keel_i8042_check_out(const struct keel_i8042_state *s)
{
	struct keel_i8042_next next;

	if (s->out_from > KEEL_I8042_AUX || (!s->reply_from && s->reply))
		return false;
	if (s->reply_from && s->reply_from != KEEL_I8042_CTL && s->reply_from != KEEL_I8042_AUX)
		return false;
	if (s->out_from == KEEL_I8042_CTL && s->reply_from)
		return false;
	if (s->dump > KEEL_I8042_DUMP)
		return false;
	keel_i8042_find_next(s, &next);
	return s->out_from || !keel_i8042_announces(s, next.from);
}
