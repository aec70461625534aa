// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices on a board, and their back end as the models see it. It starts and stops
 * queues at once, reports used buffers and broken queues, and changes configurations. The
 * rings themselves are for another fuzzer.
 */
#include "fuzz.h"
#include "../../../devices/pci/pci.h"
#include "../../../devices/virtio/config.h"
#include "../../../devices/virtio/core.h"
#include "../../../devices/virtio/net.h"
#include "../../../devices/virtio/types.h"

/* ---- The host ---- */

static int virtio_settle(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	u32 stop = keel_virtio_to_stop(v), start;

	must(!(stop & ~v->running));
	start = keel_virtio_reconcile(v, stop);
	must(!(start & stop));
	must((start & v->running) == start);
	must(!keel_virtio_to_stop(v));
	must(!keel_virtio_reconcile(v, 0));
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

static bool virtio_vector_good(const struct keel_virtio *v, u16 vector)
{
	return vector == 0xffff || vector <= v->nr_queues;
}

/**
 * fuzz_check_virtio() - do the served queues and the line match the state?
 * @h:   the host
 * @dev: one of its devices
 */
void fuzz_check_virtio(const struct fuzz_host *h, struct keel_dev *dev)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	const struct keel_virtio_state *s = v->s;
	bool master = !dev->ops->pci || keel_pci_state(dev)->command & PCI_COMMAND_MASTER;
	unsigned int i;

	must(!s->resetting && !s->queue_resetting);
	must(!(v->running >> v->nr_queues));
	for (i = 0; i < v->nr_queues; i++)
		must((v->running >> i & 1) == (s->status & VIRTIO_CONFIG_S_DRIVER_OK && master &&
					       s->queues[i].enabled && !s->queues[i].broken));
	must(!(s->status & VIRTIO_CONFIG_S_DRIVER_OK) || s->status & VIRTIO_CONFIG_S_FEATURES_OK ||
	     v->legacy);
	if (s->status & VIRTIO_CONFIG_S_DRIVER_OK && !(s->status & VIRTIO_CONFIG_S_FEATURES_OK))
		must(!(s->driver_features & ~keel_virtio_legacy_offered(v)));
	must(!(s->status & VIRTIO_CONFIG_S_FEATURES_OK) || !(s->driver_features & ~v->offered));
	for (; i < KEEL_VIRTIO_QUEUES; i++)
		must(!s->queues[i].enabled && !s->queues[i].size);
	if (!dev->ops->pci) {
		fuzz_check_wire(dev, 0, s->isr);
		return;
	}
	must(keel_pci_state(dev)->intx == !!s->isr);
	must(virtio_vector_good(v, s->config_vector));
	for (i = 0; i < v->nr_queues; i++)
		must(virtio_vector_good(v, s->queues[i].vector));
}

/* ---- A driver ---- */

/* Registers of both transports: their offsets in the window, and in the BARs. */
enum virtio_reg {
	DEVICE_SEL, DRIVER_FEATURES, DRIVER_SEL, QUEUE_SEL, QUEUE_SIZE, QUEUE_ENABLE, NOTIFY, ISR,
	STATUS, DESC, DRIVER, DEVICE, DEVICE_HIGH, QUEUE_RESET, CONFIG, CONFIG_8,
	CONFIG_VECTOR, QUEUE_VECTOR,
};

static const struct virtio_reg_places {
	u16 mmio;
	u16 pci;
	u8 width;	/* over PCI */
	u16 mmio_legacy;
	u8 port;
	u8 port_width;
} virtio_regs[] = {
	[DEVICE_SEL]	  = { 0x14, 0x00, 4, 0x14, 0x00, 4 },
	[DRIVER_FEATURES] = { 0x20, 0x0c, 4, 0x20, 0x04, 4 },
	[DRIVER_SEL]	  = { 0x24, 0x08, 4, 0x24, 0x0c, 2 },
	[QUEUE_SEL]	  = { 0x30, 0x16, 2, 0x30, 0x0e, 2 },
	[QUEUE_SIZE]	  = { 0x38, 0x18, 2, 0x38, 0x0c, 2 },
	[QUEUE_ENABLE]	  = { 0x44, 0x1c, 2, 0x40, 0x08, 4 },
	[NOTIFY]	  = { 0x50 },
	[ISR]		  = { 0x64, 0x1000, 1, 0x64, 0x13, 1 },
	[STATUS]	  = { 0x70, 0x14, 1, 0x70, 0x12, 1 },
	[DESC]		  = { 0x80, 0x20, 4, 0x28, 0x08, 2 },
	[DRIVER]	  = { 0x90, 0x28, 4, 0x3c, 0x10, 1 },
	[DEVICE]	  = { 0xa0, 0x30, 4, 0xa0, 0x18, 4 },
	[DEVICE_HIGH]	  = { 0xa4, 0x34, 4, 0xa4, 0x1a, 1 },
	[QUEUE_RESET]	  = { 0xc0, 0x3a, 2, 0x40, 0x08, 4 },
	[CONFIG]	  = { 0x100, 0x2000, 4, 0x100, 0x14, 4 },
	[CONFIG_8]	  = { 0x108, 0x2008, 4, 0x108, 0x1c, 4 },
	[CONFIG_VECTOR]	  = { 0, 0x10, 2, 0, 0x14, 2 },
	[QUEUE_VECTOR]	  = { 0, 0x1a, 2, 0, 0x16, 2 },
};

