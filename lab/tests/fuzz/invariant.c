// SPDX-License-Identifier: GPL-2.0
/*
 * Invariants that must hold after any action of a guest and a host. The oracles use only the
 * states of uapi/ and are written from the datasheets a second time, so that a mistake in a
 * model is not repeated here.
 */
#include "fuzz.h"

/* Calls of the board's to its host in one door: 16 bytes accessed, 24 pins ended, ... */
#define CALLS_MAX	512

/* ---- Access to devices ---- */

struct keel_wire *fuzz_wire(struct keel_dev *dev, unsigned int nr)
{
	return (void *)dev + dev->ops->wires[nr].offset;
}

const void *fuzz_state_of(const struct keel_dev *dev)
{
	return (const void *)dev + dev->ops->state;
}

static bool invariant_drives(const struct keel_wire *wire)
{
	return wire->line && wire->line->sources & BIT(wire->bit);
}

/* Does the device hold its first line? False also if that is not connected. */
static bool invariant_holds(struct keel_dev *dev)
{
	return invariant_drives(fuzz_wire(dev, 0));
}

static bool invariant_wired(struct keel_dev *dev)
{
	return fuzz_wire(dev, 0)->line;
}

/* ---- Doors ---- */

/**
 * fuzz_check_wire() - check an output's level, if it has a line.
 * @dev:   the device
 * @nr:    number of its output
 * @level: expected level
 */
void fuzz_check_wire(struct keel_dev *dev, unsigned int nr, bool level)
{
	struct keel_wire *wire = fuzz_wire(dev, nr);

	must(!wire->line || invariant_drives(wire) == level);
}

void fuzz_door_opened(struct fuzz_host *h)
{
	h->calls = 0;
	h->before = h->deadline;
	h->expired = h->board->expired;
}

/* An access to a device without deadlines does not expire the others'. */
void fuzz_door_closed(struct fuzz_host *h, bool caught_up)
{
	const struct keel_board *board = h->board;

	must(h->calls <= CALLS_MAX);
	must(board->expired - h->expired <= 2U * board->nr_timers);
	must(board->armed == board->next);
	must(h->deadline == board->next);
	must(board->host.now <= h->now);
	if (caught_up) {
		must(board->host.now == h->now);
		must(board->next > board->host.now);
	} else {
		must(board->next > h->now || board->next == h->before);
	}
	fuzz_serve(h);
}

/* ---- 8259 ---- */

/* The input that a chip serves next, or -1. */
static int pic_next(const struct keel_pic_state *s, unsigned int chip)
{
	const struct keel_pic_chip_state *c = &s->chip[chip];
	u8 requests = c->levels & (c->edge | c->elcr);
	unsigned int i;

	if (c->step != KEEL_PIC_READY)
		return -1;
	for (i = 1; i <= 8; i++) {
		u8 bit = BIT((c->lowest + i) % 8);
		bool asks = requests & bit & ~c->imr;
		bool serves = c->isr & bit && !(c->smm && c->imr & bit);
		bool sfnm = c->icw4 & 0x10 && chip == 0 && bit == 0x04;

		if (asks && (!serves || sfnm))
			return (c->lowest + i) % 8;
		if (serves)
			return -1;
	}
	return -1;
}

/**
 * fuzz_expected_vector() - the vector that the next INTA cycle must return.
 * @h: the host, with no deadline due
 */
int fuzz_expected_vector(const struct fuzz_host *h)
{
	const struct keel_pic_state *s;
	unsigned int chip = 0;
	int pin;

	if (!h->board->pic)
		return -1;
	s = fuzz_state_of(h->board->pic);
	pin = pic_next(s, chip);
	if (pin == 2) {
		chip = 1;
		pin = pic_next(s, chip);
	}
	return s->chip[chip].base | (pin < 0 ? 7 : pin);
}

static void check_pic(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_pic_state *s = fuzz_state_of(dev);
	unsigned int line;

	for (line = 0; line < 16; line++)
		must(line == 2 || (s->chip[line / 8].levels >> line % 8 & 1) ==
				  keel_line_level(&h->board->lines[line]));
	must((s->chip[0].levels >> 2 & 1) == (pic_next(s, 1) >= 0));
	if (invariant_wired(dev)) {
		must(invariant_holds(dev) == (pic_next(s, 0) >= 0));
		must(h->intr == (pic_next(s, 0) >= 0));
	}
}

