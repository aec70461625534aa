/* SPDX-License-Identifier: GPL-2.0 */
/* --net user: libslirp, and a tap in a namespace. */
#ifndef KEEL_VM_USERNET_H
#define KEEL_VM_USERNET_H

#include "base.h"

#define FORWARDS_MAX	16
#define USERNET_MTU	1500	/* its interface has the default */

/**
 * struct forward - a port of the host's that is the guest's.
 * @udp:   or TCP
 * @host:  port at the host's 127.0.0.1
 * @guest: port in the guest
 */
struct forward {
	bool udp;
	__u16 host;
	__u16 guest;
};

bool forward_parse(const char *text, struct forward *forward);
int usernet_open(const struct forward *forwards, unsigned int nr);

#endif /* KEEL_VM_USERNET_H */
