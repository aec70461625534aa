// SPDX-License-Identifier: GPL-2.0
/* The driver's side of a virtqueue: guest memory, and a driver for both formats. */
#include "virtq_test.h"

/* ---- Memory ---- */

static bool driver_within(u64 addr, u32 len, u64 from, u64 to)
{
	return addr >= from && addr < to && len <= to - addr;
}

static bool driver_backed(const struct vq *v, u64 addr, u32 len)
{
	if (v->lost >= addr && v->lost - addr < len)
		return false;
	return driver_within(addr, len, VQ_BASE, VQ_BORDER) ||
	       driver_within(addr, len, VQ_BORDER, VQ_END);
}

/* Called before each of the walker's accesses; false makes the access fail. */
static bool driver_access(struct vq *v)
{
	if (v->race)
		v->race(v);
	return v->fail_at < 0 || v->fail_at--;
}

static bool driver_there(void *ctx, u64 addr, u32 len)
{
	struct vq_side *side = ctx;

	KUNIT_EXPECT_NE(side->v->test, len, 0U);
	side->looks++;
	if (!driver_access(side->v))
		return false;
	return driver_backed(side->v, addr, len) ||
	       driver_within(addr, len, VQ_HUGE, VQ_HUGE + VQ_HUGE_SIZE);
}

static bool driver_read(void *ctx, u64 addr, void *to, u32 len)
{
	struct vq_side *side = ctx;

	side->reads++;
	if (!driver_access(side->v) || !driver_backed(side->v, addr, len))
		return false;
	memcpy(to, side->v->mem + (addr - VQ_BASE), len);
	return true;
}

/* The device may write its area, and a packed descriptor's length, id and flags. */
static bool driver_is_ours(const struct vq_side *side, u64 addr, u32 len)
{
	const struct keel_virtq_state *s = &side->s;

	if (!(side->v->features & BIT_ULL(VIRTIO_F_RING_PACKED)))
		return driver_within(addr, len, s->device,
				     s->device + KEEL_USED_EVENT(s->size) + sizeof(u16));
	if (driver_within(addr, len, s->device, s->device + sizeof(struct keel_packed_event)))
		return true;
	return driver_within(addr, len, s->desc, s->desc + KEEL_DESC_SIZE * s->size) &&
	       addr % KEEL_DESC_SIZE == 8 && len == 8;
}

static bool driver_write(void *ctx, u64 addr, const void *from, u32 len)
{
	struct vq_side *side = ctx;
	u32 i;

	KUNIT_EXPECT_TRUE(side->v->test, driver_is_ours(side, addr, len));
	side->writes++;
	if (!driver_access(side->v) || !driver_backed(side->v, addr, len))
		return false;
	for (i = 0; i < len; i++)
		side->hash = (side->hash ^ (addr + i) ^ ((const u8 *)from)[i]) * 0x100000001b3ULL;
	memcpy(side->v->mem + (addr - VQ_BASE), from, len);
	return true;
}

static const struct keel_mem_ops driver_mem = {
	.there = driver_there,
	.read = driver_read,
	.write = driver_write,
};

/* The same for a walker that looks up the queue's areas once, at addresses of their own. */
#define DRIVER_AWAY	BIT_ULL(60)

static u64 driver_area(void *ctx, u64 addr, u32 len)
{
	return driver_there(ctx, addr, len) ? addr + DRIVER_AWAY : 0;
}

static bool driver_load(void *ctx, u64 at, void *to, u32 len)
{
	return driver_read(ctx, at - DRIVER_AWAY, to, len);
}

static bool driver_store(void *ctx, u64 at, const void *from, u32 len)
{
	return driver_write(ctx, at - DRIVER_AWAY, from, len);
}

static const struct keel_mem_ops driver_mem_found = {
	.there = driver_there,
	.read = driver_read,
	.write = driver_write,
	.area = driver_area,
	.load = driver_load,
	.store = driver_store,
};

void vq_write(struct vq *v, u64 addr, u64 value, unsigned int len)
{
	memcpy(v->mem + (addr - VQ_BASE), &value, len);
}

u64 vq_read(struct vq *v, u64 addr, unsigned int len)
{
	u64 value = 0;

	memcpy(&value, v->mem + (addr - VQ_BASE), len);
	return value;
}

/* ---- The queue ---- */

