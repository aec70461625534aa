// SPDX-License-Identifier: GPL-2.0
/*
 * What makes times here no latencies of hardware: a hypervisor or an emulator below, or a TSC that
 * does not count time. An emulator can have no hypervisor bit: then the names in DMI tell it.
 */
#include <cpuid.h>
#include <string.h>

#include "base.h"
#include "bench/verdict.h"
#include "line.h"

#define CLOCK	"/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define DMI	"/sys/class/dmi/id/"

/* CPUID.1:ECX[31], which no processor sets (AMD APM 3, E.3.2) */
bool cpu_has_hypervisor(void)
{
	unsigned int a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & BIT(31);
}

/* SDM 3B, 18.17.1: CPUID.80000007H:EDX[8] */
bool cpu_has_invariant_tsc(void)
{
	unsigned int a, b, c, d = 0;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && d & BIT(8);
}

/* The name of an emulator in a file of DMI's; NULL: none */
static const char *virtual_name(const char *path)
{
	static const char *const names[] = { "Bochs", "QEMU" };
	char line[256];
	size_t i;

	if (!read_line(path, line, sizeof(line)))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasestr(line, names[i]))
			return names[i];
	return NULL;
}

static const char *virtual_machine(void)
{
	static const char *const files[] = {
		DMI "sys_vendor", DMI "product_name", DMI "bios_vendor", DMI "board_vendor",
	};
	const char *name = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files) && !name; i++)
		name = virtual_name(files[i]);
	return name;
}

static void add(json_t *reasons, json_t *reason)
{
	json_array_append_new(reasons, reason);
}

/* verdict_reasons() - why times here are no latencies: an array of texts; empty: they are */
json_t *verdict_reasons(void)
{
	const char *machine = virtual_machine();
	json_t *reasons = json_array();
	char clock[64] = "unknown";

	if (cpu_has_hypervisor())
		add(reasons, json_string("the CPU is a hypervisor's (CPUID.1:ECX[31])"));
	if (machine)
		add(reasons, json_sprintf("the firmware is made for %s", machine));
	if (!cpu_has_invariant_tsc())
		add(reasons, json_string("the TSC is not invariant (CPUID.80000007H:EDX[8])"));
	read_line(CLOCK, clock, sizeof(clock));
	if (strcmp(clock, "tsc"))
		add(reasons, json_sprintf("the kernel's clock is not the TSC: %s", clock));
	return reasons;
}