/* @which: the instance, of either transport. */
static struct keel_dev *virtio_find(const struct fuzz_host *h, u8 which)
{
	return keel_board_find(h->board, which & 0x80 ? KEEL_CLASS_VIRTIO_PCI :
			       KEEL_CLASS_VIRTIO_MMIO, which & 3);
}

/* Notifies at any doorbell: by an address for each queue, or by its number. */
static void virtio_ring(struct fuzz *f, const struct keel_dev *dev, u32 queue)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nr_regions; i++) {
		const struct keel_region_desc *desc = &dev->ops->regions[i];
		const struct keel_region *region = &dev->board->regions[dev->region + i];
		u32 at = desc->doorbell == KEEL_BELL_ADDRESS ? queue * 4 : 0;

		if (desc->doorbell && region->mapped && at < region->length)
			fuzz_all(f, desc->space, region->base + at, desc->width, true, queue);
	}
}

/* The first of a transitional function's ports, or NULL */
static const struct keel_region *virtio_ports(const struct keel_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nr_regions; i++)
		if (dev->ops->regions[i].space == KEEL_PIO)
			return &dev->board->regions[dev->region + i];
	return NULL;
}

static void virtio_write_pci(struct fuzz *f, const struct keel_dev *dev, enum virtio_reg reg,
			     u32 value, bool legacy)
{
	const struct keel_region *regs = legacy ? virtio_ports(dev) :
					 &dev->board->regions[dev->region];
	const struct virtio_reg_places *at = &virtio_regs[reg];

	if (!regs || !regs->mapped)
		return;
	if (legacy)
		fuzz_all(f, KEEL_PIO, regs->base + at->port, at->port_width, reg != ISR, value);
	else
		fuzz_all(f, KEEL_MMIO, regs->base + at->pci, at->width, reg != ISR, value);
}

/* @legacy: a device that has both interfaces is written by this one. */
static void virtio_write(struct fuzz *f, u8 which, enum virtio_reg reg, u32 value, bool legacy)
{
	struct keel_dev *dev = virtio_find(&f->hosts[0], which);

	if (!dev)
		return;
	legacy &= keel_virtio_of(dev)->legacy;
	if (reg == NOTIFY)
		virtio_ring(f, dev, value);
	else if (dev->ops->pci)
		virtio_write_pci(f, dev, reg, value, legacy);
	else
		fuzz_all(f, KEEL_MMIO, dev->board->regions[dev->region].base +
			 (keel_virtio_of(dev)->legacy ? virtio_regs[reg].mmio_legacy :
			  virtio_regs[reg].mmio), 4, true, value);
}

/* Does the input want the old interface? Asked only where there is one. */
static bool virtio_legacy(struct fuzz *f, u8 which)
{
	struct keel_dev *dev = virtio_find(&f->hosts[0], which);

	return dev && keel_virtio_of(dev)->legacy && fuzz_u8(f) & 1;
}

/**
 * fuzz_virtio_write() - a register, with values that mean something there.
 * @f: the input
 */
void fuzz_virtio_write(struct fuzz *f)
{
	u8 which = fuzz_u8(f), how = fuzz_u8(f);
	enum virtio_reg reg = which >> 2 & 15;

	if ((which & 0xc0) == 0xc0)
		reg = which & 4 ? QUEUE_VECTOR : CONFIG_VECTOR;
	virtio_write(f, which, reg, how & 0x80 ? fuzz_u32(f) : how, virtio_legacy(f, which));
}

