# SPDX-License-Identifier: GPL-2.0
# Probes: what this kernel has is looked up, not derived from its version, since distributions
# take changes from later kernels. Each sets a macro; kmod/compat.h adapts to it.

# has TEXT,HEADER: is TEXT, a pattern of grep's, in a header of the kernel's?
has = $(shell grep -qs '$(1)' $(srctree)/include/linux/$(2) && echo y)

# exports SYMBOL: may this module import it? Later kernels export some to named modules only: the
# fifth column of Module.symvers.
exports = $(shell awk -F '\t' '$$2 == "$(1)" && !$$5 { print "y"; exit }' \
	$(objtree)/Module.symvers 2>/dev/null)

# probe TEXT,HEADER,MACRO
probe = $(if $(call has,$(1),$(2)),-D$(3))

# The accelerator (kmod/kvm_bus.c) puts ranges on the buses of KVM's VMs, and imports the two
# symbols to be tied to its KVM.
ifneq ($(and $(CONFIG_KVM),$(call has,struct kvm_io_bus __rcu \*buses,kvm_host.h),\
	$(call exports,kvm_get_kvm_safe),$(call exports,kvm_put_kvm)),)
keel-y += kmod/kvm_bus.o
ccflags-y += -DKEEL_KVM_BUS
endif

# In 6.12 RIP is one of the array of registers, in 7.3 it is not.
ccflags-y += $(call probe,VCPU_REG_RIP,../../arch/x86/include/asm/kvm_host.h,KEEL_KVM_OWN_RIP)

# Before 6.8 it has a second parameter, the amount.
ccflags-y += $(call probe,eventfd_signal(struct eventfd_ctx \*ctx),eventfd.h,KEEL_EVENTFD_SIGNAL_ONE)

# Since 6.8 vfs_iocb_iter_write() calls kiocb_start_write() itself; this came in the same series.
ccflags-y += $(call probe,file_write_not_started,fs.h,KEEL_VFS_STARTS_WRITE)

# Came in 6.13, and replaced hrtimer_init() in 6.15.
ccflags-y += $(call probe,\<hrtimer_setup\>,hrtimer.h,KEEL_HRTIMER_SETUP)
