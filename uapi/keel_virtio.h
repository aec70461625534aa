/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_VIRTIO_H
#define KEEL_VIRTIO_H

#include <linux/types.h>

#include "keel_pci.h"

/* Why a queue is broken: keel_virtq_state.broken. */
#define KEEL_VIRTQ_SOUND	0
#define KEEL_VIRTQ_BAD_RING	1	/* not in memory, not aligned, or of an invalid size */
#define KEEL_VIRTQ_BAD_AVAIL	2	/* more is available than the ring holds */
#define KEEL_VIRTQ_BAD_HEAD	3	/* a chain starts beyond the descriptor table */
#define KEEL_VIRTQ_BAD_NEXT	4	/* a chain goes on beyond its table */
#define KEEL_VIRTQ_LOOP		5	/* a chain is longer than the queue */
#define KEEL_VIRTQ_BAD_BUFFER	6	/* a buffer is not in memory */
#define KEEL_VIRTQ_BAD_ORDER	7	/* a readable buffer is behind a writable one */
#define KEEL_VIRTQ_BAD_INDIRECT	8	/* a table that is not allowed, or not in memory */
#define KEEL_VIRTQ_TOO_LONG	9	/* a chain has more than 4 GiB */
#define KEEL_VIRTQ_BAD_RETURN	10	/* the device gave back a chain that it had not taken */
#define KEEL_VIRTQ_BAD_REQUEST	11	/* a chain that is no request of the device's kind */
#define KEEL_VIRTQ_BAD_ELSEWHERE 12	/* vhost, which serves the queue, reported an error */
#define KEEL_NR_VIRTQ_BROKEN	13

/**
 * struct keel_virtq_state - a virtqueue (VIRTIO 1.2, 2.6).
 * @desc:      guest physical address of the descriptor area: the descriptor table
 *             (split) or the descriptor ring (packed)
 * @driver:    of the driver area: the available ring, or the driver's event suppression
 * @device:    of the device area: the used ring, or the device's event suppression
 * @size:      descriptors
 * @vector:    MSI-X vector, 0xffff: none
 * @avail:     next chain to be taken: a free-running index (split); a slot, with the
 *             wrap counter in bit 15 (packed)
 * @used:      next to be given back: the same
 * @signalled: value of @used at the last check whether the driver wants an interrupt;
 *             differs from @used if a chain was given back since
 * @enabled:   1 when the driver has enabled it
 * @broken:    KEEL_VIRTQ_*; anything but KEEL_VIRTQ_SOUND lasts until it is reset
 * @fresh:     1: only whether @signalled differs from @used counts, not by how much
 * @pad:       zero
 * @partial:   a console's transmit queues: bytes of the next chain that were sent already
 * @pad2:      zero
 */
struct keel_virtq_state {
	__u64 desc;
	__u64 driver;
	__u64 device;
	__u16 size;
	__u16 vector;
	__u16 avail;
	__u16 used;
	__u16 signalled;
	__u8  enabled;
	__u8  broken;
	__u8  fresh;
	__u8  pad[3];
	__u32 partial;
	__u32 pad2;
};

/* ---- Devices ---- */

/* Device IDs (VIRTIO 1.2, 5): keel_virtio_config.type. */
#define KEEL_VIRTIO_NET		1
#define KEEL_VIRTIO_BLK		2
#define KEEL_VIRTIO_CONSOLE	3
#define KEEL_VIRTIO_RNG		4
#define KEEL_VIRTIO_VSOCK	19

/** KEEL_VIRTIO_QUEUES - the most queues that a device has. */
#define KEEL_VIRTIO_QUEUES	32
/** KEEL_VIRTIO_CONFIG - bytes of a device's own configuration, at the most. */
#define KEEL_VIRTIO_CONFIG	64

/** KEEL_VIRTIO_MMIO_SIZE - bytes of memory that KEEL_CLASS_VIRTIO_MMIO takes. */
#define KEEL_VIRTIO_MMIO_SIZE	0x200

/* Bits of keel_virtio_config.flags. */
#define KEEL_VIRTIO_NOTIFY_MEMORY 0x1	/* PCI: no capability names the doorbells that are ports */
#define KEEL_VIRTIO_LEGACY	0x2	/* PCI: transitional; MMIO: version 1 */

/**
 * struct keel_virtio_config - choices for a virtio device.
 * @slot:       virtio-pci: device number on bus 0, 1 to 31; else 0
 * @flags:      KEEL_VIRTIO_NOTIFY_MEMORY, KEEL_VIRTIO_LEGACY: over PCI the latter with the
 *              former, as its ports are the legacy interface's; of all types but
 *              KEEL_VIRTIO_VSOCK
 * @type:       KEEL_VIRTIO_*
 * @queues:     how many; 0: the fewest that its type has
 * @queue_size: the most descriptors in a queue, a power of two up to 256; 0: 256
 * @features:   feature bits that the driver is not to be offered
 * @reserved2:  zero
 */
