// SPDX-License-Identifier: GPL-2.0
/*
 * The files that the launcher may still reach, by Landlock, where the kernel has it. What is open
 * stays open. Beside that there are
 *
 *	its sockets, and the file for a dump that was not made, which it removes at its end: it
 *	may remove files in their folders
 *	with --net user, the names of the host's name servers: it may read their folders
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/runtime.h"
#include "sandbox/files.h"
#include "status.h"

#define RESOLV_CONF	"/etc/resolv.conf"

/* Rights of the first version; each later one has a few more. */
#define RIGHTS_1	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define RIGHT_REFER	(LANDLOCK_ACCESS_FS_MAKE_SYM << 1)	/* version 2 */
#define RIGHT_TRUNCATE	(LANDLOCK_ACCESS_FS_MAKE_SYM << 2)	/* version 3 */

static void allow_beneath(int ruleset, const char *folder, __u64 rights)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights, .parent_fd = open(folder, O_PATH | O_CLOEXEC),
	};

	if (rule.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

static void allow_folder_of(int ruleset, const char *path, __u64 rights)
{
	char folder[PATH_MAX] = ".", *slash;

	if (strlen(path) >= sizeof(folder))
		return;
	if (strchr(path, '/'))
		strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	allow_beneath(ruleset, folder, rights);
}

/* The file is often a link to one that a program replaces. */
static void allow_resolver(int ruleset)
{
	const __u64 rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	char real[PATH_MAX];

	allow_folder_of(ruleset, RESOLV_CONF, rights);
	if (realpath(RESOLV_CONF, real))
		allow_folder_of(ruleset, real, rights);
}

static void allow_needed(int ruleset, const struct config *config)
{
	unsigned int i;

	if (config->name)
		allow_beneath(ruleset, runtime_folder(), LANDLOCK_ACCESS_FS_REMOVE_FILE);
	if (config->control)
		allow_folder_of(ruleset, config->control, LANDLOCK_ACCESS_FS_REMOVE_FILE);
	if (config->gdb.at && !config->gdb.port)
		allow_folder_of(ruleset, config->gdb.at, LANDLOCK_ACCESS_FS_REMOVE_FILE);
	if (config_dumps(config))
		allow_folder_of(ruleset, config->dump_file ?: "", LANDLOCK_ACCESS_FS_REMOVE_FILE);
	for (i = 0; i < config->nr_ports; i++)
		if (config->ports[i].to.kind == HOSTFILE_SOCKET)
			allow_folder_of(ruleset, config->ports[i].to.path,
					LANDLOCK_ACCESS_FS_REMOVE_FILE);
	for (i = 0; i < config->nr_nets; i++)
		if (config->nets[i].user)
			allow_resolver(ruleset);
}

/**
 * files_landlock() - the version of Landlock.
 *
 * Return: at least 1, or 0 with errno if the kernel has none, or a container's seccomp profile
 * forbids it, which answers EPERM or as if the kernel had none.
 */
int files_landlock(void)
{
	int version;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return version < 0 ? 0 : version;
}

/**
 * files_prepare() - find the files that the launcher still needs.
 * @config: which
 *
 * Return: for files_restrict(); -1 if there is no Landlock.
 */
int files_prepare(const struct config *config)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = RIGHTS_1 };
	int version = files_landlock(), ruleset;

	if (!version) {
		if (errno == EPERM)
			warn_line("the sandbox is without Landlock: %s", strerror(errno));
		return -1;
	}
	attr.handled_access_fs |= version >= 2 ? RIGHT_REFER : 0;
	attr.handled_access_fs |= version >= 3 ? RIGHT_TRUNCATE : 0;
	ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		die(STATUS_INTERNAL, "Landlock: %s (--sandbox=off does without)", strerror(errno));
	allow_needed(ruleset, config);
	return ruleset;
}

/* files_restrict() - from here on the calling thread, and those that it creates, have no others */
void files_restrict(int ruleset)
{
	if (ruleset < 0)
		return;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		die(STATUS_INTERNAL, "Landlock: %s (--sandbox=off does without)", strerror(errno));
	close(ruleset);
}
