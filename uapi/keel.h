/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Keel: a PC platform in the kernel, next to KVM. The ioctl ABI.
 *
 * KEEL_CREATE_VM on /dev/keel makes a VM on top of a fresh KVM VM; every other
 * ioctl is one of the VM's file descriptor. All structures have
 * fixed-width fields, explicit padding and the same layout for 32-bit callers.
 *
 * The argument of each command begins with its size, which the caller sets to sizeof: so a command
 * can get more fields, at the end of its struct. Of a program that knows fewer of them, the others
 * are zero. A program that knows more can call this Keel as long as those are zero. Answers are
 * written as far as both know them. Documentation/abi.rst has the rules.
 *
 * Beside what each command lists, all of them return
 *  * ENOTTY  not a command of this file
 *  * EFAULT  the argument, or what it points to, is not there
 *  * EINVAL  the size is less than the command ever had, a field called "reserved" is not zero, or
 *            a flag is not known
 *  * E2BIG   the argument is longer than a page, or fields that are not known here are not zero
 *  * EINTR   a signal came while the command waited for another thread; nothing is changed, and the
 *            call can be repeated
 *  * ENOMEM  no memory
 * Errors come before anything is changed, unless a command says otherwise.
 */
#ifndef KEEL_UAPI_H
#define KEEL_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "keel_latency.h"
#include "keel_limit.h"
#include "keel_state.h"

/** KEEL_ABI_VERSION - raised when an existing call changes its meaning. */
#define KEEL_ABI_VERSION	5

/** KEEL_IOC - the ioctl magic; unused in the kernel's ioctl-number list. */
#define KEEL_IOC		0xBE

/* A command's number says what the kernel does with the argument, and not how long that is. */
#define KEEL_IO(nr)		_IOC(_IOC_NONE, KEEL_IOC, nr, 0)	/* there is no argument */
#define KEEL_IOW(nr)		_IOC(_IOC_WRITE, KEEL_IOC, nr, 0)	/* reads it */
#define KEEL_IOWR(nr)		_IOC(_IOC_READ | _IOC_WRITE, KEEL_IOC, nr, 0)	/* and answers */

/** KEEL_NR_GSIS - interrupt inputs of the IOAPIC (82093AA: 24 pins). */
#define KEEL_NR_GSIS		24

/** KEEL_MAX_GSIS - interrupt messages of a board: the IOAPIC's pins, then those of devices. */
#define KEEL_MAX_GSIS		256

/** KEEL_MAX_DEVICES - the most devices that one board takes. */
#define KEEL_MAX_DEVICES	64

/** KEEL_MAX_VCPUS - the most vCPUs that one VM takes. */
#define KEEL_MAX_VCPUS		64

/* Bits of keel_info.features. */
#define KEEL_FEATURE_BUS	0x1U	/* accesses answered inside KVM_RUN */

/**
 * struct keel_info - what this module is (KEEL_GET_INFO on /dev/keel).
 * @size:     sizeof; room for @size and @abi is enough
 * @abi:      out: KEEL_ABI_VERSION of the module
 * @features: out: KEEL_FEATURE_* that are compiled in and switched on
 * @reserved: out: zero
 * @version:  out: the module's version, NUL-terminated
 *
 * What a program has in the fields that are answers does not matter.
 */
struct keel_info {
	__u32 size;
	__u32 abi;
	__u32 features;
	__u32 reserved;
	char  version[24];
};

/* Flags of struct keel_vm_config. */
#define KEEL_VM_NO_BUS		0x1U	/* do not use the bus accelerator */
#define KEEL_VM_TELL_POLLS	0x2U	/* KEEL_RUN may return with KEEL_EXIT_POLLS */
#define KEEL_VM_TELL_WAKES	0x4U	/* KEEL_RUN waits while the guest sleeps: KEEL_EXIT_WAKE */

/**
 * struct keel_vm_config - a VM to be (KEEL_CREATE_VM on /dev/keel).
 * @size:         sizeof
 * @flags:        KEEL_VM_*
 * @kvm_fd:       a KVM VM without vCPUs and without an interrupt controller;
 *                Keel gives it KVM's split one (the LAPICs in KVM, the rest in
 *                Keel) and keeps a reference to it
 * @nr_devices:   entries of @devices, 1 to KEEL_MAX_DEVICES
 * @nr_eventfds:  entries of @eventfds: KEEL_NR_GSIS, one for each MSI-X vector of the
 *                devices and KEEL_HPET_TIMERS for an HPET, or more of them;
 *                KEEL_MAX_GSIS at most
 * @nr_conflicts: in: room in @conflicts; out: conflicts found (may be more)
 * @devices:      user address of struct keel_device_config[@nr_devices]
 * @eventfds:     user address of __s32[@nr_eventfds]: one eventfd for each GSI, for Keel
 *                alone. They stay open while the VM lives: KVM forgets one that is closed
 * @scratch:      user address of KEEL_SCRATCH_SIZE writable bytes, 8-byte
 *                aligned, that stay mapped while the VM lives. Keel passes
 *                arguments to KVM in it; what it holds means nothing to the caller
 * @conflicts:    user address for struct keel_conflict[@nr_conflicts], or 0
 *
 * Return: a VM file descriptor, or
 *  * EBADF      @kvm_fd or an eventfd is not open
 *  * ENOTTY     @kvm_fd is not a KVM VM
 *  * EINVAL     unknown classes or values
 *  * EEXIST     two devices want the same ports, memory, line, name or PCI slot: every
 *               conflict is listed in @conflicts
 *  * ENOSPC     the devices have more vectors than there are eventfds
 *  * EBUSY      the KVM VM has vCPUs or an interrupt controller already
 *  * EDQUOT     the user has as many VMs as it may have (module parameter max_vms_per_user)
 *  * EMFILE     the process, or the system (ENFILE), has no room for another descriptor
 *
 * After an error that KVM gave, the KVM VM may have its interrupt controller already.
 */
