// SPDX-License-Identifier: GPL-2.0
/*
 * PS/2 mouse (IBM Personal System/2 Hardware Interface Technical Reference, "Mouse")
 * with the wheel and the five buttons of Microsoft's IntelliMouse protocols.
 *
 * Modelled: stream, remote and wrap mode and every command. The rates 200, 100, 80 one
 * after the other make it a mouse with a wheel (identity 3), 200, 200, 80 one with five
 * buttons as well (identity 4), until the next reset.
 * An event becomes a packet at once, as long as there is room. When there is none,
 * movements add up and a click is not forgotten: the packets that follow show a button
 * that went down and up again meanwhile down and up. The sample rate is remembered but
 * limits nothing, and the resolution does not change what a count is.
 * Overflow bits say that counts were lost. In stream mode that takes 32767 of them
 * waiting, as a movement beyond 255 goes on in the next packet; in remote mode a packet
 * has all there is, cut to 255.
 *
 *	E6 scaling 1:1   E7 scaling 2:1   E8 resolution   E9 status request
 *	EA stream mode   EB read data     EC end wrap     EE wrap mode
 *	F0 remote mode   F2 identify      F3 sample rate  F4 enable  F5 disable
 *	F6 set default   FE resend        FF reset
 *
 *	packet: YO XO YS XS 1 M R L | X | Y | wheel, or 0 0 B5 B4 wheel(4 bits)
 */
#include "ps2.h"

enum ps2mouse_command {
	CMD_SCALING_1 = 0xe6, CMD_SCALING_2, CMD_RESOLUTION, CMD_STATUS, CMD_STREAM,
	CMD_READ_DATA, CMD_END_WRAP, CMD_WRAP = 0xee, CMD_REMOTE = 0xf0, CMD_IDENTIFY = 0xf2,
	CMD_SAMPLE_RATE, CMD_ENABLE, CMD_DISABLE, CMD_SET_DEFAULT, CMD_RESEND = 0xfe, CMD_RESET,
};

#define PS2_ERROR		0xfc	/* the second time in a row */

#define COMMANDS		CMD_SCALING_1	/* bytes below are arguments */

#define ID_MOUSE		0
#define ID_WHEEL		3
#define ID_FIVE			4

#define RATE_DEFAULT		100
#define RESOLUTION_DEFAULT	2
#define RESOLUTIONS		4

#define BUTTONS			GENMASK(4, 0)
#define BUTTONS_3		GENMASK(2, 0)
#define BUTTON_LEFT		BIT(0)
#define BUTTON_RIGHT		BIT(1)
#define BUTTON_MIDDLE		BIT(2)
#define NR_BUTTONS		5

#define PACKET_ONE		BIT(3)
#define PACKET_XS		BIT(4)
#define PACKET_YS		BIT(5)
#define PACKET_OVERFLOW_SHIFT	6
#define PACKET_B4_SHIFT		4	/* in the last byte */

#define STATUS_REMOTE		BIT(6)
#define STATUS_REPORTING	BIT(5)
#define STATUS_SCALING		BIT(4)

#define OVERFLOW_X		BIT(0)
#define OVERFLOW_Y		BIT(1)

#define COUNTS_MAX		32767	/* that can wait */
#define COUNTS_PACKET		255
#define COUNTS_DOUBLED		127
#define ANSWER_MAX		5
#define QUEUE_PACKETS		56	/* bytes; the rest of the queue is for an answer */

static_assert(sizeof(struct keel_ps2mouse) == 96);

/* ---- Packets ---- */

struct ps2mouse_packet {
	int x, y, z;
	u8 buttons;
	u8 overflow;
};

static unsigned int ps2mouse_packet_size(const struct keel_ps2mouse *s)
{
	return s->id == ID_MOUSE ? 3 : 4;
}

/* Adds to a counter that stops at its ends, as the real ones do. */
static bool ps2mouse_add(s16 *counter, int counts)
{
	int sum = *counter + counts;

	*counter = clamp(sum, -COUNTS_MAX, COUNTS_MAX);
	return *counter == sum;
}

static int ps2mouse_take(s16 *counter, int limit)
{
	int counts = clamp((int)*counter, -limit, limit);

	*counter -= counts;
	return counts;
}

static int ps2mouse_wheel_limit(const struct keel_ps2mouse *s)
{
	return s->id == ID_FIVE ? 7 : 127;
}

