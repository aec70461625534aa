// SPDX-License-Identifier: GPL-2.0
/*
 * VIRTIO_F_IN_ORDER, with a driver that relies on it, in both formats: one used element tells of
 * a batch of chains, has the last one's id and length, and is where the first one's would be.
 * Each chain has one slot, with a table.
 */
#include "virtio.h"

#define DEPTH		32
#define BUFFERS		3
#define ROUNDS		100
#define SECTOR		512
#define BEYOND		BIT_ULL(40)

#define T_IN		0
#define T_OUT		1
#define T_FLUSH		4
#define BLK_F_FLUSH	BIT(9)
#define S_OK		0
#define S_IOERR		1

#define WHOLE		0xffffffff	/* the length of a chain that was used completely */
#define RNG_MOST	4096		/* bytes that Keel gives at a time */

struct request {
	u32 type;
	u32 reserved;
	u64 sector;
	u8 status;
	u8 pad[15];
};

/* A table's descriptor in either format: the last two fields change places. */
struct entry {
	u64 addr;
	u32 len;
	u16 third;
	u16 fourth;
};

static struct vfunction blk, rng;
static struct vring ring;
static struct entry tables[DEPTH][BUFFERS] __aligned(16);
static struct request requests[DEPTH];
static u8 data[DEPTH][SECTOR], random[2 * RNG_MOST];
static u32 lengths[DEPTH];
static unsigned int offered, taken, elements;
static bool packed;

static void offer(unsigned int id, const struct vbuf *chain, unsigned int nr)
{
	struct entry *table = tables[id];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u16 flags = chain[i].flags | (packed || i + 1 == nr ? 0 : VRING_NEXT);

		table[i] = (struct entry){ chain[i].addr, chain[i].len,
			packed ? 0 : flags, packed ? flags : i + 1 };
	}
	offered++;
	if (packed) {
		packed_write_id(&ring, id, &(struct vbuf){ (u32)table, nr * 16, VRING_INDIRECT });
	} else {
		ring.desc[id] = (struct vdesc){ (u32)table, nr * 16, VRING_INDIRECT, 0 };
		vring_add(&ring, id);
	}
}

/* The next used element. */
static bool find(u16 *id, u32 *len)
{
	const struct vused *used = &ring.used.ring[ring.seen % VRING_SIZE];

	if (packed)
		return packed_used(&ring, id, len);
	if (ring.seen == READ_ONCE(ring.used.index))
		return false;
	asm volatile("" : : : "memory");
	*id = used->id;
	*len = used->len;
	return true;
}

/* Takes a batch back: chains in the order of their ids, up to the one that the element names. */
static bool take(void)
{
	u32 len;
	u16 id;

	if (!find(&id, &len) || id < taken || id >= offered)
		return false;
	elements++;
	for (; taken < id; taken++, ring.seen++)
		lengths[taken] = WHOLE;
	lengths[taken++] = len;
	ring.seen++;
	return true;
}

/* All that was offered, or false. */
static bool await_all(void)
{
	u32 start;

	if (packed)
		packed_kick(&ring);
	else
		vring_kick(&ring);
	start = pm_read();
	while (taken < offered)
		if (!take() && pm_read() - start > 2 * PM_HZ)
			return false;
	return true;
}

static void begin(void)
{
	offered = 0;
	taken = 0;
	elements = 0;
}

static void ask(unsigned int id, u32 type, u64 sector)
{
	struct request *r = &requests[id];
	const struct vbuf chain[] = {
		{ (u32)r, 16, 0 },
		{ (u32)data[id], SECTOR, type == T_IN ? VRING_WRITE : 0 },
		{ (u32)&r->status, 1, VRING_WRITE },
	};
	const struct vbuf flush[] = { chain[0], chain[2] };

	*r = (struct request){ .type = type, .sector = sector, .status = 0xff };
	if (type == T_FLUSH)
		offer(id, flush, 2);
	else
		offer(id, chain, 3);
}

