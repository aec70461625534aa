// SPDX-License-Identifier: GPL-2.0
/* The virtio devices of a board, in the order of their instances, and their places. */
#include "base.h"
#include "config/config.h"
#include "config/disk.h"
#include "config/net.h"
#include "config/port.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/words.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/disk.h"

static const char *const transports[] = {
	[TRANSPORT_PCI] = "pci", [TRANSPORT_MMIO] = "mmio",
};

static const char *const rings[] = { [RING_SPLIT] = "split" };

static const char *const notify_kinds[] = {
	[NOTIFY_MEMORY] = "memory", [NOTIFY_PORT] = "port",
};

static const char *const serve_kinds[] = {
	[KEEL_SERVE_INLINE] = "inline", [KEEL_SERVE_WORKER] = "worker",
	[KEEL_SERVE_POLL] = "poll",
};

static const char *const plug_kinds[] = { [PLUG_IN] = "in", [PLUG_OUT] = "out" };

const struct words transport_words = WORDS(transports);
const struct words ring_words = WORDS(rings);
const struct words notify_words = WORDS(notify_kinds);
const struct words serve_words = WORDS(serve_kinds);
const struct words plug_words = WORDS(plug_kinds);

/* Lines of the ISA bus that no chip of a PC's has; levels, and shared. */
static const __u32 lines[] = { 10, 11, 5 };

static void place_notify(const struct config *config, struct virtio *device)
{
	if (device->legacy && device->notify == NOTIFY_PORT)
		die(STATUS_USAGE, "notify=port: with legacy, the ports are for legacy drivers");
	if (device->notify == NOTIFY_ANY)
		device->notify = device->legacy ? NOTIFY_MEMORY : config->virtio_notify;
}

/* It came with version 1.1. */
static void check_notification_data(const struct virtio *device)
{
	if (device->notification_data && device->legacy)
		die(STATUS_USAGE, "notification-data: not with legacy");
}

/* The next slot that no other function has: the test device's is left free always. */
static unsigned int next_slot(const struct config *config, unsigned int slot)
{
	do
		slot++;
	while (slot == KEEL_PCITEST_SLOT ||
	       (slot == KEEL_I6300ESB_SLOT && config->watchdog.on));
	return slot;
}

static void place(const struct config *config, struct virtio *device, unsigned int *slot,
		  unsigned int *nr_mmio)
{
	bool pci = config_has(config, KEEL_CLASS_PCIHOST);

	/* Sockets came with version 1. */
	device->legacy |= config->virtio_legacy && device->type != KEEL_VIRTIO_VSOCK;
	check_notification_data(device);
	if (device->transport == TRANSPORT_ANY)
		device->transport = pci ? TRANSPORT_PCI : TRANSPORT_MMIO;
	if (device->transport == TRANSPORT_PCI) {
		if (!pci)
			die(STATUS_USAGE, "transport=pci: there is no PCI bus (--no-pci)");
		place_notify(config, device);
		device->class = KEEL_CLASS_VIRTIO_PCI;
		device->irq = KEEL_IRQ_DEFAULT;	/* of its slot */
		*slot = next_slot(config, *slot);
		device->slot = *slot;
		return;
	}
	if (device->notify == NOTIFY_PORT)
		die(STATUS_USAGE, "notify=port: only with transport=pci");
	if (device->plug)
		die(STATUS_USAGE, "plug: only with transport=pci");
	device->class = KEEL_CLASS_VIRTIO_MMIO;
	device->base = VIRTIO_BASE + *nr_mmio * VIRTIO_STEP;
	device->irq = lines[*nr_mmio % ARRAY_SIZE(lines)];
	++*nr_mmio;
}

static void add_disk(struct config *config, const struct disk_config *disk)
{
	config->virtio[config->nr_virtio++] = (struct virtio){
		.type = KEEL_VIRTIO_BLK, .queues = disk->queues, .transport = disk->transport,
		.serve = disk->serve, .notify = disk->notify, .legacy = disk->legacy,
		.notification_data = disk->notification_data,
		.split = disk->ring == RING_SPLIT, .plug = disk->plug, .disk = disk,
	};
}

static void add_net(struct config *config, const struct net_config *net)
{
	config->virtio[config->nr_virtio++] = (struct virtio){
		.type = KEEL_VIRTIO_NET, .queues = 2 * net->pairs + (net->pairs > 1),
		.transport = net->transport, .notify = net->notify, .legacy = net->legacy,
		.notification_data = net->notification_data, .plug = net->plug, .net = net,
	};
}

/*
 * One virtio console for all ports, with control queues even for one: Linux learns a window's first
 * size only there.
 */
static void add_virtio_console(struct config *config)
{
	struct virtio *device = &config->virtio[config->nr_virtio++];
	unsigned int i;

	*device = (struct virtio){
		.type = KEEL_VIRTIO_CONSOLE, .queues = 2 * config->nr_ports + 2,
	};
	for (i = 0; i < config->nr_ports; i++) {
		const struct port *port = &config->ports[i];

		if (port->transport && device->transport && port->transport != device->transport)
			die(STATUS_USAGE, "--virtio-console: all ports are of one device");
		if (port->transport)
			device->transport = port->transport;
		if (port->serve)
			device->serve = port->serve;
		if (port->notify)
			device->notify = port->notify;
		device->legacy |= port->legacy;
		device->notification_data |= port->notification_data;
		device->split |= port->ring == RING_SPLIT;
	}
}

/**
 * virtio_resolve() - the virtio devices that the board has; dies if the wishes do not go together.
 * @config: its @virtio is the result; a device's place there is its instance
 */
void virtio_resolve(struct config *config)
{
	unsigned int i, slot = 0, nr_mmio = 0;

	config->nr_virtio = 0;
	for (i = 0; i < config->nr_disks; i++)
		add_disk(config, &config->disks[i]);
	if (config->rng.on)
		config->virtio[config->nr_virtio++] = (struct virtio){
			.type = KEEL_VIRTIO_RNG, .queues = 1,
			.notify = config->rng.notify, .legacy = config->rng.legacy,
			.notification_data = config->rng.notification_data,
		};
	for (i = 0; i < config->nr_nets; i++)
		add_net(config, &config->nets[i]);
	if (config->vsock.cid)
		config->virtio[config->nr_virtio++] = (struct virtio){
			.type = KEEL_VIRTIO_VSOCK, .queues = 3,
			.transport = config->vsock.transport, .notify = config->vsock.notify,
			.notification_data = config->vsock.notification_data,
		};
	if (config->nr_ports)
		add_virtio_console(config);
	for (i = 0; i < config->nr_virtio; i++)
		place(config, &config->virtio[i], &slot, &nr_mmio);
}
