// SPDX-License-Identifier: GPL-2.0
/*
 * PS/2 keyboard with 105 keys and some more (IBM Personal System/2 Hardware Interface
 * Technical Reference, "Keyboards (101- and 102-key)"; Microsoft's keyboard scan code
 * specification for the keys that came later).
 *
 * Modelled: all three scan code sets, key types of set 3 with their defaults, the queue
 * with its overrun code, Print Screen and Pause with the modifiers that change them, typematic
 * repeat (the controller has the timer), and every command. Answers come at once, ahead of scan
 * codes that wait. Reserved bits of arguments are ignored, as keyboards do.
 * Not modelled: the additional shift codes around the grey keys when Shift or Num Lock is on: no
 * driver that knows the E0 prefix needs them. Multimedia keys have no code in set 3.
 *
 *	ED set LEDs       EE echo              F0 scan code set    F2 identify
 *	F3 typematic      F4 enable            F5 default disable  F6 set default
 *	F7 all typematic  F8 all make/break    F9 all make         FA all both
 *	FB key typematic  FC key make/break    FD key make         FE resend  FF reset
 *
 * A key is given by its number in linux/input-event-codes.h, KEY_*.
 */
#include "ps2.h"

enum ps2kbd_command {
	CMD_SET_LEDS = 0xed, CMD_ECHO, CMD_SCAN_CODE_SET = 0xf0, CMD_IDENTIFY = 0xf2,
	CMD_TYPEMATIC, CMD_ENABLE, CMD_DEFAULT_DISABLE, CMD_SET_DEFAULT, CMD_ALL_TYPEMATIC,
	CMD_ALL_MAKE_BREAK, CMD_ALL_MAKE, CMD_ALL_BOTH, CMD_KEY_TYPEMATIC,
	CMD_KEY_MAKE_BREAK, CMD_KEY_MAKE, CMD_RESEND, CMD_RESET,
};

#define ARGUMENTS_END		CMD_SET_LEDS	/* bytes from here on are commands */
#define LEDS			GENMASK(2, 0)
#define TYPEMATIC		GENMASK(6, 0)
#define DELAY_NS		250000000ULL
#define PERIOD_NS		4170000ULL
#define TYPEMATIC_DEFAULT	0x2b		/* 10.9 a second after 500 ms */

#define QUEUE_KEYS		16		/* bytes; one more for the overrun code */
#define ANSWER_MAX		3
#define SEQUENCE_MAX		8

#define KEY_LEFTCTRL		29
#define KEY_LEFTSHIFT		42
#define KEY_RIGHTSHIFT		54
#define KEY_LEFTALT		56
#define KEY_RIGHTCTRL		97
#define KEY_SYSRQ		99
#define KEY_RIGHTALT		100
#define KEY_PAUSE		119
#define NR_KEYS			(8 * KEEL_PS2_KEYS)

/* Types of keys, in set 3. */
#define REPEAT			BIT(0)		/* typematic */
#define BREAK			BIT(1)

/**
 * struct ps2kbd_key - a key's codes.
 * @prefix: E0 or 0, ahead of @set2
 * @set2:   code in set 2; 0: there is no such key. What the controller translates it
 *          to is the code in set 1
 * @set3:   code in set 3, or 0
 * @type:   its type by default
 */
struct ps2kbd_key {
	u8 prefix;
	u8 set2;
	u8 set3;
	u8 type;
};

#define T(set2, set3)	{ 0x00, (set2), (set3), REPEAT }
#define M(set2, set3)	{ 0x00, (set2), (set3), 0 }
#define B(set2, set3)	{ 0x00, (set2), (set3), BREAK }
#define XT(set2, set3)	{ 0xe0, (set2), (set3), REPEAT }
#define XM(set2, set3)	{ 0xe0, (set2), (set3), 0 }
#define X(set2)		{ 0xe0, (set2), 0, 0 }

