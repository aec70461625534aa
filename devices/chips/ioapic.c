// SPDX-License-Identifier: GPL-2.0
/*
 * 82093AA I/O APIC (Intel 290566-001), with the version and the EOI register of the
 * later ones (82801 "ICH"), for directed EOI.
 *
 *	0x00	IOREGSEL	0x00: ID, 0x01: version, 0x02: arbitration ID,
 *	0x10	IOWIN		0x10-0x3f: two halves of each redirection entry
 *	0x40	EOI (W)		vector
 *
 * Registers have byte lanes: a narrow read gives the bytes of the register that it
 * covers, a narrow write to IOWIN leaves the others as they are, and IOREGSEL and
 * EOI take a write that covers their low byte. All else reads as 0.
 *
 * Lines carry logical levels. The wires of pins 0-15 (ISA) are electrically
 * active-high and those of 16-23 (PCI) active-low; a pin is asserted if the wire's
 * voltage is what the entry's polarity bit says. The usual set-ups come out as the
 * line's level, and a wrong polarity bit hurts as much as on hardware.
 *
 * An edge counts when the line makes it, never when a write to the entry does, and
 * is lost if the entry is masked. SMI, NMI, INIT and ExtINT are always edges.
 *
 * Interrupt storms: a level pin that stays asserted is delivered again at once, but
 * after IOAPIC_BURST times in a row only IOAPIC_PAUSE_NS later, with delivery status
 * set in between. The guest gets to run other code and the host's threads get the
 * CPU, while a device that was just busy loses a millisecond at most. Lowering the
 * line or masking the pin starts afresh.
 *
 * Entries that change while their interrupt's EOI is due: on hardware every LAPIC's EOI
 * gets here, and ends the interrupt if the entry still has that vector. In KVM an EOI
 * gets out only of a CPU, and for a vector, that a route names. So the route stays what
 * it was when the interrupt was sent until remote IRR is clear, and is the entry's
 * again then: nothing can be sent before that anyway. What ends the interrupt is the
 * vector that it was sent with, or the one that the entry has now.
 *
 * Not modelled: retries of messages that no LAPIC accepts, the serial APIC bus, the
 * 8259s' INTR on pin 0. Delivery modes 3 and 6 are reserved: counted and not sent.
 */
#include "../board/dev.h"

#define IOREGSEL	0x00		/* register select */
#define IOWIN		0x10		/* window on that register */
#define EOIR		0x40		/* EOI of a vector */

#define IOAPICID	0x00		/* identification */
#define IOAPICVER	0x01		/* version, and number of entries */
#define IOAPICARB	0x02		/* arbitration ID */
#define IOREDTBL	0x10		/* redirection table: two registers for each pin */
#define IOREDTBL_END	(IOREDTBL + 2 * KEEL_NR_GSIS)

#define ID_SHIFT	24
#define ID_MASK		0xf
#define VERSION		0x20
#define VERSION_MAX_REDIRECTION_SHIFT	16

#define RTE_WRITABLE	(KEEL_RTE_VECTOR | KEEL_RTE_MODE | KEEL_RTE_LOGICAL | KEEL_RTE_LOW | \
			 KEEL_RTE_LEVEL | KEEL_RTE_MASK | KEEL_RTE_EXT_DEST | KEEL_RTE_DEST)

/* What a message is made of. */
#define RTE_MESSAGE	(RTE_WRITABLE & ~(KEEL_RTE_LOW | KEEL_RTE_MASK))

/* Message format of the LAPICs (SDM vol. 3, 11.11). */
#define MSI_ADDRESS		0xfee00000
#define MSI_ADDRESS_LOGICAL	BIT(2)
#define MSI_ADDRESS_HINT	BIT(3)
#define MSI_ADDRESS_DEST_SHIFT	12
#define MSI_ADDRESS_HI_SHIFT	8	/* destination bits from 8 up, where they are */
#define MSI_DATA_MODE_SHIFT	8
#define MSI_DATA_ASSERT		BIT(14)
#define MSI_DATA_LEVEL		BIT(15)

