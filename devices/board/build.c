// SPDX-License-Identifier: GPL-2.0
/*
 * The builder: turns a list of {class, config} into a board, in memory that the
 * host gives, once. Nothing is allocated afterwards. The list is looked at as a
 * whole, so that every conflict is reported and not just the first.
 */
#include "../pci/pci.h"
#include "build.h"
#include "class.h"
#include "door.h"

/* The model of a config: some classes have several, and the config chooses. */
static const struct keel_dev_ops *board_ops(const struct keel_device_config *config)
{
	const struct keel_dev_ops *ops = keel_class_ops(config->class);

	return ops && ops->variant ? ops->variant(config) : ops;
}

/* Parts of the one block of memory that a board lives in, in this order. */
struct board_layout {
	size_t devs;		/* struct keel_dev *[] */
	size_t buses;		/* struct keel_region *[], for each space */
	size_t spare;		/* struct keel_region *[] */
	size_t regions;		/* struct keel_region[] */
	size_t deadlines;	/* u64[] */
	size_t devices;		/* the devices' own structs */
	size_t end;
	unsigned int nr_regions;
	unsigned int nr_timers;
};

static size_t board_device_size(const struct keel_dev_ops *ops)
{
	return (ops->size + 7) & ~7UL;
}

static void board_lay_out(struct board_layout *at, const struct keel_device_config *configs,
			  unsigned int nr)
{
	size_t devices = 0;
	unsigned int i;

	memset(at, 0, sizeof(*at));
	for (i = 0; i < nr; i++) {
		const struct keel_dev_ops *ops = board_ops(&configs[i]);

		at->nr_regions += ops->nr_regions;
		at->nr_timers += ops->nr_timers;
		devices += board_device_size(ops);
	}
	at->devs = sizeof(struct keel_board);
	at->buses = at->devs + nr * sizeof(struct keel_dev *);
	at->spare = at->buses + KEEL_NR_SPACES * at->nr_regions * sizeof(struct keel_region *);
	at->regions = at->spare + at->nr_regions * sizeof(struct keel_region *);
	at->deadlines = at->regions + at->nr_regions * sizeof(struct keel_region);
	at->devices = at->deadlines + at->nr_timers * sizeof(u64);
	at->end = at->devices + devices;
}

static bool board_classes_known(const struct keel_device_config *configs, unsigned int nr)
{
	unsigned int i;

	if (!nr || nr > KEEL_MAX_DEVICES)
		return false;
	for (i = 0; i < nr; i++)
		if (!board_ops(&configs[i]))
			return false;
	return true;
}

/**
 * keel_board_size() - memory that a board will need.
 * @configs: its devices
 * @nr:      how many
 *
 * Return: bytes, or 0 if there are too many or a class is unknown.
 */
size_t keel_board_size(const struct keel_device_config *configs, unsigned int nr)
{
	struct board_layout at;

	if (!board_classes_known(configs, nr))
		return 0;
	board_lay_out(&at, configs, nr);
	return at.nr_regions <= KEEL_MAX_REGIONS ? at.end : 0;
}

static u64 board_region_base(const struct keel_device_config *config, unsigned int region)
{
	const struct keel_region_desc *desc = &board_ops(config)->regions[region];

	if (desc->follows)
		return board_region_base(config, 0) + desc->base;
	return region == 0 && config->base ? config->base : desc->base;
}

static u32 board_wire_line(const struct keel_device_config *config, unsigned int wire)
{
	const struct keel_dev_ops *ops = board_ops(config);

	if (ops->wires[wire].intx && config->irq == KEEL_IRQ_DEFAULT)
		return KEEL_PCI_PIRQ +
		       (keel_pci_slot(config) + ops->pci->pin - 1) % KEEL_PCI_NR_PIRQS;
	return wire == 0 && config->irq != KEEL_IRQ_DEFAULT ? config->irq : ops->wires[wire].line;
}

/*
 * INTR goes to a processor and to no interrupt controller. The 8259s have it and nothing
 * else: what they put on an input of theirs would come back to them. The RTC's alarm is a wire of
 * its own as well.
 */
