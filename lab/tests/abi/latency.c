// SPDX-License-Identifier: GPL-2.0
/* KEEL_LATENCY_SET and _GET: invalid arguments, what is measured, and hostile callers. */
#include "abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM		400
#define TOGGLERS	3
#define TOGGLES		300	/* of each */

/*
 * mov cx, 5; 1: in al, 0x61; loop 1b; mov al, 0x34; out 0x43, al; mov dx, 0x3f6; in al, dx;
 * mov dword es:[0], 0x14; mov dx, 0x501; mov al, 42; out dx, al; 1: hlt; jmp 1b
 */
static const struct guest guest_accesses = {
	34, { 0xb9, 0x05, 0x00, 0xe4, 0x61, 0xe2, 0xfc, 0xb0, 0x34, 0xe6, 0x43, 0xba, 0xf6, 0x03,
	      0xec, 0x26, 0x66, 0xc7, 0x06, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0xba, 0x01, 0x05,
	      0xb0, 0x2a, 0xee, 0xf4, 0xeb, 0xfd }
};

#define ACCESSES	9

/* RTC: periodic interrupts, 1 kHz; then as guest_ports, to drive nothing else */
static const struct guest guest_ticks = {
	20, { 0xb0, 0x0b, 0xe6, 0x70, 0xb0, 0x42, 0xe6, 0x71,	/* out 0x70, 0x0b; out 0x71, 0x42 */
	      /* 1: out 0x70, 0x0c; in al, 0x71; inc word [0]; jmp 1b */
	      0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xf4 }
};

static const struct guest guest_dead = { 3, { 0xf4, 0xeb, 0xfd } };

/**
 * struct seen - what was measured.
 * @get:   the answer
 * @rows:  histograms
 * @worst: longest accesses
 */
struct seen {
	struct keel_latency_get get;
	struct keel_latency_row rows[ROOM];
	struct keel_worst_access worst[KEEL_WORST_ACCESSES];
};

static long set(struct vm *vm, u32 action)
{
	struct keel_latency_set request = { .size = sizeof(request), .action = action };

	return ioctl(vm->keel, KEEL_LATENCY_SET, &request);
}

static long get(struct vm *vm, struct keel_latency_get *request, u64 rows, u32 nr_rows, u64 worst,
		u32 nr_worst)
{
	*request = (struct keel_latency_get) {
		.size = sizeof(*request), .rows = rows, .nr_rows = nr_rows, .worst = worst,
		.nr_worst = nr_worst,
	};
	return ioctl(vm->keel, KEEL_LATENCY_GET, request);
}

static bool look(struct vm *vm, struct seen *seen)
{
	return !get(vm, &seen->get, (uintptr_t)seen->rows, ROOM, (uintptr_t)seen->worst,
		    KEEL_WORST_ACCESSES) && seen->get.nr_rows <= ROOM;
}

static const struct keel_histogram *row(const struct seen *seen, const char *device,
					const char *name, u32 kind)
{
	static const struct keel_histogram none;
	u32 i;

	for (i = 0; i < seen->get.nr_rows; i++)
		if (seen->rows[i].kind == kind && !strcmp(seen->rows[i].device, device) &&
		    !strcmp(seen->rows[i].name, name))
			return &seen->rows[i].times;
	return &none;
}

/* Is it a name, and are its figures consistent? */
static bool row_is_good(const struct keel_latency_row *row)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++)
		sum += row->times.buckets[i];
	return row->device[0] && row->name[0] && memchr(row->device, 0, sizeof(row->device)) &&
	       memchr(row->name, 0, sizeof(row->name)) && !row->reserved &&
	       row->kind >= KEEL_LATENCY_READ && row->kind <= KEEL_LATENCY_REQUEST &&
	       row->times.count && sum == row->times.count && row->times.sum >= row->times.most;
}

static bool is_good(const struct seen *seen)
{
	u32 i;

	for (i = 0; i < seen->get.nr_rows; i++)
		if (!row_is_good(&seen->rows[i])) {
			note("row %u, %.16s %.24s", i, seen->rows[i].device, seen->rows[i].name);
			return false;
		}
	for (i = 1; i < seen->get.nr_worst; i++)
		if (seen->worst[i].ns > seen->worst[i - 1].ns)
			return false;
	return seen->get.nr_worst <= KEEL_WORST_ACCESSES && seen->get.since <= seen->get.now;
}

/* ---- Arguments ---- */

