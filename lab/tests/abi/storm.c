// SPDX-License-Identifier: GPL-2.0
/*
 * A storm: threads make all calls of the module at once, with descriptors of every kind, while
 * others close and exchange these, interrupt the threads, unmap memory and make guests notify
 * queues. It ends after STORM_SECONDS, and is seeded by STORM_SEED, both from the environment.
 *
 * In a kernel with KCOV it prints how many places of the module it has reached.
 */
#include "storm.h"

#include <fcntl.h>
#include <linux/kcov.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS		6
#define COVER_SIZE	0x4000		/* places in a call */
#define PLACES		0x100000	/* of the module, by the low bits of their address */

static struct storm_thread threads[THREADS];
static bool over;
static u8 *places;

/* ---- Random numbers: xorshift64* ---- */

static u32 next(struct storm_thread *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * 0x2545f4914f6cdd1dULL >> 32;
}

u32 storm_below(struct storm_thread *t, u32 limit)
{
	return (u64)next(t) * limit >> 32;
}

bool storm_one_in(struct storm_thread *t, u32 n)
{
	return !storm_below(t, n);
}

/* A random number, mostly an extreme one */
u64 storm_number(struct storm_thread *t)
{
	static const u64 numbers[] = {
		0, 1, 2, 3, 8, 0x40, 0xff, 0x1000, 0x5000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xffffffff, 0x100000000, ~0ULL, KERNEL, 1ULL << 63,
	};

	if (storm_below(t, 4))
		return numbers[storm_below(t, ARRAY_SIZE(numbers))];
	return (u64)next(t) << 32 | next(t);
}

/* ---- Calls ---- */

static void call_run(struct storm_thread *t)
{
	struct keel_run run = {
		.size = sizeof(run), .vcpu = storm_one_in(t, 16) ? storm_number(t) : 0,
	};

	ioctl(storm_keel(t), KEEL_RUN, &run);
}

static void call_serve(struct storm_thread *t)
{
	struct keel_serve serve = {
		.size = sizeof(serve), .server = storm_below(t, STORM_SERVERS),
	};

	if (storm_one_in(t, 16))
		serve.server = storm_number(t);
	ioctl(storm_keel(t), KEEL_SERVE, &serve);
}

static void call_control(struct storm_thread *t)
{
	static const unsigned int commands[] = {
		KEEL_PAUSE, KEEL_RESUME, KEEL_RESUME, KEEL_RESUME, KEEL_RESET,
	};

	ioctl(storm_keel(t), commands[storm_below(t, ARRAY_SIZE(commands))]);
}

static void call_pause_and_reset(struct storm_thread *t)
{
	int keel = storm_keel(t);

	ioctl(keel, KEEL_PAUSE);
	ioctl(keel, KEEL_RESET);
	ioctl(keel, KEEL_RESUME);
}

/* A state with a few bits flipped, and a valid checksum */
static void spoil_state(struct storm_thread *t, u32 size)
{
	unsigned int i, at;

	if (size <= sizeof(struct keel_state_header))
		return;
	for (i = storm_below(t, 5); i; i--) {
		at = sizeof(struct keel_state_header) +
		     storm_below(t, size - sizeof(struct keel_state_header));
		if (storm_one_in(t, 2))
			t->blob[at] = storm_number(t);
		else
			t->blob[at] ^= 1 << next(t) % 8;
	}
	state_seal(t->blob, size);
}

static void call_state(struct storm_thread *t)
{
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)t->blob, .length = STORM_BLOB,
	};
	int keel = storm_keel(t);

	ioctl(keel, KEEL_PAUSE);
	if (!ioctl(keel, KEEL_STATE_GET, &state) && state.length <= STORM_BLOB) {
		spoil_state(t, state.length);
		ioctl(keel, KEEL_STATE_SET, &state);
	}
	ioctl(keel, KEEL_RESUME);
}

/* Any access, while the VM stands still, or one to functions and what they are plugged in by */
static void call_access(struct storm_thread *t)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = storm_below(t, 4), .value = storm_number(t),
		.length = 1 << storm_below(t, 4),
	};
	bool few = storm_one_in(t, 2);
	int keel = storm_keel(t);

	if (access.flags & KEEL_ACCESS_MEMORY)
		access.addr = KEEL_PCI_ECAM + storm_below(t, few ? 0x40000 : 0x20000000);
	else
		access.addr = few ? KEEL_HOTPLUG_PORT + storm_below(t, 16) :
				    storm_below(t, 0x10000);
	ioctl(keel, KEEL_PAUSE);
	ioctl(keel, KEEL_ACCESS, &access);
	ioctl(keel, KEEL_RESUME);
}