#define IOAPIC_ACTIVE_LOW	GENMASK(23, 16)	/* wires */

#define IOAPIC_BURST	1000		/* deliveries of a level in a row, then */
#define IOAPIC_PAUSE_NS	1000000		/* a pause */

enum ioapic_mode {
	MODE_FIXED, MODE_LOWEST, MODE_SMI, MODE_RESERVED3,
	MODE_NMI, MODE_INIT, MODE_RESERVED6, MODE_EXTINT, MODES
};

struct keel_ioapic {
	struct keel_dev dev;

	/* Wiring: see ioapic_line() and IOAPIC_ACTIVE_LOW. */

	/* Derived: what the host was told. */
	struct keel_route routes[KEEL_NR_GSIS];

	/* Counters. */
	u64 interrupts;
	u64 modes[MODES];
	u64 per_pin[KEEL_NR_GSIS];
	u64 eois;
	u64 eois_moved;
	u64 eois_unmatched;
	u64 redeliveries;
	u64 throttled;
	u64 masked_lost;
	u64 ignored_writes;

	/* State. */
	struct keel_ioapic_state s;
};

static_assert(sizeof(struct keel_ioapic_state) == 632);
static_assert(sizeof_field(struct keel_ioapic_state, entries) == 8 * KEEL_NR_GSIS);

static inline struct keel_ioapic *to_ioapic(struct keel_dev *dev)
{
	return container_of(dev, struct keel_ioapic, dev);
}

/* ---- What follows from an entry and its line ---- */

static enum ioapic_mode ioapic_mode(u64 entry)
{
	return (entry & KEEL_RTE_MODE) >> KEEL_RTE_MODE_SHIFT;
}

/* Waits for an EOI; the other modes have none, with either trigger bit. */
static bool ioapic_is_level(u64 entry)
{
	return entry & KEEL_RTE_LEVEL && ioapic_mode(entry) <= MODE_LOWEST;
}

static bool ioapic_asserted(const struct keel_ioapic_state *s, unsigned int pin)
{
	bool voltage = (s->levels ^ IOAPIC_ACTIVE_LOW) & BIT(pin);

	return voltage == !(s->entries[pin] & KEEL_RTE_LOW);
}

/* An unmasked level-triggered pin that is asserted: delivered, or about to be. */
static bool ioapic_is_active(const struct keel_ioapic_state *s, unsigned int pin)
{
	return ioapic_is_level(s->entries[pin]) && !(s->entries[pin] & KEEL_RTE_MASK) &&
	       ioapic_asserted(s, pin);
}

/* The line that feeds a pin, or -1. */
static int ioapic_line(int pin)
{
	int line;

	for (line = 0; line < KEEL_NR_LINES; line++)
		if (keel_isa_to_gsi(line) == pin)
			return line;
	return -1;
}

/* ---- Messages ---- */

/*
 * Lowest priority to everybody, physically, is not allowed in a message (SDM,
 * 11.11.1: redirection hint). KVM sends it as fixed, and logs that each time: it
 * gets what it would have made of it.
 */
static struct keel_route ioapic_message(u64 entry)
{
	u32 dest = entry >> KEEL_RTE_DEST_SHIFT;
	u32 dest_hi = (entry & KEEL_RTE_EXT_DEST) >> KEEL_RTE_EXT_DEST_SHIFT;
	bool logical = entry & KEEL_RTE_LOGICAL;
	enum ioapic_mode mode = ioapic_mode(entry);

	if (mode == MODE_LOWEST && !logical && dest == 0xff && !dest_hi)
		mode = MODE_FIXED;
	return (struct keel_route) {
		.address = MSI_ADDRESS | dest << MSI_ADDRESS_DEST_SHIFT |
			   (logical ? MSI_ADDRESS_LOGICAL : 0) |
			   (mode == MODE_LOWEST ? MSI_ADDRESS_HINT : 0),
		.address_hi = dest_hi << MSI_ADDRESS_HI_SHIFT,
		.data = (entry & KEEL_RTE_VECTOR) | mode << MSI_DATA_MODE_SHIFT |
			MSI_DATA_ASSERT | (ioapic_is_level(entry) ? MSI_DATA_LEVEL : 0),
	};
}

