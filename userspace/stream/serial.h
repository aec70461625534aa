/* SPDX-License-Identifier: GPL-2.0 */
/* Serial ports that are not on standard I/O. */
#ifndef KEEL_STREAM_SERIAL_H
#define KEEL_STREAM_SERIAL_H

struct vm;

void serial_open(const struct vm *vm);

#endif /* KEEL_STREAM_SERIAL_H */
