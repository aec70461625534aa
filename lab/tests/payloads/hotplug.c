// SPDX-License-Identifier: GPL-2.0
/*
 * Hot-plug as a guest without ACPI's interpreter does it: GPE 1 and its SCI, by the 8259s, and the
 * controller's registers. The guest asks for what is to happen ("@ attach", "@ detach", "@ force"),
 * and answers what comes.
 */
#include "pciconf.h"

#include "../../../uapi/keel_hotplug.h"
#include "../../../uapi/keel_pm.h"

#define INSERTED	(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_INSERTED)
#define WANTED		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_WANTED)
#define EJECT		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_EJECT)
#define SLOTS		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_SLOTS)

#define PM1_CNT		(KEEL_PM_BASE + KEEL_PM_PM1_CNT)
#define GPE0_STS	(KEEL_PM_BASE + KEEL_PM_GPE0_STS)
#define GPE0_EN		(KEEL_PM_BASE + KEEL_PM_GPE0_EN)

#define ELCR_HIGH	0x4d1
#define BASE		0x20		/* vectors: IRQ n has BASE + n */
#define SCI		(BASE + KEEL_PM_SCI)
#define OCW2_EOI	0x20

#define VIRTIO_BLK	0x10421af4U	/* device and vendor ID */
#define NONE		0xffffffffU
#define REGISTERS	4		/* the BAR of virtio's registers in memory, of 64 bits */
#define PLACE		0xd0000000U
#define STATUS		0x14		/* device_status there (VIRTIO 1.2, 4.1.4.3) */
#define TURNS		100000		/* of a millisecond */

static unsigned int scis, others;
static u16 events;		/* of GPE0, since they were last looked at */
static u32 slot;

static void on_sci(unsigned int vector)
{
	u16 status = inw(GPE0_STS) & inw(GPE0_EN);

	if (vector == SCI && status)
		scis++;
	else
		others++;
	events |= status;
	outw(GPE0_STS, status);
	outb(SLAVE, OCW2_EOI);
	outb(MASTER, OCW2_EOI);
}

static void set_up(void)
{
	outb(ELCR_HIGH, BIT(KEEL_PM_SCI - 8));
	pic_init(MASTER, BASE, 1, (u8)~BIT(2));
	pic_init(SLAVE, BASE + 8, 1, (u8)~BIT(KEEL_PM_SCI - 8));
	on_interrupt = on_sci;
	outb(KEEL_PM_SMI_CMD, KEEL_PM_ACPI_ENABLE);
	check(inw(PM1_CNT) & 1, "ACPI is on");
	outw(GPE0_STS, 0xffff);
	outw(GPE0_EN, BIT(KEEL_HOTPLUG_GPE));
}

/* told() - the SCI comes, for GPE 1, and once */
static void told(const char *what)
{
	await_long(&scis, 1);	/* for a process of the host's */
	check(scis == 1 && events == BIT(KEEL_HOTPLUG_GPE) && !others,
	      "%s: the SCI comes, of GPE 1 (%u, 0x%x, %u)", what, scis, events, others);
	scis = 0;
	events = 0;
}

static u32 lowest(u32 bits)
{
	u32 nr = 0;

	while (nr < 32 && !(bits >> nr & 1))
		nr++;
	return nr;
}

/* Places its registers, and looks at them: it is as after a reset. */
static void use(void)
{
	pci_write(slot, BAR(REGISTERS), PLACE);
	pci_write(slot, BAR(REGISTERS + 1), 0);
	is(mmio_read(PLACE), NONE, "it decodes nothing before it is told to");
	pci_write(slot, COMMAND, MEMORY | BUS_MASTER);
	is(mmio_read8(PLACE + STATUS), 0, "its driver is to begin anew");
	mmio_write8(PLACE + STATUS, 3);
	is(mmio_read8(PLACE + STATUS), 3, "and begins");
}

static void gone(const char *what)
{
	is(inl(EJECT) & BIT(slot), 0, what);
	is(pci_read(slot, 0), NONE, "its configuration space reads as ones");
	is(mmio_read(PLACE), NONE, "and so do its registers");
	pci_write(slot, COMMAND, MEMORY);
	is(mmio_read(PLACE), NONE, "whatever is written there");
}

static void comes(void)
{
	u32 before = inl(EJECT);

	say("@ attach\n");
	told("a disk comes");
	is(inl(INSERTED), inl(EJECT) & ~before, "one slot has a function that is new");
	slot = lowest(inl(INSERTED));
	is(inl(SLOTS) >> slot & 1, 1, "which is the controller's");
	outl(INSERTED, BIT(slot));
	is(inl(INSERTED), 0, "acknowledged");
	is(pci_read(slot, 0), VIRTIO_BLK, "it is a disk");
	is(pci_read(slot, COMMAND) & 7, 0, "as after a reset");
	use();
}

static void leaves(void)
{
	say("@ detach\n");
	told("it is to leave");
	is(inl(WANTED), BIT(slot), "its slot is wanted");
	is(pci_read(slot, 0), VIRTIO_BLK, "it is there until it is ejected");
	is(mmio_read8(PLACE + STATUS), 3, "and answers");
	outl(EJECT, BIT(slot));
	gone("ejected");
	is(inl(WANTED), 0, "and no longer wanted");
}

/* The host does not ask before, and does not tell afterwards. */
static void is_taken(void)
{
	unsigned int turn;

	say("@ force\n");
	for (turn = 0; turn < TURNS && inl(EJECT) & BIT(slot); turn++)
		pause_us(1000);
	gone("taken away");
	let_through();
	is(scis + others, 0, "without an interrupt");
}

void test(void)
{
	set_up();
	is(inl(EJECT), 0, "no slot has a function");
	comes();
	leaves();
	comes();
	is_taken();
	comes();
	outl(EJECT, NONE);
	gone("the guest ejects without being asked");
	outl(EJECT, NONE);
	comes();
	leaves();
	/* "keel detach" looks at the slot once more, and the VM has to be there. */
	say("@ end\n");
	while (!(inb(COM1_LSR) & LSR_DR))
		pause_us(1000);
}