static bool driver_is_packed(const struct vq *v)
{
	return v->features & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* Starts or restarts the walker on its present state. */
void vq_start(struct vq *v)
{
	struct vq_side *side = &v->walker[0];

	side->v = v;
	keel_virtq_start(&side->q, &driver_mem, side, &side->s, v->features);
}

/* Makes the queue empty, as after a reset, and clears all counters. */
void vq_rewind(struct vq *v, u64 features, unsigned int size)
{
	struct vq_side *side = &v->walker[0];
	unsigned int i;

	memset(v->mem, 0, VQ_END - VQ_BASE);
	memset(v->walker, 0, sizeof(v->walker));
	v->lost = 0;
	v->fail_at = -1;
	v->race = NULL;
	v->features = features;
	v->size = size;
	v->nr_free = size;
	v->slots = size;
	v->nr_order = 0;
	for (i = 0; i < size; i++)
		v->free[i] = size - 1 - i;
	side->s = (struct keel_virtq_state) {
		.desc = VQ_DESC, .driver = VQ_DRIVER, .device = VQ_DEVICE,
		.size = size, .vector = 0xffff, .enabled = 1,
	};
	keel_virtq_rewind(&side->s, features);
	v->offered = side->s.avail;
	v->reaped = side->s.avail;
	v->notified = side->s.avail;
	vq_start(v);
}

int vq_init(struct kunit *test, u64 features, unsigned int size)
{
	struct vq *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, v);
	v->mem = kunit_kzalloc(test, VQ_END - VQ_BASE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, v->mem);
	v->test = test;
	test->priv = v;
	vq_rewind(v, features, size);
	return 0;
}

/* ---- Offering ---- */

static void driver_put(struct vq *v, u64 addr, const void *from, unsigned int len)
{
	memcpy(v->mem + (addr - VQ_BASE), from, len);
}

static u16 driver_flags(const struct vq_buf *buf, bool more)
{
	return (buf->in ? VRING_DESC_F_WRITE : 0) | (more ? VRING_DESC_F_NEXT : 0);
}

static u64 driver_put_table(struct vq *v, const struct vq_buf *bufs, unsigned int nr)
{
	u64 table = VQ_TABLES + v->tables++ % VQ_NR_TABLES * 0x1000;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct keel_split_desc split = {
			bufs[i].addr, bufs[i].len, driver_flags(&bufs[i], i + 1 < nr), i + 1,
		};
		struct keel_packed_desc packed = {
			bufs[i].addr, { bufs[i].len, 0, driver_flags(&bufs[i], false) },
		};

		if (driver_is_packed(v))
			driver_put(v, table + i * sizeof(packed), &packed, sizeof(packed));
		else
			driver_put(v, table + i * sizeof(split), &split, sizeof(split));
	}
	return table;
}

static u16 driver_offer_split(struct vq *v, const struct vq_buf *bufs, unsigned int nr,
			      u16 flags)
{
	u16 head = v->free[v->nr_free - 1], at = head, idx = v->offered + 1;
	unsigned int i;

	KUNIT_EXPECT_LE(v->test, nr, (unsigned int)v->nr_free);
	v->count[head] = nr;
	for (i = 0; i < nr; i++) {
		struct keel_split_desc desc = {
			bufs[i].addr, bufs[i].len, driver_flags(&bufs[i], i + 1 < nr) | flags,
		};

		v->nr_free--;
		v->next[at] = i + 1 < nr ? v->free[v->nr_free - 1] : 0;
		desc.next = v->next[at];
		driver_put(v, VQ_DESC + at * sizeof(desc), &desc, sizeof(desc));
		at = desc.next;
	}
	driver_put(v, VQ_DRIVER + KEEL_AVAIL_RING + v->offered % v->size * 2, &head, sizeof(head));
	driver_put(v, VQ_DRIVER + KEEL_AVAIL_IDX, &idx, sizeof(idx));
	v->offered = idx;
	return head;
}

static u16 driver_step(const struct vq *v, u16 place, u16 slots)
{
	u16 slot = (place & ~KEEL_PACKED_WRAP) + slots, wrap = place & KEEL_PACKED_WRAP;

	return slot < v->size ? slot | wrap : (slot - v->size) | (wrap ^ KEEL_PACKED_WRAP);
}

/* The AVAIL and USED flags of a descriptor that is available, or used. */
static u16 driver_mark(u16 place, bool used)
{
	bool wrap = place & KEEL_PACKED_WRAP;

	return (wrap ? BIT(VRING_PACKED_DESC_F_AVAIL) : 0) |
	       (wrap == used ? BIT(VRING_PACKED_DESC_F_USED) : 0);
}

