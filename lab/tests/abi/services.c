// SPDX-License-Identifier: GPL-2.0
/* KEEL_OPEN_UART, KEEL_STATS and KEEL_INPUT. */
#include "abi.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_console(struct vm *vm, u32 instance, u32 flags)
{
	struct keel_uart_stream console = {
		.size = sizeof(console), .instance = instance, .flags = flags,
	};

	return ioctl(vm->keel, KEEL_OPEN_UART, &console);
}

static int poll_now(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

/* Bytes without a line's end are told of later. */
static bool poll_for_input(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, -1) == 1 && p.revents & POLLIN;
}

static void console_refusals(struct vm *vm)
{
	FAILS(open_console(vm, 1, 0), ENODEV, "uart1, which does not exist");
	FAILS(open_console(vm, 0xffffffff, 0), ENODEV, "uart4294967295");
	FAILS(open_console(vm, 0x10000, 0), ENODEV, "uart65536 is not uart0");
	FAILS(open_console(vm, 0, 1), EINVAL, "flags: 1");
	FAILS(open_console(vm, 0, O_APPEND), EINVAL, "flags: O_APPEND");
	FAILS(open_console(vm, 0, O_NONBLOCK | 0x80000000), EINVAL, "flags: an unknown one");
	FAILS(ioctl(vm->keel, KEEL_OPEN_UART, NULL), EFAULT, "no argument");
}

static void console_data(struct vm *vm, int fd)
{
	struct keel_run run;
	char bytes[64];
	int modem = -1;

	ok(!ioctl(fd, TIOCMGET, &modem) && modem == (TIOCM_CTS | TIOCM_DSR | TIOCM_CAR),
	   "TIOCMGET: inputs are asserted, and no output is (%x)", modem);
	ok(!(poll_now(fd, POLLPRI) & POLLPRI), "poll: no output has changed");
	FAILS(ioctl(fd, TIOCMGET, NULL), EFAULT, "TIOCMGET to NULL");
	FAILS(read(fd, bytes, sizeof(bytes)), EAGAIN, "nothing to read yet");
	ok(!(poll_now(fd, POLLIN | POLLOUT) & POLLIN), "poll reports nothing to read");
	ok(poll_now(fd, POLLIN | POLLOUT) & POLLOUT, "poll: it can be written");
	must(!vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG, "guest_hello");
	ok(poll_for_input(fd), "the guest sends a byte: poll reports input");
	ok(WORKS(read(fd, bytes, sizeof(bytes)), "read") == 1 && bytes[0] == 'K', "gets it");
	ok(read(fd, bytes, 0) <= 0, "read of nothing gives nothing");
	FAILS(read(fd, bytes, sizeof(bytes)), EAGAIN, "nothing more to read");
	/* Once more; a read that fails may lose the bytes it had taken */
	must(!ioctl(vm->keel, KEEL_PAUSE) && !ioctl(vm->keel, KEEL_RESET) &&
	     !ioctl(vm->keel, KEEL_RESUME), "KEEL_RESET");
	guest_load(vm, 0, &guest_hello);
	must(!vm_run(vm, 0, &run), "guest_hello");
	FAILS(syscall(SYS_read, fd, (long)NOWHERE, 64L), EFAULT, "read to unmapped memory");
	FAILS(syscall(SYS_write, fd, 0L, 1L), EFAULT, "write from NULL");
	FAILS(syscall(SYS_write, fd, (long)NOWHERE, 64L), EFAULT, "write from unmapped memory");
	ok(WORKS(write(fd, "x", 1), "write") == 1, "write takes a byte");
	ok(write(fd, "", 0) == 0, "write of 0 bytes returns 0");
	FAILS(ioctl(fd, KEEL_PAUSE), ENOTTY, "a stream refuses a VM's ioctls");
}

/* The guest reads nothing: bytes that do not fit wait, and are not lost. */
static void console_full(int fd)
{
	char bytes[4096] = { 0 };
	size_t all = 0;
	ssize_t n;

	for (;;) {
		n = write(fd, bytes, sizeof(bytes));
		if (n <= 0 || all > 1 << 24)
			break;
		all += n;
	}
	ok(n < 0 && errno == EAGAIN, "write to a full stream returns EAGAIN (%zu bytes)", all);
	ok(!(poll_now(fd, POLLOUT) & POLLOUT), "poll reports no room");
}

