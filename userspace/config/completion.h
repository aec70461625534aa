/* SPDX-License-Identifier: GPL-2.0 */
/* keel completion: what a shell completes. */
#ifndef KEEL_CONFIG_COMPLETION_H
#define KEEL_CONFIG_COMPLETION_H

#include <stddef.h>

void completion_print(const char *shell, const char *const *commands, size_t nr);

#endif /* KEEL_CONFIG_COMPLETION_H */
