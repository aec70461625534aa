/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_I6300ESB_H
#define KEEL_I6300ESB_H

#include <linux/types.h>

#include "keel_pci.h"

#define KEEL_I6300ESB_VENDOR	0x8086
#define KEEL_I6300ESB_DEVICE	0x25ab
#define KEEL_I6300ESB_SLOT	29	/* where the launcher puts it, and Intel did */

/**
 * struct keel_i6300esb_state - the KEEL_CLASS_I6300ESB record.
 * @pci:       the function
 * @ends:      VmTime at which the stage ends, or has ended if nobody has looked since, ns; 0: none
 *             runs
 * @preload:   of stage 1 and 2: 20 bits each
 * @config:    WDT_CONFIG: bits 0, 1, 2 and 5
 * @lock:      WDT_LOCK: bits 0 to 2
 * @stage:     1 or 2: it counts down; 0: it does not
 * @unlocking: 1: 0x80 was written, 2: and 0x86, so that one register may be written
 * @interrupt: 1: stage 1 has ended
 * @timeout:   1: stage 2 has ended; a reset leaves it
 * @out:       1: WDT_TOUT# is asserted
 */
struct keel_i6300esb_state {
	struct keel_pci_state pci;
	__u64 ends;
	__u32 preload[2];
	__u16 config;
	__u8  lock;
	__u8  stage;
	__u8  unlocking;
	__u8  interrupt;
	__u8  timeout;
	__u8  out;
};

#endif /* KEEL_I6300ESB_H */
