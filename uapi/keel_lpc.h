/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_LPC_H
#define KEEL_LPC_H

#include <linux/types.h>

/* The LPC bridge is where firmware looks for it: function 00:1f.0. */
#define KEEL_LPC_SLOT		31

/* Registers of that function. */
#define KEEL_LPC_PMBASE		0x40	/* KEEL_PM_BASE | 1, read-only */
#define KEEL_LPC_ACPI_CNTL	0x44	/* ACPI_EN, SCI on line 9; read-only */
#define KEEL_LPC_PIRQA_ROUT	0x60	/* PIRQ A to D, a byte each */
#define KEEL_LPC_PIRQE_ROUT	0x68	/* PIRQ E to H */
#define KEEL_LPC_RCBA		0xf0	/* stored: nothing is there */

#define KEEL_LPC_NR_PIRQS	8	/* lines KEEL_PCI_PIRQ and up */
#define KEEL_LPC_PIRQ_OFF	0x80	/* of PIRQx_ROUT: it goes to no ISA line */

#define KEEL_LPC_SMI_EN		0x630	/* port of PMBASE's block, 4 bytes */

/**
 * struct keel_lpc_state - the KEEL_CLASS_LPC record.
 * @pci:   the function
 * @rcba:  RCBA
 * @rout:  PIRQA_ROUT to PIRQH_ROUT
 * @pirqs: a bit for each of PIRQ A to H: the level of its line
 * @pad:   zero
 */
struct keel_lpc_state {
	struct keel_pci_state pci;
	__u32 rcba;
	__u8  rout[KEEL_LPC_NR_PIRQS];
	__u8  pirqs;
	__u8  pad[3];
};

#endif /* KEEL_LPC_H */
