/* SPDX-License-Identifier: GPL-2.0 */
/* libslirp, which is loaded and not linked. */
#ifndef KEEL_VM_SLIRP_H
#define KEEL_VM_SLIRP_H

#if !__has_include("slirp/libslirp.h")
#error "--net user needs libslirp: on Debian, the package libslirp-dev"
#endif
#include <sys/types.h>

#include <slirp/libslirp.h>

/**
 * struct slirp_calls - functions of libslirp, of the same names after "slirp_".
 * @new:          a network
 * @add_hostfwd:  a port of the host's that is the guest's
 * @input:        a frame from the guest
 * @pollfds_fill: what is to be polled
 * @pollfds_poll: what the poll has found
 */
struct slirp_calls {
	typeof(slirp_new) *new;
	typeof(slirp_add_hostfwd) *add_hostfwd;
	typeof(slirp_input) *input;
	typeof(slirp_pollfds_fill) *pollfds_fill;
	typeof(slirp_pollfds_poll) *pollfds_poll;
};

extern struct slirp_calls slirp_calls;

void slirp_load(void);

#endif /* KEEL_VM_SLIRP_H */
