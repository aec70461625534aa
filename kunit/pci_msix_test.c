// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/msix.c, on the PCI test function. */
#include "pci_test.h"

#define MEM	0xe1000000ULL
#define SIGNAL	(MEM + 8)
#define INTX	(MEM + 4)
#define TABLE	0xe2000000ULL
#define PBA	(TABLE + 0x800)

#define ENTRY(n)	(TABLE + 16 * (n))
#define FLAGS		(MSIX + 2)
#define ENABLE		BIT(15)
#define MASKALL		BIT(14)

#define GSI(n)		(24 + (n))	/* of slot A's vectors */

/* Memory BARs mapped and decoded, MSI-X as the reset has left it. */
static int msix_test_init(struct kunit *test)
{
	harness_init(test, pci_test_devices, pci_test_nr_devices);
	set(A, 0x10, MEM, 8);
	set(A, 0x20, TABLE, 4);
	set(A, COMMAND, MEMORY | MASTER, 2);
	return 0;
}

static void msix_entry(struct kunit *test, unsigned int vector, u64 address, u32 data, u32 control)
{
	wr(ENTRY(vector), address, 8);
	wr(ENTRY(vector) + 8, data, 4);
	wr(ENTRY(vector) + 12, control, 4);
}

#define entry(vector, address, data, control) \
	msix_entry(test, (vector), (address), (data), (control))
#define mask(vector, v)	wr(ENTRY(vector) + 12, (v), 4)
#define flags(v)	set(A, FLAGS, (v), 2)
#define signal(vector)	wr(SIGNAL, (vector), 4)
#define route(vector)	(H->routes[GSI(vector)])

/* ---- Registers ---- */

static void msix_capability(struct kunit *test)
{
	is(get(A, FLAGS, 2), 3);	/* four vectors */
	is(get(A, MSIX + 4, 4), 4);	/* the table: BAR 4, 0 */
	is(get(A, MSIX + 8, 4), 0x804);
	flags(0xffff);
	is(get(A, FLAGS, 2), 0xc003);
	set(A, FLAGS + 1, 0x80, 1);
	is(get(A, FLAGS, 2), 0x8003);
	set(A, FLAGS, 0xff, 1);
	is(get(A, FLAGS, 2), 0x8003);
	set(A, MSIX, 0x4000ffff, 4);
	is(get(A, MSIX, 4), 0x40034c11);
	is(get(A, FLAGS, 1), 3);
	is(get(A, FLAGS + 1, 1), 0x40);
	is(counter("pcitest0", "ignored_writes"), 0);
	set(A, MSIX + 4, 0xffffffff, 4);
	set(A, MSIX + 8, 0, 4);
	is(get(A, MSIX + 4, 4), 4);
	is(get(A, MSIX + 8, 4), 0x804);
	is(counter("pcitest0", "ignored_writes"), 2);
}

static void msix_after_reset(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		is(rd(ENTRY(i), 8), 0);
		is(rd(ENTRY(i) + 8, 8), 1ULL << 32);
		is(H->nr_routes[GSI(i)], 0);
	}
	is(rd(PBA, 8), 0);
}

static void msix_table_widths(struct kunit *test)
{
	wr(ENTRY(1), 0x11223344fee05000ULL, 8);
	is(rd(ENTRY(1), 8), 0x11223344fee05000ULL);
	is(rd(ENTRY(1), 4), 0xfee05000);
	is(rd(ENTRY(1) + 4, 4), 0x11223344);
	wr(ENTRY(1) + 8, 0xffffffff12345678ULL, 8);
	is(rd(ENTRY(1) + 8, 8), 0x112345678ULL);
	wr(ENTRY(1) + 12, 0xfffffffe, 4);
	is(rd(ENTRY(1) + 12, 4), 0);
	wr(ENTRY(1), 0xffffffff, 4);
	is(rd(ENTRY(1), 4), 0xfffffffc);
	wr(ENTRY(1) + 9, 0xab, 1);		/* lanes */
	wr(ENTRY(1) + 10, 0xcdef, 2);
	is(rd(ENTRY(1) + 8, 4), 0xcdefab78);
	is(rd(ENTRY(1) + 9, 1), 0xab);
	is(rd(ENTRY(1) + 10, 2), 0xcdef);
	wr(ENTRY(1) + 12, 1, 1);
	is(rd(ENTRY(1) + 12, 4), 1);
	wr(ENTRY(1) + 13, 0xff, 1);
	is(rd(ENTRY(1) + 12, 4), 1);
	is(rd(ENTRY(0), 8), 0);
	is(rd(ENTRY(2), 8), 0);
}

