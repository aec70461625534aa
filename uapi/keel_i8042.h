/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_I8042_H
#define KEEL_I8042_H

#include <linux/types.h>

/*
 * keel_input.input for KEEL_CLASS_I8042: what a hand does to keyboard and mouse. Codes
 * and directions are those of linux/input-event-codes.h, so that a Linux guest's evdev
 * reports what was given here. Bits of the value that are not named must be zero.
 *
 * Keyboard and mouse have queues, which a person does not fill. A program can: with
 * KEEL_INPUT_TRY the event is refused (EAGAIN, nothing has changed) if the device would
 * have to drop or merge it. Without it, a keyboard without room says "overrun" to the
 * guest and loses the key, and a mouse without room adds movements up.
 */

/*
 * A key goes down or up. Bits 15:0: KEY_*, below 256; bit 16: KEEL_INPUT_PRESSED.
 * The keyboard repeats the key that was pressed last for as long as it is held (typematic). A key
 * that is given as pressed while it is down is repeated at once, and the keyboard's own repeats
 * begin after the delay anew: so a host may repeat as well, and nothing comes twice.
 * EINVAL for a key that a PC's keyboard does not have.
 */
#define KEEL_INPUT_KEY		0

/*
 * The mouse moves. Bits 15:0: to the right; bits 31:16: downwards; signed, in counts.
 * More than 255 counts arrive in several packets.
 */
#define KEEL_INPUT_MOVE		1

/* The wheel turns. Bits 15:0: steps, signed, positive away from the user. */
#define KEEL_INPUT_WHEEL	2

/*
 * A mouse button goes down or up. Bits 15:0: its number, BTN_* - BTN_MOUSE: left 0,
 * right 1, middle 2, side 3, extra 4; bit 16: KEEL_INPUT_PRESSED. Wheel and the last two
 * reach the guest once it has asked for the protocol that has them.
 */
#define KEEL_INPUT_BUTTON	3

#define KEEL_INPUT_PRESSED	0x10000ULL
#define KEEL_INPUT_TRY		0x8000000000000000ULL

/** KEEL_PS2_QUEUE - bytes that a device can have waiting; a power of two. */
#define KEEL_PS2_QUEUE		64

/** KEEL_PS2_KEYS - bytes of a bitmap of keys by KEY_*. */
#define KEEL_PS2_KEYS		32

/** KEEL_PS2_SET3 - bytes of a bitmap of scan codes of set 3. */
#define KEEL_PS2_SET3		18

/**
 * struct keel_ps2_queue - a device's bytes for the controller, a ring.
 * @data:   bytes
 * @head:   index of the next one
 * @count:  bytes waiting
 * @answer: how many of them, at the head, answer the host's last byte
 * @pad:    zero
 */
struct keel_ps2_queue {
	__u8 data[KEEL_PS2_QUEUE];
	__u8 head;
	__u8 count;
	__u8 answer;
	__u8 pad;
};

/**
 * struct keel_ps2kbd - a keyboard (IBM Personal System/2 Hardware Interface Technical
 *                      Reference, "Keyboards (101- and 102-key)").
 * @queue:    at most 16 bytes of scan codes, one overrun code, and an answer
 * @held:     a bit for each KEY_* that is down
 * @repeats:  a bit for each code of set 3 whose key is typematic
 * @breaks:   a bit for each code of set 3 whose key has a break code
 * @command:  command whose argument is awaited, or 0
 * @set:      scan code set, 1 to 3
 * @scanning: 1: keys are reported
 * @leds:     bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock
 * @typematic: rate and delay as the guest has set them; it cannot read them back. Bits 6:5:
 *            (1 + bits) * 250 ms to the first repeat; then (8 + bits 2:0) << bits 4:3, in units of
 *            4.17 ms
 * @last:     byte sent last, for the resend command
 * @pad:      zero
 */
struct keel_ps2kbd {
	struct keel_ps2_queue queue;
	__u8 held[KEEL_PS2_KEYS];
	__u8 repeats[KEEL_PS2_SET3];
	__u8 breaks[KEEL_PS2_SET3];
	__u8 command;
	__u8 set;
	__u8 scanning;
	__u8 leds;
	__u8 typematic;
	__u8 last;
	__u8 pad[2];
};

