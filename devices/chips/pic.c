// SPDX-License-Identifier: GPL-2.0
/*
 * Two 8259As in cascade (Intel 231468-003) with the edge/level control registers
 * of PC chipsets (82371 "PIIX", 82801 "ICH").
 *
 *	0x20, 0xa0	W: ICW1 (D4 = 1), OCW2, OCW3 (D3 = 1)	R: IRR or ISR; poll
 *	0x21, 0xa1	W: ICW2, ICW3, ICW4, OCW1		R: IMR; poll
 *	0x4d0, 0x4d1	ELCR: a bit for each level-triggered input
 *
 * A request has to stay until INTA. An edge sets the input's latch, and the IRR is
 * the latch as long as the input is high. A blip that is over before INTA is lost,
 * and takes INT with it. A processor that acknowledges all the same gets IR7 without
 * an ISR bit: the spurious IRQ7, or IRQ15 from the slave ("the default IR7",
 * datasheet on IR inputs). On a board that race is the processor's interrupt latency,
 * a few cycles; with INTA as one step there is no such race, and a guest that keeps
 * interrupts off for long does not see more spurious ones than on a board.
 *
 * As in the chipsets, the slave is soldered to IR2, with any ICW3, LTIM is
 * replaced by the ELCR, and inputs 0, 1, 2, 8 and 13 are always edge-triggered.
 * After reset INT stays low until ICW1-4 are there; IMR can be probed. ICW1 also
 * clears the ISR, on which the datasheet is silent: an OS that starts over does
 * not know what its predecessor left in service.
 *
 * Not modelled: MCS-80/85 mode and buffered mode (both counted in "unsupported").
 */
#include "../board/dev.h"

#define ICW1_IC4	BIT(0)		/* ICW4 follows */
#define ICW1_SNGL	BIT(1)		/* one chip alone: no ICW3 */
#define ICW1_LTIM	BIT(3)		/* level-triggered inputs: the ELCR has that in a PC */
#define ICW1_SELECT	BIT(4)		/* even port: a write is ICW1 */
#define ICW2_BASE	GENMASK(7, 3)	/* vector of IR0 */
#define ICW4_UPM	BIT(0)		/* 8086 mode */
#define ICW4_AEOI	BIT(1)		/* automatic EOI */
#define ICW4_BUF	BIT(3)		/* buffered mode */
#define ICW4_SFNM	BIT(4)		/* special fully nested mode */
#define OCW2_LEVEL	GENMASK(2, 0)	/* L2 L1 L0: the input, with SL */
#define OCW2_EOI	BIT(5)		/* end of interrupt */
#define OCW2_SL		BIT(6)		/* specific: of the input in L2 L1 L0 */
#define OCW2_R		BIT(7)		/* rotate priorities */
#define OCW3_RIS	BIT(0)		/* with RR: reads give the ISR, else the IRR */
#define OCW3_RR		BIT(1)		/* RIS is valid */
#define OCW3_P		BIT(2)		/* poll: the next read acknowledges */
#define OCW3_SELECT	BIT(3)		/* even port: a write is OCW3 */
#define OCW3_SMM	BIT(5)		/* special mask mode */
#define OCW3_ESMM	BIT(6)		/* SMM is valid */
#define POLL_I		BIT(7)		/* poll: an interrupt was acknowledged */

#define PIC_CASCADE	2	/* the master's input that the slave is on */
#define PIC_DEFAULT	7	/* what is acknowledged when nothing asks */

enum { PIC_MASTER, PIC_SLAVE, PIC_CHIPS };
enum { REGION_MASTER, REGION_SLAVE, REGION_ELCR };

static const u8 pic_elcr_mask[PIC_CHIPS] = { 0xf8, 0xde };

struct keel_pic {
	struct keel_dev dev;

	/* Wiring. */
	struct keel_wire intr;

	/* Derived: nothing is kept. */

	/* Counters. */
	u64 acks;
	u64 spurious[PIC_CHIPS];
	u64 polls;
	u64 eois;
	u64 repeats;		/* with AEOI, of a level that stays: the next one comes at once */
	u64 inits;
	u64 unsupported;
	u64 elcr_reserved;
	u64 per_irq[16];

	/* State. */
	struct keel_pic_state s;
};

static_assert(sizeof(struct keel_pic_chip_state) == 16);
static_assert(sizeof(struct keel_pic_state) == 32);

