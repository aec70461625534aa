// SPDX-License-Identifier: GPL-2.0
/* The fake host, and its calls of the board's doors. */
#include "fuzz.h"

/* Most expiries of a perfect timer in one action. */
#define HOST_EXPIRIES	256

/**
 * fuzz_note() - record an action of the board that a twin must do as well.
 * @h:     the host
 * @what:  kind
 * @value: detail
 */
void fuzz_note(struct fuzz_host *h, u64 what, u64 value)
{
	h->hash = (h->hash ^ what) * 0x100000001b3ULL;
	h->hash = (h->hash ^ value) * 0x100000001b3ULL;
	h->hash ^= h->hash >> 29;
	h->calls++;
}

static u64 host_now(void *host)
{
	struct fuzz_host *h = host;

	return h->now;
}

static void host_arm(void *host, u64 deadline)
{
	struct fuzz_host *h = host;

	h->deadline = deadline;
	h->calls++;
}

static void host_intr(void *host, bool level)
{
	struct fuzz_host *h = host;

	h->intr = level;
	fuzz_note(h, 1, level);
}

/* A masked vector sends no message. */
static void host_msi(void *host, unsigned int gsi)
{
	struct fuzz_host *h = host;

	must(gsi < h->board->nr_gsis);
	must(gsi < KEEL_NR_GSIS || h->routes[gsi].address >> 20 == 0xfee);
	fuzz_note(h, 2, gsi);
}

static void host_route(void *host, unsigned int gsi, const struct keel_route *route)
{
	static const struct keel_route masked;
	struct fuzz_host *h = host;

	must(gsi < h->board->nr_gsis);
	must(route || gsi >= KEEL_NR_GSIS);
	if (!route)
		route = &masked;
	h->routes[gsi] = *route;
	fuzz_note(h, 3, ((u64)route->address << 32 | route->data) ^ gsi);
}

static void host_remap(void *host)
{
	struct fuzz_host *h = host;

	h->remapped = true;
	fuzz_note(h, 9, 0);
}

static bool host_byte_out(void *host, const struct keel_dev *dev, u8 byte)
{
	struct fuzz_host *h = host;

	if (h->room)
		h->room--;
	fuzz_note(h, 4 + dev->instance * 16, byte);
	return h->room > 0;
}

static void host_event(void *host, enum keel_event event, u64 arg)
{
	must(event > KEEL_EVENT_NONE && event <= KEEL_EVENT_EJECTED);
	fuzz_note(host, 5, event ^ arg << 8);
}

static void host_reconcile(void *host, struct keel_dev *dev)
{
	struct fuzz_host *h = host;

	h->services |= BIT_ULL(dev->index);
}

static void host_notify(void *host, struct keel_dev *dev, unsigned int queue)
{
	fuzz_note(host, 9 + dev->instance * 16, queue);
}

static const struct keel_host_ops host_ops = {
	.now = host_now,
	.arm = host_arm,
	.intr = host_intr,
	.msi = host_msi,
	.route = host_route,
	.remap = host_remap,
	.byte_out = host_byte_out,
	.event = host_event,
	.reconcile = host_reconcile,
	.notify = host_notify,
};

static void host_check_conflicts(const struct fuzz *f, const struct keel_conflict *conflicts,
				 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		must(conflicts[i].kind >= KEEL_CONFLICT_PIO);
		must(conflicts[i].kind <= KEEL_CONFLICT_SLOT);
		must(conflicts[i].first <= conflicts[i].second);
		must(conflicts[i].second < f->nr_configs);
		must(conflicts[i].start <= conflicts[i].end);
	}
}

/**
 * fuzz_host_build() - make the board of the input's configs.
 * @f:   the input
 * @h:   its host
 * @now: VmTime, ns
 *
 * Return: false if the builder refuses them.
 */
