// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that carries bytes between standard input and output and the first UART.
 * A virtio console's port writes to standard output itself, and reads a pipe from here: there
 * the thread has only what is typed to look after.
 *
 * It never waits for one of the four ends while another has something to do, least
 * of all for standard output while the user types Ctrl-A x. Descriptors that others
 * share (0 and 1) stay in blocking mode; poll() says when they will not block, and a
 * pipe that poll() says has room takes PIPE_BUF bytes without blocking.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/serial.h"
#include "config/table.h"
#include "status.h"
#include "stream/console.h"
#include "stream/given.h"
#include "stream/log.h"
#include "stream/terminal.h"
#include "vm/outcome.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define OUT_SIZE	UNREAD_MAX
#define IN_SIZE		(4 * KIB)
#define FLUSH_S		5	/* for standard output to take the rest */

enum { POLL_WAKE, POLL_INPUT, POLL_UART, POLL_OUTPUT, POLL_NR };

/**
 * struct flow - bytes on their way.
 * @data:  they are from @start to @end
 * @start: of what is not written yet
 * @end:   of what was read
 */
struct flow {
	char data[OUT_SIZE];
	size_t start;
	size_t end;
};

/**
 * struct pump - what the thread knows.
 * @console: the outside's view of it
 * @out:     from the guest
 * @in:      to the guest, at most IN_SIZE
 * @keys:    the Ctrl-A filter
 * @input:   standard input is open and ours
 * @tty:     it is a terminal: filter keys
 * @uart:    the UART's stream is open, or the pipe
 * @pipe:    what was written to the pipe can be had back from it; -1: it is a UART
 * @dry:     the guest is over, and there was nothing left to read
 * @broken:  standard output takes no more
 * @last:    last byte written
 * @given:   what the UART's stream took last
 */
struct pump {
	struct console *console;
	struct flow out;
	struct flow in;
	struct keys keys;
	bool input;
	bool tty;
	bool uart;
	int pipe;
	bool dry;
	bool broken;
	char last;
	struct given given;
};

static bool flow_empty(const struct flow *flow)
{
	return flow->start == flow->end;
}

static void flow_taken(struct flow *flow, size_t n)
{
	flow->start += n;
	if (flow_empty(flow)) {
		flow->start = 0;
		flow->end = 0;
	}
}

static size_t flow_room(const struct flow *flow, size_t size)
{
	size_t used = flow->end - flow->start;

	return used < size ? size - used : 0;
}

static bool again(void)
{
	return errno == EINTR || errno == EAGAIN;
}

static void uart_to_out(struct pump *p)
{
	bool over = atomic_load(&p->console->drain);
	ssize_t n = read(p->console->vm->console, p->out.data, sizeof(p->out.data));

	p->dry = over && n < 0 && errno == EAGAIN;
	if (n > 0) {
		p->out.end = n;
		console_log_add(p->out.data, n);
	}
	if (!n || (n < 0 && !again()))
		p->uart = false;
}

static void out_to_stdout(struct pump *p)
{
	struct flow *out = &p->out;
	size_t length = out->end - out->start;
	ssize_t n;

	if (length > PIPE_BUF)
		length = PIPE_BUF;
	n = write(STDOUT_FILENO, out->data + out->start, length);
	if (n < 0 && again())
		return;
	if (n < 0 && !p->broken) {
		p->broken = true;
		warn_line("standard output: %s; what the guest prints is lost from here",
			  strerror(errno));
	}
	if (n < 0)	/* the guest goes on all the same */
		n = out->end - out->start;
	p->last = out->data[out->start + n - 1];
	flow_taken(out, n);
}

/* What Keel has not read from the pipe comes back, before what is to follow it. */
static void take_back(struct pump *p)
{
	struct flow *in = &p->in;
	size_t rest = in->end - in->start;
	char kept[OUT_SIZE];
	ssize_t n;

	if (p->pipe < 0)
		return;
	n = read(p->pipe, kept, sizeof(kept) - rest);
	if (n <= 0)
		return;
	memcpy(kept + n, in->data + in->start, rest);
	memcpy(in->data, kept, n + rest);
	in->start = 0;
	in->end = n + rest;
}

static void in_to_uart(struct pump *p)
{
	struct flow *in = &p->in;
	ssize_t n = given_write(&p->given, p->console->vm->console, in->data + in->start,
				in->end - in->start);

	if (n > 0)
		flow_taken(in, n);
	else if (n < 0 && !again())
		flow_taken(in, in->end - in->start);
}