/**
 * struct keel_ps2mouse - a mouse (the same book, "Mouse"; wheel and buttons 4 and 5 as
 *                        in Microsoft's IntelliMouse protocols).
 * @queue:     an answer and whole packets
 * @x:         counts to the right that no packet has reported
 * @y:         counts upwards
 * @z:         steps of the wheel, positive towards the user
 * @buttons:   bits of the buttons that are down, numbered as in KEEL_INPUT_BUTTON
 * @reported:  @buttons as the last packet reported it
 * @blips:     buttons that have changed and changed back since then
 * @overflow:  bit 0: counts of @x were lost; bit 1: of @y
 * @command:   command whose argument is awaited, or 0
 * @id:        0 standard, 3 with wheel, 4 with wheel and five buttons
 * @rate:      samples a second: 10, 20, 40, 60, 80, 100 or 200
 * @resolution: 0 to 3: 1, 2, 4, 8 counts for each mm
 * @scaling:   1: 2:1
 * @remote:    1: packets on request only
 * @wrap:      1: echo mode
 * @reporting: 1: stream mode's packets are switched on
 * @magic:     the rates set before @rate, the older first; 0: none
 * @error:     1: the last byte was refused with "resend"
 * @last:      last answer or packet, for the resend command
 * @nr_last:   bytes of it
 * @pad:       zero
 */
struct keel_ps2mouse {
	struct keel_ps2_queue queue;
	__s16 x;
	__s16 y;
	__s16 z;
	__u8  buttons;
	__u8  reported;
	__u8  blips;
	__u8  overflow;
	__u8  command;
	__u8  id;
	__u8  rate;
	__u8  resolution;
	__u8  scaling;
	__u8  remote;
	__u8  wrap;
	__u8  reporting;
	__u8  magic[2];
	__u8  error;
	__u8  last[5];
	__u8  nr_last;
	__u8  pad;
};

/* Source of a byte in the controller's output buffer. */
#define KEEL_I8042_NOBODY	0	/* no byte */
#define KEEL_I8042_CTL		1	/* the controller itself */
#define KEEL_I8042_KBD		2
#define KEEL_I8042_AUX		3	/* the mouse's port */

/** KEEL_I8042_PASSWORD - bytes of a password's scan codes, and a zero behind them. */
#define KEEL_I8042_PASSWORD	8

/* What the status shows in its upper four bits: keel_i8042_state.poll. */
#define KEEL_I8042_POLL_LOW	1	/* bits 3:0 of the input port */
#define KEEL_I8042_POLL_HIGH	2	/* bits 7:4 */

/** KEEL_I8042_DUMP - bytes of a diagnostic dump: 19 values, each two digits and a space. */
#define KEEL_I8042_DUMP		57

/**
 * struct keel_i8042_state - an 8042 with keyboard and mouse, and port 0x92.
 * @ram:        the controller's RAM; the first byte is the command byte
 * @out:        output buffer; keeps its last byte when empty
 * @out_from:   KEEL_I8042_*: source of @out
 * @reply:      the controller's byte that waits for @out to be empty
 * @reply_from: KEEL_I8042_CTL or _AUX (the source it is to appear from), or _NOBODY
 * @command:    command whose argument is awaited at port 0x60, or 0
 * @a2:         1: the last write was to port 0x64
 * @outport:    output port without the two interrupt bits: bit 0 reset#, bit 1 A20
 * @port92:     bit 1: the other A20 gate; A20 is on if either is
 * @kbd:        keyboard
 * @mouse:      mouse
 * @repeat_at:  VmTime of the next repeat of @repeat_key, ns. It is in the past if the guest has not
 *              read what the keyboard sent before: then the key waits for that, and repeats at the
 *              next multiple of its period
 * @repeat_key: KEY_* that is held and repeats; 0: none
 * @password:   scan codes that end @locked, and a zero; no codes: none was loaded
 * @matched:    how many of these have been typed; while a password is loaded: have been loaded
 * @locked:     1: what the keyboard sends goes nowhere, until it is the password
 * @poll:       KEEL_I8042_POLL_*, or 0: the status is its own
 * @dump:       bytes of a diagnostic dump that are still to be read
 * @pad:        zero
 */
struct keel_i8042_state {
	__u8 ram[32];
	__u8 out;
	__u8 out_from;
	__u8 reply;
	__u8 reply_from;
	__u8 command;
	__u8 a2;
	__u8 outport;
	__u8 port92;
	struct keel_ps2kbd kbd;
	struct keel_ps2mouse mouse;
	__u64 repeat_at;
	__u8 repeat_key;
	__u8 password[KEEL_I8042_PASSWORD];
	__u8 matched;
	__u8 locked;
	__u8 poll;
	__u8 dump;
	__u8 pad[3];
};

#endif /* KEEL_I8042_H */