static bool board_line_sane(const struct keel_wire_desc *desc, u32 line)
{
	if (line == KEEL_IRQ_NONE)
		return true;
	if (desc->intx)		/* the slot alone says which */
		return false;
	if (desc->line == KEEL_LINE_INTR || desc->line == KEEL_LINE_ALARM)
		return line == desc->line;
	return line < KEEL_LINE_INTR;
}

/* What a single config can have wrong, without looking at the others. */
static bool board_config_sane(const struct keel_device_config *config)
{
	const struct keel_dev_ops *ops = board_ops(config);
	unsigned int i;

	if (ops->pci && !keel_pci_sane(config))
		return false;
	for (i = 0; i < ops->nr_regions; i++) {
		u64 last = ops->regions[i].space == KEEL_PIO ? U16_MAX : U64_MAX;

		if (ops->regions[i].in_bar && i == 0 && config->base)
			return false;
		if (board_region_base(config, i) > last - (ops->regions[i].length - 1))
			return false;
	}
	for (i = 0; i < ops->nr_wires; i++) {
		bool by_slot = ops->wires[i].intx && config->irq == KEEL_IRQ_DEFAULT;

		if (!by_slot && !board_line_sane(&ops->wires[i], board_wire_line(config, i)))
			return false;
	}
	return true;
}

/* Collects conflicts; counts on when the caller's room is used up. */
struct board_report {
	struct keel_conflict *conflicts;
	unsigned int room;
	unsigned int nr;
};

static void board_report(struct board_report *report, const struct keel_conflict *conflict)
{
	if (report->nr < report->room)
		report->conflicts[report->nr] = *conflict;
	report->nr++;
}

/* Does a region have its place from the start? */
static bool board_region_fixed(const struct keel_dev_ops *ops, unsigned int region)
{
	return !ops->regions[region].in_bar;
}

static void board_compare_regions(struct board_report *report,
				  const struct keel_device_config *configs,
				  unsigned int first, unsigned int second)
{
	const struct keel_dev_ops *a = board_ops(&configs[first]);
	const struct keel_dev_ops *b = board_ops(&configs[second]);
	unsigned int i, j;

	for (i = 0; i < a->nr_regions; i++) {
		for (j = first == second ? i + 1 : 0; j < b->nr_regions; j++) {
			u64 start_a = board_region_base(&configs[first], i);
			u64 start_b = board_region_base(&configs[second], j);
			u64 start = max(start_a, start_b);
			u64 end = min(start_a + a->regions[i].length - 1,
				      start_b + b->regions[j].length - 1);
			struct keel_conflict conflict = {
				.kind = a->regions[i].space == KEEL_PIO ? KEEL_CONFLICT_PIO :
									  KEEL_CONFLICT_MMIO,
				.first = first, .second = second, .start = start, .end = end,
			};

			if (board_region_fixed(a, i) && board_region_fixed(b, j) &&
			    a->regions[i].space == b->regions[j].space && start <= end)
				board_report(report, &conflict);
		}
	}
}

/* May two outputs be on one line? */
static bool board_wires_agree(const struct keel_wire_desc *a, const struct keel_wire_desc *b)
{
	return a->probe || b->probe || (a->shared && b->shared);
}

static void board_compare_wires(struct board_report *report,
				const struct keel_device_config *configs,
				unsigned int first, unsigned int second)
{
	const struct keel_dev_ops *a = board_ops(&configs[first]);
	const struct keel_dev_ops *b = board_ops(&configs[second]);
	unsigned int i, j;

	for (i = 0; i < a->nr_wires; i++) {
		for (j = first == second ? i + 1 : 0; j < b->nr_wires; j++) {
			u32 line = board_wire_line(&configs[first], i);
			struct keel_conflict conflict = {
				.kind = KEEL_CONFLICT_LINE,
				.first = first, .second = second, .start = line, .end = line,
			};

			if (line == board_wire_line(&configs[second], j) &&
			    line != KEEL_IRQ_NONE &&
			    !board_wires_agree(&a->wires[i], &b->wires[j]))
				board_report(report, &conflict);
		}
	}
}

