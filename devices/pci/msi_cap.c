// SPDX-License-Identifier: GPL-2.0
/*
 * MSI (PCI Local Bus 3.0, 6.8.1): one message, for drivers without MSI-X, in the place of the
 * function's pin.
 *
 *	capability	2	message control: enable; 64-bit address, mask, one vector
 *			4, 8	address		12	data
 *			16	mask, bit 0	20	pending, bit 0
 *
 * While MSI is enabled the pin is not used. A model says each time that it has something to tell
 * (keel_msi_signal()), so that a driver need not look at the device's interrupt status. What the
 * function asks for when MSI is switched on is told at once: nothing is lost on the way from the
 * pin.
 *
 * A message is sent if MSI is enabled and not masked, and the function is a master. One that cannot
 * be sent is pending until it can, or MSI is disabled.
 *
 * To enable MSI and MSI-X is not defined (6.8). Here MSI-X has it: MSI sends nothing until MSI-X is
 * disabled again. So the two share a GSI, that of MSI-X's first vector.
 */
#include "intx.h"
#include "msi_cap.h"

#define MSI_CONTROL	(PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT)

static_assert(sizeof(struct keel_msi_state) == 16);

/* ---- What follows from state ---- */

static bool msi_sends(struct keel_dev *dev)
{
	return keel_msi_chosen(dev) && !keel_msi_state(dev)->masked &&
	       keel_pci_state(dev)->command & PCI_COMMAND_MASTER;
}

/* Tells the host what the message is, or that there is none. */
static void msi_route(struct keel_dev *dev)
{
	const struct keel_msi_state *s = keel_msi_state(dev);
	struct keel_pci *pci = keel_pci_of(dev);
	bool told = pci->msi_routed;
	struct keel_route route;

	pci->msi_routed = msi_sends(dev) &&
			  keel_msi_route(s->address | (u64)s->address_hi << 32, s->data, &route);
	if (!pci->msi_routed) {
		if (told)
			keel_set_route(dev, pci->gsi, NULL);
		return;
	}
	if (told && !memcmp(&route, &pci->msi_route, sizeof(route)))
		return;
	pci->msi_route = route;
	keel_set_route(dev, pci->gsi, &route);
}

static void msi_send(struct keel_dev *dev)
{
	struct keel_pci *pci = keel_pci_of(dev);

	keel_msi_state(dev)->pending = 0;
	if (pci->msi_routed)
		keel_send_msi(dev, pci->gsi);
	else
		pci->lost++;
}

/**
 * keel_msi_sync() - route and message are what state says.
 * @dev: the function, with MSI or without
 *
 * The GSI is MSI-X's while that is enabled: see keel_msix_sync().
 */
void keel_msi_sync(struct keel_dev *dev)
{
	if (!dev->ops->pci->msi)
		return;
	msi_route(dev);
	if (keel_msi_state(dev)->pending && msi_sends(dev))
		msi_send(dev);
}

/**
 * keel_msi_signal() - the function has something to tell: if by MSI, now or when it can be.
 * @dev: the function, with MSI or without
 */
void keel_msi_signal(struct keel_dev *dev)
{
	struct keel_pci *pci = keel_pci_of(dev);

	if (!keel_msi_chosen(dev))
		return;
	pci->signals++;
	if (msi_sends(dev)) {
		msi_send(dev);
		return;
	}
	pci->pended++;
	keel_msi_state(dev)->pending = 1;
}

/* ---- Capability ---- */

static u32 msi_read(struct keel_dev *dev, u32 reg)
{
	const struct keel_msi_state *s = keel_msi_state(dev);

	switch (reg) {
	case 0:
		return (u32)(MSI_CONTROL | (s->enabled ? PCI_MSI_FLAGS_ENABLE : 0)) << 16;
	case PCI_MSI_ADDRESS_LO:
		return s->address;
	case PCI_MSI_ADDRESS_HI:
		return s->address_hi;
	case PCI_MSI_DATA_64:
		return s->data;
	case PCI_MSI_MASK_64:
		return s->masked;
	default:
		return s->pending;
	}
}