static const struct ps2kbd_key ps2kbd_keys[NR_KEYS] = {
	/* Esc, digits, - =, Backspace */
	[1] = M(0x76, 0x08), T(0x16, 0x16), T(0x1e, 0x1e), T(0x26, 0x26), T(0x25, 0x25),
	T(0x2e, 0x2e), T(0x36, 0x36), T(0x3d, 0x3d), T(0x3e, 0x3e), T(0x46, 0x46),
	T(0x45, 0x45), T(0x4e, 0x4e), T(0x55, 0x55), T(0x66, 0x66),
	/* Tab, Q to P, [ ], Enter */
	[15] = T(0x0d, 0x0d), T(0x15, 0x15), T(0x1d, 0x1d), T(0x24, 0x24), T(0x2d, 0x2d),
	T(0x2c, 0x2c), T(0x35, 0x35), T(0x3c, 0x3c), T(0x43, 0x43), T(0x44, 0x44),
	T(0x4d, 0x4d), T(0x54, 0x54), T(0x5b, 0x5b), T(0x5a, 0x5a),
	/* Left Ctrl, A to L, ; ' ` */
	[KEY_LEFTCTRL] = B(0x14, 0x11), T(0x1c, 0x1c), T(0x1b, 0x1b), T(0x23, 0x23),
	T(0x2b, 0x2b), T(0x34, 0x34), T(0x33, 0x33), T(0x3b, 0x3b), T(0x42, 0x42),
	T(0x4b, 0x4b), T(0x4c, 0x4c), T(0x52, 0x52), T(0x0e, 0x0e),
	/* Left Shift, \, Z to M, , . /, Right Shift */
	[KEY_LEFTSHIFT] = B(0x12, 0x12), T(0x5d, 0x5c), T(0x1a, 0x1a), T(0x22, 0x22),
	T(0x21, 0x21), T(0x2a, 0x2a), T(0x32, 0x32), T(0x31, 0x31), T(0x3a, 0x3a),
	T(0x41, 0x41), T(0x49, 0x49), T(0x4a, 0x4a), [KEY_RIGHTSHIFT] = B(0x59, 0x59),
	/* Keypad *, Left Alt, Space, Caps Lock */
	[55] = M(0x7c, 0x7e), [KEY_LEFTALT] = B(0x11, 0x19), T(0x29, 0x29), B(0x58, 0x14),
	/* F1 to F10 */
	[59] = M(0x05, 0x07), M(0x06, 0x0f), M(0x04, 0x17), M(0x0c, 0x1f), M(0x03, 0x27),
	M(0x0b, 0x2f), M(0x83, 0x37), M(0x0a, 0x3f), M(0x01, 0x47), M(0x09, 0x4f),
	/* Num Lock, Scroll Lock; keypad 7 8 9 -, 4 5 6 +, 1 2 3, 0 . */
	[69] = M(0x77, 0x76), M(0x7e, 0x5f), M(0x6c, 0x6c), M(0x75, 0x75), M(0x7d, 0x7d),
	M(0x7b, 0x84), M(0x6b, 0x6b), M(0x73, 0x73), M(0x74, 0x74), T(0x79, 0x7c),
	M(0x69, 0x69), M(0x72, 0x72), M(0x7a, 0x7a), M(0x70, 0x70), M(0x71, 0x71),
	/* The key left of Z, F11, F12, Ro, Katakana, Hiragana, Henkan */
	[86] = T(0x61, 0x13), M(0x78, 0x56), M(0x07, 0x5e), T(0x51, 0), M(0x63, 0),
	M(0x62, 0), M(0x64, 0x86),
	/* Katakana/Hiragana, Muhenkan, keypad , of Japan, keypad Enter, Right Ctrl, keypad / */
	[93] = M(0x13, 0x87), M(0x67, 0x85), M(0x27, 0), XM(0x5a, 0x79),
	[KEY_RIGHTCTRL] = XM(0x14, 0x58), XM(0x4a, 0x77),
	/* Print Screen, Right Alt, Home, Up, Page Up, Left, Right, End, Down, Page Down */
	[KEY_SYSRQ] = XM(0x7c, 0x57), [KEY_RIGHTALT] = XM(0x11, 0x39),
	[102] = XM(0x6c, 0x6e), XT(0x75, 0x63), XM(0x7d, 0x6f), XT(0x6b, 0x61), XT(0x74, 0x6a),
	XM(0x69, 0x65), XT(0x72, 0x60), XM(0x7a, 0x6d),
	/* Insert, Delete; mute, volume down and up, power; keypad = */
	[110] = XM(0x70, 0x67), XT(0x71, 0x64), [113] = X(0x23), X(0x21), X(0x32), X(0x37),
	[117] = M(0x0f, 0),
	/* Pause, whose code depends; keypad , of Brazil, Yen, both Windows keys, Menu, stop */
	[KEY_PAUSE] = XM(0x7e, 0x62), [121] = M(0x6d, 0), [124] = T(0x6a, 0), XM(0x1f, 0x8b),
	XM(0x27, 0x8c), XM(0x2f, 0x8d), X(0x28),
	/* Calculator, sleep, wake up, mail, favourites, computer, back, forward */
	[140] = X(0x2b), [142] = X(0x3f), X(0x5e), [155] = X(0x48), X(0x18), X(0x40), X(0x38),
	X(0x30),
	/* Next, play, previous, stop; home page, refresh; search; media */
	[163] = X(0x4d), X(0x34), X(0x15), X(0x3b), [172] = X(0x3a), X(0x20), [217] = X(0x10),
	[226] = X(0x50),
};

