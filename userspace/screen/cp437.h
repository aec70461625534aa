/* SPDX-License-Identifier: GPL-2.0 */
/* The characters of a PC's text screen in Unicode; what cannot be seen is a space. */
#ifndef KEEL_SCREEN_CP437_H
#define KEEL_SCREEN_CP437_H

#include <wchar.h>

extern const wchar_t cp437[256];

#endif /* KEEL_SCREEN_CP437_H */
