/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a chip model may use. It includes this header and no other of the board's.
 *
 * A model never locks, sleeps, allocates, prints, reads a host clock or knows
 * KVM. It is called through its const struct keel_dev_ops, always with the
 * board's lock held by the caller (the host), and reaches the outside through the
 * verbs at the end: lines, timers, and what only the host can do.
 *
 * It is called from inside a door (door.h). A door samples VmTime at most once and expires
 * what is due before the model's turn. A model's read, write and host functions can
 * therefore rely on this: none of its own deadlines lies in the past, however late
 * the host's timer is.
 */
#ifndef KEEL_BOARD_DEV_H
#define KEEL_BOARD_DEV_H

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

struct keel_board;
struct keel_dev;
struct keel_line;
struct keel_out;
struct keel_pci_desc;

/* Addresses come in two spaces; indices into the board's tables. */
enum keel_space { KEEL_PIO, KEEL_MMIO, KEEL_NR_SPACES };

#define KEEL_PORTS	0x10000		/* of KEEL_PIO */

/**
 * struct keel_route - an interrupt message, as the LAPICs are to get it.
 * @address: MSI address, low half (SDM vol. 3, 11.11.1)
 * @address_hi: MSI address, high half: destination bits 31:8 for KVM's x2APIC
 *              format, in its bits 31:8
 * @data:    MSI data; bit 15 set for a level-triggered pin
 *
 * Messages go by number, the GSI: first the IOAPIC's pins, then in board order the MSI-X
 * vectors of each function, and the messages of other devices that have some.
 */
struct keel_route {
	u32 address;
	u32 address_hi;
	u32 data;
};

/* What an interrupt controller does with an input that is asserted. */
enum keel_request {
	KEEL_REQUEST_NONE,	/* nothing: it is masked */
	KEEL_REQUEST_WAITS,	/* it is lost unless it stays until it is acknowledged */
	KEEL_REQUEST_TAKEN,	/* has taken it as it came */
};

/* What a guest can do that is for the host to act on. */
enum keel_event {
	KEEL_EVENT_NONE,
	KEEL_EVENT_POWEROFF,	/* arg: 0 */
	KEEL_EVENT_RESET,	/* arg: KEEL_RESET_* */
	KEEL_EVENT_SLEEP,	/* arg: S-state 1 to 4 */
	KEEL_EVENT_DEBUG_EXIT,	/* arg: value written */
	KEEL_EVENT_PANIC,	/* arg: KEEL_PVPANIC_PANICKED or _CRASH_LOADED; the board goes on */
	KEEL_EVENT_WAKE,	/* ends the sleep; arg: the S-state */
	KEEL_EVENT_MODEM,	/* arg: a UART's instance: its outputs changed; the board goes on */
	KEEL_EVENT_WATCHDOG,	/* arg: 0; the board goes on */
	KEEL_EVENT_EJECTED,	/* arg: a PCI slot, whose function has left; the board goes on */
	KEEL_EVENT_PACED,	/* arg: a device's index: see pace.c; the board goes on */
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
 * @reconcile: stop and start a virtio device's queues as its driver wants them, or do for it
 *            another thing that only the host can do, before the vCPU that asked goes on: see
 *            virtio/core.h
 * @notify:   a virtio device's driver has made buffers available in a queue that runs
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
	void (*reconcile)(void *host, struct keel_dev *dev);
	void (*notify)(void *host, struct keel_dev *dev, unsigned int queue);
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
 *          just its base, and takes them whole, over another region too; for no others.
 *          0: an ordinary region. A space has at most one of this kind
 * @in_bar: KEEL_IN_BAR(n): a PCI function's base address register says where it is,
 *          and its command register if; KEEL_IN_OWN: both are said by a register of the
 *          function's own, see keel_pci_desc.place; 0: it stays where the config has put it
 * @follows: @base counts from where the device's first region is
 * @timed:  the model asks for the time at nearly every access
 * @peek:   the model's peek() knows some of its registers
 * @doorbell: a write only tells the host of buffers in a virtio device's queue, which may take
 *          it without the board's lock: KEEL_BELL_*
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
	bool timed;
	bool peek;
	u8 doorbell;
};

