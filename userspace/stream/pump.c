// SPDX-License-Identifier: GPL-2.0
/*
 * A pump is a thread that carries bytes both ways between a UART's stream and descriptors of the
 * host, or one way from a debug console's. Keel writes the output of a virtio console's port
 * itself, and reads its input from a pipe: there a pump carries input only.
 *
 * A pump never waits for one of its ends while another has something to do, least of all for
 * standard output while the user types Ctrl-A x. Descriptors that other processes share stay in
 * blocking mode; poll() says when they will not block, and a pipe that poll() says has room takes
 * PIPE_BUF bytes without blocking.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/console.h"
#include "status.h"
#include "stream/log.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define FLUSH_S		5	/* for a descriptor to take the rest, before a save */

static struct pump *pumps[PUMPS_MAX];
static unsigned int nr_pumps;
static atomic_uint draining = 1;	/* pumps that have not ended, and pumps_drain() */
static int drained;

static bool again(void)
{
	return errno == EINTR || errno == EAGAIN;
}

static void notify(int fd)
{
	const __u64 one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of our own that takes no 1: cannot be */
}

/* ---- Bytes on their way ---- */

static size_t flow_size(const struct flow *flow)
{
	return flow->end - flow->start;
}

static void flow_taken(struct flow *flow, size_t n)
{
	flow->start += n;
	if (!flow_size(flow)) {
		flow->start = 0;
		flow->end = 0;
	}
}

/* ---- The thread; under the pump's lock ---- */

static size_t room_for_input(const struct pump *p)
{
	size_t used = flow_size(&p->to);

	return used < AHEAD_MAX ? AHEAD_MAX - used : 0;
}

static void from_guest(struct pump *p)
{
	ssize_t n = read(p->stream, p->from.data, sizeof(p->from.data));

	if (n <= 0)
		return;
	p->from.end = n;
	if (p->log)
		log_add(p->from.data, n);
	if (p->log)
		console_add(p->from.data, n);
}

static void to_host(struct pump *p)
{
	struct flow *from = &p->from;
	size_t size = flow_size(from);
	ssize_t n = write(p->out, from->data + from->start, size < PIPE_BUF ? size : PIPE_BUF);

	if (n < 0 && again())
		return;
	if (n < 0 && !p->broken) {
		p->broken = true;
		warn_line("%s: %s; what the guest prints is lost from here", p->name,
			  strerror(errno));
	}
	if (n < 0)	/* the guest goes on all the same */
		n = size;
	p->last = from->data[from->start + n - 1];
	flow_taken(from, n);
}

static void from_host(struct pump *p)
{
	char data[AHEAD_MAX];
	ssize_t n = read(p->in, data, p->filter ? sizeof(data) : room_for_input(p));

	if (n > 0 && p->filter)
		p->filter(p, data, n);
	else if (n > 0)
		pump_give(p, data, n);
	else if (!n || !again())
		p->in = -1;	/* the end of it is no reason to end the guest */
}

/* Keel takes input ahead of the UART: what it may still have is remembered. */
static void to_guest(struct pump *p)
{
	struct flow *to = &p->to;
	ssize_t i, n = write(p->stream, to->data + to->start, flow_size(to));

	if (n < 0 && !again())
		n = flow_size(to);
	for (i = 0; i < n; i++)
		p->given[p->nr_given++ % AHEAD_MAX] = to->data[to->start + i];
	if (n > 0)
		flow_taken(to, n);
}

/**
 * pump_give() - input for the guest; called by a pump's filter.
 * @p:      the pump
 * @data:   input
 * @length: bytes
 *
 * Return: whether there is room for all of it. What a guest that does not listen cannot take is
 * lost.
 */
bool pump_give(struct pump *p, const char *data, size_t length)
{
	struct flow *to = &p->to;
	size_t room = room_for_input(p);
	bool fits = length <= room;

	if (!fits)
		length = room;
	memmove(to->data, to->data + to->start, flow_size(to));
	to->end -= to->start;
	to->start = 0;
	memcpy(to->data + to->end, data, length);
	to->end += length;
	return fits;
}

/* pump_type() - the same from another thread */
bool pump_type(struct pump *p, const char *data, size_t length)
{
	bool fits;

	pthread_mutex_lock(&p->lock);
	fits = pump_give(p, data, length);
	pthread_mutex_unlock(&p->lock);
	notify(p->wake);
	return fits;
}

enum { POLL_WAKE, POLL_IN, POLL_STREAM, POLL_OUT, POLL_NR };

static void modem_changed(const struct pump *p)
{
	int bits;

	if (!ioctl(p->stream, TIOCMGET, &bits))
		p->modem(p->vm, p->unread, bits);
}