bool fuzz_host_build(struct fuzz *f, struct fuzz_host *h, u64 now)
{
	size_t size = keel_board_size(f->configs, f->nr_configs);
	struct keel_conflict conflicts[4];
	unsigned int nr = ARRAY_SIZE(conflicts), i;
	int ret;

	memset(h, 0, sizeof(*h));
	h->now = now;
	h->deadline = KEEL_NEVER;
	h->room = U32_MAX;
	h->board = malloc(max(size, sizeof(struct keel_board)));
	must(h->board);
	ret = keel_board_build(h->board, &host_ops, h, f->configs, f->nr_configs, conflicts, &nr);
	must(ret == 0 || ret == -EINVAL || ret == -EEXIST || ret == -ENOSPC);
	must((ret == -EEXIST) == (nr != 0));
	host_check_conflicts(f, conflicts, min_t(unsigned int, nr, ARRAY_SIZE(conflicts)));
	for (i = 0; ret == 0 && i < ARRAY_SIZE(h->hands); i++)
		must(keel_line_connect(&h->board->lines[i], &h->hands[i]));
	if (ret == 0)
		fuzz_fwcfg_give(f, h);
	return ret == 0;
}

/* A read without a door, as hosts make it without the board's lock. Return: is @data filled? */
static bool host_peek(struct fuzz_host *h, const struct keel_region *region, u64 addr, void *data,
		      unsigned int len)
{
	u32 offset = addr - region->base;
	u64 value;

	if (!region->peek || !keel_region_takes(region, offset, len))
		return false;
	value = keel_region_peek(region, offset, len, keel_region_wants_time(region) ? h->now : 0);
	if (value == KEEL_NO_PEEK)
		return false;
	must(value <= U32_MAX);
	keel_region_put(data, len, value);
	return true;
}

/* The two ways in which hosts pass an access to a board: a twin uses the other one. */
static void host_access(struct fuzz_host *h, enum keel_space space, u64 addr, void *data,
			unsigned int len, bool write)
{
	struct keel_region *region = keel_bus_find(&h->board->bus[space], addr);

	if (h->direct && region && len <= region->length - (addr - region->base)) {
		if (write || !host_peek(h, region, addr, data, len))
			keel_board_access_region(h->board, region, addr, data, len, write);
	} else {
		keel_board_access(h->board, space, addr, data, len, write);
	}
}

/**
 * fuzz_access() - a guest's access.
 * @h:     the host
 * @space: KEEL_PIO or KEEL_MMIO
 * @addr:  address
 * @len:   1 to 16 bytes
 * @write: direction
 * @value: what to write, repeated
 *
 * Return: the low bytes of what was read.
 */
u64 fuzz_access(struct fuzz_host *h, enum keel_space space, u64 addr, unsigned int len,
		bool write, u64 value)
{
	u64 data[2] = { write ? value : 0, write ? value : 0 };
	u8 exact[16];

	memcpy(exact, data, len);
	trace("%s%u(%#llx%s", write ? "out" : "in", len * 8, (unsigned long long)addr,
	      write ? "" : ")");
	if (write)
		trace(", %#llx)", (unsigned long long)value);
	fuzz_door_opened(h);
	host_access(h, space, addr, exact, len, write);
	fuzz_door_closed(h, false);
	if (space == KEEL_PIO)
		fuzz_check_access(h, addr, exact, len);
	memcpy(data, exact, len);
	if (!write) {
		trace(" = %#llx", (unsigned long long)data[0]);
		fuzz_note(h, 6, data[0] ^ data[1]);
	}
	trace("\n");
	return data[0];
}

/**
 * fuzz_expire() - the host's timer expires, armed or not.
 * @h: the host
 */
void fuzz_expire(struct fuzz_host *h)
{
	h->deadline = KEEL_NEVER;
	fuzz_door_opened(h);
	keel_board_expire(h->board);
	fuzz_door_closed(h, true);
}

void fuzz_eoi(struct fuzz_host *h, u8 vector)
{
	fuzz_door_opened(h);
	keel_board_eoi(h->board, vector);
	fuzz_door_closed(h, true);
}

void fuzz_intack(struct fuzz_host *h)
{
	int vector, expected;

	fuzz_expire(h);
	expected = fuzz_expected_vector(h);
	fuzz_door_opened(h);
	vector = keel_board_intack(h->board);
	fuzz_door_closed(h, true);
	trace("ack() = %#x\n", vector);
	must(vector == expected);
	fuzz_note(h, 7, vector);
}

