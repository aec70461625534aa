/* SPDX-License-Identifier: GPL-2.0 */
/* The user's terminal. */
#ifndef KEEL_STREAM_TERMINAL_H
#define KEEL_STREAM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum key_action - what the user wants of the launcher itself.
 */
enum key_action { KEYS_NONE, KEYS_QUIT, KEYS_DETACH, KEYS_HELP };

/**
 * struct keys - the Ctrl-A filter.
 * @escaped: the byte before was Ctrl-A
 */
struct keys {
	bool escaped;
};

void terminal_init(void);
bool terminal_take(void);
void terminal_cover(const char *leave);
void terminal_restore(void);
void terminal_suspend(void);
bool terminal_is_raw(void);
void terminal_write(const char *text, size_t length);
enum key_action keys_filter(struct keys *keys, const char *in, size_t *length, char *out,
			    size_t *kept);
extern const char keys_help[];

#endif /* KEEL_STREAM_TERMINAL_H */
