// SPDX-License-Identifier: GPL-2.0
/*
 * 8042 keyboard controller of a PS/2 with its two devices, and port 0x92 (Intel 8042
 * datasheet; IBM Personal System/2 Hardware Interface Technical Reference, "Keyboard and
 * Auxiliary Device Controller" and "System Control Port A").
 *
 * Modelled: every command of that book, translation of scan codes, typematic repeat,
 * both interrupts, A20 (recorded: what it does to addresses is not this board's), all
 * ways to reset the PC. Commands and devices take no time; IBF, timeout and parity are
 * never seen. A password locks the keyboard alone. After a reset all is as a PC's firmware
 * leaves it: keyboard on, with interrupt and translation; mouse off; A20 open.
 * A device's byte enters the output buffer only when it is reported to the guest, by an
 * interrupt or by status or data being read. Until then a reply may come first and a
 * port that is switched off takes it back; from then on it stays until it is read.
 * A reply that the guest does not read is replaced by the next one.
 * A held key repeats when all that the keyboard has sent is read, so that repeats do not pile up.
 *
 *	0x60  R output buffer   W to the keyboard, or a command's argument
 *	0x64  R status: parity | timeout | aux OBF | not inhibited | A2 | SYS | IBF | OBF
 *	      W command: 20-3F read RAM  60-7F write RAM  A1 version  A4 password?
 *	      A5 load password (scan codes, 0)  A6 lock until it is typed  A7 A8 aux off, on
 *	      A9 test aux  AA self-test  AB test kbd  AC diagnostic dump  AD AE kbd off, on
 *	      C0 read input  C1 C2 its bits 3:0, 7:4 in status 7:4 until the next write
 *	      D0 read, D1 write output  D2 D3 loop back as kbd, aux  D4 to aux
 *	      DD DF A20 off, on  E0 read test inputs  F0-FF pulse outputs, bit 0: reset
 *	RAM   13, 14: bytes that tell of a lock and its end, if not 0  16, 17: scan codes that
 *	      are no part of a password
 *	0x92  bit 0 reset, bit 1 A20
 */
#include "i8042.h"

enum i8042_region { PORT_DATA, PORT_COMMAND, PORT_92 };

#define STR_OBF		BIT(0)		/* output buffer full */
#define STR_SYS		BIT(2)		/* system flag */
#define STR_A2		BIT(3)		/* the last write was a command */
#define STR_INH		BIT(4)		/* keyboard is not locked */
#define STR_MOBF	BIT(5)		/* OBF is the auxiliary device's */

#define STR_POLLED	GENMASK(7, 4)	/* of the input port, by C1 and C2 */

#define CMD_READ_RAM		0x20		/* plus the byte's number */
#define CMD_WRITE_RAM		0x60		/* likewise */
#define CMD_RAM			GENMASK(4, 0)	/* number of a byte */
#define CMD_PULSE		0xf0		/* plus output bits, active low */
enum i8042_command {
	CMD_VERSION = 0xa1, CMD_PASSWORD = 0xa4, CMD_LOAD_PASSWORD, CMD_LOCK, CMD_AUX_OFF,
	CMD_AUX_ON, CMD_AUX_TEST, CMD_SELF_TEST, CMD_KBD_TEST, CMD_DUMP, CMD_KBD_OFF,
	CMD_KBD_ON, CMD_READ_INPUT = 0xc0, CMD_POLL_LOW, CMD_POLL_HIGH,
	CMD_READ_OUTPUT = 0xd0, CMD_WRITE_OUTPUT, CMD_LOOP_KBD, CMD_LOOP_AUX, CMD_TO_AUX,
	CMD_A20_OFF = 0xdd, CMD_A20_ON = 0xdf, CMD_READ_TEST = 0xe0,
};

#define REPLY_PASSWORD		0xfa
#define REPLY_PASSWORD_NONE	0xf1
#define REPLY_SELF_TEST_OK	0x55
#define REPLY_LINE_OK		0x00

#define OUT_RESET	BIT(0)		/* active low */
#define OUT_A20		BIT(1)		/* A20 gate */
#define OUT_KBD_OBF	BIT(4)		/* IRQ 1 */
#define OUT_AUX_OBF	BIT(5)		/* IRQ 12 */
#define OUT_STORED	((u8)~(OUT_KBD_OBF | OUT_AUX_OBF))
#define OUT_FIRMWARE	0xcf		/* all high */

