// SPDX-License-Identifier: GPL-2.0
/*
 * Hot-plug with threads: disks and a network device come and go while vCPUs drive them and eject
 * them, a console is attached and detached while idle servers watch its files, the state is saved
 * and loaded, the board is reset, the VM is paused, and lists are read; until all have done their
 * rounds, until the VM's descriptor is replaced under them, or until their process is killed.
 */
#include "abi.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS		120	/* of each thread */
#define KILLS		20
#define DISKS		2	/* in slots 1 and 2; the network device is in slot 3 */
#define NET		DISKS
#define FUNCTIONS	3
#define SERVERS		2
#define BAR		0xc0000000U	/* of slot 1's virtio registers; others follow */
#define CONSOLE		0xd0000000U	/* registers */
#define BLOB		0x20000

/* In the guest's memory: a queue with one request, to read a sector */
#define DESC		0x8000
#define AVAIL		0x9000
#define USED		0xa000
#define HEADER		0xb000
#define DATA		0xc000

/**
 * struct commotion - a VM, and the threads that are at it.
 * @vm:    the VM
 * @file:  what is behind the disks
 * @over:  the vCPUs and servers are to end
 * @error: a call has failed in a way that it must not
 */
struct commotion {
	struct vm vm;
	int file;
	bool over;
	int error;
};

static struct commotion c;
static u8 blobs[4][BLOB] __aligned(8);

/* ---- Guests ---- */

static u8 *emit(u8 *at, const void *code, size_t length)
{
	memcpy(at, code, length);
	return at + length;
}

static u8 *out32(u8 *at, u16 port, u32 value)
{
	const u8 code[] = {	/* mov eax, value; mov dx, port; out dx, eax */
		0x66, 0xb8, value, value >> 8, value >> 16, value >> 24,
		0xba, port, port >> 8, 0x66, 0xef,
	};

	return emit(at, code, sizeof(code));
}

static u8 *config_write(u8 *at, unsigned int slot, unsigned int reg, u32 value)
{
	at = out32(at, 0xcf8, 0x80000000U | slot << 11 | reg);
	return out32(at, 0xcfc, value);
}

static u8 *poke8(u8 *at, u16 reg, u8 value)
{
	const u8 code[] = { 0x26, 0xc6, 0x06, reg, reg >> 8, value };

	return emit(at, code, sizeof(code));
}

static u8 *poke16(u8 *at, u16 reg, u16 value)
{
	const u8 code[] = { 0x26, 0xc7, 0x06, reg, reg >> 8, value, value >> 8 };

	return emit(at, code, sizeof(code));
}

static u8 *poke32(u8 *at, u16 reg, u32 value)
{
	const u8 code[] = {
		0x26, 0x66, 0xc7, 0x06, reg, reg >> 8, value, value >> 8, value >> 16, value >> 24,
	};

	return emit(at, code, sizeof(code));
}

/* inc word [0]; jmp @start */
static void again(u8 *at, const u8 *start)
{
	static const u8 count[] = { 0xff, 0x06, 0x00, 0x00, 0xe9 };
	u16 back;

	at = emit(at, count, sizeof(count));
	back = start - (at + 2);
	emit(at, &back, sizeof(back));
}

/* Places slot 1's function, and drives it: VIRTIO 1.2, 4.1.4.3, in the order of 3.1.1 */
static void load_driver(struct vm *vm)
{
	u8 *start = vm->memory + CODE, *at = start;

	at = config_write(at, 1, 0x20, BAR);
	at = config_write(at, 1, 0x04, 7);
	at = poke8(at, 0x14, 0);
	at = poke8(at, 0x14, 3);
	at = poke32(at, 0x08, 1);
	at = poke32(at, 0x0c, 1);
	at = poke8(at, 0x14, 11);
	at = poke16(at, 0x16, 0);
	at = poke16(at, 0x18, 8);
	at = poke32(at, 0x20, DESC);
	at = poke32(at, 0x28, AVAIL);
	at = poke32(at, 0x30, USED);
	at = poke16(at, 0x1c, 1);
	at = poke8(at, 0x14, 15);
	at = poke16(at, 0x3000, 0);
	again(at, start);
}

