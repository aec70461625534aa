// SPDX-License-Identifier: GPL-2.0
/*
 * The fake host, and the check that ends every test: a restored board behaves
 * exactly as the original does.
 */
#include "harness.h"
#include "../devices/virtio/core.h"

#define HARNESS_STEPS	300

static void harness_note(struct harness *h, u64 what, u64 value)
{
	h->hash = (h->hash ^ what) * 0x100000001b3ULL;
	h->hash = (h->hash ^ value) * 0x100000001b3ULL;
	h->hash ^= h->hash >> 29;
}

static u64 harness_now(void *host)
{
	struct harness *h = host;

	return h->now;
}

static void harness_arm(void *host, u64 deadline)
{
	struct harness *h = host;

	h->deadline = deadline;
}

static void harness_intr(void *host, bool level)
{
	struct harness *h = host;

	h->intr = level;
	harness_note(h, 1, level);
}

static void harness_msi(void *host, unsigned int gsi)
{
	struct harness *h = host;

	h->msis[gsi]++;
	harness_note(h, 2, gsi);
}

static void harness_route(void *host, unsigned int gsi, const struct keel_route *route)
{
	static const struct keel_route masked;
	struct harness *h = host;

	if (!route)
		route = &masked;
	h->routes[gsi] = *route;
	h->nr_routes[gsi]++;
	harness_note(h, 3, ((u64)route->address << 32 | route->data) ^ gsi);
}

static void harness_remap(void *host)
{
	struct harness *h = host;

	h->nr_remaps++;
	harness_note(h, 9, 0);
}

static bool harness_byte_out(void *host, const struct keel_dev *dev, u8 byte)
{
	struct harness *h = host;

	if (h->nr_tx < HARNESS_TX)
		h->tx[h->nr_tx] = byte;
	h->nr_tx++;
	if (h->tx_room)
		h->tx_room--;
	harness_note(h, 4 + dev->instance * 16, byte);
	return h->tx_room > 0;
}

static void harness_event(void *host, enum keel_event event, u64 arg)
{
	struct harness *h = host;

	h->event = event;
	h->arg = arg;
	h->nr_events++;
	harness_note(h, 5, event ^ arg << 8);
}

static void harness_reconcile(void *host, struct keel_dev *dev)
{
	struct harness *h = host;

	h->services |= BIT_ULL(dev->index);
}

static void harness_notify(void *host, struct keel_dev *dev, unsigned int queue)
{
	struct harness *h = host;

	h->kicks++;
	h->kicked = queue;
	harness_note(h, 8 + dev->instance * 16, queue);
}

static const struct keel_host_ops harness_ops = {
	.now = harness_now,
	.arm = harness_arm,
	.intr = harness_intr,
	.msi = harness_msi,
	.route = harness_route,
	.remap = harness_remap,
	.byte_out = harness_byte_out,
	.event = harness_event,
	.reconcile = harness_reconcile,
	.notify = harness_notify,
};

/* The fake host has no serving threads: queues that must stop have stopped at once. */
static int harness_settle_one(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	keel_virtio_reconcile(v, keel_virtio_to_stop(v));
	return 0;
}

/**
 * harness_settle() - start and stop queues as drivers have asked for.
 * @h: the host
 */
void harness_settle(struct harness *h)
{
	unsigned int i;

	for (i = 0; i < h->board->nr_devs; i++) {
		if (!(h->services & BIT_ULL(i)))
			continue;
		h->services &= ~BIT_ULL(i);
		keel_board_call(h->board, h->board->devs[i], harness_settle_one, NULL);
	}
}

static void harness_serve(struct harness *h)
{
	if (h->services && !h->lazy)
		harness_settle(h);
}

