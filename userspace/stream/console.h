/* SPDX-License-Identifier: GPL-2.0 */
/* The thread between standard input and output and a UART. */
#ifndef KEEL_STREAM_CONSOLE_H
#define KEEL_STREAM_CONSOLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct pump;
struct unread;
struct vm;

/**
 * struct console - the thread between standard input and output and a UART.
 * @vm:       ended by Ctrl-A x
 * @pump:     what the thread works with
 * @lock:     for @pump, @held, @dry; the thread has it unless it waits
 * @changed:  one of them has
 * @hold:     give the guest nothing
 * @held:     the thread has seen that
 * @dry:      and there is no output left
 * @thread:   does it
 * @wake:     eventfd: look at the flags
 * @done:     eventfd: the thread is through
 * @drain:    no more input; write what the guest has sent, then be through
 * @abandon:  be through at once
 */
struct console {
	struct vm *vm;
	struct pump *pump;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_bool hold;
	bool held;
	bool dry;
	pthread_t thread;
	int wake;
	int done;
	atomic_bool drain;
	atomic_bool abandon;
};

void console_start(struct console *console, struct vm *vm);
void console_drain(struct console *console);
void console_abandon(struct console *console);
void console_join(struct console *console);
void console_hold(struct console *console);
const char *console_flush(struct console *console);
const char *console_unread(struct console *console, struct unread *unread);
void console_release(struct console *console);

#endif /* KEEL_STREAM_CONSOLE_H */
