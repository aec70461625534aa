// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: bench BACKEND IMAGE     run the cost payload with BACKEND as the PC: kvm, user,
 *                                keel-bus, keel-timed or keel-loop
 *        bench --read NAME FILE  the same report from FILE, the memory of another VMM's
 *                                guest that ran it
 *
 * Prints a line for each operation: backend, operation, median, mean. The empty
 * operation's cost is subtracted, and from interrupts the time that the PIT counts. A
 * line "condition" says how many interrupts came twice, if any did.
 * All figures are ticks of the guest's TSC, which are instructions if the first line,
 * "calibration", says 1.000.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest/cost.h"

/* 105/88 MHz, and a tick of the TSC is a nanosecond here */
#define PIT_NS(ticks)	((ticks) * 88000ULL / 105)

static const struct backend *const backends[] = {
	&backend_kvm, &backend_user, &backend_keel_bus, &backend_keel_loop, &backend_keel_timed,
};

static const struct {
	const char *name;
	u32 subtract;
} operations[COST_NR_OPS] = {
	[COST_EMPTY]	     = { "empty" },
	[COST_PIT_READ]	     = { "pit-read" },
	[COST_PIT_WRITE]     = { "pit-write" },
	[COST_LSR_READ]	     = { "uart-lsr-read" },
	[COST_IOAPIC_READ]   = { "ioapic-read" },
	[COST_IOAPIC_SELECT] = { "ioapic-select" },
	[COST_IRQ_SPIN]	     = { "irq-running", PIT_NS(COST_TICKS) },
	[COST_IRQ_HALT]	     = { "irq-halted", PIT_NS(COST_TICKS) },
};

void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void fail(const char *message, long value)
{
	fprintf(stderr, "bench: %s %ld\n", message, value);
	exit(1);
}

static void load(const char *path, u8 *memory)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	must(fd >= 0, path);
	n = read(fd, memory + COST_LOAD, COST_RESULT - COST_LOAD);
	must(n > 0, path);
	close(fd);
}

/* The state in which a multiboot loader starts a kernel: 32-bit, flat, interrupts off. */
static void set_registers(struct vm *vm)
{
	struct kvm_segment flat = { .limit = 0xffffffff, .selector = 0x10, .type = 3,
				    .present = 1, .db = 1, .s = 1, .g = 1 };
	struct kvm_regs regs = { .rip = COST_LOAD, .rflags = 2 };
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.ds = flat;
	sregs.es = flat;
	sregs.fs = flat;
	sregs.gs = flat;
	sregs.ss = flat;
	flat.selector = 0x08;
	flat.type = 0xb;
	sregs.cs = flat;
	sregs.cr0 |= 1;
	must(!ioctl(vm->vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(!ioctl(vm->vcpu[0], KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void create(struct vm *vm, const struct backend *backend)
{
	vm_open(vm, COST_MEMORY);
	must(!madvise(vm->memory, COST_MEMORY, MADV_POPULATE_WRITE), "memory");
	backend->create(vm);
	vm_create_kvm_vcpu(vm);
	set_registers(vm);
	if (backend->add)
		backend->add(vm);
}

static int ascending(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static u32 median(struct cost_samples *s)
{
	qsort(s->ticks, s->nr, sizeof(s->ticks[0]), ascending);
	return s->ticks[s->nr / 2];
}

static double mean(const struct cost_samples *s)
{
	double sum = 0;
	u32 i;

	for (i = 0; i < s->nr; i++)
		sum += s->ticks[i];
	return sum / s->nr;
}

static void report(const char *name, struct cost_result *result, u32 lacks)
{
	u32 empty, i;

	if (result->magic != COST_MAGIC)
		fail("the payload left no result; magic", result->magic);
	printf("%s calibration %.3f\n", name, (double)result->calibration / COST_CALIBRATE);
	if (result->doubles)
		printf("condition %s: interrupts that the emulator delivered twice: %u\n", name,
		       result->doubles);
	empty = median(&result->ops[COST_EMPTY]);
	for (i = COST_EMPTY + 1; i < COST_NR_OPS; i++) {
		struct cost_samples *s = &result->ops[i];
		u32 subtract = empty + operations[i].subtract;

		if (s->nr > COST_SAMPLES)
			fail("more samples than there can be:", s->nr);
		if (s->nr && !(lacks & 1 << i))
			printf("%s %s %d %.0f\n", name, operations[i].name,
			       (int)(median(s) - subtract), mean(s) - subtract);
	}
}

static void read_report(const char *name, const char *path)
{
	static struct cost_result result;
	int fd = open(path, O_RDONLY);

	must(fd >= 0 && pread(fd, &result, sizeof(result), COST_RESULT) == sizeof(result), path);
	report(name, &result, 0);
}

int main(int argc, char **argv)
{
	struct vm vm;
	unsigned int i;

	if (argc == 4 && !strcmp(argv[1], "--read")) {
		read_report(argv[2], argv[3]);
		return 0;
	}
	for (i = 0; argc == 3 && i < ARRAY_SIZE(backends); i++) {
		if (strcmp(argv[1], backends[i]->name))
			continue;
		create(&vm, backends[i]);
		load(argv[2], vm.memory);
		backends[i]->run(&vm);
		report(argv[1], (struct cost_result *)(vm.memory + COST_RESULT),
		       backends[i]->lacks);
		return 0;
	}
	fprintf(stderr, "usage: bench kvm|user|keel-bus|keel-loop IMAGE\n"
			"       bench --read NAME FILE\n");
	return 2;
}