/* Behind the fourth vector there is nothing. */
static void msix_out_of_range(struct kunit *test)
{
	unsigned int offset;

	for (offset = 0x40; offset < 0x1000; offset += 4) {
		wr(TABLE + offset, 0xffffffff, 4);
		is(rd(TABLE + offset, 4), 0);
	}
	is(counter("pcitest0", "ignored_writes"), 0xfc0 / 4);
	is(rd(TABLE + 0xff8, 8), 0);
	signal(4);
	signal(0xffffffff);
	is(rd(PBA, 4), 0);
	is(counter("pcitest0", "signals"), 0);
}

/* ---- Delivery ---- */

static void msix_delivers(struct kunit *test)
{
	flags(ENABLE);
	entry(2, 0xfee05000, 0x4041, 0);
	is(route(2).address, 0xfee05000);
	is(route(2).address_hi, 0);
	is(route(2).data, 0x4041);
	is(H->nr_routes[GSI(2)], 1);
	signal(2);
	is(msis(GSI(2)), 1);
	signal(2);
	is(msis(GSI(2)), 2);
	is(msis(GSI(0)) + msis(GSI(1)) + msis(GSI(3)), 0);
	is(rd(PBA, 4), 0);
	is(counter("pcitest0", "signals"), 2);
	is(counter("pcitest0", "pended"), 0);
	is(counter("pcitest0", "lost"), 0);
}

static void msix_of_another_function(struct kunit *test)
{
	set(B, 0x10, MEM + 0x1000, 8);
	set(B, 0x20, TABLE + 0x1000, 4);
	set(B, COMMAND, MEMORY | MASTER, 2);
	set(B, FLAGS, ENABLE, 2);
	wr(ENTRY(3) + 0x1000, 0xfee00000, 8);
	wr(ENTRY(3) + 0x1008, 0x31, 8);
	wr(SIGNAL + 0x1000, 3, 4);
	is(msis(31), 1);
	is(H->routes[31].data, 0x31);
}

/* Each of the four reasons not to send keeps the message. */
static void msix_pending(struct kunit *test)
{
	entry(0, 0xfee00000, 0x30, 0);
	signal(0);			/* disabled */
	is(rd(PBA, 4), 1);
	is(msis(GSI(0)), 0);
	flags(ENABLE);
	is(rd(PBA, 4), 0);
	is(msis(GSI(0)), 1);

	mask(0, 1);
	signal(0);			/* masked */
	is(rd(PBA, 4), 1);
	mask(0, 0);
	is(rd(PBA, 4), 0);
	is(msis(GSI(0)), 2);

	flags(ENABLE | MASKALL);
	signal(0);			/* all masked */
	is(rd(PBA, 4), 1);
	flags(ENABLE);
	is(rd(PBA, 4), 0);
	is(msis(GSI(0)), 3);

	set(A, COMMAND, MEMORY, 2);
	signal(0);			/* no master */
	is(rd(PBA, 4), 1);
	set(A, COMMAND, MEMORY | MASTER, 2);
	is(rd(PBA, 4), 0);
	is(msis(GSI(0)), 4);
	is(counter("pcitest0", "signals"), 4);
	is(counter("pcitest0", "pended"), 4);
}

/* A message is sent when no reason is left; two signals make one message. */
static void msix_pending_needs_all(struct kunit *test)
{
	entry(1, 0xfee00000, 0x31, 1);
	flags(MASKALL);
	set(A, COMMAND, MEMORY, 2);
	signal(1);
	signal(1);
	set(A, COMMAND, MEMORY | MASTER, 2);
	mask(1, 0);
	flags(ENABLE | MASKALL);
	is(msis(GSI(1)), 0);
	is(rd(PBA, 4), 2);
	flags(ENABLE);
	is(msis(GSI(1)), 1);
	is(rd(PBA, 4), 0);
	flags(0);
	flags(ENABLE);
	is(msis(GSI(1)), 1);
}

