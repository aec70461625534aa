// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_ATTACH_NET and KEEL_ATTACH_VSOCK: what they refuse, and processes that spoil the files
 * afterwards.
 */
#include "abi.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE		0xfeb00000ULL
#define CID		77

#define ROOM		4000	/* values, in KEEL_STATS or KEEL_INSPECT */

#define NET_OFF		0x420000	/* of a network device: CTRL_VQ, MQ */

/* Status (VIRTIO 1.2, 2.1): the bits that a driver writes, and the device's own */
#define RUNS		0x0f
#define NEEDS_RESET	0x40

enum { NET = USUAL_DEVICES, VSOCK, RNG, GREEDY, PAIRS, ALL_DEVICES };

#define TAP		(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define HEADER	12	/* bytes before each packet (VIRTIO 1.2, 5.1.6) */

/* A list of writes to the device's registers, in the guest's memory */
struct write {
	u16 offset;
	u32 value;
} __packed;

#define BROKEN_ELSEWHERE	"broken.12"	/* KEEL_VIRTQ_BAD_ELSEWHERE */

/* Sets up a queue as a driver does, and notifies it */
#define DRIVER(queue) { \
	{ 0x70, 1 }, { 0x70, 3 }, { 0x24, 1 }, { 0x20, 1 }, { 0x70, 11 }, \
	{ 0x30, (queue) }, { 0x38, 8 }, { 0x80, 0x8000 }, { 0x90, 0x9000 }, { 0xa0, 0xa000 }, \
	{ 0x44, 1 }, { 0x70, RUNS }, { 0x50, (queue) }, \
}

static const struct write driver[] = DRIVER(0);
static const struct write sender[] = DRIVER(1);

static_assert(sizeof(driver) == sizeof(sender), "load_driver");

/*
 * mov si, 0x40; mov cx, [0x3e]; 1: lodsw; mov di, ax; lodsd; mov es:[di], eax; loop 1b;
 * mov eax, es:[0x70]; mov [0], eax; mov dx, 0x501; out dx, al; 2: hlt; jmp 2b
 */
static const struct guest guest_driver = {
	34, { 0xbe, 0x40, 0x00, 0x8b, 0x0e, 0x3e, 0x00, 0xad, 0x89, 0xc7, 0x66, 0xad,
	      0x26, 0x66, 0x89, 0x05, 0xe2, 0xf5, 0x26, 0x66, 0xa1, 0x70, 0x00,
	      0x66, 0xa3, 0x00, 0x00, 0xba, 0x01, 0x05, 0xee, 0xf4, 0xeb, 0xfd }
};

static struct keel_device_config device(unsigned int instance, u16 type, u64 off)
{
	return (struct keel_device_config){
		.class = KEEL_CLASS_VIRTIO_MMIO, .instance = instance, .irq = 10,
		.base = BASE + instance * 0x1000,
		.virtio = { .type = type, .features = off },
	};
}

static void start(struct vm *vm, const struct guest *guest)
{
	vm_prepare(vm);
	vm->devices[NET] = device(0, KEEL_VIRTIO_NET, NET_OFF);
	vm->devices[VSOCK] = device(1, KEEL_VIRTIO_VSOCK, 0);
	vm->devices[RNG] = device(2, KEEL_VIRTIO_RNG, 0);
	vm->devices[GREEDY] = device(3, KEEL_VIRTIO_NET, 0);
	vm->devices[PAIRS] = device(4, KEEL_VIRTIO_NET, 0);
	vm->devices[PAIRS].virtio.queues = 5;
	vm->config.nr_devices = ALL_DEVICES;
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(vm, guest);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	must(fd >= 0, path);
	return fd;
}

/* The process stays in this namespace, in which all later tests run as well. */
void own_network(void)
{
	static bool have_it;

	if (have_it)
		return;
	have_it = true;
	must(!unshare(CLONE_NEWUSER | CLONE_NEWNET), "a network of our own");
	must(!prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
}

static int open_tap(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };
	int fd = open_or_die("/dev/net/tun");

	strcpy(ifr.ifr_name, name);
	must(!ioctl(fd, TUNSETIFF, &ifr), "a tap");
	return fd;
}