struct keel_vm_config {
	__u32 size;
	__u32 flags;
	__s32 kvm_fd;
	__u32 nr_devices;
	__u32 nr_eventfds;
	__u32 nr_conflicts;
	__u64 devices;
	__u64 eventfds;
	__u64 scratch;
	__u64 conflicts;
};

#define KEEL_SCRATCH_SIZE	16384

/* Values of keel_device_config.irq beside line numbers. */
#define KEEL_IRQ_DEFAULT	0xffffffffU	/* the line that a PC gives the chip */
#define KEEL_IRQ_NONE		0xfffffffeU	/* not connected */

/**
 * struct keel_device_config - one device of the board.
 * @class:    KEEL_CLASS_*
 * @instance: tells devices of one class apart; 0 for the first
 * @irq:      line of the device's first output, KEEL_IRQ_DEFAULT or KEEL_IRQ_NONE
 * @base:     start of the device's first region (port or guest physical
 *            address); 0: where a PC has it
 * @rtc:      for KEEL_CLASS_RTC
 * @pit:      for KEEL_CLASS_PIT
 * @uart:     for KEEL_CLASS_UART
 * @pm:       for KEEL_CLASS_PM
 * @pci:      for PCI functions that have no other choices
 * @pcitest:  for KEEL_CLASS_PCITEST
 * @virtio:   for KEEL_CLASS_VIRTIO_MMIO and KEEL_CLASS_VIRTIO_PCI
 * @hpet:     for KEEL_CLASS_HPET
 * @battery:  for KEEL_CLASS_BATTERY
 * @hotplug:  for KEEL_CLASS_HOTPLUG
 * @pcihost:  for KEEL_CLASS_PCIHOST
 * @pad:      fixes the size; bytes that the class does not use must be zero
 */
struct keel_device_config {
	__u16 class;
	__u16 instance;
	__u32 irq;
	__u64 base;
	union {
		struct keel_rtc_config  rtc;
		struct keel_pit_config  pit;
		struct keel_uart_config uart;
		struct keel_pm_config   pm;
		struct keel_pci_config  pci;
		struct keel_pcitest_config pcitest;
		struct keel_virtio_config virtio;
		struct keel_hpet_config hpet;
		struct keel_battery_config battery;
		struct keel_hotplug_config hotplug;
		struct keel_pcihost_config pcihost;
		__u8 pad[48];
	};
};

/* What two devices can both claim: keel_conflict.kind. */
#define KEEL_CONFLICT_PIO	1
#define KEEL_CONFLICT_MMIO	2
#define KEEL_CONFLICT_LINE	3
#define KEEL_CONFLICT_NAME	4	/* the same class and instance twice */
#define KEEL_CONFLICT_SLOT	5	/* PCI device number */

/**
 * struct keel_conflict - two devices that claim the same resource.
 * @kind:   KEEL_CONFLICT_*
 * @first:  index in keel_vm_config.devices of the one device
 * @second: index of the other
 * @pad:    zero
 * @start:  first port, address, line, instance or slot that both claim
 * @end:    last one
 */
struct keel_conflict {
	__u32 kind;
	__u32 first;
	__u32 second;
	__u32 pad;
	__u64 start;
	__u64 end;
};

/**
 * struct keel_vcpu_config - a vCPU to be run by Keel (KEEL_ADD_VCPU).
 * @size:    sizeof
 * @vcpu_fd: a vCPU of the KVM VM that the VM was created on
 * @run:     user address where the vCPU's struct kvm_run is mapped, whole
 *
 * The 8259s' INTR is wired to the LINT0 of every vCPU: vCPUs can be added in any order.
 *
 * Return: the index to run it by, or
 *  * EBADF   @vcpu_fd is not open
 *  * ENOTTY  @vcpu_fd is not a KVM vCPU
 *  * EXDEV   it belongs to another VM
 *  * EEXIST  it was added before
 *  * EFAULT  @run is not its struct kvm_run
 *  * ENOSPC  the VM has KEEL_MAX_VCPUS already
 *  * EIO     the caller is not the process that created the VM
 */
struct keel_vcpu_config {
	__u32 size;
	__s32 vcpu_fd;
	__u64 run;
};