/* Returns false if a drain has lasted for too long. */
static bool wait_for_something(struct pump *p, struct pollfd *fds, bool drain)
{
	bool output = flow_size(&p->from);
	bool give = !drain && !p->hold;
	/* Input that is read for a held VM would be lost if that VM were saved and ended. */
	bool more = p->filter ? !drain : give && room_for_input(p);
	short stream = (output || p->pipe ? 0 : POLLIN) | (p->modem ? POLLPRI : 0) |
		       (flow_size(&p->to) && give ? POLLOUT : 0);
	/* While draining there may be nothing left that would ever wake us. */
	int n, timeout = !drain ? -1 : output ? p->drain_ms : 0;

	fds[POLL_WAKE] = (struct pollfd){ p->wake, POLLIN, 0 };
	fds[POLL_IN] = (struct pollfd){ more ? p->in : -1, POLLIN, 0 };
	fds[POLL_STREAM] = (struct pollfd){ stream ? p->stream : -1, stream, 0 };
	fds[POLL_OUT] = (struct pollfd){ output ? p->out : -1, POLLOUT, 0 };
	pthread_mutex_unlock(&p->lock);
	n = poll(fds, POLL_NR, timeout);
	pthread_mutex_lock(&p->lock);
	return n || !drain || !output;
}

/* Returns false when a drain is complete. */
static bool pump_once(struct pump *p)
{
	bool drain = atomic_load(&p->drain);
	struct pollfd fds[POLL_NR];
	__u64 count;

	if (!wait_for_something(p, fds, drain))
		return false;
	if (fds[POLL_WAKE].revents && read(p->wake, &count, sizeof(count)) < 0)
		return true;
	if (fds[POLL_OUT].revents)
		to_host(p);
	if (fds[POLL_IN].revents && (p->filter || !p->hold))
		from_host(p);
	if (fds[POLL_STREAM].revents & POLLOUT && !p->hold)
		to_guest(p);
	if (fds[POLL_STREAM].revents & POLLPRI)
		modem_changed(p);
	/* A flush or a drain wants to know that there is no more, whatever poll() said. */
	if (!flow_size(&p->from) && !p->pipe &&
	    (fds[POLL_STREAM].revents & ~(POLLOUT | POLLPRI) || p->hold || drain)) {
		from_guest(p);
		if (p->regular && flow_size(&p->from))
			to_host(p);
	}
	return !drain || flow_size(&p->from);
}

/* Wakes the thread in pumps_hold() or pumps_flush(). */
static void tell(struct pump *p)
{
	p->held = true;
	p->dry = !flow_size(&p->from);
	pthread_cond_broadcast(&p->changed);
}

static void one_drained(void)
{
	if (atomic_fetch_sub(&draining, 1) == 1)
		notify(drained);
}

static void *pump_thread(void *arg)
{
	struct pump *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!atomic_load(&p->abandon) && pump_once(p))
		if (p->hold)
			tell(p);
	pthread_mutex_unlock(&p->lock);
	one_drained();
	return NULL;
}

/* ---- Start and end ---- */

/* pumps_init() - before the first one */
void pumps_init(void)
{
	drained = eventfd(0, EFD_CLOEXEC);
	if (drained < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
}

/**
 * pump_new() - a pump whose ends and options are for the caller to set; ended by pumps_join().
 * @name:   of the host's end, for messages
 * @unread: place of its input among the unread inputs of a VM, or UNREAD_NONE
 */
struct pump *pump_new(const char *name, unsigned int unread)
{
	struct pump *p = calloc(1, sizeof(*p));

	if (!p)
		die(STATUS_MEMORY, "out of memory");
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->unread = unread;
	p->drain_ms = -1;
	return p;
}

/**
 * pump_connect() - the stream of a device is the guest's end; dies if it cannot be opened.
 * @p:        the pump
 * @vm:       the VM
 * @class:    KEEL_CLASS_UART or KEEL_CLASS_DEBUGCON
 * @instance: which
 */
void pump_connect(struct pump *p, const struct vm *vm, unsigned int class, unsigned int instance)
{
	struct keel_uart_stream request = {
		.size = sizeof(request), .class = class, .instance = instance,
		.flags = O_NONBLOCK | O_CLOEXEC,
	};

	p->stream = ioctl(vm->keel, KEEL_OPEN_UART, &request);
	if (p->stream < 0)
		die(STATUS_INTERNAL, "cannot open the stream of %s%u: %s",
		    class == KEEL_CLASS_UART ? "uart" : "debugcon", instance, strerror(errno));
}

static void take_unread(struct pump *p, const struct unread *unread)
{
	if (unread->size)
		memcpy(p->to.data, unread->bytes, unread->size);
	p->to.end = unread->size;
}

/**
 * pump_ready() - it can be started, by pumps_start().
 * @p:      its ends are set
 * @vm:     a restored one has input that the guest is to get first
 * @thread: name of the thread
 */
void pump_ready(struct pump *p, const struct vm *vm, const char *thread)
{
	struct stat file;

	/* A regular file always takes what is written: poll() need not be asked. */
	p->regular = p->out >= 0 && !fstat(p->out, &file) && S_ISREG(file.st_mode);
	if (p->unread != UNREAD_NONE)
		take_unread(p, &vm->unread[p->unread]);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->wake = eventfd(0, EFD_CLOEXEC);
	pumps[nr_pumps++] = p;
	atomic_fetch_add(&draining, 1);
	if (p->wake < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	snprintf(p->label, sizeof(p->label), "%s", thread);
}

/* pumps_start() - start the threads of all that are ready; dies if there cannot be one */
void pumps_start(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++)
		thread_run(&pumps[i]->thread, pumps[i]->label, SANDBOX_STREAM, pump_thread,
			   pumps[i]);
}

/**
 * pumps_drain() - no more input; what the guest has sent goes out, then the pumps end.
 *
 * Return: an eventfd, readable when all have ended.
 */
int pumps_drain(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++) {
		atomic_store(&pumps[i]->drain, true);
		notify(pumps[i]->wake);
	}
	one_drained();
	return drained;
}