/* Of an interrupt whose EOI is due: that message's, even if the entry has changed. */
static u64 ioapic_routed_entry(const struct keel_ioapic_state *s, unsigned int pin)
{
	return s->entries[pin] & KEEL_RTE_REMOTE_IRR ? s->sent[pin] : s->entries[pin];
}

/* Masked entries as well: an EOI may be on its way that only a route brings here. */
static void ioapic_route(struct keel_ioapic *io, unsigned int pin)
{
	struct keel_route route = ioapic_message(ioapic_routed_entry(&io->s, pin));

	if (!memcmp(&route, &io->routes[pin], sizeof(route)))
		return;
	io->routes[pin] = route;
	keel_set_route(&io->dev, pin, &route);
}

static void ioapic_deliver(struct keel_ioapic *io, unsigned int pin)
{
	u64 entry = io->s.entries[pin];
	enum ioapic_mode mode = ioapic_mode(entry);

	io->modes[mode]++;
	if (mode == MODE_RESERVED3 || mode == MODE_RESERVED6)
		return;
	if (ioapic_is_level(entry)) {
		io->s.entries[pin] |= KEEL_RTE_REMOTE_IRR;
		io->s.sent[pin] = entry & RTE_MESSAGE;
	}
	io->interrupts++;
	io->per_pin[pin]++;
	keel_send_msi(&io->dev, pin);
}

/* An active pin whose interrupt is not at a LAPIC: now, or after a pause. */
static void ioapic_offer(struct keel_ioapic *io, unsigned int pin)
{
	struct keel_ioapic_state *s = &io->s;
	u64 now = keel_now(&io->dev);

	if (s->resume[pin] && s->resume[pin] <= now) {
		s->resume[pin] = 0;
		s->streak[pin] = 0;
	}
	if (s->streak[pin] == IOAPIC_BURST && !s->resume[pin]) {
		s->resume[pin] = now + IOAPIC_PAUSE_NS;
		io->throttled++;
	}
	if (s->resume[pin])
		return;
	s->streak[pin]++;
	ioapic_deliver(io, pin);
}

static void ioapic_sync(struct keel_ioapic *io, unsigned int pin)
{
	struct keel_ioapic_state *s = &io->s;

	if (!ioapic_is_active(s, pin)) {
		s->streak[pin] = 0;
		s->resume[pin] = 0;
	} else if (!(s->entries[pin] & KEEL_RTE_REMOTE_IRR)) {
		ioapic_offer(io, pin);
	}
	keel_arm(&io->dev, pin, s->resume[pin] ? s->resume[pin] : KEEL_NEVER);
}

static void ioapic_expire(struct keel_dev *dev, unsigned int timer)
{
	ioapic_sync(to_ioapic(dev), timer);
}

static void ioapic_input(struct keel_dev *dev, unsigned int pin, bool level)
{
	struct keel_ioapic *io = to_ioapic(dev);
	u64 entry = io->s.entries[pin];

	if (level)
		io->s.levels |= BIT(pin);
	else
		io->s.levels &= ~BIT(pin);
	if (!ioapic_is_level(entry) && ioapic_asserted(&io->s, pin)) {
		if (entry & KEEL_RTE_MASK)
			io->masked_lost++;
		else
			ioapic_deliver(io, pin);
	}
	ioapic_sync(io, pin);
}

/* A pin that is unmasked has made of it what it makes of it: keel_line_pulse(). */
static enum keel_request ioapic_request(const struct keel_dev *dev, unsigned int pin)
{
	const struct keel_ioapic *io = container_of(dev, struct keel_ioapic, dev);

	return io->s.entries[pin] & KEEL_RTE_MASK ? KEEL_REQUEST_NONE : KEEL_REQUEST_TAKEN;
}

