// SPDX-License-Identifier: GPL-2.0
/*
 * MSI-X (PCI Local Bus 3.0, 6.8.2): a function's table of messages, its pending bits
 * and its capability.
 *
 *	capability	2	message control: table size, function mask, enable
 *			4, 8	BAR and offset of table and PBA
 *	BAR		0x000	table, 16 bytes each: address, data, vector control
 *			0x800	PBA, a bit for each vector
 *
 * The specification wants accesses of 4 or 8 bytes there, and says nothing of others:
 * they have byte lanes. What is behind the last vector reads as 0 and takes no writes.
 *
 * A vector can be sent if MSI-X is enabled, neither it nor the function is masked, and
 * the function is a master, for a message is a write on the bus. One that is signalled
 * when it cannot sets its pending bit, which is sent as soon as it can. The entry may be
 * written at any time (a driver is told to mask it before): what holds is what is in it
 * when the message is sent.
 *
 * A message goes to the LAPICs if that is where the address points and the delivery mode is
 * none of the reserved ones: board/msi.c. All others would be writes to memory; they are
 * counted and go nowhere.
 */
#include "intx.h"
#include "msi_cap.h"
#include "msix.h"
#include "pci.h"

#define MSIX_CONTROL	(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

static_assert(sizeof(struct keel_msix_entry) == PCI_MSIX_ENTRY_SIZE);
static_assert(sizeof(struct keel_msix_state) == 520);

/* ---- What follows from state ---- */

static bool msix_sends(const struct keel_msix_state *s, unsigned int vector, u16 command)
{
	return (s->control & MSIX_CONTROL) == PCI_MSIX_FLAGS_ENABLE &&
	       !(s->entries[vector].control & PCI_MSIX_ENTRY_CTRL_MASKBIT) &&
	       command & PCI_COMMAND_MASTER;
}

static bool msix_message(const struct keel_msix_entry *entry, struct keel_route *route)
{
	return keel_msi_route(entry->address | (u64)entry->address_hi << 32, entry->data, route);
}

/* Tells the host what a vector's message is, or that it has none. */
static void msix_route(struct keel_dev *dev, unsigned int vector)
{
	const struct keel_msix_state *s = keel_msix_state(dev);
	struct keel_pci *pci = keel_pci_of(dev);
	bool told = pci->routed & BIT(vector);
	struct keel_route route;

	if (!msix_sends(s, vector, keel_pci_state(dev)->command) ||
	    !msix_message(&s->entries[vector], &route)) {
		pci->routed &= ~BIT(vector);
		if (told)
			keel_set_route(dev, pci->gsi + vector, NULL);
		return;
	}
	if (told && !memcmp(&route, &pci->routes[vector], sizeof(route)))
		return;
	pci->routed |= BIT(vector);
	pci->routes[vector] = route;
	keel_set_route(dev, pci->gsi + vector, &route);
}

/* The vector can be sent: to the host with it, if it knows where to. */
static void msix_send(struct keel_dev *dev, unsigned int vector)
{
	struct keel_pci *pci = keel_pci_of(dev);

	if (pci->routed & BIT(vector))
		keel_send_msi(dev, pci->gsi + vector);
	else
		pci->lost++;
}

static void msix_sync_vector(struct keel_dev *dev, unsigned int vector)
{
	struct keel_msix_state *s = keel_msix_state(dev);

	msix_route(dev, vector);
	if (!(s->pending & BIT(vector)) ||
	    !msix_sends(s, vector, keel_pci_state(dev)->command))
		return;
	s->pending &= ~BIT(vector);
	msix_send(dev, vector);
}

/**
 * keel_msix_sync() - routes and messages are what state says, MSI's as well.
 * @dev: the function, with MSI-X or without
 *
 * MSI has the first vector's GSI while MSI-X is not enabled: the one gives it up before the other
 * takes it.
 */
