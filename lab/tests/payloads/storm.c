// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile guest: all CPUs access all devices at random at the same time: ports, registers in
 * memory, PCI configuration, BARs that move, MSI-X tables, the IOAPIC, and rings of virtio
 * devices, some of which are set up properly.
 *
 * The command line ends in the seed of the random numbers, and the number of accesses of each
 * CPU: so a run can be repeated, as far as the CPUs keep in step.
 *
 * Accesses that would end the guest, and test nothing in the host, are left out: resets,
 * power-off, INIT and SMI as an interrupt, and devices' writes to the guest's own code.
 */
#include "storm.h"
#include "virtio.h"

#define MOST_CPUS	4

#define STALLED		300	/* seconds */

#define CAP_LIST	0x34
#define CAP_MSIX	0x11
#define MOST_BARS	64
#define MEMORY_WINDOW	0xe4000000
#define PORT_WINDOW	0xc000
#define ECAM		0xe0000000
#define VMMIO		0xfeb00000	/* virtio devices over MMIO */
#define VMMIO_STEP	0x1000
#define VMMIO_SIZE	0x200

#define HPET		0xfed00000
#define HPET_TIMERS	0x100
#define HPET_SIZE	0x170

/* Guest memory that devices may write to, and addresses without memory */
#define SCRATCH		0x01000000
#define SCRATCH_SIZE	0x01000000
#define BEYOND		0x70000000

/* Common configuration of virtio functions (VIRTIO 1.2, 4.1.4.3) */
#define C_DRIVER_SELECT	0x08
#define C_DRIVER	0x0c
#define C_STATUS	0x14
#define C_QUEUE		0x16
#define C_SIZE		0x18
#define C_VECTOR	0x1a
#define C_ENABLE	0x1c
#define C_DESC		0x20
#define C_AVAIL		0x28
#define C_USED		0x30

/**
 * struct bar - a BAR that was found.
 * @slot: its function's slot
 * @nr:   its number
 * @size: bytes
 * @home: the first of its two places; the other one is @size behind it
 * @io:   ports
 * @table: vectors of the MSI-X table in it, or 0
 * @table_at: the table's offset in the BAR
 */
struct bar {
	unsigned int slot;
	unsigned int nr;
	u32 size;
	u32 home;
	bool io;
	u32 table;
	u32 table_at;
};

static struct bar bars[MOST_BARS];
static unsigned int nr_bars;
static u32 next_port = PORT_WINDOW, next_memory = MEMORY_WINDOW;

static u32 seed, rounds;
static u32 state[MOST_CPUS];
static unsigned int cpus_up;

/**
 * struct progress - how far a CPU has come, written by it alone.
 * @up:    it has started
 * @round: its rounds that have ended
 * @act:   which of acts[] it does
 */
static struct progress {
	bool up;
	u32 round;
	u32 act;
} progress[MOST_CPUS];

unsigned int interrupts;

/* ---- Random numbers: xorshift32 ---- */

static u32 next(unsigned int cpu)
{
	u32 x = state[cpu];

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	state[cpu] = x;
	return x;
}

static u32 below(unsigned int cpu, u32 limit)
{
	return (u64)next(cpu) * limit >> 32;
}

static u32 number(unsigned int cpu)
{
	static const u32 numbers[] = { 0, 1, 2, 3, 7, 0x0f, 0xff, 0xffff, 0x80000000, 0xffffffff };

	return below(cpu, 2) ? numbers[below(cpu, ARRAY_SIZE(numbers))] : next(cpu);
}

/* An address for a device: in the scratch area, mostly aligned, or where no memory is */
static u32 address(unsigned int cpu)
{
	u32 at = SCRATCH + below(cpu, SCRATCH_SIZE / 2);

	if (!below(cpu, 8))
		return BEYOND + below(cpu, 0x1000) * 0x1000;
	return below(cpu, 8) ? at & ~0xfffU : at;
}

/* ---- Interrupts: any vector may come, but only in the window ---- */

__noreturn void storm_fault(u32 first, u32 second)
{
	check(false, "an exception of the guest's (0x%x 0x%x)", first, second);
	outl(TEST_EXIT, 1);
	for (;;)
		asm volatile("cli; hlt");
}

