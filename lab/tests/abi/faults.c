// SPDX-License-Identifier: GPL-2.0
/*
 * Makes each allocation and each copy from or to user space fail, one after the other, in each
 * of Keel's ioctls (Documentation/fault-injection in the kernel's source; lab/debug.config has
 * the options). No failure may leave anything behind.
 */
#include "driver.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST	2000	/* sites in a call, at most */
#define PLUG_SLOT	5	/* of a function that is not plugged in at first */

enum { CONSOLE, DISK, RNG, NET, DEVICES };

/**
 * struct scene - the objects that a call needs.
 * @vm:     a VM, prepared for the call
 * @tmp:    a file
 * @pipe:   a pipe
 * @state:  a state that the VM accepts
 * @size:   its bytes
 * @vhost:  /dev/vhost-vsock
 * @child:  a process that interrupts this one, or 0
 */
struct scene {
	struct vm vm;
	int tmp;
	int pipe[2];
	u8 *state;
	u32 size;
	int vhost;
	pid_t child;
};

static int fail_fd;

/* Makes this thread's "nr"th site from now on fail, once. */
static void fail_at(unsigned int nr)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nr);

	must(pwrite(fail_fd, text, length, 0) == length, "fail-nth");
}

/* Did the site fail before this call? Reading that and resetting it are calls that may fail. */
static bool has_failed(void)
{
	char text[16] = "";
	bool failed = pread(fail_fd, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
	int i;

	for (i = 0; i < 3 && pwrite(fail_fd, "0", 1, 0) != 1; i++)
		;
	return failed;
}

/* ---- Scenes ---- */

static void prepare(struct scene *scene)
{
	static const struct keel_virtio_config kinds[] = {
		[CONSOLE] = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2, .features = 2 },
		[DISK]	  = { .type = KEEL_VIRTIO_BLK, .features = 0x20 },
		[RNG]	  = { .type = KEEL_VIRTIO_RNG },
		[NET]	  = { .type = KEEL_VIRTIO_VSOCK },
	};
	char path[] = "/tmp/abi-fault-XXXXXX";
	struct vm *vm = &scene->vm;
	unsigned int i;

	vm_prepare(vm);
	for (i = 0; i < DEVICES; i++)
		vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
			.class = KEEL_CLASS_VIRTIO_MMIO, .instance = i, .irq = 10,
			.base = DRIVER_BASE + i * 0x1000, .virtio = kinds[i],
		};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_I6300ESB, .irq = KEEL_IRQ_DEFAULT, .pci.slot = PLUG_SLOT,
	};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_HOTPLUG, .irq = KEEL_IRQ_DEFAULT,
		.hotplug.slots = 1 << PLUG_SLOT,
	};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_FWCFG, .irq = KEEL_IRQ_DEFAULT,
	};
	scene->tmp = mkstemp(path);
	must(scene->tmp >= 0 && !unlink(path) && !ftruncate(scene->tmp, 4096), path);
	must(!pipe2(scene->pipe, O_NONBLOCK | O_CLOEXEC), "pipe");
	scene->vhost = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);
	scene->state = NULL;
	scene->child = 0;
}

static void prepare_vm(struct scene *scene)
{
	prepare(scene);
	must(vm_create(&scene->vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&scene->vm, &guest_debug);
}

static int give_memory(struct vm *vm)
{
	struct keel_memory_region region = { .size = MEMORY_SIZE, .user = (uintptr_t)vm->memory };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};

	return ioctl(vm->keel, KEEL_SET_MEMORY, &memory);
}

static void prepare_run(struct scene *scene)
{
	prepare_vm(scene);
	must(vm_add(&scene->vm, 0) == 0, "KEEL_ADD_VCPU");
	must(!give_memory(&scene->vm), "KEEL_SET_MEMORY");
}

