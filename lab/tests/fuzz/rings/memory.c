// SPDX-License-Identifier: GPL-2.0
/* Guest memory, as the walker sees it: it can change, or go away, before each access. */
#include "rings.h"

static bool memory_within(u64 addr, u32 len, u64 from, u64 to)
{
	return addr >= from && addr < to && len <= to - addr;
}

bool rings_backed(const struct rings *r, u64 addr, u32 len)
{
	u64 page;

	if (!memory_within(addr, len, RINGS_BASE, RINGS_BORDER) &&
	    !memory_within(addr, len, RINGS_BORDER, RINGS_END))
		return false;
	for (page = addr / RINGS_PAGE; page <= (addr + len - 1) / RINGS_PAGE; page++)
		if (r->lost >> page & 1)
			return false;
	return true;
}

bool rings_huge(u64 addr, u32 len)
{
	return memory_within(addr, len, RINGS_HUGE, RINGS_HUGE + RINGS_HUGE_SIZE);
}

void rings_put(struct rings *r, u64 addr, u64 value, unsigned int len)
{
	must(memory_within(addr, len, RINGS_BASE, RINGS_END));
	memcpy(r->mem + (addr - RINGS_BASE), &value, len);
}

u64 rings_get(const struct rings *r, u64 addr, unsigned int len)
{
	u64 value = 0;

	must(memory_within(addr, len, RINGS_BASE, RINGS_END));
	memcpy(&value, r->mem + (addr - RINGS_BASE), len);
	return value;
}

/* Is the driver about to write something? */
bool rings_races(const struct rings *r)
{
	unsigned int i;

	for (i = 0; i < RINGS_RACES; i++)
		if (r->races[i].after)
			return true;
	return false;
}

static void memory_race(struct rings_walker *w)
{
	struct rings *r = w->r;
	unsigned int i;

	if (w != &r->walker)
		return;
	for (i = 0; i < RINGS_RACES; i++) {
		struct rings_race *race = &r->races[i];

		if (race->after && !--race->after)
			rings_put(r, race->addr, race->value, race->len);
	}
}

static bool memory_there(void *ctx, u64 addr, u32 len)
{
	struct rings_walker *w = ctx;

	must(len);
	must(!w->s.broken);
	w->looks++;
	memory_race(w);
	if (!rings_backed(w->r, addr, len) && !rings_huge(addr, len))
		return false;
	must(w->nr_there < ARRAY_SIZE(w->there));
	w->there[w->nr_there++] = (struct keel_seg) { .addr = addr, .len = len };
	return true;
}

static bool memory_read(void *ctx, u64 addr, void *to, u32 len)
{
	struct rings_walker *w = ctx;

	must(len);
	must(!w->s.broken);
	w->reads++;
	memory_race(w);
	if (!rings_backed(w->r, addr, len))
		return false;
	memcpy(to, w->r->mem + (addr - RINGS_BASE), len);
	return true;
}

/* What a device may write, and nothing else (2.7.8, 2.8.13). */
static void memory_check_split(const struct rings_walker *w, u64 offset, u64 value, u32 len)
{
	bool event_idx = rings_has(w->r, VIRTIO_RING_F_EVENT_IDX);
	u64 elements = 8 * w->s.size;

	if (offset == KEEL_USED_FLAGS)
		must(len == 2 && value <= VRING_USED_F_NO_NOTIFY && !event_idx);
	else if (offset == KEEL_USED_IDX)
		must(len == 2);
	else if (offset - KEEL_USED_RING < elements)
		must(len == 8 && offset % 8 == KEEL_USED_RING && (u32)value < w->s.size);
	else
		must(len == 2 && offset == KEEL_USED_RING + elements && event_idx);
}

static void memory_check_packed(const struct rings_walker *w, u64 addr, u64 value, u32 len)
{
	bool event_idx = rings_has(w->r, VIRTIO_RING_F_EVENT_IDX);
	u64 flags = value >> 48;

	if (len == 4 && addr == w->s.device) {
		must(value >> 16 <= (event_idx ? VRING_PACKED_EVENT_FLAG_DESC :
						 VRING_PACKED_EVENT_FLAG_DISABLE));
		must(event_idx || !(u16)value);
		return;
	}
	must(len == 8 && addr % 16 == 8 && addr - w->s.desc < 16ULL * w->s.size);
	must(!(flags & BIT(VRING_PACKED_DESC_F_AVAIL)) == !(flags & BIT(VRING_PACKED_DESC_F_USED)));
	must(!(flags & VRING_DESC_F_WRITE) == !(u32)value);
}

static bool memory_write(void *ctx, u64 addr, const void *from, u32 len)
{
	struct rings_walker *w = ctx;
	u64 value = 0;

	must(len && len <= sizeof(value));
	must(!w->s.broken || w->batch);
	memcpy(&value, from, len);
	if (rings_is_packed(w->r))
		memory_check_packed(w, addr, value, len);
	else
		memory_check_split(w, addr - w->s.device, value, len);
	w->writes++;
	w->hash = (w->hash ^ addr ^ len) * 0x100000001b3ULL;
	w->hash = (w->hash ^ value) * 0x100000001b3ULL;
	memory_race(w);
	if (!rings_backed(w->r, addr, len))
		return false;
	memcpy(w->r->mem + (addr - RINGS_BASE), from, len);
	return true;
}

const struct keel_mem_ops rings_mem = {
	.there = memory_there,
	.read = memory_read,
	.write = memory_write,
};