/**
 * struct net - the files of a network device.
 * @pair:   they, and eventfds
 * @attach: an attachment that works
 */
struct net {
	struct keel_net_pair pair;
	struct keel_attach_net attach;
};

/* vhost_fds_open() - the eventfds of a queue that vhost serves; -1 where there can be none */
struct keel_vhost_fds vhost_fds_open(void)
{
	return (struct keel_vhost_fds) {
		.notify = eventfd(0, EFD_CLOEXEC), .used = eventfd(0, EFD_CLOEXEC),
		.error = eventfd(0, EFD_CLOEXEC),
	};
}

void vhost_fds_close(const struct keel_vhost_fds *fds)
{
	close(fds->notify);
	close(fds->used);
	close(fds->error);
}

static void net_open(struct net *net)
{
	net->pair = (struct keel_net_pair) {
		.tap = open_tap("abi%d", TAP), .vhost = open_or_die("/dev/vhost-net"),
		.rx = vhost_fds_open(), .tx = vhost_fds_open(),
	};
	net->attach = (struct keel_attach_net) {
		.size = sizeof(net->attach), .class = KEEL_CLASS_VIRTIO_MMIO, .nr_pairs = 1,
		.mtu = 1500, .pairs = (uintptr_t)&net->pair,
	};
}

static void net_close(struct net *net)
{
	close(net->pair.tap);
	close(net->pair.vhost);
	vhost_fds_close(&net->pair.rx);
	vhost_fds_close(&net->pair.tx);
}

/* Spoils one field, calls, restores it. A call that fails late leaves the vhost file owned. */
#define REFUSED(vm, net, field, value, error, name) do {		\
	int fresh_ = open_or_die("/dev/vhost-net");			\
	struct net before_ = *(net);					\
									\
	(net)->pair.vhost = fresh_;					\
	(net)->field = (value);						\
	FAILS(ioctl((vm)->keel, KEEL_ATTACH_NET, &(net)->attach), error, "%s", name); \
	*(net) = before_;						\
	close(fresh_);							\
} while (0)