/* Why KEEL_RUN came back with 0. A signal gives EINTR instead. */
#define KEEL_EXIT_POWEROFF	1	/* ACPI S5 */
#define KEEL_EXIT_RESET		2	/* the guest asked for a reset; arg: KEEL_RESET_* */
#define KEEL_EXIT_SLEEP		3	/* ACPI sleep; arg: the state, 1 to 4 */
#define KEEL_EXIT_DEBUG		4	/* debug-exit port; arg: the value written */
#define KEEL_EXIT_SHUTDOWN	5	/* triple fault */
#define KEEL_EXIT_KVM		6	/* an exit that Keel has no answer to; arg: KVM's reason */
#define KEEL_EXIT_PAUSED	7	/* KEEL_PAUSE was called; no device is touched */
#define KEEL_EXIT_FULL		8	/* no space left for a disk; arg: class << 16 | instance */
#define KEEL_EXIT_PANIC		9	/* the guest has panicked; arg: KEEL_PVPANIC_* */
#define KEEL_EXIT_POLLS		10	/* the guest polls an address; arg: it | KEEL_POLLS_* */
#define KEEL_EXIT_WAKE		11	/* the guest's sleep is over; arg: the state, 3 or 4 */
#define KEEL_EXIT_WATCHDOG	12	/* the guest's watchdog has run out */
#define KEEL_EXIT_EJECTED	13	/* PCI functions have left; arg: a bit for each slot */
#define KEEL_EXIT_LIMIT		14	/* a limit was breached; arg: see below */
#define KEEL_EXIT_MMIO		15	/* an access that the caller answers; arg: its address */
#define KEEL_EXIT_IO		16	/* the same of ports; arg: the port */

/*
 * With KEEL_VM_TELL_WAKES, KEEL_EXIT_SLEEP is reported once, to any vCPU; KEEL_RUN of all of them
 * then waits, VmTime and with it the RTC going on, until something wakes the guest. That is
 * KEEL_EXIT_WAKE, an event like KEEL_EXIT_RESET: the caller resets the board, keeps the memory, and
 * starts the boot processor at the waking vector that the guest has left in the FACS. A guest that
 * has something to wake it before it sleeps is not reported to sleep. A state that was saved
 * between the two is that of a guest that sleeps, which is reported again. KEEL_EXIT_WATCHDOG is
 * reported meanwhile; the guest sleeps on after KEEL_RESUME.
 *
 * KEEL_EXIT_POLLS comes with KEEL_VM_TELL_POLLS, once for each of the addresses that are kept:
 * after the 2^20th read of one at which no device answers. The vCPU can go on.
 *
 * KEEL_EXIT_LIMIT comes with KEEL_LIMIT_TELL, once a second at most for each limit, to any vCPU;
 * arg: its kind << 32 | class << 16 | instance. The vCPU can go on: what it has to wait it waits in
 * the next KEEL_RUN.
 *
 * KEEL_EXIT_MMIO and KEEL_EXIT_IO come with KEEL_CLAIM, for an access of this vCPU's, which is in
 * its struct kvm_run as with KVM_EXIT_MMIO (mmio) and KVM_EXIT_IO (io: all accesses of a string
 * instruction that KVM has gathered). The caller answers, for a read with data in the same place,
 * and calls KEEL_RUN again, which completes it. They come amid a pause as well: a vCPU stands still
 * when KEEL_RUN has returned with KEEL_EXIT_PAUSED.
 */
#define KEEL_POLLS_PORT		0x4000000000000000ULL
#define KEEL_POLLS_MEMORY	0x8000000000000000ULL

/* What a guest resets the PC with: arg of KEEL_EXIT_RESET. */
#define KEEL_RESET_CF9		1	/* port 0xcf9 */
#define KEEL_RESET_ACPI		2	/* ACPI reset register */
#define KEEL_RESET_KBC		3	/* 8042 */
#define KEEL_RESET_PORT92	4	/* port 0x92 */

/**
 * struct keel_run - run a vCPU until there is an exit for the caller (KEEL_RUN).
 * @size:     sizeof
 * @vcpu:     in: index from KEEL_ADD_VCPU
 * @reason:   out: KEEL_EXIT_*
 * @reserved: zero
 * @arg:      out: detail of @reason
 *
 * Only the process that created the KVM VM can run its vCPUs (EIO for others), one
 * thread at a time for each of them. Events that end the VM (power-off, reset, ...)
 * are reported to every vCPU that runs or is run later, until KEEL_RESET, and a full disk,
 * KEEL_PVPANIC_PANICKED or KEEL_EXIT_WATCHDOG, until KEEL_RESUME; a triple fault, to the vCPU that
 * had it, and KEEL_PVPANIC_CRASH_LOADED and KEEL_EXIT_EJECTED, once, to any: that guest goes on.
 *
 * Return: 0, or
 *  * EINTR   a signal
 *  * EINVAL  no such vCPU
 *  * EBUSY   another thread runs this vCPU
 *  * EIO     see above
 *  * ENOMEM  no memory for what a driver has asked for; the guest is where it was
 *  * what KVM_RUN gave
 */
struct keel_run {
	__u32 size;
	__u32 vcpu;
	__u32 reason;
	__u32 reserved;
	__u64 arg;
};

