// SPDX-License-Identifier: GPL-2.0
/*
 * --screen text: a thread that draws the guest's text screen on the terminal, twenty times a second
 * as far as it has changed, and types what the user types. Some keys are the launcher's own, as on
 * a serial console. Messages wait until the terminal is left (stream/terminal.c).
 *
 * If standard output is no terminal, or that of another job, nothing is drawn. In any case the last
 * screen is printed at the end.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/sendkey.h"
#include "screen/cp437.h"
#include "screen/curses.h"
#include "screen/draw.h"
#include "screen/picture.h"
#include "screen/typed.h"
#include "status.h"
#include "stream/terminal.h"
#include "vm/outcome.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define FRAME_MS	50
#define ESCAPE		0x1b
#define ESCAPE_MS	25	/* for the rest of a key's bytes */
#define LEAVE_MAX	256
#define BRIGHT		BIT(3)	/* of a foreground */

/**
 * struct draw - the thread and the terminal.
 * @vm:     whose screen; NULL: nothing is drawn
 * @window: all of the terminal
 * @thread: draws
 * @stop:   eventfd: the guest is over
 * @in:     keys come from it; -1: nobody types
 * @anew:   the terminal was used for something else
 * @keys:   the Ctrl-A filter
 * @shown:  what is on the terminal
 * @next:   what is on the guest's screen
 * @rows:   of the terminal
 * @cols:   of it
 * @leave:  what the terminal is sent at the end
 */
static struct draw {
	struct vm *vm;
	WINDOW *window;
	pthread_t thread;
	int stop;
	int in;
	atomic_bool anew;
	struct keys keys;
	struct picture shown;
	struct picture next;
	unsigned int rows;
	unsigned int cols;
	char leave[LEAVE_MAX];
} draw;

/* ---- The picture ---- */

/* A PC's colours have blue in bit 0, a terminal's have red there. */
static unsigned int colour(unsigned int pc)
{
	return (pc & 1) << 2 | (pc & 2) | (pc & 4) >> 2;
}

/* Pair 0 is the terminal's own, on which an unwritten screen is: light grey on black. */
static short pair_of(unsigned int foreground, unsigned int background)
{
	return background * 8 + (7 - foreground);
}

static void make_pairs(void)
{
	unsigned int foreground, background;

	curses.start_color();
	for (background = 0; background < 8; background++)
		for (foreground = 0; foreground < 8; foreground++)
			if (pair_of(foreground, background))
				curses.init_pair(pair_of(foreground, background),
						 colour(foreground), colour(background));
}

static void draw_cell(struct draw *d, unsigned int row, unsigned int column, __u16 cell)
{
	unsigned int foreground = CELL_FOREGROUND(cell);
	const wchar_t text[] = { cp437[CELL_CODE(cell)], 0 };
	attr_t attributes = A_NORMAL;
	cchar_t c;

	if (foreground & BRIGHT)
		attributes |= A_BOLD;
	if (CELL_BLINKS(cell))
		attributes |= A_BLINK;
	curses.setcchar(&c, text, attributes, pair_of(foreground & 7, CELL_BACKGROUND(cell)),
			NULL);
	curses.mvwadd_wch(d->window, row, column, &c);
}

/* The first row that is shown: a terminal that is too small shows the cursor. */
static unsigned int first_row(const struct draw *d)
{
	const struct picture *p = &d->next;

	return p->cursor && p->row >= d->rows ? p->row - d->rows + 1 : 0;
}

static void draw_picture(struct draw *d)
{
	const struct picture *p = &d->next;
	unsigned int first = first_row(d), row, column;

	curses.werase(d->window);
	for (row = first; row < p->rows && row - first < d->rows; row++)
		for (column = 0; column < p->columns && column < d->cols; column++)
			draw_cell(d, row - first, column, p->cells[row][column]);
	curses.curs_set(p->cursor && p->column < d->cols);
	if (p->cursor)
		curses.wmove(d->window, p->row - first, p->column);
	curses.wrefresh(d->window);
}

/* Returns whether it has another size than before. */
static bool find_size(struct draw *d)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col ||
	    (size.ws_row == d->rows && size.ws_col == d->cols))
		return false;
	d->rows = size.ws_row;
	d->cols = size.ws_col;
	curses.resizeterm(d->rows, d->cols);
	curses.wresize(d->window, d->rows, d->cols);
	return true;
}

static void draw_frame(struct draw *d)
{
	bool anew = atomic_exchange(&d->anew, false);

	if (anew) {
		curses.endwin();
		terminal_cover(d->leave);
		curses.clearok(d->window, TRUE);
	}
	anew |= find_size(d);
	if (!picture_read(&d->next, d->vm) ||
	    (!anew && !memcmp(&d->next, &d->shown, sizeof(d->next))))
		return;
	draw_picture(d);
	d->shown = d->next;
}

