// SPDX-License-Identifier: GPL-2.0
/*
 * PCI, on the test function in slot 31: configuration space by both ways, BARs that move while
 * the accelerator answers, INTx to the IOAPIC and to the 8259s, MSI-X.
 */
#include "apic.h"
#include "pciconf.h"

#include "../../../uapi/keel_pcitest.h"

#define SLOT		KEEL_PCITEST_SLOT
#define ECAM		(0xe0000000 + (SLOT << 15))

#define STATUS_INTX	(BIT(3) << 16)
#define MSIX		0x40
#define MSIX_ENABLE	BIT(31)		/* in the dword of the capability */
#define MSIX_MASKALL	BIT(30)

#define MEM		0xe1000000
#define ELSEWHERE	0xe1234000
#define TABLE		0xe2000000
#define PBA		(TABLE + 0x800)
#define PORTS		0xc000
#define MOVES		200

#define PIN		19		/* PIRQ D */
#define ISA_IRQ		11
#define ELCR2		0x4d1
#define VECTOR		0x60
#define NONE		0xffffffff

static unsigned int seen, last_vector;

static u32 config_read(u32 reg)
{
	return pci_read(SLOT, reg);
}

static void config_write(u32 reg, u32 value)
{
	pci_write(SLOT, reg, value);
}

/* ---- Configuration ---- */

static void test_mechanism(void)
{
	unsigned int reg, same = 0;

	is(config_read(0), KEEL_PCITEST_DEVICE << 16 | KEEL_PCITEST_VENDOR, "the test function");
	is(inl(ADDRESS), 0x80000000 | SLOT << 11, "CONFIG_ADDRESS is read back");
	outb(ADDRESS, 0xff);
	outw(ADDRESS + 2, 0xffff);
	is(inl(ADDRESS), 0x80000000 | SLOT << 11, "and ignores narrower writes");
	is(inb(0xcf9), 0, "the reset register still answers");
	is(inw(DATA + 2), KEEL_PCITEST_DEVICE, "16 bits of CONFIG_DATA");
	is(inb(DATA + 1), KEEL_PCITEST_VENDOR >> 8, "8 bits");
	outl(ADDRESS, 0x80000000 | 3 << 11);
	is(inl(DATA), NONE, "an empty slot");
	for (reg = 0; reg < 256; reg += 4)
		same += config_read(reg) == mmio_read(ECAM + reg);
	is(same, 64, "the ECAM shows the same");
	is(mmio_read8(ECAM + 3), KEEL_PCITEST_DEVICE >> 8, "a byte there");
	is(mmio_read(ECAM + 0x100), NONE, "and nothing behind 256 bytes");
	is(mmio_read(ECAM + 0x1000), NONE, "nor in function 1");
	config_write(0x3c, 0xa5);
	outb(DATA, 0x5a);
	is(mmio_read8(ECAM + 0x3c), 0x5a, "a byte is written by mechanism #1, read by the ECAM");
}

/* ---- BARs ---- */

static void test_sizes(void)
{
	static const u32 sizes[6] = { 0xfffff00c, NONE, 0xfffffff1, 0, 0xfffff000, 0 };
	unsigned int bar;

	config_write(COMMAND, 0);
	for (bar = 0; bar < 6; bar++) {
		config_write(BAR(bar), NONE);
		is(config_read(BAR(bar)), sizes[bar], "a BAR's size");
		config_write(BAR(bar), 0);
	}
}

static void test_decoding(void)
{
	config_write(BAR(0), MEM);
	config_write(BAR(2), PORTS);
	config_write(BAR(4), TABLE);
	is(mmio_read(MEM), NONE, "memory is not decoded yet");
	is(inl(PORTS), NONE, "nor are ports");
	config_write(COMMAND, MEMORY);
	is(mmio_read(MEM), 0, "memory is decoded");
	is(inl(PORTS), NONE, "ports are not yet");
	config_write(COMMAND, IO | MEMORY);
	mmio_write(MEM, 0x12345678);
	is(inl(PORTS), 0x12345678, "written to memory, read from ports");
	outb(PORTS + 1, 0xab);
	is(mmio_read(MEM), 0x1234ab78, "and the other way");
	is(mmio_read64(MEM), 0x1234ab78, "64 bits");
	is(mmio_read16(MEM + 2), 0x1234, "16 bits");
	config_write(COMMAND, 0);
	is(mmio_read(MEM), NONE, "memory is not decoded any more");
	is(inl(PORTS), NONE, "nor are the ports");
	config_write(COMMAND, IO | MEMORY | BUS_MASTER);
}

