// SPDX-License-Identifier: GPL-2.0
/* The request "battery": values of the battery and its adapter, and the event for the guest. */
#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/battery.h"
#include "life/stop.h"
#include "uapi/keel.h"
#include "vm/input.h"
#include "vm/vm.h"

static bool set(const struct vm *vm, __u32 what, __u64 value)
{
	return vm_input(vm, KEEL_CLASS_BATTERY, what, value);
}

static bool set_all(const struct vm *vm, const struct battery_config *change)
{
	__u64 capacity = vm->config->battery.capacity;
	bool good = true;

	if (change->charge != BATTERY_SAME)
		good &= set(vm, KEEL_INPUT_BATTERY_CHARGE, capacity * change->charge / 100);
	if (change->rate != BATTERY_SAME)
		good &= set(vm, KEEL_INPUT_BATTERY_RATE, change->rate);
	if (change->state != BATTERY_SAME)
		good &= set(vm, KEEL_INPUT_BATTERY_STATE, change->state);
	if (change->ac != BATTERY_SAME)
		good &= set(vm, KEEL_INPUT_BATTERY_AC, change->ac);
	return good;
}

/**
 * battery_change() - change values of the battery, and tell the guest.
 * @vm:      whose
 * @text:    "charge=40,state=discharging,rate=9000,ac=off", or some of that
 * @mistake: out: it is the request that is wrong
 *
 * Return: NULL, or why not.
 */
const char *battery_change(struct vm *vm, const char *text, bool *mistake)
{
	static struct complaint complaint;	/* of the control socket's thread */
	struct battery_config change;

	*mistake = !*text;
	if (*mistake)
		return "battery wants values, as charge=40,state=discharging,rate=9000,ac=off";
	if (!vm->config->battery.on)
		return "the VM has no battery (--battery)";
	*mistake = true;
	if (!object_read(&battery_change_object, text, &change, sizeof(change), &complaint))
		return complaint.text;
	*mistake = false;
	if (!set_all(vm, &change))
		return "KEEL_INPUT";
	press_button(vm, KEEL_INPUT_GPE, KEEL_PM_GPE_BATTERY);
	return NULL;
}
