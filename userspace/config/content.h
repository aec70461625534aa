/* SPDX-License-Identifier: GPL-2.0 */
/* Files of the user's whose contents are part of the configuration. */
#ifndef KEEL_CONFIG_CONTENT_H
#define KEEL_CONFIG_CONTENT_H

#include "base.h"

struct complaint;

char *content_read(const char *path, size_t most, size_t *length, struct complaint *complaint);
bool content_is_text(const char *data, size_t length);
char *content_base64(const void *data, size_t length);
bool content_is_base64(const char *text);

#endif /* KEEL_CONFIG_CONTENT_H */
