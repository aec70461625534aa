// SPDX-License-Identifier: GPL-2.0
/*
 * The bench's guest: what does hardware cost? Runs those parts that the command line names, and
 * ends. Interrupts that the emulator delivers twice are counted: "twice NUMBER".
 */
#include "measure.h"

#define WARMUP		50
#define TURNS		50000		/* of the calibration's loop, two instructions each */

u32 ticks[SAMPLES];
bool lost;
bool few;
void (*handlers[256])(void);

static u32 empty;			/* the cost of measuring */

/* ---- Interrupts ---- */

#define MSR_PV_EOI	0x4b564d04
#define KVM_PV_EOI	BIT(6)

static u32 pv_eoi __aligned(4);

static void use_pv_eoi(void)
{
	u32 eax = 0x40000001, ebx, ecx, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (eax & KVM_PV_EOI)
		asm volatile("wrmsr" : : "a"((u32)&pv_eoi | 1), "d"(0), "c"(MSR_PV_EOI));
}

void eoi(void)
{
	bool done;

	asm volatile("btrl $0, %0" : "+m"(pv_eoi), "=@ccc"(done));
	if (!done)
		mmio_write(LAPIC_EOI, 0);
}

static void interrupt(unsigned int vector)
{
	if (handlers[vector])
		handlers[vector]();
	eoi();
}

void set_gate(u8 vector, void (*entry)(void))
{
	struct { u16 limit; u32 base; } __packed idt;
	u16 *gate;

	asm volatile("sidt %0" : "=m"(idt));
	gate = (u16 *)(idt.base + 8 * vector);
	gate[0] = (u32)entry;
	gate[3] = (u32)entry >> 16;
}

void halt_until(const u32 *count, u32 wanted)
{
	irqs_off();
	while (READ_ONCE(*count) != wanted)
		asm volatile("sti; hlt; cli" : : : "memory");
	irqs_on();
}

void spin_until(const u32 *count, u32 wanted)
{
	u32 start = rdtsc();

	while (READ_ONCE(*count) != wanted) {
		if ((u32)rdtsc() - start > PATIENCE) {
			lost = true;
			return;
		}
	}
}

/* ---- Figures ---- */

void sort_ticks(unsigned int nr)
{
	unsigned int gap, i, j;

	for (gap = nr / 2; gap; gap /= 2)
		for (i = gap; i < nr; i++)
			for (j = i; j >= gap && ticks[j - gap] > ticks[j]; j -= gap) {
				u32 t = ticks[j];

				ticks[j] = ticks[j - gap];
				ticks[j - gap] = t;
			}
}

void report(const char *name, unsigned int nr, unsigned int each)
{
	unsigned int i;
	u64 sum = 0;

	if (!nr || !each)
		return;
	sort_ticks(nr);
	for (i = 0; i < nr; i++)
		sum += ticks[i] - empty;
	say("= %s %d %d %d\n", name, (s32)(ticks[nr / 2] - empty) / (s32)each,
	    (s32)sum / (s32)(nr * each), (s32)(ticks[nr * 99 / 100] - empty) / (s32)each);
}

unsigned int samples(unsigned int nr)
{
	return few && nr > FEW ? FEW : nr;
}

void measure_after(const char *name, void (*operation)(void), void (*after)(void),
		   unsigned int nr, unsigned int each)
{
	unsigned int i;
	u32 start;

	lost = false;
	nr = samples(nr);
	for (i = 0; i < samples(WARMUP) / each + 1 && !lost; i++) {
		operation();
		after();
	}
	for (i = 0; i < nr && !lost; i++) {
		start = rdtsc();
		operation();
		ticks[i] = (u32)rdtsc() - start;
		after();
	}
	if (!lost)
		report(name, nr, each);
}

static void nothing(void)
{
}

void measure(const char *name, void (*operation)(void), unsigned int nr, unsigned int each)
{
	measure_after(name, operation, nothing, nr, each);
}

static void loop(void)
{
	u32 turns = TURNS;

	asm volatile("1: dec %0; jnz 1b" : "+r"(turns));
}

static void calibrate(void)
{
	measure("empty", nothing, SAMPLES, 1);
	empty = ticks[samples(SAMPLES) / 2];
	if (!few)
		measure("calibration", loop, 16, 1);
}

/* ---- Parts ---- */

/* From "uart" on, interrupts are ended as Linux ends them */
static const struct {
	const char *name;
	void (*measure)(void);
	bool pv_eoi;
} parts[] = {
	{ "ports", measure_ports, false },
	{ "ioapic", measure_ioapic, false },
	{ "dispatch", measure_dispatch, false },
	{ "lines", measure_lines, false },
	{ "pit", measure_pit, false },
	{ "lapic", measure_lapic, false },
	{ "edges", measure_edges, true },
	{ "uart", measure_uart, true },
	{ "pit-tick", measure_pit_tick, true },
	{ "rtc-tick", measure_rtc_tick, true },
	{ "late-pit", measure_late_pit, false },
	{ "late-rtc", measure_late_rtc, false },
	{ "late-lapic", measure_late_lapic, false },
	{ "blk", measure_blk, true },
	{ "net", measure_net, true },
	{ "console", measure_console, true },
	{ "vsock", measure_vsock, true },
};

/* The command line has "word", between spaces or its ends */
static bool named(const char *word)
{
	const char *at = command_line(), *c;

	while (*at) {
		for (c = word; *c && *c == *at; c++)
			at++;
		if (!*c && (!*at || *at == ' '))
			return true;
		while (*at && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return false;
}

/*
 * For lab/bench/layers, which logs each instruction from here on: waits for a byte on the first
 * serial port.
 */
static void await_byte(void)
{
	say("ready\n");
	while (!(inb(COM1_LSR) & LSR_DR))
		;
	inb(COM1);
}

void test(void)
{
	unsigned int i;

	if (named("await"))
		await_byte();
	few = named("few");
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = interrupt;
	doubles_are_counted = true;
	irqs_on();
	calibrate();
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!named(parts[i].name))
			continue;
		if (parts[i].pv_eoi)
			use_pv_eoi();
		parts[i].measure();
	}
	irqs_off();
	say("twice %u\n", doubles);
}
