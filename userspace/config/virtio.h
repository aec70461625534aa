/* SPDX-License-Identifier: GPL-2.0 */
/* The virtio devices that several options ask for, and their common properties. */
#ifndef KEEL_CONFIG_VIRTIO_H
#define KEEL_CONFIG_VIRTIO_H

#include "config/words.h"

#define VIRTIO_DISKS	16
#define VIRTIO_NETS	16
#define VIRTIO_MAX	(VIRTIO_DISKS + VIRTIO_NETS + 3)
#define VIRTIO_BASE	0xfeb00000ULL	/* the first virtio device over MMIO ... */
#define VIRTIO_STEP	0x1000ULL	/* ... and the distance of the next */

enum transport { TRANSPORT_ANY, TRANSPORT_PCI, TRANSPORT_MMIO };
enum ring { RING_ANY, RING_SPLIT };
enum plug { PLUG_FIXED, PLUG_IN, PLUG_OUT };
enum notify { NOTIFY_ANY, NOTIFY_MEMORY, NOTIFY_PORT };

/**
 * struct virtio - a virtio device.
 * @type:   KEEL_VIRTIO_*
 * @class:  KEEL_CLASS_* of its transport
 * @queues: how many
 * @transport: enum transport; never TRANSPORT_ANY
 * @slot:   over PCI: device number
 * @base:   over MMIO: guest physical address
 * @irq:    over MMIO: line; else KEEL_IRQ_DEFAULT
 * @serve:  KEEL_SERVE_*
 * @notify: over PCI: enum notify: the doorbells that the driver is to use; NOTIFY_ANY:
 *          those that cost less, if the kernel is known to take any (config.ports_first)
 * @legacy: for drivers from before version 1 as well: transitional, or over MMIO version 1
 * @notification_data: the driver may say in its notifications how far its ring has come
 * @plug:   over PCI: enum plug: can it come and go, and is it there at the start?
 * @split:  split rings only, even if the driver can use packed ones
 * @disk:   of a disk: its properties
 * @net:    of a network device: likewise
 */
struct virtio {
	__u16 type;
	__u16 class;
	unsigned int queues;
	unsigned int transport;
	__u8 slot;
	__u64 base;
	__u32 irq;
	__u32 serve;
	unsigned int notify;
	bool legacy;
	bool notification_data;
	unsigned int plug;
	bool split;
	const struct disk_config *disk;
	const struct net_config *net;
};

struct config;

extern const struct words transport_words;
extern const struct words ring_words;
extern const struct words notify_words;
extern const struct words serve_words;
extern const struct words plug_words;

void virtio_resolve(struct config *config);

#endif /* KEEL_CONFIG_VIRTIO_H */