/*
 * What the controller makes of a byte of set 2; all not in here stay as they are. It is
 * set 1, which the keyboard knows as well.
 */
static const u8 ps2kbd_set1[0x85] = {
	0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f,
	0x29, 0x59, 0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f,
	0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39,
	0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, 0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e,
	0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b,
	0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74,
	0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, 0x55, 0x56,
	0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
	0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49,
	0x46, 0x54, 0x80, 0x81, 0x82, 0x41, 0x54,
};

static_assert(sizeof(struct keel_ps2kbd) == 144);

/**
 * keel_ps2_translate() - set 2 to set 1.
 * @byte: from the keyboard
 */
u8 keel_ps2_translate(u8 byte)
{
	return byte < sizeof(ps2kbd_set1) ? ps2kbd_set1[byte] : byte;
}

static bool ps2kbd_bit(const u8 *bitmap, unsigned int bit)
{
	return bitmap[bit / 8] & BIT(bit % 8);
}

static void ps2kbd_set_bit(u8 *bitmap, unsigned int bit, bool value)
{
	if (value)
		bitmap[bit / 8] |= BIT(bit % 8);
	else
		bitmap[bit / 8] &= ~BIT(bit % 8);
}

/* ---- Keys ---- */

/* The bytes of one event. */
struct ps2kbd_sequence {
	u8 bytes[SEQUENCE_MAX];
	unsigned int nr;
};

static void ps2kbd_add(struct ps2kbd_sequence *seq, u8 byte)
{
	if (byte)
		seq->bytes[seq->nr++] = byte;
}

static void ps2kbd_code(struct ps2kbd_sequence *seq, u8 prefix, u8 code, bool pressed)
{
	ps2kbd_add(seq, prefix);
	ps2kbd_add(seq, pressed ? 0 : PS2_BREAK);
	ps2kbd_add(seq, code);
}

static bool ps2kbd_either(const struct keel_ps2kbd *s, unsigned int left, unsigned int right)
{
	return ps2kbd_bit(s->held, left) || ps2kbd_bit(s->held, right);
}