#define PORT92_RESET	BIT(0)		/* resets the PC */
#define PORT92_A20	BIT(1)		/* A20 gate */

#define TEST_KBD_CLOCK	BIT(0)
#define TEST_AUX_CLOCK	BIT(1)

#define INPUT_CODE	GENMASK_ULL(15, 0)

#define REPEAT_MAX	1000000000ULL	/* ns from a press to the first repeat, at the most */

/**
 * struct keel_i8042 - an 8042 with keyboard and mouse.
 * @dev:      what the board knows
 * @kbd_irq:  IRQ 1
 * @aux_irq:  IRQ 12
 * @a20:      whether A20 is open, of both gates
 * @announced: whose byte (KEEL_I8042_*) a line is high for
 * @keys:     key events given by the host
 * @moves:    movements
 * @wheels:   turns of the wheel
 * @buttons:  events of mouse buttons
 * @ignored:  of all these, how many the guest had switched off
 * @busy:     events refused for want of room
 * @kbd_overruns: keys lost
 * @aux_overruns: movements of which counts were lost
 * @resets:   that the guest asked for
 * @a20_changes: openings and closings
 * @unknown_ctl: commands that the controller does not know
 * @unknown_kbd: bytes that the keyboard does not know
 * @unknown_aux: bytes that the mouse does not know
 * @bytes:    bytes from KEEL_I8042_* that the guest has read; 0: none was there
 * @repeats:  of a key that is held
 * @locked_out: bytes of the keyboard while it was locked
 * @kbd_irqs: bytes announced on IRQ 1
 * @aux_irqs: bytes announced on IRQ 12
 * @s:        see there
 */
struct keel_i8042 {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire kbd_irq;
	struct keel_wire aux_irq;

	/* Derived */
	bool a20;
	u8 announced;

	/* Counters */
	u64 keys;
	u64 moves;
	u64 wheels;
	u64 buttons;
	u64 ignored;
	u64 busy;
	u64 kbd_overruns;
	u64 aux_overruns;
	u64 resets;
	u64 a20_changes;
	u64 unknown_ctl;
	u64 unknown_kbd;
	u64 unknown_aux;
	u64 bytes[KEEL_I8042_AUX + 1];
	u64 repeats;
	u64 locked_out;
	u64 kbd_irqs;
	u64 aux_irqs;

	/* State */
	struct keel_i8042_state s;
};

#define STATE_SIZE_1	280	/* of version 1: up to the mouse */

static_assert(offsetof(struct keel_i8042_state, repeat_at) == STATE_SIZE_1);
static_assert(sizeof(struct keel_i8042_state) == 304);

static struct keel_i8042 *i8042_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_i8042, dev);
}

/* ---- Interrupts ---- */

static u8 i8042_announced(const struct keel_i8042_state *s)
{
	return keel_i8042_announces(s, s->out_from) ? s->out_from : KEEL_I8042_NOBODY;
}

static void i8042_drive(struct keel_i8042 *i8042)
{
	u8 announced = i8042_announced(&i8042->s);
	bool aux = announced == KEEL_I8042_AUX;

	if (announced && announced != i8042->announced) {
		i8042->kbd_irqs += !aux;
		i8042->aux_irqs += aux;
	}
	i8042->announced = announced;
	keel_line_set(&i8042->kbd_irq, announced && !aux);
	keel_line_set(&i8042->aux_irq, aux);
}

/* ---- Typematic repeat ---- */

/* The keyboard has been heard out. */
static bool i8042_can_repeat(const struct keel_i8042_state *s)
{
	return s->repeat_key && !s->kbd.queue.count && s->out_from != KEEL_I8042_KBD &&
	       !(s->ram[0] & CTR_KBDDIS);
}

/* Repeats whose time has passed are left out: the first multiple of the period that has not. */
static void i8042_skip_repeats(struct keel_i8042 *i8042, u64 now)
{
	struct keel_i8042_state *s = &i8042->s;
	u64 period = keel_ps2kbd_period(&s->kbd);

	if (s->repeat_at <= now)
		s->repeat_at += ((now - s->repeat_at) / period + 1) * period;
}

static void i8042_arm(struct keel_i8042 *i8042)
{
	const struct keel_i8042_state *s = &i8042->s;

	keel_arm(&i8042->dev, 0, i8042_can_repeat(s) ? s->repeat_at : KEEL_NEVER);
}