/**
 * struct keel_uart_stream - ask for a UART's byte stream (KEEL_OPEN_UART).
 * @size:     sizeof
 * @instance: which UART
 * @flags:    0, or O_NONBLOCK | O_CLOEXEC
 * @class:    0 or KEEL_CLASS_UART; KEEL_CLASS_DEBUGCON: its stream, which can only be read
 *
 * read() gives what the guest sent, in bulk; write() is received by the guest
 * and blocks while its FIFO is full; poll() reports both. A read that waits, and poll(), are told
 * of bytes at a line's end (LF), at 32768 bytes, or 1 ms after the first one, whichever is first;
 * a read that does not wait gives the bytes sent so far. What the guest sends before
 * the stream is opened for the first time is dropped, and counted. ioctl() knows TIOCOUTQ, bytes
 * that the guest's UART has not taken yet, and TIOCMGET: see KEEL_UART_TIOCM_BREAK.
 *
 * Return: a file descriptor, or
 *  * ENODEV  there is no such UART
 *  * EINVAL  a class without a stream
 *  * EBUSY   its stream is open already
 *  * EMFILE  the process, or the system (ENFILE), has no room for another descriptor
 */
struct keel_uart_stream {
	__u32 size;
	__u32 instance;
	__u32 flags;
	__u32 class;
};

/**
 * struct keel_stat - one counter.
 * @device: name of the device with its instance, "uart0"; "board", "line4",
 *          "INTR" (the line from the 8259s to the CPU), "stream0" (a UART's, and behind
 *          those a debug console's), "vcpu0" and
 *          "vm" are not devices
 * @name:   what is counted, "regs.reads", "acks"
 * @value:  how often since the VM was created
 */
struct keel_stat {
	char  device[16];
	char  name[40];
	__u64 value;
};

/**
 * struct keel_stats - every counter of the VM (KEEL_STATS).
 * @size:  sizeof
 * @nr:    in: room in @stats; out: counters of the VM (may be more than the room)
 * @stats: user address of struct keel_stat[@nr]
 */
struct keel_stats {
	__u32 size;
	__u32 nr;
	__u64 stats;
};

/**
 * struct keel_vcpu_exit - why a vCPU came out of KVM_RUN to Keel.
 * @reason: KVM_EXIT_*
 * @times:  how often in a row, with the same @addr, @length and @write
 * @addr:   port or guest physical address of KVM_EXIT_IO and _MMIO; vector of KVM_EXIT_IOAPIC_EOI
 * @value:  that was written, or that was the answer; at most 8 bytes, the last time
 * @rip:    the guest's then, if KVM had it at hand; or 0. It is that of the instruction, or after a
 *          write to memory that of the next one
 * @length: bytes of the access; 0: it was none
 * @write:  1: a write
 * @pad:    zero
 */
struct keel_vcpu_exit {
	__u32 reason;
	__u32 times;
	__u64 addr;
	__u64 value;
	__u64 rip;
	__u8  length;
	__u8  write;
	__u8  pad[6];
};

/** KEEL_LAST_EXITS_NR - the exits that Keel keeps of each vCPU: the last ones. */
#define KEEL_LAST_EXITS_NR	16

/**
 * struct keel_last_exits - what a vCPU did last (KEEL_LAST_EXITS).
 * @size:  sizeof
 * @vcpu:  index from KEEL_ADD_VCPU
 * @nr:    in: room in @exits; out: exits that are there (may be more than the room)
 * @reserved: zero
 * @exits: user address of struct keel_vcpu_exit[@nr], the last one at the end
 *
 * What the accelerator answers inside KVM_RUN is no exit. Of a vCPU that runs, the last ones may
 * be torn.
 *
 * Return: 0, or
 *  * EINVAL  no such vCPU
 */
struct keel_last_exits {
	__u32 size;
	__u32 vcpu;
	__u32 nr;
	__u32 reserved;
	__u64 exits;
};

/*
 * KEEL_INSPECT gives a list of the same form: the current values of every device's registers
 * and of every line, decoded. It has no side effect on any of them.
 */

/**
 * struct keel_input - an external event at a device (KEEL_INPUT).
 * @size:     sizeof
 * @class:    KEEL_CLASS_*
 * @instance: which one
 * @input:    a KEEL_INPUT_* of the class
 * @reserved: zero
 * @value:    its meaning is the input's; 0 where it has none
 *
 * Return: 0, or
 *  * ENODEV  there is no such device
 *  * EINVAL  its class has no such input
 *  * EAGAIN  it has no room for it now, or KEEL_STATE_SET loads a state
 */
struct keel_input {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 input;
	__u32 reserved;
	__u64 value;
};

/**
 * struct keel_state - the board's state as one blob (KEEL_STATE_GET, _SET).
 * @size:   sizeof
 * @length: in: room at @data (GET) or length of the blob (SET); out, GET:
 *          length of the board's state
 * @data:   user address
 * @error:  out, SET: KEEL_STATE_* reason of an EINVAL; 0 for other errors
 * @record: out, SET: index of the record that was refused
 *
 * SET takes what GET of this version of Keel gave, or of the one before, and checks everything
 * before it changes anything.
 *
 * Return: 0, or
 *  * EBUSY   the VM is not paused
 *  * ENOSPC  GET: the room is too small; @length says what is needed
 *  * E2BIG   SET: a blob over 1 MiB
 *  * EINVAL  SET: the blob is refused, for the reason in @error
 *  * EIO     GET: an interrupt is on its way to KVM, and the caller is not the process that created
 *            the VM
 */
struct keel_state {
	__u32 size;
	__u32 length;
	__u64 data;
	__u32 error;
	__u32 record;
};

