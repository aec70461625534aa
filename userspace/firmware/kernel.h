/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel in fw_cfg. */
#ifndef KEEL_FIRMWARE_KERNEL_H
#define KEEL_FIRMWARE_KERNEL_H

struct config;
struct served;
struct vm;

struct served *kernel_open(const struct config *config);
void kernel_begin(const struct vm *vm);

#endif /* KEEL_FIRMWARE_KERNEL_H */
