// SPDX-License-Identifier: GPL-2.0
/*
 * As which user, and with which root, the launcher goes on: --user and --chroot. Files are open,
 * and Keel is not asked again for what the old user could do. Priorities and locked memory are
 * for later threads: the limits that they need are raised first.
 */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/config.h"
#include "sandbox/identity.h"
#include "status.h"

static void raise_limit(int resource, rlim_t least)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) || limit.rlim_cur >= least)
		return;
	limit.rlim_cur = least;
	if (limit.rlim_max < least)
		limit.rlim_max = least;
	setrlimit(resource, &limit);
}

static void keep_rights(const struct schedule *schedule)
{
	if (schedule->rt.text)
		raise_limit(RLIMIT_RTPRIO, schedule->rt.priority);
	if (schedule->nice.text)
		raise_limit(RLIMIT_NICE, NICE_MAX + 1 - schedule->nice.value);
}

static void change_root(const char *folder)
{
	if (chroot(folder) || chdir("/"))
		die(errno == EPERM ? STATUS_PERMISSION : STATUS_USAGE, "--chroot: %s: %s%s", folder,
		    strerror(errno), errno == EPERM ? "; only root may" : "");
}

static void change_user(const struct user_config *user)
{
	const gid_t group = user->gid;

	if (setgroups(1, &group) || setgid(user->gid) || setuid(user->uid))
		die(STATUS_PERMISSION, "--user %s: %s; only root may: start keel as that user",
		    user->text, strerror(errno));
}

/* identity_change() - for good; before there are threads */
void identity_change(const struct config *config)
{
	if (config->user.text) {
		keep_rights(&config->vcpu_threads);
		keep_rights(&config->server_threads);
		if (config->mlock)
			raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	}
	if (config->chroot)
		change_root(config->chroot);
	if (config->user.text)
		change_user(&config->user);
}