void fuzz_host_input(struct fuzz_host *h, unsigned int device, unsigned int input, u64 value)
{
	struct keel_dev *dev = h->board->devs[device % h->board->nr_devs];
	int answer;

	fuzz_door_opened(h);
	answer = keel_board_host(h->board, dev, input, value);
	fuzz_door_closed(h, dev->ops->host);
	trace("host(%s%u, %#x, %#llx) = %d\n", dev->ops->name, dev->instance, input,
	      (unsigned long long)value, answer);
	must(answer >= -1 || answer == -EAGAIN);
	fuzz_note(h, 8, answer);
}

void fuzz_reset(struct fuzz_host *h)
{
	trace("reset\n");
	fuzz_door_opened(h);
	whole_reset(h->board);
	fuzz_door_closed(h, true);
	fuzz_check_reset(h);
}

/**
 * fuzz_hand() - a source that is no device holds a line, or releases it.
 * @h:     the host
 * @line:  which
 * @level: true: hold
 *
 * Done between two doors, while a device changes its line within one.
 */
void fuzz_hand(struct fuzz_host *h, unsigned int line, bool level)
{
	trace("hand(%u, %u)\n", line, level);
	fuzz_expire(h);
	keel_line_set(&h->hands[line], level);
	fuzz_expire(h);
}

/**
 * fuzz_pulse() - the host asserts a line until it is taken.
 * @h:    the host
 * @line: which
 */
void fuzz_pulse(struct fuzz_host *h, unsigned int line)
{
	int ret;

	fuzz_door_opened(h);
	ret = keel_board_pulse(h->board, line);
	fuzz_door_closed(h, ret != -EINVAL);
	trace("pulse(%u) = %d\n", line, ret);
	fuzz_note(h, 10, ret);
}

/**
 * fuzz_jump() - time passes, and no timer expires.
 * @h:  the host
 * @ns: how much
 */
void fuzz_jump(struct fuzz_host *h, u64 ns)
{
	h->now = min(ns, KEEL_TIME_MAX - 1 - h->now) + h->now;
	trace("jump(%llu): %llu\n", (unsigned long long)ns, (unsigned long long)h->now);
}

/**
 * fuzz_advance() - time passes with a perfect timer, for HOST_EXPIRIES of them.
 * @h:  the host
 * @ns: how much
 */
void fuzz_advance(struct fuzz_host *h, u64 ns)
{
	u64 end = min(ns, KEEL_TIME_MAX - 1 - h->now) + h->now, start = h->now;
	unsigned int i;

	trace("advance(%llu):", (unsigned long long)ns);
	for (i = 0; i < HOST_EXPIRIES && h->deadline <= end; i++) {
		h->now = max(h->now, h->deadline);
		fuzz_expire(h);
	}
	/* No guest may make the host's timer expire more often than this. */
	must(i <= 128 + (h->now - start) / 2500);
	h->now = end;
	trace(" %u expiries: %llu\n", i, (unsigned long long)h->now);
}

/**
 * fuzz_load() - load a state that the board must accept.
 * @h:    the host
 * @blob: the state, 8-byte aligned
 * @size: bytes there
 */
void fuzz_load(struct fuzz_host *h, const void *blob, size_t size)
{
	const struct keel_state_header *header = blob;
	u32 record;

	h->now = header->now;
	must(whole_load(h->board, blob, size, &record) == 0);
	fuzz_serve(h);
	trace("load: %llu\n", (unsigned long long)h->now);
}

/**
 * fuzz_try_load() - load a state if the board accepts it.
 * @h:    the host
 * @blob: the state, 8-byte aligned
 * @size: bytes there
 *
 * Return: 0 or KEEL_STATE_*.
 */
int fuzz_try_load(struct fuzz_host *h, const void *blob, size_t size)
{
	const struct keel_state_header *header = blob;
	u32 record, again;
	int ret = keel_board_check(h->board, blob, size, &record);

	must(ret >= 0 && ret <= KEEL_STATE_VALUE_BAD);
	must(record <= size / sizeof(struct keel_state_record));
	if (!ret)
		h->now = header->now;
	must(whole_load(h->board, blob, size, &again) == ret);
	must(again == record);
	fuzz_serve(h);
	trace("load: %d, record %u\n", ret, record);
	return ret;
}