static void wrong_files(struct vm *vm, struct net *net)
{
	int null = open_or_die("/dev/null"), tun = open_or_die("/dev/net/tun");
	int vsock = open_or_die("/dev/vhost-vsock"), path = open("/dev/vhost-net", O_PATH);
	int bare = open_tap("bare%d", IFF_TAP | IFF_NO_PI);
	int layer3 = open_tap("tun%d", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
	int closed = fcntl(0, F_DUPFD, 500);	/* a high number, not reused meanwhile */

	close(closed);
	REFUSED(vm, net, pair.vhost, -1, EBADF, "vhost: -1");
	REFUSED(vm, net, pair.vhost, closed, EBADF, "vhost: closed");
	REFUSED(vm, net, pair.vhost, path, EBADF, "vhost: an O_PATH one");
	REFUSED(vm, net, pair.vhost, null, EOPNOTSUPP, "vhost: /dev/null");
	REFUSED(vm, net, pair.vhost, vsock, EOPNOTSUPP, "vhost: that of sockets");
	REFUSED(vm, net, pair.vhost, net->pair.tap, EOPNOTSUPP, "vhost: the tap");
	REFUSED(vm, net, pair.vhost, net->pair.rx.notify, EOPNOTSUPP, "vhost: an eventfd");
	REFUSED(vm, net, pair.vhost, vm->keel, EOPNOTSUPP, "vhost: the VM itself");
	REFUSED(vm, net, pair.tap, -1, EBADF, "tap: -1");
	REFUSED(vm, net, pair.tap, closed, EBADF, "tap: closed");
	REFUSED(vm, net, pair.tap, null, EOPNOTSUPP, "tap: /dev/null");
	REFUSED(vm, net, pair.tap, tun, EBADF, "tap: without an interface");
	REFUSED(vm, net, pair.tap, net->pair.vhost, EOPNOTSUPP, "tap: vhost's");
	REFUSED(vm, net, pair.tap, bare, EBADF, "tap: without a header");
	REFUSED(vm, net, pair.tap, layer3, EBADF, "tap: a tun");
	REFUSED(vm, net, pair.rx.notify, -1, EBADF, "the first eventfd is -1");
	REFUSED(vm, net, pair.tx.error, null, EBADF, "the last eventfd is none");
	REFUSED(vm, net, pair.rx.used, closed, EBADF, "an eventfd is closed");
	REFUSED(vm, net, pair.rx.used, vm->eventfds[10], EINVAL, "an interrupt's eventfd");
	REFUSED(vm, net, pair.tx.notify, vm->eventfds[0], EINVAL, "the first interrupt's");
	close(null);
	close(tun);
	close(vsock);
	close(path);
	close(bare);
	close(layer3);
}

static void wrong_values(struct vm *vm, struct net *net)
{
	REFUSED(vm, net, attach.pairs, 0, EFAULT, "files at 0");
	REFUSED(vm, net, attach.pairs, NOWHERE, EFAULT, "files nowhere");
	REFUSED(vm, net, attach.pairs, KERNEL, EFAULT, "files in the kernel");
	REFUSED(vm, net, attach.nr_pairs, 0, EINVAL, "no pairs");
	REFUSED(vm, net, attach.nr_pairs, 2, EINVAL, "two pairs, as the caller says");
	REFUSED(vm, net, attach.nr_pairs, KEEL_NET_PAIRS + 1, EINVAL, "too many pairs");
	REFUSED(vm, net, attach.nr_pairs, 0x80000001, EINVAL, "2 billion pairs");
	REFUSED(vm, net, attach.mtu, 67, EINVAL, "an MTU of 67");
	REFUSED(vm, net, pair.rx.reserved, 1, EINVAL, "reserved in the eventfds of rx");
	REFUSED(vm, net, pair.tx.reserved, 1, EINVAL, "reserved in the eventfds of tx");
	REFUSED(vm, net, attach.instance, 4, EINVAL, "two pairs, by the device");
	REFUSED(vm, net, attach.instance, 3, EINVAL, "a device that offers CTRL_VQ and MQ");
	REFUSED(vm, net, attach.instance, 2, ENODEV, "entropy with a tap");
	REFUSED(vm, net, attach.instance, 5, ENODEV, "a device that is not there");
}

/* Attaches a socket device with this CID; vhost's file stays open if that succeeds */
static int vsock_attach(struct vm *vm, const struct net *net, u64 cid)
{
	struct keel_attach_vsock attach = {
		.size = sizeof(attach), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = 1,
		.vhost = open_or_die("/dev/vhost-vsock"), .cid = cid,
		.rx = net->pair.rx, .tx = net->pair.tx,
	};
	int ret = ioctl(vm->keel, KEEL_ATTACH_VSOCK, &attach);

	if (ret)
		close(attach.vhost);
	return ret ? ret : attach.vhost;
}

static void sockets(struct vm *vm, const struct net *net)
{
	int fd, other_fd;
	struct vm other;

	FAILS(vsock_attach(vm, net, 2), EINVAL, "the host's CID");
	FAILS(vsock_attach(vm, net, 1ULL << 32 | CID), EINVAL, "a CID of 64 bits");
	fd = WORKS(vsock_attach(vm, net, CID), "sockets");
	start(&other, &guest_debug);
	FAILS(vsock_attach(&other, net, CID), EADDRINUSE, "another VM with that CID");
	other_fd = WORKS(vsock_attach(&other, net, CID + 1), "and with another one");
	ok(vm_alive(&other), "it runs");
	close(other_fd);
	close(fd);
}

/* Two pairs, each with its own queue of a tap */
static void pairs(struct vm *vm, const struct net *net)
{
	struct keel_net_pair two[] = { net->pair, net->pair };
	struct keel_attach_net attach = net->attach;
	int i;

	attach.instance = 4;
	attach.pairs = (uintptr_t)two;
	attach.nr_pairs = 2;
	two[1].tx.reserved = 1;
	FAILS(ioctl(vm->keel, KEEL_ATTACH_NET, &attach), EINVAL, "reserved in the second pair");
	two[1].tx.reserved = 0;
	two[0].vhost = open_or_die("/dev/vhost-net");
	two[0].tap = open_tap("pairs", TAP | IFF_MULTI_QUEUE);
	two[1].vhost = open_or_die("/dev/vhost-net");
	FAILS(ioctl(vm->keel, KEEL_ATTACH_NET, &attach), EBADF, "the second tap has one queue");
	for (i = 0; i < 2; i++) {
		close(two[i].vhost);
		two[i].vhost = open_or_die("/dev/vhost-net");
	}
	two[1].tap = open_tap("pairs", TAP | IFF_MULTI_QUEUE);
	WORKS(ioctl(vm->keel, KEEL_ATTACH_NET, &attach), "two pairs");
	for (i = 0; i < 2; i++) {
		close(two[i].vhost);
		close(two[i].tap);
	}
}

/* In a child process, whose memory is not the VM's */
static void from_outside(struct vm *vm, struct net *net)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		bool refused = failed_with(ioctl(vm->keel, KEEL_ATTACH_NET, &net->attach), EIO) &&
			       failed_with(ioctl(vm->keel, KEEL_PAUSE), EIO) &&
			       failed_with(ioctl(vm->keel, KEEL_RESUME), EIO);

		_exit(!refused);
	}
	ok(waitpid(pid, &status, 0) == pid && !status, "another process: no attaching, no pausing");
}

