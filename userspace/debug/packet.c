// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of gdb's remote serial protocol (GDB manual, appendix E): "$data#xx", xx the sum of the
 * bytes of data, in which "}" escapes the next byte. What comes from the client is not trusted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "debug/packet.h"

#define ESCAPE		'}'
#define ESCAPE_FLIP	0x20
#define CTRL_C		3

/* ---- Digits ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int two_digits(const char *text)
{
	int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

/**
 * hex_bytes() - pairs of digits to bytes, as far as there are pairs.
 * @text: begins with them
 * @data: result
 * @most: room in it
 *
 * Return: how many bytes.
 */
size_t hex_bytes(const char *text, void *data, size_t most)
{
	__u8 *to = data;
	size_t n;

	for (n = 0; n < most; n++) {
		int value = two_digits(text + 2 * n);

		if (value < 0)
			break;
		to[n] = value;
	}
	return n;
}

/* hex_number() - digits to a number, and *@text behind them; false: none, or too many */
bool hex_number(const char **text, __u64 *value)
{
	unsigned int n;
	int next;

	*value = 0;
	for (n = 0; (next = digit(**text)) >= 0; n++, (*text)++)
		*value = *value << 4 | next;
	return n && n <= 16;
}

/* ---- In ---- */

static void input_drop(struct packet_input *input, size_t n)
{
	input->used -= n;
	memmove(input->bytes, input->bytes + n, input->used);
}

/* @data is what is between "$" and "#". */
static void unescape(struct packet *packet, const char *data, size_t size)
{
	size_t i;

	packet_clear(packet);
	for (i = 0; i < size; i++) {
		char c = data[i];

		if (c == ESCAPE && i + 1 < size)
			c = data[++i] ^ ESCAPE_FLIP;
		packet_bytes(packet, &c, 1);
	}
}

static __u8 sum(const char *data, size_t size)
{
	__u8 value = 0;

	while (size--)
		value += *data++;
	return value;
}

static enum packet_kind take_packet(struct packet_input *input, struct packet *packet)
{
	const char *end = memchr(input->bytes, '#', input->used);
	size_t size = end ? end - input->bytes - 1 : 0;
	bool good;

	if (!end || input->used < size + 4)
		return input->used == sizeof(input->bytes) ? PACKET_TOO_LONG : PACKET_NONE;
	good = two_digits(end + 1) == sum(input->bytes + 1, size);
	if (good)
		unescape(packet, input->bytes + 1, size);
	input_drop(input, size + 4);
	return good ? PACKET_DATA : PACKET_DAMAGED;
}

/**
 * packet_next() - the next of what has come.
 * @input:  it; what is returned is taken out
 * @packet: result, for PACKET_DATA
 */
enum packet_kind packet_next(struct packet_input *input, struct packet *packet)
{
	while (input->used) {
		switch (input->bytes[0]) {
		case '$':
			return take_packet(input, packet);
		case CTRL_C:
			input_drop(input, 1);
			return PACKET_BREAK;
		case '-':
			input_drop(input, 1);
			return PACKET_REPEAT;
		default:	/* "+", and nonsense */
			input_drop(input, 1);
		}
	}
	return PACKET_NONE;
}

/* ---- Out ---- */

void packet_clear(struct packet *packet)
{
	packet->size = 0;
	packet->full = false;
	packet->data[0] = 0;
}

/* packet_bytes() - append bytes as they are */
void packet_bytes(struct packet *packet, const void *data, size_t size)
{
	if (size > PACKET_MAX - packet->size) {
		packet->full = true;
		return;
	}
	memcpy(packet->data + packet->size, data, size);
	packet->size += size;
	packet->data[packet->size] = 0;
}

/* packet_hex() - append bytes as digits */
void packet_hex(struct packet *packet, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const __u8 *bytes = data;
	size_t i;

	for (i = 0; i < size; i++) {
		const char pair[] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		packet_bytes(packet, pair, sizeof(pair));
	}
}

/* packet_text() - append text */
void packet_text(struct packet *packet, const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || n >= (int)sizeof(text))
		packet->full = true;
	else
		packet_bytes(packet, text, n);
}

/**
 * packet_frame() - a packet as it is sent.
 * @packet: it
 * @frame:  result, with room for PACKET_FRAME_MAX bytes
 *
 * Return: bytes in @frame.
 */
size_t packet_frame(const struct packet *packet, char *frame)
{
	size_t i, n = 0;

	frame[n++] = '$';
	for (i = 0; i < packet->size; i++) {
		char c = packet->data[i];

		if (memchr("$#}*", c, 4)) {
			frame[n++] = ESCAPE;
			c ^= ESCAPE_FLIP;
		}
		frame[n++] = c;
	}
	return n + sprintf(frame + n, "#%02x", sum(frame + 1, n - 1));
}
