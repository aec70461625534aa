// SPDX-License-Identifier: GPL-2.0
/* What KVM must be able to do. */
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base.h"
#include "vm/kvm.h"

static const struct {
	int capability;
	const char *name;
} needed[] = {
	{ KVM_CAP_USER_MEMORY,		"KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_SPLIT_IRQCHIP,	"KVM_CAP_SPLIT_IRQCHIP" },
	{ KVM_CAP_IRQFD,		"KVM_CAP_IRQFD" },
	{ KVM_CAP_X2APIC_API,		"KVM_CAP_X2APIC_API" },
	{ KVM_CAP_EXT_CPUID,		"KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_MP_STATE,		"KVM_CAP_MP_STATE" },
};

/**
 * kvm_lack() - look for what KVM has to have.
 * @kvm: its device
 *
 * Return: the name of a capability that is missing, or NULL.
 */
const char *kvm_lack(int kvm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (ioctl(kvm, KVM_CHECK_EXTENSION, needed[i].capability) <= 0)
			return needed[i].name;
	return NULL;
}
