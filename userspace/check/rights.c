// SPDX-License-Identifier: GPL-2.0
/* What gives a user more rights: a group, or a limit. */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/finding.h"
#include "check/rights.h"
#include "line.h"

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

/* In a container of another user's than root, the groups that it does not have are one number. */
static bool is_unmapped(gid_t gid)
{
	char line[16];

	return read_line("/proc/sys/kernel/overflowgid", line, sizeof(line)) &&
	       gid == strtoul(line, NULL, 10);
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
	if (is_unmapped(stat_buf.st_gid))
		remedy(finding, "podman run --group-add keep-groups, by a member of its group");
	else if (!group && stat_buf.st_gid)
		remedy(finding, "in a container: podman run --group-add %u", stat_buf.st_gid);
	else if (!stat_buf.st_gid || (stat_buf.st_mode & 0060) != 0060)
		remedy(finding, "chgrp kvm %s; chmod 0660 %s (as root); a rule of udev's should",
		       path, path);
	else if (!in_group(stat_buf.st_gid) && listed_in(group, name))
		remedy(finding, "log in again: %s is in group %s since then", name, group->gr_name);
	else
		remedy(finding, "adduser %s %s (as root), then log in again", name, group->gr_name);
}

/* remedy_limit() - what raises a limit for the users of KVM; see limits.conf(5) */
void remedy_limit(struct finding *finding, const char *limit)
{
	remedy(finding, "echo '@kvm - %s' >>/etc/security/limits.conf (as root), then log in again",
	       limit);
}
