// SPDX-License-Identifier: GPL-2.0
/* Serial ports: their rows for Keel, and their descriptions in ACPI. */
#include <string.h>

#include "base.h"
#include "boot/aml.h"
#include "config/config.h"
#include "config/serial.h"
#include "config/table.h"
#include "device/serial.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define COM1	0x3f8

/**
 * serial_devices() - the ports as Keel wants to be told.
 * @config:  the user's wishes
 * @devices: room for SERIAL_MAX
 *
 * Return: how many.
 */
unsigned int serial_devices(const struct config *config, struct keel_device_config *devices)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++) {
		const struct serial *serial = &config->uarts[i];

		memset(&devices[i], 0, sizeof(devices[i]));
		devices[i].class = KEEL_CLASS_UART;
		devices[i].instance = i;
		devices[i].irq = serial->irq;
		devices[i].base = serial->place.base;
		devices[i].uart.stride = serial->stride;
		devices[i].uart.flags = serial->out2 == OUT2_IGNORED ? KEEL_UART_UNGATED : 0;
		devices[i].uart.rate_cap = serial->rate;
		devices[i].uart.policy = serial->policy == POLICY_DROP ?
					 KEEL_UART_DROP_OLDEST : KEEL_UART_LOSSLESS;
	}
	return config->nr_uarts;
}

/*
 * _CRS of a serial port: IO (Decode16, ...) or Memory32Fixed (ReadWrite, ...), then
 * IRQNoFlags if it has a line, and the end.
 */
static void append_serial_crs(struct aml *t, const struct serial *serial)
{
	const __u64 base = serial->place.base;
	const __u8 io[] = { 0x47, 1, base, base >> 8, base, base >> 8, 1, 8 };
	const __u8 memory[] = { 0x86, 9, 0, 1, base, base >> 8, base >> 16, base >> 24,
				8, 0, 0, 0 };
	const __u32 line = serial->irq < 16 ? BIT(serial->irq) : 0;
	const __u8 irq[] = { 0x22, line, line >> 8 };
	const __u8 finish[] = { 0x79, 0 };
	const __u8 size = (serial->stride ? sizeof(memory) : sizeof(io)) +
			  (line ? sizeof(irq) : 0) + sizeof(finish);

	aml_crs(t, size);
	aml_append(t, serial->stride ? memory : io, serial->stride ? sizeof(memory) : sizeof(io));
	aml_append(t, irq, line ? sizeof(irq) : 0);
	aml_append(t, finish, sizeof(finish));
}

/* A port that is not the DSDT's: \_SB.SERn. */
static void append_serial(struct aml *t, const struct serial *serial, unsigned int number)
{
	const char name[4] = { 'S', 'E', 'R', aml_digit(number) };
	static const __u8 hid[] = { 0x0c, 0x41, 0xd0, 0x05, 0x01 };	/* PNP0501 */
	__u8 bytes[64];
	struct aml crs = { .rom = bytes };

	append_serial_crs(&crs, serial);
	aml_device(t, name, hid, sizeof(hid), number + 2, &crs);
}

/**
 * serial_aml() - describe the ports that a PNP0501 can describe: those with a stride of 1. The
 * others are for the guest's command line.
 * @t:      the SSDT
 * @config: resolved
 *
 * Return: the bit of KEEL_CLASS_UART if one of them is COM1, which the DSDT describes.
 */
__u32 serial_aml(struct aml *t, const struct config *config)
{
	__u32 com1 = 0;
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++) {
		const struct serial *serial = &config->uarts[i];

		if (!serial->stride && serial->place.base == COM1 && serial->irq == 4)
			com1 = BIT(KEEL_CLASS_UART);
		else if (serial->stride <= 1)
			append_serial(t, serial, i);
	}
	return com1;
}