static u16 driver_offer_packed(struct vq *v, const struct vq_buf *bufs, unsigned int nr,
			       u16 flags)
{
	u16 id = v->free[--v->nr_free], place = v->offered;
	unsigned int i;

	KUNIT_EXPECT_LE(v->test, nr, (unsigned int)v->slots);
	v->count[id] = nr;
	v->slots -= nr;
	for (i = 0; i < nr; i++) {
		struct keel_packed_desc desc = {
			bufs[i].addr, { bufs[i].len, i + 1 < nr ? 0xffff : id,
			driver_flags(&bufs[i], i + 1 < nr) | flags | driver_mark(place, false) },
		};

		driver_put(v, VQ_DESC + (place & ~KEEL_PACKED_WRAP) * sizeof(desc), &desc,
			   sizeof(desc));
		place = driver_step(v, place, 1);
	}
	v->offered = place;
	return id;
}

/**
 * vq_offer() - the driver makes a chain available.
 * @v:     the queue
 * @bufs:  the chain
 * @nr:    buffers in it
 * @table: in an indirect table
 *
 * Return: its id.
 */
u16 vq_offer(struct vq *v, const struct vq_buf *bufs, unsigned int nr, bool table)
{
	struct vq_buf refers = { .len = nr * KEEL_DESC_SIZE };
	u16 flags = 0;

	if (table) {
		refers.addr = driver_put_table(v, bufs, nr);
		bufs = &refers;
		nr = 1;
		flags = VRING_DESC_F_INDIRECT;
	}
	v->order[v->nr_order] = driver_is_packed(v) ? driver_offer_packed(v, bufs, nr, flags) :
						      driver_offer_split(v, bufs, nr, flags);
	return v->order[v->features & BIT_ULL(VIRTIO_F_IN_ORDER) ? v->nr_order++ : v->nr_order];
}

/* ---- By hand ---- */

void vq_split_desc(struct vq *v, u64 table, unsigned int i, struct keel_split_desc desc)
{
	driver_put(v, table + i * sizeof(desc), &desc, sizeof(desc));
}

/* Makes the chain with this head available, as the first and only one. */
void vq_split_avail(struct vq *v, u16 head)
{
	vq_write(v, VQ_DRIVER + KEEL_AVAIL_RING, head, 2);
	vq_write(v, VQ_DRIVER + KEEL_AVAIL_IDX, 1, 2);
}

/* ---- Notifying ---- */

