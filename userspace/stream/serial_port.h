/* SPDX-License-Identifier: GPL-2.0 */
/* Serial ports that are not on standard input and output. */
#ifndef KEEL_STREAM_SERIAL_PORT_H
#define KEEL_STREAM_SERIAL_PORT_H

struct unread;
struct vm;

void serial_start(const struct vm *vm);
void serial_stop(void);
void serial_hold(void);
const char *serial_flush(void);
const char *serial_unread(struct unread *unread);
void serial_release(void);

#endif /* KEEL_STREAM_SERIAL_PORT_H */
