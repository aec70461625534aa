/* SPDX-License-Identifier: GPL-2.0 */
/* Standard I/O, descriptors 0 and 1: the guest's, through a UART or the virtio console. */
#ifndef KEEL_STREAM_STDIO_H
#define KEEL_STREAM_STDIO_H

struct vm;

int stdio_pipe(const char *option);
void stdio_open(struct vm *vm);
void stdio_continued(void);
void stdio_end(void);

#endif /* KEEL_STREAM_STDIO_H */
