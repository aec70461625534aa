// SPDX-License-Identifier: GPL-2.0
/*
 * A virtio console: what KEEL_ATTACH_CONSOLE and KEEL_SET_PORT refuse, and files that start to
 * block later. The guest is a few register writes; the test makes its queue, in its memory.
 */
#include "driver.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EMERG	0x108
/* Feature bits (VIRTIO 1.2, 5.3.3) */
#define F_MULTIPORT	0x2ULL
/* More than a page */
#define SIZE	0x6000

/* A console with two ports (instance 0), one with one port (1), and an invalid one (2). */
static void create(struct vm *vm)
{
	static const struct keel_virtio_config kinds[] = {
		{ .type = KEEL_VIRTIO_CONSOLE, .queues = 6 },
		{ .type = KEEL_VIRTIO_CONSOLE, .queues = 2, .features = F_MULTIPORT },
		{ .type = KEEL_VIRTIO_CONSOLE, .queues = 2 },
	};
	struct keel_memory_region region = { .size = MEMORY_SIZE };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};
	u32 i;

	vm_prepare(vm);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
			.class = KEEL_CLASS_VIRTIO_MMIO, .instance = i, .irq = 10,
			.base = DRIVER_BASE + i * 0x1000, .virtio = kinds[i],
		};
	vm->keel = vm_create(vm);
	must(vm->keel >= 0, "a VM with consoles");
	region.user = (uintptr_t)vm->memory;
	must(!ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "KEEL_SET_MEMORY");
}

/* A valid KEEL_ATTACH_CONSOLE without files, for tests to spoil. */
struct wish {
	struct keel_attach_console attach;
	struct keel_port ports[2];
};

static void wish_for(struct wish *wish, unsigned int instance)
{
	unsigned int nr = instance ? 1 : 2;

	memset(wish, 0, sizeof(*wish));
	wish->ports[0] = (struct keel_port) { .in = -1, .out = -1 };
	wish->ports[1] = (struct keel_port) { .in = -1, .out = -1, .name = "log" };
	wish->attach = (struct keel_attach_console) {
		.size = sizeof(wish->attach), .class = KEEL_CLASS_VIRTIO_MMIO,
		.instance = instance, .ports = (uintptr_t)wish->ports, .nr_ports = nr,
	};
}

static int attach(struct vm *vm, const struct wish *wish)
{
	return ioctl(vm->keel, KEEL_ATTACH_CONSOLE, &wish->attach);
}

static int set_port(struct vm *vm, u32 port, u32 what, int in, int out)
{
	struct keel_port_change change = {
		.size = sizeof(change),
		.class = KEEL_CLASS_VIRTIO_MMIO, .port = port, .what = what,
		.to = { .in = in, .out = out },
	};

	return ioctl(vm->keel, KEEL_SET_PORT, &change);
}

/* ---- What is refused ---- */

static void wrong_values(struct vm *vm)
{
	struct wish wish;

#define REFUSES(error, instance, name, ...) ({ \
	wish_for(&wish, (instance)); \
	__VA_ARGS__; \
	FAILS(attach(vm, &wish), (error), "%s", name); \
})

	REFUSES(EINVAL, 0, "a port too few", wish.attach.nr_ports = 1);
	REFUSES(EINVAL, 0, "a port too many", wish.attach.nr_ports = 3);
	REFUSES(EINVAL, 0, "no ports", wish.attach.nr_ports = 0);
	REFUSES(EFAULT, 0, "ports at 0", wish.attach.ports = 0);
	REFUSES(EFAULT, 0, "ports nowhere", wish.attach.ports = NOWHERE);
	REFUSES(EFAULT, 0, "ports in the kernel", wish.attach.ports = KERNEL);
	REFUSES(EINVAL, 0, "reserved in a port", wish.ports[1].reserved[3] = 1);
	REFUSES(EINVAL, 0, "flags of a port", wish.ports[1].flags = 2);
	REFUSES(EINVAL, 0, "bytes behind a name", wish.ports[1].name[31] = 'x');
	REFUSES(EINVAL, 1, "a name where there are none", wish.ports[0].name[0] = 'x');
	REFUSES(EINVAL, 2, "several ports without control queues", (void)0);
#undef REFUSES
}

static void refuses_file(struct vm *vm, int error, bool in, int fd, const char *name)
{
	struct wish wish;

	wish_for(&wish, 0);
	if (in)
		wish.ports[1].in = fd;
	else
		wish.ports[1].out = fd;
	FAILS(attach(vm, &wish), error, "%s as %s", name, in ? "input" : "output");
}

/* Opens files that must be refused, and closes them again. */
static void refuses_path(struct vm *vm, int error, bool in, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	must(fd >= 0, path);
	refuses_file(vm, error, in, fd, path);
	close(fd);
}

