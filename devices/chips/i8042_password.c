// SPDX-License-Identifier: GPL-2.0
/*
 * The password of an 8042: while it locks the keyboard, scan codes are compared with it and kept
 * from the guest.
 */
#include "i8042.h"

/* Bytes of the RAM */
#define RAM_LOCKED	0x13
#define RAM_UNLOCKED	0x14
#define RAM_SKIP_1	0x16
#define RAM_SKIP_2	0x17

/* Codes are those that the guest would get. */
static void i8042_match(struct keel_i8042_state *s, u8 code)
{
	if (code & 0x80 || code == s->ram[RAM_SKIP_1] || code == s->ram[RAM_SKIP_2])
		return;
	if (code != s->password[s->matched])
		s->matched = 0;
	if (code == s->password[s->matched])
		s->matched++;
	if (s->password[s->matched])
		return;
	s->matched = 0;
	s->locked = 0;
	if (s->ram[RAM_UNLOCKED])
		keel_i8042_reply(s, KEEL_I8042_CTL, s->ram[RAM_UNLOCKED]);
}

/**
 * keel_i8042_lock_out() - drop what the keyboard sends while it is locked.
 * @s: state
 *
 * Return: how many of its bytes.
 */
unsigned int keel_i8042_lock_out(struct keel_i8042_state *s)
{
	struct keel_i8042_next next;
	unsigned int dropped = 0;

	while (s->locked) {
		memset(&next, 0, sizeof(next));
		keel_i8042_next_kbd(s, &next);
		if (!next.from)
			break;
		dropped += next.bytes;
		while (next.bytes--)
			keel_ps2kbd_pop(&s->kbd);
		i8042_match(s, next.byte);
	}
	return dropped;
}

/**
 * keel_i8042_clear_password() - there is none, and the keyboard is not locked.
 * @s: state
 */
void keel_i8042_clear_password(struct keel_i8042_state *s)
{
	s->matched = 0;
	s->locked = 0;
	memset(s->password, 0, sizeof(s->password));
}

/**
 * keel_i8042_load_password() - one byte of it; its zero is the end.
 * @s:    state; the keyboard is not locked
 * @code: scan code, or 0
 *
 * Return: whether another byte follows.
 */
bool keel_i8042_load_password(struct keel_i8042_state *s, u8 code)
{
	if (!code)
		s->matched = 0;
	else if (s->matched < KEEL_I8042_PASSWORD - 1)
		s->password[s->matched++] = code;
	return code;
}

/**
 * keel_i8042_lock() - lock the keyboard, if there is a password.
 * @s: state
 */
void keel_i8042_lock(struct keel_i8042_state *s)
{
	if (!s->password[0])
		return;
	s->locked = 1;
	if (s->ram[RAM_LOCKED])
		keel_i8042_reply(s, KEEL_I8042_CTL, s->ram[RAM_LOCKED]);
}

/**
 * keel_i8042_check_password() - can the password, and the keyboard's lock, be so?
 * @s:       any bytes, except that the devices' queues are good
 * @loading: the guest is to give the password's next byte
 *
 * No byte of a locked keyboard waits.
 */
bool keel_i8042_check_password(const struct keel_i8042_state *s, bool loading)
{
	struct keel_i8042_next next = { 0 };
	unsigned int i, length = 0;

	while (length < KEEL_I8042_PASSWORD && s->password[length])
		length++;
	if (s->locked > 1 || length == KEEL_I8042_PASSWORD || s->matched > length)
		return false;
	for (i = length; i < KEEL_I8042_PASSWORD; i++)
		if (s->password[i])
			return false;
	if (loading)
		return !s->locked && s->matched == length;
	if (!s->locked)
		return !s->matched;
	keel_i8042_next_kbd(s, &next);
	return s->matched < length && !next.from;
}