/* 2:1 scaling: 1, 2, 3, 4, 5 counts become 1, 1, 3, 6, 9, and more of them the double. */
static int ps2mouse_scale(const struct keel_ps2mouse *s, int counts)
{
	static const u8 slow[] = { 0, 1, 1, 3, 6, 9 };
	int size = counts < 0 ? -counts : counts;

	if (!s->scaling)
		return counts;
	size = size < (int)ARRAY_SIZE(slow) ? slow[size] : 2 * size;
	return counts < 0 ? -size : size;
}

static unsigned int ps2mouse_encode(const struct keel_ps2mouse *s,
				    const struct ps2mouse_packet *p, u8 *bytes)
{
	bytes[0] = PACKET_ONE | (p->buttons & BUTTONS_3) | p->overflow << PACKET_OVERFLOW_SHIFT;
	if (p->x < 0)
		bytes[0] |= PACKET_XS;
	if (p->y < 0)
		bytes[0] |= PACKET_YS;
	bytes[1] = p->x;
	bytes[2] = p->y;
	bytes[3] = p->z;
	if (s->id == ID_FIVE)
		bytes[3] = (p->z & 0xf) | (p->buttons & ~BUTTONS_3) >> 3 << PACKET_B4_SHIFT;
	return ps2mouse_packet_size(s);
}

static bool ps2mouse_streams(const struct keel_ps2mouse *s)
{
	return s->reporting && !s->remote && !s->wrap && !s->command;
}

static bool ps2mouse_has_news(const struct keel_ps2mouse *s)
{
	u8 visible = s->id == ID_FIVE ? BUTTONS : BUTTONS_3;

	return s->x || s->y || s->z || s->overflow ||
	       ((s->buttons ^ s->reported) | s->blips) & visible;
}

static unsigned int ps2mouse_queued(const struct keel_ps2mouse *s)
{
	return s->queue.count - s->queue.answer;
}

static bool ps2mouse_has_room(const struct keel_ps2mouse *s)
{
	return ps2mouse_queued(s) + ps2mouse_packet_size(s) <= QUEUE_PACKETS;
}

/* A button that came back shows as what it was meanwhile; the next packet has it right. */
static void ps2mouse_report(struct keel_ps2mouse *s)
{
	int limit = s->scaling ? COUNTS_DOUBLED : COUNTS_PACKET;
	struct ps2mouse_packet p = {
		.x = ps2mouse_scale(s, ps2mouse_take(&s->x, limit)),
		.y = ps2mouse_scale(s, ps2mouse_take(&s->y, limit)),
		.z = ps2mouse_take(&s->z, ps2mouse_wheel_limit(s)),
		.buttons = s->buttons ^ s->blips,
		.overflow = s->overflow,
	};
	unsigned int i, nr;
	u8 bytes[4];

	nr = ps2mouse_encode(s, &p, bytes);
	for (i = 0; i < nr; i++)
		keel_ps2_put(&s->queue, bytes[i]);
	s->reported = p.buttons;
	s->blips = 0;
	s->overflow = 0;
}

static bool ps2mouse_due(const struct keel_ps2mouse *s)
{
	return ps2mouse_streams(s) && ps2mouse_has_news(s) && ps2mouse_has_room(s);
}

/* Makes packets while there is something to say and room: bounded by the queue. */
static void ps2mouse_sync(struct keel_ps2mouse *s)
{
	while (ps2mouse_due(s))
		ps2mouse_report(s);
}

/* ---- From outside ---- */

/* Would an event now be merged with one before, in a mouse that reports? */
static bool ps2mouse_crowded(const struct keel_ps2mouse *s)
{
	return ps2mouse_streams(s) && (ps2mouse_has_news(s) || !ps2mouse_has_room(s));
}

static enum keel_ps2_result ps2mouse_result(struct keel_ps2mouse *s, bool lost)
{
	ps2mouse_sync(s);
	if (lost)
		return KEEL_PS2_LOST;
	return ps2mouse_streams(s) || s->remote ? KEEL_PS2_TAKEN : KEEL_PS2_IGNORED;
}

/**
 * keel_ps2mouse_move() - the mouse moves.
 * @s:   the mouse
 * @dx:  counts to the right
 * @dy:  counts downwards
 * @try: rather nothing than adding it to a movement before
 */
enum keel_ps2_result keel_ps2mouse_move(struct keel_ps2mouse *s, int dx, int dy, bool try)
{
	u8 lost = 0;

