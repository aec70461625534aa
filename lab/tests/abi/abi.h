/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ABI tests: what the suites share. A suite is a function that makes VMs, makes
 * valid and invalid calls, and reports results with ok(), WORKS() and FAILS().
 */
#ifndef ABI_H
#define ABI_H

#include <errno.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "../../vmm/vmm.h"

#define MEMORY_SIZE	0x10000
#define CODE		0x1000		/* guest code, 0x100 bytes for each vCPU */
#define PROGRESS	0x3000		/* a u16 for each vCPU, which guests count up */

/* Addresses at which no device is */
#define NOWHERE		0x10ULL
#define KERNEL		0xffff888000000000ULL

/**
 * struct runner - a thread in KEEL_RUN.
 * @vm:     the VM
 * @run:    argument and answer
 * @ret:    what the ioctl returned
 * @error:  errno
 * @done:   the ioctl has returned
 * @thread: the thread
 */
struct runner {
	struct vm *vm;
	struct keel_run run;
	int ret;
	int error;
	bool done;
	pthread_t thread;
};

/**
 * struct server - a thread in KEEL_SERVE.
 * @vm:     the VM
 * @nr:     number of the server
 * @ret:    what the ioctl returned
 * @error:  errno
 * @done:   the ioctl has returned
 * @thread: the thread
 */
struct server {
	struct vm *vm;
	u32 nr;
	int ret;
	int error;
	bool done;
	pthread_t thread;
};

/**
 * struct guest - real-mode code.
 * @length: bytes of it
 * @code:   the bytes
 */
struct guest {
	u8 length;
	u8 code[48];
};

extern const struct guest guest_spin, guest_ports, guest_halt, guest_debug, guest_reset,
	guest_panic, guest_polls, guest_triple, guest_string, guest_routes, guest_hello, guest_idle;

extern bool is_root;		/* false: a user with group kvm and no capabilities */

/* abi.c */
void ok(bool good, const char *format, ...) __printf(2, 3);
void note(const char *format, ...) __printf(1, 2);
bool failed_with(long ret, int error);
void become(const char *user);

/* The call must fail with this error. */
#define FAILS(call, error, ...) ({			\
	errno = 0;					\
	ok(failed_with((call), (error)), __VA_ARGS__);	\
})

/* The call must not fail; yields its value. */
#define WORKS(call, ...) ({				\
	long ret_;					\
							\
	errno = 0;					\
	ret_ = (call);					\
	if (ret_ < 0)					\
		note("errno %d", errno);		\
	ok(ret_ >= 0, __VA_ARGS__);			\
	ret_;						\
})

/* vm.c */
void vm_prepare(struct vm *vm);
int vm_create_vcpu(struct vm *vm, const struct guest *guest);
void vm_start(struct vm *vm, const struct guest *guest);
void guest_load(struct vm *vm, unsigned int nr, const struct guest *guest);
bool guest_progresses(struct vm *vm, unsigned int nr);
bool vm_alive(struct vm *vm);
void runner_start(struct runner *runner, struct vm *vm, unsigned int nr);
bool runner_ends(struct runner *runner);
void runner_kick(struct runner *runner);
int vm_serve(struct vm *vm, u32 nr);
void server_start(struct server *server, struct vm *vm, u32 nr);
bool server_ends(struct server *server);
void server_stop(struct server *server);
void catch_signals(void);
void pause_ms(long ms);

/**
 * struct abi_command - a command, as its first version had it.
 * @name:    without KEEL_
 * @command: its number
 * @size:    bytes of its argument; 0: it has none
 */
struct abi_command {
	const char *name;
	unsigned int command;
	u16 size;
};

/* sizes.c: all of them */
extern const struct abi_command abi_commands[];
extern const unsigned int nr_abi_commands;

/* state.c: sets the length and checksum of a spoiled state */
void state_seal(void *blob, u32 size);

/* vhost.c: without the right to make interfaces, makes a network namespace to make them in */
void own_network(void);

/* services.c */
bool stats_tidy(const struct keel_stat *s, u32 nr);
bool stats_unique(const struct keel_stat *s, u32 nr);
u64 stats_value(const struct keel_stat *s, u32 nr, const char *device, const char *name);
u64 vm_value(struct vm *vm, unsigned int command, const char *device, const char *name);

/* Other processes */
int in_child(void (*function)(void *arg), void *arg, unsigned int seconds);
pid_t doomed(void (*function)(unsigned int nr, int ready), unsigned int nr);
void await_death(int ready);
bool dies_of(pid_t pid, int signal);
int open_fds(void);
struct keel_vhost_fds vhost_fds_open(void);
void vhost_fds_close(const struct keel_vhost_fds *fds);
int module_users(void);
bool module_users_become(int users);

/* Suites */
void test_device(void);
void test_sizes(void);
void test_create(void);
void test_conflicts(void);
void test_add_vcpu(void);
void test_run(void);
void test_sleep(void);
void test_console(void);
void test_stats(void);
void test_inspect(void);
void test_latency(void);
void test_police(void);
void test_input(void);
void test_pulse(void);
void test_state(void);
void test_access(void);
void test_disk(void);
void test_firmware(void);
void test_claim(void);
void test_virtio_console(void);
void test_serve(void);
void test_stuck(void);
void test_files(void);
void test_teardown(void);
void test_vhost(void);
void test_plug(void);
void test_hostile(void);
void test_window(void);
void test_work(void);
void test_still(void);
void test_fuzz(void);
void test_storm(void);
void test_kills(void);
void test_faults(void);
void test_lock(void);
void test_neighbour(void);
void test_limits(void);
void test_blobs(void);
void test_make_blob(void);

#endif /* ABI_H */
