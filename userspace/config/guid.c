// SPDX-License-Identifier: GPL-2.0
/* GUIDs, or UUIDs: "6ba7b810-9dad-11d1-80b4-00c04fd430c8" (RFC 4122, 3) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/guid.h"
#include "config/words.h"

/* The byte in memory of each byte of the text (DSP0134, 7.2.1; ACPI 6.3, 19.6.142) */
static const __u8 places[GUID_SIZE] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

/* Is there a hyphen before this byte of the text? */
static bool after_hyphen(unsigned int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	/* What the bit makes a digit of is none itself. */
	return !at || (*at <= '9' && *at != c) ? -1 : at - digits;
}

/**
 * guid_parse() - read one.
 * @text:      32 hexadecimal digits in groups of 8, 4, 4, 4 and 12
 * @guid:      result
 * @complaint: set if it is none
 *
 * Return: whether it is one.
 */
bool guid_parse(const char *text, struct guid *guid, struct complaint *complaint)
{
	const char *c = text;
	unsigned int i;

	for (i = 0; i < GUID_SIZE; i++) {
		if (after_hyphen(i) && *c++ != '-')
			break;
		if (digit(c[0]) < 0 || digit(c[1]) < 0)
			break;
		guid->bytes[places[i]] = digit(c[0]) << 4 | digit(c[1]);
		c += 2;
	}
	if (i < GUID_SIZE || *c)
		return complain(complaint,
				"\"%.40s\" is not 32 hexadecimal digits as in 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
				text);
	guid->given = true;
	return true;
}

/* guid_print() - as guid_parse() reads it */
void guid_print(const struct guid *guid, char text[GUID_TEXT])
{
	unsigned int i;

	for (i = 0; i < GUID_SIZE; i++)
		text += sprintf(text, "%s%02x", after_hyphen(i) ? "-" : "", guid->bytes[places[i]]);
}
