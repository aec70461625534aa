/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_DEBUGCON_H
#define KEEL_DEBUGCON_H

#define KEEL_DEBUGCON_PORT	0x402
#define KEEL_DEBUGCON_PRESENT	0xe9	/* what it reads as */

#endif /* KEEL_DEBUGCON_H */