static void bad_requests(struct vm *vm)
{
	struct keel_latency_set s = { .size = sizeof(s) };
	struct keel_latency_get g = { .size = sizeof(g) };

	FAILS(set(vm, KEEL_LATENCY_RESET + 1), EINVAL, "another action");
	FAILS(set(vm, 0xffffffff), EINVAL, "action 4294967295");
	FAILS(ioctl(vm->keel, KEEL_IOWR(0x3c), &s), ENOTTY, "set in both directions");
	FAILS(ioctl(vm->keel, KEEL_IOW(0x3d), &g), ENOTTY, "get in one direction");
	FAILS(ioctl(keel_fd, KEEL_LATENCY_SET, &s), ENOTTY, "set of /dev/keel");
	FAILS(ioctl(keel_fd, KEEL_LATENCY_GET, &g), ENOTTY, "get of /dev/keel");
	FAILS(ioctl(vm->kvm_vm, KEEL_LATENCY_GET, &g), ENOTTY, "get of KVM's VM");
}

static void bad_places(struct vm *vm, u32 rows)
{
	u8 *pages = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct keel_latency_get g;
	u64 end = (uintptr_t)pages + 0x2000;

	must(pages != MAP_FAILED && !mprotect(pages + 0x1000, 0x1000, PROT_READ), "pages");
	WORKS(get(vm, &g, NOWHERE, 0, KERNEL, 0), "without room");
	ok(g.nr_rows == rows && g.nr_worst == ACCESSES, "the numbers are returned (%u, %u)",
	   g.nr_rows, g.nr_worst);
	FAILS(get(vm, &g, NOWHERE, 1, 0, 0), EFAULT, "a row to unmapped memory");
	FAILS(get(vm, &g, 0, 0, NOWHERE, 1), EFAULT, "an access to unmapped memory");
	FAILS(get(vm, &g, KERNEL, 0xffffffff, 0, 0), EFAULT, "4 billion rows into the kernel");
	FAILS(get(vm, &g, 0, 0, KERNEL, 0xffffffff), EFAULT, "4 billion accesses into the kernel");
	FAILS(get(vm, &g, ~0ULL - 8, 10, 0, 0), EFAULT, "rows around the end of all addresses");
	FAILS(get(vm, &g, end - 0x1000, 1, 0, 0), EFAULT, "a row to a read-only page");
	FAILS(get(vm, &g, end - 0x1001, 1, 0, 0), EFAULT, "a row across the end of a page");
	munmap(pages, 0x2000);
}

/* What is behind the room stays as it is. */
static void rooms(struct vm *vm, u32 rows)
{
	struct keel_latency_row *list = malloc((rows + 1) * sizeof(*list));
	struct keel_worst_access worst[ACCESSES + 1];
	struct keel_latency_get g;

	memset(list, 0xee, (rows + 1) * sizeof(*list));
	memset(worst, 0xee, sizeof(worst));
	WORKS(get(vm, &g, (uintptr_t)list, rows - 1, (uintptr_t)worst, ACCESSES - 1),
	      "room for all but one");
	ok(g.nr_rows == rows && g.nr_worst == ACCESSES, "the numbers are those of all");
	ok((u8)list[rows - 2].device[0] != 0xee && (u8)list[rows - 1].device[0] == 0xee &&
	   worst[ACCESSES - 2].ns != 0xeeeeeeeeeeeeeeeeULL &&
	   worst[ACCESSES - 1].ns == 0xeeeeeeeeeeeeeeeeULL, "and no more than that is written");
	free(list);
}

/* ---- What is measured ---- */

struct expected {
	unsigned long long addr;
	u64 value;
	u64 rip;
	u8 length;
	u8 flags;
	const char *device;
	const char *region;
	u32 times;
};

static bool is_expected(const struct keel_worst_access *a, const struct expected *e)
{
	/* Out of KVM_RUN, the RIP after a write to memory is that of the next instruction. */
	bool rip = a->what.rip == e->rip ||
		   (e->flags & KEEL_CULPRIT_MEMORY && a->what.rip == e->rip + 10);

	return a->what.addr == e->addr && rip && a->what.length == e->length &&
	       (a->what.value == e->value || e->addr == 0x61) && a->what.flags == e->flags &&
	       !a->what.vcpu && !strcmp(a->device, e->device) && !strcmp(a->region, e->region);
}