/* All features of the device's own: several ports, queue pairs. */
static void virtio_accept(struct fuzz *f, u8 which)
{
	struct keel_dev *dev = virtio_find(&f->hosts[0], which);

	if (!dev)
		return;
	virtio_write(f, which, DRIVER_SEL, 0, false);
	virtio_write(f, which, DRIVER_FEATURES, keel_virtio_of(dev)->offered, false);
}

/* An old driver's, which some devices have. */
static void virtio_start_legacy(struct fuzz *f, u8 which, u8 how, u8 queues)
{
	unsigned int i;

	if (how & 1)
		virtio_write(f, which, STATUS, 0, true);
	virtio_write(f, which, STATUS, how & 2 ? 3 : 2, true);
	virtio_write(f, which, DRIVER_FEATURES, how & 0x80 ? ~0U : 0, true);
	for (i = 0; i < 8; i++) {
		if (!(queues >> i & 1))
			continue;
		virtio_write(f, which, QUEUE_SEL, i, true);
		virtio_write(f, which, QUEUE_SIZE, 1 << (how >> 2 & 3), true);
		virtio_write(f, which, QUEUE_ENABLE, 0x10 + i, true);
		if (how & 0x10)
			virtio_write(f, which, NOTIFY, i, true);
	}
	if (how & 0x40)
		virtio_write(f, which, STATUS, 4, true);
}

/**
 * fuzz_virtio_start() - a correct driver's start, up to some step.
 * @f: the input
 */
void fuzz_virtio_start(struct fuzz *f)
{
	u8 which = fuzz_u8(f), how = fuzz_u8(f), queues = fuzz_u8(f);
	u32 high = 1 | (how & 0x10 ? BIT(2) : 0) | (how & 0x20 ? BIT(8) : 0);
	bool vectors = (which & 0xc0) == 0xc0;
	unsigned int i;

	if (virtio_legacy(f, which)) {
		virtio_start_legacy(f, which, how, queues);
		return;
	}
	if (how & 1)
		virtio_write(f, which, STATUS, 0, false);
	virtio_write(f, which, STATUS, 3, false);
	if (how & 0x80)
		virtio_accept(f, which);
	virtio_write(f, which, DRIVER_SEL, 1, false);
	virtio_write(f, which, DRIVER_FEATURES, high, false);
	virtio_write(f, which, STATUS, 0xb, false);
	if (vectors)
		virtio_write(f, which, CONFIG_VECTOR, 0, false);
	for (i = 0; i < 8; i++) {
		if (!(queues >> i & 1))
			continue;
		virtio_write(f, which, QUEUE_SEL, i, false);
		virtio_write(f, which, QUEUE_SIZE, 1 << (how >> 1 & 7), false);
		if (vectors)
			virtio_write(f, which, QUEUE_VECTOR, i + 1, false);
		virtio_write(f, which, DESC, 0x1000, false);
		virtio_write(f, which, QUEUE_ENABLE, 1, false);
	}
	if (how & 0x40)
		virtio_write(f, which, STATUS, 0xf, false);
}

/* ---- The back end ---- */

struct virtio_said {
	u8 what;
	u8 queue;
	u64 value;
	struct keel_vcon_text *text;
};

/* Notifications reach queues that run, and no others. */
static void virtio_say_message(struct keel_virtio *v, const struct virtio_said *said)
{
	const struct { u32 port; u16 event, value; } message = {
		said->queue & 15, said->value & 15, said->value >> 4,
	};

	if (v->running >> KEEL_VCON_CONTROL_OUT & 1)
		keel_vcon_message(v, &message, said->queue & 0x80 ? said->value : sizeof(message));
}

/* Calls of a console's driver or host; a message that is taken is dropped. */
static void virtio_say_console(struct keel_virtio *v, const struct virtio_said *said)
{
	u8 out[KEEL_VCON_MESSAGE];

	switch (said->what & 7) {
	case 0:
		virtio_say_message(v, said);
		break;
	case 1:
		keel_vcon_next(v, out, said->value);
		break;
	case 2:
		keel_vcon_connect(v, said->queue, said->value & 1);
		break;
	case 3:
		keel_vcon_resize(v, said->queue, said->value, said->value >> 1);
		break;
	case 4:
		must(keel_vcon_emergency(v, said->text) <= KEEL_VCON_EMERGENCY);
		break;
	case 5:
		keel_vcon_name(v, said->queue, v->vcon.names[0]);
		keel_vcon_may_receive(v, said->queue);
		break;
	default:	/* of a text taken at any time before, from any console */
		keel_vcon_emergency_sent(v, said->text, said->value);
	}
	must(v->s->vcon.nr_emergency <= KEEL_VCON_EMERGENCY);
}

