// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/msi_cap.c, on the PCI test function. */
#include "pci_test.h"

#define MEM	0xe1000000ULL
#define INTX	(MEM + 4)
#define SIGNAL	(MEM + 8)
#define TABLE	0xe2000000ULL

#define CAP	0x60		/* behind the function's own */
#define FLAGS	(CAP + 2)
#define ADDRESS	(CAP + 4)
#define DATA	(CAP + 12)
#define MASK	(CAP + 16)
#define PENDING	(CAP + 20)

#define ENABLED	0x181		/* and what it can do: 64 bits, a mask */
#define GSI	24		/* of slot A: MSI-X's first vector's, or MSI's */
#define PIRQ	(16 + A % 4)
#define STATUS_INTX	(get(A, 0x06, 2) >> 3 & 1)

static int msi_test_init(struct kunit *test)
{
	harness_init(test, pci_test_devices, pci_test_nr_devices);
	set(A, 0x10, MEM, 8);
	set(A, 0x20, TABLE, 4);
	set(A, COMMAND, MEMORY | MASTER, 2);
	return 0;
}

/* As a driver does: a message, then MSI. */
static void msi_enable(struct kunit *test)
{
	set(A, ADDRESS, 0xfee05000, 4);
	set(A, ADDRESS + 4, 0, 4);
	set(A, DATA, 0x4041, 2);
	set(A, FLAGS, 1, 2);
}

#define enable()	msi_enable(test)
#define ask()		wr(INTX, 1, 4)
#define ask_no_more()	wr(INTX, 0, 4)

static void msi_capability(struct kunit *test)
{
	is(get(A, CAP, 4), 0x01800005);
	set(A, FLAGS, 0xffff, 2);
	is(get(A, FLAGS, 2), ENABLED);		/* one message, whatever the driver wants */
	set(A, FLAGS + 1, 0, 1);
	is(get(A, FLAGS, 2), ENABLED);
	set(A, FLAGS, 0, 1);
	is(get(A, FLAGS, 2), 0x180);
	set(A, CAP, 0x0001ffff, 4);
	is(get(A, CAP, 4), 0x01810005);
	set(A, ADDRESS, 0xffffffff, 4);
	is(get(A, ADDRESS, 4), 0xfffffffc);
	set(A, ADDRESS + 4, 0x12345678, 4);
	set(A, ADDRESS + 5, 0xab, 1);
	is(get(A, ADDRESS + 4, 4), 0x1234ab78);
	set(A, DATA, 0xffffffff, 4);
	is(get(A, DATA, 4), 0xffff);
	set(A, DATA + 1, 0x12, 1);
	is(get(A, DATA, 2), 0x12ff);
	set(A, MASK, 0xffffffff, 4);
	is(get(A, MASK, 4), 1);
	is(counter("pcitest0", "ignored_writes"), 0);
	set(A, PENDING, 0xffffffff, 4);
	is(get(A, PENDING, 4), 0);
	is(counter("pcitest0", "ignored_writes"), 1);
}

/* Each time that the function asks, in the place of its pin. */
static void msi_instead_of_intx(struct kunit *test)
{
	ask();
	is(line(PIRQ), 1);
	ask_no_more();
	enable();
	is(H->routes[GSI].address, 0xfee05000);
	is(H->routes[GSI].data, 0x4041);
	is(msis(GSI), 0);
	ask();
	is(msis(GSI), 1);
	is(line(PIRQ), 0);
	is(STATUS_INTX, 1);
	ask();
	is(msis(GSI), 2);
	ask_no_more();
	is(msis(GSI), 2);
	is(counter("pcitest0", "signals"), 2);
	ask();
	set(A, FLAGS, 0, 2);
	is(line(PIRQ), 1);			/* it asks, and has its pin again */
	is(H->routes[GSI].address, 0);
	ask();
	is(msis(GSI), 3);
}

/* What was asked for by the pin is told by the message. */
static void msi_enabled_while_it_asks(struct kunit *test)
{
	ask();
	enable();
	is(line(PIRQ), 0);
	is(msis(GSI), 1);
	set(A, FLAGS, 1, 2);			/* it was enabled already */
	is(msis(GSI), 1);
}

static void msi_pending(struct kunit *test)
{
	enable();
	set(A, MASK, 1, 4);
	is(H->routes[GSI].address, 0);
	ask();
	ask();
	is(msis(GSI), 0);
	is(get(A, PENDING, 4), 1);
	set(A, COMMAND, MEMORY, 2);
	set(A, MASK, 0, 4);
	is(msis(GSI), 0);
	set(A, DATA, 0x52, 2);
	set(A, COMMAND, MEMORY | MASTER, 2);
	is(msis(GSI), 1);
	is(H->routes[GSI].data, 0x52);
	is(get(A, PENDING, 4), 0);
	is(counter("pcitest0", "pended"), 2);
	set(A, MASK, 1, 4);
	ask();
	set(A, FLAGS, 0, 2);			/* the pin says it */
	is(get(A, PENDING, 4), 0);
	is(line(PIRQ), 1);
	set(A, MASK, 0, 4);
	is(msis(GSI), 1);
}