/* Alt makes it the SysRq key of old; alone it comes with a Shift of its own. */
static void ps2kbd_print_screen(const struct keel_ps2kbd *s, struct ps2kbd_sequence *seq,
				bool pressed)
{
	bool plain = !ps2kbd_either(s, KEY_LEFTCTRL, KEY_RIGHTCTRL) &&
		     !ps2kbd_either(s, KEY_LEFTSHIFT, KEY_RIGHTSHIFT);

	if (ps2kbd_either(s, KEY_LEFTALT, KEY_RIGHTALT)) {
		ps2kbd_code(seq, 0, 0x84, pressed);
		return;
	}
	if (plain && pressed && !ps2kbd_bit(s->held, KEY_SYSRQ))
		ps2kbd_code(seq, 0xe0, 0x12, true);
	ps2kbd_code(seq, 0xe0, 0x7c, pressed);
	if (plain && !pressed)
		ps2kbd_code(seq, 0xe0, 0x12, false);
}

/* Make and break at once, never repeated; with Ctrl it is the Break key of old. */
static void ps2kbd_pause(const struct keel_ps2kbd *s, struct ps2kbd_sequence *seq, bool pressed)
{
	if (!pressed || ps2kbd_bit(s->held, KEY_PAUSE))
		return;
	if (ps2kbd_either(s, KEY_LEFTCTRL, KEY_RIGHTCTRL)) {
		ps2kbd_code(seq, 0xe0, 0x7e, true);
		ps2kbd_code(seq, 0xe0, 0x7e, false);
		return;
	}
	ps2kbd_code(seq, 0xe1, 0x14, true);
	ps2kbd_code(seq, 0, 0x77, true);
	ps2kbd_code(seq, 0xe1, 0x14, false);
	ps2kbd_code(seq, 0, 0x77, false);
}

static void ps2kbd_set3(const struct keel_ps2kbd *s, struct ps2kbd_sequence *seq,
			unsigned int key, bool pressed)
{
	u8 code = ps2kbd_keys[key].set3;
	bool repeated = pressed && ps2kbd_bit(s->held, key);

	if (!code || (repeated && !ps2kbd_bit(s->repeats, code)) ||
	    (!pressed && !ps2kbd_bit(s->breaks, code)))
		return;
	ps2kbd_code(seq, 0, code, pressed);
}

/* Set 1 has the break in bit 7 of the code instead of a prefix. */
static void ps2kbd_to_set1(struct ps2kbd_sequence *seq)
{
	unsigned int from, to = 0;
	u8 release = 0;

	for (from = 0; from < seq->nr; from++) {
		if (seq->bytes[from] == PS2_BREAK) {
			release = 0x80;
			continue;
		}
		seq->bytes[to++] = keel_ps2_translate(seq->bytes[from]) | release;
		release = 0;
	}
	seq->nr = to;
}

static void ps2kbd_sequence(const struct keel_ps2kbd *s, struct ps2kbd_sequence *seq,
			    unsigned int key, bool pressed)
{
	seq->nr = 0;
	if (s->set == 3)
		ps2kbd_set3(s, seq, key, pressed);
	else if (key == KEY_SYSRQ)
		ps2kbd_print_screen(s, seq, pressed);
	else if (key == KEY_PAUSE)
		ps2kbd_pause(s, seq, pressed);
	else
		ps2kbd_code(seq, ps2kbd_keys[key].prefix, ps2kbd_keys[key].set2, pressed);
	if (s->set == 1)
		ps2kbd_to_set1(seq);
}

static unsigned int ps2kbd_queued(const struct keel_ps2kbd *s)
{
	return s->queue.count - s->queue.answer;
}

/* The overrun code goes where the first key that was lost would have been, once. */
static void ps2kbd_overrun(struct keel_ps2kbd *s)
{
	u8 code = s->set == 1 ? 0xff : 0x00;

	if (ps2kbd_queued(s) > QUEUE_KEYS || keel_ps2_peek(&s->queue, s->queue.count - 1) == code)
		return;
	keel_ps2_put(&s->queue, code);
}

/**
 * keel_ps2kbd_key() - a key goes down or up.
 * @s:       the keyboard
 * @key:     KEY_*
 * @pressed: down
 * @try:     rather nothing than an overrun
 *
 * A key's bytes go into the queue together or not at all.
 */