static inline struct keel_pic *to_pic(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pic, dev);
}

/* ---- One chip: what follows from its registers ---- */

static u8 pic_irr(const struct keel_pic_chip_state *c)
{
	return c->levels & (c->edge | c->elcr);
}

/* In special mask mode a masked level in service holds up no other. */
static u8 pic_in_service(const struct keel_pic_chip_state *c)
{
	return c->smm ? c->isr & ~c->imr : c->isr;
}

/* 0 is the highest. */
static unsigned int pic_rank(const struct keel_pic_chip_state *c, unsigned int pin)
{
	return (pin - c->lowest - 1) & 7;
}

static int pic_highest(const struct keel_pic_chip_state *c, u8 pins)
{
	unsigned int i;

	/* Most of the time: a guest that uses the IOAPIC has masked all inputs. */
	if (!pins)
		return -1;
	for (i = 1; i <= 8; i++)
		if (pins & BIT((c->lowest + i) & 7))
			return (c->lowest + i) & 7;
	return -1;
}

/* The request that gets through the mask and past what is in service, or -1. */
static int pic_winner(const struct keel_pic_state *s, unsigned int chip)
{
	const struct keel_pic_chip_state *c = &s->chip[chip];
	int pin = pic_highest(c, pic_irr(c) & ~c->imr);
	int top = pic_highest(c, pic_in_service(c));

	if (c->step != KEEL_PIC_READY || pin < 0)
		return -1;
	if (top < 0 || pic_rank(c, pin) < pic_rank(c, top))
		return pin;
	/* Special fully nested: a slave with something better is heard again. */
	if (chip == PIC_MASTER && c->icw4 & ICW4_SFNM && pin == PIC_CASCADE && pin == top)
		return pin;
	return -1;
}

static bool pic_int(const struct keel_pic_state *s, unsigned int chip)
{
	return pic_winner(s, chip) >= 0;
}

/* An input has a level: latches a rising edge, and a low input has none latched. */
static void pic_follow(struct keel_pic_chip_state *c, unsigned int pin, bool level)
{
	u8 bit = BIT(pin);

	if (level)
		c->edge |= bit & ~c->levels & ~c->elcr;
	else
		c->edge &= ~bit;
	c->levels = level ? c->levels | bit : c->levels & ~bit;
}

/* ---- The pair ---- */

static void pic_sync(struct keel_pic *pic)
{
	pic_follow(&pic->s.chip[PIC_MASTER], PIC_CASCADE, pic_int(&pic->s, PIC_SLAVE));
	keel_line_set(&pic->intr, pic_int(&pic->s, PIC_MASTER));
}

static void pic_input(struct keel_dev *dev, unsigned int pin, bool level)
{
	struct keel_pic *pic = to_pic(dev);

	pic_follow(&pic->s.chip[pin / 8], pin % 8, level);
	pic_sync(pic);
}

/* An end of interrupt. The line's callback may come back through pic_input(). */
static void pic_end(struct keel_pic *pic, unsigned int chip, unsigned int pin)
{
	unsigned int irq = chip * 8 + pin;

	pic->s.chip[chip].isr &= ~BIT(pin);
	pic->eois++;
	if (irq != PIC_CASCADE)
		keel_line_eoi(&pic->dev, irq);
}

static void pic_serve(struct keel_pic *pic, unsigned int chip, unsigned int pin)
{
	struct keel_pic_chip_state *c = &pic->s.chip[chip];
	unsigned int irq = chip * 8 + pin;

	c->edge &= ~BIT(pin);
	if (irq != PIC_CASCADE)
		pic->per_irq[irq]++;
	if (!(c->icw4 & ICW4_AEOI)) {
		c->isr |= BIT(pin);
		return;
	}
	pic->repeats += !!(c->elcr & c->levels & BIT(pin));
	if (c->rotate_aeoi)
		c->lowest = pin;
	pic_end(pic, chip, pin);
}

/*
 * INTA or a poll reaches a chip. A slave's INT goes low in between even if there is
 * more to do, or the master's edge-triggered IR2 would never hear of it. Returns the
 * pin served or -1.
 */