/* ---- 82093AA ---- */

static void check_ioapic_pin(const struct keel_ioapic_state *s, unsigned int pin, bool level,
			     u64 now)
{
	u64 entry = s->entries[pin], mode = (entry & KEEL_RTE_MODE) >> KEEL_RTE_MODE_SHIFT;
	bool irr = entry & KEEL_RTE_REMOTE_IRR;
	bool voltage = pin < 16 ? level : !level;
	bool asserted = entry & KEEL_RTE_LOW ? !voltage : voltage;
	bool is_level = entry & KEEL_RTE_LEVEL && mode <= 1;

	must((s->levels >> pin & 1) == level);
	must(!irr || is_level);
	must(!!s->sent[pin] == irr);
	if (is_level && asserted && !(entry & KEEL_RTE_MASK))
		must(irr != !!s->resume[pin]);	/* either delivered or throttled */
	else
		must(!s->resume[pin] && !s->streak[pin]);
	must(!s->resume[pin] || s->resume[pin] <= now + 1000000);
}

static void check_ioapic(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_ioapic_state *s = fuzz_state_of(dev);
	unsigned int line;
	bool level;

	for (line = 0; line < KEEL_NR_GSIS; line++) {
		level = keel_line_level(&h->board->lines[line]);
		if (keel_isa_to_gsi(line) >= 0)
			check_ioapic_pin(s, keel_isa_to_gsi(line), level, h->board->host.now);
	}
	check_ioapic_pin(s, 0, false, h->board->host.now);
}

/* ---- Lines that devices drive, checked only while no deadline is overdue ---- */

static void check_pit(const struct fuzz_host *h, struct keel_dev *dev)
{
	u64 t = keel_muldiv(h->board->host.now, KEEL_PIT_CLOCK_MUL, KEEL_PIT_CLOCK_DIV);
	const struct keel_pit_state *s = fuzz_state_of(dev);
	unsigned int i;

	must(s->edge <= t);
	for (i = 0; i < ARRAY_SIZE(s->counter); i++) {
		const struct keel_pit_counter *c = &s->counter[i];

		must(c->start <= t + 1 && c->held <= t);
		must(!c->reload || c->reload <= t + 0x10000);
		must(c->phase != KEEL_PIT_RUN || (c->control >> 1 & 7) == 1 ||
		     (c->control >> 1 & 7) == 5 || i < 2 || s->port61 & 1);
	}
}

static void check_rtc(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_rtc_state *s = fuzz_state_of(dev);

	must(s->at <= h->board->host.now && s->phase < 1000000000);
	must((s->ram[0x0a] & 0x70) == 0x20 || s->phase == 500000000);
	must(s->backlog <= KEEL_RTC_BACKLOG_MAX && (!s->backlog || s->ram[0x0b] & 0x40));
	if (invariant_wired(dev))
		must(invariant_holds(dev) == !!(s->flags & s->ram[0x0b] & 0x70));
}

static void check_pm(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_pm_state *s = fuzz_state_of(dev);
	u64 t = keel_muldiv(h->board->host.now, KEEL_PM_CLOCK_MUL, KEEL_PM_CLOCK_DIV);
	bool sure = s->pm1_sts & s->pm1_en || s->gpe0_sts & s->gpe0_en;
	bool maybe = s->pm1_en & 1;	/* TMR_STS is not stored */

	must(s->tmr_half <= t >> 23);	/* 24 bits; of 32 there are fewer */
	if (!(s->pm1_cnt & 1))
		must(!invariant_holds(dev));
	else if (invariant_wired(dev) && !maybe)
		must(invariant_holds(dev) == sure);
	else if (invariant_wired(dev) && sure)
		must(invariant_holds(dev));
}

