// SPDX-License-Identifier: GPL-2.0
/*
 * A board's state as one blob: header, the board's own record, then one record for
 * each device. Records of the version before are first brought into the present layout. Loading
 * is in two phases: every record is checked, without the board's lock,
 * before anything changes; then all of them are committed without a line making a sound.
 */
#include "../pci/pci.h"
#include "build.h"
#include "door.h"
#include "state.h"

struct state_cursor {
	const u8 *at;
	size_t left;
};

static size_t state_padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

static u32 state_checksum(const u8 *data, size_t size)
{
	u32 hash = 0x811c9dc5;	/* FNV-1a */

	while (size--)
		hash = (hash ^ *data++) * 0x01000193;
	return hash;
}

static void *state_of(const struct keel_dev *dev)
{
	return (void *)dev + dev->ops->state;
}

/**
 * keel_board_state_size() - length of the board's blob.
 * @board: the board
 *
 * Return: bytes; it never changes.
 */
size_t keel_board_state_size(const struct keel_board *board)
{
	size_t size = sizeof(struct keel_state_header) + sizeof(struct keel_state_record) +
		      state_padded(sizeof(struct keel_board_state));
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++)
		size += sizeof(struct keel_state_record) +
			state_padded(board->devs[i]->ops->state_size);
	return size;
}

static u8 *state_put(u8 *at, const struct keel_state_record *record, const void *state)
{
	memcpy(at, record, sizeof(*record));
	at += sizeof(*record);
	memset(at, 0, state_padded(record->length));
	memcpy(at, state, record->length);
	return at + state_padded(record->length);
}

static void state_of_board(const struct keel_board *board, struct keel_board_state *state)
{
	unsigned int i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < KEEL_NR_LINES; i++)
		state->sources[i] = board->lines[i].sources;
}

/**
 * keel_board_save() - take the board's state.
 * @board: the board, at a moment when no door is open
 * @blob:  where to, keel_board_state_size() bytes, 8-byte aligned
 *
 * It wants keel_board_seal() then.
 */
void keel_board_save(struct keel_board *board, void *blob)
{
	struct keel_state_header *header = blob;
	struct keel_state_record record = { .length = sizeof(struct keel_board_state) };
	struct keel_board_state lines;
	u8 *at = blob + sizeof(*header);
	unsigned int i;

	state_of_board(board, &lines);
	at = state_put(at, &record, &lines);
	for (i = 0; i < board->nr_devs; i++) {
		const struct keel_dev *dev = board->devs[i];

		record.class = dev->ops->class;
		record.instance = dev->instance;
		record.version = dev->ops->version;
		record.length = dev->ops->state_size;
		at = state_put(at, &record, state_of(dev));
	}
	header->now = board->host.now;
}

static u32 state_checksum_of(const struct keel_state_header *header)
{
	return state_checksum((const u8 *)(header + 1), header->length - sizeof(*header));
}

/**
 * keel_board_seal() - complete the header of a state that was taken.
 * @board: the board; no door need be open
 * @blob:  from keel_board_save()
 */
void keel_board_seal(const struct keel_board *board, void *blob)
{
	struct keel_state_header *header = blob;

	header->magic = KEEL_STATE_MAGIC;
	header->version = KEEL_STATE_VERSION;
	header->length = keel_board_state_size(board);
	header->checksum = state_checksum_of(header);
}

/* The length first: no blob of the board's is longer, and summing those up is a waste. */
static int state_check_header(const struct keel_board *board, const void *blob, size_t size)
{
	const struct keel_state_header *header = blob;

	if (size < sizeof(*header))
		return KEEL_STATE_TRUNCATED;
	if (header->magic != KEEL_STATE_MAGIC)
		return KEEL_STATE_MAGIC_BAD;
	if (header->version != KEEL_STATE_VERSION)
		return KEEL_STATE_VERSION_BAD;
	if (header->length > size)
		return KEEL_STATE_TRUNCATED;
	if (header->length != size || size > keel_board_state_size(board))
		return KEEL_STATE_LENGTH_BAD;
	if (header->checksum != state_checksum_of(header))
		return KEEL_STATE_CHECKSUM_BAD;
	return header->now < KEEL_TIME_MAX ? 0 : KEEL_STATE_VALUE_BAD;
}

/* The next record and its state, or NULL at the end and for one that is cut off. */
static const struct keel_state_record *state_next(struct state_cursor *cursor)
{
	const struct keel_state_record *record = (const void *)cursor->at;
	size_t length;

	if (cursor->left < sizeof(*record))
		return NULL;
	length = sizeof(*record) + state_padded(record->length);
	if (cursor->left < length)
		return NULL;
	cursor->at += length;
	cursor->left -= length;
	return record;
}

