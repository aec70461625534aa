/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The board: one VM's platform. This is all that a chip model may include.
 *
 * A model never locks, sleeps, allocates, prints, reads a host clock or knows
 * KVM. It is called through its const struct keel_dev_ops, always with the
 * board's lock held by the caller (the host), and reaches the outside through
 * four verbs: keel_line_set(), keel_arm(), and the host's byte and event hooks.
 *
 * Everything a caller does with a board goes through a door (keel_board_*() in
 * door.c). A door samples VmTime at most once, expires what is due, does its work,
 * and tells the host the next deadline. A model's read, write and host functions can
 * therefore rely on this: none of its own deadlines lies in the past, however late
 * the host's timer is.
 *
 * A door is short whatever is on the board: see KEEL_EXPIRIES. What takes longer has
 * several doors: a reset and a load go step by step, and leave the regions to
 * keel_board_settle(); lists come in parts.
 */
#ifndef KEEL_BOARD_H
#define KEEL_BOARD_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#include "../../uapi/keel.h"

#define KEEL_NEVER	U64_MAX		/* a deadline that is not armed */
#define KEEL_TIME_MAX	BIT_ULL(62)	/* VmTime stays below: 146 years, so that sums fit */

#define KEEL_MAX_REGIONS	512	/* of a board; KEEL_MAX_DEVICES have fewer */

/*
 * Deadlines that a door expires, at most, beside those of the device that it is for. The
 * others have their turn in the next door, which the host's timer opens at once.
 */
#define KEEL_EXPIRIES	32
/* Devices that a door resets, at most, or tells that their state was loaded. */
#define KEEL_STEP	16

struct keel_board;
struct keel_dev;
struct keel_out;
struct keel_pci_desc;

/* Addresses come in two spaces; indices into the board's tables. */
enum keel_space { KEEL_PIO, KEEL_MMIO, KEEL_NR_SPACES };

/**
 * struct keel_route - an interrupt message, as the LAPICs are to get it.
 * @address: MSI address, low half (SDM vol. 3, 11.11.1)
 * @address_hi: MSI address, high half: destination bits 31:8 for KVM's x2APIC
 *              format, in its bits 31:8
 * @data:    MSI data; bit 15 set for a level-triggered pin
 *
 * Messages go by number, the GSI: first the IOAPIC's pins, then the MSI-X vectors of
 * each function, in board order.
 */
struct keel_route {
	u32 address;
	u32 address_hi;
	u32 data;
};

/* What a guest can do that is for the host to act on. */
enum keel_event {
	KEEL_EVENT_NONE,
	KEEL_EVENT_POWEROFF,	/* arg: 0 */
	KEEL_EVENT_RESET,	/* arg: KEEL_RESET_* */
	KEEL_EVENT_SLEEP,	/* arg: S-state 1 to 4 */
	KEEL_EVENT_DEBUG_EXIT,	/* arg: value written */
};

/**
 * struct keel_host_ops - what a board asks of its surroundings.
 * @now:      VmTime in ns; never goes back
 * @arm:      call keel_board_expire() at this VmTime, KEEL_NEVER: not at all;
 *            replaces the deadline before
 * @intr:     the 8259s' INTR changed to @level
 * @msi:      send the message of a GSI
 * @route:    a GSI has a new message, in force from the next @msi on; NULL: it is
 *            masked, and there will be no @msi until it has one again
 * @remap:    regions have moved, come or gone: see struct keel_region. The access that
 *            did it is not over yet
 * @byte_out: a UART sends a byte; true if it may send one more
 * @event:    see enum keel_event
 * @service:  a virtio device's queues are to be stopped or started, or it has something
 *            else that only the host can do, before the vCPU that asked goes on: see virtio/core.h
 * @kick:     a virtio device's driver has made buffers available in a queue that runs
 *
 * Called with the board's lock held; none of them may call a door.
 */
