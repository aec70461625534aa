/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the launcher's files share. The life of a VM, in order:
 *
 *   config/       command line and JSON to struct config
 *   vm.c          KVM VM, memory, Keel VM
 *   boot.c        kernel, modules, command line into memory, by the loader that knows
 *                 the format: boot_*.c, elf.c; image.c: the files; acpi.c: the tables
 *   vcpu.c        one thread per vCPU around KEEL_RUN; cpuid.c: what they look like
 *   server.c      the threads around KEEL_SERVE, in which Keel serves virtio devices;
 *                 thread.c: what they and the vCPUs' have in common
 *   console.c     the thread between the terminal and the UART
 *   serial.c      the serial ports; serial_port.c: those that are not the console
 *   port.c        the ports of the virtio console, whose bytes Keel itself moves
 *   end.c         what is at our end of either
 *   virtio.c      virtio devices: what they are, and what is behind them; disk.c: disks;
 *                 vhost.c: network and sockets, which the host's kernel serves
 *   input.c       the thread between a FIFO and the guest's keyboard and mouse;
 *                 input_line.c: what the lines mean
 *   run.c         starts the threads, waits for the first reason to end, stops them
 *   stats.c       the counters; inspect.c: what the devices are at the moment
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
	STATUS_DISK		= 36,
};

void __printf(1, 2) warn_line(const char *format, ...);
void __noreturn __printf(2, 3) die(enum status status, const char *format, ...);
void exit_help(FILE *to);

/* ---- options.c ---- */

enum console_kind { CONSOLE_STDIO, CONSOLE_NONE };
enum on_reset { ON_RESET_EXIT, ON_RESET_RESTART };
enum stats_kind { STATS_NONE, STATS_TABLE, STATS_JSON };
enum rtc_resume { RTC_RESUME_KEEP, RTC_RESUME_WALL };

#define MODULES_MAX	16

/**
 * struct text_list - values of an option that may be given again.
 * @nr:   of them
 * @text: the values
 */
struct text_list {
	unsigned int nr;
	char *text[MODULES_MAX];
};

/**
 * struct config - what the user asked for.
 * @kernel:    path of the kernel's image
 * @initrd:    path of the initial RAM disk, or NULL
 * @modules:   more files for the kernel, "FILE" or "FILE=COMMAND LINE"
 * @append:    the kernel's command line, or NULL for what suits the kernel
 * @memory:    bytes
 * @cpus:      vCPUs
 * @devices:   a bit for each KEEL_CLASS_* on the board
 * @no_bus:    leave the bus accelerator off
 * @strict:    end at the first return to userspace without a good reason
 * @stats:     print counters at the end; enum stats_kind
 * @console:   enum console_kind
 * @serials:   serial ports, see serial.c; none: COM1
 * @disks:     see virtio.c
 * @rng:       an entropy device
 * @nets:      see vhost.c
 * @vsock:     the guest's context ID, or NULL
 * @ports:     of the virtio console, see port.c
 * @virtio_cmdline: the command line tells of virtio devices over MMIO, and ACPI does not
 * @console_log: file for what the console prints, with times, or NULL
 * @input:     FIFO of keyboard and mouse events, or "fd=N", or NULL
 * @pit_ticks: KEEL_PIT_COALESCE or KEEL_PIT_REINJECT
 * @rtc:       what the RTC starts with, see clock.c, or NULL
 * @rtc_resume: what it goes on with; enum rtc_resume
 * @affinity:  host CPUs for the vCPU threads, "0,2-3", or NULL
 * @rt:        real-time scheduling of the vCPU threads, "fifo:N", or NULL
 * @mlock:     lock everything into memory
 * @kvm:       path of /dev/kvm, or "fd=N"
 * @keel:      path of /dev/keel, or "fd=N"
 * @control:   path of the control socket, or NULL
 * @on_reset:  enum on_reset
 * @restore:   snapshot to go on from, or NULL
 * @print:     print the configuration as JSON and stop
 * @dry_run:   check everything that can be checked without a VM and stop
 * @dump_acpi: folder to write the ACPI tables to, and stop; or NULL
 */
