/* SPDX-License-Identifier: GPL-2.0 */
/* Packets of gdb's remote serial protocol. */
#ifndef KEEL_DEBUG_PACKET_H
#define KEEL_DEBUG_PACKET_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PACKET_MAX	16384U	/* bytes of one, without "$" and "#xx" */

/**
 * enum packet_kind - what has come from the client.
 * @PACKET_NONE:    nothing whole yet
 * @PACKET_DATA:    a packet
 * @PACKET_BREAK:   Ctrl-C
 * @PACKET_DAMAGED: a packet with another checksum
 * @PACKET_REPEAT:  the client wants the last one again
 * @PACKET_TOO_LONG: no packet can be that long
 */
enum packet_kind {
	PACKET_NONE,
	PACKET_DATA,
	PACKET_BREAK,
	PACKET_DAMAGED,
	PACKET_REPEAT,
	PACKET_TOO_LONG,
};

/**
 * struct packet_input - bytes that have come, in their order.
 * @bytes: they
 * @used:  how many
 */
struct packet_input {
	char bytes[PACKET_MAX + 4];
	size_t used;
};

/**
 * struct packet - one on its way in or out: text, or bytes.
 * @data: its content, unescaped, and a zero byte
 * @size: without that
 * @full: more was put into it than it has room for
 */
struct packet {
	char data[PACKET_MAX + 1];
	size_t size;
	bool full;
};

enum packet_kind packet_next(struct packet_input *input, struct packet *packet);
size_t packet_frame(const struct packet *packet, char *frame);
#define PACKET_FRAME_MAX	(2 * PACKET_MAX + 4)

void packet_clear(struct packet *packet);
void packet_bytes(struct packet *packet, const void *data, size_t size);
void packet_hex(struct packet *packet, const void *data, size_t size);
void __printf(2, 3) packet_text(struct packet *packet, const char *format, ...);
size_t hex_bytes(const char *text, void *data, size_t most);
bool hex_number(const char **text, __u64 *value);

#endif /* KEEL_DEBUG_PACKET_H */