static void call_look(struct storm_thread *t)
{
	struct keel_stats stats = { .size = sizeof(stats), .stats = (uintptr_t)t->blob,
				    .nr = STORM_BLOB / sizeof(struct keel_stat) };

	struct keel_last_exits exits = {
		.size = sizeof(exits), .vcpu = storm_below(t, 3), .exits = (uintptr_t)t->blob,
		.nr = storm_number(t) % (STORM_BLOB / sizeof(struct keel_vcpu_exit)),
	};

	ioctl(storm_keel(t), storm_below(t, 2) ? KEEL_STATS : KEEL_INSPECT, &stats);
	ioctl(storm_keel(t), KEEL_LAST_EXITS, &exits);
}

static void call_latency(struct storm_thread *t)
{
	struct keel_latency_set set = { .size = sizeof(set), .action = storm_below(t, 4) };
	struct keel_latency_get get = {
		.size = sizeof(get), .rows = (uintptr_t)t->blob,
		.nr_rows = storm_number(t) % (STORM_BLOB / sizeof(struct keel_latency_row)),
	};

	ioctl(storm_keel(t), KEEL_LATENCY_SET, &set);
	ioctl(storm_keel(t), KEEL_LATENCY_GET, &get);
}

/* Of any device, and mostly such that the VM can go on */
static void call_limit(struct storm_thread *t)
{
	struct keel_limit limit = {
		.size = sizeof(limit), .kind = storm_below(t, KEEL_NR_LIMITS + 1),
		.class = storm_below(t, KEEL_NR_CLASSES), .instance = storm_below(t, 2),
		.flags = storm_below(t, 2),
		.rate = storm_one_in(t, 2) ? 0 : storm_one_in(t, 8) ? storm_number(t) : 100000,
	};

	ioctl(storm_keel(t), KEEL_LIMIT_SET, &limit);
}

static void call_input(struct storm_thread *t)
{
	struct keel_input input = {
		.size = sizeof(input),
		.class = storm_below(t, KEEL_NR_CLASSES), .instance = storm_below(t, 3),
		.input = storm_below(t, 12), .value = storm_number(t),
	};

	ioctl(storm_keel(t), KEEL_INPUT, &input);
}

static void call_add_vcpu(struct storm_thread *t)
{
	struct keel_vcpu_config config = {
		.size = sizeof(config),
		.vcpu_fd = storm_any_fd(t), .run = (uintptr_t)storm_vms[0].run,
	};

	ioctl(storm_keel(t), KEEL_ADD_VCPU, &config);
}

/* Any command, of any descriptor, with any argument */
static void call_anything(struct storm_thread *t)
{
	const struct abi_command *c = &abi_commands[storm_below(t, nr_abi_commands)];
	unsigned int command = c->command;
	u32 *words = (u32 *)t->blob;
	unsigned int i;

	for (i = 0; i < 48; i++)
		words[i] = storm_below(t, 2) ? (u32)storm_any_fd(t) : storm_number(t);
	words[0] = storm_one_in(t, 8) ? storm_number(t) : c->size;
	if (storm_one_in(t, 16))
		command = _IOC(storm_below(t, 4), KEEL_IOC, 0x10 + storm_below(t, 0x40),
			       storm_one_in(t, 2) ? 0 : storm_below(t, 16) * 8);
	storm_keep(ioctl(storm_any_fd(t), command, t->blob));
}

static const struct {
	unsigned int weight;
	void (*call)(struct storm_thread *t);
} calls[] = {
	{ 16, storm_attach },
	{ 6, storm_detach },
	{ 8, storm_plug },
	{ 6, storm_pulse },
	{ 12, storm_set_port },
	{ 14, call_serve },
	{ 16, call_run },
	{ 16, storm_write_memory },
	{ 8, call_state },
	{ 6, call_access },
	{ 6, storm_set_memory },
	{ 6, call_control },
	{ 4, call_pause_and_reset },
	{ 6, storm_trade_fds },
	{ 6, storm_use_fd },
	{ 2, storm_spoil_memory },
	{ 3, call_look },
	{ 3, call_latency },
	{ 3, call_limit },
	{ 2, call_input },
	{ 1, call_add_vcpu },
	{ 2, storm_fwcfg },
	{ 2, storm_claim },
	{ 2, call_anything },
	{ 3, storm_kvm },
	{ 1, storm_create_vm },
};