static bool ioapic_waits_for(const struct keel_ioapic_state *s, unsigned int pin, u8 vector)
{
	u64 entry = s->entries[pin];

	return entry & KEEL_RTE_REMOTE_IRR && ((s->sent[pin] & KEEL_RTE_VECTOR) == vector ||
					       (entry & KEEL_RTE_VECTOR) == vector);
}

/* The EOI is no longer due: the entry is what counts again. */
static void ioapic_end(struct keel_ioapic *io, unsigned int pin)
{
	io->s.entries[pin] &= ~KEEL_RTE_REMOTE_IRR;
	io->s.sent[pin] = 0;
	ioapic_route(io, pin);
}

/* A line's callback may come back through ioapic_input(): first clear, then tell. */
static void ioapic_eoi(struct keel_dev *dev, u8 vector)
{
	struct keel_ioapic *io = to_ioapic(dev);
	u32 ended = 0;
	int pin, line;

	for (pin = 0; pin < KEEL_NR_GSIS; pin++) {
		if (!ioapic_waits_for(&io->s, pin, vector))
			continue;
		io->eois_moved += io->s.sent[pin] != (io->s.entries[pin] & RTE_MESSAGE);
		ioapic_end(io, pin);
		ended |= BIT(pin);
	}
	io->eois_unmatched += !ended;
	for (pin = 0; ended >> pin; pin++) {
		if (!(ended & BIT(pin)))
			continue;
		io->eois++;
		line = ioapic_line(pin);
		if (line >= 0)
			keel_line_eoi(dev, line);
		ioapic_sync(io, pin);
		io->redeliveries += !!(io->s.entries[pin] & KEEL_RTE_REMOTE_IRR);
	}
}

/* ---- Registers ---- */

static u32 ioapic_read_entry(const struct keel_ioapic *io, unsigned int half)
{
	unsigned int pin = array_index_nospec(half / 2, KEEL_NR_GSIS);
	u64 entry = io->s.entries[pin];

	if (io->s.resume[pin])
		entry |= KEEL_RTE_STATUS;
	return half % 2 ? entry >> 32 : entry;
}

static u32 ioapic_read_window(const struct keel_ioapic *io)
{
	unsigned int index = io->s.ioregsel;

	switch (index) {
	case IOAPICID:
	case IOAPICARB:		/* loaded from the ID */
		return (u32)io->s.id << ID_SHIFT;
	case IOAPICVER:
		return (KEEL_NR_GSIS - 1) << VERSION_MAX_REDIRECTION_SHIFT | VERSION;
	case IOREDTBL ... IOREDTBL_END - 1:
		return ioapic_read_entry(io, index - IOREDTBL);
	default:
		return 0;
	}
}

static u32 ioapic_register(const struct keel_ioapic *io, u32 offset)
{
	u32 value = 0;

	switch (offset & ~3U) {
	case IOREGSEL:
		value = io->s.ioregsel;
		break;
	case IOWIN:
		value = ioapic_read_window(io);
		break;
	}
	return value >> offset % 4 * 8;
}

static u32 ioapic_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	return ioapic_register(to_ioapic(dev), offset);
}

static u64 ioapic_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		       unsigned int width, u64 now)
{
	return ioapic_register(container_of(dev, struct keel_ioapic, dev), offset);
}

/* Making a level entry an edge one ends its interrupt: the EOI of older chips. */
static void ioapic_write_entry(struct keel_ioapic *io, unsigned int half, u32 value)
{
	unsigned int pin = array_index_nospec(half / 2, KEEL_NR_GSIS), shift = half % 2 * 32;
	u64 writable = RTE_WRITABLE & (u64)U32_MAX << shift;
	u64 entry = io->s.entries[pin];

	entry = (entry & ~writable) | ((u64)value << shift & writable);
	io->s.entries[pin] = entry;
	if (ioapic_is_level(entry))
		ioapic_route(io, pin);
	else
		ioapic_end(io, pin);
	ioapic_sync(io, pin);
}