/* What says which queue a doorbell is for. */
#define KEEL_BELL_VALUE		1	/* the value that is written, as wide as the region */
#define KEEL_BELL_ADDRESS	2	/* where it is written: four bytes for each */

#define KEEL_IN_BAR(n)	((n) + 1)
#define KEEL_IN_OWN	KEEL_IN_BAR(KEEL_PCI_NR_BARS)

/**
 * struct keel_wire_desc - an interrupt output of a device.
 * @label:  "irq"
 * @offset: of the struct keel_wire in the device's struct
 * @line:   line that a PC connects it to, or KEEL_IRQ_NONE
 * @shared: other outputs may be on the same line
 * @probe:  may be on any line, beside any output: a test's hand, or an output that the guest
 *          connects
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
 * @previous_size: bytes of the state in the version before, which can be loaded as well: it is a
 *              part of the present struct, from its start. 0: that version cannot be loaded
 * @regions:    const table; a config's base moves the first one, and the others
 *              stay where they are
 * @nr_regions: its length
 * @wires:      const table of outputs; a config's irq sets the first one's line
 * @nr_wires:   its length
 * @counters:   const table
 * @nr_counters: its length
 * @nr_timers:  deadlines it can have armed at a time
 * @nr_messages: interrupt messages of its own, whose GSIs begin with keel_dev.gsi. A PCI
 *              function's are its MSI-X vectors instead
 * @pci:        it is a PCI function: see pci/pci.h. NULL: it is none
 * @variant:    the ops that a config chooses, where a chip has several tables of
 *              regions: the class, the functions and the state are the same in all.
 *              NULL: there is no such thing. Without it: these
 * @configure:  look at the config's class-specific part and keep what is wanted;
 *              false: not acceptable. Runs before any other function
 * @input_of:   input pin that a board line is connected to, or -1
 * @read:       value of @width bytes at @offset of a region; cannot fail
 * @peek:       as @read, where that changes nothing: the same value, or KEEL_NO_PEEK, and then
 *              @read is called. It is called without the board's lock for regions that have @peek,
 *              with VmTime for those that are @timed: what it reads may be changed meanwhile, and
 *              then its value is thrown away. So any value in the state must do: it writes
 *              nothing, bounds indices and divides by nothing that can be zero
 * @write:      takes the low @width bytes of @value; cannot fail
 * @write64:    takes a write of 8 bytes at a multiple of 8, in a region whose width is less;
 *              NULL: it is split as any other. A read is split always: VmTime stands still
 * @expire:     an armed deadline is here (keel_now() may be past it)
 * @input:      the line connected to @pin has a new level
 * @request:    what is to become of an input pin that is asserted: KEEL_REQUEST_*; of interrupt
 *              controllers
 * @intack:     INTA cycle: the vector (8259)
 * @eoi:        the LAPIC broadcast an EOI (IOAPIC)
 * @host:       something from outside: a KEEL_INPUT_* or KEEL_HOST_*; -1 if
 *              there is no such thing, -EAGAIN if there is no room for it now
 * @supply_check: may @supply be given these bytes of the host's? They do not change meanwhile.
 *              NULL: the model takes none
 * @supply:     use these bytes from now on, which @supply_check has found good and which stay as
 *              they are until there are others; NULL: none. They are no part of the state
 * @inspect:    say what state it is in, decoded, with keel_emit(); has no side effect
 * @reset:      RESET#: state as after power-on, except what a battery keeps. Is
 *              also called once when the board is built, on a zeroed state and
 *              with @cold true. Ends in the same sync as everything else
 * @check:      could the device be in this state at VmTime @now? Every index,
 *              divisor, enum and time stamp is bounded here. Has no side effect
 * @upgrade:    @state has @previous_size bytes of the version before, unchecked, and then zeroes:
 *              make it one of this version. NULL: it is one already
 * @inputs:     levels of the input pins that a checked state remembers, a bit for
 *              each; they have to be those of the lines that are loaded with it
 * @takes:      outputs that have taken their lines in a checked state (keel_line_take()), a
 *              bit for each of @wires
 * @absent:     PCI slots whose function is not plugged in, in a checked state, a bit for each: it
 *              has to be as after RST#
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
	u32 previous_size;
	const struct keel_region_desc *regions;
	const struct keel_wire_desc *wires;
	const struct keel_counter_desc *counters;
	u8 nr_regions;
	u8 nr_wires;
	u8 nr_counters;
	u8 nr_timers;
	u8 nr_messages;
	const struct keel_pci_desc *pci;

	const struct keel_dev_ops *(*variant)(const struct keel_device_config *config);
	bool (*configure)(struct keel_dev *dev, const struct keel_device_config *config);
	int (*input_of)(unsigned int line);
	u32 (*read)(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width);
	u64 (*peek)(const struct keel_dev *dev, unsigned int region, u32 offset,
		    unsigned int width, u64 now);
	void (*write)(struct keel_dev *dev, unsigned int region, u32 offset,
		      unsigned int width, u32 value);
	void (*write64)(struct keel_dev *dev, unsigned int region, u32 offset, u64 value);
	void (*expire)(struct keel_dev *dev, unsigned int timer);
	void (*input)(struct keel_dev *dev, unsigned int pin, bool level);
	enum keel_request (*request)(const struct keel_dev *dev, unsigned int pin);
	int (*intack)(struct keel_dev *dev);
	void (*eoi)(struct keel_dev *dev, u8 vector);
	int (*host)(struct keel_dev *dev, unsigned int input, u64 value);
	bool (*supply_check)(const void *data, u32 length);
	void (*supply)(struct keel_dev *dev, const void *data);
	void (*inspect)(const struct keel_dev *dev, struct keel_out *out);
	void (*reset)(struct keel_dev *dev, bool cold);
	bool (*check)(const struct keel_dev *dev, const void *state, u64 now);
	void (*upgrade)(void *state);
	u32 (*inputs)(const void *state);
	u32 (*takes)(const void *state);
	u32 (*absent)(const struct keel_dev *dev, const void *state);
	void (*loaded)(struct keel_dev *dev);
};

/* Of peek(): a door is to be opened, as a value has 32 bits at most. */
#define KEEL_NO_PEEK		U64_MAX

