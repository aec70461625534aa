// SPDX-License-Identifier: GPL-2.0
/*
 * PCI test function: all that a function can have, for tests that run as the guest.
 *
 * There is no datasheet. It has a BAR of each kind, INTx, MSI-X vectors, MSI and a
 * capability with registers of its own; uapi/keel_pcitest.h has the map. Its registers
 * are the same ones in memory and in ports, four bytes each, with byte lanes. All else
 * reads as 0 and takes no writes.
 */
#include "intx.h"
#include "msi_cap.h"
#include "msix.h"

enum { PCITEST_MEMORY, PCITEST_PORTS, PCITEST_MSIX };

/**
 * struct keel_pcitest - the device.
 * @dev:            what the board knows
 * @pci:            the function
 * @bad_writes:     to what is no register
 * @s:              state
 */
struct keel_pcitest {
	/* Wiring */
	struct keel_dev dev;
	struct keel_pci pci;

	/* Counters */
	u64 bad_writes;

	/* State */
	struct keel_pcitest_state s;
};

#define PCITEST_VERSION_1	offsetof(struct keel_pcitest_state, msi)

static_assert(sizeof(struct keel_pcitest_state) == 584 && PCITEST_VERSION_1 == 568);

static struct keel_pcitest *pcitest_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pcitest, dev);
}

static u32 pcitest_get(const struct keel_pcitest *test, u32 offset)
{
	switch (offset & ~3U) {
	case KEEL_PCITEST_SCRATCH:
		return test->s.scratch;
	case KEEL_PCITEST_INTX:
		return test->s.pci.intx;
	case KEEL_PCITEST_SIGNALS:
		return test->s.signals;
	default:
		return 0;
	}
}

static void pcitest_set(struct keel_pcitest *test, u32 offset, unsigned int width, u32 value)
{
	u32 lanes = keel_pci_lanes(offset, width);

	value = (pcitest_get(test, offset) & ~lanes) | (value << offset % 4 * 8 & lanes);
	switch (offset & ~3U) {
	case KEEL_PCITEST_SCRATCH:
		test->s.scratch = value;
		break;
	case KEEL_PCITEST_INTX:
		keel_pci_intx(&test->dev, value & 1);
		if (value & 1)
			keel_msi_signal(&test->dev);
		break;
	case KEEL_PCITEST_SIGNAL:
		test->s.signals++;
		keel_msix_signal(&test->dev, value);
		break;
	default:
		test->bad_writes++;
	}
}

static u32 pcitest_read(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width)
{
	if (region == PCITEST_MSIX)
		return keel_msix_read(dev, offset, width);
	return pcitest_get(pcitest_of(dev), offset) >> offset % 4 * 8;
}

static void pcitest_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	if (region == PCITEST_MSIX)
		keel_msix_write(dev, offset, width, value);
	else
		pcitest_set(pcitest_of(dev), offset, width, value);
}

/* ---- Capability ---- */

static u32 pcitest_cap_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	const struct keel_pcitest *test = pcitest_of(dev);
	u32 value = 0;

	switch (offset & ~3U) {
	case 0:
		value = KEEL_PCITEST_CAP_LENGTH << 16;
		break;
	case KEEL_PCITEST_CAP_SELECT:
		value = test->s.select;
		break;
	case KEEL_PCITEST_CAP_DATA:
		value = pcitest_get(test, test->s.select);
		break;
	}
	return value >> offset % 4 * 8;
}

static void pcitest_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	struct keel_pcitest *test = pcitest_of(dev);

	if (offset == KEEL_PCITEST_CAP_SELECT)
		test->s.select = value & KEEL_PCITEST_SIGNALS;
	else if (offset >= KEEL_PCITEST_CAP_DATA)
		pcitest_set(test, test->s.select + offset % 4, width, value);
	else
		test->bad_writes++;
}

/* ---- Board ---- */

static unsigned int pcitest_vectors(const struct keel_device_config *config)
{
	return config->pcitest.vectors ? config->pcitest.vectors : KEEL_PCITEST_VECTORS;
}

static bool pcitest_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = offsetof(struct keel_pcitest_config, reserved); i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return true;
}

