/* SPDX-License-Identifier: GPL-2.0 */
/* A NOR flash chip with Intel's command set. */
#ifndef KEEL_FIRMWARE_NOR_H
#define KEEL_FIRMWARE_NOR_H

#include "base.h"

#define NOR_BLOCK	4096ULL		/* is erased at a time */
#define NOR_BLOCKS_MAX	2048
#define NOR_BUFFER	256		/* of a buffered program, at most */

/* Bits of the status register */
#define NOR_READY		BIT(7)
#define NOR_ERASE_ERROR		BIT(5)
#define NOR_PROGRAM_ERROR	BIT(4)
#define NOR_BAD_SEQUENCE	(NOR_ERASE_ERROR | NOR_PROGRAM_ERROR)

/**
 * enum nor_mode - what the next access means. Reads are of the array, but in two modes.
 * @NOR_ARRAY:   a write is a command
 * @NOR_STATUS:  the same, and reads are of the status register
 * @NOR_ID:      the same, and reads are of the identifier
 * @NOR_PROGRAM: a write is what is programmed
 * @NOR_ERASE:   it confirms that the block is erased
 * @NOR_COUNT:   it says how many bytes go into the buffer
 * @NOR_DATA:    it goes there
 * @NOR_CONFIRM: it confirms that the buffer is programmed
 */
enum nor_mode {
	NOR_ARRAY, NOR_STATUS, NOR_ID, NOR_PROGRAM, NOR_ERASE, NOR_COUNT, NOR_DATA, NOR_CONFIRM,
	NOR_MODES,
};

/**
 * struct nor_state - all of a chip but its bytes. Part of a record of a snapshot as it is.
 * @mode:   enum nor_mode
 * @status: status register
 * @start:  where the buffer's first byte goes
 * @count:  bytes that were announced for it
 * @filled: bytes that it has got
 * @reserved: zero
 * @buffer: they, by their distance from @start; 0xff where there was none
 */
struct nor_state {
	__u32 mode;
	__u32 status;
	__u32 start;
	__u32 count;
	__u32 filled;
	__u32 reserved;
	__u8 buffer[NOR_BUFFER];
};

/**
 * struct nor - a chip.
 * @bytes: its array
 * @size:  whole blocks, up to NOR_BLOCKS_MAX
 * @state: all else that a guest can find out
 * @dirty: blocks that have changed; the caller clears them
 */
struct nor {
	__u8 *bytes;
	__u32 size;
	struct nor_state state;
	bool dirty[NOR_BLOCKS_MAX];
};

void nor_init(struct nor *nor, __u8 *bytes, __u32 size);
void nor_reset(struct nor *nor);
bool nor_shows_array(const struct nor *nor);
bool nor_write(struct nor *nor, __u64 offset, __u64 value, __u32 length);
void nor_read(const struct nor *nor, __u64 offset, __u8 *data, __u32 length);
bool nor_state_sane(const struct nor_state *state, __u32 size);

#endif /* KEEL_FIRMWARE_NOR_H */
