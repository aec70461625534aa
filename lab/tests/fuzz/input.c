// SPDX-License-Identifier: GPL-2.0
/* The board that an input describes. */
#include "fuzz.h"
#include "../../../devices/board/class.h"

/* ---- Sensible boards ---- */

static void config_pit(struct fuzz *f, struct keel_device_config *config)
{
	static const u32 periods[] = { 0, 10000, 100000, 1000000, 15000, 50000000, 10001, 200000 };
	u8 byte = fuzz_u8(f);

	config->pit.policy = byte & 1;
	config->pit.min_period_ns = periods[byte >> 1 & 7];
}

static void config_rtc(struct fuzz *f, struct keel_device_config *config)
{
	/* Now-ish, end of a leap February, of a century, before 1970, ends of time */
	static const s64 walls[] = {
		1735689599000000000, 1709164799000000000, 946684799999999999, -1,
		0, S64_MAX, -S64_MAX - 1, 4102444799000000000,
	};

	static const u64 sizes[] = { 0, 1, 256 << 20, U64_MAX };
	u8 byte = fuzz_u8(f);

	config->rtc.wall_ns = walls[byte % ARRAY_SIZE(walls)];
	config->rtc.policy = byte >> 5 & 1;
	config->rtc.memory_low = sizes[byte >> 3 & 3];
	config->rtc.memory_high = sizes[byte >> 5 & 3];
	config->rtc.equipment = byte;
}

/* The first two in ports, as PCs have them, the others in memory. */
static void config_uart(struct fuzz *f, struct keel_device_config *config)
{
	static const struct {
		u32 irq;
		u32 base;
	} places[] = {
		{ KEEL_IRQ_DEFAULT, 0 }, { 3, 0x2f8 }, { 17, 0xd0000000 },
		{ KEEL_IRQ_NONE, 0xd0001000 },
	};
	static const u32 caps[] = { 0, 0, 0, 11520, 1, 1000000, 1000000000, U32_MAX };
	u8 byte = fuzz_u8(f);

	config->irq = places[config->instance].irq;
	config->base = places[config->instance].base;
	config->uart.policy = byte & 1;
	config->uart.rate_cap = caps[byte >> 1 & 7];
	config->uart.flags = config->instance == FUZZ_UNGATED ? KEEL_UART_UNGATED : 0;
	if (config->instance > 1)
		config->uart.stride = 1 << (byte >> 4 & 3);
}

static void config_pm(struct fuzz *f, struct keel_device_config *config)
{
	static const u32 bits[] = { 0, 24, 32, 24 };

	u8 byte = fuzz_u8(f);

	config->pm.timer_bits = bits[byte % ARRAY_SIZE(bits)];
	config->pm.flags = byte & 0x80 ? KEEL_PM_OFF_BY_0 : 0;
}

static void config_hpet(struct keel_device_config *config, u8 how)
{
	static const u32 periods[] = { 0, 10000, U32_MAX, 200001, 10001, 1000000, 0, 50000 };

	config->hpet.min_period_ns = periods[how % ARRAY_SIZE(periods)];
}

static void config_battery(struct keel_device_config *config, u8 how)
{
	config->battery.capacity = 1000 * (1 + how);
	config->battery.voltage = 12000;
	config->battery.charge = how;
}

/* Two functions; @how is 0 to 7. */
static void config_pcitest(struct keel_device_config *config, u8 how)
{
	static const u8 vectors[] = { 0, 1, KEEL_PCI_MAX_VECTORS, 7 };

	config->pcitest.slot = config->instance ? 31 : 1 + how % 4;
	config->pcitest.vectors = vectors[(how + config->instance) % 4];
}

