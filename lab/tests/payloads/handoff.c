// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that assigns nothing: it takes PCI functions, their interrupt line and the 8259s as
 * firmware leaves them, and the first capability of each kind, whose BAR has to be memory. It
 * does not write to configuration space, but to switch bus mastering off and on again.
 *
 * With the command line "reset" it spoils all that first, and resets the machine.
 */
#include "virtio.h"

#define VENDOR		0x1af4
#define CAP_LIST	0x34
#define CAP_VENDOR	0x09
#define INTERRUPT	0x3c		/* line and pin */
#define ELCR		0x4d0
#define SCI		9
#define CMOS_ROUND	0x50
#define RESET		0xcf9
#define RST_CPU		0x06

/* Where firmware may put functions: what PCI0's _CRS has */
#define MEMORY_START	0xe0100000
#define MEMORY_END	0xfeb00000
#define PORTS_START	0xd00
#define PORTS_END	0x10000

enum { CFG_COMMON = 1, CFG_NOTIFY, CFG_ISR, CFG_DEVICE, NR_CFG };

static struct vfunction rng;
static struct vring ring;
static u8 bytes[16];
static u32 isr, irq;
static unsigned int seen;
static bool at_sea;			/* an interrupt that is not the device's */

static unsigned int elcr(void)
{
	return inb(ELCR) | inb(ELCR + 1) << 8;
}

/* ---- What firmware has done ---- */

static bool bar_is_placed(unsigned int slot, unsigned int nr)
{
	u32 value = pci_read(slot, BAR(nr));

	if (value & 1)
		return (value & ~3U) >= PORTS_START && (value & ~3U) < PORTS_END;
	return (value & ~15U) >= MEMORY_START && (value & ~15U) < MEMORY_END;
}

/* Registers of BARs that are not there, and upper halves, are 0. */
static unsigned int placed_bars(unsigned int slot)
{
	unsigned int nr, placed = 0;

	for (nr = 0; nr < 6; nr++) {
		if (!pci_read(slot, BAR(nr)))
			continue;
		if (!bar_is_placed(slot, nr))
			return 0;
		placed++;
		if ((pci_read(slot, BAR(nr)) & 7) == 4)
			nr++;
	}
	return placed;
}

static void test_functions(void)
{
	unsigned int slot, functions = 0, placed = 0, decoding = 0, lines = 0;

	for (slot = 1; slot < 32; slot++) {
		if (pci_read(slot, 0) == 0xffffffff)
			continue;
		functions++;
		placed += placed_bars(slot) == 3;
		decoding += (pci_read(slot, COMMAND) & 0xffff) == (IO | MEMORY | BUS_MASTER);
		lines += (pci_read(slot, INTERRUPT) & 0xffff) == (0x100 | irq);
	}
	check(functions >= 3, "functions on the bus");
	is(placed, functions, "have three BARs each, where they may be,");
	is(decoding, functions, "and decode ports and memory, and are bus masters;");
	is(lines, functions, "they have the same interrupt line");
	check(irq > 2 && irq < 16 && elcr() & BIT(irq), "which is level-triggered,");
	check(elcr() & BIT(SCI), "as ACPI's is");
}

/* ---- The driver ---- */

static u32 slot_of(unsigned int type)
{
	unsigned int slot;

	for (slot = 1; slot < 32; slot++)
		if (pci_read(slot, 0) == ((0x1040 + type) << 16 | VENDOR))
			return slot;
	return 0;
}

/* The first capability of a kind: an address, or 0 if its BAR is none of memory */
static u32 first_cap(unsigned int slot, unsigned int kind, u32 *cap)
{
	u32 at, bar;

	for (at = pci_read(slot, CAP_LIST) & 0xfc; at; at = pci_read(slot, at + 1) & 0xfc) {
		if ((u8)pci_read(slot, at) != CAP_VENDOR || (u8)pci_read(slot, at + 3) != kind)
			continue;
		bar = pci_read(slot, BAR(pci_read(slot, at + 4) & 7));
		*cap = at;
		return bar & 1 ? 0 : (bar & ~15U) + pci_read(slot, at + 8);
	}
	return 0;
}

