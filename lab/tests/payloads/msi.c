// SPDX-License-Identifier: GPL-2.0
/* A virtio function that is driven with MSI, as by a kernel that knows nothing of MSI-X. */
#include "apic.h"
#include "virtio.h"

#define CAPABILITIES	0x34
#define CAP_MSI		0x05
#define CAP_MSIX	0x11
#define MSIX_ENABLE	BIT(31)		/* in the first four bytes */
#define MSI_ENABLE	BIT(16)
#define ISR		0x1000		/* Keel's, behind the common configuration */
#define ISA_LINE	11		/* of all functions, at the 8259As */
#define OCW3_READ_IRR	0x0a

#define VECTOR		0x51
#define OTHER_VECTOR	0x52
#define MSIX_VECTOR	0x53
#define ROUNDS		100

static struct vfunction rng;
static struct vring ring;
static u8 bytes[16];
static u32 msi, msix, counts[256];

static void interrupt(unsigned int vector)
{
	counts[vector]++;
	mmio_write(LAPIC_EOI, 0);
}

static u32 capability(u8 id)
{
	u32 cap = pci_read(rng.slot, CAPABILITIES) & 0xfc;

	while (cap && (u8)pci_read(rng.slot, cap) != id)
		cap = pci_read(rng.slot, cap + 1) & 0xfc;
	return cap;
}

static bool requested(void)
{
	outb(SLAVE, OCW3_READ_IRR);
	return inb(SLAVE) >> (ISA_LINE - 8) & 1;
}

static bool set_up(u8 msix_vector)
{
	bool good = virtio_negotiate(&rng, 0) && virtio_queue(&rng, &ring, 0, msix_vector);

	ring.avail[0] = 0;		/* with interrupts */
	virtio_ready(&rng);
	return good;
}

static bool ask(void)
{
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
	vring_kick(&ring);
	return vring_await(&ring);
}

static bool comes(u8 vector, u32 count)
{
	u32 start = pm_read();

	while (READ_ONCE(counts[vector]) != count)
		if (pm_read() - start > PM_HZ)
			return false;
	return true;
}

static u8 isr(void)
{
	return mmio_read8(rng.common + ISR);
}

static void set_msi(u8 vector, bool enable)
{
	pci_write(rng.slot, msi + 4, 0xfee00000);
	pci_write(rng.slot, msi + 8, 0);
	pci_write(rng.slot, msi + 12, vector);
	pci_write(rng.slot, msi, enable ? MSI_ENABLE : 0);
}

static void set_msix(bool enable)
{
	pci_write(rng.slot, msix, enable ? MSIX_ENABLE : 0);
}

static void test_pin(void)
{
	check(ask() && requested(), "without MSI, its pin is asserted");
	is(isr(), 1, "the interrupt status says why");
	check(!requested(), "and reading it takes the pin back");
}

static void test_message(void)
{
	unsigned int i, good = 0;

	set_msi(VECTOR, true);
	check(ask() && comes(VECTOR, 1), "with MSI, a message comes");
	check(!requested(), "and the pin is not asserted");
	check(pci_read(rng.slot, COMMAND) & BIT(19), "the status register has the interrupt");
	is(isr(), 1, "so does the interrupt status");
	check(ask() && ask() && comes(VECTOR, 3), "each time, even if that is not read");
	is(isr(), 1, "it is set once");
	is(isr(), 0, "and cleared by reading");
	for (i = 0; i < ROUNDS; i++)
		good += ask() && comes(VECTOR, 4 + i) && isr() == 1;
	is(good, ROUNDS, "no message is lost, or comes twice");
	set_msi(OTHER_VECTOR, true);
	check(ask() && comes(OTHER_VECTOR, 1), "a new message is the one that comes");
	isr();
}

static void test_mask(void)
{
	u32 before = counts[OTHER_VECTOR];

	pci_write(rng.slot, msi + 16, 1);
	ask();
	pause_us(200);
	is(counts[OTHER_VECTOR], before, "none comes while it is masked");
	is(pci_read(rng.slot, msi + 20), 1, "it is pending");
	pci_write(rng.slot, msi + 16, 0);
	check(comes(OTHER_VECTOR, before + 1), "and comes when it is unmasked");
	is(pci_read(rng.slot, msi + 20), 0, "and is not pending any more");
	isr();
}

/* The first vector of MSI-X and MSI have one way to KVM: which of both it is has to be right. */
static void test_both(void)
{
	u32 before = counts[OTHER_VECTOR];
	unsigned int i, good = 0;

	check(set_up(MSIX_VECTOR), "with a vector of MSI-X, which is off");
	for (i = 0; i < ROUNDS; i++)
		good += ask() && comes(OTHER_VECTOR, before + 1 + i) && isr() == 1;
	is(good, ROUNDS, "MSI's message comes, with the interrupt status");
	before = counts[OTHER_VECTOR];
	set_msix(true);
	good = 0;
	for (i = 0; i < ROUNDS; i++)
		good += ask() && comes(MSIX_VECTOR, 1 + i) && !isr();
	is(good, ROUNDS, "with both, MSI-X has it");
	is(counts[OTHER_VECTOR], before, "and MSI sends nothing");
	set_msix(false);
	check(ask() && comes(OTHER_VECTOR, before + 1) && isr() == 1, "until it is alone again");
	set_msi(OTHER_VECTOR, false);
	check(ask() && requested(), "without both, the pin is asserted");
	set_msi(OTHER_VECTOR, true);
	check(comes(OTHER_VECTOR, before + 2) && !requested(),
	      "what the pin asked for is told by the message");
	is(isr(), 1, "and is in the interrupt status");
}

void test(void)
{
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = interrupt;
	irqs_on();
	check(virtio_find(&rng, VIRTIO_RNG), "an entropy device");
	msi = capability(CAP_MSI);
	msix = capability(CAP_MSIX);
	check(msi && msix, "has MSI and MSI-X");
	is(pci_read(rng.slot, msi) >> 16, 0x180, "64-bit address, a mask, one message");
	set_msix(false);
	check(set_up(0), "its queue");
	test_pin();
	test_message();
	test_mask();
	test_both();
	irqs_off();
}