static int pic_acknowledge(struct keel_pic *pic, unsigned int chip)
{
	int pin = pic_winner(&pic->s, chip);

	if (chip == PIC_SLAVE)
		pic_follow(&pic->s.chip[PIC_MASTER], PIC_CASCADE, false);
	if (pin < 0)
		return pin;
	keel_line_acknowledged(&pic->dev, chip * 8 + pin);
	pic_serve(pic, chip, pin);
	return pin;
}

/* Is the request one that INTA will get to? */
static bool pic_waits(const struct keel_pic_state *s, unsigned int chip, unsigned int pin)
{
	const struct keel_pic_chip_state *c = &s->chip[chip];

	return c->step == KEEL_PIC_READY && pic_irr(c) & ~c->imr & BIT(pin);
}

/* What the slave asks for, the master has to be asked as well. */
static enum keel_request pic_request(const struct keel_dev *dev, unsigned int pin)
{
	const struct keel_pic_state *s = &container_of(dev, struct keel_pic, dev)->s;
	const struct keel_pic_chip_state *master = &s->chip[PIC_MASTER];
	bool waits = pic_waits(s, pin / 8, pin % 8);

	if (pin >= 8)
		waits &= master->step == KEEL_PIC_READY && !(master->imr & BIT(PIC_CASCADE));
	return waits ? KEEL_REQUEST_WAITS : KEEL_REQUEST_NONE;
}

static int pic_intack(struct keel_dev *dev)
{
	struct keel_pic *pic = to_pic(dev);
	unsigned int chip = PIC_MASTER;
	int pin = pic_acknowledge(pic, chip);

	if (pin == PIC_CASCADE) {
		chip = PIC_SLAVE;
		pin = pic_acknowledge(pic, chip);
	}
	if (pin < 0) {
		pic->spurious[chip]++;
		pin = PIC_DEFAULT;
	}
	pic->acks++;
	pic_sync(pic);
	return pic->s.chip[chip].base | pin;
}

/* ---- Registers ---- */

static u8 pic_poll(struct keel_pic *pic, unsigned int chip)
{
	int pin = pic_acknowledge(pic, chip);

	pic->s.chip[chip].poll = 0;
	pic->polls++;
	pic_sync(pic);
	return pin < 0 ? 0 : POLL_I | pin;
}

static u32 pic_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_pic *pic = to_pic(dev);
	const struct keel_pic_chip_state *c;

	if (region == REGION_ELCR)
		return pic->s.chip[offset].elcr;
	c = &pic->s.chip[region];
	if (c->poll)
		return pic_poll(pic, region);
	if (offset)
		return c->imr;
	return c->read_isr ? c->isr : pic_irr(c);
}

static u64 pic_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		    unsigned int width, u64 now)
{
	const struct keel_pic *pic = container_of(dev, struct keel_pic, dev);

	return pic->s.chip[offset & 1].elcr;
}

static void pic_icw1(struct keel_pic *pic, struct keel_pic_chip_state *c, u8 value)
{
	pic->inits++;
	pic->unsupported += value & ICW1_LTIM || !(value & ICW1_IC4);
	c->edge = 0;
	c->isr = 0;
	c->imr = 0;
	c->lowest = 7;
	c->smm = 0;
	c->read_isr = 0;
	c->poll = 0;
	c->rotate_aeoi = 0;
	c->icw1 = value & (ICW1_IC4 | ICW1_SNGL);
	c->icw4 = 0;
	c->step = KEEL_PIC_ICW2;
}

static void pic_icw4(struct keel_pic *pic, struct keel_pic_chip_state *c, u8 value)
{
	pic->unsupported += !(value & ICW4_UPM) || value & ICW4_BUF;
	c->icw4 = value & (ICW4_AEOI | ICW4_SFNM);
	c->step = KEEL_PIC_READY;
}

static void pic_ocw2(struct keel_pic *pic, unsigned int chip, u8 value)
{
	struct keel_pic_chip_state *c = &pic->s.chip[chip];
	int pin = value & OCW2_SL ? value & OCW2_LEVEL : pic_highest(c, pic_in_service(c));

	switch (value & (OCW2_R | OCW2_SL | OCW2_EOI)) {
	case 0:
		c->rotate_aeoi = 0;
		return;
	case OCW2_R:
		c->rotate_aeoi = 1;
		return;
	}
	if (pin < 0)
		return;
	if (value & OCW2_R)
		c->lowest = pin;
	if (value & OCW2_EOI && c->isr & BIT(pin))
		pic_end(pic, chip, pin);
}