static void config_add(struct fuzz *f, unsigned int class, unsigned int instance, u8 how)
{
	struct keel_device_config *config = &f->configs[f->nr_configs++];

	memset(config, 0, sizeof(*config));
	config->class = class;
	config->instance = instance;
	config->irq = KEEL_IRQ_DEFAULT;
	switch (class) {
	case KEEL_CLASS_PIT:
		config_pit(f, config);
		break;
	case KEEL_CLASS_RTC:
		config_rtc(f, config);
		break;
	case KEEL_CLASS_UART:
		config_uart(f, config);
		break;
	case KEEL_CLASS_PM:
		config_pm(f, config);
		break;
	case KEEL_CLASS_PCIHOST:
		config->pcihost.identity = how & 4 ? KEEL_PCIHOST_Q35 : KEEL_PCIHOST_PLAIN;
		break;
	case KEEL_CLASS_LPC:		/* the second test function is where it belongs */
		config->pci.slot = 30;
		break;
	case KEEL_CLASS_PCITEST:
		config_pcitest(config, how);
		break;
	case KEEL_CLASS_HPET:
		config_hpet(config, how);
		break;
	case KEEL_CLASS_BATTERY:
		config_battery(config, how);
		break;
	case KEEL_CLASS_I6300ESB:
		config->pci.slot = KEEL_I6300ESB_SLOT;
		break;
	case KEEL_CLASS_HOTPLUG:	/* virtio's slots, the watchdog's, and one that is empty */
		config->hotplug.slots = BIT(8) | BIT(9) | BIT(20) | BIT(KEEL_I6300ESB_SLOT);
		config->hotplug.present = how & 1 ? BIT(8) | BIT(20) : BIT(9);
		break;
	case KEEL_CLASS_VIRTIO_MMIO:
	case KEEL_CLASS_VIRTIO_PCI:
		fuzz_virtio_config(f, config);
		break;
	}
}

/* The number of devices of a class; @uarts from the input. A function needs its bridge. */
static unsigned int config_instances(unsigned int class, u16 absent, unsigned int uarts)
{
	if (absent >> (class - 1) & 1)
		return 0;
	if (class == KEEL_CLASS_PCITEST || class == KEEL_CLASS_VIRTIO_PCI)
		return absent >> (KEEL_CLASS_PCIHOST - 1) & 1 ? 0 : 2;
	if (class == KEEL_CLASS_I6300ESB || class == KEEL_CLASS_HOTPLUG || class == KEEL_CLASS_LPC)
		return !(absent >> (KEEL_CLASS_PCIHOST - 1) & 1);
	return class == KEEL_CLASS_UART || class == KEEL_CLASS_VIRTIO_MMIO ? uarts + 1 : 1;
}

/* A set bit of @absent leaves a class out. */
static void config_take_usual(struct fuzz *f, u16 absent)
{
	unsigned int class, instance, uarts = fuzz_u8(f);

	absent |= uarts >> 2 << 8;
	uarts %= 4;
	for (class = 1; class < KEEL_NR_CLASSES; class++) {
		if (!keel_class_ops(class))
			continue;
		for (instance = 0; instance < config_instances(class, absent, uarts); instance++)
			config_add(f, class, instance, absent >> 11);
	}
	if (!f->nr_configs)
		config_add(f, KEEL_CLASS_PIC, 0, 0);
}

/* ---- Boards that the builder mostly refuses ---- */

static void config_take_wild(struct fuzz *f)
{
	unsigned int nr = fuzz_u8(f) % (FUZZ_DEVICES + 1);

	while (f->nr_configs < nr) {
		struct keel_device_config *config = &f->configs[f->nr_configs++];
		u8 what = fuzz_u8(f), how = fuzz_u8(f);

		memset(config, 0, sizeof(*config));
		config->class = what % (KEEL_NR_CLASSES + 1);
		config->instance = how & 7;
		config->irq = how & 8 ? fuzz_u8(f) % 32 : KEEL_IRQ_DEFAULT - (how >> 4 & 1);
		if (how & 0x20)
			config->base = how & 0x40 ? fuzz_u64(f) : fuzz_u16(f);
		if (how & 0x80)
			config->pad[fuzz_u8(f) % sizeof(config->pad)] = fuzz_u8(f);
	}
}

/**
 * fuzz_take_configs() - read the board's configs from the input.
 * @f: the input
 */
void fuzz_take_configs(struct fuzz *f)
{
	u8 absent = fuzz_u8(f);

	if (absent == 0xff)
		config_take_wild(f);
	else
		config_take_usual(f, absent);
}
