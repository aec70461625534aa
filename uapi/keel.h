/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Keel: a PC platform in the kernel, next to KVM. The ioctl ABI.
 *
 * KEEL_CREATE_VM on /dev/keel makes a VM on top of a fresh KVM VM; every other
 * ioctl is one of the VM's file descriptor. All structures have
 * fixed-width fields, explicit padding and the same layout for 32-bit callers.
 * Fields called "reserved" must be zero. An unknown command gives ENOTTY, a
 * known one with a bad argument EINVAL, before anything was changed.
 */
#ifndef KEEL_UAPI_H
#define KEEL_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "keel_state.h"

/** KEEL_ABI_VERSION - raised when an existing call changes its meaning. */
#define KEEL_ABI_VERSION	4

/** KEEL_IOC - the ioctl magic; unused in the kernel's ioctl-number list. */
#define KEEL_IOC		0xBE

/** KEEL_NR_GSIS - interrupt inputs of the IOAPIC (82093AA: 24 pins). */
#define KEEL_NR_GSIS		24

/** KEEL_MAX_GSIS - interrupt messages of a board: the IOAPIC's pins, then MSI-X vectors. */
#define KEEL_MAX_GSIS		256

/** KEEL_MAX_DEVICES - the most devices that one board takes. */
#define KEEL_MAX_DEVICES	64

/** KEEL_MAX_VCPUS - the most vCPUs that one VM takes. */
#define KEEL_MAX_VCPUS		64

/* Bits of keel_info.features. */
#define KEEL_FEATURE_BUS	0x1U	/* accesses answered inside KVM_RUN */

/**
 * struct keel_info - what this module is (KEEL_GET_INFO on /dev/keel).
 * @abi:      KEEL_ABI_VERSION of the module
 * @features: KEEL_FEATURE_* that are compiled in and switched on
 * @version:  the module's version, NUL-terminated
 */
struct keel_info {
	__u32 abi;
	__u32 features;
	char  version[24];
};

/* Flags of struct keel_vm_config. */
#define KEEL_VM_NO_BUS		0x1U	/* do not use the bus accelerator */

/**
 * struct keel_vm_config - a VM to be (KEEL_CREATE_VM on /dev/keel).
 * @flags:        KEEL_VM_*
 * @kvm_fd:       a KVM VM without vCPUs and without an interrupt controller;
 *                Keel gives it KVM's split one (the LAPICs in KVM, the rest in
 *                Keel) and keeps a reference to it
 * @nr_devices:   entries of @devices, 1 to KEEL_MAX_DEVICES
 * @nr_eventfds:  entries of @eventfds: KEEL_NR_GSIS and one for each MSI-X vector of the
 *                devices, or more of them; KEEL_MAX_GSIS at most
 * @devices:      user address of struct keel_device_config[@nr_devices]
 * @eventfds:     user address of __s32[@nr_eventfds]: one eventfd for each GSI, for Keel
 *                alone. They stay open while the VM lives: KVM forgets one that is closed
 * @scratch:      user address of KEEL_SCRATCH_SIZE writable bytes, 8-byte
 *                aligned, that stay mapped while the VM lives. Keel passes
 *                arguments to KVM in it; what it holds means nothing to the caller
 * @conflicts:    user address for struct keel_conflict[@nr_conflicts], or 0
 * @nr_conflicts: in: room in @conflicts; out: conflicts found (may be more)
 * @reserved:     zero
 *
 * Return: a VM file descriptor, or
 *  * EBADF      @kvm_fd or an eventfd is not open
 *  * ENOTTY     @kvm_fd is not a KVM VM
 *  * EINVAL     unknown flags, classes or values
 *  * EEXIST     two devices want the same ports, memory, line, name or PCI slot: every
 *               conflict is listed in @conflicts
 *  * ENOSPC     the devices have more vectors than there are eventfds
 *  * EBUSY      the KVM VM has vCPUs or an interrupt controller already
 *  * EDQUOT     the user has as many VMs as it may have (module parameter max_vms_per_user)
 */
