/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that carry bytes between the guest's UARTs and descriptors of the host. */
#ifndef KEEL_STREAM_PUMP_H
#define KEEL_STREAM_PUMP_H

#include <pthread.h>
#include <stdatomic.h>

#include "base.h"
#include "config/serial.h"

/* Keel's buffer for a UART's input, and the size of the pipe to a virtio console's port */
#define AHEAD_MAX	4096
#define UNREAD_MAX	(64 * KIB)
/* One more than serial ports: the virtio console's port on standard input. */
#define UNREAD_PORT	SERIAL_MAX
#define UNREAD_NR	(SERIAL_MAX + 1)
#define UNREAD_NONE	UNREAD_NR	/* a pump that carries no input: firmware's log */
#define PUMPS_MAX	(UNREAD_NR + 1)

struct vm;

/**
 * struct unread - input that a guest has not read.
 * @bytes: them, or NULL
 * @size:  how many, UNREAD_MAX at most
 */
struct unread {
	char *bytes;
	size_t size;
};

/**
 * struct flow - bytes on their way.
 * @data:  they are from @start to @end
 * @start: of what is not written yet
 * @end:   of what was read
 */
struct flow {
	char data[UNREAD_MAX];
	size_t start;
	size_t end;
};

/**
 * struct pump - a thread, and the ends between which it carries bytes.
 * @name:     of the host's end, for messages
 * @label:    of its thread
 * @unread:   place of its input among the unread inputs of a VM, or UNREAD_NONE
 * @stream:   the UART's stream, the debug console's, or a pipe to a virtio console's port
 * @pipe:     it is the pipe: nothing comes from it
 * @in:       where input comes from; -1: there is none, or no more
 * @out:      where output goes to
 * @regular:  @out is a regular file, which takes all that is written
 * @drain_ms: a drain ends after so long without progress; -1: pumps_abandon() ends it
 * @filter:   gets what is read from @in, and calls pump_give(); NULL: all is the guest's
 * @modem:    is told what the guest's modem outputs are, TIOCM_*, when they change; or NULL
 * @vm:       for @modem
 * @log:      output goes to --console-log as well, and to those that attach to the console
 * @thread:   does it
 * @wake:     eventfd: look at the flags
 * @drain:    no more input; write what the guest has sent, then end
 * @abandon:  end at once
 * @lock:     for all below; the thread has it unless it waits
 * @changed:  @held or @dry have
 * @hold:     give the guest nothing
 * @held:     the thread has seen that
 * @dry:      and there is no output left
 * @from:     output of the guest
 * @to:       its input; AHEAD_MAX at most, but for what a restored guest has not read
 * @given:    a ring: the bytes that @stream took last
 * @nr_given: bytes that it took in all
 * @broken:   @out takes no more
 * @last:     last byte written to @out
 */
struct pump {
	char name[24];
	char label[16];
	unsigned int unread;
	int stream;
	bool pipe;
	int in;
	int out;
	bool regular;
	int drain_ms;
	void (*filter)(struct pump *p, const char *data, size_t length);
	void (*modem)(struct vm *vm, unsigned int uart, int bits);
	struct vm *vm;
	bool log;
	pthread_t thread;
	int wake;
	atomic_bool drain;
	atomic_bool abandon;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool hold;
	bool held;
	bool dry;
	struct flow from;
	struct flow to;
	char given[AHEAD_MAX];
	size_t nr_given;
	bool broken;
	char last;
};

void pumps_init(void);
struct pump *pump_new(const char *name, unsigned int unread);
void pump_connect(struct pump *p, const struct vm *vm, unsigned int class, unsigned int instance);
void pump_ready(struct pump *p, const struct vm *vm, const char *thread);
void pumps_start(void);
bool pump_type(struct pump *p, const char *data, size_t length);
bool pump_give(struct pump *p, const char *data, size_t length);

int pumps_drain(void);
void pumps_abandon(void);
void pumps_join(void);
void pumps_hold(void);
const char *pumps_flush(void);
const char *pumps_unread(struct unread *unread);
void pumps_release(void);

void unread_free(struct unread unread[UNREAD_NR]);

#endif /* KEEL_STREAM_PUMP_H */
