// SPDX-License-Identifier: GPL-2.0
/*
 * Bare-metal payload: what does an access to a device cost? Each operation is run
 * between two RDTSCs, COST_SAMPLES times, and the differences are left in memory
 * (struct cost_result) for the VMM that started it. Ends by a byte to port COST_EXIT.
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
#define PATIENCE	20000000	/* TSC ticks after which an interrupt counts as lost */

struct gate {
	u16 low;
	u16 selector;
	u16 type;
	u16 high;
};

static struct gate idt[VECTOR + 1] __aligned(8);

/* Written by irq_entry(); rdtsc() makes the compiler look again */
u32 irq_tsc;
u32 irqs;
u32 doubles;

/*
 * Takes the time stamp first, after two pushes only. An interrupt that pushed EFLAGS with IF
 * clear is the emulator's second delivery: it is only counted.
 */
static __naked void irq_entry(void)
{
	asm("push %eax\n\t"
	    "push %edx\n\t"
	    "rdtsc\n\t"
	    "testl $0x200, 16(%esp)\n\t"
	    "jz 1f\n\t"
	    "mov %eax, irq_tsc\n\t"
	    "incl irqs\n\t"
	    "movl $0, 0xfee000b0\n\t"
	    "jmp 2f\n\t"
	    "1: incl doubles\n\t"
	    "2: pop %edx\n\t"
	    "pop %eax\n\t"
	    "iret");
}

static inline void out8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void write32(u32 address, u32 value)
{
	asm volatile("movl %0, %1" : : "r"(value), "m"(*(u32 *)address) : "memory");
}

static inline u32 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low;
}

static void ioapic_write(u32 index, u32 value)
{
	write32(IOAPIC_INDEX, index);
	write32(IOAPIC_WINDOW, value);
}

/* The operations: the same frame around each, so that the empty one can be subtracted. */
#define TIMED(instructions) ({					\
	u32 ticks_;						\
								\
	asm volatile("rdtsc\n\t"				\
		     "mov %%eax, %%esi\n\t"			\
		     instructions				\
		     "rdtsc\n\t"				\
		     "sub %%esi, %%eax\n\t"			\
		     : "=a"(ticks_) : : "ecx", "edx", "esi", "memory"); \
	ticks_;							\
})

static u32 empty(void)
{
	return TIMED("");
}

static u32 pit_read(void)
{
	return TIMED("inb $0x40, %%al\n\t");
}

static u32 pit_write(void)
{
	return TIMED("movb $0x80, %%al\n\toutb %%al, $0x42\n\t");
}

static u32 lsr_read(void)
{
	return TIMED("mov $0x3fd, %%edx\n\tinb %%dx, %%al\n\t");
}

static u32 ioapic_read(void)
{
	return TIMED("mov 0xfec00010, %%eax\n\t");
}

static u32 ioapic_select(void)
{
	return TIMED("movl $1, 0xfec00000\n\t");
}

/* COST_CALIBRATE instructions, two at a time */
static u32 calibrate(void)
{
	return TIMED("mov $500000, %%ecx\n\t1: dec %%ecx\n\tjnz 1b\n\t");
}

/* shot: start channel 0; ticks from the OUT that does it to the handler, 0: it never came */
static u32 shot(int halt)
{
	u32 before = irqs, start;

	out8(PIT_CONTROL, PIT_CW_SHOT0);
	out8(PIT_CHANNEL0, COST_TICKS & 0xff);
	start = rdtsc();
	out8(PIT_CHANNEL0, COST_TICKS >> 8);
	while (irqs == before && rdtsc() - start < PATIENCE) {
		if (halt)
			/* The check again with interrupts off, or a halt could last for ever */
			asm volatile("cli\n\tcmp %0, %1\n\tjne 1f\n\tsti\n\thlt\n1:\tsti"
				     : : "r"(before), "m"(irqs) : "memory", "cc");
	}
	return irqs == before ? 0 : irq_tsc - start;
}

static u32 irq_spin(void)
{
	return shot(0);
}

static u32 irq_halt(void)
{
	return shot(1);
}

static void run(struct cost_samples *samples, u32 (*operation)(void))
{
	u32 i, ticks;

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

static u32 best_calibration(void)
{
	u32 best = -1, ticks, i;

	for (i = 0; i < 8; i++) {
		ticks = calibrate();
		if (ticks < best)
			best = ticks;
	}
	return best;
}

static void set_up_pit(void)
{
	out8(PIC_MASTER_IMR, 0xff);
	out8(PIC_SLAVE_IMR, 0xff);
	ioapic_write(IOAPIC_PIN2, IOAPIC_MASKED);
	out8(PIT_CONTROL, PIT_CW_RATE0);
	out8(PIT_CHANNEL0, 0);
	out8(PIT_CHANNEL0, 0);
	out8(PIT_CONTROL, PIT_CW_LOW2);
	out8(PIT_CHANNEL2, 0x80);
	write32(IOAPIC_INDEX, IOAPIC_VERSION);
}

static void set_up_interrupts(void)
{
	struct {
		u16 limit;
		u32 base;
	} __packed pointer = { sizeof(idt) - 1, (u32)idt };

	idt[VECTOR].low = (u32)irq_entry;
	idt[VECTOR].high = (u32)irq_entry >> 16;
	idt[VECTOR].selector = 0x08;
	idt[VECTOR].type = 0x8e00;
	asm volatile("lidt %0" : : "m"(pointer));
	write32(LAPIC_SVR, LAPIC_ENABLE);
	/* Channel 0 is stopped, its output low, when the pin is unmasked */
	out8(PIT_CONTROL, PIT_CW_SHOT0);
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
	result->doubles = doubles;
	result->magic = COST_MAGIC;
	out8(COST_EXIT, 0);
}