/* What a guest that does not listen cannot take is lost with a beep; never a key of ours. */
static void keep_input(struct pump *p, const char *data, size_t length)
{
	struct flow *in = &p->in;
	size_t room = flow_room(in, IN_SIZE);

	if (length > room) {
		length = room;
		terminal_write("\a", 1);
	}
	memmove(in->data, in->data + in->start, in->end - in->start);
	in->end -= in->start;
	in->start = 0;
	memcpy(in->data + in->end, data, length);
	in->end += length;
}

static void typed(struct pump *p, const char *data, size_t length)
{
	char kept[IN_SIZE];
	size_t seen, nr;

	while (length) {
		seen = length;
		switch (keys_filter(&p->keys, data, &seen, kept, &nr)) {
		case KEY_QUIT:
			vm_end(p->console->vm, STATUS_QUIT, "%s", "");
			break;
		case KEY_HELP:
			terminal_write("\n", 1);
			terminal_write(keys_help, strlen(keys_help));
			break;
		case KEY_NONE:
			break;
		}
		keep_input(p, kept, nr);
		data += seen;
		length -= seen;
	}
}

static void stdin_to_in(struct pump *p)
{
	char data[IN_SIZE];
	ssize_t n;

	n = read(STDIN_FILENO, data, p->tty ? sizeof(data) : flow_room(&p->in, IN_SIZE));
	if (n > 0 && p->tty)
		typed(p, data, n);
	else if (n > 0)
		keep_input(p, data, n);
	else if (!n || !again())
		p->input = false;	/* the end of it is no reason to end the guest */
}

static void wait_for_something(struct pump *p, struct pollfd *fds)
{
	bool drain = atomic_load(&p->console->drain);
	/* Input that is read for a held VM would be lost if that VM were saved and ended. */
	bool held = atomic_load(&p->console->hold);
	bool more = p->tty || (flow_room(&p->in, IN_SIZE) && !held);
	short uart = 0;

	if (flow_empty(&p->out) && p->pipe < 0)
		uart |= POLLIN;
	if (!flow_empty(&p->in) && !drain && !held)
		uart |= POLLOUT;
	fds[POLL_WAKE] = (struct pollfd){ p->console->wake, POLLIN, 0 };
	fds[POLL_INPUT] = (struct pollfd){ p->input && more && !drain ? STDIN_FILENO : -1,
					   POLLIN, 0 };
	fds[POLL_UART] = (struct pollfd){ p->uart && uart ? p->console->vm->console : -1, uart, 0 };
	fds[POLL_OUTPUT] = (struct pollfd){ flow_empty(&p->out) ? -1 : STDOUT_FILENO, POLLOUT, 0 };
	/* While draining there may be nothing left that would ever wake us. */
	pthread_mutex_unlock(&p->console->lock);
	poll(fds, POLL_NR, drain && flow_empty(&p->out) ? 0 : -1);
	pthread_mutex_lock(&p->console->lock);
}

static bool finished(const struct pump *p)
{
	if (atomic_load(&p->console->abandon))
		return true;
	return atomic_load(&p->console->drain) && flow_empty(&p->out) && (p->dry || !p->uart);
}

/* Wakes the thread in console_hold() or console_flush(). */
static void tell(struct pump *p)
{
	struct console *console = p->console;

	take_back(p);
	console->held = true;
	console->dry = flow_empty(&p->out);
	pthread_cond_broadcast(&console->changed);
}

static void pump_once(struct pump *p)
{
	struct pollfd fds[POLL_NR];
	__u64 count;
	bool hold;

	wait_for_something(p, fds);
	hold = atomic_load(&p->console->hold);
	if (fds[POLL_WAKE].revents && read(p->console->wake, &count, sizeof(count)) < 0)
		return;
	if (fds[POLL_OUTPUT].revents)
		out_to_stdout(p);
	if (fds[POLL_INPUT].revents && (p->tty || !hold))
		stdin_to_in(p);
	if (!p->uart)
		return;
	if (!flow_empty(&p->in) && fds[POLL_UART].revents & POLLOUT && !hold)
		in_to_uart(p);
	if (p->pipe >= 0) {
		p->dry = atomic_load(&p->console->drain);
		return;
	}
	if (flow_empty(&p->out) &&
	    (fds[POLL_UART].revents & ~POLLOUT || hold || atomic_load(&p->console->drain)))
		uart_to_out(p);
}