static void ioapic_write_window(struct keel_ioapic *io, u32 value)
{
	unsigned int index = io->s.ioregsel;

	switch (index) {
	case IOAPICID:
		io->s.id = value >> ID_SHIFT & ID_MASK;
		break;
	case IOREDTBL ... IOREDTBL_END - 1:
		ioapic_write_entry(io, index - IOREDTBL, value);
		break;
	default:
		io->ignored_writes++;
	}
}

static void ioapic_write(struct keel_dev *dev, unsigned int region, u32 offset,
			 unsigned int width, u32 value)
{
	struct keel_ioapic *io = to_ioapic(dev);
	unsigned int shift = offset % 4 * 8;
	u32 lanes = (u32)GENMASK(8 * width - 1, 0) << shift;

	value <<= shift;
	switch (offset) {
	case IOREGSEL:
		io->s.ioregsel = value;
		break;
	case IOWIN ... IOWIN + 3:
		ioapic_write_window(io, (ioapic_read_window(io) & ~lanes) | (value & lanes));
		break;
	case EOIR:
		ioapic_eoi(dev, value);
		break;
	default:
		io->ignored_writes++;
	}
}

/* ---- Board ---- */

static void ioapic_reset(struct keel_dev *dev, bool cold)
{
	struct keel_ioapic *io = to_ioapic(dev);
	unsigned int pin;

	io->s = (struct keel_ioapic_state) { .levels = io->s.levels };
	for (pin = 0; pin < KEEL_NR_GSIS; pin++) {
		io->s.entries[pin] = KEEL_RTE_MASK;
		ioapic_route(io, pin);
		ioapic_sync(io, pin);
	}
}

static bool ioapic_check_sent(u64 sent, bool irr)
{
	return irr ? ioapic_is_level(sent) && !(sent & ~RTE_MESSAGE) : !sent;
}

static bool ioapic_check_pin(const struct keel_ioapic_state *s, unsigned int pin, u64 now)
{
	u64 entry = s->entries[pin], resume = s->resume[pin];
	bool irr = entry & KEEL_RTE_REMOTE_IRR;

	if (entry & ~(RTE_WRITABLE | KEEL_RTE_REMOTE_IRR) || (irr && !ioapic_is_level(entry)))
		return false;
	if (!ioapic_check_sent(s->sent[pin], irr))
		return false;
	if (s->levels & BIT(pin) && ioapic_line(pin) < 0)
		return false;
	if (!ioapic_is_active(s, pin))
		return !s->streak[pin] && !resume;
	if (irr)
		return s->streak[pin] <= IOAPIC_BURST && !resume;
	return s->streak[pin] == IOAPIC_BURST && resume > now && resume - now <= IOAPIC_PAUSE_NS;
}

static bool ioapic_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_ioapic_state *s = state;
	unsigned int pin;

	if (s->levels >> KEEL_NR_GSIS || s->id > ID_MASK || s->pad[0] || s->pad[1])
		return false;
	for (pin = 0; pin < KEEL_NR_GSIS; pin++)
		if (!ioapic_check_pin(s, pin, now))
			return false;
	return true;
}

static u32 ioapic_inputs(const void *state)
{
	const struct keel_ioapic_state *s = state;

	return s->levels;
}

static void ioapic_loaded(struct keel_dev *dev)
{
	struct keel_ioapic *io = to_ioapic(dev);
	unsigned int pin;

	for (pin = 0; pin < KEEL_NR_GSIS; pin++) {
		ioapic_route(io, pin);
		ioapic_sync(io, pin);
	}
}

static void ioapic_inspect_pin(const struct keel_ioapic *io, unsigned int pin,
			       struct keel_out *out)
{
	u64 entry = io->s.entries[pin];
	struct keel_route route = ioapic_message(entry);

