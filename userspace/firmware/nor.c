// SPDX-License-Identifier: GPL-2.0
/*
 * A NOR flash chip with Intel's command set (StrataFlash P30, "Device Command Bus Cycles"), of 8
 * data lines and blocks of 4 KiB:
 *
 *	ff		read the array
 *	70		read the status register
 *	50		clear it, and read the array
 *	90		read the identifier
 *	10 or 40, data	program: bits change from 1 to 0 alone
 *	20, d0		erase the block that d0 was written to
 *	e8, n - 1, n bytes of data, d0
 *			program a buffer: all of it from where its first byte was written, in any
 *			order, and inside one block
 *
 * A sequence that goes on in another way changes no byte, and sets both error bits of the status
 * register; its last write was part of it. Any other command is ff. A command, the number of bytes
 * and d0 are in the lowest byte of a write; data is as wide as the write.
 *
 * Everything is done at once. In two things it is not the datasheet's chip, so that OVMF's driver
 * finds what it looks for and its reads cost nothing: at the end of a sequence reads are of the
 * array, the status register wants another 70; and 50 clears "ready" as well, which the end of the
 * next sequence sets again. The driver tells the chip from RAM and from a ROM by that.
 *
 * Each write is a bounded amount of work: at most one block is erased, or one buffer programmed.
 */
#include <string.h>

#include "firmware/nor.h"

enum command {
	PROGRAM = 0x10, ERASE = 0x20, PROGRAM_TOO = 0x40, CLEAR_STATUS = 0x50, READ_STATUS = 0x70,
	READ_ID = 0x90, CONFIRM = 0xd0, PROGRAM_BUFFER = 0xe8, READ_ARRAY = 0xff,
};

/* The first two bytes of the identifier; those behind say that no block is locked. */
#define MANUFACTURER	0x89	/* Intel */
#define DEVICE		0x18

/* ---- Reading ---- */

static __u8 id_at(__u64 offset)
{
	return offset == 0 ? MANUFACTURER : offset == 1 ? DEVICE : 0;
}

static __u8 byte_at(const struct nor *nor, __u64 offset)
{
	switch (nor->state.mode) {
	case NOR_STATUS:
		return nor->state.status;
	case NOR_ID:
		return id_at(offset);
	default:
		return offset < nor->size ? nor->bytes[offset] : 0xff;
	}
}

/**
 * nor_read() - a guest's read.
 * @nor:    chip
 * @offset: in it; what is behind its end reads as ones
 * @data:   result
 * @length: bytes
 */
void nor_read(const struct nor *nor, __u64 offset, __u8 *data, __u32 length)
{
	while (length--)
		*data++ = byte_at(nor, offset++);
}

/* nor_shows_array() - are reads of the array, so that its bytes can be the guest's memory? */
bool nor_shows_array(const struct nor *nor)
{
	return nor->state.mode != NOR_STATUS && nor->state.mode != NOR_ID;
}

/* ---- Changing bytes ---- */

static void set_byte(struct nor *nor, __u64 offset, __u8 value)
{
	if (nor->bytes[offset] == value)
		return;
	nor->bytes[offset] = value;
	nor->dirty[offset / NOR_BLOCK] = true;
}

static void program(struct nor *nor, __u64 offset, const void *data, __u32 length)
{
	const __u8 *byte = data;

	for (; length-- && offset < nor->size; offset++, byte++)
		set_byte(nor, offset, nor->bytes[offset] & *byte);
}

static void erase(struct nor *nor, __u64 offset)
{
	__u64 at = offset / NOR_BLOCK * NOR_BLOCK, end = at + NOR_BLOCK;

	for (; at < end && at < nor->size; at++)
		set_byte(nor, at, 0xff);
}

/* ---- Sequences ---- */

/* The end of one, with these bits for what went wrong. */
static void over(struct nor *nor, __u32 errors)
{
	nor->state.status |= NOR_READY | errors;
	nor->state.mode = NOR_ARRAY;
}

static void begin_buffer(struct nor *nor)
{
	memset(nor->state.buffer, 0xff, NOR_BUFFER);
	nor->state.filled = 0;
	nor->state.mode = NOR_COUNT;
}

