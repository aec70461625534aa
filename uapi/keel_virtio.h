/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_VIRTIO_H
#define KEEL_VIRTIO_H

#include <linux/types.h>

/* Why a queue is broken: keel_virtq_state.broken. */
#define KEEL_VIRTQ_SOUND	0
#define KEEL_VIRTQ_BAD_RING	1	/* not in memory, not aligned, or of a size that is none */
#define KEEL_VIRTQ_BAD_AVAIL	2	/* more is available than the ring holds */
#define KEEL_VIRTQ_BAD_HEAD	3	/* a chain starts beyond the descriptor table */
#define KEEL_VIRTQ_BAD_NEXT	4	/* a chain goes on beyond its table */
#define KEEL_VIRTQ_LOOP		5	/* a chain is longer than the queue */
#define KEEL_VIRTQ_BAD_BUFFER	6	/* a buffer is not in memory */
#define KEEL_VIRTQ_BAD_ORDER	7	/* something to be read is behind something to be written */
#define KEEL_VIRTQ_BAD_INDIRECT	8	/* a table that must not be, or is not in memory */
#define KEEL_VIRTQ_TOO_LONG	9	/* a chain has more than 4 GiB */
#define KEEL_VIRTQ_BAD_RETURN	10	/* the device's: it gave back what it had not taken */
#define KEEL_VIRTQ_BAD_REQUEST	11	/* the device's: a chain that is no request of its kind */
#define KEEL_NR_VIRTQ_BROKEN	12

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
 * @signalled: value of @used when it was last asked whether the driver wants an interrupt
 * @enabled:   1 when the driver has enabled it
 * @broken:    KEEL_VIRTQ_*; anything but KEEL_VIRTQ_SOUND lasts until it is reset
 * @fresh:     1 while @signalled means nothing
 * @pad:       zero
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
};

#endif /* KEEL_VIRTIO_H */