/* Inputs of the host that are not the user's to give: beyond KEEL_INPUT_*. */
#define KEEL_HOST_RX		0x100	/* UART: byte received; returns 1 if taken, 0 if full */
#define KEEL_HOST_TX_ROOM	0x101	/* UART: byte_out() has room again */
#define KEEL_HOST_RX_BREAK	0x102	/* UART: break received */
#define KEEL_HOST_MODEM		0x103	/* UART: returns KEEL_MODEM_*, and its KEEL_UART_* inputs */

/* A UART's outputs, beside its inputs. */
#define KEEL_MODEM_DTR		0x01
#define KEEL_MODEM_RTS		0x02
#define KEEL_MODEM_OUT1		0x04
#define KEEL_MODEM_OUT2		0x08
#define KEEL_MODEM_BREAK	0x100

/**
 * struct keel_host - a board's host, and its clock.
 * @ops:     what the board asks of it
 * @ctx:     for @ops
 * @now:     VmTime of the door that is open, or of the last one that asked, ns
 * @sampled: @now is of the door that is open
 */
struct keel_host {
	const struct keel_host_ops *ops;
	void *ctx;
	u64 now;
	bool sampled;
};

/**
 * struct keel_dev - what every device's struct begins with; the board's to fill.
 * @ops:      the model
 * @host:     the board's
 * @board:    where it sits
 * @index:    in the board's array
 * @instance: among devices of its class
 * @timer:    first of its timers in the board's array
 * @region:   first of its regions in the board's array
 * @armed:    how many of its timers are armed
 * @gsi:      first of its own messages
 */
