// SPDX-License-Identifier: GPL-2.0
/* keel check: the machine, its kernel, and KVM. */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check/check.h"
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

/* Is the process of a group? */
static bool in_group(gid_t gid)
{
	gid_t groups[256];
	int i, nr = getgroups(ARRAY_SIZE(groups), groups);

	for (i = 0; i < nr; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

/* Has the user database the user in a group? */
static bool listed_in(const struct group *group, const char *user)
{
	char **member;

	for (member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

/* remedy_access() - what gives the user the right to a device: its group, or its udev rule */
void remedy_access(struct finding *finding, const char *path)
{
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user ? user->pw_name : "USER";
	const struct group *group;
	struct stat stat_buf;

	if (stat(path, &stat_buf))
		return;
	group = getgrgid(stat_buf.st_gid);
	if (!group || !stat_buf.st_gid || (stat_buf.st_mode & 0060) != 0060)
		remedy(finding, "chgrp kvm %s; chmod 0660 %s (as root); a rule of udev's should",
		       path, path);
	else if (!in_group(stat_buf.st_gid) && listed_in(group, name))
		remedy(finding, "log in again: %s is in group %s since then", name, group->gr_name);
	else
		remedy(finding, "adduser %s %s (as root), then log in again", name, group->gr_name);
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
