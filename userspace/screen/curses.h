/* SPDX-License-Identifier: GPL-2.0 */
/* ncurses, which is loaded and not linked. */
#ifndef KEEL_SCREEN_CURSES_H
#define KEEL_SCREEN_CURSES_H

#if !__has_include("curses.h")
#error "--screen text needs ncurses: on Debian, the package libncurses-dev"
#endif
#define NCURSES_WIDECHAR	1
#define NCURSES_NOMACROS	1	/* functions, whose types can be named */
#include <curses.h>

/**
 * struct curses_calls - functions of ncurses, by their names.
 * @newterm:     begin
 * @newwin:      a window
 * @wresize:     its size
 * @resizeterm:  the terminal has another size
 * @raw:         keys come as they are
 * @noecho:      and are not shown
 * @nonl:        nor changed
 * @keypad:      keys of several bytes are one
 * @nodelay:     do not wait for keys
 * @set_escdelay: how long ESC may be the beginning of one, ms
 * @start_color: use colours
 * @init_pair:   a pair of them
 * @setcchar:    a character with attributes and colours
 * @mvwadd_wch:  draw it
 * @werase:      draw spaces
 * @wmove:       the cursor's place
 * @curs_set:    whether it is shown
 * @clearok:     draw all of it anew
 * @wrefresh:    show what was drawn
 * @wget_wch:    a key
 * @endwin:      leave the terminal; it is taken again by the next wrefresh
 * @beep:        a sound
 * @tigetstr:    what makes the terminal do something
 */
struct curses_calls {
	typeof(newterm) *newterm;
	typeof(newwin) *newwin;
	typeof(wresize) *wresize;
	typeof(resizeterm) *resizeterm;
	typeof(raw) *raw;
	typeof(noecho) *noecho;
	typeof(nonl) *nonl;
	typeof(keypad) *keypad;
	typeof(nodelay) *nodelay;
	typeof(set_escdelay) *set_escdelay;
	typeof(start_color) *start_color;
	typeof(init_pair) *init_pair;
	typeof(setcchar) *setcchar;
	typeof(mvwadd_wch) *mvwadd_wch;
	typeof(werase) *werase;
	typeof(wmove) *wmove;
	typeof(curs_set) *curs_set;
	typeof(clearok) *clearok;
	typeof(wrefresh) *wrefresh;
	typeof(wget_wch) *wget_wch;
	typeof(endwin) *endwin;
	typeof(beep) *beep;
	char *(*tigetstr)(const char *name);	/* of term.h, which has macros for too much */
};

extern struct curses_calls curses;

void curses_load(void);

#endif /* KEEL_SCREEN_CURSES_H */
