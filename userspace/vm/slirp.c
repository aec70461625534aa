// SPDX-License-Identifier: GPL-2.0
/*
 * libslirp, for --net user. Linked, it and GLib behind it would cost every VM a mebibyte of memory
 * and their relocations at its start: they are loaded by the VMs that use them.
 */
#include "base.h"
#include "library.h"
#include "status.h"
#include "vm/slirp.h"

struct slirp_calls slirp_calls;

static const struct library_symbol symbols[] = {
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
	static const struct library slirp = {
		.what = "--net user", .file = "libslirp.so.0", .package = "libslirp0",
		.status = STATUS_DISK, .symbols = symbols, .nr = ARRAY_SIZE(symbols),
	};

	library_load(&slirp);
}
