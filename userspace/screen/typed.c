// SPDX-License-Identifier: GPL-2.0
/*
 * What is typed on a terminal, as keys of a PC's keyboard, pressed together: a terminal gives
 * characters and not keys, so the guest's layout has to be that of the US.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "screen/curses.h"
#include "screen/typed.h"

#define ESCAPE			0x1b
#define DELETE_CHARACTER	0x7f	/* what terminals send for Backspace */

/* Characters that a key gives with Shift, and those that it gives without */
static const char shifted[] = "~!@#$%^&*()_+{}|:\"<>?";
static const char unshifted[] = "`1234567890-=[]\\;',./";

static_assert(sizeof(shifted) == sizeof(unshifted), "a key for each");

static const struct {
	char character;
	const char *name;
} named[] = {
	{ ' ', "space" }, { '`', "grave" }, { '-', "minus" }, { '=', "equal" },
	{ '[', "leftbrace" }, { ']', "rightbrace" }, { '\\', "backslash" }, { ';', "semicolon" },
	{ '\'', "apostrophe" }, { ',', "comma" }, { '.', "dot" }, { '/', "slash" },
	{ '\t', "tab" }, { '\r', "enter" }, { '\n', "enter" }, { ESCAPE, "esc" },
	{ '\b', "backspace" }, { DELETE_CHARACTER, "backspace" }, { 0, "ctrl-space" },
};

/* The characters behind ESC: Ctrl and one of \ ] ^ _ */
static const char *const controls[] = { "backslash", "rightbrace", "6", "minus" };

static const struct {
	int key;
	const char *name;
} functions[] = {
	{ KEY_UP, "up" }, { KEY_DOWN, "down" }, { KEY_LEFT, "left" }, { KEY_RIGHT, "right" },
	{ KEY_HOME, "home" }, { KEY_END, "end" }, { KEY_PPAGE, "pageup" },
	{ KEY_NPAGE, "pagedown" }, { KEY_IC, "insert" }, { KEY_DC, "delete" },
	{ KEY_BACKSPACE, "backspace" }, { KEY_ENTER, "enter" }, { KEY_BTAB, "shift-tab" },
	{ KEY_SR, "shift-up" }, { KEY_SF, "shift-down" }, { KEY_SLEFT, "shift-left" },
	{ KEY_SRIGHT, "shift-right" }, { KEY_SDC, "shift-delete" }, { KEY_SHOME, "shift-home" },
	{ KEY_SEND, "shift-end" },
};

static bool name_character(char c, char *to, size_t room)
{
	const char *shift = c ? strchr(shifted, c) : NULL;
	size_t i;

	if (shift) {
		room -= snprintf(to, room, "shift-");
		to += strlen(to);
		c = unshifted[shift - shifted];
	}
	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (named[i].character == c)
			return snprintf(to, room, "%s", named[i].name) > 0;
	if (c >= 'A' && c <= 'Z')
		return snprintf(to, room, "shift-%c", c - 'A' + 'a') > 0;
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return snprintf(to, room, "%c", c) > 0;
	if (c > 0 && c <= 26)
		return snprintf(to, room, "ctrl-%c", c - 1 + 'a') > 0;
	if (c > ESCAPE && c < ' ')
		return snprintf(to, room, "ctrl-%s", controls[c - ESCAPE - 1]) > 0;
	return false;
}

static bool name_function(int key, char *to, size_t room)
{
	size_t i;

	if (key > KEY_F0 && key <= KEY_F0 + 12)
		return snprintf(to, room, "f%d", key - KEY_F0) > 0;
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].key == key)
			return snprintf(to, room, "%s", functions[i].name) > 0;
	return false;
}

/**
 * typed_keys() - the keys that give a character, or that a terminal has a code for.
 * @code:     character, or KEY_* of ncurses
 * @function: it is the latter
 * @alt:      with Alt
 * @names:    result, for keys_send()
 *
 * Return: false if a PC's keyboard has no such keys.
 */
bool typed_keys(wint_t code, bool function, bool alt, char names[TYPED_MAX])
{
	size_t used = snprintf(names, TYPED_MAX, "%s", alt ? "alt-" : "");

	if (function)
		return name_function(code, names + used, TYPED_MAX - used);
	return code < 0x80 && name_character(code, names + used, TYPED_MAX - used);
}
