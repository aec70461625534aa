// SPDX-License-Identifier: GPL-2.0
/*
 * The serial ports that --serial asks for: "pio:0x2f8,3" or "mmio:0xd0000000,stride=4,
 * irq=5", and behind it what each is connected to and how patient it is. Without the
 * option there is one, where a PC has COM1.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/serial.h"
#include "status.h"
#include "stream/clients.h"
#include "stream/console.h"
#include "stream/hostfile.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define COM1		0x3f8
#define COM2		0x2f8
#define COM3		0x3e8
#define COM4		0x2e8
#define REGISTERS	8
#define MMIO_END	0xfec00000ULL	/* the IOAPIC */

static bool number(const char *text, __u64 limit, __u64 *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && !*end && *value <= limit;
}

static bool parse_irq(const char *text, struct serial *serial)
{
	__u64 irq;

	if (!number(text, KEEL_NR_GSIS - 1, &irq))
		return false;
	serial->irq = irq;
	return true;
}

static bool parse_to(const char *text, struct serial *serial)
{
	serial->end_given = true;
	return end_parse(text, &serial->end) && serial->end.to != END_SOCKET;
}

static bool parse_word(const char *word, struct serial *serial)
{
	const char *value = strchr(word, '=');
	size_t length = value ? value++ - word : 0;
	__u64 n;

	if (!value)
		return parse_irq(word, serial);
	if (length == 3 && !strncmp(word, "irq", 3))
		return parse_irq(value, serial);
	if (length == 2 && !strncmp(word, "to", 2))
		return parse_to(value, serial);
	if (length == 4 && !strncmp(word, "rate", 4)) {
		if (!number(value, 0xffffffff, &n))
			return false;
		serial->rate = n;
		return true;
	}
	if (length == 6 && !strncmp(word, "stride", 6)) {
		if (!number(value, 8, &n) || !n || n & (n - 1) || !serial->stride)
			return false;
		serial->stride = n;
		return true;
	}
	if (length != 6 || strncmp(word, "policy", 6))
		return false;
	serial->drop = !strcmp(value, "drop");
	serial->patience_given = true;
	return serial->drop || !strcmp(value, "lossless");
}

/* The lines of a PC's four ports; others have none that they would be expected on. */
static __u32 usual_irq(__u64 port)
{
	switch (port) {
	case COM1:
	case COM3:
		return 4;
	case COM2:
	case COM4:
		return 3;
	}
	return KEEL_IRQ_NONE;
}

static bool parse_place(const char *word, struct serial *serial)
{
	if (!strncmp(word, "pio:", 4)) {
		if (!number(word + 4, 0x10000 - REGISTERS, &serial->base) || !serial->base)
			return false;
		serial->irq = usual_irq(serial->base);
		return true;
	}
	serial->stride = 1;
	serial->irq = KEEL_IRQ_NONE;
	return !strncmp(word, "mmio:", 5) && number(word + 5, MMIO_END, &serial->base);
}

/* Where there never is RAM, and on the boundary that its registers need. */
static bool place_fits(const struct serial *serial)
{
	if (!serial->stride)
		return true;
	return serial->base >= RAM_HOLE && !(serial->base % serial->stride) &&
	       serial->base + REGISTERS * serial->stride <= MMIO_END;
}

static bool parse(const char *text, bool first, struct serial *serial)
{
	char copy[512], *rest = copy, *word;
	bool fine;

	memset(serial, 0, sizeof(*serial));
	serial->end.to = first ? END_STDIO : END_NONE;
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	fine = parse_place(strsep(&rest, ","), serial);
	while (fine && (word = strsep(&rest, ",")))
		fine = parse_word(word, serial);
	/* A port that nobody listens to must not hold the guest up. */
	if (serial->end.to == END_NONE && !serial->patience_given)
		serial->drop = true;
	return fine && place_fits(serial);
}

/* serial_valid() - is it a value for --serial? */
bool serial_valid(const char *text)
{
	struct serial serial;

	return parse(text, false, &serial);
}

/**
 * serial_list() - the ports of a VM.
 * @config: the user's wishes
 * @list:   result; a port's place in it is its instance
 *
 * Return: how many.
 */
unsigned int serial_list(const struct config *config, struct serial list[SERIAL_MAX])
{
	unsigned int i, nr = config->serials.nr, stdio = 0;

	if (!config_has(config, KEEL_CLASS_UART))
		return 0;
	if (nr > SERIAL_MAX)
		die(STATUS_USAGE, "--serial: %d ports at most", SERIAL_MAX);
	if (!nr)
		parse("pio:0x3f8", true, &list[nr++]);
	for (i = 0; i < config->serials.nr; i++)
		parse(config->serials.text[i], !i, &list[i]);
	for (i = 0; i < nr; i++) {
		if (list[i].end.to != END_STDIO)
			continue;
		if (stdio++ || (list[i].end_given && port_stdio(config)))
			die(STATUS_USAGE, "--serial: one port at a time can have to=stdio");
		if (config->console == CONSOLE_NONE || port_stdio(config)) {
			list[i].end.to = END_NONE;
			list[i].drop = true;
		}
	}
	return nr;
}

/**
 * serial_stdio() - which port is connected to standard input and output?
 * @config: the user's wishes
 *
 * Return: its instance, or -1.
 */
int serial_stdio(const struct config *config)
{
	struct serial list[SERIAL_MAX];
	unsigned int i, nr = serial_list(config, list);

	for (i = 0; i < nr; i++)
		if (list[i].end.to == END_STDIO)
			return i;
	return -1;
}

/**
 * serial_devices() - the ports as Keel wants to be told.
 * @config:  the user's wishes
 * @devices: room for SERIAL_MAX
 *
 * Return: how many.
 */
unsigned int serial_devices(const struct config *config, struct keel_device_config *devices)
{
	struct serial list[SERIAL_MAX];
	unsigned int i, nr = serial_list(config, list);

	for (i = 0; i < nr; i++) {
		const struct serial *serial = &list[i];

		memset(&devices[i], 0, sizeof(devices[i]));
		devices[i].class = KEEL_CLASS_UART;
		devices[i].instance = i;
		devices[i].irq = serial->irq;
		devices[i].base = serial->base;
		devices[i].uart.stride = serial->stride;
		devices[i].uart.rate_cap = serial->rate;
		devices[i].uart.policy = serial->drop ? KEEL_UART_DROP_OLDEST :
							KEEL_UART_LOSSLESS;
	}
	return nr;
}

/* serial_is_com1() - is it the one that the DSDT has? */
bool serial_is_com1(const struct serial *serial)
{
	return !serial->stride && serial->base == COM1 && serial->irq == 4;
}