static void check_uart(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_uart_state *s = fuzz_state_of(dev);
	static const u8 triggers[] = { 1, 4, 8, 14 };
	bool timed_out = s->timeout_at && s->timeout_at <= h->board->host.now;
	bool empty = s->thre_pending && s->thre_at <= h->board->host.now;
	bool gate = s->mcr & 8 || dev->instance == FUZZ_UNGATED;
	bool pending = (s->ier & 4 && s->errors) ||
		       (s->ier & 1 && (s->rx_count >= triggers[s->fcr >> 6] || timed_out)) ||
		       (s->ier & 2 && empty) || (s->ier & 8 && s->msr & 15);
	unsigned int i;

	if (invariant_wired(dev))
		must(invariant_holds(dev) == (pending && gate));
	must(!s->rx_count == !s->timeout_at || !(s->fcr & 1));
	must(!s->tx_count || s->tx_until || s->tx_blocked);	/* else it would never be sent */
	for (i = s->rx_count; i < KEEL_UART_FIFO; i++)
		must(!(s->rx_breaks >> (s->rx_head + i) % KEEL_UART_FIFO & 1));
}

/* A byte in the output buffer is announced by one line, if the command byte says so. */
static void check_i8042(struct keel_dev *dev)
{
	const struct keel_i8042_state *s = fuzz_state_of(dev);
	bool aux = s->out_from == KEEL_I8042_AUX && s->ram[0] & 2;
	bool kbd = s->out_from && s->out_from != KEEL_I8042_AUX && s->ram[0] & 1;
	bool repeats = s->repeat_key && !s->kbd.queue.count && s->out_from != KEEL_I8042_KBD &&
		       !(s->ram[0] & 0x10);

	if (invariant_wired(dev))
		must(invariant_holds(dev) == kbd);
	must(invariant_drives(fuzz_wire(dev, 1)) == aux);
	must(s->kbd.queue.count <= KEEL_PS2_QUEUE && s->mouse.queue.count <= KEEL_PS2_QUEUE);
	must(s->mouse.nr_last <= sizeof(s->mouse.last));
	must(keel_deadline(dev, 0) == (repeats ? s->repeat_at : KEEL_NEVER));
	must(s->matched < KEEL_I8042_PASSWORD && s->dump <= KEEL_I8042_DUMP);
}

/* ---- HPET ---- */

/* The output that a timer is on: 0: IRQ 0, 1: IRQ 8, from 2 on: pin 20 and so on; or -1. */
static int hpet_output(const struct keel_hpet_state *s, unsigned int i)
{
	u32 config = s->timers[i].config, pin = config >> 9 & 31;

	if (config & 0x4000)
		return -1;
	if (s->config == 3 && i < 2)
		return i;
	return pin ? pin - 18 : -1;
}

/* None of what a timer would send, or raise, was left out. */
static void check_hpet_timer(const struct fuzz_host *h, struct keel_dev *dev, unsigned int i)
{
	const struct keel_hpet_state *s = fuzz_state_of(dev);
	const struct keel_hpet_timer *t = &s->timers[i];
	bool fsb = t->config & 0x4000, level = t->config & 2 && !fsb;
	u32 mode = t->fsb >> 8 & 7;
	bool sends = fsb && t->fsb >> 52 == 0xfee && mode != 3 && mode != 6;
	bool wide = !(t->config & 0x100);
	u64 passed = (h->board->host.now - s->at) / 10, ahead = t->comparator - s->counter;

	must(!!h->routes[dev->gsi + i].address == sends);
	must(wide || (!(t->comparator >> 32) && !(t->period >> 32)));
	if (!(s->config & 1) || !(t->config & 4) || (level && s->raised >> i & 1))
		return;
	if (t->skip || (hpet_output(s, i) < 0 && !sends))
		return;
	if (!wide)
		ahead = (u32)ahead;
	must(!ahead || ahead > passed);
}

static void check_hpet(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_hpet_state *s = fuzz_state_of(dev);
	bool high[6] = { false };
	unsigned int i;
	int output;

	must(s->config & 1 ? s->at <= h->board->host.now : !s->at);
	for (i = 0; i < KEEL_HPET_TIMERS; i++) {
		check_hpet_timer(h, dev, i);
		output = hpet_output(s, i);
		if (output >= 0 && s->config & 1 && s->timers[i].config & 4 && s->raised >> i & 1)
			high[output] = true;
	}
	for (i = 0; i < ARRAY_SIZE(high); i++) {
		const struct keel_wire *wire = fuzz_wire(dev, i);
		bool taken = i < 2 && s->config == 3;

		fuzz_check_wire(dev, i, high[i]);
		must(!wire->line || (wire->line->taken >> wire->bit & 1) == taken);
	}
}