static void msix_pba(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		signal(i);
		is(rd(PBA, 4), (2 << i) - 1);
	}
	is(rd(PBA, 8), 0xf);
	is(rd(PBA, 1), 0xf);
	is(rd(PBA + 1, 1), 0);
	is(rd(PBA, 2), 0xf);
	wr(PBA, 0, 8);			/* read-only */
	is(rd(PBA, 4), 0xf);
	is(counter("pcitest0", "ignored_writes"), 2);
	whole_reset(H->board);
	set(A, 0x20, TABLE, 4);
	set(A, COMMAND, MEMORY, 2);
	is(rd(PBA, 4), 0);
}

/* ---- Routes given to the host ---- */

static void msix_routes_follow_masks(struct kunit *test)
{
	entry(0, 0xfee01000, 0x30, 0);
	entry(1, 0xfee01000, 0x31, 1);
	is(H->nr_routes[GSI(0)], 0);
	flags(ENABLE);
	is(route(0).data, 0x30);
	is(H->nr_routes[GSI(1)], 0);
	mask(1, 0);
	is(route(1).data, 0x31);
	is(H->nr_routes[GSI(1)], 1);
	mask(1, 0);			/* as it is */
	is(H->nr_routes[GSI(1)], 1);
	flags(ENABLE | MASKALL);
	is(route(0).address, 0);
	is(route(1).address, 0);
	flags(ENABLE);
	is(route(0).address, 0xfee01000);
	set(A, COMMAND, MEMORY, 2);
	is(route(0).address, 0);
	set(A, COMMAND, MEMORY | MASTER, 2);
	is(route(1).address, 0xfee01000);
	flags(0);
	is(route(0).address, 0);
	is(route(1).address, 0);
}

/* Against the rules, but drivers do it: each write takes effect at once. */
static void msix_table_written_while_enabled(struct kunit *test)
{
	flags(ENABLE);
	entry(0, 0xfee01000, 0x30, 0);
	wr(ENTRY(0) + 8, 0x77, 4);
	is(route(0).data, 0x77);
	is(route(0).address, 0xfee01000);
	wr(ENTRY(0), 0xfee02000, 4);
	is(route(0).address, 0xfee02000);
	signal(0);
	is(msis(GSI(0)), 1);
	wr(ENTRY(0) + 4, 1, 4);		/* no longer an address of the LAPICs */
	is(route(0).address, 0);
	signal(0);
	is(msis(GSI(0)), 1);
	is(counter("pcitest0", "lost"), 1);
	wr(ENTRY(0) + 4, 0, 4);
	is(route(0).address, 0xfee02000);
}

/* A masked entry is rewritten and unmasked: the pending message goes to its new destination. */
static void msix_pending_goes_where_it_is_told(struct kunit *test)
{
	flags(ENABLE);
	entry(0, 0xfee01000, 0x30, 0);
	mask(0, 1);
	signal(0);
	wr(ENTRY(0), 0xfee03000, 4);
	wr(ENTRY(0) + 8, 0x39, 4);
	is(msis(GSI(0)), 0);
	is(route(0).address, 0);
	mask(0, 0);
	is(route(0).address, 0xfee03000);
	is(route(0).data, 0x39);
	is(msis(GSI(0)), 1);
}

/* ---- Messages ---- */

static void msix_messages_to_nobody(struct kunit *test)
{
	static const struct {
		u64 address;
		u32 data;
	} bad[] = {
		{ 0, 0x30 }, { 0xfed00000, 0x30 }, { 0xfef00000, 0x30 }, { 0x1fee00000, 0x30 },
		{ 0xfee00000, 0x330 }, { 0xfee00000, 0x630 },
	};
	unsigned int i;

	flags(ENABLE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		entry(0, bad[i].address, bad[i].data, 0);
		is(route(0).address, 0);
		signal(0);
		is(rd(PBA, 4), 0);
		is(counter("pcitest0", "lost"), 2 * i + 1);
		mask(0, 1);
		signal(0);
		is(rd(PBA, 4), 1);
		mask(0, 0);
		is(rd(PBA, 4), 0);
		is(counter("pcitest0", "lost"), 2 * i + 2);
	}
	is(msis(GSI(0)), 0);
}