/* Places the others, and ejects all but the first one */
static void load_ejector(struct vm *vm)
{
	u8 *start = vm->memory + CODE + 0x100, *at = start;
	unsigned int slot;

	for (slot = 2; slot <= FUNCTIONS; slot++) {
		at = config_write(at, slot, 0x20, BAR + slot * 0x10000);
		at = config_write(at, slot, 0x04, 7);
	}
	at = out32(at, KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_INSERTED, 0xf);
	at = out32(at, KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_EJECT, 0xc);
	again(at, start);
}

static void load_request(struct vm *vm)
{
	struct { u64 addr; u32 len; u16 flags, next; } *desc = (void *)(vm->memory + DESC);
	u16 *avail = (u16 *)(vm->memory + AVAIL);

	desc[0].addr = HEADER;
	desc[0].len = 16;
	desc[0].flags = 1;
	desc[0].next = 1;
	desc[1].addr = DATA;
	desc[1].len = 512;
	desc[1].flags = 3;
	desc[1].next = 2;
	desc[2].addr = DATA + 512;
	desc[2].len = 1;
	desc[2].flags = 2;
	avail[1] = 1;
}

static void set_es(struct vm *vm, unsigned int nr, u64 base)
{
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[nr], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.es.base = base;
	must(!ioctl(vm->vcpu[nr], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
}

/* ---- The VM ---- */

static void add_functions(struct vm *vm)
{
	unsigned int i;

	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	for (i = 0; i < FUNCTIONS; i++)
		vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
			.class = KEEL_CLASS_VIRTIO_PCI, .instance = i, .irq = KEEL_IRQ_DEFAULT,
			.virtio = {
				.slot = i + 1, .type = i == NET ? KEEL_VIRTIO_NET : KEEL_VIRTIO_BLK,
				.features = i == NET ? 0x420000 : 0,	/* no CTRL_VQ, no MQ */
			},
		};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .base = CONSOLE, .irq = 12,
		/* One port: of the features MULTIPORT is left out. */
		.virtio = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2, .features = 2 },
	};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_HOTPLUG, .irq = KEEL_IRQ_DEFAULT, .hotplug.slots = 0xe,
	};
	vm->config.nr_eventfds = NR_EVENTFDS;
}

static void start(struct vm *vm)
{
	struct keel_memory_region region = { .size = MEMORY_SIZE };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};

	vm_prepare(vm);
	add_functions(vm);
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(vm, &guest_debug);
	vm_create_vcpu(vm, &guest_debug);
	must(vm_add(vm, 0) == 0 && vm_add(vm, 1) == 1, "KEEL_ADD_VCPU");
	region.user = (uintptr_t)vm->memory;
	must(!ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "KEEL_SET_MEMORY");
	load_driver(vm);
	load_ejector(vm);
	load_request(vm);
	set_es(vm, 0, BAR);
}

/* ---- Calls ---- */

static int tell_slot(u32 input, u32 slot)
{
	struct keel_input request = {
		.size = sizeof(request), .class = KEEL_CLASS_HOTPLUG, .input = input, .value = slot,
	};

	return ioctl(c.vm.keel, KEEL_INPUT, &request);
}

static int attach_disk(u16 instance)
{
	struct keel_attach_blk a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_PCI, .instance = instance,
		.server = instance % SERVERS, .serve = instance ? KEEL_SERVE_WORKER : 0,
		.fd = c.file, .block_size = 512, .capacity = 8,
	};

	return ioctl(c.vm.keel, KEEL_ATTACH_BLK, &a);
}

static int detach(u16 class, u16 instance)
{
	struct keel_detach request = {
		.size = sizeof(request), .class = class, .instance = instance,
	};

	return ioctl(c.vm.keel, KEEL_DETACH, &request);
}

static int open_tap(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strcpy(ifr.ifr_name, "plug%d");
	if (fd >= 0)
		ioctl(fd, TUNSETIFF, &ifr);
	return fd;
}

static int attach_net(const struct keel_net_pair *pair)
{
	struct keel_attach_net a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_PCI, .instance = NET, .nr_pairs = 1,
		.mtu = 1500, .pairs = (uintptr_t)pair,
	};

	return ioctl(c.vm.keel, KEEL_ATTACH_NET, &a);
}

