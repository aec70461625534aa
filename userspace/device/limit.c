// SPDX-License-Identifier: GPL-2.0
/* The devices that --limit names: as the module's counters name them. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "config/words.h"
#include "device/board.h"
#include "device/limit.h"
#include "status.h"
#include "uapi/keel.h"

static const char *const names[KEEL_NR_CLASSES] = {
	[KEEL_CLASS_PIC] = "pic", [KEEL_CLASS_IOAPIC] = "ioapic", [KEEL_CLASS_PIT] = "pit",
	[KEEL_CLASS_RTC] = "rtc", [KEEL_CLASS_PM] = "pm", [KEEL_CLASS_UART] = "uart",
	[KEEL_CLASS_DEBUGEXIT] = "debugexit", [KEEL_CLASS_TESTDEV] = "testdev",
	[KEEL_CLASS_I8042] = "kbc", [KEEL_CLASS_PCIHOST] = "pcihost",
	[KEEL_CLASS_PCITEST] = "pcitest", [KEEL_CLASS_VIRTIO_MMIO] = "vmmio",
	[KEEL_CLASS_VIRTIO_PCI] = "vpci", [KEEL_CLASS_PVPANIC] = "pvpanic",
	[KEEL_CLASS_HPET] = "hpet", [KEEL_CLASS_BATTERY] = "battery",
	[KEEL_CLASS_SCREEN] = "screen", [KEEL_CLASS_I6300ESB] = "i6300esb",
	[KEEL_CLASS_HOTPLUG] = "hotplug",
};

/* limit_name() - what a device is called; KEEL_CLASS_BOARD: "vm" */
void limit_name(__u16 class, __u16 instance, char name[LIMIT_NAME])
{
	if (class == KEEL_CLASS_BOARD)
		strcpy(name, "vm");
	else
		snprintf(name, LIMIT_NAME, "%s%u",
			 class < KEEL_NR_CLASSES && names[class] ? names[class] : "device",
			 instance);
}

/* Does vhost move its bytes? */
static bool is_blind(const struct keel_device_config *device)
{
	return (device->class == KEEL_CLASS_VIRTIO_MMIO ||
		device->class == KEEL_CLASS_VIRTIO_PCI) &&
	       (device->virtio.type == KEEL_VIRTIO_NET ||
		device->virtio.type == KEEL_VIRTIO_VSOCK);
}

static void resolve(struct limit_config *limit, const struct keel_device_config *devices,
		    unsigned int nr)
{
	struct words words = { .nr = nr };
	char all[BOARD_MAX][LIMIT_NAME];
	const char *texts[BOARD_MAX];
	struct complaint complaint;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		limit_name(devices[i].class, devices[i].instance, all[i]);
		texts[i] = all[i];
	}
	words.text = texts;
	if (!choice_parse(limit->device, &words, &i, &complaint))
		die(STATUS_USAGE, "--limit: device: %s", complaint.text);
	if (limit->rates[KEEL_LIMIT_BYTES].rate && is_blind(&devices[i]))
		die(STATUS_USAGE, "--limit: bytes: vhost moves those of %s, and Keel sees none",
		    limit->device);
	limit->class = devices[i].class;
	limit->instance = devices[i].instance;
}

/* limits_resolve() - find the devices that are meant; dies if there is none of a name */
void limits_resolve(struct config *config)
{
	struct keel_device_config devices[BOARD_MAX];
	unsigned int i, nr;

	if (!config->nr_limits)
		return;
	nr = board_devices(config, devices);
	for (i = 0; i < config->nr_limits; i++)
		if (config->limits[i].device)
			resolve(&config->limits[i], devices, nr);
}