/**
 * keel_msi_cap_read() - read from the capability.
 * @dev:    the function
 * @offset: 2 or more
 * @width:  1, 2 or 4 bytes
 *
 * Return: the value, in its low @width bytes.
 */
u32 keel_msi_cap_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	return msi_read(dev, offset & ~3U) >> offset % 4 * 8;
}

/* What the function asks for already is told by the message; or by the pin again. */
static void msi_enable(struct keel_dev *dev, bool enable)
{
	struct keel_msi_state *s = keel_msi_state(dev);
	bool before = s->enabled;

	s->enabled = enable;
	if (!enable)
		s->pending = 0;
	keel_msi_sync(dev);
	keel_pci_sync_intx(dev);
	if (enable && !before && keel_pci_state(dev)->intx)
		keel_msi_signal(dev);
}

/**
 * keel_msi_cap_write() - write to the capability.
 * @dev:    the function
 * @offset: 2 or more
 * @width:  1, 2 or 4 bytes
 * @value:  in its low @width bytes
 */
void keel_msi_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	u32 reg = offset & ~3U, lanes = keel_pci_lanes(offset, width);
	struct keel_msi_state *s = keel_msi_state(dev);

	value = (msi_read(dev, reg) & ~lanes) | (value << offset % 4 * 8 & lanes);
	switch (reg) {
	case 0:
		msi_enable(dev, value >> 16 & PCI_MSI_FLAGS_ENABLE);
		return;
	case PCI_MSI_ADDRESS_LO:
		s->address = value & ~3U;
		break;
	case PCI_MSI_ADDRESS_HI:
		s->address_hi = value;
		break;
	case PCI_MSI_DATA_64:
		s->data = value;
		break;
	case PCI_MSI_MASK_64:
		s->masked = value & 1;
		break;
	default:
		keel_pci_of(dev)->ignored_writes++;
		return;
	}
	keel_msi_sync(dev);
}

/* ---- Board ---- */

/**
 * keel_msi_reset() - disabled, not masked, nothing pending.
 * @dev: the function, with MSI or without
 */
void keel_msi_reset(struct keel_dev *dev)
{
	if (!dev->ops->pci->msi)
		return;
	*keel_msi_state(dev) = (struct keel_msi_state) {};
	keel_msi_sync(dev);
}

static bool msi_could_send(const struct keel_dev *dev, const void *state, u16 command)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_msi_state *s = state + desc->msi - dev->ops->state;
	const struct keel_msix_state *msix = state + desc->msix - dev->ops->state;

	return s->enabled && !s->masked && command & PCI_COMMAND_MASTER &&
	       !(msix->control & PCI_MSIX_FLAGS_ENABLE);
}

/**
 * keel_msi_check() - could a function's MSI be in this state?
 * @dev:     the function, with MSI or without
 * @state:   its device's state
 * @command: its command register there
 */
bool keel_msi_check(const struct keel_dev *dev, const void *state, u16 command)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_msi_state *s;

	if (!desc->msi)
		return true;
	s = state + desc->msi - dev->ops->state;
	if (s->pending && (!s->enabled || msi_could_send(dev, state, command)))
		return false;
	return !(s->address & 3) && s->enabled <= 1 && s->masked <= 1 && s->pending <= 1 &&
	       !s->pad[0] && !s->pad[1] && !s->pad[2];
}

/**
 * keel_msi_inspect() - the capability, decoded.
 * @dev: the function, with MSI or without
 * @out: where to
 */
void keel_msi_inspect(struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_msi_state *s = keel_msi_state(dev);

	if (!dev->ops->pci->msi)
		return;
	keel_emit(out, "msi.enabled", -1, "", s->enabled);
	keel_emit(out, "msi.address", -1, "", s->address | (u64)s->address_hi << 32);
	keel_emit(out, "msi.data", -1, "", s->data);
	keel_emit(out, "msi.masked", -1, "", s->masked);
	keel_emit(out, "msi.pending", -1, "", s->pending);
	keel_emit(out, "msi.routed", -1, "", keel_pci_of(dev)->msi_routed);
}
