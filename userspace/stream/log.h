/* SPDX-License-Identifier: GPL-2.0 */
/* The log that --console-log asks for. */
#ifndef KEEL_STREAM_LOG_H
#define KEEL_STREAM_LOG_H

#include <stddef.h>

void log_open(const char *path);
void log_add(const char *data, size_t length);

#endif /* KEEL_STREAM_LOG_H */