struct config {
	char *kernel;
	char *initrd;
	struct text_list modules;
	char *append;
	__u64 memory;
	unsigned int cpus;
	unsigned int devices;
	bool no_bus;
	bool strict;
	unsigned int stats;
	unsigned int console;
	struct text_list serials;
	struct text_list disks;
	bool rng;
	struct text_list nets;
	char *vsock;
	struct text_list ports;
	bool virtio_cmdline;
	char *console_log;
	char *input;
	unsigned int pit_ticks;
	char *rtc;
	unsigned int rtc_resume;
	char *affinity;
	char *rt;
	bool mlock;
	char *kvm;
	char *keel;
	char *control;
	unsigned int on_reset;
	char *restore;
	bool print;
	bool dry_run;
	char *dump_acpi;
};

/* ---- end.c ---- */

enum end_to { END_STDIO, END_NONE, END_PTY, END_FILE, END_FD, END_SOCKET };

/**
 * struct end - what a port is connected to.
 * @to:   which kind
 * @fd:   of END_FD
 * @path: of END_FILE and END_SOCKET
 */
struct end {
	enum end_to to;
	int fd;
	char path[512];
};

bool end_parse(const char *text, struct end *end);
void end_open(const struct end *end, const char *option, const char *name, bool restored,
	      int *in, int *out);
int end_no_wait(const char *option, int fd, int mode);

/* ---- serial.c, serial_port.c, console_log.c ---- */

#define SERIAL_MAX	8

/**
 * struct serial - a serial port.
 * @base:   first port, or guest physical address
 * @stride: 0: ports; else bytes from register to register
 * @irq:    line, or KEEL_IRQ_NONE
 * @rate:   most bytes a second, or 0
 * @drop:   rather than make the guest wait
 * @patience_given: @drop is the user's choice
 * @end_given: so is @end
 * @end:    what it is connected to
 */
struct serial {
	__u64 base;
	__u32 stride;
	__u32 irq;
	__u32 rate;
	bool drop;
	bool patience_given;
	bool end_given;
	struct end end;
};

/* The most that Keel holds for a guest, and the most that is kept of a port's input. */
#define GIVEN_SIZE	4096
#define UNREAD_MAX	(64 * KIB)
/* Beside the serial ports' there is that of the virtio console's port on standard input. */
#define UNREAD_PORT	SERIAL_MAX
#define UNREAD_NR	(SERIAL_MAX + 1)

/**
 * struct given - the bytes that a UART's stream took last.
 * @data: a ring
 * @nr:   how many it took in all
 */
struct given {
	char data[GIVEN_SIZE];
	size_t nr;
};

/**
 * struct unread - input that a guest has not read.
 * @bytes: them, or NULL
 * @size:  how many, UNREAD_MAX at most
 */
struct unread {
	char *bytes;
	size_t size;
};

/* ---- given.c ---- */

ssize_t given_write(struct given *given, int stream, const char *data, size_t size);
const char *given_unread(const struct given *given, int stream, const char *rest, size_t size,
			 struct unread *unread);
size_t unread_take(const struct unread *unread, char *buffer);
void unread_free(struct unread unread[UNREAD_NR]);

struct vm;

bool serial_valid(const char *text);
unsigned int serial_list(const struct config *config, struct serial list[SERIAL_MAX]);
int serial_stdio(const struct config *config);
unsigned int serial_devices(const struct config *config, struct keel_device_config *devices);
bool serial_is_com1(const struct serial *serial);
void serial_start(const struct vm *vm);
void serial_stop(void);
void serial_hold(void);
const char *serial_flush(void);
const char *serial_unread(struct unread unread[UNREAD_NR]);
void serial_release(void);
void console_log_open(const char *path);
void console_log_add(const char *data, size_t length);

/* ---- virtio.c ---- */

#define VIRTIO_MAX	(2 * MODULES_MAX + 3)
#define VIRTIO_BASE	0xfeb00000ULL	/* where virtio devices over MMIO are, ... */
#define VIRTIO_STEP	0x1000ULL	/* ... and how far apart */

enum transport { TRANSPORT_ANY, TRANSPORT_PCI, TRANSPORT_MMIO };

#define FORWARDS_MAX	16
#define USERNET_MTU	1500	/* an interface's, if nobody says anything else */