struct keel_host_ops {
	u64 (*now)(void *host);
	void (*arm)(void *host, u64 deadline);
	void (*intr)(void *host, bool level);
	void (*msi)(void *host, unsigned int gsi);
	void (*route)(void *host, unsigned int gsi, const struct keel_route *route);
	void (*remap)(void *host);
	bool (*byte_out)(void *host, const struct keel_dev *dev, u8 byte);
	void (*event)(void *host, enum keel_event event, u64 arg);
	void (*service)(void *host, struct keel_dev *dev);
	void (*kick)(void *host, struct keel_dev *dev, unsigned int queue);
};

/**
 * struct keel_region_desc - a range of ports or memory that a device answers.
 * @label:  in statistics, "data"
 * @space:  KEEL_PIO or KEEL_MMIO
 * @base:   where a PC has it; of a region in a BAR: offset there
 * @length: in bytes
 * @width:  widest access that the model takes, 1, 2 or 4 bytes. Wider ones are
 *          split by the bus, low bytes first; narrower ones are passed on
 * @byte_only: of a region of one byte: it is not there for accesses that are wider,
 *          not even for their part that falls on it
 * @reach:  of a region of one byte: it is there for accesses of just this width, at
 *          just its base, and takes them whole, whatever lies behind it; for no others.
 *          0: an ordinary region. A space has at most one of this kind
 * @in_bar: KEEL_IN_BAR(n): a PCI function's base address register says where it is,
 *          and its command register if; 0: it stays where the config has put it
 * @follows: @base counts from where the device's first region is
 * @doorbell: a write, as wide as the region, only tells the host of buffers in a virtio
 *          device's queue, which may take it without the board's lock: KEEL_BELL_*
 */
struct keel_region_desc {
	const char *label;
	enum keel_space space;
	u64 base;
	u32 length;
	u8 width;
	bool byte_only;
	u8 reach;
	u8 in_bar;
	bool follows;
	u8 doorbell;
};

/* What says which queue a doorbell is for. */
#define KEEL_BELL_VALUE		1	/* the value that is written */
#define KEEL_BELL_ADDRESS	2	/* where it is written: four bytes for each */

#define KEEL_IN_BAR(n)	((n) + 1)

/**
 * struct keel_wire_desc - an interrupt output of a device.
 * @label:  "irq"
 * @offset: of the struct keel_wire in the device's struct
 * @line:   line that a PC connects it to, or KEEL_IRQ_NONE
 * @shared: other outputs may be on the same line
 * @probe:  a test's hand: may be on any line, beside any output
 * @intx:   a PCI function's INTx: the line follows from its slot, unless that is to be
 *          KEEL_IRQ_NONE
 */
struct keel_wire_desc {
	const char *label;
	u32 offset;
	u32 line;
	bool shared;
	bool probe;
	bool intx;
};

/**
 * struct keel_counter_desc - a u64, or an array of them, in a device's struct.
 * @label:  "acks"
 * @offset: where
 * @nr:     1, or elements of the array
 */
struct keel_counter_desc {
	const char *label;
	u32 offset;
	u32 nr;
};

#define KEEL_WIRE(type, member, label_, line_, shared_) \
	{ .label = (label_), .offset = offsetof(struct type, member), \
	  .line = (line_), .shared = (shared_) }