static int attach_console(u32 server, int in, int out)
{
	const struct keel_port port = { .in = in, .out = out };
	struct keel_attach_console a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_MMIO, .server = server,
		.ports = (uintptr_t)&port, .nr_ports = 1,
	};

	return ioctl(c.vm.keel, KEEL_ATTACH_CONSOLE, &a);
}

/* ---- Threads: each does one thing, @round after @round ---- */

static void disks_come(unsigned int round)
{
	u16 disk = round % DISKS;

	attach_disk(disk);
	tell_slot(KEEL_INPUT_PLUG, disk + 1);
}

static void disks_leave(unsigned int round)
{
	u16 disk = round % DISKS;

	tell_slot(round % 3 ? KEEL_INPUT_PULL : KEEL_INPUT_UNPLUG, disk + 1);
	ioctl(c.vm.keel, KEEL_PAUSE);
	detach(KEEL_CLASS_VIRTIO_PCI, disk);
	ioctl(c.vm.keel, KEEL_RESUME);
}

/*
 * Its files are closed at the end of each round, whether it has been detached or not. vhost's
 * eventfds are the process', which signals them when it likes to: there is a job for a server then,
 * while none runs any.
 */
static void net_comes_and_leaves(unsigned int round)
{
	struct keel_net_pair pair = {
		.tap = open_tap(), .vhost = open("/dev/vhost-net", O_RDWR | O_CLOEXEC),
		.rx = vhost_fds_open(), .tx = vhost_fds_open(),
	};

	attach_net(&pair);
	tell_slot(KEEL_INPUT_PLUG, NET + 1);
	if (round % 2) {
		tell_slot(KEEL_INPUT_PULL, NET + 1);
		ioctl(c.vm.keel, KEEL_PAUSE);
		eventfd_write(pair.rx.used, 1);
		eventfd_write(pair.tx.error, 1);
		detach(KEEL_CLASS_VIRTIO_PCI, NET);
		ioctl(c.vm.keel, KEEL_RESUME);
	}
	close(pair.tap);
	close(pair.vhost);
	vhost_fds_close(&pair.rx);
	vhost_fds_close(&pair.tx);
}

/* The first attempt fails, and names another server. */
static void console_comes_and_leaves(unsigned int round)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return;
	if (!round)
		attach_console(1, fds[0], 1 << 20);
	attach_console(0, fds[0], fds[1]);
	if (write(fds[1], "typed", 5) == 5 && round % 4)
		pause_ms(round % 4);
	do	/* until no other thread has resumed it in between */
		ioctl(c.vm.keel, KEEL_PAUSE);
	while (detach(KEEL_CLASS_VIRTIO_MMIO, 0) && errno == EBUSY);
	ioctl(c.vm.keel, KEEL_RESUME);
	close(fds[0]);
	close(fds[1]);
}

/* A state that was saved is one that is accepted, whatever has come and gone meanwhile. */
static void states_move(unsigned int round)
{
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)blobs[0], .length = BLOB,
	};

	ioctl(c.vm.keel, KEEL_PAUSE);
	if (!ioctl(c.vm.keel, KEEL_STATE_GET, &state) &&
	    ioctl(c.vm.keel, KEEL_STATE_SET, &state) && errno == EINVAL)
		WRITE_ONCE(c.error, 1000 + state.record * 16 + state.error);
	if (round % 8 == 7)
		ioctl(c.vm.keel, KEEL_RESET);
	ioctl(c.vm.keel, KEEL_RESUME);
}

static void others_look(unsigned int round)
{
	struct keel_stats stats = {
		.size = sizeof(stats), .stats = (uintptr_t)blobs[1],
		.nr = BLOB / sizeof(struct keel_stat),
	};
	struct keel_last_exits exits = {
		.size = sizeof(exits), .vcpu = round % 2, .exits = (uintptr_t)blobs[1],
		.nr = KEEL_LAST_EXITS_NR,
	};
	struct keel_access access = {
		.size = sizeof(access), .flags = KEEL_ACCESS_MEMORY, .length = 4,
		.addr = KEEL_PCI_ECAM + ((1 + round % FUNCTIONS) << 15),
	};
	struct keel_pulse pulse = { .size = sizeof(pulse), .line = 3 + round % 21 };

	ioctl(c.vm.keel, round % 2 ? KEEL_STATS : KEEL_INSPECT, &stats);
	ioctl(c.vm.keel, KEEL_LAST_EXITS, &exits);
	ioctl(c.vm.keel, KEEL_PULSE, &pulse);
	ioctl(c.vm.keel, KEEL_ACCESS, &access);
}

