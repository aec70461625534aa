// SPDX-License-Identifier: GPL-2.0
/*
 * The serial ports that are connected to something else than standard input and
 * output: a file, a descriptor or a pseudo-terminal. A thread for each carries bytes
 * both ways, and never waits for one side while another has something to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "launcher.h"

#define DRAIN_MS	1000	/* for the other side to take the last output */

/**
 * struct port - one of them.
 * @stream:  of the UART
 * @in:      where input comes from, or -1
 * @out:     where output goes to
 * @thread:  between them
 * @stop:    eventfd: the guest is over
 * @over:    it is
 * @to_out:  read from the guest, not written yet
 * @nr_out:  bytes
 * @to_in:   for the guest
 * @nr_in:   bytes
 */
struct port {
	int stream;
	int in;
	int out;
	pthread_t thread;
	int stop;
	bool over;
	char to_out[PIPE_BUF];
	size_t nr_out;
	char to_in[PIPE_BUF];
	size_t nr_in;
};

static struct port ports[SERIAL_MAX];
static unsigned int nr_ports;

/* Returns false if there will never be more. */
static bool fill(int fd, char *buffer, size_t *nr)
{
	ssize_t n = read(fd, buffer, PIPE_BUF);

	if (n > 0)
		*nr = n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Returns false if it takes no more: then nothing is kept for it. */
static bool drain(int fd, char *buffer, size_t *nr)
{
	ssize_t n = write(fd, buffer, *nr);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {
		*nr = 0;
		return false;
	}
	*nr -= n;
	memmove(buffer, buffer + n, *nr);
	return true;
}

static bool port_once(struct port *p)
{
	enum { STOP, STREAM, IN, OUT, NR };
	short stream = (p->nr_out ? 0 : POLLIN) | (p->nr_in && !p->over ? POLLOUT : 0);
	struct pollfd fds[NR] = {
		[STOP] = { p->over ? -1 : p->stop, POLLIN, 0 },
		[STREAM] = { stream ? p->stream : -1, stream, 0 },
		[IN] = { p->nr_in || p->over ? -1 : p->in, POLLIN, 0 },
		[OUT] = { p->nr_out ? p->out : -1, POLLOUT, 0 },
	};
	int n = poll(fds, NR, !p->over ? -1 : p->nr_out ? DRAIN_MS : 0);

	if (p->over && !n)
		return false;
	if (fds[STOP].revents)
		p->over = true;
	if (fds[OUT].revents)
		drain(p->out, p->to_out, &p->nr_out);
	if (fds[STREAM].revents & POLLOUT)
		drain(p->stream, p->to_in, &p->nr_in);
	if (fds[STREAM].revents & POLLIN)
		fill(p->stream, p->to_out, &p->nr_out);
	if (fds[IN].revents && !fill(p->in, p->to_in, &p->nr_in))
		p->in = -1;
	return true;
}

static void *port_thread(void *arg)
{
	while (port_once(arg))
		;
	return NULL;
}

/* The other end is kept open as well: a port is there whether somebody uses it or not. */
static int open_pty(unsigned int instance)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct termios modes;
	char name[64];
	int other;

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, sizeof(name)))
		die(STATUS_INTERNAL, "--serial: no pseudo-terminal: %s", strerror(errno));
	other = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (other < 0 || tcgetattr(other, &modes))
		die(STATUS_INTERNAL, "--serial: %s: %s", name, strerror(errno));
	cfmakeraw(&modes);
	tcsetattr(other, TCSANOW, &modes);
	warn_line("uart%u is %s", instance, name);
	return fd;
}

static void port_connect(struct port *p, const struct serial *serial, unsigned int instance)
{
	int mode;

	switch (serial->to) {
	case SERIAL_PTY:
		p->out = open_pty(instance);
		p->in = p->out;
		break;
	case SERIAL_FD:
		mode = fcntl(serial->fd, F_GETFL);
		if (mode < 0)
			die(STATUS_WRONG_FD, "--serial: descriptor %d is not open", serial->fd);
		p->out = serial->fd;
		p->in = (mode & O_ACCMODE) == O_RDWR ? serial->fd : -1;
		break;
	default:
		p->in = -1;
		p->out = open(serial->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (p->out < 0)
			die(STATUS_USAGE, "--serial: %s: %s", serial->path, strerror(errno));
	}
}

/* serial_start() - connect the ports that are not the console's business */
void serial_start(const struct vm *vm)
{
	struct keel_console request = { .flags = O_NONBLOCK | O_CLOEXEC };
	struct serial list[SERIAL_MAX];
	unsigned int i, nr = serial_list(vm->config, list);

	for (i = 0; i < nr; i++) {
		struct port *p = &ports[nr_ports];

		if (list[i].to == SERIAL_STDIO || list[i].to == SERIAL_NONE)
			continue;
		port_connect(p, &list[i], i);
		request.instance = i;
		p->stream = ioctl(vm->keel, KEEL_OPEN_CONSOLE, &request);
		p->stop = eventfd(0, EFD_CLOEXEC);
		if (p->stream < 0 || p->stop < 0 ||
		    pthread_create(&p->thread, NULL, port_thread, p))
			die(STATUS_INTERNAL, "Keel opens no stream of uart%u: %s", i,
			    strerror(errno));
		nr_ports++;
	}
}

/* serial_stop() - the guest is over: what it has sent goes out, if it is wanted soon */
void serial_stop(void)
{
	const __u64 one = 1;
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		if (write(ports[i].stop, &one, sizeof(one)) < 0)
			abort();
	for (i = 0; i < nr_ports; i++)
		pthread_join(ports[i].thread, NULL);
}
