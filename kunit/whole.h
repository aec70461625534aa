/* SPDX-License-Identifier: GPL-2.0 */
/* Operations that take a host several doors, each in one call, for tests. */
#ifndef KEEL_WHOLE_H
#define KEEL_WHOLE_H

#include "../devices/board/build.h"
#include "../devices/board/door.h"
#include "../devices/board/inspect.h"
#include "../devices/board/out.h"
#include "../devices/board/state.h"
#include "../devices/board/stats.h"

/* Return: bytes of the blob. */
static inline size_t whole_save(struct keel_board *board, void *blob)
{
	keel_board_save(board, blob);
	keel_board_seal(board, blob);
	return keel_board_state_size(board);
}

/* Return: 0, or a KEEL_STATE_* reason. */
static inline int whole_load(struct keel_board *board, const void *blob, size_t size, u32 *record)
{
	int ret = keel_board_check(board, blob, size, record);
	unsigned int from = 0;

	if (ret)
		return ret;
	keel_board_load(board, blob);
	while ((from = keel_board_loaded(board, from)))
		;
	keel_board_settle(board);
	return 0;
}

static inline void whole_reset(struct keel_board *board)
{
	unsigned int from = 0;

	while ((from = keel_board_reset(board, from)))
		;
	keel_board_settle(board);
}

/* Return: how many values there are; U32_MAX for a part that is too long. */
static inline unsigned int whole_list(struct keel_board *board, struct keel_stat *stats,
				      unsigned int room,
				      void (*list)(struct keel_board *board, unsigned int part,
						   struct keel_out *out))
{
	static struct keel_value values[KEEL_PART_VALUES];
	unsigned int part, i, nr = 0;

	for (part = 0; part < keel_board_parts(board); part++) {
		struct keel_out out = { .values = values, .room = KEEL_PART_VALUES };

		list(board, part, &out);
		if (out.nr > KEEL_PART_VALUES)
			return U32_MAX;
		for (i = 0; i < out.nr; i++, nr++)
			if (nr < room)
				keel_value_format(&values[i], &stats[nr]);
	}
	return nr;
}

static inline unsigned int whole_stats(struct keel_board *board, struct keel_stat *stats,
				       unsigned int room)
{
	return whole_list(board, stats, room, keel_board_stats);
}

static inline unsigned int whole_inspect(struct keel_board *board, struct keel_stat *stats,
					 unsigned int room)
{
	return whole_list(board, stats, room, keel_board_inspect);
}

#endif /* KEEL_WHOLE_H */
