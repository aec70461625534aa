// SPDX-License-Identifier: GPL-2.0
/*
 * The 8042 as a guest sees it: self-tests, command byte, both devices, bytes looped back,
 * both gates of A20, IRQ 1 and 12 through the 8259s. lab/tests/guest/test_launcher.py tests its
 * reset of the PC.
 */
#include "apic.h"

#define DATA		0x60
#define COMMAND		0x64
#define PORT92		0x92
#define OBF		BIT(0)
#define SYS		BIT(2)
#define MOBF		BIT(5)
#define NOTHING		0x100	/* no byte came */
#define FROM_AUX	0x200	/* a byte of the mouse's port */

#define CTR_KBDINT	BIT(0)
#define CTR_AUXINT	BIT(1)
#define OUT_A20		BIT(1)

#define BASE		0x20
#define EOI		0x20

static unsigned int seen;
static unsigned int seen_vector[2];
static u32 seen_byte[2];

/* Devices answer at once: a byte that is missing after a while does not come. */
static u32 get(void)
{
	unsigned int patience = 100;
	u8 status;

	do {
		status = inb(COMMAND);
	} while (!(status & OBF) && --patience);
	if (!(status & OBF))
		return NOTHING;
	return inb(DATA) | (status & MOBF ? FROM_AUX : 0);
}

static u32 ask(u8 command)
{
	outb(COMMAND, command);
	return get();
}

static void tell(u8 command, u8 argument)
{
	outb(COMMAND, command);
	outb(DATA, argument);
}

static void test_controller(void)
{
	is(get(), NOTHING, "nothing to read at first");
	is(ask(0xaa), 0x55, "self-test");
	check(inb(COMMAND) & SYS, "which is noted in the status");
	is(ask(0xab), 0, "the keyboard's wires");
	is(ask(0xa9), 0, "the mouse's wires");
	tell(0x60, 0x74);
	is(ask(0x20), 0x74, "the command byte reads back");
	tell(0x7f, 0x3c);
	is(ask(0x3f), 0x3c, "and the last byte of its RAM");
	tell(0xd2, 0x5a);
	is(get(), 0x5a, "looped back as the keyboard's");
	tell(0xd3, 0xa5);
	is(get(), 0xa5 | FROM_AUX, "looped back as the mouse's");
	is(get(), NOTHING, "and no more");
}

static void test_a20(void)
{
	check(ask(0xd0) & OUT_A20, "A20 is open");
	outb(PORT92, 2);
	is(inb(PORT92), 2, "port 0x92 opens it");
	outb(PORT92, 0);
	is(inb(PORT92), 0, "and closes it");
	tell(0xd1, 0xcd);
	is(ask(0xd0) & OUT_A20, 0, "so does the output port");
	tell(0xd1, 0xcf);
	is(ask(0xd0) & OUT_A20, OUT_A20, "which opens it again");
}

static void test_devices(void)
{
	tell(0x60, 0x04);	/* both on, no interrupts, nothing translated */
	outb(DATA, 0xff);
	is(get(), 0xfa, "the keyboard's reset is acknowledged");
	is(get(), 0xaa, "and its self-test passes");
	outb(DATA, 0xf2);
	is(get(), 0xfa, "the keyboard's identify is acknowledged");
	is(get(), 0xab, "first byte of a keyboard's ID");
	is(get(), 0x83, "second byte: an MF2 keyboard");
	tell(0xd4, 0xff);
	is(get(), 0xfa | FROM_AUX, "the mouse's reset is acknowledged");
	is(get(), 0xaa | FROM_AUX, "and its self-test passes");
	is(get(), 0x00 | FROM_AUX, "and its ID is a mouse's");
	is(get(), NOTHING, "neither device sends more");
}

static void on_byte(unsigned int vector)
{
	u32 byte = get();

	if (seen < 2) {
		seen_vector[seen] = vector;
		seen_byte[seen] = byte;
	}
	seen++;
	if (vector >= BASE + 8)
		outb(SLAVE, EOI);
	outb(MASTER, EOI);
}

static void test_interrupts(void)
{
	mmio_write(LAPIC_SVR, SVR_ENABLED);	/* virtual wire: LINT0 as the launcher set it */
	pic_init(MASTER, BASE, 0x01, 0xf9);
	pic_init(SLAVE, BASE + 8, 0x01, 0xef);
	on_interrupt = on_byte;
	outb(DATA, 0xee);
	let_through();
	is(seen, 0, "no interrupt unless it is enabled");
	tell(0x60, 0x04 | CTR_KBDINT | CTR_AUXINT);
	await(&seen, 1);
	is(seen_vector[0], BASE + 1, "the waiting byte causes IRQ 1");
	is(seen_byte[0], 0xee, "it is the keyboard's echo");
	tell(0xd4, 0xe6);
	await(&seen, 2);
	is(seen_vector[1], BASE + 12, "the mouse's answer causes IRQ 12");
	is(seen_byte[1], 0xfa | FROM_AUX, "it is the acknowledgment");
	let_through();
	is(seen, 2, "one interrupt for each");
}

void test(void)
{
	test_controller();
	test_a20();
	test_devices();
	test_interrupts();
}