static void i8042_end_repeat(struct keel_i8042_state *s)
{
	s->repeat_at = 0;
	s->repeat_key = 0;
}

/* The key that was pressed last repeats; another one does not go on when it is let go of. */
static void i8042_key_changed(struct keel_i8042 *i8042, u16 key, bool pressed)
{
	struct keel_i8042_state *s = &i8042->s;

	if (pressed || key == s->repeat_key)
		i8042_end_repeat(s);
	if (!pressed || !keel_ps2kbd_repeats(&s->kbd, key))
		return;
	s->repeat_key = key;
	s->repeat_at = keel_now(&i8042->dev) + keel_ps2kbd_delay(&s->kbd);
}

static void i8042_sync(struct keel_i8042 *i8042)
{
	struct keel_i8042_state *s = &i8042->s;
	struct keel_i8042_next next;

	i8042->locked_out += keel_i8042_lock_out(s);
	if (!s->out_from) {
		keel_i8042_find_next(s, &next);
		if (keel_i8042_announces(s, next.from))
			keel_i8042_take(s, &next);
	}
	i8042_drive(i8042);
	/* A deadline that was armed is not in the past: see board/dev.h */
	if (i8042_can_repeat(s))
		i8042_skip_repeats(i8042, keel_now(&i8042->dev));
	i8042_arm(i8042);
}

static void i8042_expire(struct keel_dev *dev, unsigned int timer)
{
	struct keel_i8042 *i8042 = i8042_of(dev);
	struct keel_i8042_state *s = &i8042->s;

	i8042->repeats++;
	keel_ps2kbd_key(&s->kbd, s->repeat_key, true, true);
	i8042_skip_repeats(i8042, keel_now(dev));
	i8042_sync(i8042);
}

/*
 * Each byte gets an edge of its own, so the lines go low before the next byte is looked
 * at. An empty buffer gives its last byte again.
 */
static u8 i8042_read_data(struct keel_i8042 *i8042)
{
	struct keel_i8042_state *s = &i8042->s;
	u8 byte;

	keel_i8042_fill(s);
	byte = s->out;
	i8042->bytes[s->out_from]++;
	s->out_from = KEEL_I8042_NOBODY;
	i8042_drive(i8042);
	i8042_sync(i8042);
	return byte;
}

static u8 i8042_polled(const struct keel_i8042_state *s)
{
	return s->poll == KEEL_I8042_POLL_LOW ? (INPUT_PORT & 0xf) << 4 : INPUT_PORT;
}

static u8 i8042_status(const struct keel_i8042_state *s)
{
	u8 status = STR_INH;

	if (s->out_from)
		status |= STR_OBF;
	if (s->out_from == KEEL_I8042_AUX)
		status |= STR_MOBF;
	if (s->ram[0] & CTR_SYS)
		status |= STR_SYS;
	if (s->a2)
		status |= STR_A2;
	if (s->poll)
		status = (status & ~STR_POLLED) | (i8042_polled(s) & STR_POLLED);
	return status;
}

static u8 i8042_read_status(struct keel_i8042_state *s)
{
	keel_i8042_fill(s);
	return i8042_status(s);
}

/* ---- A20 and reset ---- */

static bool i8042_a20_open(const struct keel_i8042_state *s)
{
	return s->outport & OUT_A20 || s->port92 & PORT92_A20;
}

static void i8042_a20_sync(struct keel_i8042 *i8042)
{
	bool open = i8042_a20_open(&i8042->s);

	i8042->a20_changes += open != i8042->a20;
	i8042->a20 = open;
}

static void i8042_reset_pc(struct keel_i8042 *i8042, u32 how)
{
	i8042->resets++;
	keel_event(&i8042->dev, KEEL_EVENT_RESET, how);
}

static void i8042_write_output(struct keel_i8042 *i8042, u8 value)
{
	i8042->s.outport = (value & OUT_STORED) | OUT_RESET;
	i8042_a20_sync(i8042);
	if (!(value & OUT_RESET))
		i8042_reset_pc(i8042, KEEL_RESET_KBC);
}

/* Its two interrupt bits are the lines, whether or not these are enabled. */
static u8 i8042_output(const struct keel_i8042_state *s)
{
	u8 value = s->outport;

	if (keel_i8042_announces(s, s->out_from))
		value |= s->out_from == KEEL_I8042_AUX ? OUT_AUX_OBF : OUT_KBD_OBF;
	return value;
}

