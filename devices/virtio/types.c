// SPDX-License-Identifier: GPL-2.0
/*
 * The kinds of virtio devices: queues, features and size of the configuration of each
 * (VIRTIO 1.2, 5.1 to 5.4 and 5.10). What is in a configuration is the host's to say.
 *
 * Not offered by any: what a type has beyond these features.
 */
#include "console.h"
#include "net.h"
#include "types.h"

/* Rings that the kernel's vhost does not know: with it behind a device there are split ones. */
#define NO_VHOST_RINGS	(BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_F_IN_ORDER))

/* Network (5.1.3): with the kernel's vhost-net behind it, and its offloads. */
#define NET_FEATURES	(BIT_ULL(0) | BIT_ULL(1) |	/* CSUM, GUEST_CSUM */ \
			 BIT_ULL(3) | BIT_ULL(5) |	/* MTU, MAC */ \
			 GENMASK_ULL(14, 7) |		/* GUEST_* and HOST_* offloads */ \
			 BIT_ULL(15) | BIT_ULL(16) |	/* MRG_RXBUF, STATUS */ \
			 KEEL_NET_F_CTRL_VQ | KEEL_NET_F_MQ)
#define NET_CONFIG	12	/* mac, status, max_virtqueue_pairs, mtu */

/* Block (5.2.3). */
#define BLK_FEATURES	(BIT_ULL(2) | BIT_ULL(5) |	/* SEG_MAX, RO */ \
			 BIT_ULL(6) | BIT_ULL(9) |	/* BLK_SIZE, FLUSH */ \
			 BIT_ULL(10) | BIT_ULL(12) |	/* TOPOLOGY, MQ */ \
			 BIT_ULL(13) | BIT_ULL(14))	/* DISCARD, WRITE_ZEROES */
#define BLK_CONFIG	60	/* up to write_zeroes_may_unmap and its padding */

/* Console (5.3.3). */
#define CONSOLE_FEATURES (KEEL_VCON_F_SIZE | KEEL_VCON_F_MULTIPORT | KEEL_VCON_F_EMERG_WRITE)
#define CONSOLE_QUEUES	(2 + 2 * KEEL_VCON_PORTS)
#define CONSOLE_CONFIG	12	/* cols, rows, max_nr_ports, emerg_wr */

/* Socket (5.10): its configuration is the guest's context ID. */
#define VSOCK_CONFIG	8

static const struct keel_virtio_type virtio_types[] = {
	{ "net", KEEL_VIRTIO_NET, NET_CONFIG, 2, 17, NET_FEATURES, NO_VHOST_RINGS, .legacy = true,
	  .reset = keel_net_reset, .check = keel_net_check, .inspect = keel_net_inspect },
	{ "blk", KEEL_VIRTIO_BLK, BLK_CONFIG, 1, 16, BLK_FEATURES, .legacy = true },
	{ "console", KEEL_VIRTIO_CONSOLE, CONSOLE_CONFIG, 2, CONSOLE_QUEUES, CONSOLE_FEATURES,
	  .legacy = true, .write = keel_vcon_write, .reset = keel_vcon_reset,
	  .loaded = keel_vcon_loaded, .check = keel_vcon_check, .inspect = keel_vcon_inspect },
	{ "rng", KEEL_VIRTIO_RNG, 0, 1, 1, 0, .legacy = true },
	{ "vsock", KEEL_VIRTIO_VSOCK, VSOCK_CONFIG, 3, 3, 0, NO_VHOST_RINGS },
};

/**
 * keel_virtio_type() - a kind of device.
 * @id: KEEL_VIRTIO_*
 *
 * Return: the kind, or NULL if there is none of that ID.
 */
const struct keel_virtio_type *keel_virtio_type(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtio_types); i++)
		if (virtio_types[i].id == id)
			return &virtio_types[i];
	return NULL;
}