static void refusals(void)
{
	int header = 0;
	struct net net;
	struct vm vm;

	net_open(&net);
	start(&vm, &guest_debug);
	wrong_files(&vm, &net);
	wrong_values(&vm, &net);
	sockets(&vm, &net);
	pairs(&vm, &net);
	WORKS(ioctl(vm.keel, KEEL_ATTACH_NET, &net.attach), "and what is right");
	ok(!ioctl(net.pair.tap, TUNGETVNETHDRSZ, &header) && header == HEADER,
	   "the header's size is set");
	FAILS(ioctl(vm.keel, KEEL_ATTACH_NET, &net.attach), EBUSY, "twice");
	from_outside(&vm, &net);
	ok(vm_alive(&vm), "the VM still runs");
	start(&vm, &guest_debug);
	FAILS(ioctl(vm.keel, KEEL_ATTACH_NET, &net.attach), EBUSY, "a vhost file with an owner");
	ok(vm_alive(&vm), "that VM still runs, too");
	net_close(&net);
}

/* ---- A driver, and a process that spoils files and memory ---- */

static void load_driver(struct vm *vm, const struct write *writes)
{
	u8 *data = vm->memory + PROGRESS;
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.es.base = BASE;
	must(!ioctl(vm->vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	*(u16 *)(data + 0x3e) = ARRAY_SIZE(driver);
	memcpy(data + 0x40, writes, sizeof(driver));
}

/* Runs the driver; returns the device's whole status, NEEDS_RESET included */
static u32 drive(struct vm *vm)
{
	struct keel_run run;

	if (vm_run(vm, 0, &run) || run.reason != KEEL_EXIT_DEBUG)
		note("reason %u", run.reason);
	return *(u32 *)(vm->memory + PROGRESS);
}

static void give_memory(struct vm *vm, void *user)
{
	struct keel_memory_region region = { .size = MEMORY_SIZE, .user = (uintptr_t)user };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};

	WORKS(ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "memory");
}

static void start_driver(struct vm *vm, struct net *net, const struct write *writes)
{
	net_open(net);
	start(vm, &guest_driver);
	load_driver(vm, writes);
	WORKS(ioctl(vm->keel, KEEL_ATTACH_NET, &net->attach), "attach");
}

/* The driver enables its queue before KEEL_ATTACH_NET */
static void late(void)
{
	struct net net;
	struct vm vm;

	net_open(&net);
	start(&vm, &guest_driver);
	load_driver(&vm, driver);
	give_memory(&vm, vm.memory);
	ok(drive(&vm) == RUNS, "a driver, and no file attached to its device");
	WORKS(ioctl(vm.keel, KEEL_ATTACH_NET, &net.attach), "attach now");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "pause");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "resume");
	vm_close(&vm);
	net_close(&net);
}

static void no_memory(void)
{
	struct net net;
	struct vm vm;

	start_driver(&vm, &net, driver);
	ok(drive(&vm) == (RUNS | NEEDS_RESET), "no memory was set: the device needs a reset");
	vm_close(&vm);
	net_close(&net);
}

