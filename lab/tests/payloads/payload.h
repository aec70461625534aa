/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the bare-metal tests: ports, memory-mapped registers, interrupts, and TAP on
 * the first serial port. A payload has a function test(); when that returns, the plan is
 * printed and the VM ends: status 1 if all passed, 3 if not.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "../../../userspace/bench/guest/ports.h"
#include "../../vmm/types.h"

#define BIT(n)		(1U << (n))

/* Test device */
#define TEST_SCRATCH	0xe0
#define TEST_BYTES	0xe8
#define TEST_EXIT	0xf4
#define TEST_LINE	0x2000

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

#define COM1		0x3f8		/* 16550A */
#define COM1_IER	0x3f9
#define COM1_IIR	0x3fa		/* FCR when written */
#define COM1_MCR	0x3fc
#define IER_RX		0x01
#define IER_THRE	0x02
#define IIR_NONE	0x01
#define FCR_ENABLE	0x01
#define LSR_DR		0x01
#define LSR_THRE	0x20

static inline u8 cmos_read(u8 index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

static inline void cmos_write(u8 index, u8 value)
{
	outb(CMOS_INDEX, index);
	outb(CMOS_DATA, value);
}

static inline u8 mmio_read8(u32 at)
{
	u8 value;

	asm volatile("movb (%1), %0" : "=q"(value) : "r"(at) : "memory");
	return value;
}

static inline u16 mmio_read16(u32 at)
{
	u16 value;

	asm volatile("movw (%1), %0" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline u64 mmio_read64(u32 at)
{
	u64 value;

	asm volatile("movq (%1), %%mm0; movq %%mm0, %0; emms" : "=m"(value) : "r"(at) : "memory");
	return value;
}

static inline void mmio_write8(u32 at, u8 value)
{
	asm volatile("movb %0, (%1)" : : "q"(value), "r"(at) : "memory");
}

static inline u32 pm_read(void)
{
	return inl(PM_TIMER);
}

/* Holds a line, or releases it. */
static inline void line(unsigned int nr, bool level)
{
	outb(TEST_LINE + nr, level);
}

/* ---- payload.c ---- */

extern u32 boot_magic, boot_info;
extern const char vector_entries[];	/* start.S */
extern const char _end[];		/* of the image, by the linker */

/* Called for vectors from 32 on, with interrupts off. */
extern void (*on_interrupt)(unsigned int vector);

/*
 * An interrupt with IF clear fails the test. Benchmarks, which run on the unmended emulator, take
 * it for the emulator's second delivery of the interrupt in service (lab/modules/inject_once.c):
 * it is counted, and not handled.
 */
extern bool doubles_are_counted;
extern unsigned int doubles;

void say(const char *format, ...) __printf(1, 2);
void check(bool good, const char *format, ...) __printf(2, 3);
void is(u64 got, u64 wanted, const char *what);
bool ends_with(const char *text, const char *end);
const char *command_line(void);
bool command_line_ends_in(const char *word);
/* An ELF image's section, as a loader tells of it; 0: no such symbol */
struct section {
	u32 name, type, flags, addr, offset, size, link, info, align, entry_size;
};

u32 find_symbol(const struct section *sections, u32 nr, const char *name);
void pause_us(u32 us);
void load_idt(void);			/* on CPUs other than the first */

/* Lets interrupts through until "*count" is "wanted", or a long time has passed. */
void await(unsigned int *count, unsigned int wanted);
/* The same for what is slow on a machine that is busy, as a storm, or a process of the host's. */
void await_long(unsigned int *count, unsigned int wanted);
/* Lets interrupts through for long enough that any that is pending arrives. */
void let_through(void);

void test(void);

#endif /* PAYLOAD_H */
