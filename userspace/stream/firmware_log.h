/* SPDX-License-Identifier: GPL-2.0 */
/* Firmware's debug messages, on their way to --firmware-log. */
#ifndef KEEL_STREAM_FIRMWARE_LOG_H
#define KEEL_STREAM_FIRMWARE_LOG_H

struct vm;

void firmware_log_open(struct vm *vm);

#endif /* KEEL_STREAM_FIRMWARE_LOG_H */