static void prepare_state(struct scene *scene)
{
	struct keel_state state = { .size = sizeof(state), .length = 0x20000 };

	prepare_run(scene);
	must(!ioctl(scene->vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	scene->state = malloc(state.length);
	state.data = (uintptr_t)scene->state;
	must(!ioctl(scene->vm.keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET");
	scene->size = state.length;
}

static void leave(struct scene *scene)
{
	if (scene->child) {
		kill(scene->child, SIGKILL);
		waitpid(scene->child, NULL, 0);
	}
	free(scene->state);
	close(scene->tmp);
	close(scene->pipe[0]);
	close(scene->pipe[1]);
	close(scene->vhost);
	vm_close(&scene->vm);
}

/* ---- Calls ---- */

static int call_create(struct scene *scene)
{
	return vm_create(&scene->vm);
}

static int call_add_vcpu(struct scene *scene)
{
	return vm_add(&scene->vm, 0);
}

static int call_memory(struct scene *scene)
{
	return give_memory(&scene->vm);
}

static int attach_console(struct scene *scene)
{
	struct keel_port port = { .in = scene->pipe[0], .out = scene->pipe[1] };
	struct keel_attach_console a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = CONSOLE,
		.server = 1, .nr_ports = 1, .ports = (uintptr_t)&port,
	};

	return ioctl(scene->vm.keel, KEEL_ATTACH_CONSOLE, &a);
}

static int attach_disk(struct scene *scene)
{
	struct keel_attach_blk a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = DISK,
		.server = 1, .fd = scene->tmp, .block_size = 512, .capacity = 8,
	};

	return ioctl(scene->vm.keel, KEEL_ATTACH_BLK, &a);
}

static int attach_rng(struct scene *scene)
{
	struct keel_attach_rng a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = RNG, .server = 1,
	};

	return ioctl(scene->vm.keel, KEEL_ATTACH_RNG, &a);
}

static int attach_vsock(struct scene *scene)
{
	const s32 *fds = scene->vm.eventfds + KEEL_NR_GSIS;
	struct keel_attach_vsock a = {
		.size = sizeof(a), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = NET,
		.vhost = scene->vhost, .cid = 99,
		.rx = { .notify = fds[0], .used = fds[1], .error = fds[2] },
		.tx = { .notify = fds[3], .used = fds[0], .error = fds[1] },
	};

	return ioctl(scene->vm.keel, KEEL_ATTACH_VSOCK, &a);
}

static int call_set_port(struct scene *scene)
{
	struct keel_port_change change = {
		.size = sizeof(change),
		.class = KEEL_CLASS_VIRTIO_MMIO, .instance = CONSOLE, .what = KEEL_PORT_FILES,
		.to = { .in = -1, .out = scene->tmp },
	};
	int ret = attach_console(scene);

	return ret ? ret : ioctl(scene->vm.keel, KEEL_SET_PORT, &change);
}

static int call_stats(struct scene *scene)
{
	static struct keel_stat list[4000];
	struct keel_stats stats = {
		.size = sizeof(stats), .stats = (uintptr_t)list, .nr = ARRAY_SIZE(list),
	};

	return ioctl(scene->vm.keel, KEEL_STATS, &stats);
}

static int call_inspect(struct scene *scene)
{
	static struct keel_stat list[4000];
	struct keel_stats stats = {
		.size = sizeof(stats), .stats = (uintptr_t)list, .nr = ARRAY_SIZE(list),
	};

	return ioctl(scene->vm.keel, KEEL_INSPECT, &stats);
}

/* The histograms are allocated the first time. */
static int call_latency(struct scene *scene)
{
	struct keel_latency_set set = { .size = sizeof(set), .action = KEEL_LATENCY_ON };
	struct keel_worst_access worst[KEEL_WORST_ACCESSES];
	struct keel_latency_get get = {
		.size = sizeof(get), .worst = (uintptr_t)worst, .nr_worst = ARRAY_SIZE(worst),
	};
	int ret = ioctl(scene->vm.keel, KEEL_LATENCY_SET, &set);

	return ret ? ret : ioctl(scene->vm.keel, KEEL_LATENCY_GET, &get);
}

/* The buckets are allocated the first time. */
static int call_limit(struct scene *scene)
{
	struct keel_limit limit = { .size = sizeof(limit), .rate = 1000000 };

	return ioctl(scene->vm.keel, KEEL_LIMIT_SET, &limit);
}

static int call_open_uart(struct scene *scene)
{
	struct keel_uart_stream console = { .size = sizeof(console), .flags = O_CLOEXEC };
	int fd = ioctl(scene->vm.keel, KEEL_OPEN_UART, &console);

	if (fd >= 0)
		close(fd);
	return fd;
}

static int call_state_get(struct scene *scene)
{
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)scene->state, .length = 0x20000,
	};

	return ioctl(scene->vm.keel, KEEL_STATE_GET, &state);
}

static int call_state_set(struct scene *scene)
{
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)scene->state, .length = scene->size,
	};

	return ioctl(scene->vm.keel, KEEL_STATE_SET, &state);
}

static int call_run(struct scene *scene)
{
	struct keel_run run;

	return vm_run(&scene->vm, 0, &run);
}

/* The guest makes a queue, which its vCPU serves, resets the device, and ends KEEL_RUN. */
static void prepare_driver(struct scene *scene, unsigned int instance, u32 queue)
{
	const struct driver_desc desc = {
		.addr = DRIVER_DATA, .len = 64, .flags = instance == RNG ? DRIVER_WRITE : 0,
	};
	unsigned int length = 0;

	driver_aim(&scene->vm, instance);
	driver_chain(&scene->vm, &desc, 1);
	driver_start(&scene->vm, &length, queue);
	driver_poke(&scene->vm, &length, 0x70, 0);
	memcpy(scene->vm.memory + CODE + length, guest_debug.code, guest_debug.length);
}