/* ---- Keys ---- */

static void press(struct draw *d, wint_t code, bool function, bool alt)
{
	char names[TYPED_MAX];
	bool mistake;

	if (!typed_keys(code, function, alt, names) || keys_send(d->vm, names, &mistake))
		curses.beep();
}

/* Returns false if the key is one of the launcher's, or may be the first of two. */
static bool is_for_guest(struct draw *d, wint_t code)
{
	char key = code < 0x80 ? code : '?', kept;
	size_t seen = 1, nr;

	switch (keys_filter(&d->keys, &key, &seen, &kept, &nr)) {
	case KEYS_QUIT:
		vm_end(d->vm, STATUS_QUIT, "%s", "");
		return false;
	case KEYS_HELP:		/* there is no room for it here: keel help keys */
		curses.beep();
		return false;
	default:
		return nr;
	}
}

/* A key that follows ESC at once is one with Alt. */
static void take_keys(struct draw *d)
{
	bool alt = false;
	wint_t code;
	int kind;

	while ((kind = curses.wget_wch(d->window, &code)) != ERR) {
		bool function = kind == KEY_CODE_YES;

		if (!function && code == ESCAPE && !alt) {
			alt = true;
			continue;
		}
		if (function || is_for_guest(d, code))
			press(d, code, function, alt);
		alt = false;
	}
	if (alt)
		press(d, ESCAPE, false, false);
}

static void *draw_thread(void *arg)
{
	struct draw *d = arg;
	struct pollfd fds[] = { { d->stop, POLLIN, 0 }, { d->in, POLLIN, 0 } };

	for (;;) {
		draw_frame(d);
		if (poll(fds, ARRAY_SIZE(fds), FRAME_MS) < 0)
			continue;
		if (fds[0].revents)
			break;
		if (fds[1].revents & POLLIN)
			take_keys(d);
		else if (fds[1].revents)
			fds[1].fd = -1;
	}
	return NULL;
}

/* ---- Begin and end ---- */

/* What a terminal needs to be sent to be as it was; padding is for those of paper. */
static void find_leave(char leave[LEAVE_MAX])
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };
	size_t i, used = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *text = curses.tigetstr(names[i]);

		if (!text || text == (char *)-1 || strstr(text, "$<") ||
		    used + strlen(text) >= LEAVE_MAX)
			continue;
		strcpy(leave + used, text);
		used += strlen(text);
	}
}

static void open_terminal(struct draw *d)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	curses_load();
	if (!curses.newterm(NULL, stdout, stdin))
		die(STATUS_USAGE, "--screen text: no terminal \"%s\" is known (TERM)",
		    getenv("TERM") ?: "");
	find_leave(d->leave);
	terminal_cover(d->leave);
	curses.raw();
	curses.noecho();
	curses.nonl();
	make_pairs();
	d->window = curses.newwin(0, 0, 0, 0);
	if (!d->window)
		die(STATUS_MEMORY, "out of memory");
	curses.keypad(d->window, TRUE);
	curses.nodelay(d->window, TRUE);
	curses.set_escdelay(ESCAPE_MS);
}

/* draw_open() - take the terminal, if there is one for the screen */
void draw_open(struct vm *vm)
{
	struct draw *d = &draw;

	if (vm->config->screen != SCREEN_TEXT || !isatty(STDOUT_FILENO) || !terminal_take())
		return;
	open_terminal(d);
	d->stop = eventfd(0, EFD_CLOEXEC);
	if (d->stop < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	d->in = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
	d->vm = vm;
}

void draw_start(void)
{
	if (draw.vm)
		thread_run(&draw.thread, "keel-screen", SANDBOX_STREAM, draw_thread, &draw);
}

/* draw_continued() - the launcher was stopped, and goes on */
void draw_continued(void)
{
	if (!draw.vm)
		return;
	terminal_take();
	atomic_store(&draw.anew, true);
}

/* draw_stop() - the guest is over */
void draw_stop(void)
{
	const __u64 one = 1;

	if (!draw.vm)
		return;
	if (write(draw.stop, &one, sizeof(one)) < 0)
		abort();
	pthread_join(draw.thread, NULL);
}

/* draw_last() - print the last screen, once the terminal is as it was */
void draw_last(const struct vm *vm)
{
	if (vm->config->screen != SCREEN_TEXT || !picture_read(&draw.next, vm))
		return;
	picture_print(&draw.next, stdout);
	fflush(stdout);
}