enum keel_ps2_result keel_ps2kbd_key(struct keel_ps2kbd *s, unsigned int key, bool pressed,
				     bool try)
{
	enum keel_ps2_result result = KEEL_PS2_TAKEN;
	struct ps2kbd_sequence seq;
	unsigned int i;

	if (key >= NR_KEYS || !ps2kbd_keys[key].set2)
		return KEEL_PS2_UNKNOWN;
	ps2kbd_sequence(s, &seq, key, pressed);
	if (!s->scanning) {
		result = KEEL_PS2_IGNORED;
	} else if (ps2kbd_queued(s) + seq.nr > QUEUE_KEYS) {
		if (try)
			return KEEL_PS2_BUSY;
		ps2kbd_overrun(s);
		result = KEEL_PS2_LOST;
	} else {
		for (i = 0; i < seq.nr; i++)
			keel_ps2_put(&s->queue, seq.bytes[i]);
	}
	ps2kbd_set_bit(s->held, key, pressed);
	return result;
}

/* ---- Typematic repeat ---- */

/**
 * keel_ps2kbd_repeats() - does the keyboard send a key again while it is held?
 * @s:   the keyboard
 * @key: any number
 */
bool keel_ps2kbd_repeats(const struct keel_ps2kbd *s, unsigned int key)
{
	struct ps2kbd_sequence seq;

	if (!s->scanning || key >= NR_KEYS || !ps2kbd_bit(s->held, key))
		return false;
	ps2kbd_sequence(s, &seq, key, true);
	return seq.nr;
}

/**
 * keel_ps2kbd_delay() - from a key's press to its first repeat, ns.
 * @s: the keyboard
 */
u64 keel_ps2kbd_delay(const struct keel_ps2kbd *s)
{
	return (1 + (s->typematic >> 5 & 3)) * DELAY_NS;
}

/**
 * keel_ps2kbd_period() - from there to the next, ns.
 * @s: the keyboard
 */
u64 keel_ps2kbd_period(const struct keel_ps2kbd *s)
{
	u64 units = 8 + (s->typematic & 7);

	return (units << (s->typematic >> 3 & 3)) * PERIOD_NS;
}

/* ---- Commands ---- */

static void ps2kbd_answer(struct keel_ps2kbd *s, u8 byte)
{
	keel_ps2_answer(&s->queue, &byte, 1);
}

/* Which codes of set 3 there are, and the types that their keys have by default. */
static void ps2kbd_types(u8 *known, u8 *repeats, u8 *breaks)
{
	unsigned int i;

	memset(known, 0, KEEL_PS2_SET3);
	memset(repeats, 0, KEEL_PS2_SET3);
	memset(breaks, 0, KEEL_PS2_SET3);
	for (i = 0; i < NR_KEYS; i++) {
		const struct ps2kbd_key *key = &ps2kbd_keys[i];

		if (!key->set3)
			continue;
		ps2kbd_set_bit(known, key->set3, true);
		ps2kbd_set_bit(repeats, key->set3, key->type & REPEAT);
		ps2kbd_set_bit(breaks, key->set3, key->type & BREAK);
	}
}

static void ps2kbd_all_keys(struct keel_ps2kbd *s, unsigned int type)
{
	u8 known[KEEL_PS2_SET3];

	ps2kbd_types(known, s->repeats, s->breaks);
	memset(s->repeats, 0, KEEL_PS2_SET3);
	memset(s->breaks, 0, KEEL_PS2_SET3);
	if (type & REPEAT)
		memcpy(s->repeats, known, KEEL_PS2_SET3);
	if (type & BREAK)
		memcpy(s->breaks, known, KEEL_PS2_SET3);
}

static void ps2kbd_defaults(struct keel_ps2kbd *s)
{
	u8 known[KEEL_PS2_SET3];

	keel_ps2_flush(&s->queue);
	ps2kbd_types(known, s->repeats, s->breaks);
	s->set = 2;
	s->typematic = TYPEMATIC_DEFAULT;
}