/* pumps_abandon() - those whose drain has no limit end even if output is left */
void pumps_abandon(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++) {
		if (pumps[i]->drain_ms >= 0)
			continue;
		atomic_store(&pumps[i]->abandon, true);
		notify(pumps[i]->wake);
	}
}

/* pumps_join() - wait until all have ended */
void pumps_join(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++)
		pthread_join(pumps[i]->thread, NULL);
}

/* ---- For a VM that is paused ---- */

/* pumps_hold() - nothing goes to the guest from here on, until pumps_release() */
void pumps_hold(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++) {
		struct pump *p = pumps[i];

		pthread_mutex_lock(&p->lock);
		p->hold = true;
		p->held = false;
		notify(p->wake);
		while (!p->held)
			pthread_cond_wait(&p->changed, &p->lock);
		pthread_mutex_unlock(&p->lock);
	}
}

static bool pump_flush(struct pump *p)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FLUSH_S;
	pthread_mutex_lock(&p->lock);
	p->dry = false;
	notify(p->wake);
	while (!p->dry && !error)
		error = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	pthread_mutex_unlock(&p->lock);
	return !error;
}

/**
 * pumps_flush() - what the guest has sent goes out, all of it; the pumps are held.
 *
 * Return: NULL, or why it does not.
 */
const char *pumps_flush(void)
{
	static char error[80];
	unsigned int i;

	for (i = 0; i < nr_pumps; i++) {
		if (pump_flush(pumps[i]))
			continue;
		snprintf(error, sizeof(error), "%s does not accept the output of the guest",
			 pumps[i]->name);
		return error;
	}
	return NULL;
}

/* The newest of what was given, which the guest's end has not taken yet, and the rest. */
static const char *pump_unread(const struct pump *p, struct unread *unread)
{
	size_t i, rest = flow_size(&p->to);
	int ahead = 0;

	if (ioctl(p->stream, p->pipe ? FIONREAD : TIOCOUTQ, &ahead) || ahead < 0 ||
	    ahead > AHEAD_MAX)
		return "the amount of unread input is unknown";
	unread->size = ahead + rest;
	unread->bytes = malloc(unread->size + 1);
	if (!unread->bytes)
		return "out of memory";
	for (i = 0; i < (size_t)ahead; i++)
		unread->bytes[i] = p->given[(p->nr_given - ahead + i) % AHEAD_MAX];
	memcpy(unread->bytes + ahead, p->to.data + p->to.start, rest);
	return NULL;
}

/**
 * pumps_unread() - what was to go to the guest and has not; the pumps are held.
 * @unread: result, for unread_free()
 *
 * Return: NULL, or what failed.
 */
const char *pumps_unread(struct unread *unread)
{
	const char *error = NULL;
	unsigned int i;

	for (i = 0; i < nr_pumps && !error; i++) {
		if (pumps[i]->unread == UNREAD_NONE)
			continue;
		pthread_mutex_lock(&pumps[i]->lock);
		error = pump_unread(pumps[i], &unread[pumps[i]->unread]);
		pthread_mutex_unlock(&pumps[i]->lock);
	}
	return error;
}

/* pumps_release() - the guest gets its input again */
void pumps_release(void)
{
	unsigned int i;

	for (i = 0; i < nr_pumps; i++) {
		pthread_mutex_lock(&pumps[i]->lock);
		pumps[i]->hold = false;
		pthread_mutex_unlock(&pumps[i]->lock);
		notify(pumps[i]->wake);
	}
}

/* unread_free() - the inputs of a VM */
void unread_free(struct unread unread[UNREAD_NR])
{
	unsigned int i;

	for (i = 0; i < UNREAD_NR; i++)
		free(unread[i].bytes);
}
