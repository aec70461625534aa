// SPDX-License-Identifier: GPL-2.0
/*
 * The device's calls of the walker, and their invariants. Unless memory changes during
 * the call, a second walker, started on a copy of the state, makes the same call and must
 * do the same.
 */
#include "rings.h"

/* ---- A call ---- */

static void device_clear(struct rings_walker *w)
{
	w->reads = 0;
	w->writes = 0;
	w->looks = 0;
	w->nr_there = 0;
	w->hash = 0;
	w->batch = w->q.batch.chains && !w->s.broken;
}

/*
 * Does a walker that has just been started see what the first one sees? It has not seen
 * an index that the driver has written over since, nor an area before it was lost.
 */
static bool device_comparable(const struct rings *r)
{
	const struct rings_walker *w = &r->walker;

	if (w->s.broken || r->lost || rings_races(r))
		return false;
	if (rings_is_packed(r) || w->q.ahead == w->s.avail)
		return true;
	return w->s.driver == RINGS_DRIVER &&
	       rings_get(r, RINGS_DRIVER + KEEL_AVAIL_IDX, 2) == w->q.ahead;
}

/* Starts the second walker, if it is used. */
static bool device_enter(struct rings *r)
{
	bool both = device_comparable(r);

	device_clear(&r->walker);
	if (both) {
		r->other.r = r;
		r->other.s = r->walker.s;
		device_clear(&r->other);
		keel_virtq_start(&r->other.q, &rings_mem, &r->other, &r->other.s, r->features);
		must(!r->other.s.broken);
		r->other.q.batch = r->walker.q.batch;
		device_clear(&r->other);
	}
	return both;
}

/* A broken queue does nothing. Another one may break, for one reason, which is counted. */
static void device_leave(struct rings *r, const struct keel_virtq_state *before)
{
	const struct rings_walker *w = &r->walker;

	if (w->s.broken && !before->broken) {
		trace("broken: %u\n", w->s.broken);
		r->broken[w->s.broken]++;
	}
	must(!memcmp(r->broken, w->q.broken, sizeof(r->broken)));
	must(!w->s.broken || !r->honest);
	must(keel_virtq_check(&w->s, r->features));
	must(w->s.desc == before->desc && w->s.driver == before->driver);
	must(w->s.device == before->device && w->s.size == before->size);
	must(w->s.vector == before->vector && w->s.enabled == before->enabled);
	if (before->broken) {
		must(!w->reads && !w->writes && !w->looks);
		must(!memcmp(before, &w->s, sizeof(*before)));
	}
}

static void device_compare(const struct rings *r, int answer, int other)
{
	const struct rings_walker *a = &r->walker, *b = &r->other;

	must(answer == other);
	must(!memcmp(&a->s, &b->s, sizeof(a->s)));
	must(!memcmp(&a->q.batch, &b->q.batch, sizeof(a->q.batch)));
	must(a->hash == b->hash);
}

/* The driver sees the batch, if the walker has none any more. */
static void device_show(struct rings *r)
{
	struct rings_request request;

	while (!r->walker.q.batch.chains && r->gathered.nr) {
		request = rings_fifo_get(&r->gathered);
		request.last = !r->gathered.nr;
		rings_fifo_put(&r->given, &request);
	}
}

/* The indices match the chains that were taken and not given back. */
static void device_check_taken(const struct rings *r)
{
	const struct keel_virtq_state *s = &r->walker.s;
	u16 used = rings_is_packed(r) ? rings_step(r, s->used, r->walker.q.batch.slots) : s->used;
	unsigned int i;

	if (r->forged || s->broken)
		return;
	if (!rings_is_packed(r)) {
		must((u16)(s->avail - s->used) == r->nr_taken + r->walker.q.batch.chains);
		return;
	}
	for (i = 0; i < r->nr_taken; i++)
		used = rings_step(r, used, r->taken[i].slots);
	must(used == s->avail);
}

/* ---- Starting ---- */

void rings_restart(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;

	trace("restart\n");
	if (r->walker.q.batch.chains)
		rings_flush(r);
	before = r->walker.s;
	r->has_last = false;
	device_clear(&r->walker);
	r->walker.r = r;
	keel_virtq_start(&r->walker.q, &rings_mem, &r->walker, &r->walker.s, r->features);
	if (!before.broken && !rings_races(r))
		must(rings_can_run(r) == !r->walker.s.broken);
	must(r->walker.looks <= 3 && !r->walker.reads && !r->walker.writes);
	must(r->walker.s.broken == before.broken || r->walker.s.broken == KEEL_VIRTQ_BAD_RING);
	device_leave(r, &before);
}