/* The host pulses no line that goes to no interrupt controller. */
static bool state_sources_sane(const struct keel_board *board, unsigned int line, u32 sources)
{
	if (sources & KEEL_LINE_HAND && keel_isa_to_gsi(line) < 0)
		return false;
	return !((sources & ~KEEL_LINE_HAND) >> board->lines[line].nr_sources);
}

static int state_check_lines(const struct keel_board *board,
			     const struct keel_state_record *record)
{
	const struct keel_board_state *state = (const void *)(record + 1);
	unsigned int i;

	if (record->version || record->instance)
		return KEEL_STATE_VERSION_BAD;
	if (record->length != sizeof(*state))
		return KEEL_STATE_LENGTH_BAD;
	for (i = 0; i < KEEL_NR_LINES; i++)
		if (!state_sources_sane(board, i, state->sources[i]))
			return KEEL_STATE_VALUE_BAD;
	return 0;
}

static int state_check_device(const struct keel_dev *dev, const struct keel_state_record *record,
			      u64 now)
{
	if (record->version != dev->ops->version)
		return KEEL_STATE_VERSION_BAD;
	if (record->length != dev->ops->state_size)
		return KEEL_STATE_LENGTH_BAD;
	if (dev->ops->pci && !keel_pci_check(dev, record + 1))
		return KEEL_STATE_VALUE_BAD;
	if (dev->ops->check && !dev->ops->check(dev, record + 1, now))
		return KEEL_STATE_VALUE_BAD;
	return 0;
}

/* Checks a record and marks its owner in @seen: bit 0 the board, then the devices. */
static int state_check_record(const struct keel_board *board,
			      const struct keel_state_record *record, u64 now,
			      bool *seen)
{
	const struct keel_dev *dev = NULL;
	unsigned int owner = 0;

	if (record->reserved || record->reserved2)
		return KEEL_STATE_VALUE_BAD;
	if (record->class != KEEL_CLASS_BOARD) {
		dev = keel_board_find(board, record->class, record->instance);
		if (!dev)
			return KEEL_STATE_UNKNOWN;
		owner = dev->index + 1;
	}
	if (seen[owner])
		return KEEL_STATE_DUPLICATE;
	seen[owner] = true;
	return owner ? state_check_device(dev, record, now) : state_check_lines(board, record);
}

/* Whose is it? As a rule that of the device behind the one before. */
static struct keel_dev *state_owner(const struct keel_board *board,
				    const struct keel_state_record *record, unsigned int guess)
{
	struct keel_dev *dev = guess < board->nr_devs ? board->devs[guess] : NULL;

	if (dev && dev->ops->class == record->class && dev->instance == record->instance)
		return dev;
	return keel_board_find(board, record->class, record->instance);
}

/**
 * struct state_lines - the board's lines, as a state has them.
 * @sources: see struct keel_line
 * @taken:   the same
 */
struct state_lines {
	const u32 *sources;
	u32 taken[KEEL_NR_LINES];
};

/* The lines that a device has taken in a checked state. */
static void state_take(const struct keel_dev *dev, const void *state, u32 *taken)
{
	u32 takes = dev->ops->takes ? dev->ops->takes(state) : 0;
	unsigned int i;

	for (i = 0; i < dev->ops->nr_wires; i++) {
		const struct keel_wire *wire = (const void *)dev + dev->ops->wires[i].offset;

		if (takes >> i & 1 && wire->line)
			taken[wire->line - dev->board->lines] |= BIT(wire->bit);
	}
}

/* Of records that are known to be good by themselves. */
static void state_gather_lines(const struct keel_board *board, struct state_cursor cursor,
			       struct state_lines *lines)
{
	const struct keel_state_record *record;
	unsigned int next = 0;

	memset(lines->taken, 0, sizeof(lines->taken));
	while ((record = state_next(&cursor))) {
		const struct keel_board_state *board_state = (const void *)(record + 1);
		const struct keel_dev *dev;

		if (record->class == KEEL_CLASS_BOARD) {
			lines->sources = board_state->sources;
			continue;
		}
		dev = state_owner(board, record, next);
		state_take(dev, record + 1, lines->taken);
		next = dev->index + 1;
	}
}

static bool state_inputs_agree(const struct keel_dev_ops *ops, const void *state,
			       const struct state_lines *lines)
{
	u32 inputs = ops->inputs(state);
	unsigned int line;
	int pin;

	for (line = 0; line < KEEL_NR_LINES; line++) {
		pin = ops->input_of(line);
		if (pin >= 0 && (inputs >> pin & 1) !=
				keel_line_level_of(lines->sources[line], lines->taken[line]))
			return false;
	}
	return true;
}

