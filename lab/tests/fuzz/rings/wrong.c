// SPDX-License-Identifier: GPL-2.0
/* Faults: rings overwritten at any time, memory that goes away, forged states. */
#include "rings.h"

/* A number in a ring. */
static u64 wrong_place(struct rings *r, unsigned int *len)
{
	u8 what = input_u8(&r->in), i = input_u8(&r->in);
	u64 desc = RINGS_DESC + i % r->size * KEEL_DESC_SIZE;
	u64 entry = RINGS_TABLES + i * KEEL_DESC_SIZE;
	static const u8 lengths[] = { 8, 4, 2, 2 }, offsets[] = { 0, 8, 12, 14 };

	*len = lengths[what >> 3 & 3];
	switch (what & 7) {
	case 0:
	case 1:
	case 2:
		return desc + offsets[what >> 3 & 3];
	case 3:
	case 4:
		return entry + offsets[what >> 3 & 3];
	case 5:
		*len = 2;
		return RINGS_DRIVER + KEEL_AVAIL_IDX;
	case 6:
		*len = 2;
		return RINGS_DRIVER + 2 * (i % (r->size + 3));
	default:
		return RINGS_DEVICE + 4 * i;
	}
}

/* Mostly close to the old value, or to the right one. */
static u64 wrong_value(struct rings *r, u64 before, unsigned int len)
{
	u8 how = input_u8(&r->in);
	const struct keel_virtq_state *s = &r->walker.s;

	switch (how & 7) {
	case 0:
		return before + (s8)input_u8(&r->in);
	case 1:
		return before ^ BIT_ULL((how >> 3) % (8 * len));
	case 2:
		return s->avail + (how >> 3);
	case 3:
		return s->used + (how >> 3);
	case 4:
		return RINGS_TABLES + (how >> 3) * KEEL_DESC_SIZE;
	case 5:
		return how >> 3;
	case 6:
		return -(u64)(how >> 3);
	default:
		return input_u64(&r->in);
	}
}

/**
 * rings_poke() - the driver writes over its rings.
 * @r: the queue
 */
void rings_poke(struct rings *r)
{
	unsigned int len;
	u64 at = wrong_place(r, &len);
	u64 value = wrong_value(r, rings_get(r, at, len), len);

	trace("poke %#lx, %#lx, %u bytes\n", at, value, len);
	r->honest = false;
	rings_put(r, at, value, len);
}

/**
 * rings_race() - the same, after some more accesses of the walker's.
 * @r: the queue
 */
void rings_race(struct rings *r)
{
	u8 how = input_u8(&r->in);
	struct rings_race *race = &r->races[how % RINGS_RACES];

	race->after = 1 + (how >> 2) % 16;
	race->addr = wrong_place(r, &race->len);
	race->value = wrong_value(r, rings_get(r, race->addr, race->len), race->len);
	trace("race in %u: %#lx, %#lx, %u bytes\n", race->after, race->addr, race->value,
	      race->len);
	r->honest = false;
}

/**
 * rings_descriptor() - a whole descriptor, of the ring or of a table.
 * @r: the queue
 */
void rings_descriptor(struct rings *r)
{
	static const struct keel_seg segs[] = {
		{ RINGS_BUFFERS, 16 }, { RINGS_TABLES, 16 }, { RINGS_TABLES, 64 },
		{ RINGS_HUGE, 0xfffffff0 }, { RINGS_TABLES + 16, 0x1000 }, { RINGS_BUFFERS, 0 },
		{ RINGS_DESC, 32 }, { RINGS_END - 16, 16 },
	};
	u8 where = input_u8(&r->in), what = input_u8(&r->in), next = input_u8(&r->in);
	u64 at = where & 0x80 ? RINGS_TABLES + (where & 0x7f) * KEEL_DESC_SIZE :
				RINGS_DESC + where % r->size * KEEL_DESC_SIZE;
	u16 flags = what >> 3 & 7;

	if (rings_is_packed(r))
		flags |= what & 0x80 ? BIT(VRING_PACKED_DESC_F_USED) :
				       BIT(VRING_PACKED_DESC_F_AVAIL);
	trace("descriptor at %#lx: %u, flags %#x, next %u\n", at, what & 7, flags, next);
	r->honest = false;
	rings_put(r, at, segs[what & 7].addr, 8);
	rings_put(r, at + 8, segs[what & 7].len, 4);
	rings_put(r, at + 12, rings_is_packed(r) ? next : flags, 2);
	rings_put(r, at + 14, rings_is_packed(r) ? flags : next, 2);
}

/**
 * rings_memory() - pages come and go.
 * @r: the queue
 */
void rings_memory(struct rings *r)
{
	u8 page = input_u8(&r->in);

	r->lost = page & 0x80 ? 0 : r->lost ^ BIT(1 + page % 10);
	trace("memory: %#x are lost\n", r->lost);
	r->honest = false;
}

/**
 * rings_forge() - forge a state, which is used if it is accepted.
 * @r: the queue
 */
void rings_forge(struct rings *r)
{
	u8 at = input_u8(&r->in), how = input_u8(&r->in), value = input_u8(&r->in);
	struct keel_virtq_state s, before;

	rings_flush(r);
	s = r->walker.s;
	before = s;
	if (how & 0x80)
		((u8 *)&s)[at % sizeof(s)] = value;
	else
		((u8 *)&s)[at % sizeof(s)] ^= BIT(how & 7);
	if (s.size > r->size || !keel_virtq_check(&s, r->features))
		return;
	trace("forge: byte %zu is %#x\n", at % sizeof(s), ((u8 *)&s)[at % sizeof(s)]);
	if (memcmp(&s, &before, sizeof(s))) {
		r->honest = false;
		r->forged = true;
	}
	r->walker.s = s;
	rings_restart(r);
}
