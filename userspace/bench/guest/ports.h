/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bare-metal guest of 32 bits does to hardware: ports, memory-mapped registers, the TSC,
 * the interrupt flag. keel bench host's guest and the lab's payloads use it. It needs no header.
 */
#ifndef KEEL_BENCH_GUEST_PORTS_H
#define KEEL_BENCH_GUEST_PORTS_H

#define MASTER		0x20		/* 8259As */
#define SLAVE		0xa0
#define PIT_DATA0	0x40
#define PIT_CONTROL	0x43
#define PM_TIMER	0x608		/* 3.579545 MHz, 32 bits */
#define PM_HZ		3579545U
#define COM1_LSR	0x3fd

static inline void outb(unsigned short port, unsigned char value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(unsigned short port, unsigned short value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(unsigned short port, unsigned int value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline unsigned char inb(unsigned short port)
{
	unsigned char value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline unsigned short inw(unsigned short port)
{
	unsigned short value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline unsigned int inl(unsigned short port)
{
	unsigned int value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* pic_init() - ICW1 to ICW4 and OCW1; IRQ n of "chip" has the vector "base" + n */
static inline void pic_init(unsigned short chip, unsigned char base, unsigned char icw4,
			    unsigned char mask)
{
	outb(chip, 0x11);
	outb(chip + 1, base);
	outb(chip + 1, chip == MASTER ? 0x04 : 0x02);
	outb(chip + 1, icw4);
	outb(chip + 1, mask);
}

static inline unsigned int mmio_read(unsigned int at)
{
	unsigned int value;

	asm volatile("movl (%1), %0" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void mmio_write(unsigned int at, unsigned int value)
{
	asm volatile("movl %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

static inline unsigned long long rdtsc(void)
{
	unsigned long long tsc;

	asm volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

static inline void irqs_on(void)
{
	asm volatile("sti; nop" : : : "memory");
}

static inline void irqs_off(void)
{
	asm volatile("cli" : : : "memory");
}

#endif /* KEEL_BENCH_GUEST_PORTS_H */
