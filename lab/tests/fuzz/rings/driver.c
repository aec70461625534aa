// SPDX-License-Identifier: GPL-2.0
/* A driver that follows the standard, in both formats, with a state of its own. */
#include "rings.h"

void rings_fifo_put(struct rings_fifo *fifo, const struct rings_request *request)
{
	must(fifo->nr < ARRAY_SIZE(fifo->at));
	fifo->at[(fifo->head + fifo->nr++) % ARRAY_SIZE(fifo->at)] = *request;
}

/* The first one again. */
void rings_fifo_unget(struct rings_fifo *fifo, const struct rings_request *request)
{
	must(fifo->nr < ARRAY_SIZE(fifo->at));
	fifo->head = (fifo->head + ARRAY_SIZE(fifo->at) - 1) % ARRAY_SIZE(fifo->at);
	fifo->at[fifo->head] = *request;
	fifo->nr++;
}

struct rings_request rings_fifo_get(struct rings_fifo *fifo)
{
	unsigned int at = fifo->head;

	must(fifo->nr);
	fifo->nr--;
	fifo->head = (at + 1) % ARRAY_SIZE(fifo->at);
	return fifo->at[at];
}

/* The place so many slots behind this one (packed). */
u16 rings_step(const struct rings *r, u16 place, u16 slots)
{
	while (slots--) {
		place++;
		if ((place & ~KEEL_PACKED_WRAP) == r->size)
			place = ~place & KEEL_PACKED_WRAP;
	}
	return place;
}

void rings_driver_reset(struct rings *r)
{
	unsigned int i;

	memset(r->mem, 0, RINGS_END - RINGS_BASE);
	memset(r->count, 0, sizeof(r->count));
	r->place = rings_is_packed(r) ? KEEL_PACKED_WRAP : 0;
	r->seen = r->place;
	r->slots = r->size;
	r->nr_free = r->size;
	for (i = 0; i < r->size; i++)
		r->free[i] = r->size - 1 - i;
	r->offered.nr = 0;
	r->gathered.nr = 0;
	r->given.nr = 0;
}

/* ---- Offering ---- */

/* From 0xf0 on they are wrong. */
static struct keel_seg driver_take_buffer(struct rings *r)
{
	static const struct keel_seg good[] = {
		{ RINGS_BUFFERS, 16 }, { RINGS_BUFFERS + 0x200, 512 }, { RINGS_END - 1, 1 },
		{ RINGS_BORDER - 1, 1 }, { RINGS_HUGE, 0x10000000 }, { RINGS_BORDER, 0x1000 },
		{ RINGS_BASE, 1 }, { ~0ULL, 0 },
	}, wrong[] = {
		{ RINGS_END - 1, 2 }, { RINGS_BORDER - 1, 2 }, { ~0ULL, 1 }, { ~0ULL, 2 },
		{ RINGS_HUGE, 0xffffffff }, { 0, 1 }, { RINGS_BASE - 1, 2 },
		{ RINGS_HUGE + RINGS_HUGE_SIZE - 1, 2 },
	};
	u8 what = input_u8(&r->in);

	if (what < 0xf0 || r->decent)
		return good[what % ARRAY_SIZE(good)];
	r->honest = false;
	return wrong[what % ARRAY_SIZE(wrong)];
}

static void driver_put_desc(struct rings *r, u64 at, const struct keel_seg *seg, u16 third,
			    u16 fourth)
{
	rings_put(r, at, seg->addr, 8);
	rings_put(r, at + 8, seg->len, 4);
	rings_put(r, at + 12, third, 2);
	rings_put(r, at + 14, fourth, 2);
}

static u16 driver_flags(const struct rings_request *request, unsigned int i, bool chained)
{
	return (i >= request->nr_out ? VRING_DESC_F_WRITE : 0) |
	       (chained && i + 1 < request->nr ? VRING_DESC_F_NEXT : 0);
}

