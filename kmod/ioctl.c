// SPDX-License-Identifier: GPL-2.0
/* How ioctl tables work. */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../uapi/keel.h"
#include "ioctl.h"

/* The largest argument of any command. */
union keel_ioctl_arg {
	struct keel_info info;
	struct keel_vm_config vm;
	struct keel_vcpu_config vcpu;
	struct keel_run run;
	struct keel_console console;
	struct keel_stats stats;
	struct keel_input input;
	struct keel_state state;
	struct keel_memory memory;
	struct keel_attach attach;
	struct keel_port_change port;
	struct keel_serve serve;
};

/**
 * keel_ioctl() - call a command's function by its table.
 * @table:   rows
 * @nr:      how many
 * @owner:   for the call
 * @command: as given by the caller
 * @arg:     as given by the caller
 *
 * Return: what the call returns; -ENOTTY if the table has no such command.
 */
long keel_ioctl(const struct keel_ioctl *table, unsigned int nr, void *owner,
		unsigned int command, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(command);
	union keel_ioctl_arg copy;
	unsigned int i;
	long ret;

	for (i = 0; i < nr && table[i].command != command; i++)
		;
	if (i == nr || WARN_ON_ONCE(size > sizeof(copy)))
		return -ENOTTY;
	memset(&copy, 0, sizeof(copy));
	if (_IOC_DIR(command) & _IOC_WRITE && copy_from_user(&copy, user, size))
		return -EFAULT;
	/* An answer that could not be delivered is refused before anything happens. */
	if (_IOC_DIR(command) & _IOC_READ && copy_to_user(user, &copy, size))
		return -EFAULT;
	ret = table[i].call(owner, &copy);
	/* An error can have an answer as well: conflicts, a bad record. */
	if (_IOC_DIR(command) & _IOC_READ && copy_to_user(user, &copy, size))
		return -EFAULT;
	return ret;
}
