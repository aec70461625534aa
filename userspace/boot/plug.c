// SPDX-License-Identifier: GPL-2.0
/*
 * PCI slots whose functions come and go, in the SSDT: what Linux' acpiphp looks for. The controller
 * is the DSDT's.
 */
#include "boot/aml.h"
#include "boot/plug.h"
#include "config/table.h"
#include "uapi/keel.h"

#define SLOT_LENGTH	41	/* of the package */

/* Device (Snn) { Name (_ADR, nn << 16) Name (_SUN, nn) Method (_EJ0, 1) { \_SB.HPEJ (nn) } } */
static void append_slot(struct aml *t, __u8 slot)
{
	const __u8 device[] = {
		0x5b, 0x82, SLOT_LENGTH, 'S', aml_digit(slot / 10), aml_digit(slot % 10), '_',
		0x08, '_', 'A', 'D', 'R', 0x0c, 0, 0, slot, 0,
		0x08, '_', 'S', 'U', 'N', 0x0a, slot,
		0x14, 18, '_', 'E', 'J', '0', 0x01,
		'\\', 0x2e, '_', 'S', 'B', '_', 'H', 'P', 'E', 'J', 0x0a, slot,
	};

	static_assert(sizeof(device) == 2 + SLOT_LENGTH, "the package length counts itself");
	aml_append(t, device, sizeof(device));
}

/* If (Arg0 == nn) { Notify (Snn, Arg1) } */
static void append_notify(struct aml *t, __u8 slot)
{
	const __u8 branch[] = {
		0xa0, 11, 0x93, 0x68, 0x0a, slot,
		0x86, 'S', aml_digit(slot / 10), aml_digit(slot % 10), '_', 0x69,
	};

	aml_append(t, branch, sizeof(branch));
}

/**
 * plug_aml() - describe slots.
 * @t:     the SSDT
 * @slots: a bit for each
 *
 * Scope (\_SB.PCI0) { the slots, Method (HPNT, 2) { their notifications, for \_GPE._E01 } }
 */
void plug_aml(struct aml *t, __u32 slots)
{
	static const __u8 scope[] = { '\\', 0x2e, '_', 'S', 'B', '_', 'P', 'C', 'I', '0' };
	static const __u8 method[] = { 'H', 'P', 'N', 'T', 0x02 };
	static const __u8 scope_op = 0x10, method_op = 0x14;
	static __u8 rooms[2][KEEL_PCI_NR_SLOTS * (2 + SLOT_LENGTH)];
	struct aml devices = { .rom = rooms[0] }, branches = { .rom = rooms[1] };
	unsigned int slot;

	if (!slots)
		return;
	for (slot = 0; slot < KEEL_PCI_NR_SLOTS; slot++) {
		if (!(slots & BIT(slot)))
			continue;
		append_slot(&devices, slot);
		append_notify(&branches, slot);
	}
	aml_append(t, &scope_op, 1);
	aml_length(t, sizeof(scope) + devices.used + 1 + 2 + sizeof(method) + branches.used);
	aml_append(t, scope, sizeof(scope));
	aml_append(t, devices.rom, devices.used);
	aml_append(t, &method_op, 1);
	aml_length(t, sizeof(method) + branches.used);
	aml_append(t, method, sizeof(method));
	aml_append(t, branches.rom, branches.used);
}