static struct keel_seg driver_put_table(struct rings *r, const struct rings_request *request,
					u16 id)
{
	struct keel_seg table = {
		RINGS_TABLES + id % RINGS_NR_TABLES * RINGS_CHAIN * KEEL_DESC_SIZE,
		request->nr * KEEL_DESC_SIZE,
	};
	unsigned int i;

	for (i = 0; i < request->nr; i++) {
		u64 at = table.addr + i * KEEL_DESC_SIZE;

		if (rings_is_packed(r))
			driver_put_desc(r, at, &request->segs[i], 0,
					driver_flags(request, i, false));
		else
			driver_put_desc(r, at, &request->segs[i], driver_flags(request, i, true),
					i + 1);
	}
	return table;
}

static void driver_put_split(struct rings *r, const struct rings_request *request, bool indirect)
{
	unsigned int i, nr = indirect ? 1 : request->nr;
	u16 at = request->id;

	for (i = 0; i < nr; i++) {
		struct keel_seg seg = indirect ? driver_put_table(r, request, at) :
						 request->segs[i];
		u16 flags = indirect ? VRING_DESC_F_INDIRECT : driver_flags(request, i, true);

		must(at == r->free[--r->nr_free]);
		r->next[at] = i + 1 < nr ? r->free[r->nr_free - 1] : 0;
		driver_put_desc(r, RINGS_DESC + at * KEEL_DESC_SIZE, &seg, flags, r->next[at]);
		at = r->next[at];
	}
	rings_put(r, RINGS_DRIVER + KEEL_AVAIL_RING + r->place % r->size * 2, request->id, 2);
	rings_put(r, RINGS_DRIVER + KEEL_AVAIL_IDX, ++r->place, 2);
}

static void driver_put_packed(struct rings *r, const struct rings_request *request, bool indirect)
{
	unsigned int i, nr = indirect ? 1 : request->nr;

	r->nr_free--;
	r->slots -= nr;
	for (i = 0; i < nr; i++) {
		struct keel_seg seg = indirect ? driver_put_table(r, request, request->id) :
						 request->segs[i];
		u16 flags = indirect ? VRING_DESC_F_INDIRECT : driver_flags(request, i, true);

		flags |= r->place & KEEL_PACKED_WRAP ? BIT(VRING_PACKED_DESC_F_AVAIL) :
						       BIT(VRING_PACKED_DESC_F_USED);
		driver_put_desc(r, RINGS_DESC + (r->place & ~KEEL_PACKED_WRAP) * KEEL_DESC_SIZE,
				&seg, i + 1 < nr ? 0xdead : request->id, flags);
		r->place = rings_step(r, r->place, 1);
	}
}

/* Would the driver notify of its chains offered from @old on? */
static bool driver_notifies(struct rings *r, u16 old)
{
	u16 event = rings_get(r, RINGS_DEVICE, 2), flags = rings_get(r, RINGS_DEVICE + 2, 2);

	if (!rings_is_packed(r)) {
		if (!rings_has(r, VIRTIO_RING_F_EVENT_IDX))
			return !(event & VRING_USED_F_NO_NOTIFY);
		event = rings_get(r, RINGS_DEVICE + KEEL_USED_EVENT(r->size), 2);
		return (u16)(r->place - event - 1) < (u16)(r->place - old);
	}
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags == VRING_PACKED_EVENT_FLAG_ENABLE;
	for (; old != r->place; old = rings_step(r, old, 1))
		if (old == event)
			return true;
	return false;
}

/* Buffers of no bytes do not come out again. */
static struct rings_request driver_without_empty(const struct rings_request *request)
{
	struct rings_request rest = { .id = request->id, .slots = request->slots };
	unsigned int i;

	for (i = 0; i < request->nr; i++) {
		if (!request->segs[i].len)
			continue;
		rest.nr_out += i < request->nr_out;
		rest.segs[rest.nr++] = request->segs[i];
	}
	return rest;
}

/**
 * rings_offer() - make a chain available, if there is room for it.
 * @r: the queue
 */