/* In the guest's place, while the VM is paused. */
static void console_send(struct vm *vm, const char *text)
{
	struct keel_access access = {
		.size = sizeof(access), .addr = 0x3f8, .length = 1, .flags = KEEL_ACCESS_WRITE,
	};

	for (; *text; text++) {
		access.value = *text;
		must(!ioctl(vm->keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
	}
}

static u64 console_handed_over(struct vm *vm)
{
	return vm_value(vm, KEEL_STATS, "stream0", "handed_over");
}

/*
 * However long a line takes, the reader is told of it once: by its end, or by the time before
 * that. What has no end arrives all the same.
 */
static void console_lines(struct vm *vm, int fd)
{
	static const char line[] = "a line that a kernel sends byte by byte\n";
	const size_t size = sizeof(line) - 1;
	u64 before = console_handed_over(vm);
	unsigned int i, good = 0;
	char bytes[64];

	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	for (i = 0; i < 100; i++) {
		console_send(vm, line);
		good += poll_now(fd, POLLIN) & POLLIN && read(fd, bytes, sizeof(bytes)) == size &&
			!memcmp(bytes, line, size);
	}
	ok(good == 100, "poll reports a line at its end (%u of 100)", good);
	ok(console_handed_over(vm) == before + 100, "and once: %llu times for 100 lines",
	   (unsigned long long)(console_handed_over(vm) - before));
	console_send(vm, "login: ");
	ok(poll_for_input(fd) && read(fd, bytes, sizeof(bytes)) == 7, "what is no line arrives");
	ok(!(poll_now(fd, POLLIN) & POLLIN), "and nothing is left");
	for (i = 0; i < 3; i++)
		console_send(vm, line);
	ok(console_handed_over(vm) == before + 102, "a reader that does not read is told once");
	for (i = 0; i < 3; i++)
		good += poll_now(fd, POLLIN) & POLLIN && read(fd, bytes, size) == size;
	ok(good == 103 && !(poll_now(fd, POLLIN) & POLLIN), "until it has read the last byte");
	must(!ioctl(vm->keel, KEEL_RESUME), "KEEL_RESUME");
}

static void console_blocks(struct vm *vm)
{
	struct pollfd p = { .events = POLLIN };
	char byte;
	int fd = WORKS(open_console(vm, 0, O_CLOEXEC), "opened again, blocking");

	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "O_CLOEXEC is heeded");
	alarm(1);
	FAILS(read(fd, &byte, 1), EINTR, "read waits, until a signal");
	p.fd = fd;
	ok(poll(&p, 1, 100) == 0, "poll waits, until its timeout");
	close(fd);
}

/* The stream outlives the VM's fd. */
static void console_last(void)
{
	struct keel_run run;
	int users = module_users(), fd;
	struct vm vm;
	char byte;

	vm_start(&vm, &guest_hello);
	fd = open_console(&vm, 0, O_NONBLOCK);
	must(fd >= 0 && !vm_run(&vm, 0, &run), "guest_hello");
	vm_close(&vm);
	alarm(5);
	read(fd, &byte, 1);
	write(fd, "y", 1);
	poll_now(fd, POLLIN | POLLOUT);
	alarm(0);
	close(fd);
	ok(module_users_become(users), "closing the stream last releases the module");
}

void test_console(void)
{
	struct vm vm;
	int fd;

	vm_start(&vm, &guest_hello);
	console_refusals(&vm);
	fd = WORKS(open_console(&vm, 0, O_NONBLOCK), "uart0");
	ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "O_NONBLOCK is heeded");
	FAILS(open_console(&vm, 0, 0), EBUSY, "opened a second time meanwhile");
	console_data(&vm, fd);
	console_lines(&vm, fd);
	console_full(fd);
	close(fd);
	console_blocks(&vm);
	vm_close(&vm);
	console_last();
}

static long stats(struct vm *vm, struct keel_stats *s, u64 address, u32 room)
{
	*s = (struct keel_stats) { .size = sizeof(*s), .stats = address, .nr = room };
	return ioctl(vm->keel, KEEL_STATS, s);
}

/* Every name is a string, and not empty. */
bool stats_tidy(const struct keel_stat *s, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!s[i].device[0] || !s[i].name[0])
			return false;
		if (!memchr(s[i].device, 0, sizeof(s[i].device)) ||
		    !memchr(s[i].name, 0, sizeof(s[i].name)))
			return false;
	}
	return true;
}

/* All names are different. */
bool stats_unique(const struct keel_stat *s, u32 nr)
{
	u32 i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(s[i].device, s[k].device) && !strcmp(s[i].name, s[k].name)) {
				note("%s.%s twice", s[i].device, s[i].name);
				return false;
			}
	return true;
}

/* A value by device and name; all ones if it is missing. */
u64 stats_value(const struct keel_stat *s, u32 nr, const char *device, const char *name)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!strcmp(s[i].device, device) && !strcmp(s[i].name, name))
			return s[i].value;
	note("no counter %s.%s", device, name);
	return ~0ULL;
}

/* The same, read from a VM: @command is KEEL_STATS or KEEL_INSPECT */
u64 vm_value(struct vm *vm, unsigned int command, const char *device, const char *name)
{
	static struct keel_stat list[2048];
	struct keel_stats s = {
		.size = sizeof(s), .stats = (uintptr_t)list, .nr = ARRAY_SIZE(list),
	};

	must(!ioctl(vm->keel, command, &s), "a list");
	return stats_value(list, s.nr, device, name);
}

