// SPDX-License-Identifier: GPL-2.0
/* VMs for the ABI tests, the guest code that runs in them, and threads that run it. */
#include "abi.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Guests. Each vCPU has code at CODE + 0x100 * nr, its own 2 bytes of progress at DS:0,
 * ES at the IOAPIC, interrupts off.
 */
#define COUNT	0xff, 0x06, 0x00, 0x00			/* inc word [0] */

/* 1: inc word [0]; jmp 1b */
const struct guest guest_spin = { 6, { COUNT, 0xeb, 0xfa } };

/* 1: inc word [0]; in al, 0x40; out 0x80, al; jmp 1b */
const struct guest guest_ports = { 10, { COUNT, 0xe4, 0x40, 0xe6, 0x80, 0xeb, 0xf6 } };

/* inc word [0]; 1: hlt; jmp 1b */
const struct guest guest_halt = { 7, { COUNT, 0xf4, 0xeb, 0xfd } };

/* mov dx, 0x501; mov al, 42; 1: inc word [0]; out dx, al; jmp 1b */
const struct guest guest_debug = {
	12, { 0xba, 0x01, 0x05, 0xb0, 0x2a, COUNT, 0xee, 0xeb, 0xf9 }
};

/* mov dx, 0xcf9; mov al, 6; out dx, al; 1: hlt; jmp 1b */
const struct guest guest_reset = { 9, { 0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xf4, 0xeb, 0xfd } };

/*
 * mov dx, 0x505; mov al, 2; out dx, al; mov al, 1; out dx, al; mov dx, 0x501; mov al, 42;
 * 1: inc word [0]; out dx, al; jmp 1b
 */
const struct guest guest_panic = {
	21, { 0xba, 0x05, 0x05, 0xb0, 0x02, 0xee, 0xb0, 0x01, 0xee, 0xba, 0x01, 0x05, 0xb0, 0x2a,
	      COUNT, 0xee, 0xeb, 0xf9 }
};

/* lidt [0x100], where there are zeroes; int3 */
const struct guest guest_triple = { 6, { 0x0f, 0x01, 0x1e, 0x00, 0x01, 0xcc } };

/* push ds; pop es; 1: inc word [0]; mov di, 16; mov cx, 0x80; mov dx, 0x40; rep insb; jmp 1b */
const struct guest guest_string = {
	19, { 0x1e, 0x07, COUNT, 0xbf, 0x10, 0x00, 0xb9, 0x80, 0x00, 0xba, 0x40, 0x00,
	      0xf3, 0x6c, 0xeb, 0xef }
};

/* The same with 0x3f6, where no device answers */
const struct guest guest_polls = {
	19, { 0x1e, 0x07, COUNT, 0xbf, 0x10, 0x00, 0xb9, 0x80, 0x00, 0xba, 0xf6, 0x03,
	      0xf3, 0x6c, 0xeb, 0xef }
};

/* mov dword es:[0], 0x14; 1: inc word [0]; inc eax; mov es:[0x10], eax; jmp 1b */
const struct guest guest_routes = {
	23, { 0x26, 0x66, 0xc7, 0x06, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00,
	      COUNT, 0x66, 0x40, 0x26, 0x66, 0xa3, 0x10, 0x00, 0xeb, 0xf3 }
};

/* mov dx, 0x3f8; mov al, 'K'; out dx, al; mov dx, 0x501; out dx, al; 1: hlt; jmp 1b */
const struct guest guest_hello = {
	13, { 0xba, 0xf8, 0x03, 0xb0, 0x4b, 0xee, 0xba, 0x01, 0x05, 0xee, 0xf4, 0xeb, 0xfd }
};

/* jmp . : never ends KVM_RUN */
const struct guest guest_idle = { 2, { 0xeb, 0xfe } };

/* vm_prepare: a fresh KVM VM, and a configuration with which vm_create() works */
void vm_prepare(struct vm *vm)
{
	vm_open(vm, MEMORY_SIZE);
	vm_configure(vm);
}

