// SPDX-License-Identifier: GPL-2.0
/*
 * Credentials for the guest's systemd: "NAME=VALUE" or "NAME=@FILE". systemd (systemd.exec(5),
 * systemd.system-credentials(7)) looks for them among SMBIOS's OEM strings, which have no control
 * characters: what is more than a line of plain text goes there as base64.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/content.h"
#include "config/credential.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

#define NAME_LENGTH	255
#define BASE64_LENGTH	((CREDENTIAL_MAX + 2) / 3 * 4)

static bool is_plain(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* As systemd has it: the name of a file, and of a descriptor */
static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length && length <= NAME_LENGTH && is_plain(name, length) &&
	       !strpbrk(name, "/:=") && strcmp(name, ".") && strcmp(name, "..");
}

static bool take_file(struct credential *c, const char *path, struct complaint *complaint)
{
	size_t length;
	char *data = content_read(path, CREDENTIAL_MAX, &length, complaint);

	if (!data)
		return false;
	if (is_plain(data, length)) {
		c->value = data;
		return true;
	}
	c->base64 = content_base64(data, length);
	free(data);
	return true;
}

static bool credential_parse(const char *text, void *object, struct complaint *complaint)
{
	const char *equals = strchr(text, '=');
	struct credential *c = object;

	if (!equals)
		return complain(complaint, "\"%.40s\" is neither NAME=VALUE nor NAME=@FILE", text);
	c->name = text_copy(text, equals - text);
	if (equals[1] == '@')
		return take_file(c, equals + 2, complaint);
	c->value = text_copy(equals + 1, strlen(equals + 1));
	return true;
}

/* In JSON a value may have lines. */
static bool credential_check(void *object, struct complaint *complaint)
{
	struct credential *c = object;

	if (!c->name || !is_name(c->name))
		return complain(complaint,
				"name: \"%.40s\" is not 1 to 255 characters of ASCII without / : =",
				c->name ?: "");
	if (!c->value == !c->base64)
		return complain(complaint, "%.40s: either value or base64", c->name);
	if (c->base64 && !content_is_base64(c->base64))
		return complain(complaint, "%.40s: its base64 is none", c->name);
	if (c->value && strlen(c->value) > CREDENTIAL_MAX)
		return complain(complaint, "%.40s: more than %llu bytes", c->name, CREDENTIAL_MAX);
	if (c->value && !is_plain(c->value, strlen(c->value))) {
		c->base64 = content_base64(c->value, strlen(c->value));
		free(c->value);
		c->value = NULL;
	}
	return true;
}

static const struct row rows[] = {
	{ "name", VALUE_TEXT, ROW_FIELD(credential, name) },
	{ "value", VALUE_TEXT, ROW_FIELD(credential, value) },
	{ "base64", VALUE_TEXT, ROW_FIELD(credential, base64), .max = BASE64_LENGTH },
};

const struct object_type credential_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .check = credential_check,
	.parse = credential_parse,
};

/* credential_text() - the OEM string that systemd looks for, to be freed */
char *credential_text(const struct credential *credential)
{
	char *text;

	if (asprintf(&text, "io.systemd.credential%s:%s=%s", credential->value ? "" : ".binary",
		     credential->name, credential->value ?: credential->base64) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

/* credential_resolve() - dies if a name is there twice: systemd would take one of them */
void credential_resolve(const struct config *config)
{
	unsigned int i, j;

	for (i = 0; i < config->nr_credentials; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(config->credentials[i].name, config->credentials[j].name))
				die(STATUS_USAGE, "--credential: %s is there twice",
				    config->credentials[i].name);
}