static void wrong_files(struct vm *vm)
{
	int pipes[2], event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	must(!pipe2(pipes, O_CLOEXEC), "pipe");
	refuses_file(vm, EBADF, true, 1000, "a descriptor that is not open");
	refuses_file(vm, EBADF, false, -2, "descriptor -2");
	refuses_file(vm, EINVAL, true, pipes[0], "a blocking pipe");
	refuses_file(vm, EINVAL, false, pipes[1], "a blocking pipe");
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	refuses_file(vm, EBADF, true, pipes[1], "a pipe's other end");
	refuses_file(vm, EBADF, false, pipes[0], "a pipe's other end");
	refuses_file(vm, EOPNOTSUPP, true, event, "an eventfd");
	refuses_file(vm, EOPNOTSUPP, true, vm->keel, "a VM");
	refuses_path(vm, EOPNOTSUPP, true, "/tmp", O_RDONLY | O_DIRECTORY);
	refuses_path(vm, EOPNOTSUPP, false, "/dev/null", O_WRONLY | O_NONBLOCK);
	refuses_path(vm, EBADF, false, "/dev/null", O_RDONLY | O_NONBLOCK);
	refuses_path(vm, EBADF, false, "/dev/null", O_PATH);
	refuses_path(vm, EOPNOTSUPP, true, "/proc/self/status", O_RDONLY);
	refuses_path(vm, EOPNOTSUPP, true, "/sys/kernel/notes", O_RDONLY);
	refuses_path(vm, EOPNOTSUPP, false, "/proc/sys/kernel/ns_last_pid", O_RDWR);
	close(pipes[0]);
	close(pipes[1]);
	close(event);
}

static void wrong_changes(struct vm *vm)
{
	struct keel_port_change change;

#define REFUSES(error, name, ...) ({ \
	change = (struct keel_port_change) { \
		.size = sizeof(change), .class = KEEL_CLASS_VIRTIO_MMIO, \
		.what = KEEL_PORT_SIZE, .to.cols = 80, \
	}; \
	__VA_ARGS__; \
	FAILS(ioctl(vm->keel, KEEL_SET_PORT, &change), (error), "%s", name); \
})

	REFUSES(ENODEV, "a UART's port", change.class = KEEL_CLASS_UART);
	REFUSES(ENODEV, "a console that has no files", change.instance = 1);
	REFUSES(ENODEV, "a console that is not there", change.instance = 3);
	REFUSES(EINVAL, "a port that is not there", change.port = 2);
	REFUSES(EINVAL, "nothing", change.what = 0, change.to.cols = 0);
	REFUSES(EINVAL, "files beside a size", change.to.in = -1);
	REFUSES(EINVAL, "a size beside files", change.what = KEEL_PORT_FILES);
	REFUSES(EINVAL, "another name", change.to.name[0] = 'x');
	REFUSES(EBADF, "a file that is none", change.what = KEEL_PORT_FILES, change.to.cols = 0,
		change.to.in = 1000, change.to.out = -1);
#undef REFUSES
}

static void in_another_process(void *arg)
{
	struct vm *vm = arg;
	struct wish wish;
	bool attaching, changing;

	wish_for(&wish, 1);
	attaching = failed_with(attach(vm, &wish), EIO);
	changing = failed_with(set_port(vm, 0, KEEL_PORT_FILES, -1, -1), EIO);
	exit(attaching && changing ? 0 : 1);
}

static void refused(void)
{
	int before = open_fds(), pipes[2];
	struct wish wish;
	struct vm vm;

	create(&vm);
	FAILS(set_port(&vm, 0, KEEL_PORT_FILES, -1, -1), ENODEV, "SET_PORT before ATTACH");
	wrong_values(&vm);
	wrong_files(&vm);
	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	wish_for(&wish, 0);
	wish.ports[1].out = pipes[1];
	WORKS(attach(&vm, &wish), "ports");
	FAILS(attach(&vm, &wish), EBUSY, "ATTACH a second time");
	wrong_changes(&vm);
	ok(in_child(in_another_process, &vm, 20) == 0, "another process is refused");
	WORKS(set_port(&vm, 1, KEEL_PORT_FILES, pipes[0], -1), "SET_PORT: another file");
	WORKS(set_port(&vm, 1, KEEL_PORT_FILES, -1, -1), "SET_PORT: no file");
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
	ok(open_fds() == before, "refused calls leave no descriptor open");
}

/* ---- A guest that writes ---- */

static void begin(struct vm *vm)
{
	create(vm);
	vm_create_vcpu(vm, &guest_spin);
	vm_add(vm, 0);
	driver_aim(vm, 1);	/* the console with one port */
}

