// SPDX-License-Identifier: GPL-2.0
/* KEEL_PULSE: what it refuses, what it leaves, and guests that run meanwhile. */
#include "abi.h"

#include <stdlib.h>

#define MASTER	0x20
#define SLAVE	0xa0
#define LINE	5	/* without a device */
#define UART	4
#define TIMES	2000

static long pulse(struct vm *vm, u32 line)
{
	struct keel_pulse p = { .size = sizeof(p), .line = line };

	return ioctl(vm->keel, KEEL_PULSE, &p);
}

static void out(struct vm *vm, u64 port, u64 value)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = KEEL_ACCESS_WRITE, .addr = port, .length = 1,
		.value = value,
	};

	must(!ioctl(vm->keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
}

/* As an OS without an IOAPIC does: nothing is masked. */
static void set_up_8259s(struct vm *vm)
{
	unsigned int chip;

	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	for (chip = MASTER; chip <= SLAVE; chip += SLAVE - MASTER) {
		out(vm, chip, 0x11);
		out(vm, chip + 1, 0x20);
		out(vm, chip + 1, chip == MASTER ? 4 : 2);
		out(vm, chip + 1, 1);
	}
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
}

/* Is it held by the host? The list has that only of such a line. */
static bool held(struct vm *vm, const char *line)
{
	return vm_value(vm, KEEL_INSPECT, line, "host.holds") == 1;
}

static void refused(struct vm *vm)
{
	static const u32 lines[] = { 2, 24, 25, 26, 31, 32, 255, 256, 0x80000000, 0xffffffff };
	struct keel_pulse p = { .size = sizeof(p), .line = LINE, .reserved = 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		FAILS(pulse(vm, lines[i]), EINVAL, "line %u", lines[i]);
	FAILS(ioctl(vm->keel, KEEL_PULSE, &p), EINVAL, "a reserved field");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	FAILS(pulse(vm, LINE), EBUSY, "a VM that is paused");
	FAILS(pulse(vm, 99), EBUSY, "or any line of it");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
}

/* Both interrupt controllers are as after a reset, and have it masked. */
static void lost(struct vm *vm)
{
	unsigned int line, good = 0;

	for (line = 0; line < KEEL_NR_GSIS; line++)
		good += line == 2 || !pulse(vm, line);
	ok(good == KEEL_NR_GSIS, "every line (%u)", good);
	ok(vm_value(vm, KEEL_STATS, "line5", "pulses") == 1 &&
	   vm_value(vm, KEEL_STATS, "line5", "asserts") == 1, "it is counted");
	ok(!held(vm, "line5"), "and over");
}

static void waits(struct vm *vm)
{
	static u8 blob[0x20000];
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)blob, .length = sizeof(blob),
	};

	set_up_8259s(vm);
	WORKS(pulse(vm, LINE), "a line that the 8259s wait for");
	ok(held(vm, "line5"), "is held");
	FAILS(pulse(vm, LINE), EAGAIN, "a second pulse");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	WORKS(ioctl(vm->keel, KEEL_STATE_GET, &state), "STATE_GET");
	WORKS(ioctl(vm->keel, KEEL_RESET), "RESET");
	ok(!held(vm, "line5"), "a reset ends it");
	WORKS(ioctl(vm->keel, KEEL_STATE_SET, &state), "STATE_SET");
	ok(held(vm, "line5"), "and a state has it");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	FAILS(pulse(vm, LINE), EAGAIN, "a second pulse, of the restored VM");
}

/* The UART asks for an interrupt: its transmitter is empty. */
static void hidden(struct vm *vm)
{
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	out(vm, 0x3fc, 8);
	out(vm, 0x3f9, 2);
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	FAILS(pulse(vm, UART), EAGAIN, "a line that a device holds");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	out(vm, 0x3f9, 0);
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	WORKS(pulse(vm, UART), "and that it lets go of");
}

static void pulse_in_child(void *arg)
{
	exit(pulse(arg, LINE + 1) ? 1 : 0);
}

/*
 * A guest with interrupts on: HLT; each interrupt's handler counts and ends it. Vectors of real
 * mode: 0x25 is at 0x94.
 */
static void taken(struct vm *vm)
{
	/* sti; 1: hlt; jmp 1b */
	static const u8 code[] = { 0xfb, 0xf4, 0xeb, 0xfd };
	/* inc word [0]; mov al, 0x20; out 0x20, al; iret */
	static const u8 handler[] = { 0xff, 0x06, 0x00, 0x00, 0xb0, 0x20, 0xe6, 0x20, 0xcf };
	struct guest guest = { .length = sizeof(code) };
	u32 vector = CODE + 0x40;	/* 0:CODE + 0x40 */
	struct runner runner;
	unsigned int i, good = 0;
	u16 *count = (u16 *)(vm->memory + PROGRESS);

	must(!ioctl(vm->keel, KEEL_PAUSE) && !ioctl(vm->keel, KEEL_RESET), "KEEL_RESET");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
	set_up_8259s(vm);
	for (i = 0; i < sizeof(code); i++)
		guest.code[i] = code[i];
	for (i = 0; i < sizeof(handler); i++)
		vm->memory[CODE + 0x40 + i] = handler[i];
	*(u32 *)(vm->memory + (0x20 + LINE) * 4) = vector;
	*count = 0;
	guest_load(vm, 0, &guest);
	vm->seen[0] = 0;
	runner_start(&runner, vm, 0);
	for (i = 0; i < TIMES; i++)
		good += !pulse(vm, LINE) && guest_progresses(vm, 0);
	ok(good == TIMES, "%u of %u pulses are an interrupt", good, TIMES);
	ok(*count == TIMES, "and no more than one (%u)", *count);
	runner_kick(&runner);
}

void test_pulse(void)
{
	struct vm vm;

	vm_start(&vm, &guest_debug);
	refused(&vm);
	lost(&vm);
	waits(&vm);
	hidden(&vm);
	ok(in_child(pulse_in_child, &vm, 20) == 0, "another process that has the VM's file");
	taken(&vm);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "the VM runs");
}