static void *console_thread(void *arg)
{
	const __u64 one = 1;
	struct pump *p = arg;

	pthread_mutex_lock(&p->console->lock);
	while (!finished(p)) {
		pump_once(p);
		if (atomic_load(&p->console->hold))
			tell(p);
	}
	p->console->pump = NULL;
	pthread_cond_broadcast(&p->console->changed);
	pthread_mutex_unlock(&p->console->lock);
	/* What the shell prints next begins on a line of its own. */
	if (isatty(STDOUT_FILENO) && p->last && p->last != '\n' && !p->broken &&
	    write(STDOUT_FILENO, "\r\n", 2) < 0)
		p->broken = true;
	if (write(p->console->done, &one, sizeof(one)) < 0)
		abort();
	free(p);
	return NULL;
}

/* Whose input it is that the thread has */
static unsigned int unread_of(const struct vm *vm)
{
	return vm->pipe >= 0 ? UNREAD_PORT : serial_stdio(vm->config);
}

/**
 * console_start() - take the terminal and start the thread, if there is a console.
 * @console: result
 * @vm:      its VM
 */
void console_start(struct console *console, struct vm *vm)
{
	struct pump *p = calloc(1, sizeof(*p));

	console->vm = vm;
	console->wake = eventfd(0, EFD_CLOEXEC);
	console->done = eventfd(0, EFD_CLOEXEC);
	atomic_init(&console->drain, false);
	atomic_init(&console->abandon, false);
	if (!p || console->wake < 0 || console->done < 0)
		die(STATUS_MEMORY, "out of memory");
	p->console = console;
	console->pump = p;
	console->held = false;
	console->dry = false;
	atomic_init(&console->hold, false);
	pthread_mutex_init(&console->lock, NULL);
	pthread_cond_init(&console->changed, NULL);
	p->pipe = vm->pipe;
	p->uart = vm->console >= 0;
	if (p->uart) {
		p->in.end = unread_take(&vm->unread[unread_of(vm)], p->in.data);
		p->input = terminal_take();
		p->tty = terminal_is_raw();
	}
	if (pthread_create(&console->thread, NULL, console_thread, p))
		die(STATUS_INTERNAL, "no thread for the console");
	pthread_setname_np(console->thread, "keel-stdio");
}

static void console_wake(struct console *console)
{
	const __u64 one = 1;

	if (write(console->wake, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of our own that takes no 1: cannot be */
}

/* console_drain() - no more input; console->done becomes readable when all is written */
void console_drain(struct console *console)
{
	atomic_store(&console->drain, true);
	console_wake(console);
}

/* console_abandon() - stop even if output is left; a write that blocks is interrupted */
void console_abandon(struct console *console)
{
	atomic_store(&console->abandon, true);
	console_wake(console);
}

void console_join(struct console *console)
{
	pthread_join(console->thread, NULL);
	close(console->wake);
	close(console->done);
}

/* ---- For a VM that is paused ---- */

/* Until the thread has told something after now, or is gone, or time is up. */
static bool ask(struct console *console, bool for_dry)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FLUSH_S;
	console->held = false;
	console->dry = false;
	console_wake(console);
	while (console->pump && !error && !(for_dry ? console->dry : console->held))
		error = pthread_cond_timedwait(&console->changed, &console->lock, &until);
	return !error;
}

/* console_hold() - nothing goes to the guest from here on, until console_release() */
void console_hold(struct console *console)
{
	pthread_mutex_lock(&console->lock);
	atomic_store(&console->hold, true);
	while (console->pump && !ask(console, false))
		;
	pthread_mutex_unlock(&console->lock);
}

/**
 * console_flush() - what the guest has sent goes to standard output, all of it.
 * @console: held
 *
 * Return: NULL, or why it does not.
 */
const char *console_flush(struct console *console)
{
	bool dry;

	pthread_mutex_lock(&console->lock);
	dry = ask(console, true);
	pthread_mutex_unlock(&console->lock);
	return dry ? NULL : "standard output does not accept the output of the guest";
}

/**
 * console_unread() - what was to go to the guest and has not.
 * @console: held
 * @unread:  of all ports
 *
 * Return: NULL, or what failed.
 */
const char *console_unread(struct console *console, struct unread *unread)
{
	const char *error = NULL;
	struct pump *p;

	pthread_mutex_lock(&console->lock);
	p = console->pump;
	if (p && p->uart)
		error = given_unread(&p->given, p->pipe < 0 ? console->vm->console : -1,
				     p->in.data + p->in.start, p->in.end - p->in.start,
				     &unread[unread_of(console->vm)]);
	pthread_mutex_unlock(&console->lock);
	return error;
}

/* console_release() - the guest gets its input again */
void console_release(struct console *console)
{
	pthread_mutex_lock(&console->lock);
	atomic_store(&console->hold, false);
	if (console->pump)
		console_wake(console);
	pthread_mutex_unlock(&console->lock);
}