static void i8042_write_port92(struct keel_i8042 *i8042, u8 value)
{
	i8042->s.port92 = value & PORT92_A20;
	i8042_a20_sync(i8042);
	if (value & PORT92_RESET)
		i8042_reset_pc(i8042, KEEL_RESET_PORT92);
}

/* ---- Commands ---- */

static void i8042_set_a20(struct keel_i8042 *i8042, bool open)
{
	if (open)
		i8042->s.outport |= OUT_A20;
	else
		i8042->s.outport &= ~OUT_A20;
	i8042_a20_sync(i8042);
}

static u8 i8042_test_inputs(const struct keel_i8042_state *s)
{
	return (s->ram[0] & CTR_KBDDIS ? 0 : TEST_KBD_CLOCK) |
	       (s->ram[0] & CTR_AUXDIS ? 0 : TEST_AUX_CLOCK);
}

/* A write to either port ends what goes on. */
static void i8042_interrupted(struct keel_i8042_state *s)
{
	if (s->command == CMD_LOAD_PASSWORD)
		s->matched = 0;
	s->command = 0;
	s->poll = 0;
	s->dump = 0;
}

/* The byte that a command asks for, which changes nothing; -1: it is another command. */
static int i8042_answer(const struct keel_i8042_state *s, u8 command)
{
	switch (command) {
	case CMD_READ_RAM ... CMD_READ_RAM | CMD_RAM:
		return s->ram[command & CMD_RAM];
	case CMD_VERSION:
		return 0;
	case CMD_PASSWORD:
		return s->password[0] ? REPLY_PASSWORD : REPLY_PASSWORD_NONE;
	case CMD_AUX_TEST:
	case CMD_KBD_TEST:
		return REPLY_LINE_OK;
	case CMD_READ_INPUT:
		return INPUT_PORT;
	case CMD_READ_OUTPUT:
		return i8042_output(s);
	case CMD_READ_TEST:
		return i8042_test_inputs(s);
	default:
		return -1;
	}
}

/* A command that does something. */
static void i8042_do(struct keel_i8042 *i8042, u8 command)
{
	struct keel_i8042_state *s = &i8042->s;

	switch (command) {
	case CMD_LOAD_PASSWORD:
		keel_i8042_clear_password(s);
		fallthrough;
	case CMD_WRITE_RAM ... CMD_WRITE_RAM | CMD_RAM:
	case CMD_WRITE_OUTPUT ... CMD_TO_AUX:
		s->command = command;
		break;
	case CMD_LOCK:
		keel_i8042_lock(s);
		break;
	case CMD_AUX_OFF:
		s->ram[0] |= CTR_AUXDIS;
		break;
	case CMD_AUX_ON:
		s->ram[0] &= ~CTR_AUXDIS;
		break;
	case CMD_SELF_TEST:
		s->ram[0] |= CTR_SYS;
		keel_i8042_reply(s, KEEL_I8042_CTL, REPLY_SELF_TEST_OK);
		break;
	case CMD_DUMP:
		keel_i8042_dump(s);
		break;
	case CMD_KBD_OFF:
		s->ram[0] |= CTR_KBDDIS;
		break;
	case CMD_KBD_ON:
		s->ram[0] &= ~CTR_KBDDIS;
		break;
	case CMD_POLL_LOW:
		s->poll = KEEL_I8042_POLL_LOW;
		break;
	case CMD_POLL_HIGH:
		s->poll = KEEL_I8042_POLL_HIGH;
		break;
	case CMD_A20_OFF:
	case CMD_A20_ON:
		i8042_set_a20(i8042, command == CMD_A20_ON);
		break;
	case CMD_PULSE ... 0xff:
		if (!(command & OUT_RESET))
			i8042_reset_pc(i8042, KEEL_RESET_KBC);
		break;
	default:
		i8042->unknown_ctl++;
	}
}

static void i8042_command(struct keel_i8042 *i8042, u8 command)
{
	struct keel_i8042_state *s = &i8042->s;
	int answer;

	i8042_interrupted(s);
	s->a2 = 1;
	answer = i8042_answer(s, command);
	if (answer < 0)
		i8042_do(i8042, command);
	else
		keel_i8042_reply(s, KEEL_I8042_CTL, answer);
}