static struct harness *harness_new(struct kunit *test, const struct keel_device_config *devices,
				   unsigned int nr)
{
	struct harness *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	unsigned int nr_conflicts = 0, i;

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->devices = devices;
	h->nr_devices = nr;
	h->deadline = KEEL_NEVER;
	h->tx_room = U32_MAX;
	h->board = kunit_kzalloc(test, keel_board_size(devices, nr), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h->board);
	KUNIT_ASSERT_EQ(test, 0, keel_board_build(h->board, &harness_ops, h, devices, nr, NULL,
						  &nr_conflicts));
	for (i = 0; i < ARRAY_SIZE(h->wires); i++)
		KUNIT_ASSERT_TRUE(test, keel_line_connect(&h->board->lines[i], &h->wires[i]));
	return h;
}

/**
 * harness_init() - a suite's init: make the board at VmTime 0.
 * @test:    its priv becomes the struct harness
 * @devices: what is on the board
 * @nr:      how many
 */
int harness_init(struct kunit *test, const struct keel_device_config *devices, unsigned int nr)
{
	test->priv = harness_new(test, devices, nr);
	return 0;
}

int harness_init_with(struct kunit *test, const struct keel_device_config *devices,
		      unsigned int nr, void (*built)(struct harness *h))
{
	struct harness *h = harness_new(test, devices, nr);

	h->built = built;
	built(h);
	test->priv = h;
	return 0;
}

struct harness *harness_clone(struct kunit *test)
{
	struct harness *h = harness_new(test, H->devices, H->nr_devices);

	h->built = H->built;
	if (h->built)
		h->built(h);
	return h;
}

