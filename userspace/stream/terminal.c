// SPDX-License-Identifier: GPL-2.0
/*
 * The user's terminal: raw while the guest has it, as it was on every way out.
 *
 * The ways out: exit(), by terminal_init()'s atexit; signals that ask to end, which
 * run.c turns into an ordinary end; signals that a bug causes, by the handler here;
 * being stopped, by terminal_suspend(). Only SIGKILL leaves it raw ("stty sane").
 *
 * While the guest's screen covers the terminal, messages would be lost on it: they are kept, and
 * written on the same ways out.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "stream/terminal.h"

#define CTRL_A	1

const char keys_help[] =
	"Keys, while standard input is a terminal:\n\n"
	"  Ctrl-A x       quit\n"
	"  Ctrl-A h       this list\n"
	"  Ctrl-A Ctrl-A  Ctrl-A to the guest\n";

static const int fatal[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGXCPU, SIGXFSZ,
};

static struct termios before;
static atomic_bool raw;	/* lock-free, and so good for signal handlers */

#define KEPT_MAX	(4 * KIB)	/* later messages are lost */

/**
 * struct cover - what covers the terminal. Read in signal handlers.
 * @leave: what the terminal is sent to be as it was; NULL: nothing covers it
 * @kept:  messages
 * @used:  bytes of them; more than KEPT_MAX: some are lost
 */
static struct cover {
	const char *_Atomic leave;
	char kept[KEPT_MAX];
	atomic_size_t used;
} cover;

static void write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(fd, text, length);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			length -= n;
		}
	}
}

static void uncover(void)
{
	const char *leave = atomic_exchange(&cover.leave, NULL);

	if (leave)
		write_all(STDOUT_FILENO, leave, strlen(leave));
}

static void write_kept(void)
{
	size_t used = atomic_exchange(&cover.used, 0);

	write_all(STDERR_FILENO, cover.kept, used < KEPT_MAX ? used : KEPT_MAX);
}

static void keep(const char *text, size_t length)
{
	size_t at = atomic_fetch_add(&cover.used, length);

	if (at < KEPT_MAX)
		memcpy(cover.kept + at, text, length < KEPT_MAX - at ? length : KEPT_MAX - at);
}

/* terminal_cover() - something is drawn on it from here on; @leave ends that */
void terminal_cover(const char *leave)
{
	atomic_store(&cover.leave, leave);
}

/* terminal_restore() - undo terminal_take(); safe in a signal handler */
void terminal_restore(void)
{
	int error = errno;

	uncover();
	if (raw) {
		raw = false;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	}
	write_kept();
	errno = error;
}

/* The action is reset already: the second one does what the first would have done. */
static void on_fatal(int signal)
{
	terminal_restore();
	raise(signal);
}

/* terminal_init() - from here on nothing that ends the process leaves it raw */
void terminal_init(void)
{
	struct sigaction action = { .sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER };
	size_t i;

	atexit(terminal_restore);
	for (i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &action, NULL);
}

/**
 * terminal_take() - give it to the guest, if standard input is one and it is ours.
 *
 * Return: false if it is a terminal in whose background we are: reading from it
 * or changing it would stop the process.
 */
bool terminal_take(void)
{
	struct termios mode;

	if (raw || tcgetattr(STDIN_FILENO, &mode))
		return true;
	if (tcgetpgrp(STDIN_FILENO) != getpgrp())
		return false;
	before = mode;
	mode.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
	mode.c_oflag &= ~OPOST;
	mode.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	mode.c_cflag = (mode.c_cflag & ~(CSIZE | PARENB)) | CS8;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	raw = true;	/* before it is: better to restore once too often */
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
	return true;
}

/* terminal_suspend() - Ctrl-Z's signal came from outside; take it again at SIGCONT */
void terminal_suspend(void)
{
	terminal_restore();
	raise(SIGSTOP);
}

bool terminal_is_raw(void)
{
	return raw;
}

/* terminal_write() - text for standard error; a raw terminal wants its returns, too */
void terminal_write(const char *text, size_t length)
{
	const char *line;

	if (atomic_load(&cover.leave) && isatty(STDERR_FILENO)) {
		keep(text, length);
		return;
	}
	while (raw && length) {
		line = memchr(text, '\n', length);
		if (!line)
			break;
		write_all(STDERR_FILENO, text, line - text);
		write_all(STDERR_FILENO, "\r\n", 2);
		length -= line + 1 - text;
		text = line + 1;
	}
	write_all(STDERR_FILENO, text, length);
}

/**
 * keys_filter() - take the launcher's own keys out of what the user types.
 * @keys:   what came before
 * @in:     typed
 * @length: in: bytes of @in; out: how many were looked at: up to the first action
 * @out:    for the guest, room for @length bytes
 * @kept:   out: bytes in @out
 */
enum key_action keys_filter(struct keys *keys, const char *in, size_t *length, char *out,
			    size_t *kept)
{
	size_t i, nr = *length;

	*kept = 0;
	for (i = 0; i < nr; i++) {
		if (!keys->escaped && in[i] == CTRL_A) {
			keys->escaped = true;
			continue;
		}
		if (!keys->escaped || in[i] == CTRL_A)
			out[(*kept)++] = in[i];
		*length = i + 1;
		if (!keys->escaped)
			continue;
		keys->escaped = false;
		if (in[i] == 'x' || in[i] == 'X')
			return KEYS_QUIT;
		if (in[i] == 'd' || in[i] == 'D')
			return KEYS_DETACH;
		if (in[i] == 'h' || in[i] == 'H' || in[i] == '?')
			return KEYS_HELP;
	}
	*length = nr;
	return KEYS_NONE;
}