struct keel_virtio_config {
	__u8  slot;
	__u8  flags;
	__u16 type;
	__u16 queues;
	__u16 queue_size;
	__u64 features;
	__u64 reserved2[4];
};

/** KEEL_VCON_PORTS - the most ports of a console: with a control queue each way, 18 queues. */
#define KEEL_VCON_PORTS		8
/** KEEL_VCON_EMERGENCY - bytes written to emerg_wr that wait for the first port's file. */
#define KEEL_VCON_EMERGENCY	32

/**
 * struct keel_vcon_state - a console's ports (VIRTIO 1.2, 5.3). In masks a bit is a port.
 * @cols:         width of each port's window, in characters; 0: not known
 * @rows:         its height
 * @ready:        1: the driver has said DEVICE_READY
 * @connected:    the host's end has a file; set by the host, survives a reset
 * @added:        the driver has said PORT_READY
 * @open:         the guest has it open
 * @tell_add:     PORT_ADD is to be sent, as is the message in each of the following
 * @tell_console: CONSOLE_PORT
 * @tell_size:    RESIZE
 * @tell_name:    PORT_NAME
 * @tell_closed:  PORT_OPEN 0: the host's end was disconnected
 * @tell_open:    PORT_OPEN 1: and then it was connected
 * @nr_emergency: bytes in @emergency
 * @pad:          zero
 * @emergency:    written to emerg_wr and not taken yet, the oldest first; then zero
 */
struct keel_vcon_state {
	__u16 cols[KEEL_VCON_PORTS];
	__u16 rows[KEEL_VCON_PORTS];
	__u8  ready;
	__u8  connected;
	__u8  added;
	__u8  open;
	__u8  tell_add;
	__u8  tell_console;
	__u8  tell_size;
	__u8  tell_name;
	__u8  tell_closed;
	__u8  tell_open;
	__u8  nr_emergency;
	__u8  pad[5];
	__u8  emergency[KEEL_VCON_EMERGENCY];
};

/**
 * struct keel_virtio_state - a virtio device, apart from its transport's registers.
 * @driver_features: as the driver wrote them
 * @device_features_sel: word of the device's features that is read
 * @driver_features_sel: word of the driver's that is written
 * @generation: of @config: counts the host's changes
 * @queue_sel:  queue that the queue registers are about
 * @config_vector: MSI-X vector of configuration changes, 0xffff none
 * @status:     device status (2.1)
 * @isr:        bit 0: buffers were used; bit 1: @config was changed
 * @resetting:  1: status 0 was written, and queues are still served
 * @queue_resetting: a bit for each queue that is being reset (2.6.1)
 * @net_pairs:  net: queue pairs that the driver has asked for; 0: it has not. Others: 0
 * @config:     the device's own configuration
 * @vcon:       of a console; else zero
 * @queues:     all of them; those that the device does not have are zero
 */
struct keel_virtio_state {
	__u64 driver_features;
	__u32 device_features_sel;
	__u32 driver_features_sel;
	__u32 generation;
	__u32 queue_resetting;
	__u16 queue_sel;
	__u16 config_vector;
	__u8  status;
	__u8  isr;
	__u8  resetting;
	__u8  net_pairs;
	__u8  config[KEEL_VIRTIO_CONFIG];
	struct keel_vcon_state vcon;
	struct keel_virtq_state queues[KEEL_VIRTIO_QUEUES];
};

/* Kinds of capabilities of a virtio function (VIRTIO 1.2, 4.1.4). */
#define KEEL_VIRTIO_CAP_COMMON	1
#define KEEL_VIRTIO_CAP_NOTIFY	2
#define KEEL_VIRTIO_CAP_ISR	3
#define KEEL_VIRTIO_CAP_DEVICE	4
#define KEEL_VIRTIO_CAP_PCI_CFG	5

/**
 * struct keel_virtio_pci_state - the KEEL_CLASS_VIRTIO_PCI record.
 * @virtio: the device
 * @pci:    the function
 * @msix:   its MSI-X
 * @cfg_offset: of the window in configuration space (4.1.4.9): in the BAR
 * @cfg_length: its width
 * @cfg_bar: its BAR
 * @pad:    zero
 * @msi:    its MSI
 */
struct keel_virtio_pci_state {
	struct keel_virtio_state virtio;
	struct keel_pci_state pci;
	struct keel_msix_state msix;
	__u32 cfg_offset;
	__u32 cfg_length;
	__u8  cfg_bar;
	__u8  pad[7];
	struct keel_msi_state msi;
};

#endif /* KEEL_VIRTIO_H */