/* Resets everything, to an empty ring. */
void rings_reset(struct rings *r)
{
	struct keel_virtq_state *s = &r->walker.s;

	trace("reset\n");
	r->lost = 0;
	memset(r->races, 0, sizeof(r->races));
	r->honest = true;
	r->forged = false;
	r->waiting = false;
	r->nr_taken = 0;
	r->walker.q.batch = (struct keel_virtq_batch) {};
	rings_driver_reset(r);
	*s = (struct keel_virtq_state) {
		.desc = RINGS_DESC, .driver = RINGS_DRIVER, .device = RINGS_DEVICE,
		.size = r->size, .vector = 0xffff, .enabled = 1,
	};
	keel_virtq_rewind(s, r->features);
	rings_restart(r);
}

/* ---- Taking ---- */

/* Every segment lies in memory that the walker has checked, and the sums are right. */
static void device_check_chain(const struct rings *r)
{
	const struct rings_walker *w = &r->walker;
	const struct keel_chain *c = &w->chain;
	u64 out = 0, in = 0;
	unsigned int i;

	must(c->nr_out + c->nr_in == w->nr_there);
	must(c->nr_out + c->nr_in <= w->s.size);
	for (i = 0; i < w->nr_there; i++) {
		must(c->segs[i].len);
		must(c->segs[i].addr == w->there[i].addr && c->segs[i].len == w->there[i].len);
		*(i < c->nr_out ? &out : &in) += c->segs[i].len;
	}
	must(out == c->out_len && in == c->in_len && out + in <= BIT_ULL(32));
	must(c->slots >= 1 && c->slots <= w->s.size);
	must(rings_is_packed(r) || (c->slots == 1 && c->id < w->s.size));
}

static void device_check_request(struct rings *r)
{
	const struct keel_chain *c = &r->walker.chain;
	struct rings_request request = rings_fifo_get(&r->offered);
	unsigned int i;

	r->last = request;
	must(c->id == request.id);
	must(c->nr_out == request.nr_out && c->nr_out + c->nr_in == request.nr);
	for (i = 0; i < request.nr; i++) {
		must(c->segs[i].addr == request.segs[i].addr);
		must(c->segs[i].len == request.segs[i].len);
	}
	must(!rings_is_packed(r) || c->slots == request.slots);
}

static void device_keep(struct rings *r)
{
	r->has_last = r->nr_taken < ARRAY_SIZE(r->taken);
	if (r->nr_taken < ARRAY_SIZE(r->taken))
		r->taken[r->nr_taken++] = (struct rings_request) {
			.id = r->walker.chain.id, .slots = r->walker.chain.slots,
		};
	else
		must(r->forged);
}

static void device_compare_chains(const struct rings *r)
{
	const struct keel_chain *a = &r->walker.chain, *b = &r->other.chain;
	unsigned int i;

	must(!memcmp(a, b, offsetof(struct keel_chain, segs)));
	for (i = 0; i < a->nr_out + a->nr_in; i++)
		must(a->segs[i].addr == b->segs[i].addr && a->segs[i].len == b->segs[i].len);
}

/* Are the rings where the driver has put them, so that the oracle can look at them? */
static bool device_in_place(const struct rings *r)
{
	return r->walker.s.desc == RINGS_DESC && r->walker.s.driver == RINGS_DRIVER;
}

static void device_check_prediction(const struct rings *r, int ret)
{
	const struct keel_chain *a = &r->walker.chain, *b = &r->oracle.chain;
	unsigned int i;

	must(r->walker.s.broken == r->oracle.reason);
	if (r->oracle.reason)
		return;
	must(ret == r->oracle.there);
	if (!ret)
		return;
	must(a->id == b->id && a->slots == b->slots);
	must(a->nr_out == b->nr_out && a->nr_in == b->nr_in);
	for (i = 0; i < a->nr_out + a->nr_in; i++)
		must(a->segs[i].addr == b->segs[i].addr && a->segs[i].len == b->segs[i].len);
}

