// SPDX-License-Identifier: GPL-2.0
/* The host's side of a serial port or of a virtio console's port: opening it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "config/hostfile.h"
#include "config/table.h"
#include "status.h"
#include "stream/hostfile.h"

/* The other end stays open as well, so that the guest can use the port without a reader there. */
static int open_pty(const char *option, const char *name)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct termios modes;
	char path[64];
	int other;

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, path, sizeof(path)))
		die(STATUS_INTERNAL, "--%s: no pseudo-terminal: %s", option, strerror(errno));
	other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (other < 0 || tcgetattr(other, &modes))
		die(STATUS_INTERNAL, "--%s: %s: %s", option, path, strerror(errno));
	cfmakeraw(&modes);
	tcsetattr(other, TCSANOW, &modes);
	warn_line("%s is %s", name, path);
	return fd;
}

/* A restored guest's output goes behind what the file has already. */
static int open_file(const char *option, const char *path, bool restored)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (restored ? O_APPEND : O_TRUNC), 0666);

	if (fd < 0)
		die(STATUS_USAGE, "--%s: %s: %s", option, path, strerror(errno));
	return fd;
}

static void take_fd(const char *option, int fd, int *in, int *out)
{
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0)
		die(STATUS_WRONG_FD, "--%s: descriptor %d is not open", option, fd);
	*out = fd;
	if ((mode & O_ACCMODE) == O_RDWR)
		*in = fd;
}

/**
 * hostfile_open() - open a pseudo-terminal, a file or a descriptor.
 * @file:      what is wanted
 * @option:   for messages
 * @name:     of the port
 * @restored: the guest goes on
 * @in:       out: where its input comes from, or -1
 * @out:      out: where its output goes to
 */
void hostfile_open(const struct hostfile *file, const char *option, const char *name, bool restored,
		   int *in, int *out)
{
	*in = -1;
	switch (file->kind) {
	case HOSTFILE_PTY:
		*out = open_pty(option, name);
		*in = *out;
		break;
	case HOSTFILE_FD:
		take_fd(option, file->fd, in, out);
		break;
	default:
		*out = open_file(option, file->path, restored);
	}
}

/**
 * hostfile_reopen() - a descriptor of our own for the same, that never waits.
 * @option: for messages
 * @fd:     a descriptor that others may have as well
 * @mode:   O_RDONLY, O_WRONLY or O_RDWR
 *
 * Whether a descriptor waits is a property of its open file, which the shell may share: so what is
 * behind it is opened once more, where that is possible. Sockets and regular files need
 * nothing, and of a pseudo-terminal's master there is only one.
 *
 * Return: the descriptor.
 */
int hostfile_reopen(const char *option, int fd, int mode)
{
	char path[32], name[64];
	struct stat st;
	int own;

	if (fstat(fd, &st))
		die(STATUS_WRONG_FD, "--%s: descriptor %d: %s", option, fd, strerror(errno));
	if (S_ISSOCK(st.st_mode) || S_ISREG(st.st_mode)) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	} else if (!ptsname_r(fd, name, sizeof(name))) {
		own = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) ? -1 :
		      fcntl(fd, F_DUPFD_CLOEXEC, 0);
	} else {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	if (own < 0)
		die(STATUS_WRONG_FD, "--%s: descriptor %d cannot be reopened: %s", option,
		    fd, strerror(errno));
	return own;
}
