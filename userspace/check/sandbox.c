// SPDX-License-Identifier: GPL-2.0
/* keel check: what keel run's sandbox needs. A container's seccomp profile may forbid it. */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "sandbox/files.h"

static bool may_filter(void)
{
	const __u32 action = SECCOMP_RET_TRAP;

	return !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

void check_sandbox(struct finding *finding)
{
	int landlock;

	if (!may_filter()) {
		find_bad(finding, STATUS_INTERNAL, "no seccomp: %s", strerror(errno));
		remedy(finding, "keel run --sandbox=off; or allow it in the container's profile");
		return;
	}
	landlock = files_landlock();
	if (landlock) {
		find_good(finding, "seccomp, and Landlock %d", landlock);
		return;
	}
	find_note(finding, "seccomp alone, no Landlock: %s", strerror(errno));
	remedy(finding, "boot with lsm=landlock,...; or allow it in the container's profile");
}
