/* SPDX-License-Identifier: GPL-2.0 */
/* Serial ports that are not on standard I/O. */
#ifndef KEEL_STREAM_SERIAL_H
#define KEEL_STREAM_SERIAL_H

struct vm;

void serial_modem(struct vm *vm, unsigned int uart, int bits);
void serial_open(struct vm *vm);

#endif /* KEEL_STREAM_SERIAL_H */