/* Flags of struct keel_access. */
#define KEEL_ACCESS_WRITE	0x1U	/* or read */
#define KEEL_ACCESS_MEMORY	0x2U	/* or a port */

/**
 * struct keel_access - an access to the board in the place of a vCPU (KEEL_ACCESS).
 * @size:   sizeof
 * @flags:  KEEL_ACCESS_*
 * @addr:   port, or guest physical address
 * @length: bytes: 1, 2, 4 or 8; of ports not 8
 * @reserved: zero
 * @value:  of a write in, of a read out; bytes behind @length are zero on the way out
 *
 * Firmware sets a PC up before it boots; a VM that boots without one is set up by its creator,
 * with accesses as firmware would make them. The guest's RAM is not the board's: what is not a
 * device's reads as ones.
 *
 * Return: 0, or
 *  * EBUSY   the VM is not paused
 *  * EINVAL  another length, or bytes beyond the last address
 */
struct keel_access {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u32 length;
	__u32 reserved;
	__u64 value;
};

/** KEEL_MAX_MEMORY - the most pieces of a guest's memory. */
#define KEEL_MAX_MEMORY		64

/**
 * struct keel_memory_region - a piece of the guest's memory.
 * @addr: guest physical address
 * @size: bytes
 * @user: where the process has it mapped
 * @reserved: zero
 */
struct keel_memory_region {
	__u64 addr;
	__u64 size;
	__u64 user;
	__u64 reserved;
};

/**
 * struct keel_memory - the guest's memory that virtio devices reach (KEEL_SET_MEMORY). Each
 * buffer has to be in one piece of it.
 * @size:    sizeof
 * @nr:      1 to KEEL_MAX_MEMORY
 * @regions: user address of struct keel_memory_region[@nr]; they do not overlap
 *
 * Return: 0, or
 *  * EBUSY   the memory map is already set
 *  * EINVAL  regions that overlap, or that no process or guest can have
 *  * EIO     the caller is not the process that created the VM
 */
struct keel_memory {
	__u32 size;
	__u32 nr;
	__u64 regions;
};

/* How a virtio device's queues are served: field serve of KEEL_ATTACH_*. */
#define KEEL_SERVE_INLINE	0	/* by the vCPU that notifies, unless it would sleep */
#define KEEL_SERVE_WORKER	1	/* by a server */
#define KEEL_SERVE_POLL		2	/* by a server that polls the ring before it sleeps */

/** KEEL_MAX_SERVERS - numbers of servers: keel_serve.server, field server of KEEL_ATTACH_*. */
#define KEEL_MAX_SERVERS	64

/**
 * struct keel_serve - serve virtqueues in the calling thread (KEEL_SERVE).
 * @size:     sizeof
 * @server:   serve the devices that were attached with this number; below KEEL_MAX_SERVERS
 * @flags:    zero
 * @reserved: zero
 *
 * Keel has no thread of its own that touches the process' memory or files: what a vCPU does not
 * do itself is done in here, with the calling thread's credentials, limits, priority and name.
 * Several threads may serve under one number; each takes the next piece of work. While the VM is
 * paused the thread sleeps. Without a thread in here, queues that need one stand still.
 *
 * Return: not 0, but
 *  * EINTR   a signal
 *  * EINVAL  a number that no server has
 *  * EIO     the caller is not the process that created the VM
 */
struct keel_serve {
	__u32 size;
	__u32 server;
	__u32 flags;
	__u32 reserved;
};

/** KEEL_PORT_NAME - bytes of a console port's name, at the most. */
#define KEEL_PORT_NAME		32

/* Flags of struct keel_port. */
#define KEEL_PORT_DROP		0x1U	/* what its file does not take at once is lost */

/**
 * struct keel_port - the host's end of a console's port.
 * @in:    file that the guest receives from, or -1
 * @out:   file that the guest sends to, or -1: what it sends is lost
 * @cols:  width of the window in characters; 0: not known
 * @rows:  its height
 * @flags: KEEL_PORT_*
 * @name:  the port's name in the guest, padded with zeroes; none: it is a terminal
 * @reserved: zero
 *
 * Files are regular ones, pipes, sockets or terminals, without O_DIRECT; pipes and terminals are
 * open with O_NONBLOCK. Keel keeps the descriptors' numbers, and looks them up in the thread that
 * serves (KEEL_SERVE): they stay open as long as the port has them. A write to a pipe that has no
 * reader raises SIGPIPE, as write() does. @in and @out may be the same file. If both
 * are -1, the port is not connected.
 */
struct keel_port {
	__s32 in;
	__s32 out;
	__u16 cols;
	__u16 rows;
	__u32 flags;
	__u8  name[KEEL_PORT_NAME];
	__u32 reserved[4];
};

/* What of a port is changed: keel_port_change.what. */
#define KEEL_PORT_FILES		0x1U	/* in, out */
#define KEEL_PORT_SIZE		0x2U	/* cols, rows */