void rings_offer(struct rings *r)
{
	u8 how = input_u8(&r->in);
	struct rings_request request = { .nr = 1 + how % RINGS_CHAIN };
	bool indirect = how & 0x80 && rings_has(r, VIRTIO_RING_F_INDIRECT_DESC);
	u16 old = r->place;
	unsigned int i;

	request.nr = min_t(unsigned int, request.nr, r->size);
	request.nr_out = (how >> 2) % (request.nr + 1);
	for (i = 0; i < request.nr; i++)
		request.segs[i] = driver_take_buffer(r);
	request.slots = indirect ? 1 : request.nr;
	if (!r->nr_free || request.slots > (rings_is_packed(r) ? r->slots : r->nr_free))
		return;
	request.id = r->free[r->nr_free - 1];
	r->count[request.id] = request.slots;
	trace("offer %u: %u out, %u in, %u slots%s\n", request.id, request.nr_out,
	      request.nr - request.nr_out, request.slots, r->honest ? "" : ", dishonest");
	if (rings_is_packed(r))
		driver_put_packed(r, &request, indirect);
	else
		driver_put_split(r, &request, indirect);
	if (!r->honest)
		return;
	request = driver_without_empty(&request);
	rings_fifo_put(&r->offered, &request);
	if (r->waiting)
		must(driver_notifies(r, old));
	r->waiting = false;
}

/* ---- Used chains ---- */

static bool driver_find_split(struct rings *r, struct rings_request *used)
{
	u64 at = RINGS_DEVICE + KEEL_USED_RING + r->seen % r->size * 8;

	if ((u16)rings_get(r, RINGS_DEVICE + KEEL_USED_IDX, 2) == r->seen)
		return false;
	used->id = rings_get(r, at, 4);
	used->written = rings_get(r, at + 4, 4);
	return true;
}

static bool driver_find_packed(struct rings *r, struct rings_request *used)
{
	u64 at = RINGS_DESC + (r->seen & ~KEEL_PACKED_WRAP) * KEEL_DESC_SIZE;
	u16 flags = rings_get(r, at + 14, 2), wrap = r->seen & KEEL_PACKED_WRAP;

	if (!(flags & BIT(VRING_PACKED_DESC_F_AVAIL)) != !wrap ||
	    !(flags & BIT(VRING_PACKED_DESC_F_USED)) != !wrap)
		return false;
	used->id = rings_get(r, at + 12, 2);
	used->written = flags & VRING_DESC_F_WRITE ? rings_get(r, at + 8, 4) : 0;
	return true;
}

static void driver_free(struct rings *r, u16 id)
{
	u16 at = id, n = r->count[id];

	r->count[id] = 0;
	if (rings_is_packed(r)) {
		r->free[r->nr_free++] = id;
		r->slots += n;
		r->seen = rings_step(r, r->seen, n);
		return;
	}
	for (; n; n--) {
		r->free[r->nr_free++] = at;
		at = r->next[at];
	}
	r->seen++;
}

/**
 * rings_reap() - find a chain used, and free its descriptors.
 * @r: the queue
 */
void rings_reap(struct rings *r)
{
	struct rings_request used = { 0 }, given;
	bool found = rings_is_packed(r) ? driver_find_packed(r, &used) :
					  driver_find_split(r, &used);

	trace("reap: %d, %u, %u bytes\n", found, used.id, used.written);
	if (r->honest) {
		must(found == !!r->given.nr);
		if (!found)
			return;
		given = rings_fifo_get(&r->given);
		while (!given.last) {		/* of its batch; used completely */
			driver_free(r, given.id);
			given = rings_fifo_get(&r->given);
		}
		must(given.id == used.id && given.written == used.written);
		must(used.id < r->size && r->count[used.id]);
	}
	if (found && used.id < r->size && r->count[used.id])
		driver_free(r, used.id);
}

/**
 * rings_event() - say when an interrupt is wanted.
 * @r: the queue
 */
void rings_event(struct rings *r)
{
	u8 how = input_u8(&r->in);
	u16 place;

	trace("event %#x\n", how);
	if (rings_is_packed(r)) {
		place = rings_step(r, r->seen, (how >> 2) % (2 * r->size));
		rings_put(r, RINGS_DRIVER, place | (how & 3) << 16, 4);
	} else if (rings_has(r, VIRTIO_RING_F_EVENT_IDX)) {
		rings_put(r, RINGS_DRIVER + KEEL_AVAIL_EVENT(r->size), r->seen + (s8)how, 2);
	} else {
		rings_put(r, RINGS_DRIVER, how & 1, 2);
	}
}