	if (try && ps2mouse_crowded(s))
		return KEEL_PS2_BUSY;
	if (!ps2mouse_add(&s->x, dx))
		lost |= OVERFLOW_X;
	if (!ps2mouse_add(&s->y, -dy))
		lost |= OVERFLOW_Y;
	s->overflow |= lost;
	return ps2mouse_result(s, lost);
}

/**
 * keel_ps2mouse_wheel() - the wheel turns.
 * @s:     the mouse
 * @steps: away from the user
 * @try:   rather nothing than adding it to a turn before
 */
enum keel_ps2_result keel_ps2mouse_wheel(struct keel_ps2mouse *s, int steps, bool try)
{
	bool lost;

	if (s->id == ID_MOUSE)
		return KEEL_PS2_IGNORED;
	if (try && ps2mouse_crowded(s))
		return KEEL_PS2_BUSY;
	lost = !ps2mouse_add(&s->z, -steps);
	return ps2mouse_result(s, lost);
}

/**
 * keel_ps2mouse_button() - a button goes down or up.
 * @s:       the mouse
 * @button:  KEEL_INPUT_BUTTON's number
 * @pressed: down
 * @try:     rather nothing than merging it with something before
 */
enum keel_ps2_result keel_ps2mouse_button(struct keel_ps2mouse *s, unsigned int button,
					  bool pressed, bool try)
{
	u8 bit;

	if (button >= NR_BUTTONS)
		return KEEL_PS2_UNKNOWN;
	bit = BIT(button);
	if (try && ps2mouse_crowded(s))
		return KEEL_PS2_BUSY;
	if (!(s->buttons & bit) == !pressed)
		return ps2mouse_result(s, false);
	s->buttons ^= bit;
	if ((s->buttons ^ s->reported) & bit)
		s->blips &= ~bit;
	else
		s->blips |= bit;
	return ps2mouse_result(s, false);
}

/* ---- Commands ---- */

static void ps2mouse_forget(struct keel_ps2mouse *s)
{
	keel_ps2_flush(&s->queue);
	s->x = 0;
	s->y = 0;
	s->z = 0;
	s->overflow = 0;
	s->blips = 0;
	s->reported = s->buttons;
}

static void ps2mouse_say(struct keel_ps2mouse *s, const u8 *answer, unsigned int nr)
{
	unsigned int i;

	keel_ps2_answer(&s->queue, answer, nr);
	for (i = 0; i < nr; i++)
		s->last[i] = answer[i];
	s->nr_last = nr;
}

static void ps2mouse_answer(struct keel_ps2mouse *s, u8 byte)
{
	ps2mouse_say(s, &byte, 1);
}

static void ps2mouse_defaults(struct keel_ps2mouse *s)
{
	s->rate = RATE_DEFAULT;
	s->resolution = RESOLUTION_DEFAULT;
	s->scaling = 0;
	s->remote = 0;
	s->reporting = 0;
	memset(s->magic, 0, sizeof(s->magic));
}

static void ps2mouse_reset(struct keel_ps2mouse *s)
{
	static const u8 answer[] = { PS2_ACK, PS2_BAT_OK, ID_MOUSE };

	ps2mouse_defaults(s);
	s->id = ID_MOUSE;
	s->wrap = 0;
	ps2mouse_say(s, answer, sizeof(answer));
}

static void ps2mouse_status(struct keel_ps2mouse *s)
{
	u8 answer[] = { PS2_ACK, 0, s->resolution, s->rate };

	if (s->remote)
		answer[1] |= STATUS_REMOTE;
	if (s->reporting)
		answer[1] |= STATUS_REPORTING;
	if (s->scaling)
		answer[1] |= STATUS_SCALING;
	if (s->buttons & BUTTON_LEFT)
		answer[1] |= BIT(2);
	if (s->buttons & BUTTON_MIDDLE)
		answer[1] |= BIT(1);
	if (s->buttons & BUTTON_RIGHT)
		answer[1] |= BIT(0);
	ps2mouse_say(s, answer, sizeof(answer));
}

