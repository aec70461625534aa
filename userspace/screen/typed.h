/* SPDX-License-Identifier: GPL-2.0 */
/* What is typed on a terminal, as keys of a PC's keyboard. */
#ifndef KEEL_SCREEN_TYPED_H
#define KEEL_SCREEN_TYPED_H

#include <wchar.h>

#include "base.h"

#define TYPED_MAX	40	/* bytes of names */

bool typed_keys(wint_t code, bool function, bool alt, char names[TYPED_MAX]);

#endif /* KEEL_SCREEN_TYPED_H */