/**
 * struct forward - a port of the host's that is the guest's.
 * @udp:   or TCP
 * @host:  port at the host's 127.0.0.1
 * @guest: port in the guest
 */
struct forward {
	bool udp;
	__u16 host;
	__u16 guest;
};

/**
 * struct virtio - a virtio device.
 * @type:   KEEL_VIRTIO_*
 * @queues: how many
 * @transport: TRANSPORT_PCI or TRANSPORT_MMIO, once the list is complete
 * @slot:   over PCI: device number
 * @base:   over MMIO: guest physical address
 * @irq:    over MMIO: line; else KEEL_IRQ_DEFAULT
 * @serve:  KEEL_SERVE_*
 * @split:  split rings alone, whatever the driver could do
 * @read_only: of a disk
 * @direct: of a disk: past the host's page cache
 * @unlocked: of a disk: others may have it as well
 * @raw:    of a disk: it is raw, whatever it looks like
 * @stop_when_full: of a disk: pause the VM when there is no space for what it writes
 * @block_size: of a disk: bytes; 0: what is behind it has
 * @id:     of a disk: serial number, padded with zeroes
 * @path:   of a disk: file, block device, or "fd=N"; of a network device: "tap=NAME", "fd=N",
 *          "user"
 * @pairs:  of a network device: pairs of queues
 * @forwards: of a user's own network: ports
 * @nr_forwards: how many
 * @mac:    of a network device; zero: to be made up
 * @cid:    of a socket device: context ID
 */
struct virtio {
	__u16 type;
	unsigned int queues;
	unsigned int pairs;
	enum transport transport;
	__u8 slot;
	__u64 base;
	__u32 irq;
	__u32 serve;
	bool split;
	bool read_only;
	bool direct;
	bool unlocked;
	bool raw;
	bool stop_when_full;
	__u32 block_size;
	char id[20];
	char path[512];
	__u8 mac[6];
	struct forward forwards[FORWARDS_MAX];
	unsigned int nr_forwards;
	__u64 cid;
};

bool forward_parse(const char *text, struct forward *forward);
int usernet_open(const struct forward *forwards, unsigned int nr);
bool transport_parse(const char *text, enum transport *transport);
bool serve_parse(const char *text, __u32 *serve);
__u16 virtio_class(const struct virtio *device);
unsigned int virtio_list(const struct config *config, struct virtio list[VIRTIO_MAX]);
const char *virtio_cmdline(const struct config *config, const char *text);
unsigned int virtio_devices(const struct config *config, struct keel_device_config *devices);
void virtio_attach(struct vm *vm);

/* ---- disk.c ---- */

/**
 * struct disk_told - what a guest was told of a disk. A record of a snapshot as it is.
 * @capacity:   sectors of 512 bytes
 * @block_size: bytes
 * @read_only:  1, or 0
 */
struct disk_told {
	__u64 capacity;
	__u32 block_size;
	__u32 read_only;
};

/**
 * struct disk - a disk that Keel has.
 * @fd:   what is behind it
 * @told: what its guest knows
 */
struct disk {
	int fd;
	struct disk_told told;
};

bool disk_valid(const char *text);
bool disk_parse(const char *text, struct virtio *disk);
void disk_attach(struct vm *vm, const struct virtio *asked, struct keel_attach *request);
void disk_restored(const struct vm *vm, unsigned int nr, const struct disk_told *before);

/* ---- port.c ---- */

/**
 * struct port - a port of the virtio console.
 * @end:  what it is connected to
 * @name: what the guest finds it by; empty: it is a terminal
 * @drop: rather than make the guest wait
 * @transport: of the console
 * @split: the console's rings
 * @serve: KEEL_SERVE_*, of the console
 */
struct port {
	struct end end;
	char name[KEEL_PORT_NAME + 1];
	bool drop;
	enum transport transport;
	bool split;
	__u32 serve;
};

bool port_valid(const char *text);
unsigned int port_list(const struct config *config, struct port list[KEEL_VCON_PORTS]);
bool port_stdio(const struct config *config);
void port_console(const struct config *config, struct virtio *console);
void port_attach(struct vm *vm, struct keel_attach *request);
void port_start(const struct vm *vm);
void port_resized(const struct vm *vm);
void port_stop(const struct vm *vm, bool hurry);

