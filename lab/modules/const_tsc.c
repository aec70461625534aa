// SPDX-License-Identifier: GPL-2.0
/*
 * For the lab only: KVM on PREEMPT_RT refuses to load where the TSC's rate may
 * change. QEMU's TCG does not advertise its constant rate, so this module does.
 */
#include <linux/module.h>
#include <asm/cpufeature.h>

static int __init const_tsc_init(void)
{
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_CONSTANT_TSC);
	return 0;
}
module_init(const_tsc_init);

MODULE_DESCRIPTION("Declares the emulated TSC constant (Keel's lab only)");
MODULE_LICENSE("GPL");
