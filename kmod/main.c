// SPDX-License-Identifier: GPL-2.0
/* /dev/keel, and how ioctl tables work. */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "vm.h"

#define KEEL_VERSION "0.1"

bool keel_use_bus = true;
module_param_named(bus, keel_use_bus, bool, 0444);
MODULE_PARM_DESC(bus, "answer accesses inside KVM_RUN where this kernel allows it (default: yes)");

unsigned int keel_min_timer_period_us = 200;
module_param_named(min_timer_period_us, keel_min_timer_period_us, uint, 0644);
MODULE_PARM_DESC(min_timer_period_us, "shortest period of a periodic timer of a new VM, in microseconds (default: 200)");

static bool main_lock_stats;
module_param_named(lock_stats, main_lock_stats, bool, 0444);
MODULE_PARM_DESC(lock_stats, "measure how long a board's lock is held, for debugfs (default: no)");

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

static long main_get_info(void *owner, void *arg)
{
	struct keel_info *info = arg;

	info->abi = KEEL_ABI_VERSION;
	info->features = keel_use_bus && keel_kvm_bus_available() ? KEEL_FEATURE_BUS : 0;
	strscpy(info->version, KEEL_VERSION, sizeof(info->version));
	return 0;
}

static const struct keel_ioctl main_ioctls[] = {
	{ KEEL_GET_INFO, main_get_info },
	{ KEEL_CREATE_VM, keel_vm_create },
};

static long main_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct keel_new_vm new = { .file = NULL };
	long ret = keel_ioctl(main_ioctls, ARRAY_SIZE(main_ioctls), &new, command, arg);

	if (!new.file)
		return ret;
	if (ret < 0) {	/* there is a VM, and its answer could not be delivered */
		put_unused_fd(new.fd);
		fput(new.file);
	} else {
		fd_install(new.fd, new.file);
	}
	return ret;
}

static const struct file_operations main_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = main_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice main_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keel",
	.fops = &main_fops,
	.mode = 0660,
};

static int __init main_init(void)
{
	int ret = keel_vm_init();

	if (ret)
		return ret;
	if (main_lock_stats)
		keel_door_time_locks();
	keel_debugfs_init();	/* before a VM can be made */
	ret = misc_register(&main_device);
	if (!ret)
		return 0;
	keel_debugfs_exit();
	keel_vm_exit();
	return ret;
}

static void __exit main_exit(void)
{
	misc_deregister(&main_device);
	keel_vm_exit();
	keel_debugfs_exit();
}

module_init(main_init);
module_exit(main_exit);

MODULE_DESCRIPTION("Keel: a PC platform in the kernel, next to KVM");
MODULE_VERSION(KEEL_VERSION);
MODULE_LICENSE("GPL");