void rings_take(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	bool both = device_enter(r), known = both && device_in_place(r);
	int ret;

	if (known)
		rings_predict(r, &r->oracle);
	ret = keel_virtq_next(&w->q, &w->chain);
	trace("take: %d\n", ret);
	both &= !w->writes;	/* a batch that is given back changes memory */
	if (known)
		device_check_prediction(r, ret);
	if (both)
		device_compare(r, ret, keel_virtq_next(&r->other.q, &r->other.chain));
	must(ret == (w->s.broken ? -EIO : ret > 0));
	/* index, head, each descriptor and one too many, table; or less */
	must(w->reads <= 2U + w->s.size + 2 && w->looks <= w->s.size);
	/* Only those before one that breaks the queue are given back. */
	must(ret < 0 ? w->writes <= 2 : !w->writes);
	must(ret < 0 || (w->s.used == before.used && w->s.signalled == before.signalled));
	must(ret == 1 || w->s.avail == before.avail);
	device_leave(r, &before);
	must(!r->honest || ret == !!r->offered.nr);
	if (ret != 1)
		return;
	device_check_chain(r);
	if (both)
		device_compare_chains(r);
	if (r->honest)
		device_check_request(r);
	device_keep(r);
	device_check_taken(r);
}

/* Puts the last chain back: memory does not change. */
void rings_put_back(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	bool right, both;
	int ret;

	if (!r->has_last)
		return;
	right = before.broken || rings_can_return(r, w->chain.id, w->chain.slots);
	both = device_enter(r);
	ret = keel_virtq_put_back(&w->q, &w->chain);
	trace("put back: %d\n", ret);
	must(before.broken || (w->s.broken == KEEL_VIRTQ_BAD_RETURN) == !right);
	if (both)
		device_compare(r, ret, keel_virtq_put_back(&r->other.q, &w->chain));
	must(ret == (w->s.broken ? -EIO : 0));
	must(!w->reads && !w->writes && !w->looks);
	must(w->s.used == before.used && w->s.signalled == before.signalled);
	device_leave(r, &before);
	r->has_last = false;
	if (ret)
		return;
	r->nr_taken--;
	if (r->honest)
		rings_fifo_unget(&r->offered, &r->last);
	device_check_taken(r);
}

/* ---- Giving back ---- */

typedef int (*device_return)(struct keel_virtq *q, u16 id, u16 slots, u32 written);

static void device_give(struct rings *r, const struct rings_request *request, device_return give)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	bool right = before.broken || rings_can_return(r, request->id, request->slots);
	bool both = device_enter(r);
	int ret = give(&w->q, request->id, request->slots, request->written);

	must(before.broken || (w->s.broken == KEEL_VIRTQ_BAD_RETURN) == !right);
	trace("give %u, %u slots: %d, %u wait\n", request->id, request->slots, ret,
	      w->q.batch.chains);
	if (both)
		device_compare(r, ret, give(&r->other.q, request->id, request->slots,
					    request->written));
	must(ret == (w->s.broken ? -EIO : 0));
	must(!w->reads && !w->looks && w->writes <= (rings_is_packed(r) ? 1 : 2));
	must(w->s.avail == before.avail);
	must(w->s.signalled == before.signalled || (w->s.fresh && !before.broken));
	/* Something was given back */
	must(w->s.broken || w->q.batch.chains || w->s.used != w->s.signalled);
	device_leave(r, &before);
	if (r->honest)
		rings_fifo_put(&r->gathered, request);
	device_show(r);
	device_check_taken(r);
}

static void device_push(struct rings *r, const struct rings_request *request)
{
	device_give(r, request, keel_virtq_push);
	must(!r->walker.q.batch.chains || r->walker.s.broken);
}

void rings_flush(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	u16 chains = w->q.batch.chains;
	bool both = device_enter(r);
	int ret = keel_virtq_flush(&w->q);

	trace("flush %u: %d\n", chains, ret);
	if (both)
		device_compare(r, ret, keel_virtq_flush(&r->other.q));
	must(ret == (w->s.broken ? -EIO : 0));
	must(!w->reads && !w->looks && w->writes <= 2U * !!chains);
	must(w->s.broken || !w->q.batch.chains);
	device_leave(r, &before);
	device_show(r);
	device_check_taken(r);
}

/* A faulty device: it gives back a chain that it never took, or finds a request bad. */
static void device_misbehave(struct rings *r, u8 how)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_request request = { .id = input_u8(&r->in), .slots = how >> 3 & 7 };

	r->honest = false;
	r->forged = true;
	if (!(how & 0x40)) {
		device_push(r, &request);
		return;
	}
	device_clear(&r->walker);
	must(keel_virtq_break(&r->walker.q, KEEL_VIRTQ_BAD_REQUEST) == -EIO);
	must(r->walker.s.broken);
	device_leave(r, &before);
}