static void board_compare_names(struct board_report *report,
				const struct keel_device_config *configs,
				unsigned int first, unsigned int second)
{
	struct keel_conflict conflict = {
		.kind = KEEL_CONFLICT_NAME, .first = first, .second = second,
		.start = configs[first].instance, .end = configs[first].instance,
	};

	if (first != second && configs[first].class == configs[second].class &&
	    configs[first].instance == configs[second].instance)
		board_report(report, &conflict);
}

static void board_compare_slots(struct board_report *report,
				const struct keel_device_config *configs,
				unsigned int first, unsigned int second)
{
	unsigned int slot = keel_pci_slot(&configs[first]);
	struct keel_conflict conflict = {
		.kind = KEEL_CONFLICT_SLOT, .first = first, .second = second,
		.start = slot, .end = slot,
	};

	if (first != second && board_ops(&configs[first])->pci &&
	    board_ops(&configs[second])->pci && slot == keel_pci_slot(&configs[second]))
		board_report(report, &conflict);
}

static void board_find_conflicts(struct board_report *report,
				 const struct keel_device_config *configs, unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		for (j = i; j < nr; j++) {
			board_compare_names(report, configs, i, j);
			board_compare_regions(report, configs, i, j);
			board_compare_wires(report, configs, i, j);
			board_compare_slots(report, configs, i, j);
		}
	}
}

static void board_add_regions(struct keel_board *board, struct keel_dev *dev,
			      const struct keel_device_config *config)
{
	unsigned int i;

	dev->region = board->nr_regions;
	for (i = 0; i < dev->ops->nr_regions; i++) {
		const struct keel_region_desc *desc = &dev->ops->regions[i];
		struct keel_region *region = &board->regions[board->nr_regions++];

		region->length = desc->length;
		region->width = desc->width;
		region->byte_only = desc->byte_only;
		region->reach = desc->reach;
		region->space = desc->space;
		region->in_bar = desc->in_bar;
		region->nr = i;
		region->timed = desc->timed;
		region->peek = desc->peek;
		region->dev = dev;
		if (!board_region_fixed(dev->ops, i))
			continue;
		region->base = board_region_base(config, i);
		keel_bus_add(&board->bus[desc->space], region);
	}
}

static void board_add_timers(struct keel_board *board, struct keel_dev *dev)
{
	unsigned int i;

	dev->timer = board->nr_timers;
	for (i = 0; i < dev->ops->nr_timers; i++)
		board->deadlines[board->nr_timers++] = KEEL_NEVER;
}

static bool board_add_wires(struct keel_board *board, struct keel_dev *dev,
			    const struct keel_device_config *config)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nr_wires; i++) {
		struct keel_wire *wire = (void *)dev + dev->ops->wires[i].offset;
		u32 line = board_wire_line(config, i);

		if (line != KEEL_IRQ_NONE && !keel_line_connect(&board->lines[line], wire))
			return false;
	}
	return true;
}

static void board_input(void *ctx, unsigned int pin, bool level)
{
	struct keel_dev *dev = ctx;

	dev->ops->input(dev, pin, level);
}

static int board_attach_inputs(struct keel_board *board, struct keel_dev *dev)
{
	unsigned int line;
	int ret = 0;

	for (line = 0; dev->ops->input_of && line < KEEL_NR_LINES && !ret; line++) {
		int pin = dev->ops->input_of(line);
		struct keel_target target = { .set = board_input, .ctx = dev, .pin = pin };

		if (pin >= 0)
			ret = keel_line_attach(&board->lines[line], &target);
	}
	return ret;
}

static void board_intr(void *ctx, unsigned int pin, bool level)
{
	struct keel_board *board = ctx;

	board->host.ops->intr(board->host.ctx, level);
}

static bool board_add_messages(struct keel_board *board, struct keel_dev *dev)
{
	dev->gsi = board->nr_gsis;
	if (dev->ops->nr_messages > KEEL_MAX_GSIS - board->nr_gsis)
		return false;
	board->nr_gsis += dev->ops->nr_messages;
	return true;
}