/* Sending to a device lifts its clock: a port that was off is on afterwards. */
static void i8042_to_kbd(struct keel_i8042 *i8042, u8 byte)
{
	struct keel_i8042_state *s = &i8042->s;

	s->ram[0] &= ~CTR_KBDDIS;
	i8042->unknown_kbd += !keel_ps2kbd_command(&s->kbd, byte);
	if (byte == PS2_RESET || !keel_ps2kbd_repeats(&s->kbd, s->repeat_key))
		i8042_end_repeat(s);
}

static void i8042_to_aux(struct keel_i8042 *i8042, u8 byte)
{
	i8042->s.ram[0] &= ~CTR_AUXDIS;
	i8042->unknown_aux += !keel_ps2mouse_command(&i8042->s.mouse, byte);
}

static void i8042_write_data(struct keel_i8042 *i8042, u8 byte)
{
	struct keel_i8042_state *s = &i8042->s;
	u8 command = s->command;

	if (command != CMD_LOAD_PASSWORD)
		i8042_interrupted(s);
	s->command = 0;
	s->a2 = 0;
	switch (command) {
	case 0:
		i8042_to_kbd(i8042, byte);
		break;
	case CMD_WRITE_OUTPUT:
		i8042_write_output(i8042, byte);
		break;
	case CMD_LOOP_KBD:
		keel_i8042_reply(s, KEEL_I8042_CTL, byte);
		break;
	case CMD_LOOP_AUX:
		keel_i8042_reply(s, KEEL_I8042_AUX, byte);
		break;
	case CMD_TO_AUX:
		i8042_to_aux(i8042, byte);
		break;
	case CMD_LOAD_PASSWORD:
		if (keel_i8042_load_password(s, byte))
			s->command = command;
		break;
	default:
		s->ram[command & CMD_RAM] = byte;
	}
}

static u32 i8042_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_i8042 *i8042 = i8042_of(dev);

	switch (region) {
	case PORT_DATA:
		return i8042_read_data(i8042);
	case PORT_COMMAND:
		return i8042_read_status(&i8042->s);
	default:
		return i8042->s.port92;
	}
}

static u64 i8042_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		      unsigned int width, u64 now)
{
	const struct keel_i8042 *i8042 = container_of(dev, struct keel_i8042, dev);

	return keel_i8042_is_filled(&i8042->s) ? i8042_status(&i8042->s) : KEEL_NO_PEEK;
}

static void i8042_write(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width, u32 value)
{
	struct keel_i8042 *i8042 = i8042_of(dev);

	switch (region) {
	case PORT_DATA:
		i8042_write_data(i8042, value);
		break;
	case PORT_COMMAND:
		i8042_command(i8042, value);
		break;
	default:
		i8042_write_port92(i8042, value);
	}
	i8042_sync(i8042);
}

/* ---- From outside ---- */

/* Bits of an input's value that mean something, KEEL_INPUT_TRY aside. */
static const u64 i8042_inputs[] = {
	[KEEL_INPUT_KEY] = INPUT_CODE | KEEL_INPUT_PRESSED,
	[KEEL_INPUT_MOVE] = GENMASK_ULL(31, 0),
	[KEEL_INPUT_WHEEL] = INPUT_CODE,
	[KEEL_INPUT_BUTTON] = INPUT_CODE | KEEL_INPUT_PRESSED,
};

/* A key that the host repeats waits anew before the keyboard does. */
static enum keel_ps2_result i8042_key(struct keel_i8042 *i8042, u16 key, bool pressed, bool try)
{
	struct keel_ps2kbd *kbd = &i8042->s.kbd;
	enum keel_ps2_result result;

	result = keel_ps2kbd_key(kbd, key, pressed, try);
	if (result != KEEL_PS2_UNKNOWN && result != KEEL_PS2_BUSY)
		i8042_key_changed(i8042, key, pressed);
	return result;
}

static enum keel_ps2_result i8042_event(struct keel_i8042 *i8042, unsigned int input, u64 value)
{
	struct keel_i8042_state *s = &i8042->s;
	bool pressed = value & KEEL_INPUT_PRESSED;
	bool try = value & KEEL_INPUT_TRY;
	u16 code = value;

