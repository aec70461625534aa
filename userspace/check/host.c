// SPDX-License-Identifier: GPL-2.0
/* keel check: the machine, its kernel, and KVM. */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "check/rights.h"
#include "uapi/keel_version.h"
#include "vm/kvm.h"

/* A version as a number that can be compared; 0 if it is none */
static unsigned int version_number(const char *text)
{
	unsigned int major, minor;

	return sscanf(text, "%u.%u", &major, &minor) == 2 ? major << 16 | minor : 0;
}

void check_kernel(struct finding *finding)
{
	struct utsname name;
	unsigned int here;

	uname(&name);
	here = version_number(name.release);
	if (here >= version_number(KEEL_KERNEL_FIRST) && here <= version_number(KEEL_KERNEL_LAST)) {
		find_good(finding, "%.64s, of those from %s to %s that Keel supports", name.release,
			  KEEL_KERNEL_FIRST, KEEL_KERNEL_LAST);
		return;
	}
	find_note(finding, "%.64s is not one of those from %s to %s that Keel supports",
		  name.release, KEEL_KERNEL_FIRST, KEEL_KERNEL_LAST);
	remedy(finding, "boot one of these; keel-dkms makes no module for others");
}

/* Intel SDM 3C, 24.6: CPUID.1:ECX.VMX[5]. AMD APM 3, E.4.2: Fn8000_0001_ECX[SVM], bit 2 */
void check_cpu(struct finding *finding)
{
	unsigned int a, b, c, d;

	if (__get_cpuid(1, &a, &b, &c, &d) && c & BIT(5)) {
		find_good(finding, "it has VMX");
		return;
	}
	if (__get_cpuid(0x80000001, &a, &b, &c, &d) && c & BIT(2)) {
		find_good(finding, "it has SVM");
		return;
	}
	find_bad(finding, STATUS_NO_KVM, "it has neither VMX nor SVM");
	remedy(finding, "in a VM: switch nested virtualization on; else use another machine");
}

static void kvm_closed(struct finding *finding)
{
	if (errno == EACCES || errno == EPERM) {
		find_bad(finding, STATUS_PERMISSION, "%s", strerror(errno));
		remedy_access(finding, "/dev/kvm");
		return;
	}
	find_bad(finding, STATUS_NO_KVM, "%s", strerror(errno));
	remedy(finding, "modprobe kvm-intel, or kvm-amd (as root); %s",
	       "if that fails, switch virtualization on in the firmware");
}

/* A VM, as KVM may be taken by another hypervisor */
static void try_kvm(struct finding *finding, int kvm)
{
	const char *lack = kvm_lack(kvm);
	int vm;

	if (lack) {
		find_bad(finding, STATUS_NO_KVM, "it lacks %s", lack);
		remedy(finding, "boot a kernel with it");
		return;
	}
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0) {
		find_bad(finding, STATUS_NO_KVM, "KVM_CREATE_VM: %s", strerror(errno));
		remedy(finding, "end other hypervisors, and see the kernel's log (dmesg)");
		return;
	}
	close(vm);
	find_good(finding, "KVM makes VMs");
}

void check_kvm(struct finding *finding)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0) {
		kvm_closed(finding);
		return;
	}
	try_kvm(finding, kvm);
	close(kvm);
}