static void load_storm_idt(void)
{
	static struct { u16 low, selector, type, high; } idt[256] __aligned(8);
	struct { u16 limit; u32 base; } __packed pointer = { sizeof(idt) - 1, (u32)idt };
	u32 entry = (u32)storm_entry;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idt); i++) {
		idt[i].low = entry;
		idt[i].selector = 0x08;
		idt[i].type = 0x8e00;
		idt[i].high = entry >> 16;
	}
	asm volatile("lidt %0" : : "m"(pointer));
}

/* ---- PCI ---- */

static u32 bar_size(unsigned int slot, unsigned int nr, u32 kind)
{
	u32 mask;

	pci_write(slot, BAR(nr), 0xffffffff);
	mask = pci_read(slot, BAR(nr));
	if (!mask)
		return 0;
	return kind & 1 ? -(mask & ~3U) & 0xffff : -(mask & ~15U);
}

static void find_table(struct bar *bar)
{
	u32 cap;

	for (cap = pci_read(bar->slot, CAP_LIST) & 0xfc; cap;
	     cap = pci_read(bar->slot, cap + 1) & 0xfc) {
		u32 table = pci_read(bar->slot, cap + 4);

		if ((pci_read(bar->slot, cap) & 0xff) != CAP_MSIX || (table & 7) != bar->nr)
			continue;
		bar->table = (pci_read(bar->slot, cap) >> 16 & 0x7ff) + 1;
		bar->table_at = table & ~7U;
		pci_write(bar->slot, cap, pci_read(bar->slot, cap) | BIT(31));
	}
}

/* Gives each BAR two places of its own */
static void place(struct bar *bar)
{
	u32 *free = bar->io ? &next_port : &next_memory;

	bar->home = (*free + 2 * bar->size - 1) & -(2 * bar->size);
	*free = bar->home + 2 * bar->size;
	pci_write(bar->slot, BAR(bar->nr), bar->home);
	find_table(bar);
}

static void find_bar(unsigned int slot, unsigned int nr)
{
	u32 kind = pci_read(slot, BAR(nr)), size = bar_size(slot, nr, kind);
	struct bar *bar = &bars[nr_bars];

	if (!size || nr_bars == MOST_BARS)
		return;
	nr_bars++;
	*bar = (struct bar) { .slot = slot, .nr = nr, .size = size, .io = kind & 1 };
	place(bar);
}

static void find_bars(void)
{
	unsigned int slot, nr;

	for (slot = 1; slot < 32; slot++) {
		if (pci_read(slot, 0) == 0xffffffff)
			continue;
		for (nr = 0; nr < 6; nr++) {
			find_bar(slot, nr);
			if ((pci_read(slot, BAR(nr)) & 7) == 4)
				pci_write(slot, BAR(++nr), 0);
		}
		pci_write(slot, COMMAND, IO | MEMORY | BUS_MASTER);
	}
}

static struct bar *any_bar(unsigned int cpu)
{
	return &bars[below(cpu, nr_bars)];
}

/* ---- Accesses ---- */

struct range {
	u16 first;
	u16 nr;
};

static const struct range ranges[] = {
	{ 0x20, 2 }, { 0xa0, 2 }, { 0x4d0, 2 }, { 0x40, 4 }, { 0x60, 5 }, { 0x70, 2 }, { 0x92, 1 },
	{ 0x3f8, 8 }, { 0x2f8, 8 }, { 0x600, 16 }, { 0x620, 16 }, { 0xcf8, 8 }, { 0x80, 1 },
	{ 0xe0, 16 }, { 0x2000, 24 }, { 0x1000, 256 },
};

/* Does an access to these ports reach one of those ports? */
static bool reaches(u16 port, unsigned int width, u16 first, u16 last)
{
	return port <= last && port + width > first;
}

/* Would the access end the guest, or its serial output? */
static bool is_deadly(u16 port, unsigned int width, u32 value)
{
	if (reaches(port, width, 0x60, 0x64))
		return width > 1 || port == 0x60 || value >= 0xf0 || value == 0xd1;
	if (reaches(port, width, 0xcf9, 0xcf9))
		return width != 4 || port != 0xcf8;
	return reaches(port, width, 0xf4, 0xf7) || reaches(port, width, 0x92, 0x92) ||
	       reaches(port, width, 0x501, 0x501) || reaches(port, width, 0x604, 0x60f) ||
	       reaches(port, width, 0x3f8, 0x3f8);
}