void keel_msix_sync(struct keel_dev *dev)
{
	const struct keel_pci *pci = keel_pci_of(dev);
	bool enabled = keel_msix_enabled(dev);
	unsigned int i;

	if (enabled)
		keel_msi_sync(dev);
	/* Else none can be sent, and none could. */
	for (i = 0; i < pci->vectors && (enabled || pci->routed); i++)
		msix_sync_vector(dev, i);
	if (!enabled)
		keel_msi_sync(dev);
}

/**
 * keel_msix_signal() - send a vector's message, now or when it can be.
 * @dev:    the function
 * @vector: which; one that it does not have does nothing
 */
void keel_msix_signal(struct keel_dev *dev, unsigned int vector)
{
	struct keel_pci *pci = keel_pci_of(dev);

	if (vector >= pci->vectors)
		return;
	vector = array_index_nospec(vector, pci->vectors);
	pci->signals++;
	if (msix_sends(keel_msix_state(dev), vector, keel_pci_state(dev)->command)) {
		msix_send(dev, vector);
		return;
	}
	pci->pended++;
	keel_msix_state(dev)->pending |= BIT(vector);
}

/* ---- Capability ---- */

/**
 * keel_msix_cap_read() - read from the capability.
 * @dev:    the function
 * @offset: 2 or more
 * @width:  1, 2 or 4 bytes
 *
 * Return: the value, in its low @width bytes.
 */
u32 keel_msix_cap_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	u32 value = dev->ops->pci->msix_bar;	/* BIR of table and PBA */

	switch (offset & ~3U) {
	case 0:
		value = keel_msix_state(dev)->control | (keel_pci_of(dev)->vectors - 1);
		value <<= 16;
		break;
	case PCI_MSIX_PBA:
		value |= KEEL_MSIX_PBA;
		break;
	}
	return value >> offset % 4 * 8;
}

/**
 * keel_msix_cap_write() - write to the capability: enable, function mask.
 * @dev:    the function
 * @offset: 2 or more
 * @width:  1, 2 or 4 bytes
 * @value:  in its low @width bytes
 */
void keel_msix_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	struct keel_msix_state *s = keel_msix_state(dev);
	u32 lanes = keel_pci_lanes(offset, width) >> 16;

	if (offset > PCI_MSIX_FLAGS + 1) {
		keel_pci_of(dev)->ignored_writes++;
		return;
	}
	value = value << offset % 4 * 8 >> 16;
	s->control = ((s->control & ~lanes) | (value & lanes)) & MSIX_CONTROL;
	keel_msix_sync(dev);
	keel_pci_sync_intx(dev);
}

/* ---- Table and PBA ---- */

/* A register of the table; NULL behind the last vector. */
static u32 *msix_register(struct keel_dev *dev, u32 offset)
{
	unsigned int vector = offset / PCI_MSIX_ENTRY_SIZE;
	struct keel_msix_entry *entry;

	if (vector >= keel_pci_of(dev)->vectors)
		return NULL;
	vector = array_index_nospec(vector, keel_pci_of(dev)->vectors);
	entry = &keel_msix_state(dev)->entries[vector];
	switch (offset % PCI_MSIX_ENTRY_SIZE / 4) {
	case 0:
		return &entry->address;
	case 1:
		return &entry->address_hi;
	case 2:
		return &entry->data;
	default:
		return &entry->control;
	}
}

/**
 * keel_msix_read() - for a model's read(), in its region KEEL_MSIX_REGION().
 * @dev:    the function
 * @offset: as the model has it
 * @width:  the same
 *
 * Return: the value, in its low @width bytes.
 */
u32 keel_msix_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	const u32 *value = msix_register(dev, offset);

	if ((offset & ~3U) == KEEL_MSIX_PBA)
		value = &keel_msix_state(dev)->pending;
	return value ? *value >> offset % 4 * 8 : 0;
}