static void test_capabilities(void)
{
	u32 cap;

	rng.slot = slot_of(VIRTIO_RNG);
	rng.common = first_cap(rng.slot, CFG_COMMON, &cap);
	rng.config = first_cap(rng.slot, CFG_DEVICE, &cap);
	isr = first_cap(rng.slot, CFG_ISR, &cap);
	rng.bell = first_cap(rng.slot, CFG_NOTIFY, &cap);
	rng.bell_step = pci_read(rng.slot, cap + 16);
	check(rng.slot && rng.common && isr && rng.config,
	      "an entropy device with its registers in memory");
	check(rng.bell, "and its first doorbells");
}

static void on_irq(unsigned int vector)
{
	at_sea |= vector != (irq < 8 ? 0x20 : 0x28) + irq % 8 || !(mmio_read8(isr) & 1);
	seen++;
	if (irq >= 8)
		outb(SLAVE, 0x20);
	outb(MASTER, 0x20);
}

static void set_up_interrupts(void)
{
	on_interrupt = on_irq;
	pic_init(MASTER, 0x20, 0x01, 0xff & ~BIT(irq < 8 ? irq : 2));
	pic_init(SLAVE, 0x28, 0x01, irq < 8 ? 0xff : 0xff & ~BIT(irq - 8));
}

static void offer(void)
{
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
}

static bool used(void)
{
	unsigned int before = seen;
	bool came = vring_await(&ring);

	await(&seen, before + 1);
	return came && seen == before + 1;
}

static void test_requests(void)
{
	unsigned int i, good = 0;

	check(virtio_negotiate(&rng, 0) && virtio_queue(&rng, &ring, 0, 0), "it has a queue");
	WRITE_ONCE(ring.avail[0], 0);	/* interrupts */
	virtio_ready(&rng);
	for (i = 0; i < 20; i++) {
		offer();
		if (i % 2)
			mmio_write8(ring.bell, 0);
		else
			vring_ring(&ring);
		good += used();
	}
	is(good, 20, "which serves requests, and interrupts by the 8259s");
}

static bool left_alone(void)
{
	pause_us(1000);
	return ring.seen == READ_ONCE(ring.used.index);
}

/* A function that is no bus master touches no memory; later it finds what was made available. */
static void test_bus_master(void)
{
	unsigned int i, good = 0;

	for (i = 0; i < 10; i++) {
		pci_write(rng.slot, COMMAND, IO | MEMORY);
		offer();
		vring_ring(&ring);
		good += left_alone();
		pci_write(rng.slot, COMMAND, IO | MEMORY | BUS_MASTER);
		good += used();
	}
	is(good, 20, "without bus mastering it touches no memory, with it again it does");
	check(!at_sea, "no interrupt was another's");
}

/* ---- A reset ---- */

static void spoil(void)
{
	unsigned int slot, bar;

	for (slot = 1; slot < 32; slot++) {
		if (pci_read(slot, 0) == 0xffffffff)
			continue;
		pci_write(slot, COMMAND, 0);
		pci_write(slot, INTERRUPT, 0x55);
		for (bar = 0; bar < 6; bar++)
			pci_write(slot, BAR(bar), slot % 2 ? 0 : 0xffffffff);
	}
	outb(ELCR, 0);
	outb(ELCR + 1, 0);
	cmos_write(CMOS_ROUND, 1);
	outb(RESET, RST_CPU);
}

void test(void)
{
	if (ends_with(command_line(), "reset") && !cmos_read(CMOS_ROUND))
		spoil();
	irq = (u8)pci_read(slot_of(VIRTIO_RNG), INTERRUPT);
	test_functions();
	test_capabilities();
	set_up_interrupts();
	test_requests();
	test_bus_master();
}
