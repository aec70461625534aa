// SPDX-License-Identifier: GPL-2.0
/* Code shared by the bare-metal tests. */
#include <stdarg.h>

#include "payload.h"

#define VECTORS		256
#define EXCEPTIONS	32
#define EFLAGS_IF	BIT(9)

struct gate {
	u16 low;
	u16 selector;
	u16 type;
	u16 high;
};

static struct gate idt[VECTORS] __aligned(8);
static unsigned int checks, failures;

u32 boot_magic, boot_info;
void (*on_interrupt)(unsigned int vector);
bool doubles_are_counted;
unsigned int doubles;

/* ---- Text ---- */

/* Gives up after a while: without a UART it would never be ready. */
static void put_char(char c)
{
	unsigned int patience = 100000;

	if (c == '\n')
		put_char('\r');
	while (!(inb(COM1_LSR) & LSR_THRE) && --patience)
		;
	outb(COM1, c);
}

static void put_number(u64 value, unsigned int base, bool negative)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[n++] = '-';
	while (n)
		put_char(digits[--n]);
}

/* %s, %d (int), %u (u32), %x (u32) and no more */
static void put_format(const char *format, va_list args)
{
	const char *text;
	s32 number;

	for (; *format; format++) {
		if (*format != '%') {
			put_char(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			for (text = va_arg(args, const char *); *text; text++)
				put_char(*text);
			break;
		case 'd':
			number = va_arg(args, s32);
			put_number(number < 0 ? -(u64)number : (u64)number, 10, number < 0);
			break;
		case 'u':
			put_number(va_arg(args, u32), 10, false);
			break;
		case 'x':
			put_number(va_arg(args, u32), 16, false);
			break;
		default:
			put_char(*format);
		}
	}
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(format, args);
	va_end(args);
}

void check(bool good, const char *format, ...)
{
	va_list args;

	checks++;
	failures += !good;
	say("%sok %u - ", good ? "" : "not ", checks);
	va_start(args, format);
	put_format(format, args);
	va_end(args);
	put_char('\n');
}

void is(u64 got, u64 wanted, const char *what)
{
	if (got != wanted)
		say("# got 0x%x, not 0x%x\n", (u32)got, (u32)wanted);
	check(got == wanted, "%s", what);
}

bool ends_with(const char *text, const char *end)
{
	const char *t = text, *e = end;

	while (*t)
		t++;
	while (*e)
		e++;
	while (t > text && e > end && t[-1] == e[-1]) {
		t--;
		e--;
	}
	return e == end;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

u32 find_symbol(const struct section *sections, u32 nr, const char *name)
{
	const struct { u32 name, value, size, info; } *symbol;
	const struct section *s;

	for (s = sections; s < sections + nr; s++) {
		if (s->type != 2 || !s->addr)	/* SHT_SYMTAB */
			continue;
		for (symbol = (const void *)s->addr;
		     (u32)(symbol + 1) <= s->addr + s->size; symbol++)
			if (same((const char *)sections[s->link].addr + symbol->name, name))
				return symbol->value;
	}
	return 0;
}

const char *command_line(void)
{
	return (const char *)*(const u32 *)(boot_info + 16);
}

bool command_line_ends_in(const char *word)
{
	const char *line = command_line(), *end = line, *last = word;

	while (*end)
		end++;
	while (*last)
		last++;
	while (last > word && end > line && end[-1] == last[-1]) {
		end--;
		last--;
	}
	return last == word;
}

static __noreturn void finish(void)
{
	say("1..%u\n", checks);
	outl(TEST_EXIT, failures ? 1 : 0);
	for (;;)
		asm volatile("cli; hlt");
}

/* ---- Interrupts and time ---- */

/* payload_vector() - from start.S; "frame" is what PUSHA left, then vector, then the CPU's */
void payload_vector(u32 vector, const u32 *frame)
{
	if (vector >= EXCEPTIONS && on_interrupt) {
		if (!(frame[11] & EFLAGS_IF) && doubles_are_counted) {
			doubles++;
			return;
		}
		if (!(frame[11] & EFLAGS_IF))
			check(false, "vector %u came at 0x%x with IF clear", vector, frame[9]);
		on_interrupt(vector);
		return;
	}
	/* With an error code the address is one word further: prints both. */
	check(false, "vector %u came (0x%x 0x%x)", vector, frame[9], frame[10]);
	finish();
}

static void fill_idt(void)
{
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		u32 entry = (u32)vector_entries + 16 * i;

		idt[i] = (struct gate){ entry, 0x08, 0x8e00, entry >> 16 };
	}
}

void load_idt(void)
{
	struct { u16 limit; u32 base; } __packed pointer = { sizeof(idt) - 1, (u32)idt };

	asm volatile("lidt %0" : : "m"(pointer));
}

void pause_us(u32 us)
{
	u32 start = pm_read(), ticks = (u64)us * PM_HZ / 1000000;

	while (pm_read() - start < ticks)
		;
}

void await(unsigned int *count, unsigned int wanted)
{
	u32 start = pm_read();

	irqs_on();
	while (*count < wanted && pm_read() - start < 2 * PM_HZ)
		;
	irqs_off();
}

void await_long(unsigned int *count, unsigned int wanted)
{
	unsigned int tries;

	for (tries = 0; tries < 60 && *count < wanted; tries++)
		await(count, wanted);
}

void let_through(void)
{
	unsigned int i;

	irqs_on();
	for (i = 0; i < 50; i++)
		inb(0x80);
	pause_us(1000);
	irqs_off();
}

void payload_main(u32 magic, u32 info)
{
	boot_magic = magic;
	boot_info = info;
	fill_idt();
	load_idt();
	test();
	finish();
}
