/* SPDX-License-Identifier: GPL-2.0 */
/* What both suites for PCI functions share: a board with two of them. */
#ifndef KEEL_PCI_TEST_H
#define KEEL_PCI_TEST_H

#include "harness.h"

#define ECAM	0xe0000000ULL
#define A	5	/* slots: a first function, */
#define B	31	/* and a second one */

/* Configuration space, through the ECAM; n bytes. */
#define cfg(slot, reg)		(ECAM | (slot) << 15 | (reg))
#define get(slot, reg, n)	rd(cfg(slot, reg), (n))
#define set(slot, reg, v, n)	wr(cfg(slot, reg), (v), (n))

#define COMMAND	0x04
#define IO	BIT(0)
#define MEMORY	BIT(1)
#define MASTER	BIT(2)
#define INTX_OFF BIT(10)
#define MSIX	0x40	/* the capability */

#define BAR(n)	(0x10 + 4 * (n))

extern const struct keel_device_config pci_test_devices[];
extern const unsigned int pci_test_nr_devices;

struct keel_dev *pci_test_dev(struct kunit *test, unsigned int class, unsigned int instance);
u64 pci_test_counter(struct kunit *test, const char *device, const char *name);
void *pci_test_state(struct kunit *test, unsigned int instance);
bool pci_test_accepts(struct kunit *test, const void *state);

#define counter(device, name)	pci_test_counter(test, (device), (name))

#endif /* KEEL_PCI_TEST_H */
