// SPDX-License-Identifier: GPL-2.0
/* keel check: devices that some options need, and limits of the user's. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "check/rights.h"

/* A small VM has less than a hundred; each MSI-X vector, disk, stream and port adds some. */
#define DESCRIPTORS	1024

/* Not opened: that would load the module. */
static void check_device(struct finding *finding, const char *path, const char *option,
			 const char *module)
{
	if (!access(path, R_OK | W_OK)) {
		find_good(finding, "there for %s", option);
		return;
	}
	find_note(finding, "%s: no %s", strerror(errno), option);
	if (errno == ENOENT)
		remedy(finding, "modprobe %s (as root)", module);
	else
		remedy_access(finding, path);
}

void check_vhost_net(struct finding *finding)
{
	check_device(finding, "/dev/vhost-net", "--net", "vhost_net");
}

void check_vhost_vsock(struct finding *finding)
{
	check_device(finding, "/dev/vhost-vsock", "--vsock", "vhost_vsock");
}

void check_tun(struct finding *finding)
{
	check_device(finding, "/dev/net/tun", "--net user", "tun");
}

void check_descriptors(struct finding *finding)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= DESCRIPTORS) {
		find_good(finding, "%llu", (unsigned long long)limit.rlim_max);
		return;
	}
	find_note(finding, "%llu are few for a VM with many devices",
		  (unsigned long long)limit.rlim_max);
	remedy_limit(finding, "nofile 65536");
}

void check_memlock(struct finding *finding)
{
	struct rlimit limit;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_max == RLIM_INFINITY || !geteuid()) {
		find_good(finding, "without limit");
		return;
	}
	find_note(finding, "%llu MiB: for --mlock, guest and launcher have to fit",
		  (unsigned long long)limit.rlim_max / MIB);
	remedy_limit(finding, "memlock unlimited");
}
