/* SPDX-License-Identifier: GPL-2.0 */
/* The disks that --disk asks for. */
#ifndef KEEL_CONFIG_DISK_H
#define KEEL_CONFIG_DISK_H

#include "config/source.h"

enum disk_lock { LOCK_ON, LOCK_OFF };
enum disk_format_wish { FORMAT_DETECT, FORMAT_RAW };
enum disk_full { FULL_STOP, FULL_REPORT };
enum disk_block { BLOCK_DETECT, BLOCK_512, BLOCK_4096 };

/**
 * struct disk_config - a disk.
 * @file:   file, block device or descriptor
 * @read_only: the guest cannot write to it
 * @direct: past the host's page cache
 * @queues: request queues
 * @id:     serial number, or NULL
 * @lock:   enum disk_lock; off: other processes may use the file as well
 * @format: enum disk_format_wish; raw: even if the file begins as another format
 * @on_full: enum disk_full: when there is no space for what the guest writes
 * @block:  enum disk_block: bytes in a block
 * @ring:   enum ring
 * @transport: enum transport
 * @serve:  KEEL_SERVE_*
 * @notify: enum notify
 * @legacy: see struct virtio
 * @notification_data: see struct virtio
 * @seed:   it is cloud-init's, and follows from another option
 * @plug:   enum plug; PLUG_OUT may be without @file
 */
struct disk_config {
	struct source file;
	bool read_only;
	bool direct;
	unsigned int queues;
	char *id;
	unsigned int lock;
	unsigned int format;
	unsigned int on_full;
	unsigned int block;
	unsigned int ring;
	unsigned int transport;
	unsigned int serve;
	unsigned int notify;
	bool legacy;
	bool notification_data;
	bool seed;
	unsigned int plug;
};

#define DISK_ID_MAX	20

extern const struct object_type disk_object;

#endif /* KEEL_CONFIG_DISK_H */