u64 harness_count(struct harness *h, unsigned int class, const char *label)
{
	struct keel_dev *dev = keel_board_find(h->board, class, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	return U64_MAX;
}

/* A timer that expired is no longer armed; the board arms it again if it needs it. */
static void harness_expire(struct harness *h)
{
	h->deadline = KEEL_NEVER;
	keel_board_expire(h->board);
}

static void *harness_save(struct kunit *test, struct harness *h, size_t *size)
{
	void *blob;

	harness_expire(h);	/* VmTime of the blob is the host's */
	*size = keel_board_state_size(h->board);
	blob = kunit_kzalloc(test, *size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob);
	KUNIT_EXPECT_EQ(test, (u64)*size, (u64)whole_save(h->board, blob));
	return blob;
}

int harness_copy(struct kunit *test, struct harness *from, struct harness *to)
{
	size_t size;
	void *blob = harness_save(test, from, &size);
	u32 record;
	int ret;

	to->now = from->now;
	to->tx_room = from->tx_room;
	ret = whole_load(to->board, blob, size, &record);
	harness_serve(to);
	return ret;
}

/**
 * harness_peek() - a read without a door, as a host does it without the board's lock.
 * @h:     the host
 * @space: KEEL_PIO or KEEL_MMIO
 * @addr:  where
 * @len:   1, 2 or 4
 *
 * Return: the value, or KEEL_NO_PEEK.
 */
u64 harness_peek(struct harness *h, enum keel_space space, u64 addr, unsigned int len)
{
	const struct keel_region *region = keel_bus_find(&h->board->bus[space], addr);
	u32 offset = region ? addr - region->base : 0;

	if (!region || !region->peek || len > region->length - offset ||
	    !keel_region_takes(region, offset, len))
		return KEEL_NO_PEEK;
	return keel_region_peek(region, offset, len, keel_region_wants_time(region) ? h->now : 0);
}

/* What a peek tells a read tells too; and a board that is peeked at stays like one that is read. */
u64 harness_in(struct harness *h, enum keel_space space, u64 addr, unsigned int len)
{
	u64 value = 0, peeked = harness_peek(h, space, addr, len);

	if (peeked != KEEL_NO_PEEK)
		peeked &= GENMASK_ULL(8 * len - 1, 0);
	if (h->peeks && peeked != KEEL_NO_PEEK)
		return peeked;
	keel_board_access(h->board, space, addr, &value, len, false);
	h->wrong_peeks += peeked != KEEL_NO_PEEK && peeked != value;
	return value;
}

void harness_out(struct harness *h, enum keel_space space, u64 addr, u64 value, unsigned int len)
{
	keel_board_access(h->board, space, addr, &value, len, true);
	harness_serve(h);
}

void harness_advance(struct harness *h, u64 ns)
{
	u64 end = h->now + ns;

	while (h->deadline <= end) {
		h->now = max(h->now, h->deadline);
		harness_expire(h);
	}
	h->now = end;
}

void harness_jump(struct harness *h, u64 ns)
{
	h->now += ns;
	while (h->deadline <= h->now)
		harness_expire(h);
}

/**
 * harness_line() - a source that is no device holds a line, or releases it.
 * @h:     the host
 * @line:  which
 * @level: true: hold
 *
 * Done between two doors, while a device changes its line within one.
 */
void harness_line(struct harness *h, unsigned int line, bool level)
{
	harness_expire(h);
	keel_line_set(&h->wires[line], level);
	harness_expire(h);
}

static u32 harness_random(u64 *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static void harness_touch(struct harness *h, u64 *seed)
{
	const struct keel_region *region;
	unsigned int len = 1U << harness_random(seed) % 3;
	enum keel_space space;
	u64 addr, value;

	region = &h->board->regions[harness_random(seed) % h->board->nr_regions];
	space = region->dev->ops->regions[region->nr].space;
	addr = region->base + harness_random(seed) % min_t(u32, region->length, 0x60);
	if (harness_random(seed) % 4) {
		harness_note(h, 6 ^ addr << 8, harness_in(h, space, addr, len));
		return;
	}
	value = harness_random(seed);
	harness_out(h, space, addr, value, len);
}

/* Random actions of a guest and a host; the same for the same seed. */
static void harness_go_on(struct harness *h, u64 seed)
{
	unsigned int i;
	u32 random;

	for (i = 0; i < HARNESS_STEPS; i++) {
		switch (harness_random(&seed) % 8) {
		case 0:
			harness_advance(h, harness_random(&seed) % 2000000);
			break;
		case 1:
			harness_jump(h, harness_random(&seed) % 200000);
			break;
		case 2:
			if (h->intr)
				harness_note(h, 7, keel_board_intack(h->board));
			break;
		case 3:
			keel_board_eoi(h->board, h->routes[harness_random(&seed) % 24].data);
			break;
		case 4:
			random = harness_random(&seed);
			harness_line(h, random % KEEL_LINE_INTR, random >> 8 & 1);
			break;
		default:
			harness_touch(h, &seed);
		}
	}
}

static void harness_compare(struct kunit *test, struct harness *a, struct harness *b)
{
	size_t size_a, size_b;
	void *blob_a = harness_save(test, a, &size_a);
	void *blob_b = harness_save(test, b, &size_b);

	KUNIT_EXPECT_EQ(test, a->hash, b->hash);
	KUNIT_EXPECT_EQ(test, a->deadline, b->deadline);
	KUNIT_EXPECT_EQ(test, a->intr, b->intr);
	KUNIT_EXPECT_EQ(test, (u64)size_a, (u64)size_b);
	KUNIT_EXPECT_EQ(test, 0, memcmp(blob_a, blob_b, size_a));
}

static void harness_compare_routes(struct kunit *test, struct harness *a, struct harness *b)
{
	unsigned int gsi;

	for (gsi = 0; gsi < KEEL_MAX_GSIS; gsi++)
		if (a->nr_routes[gsi])
			KUNIT_EXPECT_EQ(test, 0, memcmp(&a->routes[gsi], &b->routes[gsi],
							sizeof(a->routes[gsi])));
}

/**
 * harness_exit() - a suite's exit: save, load elsewhere, go on, compare.
 * @test: whose init was harness_init()
 */
void harness_exit(struct kunit *test)
{
	struct harness *h = H, *restored;

	if (!h || !h->board)
		return;
	restored = harness_clone(test);
	KUNIT_EXPECT_EQ(test, 0, harness_copy(test, h, restored));
	harness_compare_routes(test, h, restored);
	h->hash = 0;
	restored->hash = 0;
	harness_compare(test, h, restored);
	harness_go_on(h, 1);
	restored->peeks = true;
	harness_go_on(restored, 1);
	KUNIT_EXPECT_EQ(test, h->wrong_peeks, 0U);
	harness_compare(test, h, restored);
}
