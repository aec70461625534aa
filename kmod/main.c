// SPDX-License-Identifier: GPL-2.0
/* /dev/keel. */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "../uapi/keel.h"
#include "../uapi/keel_version.h"
#include "debugfs.h"
#include "ioctl.h"
#include "kvm_bus.h"
#include "lock.h"
#include "ref.h"
#include "vm.h"
#include "watch.h"

static bool main_lock_stats;
module_param_named(lock_stats, main_lock_stats, bool, 0444);
MODULE_PARM_DESC(lock_stats, "measure how long a board's lock is held, for debugfs (default: no)");

static long main_get_info(void *owner, void *arg)
{
	struct keel_info *info = arg;

	info->abi = KEEL_ABI_VERSION;
	info->reserved = 0;
	info->features = keel_use_bus && keel_kvm_bus_available() ? KEEL_FEATURE_BUS : 0;
	strscpy_pad(info->version, KEEL_VERSION, sizeof(info->version));
	return 0;
}

static const struct keel_ioctl main_ioctls[] = {
	KEEL_IOCTL(KEEL_GET_INFO, main_get_info, keel_info, abi),
	KEEL_IOCTL(KEEL_CREATE_VM, keel_vm_create, keel_vm_config, conflicts),
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
	int ret = keel_refs_init();

	if (ret)
		return ret;
	if (main_lock_stats)
		keel_lock_time();
	keel_debugfs_init();	/* before a VM can be made */
	ret = misc_register(&main_device);
	if (!ret)
		return 0;
	keel_debugfs_exit();
	keel_refs_exit();
	return ret;
}

static void __exit main_exit(void)
{
	misc_deregister(&main_device);
	keel_refs_exit();
	keel_debugfs_exit();
	keel_watch_exit();
}

module_init(main_init);
module_exit(main_exit);

MODULE_DESCRIPTION("Keel: a PC platform in the kernel, next to KVM");
MODULE_VERSION(KEEL_VERSION);
MODULE_LICENSE("GPL");
