/* SPDX-License-Identifier: GPL-2.0 */
/* A UART's bytes as a file: KEEL_OPEN_UART. */
#ifndef KEEL_UART_FILE_H
#define KEEL_UART_FILE_H

struct keel_vm;

long keel_uart_file_open(void *owner, void *arg);
void keel_uart_files_loaded(struct keel_vm *vm);

#endif /* KEEL_UART_FILE_H */