static void pic_ocw3(struct keel_pic_chip_state *c, u8 value)
{
	if (value & OCW3_ESMM)
		c->smm = !!(value & OCW3_SMM);
	if (value & OCW3_RR)
		c->read_isr = value & OCW3_RIS;
	c->poll = !!(value & OCW3_P);
}

static void pic_write_odd(struct keel_pic *pic, struct keel_pic_chip_state *c, u8 value)
{
	u8 last = c->icw1 & ICW1_IC4 ? KEEL_PIC_ICW4 : KEEL_PIC_READY;

	switch (c->step) {
	case KEEL_PIC_ICW2:
		c->base = value & ICW2_BASE;
		c->step = c->icw1 & ICW1_SNGL ? last : KEEL_PIC_ICW3;
		break;
	case KEEL_PIC_ICW3:
		c->step = last;
		break;
	case KEEL_PIC_ICW4:
		pic_icw4(pic, c, value);
		break;
	default:
		c->imr = value;
	}
}

/* An edge is remembered of edge-triggered pins alone: the same value again changes nothing. */
static void pic_write_elcr(struct keel_pic *pic, unsigned int chip, u8 value)
{
	struct keel_pic_chip_state *c = &pic->s.chip[chip];
	u8 elcr = value & pic_elcr_mask[chip];

	pic->elcr_reserved += elcr != value;
	if (elcr == c->elcr)
		return;
	c->elcr = elcr;
	c->edge &= ~elcr;
	pic_sync(pic);
}

static void pic_write(struct keel_dev *dev, unsigned int region, u32 offset,
		      unsigned int width, u32 value)
{
	struct keel_pic *pic = to_pic(dev);

	if (region == REGION_ELCR) {
		pic_write_elcr(pic, offset, value);
		return;
	}
	if (offset)
		pic_write_odd(pic, &pic->s.chip[region], value);
	else if (value & ICW1_SELECT)
		pic_icw1(pic, &pic->s.chip[region], value);
	else if (value & OCW3_SELECT)
		pic_ocw3(&pic->s.chip[region], value);
	else
		pic_ocw2(pic, region, value);
	pic_sync(pic);
}

/* ---- Board ---- */

static int pic_input_of(unsigned int line)
{
	return line < 16 && line != PIC_CASCADE ? line : -1;
}

/* The lines are not the chip's to reset. */
static void pic_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pic *pic = to_pic(dev);
	unsigned int chip;

	for (chip = 0; chip < PIC_CHIPS; chip++)
		pic->s.chip[chip] = (struct keel_pic_chip_state) {
			.levels = pic->s.chip[chip].levels,
			.lowest = 7,
			.step = KEEL_PIC_NEW,
		};
	pic_sync(pic);
}

static bool pic_check_step(const struct keel_pic_chip_state *c)
{
	switch (c->step) {
	case KEEL_PIC_NEW:
		return !c->base && !c->icw1 && !c->icw4 && !c->isr;
	case KEEL_PIC_READY:
		return !(c->icw4 & ICW4_AEOI && c->isr) && (c->icw1 & ICW1_IC4 || !c->icw4);
	case KEEL_PIC_ICW2:
		return !c->icw4 && !c->isr;
	case KEEL_PIC_ICW3:
		return !c->icw4 && !c->isr && !(c->icw1 & ICW1_SNGL);
	case KEEL_PIC_ICW4:
		return !c->icw4 && !c->isr && c->icw1 & ICW1_IC4;
	default:
		return false;
	}
}

static bool pic_check_chip(const struct keel_pic_chip_state *c, unsigned int chip)
{
	if (c->base & ~ICW2_BASE || c->lowest > 7 || c->elcr & ~pic_elcr_mask[chip])
		return false;
	if (c->icw1 & ~(ICW1_IC4 | ICW1_SNGL) || c->icw4 & ~(ICW4_AEOI | ICW4_SFNM))
		return false;
	if (c->smm > 1 || c->read_isr > 1 || c->poll > 1 || c->rotate_aeoi > 1)
		return false;
	if (c->pad[0] || c->pad[1] || c->edge & (c->elcr | ~c->levels))
		return false;
	return pic_check_step(c);
}