static void msix_message_format(struct kunit *test)
{
	flags(ENABLE);
	entry(0, 0xfee0500c, 0xc1ff, 0);	/* logical, hint, level, lowest priority */
	is(route(0).address, 0xfee0500c);
	is(route(0).data, 0xc1ff);
	entry(0, 0xfee01aa0, 0x30, 0);		/* destination bits 14:8 */
	is(route(0).address, 0xfee01000);
	is(route(0).address_hi, 0x5500);
	entry(0, 0xfee01fe0, 0x30, 0);
	is(route(0).address_hi, 0x7f00);
	entry(0, 0xfee00000, 0x430, 0);		/* NMI */
	is(route(0).data, 0x430);
}

/* A lowest-priority message to all CPUs in physical mode becomes fixed, without a hint. */
static void msix_lowest_priority_to_all(struct kunit *test)
{
	flags(ENABLE);
	entry(0, 0xfeeff000, 0x130, 0);
	is(route(0).address, 0xfeeff000);
	is(route(0).data, 0x30);
	entry(0, 0xfeeff008, 0x30, 0);
	is(route(0).address, 0xfeeff000);
	is(route(0).data, 0x30);
	entry(0, 0xfeeff008, 0x430, 0);
	is(route(0).data, 0x430);
	entry(0, 0xfeeff00c, 0x130, 0);		/* logically it may */
	is(route(0).address, 0xfeeff00c);
	is(route(0).data, 0x130);
	entry(0, 0xfeeff028, 0x130, 0);		/* to processor 511 as well */
	is(route(0).address, 0xfeeff008);
	is(route(0).address_hi, 0x100);
	is(route(0).data, 0x130);
}

/* ---- Beside INTx ---- */

static void msix_instead_of_intx(struct kunit *test)
{
	wr(INTX, 1, 4);
	is(line(17), 1);
	flags(ENABLE);
	is(line(17), 0);
	is(get(A, 0x06, 2), 0x18);
	flags(ENABLE | MASKALL);
	is(line(17), 0);
	flags(MASKALL);
	is(line(17), 1);
	wr(INTX, 0, 4);
	is(line(17), 0);
}

/* ---- Numbers of vectors, state ---- */

static void msix_many_vectors(struct kunit *test)
{
	static const struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT,
		  .pcitest = { .slot = A, .vectors = 32 } },
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .instance = 1,
		  .pcitest = { .slot = B, .vectors = 1 } },
	};

	H->board = NULL;
	harness_init(test, devices, ARRAY_SIZE(devices));
	set(A, 0x10, MEM, 8);
	set(A, 0x20, TABLE, 4);
	set(A, COMMAND, MEMORY | MASTER, 2);
	is(get(A, FLAGS, 2), 31);
	is(get(B, FLAGS, 2), 0);
	is(rd(ENTRY(31) + 12, 4), 1);
	is(rd(ENTRY(32) + 12, 4), 0);
	entry(31, 0xfee00000, 0x7f, 1);
	signal(31);
	is(rd(PBA, 4), 0x80000000);
	is(rd(PBA, 8), 0x80000000);
	is(rd(PBA + 3, 1), 0x80);
	flags(ENABLE);
	mask(31, 0);
	is(msis(GSI(31)), 1);
	is(H->board->nr_gsis, 24 + 33);
}

static void msix_reset(struct kunit *test)
{
	flags(ENABLE);
	entry(0, 0xfee01000, 0x30, 0);
	mask(1, 1);
	signal(1);
	is(route(0).data, 0x30);
	whole_reset(H->board);
	is(route(0).address, 0);
	set(A, 0x20, TABLE, 4);
	set(A, COMMAND, MEMORY | MASTER, 2);
	is(get(A, FLAGS, 2), 3);
	is(rd(ENTRY(0), 8), 0);
	is(rd(ENTRY(0) + 8, 8), 1ULL << 32);
	is(rd(PBA, 4), 0);
	flags(ENABLE);
	is(msis(GSI(1)), 0);
}