/* ---- vhost.c ---- */

bool net_valid(const char *text);
bool net_parse(const char *text, struct virtio *net);
bool vsock_valid(const char *text);
bool vsock_parse(const char *text, struct virtio *vsock);
void vhost_attach(const struct vm *vm, const struct virtio *device, struct keel_attach *request);

/* ---- clock.c ---- */

bool clock_valid(const char *text);
bool clock_is_hosts(const struct config *config);
void clock_set(const struct vm *vm);

/* ---- pci.c ---- */

#define PCI_MAX		KEEL_PCI_NR_SLOTS

unsigned int pci_isa_irq(const struct config *config);
unsigned int pci_devices(const struct config *config, struct keel_device_config *devices);
unsigned int pci_vectors(const struct keel_device_config *devices, unsigned int nr);

/* ---- input.c ---- */

void input_help(FILE *to);
void input_start(const struct vm *vm);
void input_hold(void);
void input_release(void);
void input_stop(void);

void options_parse(struct config *config, int argc, char **argv);
void options_help(FILE *to);
void options_print(const struct config *config);
char *options_text(const struct config *config);
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
void memory_tell(const struct memory *memory, int keel);
void *memory_at(const struct memory *memory, __u64 gpa, __u64 length);

/* ---- thread.c, server.c ---- */

/**
 * struct thread - a thread that is in an ioctl of Keel's.
 * @id:   it
 * @left: it does not enter the ioctl again
 */
struct thread {
	pthread_t id;
	atomic_bool left;
};

void thread_signals(void);
int thread_start(struct thread *thread, const pthread_attr_t *attr, const char *name,
		 void *(*function)(void *arg), void *arg);
void thread_leaves(struct thread *thread);
void thread_stop(struct thread *thread);
void servers_start(struct vm *vm);
void servers_stop(void);

/* ---- vm.c, vcpu.c, run.c ---- */

/**
 * struct vcpu - one vCPU and its thread.
 * @vm:       whose
 * @id:       number, APIC id
 * @fd:       KVM's
 * @index:    Keel's
 * @run:      KVM's shared page
 * @thread:   runs it
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
	struct thread thread;
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
 * @console:  stream of the UART that is connected to standard input and output, or a pipe to
 *            the virtio console's port that is, or -1
 * @pipe:     that pipe's other end, which Keel reads; or -1
 * @run_size: bytes of a struct kvm_run's mapping
 * @vcpus:    config->cpus of them
 * @gate:     the vCPU threads start together, after all could be created
 * @stop:     vCPU threads: do not enter the guest again
 * @ended:    eventfd: the outcome is known, or the guest wants a reset
 * @over:     the outcome is there to be read
 * @decided:  somebody has given the outcome; the first one wins
 * @status:   the outcome
 * @reason:   for the user, or empty
 * @eventfds: KVM's irqfds
 * @nr_eventfds: how many
 * @life:     pause, reset and the like
 * @pump:     the console's thread
 * @control:  the control socket's thread, or NULL
 * @unread:   what a restored guest's ports are to receive first
 * @disks:    in the order of --disk; a disk's place is its device's instance as well
 * @nr_disks: that Keel has
 */
struct vm {
	const struct config *config;
	struct memory memory;
	int kvm;
	int kvm_vm;
	int keel;
	int console;
	int pipe;
	size_t run_size;
	struct vcpu *vcpus;
	pthread_barrier_t gate;
	atomic_bool stop;
	int ended;
	atomic_flag decided;
	atomic_bool over;
	int status;
	char reason[160];
	__s32 eventfds[KEEL_MAX_GSIS];
	unsigned int nr_eventfds;
	struct lifecycle *life;
	struct console *pump;
	struct control *control;
	struct unread unread[UNREAD_NR];
	struct disk disks[MODULES_MAX];
	unsigned int nr_disks;
};

int open_device(const char *what, const char *spec);
void vm_create(struct vm *vm, const struct config *config);
void __printf(3, 4) vm_end(struct vm *vm, int status, const char *format, ...);
int vm_run(struct vm *vm);