/* A driver that sends a chain of SIZE bytes through queue 1, and then counts. */
static void send(struct vm *vm)
{
	driver_send(vm, 1, SIZE);
}

static void attach_one(struct vm *vm, int out, u32 serve, u32 flags)
{
	struct wish wish;

	wish_for(&wish, 1);
	wish.ports[0].out = out;
	wish.ports[0].flags = flags;
	wish.attach.serve = serve;
	must(!attach(vm, &wish), "a console");
}

static char buffer[1 << 20];

/* A pipe of one page: a whole chain is sent in parts. */
static void in_parts(void)
{
	struct runner runner;
	struct server server;
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	fcntl(pipes[1], F_SETPIPE_SZ, 4096);
	begin(&vm);
	attach_one(&vm, pipes[1], KEEL_SERVE_INLINE, 0);
	send(&vm);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "a guest goes on while its pipe is full");
	ok(!driver_is_used(&vm), "and its chain is not used yet");
	server_start(&server, &vm, 0);
	memset(buffer, 0, SIZE);
	ok(read_all(pipes[0], buffer, SIZE) == SIZE, "the reader gets the whole chain");
	ok(buffer[0] == 'x' && !memcmp(buffer, buffer + 1, SIZE - 1), "with the bytes sent");
	ok(driver_becomes_used(&vm), "and then the chain is used");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

/* With KEEL_PORT_DROP, or without a file, output does not wait. */
static void lost(int out, u32 flags, const char *name)
{
	struct runner runner;
	struct vm vm;

	begin(&vm);
	attach_one(&vm, out, KEEL_SERVE_INLINE, flags);
	send(&vm);
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "%s: output is dropped, the chain is used", name);
	runner_kick(&runner);
	vm_close(&vm);
}

/*
 * The owner of a full pipe makes it blocking after KEEL_ATTACH_CONSOLE, so that the serving thread
 * blocks in it. A thread that stops the queue does not wait for that.
 */
static void breaks_its_word(u32 serve, bool take_away)
{
	struct runner runner;
	struct server server;
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	begin(&vm);
	attach_one(&vm, pipes[1], serve, 0);
	fill(pipes[1]);
	fcntl(pipes[1], F_SETFL, 0);
	send(&vm);
	server_start(&server, &vm, 0);
	runner_start(&runner, &vm, 0);
	pause_ms(300);
	if (take_away) {
		struct keel_port_change none = {
			.size = sizeof(none),
			.class = KEEL_CLASS_VIRTIO_MMIO, .instance = 1, .what = KEEL_PORT_FILES,
			.to = { .in = -1, .out = -1 },
		};

		WORKS(ioctl(vm.keel, KEEL_SET_PORT, &none), "SET_PORT: no file (%u)", serve);
		ok(driver_becomes_used(&vm), "and the chain stuck in it is used (%u)", serve);
	} else {
		WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE does not wait for a blocking pipe (%u)",
		      serve);
	}
	runner_kick(&runner);
	server_stop(&server);
	vm_close(&vm);
	ok(true, "and closing the VM does not block (%u)", serve);
	close(pipes[0]);
	close(pipes[1]);
}

static void emergency(void)
{
	unsigned int length = 0;
	struct runner runner;
	struct server server;
	size_t filled;
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	begin(&vm);
	attach_one(&vm, pipes[1], KEEL_SERVE_INLINE, 0);
	filled = fill(pipes[1]);
	driver_poke(&vm, &length, EMERG, 'K');
	driver_poke(&vm, &length, EMERG, 'e');
	driver_poke(&vm, &length, EMERG, 'e');
	driver_poke(&vm, &length, EMERG, 'l');
	driver_spin(&vm, length);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "emergency writes do not wait");
	server_start(&server, &vm, 0);
	ok(read_all(pipes[0], buffer, filled) == filled, "the pipe's old contents are read");
	ok(read_all(pipes[0], buffer, 4) == 4 && !memcmp(buffer, "Keel", 4), "then the text");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

void test_virtio_console(void)
{
	int pipes[2];

	refused();
	in_parts();
	emergency();
	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	fill(pipes[1]);
	lost(pipes[1], KEEL_PORT_DROP, "drop");
	lost(-1, 0, "no file");
	close(pipes[0]);
	signal(SIGPIPE, SIG_IGN);	/* a vCPU thread that writes gets it like any thread */
	lost(pipes[1], 0, "a pipe without a reader");
	signal(SIGPIPE, SIG_DFL);
	close(pipes[1]);
	breaks_its_word(KEEL_SERVE_WORKER, true);
	breaks_its_word(KEEL_SERVE_WORKER, false);
	breaks_its_word(KEEL_SERVE_INLINE, false);
}