	switch (input) {
	case KEEL_INPUT_KEY:
		return i8042_key(i8042, code, pressed, try);
	case KEEL_INPUT_MOVE:
		return keel_ps2mouse_move(&s->mouse, (s16)code, (s16)(value >> 16), try);
	case KEEL_INPUT_WHEEL:
		return keel_ps2mouse_wheel(&s->mouse, (s16)code, try);
	default:
		return keel_ps2mouse_button(&s->mouse, code, pressed, try);
	}
}

static void i8042_count(struct keel_i8042 *i8042, unsigned int input, enum keel_ps2_result result)
{
	u64 *const counters[] = {
		[KEEL_INPUT_KEY] = &i8042->keys,
		[KEEL_INPUT_MOVE] = &i8042->moves,
		[KEEL_INPUT_WHEEL] = &i8042->wheels,
		[KEEL_INPUT_BUTTON] = &i8042->buttons,
	};

	++*counters[input];
	i8042->ignored += result == KEEL_PS2_IGNORED;
	if (result == KEEL_PS2_LOST && input == KEEL_INPUT_KEY)
		i8042->kbd_overruns++;
	else if (result == KEEL_PS2_LOST)
		i8042->aux_overruns++;
}

static int i8042_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_i8042 *i8042 = i8042_of(dev);
	enum keel_ps2_result result;

	if (input >= ARRAY_SIZE(i8042_inputs) ||
	    value & ~(i8042_inputs[input] | KEEL_INPUT_TRY))
		return -1;
	result = i8042_event(i8042, input, value);
	if (result == KEEL_PS2_UNKNOWN)
		return -1;
	if (result == KEEL_PS2_BUSY) {
		i8042->busy++;
		return -EAGAIN;
	}
	i8042_count(i8042, input, result);
	i8042_sync(i8042);
	return 0;
}

/* Keys and buttons that are held stay held: a reset does not let go of them. */
static void i8042_reset(struct keel_dev *dev, bool cold)
{
	struct keel_i8042 *i8042 = i8042_of(dev);
	struct keel_i8042_state *s = &i8042->s;

	memset(s, 0, offsetof(struct keel_i8042_state, kbd));
	i8042_end_repeat(s);
	keel_i8042_clear_password(s);
	s->poll = 0;
	s->dump = 0;
	s->ram[0] = CTR_FIRMWARE;
	s->outport = OUT_FIRMWARE;
	s->port92 = PORT92_A20;
	keel_ps2kbd_power_on(&s->kbd);
	keel_ps2mouse_power_on(&s->mouse);
	i8042->a20 = i8042_a20_open(s);
	i8042_sync(i8042);
}

static bool i8042_awaits(u8 command)
{
	return !command || (command & ~CMD_RAM) == CMD_WRITE_RAM || command == CMD_LOAD_PASSWORD ||
	       (command >= CMD_WRITE_OUTPUT && command <= CMD_TO_AUX);
}

/* A key that repeats is held, and its next repeat is not later than the longest delay says. */
static bool i8042_check_repeat(const struct keel_i8042_state *s, u64 now)
{
	if (!s->repeat_key)
		return !s->repeat_at;
	return keel_ps2kbd_repeats(&s->kbd, s->repeat_key) && s->repeat_at <= now + REPEAT_MAX;
}

static bool i8042_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_i8042_state *s = state;

	static const u8 zero[sizeof(s->pad)];

	if (!i8042_awaits(s->command) || s->a2 > 1 ||
	    (s->command && s->command != CMD_LOAD_PASSWORD && !s->a2))
		return false;
	if (s->poll > KEEL_I8042_POLL_HIGH || (s->poll && (!s->a2 || s->command)) ||
	    memcmp(s->pad, zero, sizeof(zero)))
		return false;
	if (!i8042_check_repeat(s, now) ||
	    !keel_i8042_check_password(s, s->command == CMD_LOAD_PASSWORD))
		return false;
	if (s->outport & ~OUT_STORED || !(s->outport & OUT_RESET) || s->port92 & ~PORT92_A20)
		return false;
	return keel_ps2kbd_check(&s->kbd) && keel_ps2mouse_check(&s->mouse) &&
	       keel_i8042_check_out(s);
}

static void i8042_loaded(struct keel_dev *dev)
{
	struct keel_i8042 *i8042 = i8042_of(dev);

	i8042->a20 = i8042_a20_open(&i8042->s);
	i8042->announced = i8042_announced(&i8042->s);
	i8042_drive(i8042);
	i8042_arm(i8042);
}

