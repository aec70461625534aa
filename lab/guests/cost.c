// SPDX-License-Identifier: GPL-2.0
/*
 * Bare-metal payload: what does an access to a device cost? Each operation is run
 * between two RDTSCs, COST_SAMPLES times, and the differences are left in memory
 * (struct cost_result) for whoever started it. Ends by a byte to port COST_EXIT.
 *
 * On a host that counts a nanosecond and a TSC tick for each instruction, the ticks
 * are instructions: the guest's, KVM's, the kernel's and the VMM's together. The
 * calibration loop, whose instructions are known, tells whether that is so.
 */
#include "cost.h"

#define PIT_CHANNEL0	0x40
#define PIT_CHANNEL2	0x42
#define PIT_CONTROL	0x43
#define PIC_MASTER_IMR	0x21
#define PIC_SLAVE_IMR	0xa1

/* 8254 control words, 3.2: channel, low/high bytes, mode */
#define PIT_CW_RATE0	0x34	/* channel 0, both bytes, mode 2 */
#define PIT_CW_SHOT0	0x30	/* channel 0, both bytes, mode 0 */
#define PIT_CW_LOW2	0x94	/* channel 2, low byte, mode 2 */

#define IOAPIC_INDEX	0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define IOAPIC_VERSION	0x01
#define IOAPIC_PIN2	0x14
#define IOAPIC_MASKED	0x10000

#define LAPIC_SVR	0xfee000f0
#define LAPIC_ENABLE	0x1ff

#define VECTOR		0x40
#define PATIENCE	20000000	/* TSC ticks: an interrupt that takes longer will not come */

struct gate {
	uint16_t low;
	uint16_t selector;
	uint16_t type;
	uint16_t high;
};

static struct gate idt[VECTOR + 1] __attribute__((aligned(8)));
static volatile uint32_t irq_tsc;
static volatile uint32_t irqs;

/* The time stamp comes first; two pushes are all that is before it. */
void irq_entry(void);
asm("	.globl irq_entry\n"
    "irq_entry:\n"
    "	push %eax\n"
    "	push %edx\n"
    "	rdtsc\n"
    "	mov %eax, irq_tsc\n"
    "	incl irqs\n"
    "	movl $0, 0xfee000b0\n"
    "	pop %edx\n"
    "	pop %eax\n"
    "	iret\n");

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void write32(uint32_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline uint32_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low;
}

static void ioapic_write(uint32_t index, uint32_t value)
{
	write32(IOAPIC_INDEX, index);
	write32(IOAPIC_WINDOW, value);
}

/* The operations: the same frame around each, so that the empty one can be subtracted. */
#define TIMED(name, instructions)					\
	static uint32_t name(void)					\
	{								\
		uint32_t ticks;						\
									\
		asm volatile("rdtsc\n\t"				\
			     "mov %%eax, %%esi\n\t"			\
			     instructions				\
			     "rdtsc\n\t"				\
			     "sub %%esi, %%eax\n\t"			\
			     : "=a"(ticks) : : "edx", "esi", "memory");	\
		return ticks;						\
	}

TIMED(empty, "")
TIMED(pit_read, "inb $0x40, %%al\n\t")
TIMED(pit_write, "movb $0x80, %%al\n\t" "outb %%al, $0x42\n\t")
TIMED(lsr_read, "mov $0x3fd, %%edx\n\t" "inb %%dx, %%al\n\t")
TIMED(ioapic_read, "mov 0xfec00010, %%eax\n\t")
TIMED(ioapic_select, "movl $1, 0xfec00000\n\t")

/* loop: COST_CALIBRATE instructions, two at a time */
TIMED(calibrate, "mov $500000, %%ecx\n\t" "1: dec %%ecx\n\t" "jnz 1b\n\t")

/* shot: start channel 0; ticks from the OUT that does it to the handler, 0: it never came */
static uint32_t shot(int halt)
{
	uint32_t before = irqs, start;

	outb(PIT_CONTROL, PIT_CW_SHOT0);
	outb(PIT_CHANNEL0, COST_TICKS & 0xff);
	start = rdtsc();
	outb(PIT_CHANNEL0, COST_TICKS >> 8);
	while (irqs == before && rdtsc() - start < PATIENCE) {
		if (halt)
			/* The check again with interrupts off, or a halt could last for ever */
			asm volatile("cli\n\tcmp %0, %1\n\tjne 1f\n\tsti\n\thlt\n1:\tsti"
				     : : "r"(before), "m"(irqs) : "memory", "cc");
	}
	return irqs == before ? 0 : irq_tsc - start;
}

static uint32_t irq_spin(void)
{
	return shot(0);
}

static uint32_t irq_halt(void)
{
	return shot(1);
}

static void run(struct cost_samples *samples, uint32_t (*operation)(void))
{
	uint32_t i, ticks;

	for (i = 0; i < COST_WARMUP; i++)
		if (!operation())
			return;
	for (i = 0; i < COST_SAMPLES; i++) {
		ticks = operation();
		if (!ticks)
			return;
		samples->ticks[i] = ticks;
	}
	samples->nr = COST_SAMPLES;
}

static uint32_t best_calibration(void)
{
	uint32_t best = -1, ticks, i;

	for (i = 0; i < 8; i++) {
		ticks = calibrate();
		if (ticks < best)
			best = ticks;
	}
	return best;
}

static void set_up_pit(void)
{
	outb(PIC_MASTER_IMR, 0xff);
	outb(PIC_SLAVE_IMR, 0xff);
	ioapic_write(IOAPIC_PIN2, IOAPIC_MASKED);
	outb(PIT_CONTROL, PIT_CW_RATE0);
	outb(PIT_CHANNEL0, 0);
	outb(PIT_CHANNEL0, 0);
	outb(PIT_CONTROL, PIT_CW_LOW2);
	outb(PIT_CHANNEL2, 0x80);
	write32(IOAPIC_INDEX, IOAPIC_VERSION);
}

static void set_up_interrupts(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint32_t)idt };

	idt[VECTOR].low = (uint32_t)irq_entry;
	idt[VECTOR].high = (uint32_t)irq_entry >> 16;
	idt[VECTOR].selector = 0x08;
	idt[VECTOR].type = 0x8e00;
	asm volatile("lidt %0" : : "m"(pointer));
	write32(LAPIC_SVR, LAPIC_ENABLE);
	/* Channel 0 is at rest, its output low, when the pin is opened */
	outb(PIT_CONTROL, PIT_CW_SHOT0);
	ioapic_write(IOAPIC_PIN2 + 1, 0);
	ioapic_write(IOAPIC_PIN2, VECTOR);
	asm volatile("sti");
}

void payload(void)
{
	struct cost_result *result = (void *)COST_RESULT;

	result->calibration = best_calibration();
	set_up_pit();
	run(&result->ops[COST_EMPTY], empty);
	run(&result->ops[COST_PIT_READ], pit_read);
	run(&result->ops[COST_PIT_WRITE], pit_write);
	run(&result->ops[COST_LSR_READ], lsr_read);
	run(&result->ops[COST_IOAPIC_READ], ioapic_read);
	run(&result->ops[COST_IOAPIC_SELECT], ioapic_select);
	set_up_interrupts();
	run(&result->ops[COST_IRQ_SPIN], irq_spin);
	if (result->ops[COST_IRQ_SPIN].nr)
		run(&result->ops[COST_IRQ_HALT], irq_halt);
	asm volatile("cli" : : : "memory");
	result->magic = COST_MAGIC;
	outb(COST_EXIT, 0);
}