void guest_load(struct vm *vm, unsigned int nr, const struct guest *guest)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = CODE + 0x100 * nr, .rflags = 2 };
	struct kvm_sregs sregs;

	memcpy(vm->memory + regs.rip, guest->code, guest->length);
	must(!ioctl(vm->vcpu[nr], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.base = PROGRESS + 0x200 * nr;
	sregs.es.base = 0xfec00000;
	must(!ioctl(vm->vcpu[nr], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(!ioctl(vm->vcpu[nr], KVM_SET_REGS, &regs), "KVM_SET_REGS");
	/* Runnable without INIT and SIPI; fails if the LAPIC is not in KVM */
	ioctl(vm->vcpu[nr], KVM_SET_MP_STATE, &runnable);
}

/* vm_create_vcpu: makes KVM's vCPU only; returns its number */
int vm_create_vcpu(struct vm *vm, const struct guest *guest)
{
	unsigned int nr = vm_create_kvm_vcpu(vm);

	guest_load(vm, nr, guest);
	return nr;
}

/* vm_start: the usual VM, one vCPU with this code, ready to run */
void vm_start(struct vm *vm, const struct guest *guest)
{
	vm_prepare(vm);
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(vm, guest);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

/* vm_alive: does guest_debug still run in this VM? Closes it */
bool vm_alive(struct vm *vm)
{
	struct keel_run run;
	bool alive = !vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG && run.arg == 42;

	vm_close(vm);
	return alive;
}

void pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* guest_progresses: has the guest counted since the last call, or does it within 10 s? */
bool guest_progresses(struct vm *vm, unsigned int nr)
{
	u16 *count = (u16 *)(vm->memory + PROGRESS + 0x200 * nr);
	u16 now;
	int i;

	for (i = 0; i < 2000; i++) {
		now = __atomic_load_n(count, __ATOMIC_RELAXED);
		if (now != vm->seen[nr]) {
			vm->seen[nr] = now;
			return true;
		}
		pause_ms(5);
	}
	return false;
}

static void *runner_main(void *arg)
{
	struct runner *runner = arg;

	runner->ret = ioctl(runner->vm->keel, KEEL_RUN, &runner->run);
	runner->error = errno;
	__atomic_store_n(&runner->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void runner_start(struct runner *runner, struct vm *vm, unsigned int nr)
{
	memset(runner, 0, sizeof(*runner));
	runner->vm = vm;
	runner->run = (struct keel_run) { .size = sizeof(runner->run), .vcpu = nr };
	must(!pthread_create(&runner->thread, NULL, runner_main, runner), "pthread_create");
}

static bool is_done(const bool *done)
{
	return __atomic_load_n(done, __ATOMIC_ACQUIRE);
}

/* ends: does the thread end by itself within 10 seconds? */
static bool ends(pthread_t thread, const bool *done)
{
	int i;

	for (i = 0; i < 2000 && !is_done(done); i++)
		pause_ms(5);
	if (!is_done(done))
		return false;
	pthread_join(thread, NULL);
	return true;
}

/* kick: ends the thread by a signal, which is always possible */
static void kick(pthread_t thread, const bool *done, const char *what)
{
	int i;

	for (i = 0; i < 2000 && !is_done(done); i++) {
		pthread_kill(thread, SIGUSR1);
		pause_ms(5);
	}
	must(is_done(done), what);
	pthread_join(thread, NULL);
}

bool runner_ends(struct runner *runner)
{
	return ends(runner->thread, &runner->done);
}

void runner_kick(struct runner *runner)
{
	kick(runner->thread, &runner->done, "a signal does not end KEEL_RUN");
}

int vm_serve(struct vm *vm, u32 nr)
{
	struct keel_serve serve = { .size = sizeof(serve), .server = nr };

	return ioctl(vm->keel, KEEL_SERVE, &serve);
}

static void *server_main(void *arg)
{
	struct server *server = arg;

	server->ret = vm_serve(server->vm, server->nr);
	server->error = errno;
	__atomic_store_n(&server->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void server_start(struct server *server, struct vm *vm, u32 nr)
{
	memset(server, 0, sizeof(*server));
	server->vm = vm;
	server->nr = nr;
	must(!pthread_create(&server->thread, NULL, server_main, server), "pthread_create");
}

bool server_ends(struct server *server)
{
	return ends(server->thread, &server->done);
}

void server_stop(struct server *server)
{
	kick(server->thread, &server->done, "a signal does not end KEEL_SERVE");
}

static void nothing(int signal)
{
	(void)signal;
}

/* catch_signals: SIGUSR1 and SIGALRM interrupt system calls and do nothing else */
void catch_signals(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

/* in_child: runs the function in a process of its own; its wait status, -1 if it hung */
int in_child(void (*function)(void *arg), void *arg, unsigned int seconds)
{
	int status, i;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid) {
		function(arg);
		fflush(stdout);
		_exit(0);
	}
	for (i = 0; i < (int)seconds * 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		pause_ms(10);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/*
 * doomed: starts a process in "function", which does not return, and calls await_death() when it
 * is ready to be killed. Return: its ID, or 0 if it ended before that
 */
pid_t doomed(void (*function)(unsigned int nr, int ready), unsigned int nr)
{
	int ready[2];
	char byte;
	pid_t pid;

	must(!pipe(ready), "pipe");
	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid)
		function(nr, ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	close(ready[0]);
	return pid;
}

void await_death(int ready)
{
	must(write(ready, "r", 1) == 1, "a word to the parent");
	for (;;)
		pause();
}

/* dies_of: does this signal end the process within a generous time? */
bool dies_of(pid_t pid, int signal)
{
	int i, status;

	kill(pid, signal);
	for (i = 0; i < 6000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFSIGNALED(status) && WTERMSIG(status) == signal)
				return true;
			note("status %#x", status);
			return false;
		}
		pause_ms(5);
	}
	return false;
}

/* open_fds: number of this process's open descriptors */
int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3;		/* ., .. and dir's own */

	must(dir, "/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* module_users: the reference count that keeps keel.ko from being unloaded */
int module_users(void)
{
	FILE *file = fopen("/sys/module/keel/refcnt", "r");
	int n = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &n) != 1)
		n = -1;
	fclose(file);
	return n;
}

/* module_users_become: deferred work may release files a little later */
bool module_users_become(int users)
{
	int i;

	for (i = 0; i < 1000 && module_users() != users; i++)
		pause_ms(10);
	if (module_users() == users)
		return true;
	note("%d users of the module, wanted %d", module_users(), users);
	return false;
}
