/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration space of the functions on bus 0, by mechanism #1 (PCI 3.0, 3.2.2.3.2). */
#ifndef PCICONF_H
#define PCICONF_H

#include "payload.h"

#define ADDRESS		0xcf8
#define DATA		0xcfc

#define COMMAND		0x04
#define IO		BIT(0)
#define MEMORY		BIT(1)
#define BUS_MASTER	BIT(2)
#define INTX_DISABLE	BIT(10)
#define BAR(n)		(0x10 + 4 * (n))

static inline u32 pci_read(unsigned int slot, u32 reg)
{
	outl(ADDRESS, 0x80000000 | slot << 11 | (reg & ~3U));
	return inl(DATA) >> reg % 4 * 8;
}

static inline void pci_write(unsigned int slot, u32 reg, u32 value)
{
	outl(ADDRESS, 0x80000000 | slot << 11 | reg);
	outl(DATA, value);
}

#endif /* PCICONF_H */