/* Does all that was announced fit between where it begins and the block's end? */
static bool buffer_fits(const struct nor_state *state)
{
	return state->start % NOR_BLOCK + state->count <= NOR_BLOCK;
}

static bool in_buffer(const struct nor_state *state, __u64 offset, __u32 length)
{
	return buffer_fits(state) && offset >= state->start &&
	       offset - state->start + length <= state->count;
}

static void fill_buffer(struct nor *nor, __u64 offset, const void *data, __u32 length)
{
	struct nor_state *state = &nor->state;

	if (!state->filled)
		state->start = offset % nor->size;
	if (!in_buffer(state, offset, length)) {
		over(nor, NOR_BAD_SEQUENCE);
		return;
	}
	memcpy(state->buffer + (offset - state->start), data, length);
	state->filled += length;
	if (state->filled >= state->count)
		state->mode = NOR_CONFIRM;
}

static void program_buffer(struct nor *nor)
{
	program(nor, nor->state.start, nor->state.buffer, nor->state.count);
	over(nor, 0);
}

/* Return: whether it is the one by which a driver ends its writing. */
static bool command(struct nor *nor, enum command command)
{
	switch (command) {
	case PROGRAM:
	case PROGRAM_TOO:
		nor->state.mode = NOR_PROGRAM;
		return false;
	case ERASE:
		nor->state.mode = NOR_ERASE;
		return false;
	case PROGRAM_BUFFER:
		begin_buffer(nor);
		return false;
	case READ_STATUS:
		nor->state.mode = NOR_STATUS;
		return false;
	case READ_ID:
		nor->state.mode = NOR_ID;
		return false;
	case CLEAR_STATUS:
		nor->state.status = 0;
		nor->state.mode = NOR_ARRAY;
		return false;
	default:
		nor->state.mode = NOR_ARRAY;
		return command == READ_ARRAY;
	}
}

/**
 * nor_write() - a guest's write.
 * @nor:    chip
 * @offset: in it
 * @value:  little-endian
 * @length: bytes, 1 to 8
 *
 * Return: whether the guest has ended its writing, by ff.
 */
bool nor_write(struct nor *nor, __u64 offset, __u64 value, __u32 length)
{
	bool confirmed = (value & 0xff) == CONFIRM;

	switch (nor->state.mode) {
	case NOR_PROGRAM:
		program(nor, offset, &value, length);
		over(nor, 0);
		return false;
	case NOR_ERASE:
		if (confirmed)
			erase(nor, offset);
		over(nor, confirmed ? 0 : NOR_BAD_SEQUENCE);
		return false;
	case NOR_COUNT:
		nor->state.count = (value & 0xff) + 1;
		nor->state.mode = NOR_DATA;
		return false;
	case NOR_DATA:
		fill_buffer(nor, offset, &value, length);
		return false;
	case NOR_CONFIRM:
		if (confirmed)
			program_buffer(nor);
		else
			over(nor, NOR_BAD_SEQUENCE);
		return false;
	default:
		return command(nor, value & 0xff);
	}
}

/* ---- The chip ---- */

/* nor_reset() - RST#: as at power-on; its bytes stay */
void nor_reset(struct nor *nor)
{
	memset(&nor->state, 0, sizeof(nor->state));
	nor->state.status = NOR_READY;
}

/**
 * nor_init() - a chip at power-on.
 * @nor:   result
 * @bytes: its array
 * @size:  whole blocks, up to NOR_BLOCKS_MAX
 */
void nor_init(struct nor *nor, __u8 *bytes, __u32 size)
{
	memset(nor, 0, sizeof(*nor));
	nor->bytes = bytes;
	nor->size = size;
	nor_reset(nor);
}

/* nor_state_sane() - can a chip of this size be in that state? It has not been looked at before. */
bool nor_state_sane(const struct nor_state *state, __u32 size)
{
	if (state->mode >= NOR_MODES || state->status > 0xff || state->reserved ||
	    state->start >= size || state->count > NOR_BUFFER)
		return false;
	if (state->mode == NOR_DATA && !state->filled)
		return state->count;
	if (state->mode == NOR_DATA && state->filled >= state->count)
		return false;
	return (state->mode != NOR_DATA && state->mode != NOR_CONFIRM) || buffer_fits(state);
}