/* An access right after a move reaches the BAR at its new place, and not at the old one. */
static void test_moves(void)
{
	u32 at = MEM, to, ports = PORTS, good = 0;
	unsigned int i;

	for (i = 0; i < MOVES; i++) {
		to = at == MEM ? ELSEWHERE + (i << 12) : MEM;
		mmio_write(at, i);
		config_write(BAR(0), to);
		good += mmio_read(to) == i && mmio_read(at) == NONE;
		at = to;
		to = ports == PORTS ? PORTS + 0x100 + 16 * i : PORTS;
		outl(ports, ~i);
		config_write(BAR(2), to);
		good += inl(to) == ~i && inl(ports) == NONE;
		ports = to;
	}
	is(good, 2 * MOVES, "moved BARs answer at their new place and not at the old one");
	config_write(BAR(0), MEM);
	config_write(BAR(2), PORTS);
}

static void test_overlap(void)
{
	mmio_write(MEM, 7);
	config_write(BAR(0), TABLE);
	is(mmio_read(TABLE), 7, "of two BARs at one address the first one answers");
	config_write(BAR(0), 0xe0000000);
	is(mmio_read(0xe0000000), 0x00081b36, "a BAR over the ECAM does not answer");
	config_write(BAR(2), 0x3f0);
	check(inb(COM1_LSR) & LSR_THRE, "a BAR over the serial port does not answer");
	config_write(BAR(0), MEM);
	config_write(BAR(2), PORTS);
	is(mmio_read(MEM), 7, "moved back, the first BAR answers");
	is(mmio_read(TABLE + 12), 1, "and the other BAR as well");
}

/* ---- INTx ---- */

static void ask(bool level)
{
	mmio_write(MEM + KEEL_PCITEST_INTX, level);
}

static void on_intx(unsigned int vector)
{
	seen++;
	last_vector = vector;
	ask(false);
	mmio_write(LAPIC_EOI, 0);
}

/* came() - were there exactly so many, after long enough a time for more? */
static void came(unsigned int wanted, const char *what)
{
	await(&seen, wanted);
	let_through();
	is(seen, wanted, what);
}

static void test_intx(void)
{
	on_interrupt = on_intx;
	rte_write(PIN, VECTOR | RTE_LEVEL | RTE_LOW);
	ask(true);
	came(1, "INTx comes through the IOAPIC's pin 19");
	is(last_vector, VECTOR, "with its vector");
	config_write(COMMAND, IO | MEMORY | BUS_MASTER | INTX_DISABLE);
	ask(true);
	came(1, "disabled INTx does not come");
	check(config_read(COMMAND) & STATUS_INTX, "but status shows it");
	config_write(COMMAND, IO | MEMORY | BUS_MASTER);
	came(2, "enabled again, it comes");
	check(!(config_read(COMMAND) & STATUS_INTX), "and status shows that it is released");
	rte_write(PIN, RTE_MASK);
}

static void on_isa(unsigned int vector)
{
	seen++;
	last_vector = vector;
	ask(false);
	outb(SLAVE, 0x20);
	outb(MASTER, 0x20);
}

static void test_intx_to_8259(void)
{
	seen = 0;
	on_interrupt = on_isa;
	pic_init(MASTER, 0x20, 0x01, 0xfb);
	pic_init(SLAVE, 0x28, 0x01, 0xff & ~BIT(ISA_IRQ - 8));
	outb(ELCR2, BIT(ISA_IRQ - 8));
	ask(true);
	came(1, "INTx comes through the 8259s");
	is(last_vector, 0x28 + ISA_IRQ - 8, "as IRQ 11");
	outb(SLAVE + 1, 0xff);
	outb(MASTER + 1, 0xff);
}