/* The standard's vring_need_event(): entry @event is in @old to @new - 1. */
static bool driver_passed(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

static bool driver_notifies_split(const struct vq *v, u16 old)
{
	struct vq *w = (struct vq *)v;

	if (v->features & BIT_ULL(VIRTIO_RING_F_EVENT_IDX))
		return driver_passed(vq_read(w, VQ_DEVICE + KEEL_USED_EVENT(v->size), 2),
				     v->offered, old);
	return !(vq_read(w, VQ_DEVICE + KEEL_USED_FLAGS, 2) & VRING_USED_F_NO_NOTIFY);
}

/* A place with its wrap counter as a number from 0 to 2 * size - 1. */
static u16 driver_unwrap(const struct vq *v, u16 place)
{
	return (place & ~KEEL_PACKED_WRAP) + (place & KEEL_PACKED_WRAP ? 0 : v->size);
}

static bool driver_notifies_packed(struct vq *v, u16 old)
{
	u16 event = vq_read(v, VQ_DEVICE, 2), flags = vq_read(v, VQ_DEVICE + 2, 2);
	u16 at = driver_unwrap(v, old), to = driver_unwrap(v, v->offered);

	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags == VRING_PACKED_EVENT_FLAG_ENABLE;
	for (; at != to; at = (at + 1) % (2 * v->size))
		if (at == driver_unwrap(v, event))
			return true;
	return false;
}

/* Must the driver notify the device of the chains offered since the last call? */
bool vq_notifies(struct vq *v)
{
	u16 old = v->notified;

	v->notified = v->offered;
	return driver_is_packed(v) ? driver_notifies_packed(v, old) :
				     driver_notifies_split(v, old);
}

/* ---- Used chains ---- */

static void driver_free_split(struct vq *v, u16 head)
{
	u16 at = head, n;

	KUNIT_EXPECT_NE(v->test, v->count[head], 0);
	for (n = v->count[head]; n; n--) {
		v->free[v->nr_free++] = at;
		at = v->next[at];
	}
	v->count[head] = 0;
}

static struct vq_used driver_reap_split(struct vq *v)
{
	struct vq_used used = { .found = vq_read(v, VQ_DEVICE + KEEL_USED_IDX, 2) != v->reaped };
	u64 at = VQ_DEVICE + KEEL_USED_RING + v->reaped % v->size * 8;

	if (!used.found)
		return used;
	used.id = vq_read(v, at, 4);
	used.len = vq_read(v, at + 4, 4);
	return used;
}

static struct vq_used driver_reap_packed(struct vq *v)
{
	u64 at = VQ_DESC + (v->reaped & ~KEEL_PACKED_WRAP) * KEEL_DESC_SIZE;
	u16 both = BIT(VRING_PACKED_DESC_F_AVAIL) | BIT(VRING_PACKED_DESC_F_USED);
	u16 flags = vq_read(v, at + 14, 2);
	struct vq_used used = { .found = (flags & both) == driver_mark(v->reaped, true) };

	if (!used.found)
		return used;
	used.id = vq_read(v, at + 12, 2);
	used.len = flags & VRING_DESC_F_WRITE ? vq_read(v, at + 8, 4) : 0;
	return used;
}

static void driver_free_packed(struct vq *v, u16 id)
{
	KUNIT_EXPECT_NE(v->test, v->count[id], 0);
	v->free[v->nr_free++] = id;
	v->slots += v->count[id];
	v->reaped = driver_step(v, v->reaped, v->count[id]);
	v->count[id] = 0;
}

static void driver_free(struct vq *v, u16 id)
{
	if (driver_is_packed(v)) {
		driver_free_packed(v, id);
	} else {
		driver_free_split(v, id);
		v->reaped++;
	}
}

/* With IN_ORDER: all those offered before this one, and this one. Returns how many. */
static unsigned int driver_free_up_to(struct vq *v, u16 id)
{
	unsigned int nr = 0, i;

	while (nr < v->nr_order && v->order[nr++] != id)
		driver_free(v, v->order[nr - 1]);
	KUNIT_EXPECT_NE(v->test, nr, 0U);
	driver_free(v, id);
	for (i = nr; i < v->nr_order; i++)
		v->order[i - nr] = v->order[i];
	v->nr_order -= nr;
	return nr;
}

/* The next used chain, or batch; its descriptors are free again. */
struct vq_used vq_reap(struct vq *v)
{
	struct vq_used used = driver_is_packed(v) ? driver_reap_packed(v) : driver_reap_split(v);

	if (used.found && v->features & BIT_ULL(VIRTIO_F_IN_ORDER))
		used.chains = driver_free_up_to(v, used.id);
	else if (used.found)
		driver_free(v, used.id);
	return used;
}

/* ---- The device ---- */

static void driver_before(struct vq *v)
{
	struct vq_side *one = &v->walker[0], *other = &v->walker[1];

	if (v->alone)
		return;
	other->v = v;
	other->s = one->s;
	keel_virtq_start(&other->q, &driver_mem_found, other, &other->s, v->features);
	other->q.batch = one->q.batch;
	one->hash = 0;
	other->hash = 0;
}

static void driver_after(struct vq *v, int answer, int other_answer)
{
	struct vq_side *one = &v->walker[0], *other = &v->walker[1];

	if (v->alone)
		return;
	KUNIT_EXPECT_EQ(v->test, answer, other_answer);
	KUNIT_EXPECT_EQ(v->test, memcmp(&one->s, &other->s, sizeof(one->s)), 0);
	KUNIT_EXPECT_EQ(v->test, one->hash, other->hash);
}

static void driver_compare_chains(struct vq *v)
{
	const struct keel_chain *a = &v->walker[0].chain, *b = &v->walker[1].chain;
	unsigned int i;

	KUNIT_EXPECT_EQ(v->test, memcmp(a, b, offsetof(struct keel_chain, segs)), 0);
	for (i = 0; i < a->nr_out + a->nr_in; i++) {
		KUNIT_EXPECT_EQ(v->test, a->segs[i].addr, b->segs[i].addr);
		KUNIT_EXPECT_EQ(v->test, a->segs[i].len, b->segs[i].len);
	}
}

int vq_take(struct vq *v)
{
	struct vq_side *one = &v->walker[0], *other = &v->walker[1];
	int ret, again = 0;

	driver_before(v);
	ret = keel_virtq_next(&one->q, &one->chain);
	if (!v->alone)
		again = keel_virtq_next(&other->q, &other->chain);
	driver_after(v, ret, again);
	if (ret == 1 && !v->alone)
		driver_compare_chains(v);
	return ret;
}

int vq_put_back(struct vq *v, const struct keel_chain *chain)
{
	int ret, again = 0;

	driver_before(v);
	ret = keel_virtq_put_back(&v->walker[0].q, chain);
	if (!v->alone)
		again = keel_virtq_put_back(&v->walker[1].q, chain);
	driver_after(v, ret, again);
	return ret;
}

int vq_give(struct vq *v, u16 id, u16 slots, u32 written)
{
	int ret, again = 0;

	driver_before(v);
	ret = keel_virtq_push(&v->walker[0].q, id, slots, written);
	if (!v->alone)
		again = keel_virtq_push(&v->walker[1].q, id, slots, written);
	driver_after(v, ret, again);
	return ret;
}

int vq_gather(struct vq *v, const struct keel_chain *chain, u32 written)
{
	int ret, again = 0;

	driver_before(v);
	ret = keel_virtq_gather(&v->walker[0].q, chain->id, chain->slots, written);
	if (!v->alone)
		again = keel_virtq_gather(&v->walker[1].q, chain->id, chain->slots, written);
	driver_after(v, ret, again);
	return ret;
}

int vq_flush(struct vq *v)
{
	int ret, again = 0;

	driver_before(v);
	ret = keel_virtq_flush(&v->walker[0].q);
	if (!v->alone)
		again = keel_virtq_flush(&v->walker[1].q);
	driver_after(v, ret, again);
	return ret;
}

int vq_give_chain(struct vq *v, const struct keel_chain *chain, u32 written)
{
	return vq_give(v, chain->id, chain->slots, written);
}

bool vq_asks(struct vq *v)
{
	bool ret, again = false;

	driver_before(v);
	ret = keel_virtq_wants_interrupt(&v->walker[0].q);
	if (!v->alone)
		again = keel_virtq_wants_interrupt(&v->walker[1].q);
	driver_after(v, ret, again);
	return ret;
}

void vq_off(struct vq *v)
{
	driver_before(v);
	keel_virtq_notify_off(&v->walker[0].q);
	if (!v->alone)
		keel_virtq_notify_off(&v->walker[1].q);
	driver_after(v, 0, 0);
}

bool vq_on(struct vq *v)
{
	bool ret, again = false;

	driver_before(v);
	ret = keel_virtq_notify_on(&v->walker[0].q);
	if (!v->alone)
		again = keel_virtq_notify_on(&v->walker[1].q);
	driver_after(v, ret, again);
	return ret;
}

/* The next chain breaks the queue for @reason, which is counted. */
void vq_breaks(struct vq *v, unsigned int reason)
{
	KUNIT_EXPECT_EQ(v->test, vq_take(v), -EIO);
	KUNIT_EXPECT_EQ(v->test, v->walker[0].s.broken, reason);
	KUNIT_EXPECT_EQ(v->test, v->walker[0].q.broken[reason], 1ULL);
}

/* No call makes a broken queue access memory, and the reason stays. */
void vq_stays_broken(struct vq *v)
{
	const struct vq_side *side = &v->walker[0];
	unsigned int accesses = side->reads + side->writes + side->looks;
	u8 reason = side->s.broken;

	KUNIT_EXPECT_EQ(v->test, vq_take(v), -EIO);
	KUNIT_EXPECT_EQ(v->test, vq_give(v, 0, 1, 1), -EIO);
	KUNIT_EXPECT_EQ(v->test, vq_put_back(v, &side->chain), -EIO);
	KUNIT_EXPECT_FALSE(v->test, vq_asks(v));
	vq_off(v);
	KUNIT_EXPECT_FALSE(v->test, vq_on(v));
	vq_start(v);
	KUNIT_EXPECT_EQ(v->test, vq_take(v), -EIO);
	KUNIT_EXPECT_EQ(v->test, keel_virtq_break(&v->walker[0].q, KEEL_VIRTQ_BAD_REQUEST), -EIO);
	KUNIT_EXPECT_EQ(v->test, side->s.broken, reason);
	KUNIT_EXPECT_EQ(v->test, side->q.broken[reason], 1ULL);
	KUNIT_EXPECT_EQ(v->test, side->q.broken[KEEL_VIRTQ_BAD_REQUEST], 0ULL);
	KUNIT_EXPECT_EQ(v->test, side->reads + side->writes + side->looks, accesses);
}

/*
 * While a chain that was put back waits, the driver need not notify; notify_on() then reports
 * that a chain is available.
 */
void vq_put_back_is_told(struct kunit *test)
{
	is(notify_on(), 0);
	offer(IN(BUF(0), 1));
	is(notifies(), 1);
	notify_off();
	is(take(), 1);
	is(put_back(CHAIN), 0);
	is(asks(), 0);
	offer(IN(BUF(1), 1));
	is(notifies(), 0);
	is(notify_on(), 1);
	is(take(), 1);
	is(take(), 1);
	is(take(), 0);
	is(notify_on(), 0);
	offer(IN(BUF(2), 1));
	is(notifies(), 1);
}