static void (*const tasks[])(unsigned int round) = {
	disks_come, disks_come, disks_leave, net_comes_and_leaves, console_comes_and_leaves,
	states_move, others_look,
};

struct worker {
	pthread_t thread;
	unsigned int nr;
	unsigned int rounds;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	unsigned int i;

	for (i = 0; i < worker->rounds; i++)
		tasks[worker->nr](i);
	return NULL;
}

/* A vCPU, as a launcher runs it */
static void *run(void *arg)
{
	struct keel_run run;

	while (!READ_ONCE(c.over)) {
		if (vm_run(&c.vm, (uintptr_t)arg, &run) && errno != EINTR && errno != ENOTTY)
			WRITE_ONCE(c.error, errno);
		if (run.reason == KEEL_EXIT_PAUSED || errno == ENOTTY)
			pause_ms(1);
	}
	return NULL;
}

static void *serve(void *arg)
{
	while (!READ_ONCE(c.over)) {
		vm_serve(&c.vm, (uintptr_t)arg);
		if (errno == ENOTTY)
			pause_ms(1);
	}
	return NULL;
}

/**
 * struct crowd - all threads.
 * @workers: those that do rounds
 * @others:  vCPUs and servers
 */
struct crowd {
	struct worker workers[ARRAY_SIZE(tasks)];
	pthread_t others[2 + SERVERS];
};

static void gather(struct crowd *crowd, unsigned int rounds)
{
	unsigned int i;

	c.over = false;
	c.error = 0;
	for (i = 0; i < 2 + SERVERS; i++)
		must(!pthread_create(&crowd->others[i], NULL, i < 2 ? run : serve,
				     (void *)(uintptr_t)(i % 2)), "a thread");
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		crowd->workers[i] = (struct worker) { .nr = i, .rounds = rounds };
		must(!pthread_create(&crowd->workers[i].thread, NULL, work, &crowd->workers[i]),
		     "a thread");
	}
}

static void await_workers(struct crowd *crowd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		pthread_join(crowd->workers[i].thread, NULL);
}

/* It has been told to end. */
static void end_thread(pthread_t thread)
{
	while (pthread_tryjoin_np(thread, NULL) == EBUSY) {
		pthread_kill(thread, SIGUSR1);
		pause_ms(5);
	}
}

static void disperse(struct crowd *crowd)
{
	unsigned int i;

	WRITE_ONCE(c.over, true);
	for (i = 0; i < 2 + SERVERS; i++)
		end_thread(crowd->others[i]);
}

static void make_commotion(void)
{
	char path[] = "/tmp/abi-plug-XXXXXX";

	c.file = mkstemp(path);
	must(c.file >= 0 && !unlink(path) && !ftruncate(c.file, 4096), path);
	start(&c.vm);
}

/* ---- What is tested ---- */

static u64 count(const char *name)
{
	return vm_value(&c.vm, KEEL_STATS, "hotplug0", name);
}