static void port_write(u16 port, unsigned int width, u32 value)
{
	value &= width == 4 ? ~0U : BIT(8 * width) - 1;
	if (is_deadly(port, width, value))
		return;
	if (width == 1)
		outb(port, value);
	else if (width == 2)
		outw(port, value);
	else
		outl(port, value);
}

static void port_read(u16 port, unsigned int width)
{
	if (width == 1)
		inb(port);
	else if (width == 2)
		inw(port);
	else
		inl(port);
}

static void access_port(unsigned int cpu)
{
	const struct range *range = &ranges[below(cpu, ARRAY_SIZE(ranges))];
	u16 port = range->first + below(cpu, range->nr);
	unsigned int width = 1 << below(cpu, 3);

	if (below(cpu, 2))
		port_write(port, width, number(cpu));
	else
		port_read(port, width);
}

static void mmio_any(unsigned int cpu, u32 at, bool write)
{
	unsigned int width = below(cpu, 3);
	u32 value = below(cpu, 2) ? number(cpu) : address(cpu);

	if (!write && width == 0)
		mmio_read8(at);
	else if (!write && width == 1)
		mmio_read16(at);
	else if (!write)
		mmio_read(at);
	else if (width == 0)
		mmio_write8(at, value);
	else if (width == 1)
		asm volatile("movw %w0, (%1)" : : "r"(value), "r"(at) : "memory");
	else
		mmio_write(at, value);
}

/* At one of a BAR's two places. Only write_table() writes tables. */
static void access_bar(unsigned int cpu)
{
	const struct bar *bar = any_bar(cpu);
	u32 at = bar->home + below(cpu, bar->size < 0x100 || below(cpu, 2) ? bar->size : 0x100);

	if (!below(cpu, 8))
		at += bar->size;
	if (bar->io && below(cpu, 2))
		port_write(at, 1 << below(cpu, 3), below(cpu, 8));
	else if (bar->io)
		port_read(at, 1 << below(cpu, 3));
	else
		mmio_any(cpu, at, !bar->table && below(cpu, 2));
}

static void access_elsewhere(unsigned int cpu)
{
	mmio_any(cpu, VMMIO + below(cpu, 4) * VMMIO_STEP + below(cpu, VMMIO_SIZE), below(cpu, 2));
}

/* A vector above the exceptions', fixed or lowest-priority */
static u32 message(unsigned int cpu)
{
	return (0x30 + below(cpu, 0xc0)) | below(cpu, 2) << 8 | (next(cpu) & 0xf800);
}

static void write_table(unsigned int cpu)
{
	const struct bar *bar = any_bar(cpu);
	u32 at = bar->home + bar->table_at + below(cpu, bar->table ?: 1) * 16;

	if (!bar->table)
		return;
	switch (below(cpu, 4)) {
	case 0:
		return mmio_write(at, 0xfee00000 | below(cpu, MOST_CPUS) << 12);
	case 1:
		return mmio_write(at + 4, 0);
	case 2:
		return mmio_write(at + 8, message(cpu) & 0x1ff);
	default:
		return mmio_write(at + 12, below(cpu, 2));
	}
}

static void write_ioapic(unsigned int cpu)
{
	mmio_write(IOAPIC, 0x10 + below(cpu, 48));
	mmio_write(IOAPIC_WINDOW, message(cpu) | below(cpu, 2) << 16 | below(cpu, 4) << 24);
	if (!below(cpu, 4))
		mmio_write(IOAPIC_EOI, next(cpu));
	/* Not beyond 0x0f: the window takes bytes, and could become an INIT or SMI */
	mmio_any(cpu, IOAPIC + below(cpu, 0x0d), below(cpu, 2));
	mmio_any(cpu, IOAPIC + below(cpu, 0x100), false);
}

/* All CPUs use the same two registers. */
static void configure(unsigned int cpu)
{
	u32 reg = below(cpu, 64) * 4, value = number(cpu);

	if (reg >= BAR(0) && reg <= BAR(5))
		return;
	if (reg == COMMAND)
		value = next(cpu) & (IO | MEMORY | BUS_MASTER | INTX_DISABLE);
	if (below(cpu, 2))
		mmio_any(cpu, ECAM + (below(cpu, 32) << 15) + below(cpu, 0x1000), false);
	else if (below(cpu, 2))
		pci_read(below(cpu, 32), reg);
	else
		mmio_write(ECAM + (below(cpu, 32) << 15) + reg, value);
}

