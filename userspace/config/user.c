// SPDX-License-Identifier: GPL-2.0
/* "NAME", or "UID:GID" */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "config/table.h"
#include "config/user.h"
#include "config/words.h"

#define ID_MAX	0xfffffffeULL	/* the last one means "none" to the kernel */

static bool find_name(const char *text, struct user_config *user, struct complaint *complaint)
{
	const struct passwd *entry = getpwnam(text);

	if (!entry)
		return complain(complaint, "no user \"%.40s\" here; UID:GID does without a name",
				text);
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	return true;
}

static bool find_numbers(const char *text, struct user_config *user, struct complaint *complaint)
{
	const char *colon = strchr(text, ':');
	char *uid = text_copy(text, colon - text);
	__u64 numbers[2];
	bool fine;

	fine = number_parse(uid, 0, ID_MAX, &numbers[0], complaint) &&
	       number_parse(colon + 1, 0, ID_MAX, &numbers[1], complaint);
	free(uid);
	if (!fine)
		return false;
	user->uid = numbers[0];
	user->gid = numbers[1];
	return true;
}

static bool user_parse(const char *text, void *field, struct complaint *complaint)
{
	struct user_config *user = field;

	if (!(strchr(text, ':') ? find_numbers : find_name)(text, user, complaint))
		return false;
	user->text = text_copy(text, strlen(text));
	return true;
}

static char *user_print(const void *field)
{
	const struct user_config *user = field;

	return user->text ? text_copy(user->text, strlen(user->text)) : NULL;
}

const struct value_type user_type = { user_parse, user_print };
