// SPDX-License-Identifier: GPL-2.0
/* The host's inputs to chips: buttons, events, values, slots; and to lines. */
#include <errno.h>
#include <sys/ioctl.h>

#include "base.h"
#include "uapi/keel.h"
#include "vm/input.h"
#include "vm/vm.h"

/**
 * vm_input() - the host's input to the first device of a class.
 * @vm:    the VM
 * @class: KEEL_CLASS_*
 * @input: a KEEL_INPUT_* of the class
 * @value: for it
 *
 * Waits while a state is being loaded. Return: false: the device is not there, or refuses it.
 */
bool vm_input(const struct vm *vm, __u32 class, __u32 input, __u64 value)
{
	struct keel_input request = {
		.size = sizeof(request), .class = class, .input = input, .value = value,
	};

	while (ioctl(vm->keel, KEEL_INPUT, &request))
		if (errno != EINTR && errno != EAGAIN)
			return false;
	return true;
}

/**
 * vm_pulse() - assert an interrupt line, until the guest's interrupt controller has taken that.
 * @vm:   the VM
 * @line: which
 *
 * Return: NULL, or why not.
 */
const char *vm_pulse(const struct vm *vm, __u32 line)
{
	struct keel_pulse request = { .size = sizeof(request), .line = line };

	while (ioctl(vm->keel, KEEL_PULSE, &request))
		switch (errno) {
		case EINTR:
			continue;
		case EAGAIN:
			return "the line is asserted already";
		case EBUSY:
			return "the VM is paused";
		default:
			return "there is no such line";
		}
	return NULL;
}
