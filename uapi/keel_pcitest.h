/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PCITEST_H
#define KEEL_PCITEST_H

#include <linux/types.h>

#include "keel_pci.h"

#define KEEL_PCITEST_VENDOR	0x4b45	/* not assigned by the PCI-SIG */
#define KEEL_PCITEST_DEVICE	0x7e57
#define KEEL_PCITEST_VECTORS	4	/* unless the config says otherwise */
#define KEEL_PCITEST_SLOT	31	/* where the launcher puts it */

/**
 * struct keel_pcitest_config - choices for the test function.
 * @slot:      as of struct keel_pci_config
 * @vectors:   MSI-X vectors, 1 to KEEL_PCI_MAX_VECTORS; 0: KEEL_PCITEST_VECTORS
 * @reserved:  zero
 * @reserved2: zero
 */
struct keel_pcitest_config {
	__u8  slot;
	__u8  vectors;
	__u8  reserved[6];
	__u64 reserved2[5];
};

/* Registers, four bytes each: in memory (BAR 0) and in ports (BAR 2) the same ones. */
#define KEEL_PCITEST_SCRATCH	0x00	/* read back as written */
#define KEEL_PCITEST_INTX	0x04	/* bit 0: ask for INTx, or, each time, by MSI */
#define KEEL_PCITEST_SIGNAL	0x08	/* W: signal this vector */
#define KEEL_PCITEST_SIGNALS	0x0c	/* R: vectors signalled since reset */

#define KEEL_PCITEST_BAR_MEMORY	0	/* 4 KiB, 64-bit, prefetchable */
#define KEEL_PCITEST_BAR_PORTS	2	/* 16 of them */
#define KEEL_PCITEST_BAR_MSIX	4	/* 4 KiB, 32-bit */

/* A vendor-specific capability, a window into the registers: which, and what is there. */
#define KEEL_PCITEST_CAP_LENGTH	12
#define KEEL_PCITEST_CAP_SELECT	4	/* RW, 1 byte: 0x00 to 0x0c */
#define KEEL_PCITEST_CAP_DATA	8	/* RW, 4 bytes */

/**
 * struct keel_pcitest_state - the KEEL_CLASS_PCITEST record.
 * @pci:     configuration space; its intx is what KEEL_PCITEST_INTX says
 * @msix:    its vectors
 * @scratch: KEEL_PCITEST_SCRATCH
 * @signals: KEEL_PCITEST_SIGNALS
 * @select:  KEEL_PCITEST_CAP_SELECT
 * @pad:     zero
 * @msi:     its MSI
 */
struct keel_pcitest_state {
	struct keel_pci_state  pci;
	struct keel_msix_state msix;
	__u32 scratch;
	__u32 signals;
	__u8  select;
	__u8  pad[7];
	struct keel_msi_state msi;
};

#endif /* KEEL_PCITEST_H */
