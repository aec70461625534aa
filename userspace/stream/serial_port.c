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
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "config/hostfile.h"
#include "config/serial.h"
#include "config/table.h"
#include "status.h"
#include "stream/given.h"
#include "stream/hostfile.h"
#include "stream/serial_port.h"
#include "uapi/keel.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define DRAIN_MS	1000	/* for the other side to take the last output */
#define FLUSH_S		5	/* for it to take the rest, before a save */

/**
 * struct serial_port - one of them.
 * @instance: of the UART
 * @stream:   of the UART
 * @in:       where input comes from, or -1
 * @out:      where output goes to
 * @thread:   between them
 * @wake:     eventfd: look at the flags
 * @lock:     for all below; the thread has it unless it waits
 * @changed:  @held or @dry have
 * @over:     the guest is over
 * @hold:     give the guest nothing
 * @held:     the thread has seen that
 * @dry:      and there is no output left
 * @to_out:   read from the guest, not written yet
 * @nr_out:   bytes
 * @to_in:    for the guest
 * @nr_in:    bytes
 * @given:    what the UART's stream took last
 */
struct serial_port {
	unsigned int instance;
	int stream;
	int in;
	int out;
	pthread_t thread;
	int wake;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over;
	bool hold;
	bool held;
	bool dry;
	char to_out[PIPE_BUF];
	size_t nr_out;
	char to_in[UNREAD_MAX];
	size_t nr_in;
	struct given given;
};

static struct serial_port ports[SERIAL_MAX];
static unsigned int nr_ports;

static bool again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Returns false if there will never be more. */
static bool fill(int fd, char *buffer, size_t *nr)
{
	ssize_t n = read(fd, buffer, PIPE_BUF);

	if (n > 0)
		*nr = n;
	return n > 0 || (n < 0 && again());
}

/* @n bytes were written; if writing failed for good, all are dropped. */
static void taken(ssize_t n, char *buffer, size_t *nr)
{
	if (n < 0 && again())
		return;
	if (n < 0)
		n = *nr;
	*nr -= n;
	memmove(buffer, buffer + n, *nr);
}

static void from_guest(struct serial_port *p)
{
	if (!p->nr_out)
		fill(p->stream, p->to_out, &p->nr_out);
}

/* A held guest gets nothing: input that is read for it would be lost if it were saved and ended. */
static void to_guest(struct serial_port *p, bool room, bool more)
{
	if (p->hold)
		return;
	if (room)
		taken(given_write(&p->given, p->stream, p->to_in, p->nr_in), p->to_in, &p->nr_in);
	if (more && !fill(p->in, p->to_in, &p->nr_in))
		p->in = -1;
}

/* Wakes the thread in serial_hold() or serial_flush(). */
static void tell(struct serial_port *p)
{
	from_guest(p);		/* whether poll() has noticed it or not */
	p->held = true;
	p->dry = !p->nr_out;
	pthread_cond_broadcast(&p->changed);
}

static bool port_once(struct serial_port *p)
{
	enum { WAKE, STREAM, IN, OUT, NR };
	bool give = !p->over && !p->hold;
	short stream = (p->nr_out ? 0 : POLLIN) | (p->nr_in && give ? POLLOUT : 0);
	struct pollfd fds[NR] = {
		[WAKE] = { p->over ? -1 : p->wake, POLLIN, 0 },
		[STREAM] = { stream ? p->stream : -1, stream, 0 },
		[IN] = { p->nr_in || !give ? -1 : p->in, POLLIN, 0 },
		[OUT] = { p->nr_out ? p->out : -1, POLLOUT, 0 },
	};
	int n, timeout = !p->over ? -1 : p->nr_out ? DRAIN_MS : 0;
	__u64 count;

	pthread_mutex_unlock(&p->lock);
	n = poll(fds, NR, timeout);
	pthread_mutex_lock(&p->lock);
	if (timeout >= 0 && !n)		/* nothing is left, or its reader does not read */
		return false;
	if (fds[WAKE].revents && read(p->wake, &count, sizeof(count)) < 0)
		return true;
	if (fds[OUT].revents)
		taken(write(p->out, p->to_out, p->nr_out), p->to_out, &p->nr_out);
	to_guest(p, fds[STREAM].revents & POLLOUT, fds[IN].revents);
	if (fds[STREAM].revents & POLLIN)
		from_guest(p);
	if (p->hold)
		tell(p);
	return true;
}