struct keel_vm_config {
	__u32 flags;
	__s32 kvm_fd;
	__u32 nr_devices;
	__u32 nr_eventfds;
	__u64 devices;
	__u64 eventfds;
	__u64 scratch;
	__u64 conflicts;
	__u32 nr_conflicts;
	__u32 reserved;
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
 * @vcpu_fd:  a vCPU of the KVM VM that the VM was created on
 * @reserved: zero
 * @run:      user address where the vCPU's struct kvm_run is mapped, whole
 *
 * The 8259s' INTR is wired to the LINT0 of every vCPU: vCPUs can be added in any order.
 *
 * Return: the index to run it by, or
 *  * ENOTTY  @vcpu_fd is not a KVM vCPU
 *  * EXDEV   it belongs to another VM
 *  * EEXIST  it was added before
 *  * EFAULT  @run is not its struct kvm_run
 *  * ENOSPC  the VM has KEEL_MAX_VCPUS already
 *  * EIO     the caller is not the process that created the VM
 */
struct keel_vcpu_config {
	__s32 vcpu_fd;
	__u32 reserved;
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

/* What a guest resets the PC with: arg of KEEL_EXIT_RESET. */
#define KEEL_RESET_CF9		1	/* port 0xcf9 */
#define KEEL_RESET_ACPI		2	/* ACPI reset register */
#define KEEL_RESET_KBC		3	/* 8042 */
#define KEEL_RESET_PORT92	4	/* port 0x92 */

/**
 * struct keel_run - run a vCPU until there is an exit for the caller (KEEL_RUN).
 * @vcpu:     in: index from KEEL_ADD_VCPU
 * @reason:   out: KEEL_EXIT_*
 * @arg:      out: detail of @reason
 * @reserved: zero
 *
 * Only the process that created the KVM VM can run its vCPUs (EIO for others), one
 * thread at a time for each of them. Events that end the VM (power-off, reset, ...)
 * are reported to every vCPU that runs or is run later, until KEEL_RESET, and a full disk, until
 * KEEL_RESUME; a triple fault, to the vCPU that had it.
 *
 * Return: 0, EINTR for a signal, EBUSY if another thread runs this vCPU, or
 * what KVM_RUN gave.
 */
struct keel_run {
	__u32 vcpu;
	__u32 reason;
	__u64 arg;
	__u64 reserved[2];
};

/**
 * struct keel_console - ask for a UART's byte stream (KEEL_OPEN_CONSOLE).
 * @instance: which UART
 * @flags:    0, or O_NONBLOCK | O_CLOEXEC
 *
 * read() gives what the guest sent, in bulk; write() is received by the guest
 * and blocks while its FIFO is full; poll() reports both. What the guest sends before
 * the stream is opened for the first time is dropped, and counted.
 *
 * Return: a file descriptor, ENODEV if there is no such UART, EBUSY if its stream is
 * open already, or ENOMEM.
 */
struct keel_console {
	__u32 instance;
	__u32 flags;
};

/**
 * struct keel_stat - one counter.
 * @device: name of the device with its instance, "uart0"; "board", "line4",
 *          "INTR" (the line from the 8259s to the CPU), "console0", "vcpu0" and
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
 * @stats:    user address of struct keel_stat[@nr]
 * @nr:       in: room in @stats; out: counters of the VM (may be more than the room)
 * @reserved: zero
 */
struct keel_stats {
	__u64 stats;
	__u32 nr;
	__u32 reserved;
};

/*
 * KEEL_INSPECT gives a list of the same form: the current values of every device's registers
 * and of every line, decoded. It has no side effect on any of them.
 */

/**
 * struct keel_input - an external event at a device (KEEL_INPUT).
 * @class:    KEEL_CLASS_*
 * @instance: which one
 * @input:    a KEEL_INPUT_* of the class
 * @value:    its meaning is the input's; 0 where it has none
 *
 * Return: 0, ENODEV, EINVAL for an input that the class does not have, or EAGAIN
 * for one that the device has no room for now, or while KEEL_STATE_SET loads a state.
 */
struct keel_input {
	__u16 class;
	__u16 instance;
	__u32 input;
	__u64 value;
};

/**
 * struct keel_state - the board's state as one blob (KEEL_STATE_GET, _SET).
 * @data:     user address
 * @size:     in: room at @data (GET) or length of the blob (SET); out, GET:
 *            length of the board's state
 * @error:    out, SET: KEEL_STATE_* reason of an EINVAL
 * @record:   out, SET: index of the record that was refused
 * @reserved: zero
 *
 * Both need a paused VM (EBUSY otherwise). GET gives ENOSPC, and the size it wants,
 * if the room is too small; SET gives E2BIG for a blob over 1 MiB, and checks
 * everything before it changes anything.
 */
struct keel_state {
	__u64 data;
	__u32 size;
	__u32 error;
	__u32 record;
	__u32 reserved;
};

/** KEEL_MAX_MEMORY - the most pieces of a guest's memory. */
#define KEEL_MAX_MEMORY		64

/**
 * struct keel_memory_region - a piece of the guest's memory.
 * @addr: guest physical address
 * @size: bytes
 * @user: where the process has it mapped
 */
struct keel_memory_region {
	__u64 addr;
	__u64 size;
	__u64 user;
};

/**
 * struct keel_memory - the guest's memory that virtio devices reach (KEEL_SET_MEMORY). Each
 * buffer has to be in one piece of it.
 * @regions:  user address of struct keel_memory_region[@nr]; they do not overlap
 * @nr:       1 to KEEL_MAX_MEMORY
 * @reserved: zero
 *
 * Return: 0, EBUSY if the memory map is already set, EINVAL, EFAULT, or EIO if the caller is
 * not the process that created the VM.
 */
struct keel_memory {
	__u64 regions;
	__u32 nr;
	__u32 reserved;
};

/* How a virtio device's queues are served: keel_attach.serve. */
#define KEEL_SERVE_INLINE	0	/* by the vCPU that notifies, unless it would sleep */
#define KEEL_SERVE_WORKER	1	/* by a server */
#define KEEL_SERVE_POLL		2	/* by a server that polls the ring before it sleeps */

/** KEEL_MAX_SERVERS - numbers of servers: keel_attach.server, keel_serve.server. */
#define KEEL_MAX_SERVERS	64

/**
 * struct keel_serve - serve virtqueues in the calling thread (KEEL_SERVE).
 * @server:   serve the devices that were attached with this number; below KEEL_MAX_SERVERS
 * @flags:    zero
 * @reserved: zero
 *
 * Keel has no thread of its own that touches the process' memory or files: what a vCPU does not
 * do itself is done in here, with the calling thread's credentials, limits, priority and name.
 * Several threads may serve under one number; each takes the next piece of work. While the VM is
 * paused the thread sleeps. Without a thread in here, queues that need one stand still.
 *
 * Return: EINTR for a signal, EINVAL, or EIO if the caller is not the process that created
 * the VM. It does not return 0.
 */
struct keel_serve {
	__u32 server;
	__u32 flags;
	__u64 reserved[2];
};

/* keel_attach.flags */
#define KEEL_ATTACH_STOP_WHEN_FULL 0x1U	/* blk: KEEL_EXIT_FULL rather than an I/O error */

/** KEEL_VHOST_EVENTFDS - of two queues that vhost serves: three for each. */
#define KEEL_VHOST_EVENTFDS	6
/** KEEL_NET_PAIR_FDS - files of a network's pair of queues. */
#define KEEL_NET_PAIR_FDS	(2 + KEEL_VHOST_EVENTFDS)

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
};

/* What of a port is changed: keel_port_change.what. */
#define KEEL_PORT_FILES		0x1U	/* in, out */
#define KEEL_PORT_SIZE		0x2U	/* cols, rows */

/**
 * struct keel_port_change - change the host's end of a port (KEEL_SET_PORT).
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which console
 * @port:     number of the port
 * @what:     KEEL_PORT_*: what is changed; one or both
 * @reserved: zero
 * @to:       the new values; flags and name, which do not change, are zero, and so are
 *            fields that @what does not name
 *
 * When it returns, no thread reads from or writes to a file that was replaced.
 *
 * Return: 0; ENODEV if there is no such console or it has no back end; EBADF for a descriptor
 * that is closed, or not open for its direction; EOPNOTSUPP for another kind of file; EINVAL,
 * also for a file with the wrong flags; EINTR for a signal: the call is to be repeated; or EIO if
 * the caller is not the process that created the VM.
 */
struct keel_port_change {
	__u16 class;
	__u16 instance;
	__u32 port;
	__u32 what;
	__u32 reserved;
	struct keel_port to;
};

/**
 * struct keel_attach - give a virtio device its back end (KEEL_ATTACH).
 * @class:    KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 * @instance: which device
 * @fd:       blk: a regular file or a block device without O_APPEND, open for reading, and for
 *            writing unless the device is made with VIRTIO_BLK_F_RO. vsock: /dev/vhost-vsock, fresh
 *            from open(). rng, net, console: -1
 * @serve:    KEEL_SERVE_*; net and vsock: 0, vhost serves them
 * @flags:    KEEL_ATTACH_*
 * @id:       blk: serial number, padded with zeroes
 * @server:   number of the server (KEEL_SERVE) that does what the vCPUs do not
 * @config:   the device's configuration (VIRTIO 1.2, 5); zero beyond what its type has.
 *            vsock: the context ID, which Keel also sets in vhost. console: the size of the first
 *            port's window, as in @fds, and how many ports there are
 * @fds:      more files, user address of an s32[@nr_fds]. vsock: eventfds between Keel and
 *            vhost, three for each queue that vhost serves, signalled when: the driver notifies;
 *            vhost has used buffers; vhost finds the ring broken. No other use is allowed.
 *            net: the same for each pair of queues, behind two other files: /dev/vhost-net, fresh
 *            from open(), and /dev/net/tun, with an interface (IFF_TAP | IFF_NO_PI |
 *            IFF_VNET_HDR, and IFF_MULTI_QUEUE if there are several).
 *            console: user address of a struct keel_port[@nr_fds] instead. Others: 0
 * @nr_fds:   vsock: KEEL_VHOST_EVENTFDS; net: KEEL_NET_PAIR_FDS for each pair; console: ports;
 *            others: 0
 * @reserved2: zero
 *
 * A network device has one pair of queues, and is made without VIRTIO_NET_F_CTRL_VQ and _MQ; or
 * 2 to 8, a control queue behind them, and both of these. @config says how many. Keel sets the
 * interface's header size (TUNSETVNETHDRSZ), and its offloads as the driver wants them, and
 * detaches the queues that the driver does not (TUNSETQUEUE). A console has two queues for each
 * port and, if it is made with VIRTIO_CONSOLE_F_MULTIPORT, two more, for up to KEEL_VCON_PORTS
 * ports; without, it has one port, without a name.
 *
 * Keel keeps the numbers of all these descriptors, and no reference: it looks a descriptor up, in
 * the thread that serves, whenever it uses it. They stay open while the VM lives. A disk whose
 * descriptor is closed, or is another kind of file now, answers with I/O errors.
 *
 * Return: 0; ENODEV if there is no such device, or no back end for its type; EBUSY if it
 * has one already, or if a vhost file is in use; EBADF for a descriptor that is closed, or not
 * open for what is wanted; EOPNOTSUPP for another kind of file; EADDRINUSE for a context ID that
 * another guest has; EINVAL, also for a file with the wrong flags, and for an eventfd of vhost's
 * that is a GSI's; EFAULT; EINTR for a signal; or EIO if the caller is not the process that
 * created the VM.
 */
struct keel_attach {
	__u16 class;
	__u16 instance;
	__s32 fd;
	__u32 serve;
	__u32 flags;
	__u8  id[20];
	__u32 server;
	__u8  config[KEEL_VIRTIO_CONFIG];
	__u64 fds;
	__u32 nr_fds;
	__u32 reserved2;
};

/* On /dev/keel. Numbers 1 and 2 belong to the VFS. */
#define KEEL_GET_INFO		_IOR(KEEL_IOC, 0x10, struct keel_info)
#define KEEL_CREATE_VM		_IOWR(KEEL_IOC, 0x11, struct keel_vm_config)

/* On a VM. */
#define KEEL_ADD_VCPU		_IOW(KEEL_IOC, 0x20, struct keel_vcpu_config)
#define KEEL_RUN		_IOWR(KEEL_IOC, 0x21, struct keel_run)
#define KEEL_OPEN_CONSOLE	_IOW(KEEL_IOC, 0x22, struct keel_console)
#define KEEL_STATS		_IOWR(KEEL_IOC, 0x23, struct keel_stats)
#define KEEL_INPUT		_IOW(KEEL_IOC, 0x24, struct keel_input)
#define KEEL_PAUSE		_IO(KEEL_IOC, 0x25)	/* EIO for other processes; EINTR */
#define KEEL_RESUME		_IO(KEEL_IOC, 0x26)	/* likewise */
#define KEEL_RESET		_IO(KEEL_IOC, 0x27)	/* EBUSY unless paused; EINTR */
#define KEEL_STATE_GET		_IOWR(KEEL_IOC, 0x28, struct keel_state)
#define KEEL_STATE_SET		_IOWR(KEEL_IOC, 0x29, struct keel_state)
#define KEEL_INSPECT		_IOWR(KEEL_IOC, 0x2a, struct keel_stats)
#define KEEL_SET_MEMORY		_IOW(KEEL_IOC, 0x2b, struct keel_memory)
#define KEEL_ATTACH		_IOW(KEEL_IOC, 0x2c, struct keel_attach)
#define KEEL_SET_PORT		_IOW(KEEL_IOC, 0x2d, struct keel_port_change)
#define KEEL_SERVE		_IOW(KEEL_IOC, 0x2e, struct keel_serve)

#endif /* KEEL_UAPI_H */
