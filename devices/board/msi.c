// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt messages that are writes to memory (SDM vol. 3, 11.11): what a LAPIC gets of them.
 * Bits 11:5 of the address are bits 14:8 of the destination, as for the IOAPIC, for more than
 * 255 processors.
 */
#include "dev.h"

#define MSI_ADDRESS		0xfee00000
#define MSI_ADDRESS_MASK	0xfff00000
#define MSI_ADDRESS_LOGICAL	BIT(2)
#define MSI_ADDRESS_HINT	BIT(3)
#define MSI_ADDRESS_EXT_DEST	GENMASK(11, 5)
#define MSI_ADDRESS_DEST	GENMASK(19, 12)
#define MSI_EXT_DEST_SHIFT	3	/* from there to bits 14:8 */
#define MSI_DATA_MODE		GENMASK(10, 8)
#define MSI_MODE_LOWEST		0x100
#define MSI_MODE_RESERVED3	0x300
#define MSI_MODE_RESERVED6	0x600

/**
 * keel_msi_route() - the message that a device's write to memory is.
 * @address: where it writes
 * @data:    what
 * @route:   result
 *
 * Lowest priority to everybody, physically, is not allowed, nor is the hint of it. KVM
 * sends it as fixed, and logs that each time: it gets what it would have made of it.
 *
 * Return: false: it is for no LAPIC, or has a reserved delivery mode.
 */
bool keel_msi_route(u64 address, u32 data, struct keel_route *route)
{
	u32 low = address, mode = data & MSI_DATA_MODE;
	u32 ext_dest = low & MSI_ADDRESS_EXT_DEST;

	if ((low & MSI_ADDRESS_MASK) != MSI_ADDRESS || address >> 32 ||
	    mode == MSI_MODE_RESERVED3 || mode == MSI_MODE_RESERVED6)
		return false;
	*route = (struct keel_route) {
		.address = low & ~MSI_ADDRESS_EXT_DEST,
		.address_hi = ext_dest << MSI_EXT_DEST_SHIFT,
		.data = data,
	};
	if (!(low & MSI_ADDRESS_LOGICAL) && !ext_dest &&
	    (low & MSI_ADDRESS_DEST) == MSI_ADDRESS_DEST) {
		route->address &= ~MSI_ADDRESS_HINT;
		if (mode == MSI_MODE_LOWEST)
			route->data &= ~MSI_DATA_MODE;
	}
	return true;
}
