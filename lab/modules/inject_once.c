// SPDX-License-Identifier: GPL-2.0
/*
 * For the lab only: in QEMU's TCG a guest can get an injected interrupt twice. VMRUN
 * delivers it, and leaves its vector behind as the CPU's pending exception; if the
 * CPU's thread is called away before the guest's next exit, that is delivered as well,
 * in the middle of the handler and with IF clear. With an interrupt pending for this
 * CPU before each VMRUN that injects one, the exit comes before all else, and takes
 * what was left behind with it. Costs an exit for each injected interrupt.
 */
#include <linux/irq_work.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/tracepoint.h>

static void nothing(struct irq_work *work)
{
}

static DEFINE_PER_CPU(struct irq_work, exits);

/* KVM is about to enter the guest; this CPU's interrupts are off until it is out again. */
static void before_entry(void *data, struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.interrupt.injected)
		irq_work_queue(this_cpu_ptr(&exits));
}

/* The tracepoint is in kvm.ko, which need not be there yet. */
static int module_comes(struct notifier_block *block, unsigned long action, void *data)
{
	struct tp_module *comes = data;
	int i;

	for (i = 0; action == MODULE_STATE_COMING && i < comes->mod->num_tracepoints; i++) {
		struct tracepoint *point = tracepoint_ptr_deref(&comes->mod->tracepoints_ptrs[i]);

		if (!strcmp(point->name, "kvm_entry"))
			WARN_ON(tracepoint_probe_register(point, before_entry, NULL));
	}
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = module_comes };

static int __init inject_once_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(exits, cpu) = IRQ_WORK_INIT_HARD(nothing);
	return register_tracepoint_module_notifier(&notifier);
}
module_init(inject_once_init);

MODULE_DESCRIPTION("Has TCG deliver injected interrupts once (Keel's lab only)");
MODULE_LICENSE("GPL");
