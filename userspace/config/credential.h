/* SPDX-License-Identifier: GPL-2.0 */
/* Credentials for the guest's systemd: "NAME=VALUE" or "NAME=@FILE" */
#ifndef KEEL_CONFIG_CREDENTIAL_H
#define KEEL_CONFIG_CREDENTIAL_H

struct config;
struct object_type;

#define CREDENTIALS_MAX		64
#define CREDENTIAL_MAX		(32 * KIB)	/* bytes of one */

/**
 * struct credential - one, with one of the two values.
 * @name:   by which a service finds it
 * @value:  a text of printable characters of ASCII
 * @base64: any other bytes
 */
struct credential {
	char *name;
	char *value;
	char *base64;
};

extern const struct object_type credential_object;

char *credential_text(const struct credential *credential);
void credential_resolve(const struct config *config);

#endif /* KEEL_CONFIG_CREDENTIAL_H */
