// SPDX-License-Identifier: GPL-2.0
/* Which files of the process Keel uses, and for what. */
#include <linux/file.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/vhost.h>

#include "hostfile.h"

/* Terminals, by the kernel's list of device numbers (admin-guide/devices.txt) */
static const unsigned int hostfile_ttys[] = {
	TTY_MAJOR, TTYAUX_MAJOR, 166 /* ttyACM */, 188 /* ttyUSB */, 204 /* ttyAMA and others */,
	229 /* hvc */,
};

static bool hostfile_is_tty(const struct inode *inode)
{
	unsigned int i, major = imajor(inode);

	if (major >= UNIX98_PTY_MASTER_MAJOR &&
	    major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT)
		return true;
	for (i = 0; i < ARRAY_SIZE(hostfile_ttys); i++)
		if (major == hostfile_ttys[i])
			return true;
	return false;
}

static bool hostfile_is_misc(const struct inode *inode, unsigned int minor)
{
	return S_ISCHR(inode->i_mode) && inode->i_rdev == MKDEV(MISC_MAJOR, minor);
}

/* Files of proc, sysfs and cgroups are regular ones, and no place for a guest's data. */
static bool hostfile_stores(const struct inode *inode)
{
	return S_ISREG(inode->i_mode) && !(inode->i_sb->s_iflags & SB_I_NOEXEC);
}

static bool hostfile_is(const struct inode *inode, enum keel_hostfile_kind kind)
{
	umode_t mode = inode->i_mode;

	switch (kind) {
	case KEEL_HOSTFILE_DISK:
		return hostfile_stores(inode) || S_ISBLK(mode);
	case KEEL_HOSTFILE_STREAM:
		return hostfile_stores(inode) || S_ISFIFO(mode) || S_ISSOCK(mode) ||
		       (S_ISCHR(mode) && hostfile_is_tty(inode));
	case KEEL_HOSTFILE_TUN:
		return hostfile_is_misc(inode, TUN_MINOR);
	case KEEL_HOSTFILE_VHOST_NET:
		return hostfile_is_misc(inode, VHOST_NET_MINOR);
	case KEEL_HOSTFILE_VHOST_VSOCK:
		return hostfile_is_misc(inode, VHOST_VSOCK_MINOR);
	}
	return false;
}

/* O_APPEND would ignore a disk's offsets; a stream must return -EAGAIN rather than sleep. */
static bool hostfile_flags_good(const struct file *file, enum keel_hostfile_kind kind)
{
	umode_t mode = file_inode(file)->i_mode;

	if (kind == KEEL_HOSTFILE_DISK)
		return !(file->f_flags & O_APPEND);
	if (kind != KEEL_HOSTFILE_STREAM)
		return true;
	return !(file->f_flags & O_DIRECT) &&
	       (S_ISREG(mode) || S_ISSOCK(mode) || file->f_flags & O_NONBLOCK);
}

static int hostfile_check(const struct file *file, const struct keel_hostfile *hostfile)
{
	if (~file->f_mode & hostfile->mode)
		return -EBADF;
	if (!hostfile_is(file_inode(file), hostfile->kind))
		return -EOPNOTSUPP;
	return hostfile_flags_good(file, hostfile->kind) ? 0 : -EINVAL;
}

/**
 * keel_hostfile_get() - the file behind a descriptor of the calling process.
 * @hostfile: which
 *
 * Return: a reference to it; -EBADF: the descriptor is closed, or not open for what is
 * wanted; -EOPNOTSUPP: a kind of file that Keel does not use for this; -EINVAL: unsuitable
 * flags.
 */
struct file *keel_hostfile_get(const struct keel_hostfile *hostfile)
{
	struct file *file;
	int ret;

	if (hostfile->fd < 0)
		return ERR_PTR(-EBADF);
	file = fget(hostfile->fd);
	if (!file)
		return ERR_PTR(-EBADF);
	ret = hostfile_check(file, hostfile);
	if (!ret)
		return file;
	fput(file);
	return ERR_PTR(ret);
}

/**
 * keel_hostfile_set() - use a descriptor from now on.
 * @hostfile: out; unchanged after an error
 * @fd:       its number; -1: none
 * @kind:     what it must be
 * @mode:     FMODE_READ, FMODE_WRITE: what it must be open for
 *
 * Return: 0, or as keel_hostfile_get().
 */
int keel_hostfile_set(struct keel_hostfile *hostfile, int fd, enum keel_hostfile_kind kind,
		      fmode_t mode)
{
	const struct keel_hostfile new = { .fd = fd, .kind = kind, .mode = mode };
	struct file *file;

	if (fd != -1) {
		file = keel_hostfile_get(&new);
		if (IS_ERR(file))
			return PTR_ERR(file);
		fput(file);
	}
	*hostfile = new;
	return 0;
}

/**
 * keel_hostfile_ioctl() - an ioctl on the file behind a descriptor.
 * @hostfile: which
 * @command:  of the file's
 * @arg:      a value or a user address
 *
 * Return: what the ioctl did, or as keel_hostfile_get().
 */
long keel_hostfile_ioctl(const struct keel_hostfile *hostfile, unsigned int command,
			 unsigned long arg)
{
	struct file *file = keel_hostfile_get(hostfile);
	long ret = -ENOTTY;

	if (IS_ERR(file))
		return PTR_ERR(file);
	/* As vfs_ioctl() does, which kernels from 7 on do not export */
	if (file->f_op->unlocked_ioctl)
		ret = file->f_op->unlocked_ioctl(file, command, arg);
	fput(file);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}