/*
 * Two memories of one wire: an input that is high while its line is low would stay so
 * until the line next changes, if ever. All records are known to be good by themselves.
 */
static int state_check_inputs(const struct keel_board *board, struct state_cursor cursor,
			      u32 *record)
{
	const struct keel_state_record *next;
	struct state_lines lines;

	state_gather_lines(board, cursor, &lines);
	for (*record = 0; (next = state_next(&cursor)); ++*record) {
		const struct keel_dev *dev = keel_board_find(board, next->class, next->instance);

		if (dev && dev->ops->inputs && !state_inputs_agree(dev->ops, next + 1, &lines))
			return KEEL_STATE_VALUE_BAD;
	}
	return 0;
}

/* PCI slots whose function is not plugged in, in records that are good by themselves. */
static u32 state_absent(const struct keel_board *board, struct state_cursor cursor)
{
	const struct keel_state_record *next;
	u32 absent = 0;

	while ((next = state_next(&cursor))) {
		const struct keel_dev *dev = keel_board_find(board, next->class, next->instance);

		if (dev && dev->ops->absent)
			absent |= dev->ops->absent(dev, next + 1);
	}
	return absent;
}

static int state_check_absent(const struct keel_board *board, struct state_cursor cursor,
			      u32 *record)
{
	u32 absent = state_absent(board, cursor);
	const struct keel_state_record *next;

	for (*record = 0; absent && (next = state_next(&cursor)); ++*record) {
		const struct keel_dev *dev = keel_board_find(board, next->class, next->instance);

		if (dev && dev->ops->pci && !keel_pci_check_absent(dev, next + 1, absent))
			return KEEL_STATE_VALUE_BAD;
	}
	return 0;
}

static struct state_cursor state_records(const struct keel_state_header *header)
{
	return (struct state_cursor) {
		.at = (const u8 *)(header + 1),
		.left = header->length - sizeof(*header),
	};
}

/* ---- States of the version before ---- */

/* Whose is the record, if it is of the version before? */
static const struct keel_dev *state_older(const struct keel_board *board,
					  const struct keel_state_record *record)
{
	const struct keel_dev *dev = keel_board_find(board, record->class, record->instance);

	if (!dev || !dev->ops->previous_size || record->length != dev->ops->previous_size ||
	    record->version + 1 != dev->ops->version)
		return NULL;
	return dev;
}

static bool state_has_older(const struct keel_board *board,
			    const struct keel_state_header *header, size_t size)
{
	const struct keel_state_record *next;
	struct state_cursor cursor;

	if (size < sizeof(*header) || header->length != size)
		return false;
	cursor = state_records(header);
	while ((next = state_next(&cursor)))
		if (state_older(board, next))
			return !state_check_header(board, header, size);
	return false;
}

/*
 * One record, from @from to @to, which may overlap. Return: the end of what was written; NULL: it
 * is not before @end.
 */
static u8 *state_upgrade_record(const struct keel_board *board, u8 *to,
				const struct keel_state_record *from, const u8 *end)
{
	const struct keel_dev *dev = state_older(board, from);
	struct keel_state_record record = *from;
	u8 *state = to + sizeof(record);

	if (dev) {
		record.version = dev->ops->version;
		record.length = dev->ops->state_size;
	}
	if (state_padded(record.length) > (size_t)(end - state))
		return NULL;
	memmove(state, from + 1, state_padded(from->length));
	memcpy(to, &record, sizeof(record));
	if (dev) {
		memset(state + dev->ops->previous_size, 0,
		       state_padded(record.length) - dev->ops->previous_size);
		if (dev->ops->upgrade)
			dev->ops->upgrade(state);
	}
	return state + state_padded(record.length);
}

/**
 * keel_board_upgrade() - bring a state of the version before into the present layout.
 * @board: the board, unchanged; no door need be open
 * @blob:  8-byte aligned, with room for keel_board_state_size() bytes
 * @size:  bytes of the state there, at most as many
 *
 * The records move to the end of the room. From there each goes to its place, from the first to
 * the last: since no layout shrinks, none is written over before it was read, unless a device has
 * several.
 *
 * Return: bytes of the state now: @size, if no record has the version before, or if it is damaged;
 * 0: a device has several records. keel_board_check() is to be asked in any case.
 */
size_t keel_board_upgrade(const struct keel_board *board, void *blob, size_t size)
{
	struct keel_state_header *header = blob;
	const struct keel_state_record *next;
	struct state_cursor cursor;
	u8 *at = blob + sizeof(*header);

	if (!state_has_older(board, header, size))
		return size;
	cursor.left = size - sizeof(*header);
	cursor.at = blob + keel_board_state_size(board) - cursor.left;
	memmove((u8 *)cursor.at, at, cursor.left);
	while (at && (next = state_next(&cursor)))
		at = state_upgrade_record(board, at, next, cursor.at);
	if (!at || cursor.left)
		return 0;
	header->length = at - (u8 *)blob;
	header->checksum = state_checksum_of(header);
	return header->length;
}