void vcpu_create(struct vm *vm, unsigned int id);
struct boot_entry;
void vcpu_boot(struct vcpu *vcpu, const struct boot_entry *entry);
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);

void cpuid_setup(const struct vcpu *vcpu);

/* ---- image.c ---- */

/**
 * struct image - a file that the user gave, mapped.
 * @what: "kernel", for messages
 * @path: where it is
 * @data: its bytes
 * @size: how many
 */
struct image {
	const char *what;
	const char *path;
	const __u8 *data;
	__u64 size;
};

void image_map(struct image *image, const char *what, const char *path);
void __noreturn __printf(3, 4) image_bad(const struct image *image, enum status status,
					 const char *format, ...);
bool image_is(const struct image *image, __u64 offset, const void *bytes, __u64 length);
bool image_copy(const struct image *image, __u64 offset, void *to, __u64 length);
const char *image_guess(const struct image *image);

/* ---- boot.c, boot_*.c, elf.c ---- */

/* Where loaders put what is not the kernel's own; see boot.c. */
#define BOOT_GDT	0x500ULL
#define BOOT_STACK	0x7000ULL	/* its top */
#define BOOT_ZERO_PAGE	0x7000ULL
#define BOOT_INFO	0x8000ULL	/* a page */
#define BOOT_PAGES	0x9000ULL	/* six pages of page tables */
#define BOOT_CMDLINE	0x20000ULL
#define BOOT_END	0x30000ULL	/* kernels may be from here on */

#define BOOT_CS		0x10
#define BOOT_DS		0x18

#define BOOT_RANGES	6
#define BOOT_MODULES	(MODULES_MAX + 1)
#define ELF_SEGMENTS	32

/**
 * struct elf_segment - a piece of a kernel.
 * @nr:      its number in the file
 * @offset:  where it is in the file
 * @file:    bytes of it there
 * @at:      guest physical address
 * @size:    bytes there; what the file does not have is zero
 * @virtual: address that the kernel itself knows it by
 */
struct elf_segment {
	unsigned int nr;
	__u64 offset;
	__u64 file;
	__u64 at;
	__u64 size;
	__u64 virtual;
};

/**
 * struct elf - an ELF image, checked.
 * @wide:     64 bit
 * @nr:       entries of @segments
 * @segments: what is to be loaded
 * @entry:    as the file has it
 * @end:      first address behind the segments that are below 4 GiB
 */
struct elf {
	bool wide;
	unsigned int nr;
	struct elf_segment segments[ELF_SEGMENTS];
	__u64 entry;
	__u64 end;
};

/**
 * struct boot_module - a file for the kernel.
 * @image:      the file
 * @cmdline:    its command line
 * @at:         guest physical address
 * @cmdline_at: the command line's
 */
struct boot_module {
	struct image image;
	const char *cmdline;
	__u64 at;
	__u64 cmdline_at;
};

/**
 * struct boot_range - a range of guest physical addresses.
 * @start: first
 * @end:   first one behind it
 * @type:  as in an E820 map
 */
struct boot_range {
	__u64 start;
	__u64 end;
	__u32 type;
};

/**
 * struct boot_entry - the boot processor's first state.
 * @long_mode: 64 bit with paging; otherwise 32-bit protected mode without
 * @rip:       first instruction
 * @rsp:       a stack, or 0
 * @rax:       what the protocol has there, like the other registers
 * @rbx:       see @rax
 * @rsi:       see @rax
 * @rdi:       see @rax
 */
struct boot_entry {
	bool long_mode;
	__u64 rip;
	__u64 rsp;
	__u64 rax;
	__u64 rbx;
	__u64 rsi;
	__u64 rdi;
};

struct loader;

/**
 * struct boot - a kernel and what goes with it, checked and placed.
 * @config:     the user's wishes
 * @loader:     of the kernel's format
 * @kernel:     the file
 * @modules:    more files; the initrd is the first
 * @nr_modules: of them
 * @cmdline:    the kernel's
 * @text:       room for the command line, if it is not the user's as it is
 * @entry:      guest physical address of the first instruction
 * @elf:        the segments of ELF and multiboot images
 * @bzimage:    of a bzImage: bytes of its real-mode part, which is not loaded, and of
 *              the header in it, and where the rest goes
 */
