/* SPDX-License-Identifier: GPL-2.0 */
/* The console, for those that attach to it. */
#ifndef KEEL_CONTROL_CONSOLE_H
#define KEEL_CONTROL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

struct vm;

void console_open(struct vm *vm, bool (*type)(const char *data, size_t length));
const char *console_attach(struct vm *vm, int fd, const char *data, size_t length);
void console_add(const char *data, size_t length);

#endif /* KEEL_CONTROL_CONSOLE_H */