static void msix_restored(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	flags(ENABLE);
	entry(0, 0xfee01000, 0x30, 0);
	entry(1, 0xfee01000, 0x31, 1);
	signal(1);
	is(harness_copy(test, H, other), 0);
	is(other->routes[GSI(0)].data, 0x30);
	is(other->nr_routes[GSI(1)], 0);
	is(other->msis[GSI(1)], 0);
	harness_out(other, KEEL_MMIO, ENTRY(1) + 12, 0, 4);
	is(other->msis[GSI(1)], 1);
	is(other->routes[GSI(1)].data, 0x31);
	flags(ENABLE | MASKALL);		/* and a state in which nothing is routed */
	is(harness_copy(test, H, other), 0);
	is(other->routes[GSI(0)].address, 0);
	is(other->routes[GSI(1)].address, 0);
}

static void msix_check(struct kunit *test)
{
	struct keel_pcitest_state *s = pci_test_state(test, 0), good = *s;

#define BAD(change) do { \
	*s = good; \
	ok(pci_test_accepts(test, s)); \
	change; \
	ok(!pci_test_accepts(test, s)); \
} while (0)

	BAD(s->msix.entries[0].address = 1);
	BAD(s->msix.entries[3].address = 2);
	BAD(s->msix.entries[0].control = 2);
	BAD(s->msix.entries[4].address = 4);
	BAD(s->msix.entries[4].address_hi = 1);
	BAD(s->msix.entries[4].data = 1);
	BAD(s->msix.entries[31].control = 1);
	BAD(s->msix.pending = BIT(4));
	BAD(s->msix.pending = BIT(31));
	BAD(s->msix.control = 1);
	BAD(s->msix.control = BIT(13));
	BAD(s->msix.pad[0] = 1);
	BAD(s->msix.pad[1] = 1);
	/* Pending, and nothing keeps it from being sent */
	good.msix.pending = 1;
	good.msix.control = ENABLE;
	BAD(s->msix.entries[0].control = 0);
	good.msix.entries[0].control = 0;
	good.msix.control = 0;
	BAD(s->msix.control = ENABLE);
	good.msix.control = ENABLE | MASKALL;
	BAD(s->msix.control = ENABLE);
	good.msix.control = ENABLE;
	good.pci.command = MEMORY;
	BAD(s->pci.command = MASTER);
	*s = good;
	s->msix.pending = 0xf;
	s->msix.control = ENABLE | MASKALL;
	s->msix.entries[3].address = 0xfffffffc;
	s->msix.entries[3].address_hi = 0xffffffff;
	s->msix.entries[3].data = 0xffffffff;
	ok(pci_test_accepts(test, s));
}

static struct kunit_case msix_cases[] = {
	KUNIT_CASE(msix_capability),
	KUNIT_CASE(msix_after_reset),
	KUNIT_CASE(msix_table_widths),
	KUNIT_CASE(msix_out_of_range),
	KUNIT_CASE(msix_delivers),
	KUNIT_CASE(msix_of_another_function),
	KUNIT_CASE(msix_pending),
	KUNIT_CASE(msix_pending_needs_all),
	KUNIT_CASE(msix_pba),
	KUNIT_CASE(msix_routes_follow_masks),
	KUNIT_CASE(msix_table_written_while_enabled),
	KUNIT_CASE(msix_pending_goes_where_it_is_told),
	KUNIT_CASE(msix_messages_to_nobody),
	KUNIT_CASE(msix_message_format),
	KUNIT_CASE(msix_lowest_priority_to_all),
	KUNIT_CASE(msix_instead_of_intx),
	KUNIT_CASE(msix_many_vectors),
	KUNIT_CASE(msix_reset),
	KUNIT_CASE(msix_restored),
	KUNIT_CASE(msix_check),
	{}
};

static struct kunit_suite msix_suite = {
	.name = "keel-pci-msix",
	.init = msix_test_init,
	.exit = harness_exit,
	.test_cases = msix_cases,
};

kunit_test_suites(&msix_suite);