/**
 * keel_msix_write() - for a model's write(), likewise.
 * @dev:    the function
 * @offset: as the model has it
 * @width:  the same
 * @value:  the same
 */
void keel_msix_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	static const u32 writable[] = {
		~3U, U32_MAX, U32_MAX, PCI_MSIX_ENTRY_CTRL_MASKBIT,
	};
	u32 *at = msix_register(dev, offset), lanes;

	if (!at) {
		keel_pci_of(dev)->ignored_writes++;
		return;
	}
	lanes = keel_pci_lanes(offset, width) & writable[offset / 4 % 4];
	*at = (*at & ~lanes) | (value << offset % 4 * 8 & lanes);
	msix_sync_vector(dev, array_index_nospec(offset / PCI_MSIX_ENTRY_SIZE,
						 keel_pci_of(dev)->vectors));
}

/* ---- Board ---- */

/**
 * keel_msix_reset() - disabled, every vector masked, nothing pending.
 * @dev: the function, with MSI-X or without
 */
void keel_msix_reset(struct keel_dev *dev)
{
	unsigned int i, vectors = keel_pci_of(dev)->vectors;
	struct keel_msix_state *s = keel_msix_state(dev);

	if (!vectors)
		return;
	memset(s, 0, sizeof(*s));
	for (i = 0; i < vectors; i++)
		s->entries[i].control = PCI_MSIX_ENTRY_CTRL_MASKBIT;
	keel_msix_sync(dev);
}

static bool msix_check_entry(const struct keel_msix_state *s, unsigned int i,
			     unsigned int vectors, u16 command)
{
	const struct keel_msix_entry *entry = &s->entries[i];

	if (i >= vectors)
		return !entry->address && !entry->address_hi && !entry->data &&
		       !entry->control && !(s->pending & BIT(i));
	if (s->pending & BIT(i) && msix_sends(s, i, command))
		return false;
	return !(entry->address & 3) && !(entry->control & ~PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

/**
 * keel_msix_check() - could a function's MSI-X be in this state?
 * @dev:     the function, with MSI-X or without
 * @state:   its device's state
 * @command: its command register there
 */
bool keel_msix_check(const struct keel_dev *dev, const void *state, u16 command)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci *pci = (const void *)dev + desc->pci;
	const struct keel_msix_state *s;
	unsigned int i;

	if (!desc->vectors)
		return true;
	s = state + desc->msix - dev->ops->state;
	for (i = 0; i < KEEL_PCI_MAX_VECTORS; i++)
		if (!msix_check_entry(s, i, pci->vectors, command))
			return false;
	return !(s->control & ~MSIX_CONTROL) && !s->pad[0] && !s->pad[1];
}

/**
 * keel_msix_inspect() - table and pending bits, decoded.
 * @dev: the function, with MSI-X or without
 * @out: where to
 */
void keel_msix_inspect(struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pci *pci = keel_pci_of(dev);
	const struct keel_msix_state *s = keel_msix_state(dev);
	unsigned int i;

	if (!pci->vectors)
		return;
	keel_emit(out, "msix.enabled", -1, "", !!(s->control & PCI_MSIX_FLAGS_ENABLE));
	keel_emit(out, "msix.masked", -1, "", !!(s->control & PCI_MSIX_FLAGS_MASKALL));
	for (i = 0; i < pci->vectors; i++) {
		const struct keel_msix_entry *entry = &s->entries[i];

		keel_emit(out, "vector", i, ".gsi", pci->gsi + i);
		keel_emit(out, "vector", i, ".address",
			  entry->address | (u64)entry->address_hi << 32);
		keel_emit(out, "vector", i, ".data", entry->data);
		keel_emit(out, "vector", i, ".masked", entry->control);
		keel_emit(out, "vector", i, ".pending", !!(s->pending & BIT(i)));
		keel_emit(out, "vector", i, ".routed", !!(pci->routed & BIT(i)));
	}
}