static void check_device(const struct fuzz_host *h, struct keel_dev *dev)
{
	bool overdue = h->board->next <= h->board->host.now;

	if (dev->ops->pci)
		fuzz_check_function(h, dev);
	switch (dev->ops->class) {
	case KEEL_CLASS_PIC:
		check_pic(h, dev);
		break;
	case KEEL_CLASS_IOAPIC:
		check_ioapic(h, dev);
		break;
	case KEEL_CLASS_I8042:
		check_i8042(dev);
		break;
	case KEEL_CLASS_PCIHOST:
		fuzz_check_pcihost(h, dev);
		break;
	case KEEL_CLASS_LPC:
		fuzz_check_lpc(h, dev);
		break;
	case KEEL_CLASS_VIRTIO_MMIO:
	case KEEL_CLASS_VIRTIO_PCI:
		fuzz_check_virtio(h, dev);
		break;
	case KEEL_CLASS_PIT:
		if (!overdue)
			check_pit(h, dev);
		break;
	case KEEL_CLASS_RTC:
		if (!overdue)
			check_rtc(h, dev);
		break;
	case KEEL_CLASS_PM:
		if (!overdue)
			check_pm(h, dev);
		break;
	case KEEL_CLASS_UART:
		if (!overdue)
			check_uart(h, dev);
		break;
	case KEEL_CLASS_HPET:
		if (!overdue)
			check_hpet(h, dev);
		break;
	}
	/* Only now and then: the check is slow, and a wrong state mostly stays wrong. */
	if (!overdue && dev->ops->check && h->actions % 4 == 0)
		must(dev->ops->check(dev, fuzz_state_of(dev), h->board->host.now));
}

/* ---- The board ---- */

static void check_deadlines(const struct keel_board *board)
{
	u64 earliest = KEEL_NEVER;
	unsigned int i, j, armed;

	for (i = 0; i < board->nr_devs; i++) {
		const struct keel_dev *dev = board->devs[i];

		armed = 0;
		for (j = 0; j < dev->ops->nr_timers; j++) {
			u64 deadline = board->deadlines[dev->timer + j];

			armed += deadline != KEEL_NEVER;
			earliest = min(earliest, deadline);
		}
		must(dev->armed == armed);
	}
	must(board->next == earliest);
}

/*
 * The host holds a line for a pulse only while the 8259s have an unmasked request of it, and the
 * IOAPIC's pin is masked.
 */
static void check_pulse(const struct keel_board *board, unsigned int line)
{
	const struct keel_ioapic_state *io = board->ioapic ? fuzz_state_of(board->ioapic) : NULL;
	const struct keel_pic_state *pic = board->pic ? fuzz_state_of(board->pic) : NULL;
	const struct keel_pic_chip_state *c;

	must(pic && line < 16 && line != 2);
	c = &pic->chip[line / 8];
	must(c->levels & (c->edge | c->elcr) & ~c->imr & BIT(line % 8));
	must(line < 8 || !(pic->chip[0].imr & 4));
	must(!io || io->entries[keel_isa_to_gsi(line)] & KEEL_RTE_MASK);
}

static void check_lines(const struct keel_board *board)
{
	unsigned int i;

	for (i = 0; i < KEEL_NR_LINES; i++) {
		u32 sources = board->lines[i].sources & ~KEEL_LINE_HAND;
		bool held = board->lines[i].sources & KEEL_LINE_HAND;

		must(!((u64)sources >> board->lines[i].nr_sources));
		must(held == !!(board->pulsed & BIT(i)));
		if (held)
			check_pulse(board, i);
	}
}

/**
 * fuzz_check() - check the invariants after an action.
 * @h: the host
 */