static void *port_thread(void *arg)
{
	struct serial_port *p = arg;

	pthread_mutex_lock(&p->lock);
	while (port_once(p))
		;
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void start(struct serial_port *p, const struct vm *vm)
{
	struct keel_uart_stream request = {
		.size = sizeof(request),
		.instance = p->instance, .flags = O_NONBLOCK | O_CLOEXEC,
	};
	char name[16];

	snprintf(name, sizeof(name), "keel-serial%u", p->instance & 0xf);
	p->nr_in = unread_take(&vm->unread[p->instance], p->to_in);
	p->stream = ioctl(vm->keel, KEEL_OPEN_UART, &request);
	p->wake = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	if (p->stream < 0 || p->wake < 0 || pthread_create(&p->thread, NULL, port_thread, p))
		die(STATUS_INTERNAL, "cannot open the stream of uart%u: %s", p->instance,
		    strerror(errno));
	pthread_setname_np(p->thread, name);
}

/* serial_start() - connect the ports that are not the console's business */
void serial_start(const struct vm *vm)
{
	const struct serial *list = vm->config->uarts;
	unsigned int i, nr = vm->config->nr_uarts;
	char name[16];

	for (i = 0; i < nr; i++) {
		struct serial_port *p = &ports[nr_ports];

		if (list[i].to.kind == HOSTFILE_STDIO || list[i].to.kind == HOSTFILE_NONE)
			continue;
		p->instance = i;
		snprintf(name, sizeof(name), "uart%u", i);
		hostfile_open(&list[i].to, "serial", name, vm->config->restore, &p->in, &p->out);
		start(p, vm);
		nr_ports++;
	}
}

static void port_wake(struct serial_port *p)
{
	const __u64 one = 1;

	if (write(p->wake, &one, sizeof(one)) < 0)
		abort();
}

/* serial_stop() - the guest is over: what it has sent goes out, if it is wanted soon */
void serial_stop(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		pthread_mutex_lock(&ports[i].lock);
		ports[i].over = true;
		pthread_mutex_unlock(&ports[i].lock);
		port_wake(&ports[i]);
	}
	for (i = 0; i < nr_ports; i++)
		pthread_join(ports[i].thread, NULL);
}

/* ---- For a VM that is paused ---- */

/* serial_hold() - nothing goes to the guest from here on, until serial_release() */
void serial_hold(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		struct serial_port *p = &ports[i];

		pthread_mutex_lock(&p->lock);
		p->hold = true;
		p->held = false;
		port_wake(p);
		while (!p->held)
			pthread_cond_wait(&p->changed, &p->lock);
		pthread_mutex_unlock(&p->lock);
	}
}

static bool port_flush(struct serial_port *p)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FLUSH_S;
	pthread_mutex_lock(&p->lock);
	p->dry = false;
	port_wake(p);
	while (!p->dry && !error)
		error = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	pthread_mutex_unlock(&p->lock);
	return !error;
}

/**
 * serial_flush() - what the guest has sent goes out of the ports, which are held.
 *
 * Return: NULL, or why it does not.
 */
const char *serial_flush(void)
{
	static char error[80];
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		if (port_flush(&ports[i]))
			continue;
		snprintf(error, sizeof(error), "the output of uart%u is not read",
			 ports[i].instance);
		return error;
	}
	return NULL;
}

/**
 * serial_unread() - what was to go to the guest through the ports, and has not.
 * @unread: of all ports
 *
 * Return: NULL, or what failed.
 */
const char *serial_unread(struct unread *unread)
{
	const char *error = NULL;
	unsigned int i;

	for (i = 0; i < nr_ports && !error; i++) {
		struct serial_port *p = &ports[i];

		pthread_mutex_lock(&p->lock);
		error = given_unread(&p->given, p->stream, p->to_in, p->nr_in,
				     &unread[p->instance]);
		pthread_mutex_unlock(&p->lock);
	}
	return error;
}

/* serial_release() - the guest gets its input again */
void serial_release(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++) {
		pthread_mutex_lock(&ports[i].lock);
		ports[i].hold = false;
		pthread_mutex_unlock(&ports[i].lock);
		port_wake(&ports[i]);
	}
}