static void stats_values(struct vm *vm, struct keel_stat *room, u32 nr)
{
	struct keel_stats s;
	u32 i;

	memset(room, 0xee, (nr + 1) * sizeof(*room));
	WORKS(stats(vm, &s, (uintptr_t)room, nr), "with enough room");
	ok(s.nr == nr, "as many counters as announced (%u)", s.nr);
	ok(stats_tidy(room, nr), "every name is a string");
	ok(stats_unique(room, nr), "no counter comes twice");
	ok((u8)room[nr].device[0] == 0xee, "nothing is written behind them");
	ok(stats_value(room, nr, "uart0", "regs.writes") == 1, "the guest's one byte is counted");
	memset(room, 0xee, (nr + 1) * sizeof(*room));
	WORKS(stats(vm, &s, (uintptr_t)room, 3), "with room for three");
	ok(s.nr == nr, "the number of all counters is returned (%u)", s.nr);
	ok((u8)room[2].device[0] != 0xee && (u8)room[3].device[0] == 0xee, "three are written");
	for (i = 0; i < 100; i++)
		stats(vm, &s, (uintptr_t)room, nr);
	ok(stats_value(room, nr, "uart0", "regs.writes") == 1, "KEEL_STATS changes no counter");
}

void test_stats(void)
{
	struct keel_stats s;
	struct keel_stat *room;
	struct keel_run run;
	struct vm vm;
	u32 nr;

	vm_start(&vm, &guest_hello);
	must(!vm_run(&vm, 0, &run), "guest_hello");
	WORKS(stats(&vm, &s, 0, 0), "without room");
	nr = s.nr;
	ok(nr > 20 && nr < 10000, "the number of counters is returned (%u)", nr);
	room = calloc(nr + 1, sizeof(*room));
	stats_values(&vm, room, nr);
	FAILS(stats(&vm, &s, 0, 1), EFAULT, "to 0");
	FAILS(stats(&vm, &s, NOWHERE, nr), EFAULT, "to unmapped memory");
	FAILS(stats(&vm, &s, KERNEL, nr), EFAULT, "into the kernel");
	FAILS(stats(&vm, &s, KERNEL, 0xffffffff), EFAULT, "4 billion into the kernel");
	FAILS(ioctl(vm.keel, KEEL_STATS, NULL), EFAULT, "no argument");
	free(room);
	vm_close(&vm);
}

static long input(struct vm *vm, u16 class, u16 instance, u32 input, u64 value)
{
	struct keel_input i = {
		.size = sizeof(i), .class = class, .instance = instance, .input = input,
		.value = value,
	};

	return ioctl(vm->keel, KEEL_INPUT, &i);
}

void test_input(void)
{
	struct vm vm;

	vm_start(&vm, &guest_debug);
	WORKS(input(&vm, KEEL_CLASS_PM, 0, KEEL_INPUT_POWER_BUTTON, 0), "power button");
	WORKS(input(&vm, KEEL_CLASS_PM, 0, KEEL_INPUT_SLEEP_BUTTON, 0), "sleep button");
	FAILS(input(&vm, KEEL_CLASS_PM, 1, KEEL_INPUT_POWER_BUTTON, 1), ENODEV, "of pm1");
	FAILS(input(&vm, KEEL_CLASS_PM, 0xffff, 0, 1), ENODEV, "of pm65535");
	FAILS(input(&vm, KEEL_CLASS_BOARD, 0, 0, 1), ENODEV, "of the board");
	FAILS(input(&vm, KEEL_NR_CLASSES, 0, 0, 1), ENODEV, "of a class that does not exist");
	FAILS(input(&vm, 0xffff, 0, 0, 1), ENODEV, "of class 65535");
	FAILS(input(&vm, KEEL_CLASS_PM, 0, 99, 1), EINVAL, "99 of pm0");
	FAILS(input(&vm, KEEL_CLASS_PM, 0, 0xffffffff, 1), EINVAL, "4294967295 of pm0");
	FAILS(input(&vm, KEEL_CLASS_DEBUGEXIT, 0, 0, 1), EINVAL, "of a device without inputs");
	FAILS(input(&vm, KEEL_CLASS_PIT, 0, 0, 1), EINVAL, "of the PIT");
	/* 0x100 and up are the module's own, not for callers */
	FAILS(input(&vm, KEEL_CLASS_UART, 0, 0x100, 'x'), EINVAL, "0x100 of uart0");
	FAILS(input(&vm, KEEL_CLASS_UART, 0, 0x101, 0), EINVAL, "0x101 of uart0");
	FAILS(input(&vm, KEEL_CLASS_UART, 0, 0x102, 0), EINVAL, "0x102 of uart0");
	FAILS(ioctl(vm.keel, KEEL_INPUT, NULL), EFAULT, "no argument");
	ok(vm_alive(&vm), "the VM still runs");
}