struct boot {
	const struct config *config;
	const struct loader *loader;
	struct image kernel;
	struct boot_module modules[BOOT_MODULES];
	unsigned int nr_modules;
	const char *cmdline;
	char text[8192];
	__u64 entry;
	struct elf elf;
	struct {
		__u64 setup;
		__u64 header;
		__u64 load;
	} bzimage;
};

/**
 * struct loader - a format of kernels.
 * @name:  for people
 * @probe: is the file one? Looks at as little as tells it
 * @place: check all of it, and find places; dies with a reason if it cannot be booted
 * @load:  copy it to its place; the entry is all zero before
 */
struct loader {
	const char *name;
	bool (*probe)(const struct image *kernel);
	void (*place)(struct boot *boot);
	void (*load)(const struct boot *boot, const struct memory *memory, __u64 rsdp,
		     struct boot_entry *entry);
};

extern const struct loader loader_linux;
extern const struct loader loader_multiboot;
extern const struct loader loader_pvh;
extern const struct loader loader_elf64;

void boot_open(struct boot *boot, const struct config *config);
void boot_place(struct boot *boot);
void boot_load(const struct boot *boot, const struct memory *memory, __u64 rsdp,
	       struct boot_entry *entry);
__u64 boot_low_end(const struct boot *boot);
void boot_check_room(const struct boot *boot, const char *part, unsigned int nr, __u64 at,
		     __u64 size);
void boot_place_modules(struct boot *boot, __u64 floor);
void boot_place_texts(struct boot *boot);
void boot_put(const struct memory *memory, __u64 at, const void *data, __u64 size);
void boot_load_modules(const struct boot *boot, const struct memory *memory);
unsigned int boot_memory_map(const struct memory *memory, struct boot_range *map);

bool elf_is(const struct image *image);
void elf_place(struct elf *elf, const struct boot *boot);
bool elf_holds(const struct elf *elf, __u64 at);
__u64 elf_entry(const struct elf *elf, const struct image *image);
void elf_load(const struct elf *elf, const struct image *image, const struct memory *memory);
bool elf_note(const struct image *image, const char *owner, __u32 type, __u64 *value);

void linux_fill_zero_page(const struct boot *boot, const struct memory *memory, __u64 rsdp);
void multiboot_explain(const struct image *kernel);
void pvh_fill_info(const struct boot *boot, const struct memory *memory, __u64 rsdp);

/* ---- acpi.c ---- */

__u64 acpi_build(void *rom, const struct config *config);
void acpi_dump(const char *folder, const struct config *config);

/* ---- terminal.c, console.c, stats.c, inspect.c ---- */

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
 * @pump:     what the thread works with
 * @lock:     for @pump, @held, @dry; the thread has it unless it waits
 * @changed:  one of them has
 * @hold:     give the guest nothing
 * @held:     the thread has seen that
 * @dry:      and there is no output left
 * @thread:   does it
 * @wake:     eventfd: look at the flags
 * @done:     eventfd: the thread is through
 * @drain:    no more input; write what the guest has sent, then be through
 * @abandon:  be through at once
 */
struct console {
	struct vm *vm;
	struct pump *pump;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_bool hold;
	bool held;
	bool dry;
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
void console_hold(struct console *console);
const char *console_flush(struct console *console);
const char *console_unread(struct console *console, struct unread unread[UNREAD_NR]);
void console_release(struct console *console);

/**
 * struct counters - a list of the module's, or a part of it.
 * @list: named values, those of a device side by side
 * @nr:   of them
 */
struct counters {
	struct keel_stat *list;
	__u32 nr;
};

bool counters_read(struct counters *c, const struct vm *vm, unsigned int which, __u32 extra);
void counters_print_json(const struct counters *c, FILE *to);
bool is_line(const struct keel_stat *s);
void stats_print(const struct vm *vm, enum stats_kind kind);
char *stats_text(const struct vm *vm, enum stats_kind kind);
const char *inspect_text(const struct vm *vm, enum stats_kind kind, const char *device,
			 char **text);

#endif /* KEEL_LAUNCHER_H */
