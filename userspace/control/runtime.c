// SPDX-License-Identifier: GPL-2.0
/*
 * The folder with the sockets of a user's named VMs: /run/keel of root, "keel" in $XDG_RUNTIME_DIR
 * of others. No other user may write to it, so that a socket there is its owner's. Others pass
 * through root's: the folders of the VMs that are units of systemd are there as well, which root
 * finds by their names.
 *
 * A launcher that was killed leaves its socket behind. To look whether one is stale and to replace
 * it are one step for others, as each does both with the folder locked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/runtime.h"
#include "status.h"
#include "stream/listen.h"

#define FOLDER_OF_ROOT	"/run/keel"

static char *listens_at;	/* the socket of this process' VM */

/* has_runtime_folder() - can the user have one? */
bool has_runtime_folder(void)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	return !geteuid() || (base && base[0] == '/');
}

/* runtime_folder() - its path; dies if the user cannot have one */
const char *runtime_folder(void)
{
	static char *folder;
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (folder)
		return folder;
	if (!geteuid())
		return FOLDER_OF_ROOT;
	if (!has_runtime_folder())
		die(STATUS_USAGE,
		    "names of VMs need a folder: XDG_RUNTIME_DIR is not set (a path can be used instead of a name, with --control)");
	if (asprintf(&folder, "%s/keel", base) < 0)
		die(STATUS_MEMORY, "out of memory");
	return folder;
}

/* runtime_path() - the socket of the VM with that name, to be freed */
char *runtime_path(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s" RUNTIME_SUFFIX, runtime_folder(), name) < 0)
		die(STATUS_MEMORY, "out of memory");
	return path;
}

/* runtime_unit_path() - the socket of root's unit keel@NAME, to be freed; NULL: there is none */
char *runtime_unit_path(const char *name)
{
	struct stat st;
	char *path;

	if (geteuid())
		return NULL;
	if (asprintf(&path, "%s/%s" RUNTIME_UNITS, runtime_folder(), name) < 0)
		die(STATUS_MEMORY, "out of memory");
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		return path;
	free(path);
	return NULL;
}

/**
 * runtime_is_the_units() - is the process that root has connected to the unit's?
 * @fd:   connected
 * @path: as of runtime_unit_path()
 *
 * The folder is that of the unit's user, whom root does not trust: it could lead root's request to
 * the socket of another VM.
 */
bool runtime_is_the_units(int fd, const char *path)
{
	char *folder = text_copy(path, strlen(path) - strlen(RUNTIME_UNITS));
	struct ucred cred = { 0 };
	socklen_t size = sizeof(cred);
	struct stat st;
	bool is = !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) &&
		  !lstat(folder, &st) && S_ISDIR(st.st_mode) && st.st_uid == cred.uid;

	free(folder);
	return is;
}

static void check_folder(const char *folder, int fd)
{
	struct stat st;

	if (fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", folder,
		    strerror(errno));
	if (fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & 022)
		die(STATUS_PERMISSION, "%s: another user can write to it", folder);
}

/* runtime_lock() - lock the folder, until the descriptor is closed; -1: there is no folder */
int runtime_lock(void)
{
	const char *folder = runtime_folder();
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -1;
	check_folder(folder, fd);
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			die(STATUS_INTERNAL, "%s: %s", folder, strerror(errno));
	return fd;
}

static int make_and_lock(void)
{
	const char *folder = runtime_folder();
	mode_t mask = umask(0);
	int failed = mkdir(folder, geteuid() ? 0700 : 0711);

	umask(mask);
	if (failed && errno != EEXIST)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", folder,
		    strerror(errno));
	return runtime_lock();
}

static pid_t peer(int fd)
{
	struct ucred cred = { 0 };
	socklen_t size = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size);
	return cred.pid;
}

/**
 * socket_is_stale() - has its process left it behind?
 * @path: of the socket
 * @pid:  out: the process that listens, or 0
 */
bool socket_is_stale(const char *path, pid_t *pid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool stale = false;

	*pid = 0;
	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	strcpy(address.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		*pid = peer(fd);
	else
		stale = errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/**
 * runtime_listen() - make the socket of a VM; dies if there is a VM of that name.
 * @name:    it has been checked
 * @backlog: clients that may wait
 *
 * Return: a descriptor, as of listen_at().
 */
int runtime_listen(const char *name, int backlog)
{
	char *path = runtime_path(name);
	int fd, lock = make_and_lock();
	pid_t pid;

	if (!access(path, F_OK) && !socket_is_stale(path, &pid))
		die(STATUS_CONFLICT, "--name: a VM \"%s\" runs already (process %d)", name, pid);
	fd = listen_at("name", path, backlog);
	close(lock);
	listens_at = path;
	return fd;
}

/* runtime_unlink() - the VM has ended. It may be another user's process by now (--user). */
void runtime_unlink(void)
{
	if (listens_at)
		unlink(listens_at);
}