/* All counts there are, unscaled; runs before they are forgotten. */
static void ps2mouse_read_data(struct keel_ps2mouse *s)
{
	struct ps2mouse_packet p = {
		.x = ps2mouse_take(&s->x, COUNTS_PACKET),
		.y = ps2mouse_take(&s->y, COUNTS_PACKET),
		.z = ps2mouse_take(&s->z, ps2mouse_wheel_limit(s)),
		.buttons = s->buttons ^ s->blips,
		.overflow = s->overflow,
	};
	u8 answer[ANSWER_MAX] = { PS2_ACK };
	unsigned int nr;

	if (s->x)
		p.overflow |= OVERFLOW_X;
	if (s->y)
		p.overflow |= OVERFLOW_Y;
	nr = ps2mouse_encode(s, &p, answer + 1);
	ps2mouse_forget(s);
	s->reported = p.buttons;
	ps2mouse_say(s, answer, nr + 1);
}

static bool ps2mouse_rate_valid(u8 rate)
{
	return rate == 10 || rate == 20 || rate == 40 || rate == 60 || rate == 80 ||
	       rate == 100 || rate == 200;
}

static void ps2mouse_set_rate(struct keel_ps2mouse *s, u8 rate)
{
	if (rate == 80 && s->magic[0] == 200) {
		if (s->magic[1] == 100)
			s->id = ID_WHEEL;
		else if (s->magic[1] == 200)
			s->id = ID_FIVE;
	}
	s->magic[0] = s->magic[1];
	s->magic[1] = rate;
	s->rate = rate;
}

/* False: not an argument of the command that awaits one, which goes on waiting. */
static bool ps2mouse_argument(struct keel_ps2mouse *s, u8 byte)
{
	if (s->command == CMD_SAMPLE_RATE) {
		if (!ps2mouse_rate_valid(byte))
			return false;
		ps2mouse_set_rate(s, byte);
	} else {
		if (byte >= RESOLUTIONS)
			return false;
		s->resolution = byte;
	}
	s->command = 0;
	ps2mouse_answer(s, PS2_ACK);
	return true;
}

/* The last answer or packet again, whole; what is left of it goes, what follows waits. */
static void ps2mouse_resend(struct keel_ps2mouse *s)
{
	while (s->queue.answer || s->queue.count % ps2mouse_packet_size(s))
		keel_ps2_take(&s->queue);
	keel_ps2_answer(&s->queue, s->last, s->nr_last);
}

static bool ps2mouse_start(struct keel_ps2mouse *s, u8 command)
{
	s->command = 0;
	switch (command) {
	case CMD_SCALING_1:
	case CMD_SCALING_2:
		s->scaling = command == CMD_SCALING_2;
		break;
	case CMD_RESOLUTION:
	case CMD_SAMPLE_RATE:
		s->command = command;
		break;
	case CMD_STATUS:
		ps2mouse_status(s);
		return true;
	case CMD_STREAM:
	case CMD_REMOTE:
		s->remote = command == CMD_REMOTE;
		break;
	case CMD_END_WRAP:
	case CMD_WRAP:
		s->wrap = command == CMD_WRAP;
		break;
	case CMD_IDENTIFY:
		ps2mouse_say(s, (const u8[]){ PS2_ACK, s->id }, 2);
		return true;
	case CMD_ENABLE:
	case CMD_DISABLE:
		s->reporting = command == CMD_ENABLE;
		break;
	case CMD_SET_DEFAULT:
		ps2mouse_defaults(s);
		break;
	case CMD_RESET:
		ps2mouse_reset(s);
		return true;
	default:
		return false;
	}
	ps2mouse_answer(s, PS2_ACK);
	return true;
}

static bool ps2mouse_refuse(struct keel_ps2mouse *s)
{
	if (s->error)
		s->command = 0;
	ps2mouse_answer(s, s->error ? PS2_ERROR : PS2_RESEND);
	s->error = !s->error;
	return false;
}

static bool ps2mouse_dispatch(struct keel_ps2mouse *s, u8 byte)
{
	switch (byte) {
	case CMD_READ_DATA:
		s->command = 0;
		ps2mouse_read_data(s);
		return true;
	case CMD_RESEND:
		s->command = 0;
		ps2mouse_resend(s);
		return true;
	default:
		ps2mouse_forget(s);
		if (s->command && byte < COMMANDS)
			return ps2mouse_argument(s, byte);
		return ps2mouse_start(s, byte);
	}
}

/**
 * keel_ps2mouse_command() - the host sends a byte.
 * @s:    the mouse
 * @byte: command or argument
 *
 * Movements and packets that wait are forgotten.
 *
 * Return: whether it means something; if not, the answer is "resend", then "error".
 */
