// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt wires. A line's level is the OR of its sources, as on a shared PCI
 * wire; targets hear of changes only. A device's pulse is therefore low, then high, and it
 * stays high: an 8259 samples the level at INTA, so that a high-then-low blip would be lost,
 * or come out as a spurious IRQ7.
 *
 * The host's pulse has an end: its hand, one more source of each line, lets go once an interrupt
 * controller has taken the request. The IOAPIC takes it as the line rises, from an unmasked pin.
 * The 8259s take it at INTA. Until then they need it, and the hand holds the line; unless they do
 * not wait for it, or no longer: the input is masked, or they are set up anew. A request that was
 * withdrawn takes INTR with it.
 *
 * A source can take its line, as the HPET takes IRQ 0 from the PIT: a switch on the board.
 * What the others want is remembered meanwhile, and counts again afterwards.
 */
#include "board.h"
#include "latency.h"

/**
 * keel_isa_to_gsi() - IOAPIC pin that a board line is soldered to.
 * @line: board line
 *
 * A PC has the timer on pin 2, where the cascade would be; everything else is one
 * to one. The MADT's interrupt override tells the guest.
 *
 * Return: the pin, or -1 for a line that does not go there.
 */
int keel_isa_to_gsi(unsigned int line)
{
	if (line == 0)
		return 2;
	if (line == 2 || line >= KEEL_NR_GSIS)
		return -1;
	return line;
}

/**
 * keel_line_connect() - give a source its place on a line.
 * @line: where
 * @wire: the source's connection
 *
 * Return: false if the line has all the sources it can have.
 */
bool keel_line_connect(struct keel_line *line, struct keel_wire *wire)
{
	if (line->nr_sources == KEEL_LINE_SOURCES)
		return false;
	wire->line = line;
	wire->bit = line->nr_sources++;
	return true;
}

/**
 * keel_line_attach() - let a target follow a line.
 * @line:   the line
 * @target: copied; one that comes late gets the level if it is high
 *
 * Return: 0, or -ENOSPC.
 */
int keel_line_attach(struct keel_line *line, const struct keel_target *target)
{
	if (line->nr_targets == KEEL_LINE_TARGETS)
		return -ENOSPC;
	line->targets[line->nr_targets++] = *target;
	if (keel_line_level(line))
		target->set(target->ctx, target->pin, true);
	return 0;
}

/* The level was @before, and may be another one now. */
static void line_changed(struct keel_line *line, bool before)
{
	unsigned int i;

	if (before == keel_line_level(line))
		return;
	line->asserts += !before;
	if (line->watch && !before)
		keel_line_watch_rise(line->watch);
	for (i = 0; i < line->nr_targets; i++)
		line->targets[i].set(line->targets[i].ctx, line->targets[i].pin, !before);
}

/**
 * keel_line_set() - the one verb: a source holds its line, or lets go.
 * @wire:  the source's connection; detached: nothing happens
 * @level: true: hold
 *
 * Saying the same again changes nothing and is not counted.
 */
void keel_line_set(struct keel_wire *wire, bool level)
{
	struct keel_line *line = wire->line;
	bool before;

	if (!line || level == !!(line->sources & BIT(wire->bit)))
		return;
	before = keel_line_level(line);
	line->sources ^= BIT(wire->bit);
	line->sets++;
	line_changed(line, before);
}

/**
 * keel_line_take() - cut off a line's other sources, or let them have it again.
 * @wire: the connection of the source that takes it; detached: nothing happens
 * @take: true: cut them off
 *
 * The model's takes() says the same of a state that is to be loaded.
 */
void keel_line_take(struct keel_wire *wire, bool take)
{
	struct keel_line *line = wire->line;
	bool before;

	if (!line)
		return;
	before = keel_line_level(line);
	if (take)
		line->taken |= BIT(wire->bit);
	else
		line->taken &= ~BIT(wire->bit);
	line_changed(line, before);
}

/**
 * keel_line_eoi() - an interrupt controller saw the end of a line's interrupt.
 * @dev: the controller
 * @nr:  number of the line
 */
void keel_line_eoi(struct keel_dev *dev, unsigned int nr)
{
	struct keel_line *line = &dev->board->lines[nr];
	unsigned int i;

	line->eois++;
	if (line->watch)
		keel_line_watch_end(line->watch);
	for (i = 0; i < line->nr_targets; i++)
		if (line->targets[i].eoi)
			line->targets[i].eoi(line->targets[i].ctx, line->targets[i].pin);
}

/* ---- Pulses ---- */

/* The host's hand takes the line, or lets go. */
static void line_turn(struct keel_board *board, unsigned int nr)
{
	struct keel_line *line = &board->lines[nr];
	bool before = keel_line_level(line);

	line->sources ^= KEEL_LINE_HAND;
	board->pulsed ^= BIT(nr);
	line->sets++;
	line_changed(line, before);
}

static enum keel_request line_request(const struct keel_dev *chip, unsigned int nr)
{
	int pin = chip ? chip->ops->input_of(nr) : -1;

	return pin < 0 ? KEEL_REQUEST_NONE : chip->ops->request(chip, pin);
}

/**
 * keel_line_pulse() - the host raises a line, for as long as an interrupt controller needs it.
 * @board: with a door open
 * @nr:    a line that goes to one
 *
 * Return: 0, or -EAGAIN: it is asserted already, or a source has it for itself.
 */
int keel_line_pulse(struct keel_board *board, unsigned int nr)
{
	struct keel_line *line = &board->lines[nr];

	if (line->sources || line->taken)
		return -EAGAIN;
	line->pulses++;
	line_turn(board, nr);
	return 0;
}

/**
 * keel_lines_settle() - the host lets go of lines for which no interrupt controller waits.
 * @board: with a door open
 */
void keel_lines_settle(struct keel_board *board)
{
	unsigned int nr;

	for (nr = 0; nr < KEEL_LINE_INTR; nr++)
		if (board->pulsed & BIT(nr) &&
		    (line_request(board->ioapic, nr) == KEEL_REQUEST_TAKEN ||
		     line_request(board->pic, nr) != KEEL_REQUEST_WAITS))
			line_turn(board, nr);
}

/**
 * keel_line_acknowledged() - the 8259s take a line's request.
 * @dev: they
 * @nr:  number of the line
 */
void keel_line_acknowledged(struct keel_dev *dev, unsigned int nr)
{
	if (dev->board->pulsed & BIT(nr))
		line_turn(dev->board, nr);
}
