// SPDX-License-Identifier: GPL-2.0
/* ncurses, for --screen text: loaded by the VMs that use it. */
#include "base.h"
#include "library.h"
#include "screen/curses.h"
#include "status.h"

struct curses_calls curses;

#define SYMBOL(name)	{ #name, &curses.name }

static const struct library_symbol symbols[] = {
	SYMBOL(newterm), SYMBOL(newwin), SYMBOL(wresize), SYMBOL(resizeterm), SYMBOL(raw),
	SYMBOL(noecho), SYMBOL(nonl), SYMBOL(keypad), SYMBOL(nodelay), SYMBOL(set_escdelay),
	SYMBOL(start_color), SYMBOL(init_pair), SYMBOL(setcchar), SYMBOL(mvwadd_wch),
	SYMBOL(werase), SYMBOL(wmove), SYMBOL(curs_set), SYMBOL(clearok), SYMBOL(wrefresh),
	SYMBOL(wget_wch), SYMBOL(endwin), SYMBOL(beep), SYMBOL(tigetstr),
};

static_assert(sizeof(curses) == ARRAY_SIZE(symbols) * sizeof(void *), "a symbol for each");

/* curses_load() - fill the calls; dies if there is no ncurses */
void curses_load(void)
{
	static const struct library library = {
		.what = "--screen text", .file = "libncursesw.so.6", .package = "libncursesw6",
		.status = STATUS_USAGE, .symbols = symbols, .nr = ARRAY_SIZE(symbols),
	};

	library_load(&library);
}