static void msi_to_nobody(struct kunit *test)
{
	enable();
	set(A, ADDRESS, 0x1000, 4);
	is(H->routes[GSI].address, 0);
	ask();
	is(msis(GSI), 0);
	is(counter("pcitest0", "lost"), 1);
	set(A, ADDRESS, 0xfee00000, 4);
	set(A, ADDRESS + 4, 1, 4);
	ask();
	is(counter("pcitest0", "lost"), 2);
	set(A, ADDRESS + 4, 0, 4);
	ask();
	is(msis(GSI), 1);
}

/* PCI does not define both at a time; MSI-X has it, and the GSI that both use. */
static void msi_and_msix(struct kunit *test)
{
	wr(TABLE, 0xfee06000, 8);
	wr(TABLE + 8, 0x61, 8);
	enable();
	is(H->routes[GSI].data, 0x4041);
	set(A, MSIX + 2, BIT(15), 2);
	is(H->routes[GSI].data, 0x61);
	ask();
	is(msis(GSI), 0);
	is(line(PIRQ), 0);
	is(get(A, PENDING, 4), 0);
	wr(SIGNAL, 0, 4);
	is(msis(GSI), 1);
	set(A, DATA, 0x4042, 2);
	set(A, MASK, 1, 4);
	set(A, MASK, 0, 4);
	is(H->routes[GSI].data, 0x61);
	set(A, MSIX + 2, 0, 2);
	is(H->routes[GSI].data, 0x4042);
	is(line(PIRQ), 0);
	ask();
	is(msis(GSI), 2);
	wr(SIGNAL, 0, 4);			/* a vector of MSI-X, which is off */
	is(msis(GSI), 2);
	is(rd(TABLE + 0x800, 4), 1);
}

static void msi_reset(struct kunit *test)
{
	enable();
	set(A, MASK, 1, 4);
	ask();
	whole_reset(H->board);
	is(H->routes[GSI].address, 0);
	is(get(A, CAP, 4), 0x01800005);
	is(get(A, ADDRESS, 4), 0);
	is(get(A, DATA, 4), 0);
	is(get(A, MASK, 4), 0);
	is(get(A, PENDING, 4), 0);
	is(msis(GSI), 0);
}

static void msi_restored(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	enable();
	ask();
	is(harness_copy(test, H, other), 0);
	is(other->routes[GSI].data, 0x4041);
	is(other->msis[GSI], 0);
	set(A, MASK, 1, 4);
	ask();
	is(harness_copy(test, H, other), 0);
	is(other->msis[GSI], 0);
	harness_out(other, KEEL_MMIO, cfg(A, MASK), 0, 4);
	is(other->msis[GSI], 1);
}

static void msi_check(struct kunit *test)
{
	struct keel_pcitest_state *s = pci_test_state(test, 0), good = *s;

#define BAD(change) do { \
	*s = good; \
	ok(pci_test_accepts(test, s)); \
	change; \
	ok(!pci_test_accepts(test, s)); \
} while (0)

	BAD(s->msi.address = 1);
	BAD(s->msi.address = 0xfee00002);
	BAD(s->msi.enabled = 2);
	BAD(s->msi.masked = 2);
	BAD(s->msi.pending = 2);
	BAD(s->msi.pending = 1);		/* and not enabled */
	BAD(s->msi.pad[0] = 1);
	BAD(s->msi.pad[2] = 1);
	good.msi.enabled = 1;
	BAD(s->msi.pending = 1);		/* and nothing keeps it from being sent */
	good.msi.masked = 1;
	good.msi.pending = 1;
	BAD(s->msi.masked = 0);
	good.msi.masked = 0;
	good.pci.command = MEMORY;
	BAD(s->pci.command = MASTER);
	good.pci.command = MASTER;
	good.msix.control = BIT(15);
	BAD(s->msix.control = 0);
	*s = good;
	s->msi.address = 0xfffffffc;
	s->msi.address_hi = 0xffffffff;
	s->msi.data = 0xffff;
	ok(pci_test_accepts(test, s));
}

static struct kunit_case msi_cases[] = {
	KUNIT_CASE(msi_capability),
	KUNIT_CASE(msi_instead_of_intx),
	KUNIT_CASE(msi_enabled_while_it_asks),
	KUNIT_CASE(msi_pending),
	KUNIT_CASE(msi_to_nobody),
	KUNIT_CASE(msi_and_msix),
	KUNIT_CASE(msi_reset),
	KUNIT_CASE(msi_restored),
	KUNIT_CASE(msi_check),
	{}
};

static struct kunit_suite msi_suite = {
	.name = "keel-pci-msi",
	.init = msi_test_init,
	.exit = harness_exit,
	.test_cases = msi_cases,
};

kunit_test_suites(&msi_suite);
