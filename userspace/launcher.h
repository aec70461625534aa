/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the launcher's files share. The life of a VM, in order:
 *
 *   options.c     command line and JSON to struct config
 *   vm.c          KVM VM, memory, Keel VM
 *   boot_linux.c  kernel, initrd, command line into memory; acpi.c: the tables
 *   vcpu.c        one thread per vCPU around KEEL_RUN; cpuid.c: what they look like
 *   console.c     the thread between the terminal and the UART
 *   run.c         starts the threads, waits for the first reason to end, stops them
 *   stats.c       the counters
 *   exit.c        the one list of exit statuses
 */
#ifndef KEEL_LAUNCHER_H
#define KEEL_LAUNCHER_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/kvm.h>

#include "../uapi/keel.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1U << (n))
#define KIB		1024ULL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define PAGE		4096ULL

static inline __u64 align_up(__u64 value, __u64 to)
{
	return (value + to - 1) / to * to;
}

/* ---- exit.c ---- */

/**
 * enum status - exit statuses. Keel's own are even: a guest's, through the
 * debug-exit port, are odd.
 */
enum status {
	STATUS_POWEROFF		= 0,
	STATUS_USAGE		= 2,
	STATUS_IMAGE		= 4,
	STATUS_NO_MODULE	= 6,
	STATUS_PERMISSION	= 8,
	STATUS_NO_KVM		= 10,
	STATUS_MEMORY		= 12,
	STATUS_RESET		= 14,
	STATUS_TRIPLE_FAULT	= 16,
	STATUS_SLEEP		= 18,
	STATUS_QUIT		= 20,
	STATUS_STRICT		= 22,
	STATUS_KVM_ERROR	= 24,
	STATUS_CONFLICT		= 26,
	STATUS_INTERNAL		= 28,
	STATUS_WRONG_FD		= 30,
	STATUS_OTHER_VM		= 32,
	STATUS_ABI		= 34,
};

void __printf(1, 2) warn_line(const char *format, ...);
void __noreturn __printf(2, 3) die(enum status status, const char *format, ...);
void exit_help(FILE *to);

/* ---- options.c ---- */

enum console_kind { CONSOLE_STDIO, CONSOLE_NONE };
enum stats_kind { STATS_NONE, STATS_TABLE, STATS_JSON };

/**
 * struct config - what the user asked for.
 * @kernel:    path of the kernel's image
 * @initrd:    path of the initial RAM disk, or NULL
 * @append:    the kernel's command line
 * @memory:    bytes
 * @cpus:      vCPUs
 * @devices:   a bit for each KEEL_CLASS_* on the board
 * @no_bus:    leave the bus accelerator off
 * @strict:    end at the first return to userspace without a good reason
 * @stats:     print counters at the end; enum stats_kind
 * @console:   enum console_kind
 * @affinity:  host CPUs for the vCPU threads, "0,2-3", or NULL
 * @rt:        real-time scheduling of the vCPU threads, "fifo:N", or NULL
 * @mlock:     lock everything into memory
 * @kvm:       path of /dev/kvm, or "fd=N"
 * @keel:      path of /dev/keel, or "fd=N"
 * @print:     print the configuration as JSON and stop
 * @dry_run:   check everything that can be checked without a VM and stop
 * @dump_acpi: folder to write the ACPI tables to, and stop; or NULL
 */
struct config {
	char *kernel;
	char *initrd;
	char *append;
	__u64 memory;
	unsigned int cpus;
	unsigned int devices;
	bool no_bus;
	bool strict;
	unsigned int stats;
	unsigned int console;
	char *affinity;
	char *rt;
	bool mlock;
	char *kvm;
	char *keel;
	bool print;
	bool dry_run;
	char *dump_acpi;
};

void options_parse(struct config *config, int argc, char **argv);
void options_help(FILE *to);
void options_print(const struct config *config);
bool config_has(const struct config *config, unsigned int class);
const char *device_name(unsigned int class);
bool parse_cpu_list(const char *list, unsigned int nth, unsigned int *cpu);
bool parse_rt(const char *rt, int *policy, int *priority);

/* ---- memory.c ---- */

/* Below 1 MiB: a PC without an option ROM. The table's area is the system ROM's. */
#define RAM_LOW_END	0xa0000ULL	/* from here to 0xc0000: no memory */
#define RAM_EBDA	0x9fc00ULL	/* a PC's firmware keeps the last KiB */
#define RAM_ROM		0xc0000ULL
#define ACPI_BASE	0xe0000ULL
#define ACPI_SIZE	0x1f000ULL	/* the last page has the reset vector */
#define RAM_HOLE	0xc0000000ULL	/* 3 GiB: from here to 4 GiB: devices */
#define RAM_HIGH	0x100000000ULL

/**
 * struct memory - the guest's RAM.
 * @base: where it is mapped: guest physical 0 up to the hole, and what is left
 *        after it, without a gap between the two
 * @size: bytes
 * @low:  bytes below the hole
 * @high: bytes from 4 GiB on
 */
struct memory {
	__u8 *base;
	__u64 size;
	__u64 low;
	__u64 high;
};

void memory_create(struct memory *memory, const struct config *config);
void memory_register(const struct memory *memory, int vm_fd);
void *memory_at(const struct memory *memory, __u64 gpa, __u64 length);