/* Moves a BAR away, or home. The upper register of a 64-bit BAR stays zero. */
static void move_bar(unsigned int cpu)
{
	const struct bar *bar = any_bar(cpu);
	u32 at = bar->home + below(cpu, 2) * bar->size;

	mmio_write(ECAM + (bar->slot << 15) + BAR(bar->nr), at);
	mmio_write(ECAM + (bar->slot << 15) + COMMAND, IO | MEMORY | BUS_MASTER);
}

/* ---- Rings ---- */

static void write_rings(unsigned int cpu)
{
	u32 area = SCRATCH + below(cpu, SCRATCH_SIZE / 2 / 0x1000) * 0x1000;
	struct vdesc *desc = (struct vdesc *)area + below(cpu, 16);
	u32 *data = (u32 *)(SCRATCH + below(cpu, 0x1000) * 0x1000);

	desc->addr = address(cpu);
	desc->len = below(cpu, 4) ? below(cpu, 0x1000) : number(cpu);
	desc->flags = below(cpu, 8) ? below(cpu, 4) : next(cpu);
	desc->next = below(cpu, 16);
	*(u16 *)(area + 0x404 + 2 * below(cpu, 16)) = below(cpu, 16);
	WRITE_ONCE(*(u16 *)(area + 0x402), READ_ONCE(*(u16 *)(area + 0x402)) + 1);
	data[0] = below(cpu, 16);	/* a request's type, or a port's number */
	data[1] = below(cpu, 8);
	data[2] = below(cpu, 64);
}

