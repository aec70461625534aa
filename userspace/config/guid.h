/* SPDX-License-Identifier: GPL-2.0 */
/* GUIDs, or UUIDs: "6ba7b810-9dad-11d1-80b4-00c04fd430c8" */
#ifndef KEEL_CONFIG_GUID_H
#define KEEL_CONFIG_GUID_H

#include "base.h"

struct complaint;

#define GUID_SIZE	16
#define GUID_TEXT	37	/* characters, with the NUL */

/**
 * struct guid - one as firmware's tables have it: the first three fields little-endian.
 * @given: there is one
 * @bytes: it
 */
struct guid {
	bool given;
	__u8 bytes[GUID_SIZE];
};

bool guid_parse(const char *text, struct guid *guid, struct complaint *complaint);
void guid_print(const struct guid *guid, char text[GUID_TEXT]);

#endif /* KEEL_CONFIG_GUID_H */
