// SPDX-License-Identifier: GPL-2.0
/* Saving, loading, twins, and forged states. */
#include "fuzz.h"

#define STATE_CHANGES	8	/* of a forged blob */

/**
 * fuzz_take_state() - save, up to the host's now.
 * @h:    the host
 * @size: out: length
 *
 * Return: the blob, exactly as big as it has to be, for free().
 */
void *fuzz_take_state(struct fuzz_host *h, size_t *size)
{
	void *blob;

	fuzz_expire(h);
	*size = keel_board_state_size(h->board);
	blob = malloc(*size);
	must(blob);
	must(whole_save(h->board, blob) == *size);
	return blob;
}

static bool state_same(const void *a, size_t size_a, const void *b, size_t size_b)
{
	return size_a == size_b && !memcmp(a, b, size_a);
}

/**
 * fuzz_save() - any state of a board's own is one that it takes, and gets back to.
 * @f: the input; keeps the state for fuzz_restore()
 */
void fuzz_save(struct fuzz *f)
{
	struct fuzz_host *h;
	u32 record;

	for (h = f->hosts; h < fuzz_end(f); h++) {
		free(f->blob);
		f->blob = fuzz_take_state(h, &f->size);
		must(keel_board_check(h->board, f->blob, f->size, &record) == 0);
		must(record == h->board->nr_devs + 1U);
	}
	trace("saved at %llu\n", (unsigned long long)f->hosts[0].now);
}

/* Loads a state of such a board: silently, and exactly. */
static void state_load_own(struct fuzz *f, struct fuzz_host *h, const void *blob, size_t size)
{
	void *after;
	size_t got;

	fuzz_load(h, blob, size);
	must(h->board->next > h->now);
	after = fuzz_take_state(h, &got);
	must(state_same(blob, size, after, got));
	free(after);
}

/**
 * fuzz_restore() - go back to the state kept last, if there is one.
 * @f: the input
 */
void fuzz_restore(struct fuzz *f)
{
	struct fuzz_host *h;

	if (!f->blob)
		fuzz_save(f);
	for (h = f->hosts; h < fuzz_end(f); h++)
		state_load_own(f, h, f->blob, f->size);
}

/* With several IOAPICs it is not known which one has set the routes last. */
static bool state_routes_comparable(const struct keel_board *board)
{
	unsigned int i, nr = 0;

	for (i = 0; i < board->nr_devs; i++)
		nr += board->devs[i]->ops->class == KEEL_CLASS_IOAPIC;
	return nr == 1;
}

/**
 * fuzz_compare() - do both hosts see the same?
 * @f: the input, with a twin
 */
void fuzz_compare(struct fuzz *f)
{
	const struct fuzz_host *a = &f->hosts[0], *b = &f->hosts[1];

	must(a->now == b->now);
	must(a->hash == b->hash);
	must(a->intr == b->intr);
	must(a->deadline == b->deadline);
	must(a->room == b->room);
	if (state_routes_comparable(a->board))
		must(!memcmp(a->routes, b->routes, sizeof(a->routes)));
}

static void state_part(struct fuzz *f)
{
	size_t size_a, size_b;
	void *a = fuzz_take_state(&f->hosts[0], &size_a);
	void *b = fuzz_take_state(&f->hosts[1], &size_b);

	fuzz_compare(f);
	must(state_same(a, size_a, b, size_b));
	free(a);
	free(b);
	free(f->hosts[1].board);
	f->nr_hosts = 1;
}

/**
 * fuzz_twin() - make a twin from the first board's state, or drop it.
 * @f: the input
 */
void fuzz_twin(struct fuzz *f)
{
	struct fuzz_host *a = &f->hosts[0], *b = &f->hosts[1];
	size_t size;
	void *blob;

	trace("%s\n", f->nr_hosts == 1 ? "twin" : "no twin");
	if (f->nr_hosts == 2) {
		state_part(f);
		return;
	}
	blob = fuzz_take_state(a, &size);
	must(fuzz_host_build(f, b, fuzz_u8(f) & 1 ? a->now : 0));
	state_load_own(f, b, blob, size);
	free(blob);
	f->nr_hosts = 2;
	b->room = a->room;
	/* A state taken before is not the twin's. */
	memset(&a->text, 0, sizeof(a->text));
	memset(&b->text, 0, sizeof(b->text));
	b->direct = true;
	a->hash = 0;
	b->hash = 0;
	fuzz_compare(f);
}

/* ---- Forged states ---- */