bool keel_ps2mouse_command(struct keel_ps2mouse *s, u8 byte)
{
	if (s->wrap && byte != CMD_END_WRAP && byte != CMD_RESET) {
		ps2mouse_answer(s, byte);
		return true;
	}
	if (!ps2mouse_dispatch(s, byte))
		return ps2mouse_refuse(s);
	s->error = 0;
	ps2mouse_sync(s);
	return true;
}

/**
 * keel_ps2mouse_pop() - the controller has taken the next byte.
 * @s: the mouse, with something to say
 */
void keel_ps2mouse_pop(struct keel_ps2mouse *s)
{
	unsigned int size = ps2mouse_packet_size(s), i;

	if (!s->queue.answer && s->queue.count % size == 0) {
		for (i = 0; i < size; i++)
			s->last[i] = keel_ps2_peek(&s->queue, i);
		s->nr_last = size;
	}
	keel_ps2_take(&s->queue);
	ps2mouse_sync(s);
}

/**
 * keel_ps2mouse_power_on() - as firmware leaves a mouse: defaults, silent.
 * @s: its state; which buttons are down is the user's
 */
void keel_ps2mouse_power_on(struct keel_ps2mouse *s)
{
	u8 buttons = s->buttons;

	memset(s, 0, sizeof(*s));
	s->buttons = buttons;
	s->reported = buttons;
	ps2mouse_defaults(s);
	s->last[0] = PS2_BAT_OK;
	s->nr_last = 2;		/* and its identity, 0 */
}

static bool ps2mouse_check_rate(const struct keel_ps2mouse *s)
{
	if (!s->magic[1])
		return !s->magic[0] && s->rate == RATE_DEFAULT;
	return ps2mouse_rate_valid(s->rate) && s->magic[1] == s->rate &&
	       (!s->magic[0] || ps2mouse_rate_valid(s->magic[0]));
}

static bool ps2mouse_check_counts(const struct keel_ps2mouse *s)
{
	if (s->x < -COUNTS_MAX || s->y < -COUNTS_MAX || s->z < -COUNTS_MAX)
		return false;
	if (s->overflow & ~(OVERFLOW_X | OVERFLOW_Y) || (s->id == ID_MOUSE && s->z))
		return false;
	return !((s->buttons | s->reported | s->blips) & ~BUTTONS) &&
	       !(s->blips & (s->buttons ^ s->reported));
}

/**
 * keel_ps2mouse_check() - could a mouse be in this state?
 * @s: any bytes
 */
bool keel_ps2mouse_check(const struct keel_ps2mouse *s)
{
	if (!keel_ps2_queue_check(&s->queue) || s->queue.answer > ANSWER_MAX ||
	    ps2mouse_queued(s) > QUEUE_PACKETS)
		return false;
	if (s->id != ID_MOUSE && s->id != ID_WHEEL && s->id != ID_FIVE)
		return false;
	if (s->command && (s->wrap || (s->command != CMD_RESOLUTION &&
				       s->command != CMD_SAMPLE_RATE)))
		return false;
	if (s->resolution >= RESOLUTIONS || s->scaling > 1 || s->remote > 1 || s->wrap > 1 ||
	    s->reporting > 1 || s->error > 1 || s->pad)
		return false;
	if (!s->nr_last || s->nr_last > sizeof(s->last))
		return false;
	return ps2mouse_check_rate(s) && ps2mouse_check_counts(s) && !ps2mouse_due(s);
}

/**
 * keel_ps2mouse_inspect() - say what state the mouse is in.
 * @s:   the mouse
 * @out: where to
 */
void keel_ps2mouse_inspect(const struct keel_ps2mouse *s, struct keel_out *out)
{
	keel_emit(out, "mouse", -1, ".id", s->id);
	keel_emit(out, "mouse", -1, ".reporting", s->reporting);
	keel_emit(out, "mouse", -1, ".remote", s->remote);
	keel_emit(out, "mouse", -1, ".wrap", s->wrap);
	keel_emit(out, "mouse", -1, ".rate", s->rate);
	keel_emit(out, "mouse", -1, ".resolution", s->resolution);
	keel_emit(out, "mouse", -1, ".scaling", s->scaling);
	keel_emit(out, "mouse", -1, ".command", s->command);
	keel_emit(out, "mouse", -1, ".buttons", s->buttons);
	keel_emit(out, "mouse", -1, ".waiting", s->queue.count);
}