/* The command may be stale: the device may have been reset, or have loaded a state. */
static void virtio_say_pairs(struct keel_virtio *v, const struct virtio_said *said)
{
	keel_net_set_pairs(v, said->value | (said->queue & 1) << 8);
	must(keel_net_pairs(v) <= max(v->nr_queues / 2, 1));
}

/* Bytes of the configuration, from anywhere to anywhere */
static void virtio_say_config(struct keel_virtio *v, const struct virtio_said *said)
{
	u8 bytes[256] = { said->value };

	keel_virtio_config_set(v, said->queue & 0x80 ? said->queue : 0, bytes, said->value);
}

/* A report for a queue that is not served has no effect. A walker sets "broken" itself. */
static int virtio_say(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	const struct virtio_said *said = arg;
	unsigned int queue = said->queue;

	if (v->type->id == KEEL_VIRTIO_CONSOLE && said->what & 16) {
		virtio_say_console(v, said);
		return 0;
	}
	if (v->type->id == KEEL_VIRTIO_NET && said->what & 16) {
		virtio_say_pairs(v, said);
		return 0;
	}
	if (said->what % 3 == 0) {
		keel_virtio_used(v, queue);
	} else if (said->what % 3 == 1) {
		if (queue < v->nr_queues && v->running >> queue & 1)
			v->s->queues[queue].broken = said->value;
		keel_virtio_broke(v, queue);
	} else {
		virtio_say_config(v, said);
	}
	return 0;
}

static void virtio_tell(struct fuzz *f, u8 which, struct virtio_said said)
{
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++) {
		struct keel_dev *dev = virtio_find(h, which);

		if (!dev)
			continue;
		trace("say(%s%u, %u, %u)\n", dev->ops->name, dev->instance, said.what % 3,
		      said.queue);
		said.text = &h->text;
		fuzz_door_opened(h);
		keel_board_call(h->board, dev, virtio_say, &said);
		fuzz_door_closed(h, true);
	}
}

/**
 * fuzz_virtio_say() - a back end makes a call.
 * @f: the input
 */
void fuzz_virtio_say(struct fuzz *f)
{
	u8 which = fuzz_u8(f);
	struct virtio_said said = {
		.what = which >> 2 & 31, .queue = fuzz_u8(f), .value = fuzz_u8(f),
	};

	virtio_tell(f, which, said);
}

/**
 * fuzz_virtio_signal() - an event for which the driver may have chosen a vector.
 * @f:        the input
 * @instance: of a device over PCI
 * @vector:   0: the configuration changes; else buffers of the queue before are used
 */
void fuzz_virtio_signal(struct fuzz *f, unsigned int instance, unsigned int vector)
{
	struct virtio_said said = { .what = vector ? 0 : 2, .queue = vector - 1 };

	virtio_tell(f, 0x80 | instance, said);
}

/**
 * fuzz_virtio_config() - a device, and the next one of another kind.
 * @f:      the input
 * @config: with its instance, 0 to 3
 */
void fuzz_virtio_config(struct fuzz *f, struct keel_device_config *config)
{
	static const u16 types[] = {
		KEEL_VIRTIO_BLK, KEEL_VIRTIO_RNG, KEEL_VIRTIO_CONSOLE, KEEL_VIRTIO_NET,
		KEEL_VIRTIO_VSOCK,
	};
	u8 byte = fuzz_u8(f);
	bool fixed;

	config->virtio.type = types[(config->instance + (byte >> 5)) % ARRAY_SIZE(types)];
	fixed = config->virtio.type == KEEL_VIRTIO_RNG || config->virtio.type == KEEL_VIRTIO_VSOCK;
	if (byte & 8 && config->virtio.type != KEEL_VIRTIO_VSOCK)
		config->virtio.flags = KEEL_VIRTIO_LEGACY;
	config->virtio.queues = byte & 4 || fixed ? 0 : 2 + (byte & 3);
	config->virtio.queue_size = byte & 8 ? 0 : 16;
	if (config->class == KEEL_CLASS_VIRTIO_PCI) {
		config->virtio.slot = 8 + config->instance;
		if (config->virtio.flags || byte & 0x10)
			config->virtio.flags |= KEEL_VIRTIO_NOTIFY_MEMORY;
		return;
	}
	config->base = 0xfeb00000 + config->instance * 0x1000;
	config->irq = byte & 0x10 ? 10 : 16 + config->instance;
}
