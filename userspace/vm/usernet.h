/* SPDX-License-Identifier: GPL-2.0 */
/* --net user: libslirp, and a tap in a namespace. */
#ifndef KEEL_VM_USERNET_H
#define KEEL_VM_USERNET_H

#define USERNET_MTU	1500	/* its interface has the default */

struct forward;

void usernet_start(void);
int usernet_open(const struct forward *forwards, unsigned int nr);

#endif /* KEEL_VM_USERNET_H */
