// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest that storms costs its host, and another VM. For a host with --icount, whose clocks
 * count instructions: with limits the other VM's accesses take 5 % more than alone at most, and the
 * storm's thread takes 5 % of a CPU at most; without, more.
 */
#include "police.h"

#include <sys/resource.h>
#include <time.h>

#define RATE	2000	/* of each storm, a second */
#define SHARE	5	/* %, at most */

/* PIT: mode 2, 477 ticks, which is 400 us. Then 1: inc word [0]; jmp 1b */
static const struct guest guest_timer = {
	20, { 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0xdd, 0xe6, 0x40, 0xb0, 0x01, 0xe6, 0x40,
	      0x90, 0x90, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xfa }
};

/* 1: inc word [0]; mov al, 0x20; out 0x20, al; jmp 1b */
static const struct guest guest_eois = {
	10, { 0xff, 0x06, 0x00, 0x00, 0xb0, 0x20, 0xe6, 0x20, 0xeb, 0xf6 }
};

/* 1: inc word [0]; mov dx, 0x3f8; mov al, 'x'; out dx, al; jmp 1b */
static const struct guest guest_bytes = {
	12, { 0xff, 0x06, 0x00, 0x00, 0xba, 0xf8, 0x03, 0xb0, 0x78, 0xee, 0xeb, 0xf4 }
};

const struct storm police_storms[] = {
	{ "accesses", KEEL_LIMIT_ACCESSES, KEEL_CLASS_BOARD, "vm", &guest_ports,
	  "pit0", "counters.reads", 2 },
	{ "accesses", KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, "pit0", &guest_ports,
	  "pit0", "counters.reads", 2 },
	{ "accesses", KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, "pit0", &guest_string,
	  "pit0", "counters.reads", ONE_INSTRUCTION },
	{ "timers", KEEL_LIMIT_TIMERS, KEEL_CLASS_BOARD, "vm", &guest_timer,
	  "board", "deadlines", 3 },
	{ "timers", KEEL_LIMIT_TIMERS, KEEL_CLASS_PIT, "pit0", &guest_timer,
	  "board", "deadlines", 3 },
	{ "bytes", KEEL_LIMIT_BYTES, KEEL_CLASS_UART, "uart0", &guest_bytes,
	  "uart0", "regs.writes", 2 },
	{ "interrupts", KEEL_LIMIT_INTERRUPTS, KEEL_CLASS_PIC, "pic0", &guest_eois,
	  "pic0", "master.writes", 2 },
};

const unsigned int nr_police_storms = ARRAY_SIZE(police_storms);

/* mov cx, 60000; 1: in al, 0x61; loop 1b; mov dx, 0x501; mov al, 42; out dx, al */
static const struct guest guest_reads = {
	15, { 0xb9, 0x60, 0xea, 0xe4, 0x61, 0xe2, 0xfc, 0xba, 0x01, 0x05, 0xb0, 0x2a, 0xee,
	      0xeb, 0xfd }
};

static u64 nanoseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* How long do the other VM's accesses take? */
static u64 reads(void)
{
	struct keel_run run;
	struct vm vm;
	u64 began;

	vm_start(&vm, &guest_reads);
	began = nanoseconds(CLOCK_MONOTONIC);
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "guest_reads");
	began = nanoseconds(CLOCK_MONOTONIC) - began;
	vm_close(&vm);
	return began;
}

/**
 * struct beside - what a storm takes.
 * @reads: ns that the other VM's accesses took
 * @share: of a CPU, by the storm's thread, meanwhile, in hundredths of a percent
 */
struct beside {
	u64 reads;
	u64 share;
};

static struct beside beside(const struct storm *storm, u64 rate)
{
	struct keel_limit limit = {
		.size = sizeof(limit), .kind = storm->kind, .class = storm->class, .rate = rate,
		.burst = rate ? BURST : 0,
	};
	struct runner runner;
	struct beside b;
	clockid_t clock;
	struct vm vm;
	u64 used;

	vm_start(&vm, storm->guest);
	must(!ioctl(vm.keel, KEEL_LIMIT_SET, &limit), "KEEL_LIMIT_SET");
	runner_start(&runner, &vm, 0);
	must(guest_progresses(&vm, 0), "a storm");
	pause_ms(100);		/* its burst is over */
	must(!pthread_getcpuclockid(runner.thread, &clock), "pthread_getcpuclockid");
	used = nanoseconds(clock);
	b.reads = reads();
	b.share = (nanoseconds(clock) - used) * 10000 / b.reads;
	runner_kick(&runner);
	vm_close(&vm);
	return b;
}

static void try(const struct storm *storm, u64 alone)
{
	struct beside with = beside(storm, RATE), without = beside(storm, 0);

	note("%s of %s: %llu ns with a limit, %llu without, %llu alone", storm->name, storm->device,
	     (unsigned long long)with.reads, (unsigned long long)without.reads,
	     (unsigned long long)alone);
	note("and %llu hundredths of a percent of a CPU, %llu without",
	     (unsigned long long)with.share, (unsigned long long)without.share);
	ok(with.reads * 100 <= alone * (100 + SHARE), "%s of %s: the other VM has all but %u %%",
	   storm->name, storm->device, SHARE);
	ok(with.share <= 100 * SHARE, "%s of %s: %u %% of a CPU at most", storm->name,
	   storm->device, SHARE);
	ok(without.share > 100 * SHARE, "and more without the limit");
}

void test_neighbour(void)
{
	u64 alone;
	u32 i;

	reads();	/* caches of the kernel's are filled */
	alone = reads();
	for (i = 0; i < nr_police_storms; i++)
		if (police_storms[i].kind != KEEL_LIMIT_TIMERS)	/* no thread of its waits */
			try(&police_storms[i], alone);
}