struct keel_dev {
	const struct keel_dev_ops *ops;
	struct keel_host *host;
	struct keel_board *board;
	u16 index;
	u16 instance;
	u16 timer;
	u16 region;
	u16 armed;
	u16 gsi;
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

/* ---- Time ---- */

/**
 * keel_host_sample() - read the host's clock, for keel_now().
 * @host: of a board with a door open
 */
static inline void keel_host_sample(struct keel_host *host)
{
	host->now = max(host->now, host->ops->now(host->ctx));
	host->sampled = true;
}

/**
 * keel_now() - VmTime, ns, of the door that is open.
 * @dev: any device of the board
 */
static inline u64 keel_now(const struct keel_dev *dev)
{
	if (!dev->host->sampled)
		keel_host_sample(dev->host);
	return dev->host->now;
}

/**
 * keel_is_sampled() - does keel_now() have a value already?
 * @dev: any device of the board
 *
 * If so, @dev->host->now is VmTime, which saves the fastest paths what a call could change.
 */
static inline bool keel_is_sampled(const struct keel_dev *dev)
{
	return dev->host->sampled;
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

/* ---- Lines ---- */

void keel_line_set(struct keel_wire *wire, bool level);
void keel_line_take(struct keel_wire *wire, bool take);
void keel_line_acknowledged(struct keel_dev *dev, unsigned int nr);
void keel_line_eoi(struct keel_dev *dev, unsigned int nr);
int keel_isa_to_gsi(unsigned int line);

/* ---- What only the host can do: see struct keel_host_ops ---- */

/**
 * keel_event() - tell the host of something that is for it to act on.
 * @dev:   the device that it happens in
 * @event: what
 * @arg:   see enum keel_event
 */
static inline void keel_event(struct keel_dev *dev, enum keel_event event, u64 arg)
{
	dev->host->ops->event(dev->host->ctx, event, arg);
}

/**
 * keel_byte_out() - send a byte.
 * @dev:  a UART
 * @byte: the byte
 *
 * Return: true if it may send one more.
 */
static inline bool keel_byte_out(struct keel_dev *dev, u8 byte)
{
	return dev->host->ops->byte_out(dev->host->ctx, dev, byte);
}

/**
 * keel_set_route() - a GSI has a new message.
 * @dev:   the device that owns the GSI
 * @gsi:   its number
 * @route: the message, or NULL: it is masked
 */
static inline void keel_set_route(struct keel_dev *dev, unsigned int gsi,
				  const struct keel_route *route)
{
	dev->host->ops->route(dev->host->ctx, gsi, route);
}

/**
 * keel_send_msi() - send the message of a GSI.
 * @dev: the device that owns the GSI
 * @gsi: its number
 */
static inline void keel_send_msi(struct keel_dev *dev, unsigned int gsi)
{
	dev->host->ops->msi(dev->host->ctx, gsi);
}

/**
 * keel_reconcile() - have the host stop and start a virtio device's queues.
 * @dev: the device
 */
static inline void keel_reconcile(struct keel_dev *dev)
{
	dev->host->ops->reconcile(dev->host->ctx, dev);
}

/**
 * keel_notify() - tell the host that a running queue has new buffers.
 * @dev:   a virtio device
 * @queue: which of its queues
 */
static inline void keel_notify(struct keel_dev *dev, unsigned int queue)
{
	dev->host->ops->notify(dev->host->ctx, dev, queue);
}

/* ---- Messages ---- */

bool keel_msi_route(u64 address, u32 data, struct keel_route *route);

/* ---- Inspection ---- */

void keel_emit(struct keel_out *out, const char *name, int number, const char *suffix, u64 value);

/* ---- The models: see models.h ---- */

#define KEEL_MODEL(class, name)	extern const struct keel_dev_ops keel_##name##_ops;
#include "../models.h"
#undef KEEL_MODEL

#endif /* KEEL_BOARD_DEV_H */
