// SPDX-License-Identifier: GPL-2.0
/* The devices of a board, as struct keel_device_config. */
#include <string.h>

#include "boot/bios.h"
#include "config/config.h"
#include "config/table.h"
#include "device/board.h"
#include "device/pci.h"
#include "device/serial.h"
#include "device/virtio.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define BATTERY_MV	12000	/* of three cells or four */

static void pit_config(struct keel_pit_config *pit, const struct config *config)
{
	pit->policy = config->pit_ticks;
	pit->min_period_ns = config->pit_min_us * 1000;
}

/* What a BIOS leaves in the clock's RAM; the time is set later. */
static void rtc_config(struct keel_rtc_config *rtc, const struct config *config)
{
	const __u64 hole = config->platform->hole;

	rtc->memory_low = config->memory < hole ? config->memory : hole;
	rtc->memory_high = config->memory - rtc->memory_low;
	rtc->equipment = bios_equipment(config);
	rtc->policy = config->rtc_ticks;
}

/* SeaBIOS and OVMF power off as QEMU does. */
static void pm_config(struct keel_pm_config *pm, const struct config *config)
{
	pm->flags = config->platform->handed_off ? 0 : KEEL_PM_OFF_BY_0;
}

static void battery_config(struct keel_battery_config *battery, const struct config *config)
{
	const struct battery_config *c = &config->battery;

	battery->capacity = c->capacity;
	battery->voltage = BATTERY_MV;
	battery->charge = (__u64)c->capacity * c->charge / 100;
	battery->rate = c->rate;
	battery->state = c->state;
	battery->ac = c->ac;
}

/* The second debug-exit port that comes with a test device */
static void test_exit(struct keel_device_config *device)
{
	memset(device, 0, sizeof(*device));
	device->class = KEEL_CLASS_DEBUGEXIT;
	device->instance = 1;
	device->irq = KEEL_IRQ_DEFAULT;
	device->base = KEEL_TESTDEV_EXIT;
}

/**
 * board_devices() - the board: as a PC has it, without what the user left out.
 * @config: resolved
 * @list:   result: room for BOARD_MAX
 *
 * Return: how many devices it has.
 */
unsigned int board_devices(const struct config *config, struct keel_device_config *list)
{
	unsigned int nr = 0, class;

	for (class = 1; class < KEEL_NR_CLASSES; class++) {
		struct keel_device_config *device = &list[nr];

		if (!config_has(config, class))
			continue;
		if (class == KEEL_CLASS_UART) {
			nr += serial_devices(config, device);
			continue;
		}
		if (class == KEEL_CLASS_PCIHOST) {
			nr += pci_devices(config, device);
			continue;
		}
		memset(device, 0, sizeof(*device));
		device->class = class;
		device->irq = KEEL_IRQ_DEFAULT;
		if (class == KEEL_CLASS_PIT)
			pit_config(&device->pit, config);
		if (class == KEEL_CLASS_RTC)
			rtc_config(&device->rtc, config);
		if (class == KEEL_CLASS_PM)
			pm_config(&device->pm, config);
		if (class == KEEL_CLASS_LPC)
			device->pci.slot = KEEL_LPC_SLOT;
		if (class == KEEL_CLASS_BATTERY)
			battery_config(&device->battery, config);
		nr++;
	}
	if (config_has(config, KEEL_CLASS_TESTDEV))
		test_exit(&list[nr++]);
	return nr + virtio_devices(config, &list[nr]);
}

/* board_gsis() - interrupt messages of a board, each of which needs an eventfd */
unsigned int board_gsis(const struct keel_device_config *list, unsigned int nr)
{
	unsigned int i, gsis = KEEL_NR_GSIS + pci_vectors(list, nr);

	for (i = 0; i < nr; i++)
		if (list[i].class == KEEL_CLASS_HPET)
			gsis += KEEL_HPET_TIMERS;
	return gsis;
}

/* board_levels() - a bit for each ISA line that is level-triggered: ACPI's, virtio's over MMIO */
unsigned int board_levels(const struct config *config)
{
	unsigned int lines = virtio_lines(config);

	if (config_has(config, KEEL_CLASS_PM))
		lines |= BIT(KEEL_PM_SCI);
	return lines;
}
