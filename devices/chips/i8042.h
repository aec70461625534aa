/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the i8042's state, for i8042.c: its output buffer (i8042_out.c), and the password
 * (i8042_password.c). What the guest sees of them is said there.
 */
#ifndef KEEL_DEVICES_I8042_H
#define KEEL_DEVICES_I8042_H

#include "ps2.h"

/* RAM byte 0: command byte */
#define CTR_KBDINT	BIT(0)		/* interrupt 1 for the keyboard's bytes */
#define CTR_AUXINT	BIT(1)		/* interrupt 12 for the mouse's */
#define CTR_SYS		BIT(2)		/* system flag: what STR_SYS shows */
#define CTR_KBDDIS	BIT(4)		/* keyboard off */
#define CTR_AUXDIS	BIT(5)		/* mouse off */
#define CTR_XLATE	BIT(6)		/* scan code set 2 is translated into set 1 */
#define CTR_FIRMWARE	(CTR_KBDINT | CTR_SYS | CTR_AUXDIS | CTR_XLATE)

/* Input port: both data lines idle, no jumper, colour display, not locked. */
#define INPUT_PORT		0xb3

/**
 * struct keel_i8042_next - what would enter the output buffer next.
 * @byte:  it
 * @from:  KEEL_I8042_*; KEEL_I8042_NOBODY: there is nothing
 * @bytes: of the device, which are taken for it
 */
struct keel_i8042_next {
	u8 byte;
	u8 from;
	u8 bytes;
};

void keel_i8042_next_kbd(const struct keel_i8042_state *s, struct keel_i8042_next *next);
void keel_i8042_find_next(const struct keel_i8042_state *s, struct keel_i8042_next *next);
void keel_i8042_take(struct keel_i8042_state *s, const struct keel_i8042_next *next);
void keel_i8042_fill(struct keel_i8042_state *s);
bool keel_i8042_is_filled(const struct keel_i8042_state *s);
bool keel_i8042_announces(const struct keel_i8042_state *s, u8 from);
void keel_i8042_reply(struct keel_i8042_state *s, u8 from, u8 byte);
void keel_i8042_dump(struct keel_i8042_state *s);
bool keel_i8042_check_out(const struct keel_i8042_state *s);

void keel_i8042_clear_password(struct keel_i8042_state *s);
bool keel_i8042_load_password(struct keel_i8042_state *s, u8 code);
void keel_i8042_lock(struct keel_i8042_state *s);
unsigned int keel_i8042_lock_out(struct keel_i8042_state *s);
bool keel_i8042_check_password(const struct keel_i8042_state *s, bool loading);

#endif /* KEEL_DEVICES_I8042_H */
