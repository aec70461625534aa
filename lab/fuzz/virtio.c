// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices on a board: what serves their queues, as far as the models can tell. It
 * starts and stops what drivers ask for at once, has used buffers, finds broken queues and
 * changes configurations. The rings themselves are for another fuzzer.
 */
#include "fuzz.h"
#include "../../devices/virtio.h"

/* ---- The host ---- */

static int virtio_settle(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	u32 stop = keel_virtio_to_stop(v), start;

	must(!(stop & ~v->running));
	start = keel_virtio_settle(v, stop);
	must(!(start & stop));
	must((start & v->running) == start);
	must(!keel_virtio_to_stop(v));
	must(!keel_virtio_settle(v, 0));
	return 0;
}

/**
 * fuzz_serve() - start and stop queues as drivers have asked for.
 * @h: the host
 */
void fuzz_serve(struct fuzz_host *h)
{
	unsigned int i;

	for (i = 0; i < h->board->nr_devs; i++) {
		if (!(h->services >> i & 1))
			continue;
		h->services &= ~BIT_ULL(i);
		keel_board_call(h->board, h->board->devs[i], virtio_settle, NULL);
	}
	must(!h->services);
}

/* ---- Invariants ---- */

/**
 * fuzz_check_virtio() - is what is served, and what the line says, what the state says?
 * @h:   the host
 * @dev: one of its devices
 */
void fuzz_check_virtio(const struct fuzz_host *h, struct keel_dev *dev)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	const struct keel_virtio_state *s = v->s;
	unsigned int i;

	must(!s->resetting && !s->queue_resetting);
	must(!(v->running >> v->nr_queues));
	for (i = 0; i < v->nr_queues; i++)
		must((v->running >> i & 1) == (s->status & VIRTIO_DRIVER_OK &&
					       s->queues[i].enabled && !s->queues[i].broken));
	must(!(s->status & VIRTIO_DRIVER_OK) || s->status & VIRTIO_FEATURES_OK);
	must(!(s->status & VIRTIO_FEATURES_OK) || !(s->driver_features & ~v->offered));
	if (!dev->ops->pci)	/* pci.c's business, and checked with it */
		fuzz_check_wire(dev, 0, s->isr);
}

/* ---- Actions ---- */

static struct keel_dev *virtio_find(const struct fuzz_host *h, u8 which)
{
	return keel_board_find(h->board, KEEL_CLASS_VIRTIO_MMIO, which & 3);
}

/* The same, of either transport. */
static struct keel_dev *virtio_find_any(const struct fuzz_host *h, u8 which)
{
	if (which & 0x80)
		return keel_board_find(h->board, KEEL_CLASS_VIRTIO_PCI, which & 3);
	return virtio_find(h, which);
}

static void virtio_write(struct fuzz *f, u8 which, u32 offset, u32 value)
{
	const struct keel_dev *dev = virtio_find(&f->hosts[0], which);
	const struct keel_region *regs;
	struct fuzz_host *h;

	if (!dev)
		return;
	regs = &dev->board->regions[dev->region];
	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_access(h, KEEL_MMIO, regs->base + offset, 4, true, value);
}

/**
 * fuzz_virtio_write() - a register, with values that mean something there.
 * @f: the input
 */
void fuzz_virtio_write(struct fuzz *f)
{
	static const u16 registers[] = {
		0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x64,
		0x70, 0x80, 0x90, 0xa0, 0xa4, 0xc0, 0x100, 0x108,
	};
	u8 which = fuzz_u8(f), how = fuzz_u8(f);

	virtio_write(f, which, registers[which >> 2 & 15], how & 0x80 ? fuzz_u32(f) : how);
}

/**
 * fuzz_virtio_start() - a driver that does the right things, up to a point.
 * @f: the input
 */
void fuzz_virtio_start(struct fuzz *f)
{
	u8 which = fuzz_u8(f), how = fuzz_u8(f), queues = fuzz_u8(f);
	u32 high = 1 | (how & 0x10 ? BIT(2) : 0) | (how & 0x20 ? BIT(8) : 0);
	unsigned int i;

	if (how & 1)
		virtio_write(f, which, 0x70, 0);
	virtio_write(f, which, 0x70, 3);
	virtio_write(f, which, 0x24, 1);
	virtio_write(f, which, 0x20, high);
	virtio_write(f, which, 0x70, 0xb);
	for (i = 0; i < 8; i++) {
		if (!(queues >> i & 1))
			continue;
		virtio_write(f, which, 0x30, i);
		virtio_write(f, which, 0x38, 1 << (how >> 1 & 7));
		virtio_write(f, which, 0x80, 0x1000);
		virtio_write(f, which, 0x44, 1);
	}
	if (how & 0x40)
		virtio_write(f, which, 0x70, 0xf);
}

struct virtio_said {
	u8 what;
	u8 queue;
	u64 value;
};

/* What is said of a queue that is not served has no effect; what its walker finds is. */
static int virtio_say(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	const struct virtio_said *said = arg;
	unsigned int queue = said->queue % v->nr_queues;

	if (said->what % 3 == 0) {
		keel_virtio_used(v, queue);
	} else if (said->what % 3 == 1) {
		if (v->running >> queue & 1)
			v->s->queues[queue].broken = 1 + said->value % (KEEL_NR_VIRTQ_BROKEN - 1);
		keel_virtio_broke(v, queue);
	} else if (v->type->config_size >= sizeof(said->value)) {
		keel_virtio_config_set(v, 0, &said->value, sizeof(said->value));
	}
	return 0;
}

/**
 * fuzz_virtio_say() - whoever serves a device has something to tell.
 * @f: the input
 */
void fuzz_virtio_say(struct fuzz *f)
{
	u8 which = fuzz_u8(f);
	struct virtio_said said = {
		.what = which >> 2 & 31, .queue = fuzz_u8(f), .value = fuzz_u8(f),
	};
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++) {
		struct keel_dev *dev = virtio_find_any(h, which);

		if (!dev)
			continue;
		trace("say(%s%u, %u, %u)\n", dev->ops->name, dev->instance, said.what % 3,
		      said.queue);
		fuzz_door_opened(h);
		keel_board_call(h->board, dev, virtio_say, &said);
		fuzz_door_closed(h, true);
	}
}

/**
 * fuzz_virtio_config() - a device of each kind, one after the other.
 * @f:      the input
 * @config: with its instance, 0 to 3
 */
void fuzz_virtio_config(struct fuzz *f, struct keel_device_config *config)
{
	static const u16 types[] = {
		KEEL_VIRTIO_BLK, KEEL_VIRTIO_RNG, KEEL_VIRTIO_CONSOLE, KEEL_VIRTIO_NET,
	};
	u8 byte = fuzz_u8(f);

	config->virtio.type = types[config->instance];
	config->virtio.queues = byte & 4 ? 0 : 2 + (byte & 3);
	config->virtio.queue_size = byte & 8 ? 0 : 16;
	if (config->virtio.type == KEEL_VIRTIO_RNG)
		config->virtio.queues = 1;
	if (config->class == KEEL_CLASS_VIRTIO_PCI) {
		config->virtio.slot = 8 + config->instance;
		return;
	}
	config->base = 0xfeb00000 + config->instance * 0x1000;
	config->irq = byte & 0x10 ? 10 : 16 + config->instance;
}