/* Of chains from "id" on: those that have this status, and were used completely or have "len". */
static unsigned int good(unsigned int id, unsigned int nr, u8 status, u32 len)
{
	unsigned int n = 0;

	for (; nr--; id++)
		n += requests[id].status == status &&
		     (lengths[id] == len || (lengths[id] == WHOLE && status == S_OK));
	return n;
}

/* Sectors get their number, and the round's. */
static void write_all(unsigned int round, unsigned int *done, unsigned int *batches)
{
	unsigned int i;

	begin();
	for (i = 0; i < DEPTH; i++) {
		data[i][0] = i;
		data[i][SECTOR - 1] = round;
		ask(i, T_OUT, i);
	}
	if (await_all())
		*done += good(0, DEPTH, S_OK, 1);
	*batches += elements;
}

/* A flush, which a worker does, and behind it reads, one of them beyond the disk's end. */
static void read_all(unsigned int round, unsigned int *done, unsigned int *right)
{
	const unsigned int wrong = 1 + round % (DEPTH - 1);
	unsigned int i;

	begin();
	ask(0, T_FLUSH, 0);
	for (i = 1; i < DEPTH; i++) {
		data[i][0] = ~i;
		ask(i, T_IN, i == wrong ? BEYOND : i);
	}
	if (!await_all())
		return;
	*done += good(0, 1, S_OK, 1) + good(1, wrong - 1, S_OK, SECTOR + 1) +
		 good(wrong, 1, S_IOERR, 1) +
		 good(wrong + 1, DEPTH - 1 - wrong, S_OK, SECTOR + 1);
	for (i = 1; i < DEPTH; i++)
		*right += i == wrong || (data[i][0] == i && data[i][SECTOR - 1] == (u8)round);
}

static void test_disk(void)
{
	unsigned int round, written = 0, batches = 0, read = 0, right = 0;
	u64 features = VIRTIO_F_INDIRECT | VIRTIO_F_IN_ORDER | BLK_F_FLUSH |
		       (packed ? VIRTIO_F_PACKED : 0);

	say("# %s rings\n", packed ? "packed" : "split");
	check(virtio_negotiate(&blk, features), "a disk accepts its features");
	check((blk.features & features) == features, "and has offered IN_ORDER");
	check(virtio_queue(&blk, &ring, 0, 0), "its queue is enabled");
	virtio_ready(&blk);
	for (round = 0; round < ROUNDS; round++) {
		write_all(round, &written, &batches);
		read_all(round, &read, &right);
	}
	is(written, ROUNDS * DEPTH, "sectors are written, in order");
	say("# %u elements for %u chains\n", batches, written);
	check(batches <= ROUNDS * DEPTH / 8, "batches have an element each");
	is(read, ROUNDS * DEPTH, "reads behind a flush come back in order, a wrong one too");
	is(right, ROUNDS * (DEPTH - 1), "with what was written");
}

/* A buffer that is not filled is the last one of its batch, so that its length is told. */
static void test_entropy(void)
{
	struct vbuf buf = { (u32)random, 0, VRING_WRITE };
	unsigned int i, right = 0;

	check(virtio_negotiate(&rng, VIRTIO_F_INDIRECT | VIRTIO_F_IN_ORDER |
			       (packed ? VIRTIO_F_PACKED : 0)) &&
	      rng.features & VIRTIO_F_IN_ORDER && virtio_queue(&rng, &ring, 0, 0),
	      "an entropy device with IN_ORDER");
	virtio_ready(&rng);
	begin();
	for (i = 0; i < 8; i++) {
		buf.len = i == 3 ? sizeof(random) : 16;
		offer(i, &buf, 1);
	}
	check(await_all(), "gives bytes");
	for (i = 0; i < 8; i++)
		right += i == 3 ? lengths[i] == RNG_MOST : lengths[i] == WHOLE || lengths[i] == 16;
	is(right, 8, "and says how many");
	is(elements, 2, "in two batches");
}

void test(void)
{
	check(virtio_find(&blk, VIRTIO_BLK), "a disk");
	check(virtio_find(&rng, VIRTIO_RNG), "an entropy device");
	for (packed = false;; packed = true) {
		test_disk();
		test_entropy();
		if (packed)
			break;
	}
}