/**
 * struct keel_port_change - change the host's end of a port (KEEL_SET_PORT).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which console
 * @port:     number of the port
 * @what:     KEEL_PORT_*: what is changed; one or both
 * @to:       the new values; flags and name, which do not change, are zero, and so are
 *            fields that @what does not name
 *
 * When it returns, no thread reads from or writes to a file that was replaced.
 *
 * Return: 0, or
 *  * ENODEV      there is no such console, or it has no back end
 *  * EBADF       a descriptor is closed, or not open for its direction
 *  * EOPNOTSUPP  it is another kind of file
 *  * EINVAL      no such port, a field that is not zero, or a file with the wrong flags
 *  * EINTR       a signal; the call is to be repeated: one of the files may be replaced already
 *  * EIO         the caller is not the process that created the VM
 */
struct keel_port_change {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 port;
	__u32 what;
	struct keel_port to;
};

/*
 * Back ends: KEEL_ATTACH_BLK, _NET, _VSOCK, _CONSOLE and _RNG give a virtio device of that type
 * what is behind it, once for each device. Each fills the device's configuration (VIRTIO 1.2, 5).
 *
 * Keel keeps the numbers of descriptors, and no reference: it looks a descriptor up, in the thread
 * that serves, whenever it uses it. They stay open while the VM lives.
 *
 * Beside what each of them lists, all return
 *  * ENODEV  there is no such device, or it has another type
 *  * EBUSY   it has its back end already
 *  * EINVAL  a value of "serve" or "server" that there is not
 *  * EIO     the caller is not the process that created the VM
 */

/* Flags of struct keel_attach_blk. */
#define KEEL_BLK_STOP_WHEN_FULL	0x1U	/* KEEL_EXIT_FULL rather than an I/O error */

/** KEEL_BLK_SERIAL - bytes of a disk's serial number. */
#define KEEL_BLK_SERIAL		20

/**
 * struct keel_attach_blk - a disk (KEEL_ATTACH_BLK; VIRTIO 1.2, 5.2).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @server:   number of the server (KEEL_SERVE) that does what the vCPUs do not
 * @serve:    KEEL_SERVE_*
 * @flags:    KEEL_BLK_*
 * @fd:       a regular file or a block device without O_APPEND, open for reading, and for writing
 *            unless the device is made with VIRTIO_BLK_F_RO
 * @serial:   serial number, padded with zeroes
 * @block_size: bytes of a block: a power of two from 512 to 65536
 * @capacity: sectors of 512 bytes; whole blocks
 * @physical_block_exp: logarithm of how many blocks are in a physical one
 * @alignment_offset: blocks before the first one that begins a physical one
 * @min_io_size: blocks that are written at least, for speed; 0: not known
 * @opt_io_size: blocks that are best, or 0
 * @discard_alignment: sectors; what is discarded begins and ends there, for effect
 * @reserved: zero
 *
 * Keel itself has the limits of requests, and the number of queues, for the configuration. A disk
 * whose descriptor is closed, or is another kind of file now, answers with I/O errors.
 *
 * Return: 0, or
 *  * EBADF       @fd is closed, or not open for what is wanted
 *  * EOPNOTSUPP  it is another kind of file
 *  * EINVAL      it has O_APPEND, or a bad value
 */
struct keel_attach_blk {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 server;
	__u32 serve;
	__u32 flags;
	__s32 fd;
	__u8  serial[KEEL_BLK_SERIAL];
	__u32 block_size;
	__u64 capacity;
	__u8  physical_block_exp;
	__u8  alignment_offset;
	__u16 min_io_size;
	__u32 opt_io_size;
	__u32 discard_alignment;
	__u32 reserved;
};

/**
 * struct keel_vhost_fds - eventfds between Keel and the kernel's vhost, for a queue that it serves.
 * @notify: signalled when the driver notifies
 * @used:   signalled when vhost has used buffers
 * @error:  signalled when vhost finds the ring broken
 * @reserved: zero
 *
 * They are for this alone: no other queue, and no GSI, has the same ones.
 */
struct keel_vhost_fds {
	__s32 notify;
	__s32 used;
	__s32 error;
	__u32 reserved;
};

/** KEEL_NET_PAIRS - the most pairs of queues of a network device. */
#define KEEL_NET_PAIRS		8

/**
 * struct keel_net_pair - what is behind a network device's pair of queues.
 * @tap:   /dev/net/tun, with a queue of the interface: IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, and
 *         IFF_MULTI_QUEUE if the device has several pairs
 * @vhost: /dev/vhost-net, fresh from open()
 * @rx:    of the queue that receives
 * @tx:    of the queue that sends
 */
struct keel_net_pair {
	__s32 tap;
	__s32 vhost;
	struct keel_vhost_fds rx;
	struct keel_vhost_fds tx;
};

/**
 * struct keel_attach_net - a network interface (KEEL_ATTACH_NET; VIRTIO 1.2, 5.1).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @server:   number of the server (KEEL_SERVE) that does what neither vhost nor the vCPUs do
 * @nr_pairs: pairs of queues that the device has, up to KEEL_NET_PAIRS
 * @mac:      address
 * @mtu:      bytes, at least 68
 * @pairs:    user address of struct keel_net_pair[@nr_pairs]
 *
 * vhost moves the packets. A device has one pair of queues, and is made without
 * VIRTIO_NET_F_CTRL_VQ and _MQ; or several, a control queue behind them, and both of these. Keel
 * sets the interface's header size (TUNSETVNETHDRSZ), and its offloads as the driver wants them,
 * and detaches the queues that the driver does not (TUNSETQUEUE).
 *
 * Return: 0, or
 *  * EBADF       a descriptor is closed, or a tap has no suitable interface
 *  * EOPNOTSUPP  a file is of another kind
 *  * EBUSY       a vhost file has an owner
 *  * EINVAL      the device has another number of pairs, or an eventfd is a GSI's, or a bad value
 *  * what vhost's or the tap's ioctls gave
 *
 * After an error the vhost files may have an owner.
 */
