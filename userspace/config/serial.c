// SPDX-License-Identifier: GPL-2.0
/*
 * Serial ports: "pio:0x2f8,3" or "mmio:0xd0000000,stride=4,irq=5", then what each is connected
 * to, and what happens to output that is not taken. Without the option there is one port, at
 * COM1's place.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/hostfile.h"
#include "config/port.h"
#include "config/serial.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define COM1		0x3f8
#define COM2		0x2f8
#define COM3		0x3e8
#define COM4		0x2e8
#define PORT_MAX	(0x10000 - SERIAL_REGISTERS)
#define MMIO_END	0xfec00000ULL	/* the IOAPIC */

static bool place_parse(const char *text, void *field, struct complaint *complaint)
{
	struct serial_place *place = field;

	place->memory = !strncmp(text, "mmio:", 5);
	if (place->memory)
		return number_parse(text + 5, RAM_HOLE, MMIO_END - SERIAL_REGISTERS, &place->base,
				    complaint);
	if (!strncmp(text, "pio:", 4))
		return number_parse(text + 4, 1, PORT_MAX, &place->base, complaint);
	return complain(complaint, "\"%.40s\" is neither pio:PORT nor mmio:ADDRESS", text);
}

static char *place_print(const void *field)
{
	const struct serial_place *place = field;
	char *text;

	if (!place->base)
		return NULL;
	if (asprintf(&text, "%s:0x%llx", place->memory ? "mmio" : "pio", place->base) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

static const struct value_type place_type = { place_parse, place_print };

static const char *const policies[] = {
	[POLICY_LOSSLESS] = "lossless", [POLICY_DROP] = "drop",
};

static const char *const out2_kinds[] = { [OUT2_GATES] = "gates", [OUT2_IGNORED] = "ignore" };

static const struct row rows[] = {
	{ "place", VALUE_OWN, ROW_FIELD(serial, place), .type = &place_type },
	{ "irq", VALUE_NUMBER, ROW_FIELD(serial, irq), .max = KEEL_NR_GSIS - 1 },
	{ "stride", VALUE_NUMBER, ROW_FIELD(serial, stride), .min = 1, .max = 8 },
	{ "to", VALUE_OWN, ROW_FIELD(serial, to), .type = &hostfile_type },
	{ "policy", VALUE_CHOICE, ROW_FIELD(serial, policy), .words = WORDS(policies) },
	{ "rate", VALUE_NUMBER, ROW_FIELD(serial, rate), .max = 0xffffffff },
	{ "out2", VALUE_CHOICE, ROW_FIELD(serial, out2), .words = WORDS(out2_kinds) },
};

#define IRQ_UNSET	0xfffffffe

static void begin(void *object)
{
	((struct serial *)object)->irq = IRQ_UNSET;
}

/* Where there never is RAM, and on the boundary that its registers need. */
static bool check_memory(struct serial *serial, struct complaint *complaint)
{
	if (!serial->stride)
		serial->stride = 1;
	if (serial->stride & (serial->stride - 1))
		return complain(complaint, "stride: %u is not one of 1, 2, 4, 8", serial->stride);
	if (serial->place.base % serial->stride)
		return complain(complaint, "place: 0x%llx is not a multiple of stride=%u",
				serial->place.base, serial->stride);
	if (serial->place.base + SERIAL_REGISTERS * serial->stride > MMIO_END)
		return complain(complaint, "place: 0x%llx: the last register is behind 0x%llx",
				serial->place.base, MMIO_END - 1);
	return true;
}

static bool check(void *object, struct complaint *complaint)
{
	struct serial *serial = object;

	if (!serial->place.base)
		return complain(complaint, "place: pio:PORT or mmio:ADDRESS is missing");
	if (serial->to.kind == HOSTFILE_SOCKET)
		return complain(complaint, "to: a serial port has no socket; see --virtio-console");
	if (serial->place.memory)
		return check_memory(serial, complaint);
	if (serial->stride)
		return complain(complaint, "stride: only for a port at mmio:ADDRESS");
	return true;
}

const struct object_type serial_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .plain = 2, .begin = begin, .check = check,
};

/* The lines of a PC's four ports; others have none by default. */
static __u32 usual_irq(const struct serial *serial)
{
	if (serial->place.memory)
		return KEEL_IRQ_NONE;
	switch (serial->place.base) {
	case COM1:
	case COM3:
		return 4;
	case COM2:
	case COM4:
		return 3;
	}
	return KEEL_IRQ_NONE;
}

/* A port whose output is not connected must not hold the guest up. */
static void resolve(struct serial *serial, bool first, bool stdio)
{
	if (serial->to.kind == HOSTFILE_UNSET)
		serial->to.kind = first ? HOSTFILE_STDIO : HOSTFILE_NONE;
	if (serial->to.kind == HOSTFILE_NONE && serial->policy == POLICY_UNSET)
		serial->policy = POLICY_DROP;
	if (serial->to.kind == HOSTFILE_STDIO && !stdio) {
		serial->to.kind = HOSTFILE_NONE;
		serial->policy = POLICY_DROP;
	}
	if (serial->irq == IRQ_UNSET)
		serial->irq = usual_irq(serial);
}

/**
 * serial_resolve() - the ports that the board has; dies if the wishes do not go together.
 * @config: its @uarts are the result; a port's place there is its instance
 */
void serial_resolve(struct config *config)
{
	bool stdio = config->stdio == STDIO_GUEST && port_stdio(config) < 0;
	unsigned int i, nr_stdio = 0;

	config->nr_uarts = 0;
	if (!config_has(config, KEEL_CLASS_UART))
		return;
	if (!config->nr_serials) {
		config->uarts[0] = (struct serial){ .place.base = COM1, .irq = IRQ_UNSET };
		config->nr_uarts = 1;
	}
	for (i = 0; i < config->nr_serials; i++) {
		const struct hostfile *to = &config->serials[i].to;

		config->uarts[config->nr_uarts++] = config->serials[i];
		if (to->kind == HOSTFILE_STDIO && port_stdio(config) >= 0)
			nr_stdio++;
		if (to->kind == HOSTFILE_STDIO || (!i && to->kind == HOSTFILE_UNSET))
			nr_stdio++;
	}
	if (nr_stdio > 1)
		die(STATUS_USAGE, "--serial: one port at a time can have to=stdio");
	for (i = 0; i < config->nr_uarts; i++)
		resolve(&config->uarts[i], !i, stdio);
}

/**
 * serial_stdio() - which port is connected to standard input and output?
 * @config: resolved
 *
 * Return: its instance, or -1.
 */
int serial_stdio(const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++)
		if (config->uarts[i].to.kind == HOSTFILE_STDIO)
			return i;
	return -1;
}
