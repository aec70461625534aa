/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PCI_H
#define KEEL_PCI_H

#include <linux/types.h>

/* The host bridge: bus 0, and nothing behind it. */
#define KEEL_PCI_CONFIG_ADDRESS	0xcf8	/* configuration mechanism #1 */
#define KEEL_PCI_CONFIG_DATA	0xcfc
#define KEEL_PCI_ECAM		0xe0000000ULL	/* MCFG: configuration space of bus 0, */
#define KEEL_PCI_ECAM_LENGTH	0x100000	/* unless keel_device_config.base moves it */
#define KEEL_PCI_NR_SLOTS	32	/* the host bridge has the first one */
#define KEEL_PCI_PIRQ		16	/* line of PIRQ A; B to D are behind it */
#define KEEL_PCI_NR_PIRQS	4
#define KEEL_PCI_ISA_IRQ	11	/* all of them, for the 8259s: keel_device_config.irq */

#define KEEL_PCI_NR_BARS	6
#define KEEL_PCI_MAX_VECTORS	32	/* of one function's MSI-X */

/**
 * struct keel_pci_config - where a PCI function is.
 * @slot:      device number on bus 0, 1 to 31; the function is 0
 * @reserved:  zero
 * @reserved2: zero
 *
 * A class whose functions have more choices has a config of its own that begins
 * with the same @slot.
 */
struct keel_pci_config {
	__u8  slot;
	__u8  reserved[7];
	__u64 reserved2[5];
};

/**
 * struct keel_pci_state - configuration space of a function (PCI 3.0, 6.1).
 * @bar:             base address registers, without the bits that say their kind
 * @command:         command register
 * @cache_line_size: as written; means nothing here
 * @latency_timer:   the same
 * @interrupt_line:  the same
 * @intx:            1: the function asks for an interrupt with INTx (interrupt status)
 * @pad:             zero
 */
struct keel_pci_state {
	__u32 bar[KEEL_PCI_NR_BARS];
	__u16 command;
	__u8  cache_line_size;
	__u8  latency_timer;
	__u8  interrupt_line;
	__u8  intx;
	__u8  pad[2];
};

/* Which host bridge there is: keel_pcihost_config.identity. */
#define KEEL_PCIHOST_PLAIN	0	/* 1b36:0008, a bridge alone, with a fixed ECAM */
#define KEEL_PCIHOST_Q35	1	/* 8086:29c0 (82Q35): firmware moves the ECAM by PCIEXBAR */

/* Registers of the 82Q35's function 00:00.0. */
#define KEEL_Q35_PCIEXBAR	0x60	/* 64 bits: where the ECAM is; 0 after a reset */
#define KEEL_Q35_PCIEXBAR_ENABLE 0x1ULL
#define KEEL_Q35_PAM		0x90	/* KEEL_Q35_NR_PAMS bytes: RAM, or firmware's ROM, there */
#define KEEL_Q35_NR_PAMS	7
#define KEEL_Q35_SMRAM		0x9d

/**
 * struct keel_pcihost_config - choices for the host bridge.
 * @slot:      0
 * @identity:  KEEL_PCIHOST_*
 * @reserved:  zero
 * @reserved2: zero
 *
 * keel_device_config.base moves the ECAM of KEEL_PCIHOST_PLAIN, and .irq is that bridge's line for
 * the 8259s. KEEL_PCIHOST_Q35 has neither: PCIEXBAR places the ECAM, and a KEEL_CLASS_LPC routes
 * PIRQs to the 8259s.
 */
struct keel_pcihost_config {
	__u8  slot;
	__u8  identity;
	__u8  reserved[6];
	__u64 reserved2[5];
};

/**
 * struct keel_msix_entry - an entry of an MSI-X table (PCI 3.0, 6.8.2.6).
 * @address:    message address, low half
 * @address_hi: high half
 * @data:       message data
 * @control:    vector control: bit 0 masks
 */
struct keel_msix_entry {
	__u32 address;
	__u32 address_hi;
	__u32 data;
	__u32 control;
};

/**
 * struct keel_msix_state - MSI-X of a function (PCI 3.0, 6.8.2).
 * @entries: the table; zero behind the function's last vector
 * @pending: a bit for each vector that was signalled while it could not be sent
 * @control: message control: enable and function mask, its other bits are 0
 * @pad:     zero
 */
struct keel_msix_state {
	struct keel_msix_entry entries[KEEL_PCI_MAX_VECTORS];
	__u32 pending;
	__u16 control;
	__u8  pad[2];
};

/**
 * struct keel_msi_state - MSI of a function (PCI 3.0, 6.8.1): one message.
 * @address:    message address, low half; a multiple of 4
 * @address_hi: high half
 * @data:       message data
 * @enabled:    1: messages take the pin's place
 * @masked:     1: none is sent
 * @pending:    1: there is one that could not be sent
 * @pad:        zero
 */
struct keel_msi_state {
	__u32 address;
	__u32 address_hi;
	__u16 data;
	__u8  enabled;
	__u8  masked;
	__u8  pending;
	__u8  pad[3];
};

/**
 * struct keel_pcihost_state - the KEEL_CLASS_PCIHOST record.
 * @pci:     function 00:00.0
 * @address: CONFIG_ADDRESS
 * @pirqs:   a bit for each of PIRQ A to D: the level of its line
 * @pad:     zero
 * @pciexbar: PCIEXBAR of KEEL_PCIHOST_Q35; else zero
 * @pam:     PAM0 to PAM6 of it; else zero
 * @pad2:    zero
 *
 * Version 2. Version 1 ended before @pciexbar.
 */
struct keel_pcihost_state {
	struct keel_pci_state pci;
	__u32 address;
	__u8  pirqs;
	__u8  pad[3];
	__u64 pciexbar;
	__u8  pam[KEEL_Q35_NR_PAMS];
	__u8  pad2;
};

#endif /* KEEL_PCI_H */