/* Each access of guest_accesses is among the longest, as often as it was made, and no other. */
static void culprits(const struct seen *seen)
{
	static const struct expected expected[] = {
		{ 0x61, 0, CODE + 3, 1, 0, "pit0", "port61", 5 },
		{ 0x43, 0x34, CODE + 9, 1, KEEL_CULPRIT_WRITE, "pit0", "counters", 1 },
		{ 0x3f6, 0xff, CODE + 14, 1, 0, "board", "unmapped_pio", 1 },
		{ 0xfec00000, 0x14, CODE + 15, 4, KEEL_CULPRIT_WRITE | KEEL_CULPRIT_MEMORY,
		  "ioapic0", "registers", 1 },
		{ 0x501, 42, CODE + 30, 1, KEEL_CULPRIT_WRITE, "debugexit0", "exit", 1 },
	};
	u32 i, k, found;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		for (k = found = 0; k < seen->get.nr_worst; k++)
			found += is_expected(&seen->worst[k], &expected[i]);
		ok(found == expected[i].times, "%s %s at %#llx: %u times", expected[i].device,
		   expected[i].region, expected[i].addr, found);
	}
	for (k = 0; k < seen->get.nr_worst && seen->get.nr_worst != ACCESSES; k++)
		note("%s %s %#llx = %#llx at %#llx", seen->worst[k].device, seen->worst[k].region,
		     seen->worst[k].what.addr, seen->worst[k].what.value, seen->worst[k].what.rip);
}

static void accesses(void)
{
	static struct seen seen;
	struct keel_latency_get g;
	struct keel_run run;
	struct vm vm;
	unsigned long long reads;

	vm_start(&vm, &guest_accesses);
	bad_requests(&vm);
	WORKS(set(&vm, KEEL_LATENCY_OFF), "off before on");
	WORKS(set(&vm, KEEL_LATENCY_RESET), "reset before on");
	WORKS(get(&vm, &g, NOWHERE, 10, NOWHERE, 10), "get before on");
	ok(!g.nr_rows && !g.nr_worst && !g.measuring, "there is nothing");
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "guest_accesses");
	ok(look(&vm, &seen) && !seen.get.nr_rows, "what is not measured is not counted");
	must(!ioctl(vm.keel, KEEL_PAUSE) && !ioctl(vm.keel, KEEL_RESET) &&
	     !ioctl(vm.keel, KEEL_RESUME), "the VM is reset");
	reads = vm_value(&vm, KEEL_STATS, "pit0", "port61.reads");
	WORKS(set(&vm, KEEL_LATENCY_ON), "on");
	WORKS(set(&vm, KEEL_LATENCY_ON), "on a second time");
	guest_load(&vm, 0, &guest_accesses);
	must(!vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "guest_accesses");
	ok(look(&vm, &seen) && is_good(&seen) && seen.get.measuring, "%u histograms",
	   seen.get.nr_rows);
	reads = vm_value(&vm, KEEL_STATS, "pit0", "port61.reads") - reads;
	ok(reads == 5 && row(&seen, "pit0", "port61", KEEL_LATENCY_READ)->count == reads,
	   "all %llu reads of the port are counted", reads);
	ok(row(&seen, "pit0", "counters", KEEL_LATENCY_WRITE)->culprit.value == 0x34,
	   "the write is its own culprit");
	culprits(&seen);
	rooms(&vm, seen.get.nr_rows);
	bad_places(&vm, seen.get.nr_rows);
	WORKS(set(&vm, KEEL_LATENCY_OFF), "off");
	ok(look(&vm, &seen) && seen.get.nr_worst == ACCESSES && !seen.get.measuring,
	   "what was measured is still there");
	WORKS(set(&vm, KEEL_LATENCY_RESET), "reset");
	ok(look(&vm, &seen) && !seen.get.nr_rows && !seen.get.nr_worst, "it is gone");
	vm_close(&vm);
}