void fuzz_check(struct fuzz_host *h)
{
	unsigned int i;

	check_deadlines(h->board);
	check_lines(h->board);
	/* A region that moved without the bus being updated stays so for a few actions. */
	if (h->remapped || h->actions % 8 == 0)
		fuzz_check_buses(h->board);
	h->remapped = false;
	must(h->intr == keel_line_level(&h->board->lines[KEEL_LINE_INTR]));
	for (i = 0; i < h->board->nr_devs; i++)
		check_device(h, h->board->devs[i]);
	h->actions++;
}

/**
 * fuzz_check_access() - eight ports act as memory, however an access is cut up.
 * @h:    the host
 * @port: accessed
 * @data: read or written
 * @len:  bytes
 */
void fuzz_check_access(const struct fuzz_host *h, u64 port, const u8 *data, unsigned int len)
{
	const struct keel_dev *dev = keel_board_find(h->board, KEEL_CLASS_TESTDEV, 0);
	const struct keel_region *region = dev ? &h->board->regions[dev->region] : NULL;
	const struct keel_testdev_state *s;

	if (!dev || port - region->base >= region->length ||
	    len > region->length - (port - region->base))
		return;
	s = fuzz_state_of(dev);
	must(!memcmp(&s->scratch[port - region->base], data, len));
}

/* The host bridge's own output is high while any PIRQ is. */
static u32 routed_pirq(const struct keel_board *board, unsigned int line)
{
	struct keel_dev *host = board->slots[0];
	const struct keel_wire *wire = host && host->ops->nr_wires ? fuzz_wire(host, 0) : NULL;

	return wire && wire->line == &board->lines[line] ? BIT(wire->bit) : 0;
}

/**
 * fuzz_check_reset() - a reset silences every device.
 * @h: the host
 */
void fuzz_check_reset(const struct fuzz_host *h)
{
	struct keel_board *board = h->board;
	unsigned int i;

	for (i = 0; i < KEEL_LINE_INTR; i++)
		must(!(board->lines[i].sources & ~BIT(h->hands[i].bit) & ~routed_pirq(board, i)));
	must(!keel_line_level(&board->lines[KEEL_LINE_INTR]));
	for (i = 0; board->ioapic && i < KEEL_NR_GSIS; i++)
		must(((const struct keel_ioapic_state *)fuzz_state_of(board->ioapic))->entries[i] ==
		     KEEL_RTE_MASK);
}

static u64 list_hash(const struct keel_stat *stat)
{
	const u64 *words = (const u64 *)stat;
	u64 hash = 0;
	unsigned int i;

	for (i = 0; i < offsetof(struct keel_stat, value) / sizeof(*words); i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Every entry has a name, and all names differ. */
static void check_list(const struct keel_stat *stats, unsigned int nr)
{
	u64 hashes[1024];
	unsigned int i, j;

	must(nr <= ARRAY_SIZE(hashes));
	for (i = 0; i < nr; i++) {
		must(stats[i].device[0] && !stats[i].device[sizeof(stats[i].device) - 1]);
		must(stats[i].name[0] && !stats[i].name[sizeof(stats[i].name) - 1]);
		hashes[i] = list_hash(&stats[i]);
		for (j = 0; j < i; j++)
			must(hashes[i] != hashes[j]);
	}
}

/**
 * fuzz_check_list() - reading statistics, or inspecting, works and changes nothing.
 * @h:       the host
 * @inspect: inspect, instead of reading statistics
 * @room:    number of entries that fit
 */
void fuzz_check_list(struct fuzz_host *h, bool inspect, unsigned int room)
{
	size_t size = keel_board_state_size(h->board), header = sizeof(struct keel_state_header);
	struct keel_stat *stats = malloc(room * sizeof(*stats) + !room);
	void *before = malloc(size), *after = malloc(size);
	u64 hash = h->hash, deadline = h->deadline;
	unsigned int nr;

	must(stats && before && after);
	must(whole_save(h->board, before) == size);
	nr = inspect ? whole_inspect(h->board, stats, room) :
		       whole_stats(h->board, stats, room);
	check_list(stats, min(nr, room));
	must(whole_save(h->board, after) == size);
	must(!memcmp(before + header, after + header, size - header));
	must(h->hash == hash && h->deadline == deadline);
	free(stats);
	free(before);
	free(after);
}
