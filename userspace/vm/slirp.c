// SPDX-License-Identifier: GPL-2.0
/*
 * libslirp, for --net user. Linked, it and GLib behind it would cost every VM a mebibyte of memory
 * and their relocations at its start: they are loaded by the VMs that use them.
 */
#include <dlfcn.h>

#include "base.h"
#include "status.h"
#include "vm/slirp.h"

#define LIBRARY		"libslirp.so.0"
#define PACKAGE		"libslirp0"	/* Debian's */

struct slirp_calls slirp_calls;

static const struct {
	const char *name;
	void *call;
} symbols[] = {
	{ "slirp_new",		&slirp_calls.new },
	{ "slirp_add_hostfwd",	&slirp_calls.add_hostfwd },
	{ "slirp_input",	&slirp_calls.input },
	{ "slirp_pollfds_fill",	&slirp_calls.pollfds_fill },
	{ "slirp_pollfds_poll",	&slirp_calls.pollfds_poll },
};

static_assert(sizeof(slirp_calls) == ARRAY_SIZE(symbols) * sizeof(void *), "a symbol for each");

/* slirp_load() - fill slirp_calls; dies if there is no libslirp */
void slirp_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	if (!library)
		die(STATUS_DISK, "--net user: %s; it is in Debian's package " PACKAGE, dlerror());
	for (i = 0; i < ARRAY_SIZE(symbols); i++) {
		void **call = symbols[i].call;

		*call = dlsym(library, symbols[i].name);
		if (!*call)
			die(STATUS_DISK, "--net user: %s", dlerror());
	}
}
