// SPDX-License-Identifier: GPL-2.0
/* See echo.h. */
#include "echo.h"

#define IP		14
#define ICMP		34
#define SEQUENCE	40

/* Ethernet, IPv4 and ICMP headers */
static const u8 request[] = {
	0x02, 0, 0, 0, 9, 1,  0x02, 0, 0, 0, 9, 2,  0x08, 0,
	0x45, 0, 0, ECHO_FRAME - 14, 0, 0, 0, 0, 64, 1, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1,
	8, 0, 0, 0, 'K', 'e', 0, 0,
};

static void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* sum() - the Internet checksum of an even number of bytes */
static u16 sum(const u8 *bytes, unsigned int length)
{
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < length; i += 2)
		total += bytes[i] << 8 | bytes[i + 1];
	total = (total & 0xffff) + (total >> 16);
	return ~(total + (total >> 16));
}

void echo_make(u8 *frame)
{
	unsigned int i;

	for (i = 0; i < sizeof(request); i++)
		frame[i] = request[i];
	put16(frame + IP + 10, sum(frame + IP, ICMP - IP));
}

void echo_number(u8 *frame, u16 number)
{
	put16(frame + SEQUENCE, number);
	put16(frame + ICMP + 2, 0);
	put16(frame + ICMP + 2, sum(frame + ICMP, ECHO_FRAME - ICMP));
}

bool echo_answers(const u8 *frame, u32 length, u16 number)
{
	return length == ECHO_FRAME && frame[ICMP] == 0 && frame[ICMP - 11] == 1 &&
	       (frame[SEQUENCE] << 8 | frame[SEQUENCE + 1]) == number;
}