/* Afterwards a disk comes as ever, is served, and leaves. */
static void in_order(void)
{
	unsigned int i;
	u16 *used = (u16 *)(c.vm.memory + USED);
	struct server server;
	pthread_t vcpu;

	must(!ioctl(c.vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	for (i = 0; i < FUNCTIONS; i++) {
		tell_slot(KEEL_INPUT_PULL, i + 1);
		detach(KEEL_CLASS_VIRTIO_PCI, i);
		FAILS(detach(KEEL_CLASS_VIRTIO_PCI, i), ENOTCONN, "function %u has no back end", i);
	}
	detach(KEEL_CLASS_VIRTIO_MMIO, 0);
	FAILS(attach_console(1, -1, -1), EINVAL, "a console with another server than it had");
	WORKS(attach_console(0, -1, -1), "a console comes again");
	FAILS(attach_console(0, -1, -1), EBUSY, "once");
	WORKS(ioctl(c.vm.keel, KEEL_RESET), "RESET");
	WORKS(attach_disk(0), "a disk");
	WORKS(tell_slot(KEEL_INPUT_PLUG, 1), "comes");
	FAILS(tell_slot(KEEL_INPUT_PLUG, 1), EINVAL, "once");
	must(!ioctl(c.vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&c.vm, 0, &guest_debug);
	load_driver(&c.vm);
	set_es(&c.vm, 0, BAR);
	used[1] = 0;
	/* KEEL_RUN may first report what was ejected before */
	WRITE_ONCE(c.over, false);
	must(!pthread_create(&vcpu, NULL, run, NULL), "a thread");
	server_start(&server, &c.vm, 0);
	for (i = 0; i < 1000 && !__atomic_load_n(&used[1], __ATOMIC_ACQUIRE); i++)
		if (!guest_progresses(&c.vm, 0))
			break;
	ok(used[1] == 1, "its driver runs, and is served (%u, %u)", i, used[1]);
	WRITE_ONCE(c.over, true);
	end_thread(vcpu);
	server_stop(&server);
	WORKS(tell_slot(KEEL_INPUT_PULL, 1), "it leaves");
	must(!ioctl(c.vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	WORKS(detach(KEEL_CLASS_VIRTIO_PCI, 0), "DETACH");
}

/* The second vCPU still runs, whatever it has been through. */
static bool is_ejected(u32 slot)
{
	u64 before = count("ejected");
	int i;

	tell_slot(KEEL_INPUT_PLUG, slot);
	for (i = 0; i < 20000 && count("ejected") == before; i++)
		pause_ms(5);
	return count("ejected") > before;
}

static void rounds(void)
{
	int users = module_users(), fds = open_fds();
	struct crowd crowd;

	make_commotion();
	gather(&crowd, ROUNDS);
	await_workers(&crowd);
	tell_slot(KEEL_INPUT_PULL, FUNCTIONS);
	ok(is_ejected(FUNCTIONS), "after all that a vCPU ejects");
	disperse(&crowd);
	ok(!c.error, "%u rounds of %zu threads (%d)", ROUNDS, ARRAY_SIZE(tasks), c.error);
	note("%llu came, %llu were ejected, %llu pulled", (unsigned long long)count("plugged"),
	     (unsigned long long)count("ejected"), (unsigned long long)count("pulled"));
	in_order();
	vm_close(&c.vm);
	close(c.file);
	ok(open_fds() == fds, "no descriptor is left open");
	ok(module_users_become(users), "no reference to the module is left");
}

/* All calls have another file from one moment on. */
static void replaced(void)
{
	int users = module_users(), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct crowd crowd;

	make_commotion();
	gather(&crowd, ROUNDS / 2);
	while (!count("plugged"))
		pause_ms(1);
	must(dup3(null, c.vm.keel, O_CLOEXEC) >= 0, "dup3");
	await_workers(&crowd);
	disperse(&crowd);
	ok(true, "its descriptor is replaced under all threads");
	vm_close(&c.vm);
	close(c.file);
	close(null);
	ok(module_users_become(users), "no reference to the module is left");
}

static void be_killed(unsigned int nr, int ready)
{
	struct crowd crowd;

	(void)nr;
	make_commotion();
	gather(&crowd, ~0U);
	await_death(ready);
}

static void killed(void)
{
	int users = module_users(), good = 0, i;

	for (i = 0; i < KILLS; i++) {
		pid_t pid = doomed(be_killed, i);

		must(pid, "a process with a VM");
		pause_ms(i * 7);
		good += dies_of(pid, SIGKILL);
	}
	ok(good == KILLS, "%d of %d processes are killed", good, KILLS);
	ok(module_users_become(users), "no reference to the module is left");
}

void test_plug(void)
{
	struct vm other;

	if (!is_root)
		own_network();
	vm_start(&other, &guest_debug);
	rounds();
	replaced();
	killed();
	ok(vm_alive(&other), "another VM still runs");
}