static void memory_gone(void)
{
	void *gone = mmap(NULL, MEMORY_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct net net;
	struct vm vm;

	start_driver(&vm, &net, driver);
	give_memory(&vm, gone);
	munmap(gone, MEMORY_SIZE);
	ok(drive(&vm) == (RUNS | NEEDS_RESET), "the memory is unmapped: the device needs a reset");
	vm_close(&vm);
	net_close(&net);
}

static u64 look(struct vm *vm, unsigned int what, const char *name)
{
	static struct keel_stat list[ROOM];
	struct keel_stats s = { .size = sizeof(s), .stats = (uintptr_t)list, .nr = ROOM };

	must(!ioctl(vm->keel, what, &s) && s.nr <= ROOM, "looking at it");
	return stats_value(list, s.nr, "vmmio0", name);
}

/* More chains are available than the ring holds; vhost reads that when the driver notifies */
static void broken_ring(void)
{
	struct server server;
	struct net net;
	struct vm vm;
	int i;

	start_driver(&vm, &net, sender);
	give_memory(&vm, vm.memory);
	*(u16 *)(vm.memory + 0x9002) = 500;
	server_start(&server, &vm, 0);
	drive(&vm);
	for (i = 0; i < 1000 && !(look(&vm, KEEL_INSPECT, "status") & NEEDS_RESET); i++)
		pause_ms(10);
	ok(look(&vm, KEEL_INSPECT, "status") == (RUNS | NEEDS_RESET),
	   "vhost finds the ring malformed: the device needs a reset");
	ok(look(&vm, KEEL_STATS, BROKEN_ELSEWHERE) == 1, "counted as broken elsewhere");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "pause");
	WORKS(ioctl(vm.keel, KEEL_RESET), "reset");
	*(u16 *)(vm.memory + 0x9002) = 0;
	WORKS(ioctl(vm.keel, KEEL_RESUME), "resume");
	guest_load(&vm, 0, &guest_driver);
	load_driver(&vm, sender);
	ok(drive(&vm) == RUNS, "after a reset the device runs again");
	server_stop(&server);
	vm_close(&vm);
	net_close(&net);
}

/* Files and memory of a running device are taken away; then the VM is paused and resumed. */
static void pulled(const char *name, void (*pull)(struct vm *vm, struct net *net))
{
	struct net net;
	struct vm vm;

	start_driver(&vm, &net, driver);
	give_memory(&vm, vm.memory);
	ok(drive(&vm) == RUNS, "%s: the device runs", name);
	pull(&vm, &net);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "%s: pause", name);
	WORKS(ioctl(vm.keel, KEEL_RESUME), "%s: resume", name);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "%s: pause again", name);
	WORKS(ioctl(vm.keel, KEEL_RESET), "%s: reset", name);
	vm_close(&vm);
	net_close(&net);
}

static void pull_nothing(struct vm *vm, struct net *net)
{
	(void)vm;
	(void)net;
}

static void pull_fds(struct vm *vm, struct net *net)
{
	(void)vm;
	net_close(net);
}

static void pull_owner(struct vm *vm, struct net *net)
{
	(void)vm;
	ioctl(net->pair.vhost, VHOST_RESET_OWNER);
}

static void pull_scratch(struct vm *vm, struct net *net)
{
	(void)net;
	mprotect(vm->scratch, KEEL_SCRATCH_SIZE, PROT_NONE);
}

/* Eventfds that their owner signals as well, all at once */
static void pull_bells(struct vm *vm, struct net *net)
{
	const struct keel_vhost_fds *both[] = { &net->pair.rx, &net->pair.tx };
	u64 one = 1;
	int i;

	(void)vm;
	for (i = 0; i < 500; i++) {
		write(both[i % 2]->notify, &one, sizeof(one));
		write(both[i % 2]->used, &one, sizeof(one));
		write(both[i % 2]->error, &one, sizeof(one));
	}
}

void test_vhost(void)
{
	if (!is_root)
		own_network();
	refusals();
	late();
	no_memory();
	memory_gone();
	broken_ring();
	pulled("nothing is done", pull_nothing);
	pulled("all descriptors are closed", pull_fds);
	pulled("vhost's owner is reset", pull_owner);
	pulled("the scratch area is gone", pull_scratch);
	pulled("others ring", pull_bells);
}