/* ---- MSI-X ---- */

static void on_msi(unsigned int vector)
{
	seen++;
	last_vector = vector;
	mmio_write(LAPIC_EOI, 0);
}

static void entry(unsigned int nr, u8 vector, u32 control)
{
	mmio_write(TABLE + 16 * nr, 0xfee00000);
	mmio_write(TABLE + 16 * nr + 4, 0);
	mmio_write(TABLE + 16 * nr + 8, vector);
	mmio_write(TABLE + 16 * nr + 12, control);
}

static void mask(unsigned int nr, u32 control)
{
	mmio_write(TABLE + 16 * nr + 12, control);
}

static void signal(unsigned int nr)
{
	mmio_write(MEM + KEEL_PCITEST_SIGNAL, nr);
}

static void test_msix(void)
{
	unsigned int i;

	seen = 0;
	on_interrupt = on_msi;
	config_write(MSIX, MSIX_ENABLE);
	for (i = 0; i < KEEL_PCITEST_VECTORS; i++) {
		entry(i, VECTOR + i, 0);
		signal(i);
		came(i + 1, "a vector's message comes");
		is(last_vector, VECTOR + i, "with the vector in its entry");
	}
	seen = 0;
	outl(PORTS + KEEL_PCITEST_SIGNAL, 1);
	came(1, "signalled by a port as well");
	ask(true);
	rte_write(PIN, VECTOR | RTE_LEVEL | RTE_LOW);
	came(1, "INTx is silent meanwhile");
	rte_write(PIN, RTE_MASK);
	ask(false);
}

static void test_masks(void)
{
	seen = 0;
	mask(2, 1);
	signal(2);
	signal(2);
	came(0, "masked: none");
	is(mmio_read(PBA), BIT(2), "but it is pending");
	mask(2, 0);
	came(1, "it comes once on unmasking");
	is(mmio_read(PBA), 0, "and is not pending any more");
	config_write(MSIX, MSIX_ENABLE | MSIX_MASKALL);
	signal(0);
	signal(3);
	came(1, "all masked: none");
	is(mmio_read64(PBA), BIT(0) | BIT(3), "two are pending");
	config_write(MSIX, MSIX_ENABLE);
	came(3, "both come");
	mask(1, 1);
	signal(1);
	entry(1, VECTOR + 9, 0);
	came(4, "a pending message whose entry was rewritten");
	is(last_vector, VECTOR + 9, "comes with the new vector");
	config_write(COMMAND, IO | MEMORY);
	signal(0);
	came(4, "no message without bus mastering");
	config_write(COMMAND, IO | MEMORY | BUS_MASTER);
	came(5, "with it, the pending message comes");
}

/* A message right after a change of its entry is the new one. */
static void test_changes(void)
{
	unsigned int i, good = 0;

	for (i = 0; i < MOVES; i++) {
		u8 vector = VECTOR + i % 64;

		seen = 0;
		mmio_write(TABLE + 8, vector);
		signal(0);
		await(&seen, 1);
		good += seen == 1 && last_vector == vector;
	}
	is(good, MOVES, "each message is its entry's at the time");
	for (i = good = 0; i < MOVES; i++) {
		seen = 0;
		mask(0, 1);
		signal(0);
		mask(0, 0);
		await(&seen, 1);
		good += seen == 1 && !mmio_read(PBA);
	}
	is(good, MOVES, "no message is lost between masking and unmasking");
}

static void test_nowhere(void)
{
	seen = 0;
	mmio_write(TABLE + 4, 1);
	signal(0);
	mmio_write(TABLE + 4, 0);
	mmio_write(TABLE, 0x12345000);
	signal(0);
	came(0, "messages outside the LAPICs' addresses reach no CPU");
	entry(0, VECTOR, 0);
	signal(0);
	came(1, "and do no harm");
}

void test(void)
{
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	test_mechanism();
	test_sizes();
	test_decoding();
	test_moves();
	test_overlap();
	test_intx();
	test_intx_to_8259();
	test_msix();
	test_masks();
	test_changes();
	test_nowhere();
}