static int board_add_device(struct keel_board *board, void *mem,
			    const struct keel_device_config *config)
{
	struct keel_dev *dev = mem;

	dev->ops = board_ops(config);
	dev->host = &board->host;
	dev->board = board;
	dev->index = board->nr_devs;
	dev->instance = config->instance;
	board->devs[board->nr_devs++] = dev;
	board_add_regions(board, dev, config);
	board_add_timers(board, dev);
	if (!board_add_wires(board, dev, config))
		return -ENOSPC;
	if (dev->ops->configure && !dev->ops->configure(dev, config))
		return -EINVAL;
	if (dev->ops->pci && !keel_pci_add(dev, config))
		return -EINVAL;
	if (!board_add_messages(board, dev))
		return -EINVAL;
	if (dev->ops->intack)
		board->pic = dev;
	if (dev->ops->eoi)
		board->ioapic = dev;
	return board_attach_inputs(board, dev);
}

static void board_init(struct keel_board *board, const struct board_layout *at,
		       const struct keel_host_ops *ops, void *host)
{
	const struct keel_target intr = { .set = board_intr, .ctx = board };
	unsigned int space;
	void *mem = board;

	memset(mem, 0, at->end);
	board->host.ops = ops;
	board->host.ctx = host;
	board->next = KEEL_NEVER;
	board->armed = KEEL_NEVER;
	board->nr_gsis = KEEL_NR_GSIS;
	board->devs = mem + at->devs;
	board->regions = mem + at->regions;
	board->spare = mem + at->spare;
	board->deadlines = mem + at->deadlines;
	for (space = 0; space < KEEL_NR_SPACES; space++)
		board->bus[space].regions = (struct keel_region **)(mem + at->buses) +
					    space * at->nr_regions;
	keel_line_attach(&board->lines[KEEL_LINE_INTR], &intr);
}

/* Are the PCI functions on a bus? */
static bool board_has_bridge(const struct keel_board *board)
{
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++)
		if (board->devs[i]->ops->pci && !board->slots[0])
			return false;
	return true;
}

/**
 * keel_board_build() - make a board.
 * @board:   keel_board_size() bytes, 8-byte aligned
 * @ops:     the host
 * @host:    for @ops
 * @configs: the devices
 * @nr:      how many
 * @conflicts: where to report what is claimed twice
 * @nr_conflicts: in: room in @conflicts; out: conflicts found
 *
 * Return: 0, -EINVAL for a config that makes no sense by itself, or -EEXIST
 * for configs that do not go together.
 */
int keel_board_build(struct keel_board *board, const struct keel_host_ops *ops, void *host,
		     const struct keel_device_config *configs, unsigned int nr,
		     struct keel_conflict *conflicts, unsigned int *nr_conflicts)
{
	struct board_report report = { .conflicts = conflicts, .room = *nr_conflicts };
	struct board_layout at;
	void *mem = board;
	unsigned int i;
	int ret;

	*nr_conflicts = 0;
	if (!board_classes_known(configs, nr))
		return -EINVAL;
	for (i = 0; i < nr; i++)
		if (!board_config_sane(&configs[i]))
			return -EINVAL;
	board_find_conflicts(&report, configs, nr);
	*nr_conflicts = report.nr;
	if (report.nr)
		return -EEXIST;

	board_lay_out(&at, configs, nr);
	board_init(board, &at, ops, host);
	keel_host_sample(&board->host);
	mem += at.devices;
	for (i = 0; i < nr; i++) {
		ret = board_add_device(board, mem, &configs[i]);
		if (ret)
			return ret;
		mem += board_device_size(board->devs[i]->ops);
	}
	if (!board_has_bridge(board))
		return -EINVAL;
	for (i = 0; i < nr; i++)
		keel_board_reset_device(board->devs[i], true);
	board->moved = true;
	keel_board_expire(board);	/* a door like any other: tells the host the deadline */
	return 0;
}

/**
 * keel_board_find() - a device by its name.
 * @board:    the board
 * @class:    KEEL_CLASS_*
 * @instance: which one
 *
 * Return: the device, or NULL.
 */
struct keel_dev *keel_board_find(const struct keel_board *board, unsigned int class,
				 unsigned int instance)
{
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++)
		if (board->devs[i]->ops->class == class && board->devs[i]->instance == instance)
			return board->devs[i];
	return NULL;
}