static void common16(u32 at, u16 value)
{
	asm volatile("movw %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

/* Acts as a driver, whether this BAR has a common configuration or not */
static void drive(unsigned int cpu)
{
	const struct bar *bar = any_bar(cpu);
	u32 at = bar->home, area = address(cpu), queue = below(cpu, 4);

	if (bar->io || bar->table || bar->size < 0x1000)
		return;
	if (!below(cpu, 4))
		mmio_write8(at + C_STATUS, 0);
	mmio_write8(at + C_STATUS, 3);
	mmio_write(at + C_DRIVER_SELECT, 1);
	mmio_write(at + C_DRIVER, 1 | below(cpu, 4) << 2);
	mmio_write(at + C_DRIVER_SELECT, 0);
	mmio_write(at + C_DRIVER, below(cpu, 2) ? 0 : number(cpu));
	mmio_write8(at + C_STATUS, 0x0b);
	common16(at + C_QUEUE, queue);
	common16(at + C_SIZE, 16);
	common16(at + C_VECTOR, below(cpu, 4));
	mmio_write(at + C_DESC, area);
	mmio_write(at + C_AVAIL, area + 0x400);
	mmio_write(at + C_USED, area + 0x800);
	common16(at + C_ENABLE, 1);
	mmio_write8(at + C_STATUS, 0x0f);
}

/* The same over MMIO (4.2.2) */
static void drive_mmio(unsigned int cpu)
{
	u32 at = VMMIO + below(cpu, 4) * VMMIO_STEP, area = address(cpu), queue = below(cpu, 4);
	const struct { u16 reg; u32 value; } writes[] = {
		{ 0x70, below(cpu, 4) ? 3 : 0 }, { 0x24, 1 }, { 0x20, 1 | below(cpu, 4) << 2 },
		{ 0x24, 0 }, { 0x20, below(cpu, 2) ? 0 : number(cpu) }, { 0x70, 0xb },
		{ 0x30, queue }, { 0x38, 16 }, { 0x80, area }, { 0x90, area + 0x400 },
		{ 0xa0, area + 0x800 }, { 0x44, 1 }, { 0x70, 0xf }, { 0x50, queue },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++)
		mmio_write(at + writes[i].reg, writes[i].value);
}

/* Any address in any BAR may be a doorbell; drivers prefer ports. */
static void ring(unsigned int cpu)
{
	const struct bar *bar = any_bar(cpu);
	u32 at = bar->home + below(cpu, 0x20) * 4;

	if (bar->io)
		outw(at, below(cpu, 8));
	else if (!bar->table)
		common16(at + below(cpu, bar->size / 0x1000 + 1) * 0x1000, below(cpu, 8));
}

/* ---- CPUs ---- */

static void access_hpet(unsigned int cpu)
{
	u32 reg = below(cpu, HPET_SIZE) & ~3U, value = number(cpu);

	if (reg >= HPET_TIMERS && reg % 0x20 == 0x10)
		value = message(cpu) & 0x1ff;
	if (reg >= HPET_TIMERS && reg % 0x20 == 0x14)
		value = 0xfee00000 | below(cpu, MOST_CPUS) << 12;
	if (below(cpu, 3))
		mmio_write(HPET + reg, value);
	else
		mmio_read(HPET + reg);
}

static const struct {
	u8 weight;
	void (*act)(unsigned int cpu);
} acts[] = {
	{ 16, access_port }, { 16, access_bar }, { 4, access_elsewhere }, { 8, write_table },
	{ 8, write_ioapic }, { 8, configure }, { 4, move_bar }, { 16, write_rings },
	{ 10, drive }, { 4, drive_mmio }, { 16, ring }, { 8, access_hpet },
};

static void act(unsigned int cpu)
{
	u32 all = 0, which, i;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		all += acts[i].weight;
	which = below(cpu, all);
	for (i = 0; which >= acts[i].weight; i++)
		which -= acts[i].weight;
	WRITE_ONCE(progress[cpu].act, i);
	acts[i].act(cpu);
}

static void run(unsigned int cpu)
{
	u32 i;

	mmio_write(LAPIC_SVR, SVR_ENABLED);
	for (i = 1; i <= rounds; i++) {
		act(cpu);
		storm_window();
		WRITE_ONCE(progress[cpu].round, i);
	}
}

static unsigned int this_cpu(void)
{
	return mmio_read(LAPIC_ID) >> 24;
}

void ap_main(void)
{
	unsigned int cpu = this_cpu();

	load_storm_idt();
	WRITE_ONCE(progress[cpu].up, true);
	run(cpu);
}

static void ap_bring_up(unsigned int cpu)
{
	unsigned int i;

	ap_start(cpu);
	for (i = 0; i < 1000 && !READ_ONCE(progress[cpu].up); i++)
		pause_us(1000);
	cpus_up += READ_ONCE(progress[cpu].up);
}

/* The last but "skip" number of the command line */
static u32 argument(unsigned int skip)
{
	const char *c = command_line(), *last = c;
	u32 value = 0;

	while (*c)
		c++;
	for (;;) {
		while (c > last && c[-1] != ' ')
			c--;
		if (!skip--)
			break;
		while (c > last && c[-1] == ' ')
			c--;
	}
	while (*c >= '0' && *c <= '9')
		value = value * 10 + (*c++ - '0');
	return value;
}

/* Rounds of all CPUs that have ended */
static u32 rounds_of_all(void)
{
	u32 sum = 0, cpu;

	for (cpu = 0; cpu < MOST_CPUS; cpu++)
		sum += READ_ONCE(progress[cpu].round);
	return sum;
}

/* Waits until all CPUs have ended, or none has come further for STALLED seconds */
static bool all_end(void)
{
	u32 last = 0, sum, since = pm_read();

	while ((sum = rounds_of_all()) < (1 + cpus_up) * rounds) {
		if (sum != last)
			since = pm_read();
		else if (pm_read() - since > STALLED * PM_HZ)
			return false;
		last = sum;
	}
	return true;
}

static void say_progress(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < MOST_CPUS; cpu++)
		say("# CPU %u: %s, round %u, act %u\n", cpu, progress[cpu].up ? "up" : "not up",
		    progress[cpu].round, progress[cpu].act);
}

/* Output before the storm has been sent; output after it needs a UART set up anew. */
static void mend_uart(void)
{
	outb(COM1 + 3, 0x03);
	outb(COM1_IER, 0);
	outb(COM1_MCR, 0);
	outb(COM1_IIR, 0);
}

void test(void)
{
	unsigned int cpu;
	bool ended;

	progress[0].up = true;
	seed = argument(1);
	rounds = argument(0);
	for (cpu = 0; cpu < MOST_CPUS; cpu++)
		state[cpu] = (seed + 1) * 2654435761U + cpu * 40503U + 1;
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	find_bars();
	say("# seed %u, %u rounds, %u BARs\n", seed, rounds, nr_bars);
	for (cpu = 1; cpu < MOST_CPUS; cpu++)
		ap_bring_up(cpu);
	check(cpus_up == MOST_CPUS - 1, "four CPUs");
	load_storm_idt();
	run(0);
	ended = all_end();
	mend_uart();
	if (!ended)
		say_progress();
	check(ended, "all CPUs have done their rounds");
	say("# %u interrupts\n", interrupts);
}