static void prepare_rng(struct scene *scene)
{
	prepare_run(scene);
	must(!attach_rng(scene), "an entropy device");
	prepare_driver(scene, RNG, 0);
}

static void prepare_console(struct scene *scene)
{
	prepare_run(scene);
	must(!attach_console(scene), "a console");
	prepare_driver(scene, CONSOLE, 1);
}

/* Sends routes to KVM, which allocates and copies. */
static void prepare_routes(struct scene *scene)
{
	/* mov dword es:[0], 0x14; mov dword es:[0x10], 0x31; then guest_debug */
	static const u8 code[] = {
		0x26, 0x66, 0xc7, 0x06, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00,
		0x26, 0x66, 0xc7, 0x06, 0x10, 0x00, 0x31, 0x00, 0x00, 0x00,
	};
	u8 *at;

	prepare_run(scene);
	at = scene->vm.memory + CODE;
	memcpy(at, code, sizeof(code));
	memcpy(at + sizeof(code), guest_debug.code, guest_debug.length);
}

static int call_pause(struct scene *scene)
{
	int ret = ioctl(scene->vm.keel, KEEL_PAUSE);

	return ret ? ret : ioctl(scene->vm.keel, KEEL_RESUME);
}

/*
 * A child interrupts the call by SIGSTOP and SIGCONT, again and again: a signal handler's frame
 * would be copies of its own.
 */
static int call_serve(struct scene *scene)
{
	return vm_serve(&scene->vm, 1);
}

static void prepare_serve(struct scene *scene)
{
	prepare_run(scene);
	fflush(stdout);
	scene->child = fork();
	must(scene->child >= 0, "fork");
	while (!scene->child) {
		pause_ms(50);
		if (kill(getppid(), SIGSTOP) || kill(getppid(), SIGCONT))
			_exit(1);
	}
}

/* ---- Devices that come and go, and what a VM's user does to it ---- */

static int detach(struct scene *scene, u16 instance)
{
	struct keel_detach request = {
		.size = sizeof(request), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = instance,
	};

	return ioctl(scene->vm.keel, KEEL_DETACH, &request);
}

static int detach_disk(struct scene *scene)
{
	return detach(scene, DISK);
}

static int detach_console(struct scene *scene)
{
	return detach(scene, CONSOLE);
}

static int detach_vsock(struct scene *scene)
{
	return detach(scene, NET);
}

