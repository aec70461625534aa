// SPDX-License-Identifier: GPL-2.0
/* keel check: the module, its device, and what keeps it from being loaded. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "check/rights.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"

#define DEVICE		"/dev/keel"
#define SYSFS		"/sys/module/keel"
/* UEFI 2.10, 3.3: a byte behind the variable's four bytes of attributes */
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SECURE_SIZE	5
/* dkms' key, by its name since 3.0, and as Ubuntu's tools make it */
static const char *const keys[] = { "/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der" };

/* Does depmod know keel.ko for the kernel that runs? */
static bool is_installed(const char *release)
{
	char path[256], line[1024];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	file = fopen(path, "r");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, ":")] = 0;
		found = strstr(line, "/keel.ko");
	}
	if (file)
		fclose(file);
	return found;
}

static void remedy_build(struct finding *finding, const char *release)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", release);
	if (access(path, F_OK))
		remedy(finding, "apt install linux-headers-%.64s keel-dkms (as root)", release);
	else if (access("/var/lib/dkms/keel", F_OK))
		remedy(finding, "apt install keel-dkms (as root)");
	else
		remedy(finding, "dkms autoinstall -k %.64s (as root)", release);
}

void check_module(struct finding *finding)
{
	struct utsname name;

	if (!access(SYSFS, F_OK)) {
		find_good(finding, "loaded");
		return;
	}
	uname(&name);
	if (is_installed(name.release)) {
		find_bad(finding, STATUS_NO_MODULE, "not loaded");
		remedy(finding, "modprobe keel (as root)");
		return;
	}
	find_bad(finding, STATUS_NO_MODULE, "there is none for the kernel %.64s", name.release);
	remedy_build(finding, name.release);
}

static bool secure_boot(void)
{
	unsigned char value[SECURE_SIZE];
	int fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);
	bool on = fd >= 0 && read(fd, value, SECURE_SIZE) == SECURE_SIZE && value[SECURE_SIZE - 1];

	if (fd >= 0)
		close(fd);
	return on;
}

/* With Secure Boot the kernel loads what is signed by a key that the firmware's owner enrolled. */
void check_secure_boot(struct finding *finding)
{
	size_t i;

	if (!secure_boot()) {
		find_good(finding, "off: the module need not be signed");
		return;
	}
	if (!access(SYSFS, F_OK)) {
		find_good(finding, "on, and the module is loaded");
		return;
	}
	find_note(finding, "on: the module has to be signed by a key that is enrolled");
	remedy(finding, "apt install keel-dkms (as root): dkms makes a key, and signs");
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!access(keys[i], F_OK))
			remedy(finding, "mokutil --import %s (as root), reboot, and enroll it",
			       keys[i]);
}

static void keel_closed(struct finding *finding)
{
	if (errno == EACCES || errno == EPERM) {
		find_bad(finding, STATUS_PERMISSION, "%s", strerror(errno));
		remedy_access(finding, DEVICE);
		return;
	}
	find_bad(finding, STATUS_NO_MODULE, "%s", strerror(errno));
	remedy(finding, "it comes with the module");
}

void check_keel(struct finding *finding)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		keel_closed(finding);
		return;
	}
	close(fd);
	find_good(finding, "it can be opened");
}

static bool get_info(struct keel_info *info)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	bool fine = fd >= 0 && !ioctl(fd, KEEL_GET_INFO, info);

	if (fd >= 0)
		close(fd);
	return fine;
}

void check_versions(struct finding *finding)
{
	struct keel_info info = { .size = sizeof(info) };

	if (!get_info(&info)) {
		find_note(finding, "keel is %s with ABI %d; the module cannot be asked",
			  KEEL_VERSION, KEEL_ABI_VERSION);
		remedy(finding, "see above");
		return;
	}
	if (info.abi == KEEL_ABI_VERSION) {
		find_good(finding, "keel %s, module %.24s, ABI %d, bus accelerator %s",
			  KEEL_VERSION, info.version, info.abi, info.features & KEEL_FEATURE_BUS ?
			  "on" : "off");
		return;
	}
	find_bad(finding, STATUS_ABI, "keel %s has ABI %d, module %.24s has ABI %u", KEEL_VERSION,
		 KEEL_ABI_VERSION, info.version, info.abi);
	remedy(finding, "apt install keel keel-dkms; modprobe -r keel; modprobe keel (as root)");
}