struct keel_attach_net {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 server;
	__u32 nr_pairs;
	__u8  mac[6];
	__u16 mtu;
	__u64 pairs;
};

/**
 * struct keel_attach_vsock - sockets (KEEL_ATTACH_VSOCK; VIRTIO 1.2, 5.10).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @server:   number of the server (KEEL_SERVE) that does what neither vhost nor the vCPUs do
 * @vhost:    /dev/vhost-vsock, fresh from open()
 * @cid:      the guest's context ID, which Keel also sets in vhost
 * @rx:       of the queue that receives
 * @tx:       of the queue that sends
 *
 * vhost serves these queues, and Keel the one for events.
 *
 * Return: 0, or
 *  * EBADF       a descriptor is closed
 *  * EOPNOTSUPP  a file is of another kind
 *  * EBUSY       the vhost file has an owner
 *  * EADDRINUSE  another guest has that context ID
 *  * EINVAL      no guest can have it, or an eventfd is a GSI's
 *  * what vhost's ioctls gave
 *
 * After an error the vhost file may have an owner.
 */
struct keel_attach_vsock {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 server;
	__s32 vhost;
	__u64 cid;
	struct keel_vhost_fds rx;
	struct keel_vhost_fds tx;
};

/**
 * struct keel_attach_console - a console and its ports (KEEL_ATTACH_CONSOLE; VIRTIO 1.2, 5.3).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @server:   number of the server (KEEL_SERVE) that does what the vCPUs do not
 * @serve:    KEEL_SERVE_*
 * @nr_ports: ports that the device has, up to KEEL_VCON_PORTS
 * @reserved: zero
 * @ports:    user address of struct keel_port[@nr_ports]
 *
 * A console has two queues for each port and, if it is made with VIRTIO_CONSOLE_F_MULTIPORT, two
 * more; without, it has one port, without a name.
 *
 * Return: 0, or
 *  * EBADF       a descriptor is closed, or not open for its direction
 *  * EOPNOTSUPP  it is another kind of file
 *  * EINVAL      the device has another number of ports, or a bad value in one of them, or a file
 *                has the wrong flags
 */
struct keel_attach_console {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 server;
	__u32 serve;
	__u32 nr_ports;
	__u32 reserved;
	__u64 ports;
};

/**
 * struct keel_attach_rng - entropy of the kernel's (KEEL_ATTACH_RNG; VIRTIO 1.2, 5.4).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @server:   number of the server (KEEL_SERVE) that does what the vCPUs do not
 * @serve:    KEEL_SERVE_*
 *
 * Return: 0, or an error that all back ends have.
 */
struct keel_attach_rng {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u32 server;
	__u32 serve;
};

/**
 * struct keel_detach - take a virtio device's back end away (KEEL_DETACH).
 * @size:     sizeof
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @reserved: zero
 *
 * Keel does not use its files any more, and they can be closed. The device's queues stand still
 * until it gets another back end, of the same type and with the same server. The VM is paused; a
 * function that a guest is to do without is to have left its slot before (KEEL_CLASS_HOTPLUG).
 *
 * Return: 0, or
 *  * ENODEV    there is no such virtio device
 *  * EIO       the caller is not the process that created the VM
 *  * EBUSY     the VM is not paused
 *  * ENOTCONN  the device has no back end
 */
struct keel_detach {
	__u32 size;
	__u16 class;
	__u16 instance;
	__u64 reserved;
};

/**
 * struct keel_pulse - assert an interrupt line for a moment (KEEL_PULSE).
 * @size:     sizeof
 * @line:     0 to 15: ISA; 16 to 23: PCI; not 2, which is the 8259s' cascade
 * @reserved: zero
 *
 * The line is asserted beside its devices, if any, until an interrupt controller has taken the
 * request: the IOAPIC at once, if the pin is unmasked; else the 8259s, when a vCPU acknowledges it.
 * If both have it masked, nothing comes of it; if the guest masks it before it is acknowledged, the
 * request is withdrawn, and no spurious interrupt comes of that. So it is one interrupt, whether
 * the pin is edge-triggered or level-triggered: the level has gone by the time of the EOI.
 * Documentation/concepts.rst has the cases.
 *
 * Return: 0, or
 *  * EINVAL  there is no such line
 *  * EBUSY   the VM is paused
 *  * EAGAIN  the line is asserted already: by a device, or by a pulse that is not acknowledged yet;
 *            or an HPET has it for itself. A pulse would make no difference
 */
struct keel_pulse {
	__u32 size;
	__u32 line;
	__u64 reserved;
};