static void prepare_detach(struct scene *scene)
{
	prepare_run(scene);
	must(!attach_disk(scene), "a disk");
	must(!ioctl(scene->vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
}

static void prepare_detach_console(struct scene *scene)
{
	prepare_run(scene);
	must(!attach_console(scene), "a console");
	must(!ioctl(scene->vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
}

static void prepare_detach_vsock(struct scene *scene)
{
	prepare_run(scene);
	must(!attach_vsock(scene), "sockets");
	must(!ioctl(scene->vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
}

static int tell_slot(struct scene *scene, u32 input)
{
	struct keel_input request = {
		.size = sizeof(request), .class = KEEL_CLASS_HOTPLUG, .input = input,
		.value = PLUG_SLOT,
	};

	return ioctl(scene->vm.keel, KEEL_INPUT, &request);
}

static int call_input(struct scene *scene)
{
	return tell_slot(scene, KEEL_INPUT_PLUG);
}

/* Each step may fail: the next one is tried all the same, and the first error counts. */
static int call_replug(struct scene *scene)
{
	int errors = !!attach_disk(scene);

	errors += !!tell_slot(scene, KEEL_INPUT_PLUG);
	errors += !!tell_slot(scene, KEEL_INPUT_PULL);
	errors += !!ioctl(scene->vm.keel, KEEL_PAUSE);
	errors += !!detach_disk(scene);
	errors += !!ioctl(scene->vm.keel, KEEL_RESUME);
	return errors ? -1 : 0;
}

static int call_access(struct scene *scene)
{
	struct keel_access access = { .size = sizeof(access), .addr = 0x61, .length = 1 };

	return ioctl(scene->vm.keel, KEEL_ACCESS, &access);
}

static void prepare_exits(struct scene *scene)
{
	struct keel_run run;

	prepare_run(scene);
	must(!vm_run(&scene->vm, 0, &run), "KEEL_RUN");
}

static int call_exits(struct scene *scene)
{
	static struct keel_vcpu_exit list[KEEL_LAST_EXITS_NR];
	struct keel_last_exits exits = {
		.size = sizeof(exits), .nr = ARRAY_SIZE(list), .exits = (uintptr_t)list,
	};

	return ioctl(scene->vm.keel, KEEL_LAST_EXITS, &exits);
}

static int call_pulse(struct scene *scene)
{
	struct keel_pulse pulse = { .size = sizeof(pulse), .line = 5 };

	return ioctl(scene->vm.keel, KEEL_PULSE, &pulse);
}

/* As the launcher does it, before the first KEEL_RUN: items of fw_cfg, and a flash chip */
static int call_fwcfg(struct scene *scene)
{
	const struct {
		u32 nr, reserved;
		struct keel_fwcfg_item item;
		u8 bytes[4];
	} items = { .nr = 1, .item = { .key = 1, .offset = 20, .length = 4 } };
	struct keel_fwcfg_set set = {
		.size = sizeof(set), .length = sizeof(items), .items = (uintptr_t)&items,
	};

	return ioctl(scene->vm.keel, KEEL_FWCFG_SET, &set);
}

static int call_claim(struct scene *scene)
{
	struct keel_claim claim = {
		.size = sizeof(claim), .addr = 0xffc00000, .length = 0x84000,
	};

	return ioctl(scene->vm.keel, KEEL_CLAIM, &claim);
}

static const struct {
	const char *name;
	void (*prepare)(struct scene *scene);
	int (*call)(struct scene *scene);
} calls[] = {
	{ "CREATE_VM", prepare, call_create },
	{ "ADD_VCPU", prepare_vm, call_add_vcpu },
	{ "SET_MEMORY", prepare_vm, call_memory },
	{ "ATTACH_CONSOLE", prepare_run, attach_console },
	{ "ATTACH_BLK", prepare_run, attach_disk },
	{ "ATTACH_RNG", prepare_run, attach_rng },
	{ "ATTACH_VSOCK", prepare_run, attach_vsock },
	{ "DETACH of a disk", prepare_detach, detach_disk },
	{ "DETACH of a console", prepare_detach_console, detach_console },
	{ "DETACH of sockets", prepare_detach_vsock, detach_vsock },
	{ "a disk that comes, and leaves", prepare_run, call_replug },
	{ "INPUT", prepare_run, call_input },
	{ "ACCESS", prepare_state, call_access },
	{ "LAST_EXITS", prepare_exits, call_exits },
	{ "PULSE", prepare_run, call_pulse },
	{ "FWCFG_SET", prepare_run, call_fwcfg },
	{ "CLAIM", prepare_run, call_claim },
	{ "SET_PORT", prepare_run, call_set_port },
	{ "STATS", prepare_run, call_stats },
	{ "INSPECT", prepare_run, call_inspect },
	{ "OPEN_UART", prepare_run, call_open_uart },
	{ "LATENCY_SET and _GET", prepare_run, call_latency },
	{ "LIMIT_SET", prepare_run, call_limit },
	{ "STATE_GET", prepare_state, call_state_get },
	{ "STATE_SET", prepare_state, call_state_set },
	{ "RUN of a guest that changes routes", prepare_routes, call_run },
	{ "RUN of an entropy device's driver", prepare_rng, call_run },
	{ "RUN of a console's driver", prepare_console, call_run },
	{ "PAUSE", prepare_run, call_pause },
	{ "SERVE", prepare_serve, call_serve },
};

/* ---- Walking ---- */

/* try: makes one site fail. Return: false if the call has fewer sites, so that it has to succeed */
static bool try(unsigned int nr, unsigned int site, unsigned int *errors)
{
	struct scene scene;
	bool failed;
	int ret;

	calls[nr].prepare(&scene);
	fail_at(site);
	ret = calls[nr].call(&scene);
	failed = has_failed();
	*errors += failed && ret < 0;
	if (!failed)
		ok(ret >= 0, "%s: succeeds without a fault", calls[nr].name);
	leave(&scene);
	return failed;
}

static void walk(unsigned int nr)
{
	unsigned int site, errors = 0;
	int users = module_users(), fds = open_fds();

	for (site = 1; site < MOST && try(nr, site, &errors); site++)
		;
	ok(site < MOST, "%s: %u sites fail, %u of them with an error", calls[nr].name, site - 1,
	   errors);
	ok(open_fds() == fds, "%s: no descriptor is left", calls[nr].name);
	ok(module_users_become(users), "%s: no VM is left", calls[nr].name);
}

void test_faults(void)
{
	struct vm other;
	unsigned int i;

	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_fd < 0) {
		note("this kernel has no fault injection");
		return;
	}
	vm_start(&other, &guest_debug);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		walk(i);
	ok(vm_alive(&other), "another VM still runs");
	close(fail_fd);
}