static void call_something(struct storm_thread *t)
{
	unsigned int all = 0, i;
	s32 which;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		all += calls[i].weight;
	which = storm_below(t, all);
	for (i = 0; which >= (s32)calls[i].weight; i++)
		which -= calls[i].weight;
	calls[i].call(t);
	t->calls++;
}

/* ---- Places ---- */

static void cover_open(struct storm_thread *t)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE))
		return;
	t->cover = mmap(NULL, COVER_SIZE * sizeof(*t->cover), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);
	if (t->cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		t->cover = NULL;
}

static void cover_collect(struct storm_thread *t)
{
	unsigned long i, nr;

	if (!t->cover)
		return;
	nr = __atomic_exchange_n(&t->cover[0], 0, __ATOMIC_RELAXED);
	for (i = 1; i <= nr && i < COVER_SIZE; i++)
		places[t->cover[i] % PLACES] = 1;
}

static unsigned int cover_count(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < PLACES; i++)
		nr += places[i];
	return nr;
}

/* ---- Threads ---- */

static void *thread_main(void *arg)
{
	struct storm_thread *t = arg;

	cover_open(t);
	while (!READ_ONCE(over)) {
		call_something(t);
		cover_collect(t);
	}
	__atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static u64 from_environment(const char *name, u64 otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static void begin(u64 seed)
{
	struct rlimit files = { STORM_FDS, STORM_FDS }, size = { 1 << 20, 1 << 20 };
	unsigned int i;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_FSIZE, &size);
	places = mmap(NULL, PLACES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	storm_make_memory();
	for (i = 0; i < THREADS; i++) {
		threads[i].random = (seed + 1) * 0x9e3779b97f4a7c15ULL + i * 0x100000001b3ULL;
		threads[i].blob = mmap(NULL, STORM_BLOB, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	storm_fill_pool(&threads[0]);
	for (i = 0; i < STORM_VMS; i++)
		storm_create_vm(&threads[0]);
	for (i = 0; i < THREADS; i++)
		must(!pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]), "thread");
}

/* Interrupts one thread after another until the time is over. */
static void disturb(u64 seconds)
{
	struct timespec now, end;
	unsigned int i = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		pause_ms(1);
		pthread_kill(threads[i++ % THREADS].thread, SIGUSR1);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
}

/* A line a minute: a host that prints nothing is taken for one that hangs. */
static void disturb_aloud(u64 seconds)
{
	for (; seconds > 60; seconds -= 60) {
		disturb(60);
		note("%llu s to go", (unsigned long long)seconds - 60);
	}
	disturb(seconds);
}

/* finish: signals end every thread's calls, also those that wait */
static u64 finish(u64 *vms)
{
	u64 nr = 0;
	int i;

	WRITE_ONCE(over, true);
	for (i = 0; i < THREADS; i++) {
		while (!__atomic_load_n(&threads[i].done, __ATOMIC_ACQUIRE)) {
			pthread_kill(threads[i].thread, SIGUSR1);
			pause_ms(5);
		}
		pthread_join(threads[i].thread, NULL);
		nr += threads[i].calls;
		*vms += threads[i].vms;
	}
	return nr;
}

/* For a process that another one kills */
void storm_for_ever(u64 seed, int ready)
{
	begin(seed);
	write(ready, "r", 1);
	for (;;)
		disturb(1000);
}

static void storm(void *arg)
{
	u64 seed = *(u64 *)arg, nr, vms = 0;

	begin(seed);
	disturb_aloud(from_environment("STORM_SECONDS", 20));
	nr = finish(&vms);
	storm_close_all();
	must(vms, "a VM at least");
	note("%llu calls from seed %llu, %llu VMs, %u places", (unsigned long long)nr,
	     (unsigned long long)seed, (unsigned long long)vms, cover_count());
}

void test_storm(void)
{
	u64 seed = from_environment("STORM_SEED", 1);
	int users = module_users(), status;
	struct vm other;

	if (!is_root)
		own_network();
	vm_start(&other, &guest_debug);
	status = in_child(storm, &seed, from_environment("STORM_SECONDS", 20) * 5 + 120);
	ok(!status, "a storm (status %d)", status);
	ok(vm_alive(&other), "another VM still runs");
	ok(module_users_become(users), "no reference to the module is left");
}
