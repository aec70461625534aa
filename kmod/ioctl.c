// SPDX-License-Identifier: GPL-2.0
/*
 * How ioctl tables work, and how arguments of other versions are read: Documentation/abi.rst has
 * the rules for callers.
 */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "kick.h"

/* Every argument begins with its size, as the caller knows it. */
static long ioctl_read(const struct keel_ioctl *row, void *copy, const void __user *user,
		       u32 *size)
{
	long ret;

	if (get_user(*size, (const u32 __user *)user))
		return -EFAULT;
	if (*size < row->least)
		return -EINVAL;
	if (*size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(copy, row->size, user, *size);
	*(u32 *)copy = *size;	/* the caller may have another one there by now */
	return ret;
}

static long ioctl_answer(const struct keel_ioctl *row, const void *copy, void __user *user,
			 u32 size)
{
	if (!(_IOC_DIR(row->command) & _IOC_READ))
		return 0;
	return copy_to_user(user, copy, min_t(size_t, size, row->size)) ? -EFAULT : 0;
}

static long ioctl_begin(const struct keel_ioctl *row, void *owner, void *copy)
{
	long ret = row->call(owner, copy);

	return ret == -EINTR ? keel_interrupted() : ret;
}

static long ioctl_call(const struct keel_ioctl *row, void *owner, void __user *user)
{
	u64 copy[KEEL_IOCTL_MOST / sizeof(u64)] = {};
	long ret, undelivered;
	u32 size = 0;

	if (!row->size)
		return ioctl_begin(row, owner, NULL);
	ret = ioctl_read(row, copy, user, &size);
	/* An answer that could not be delivered is refused before anything happens. */
	if (!ret)
		ret = ioctl_answer(row, copy, user, size);
	if (ret)
		return ret;
	ret = ioctl_begin(row, owner, copy);
	/* An error can have an answer as well: conflicts, a bad record. */
	undelivered = ioctl_answer(row, copy, user, size);
	return undelivered ? undelivered : ret;
}

/**
 * keel_ioctl() - call a command's function by its table.
 * @table:   rows
 * @nr:      how many
 * @owner:   for the call
 * @command: as given by the caller
 * @arg:     as given by the caller
 *
 * Return: what the call returns; -ENOTTY if the table has no such command; or -EFAULT, -EINVAL or
 * -E2BIG for the argument.
 */
long keel_ioctl(const struct keel_ioctl *table, unsigned int nr, void *owner,
		unsigned int command, unsigned long arg)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (table[i].command == command)
			return ioctl_call(&table[i], owner, (void __user *)arg);
	return -ENOTTY;
}