/* A paused VM is measured, for its process' own accesses, and does not count them. */
static void process(void)
{
	struct keel_access access = { .size = sizeof(access), .addr = 0x61, .length = 1 };
	static struct seen seen;
	struct vm vm;

	vm_start(&vm, &guest_dead);
	WORKS(set(&vm, KEEL_LATENCY_ON), "on");
	must(!ioctl(vm.keel, KEEL_PAUSE) && !ioctl(vm.keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
	ok(look(&vm, &seen) && !seen.get.nr_worst, "the process' own access is not counted");
	vm_close(&vm);		/* while it is measured */
}

/* ---- Timers ---- */

/* Every deadline that expired is in the histogram of its device. */
static void timers(void)
{
	static struct seen seen;
	struct runner runner;
	unsigned long long deadlines, counted = 0;
	struct vm vm;
	u32 i;

	vm_start(&vm, &guest_ticks);
	WORKS(set(&vm, KEEL_LATENCY_ON), "on");
	runner_start(&runner, &vm, 0);
	for (i = 0; i < 1000; i++) {
		if (look(&vm, &seen) &&
		    row(&seen, "board", "hrtimer", KEEL_LATENCY_TIMER)->count >= 3 &&
		    row(&seen, "rtc0", "timer0", KEEL_LATENCY_TIMER)->count >= 3)
			break;
		pause_ms(10);
	}
	ok(i < 1000, "the board's timer, and the RTC's, have expired three times");
	must(!ioctl(vm.keel, KEEL_PAUSE) && runner_ends(&runner), "KEEL_PAUSE");
	must(look(&vm, &seen), "KEEL_LATENCY_GET");
	ok(is_good(&seen), "the histograms are good");
	deadlines = vm_value(&vm, KEEL_STATS, "board", "deadlines");
	for (i = 0; i < seen.get.nr_rows; i++)
		if (seen.rows[i].kind == KEEL_LATENCY_TIMER && strcmp(seen.rows[i].device, "board"))
			counted += seen.rows[i].times.count;
	ok(deadlines && counted == deadlines, "%llu of %llu deadlines are counted", counted,
	   deadlines);
	vm_close(&vm);
}

/* The measurement is no part of a state, and a state that is loaded changes none. */
static void states(void)
{
	static struct seen before, after;
	struct keel_state state = { .size = sizeof(state) };
	struct keel_run run;
	struct vm vm;
	u8 *blob;

	vm_start(&vm, &guest_accesses);
	must(!set(&vm, KEEL_LATENCY_ON) && !vm_run(&vm, 0, &run) && !ioctl(vm.keel, KEEL_PAUSE),
	     "a measured VM");
	must(ioctl(vm.keel, KEEL_STATE_GET, &state) < 0 && state.length, "KEEL_STATE_GET");
	blob = calloc(1, state.length);
	state.data = (uintptr_t)blob;
	WORKS(ioctl(vm.keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET while it is measured");
	must(look(&vm, &before), "KEEL_LATENCY_GET");	/* with the deadlines that were due */
	WORKS(ioctl(vm.keel, KEEL_STATE_SET, &state), "KEEL_STATE_SET while it is measured");
	ok(look(&vm, &after) && after.get.nr_rows == before.get.nr_rows &&
	   !memcmp(before.rows, after.rows, before.get.nr_rows * sizeof(before.rows[0])),
	   "%u histograms are as they were", after.get.nr_rows);
	free(blob);
	WORKS(ioctl(vm.keel, KEEL_RESET), "KEEL_RESET while it is measured");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "the VM runs");
}

/* ---- Hostile callers ---- */

/**
 * struct toggler - a thread that calls everything, in an order of its own.
 * @vm:     the VM
 * @seed:   of the order
 * @bad:    answers that were not good
 * @thread: the thread
 */
struct toggler {
	struct vm *vm;
	unsigned int seed;
	u32 bad;
	pthread_t thread;
};

static void *toggle(void *arg)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	struct toggler *t = arg;
	u32 i;

	for (i = 0; i < TOGGLES; i++) {
		if (rand_r(&t->seed) % 2)
			t->bad += set(t->vm, rand_r(&t->seed) % 3) < 0;
		else
			t->bad += !look(t->vm, seen) || !is_good(seen);
	}
	free(seen);
	return NULL;
}

static void togglers(const struct guest *guest, const char *what)
{
	struct toggler t[TOGGLERS];
	struct runner runner;
	struct vm vm;
	u32 bad = 0;
	int i;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	for (i = 0; i < TOGGLERS; i++) {
		t[i] = (struct toggler) { .vm = &vm, .seed = i };
		must(!pthread_create(&t[i].thread, NULL, toggle, &t[i]), "pthread_create");
	}
	for (i = 0; i < TOGGLERS; i++) {
		pthread_join(t[i].thread, NULL);
		bad += t[i].bad;
	}
	ok(!bad, "%s guest: %u calls of %u threads, %u bad answers", what, TOGGLES * TOGGLERS,
	   TOGGLERS, bad);
	ok(guest_progresses(&vm, 0), "%s guest: it runs on", what);
	runner_kick(&runner);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "%s guest: the VM runs afterwards", what);
}

static void in_other_process(void *arg)
{
	static struct seen seen;

	exit(!set(arg, KEEL_LATENCY_ON) && look(arg, &seen) ? 0 : 1);
}

void test_latency(void)
{
	struct vm vm;

	accesses();
	process();
	timers();
	states();
	togglers(&guest_ports, "port");
	togglers(&guest_routes, "route-changing");
	vm_start(&vm, &guest_dead);
	ok(in_child(in_other_process, &vm, 20) == 0, "another process with the VM's descriptor");
	vm_close(&vm);
}