	keel_emit(out, "pin", pin, ".low", (u32)entry);
	keel_emit(out, "pin", pin, ".high", entry >> 32);
	keel_emit(out, "pin", pin, ".vector", entry & KEEL_RTE_VECTOR);
	keel_emit(out, "pin", pin, ".mode", ioapic_mode(entry));
	keel_emit(out, "pin", pin, ".destination",
		  (route.address >> 12 & 0xff) | (route.address_hi & ~0xffU));
	keel_emit(out, "pin", pin, ".logical", !!(entry & KEEL_RTE_LOGICAL));
	keel_emit(out, "pin", pin, ".level", !!(entry & KEEL_RTE_LEVEL));
	keel_emit(out, "pin", pin, ".active_low", !!(entry & KEEL_RTE_LOW));
	keel_emit(out, "pin", pin, ".masked", !!(entry & KEEL_RTE_MASK));
	keel_emit(out, "pin", pin, ".remote_irr", !!(entry & KEEL_RTE_REMOTE_IRR));
	keel_emit(out, "pin", pin, ".asserted", ioapic_asserted(&io->s, pin));
	keel_emit(out, "pin", pin, ".throttled", !!io->s.resume[pin]);
}

static void ioapic_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_ioapic *io = container_of(dev, struct keel_ioapic, dev);
	unsigned int pin;

	keel_emit(out, "id", -1, "", io->s.id);
	keel_emit(out, "ioregsel", -1, "", io->s.ioregsel);
	for (pin = 0; pin < KEEL_NR_GSIS; pin++)
		ioapic_inspect_pin(io, pin, out);
}

static const struct keel_region_desc ioapic_regions[] = {
	{ "registers", KEEL_MMIO, 0xfec00000, 0x1000, 4, .peek = true },
};

#define IOAPIC_MODE(label_, mode) \
	{ .label = (label_), .offset = offsetof(struct keel_ioapic, modes[mode]), .nr = 1 }

static const struct keel_counter_desc ioapic_counters[] = {
	KEEL_COUNTER(keel_ioapic, interrupts),
	IOAPIC_MODE("fixed", MODE_FIXED),
	IOAPIC_MODE("lowest_priority", MODE_LOWEST),
	IOAPIC_MODE("smi", MODE_SMI),
	IOAPIC_MODE("nmi", MODE_NMI),
	IOAPIC_MODE("init", MODE_INIT),
	IOAPIC_MODE("extint", MODE_EXTINT),
	IOAPIC_MODE("reserved3", MODE_RESERVED3),
	IOAPIC_MODE("reserved6", MODE_RESERVED6),
	KEEL_COUNTERS(keel_ioapic, per_pin, KEEL_NR_GSIS),
	KEEL_COUNTER(keel_ioapic, eois),
	KEEL_COUNTER(keel_ioapic, eois_moved),
	KEEL_COUNTER(keel_ioapic, eois_unmatched),
	KEEL_COUNTER(keel_ioapic, redeliveries),
	KEEL_COUNTER(keel_ioapic, throttled),
	KEEL_COUNTER(keel_ioapic, masked_lost),
	KEEL_COUNTER(keel_ioapic, ignored_writes),
};

const struct keel_dev_ops keel_ioapic_ops = {
	.name = "ioapic",
	.class = KEEL_CLASS_IOAPIC,
	.version = 2,
	.size = sizeof(struct keel_ioapic),
	.state = offsetof(struct keel_ioapic, s),
	.state_size = sizeof(struct keel_ioapic_state),
	.regions = ioapic_regions,
	.nr_regions = ARRAY_SIZE(ioapic_regions),
	.counters = ioapic_counters,
	.nr_counters = ARRAY_SIZE(ioapic_counters),
	.nr_timers = KEEL_NR_GSIS,
	.input_of = keel_isa_to_gsi,
	.read = ioapic_read,
	.peek = ioapic_peek,
	.write = ioapic_write,
	.expire = ioapic_expire,
	.input = ioapic_input,
	.request = ioapic_request,
	.eoi = ioapic_eoi,
	.inspect = ioapic_inspect,
	.reset = ioapic_reset,
	.check = ioapic_check,
	.inputs = ioapic_inputs,
	.loaded = ioapic_loaded,
};