static void i8042_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_i8042 *i8042 = container_of(dev, struct keel_i8042, dev);
	const struct keel_i8042_state *s = &i8042->s;

	keel_emit(out, "ctr", -1, "", s->ram[0]);
	keel_emit(out, "out", -1, "", s->out);
	keel_emit(out, "out_from", -1, "", s->out_from);
	keel_emit(out, "reply_from", -1, "", s->reply_from);
	keel_emit(out, "command", -1, "", s->command);
	keel_emit(out, "output_port", -1, "", i8042_output(s));
	keel_emit(out, "port92", -1, "", s->port92);
	keel_emit(out, "a20", -1, "", i8042->a20);
	keel_emit(out, "locked", -1, "", s->locked);
	keel_emit(out, "repeats_key", -1, "", s->repeat_key);
	keel_ps2kbd_inspect(&s->kbd, out);
	keel_ps2mouse_inspect(&s->mouse, out);
}

static const struct keel_region_desc i8042_regions[] = {
	{ .label = "data", .space = KEEL_PIO, .base = 0x60, .length = 1, .width = 1 },
	{ .label = "command", .space = KEEL_PIO, .base = 0x64, .length = 1, .width = 1,
	  .peek = true },
	{ .label = "port92", .space = KEEL_PIO, .base = 0x92, .length = 1, .width = 1 },
};

static const struct keel_wire_desc i8042_wires[] = {
	KEEL_WIRE(keel_i8042, kbd_irq, "kbd", 1, false),
	KEEL_WIRE(keel_i8042, aux_irq, "aux", 12, false),
};

#define I8042_BYTES(from, label_) \
	{ .label = (label_), .offset = offsetof(struct keel_i8042, bytes[from]), .nr = 1 }

static const struct keel_counter_desc i8042_counters[] = {
	KEEL_COUNTER(keel_i8042, keys),
	KEEL_COUNTER(keel_i8042, moves),
	KEEL_COUNTER(keel_i8042, wheels),
	KEEL_COUNTER(keel_i8042, buttons),
	KEEL_COUNTER(keel_i8042, ignored),
	KEEL_COUNTER(keel_i8042, busy),
	KEEL_COUNTER(keel_i8042, kbd_overruns),
	KEEL_COUNTER(keel_i8042, aux_overruns),
	KEEL_COUNTER(keel_i8042, resets),
	KEEL_COUNTER(keel_i8042, a20_changes),
	KEEL_COUNTER(keel_i8042, unknown_ctl),
	KEEL_COUNTER(keel_i8042, unknown_kbd),
	KEEL_COUNTER(keel_i8042, unknown_aux),
	I8042_BYTES(KEEL_I8042_NOBODY, "bytes.none"),
	I8042_BYTES(KEEL_I8042_CTL, "bytes.ctl"),
	I8042_BYTES(KEEL_I8042_KBD, "bytes.kbd"),
	I8042_BYTES(KEEL_I8042_AUX, "bytes.aux"),
	KEEL_COUNTER(keel_i8042, repeats),
	KEEL_COUNTER(keel_i8042, locked_out),
	KEEL_COUNTER(keel_i8042, kbd_irqs),
	KEEL_COUNTER(keel_i8042, aux_irqs),
};

const struct keel_dev_ops keel_i8042_ops = {
	.name = "kbc",		/* "i80420" would read badly */
	.class = KEEL_CLASS_I8042,
	.version = 2,
	.previous_size = STATE_SIZE_1,
	.size = sizeof(struct keel_i8042),
	.state = offsetof(struct keel_i8042, s),
	.state_size = sizeof(struct keel_i8042_state),
	.regions = i8042_regions,
	.nr_regions = ARRAY_SIZE(i8042_regions),
	.wires = i8042_wires,
	.nr_wires = ARRAY_SIZE(i8042_wires),
	.counters = i8042_counters,
	.nr_counters = ARRAY_SIZE(i8042_counters),
	.nr_timers = 1,
	.read = i8042_read,
	.peek = i8042_peek,
	.write = i8042_write,
	.expire = i8042_expire,
	.host = i8042_host,
	.inspect = i8042_inspect,
	.reset = i8042_reset,
	.check = i8042_check,
	.loaded = i8042_loaded,
};