static void pcitest_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pcitest *test = pcitest_of(dev);

	test->s.scratch = 0;
	test->s.signals = 0;
	test->s.select = 0;
}

static bool pcitest_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pcitest_state *s = state;
	static const u8 zero[sizeof(s->pad)];

	return !(s->select & ~KEEL_PCITEST_SIGNALS) && !memcmp(s->pad, zero, sizeof(zero));
}

static void pcitest_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pcitest *test = container_of(dev, struct keel_pcitest, dev);

	keel_emit(out, "scratch", -1, "", test->s.scratch);
	keel_emit(out, "select", -1, "", test->s.select);
}

static const struct keel_region_desc pcitest_regions[] = {
	[PCITEST_MEMORY] = { .label = "memory", .space = KEEL_MMIO, .length = 0x1000, .width = 4,
			     .in_bar = KEEL_IN_BAR(KEEL_PCITEST_BAR_MEMORY) },
	[PCITEST_PORTS]	 = { .label = "ports", .space = KEEL_PIO, .length = 16, .width = 4,
			     .in_bar = KEEL_IN_BAR(KEEL_PCITEST_BAR_PORTS) },
	[PCITEST_MSIX]	 = KEEL_MSIX_REGION(KEEL_PCITEST_BAR_MSIX),
};

static const struct keel_wire_desc pcitest_wires[] = {
	KEEL_INTX(keel_pcitest, pci),
};

static const struct keel_counter_desc pcitest_counters[] = {
	KEEL_COUNTER(keel_pcitest, bad_writes),
};

static const struct keel_cap_desc pcitest_caps[] = {
	{ .id = PCI_CAP_ID_VNDR, .length = KEEL_PCITEST_CAP_LENGTH,
	  .read = pcitest_cap_read, .write = pcitest_cap_write },
	{ .id = PCI_CAP_ID_VNDR, .length = 5, .bytes = (const u8 []){ 5, 0xca, 0xfe } },
};

static const struct keel_pci_desc pcitest_pci = {
	.pci = offsetof(struct keel_pcitest, pci),
	.state = offsetof(struct keel_pcitest, s.pci),
	.msix = offsetof(struct keel_pcitest, s.msix),
	.msi = offsetof(struct keel_pcitest, s.msi),
	.vendor = KEEL_PCITEST_VENDOR,
	.device = KEEL_PCITEST_DEVICE,
	.subsystem_vendor = KEEL_PCITEST_VENDOR,
	.subsystem = 1,
	.class_code = 0xff0000,		/* none of the others */
	.revision = 1,
	.pin = 1,
	.vectors = KEEL_PCI_MAX_VECTORS,
	.nr_vectors = pcitest_vectors,
	.msix_bar = KEEL_PCITEST_BAR_MSIX,
	.caps = pcitest_caps,
	.nr_caps = ARRAY_SIZE(pcitest_caps),
	.bars = {
		[KEEL_PCITEST_BAR_MEMORY] = { KEEL_BAR_MEM64, true, 0x1000 },
		[KEEL_PCITEST_BAR_PORTS]  = { KEEL_BAR_IO, false, 16 },
		[KEEL_PCITEST_BAR_MSIX]	  = { KEEL_BAR_MEM32, false, KEEL_MSIX_SIZE },
	},
};

const struct keel_dev_ops keel_pcitest_ops = {
	.name = "pcitest",
	.class = KEEL_CLASS_PCITEST,
	.version = 2,
	.size = sizeof(struct keel_pcitest),
	.state = offsetof(struct keel_pcitest, s),
	.state_size = sizeof(struct keel_pcitest_state),
	.previous_size = PCITEST_VERSION_1,
	.regions = pcitest_regions,
	.nr_regions = ARRAY_SIZE(pcitest_regions),
	.wires = pcitest_wires,
	.nr_wires = ARRAY_SIZE(pcitest_wires),
	.counters = pcitest_counters,
	.nr_counters = ARRAY_SIZE(pcitest_counters),
	.pci = &pcitest_pci,
	.configure = pcitest_configure,
	.read = pcitest_read,
	.write = pcitest_write,
	.inspect = pcitest_inspect,
	.reset = pcitest_reset,
	.check = pcitest_check,
};