/* ---- vm.c, vcpu.c, run.c ---- */

struct vm;

/**
 * struct vcpu - one vCPU and its thread.
 * @vm:       whose
 * @id:       number, APIC id
 * @fd:       KVM's
 * @index:    Keel's
 * @run:      KVM's shared page
 * @thread:   runs it
 * @stopped:  the thread has left KEEL_RUN for good
 * @returns:  from KEEL_RUN, all causes
 * @signals:  of these, for a signal
 * @unexpected: of these, KEEL_EXIT_KVM
 */
struct vcpu {
	struct vm *vm;
	unsigned int id;
	int fd;
	__u32 index;
	struct kvm_run *run;
	pthread_t thread;
	atomic_bool stopped;
	__u64 returns;
	__u64 signals;
	__u64 unexpected;
};

/**
 * struct vm - everything about the one VM of this process.
 * @config:   the user's wishes
 * @memory:   the guest's RAM
 * @kvm:      /dev/kvm
 * @kvm_vm:   KVM's VM
 * @keel:     Keel's VM
 * @console:  stream of the first UART, or -1
 * @run_size: bytes of a struct kvm_run's mapping
 * @vcpus:    config->cpus of them
 * @gate:     the vCPU threads start together, after all could be created
 * @stop:     vCPU threads: do not enter the guest again
 * @ended:    eventfd: the outcome is known
 * @decided:  somebody has given the outcome; the first one wins
 * @status:   the outcome
 * @reason:   for the user, or empty
 */
struct vm {
	const struct config *config;
	struct memory memory;
	int kvm;
	int kvm_vm;
	int keel;
	int console;
	size_t run_size;
	struct vcpu *vcpus;
	pthread_barrier_t gate;
	atomic_bool stop;
	int ended;
	atomic_flag decided;
	int status;
	char reason[160];
};

int open_device(const char *what, const char *spec);
void vm_create(struct vm *vm, const struct config *config);
void __printf(3, 4) vm_end(struct vm *vm, int status, const char *format, ...);
int vm_run(struct vm *vm);

void vcpu_create(struct vm *vm, unsigned int id);
void vcpu_boot(struct vcpu *vcpu, __u64 entry, __u64 zero_page);
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);
void vcpu_signals(void);

void cpuid_setup(const struct vcpu *vcpu);

/* ---- boot_linux.c, acpi.c ---- */

/* Where boot_linux.c puts what the CPU needs for its first steps. */
#define BOOT_GDT	0x500ULL
#define BOOT_STACK	0x7000ULL	/* its top */
#define BOOT_ZERO_PAGE	0x7000ULL
#define BOOT_PAGES	0x9000ULL	/* six pages of page tables */
#define BOOT_CMDLINE	0x20000ULL

#define BOOT_CS		0x10
#define BOOT_DS		0x18

/**
 * struct linux_image - a kernel and its initrd, checked and placed.
 * @kernel:      the bzImage
 * @kernel_size: bytes
 * @setup_size:  bytes of its real-mode part, which is not loaded
 * @header_size: bytes of the setup header in it
 * @load:        guest physical address of the rest
 * @initrd:      or NULL
 * @initrd_size: bytes
 * @initrd_at:   guest physical address
 */
struct linux_image {
	const __u8 *kernel;
	__u64 kernel_size;
	__u64 setup_size;
	__u64 header_size;
	__u64 load;
	const __u8 *initrd;
	__u64 initrd_size;
	__u64 initrd_at;
};

void linux_open(struct linux_image *image, const struct config *config);
__u64 linux_load(const struct linux_image *image, const struct memory *memory,
		 const struct config *config, __u64 rsdp);
__u64 acpi_build(void *rom, const struct config *config);
void acpi_dump(const char *folder, const struct config *config);

/* ---- terminal.c, console.c, stats.c ---- */

/**
 * enum key_action - what the user wants of the launcher itself.
 */
enum key_action { KEY_NONE, KEY_QUIT, KEY_HELP };

/**
 * struct keys - the Ctrl-A filter.
 * @escaped: the byte before was Ctrl-A
 */
struct keys {
	bool escaped;
};

void terminal_init(void);
bool terminal_take(void);
void terminal_restore(void);
void terminal_suspend(void);
bool terminal_is_raw(void);
void terminal_write(const char *text, size_t length);
enum key_action keys_filter(struct keys *keys, const char *in, size_t *length, char *out,
			    size_t *kept);
extern const char keys_help[];

/**
 * struct console - the thread between standard input and output and a UART.
 * @vm:       ended by Ctrl-A x
 * @thread:   does it
 * @wake:     eventfd: look at the flags
 * @done:     eventfd: the thread is through
 * @drain:    no more input; write what the guest has sent, then be through
 * @abandon:  be through at once
 */
struct console {
	struct vm *vm;
	pthread_t thread;
	int wake;
	int done;
	atomic_bool drain;
	atomic_bool abandon;
};

void console_start(struct console *console, struct vm *vm);
void console_drain(struct console *console);
void console_abandon(struct console *console);
void console_join(struct console *console);

void stats_print(const struct vm *vm, enum stats_kind kind);

#endif /* KEEL_LAUNCHER_H */