/* ---- Checked, and loaded ---- */

/**
 * keel_board_check() - may keel_board_load() be given this?
 * @board:  the board, unchanged; no door need be open
 * @blob:   8-byte aligned; its header, and all of it if it is not longer than the board's are
 * @size:   its length
 * @record: out: number of the record that is refused
 *
 * Of the board it looks at what is fixed when it is built: what is going on there meanwhile
 * does not matter.
 *
 * Return: 0, or a KEEL_STATE_* reason.
 */
int keel_board_check(const struct keel_board *board, const void *blob, size_t size, u32 *record)
{
	const struct keel_state_header *header = blob;
	bool seen[KEEL_MAX_DEVICES + 1] = { false };
	const struct keel_state_record *next;
	struct state_cursor cursor;
	int ret;

	*record = 0;
	ret = state_check_header(board, blob, size);
	if (ret)
		return ret;
	cursor = state_records(header);
	while ((next = state_next(&cursor))) {
		ret = state_check_record(board, next, header->now, seen);
		if (ret)
			return ret;
		++*record;
	}
	if (cursor.left)
		return KEEL_STATE_TRUNCATED;
	if (*record < board->nr_devs + 1U)	/* no device has two */
		return KEEL_STATE_MISSING;
	ret = state_check_absent(board, state_records(header), record);
	return ret ? ret : state_check_inputs(board, state_records(header), record);
}

static void state_commit_lines(struct keel_board *board, struct state_cursor cursor)
{
	struct state_lines lines;
	unsigned int i;

	state_gather_lines(board, cursor, &lines);
	board->pulsed = 0;
	for (i = 0; i < KEEL_NR_LINES; i++) {
		board->lines[i].sources = lines.sources[i];
		board->lines[i].taken = lines.taken[i];
		if (lines.sources[i] & KEEL_LINE_HAND)
			board->pulsed |= BIT(i);
	}
}

static void state_commit(struct keel_board *board, struct state_cursor cursor)
{
	const struct keel_state_record *record;
	unsigned int next = 0;

	state_commit_lines(board, cursor);
	while ((record = state_next(&cursor))) {
		struct keel_dev *dev;

		if (record->class == KEEL_CLASS_BOARD)
			continue;
		dev = state_owner(board, record, next);
		memcpy(state_of(dev), record + 1, record->length);
		next = dev->index + 1;
	}
}

static void state_loaded(struct keel_dev *dev)
{
	if (dev->ops->pci)
		keel_pci_loaded(dev);
	if (dev->ops->loaded)
		dev->ops->loaded(dev);
}

/**
 * keel_board_load() - replace the board's state.
 * @board: the board, at a moment when no door is open; no vCPU runs
 * @blob:  that keel_board_check() has found good, unchanged since
 *
 * VmTime becomes the blob's: the host has set its clock to header->now before, so
 * that deadlines that are armed then mean what they say. What models derive from state is
 * out of date: until keel_board_loaded() has been through, the host opens doors for nothing
 * else but to look.
 */
void keel_board_load(struct keel_board *board, const void *blob)
{
	const struct keel_state_header *header = blob;
	unsigned int i;

	board->host.now = header->now;
	board->next = KEEL_NEVER;
	for (i = 0; i < board->nr_timers; i++)
		board->deadlines[i] = KEEL_NEVER;
	for (i = 0; i < board->nr_devs; i++)
		board->devs[i]->armed = 0;
	state_commit(board, state_records(header));
}

static void state_loaded_all(struct keel_board *board)
{
	board->host.ops->intr(board->host.ctx, keel_line_level(&board->lines[KEEL_LINE_INTR]));
	board->moved = true;
	board->armed = board->next;
	board->host.ops->arm(board->host.ctx, board->next);
}

/**
 * keel_board_loaded() - KEEL_STEP devices look at the state that was loaded.
 * @board: the board
 * @from:  the first one: 0, or what it returned
 *
 * Return: which one is next, in a door of its own; 0: that is all, and
 * keel_board_settle() is next.
 */
unsigned int keel_board_loaded(struct keel_board *board, unsigned int from)
{
	unsigned int end = min_t(unsigned int, from + KEEL_STEP, board->nr_devs);

	keel_door_enter(board);
	for (; from < end; from++)
		state_loaded(board->devs[from]);
	if (end < board->nr_devs)
		return end;
	state_loaded_all(board);
	return 0;
}