static void state_seal(struct keel_state_header *header, size_t size)
{
	const u8 *at = (const u8 *)(header + 1);
	size_t n = min_t(size_t, header->length, size);
	u32 hash = 0x811c9dc5;

	for (n = n > sizeof(*header) ? n - sizeof(*header) : 0; n; n--)
		hash = (hash ^ *at++) * 0x01000193;
	header->checksum = hash;
}

/* Where a record's state starts in the blob; @device: -1 for the board's own. */
static size_t state_offset(const struct keel_board *board, int device)
{
	size_t at = sizeof(struct keel_state_header) + sizeof(struct keel_state_record);
	int i;

	if (device < 0)
		return at;
	at += (sizeof(struct keel_board_state) + 7) & ~7UL;
	for (i = 0; i <= device; i++) {
		at += sizeof(struct keel_state_record);
		if (i < device)
			at += (board->devs[i]->ops->state_size + 7) & ~7UL;
	}
	return at;
}

/* Picks a byte: of a device's state mostly, else of anything. */
static size_t state_pick(struct fuzz *f, const struct keel_board *board, u8 where)
{
	int device = where % (board->nr_devs + 1) - 1;
	size_t size = device < 0 ? sizeof(struct keel_board_state) :
				   board->devs[device]->ops->state_size;

	if (where >= 0xf0)
		return fuzz_u16(f) % f->size;
	if (!size)
		return 0;
	return state_offset(board, device) + (size > 256 ? fuzz_u16(f) : fuzz_u8(f)) % size;
}

static void state_change(struct fuzz *f, const struct keel_board *board, u8 *blob)
{
	size_t at = state_pick(f, board, fuzz_u8(f));
	u8 how = fuzz_u8(f);
	u64 value;

	switch (how >> 5) {
	case 0:		/* a bit */
		blob[at] ^= BIT(how & 7);
		break;
	case 1:		/* a time stamp near now, or near what is there */
		at &= ~7UL;
		memcpy(&value, how & 1 ? blob + at : blob + offsetof(struct keel_state_header, now),
		       sizeof(value));
		value = how & 2 ? value + fuzz_scaled(f) : value - fuzz_scaled(f);
		memcpy(blob + at, &value, min_t(size_t, f->size - at, sizeof(value)));
		break;
	case 2:
		value = fuzz_u64(f);
		memcpy(blob + at, &value, min_t(size_t, f->size - at, sizeof(value)));
		break;
	case 3:
		value = how & 1 ? U64_MAX : 0;
		memcpy(blob + at, &value, min_t(size_t, f->size - at, sizeof(value)));
		break;
	default:
		blob[at] = fuzz_u8(f);
	}
}

static void state_forge(struct fuzz *f, u8 how, u8 *blob, size_t *size)
{
	unsigned int i;

	for (i = 0; i < 1U + how % STATE_CHANGES; i++)
		state_change(f, f->hosts[0].board, blob);
	if (how & 0x40 && how & 0x20)
		*size = fuzz_u16(f) % (*size + 1);
	if (!(how & 0x80) && *size >= sizeof(struct keel_state_header))
		state_seal((struct keel_state_header *)blob, *size);
}

/* If refused, nothing has changed. If accepted, saving and loading it again keeps it. */
static bool state_try(struct fuzz_host *h, const void *blob, size_t size)
{
	size_t size_before, size_after;
	void *before, *after;
	int ret;

	before = fuzz_take_state(h, &size_before);
	ret = fuzz_try_load(h, blob, size);
	if (!ret)
		fuzz_check(h);
	after = fuzz_take_state(h, &size_after);
	if (ret)
		must(state_same(before, size_before, after, size_after));
	else
		must(size_before == size_after);
	free(before);
	free(after);
	return !ret;
}

/**
 * fuzz_forge() - load a state that was tampered with.
 * @f: the input
 *
 * A state that the board accepts must be as good as one that it has reached: all further
 * actions use it, and fuzz_after adds actions.
 */
void fuzz_forge(struct fuzz *f)
{
	u8 how = fuzz_u8(f), *exact;
	struct fuzz_host *h;
	bool taken = false;
	size_t size;

	if (!f->blob || how & 0x20) {
		free(f->blob);
		f->blob = fuzz_take_state(&f->hosts[0], &f->size);
	}
	exact = malloc(f->size);
	must(exact);
	memcpy(exact, f->blob, f->size);
	size = f->size;
	state_forge(f, how, exact, &size);
	exact = realloc(exact, size ? size : 1);
	must(exact);
	for (h = f->hosts; h < fuzz_end(f); h++)
		taken = state_try(h, exact, size);
	free(exact);
	if (taken && !f->in.random)
		f->in.random = fuzz_after;
}
