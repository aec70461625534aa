/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storm: threads that make all calls of the module at once. storm.c has the threads and their
 * calls, storm_fds.c the descriptors that they use, storm_vm.c the VMs.
 */
#ifndef STORM_H
#define STORM_H

#include "abi.h"

#define STORM_FIRST_FD	64	/* descriptors below are never closed */
#define STORM_FDS	512	/* RLIMIT_NOFILE */
#define STORM_VMS	3
#define STORM_SERVERS	4
#define STORM_BLOB	0x20000	/* more than a state has */

/**
 * struct storm_thread - one of the threads that call.
 * @thread: the thread
 * @random: state of its random numbers
 * @calls:  number of calls made
 * @vms:    number of VMs made
 * @blob:   for states
 * @cover:  kcov's list of places of the kernel, or NULL
 * @done:   the thread is finished
 */
struct storm_thread {
	pthread_t thread;
	u64 random;
	u64 calls;
	u64 vms;
	u8 *blob;
	unsigned long *cover;
	bool done;
};

/* Kinds of descriptors, as storm_fds.c makes them */
enum {
	FD_REGULAR, FD_TMPFS, FD_PIPE_READ, FD_PIPE_WRITE, FD_SOCKET, FD_DATAGRAM, FD_PTMX, FD_PTS,
	FD_EVENTFD, FD_EPOLL, FD_URING, FD_MEMFD, FD_NULL, FD_ZERO, FD_PROC, FD_LAST_PID,
	FD_SYSFS, FD_DIRECTORY, FD_PATH, FD_KVM, FD_KEEL, FD_VHOST_NET, FD_VHOST_VSOCK, FD_TAP,
	FD_TIMER, FD_INOTIFY, FD_FIFO, FD_KINDS
};

/**
 * struct storm_vm - a VM, any part of which any thread may close or unmap at any time.
 * @kvm_vm:   KVM's
 * @vcpu:     its vCPU
 * @keel:     Keel's
 * @console:  a stream of its UART
 * @eventfds: its GSIs
 * @scratch:  for Keel; stays
 * @run:      where vCPUs are mapped; stays
 */
struct storm_vm {
	int kvm_vm;
	int vcpu;
	int keel;
	int console;
	s32 eventfds[KEEL_MAX_GSIS];
	void *scratch;
	void *run;
};

extern struct storm_vm storm_vms[STORM_VMS];

/* storm.c: less than "limit"; one in "n" */
u32 storm_below(struct storm_thread *t, u32 limit);
bool storm_one_in(struct storm_thread *t, u32 n);
u64 storm_number(struct storm_thread *t);

/* Writes a byte once it has begun, and does not return. */
void storm_for_ever(u64 seed, int ready);

/* storm_fds.c */
void storm_fill_pool(struct storm_thread *t);
int storm_fd(struct storm_thread *t, unsigned int kind);	/* one of a kind, mostly */
int storm_any_fd(struct storm_thread *t);
int storm_keep(int fd);			/* the same at STORM_FIRST_FD or beyond */
void storm_use_fd(struct storm_thread *t);
void storm_trade_fds(struct storm_thread *t);
void storm_close_some(struct storm_thread *t);

/* storm_vm.c */
void storm_make_memory(void);
void storm_create_vm(struct storm_thread *t);
void storm_close_all(void);
int storm_keel(struct storm_thread *t);
void storm_attach(struct storm_thread *t);
void storm_detach(struct storm_thread *t);
void storm_plug(struct storm_thread *t);
void storm_pulse(struct storm_thread *t);
void storm_fwcfg(struct storm_thread *t);
void storm_claim(struct storm_thread *t);
void storm_set_port(struct storm_thread *t);
void storm_set_memory(struct storm_thread *t);
void storm_write_memory(struct storm_thread *t);
void storm_spoil_memory(struct storm_thread *t);
void storm_kvm(struct storm_thread *t);

#endif /* STORM_H */
