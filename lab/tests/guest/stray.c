// SPDX-License-Identifier: GPL-2.0
/*
 * For LD_PRELOAD: single-steps the vCPU that the launcher made last, behind its back.
 * The first instruction ends in an unexpected exit, which no guest can bring
 * about by itself.
 */
#include <dlfcn.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "../../../uapi/keel.h"

static void single_step(int vcpu)
{
	struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP,
	};

	if (ioctl(vcpu, KVM_SET_GUEST_DEBUG, &debug))
		abort();
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int fd, unsigned long request, ...) = dlsym(RTLD_NEXT, "ioctl");
	static int vcpu;
	void *argument;
	va_list args;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (request == KEEL_ADD_VCPU)
		vcpu = ((struct keel_vcpu_config *)argument)->vcpu_fd;
	if (request == KEEL_RUN)	/* not before: KVM goes by where the vCPU stands now */
		single_step(vcpu);
	return next(fd, request, argument);
}