/**
 * struct keel_fwcfg_set - what KEEL_CLASS_FWCFG shows to the guest (KEEL_FWCFG_SET).
 * @size:   sizeof
 * @length: bytes at @items, up to KEEL_FWCFG_MAX
 * @items:  user address of a struct keel_fwcfg_items, and the bytes of its items behind it
 *
 * Replaces all items that there were. The selector and how far the guest has read stay as they
 * are, so a state that is loaded before or after goes on where it was. Bytes may belong to several
 * items. A key that is not there, and what is behind an item's end, reads as zeros.
 *
 * Return: 0, or
 *  * ENODEV  the board has no KEEL_CLASS_FWCFG
 *  * EINVAL  an entry or an item is not inside the @length bytes, or the keys do not ascend
 *  * E2BIG   @length is more than KEEL_FWCFG_MAX
 *  * EBUSY   VmTime runs: from the first KEEL_RUN on, until KEEL_PAUSE
 */
struct keel_fwcfg_set {
	__u32 size;
	__u32 length;
	__u64 items;
};

/* keel_claim.flags */
#define KEEL_CLAIM_PORTS	0x1	/* of ports, not of memory */

/**
 * struct keel_claim - memory or ports at which the caller answers (KEEL_CLAIM): flash memory in
 * KVM's slots, a device of its own.
 * @size:     sizeof
 * @flags:    zero, or KEEL_CLAIM_PORTS
 * @addr:     guest physical address, at a page's start; or a port
 * @length:   bytes, whole pages; or how many ports
 * @reserved: zero
 *
 * Accesses to memory that KVM hands out, where there is no memory slot or as writes to a read-only
 * one, are not the board's: KEEL_RUN returns with KEEL_EXIT_MMIO, and for ports with KEEL_EXIT_IO.
 * An access that begins where a device answers, as a BAR that the guest has moved there, is the
 * device's. KVM splits accesses to memory at a page's end, so none is in the range by half; an
 * access that is not all inside is the board's. KEEL_ACCESS finds nothing here. A VM has one range
 * of each, for good, which are not in its state.
 *
 * Return: 0, or
 *  * EINVAL  no bytes, no whole pages, or bytes beyond the last address; unknown flags
 *  * EBUSY   the VM has such a range already
 *  * EIO     the caller is not the process that created the VM
 */
struct keel_claim {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u64 length;
	__u64 reserved;
};

/* On /dev/keel. Numbers 1 and 2 belong to the VFS. */
#define KEEL_GET_INFO		KEEL_IOWR(0x10)	/* struct keel_info */
#define KEEL_CREATE_VM		KEEL_IOWR(0x11)	/* struct keel_vm_config */

/* On a VM. */
#define KEEL_ADD_VCPU		KEEL_IOW(0x20)	/* struct keel_vcpu_config */
#define KEEL_RUN		KEEL_IOWR(0x21)	/* struct keel_run */
#define KEEL_OPEN_UART		KEEL_IOW(0x22)	/* struct keel_uart_stream */
#define KEEL_STATS		KEEL_IOWR(0x23)	/* struct keel_stats */
#define KEEL_INPUT		KEEL_IOW(0x24)	/* struct keel_input */
#define KEEL_PAUSE		KEEL_IO(0x25)	/* EIO for other processes */
#define KEEL_RESUME		KEEL_IO(0x26)	/* likewise */
#define KEEL_RESET		KEEL_IO(0x27)	/* EBUSY unless paused */
#define KEEL_STATE_GET		KEEL_IOWR(0x28)	/* struct keel_state */
#define KEEL_STATE_SET		KEEL_IOWR(0x29)	/* struct keel_state */
#define KEEL_INSPECT		KEEL_IOWR(0x2a)	/* struct keel_stats */
#define KEEL_SET_MEMORY		KEEL_IOW(0x2b)	/* struct keel_memory */
#define KEEL_SET_PORT		KEEL_IOW(0x2d)	/* struct keel_port_change */
#define KEEL_SERVE		KEEL_IOW(0x2e)	/* struct keel_serve */
#define KEEL_ACCESS		KEEL_IOWR(0x2f)	/* struct keel_access */
#define KEEL_LAST_EXITS		KEEL_IOWR(0x38)	/* struct keel_last_exits */
#define KEEL_ATTACH_BLK		KEEL_IOW(0x30)	/* struct keel_attach_blk */
#define KEEL_ATTACH_NET		KEEL_IOW(0x31)	/* struct keel_attach_net */
#define KEEL_ATTACH_VSOCK	KEEL_IOW(0x32)	/* struct keel_attach_vsock */
#define KEEL_ATTACH_CONSOLE	KEEL_IOW(0x33)	/* struct keel_attach_console */
#define KEEL_ATTACH_RNG		KEEL_IOW(0x34)	/* struct keel_attach_rng */
#define KEEL_DETACH		KEEL_IOW(0x3a)	/* struct keel_detach */
#define KEEL_PULSE		KEEL_IOW(0x3b)	/* struct keel_pulse */
#define KEEL_LATENCY_SET	KEEL_IOW(0x3c)	/* struct keel_latency_set */
#define KEEL_LATENCY_GET	KEEL_IOWR(0x3d)	/* struct keel_latency_get */
#define KEEL_FWCFG_SET		KEEL_IOW(0x3e)	/* struct keel_fwcfg_set */
#define KEEL_LIMIT_SET		KEEL_IOW(0x40)	/* struct keel_limit */
#define KEEL_CLAIM		KEEL_IOW(0x41)	/* struct keel_claim */

#endif /* KEEL_UAPI_H */
