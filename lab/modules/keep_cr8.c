// SPDX-License-Identifier: GPL-2.0
/*
 * For the lab only: QEMU's TCG ends with an assertion, that its lock is held, when a guest of the
 * emulated host writes CR8 while a virtual interrupt is pending for it (the VMCB's V_IRQ). KVM lets
 * guests write CR8 themselves where nothing is to be intercepted. With the function skipped that
 * decides so, each write stays an exit to KVM, as it is at first. EDK II writes CR8 in its
 * interrupt handlers; Linux and SeaBIOS do not.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>

static notrace void nothing(void)
{
}

/* Goes to another function instead, which returns to the caller. */
static int skip(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)nothing;
	return 1;
}

static struct kprobe probe = { .symbol_name = "svm_update_cr8_intercept", .pre_handler = skip };

/* The function is in kvm-amd.ko, which need not be there yet. */
static int module_comes(struct notifier_block *block, unsigned long action, void *data)
{
	struct module *module = data;

	if (action == MODULE_STATE_LIVE && !strcmp(module->name, "kvm_amd"))
		WARN_ON(register_kprobe(&probe));
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = module_comes };

static int __init keep_cr8_init(void)
{
	int error = register_kprobe(&probe);

	return error == -ENOENT ? register_module_notifier(&notifier) : error;
}
module_init(keep_cr8_init);

MODULE_DESCRIPTION("Has KVM intercept writes to CR8 (Keel's lab only)");
MODULE_LICENSE("GPL");
