// SPDX-License-Identifier: GPL-2.0
/*
 * Kills processes in the middle of a storm, and unloads the module right after each; and makes
 * VMs by the hundred. Needs root; the processes run as the user nobody.
 *
 * In the environment, KEEL_KO and KEEL_PARAMS are the module to load again and its parameters,
 * KILLS and CREATIONS the number of rounds.
 */
#include "storm.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VMS		64
#define KIB_OF_NOISE	4096	/* by which the kernel's free memory varies anyway */

static int from_environment(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value ? atoi(value) : otherwise;
}

/* ---- The module ---- */

static bool unload(void)
{
	return !syscall(SYS_delete_module, "keel", O_NONBLOCK);
}

/* Work that is deferred at a process's end may hold the module a little longer. */
static bool unloads(void)
{
	int i;

	for (i = 0; i < 2000; i++) {
		if (unload())
			return true;
		pause_ms(5);
	}
	note("%d users of the module, errno %d", module_users(), errno);
	return false;
}

static void load(void)
{
	const char *path = getenv("KEEL_KO"), *params = getenv("KEEL_PARAMS");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct group *kvm = getgrnam("kvm");

	must(fd >= 0, path);
	must(!syscall(SYS_finit_module, fd, params ? params : "", 0), "finit_module");
	close(fd);
	must(kvm && !chown("/dev/keel", 0, kvm->gr_gid), "/dev/keel");
}

/* ---- Kills ---- */

static void storm_in_child(unsigned int nr, int ready)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	become("nobody");
	keel_fd = open("/dev/keel", O_RDWR | O_CLOEXEC);
	must(keel_fd >= 0, "/dev/keel");
	storm_for_ever(nr, ready);
}

static const struct {
	const char *name;
	int first;	/* signal, or 0 */
	int last;	/* signal that ends the process */
} ends[] = {
	{ "SIGKILL", 0, SIGKILL },
	{ "SIGSTOP, then SIGKILL", SIGSTOP, SIGKILL },
	{ "SIGSEGV", 0, SIGSEGV },
};

static bool ends_by(pid_t pid, unsigned int nr)
{
	if (ends[nr].first) {
		kill(pid, ends[nr].first);
		pause_ms(20);
	}
	return dies_of(pid, ends[nr].last);
}

/* One round: a storm uses the module, which cannot be unloaded; it is killed; unloading works */
static bool kill_at(unsigned int nr)
{
	bool used, ended, unloaded;
	pid_t pid = doomed(storm_in_child, nr);

	must(pid, "a storm");
	pause_ms(nr * 17 % 500);
	used = !unload() && errno == EAGAIN;
	ended = ends_by(pid, nr % ARRAY_SIZE(ends));
	unloaded = unloads();
	if (unloaded)
		load();
	if (!used || !ended || !unloaded)
		note("point %u, %s: %s%s%s", nr, ends[nr % ARRAY_SIZE(ends)].name,
		     used ? "" : "unloaded under it ",
		     ended ? "" : "does not end ", unloaded ? "" : "does not unload");
	return used && ended && unloaded;
}

static void kills(void)
{
	unsigned int nr = from_environment("KILLS", 50), i, good = 0;

	close(keel_fd);
	for (i = 0; i < nr; i++)
		good += kill_at(i);
	ok(good == nr, "%u of %u storms killed: the module unloads after each, not before",
	   good, nr);
	keel_fd = open("/dev/keel", O_RDWR | O_CLOEXEC);
	must(keel_fd >= 0, "/dev/keel");
}

/* ---- Many ---- */

/* Of /proc/meminfo, in KiB */
static long memory_of(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long value = -1;

	must(file, "/proc/meminfo");
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name));
	fclose(file);
	return value;
}

static long kernel_memory(void)
{
	return memory_of("SUnreclaim:") + memory_of("VmallocUsed:") + memory_of("Percpu:") +
	       memory_of("KernelStack:");
}

static void create_some(unsigned int nr)
{
	struct vm vm;

	while (nr--) {
		vm_start(&vm, &guest_debug);
		vm_close(&vm);
	}
}

static void creations(void)
{
	int nr = from_environment("CREATIONS", 1000), users = module_users();
	long before, after;

	create_some(50);
	module_users_become(users);
	before = kernel_memory();
	create_some(nr);
	ok(module_users_become(users), "%d VMs made and ended: the module has no user left", nr);
	pause_ms(500);
	after = kernel_memory();
	note("the kernel has %ld KiB, and had %ld", after, before);
	ok(after - before < KIB_OF_NOISE, "and no memory leaks");
}

static void at_once(void)
{
	struct rlimit before, many = { 8192, 8192 };
	static struct vm vms[VMS];
	int users = module_users(), i, alive = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	must(!setrlimit(RLIMIT_NOFILE, &many), "RLIMIT_NOFILE");
	for (i = 0; i < VMS; i++)
		vm_start(&vms[i], &guest_debug);
	for (i = 0; i < VMS; i++)
		alive += vm_alive(&vms[i]);
	ok(alive == VMS, "%d VMs at once, all of which run (%d)", VMS, alive);
	ok(module_users_become(users), "no reference to the module is left");
	setrlimit(RLIMIT_NOFILE, &before);
}

void test_kills(void)
{
	must(is_root && getenv("KEEL_KO"), "root, and KEEL_KO");
	kills();
	creations();
	at_once();
}