void rings_give(struct rings *r)
{
	u8 how = input_u8(&r->in);
	struct rings_request request;
	unsigned int i;

	if (how >= 0xf0 && !r->decent) {
		device_misbehave(r, input_u8(&r->in));
		return;
	}
	if (!r->nr_taken)
		return;
	i = rings_has(r, VIRTIO_F_IN_ORDER) ? 0 : how % r->nr_taken;
	if (i == r->nr_taken - 1)
		r->has_last = false;
	request = r->taken[i];
	request.written = input_u8(&r->in) * 0x10101;
	memmove(&r->taken[i], &r->taken[i + 1], (--r->nr_taken - i) * sizeof(request));
	device_push(r, &request);
}

/* The first one, used completely: with the next ones, if the driver can tell. */
void rings_gather(struct rings *r)
{
	struct rings_request request;

	if (!r->nr_taken)
		return;
	if (r->nr_taken == 1)
		r->has_last = false;
	request = r->taken[0];
	request.written = r->nr_taken * 0x10101;
	memmove(&r->taken[0], &r->taken[1], --r->nr_taken * sizeof(request));
	device_give(r, &request, keel_virtq_gather);
}

/* ---- Events ---- */

/* Is @event among the places from @at on, up to @to? */
static bool device_passed(const struct rings *r, u16 at, u16 to, u16 event)
{
	for (; at != to; at = rings_is_packed(r) ? rings_step(r, at, 1) : at + 1)
		if (at == event)
			return true;
	return false;
}

/* The expected answer, computed from all chains given back. */
static bool device_expected(const struct rings *r)
{
	const struct keel_virtq_state *s = &r->walker.s;
	u32 event;

	if (s->signalled == s->used)
		return false;
	if (rings_is_packed(r)) {
		event = rings_get(r, s->driver, 4);
		switch (event >> 16 & 3) {
		case VRING_PACKED_EVENT_FLAG_DISABLE:
			return false;
		case VRING_PACKED_EVENT_FLAG_DESC:
			break;
		default:
			return true;
		}
		if (!rings_has(r, VIRTIO_RING_F_EVENT_IDX) || (event & 0x7fff) >= s->size)
			return true;
	} else {
		if (!rings_has(r, VIRTIO_RING_F_EVENT_IDX))
			return !(rings_get(r, s->driver, 2) & VRING_AVAIL_F_NO_INTERRUPT);
		event = rings_get(r, s->driver + KEEL_AVAIL_EVENT(s->size), 2);
	}
	return s->fresh || device_passed(r, s->signalled, s->used, event);
}

void rings_ask(struct rings *r)
{
	struct rings_walker *w = &r->walker;
	struct keel_virtq_state before;
	bool both, known, expected, ret;

	if (w->q.batch.chains)
		rings_flush(r);
	before = w->s;
	both = device_enter(r);
	known = both && before.size == r->size && device_in_place(r);
	expected = known && device_expected(r);
	ret = keel_virtq_wants_interrupt(&w->q);

	trace("ask: %d\n", ret);
	if (both)
		device_compare(r, ret, keel_virtq_wants_interrupt(&r->other.q));
	must(w->reads <= 1 && !w->writes && !w->looks);
	must(w->s.avail == before.avail && w->s.used == before.used);
	must(!ret || !w->s.broken);
	must(before.broken || w->s.signalled == w->s.used);
	must(before.broken || before.used == before.signalled || !w->s.fresh);
	must(!known || ret == expected);
	device_leave(r, &before);
}

void rings_off(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	bool both = device_enter(r);

	trace("notify off\n");
	keel_virtq_notify_off(&w->q);
	if (both) {
		keel_virtq_notify_off(&r->other.q);
		device_compare(r, 0, 0);
	}
	must(!w->reads && w->writes <= 1 && !w->looks);
	device_leave(r, &before);
	r->waiting = false;
}

void rings_on(struct rings *r)
{
	struct keel_virtq_state before = r->walker.s;
	struct rings_walker *w = &r->walker;
	bool both = device_enter(r);
	bool ret = keel_virtq_notify_on(&w->q);

	trace("notify on: %d\n", ret);
	if (both)
		device_compare(r, ret, keel_virtq_notify_on(&r->other.q));
	must(w->reads <= 1 && w->writes <= 1 && !w->looks);
	must(ret || !w->s.broken || before.broken);
	device_leave(r, &before);
	must(!r->honest || ret == !!r->offered.nr);
	r->waiting = r->honest && !ret;
}
