/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the process. Keel keeps the number of a descriptor, and no reference: the thread that
 * uses a file looks it up, as a system call does. So no reference can form a cycle that keeps a
 * VM, RLIMIT_NOFILE counts every file, and a file ends with the process.
 *
 * The process can put another file at the number at any time: each look-up checks the kind.
 */
#ifndef KEEL_HOSTFILE_H
#define KEEL_HOSTFILE_H

#include <linux/fs.h>
#include <linux/types.h>
#include <linux/uio.h>

/**
 * enum keel_hostfile_kind - what a file is good for.
 * @KEEL_HOSTFILE_DISK:   regular file or block device, with positions
 * @KEEL_HOSTFILE_STREAM: bytes in order: regular file, pipe, socket or terminal
 * @KEEL_HOSTFILE_TUN:    /dev/net/tun
 * @KEEL_HOSTFILE_VHOST_NET:   /dev/vhost-net
 * @KEEL_HOSTFILE_VHOST_VSOCK: /dev/vhost-vsock
 */
enum keel_hostfile_kind {
	KEEL_HOSTFILE_DISK,
	KEEL_HOSTFILE_STREAM,
	KEEL_HOSTFILE_TUN,
	KEEL_HOSTFILE_VHOST_NET,
	KEEL_HOSTFILE_VHOST_VSOCK,
};

/**
 * struct keel_hostfile - a descriptor of the process that a device uses.
 * @fd:   its number; -1: none
 * @kind: what it must be
 * @mode: FMODE_READ, FMODE_WRITE: what it must be open for
 */
struct keel_hostfile {
	int fd;
	enum keel_hostfile_kind kind;
	fmode_t mode;
};

struct file *keel_hostfile_get(const struct keel_hostfile *hostfile);
int keel_hostfile_set(struct keel_hostfile *hostfile, int fd, enum keel_hostfile_kind kind,
		      fmode_t mode);
long keel_hostfile_ioctl(const struct keel_hostfile *hostfile, unsigned int command,
			 unsigned long arg);

#endif /* KEEL_HOSTFILE_H */