static void ps2kbd_reset(struct keel_ps2kbd *s)
{
	static const u8 answer[] = { PS2_ACK, PS2_BAT_OK };

	ps2kbd_defaults(s);
	s->leds = 0;
	s->scanning = 1;
	keel_ps2_answer(&s->queue, answer, sizeof(answer));
}

static void ps2kbd_select_set(struct keel_ps2kbd *s, u8 set)
{
	const u8 answer[] = { PS2_ACK, s->set };

	if (!set) {
		keel_ps2_answer(&s->queue, answer, sizeof(answer));
		return;
	}
	keel_ps2_flush(&s->queue);
	s->set = set;
	ps2kbd_answer(s, PS2_ACK);
}

static bool ps2kbd_key_type(struct keel_ps2kbd *s, u8 code, unsigned int type)
{
	u8 known[KEEL_PS2_SET3], repeats[KEEL_PS2_SET3], breaks[KEEL_PS2_SET3];

	ps2kbd_types(known, repeats, breaks);
	if (code >= 8 * KEEL_PS2_SET3 || !ps2kbd_bit(known, code))
		return false;
	ps2kbd_set_bit(s->repeats, code, type & REPEAT);
	ps2kbd_set_bit(s->breaks, code, type & BREAK);
	ps2kbd_answer(s, PS2_ACK);
	return true;
}

/* False: not an argument of the command that awaits one. */
static bool ps2kbd_argument(struct keel_ps2kbd *s, u8 byte)
{
	u8 command = s->command;

	s->command = 0;
	switch (command) {
	case CMD_SET_LEDS:
		s->leds = byte & LEDS;
		break;
	case CMD_TYPEMATIC:
		s->typematic = byte & TYPEMATIC;
		break;
	case CMD_SCAN_CODE_SET:
		if (byte > 3)
			return false;
		ps2kbd_select_set(s, byte);
		return true;
	default:
		s->command = command;	/* a list, until the next command */
		return ps2kbd_key_type(s, byte, command == CMD_KEY_TYPEMATIC ? REPEAT :
				       command == CMD_KEY_MAKE_BREAK ? BREAK : 0);
	}
	ps2kbd_answer(s, PS2_ACK);
	return true;
}

static bool ps2kbd_start(struct keel_ps2kbd *s, u8 command)
{
	static const u8 identity[] = { PS2_ACK, 0xab, 0x83 };

	s->command = 0;
	switch (command) {
	case CMD_KEY_TYPEMATIC:
	case CMD_KEY_MAKE_BREAK:
	case CMD_KEY_MAKE:
		keel_ps2_flush(&s->queue);
		fallthrough;
	case CMD_SET_LEDS:
	case CMD_SCAN_CODE_SET:
	case CMD_TYPEMATIC:
		s->command = command;
		break;
	case CMD_ECHO:
		ps2kbd_answer(s, CMD_ECHO);
		return true;
	case CMD_IDENTIFY:
		keel_ps2_answer(&s->queue, identity, sizeof(identity));
		return true;
	case CMD_ENABLE:
		keel_ps2_flush(&s->queue);
		s->scanning = 1;
		break;
	case CMD_DEFAULT_DISABLE:
		s->scanning = 0;
		fallthrough;
	case CMD_SET_DEFAULT:
		ps2kbd_defaults(s);
		break;
	case CMD_ALL_TYPEMATIC:
	case CMD_ALL_MAKE_BREAK:
	case CMD_ALL_MAKE:
	case CMD_ALL_BOTH:
		keel_ps2_flush(&s->queue);
		ps2kbd_all_keys(s, command == CMD_ALL_TYPEMATIC ? REPEAT :
				command == CMD_ALL_MAKE_BREAK ? BREAK :
				command == CMD_ALL_MAKE ? 0 : REPEAT | BREAK);
		break;
	case CMD_RESEND:
		ps2kbd_answer(s, s->last);
		return true;
	case CMD_RESET:
		ps2kbd_reset(s);
		return true;
	default:
		return false;
	}
	ps2kbd_answer(s, PS2_ACK);
	return true;
}