#define KEEL_COUNTER(type, member) \
	{ .label = #member, .offset = offsetof(struct type, member), .nr = 1 }
#define KEEL_COUNTERS(type, member, nr_) \
	{ .label = #member, .offset = offsetof(struct type, member), .nr = (nr_) }

/**
 * struct keel_dev_ops - a chip model.
 * @name:       "pit"; instance is appended where people see it
 * @class:      KEEL_CLASS_*
 * @version:    of the state's layout
 * @size:       sizeof the device's struct, whose first member is struct keel_dev
 * @state:      offset of the state in it: the struct of uapi/keel_<name>.h itself
 * @state_size: sizeof that
 * @regions:    const table; a config's base moves the first one, and the others
 *              stay where they are
 * @nr_regions: its length
 * @wires:      const table of outputs; a config's irq sets the first one's line
 * @nr_wires:   its length
 * @counters:   const table
 * @nr_counters: its length
 * @nr_timers:  deadlines it can have armed at a time
 * @pci:        it is a PCI function: see pci/pci.h. NULL: it is none
 * @variant:    the ops that a config chooses, where a chip has several tables of
 *              regions: the class, the functions and the state are the same in all.
 *              NULL: there is no such thing. Without it: these
 * @configure:  look at the config's class-specific part and keep what is wanted;
 *              false: not acceptable. Runs before any other function
 * @input_of:   input pin that a board line is connected to, or -1
 * @read:       value of @width bytes at @offset of a region; cannot fail
 * @write:      takes the low @width bytes of @value; cannot fail
 * @expire:     an armed deadline is here (keel_now() may be past it)
 * @input:      the line connected to @pin has a new level
 * @intack:     INTA cycle: the vector (8259)
 * @eoi:        the LAPIC broadcast an EOI (IOAPIC)
 * @host:       something from outside: a KEEL_INPUT_* or KEEL_HOST_*; -1 if
 *              there is no such thing, -EAGAIN if there is no room for it now
 * @inspect:    say what state it is in, decoded, with keel_emit(); has no side effect
 * @reset:      RESET#: state as after power-on, except what a battery keeps. Is
 *              also called once when the board is built, on a zeroed state and
 *              with @cold true. Ends in the same sync as everything else
 * @check:      could the device be in this state at VmTime @now? Every index,
 *              divisor, enum and time stamp is bounded here. Has no side effect
 * @inputs:     levels of the input pins that a checked state remembers, a bit for
 *              each; they have to be those of the lines that are loaded with it
 * @loaded:     the state was replaced by a checked one: recompute what is
 *              derived from it, deadlines included
 *
 * All functions are optional.
 */
struct keel_dev_ops {
	const char *name;
	u16 class;
	u16 version;
	u32 size;
	u32 state;
	u32 state_size;
	const struct keel_region_desc *regions;
	const struct keel_wire_desc *wires;
	const struct keel_counter_desc *counters;
	u8 nr_regions;
	u8 nr_wires;
	u8 nr_counters;
	u8 nr_timers;
	const struct keel_pci_desc *pci;

	const struct keel_dev_ops *(*variant)(const struct keel_device_config *config);
	bool (*configure)(struct keel_dev *dev, const struct keel_device_config *config);
	int (*input_of)(unsigned int line);
	u32 (*read)(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width);
	void (*write)(struct keel_dev *dev, unsigned int region, u32 offset,
		      unsigned int width, u32 value);
	void (*expire)(struct keel_dev *dev, unsigned int timer);
	void (*input)(struct keel_dev *dev, unsigned int pin, bool level);
	int (*intack)(struct keel_dev *dev);
	void (*eoi)(struct keel_dev *dev, u8 vector);
	int (*host)(struct keel_dev *dev, unsigned int input, u64 value);
	void (*inspect)(const struct keel_dev *dev, struct keel_out *out);
	void (*reset)(struct keel_dev *dev, bool cold);
	bool (*check)(const struct keel_dev *dev, const void *state, u64 now);
	u32 (*inputs)(const void *state);
	void (*loaded)(struct keel_dev *dev);
};

/* Inputs of the host that are not the user's to give: beyond KEEL_INPUT_*. */
#define KEEL_HOST_RX		0x100	/* UART: byte received; returns 1 if taken, 0 if full */
#define KEEL_HOST_TX_ROOM	0x101	/* UART: byte_out() has room again */
#define KEEL_HOST_RX_BREAK	0x102	/* UART: break received */

/**
 * struct keel_dev - what every device's struct begins with; the board's to fill.
 * @ops:      the model
 * @board:    where it sits
 * @index:    in the board's array
 * @instance: among devices of its class
 * @timer:    first of its timers in the board's array
 * @region:   first of its regions in the board's array
 * @armed:    how many of its timers are armed
 */
struct keel_dev {
	const struct keel_dev_ops *ops;
	struct keel_board *board;
	u16 index;
	u16 instance;
	u16 timer;
	u16 region;
	u16 armed;
};

/**
 * struct keel_target - somebody who wants to know a line's level.
 * @set: called with the level on every change
 * @ctx: for @set
 * @pin: for @set
 * @eoi: called when the interrupt of this line was ended (optional)
 */
struct keel_target {
	void (*set)(void *ctx, unsigned int pin, bool level);
	void (*eoi)(void *ctx, unsigned int pin);
	void *ctx;
	unsigned int pin;
};

#define KEEL_LINE_TARGETS	4
#define KEEL_LINE_SOURCES	32

/**
 * struct keel_line - an interrupt wire: the OR of its sources.
 * @sources:    a bit for each source that holds it
 * @nr_sources: sources connected
 * @nr_targets: targets attached
 * @asserts:    rising edges
 * @sets:       keel_line_set() calls that changed a source
 * @eois:       ends of interrupt
 * @targets:    who follows it
 *
 * Levels are logical: true is "asserted". Whether the electrical wire is
 * active-low matters to the IOAPIC's polarity bit alone, see ioapic.c.
 */
struct keel_line {
	u32 sources;
	u8 nr_sources;
	u8 nr_targets;
	u64 asserts;
	u64 sets;
	u64 eois;
	struct keel_target targets[KEEL_LINE_TARGETS];
};

/**
 * struct keel_wire - a source's connection to a line.
 * @line: NULL when detached: setting it does nothing
 * @bit:  the source's bit in @line->sources
 */
struct keel_wire {
	struct keel_line *line;
	u8 bit;
};

/**
 * struct keel_region - a region on a board.
 * @base:   first address, 0 while it is not @mapped
 * @length: bytes
 * @dev:    who answers
 * @space:  enum keel_space
 * @in_bar: its function's registers say where it is
 * @nr:     number of the region in the device's table
 * @width:  see struct keel_region_desc
 * @byte_only: the same
 * @reach:  the same
 * @mapped: it is on the bus; the ones in a BAR are if their function decodes it
 * @hidden: it would be, but somebody else is there
 * @place:  where it is to be, if it is to be anywhere
 * @rank:   among all that are to be somewhere, or KEEL_MAX_REGIONS
 * @reads:  reads that reached the model, after splitting
 * @writes: the same for writes
 */
struct keel_region {
	u64 base;
	u32 length;
	u8 width;
	bool byte_only;
	u8 reach;
	bool mapped;
	bool hidden;
	u64 place;
	u16 rank;
	u8 space;
	bool in_bar;
	u8 nr;
	struct keel_dev *dev;
	u64 reads;
	u64 writes;
};

/**
 * struct keel_bus - a space's regions by address.
 * @regions:  sorted, without overlap
 * @nr:       of them
 * @last:     the one that was found last, or NULL
 * @wide:     the one with a reach, which is not among @regions, or NULL
 * @unmapped_reads:  bytes read where nothing is: all ones
 * @unmapped_writes: bytes written there: dropped
 * @hidden:   how often a region in a BAR was put where another one is already
 */
struct keel_bus {
	struct keel_region **regions;
	u32 nr;
	struct keel_region *last;
	struct keel_region *wide;
	u64 unmapped_reads;
	u64 unmapped_writes;
	u64 hidden;
};

/**
 * struct keel_board - one VM's platform.
 * @ops:      the host
 * @host:     for @ops
 * @now:      VmTime of the door that is open, or of the last one that asked, ns
 * @sampled:  @now is of the door that is open
 * @moved:    regions in BARs are to be looked up anew before the door closes
 * @next:     earliest of @deadlines
 * @armed:    what the host was told last
 * @nr_devs:  devices
 * @nr_timers: entries of @deadlines
 * @nr_regions: entries of @regions
 * @pic:      the device with intack, or NULL
 * @ioapic:   the device with eoi, or NULL
 * @slots:    PCI functions by device number; the first one is the host bridge
 * @nr_gsis:  interrupt messages: the IOAPIC's pins and the functions' MSI-X vectors
 * @devs:     devices, in the order of the config
 * @regions:  all regions, a device's side by side
 * @spare:    room for pointers to them, while they are sorted
 * @deadlines: per timer, VmTime or KEEL_NEVER
 * @bus:      per space
 * @lines:    see KEEL_NR_LINES
 * @doors:    doors opened
 * @expired:  deadlines that passed
 * @late:     of these, how many more than 50 us late
 * @put_off:  doors that left due deadlines to the next one
 * @eois:     EOI broadcasts
 * @acks:     INTA cycles
 */
struct keel_board {
	const struct keel_host_ops *ops;
	void *host;
	u64 now;
	bool sampled;
	bool moved;
	u64 next;
	u64 armed;
	u16 nr_devs;
	u16 nr_timers;
	u16 nr_regions;
	struct keel_dev *pic;
	struct keel_dev *ioapic;
	struct keel_dev *slots[KEEL_PCI_NR_SLOTS];
	u16 nr_gsis;
	struct keel_dev **devs;
	struct keel_region *regions;
	struct keel_region **spare;
	u64 *deadlines;
	struct keel_bus bus[KEEL_NR_SPACES];
	struct keel_line lines[KEEL_NR_LINES];
	u64 doors;
	u64 expired;
	u64 late;
	u64 put_off;
	u64 eois;
	u64 acks;
};

/* ---- For models ---- */

/**
 * keel_board_sample() - read the host's clock, for keel_now().
 * @board: with a door open
 */
static inline void keel_board_sample(struct keel_board *board)
{
	board->now = max(board->now, board->ops->now(board->host));
	board->sampled = true;
}

/**
 * keel_now() - VmTime, ns, of the door that is open.
 * @dev: any device of the board
 */
static inline u64 keel_now(const struct keel_dev *dev)
{
	if (!dev->board->sampled)
		keel_board_sample(dev->board);
	return dev->board->now;
}

/**
 * keel_muldiv() - a * mul / div, rounded down, exact, without a 128-bit product.
 * @a:   any value for which the result fits 64 bits; wraps otherwise
 * @mul: factor
 * @div: divisor, not zero
 *
 * With the constants of a chip's clock the rest is a matter of 32 bits mostly, which
 * saves a 64-bit multiplication.
 */
static inline u64 keel_muldiv(u64 a, u32 mul, u32 div)
{
	u64 rest = a % div * mul;

	return a / div * mul + ((u64)div * mul <= U32_MAX ? (u32)rest / div : rest / div);
}

/**
 * keel_muldiv_up() - the same, rounded up: the first ns at which a tick has passed.
 * @a:   any value for which the result fits 64 bits
 * @mul: factor
 * @div: divisor, not zero
 */
static inline u64 keel_muldiv_up(u64 a, u32 mul, u32 div)
{
	return a / div * mul + (a % div * mul + div - 1) / div;
}

void keel_arm(struct keel_dev *dev, unsigned int timer, u64 deadline);
u64 keel_deadline(const struct keel_dev *dev, unsigned int timer);
void keel_line_set(struct keel_wire *wire, bool level);

/**
 * keel_event() - tell the host of something that is for it to act on.
 * @dev:   who
 * @event: what
 * @arg:   see enum keel_event
 */
static inline void keel_event(struct keel_dev *dev, enum keel_event event, u64 arg)
{
	dev->board->ops->event(dev->board->host, event, arg);
}

/* ---- For hosts: building ---- */

const struct keel_dev_ops *keel_class_ops(unsigned int class);
size_t keel_board_size(const struct keel_device_config *configs, unsigned int nr);
int keel_board_build(struct keel_board *board, const struct keel_host_ops *ops, void *host,
		     const struct keel_device_config *configs, unsigned int nr,
		     struct keel_conflict *conflicts, unsigned int *nr_conflicts);
struct keel_dev *keel_board_find(const struct keel_board *board, unsigned int class,
				 unsigned int instance);

/* ---- For hosts: doors; the caller holds the board's lock ---- */

void keel_board_expire(struct keel_board *board);
void keel_board_eoi(struct keel_board *board, u8 vector);
int keel_board_intack(struct keel_board *board);
int keel_board_host(struct keel_board *board, struct keel_dev *dev, unsigned int input,
		    u64 value);
int keel_board_call(struct keel_board *board, struct keel_dev *dev,
		    int (*call)(struct keel_dev *dev, void *arg), void *arg);
unsigned int keel_board_reset(struct keel_board *board, unsigned int from);
void keel_board_settle(struct keel_board *board);

/* ---- Lines ---- */

int keel_line_attach(struct keel_line *line, const struct keel_target *target);
bool keel_line_connect(struct keel_line *line, struct keel_wire *wire);
void keel_line_eoi(struct keel_line *line);
int keel_isa_to_gsi(unsigned int line);

/**
 * keel_line_level() - is anybody holding the line?
 * @line: the line
 */
static inline bool keel_line_level(const struct keel_line *line)
{
	return line->sources != 0;
}

/* ---- Bus ---- */

/**
 * keel_region_has() - is the region there for all of this access?
 * @region: the region
 * @addr:   first address
 * @len:    bytes, not 0
 */
static inline bool keel_region_has(const struct keel_region *region, u64 addr, unsigned int len)
{
	return region->mapped && addr - region->base < region->length &&
	       len <= region->length - (addr - region->base);
}

void keel_bus_add(struct keel_bus *bus, struct keel_region *region);
struct keel_region *keel_bus_find(struct keel_bus *bus, u64 addr);
void keel_bus_access(struct keel_bus *bus, u64 addr, void *data, unsigned int len, bool write);
void keel_region_access(struct keel_region *region, u32 offset, void *data, unsigned int len,
			bool write);
void keel_board_remap(struct keel_board *board);

/* ---- The doors' frames; the most frequent door is inlined into the host's ---- */

void keel_board_reset_device(struct keel_dev *dev, bool cold);
void keel_board_expire_due(struct keel_board *board, struct keel_dev *dev);
void keel_board_close(struct keel_board *board);

/**
 * keel_board_catch_up() - expire what is due.
 * @board: with a door open
 * @dev:   the device that the door is for: all of its deadlines; or NULL
 */
static inline void keel_board_catch_up(struct keel_board *board, struct keel_dev *dev)
{
	if (!board->sampled)
		keel_board_sample(board);
	if (board->next <= board->now)
		keel_board_expire_due(board, dev);
}

/**
 * keel_door_enter() - the first thing in a door.
 * @board: the board
 */
static inline void keel_door_enter(struct keel_board *board)
{
	board->doors++;
	board->sampled = false;
}

/**
 * keel_door_leave() - the last thing in a door.
 * @board: the board
 */
static inline void keel_door_leave(struct keel_board *board)
{
	if (board->next != board->armed || board->moved)
		keel_board_close(board);
}

/**
 * keel_board_access() - a vCPU's access to ports or memory.
 * @board: the board
 * @space: KEEL_PIO or KEEL_MMIO
 * @addr:  port or guest physical address
 * @data:  @len bytes, read or to be filled
 * @len:   any; usually 1, 2, 4 or 8
 * @write: direction
 */
static inline void keel_board_access(struct keel_board *board, enum keel_space space, u64 addr,
				     void *data, unsigned int len, bool write)
{
	keel_door_enter(board);
	keel_bus_access(&board->bus[space], addr, data, len, write);
	keel_door_leave(board);
}

/**
 * keel_board_access_region() - the same, by somebody who has found the region.
 * @board:  the board
 * @region: holds all of the access
 * @addr:   port or guest physical address
 * @data:   @len bytes, read or to be filled
 * @len:    any; usually 1, 2, 4 or 8
 * @write:  direction
 */
static inline void keel_board_access_region(struct keel_board *board, struct keel_region *region,
					    u64 addr, void *data, unsigned int len, bool write)
{
	keel_door_enter(board);
	keel_region_access(region, addr - region->base, data, len, write);
	keel_door_leave(board);
}

/* ---- State ---- */

size_t keel_board_state_size(const struct keel_board *board);
void keel_board_save(struct keel_board *board, void *blob);
void keel_board_load(struct keel_board *board, const void *blob);
unsigned int keel_board_loaded(struct keel_board *board, unsigned int from);

/* ---- State: without a door ---- */

void keel_board_seal(const struct keel_board *board, void *blob);
int keel_board_check(const struct keel_board *board, const void *blob, size_t size,
		     u32 *record);

/* ---- Statistics, and looking into a board ---- */

/**
 * struct keel_value - one value of a list, as it is noted down with a door open. Its texts are
 * constants of the models: keel_value_format() makes names of them later.
 * @device:   what it is about
 * @name:     first part of its name
 * @suffix:   last part
 * @instance: of @device, or -1
 * @number:   between @name and @suffix, or -1
 * @dot:      and a dot before it
 * @value:    the value
 */
struct keel_value {
	const char *device;
	const char *name;
	const char *suffix;
	s32 instance;
	s16 number;
	bool dot;
	u64 value;
};

/**
 * struct keel_out - a list of named values in the making.
 * @values:   where to
 * @room:     entries there
 * @nr:       values so far; those beyond the room are only counted
 * @device:   what they are about
 * @instance: of it, or -1
 */
struct keel_out {
	struct keel_value *values;
	unsigned int room;
	unsigned int nr;
	const char *device;
	int instance;
};

/* No part of a list has more values. */
#define KEEL_PART_VALUES	512

void keel_out_device(struct keel_out *out, const char *device, int instance);
void keel_out_line(struct keel_out *out, unsigned int nr);
void keel_emit(struct keel_out *out, const char *name, int number, const char *suffix, u64 value);

/* A door for each part; they belong to the board, its devices and its lines. */
unsigned int keel_board_parts(const struct keel_board *board);
void keel_board_inspect(struct keel_board *board, unsigned int part, struct keel_out *out);
void keel_board_stats(struct keel_board *board, unsigned int part, struct keel_out *out);

/* Without a door. */
void keel_value_format(const struct keel_value *value, struct keel_stat *stat);

/* ---- The models ---- */

extern const struct keel_dev_ops keel_pic_ops;
extern const struct keel_dev_ops keel_ioapic_ops;
extern const struct keel_dev_ops keel_pit_ops;
extern const struct keel_dev_ops keel_rtc_ops;
extern const struct keel_dev_ops keel_pm_ops;
extern const struct keel_dev_ops keel_uart_ops;
extern const struct keel_dev_ops keel_debugexit_ops;
extern const struct keel_dev_ops keel_testdev_ops;
extern const struct keel_dev_ops keel_i8042_ops;
extern const struct keel_dev_ops keel_pcihost_ops;
extern const struct keel_dev_ops keel_pcitest_ops;
extern const struct keel_dev_ops keel_virtio_mmio_ops;
extern const struct keel_dev_ops keel_virtio_pci_ops;

#endif /* KEEL_BOARD_H */