static bool pic_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pic_state *s = state;
	const struct keel_pic_chip_state *master = &s->chip[PIC_MASTER];
	u8 cascade = master->levels & BIT(PIC_CASCADE);

	if (!pic_check_chip(master, PIC_MASTER) || !pic_check_chip(&s->chip[PIC_SLAVE], PIC_SLAVE))
		return false;
	return !!cascade == pic_int(s, PIC_SLAVE);
}

static u32 pic_inputs(const void *state)
{
	const struct keel_pic_state *s = state;

	return s->chip[PIC_MASTER].levels | s->chip[PIC_SLAVE].levels << 8;
}

static void pic_loaded(struct keel_dev *dev)
{
	pic_sync(to_pic(dev));
}

static void pic_inspect_chip(const struct keel_pic_state *s, unsigned int chip,
			     struct keel_out *out)
{
	const struct keel_pic_chip_state *c = &s->chip[chip];

	keel_emit(out, "chip", chip, ".irr", pic_irr(c));
	keel_emit(out, "chip", chip, ".isr", c->isr);
	keel_emit(out, "chip", chip, ".imr", c->imr);
	keel_emit(out, "chip", chip, ".elcr", c->elcr);
	keel_emit(out, "chip", chip, ".inputs", c->levels);
	keel_emit(out, "chip", chip, ".base", c->base);
	keel_emit(out, "chip", chip, ".lowest_priority", c->lowest);
	keel_emit(out, "chip", chip, ".initialised", c->step == KEEL_PIC_READY);
	keel_emit(out, "chip", chip, ".aeoi", !!(c->icw4 & ICW4_AEOI));
	keel_emit(out, "chip", chip, ".sfnm", !!(c->icw4 & ICW4_SFNM));
	keel_emit(out, "chip", chip, ".smm", c->smm);
	keel_emit(out, "chip", chip, ".int", pic_int(s, chip));
}

static void pic_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pic *pic = container_of(dev, struct keel_pic, dev);

	pic_inspect_chip(&pic->s, PIC_MASTER, out);
	pic_inspect_chip(&pic->s, PIC_SLAVE, out);
}

static const struct keel_region_desc pic_regions[] = {
	[REGION_MASTER]	= { "master", KEEL_PIO, 0x20, 2, 1 },
	[REGION_SLAVE]	= { "slave", KEEL_PIO, 0xa0, 2, 1 },
	[REGION_ELCR]	= { "elcr", KEEL_PIO, 0x4d0, 2, 1, .peek = true },
};

static const struct keel_wire_desc pic_wires[] = {
	KEEL_WIRE(keel_pic, intr, "int", KEEL_LINE_INTR, false),
};

static const struct keel_counter_desc pic_counters[] = {
	KEEL_COUNTER(keel_pic, acks),
	{ "spurious_master", offsetof(struct keel_pic, spurious[PIC_MASTER]), 1 },
	{ "spurious_slave", offsetof(struct keel_pic, spurious[PIC_SLAVE]), 1 },
	KEEL_COUNTER(keel_pic, polls),
	KEEL_COUNTER(keel_pic, eois),
	KEEL_COUNTER(keel_pic, repeats),
	KEEL_COUNTER(keel_pic, inits),
	KEEL_COUNTER(keel_pic, unsupported),
	KEEL_COUNTER(keel_pic, elcr_reserved),
	KEEL_COUNTERS(keel_pic, per_irq, 16),
};

const struct keel_dev_ops keel_pic_ops = {
	.name = "pic",
	.class = KEEL_CLASS_PIC,
	.version = 1,
	.size = sizeof(struct keel_pic),
	.state = offsetof(struct keel_pic, s),
	.state_size = sizeof(struct keel_pic_state),
	.regions = pic_regions,
	.nr_regions = ARRAY_SIZE(pic_regions),
	.wires = pic_wires,
	.nr_wires = ARRAY_SIZE(pic_wires),
	.counters = pic_counters,
	.nr_counters = ARRAY_SIZE(pic_counters),
	.input_of = pic_input_of,
	.read = pic_read,
	.peek = pic_peek,
	.write = pic_write,
	.input = pic_input,
	.request = pic_request,
	.intack = pic_intack,
	.inspect = pic_inspect,
	.reset = pic_reset,
	.check = pic_check,
	.inputs = pic_inputs,
	.loaded = pic_loaded,
};