/**
 * keel_ps2kbd_command() - the host sends a byte.
 * @s:    the keyboard
 * @byte: command or argument
 *
 * Return: whether it means something; if not, the answer is "resend".
 */
bool keel_ps2kbd_command(struct keel_ps2kbd *s, u8 byte)
{
	bool known;

	if (s->command && byte < ARGUMENTS_END)
		known = ps2kbd_argument(s, byte);
	else
		known = ps2kbd_start(s, byte);
	if (!known) {
		s->command = 0;
		ps2kbd_answer(s, PS2_RESEND);
	}
	return known;
}

/**
 * keel_ps2kbd_pop() - the controller has taken the next byte.
 * @s: the keyboard, with something to say
 */
void keel_ps2kbd_pop(struct keel_ps2kbd *s)
{
	s->last = keel_ps2_take(&s->queue);
}

/**
 * keel_ps2kbd_power_on() - as firmware leaves a keyboard: defaults, reporting.
 * @s: its state; which keys are held is the user's
 */
void keel_ps2kbd_power_on(struct keel_ps2kbd *s)
{
	ps2kbd_reset(s);
	keel_ps2_flush(&s->queue);
	memset(s->queue.data, 0, sizeof(s->queue.data));
	s->queue.head = 0;
	s->command = 0;
	s->last = 0;
}

static bool ps2kbd_awaits(u8 command)
{
	switch (command) {
	case 0:
	case CMD_SET_LEDS:
	case CMD_SCAN_CODE_SET:
	case CMD_TYPEMATIC:
	case CMD_KEY_TYPEMATIC:
	case CMD_KEY_MAKE_BREAK:
	case CMD_KEY_MAKE:
		return true;
	default:
		return false;
	}
}

/**
 * keel_ps2kbd_check() - could a keyboard be in this state?
 * @s: any bytes
 */
bool keel_ps2kbd_check(const struct keel_ps2kbd *s)
{
	u8 known[KEEL_PS2_SET3], repeats[KEEL_PS2_SET3], breaks[KEEL_PS2_SET3];
	unsigned int i;

	if (!keel_ps2_queue_check(&s->queue) || s->queue.answer > ANSWER_MAX ||
	    ps2kbd_queued(s) > QUEUE_KEYS + 1)
		return false;
	if (!ps2kbd_awaits(s->command) || s->set < 1 || s->set > 3 || s->scanning > 1 ||
	    s->leds & ~LEDS || s->typematic & ~TYPEMATIC || s->pad[0] || s->pad[1])
		return false;
	for (i = 0; i < NR_KEYS; i++)
		if (ps2kbd_bit(s->held, i) && !ps2kbd_keys[i].set2)
			return false;
	ps2kbd_types(known, repeats, breaks);
	for (i = 0; i < KEEL_PS2_SET3; i++)
		if ((s->repeats[i] | s->breaks[i]) & ~known[i])
			return false;
	return true;
}

/**
 * keel_ps2kbd_inspect() - say what state the keyboard is in.
 * @s:   the keyboard
 * @out: where to
 */
void keel_ps2kbd_inspect(const struct keel_ps2kbd *s, struct keel_out *out)
{
	unsigned int i, held = 0;

	for (i = 0; i < NR_KEYS; i++)
		held += ps2kbd_bit(s->held, i);
	keel_emit(out, "kbd", -1, ".set", s->set);
	keel_emit(out, "kbd", -1, ".scanning", s->scanning);
	keel_emit(out, "kbd", -1, ".leds", s->leds);
	keel_emit(out, "kbd", -1, ".typematic", s->typematic);
	keel_emit(out, "kbd", -1, ".command", s->command);
	keel_emit(out, "kbd", -1, ".held", held);
	keel_emit(out, "kbd", -1, ".waiting", s->queue.count);
}
