// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments as programs of other versions have them: shorter, longer, with fields and flags that
 * this Keel does not know.
 */
#include "driver.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE	4096U

/*
 * Bytes of each argument in the first version that had the command. A number here does not change
 * any more: programs of that version pass it.
 */
const struct abi_command abi_commands[] = {
	{ "GET_INFO", KEEL_GET_INFO, 8 },
	{ "CREATE_VM", KEEL_CREATE_VM, 56 },
	{ "ADD_VCPU", KEEL_ADD_VCPU, 16 },
	{ "RUN", KEEL_RUN, 24 },
	{ "OPEN_UART", KEEL_OPEN_UART, 16 },
	{ "STATS", KEEL_STATS, 16 },
	{ "INPUT", KEEL_INPUT, 24 },
	{ "STATE_GET", KEEL_STATE_GET, 24 },
	{ "STATE_SET", KEEL_STATE_SET, 24 },
	{ "ACCESS", KEEL_ACCESS, 32 },
	{ "INSPECT", KEEL_INSPECT, 16 },
	{ "LAST_EXITS", KEEL_LAST_EXITS, 24 },
	{ "SET_MEMORY", KEEL_SET_MEMORY, 16 },
	{ "ATTACH_BLK", KEEL_ATTACH_BLK, 72 },
	{ "ATTACH_NET", KEEL_ATTACH_NET, 32 },
	{ "ATTACH_VSOCK", KEEL_ATTACH_VSOCK, 56 },
	{ "ATTACH_CONSOLE", KEEL_ATTACH_CONSOLE, 32 },
	{ "ATTACH_RNG", KEEL_ATTACH_RNG, 16 },
	{ "DETACH", KEEL_DETACH, 16 },
	{ "PULSE", KEEL_PULSE, 16 },
	{ "SET_PORT", KEEL_SET_PORT, 80 },
	{ "SERVE", KEEL_SERVE, 16 },
	{ "LATENCY_SET", KEEL_LATENCY_SET, 8 },
	{ "LATENCY_GET", KEEL_LATENCY_GET, 48 },
	{ "FWCFG_SET", KEEL_FWCFG_SET, 16 },
	{ "LIMIT_SET", KEEL_LIMIT_SET, 32 },
	{ "CLAIM", KEEL_CLAIM, 32 },
	{ "PAUSE", KEEL_PAUSE, 0 },
	{ "RESUME", KEEL_RESUME, 0 },
	{ "RESET", KEEL_RESET, 0 },
};

const unsigned int nr_abi_commands = ARRAY_SIZE(abi_commands);

enum { BLK, NET, VSOCK, CONSOLE, RNG, NR_DEVICES };

union argument {
	u32 size;
	struct keel_info info;
	struct keel_vm_config vm;
	struct keel_vcpu_config vcpu;
	struct keel_run run;
	struct keel_uart_stream uart;
	struct keel_stats stats;
	struct keel_last_exits exits;
	struct keel_input input;
	struct keel_state state;
	struct keel_access access;
	struct keel_memory memory;
	struct keel_attach_blk blk;
	struct keel_attach_net net;
	struct keel_attach_vsock vsock;
	struct keel_attach_console console;
	struct keel_attach_rng rng;
	struct keel_detach detach;
	struct keel_pulse pulse;
	struct keel_port_change port;
	struct keel_serve serve;
	struct keel_latency_set latency_set;
	struct keel_latency_get latency_get;
	struct keel_fwcfg_set fwcfg;
	struct keel_limit limit;
	struct keel_claim claim;
};

static struct vm vm;
static struct keel_port port = { .in = -1, .out = -1 };
static const struct keel_net_pair pair = { .tap = -1, .vhost = -1 };
static struct keel_memory_region region;
static const struct keel_fwcfg_items no_items;
static u8 *pages;	/* three, the last of which is not mapped */

static void create(void)
{
	static const u16 types[NR_DEVICES] = {
		[BLK] = KEEL_VIRTIO_BLK, [NET] = KEEL_VIRTIO_NET, [VSOCK] = KEEL_VIRTIO_VSOCK,
		[CONSOLE] = KEEL_VIRTIO_CONSOLE, [RNG] = KEEL_VIRTIO_RNG,
	};
	unsigned int i;

	vm_prepare(&vm);
	for (i = 0; i < NR_DEVICES; i++)
		vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
			.class = KEEL_CLASS_VIRTIO_MMIO, .instance = i, .irq = 10,
			.base = DRIVER_BASE + i * 0x1000,
			/* No CTRL_VQ and MQ; no MULTIPORT */
			.virtio = { .type = types[i], .features = i == NET ? 0x420000 :
					    i == CONSOLE ? 2 : 0 },
		};
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_FWCFG, .irq = KEEL_IRQ_DEFAULT,
	};
	must(vm_create(&vm) >= 0, "a VM with virtio devices");
	vm_create_vcpu(&vm, &guest_debug);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	region = (struct keel_memory_region) { .size = MEMORY_SIZE, .user = (uintptr_t)vm.memory };
}

/* An argument that is refused neither for its size nor for a value, even the second time */
static union argument valid(unsigned int command)
{
	union argument a;

	memset(&a, 0, sizeof(a));
	switch (command) {
	case KEEL_CREATE_VM:
		a.vm = vm.config;	/* EBUSY */
		break;
	case KEEL_ADD_VCPU:
		a.vcpu.vcpu_fd = vm.vcpu[0];	/* EEXIST */
		a.vcpu.run = (uintptr_t)vm.run[0];
		break;
	case KEEL_INPUT:
		a.input.class = KEEL_CLASS_PM;
		break;
	case KEEL_ACCESS:
		a.access.length = 1;	/* EBUSY */
		break;
	case KEEL_SET_MEMORY:
		a.memory.nr = 1;
		a.memory.regions = (uintptr_t)&region;
		break;
	case KEEL_ATTACH_BLK:
		a.blk.class = KEEL_CLASS_VIRTIO_MMIO;
		a.blk.fd = -1;	/* EBADF */
		a.blk.block_size = 512;
		break;
	case KEEL_ATTACH_NET:
		a.net.class = KEEL_CLASS_VIRTIO_MMIO;
		a.net.instance = NET;
		a.net.nr_pairs = 1;
		a.net.mtu = 1500;
		a.net.pairs = (uintptr_t)&pair;	/* EBADF */
		break;
	case KEEL_ATTACH_VSOCK:
		a.vsock.class = KEEL_CLASS_VIRTIO_MMIO;
		a.vsock.instance = VSOCK;
		a.vsock.vhost = -1;	/* EBADF */
		break;
	case KEEL_ATTACH_CONSOLE:
		a.console.class = KEEL_CLASS_VIRTIO_MMIO;
		a.console.instance = CONSOLE;
		a.console.nr_ports = 1;
		a.console.ports = (uintptr_t)&port;
		break;
	case KEEL_ATTACH_RNG:
		a.rng.class = KEEL_CLASS_VIRTIO_MMIO;
		a.rng.instance = RNG;
		break;
	case KEEL_DETACH:	/* EBUSY */
		a.detach.class = KEEL_CLASS_VIRTIO_MMIO;
		break;
	case KEEL_FWCFG_SET:
		a.fwcfg.length = sizeof(no_items);
		a.fwcfg.items = (uintptr_t)&no_items;
		break;
	case KEEL_CLAIM:	/* EBUSY */
		a.claim.addr = 0xd0000000;
		a.claim.length = PAGE;
		break;
	case KEEL_SET_PORT:
		a.port.class = KEEL_CLASS_VIRTIO_MMIO;
		a.port.instance = CONSOLE;
		a.port.what = KEEL_PORT_SIZE;
		a.port.to.cols = 80;
		break;
	}
	return a;
}

/* A call that waits ends by a signal. */
static long call(unsigned int command, void *arg)
{
	struct itimerval soon = { { 0, 50000 }, { 0, 50000 } }, never = { 0 };
	bool of_device = command == KEEL_GET_INFO || command == KEEL_CREATE_VM;
	bool opens = command == KEEL_OPEN_UART;
	long ret;

	if (command == KEEL_SERVE)
		setitimer(ITIMER_REAL, &soon, NULL);
	ret = ioctl(of_device ? keel_fd : vm.keel, command, arg);
	if (command == KEEL_SERVE)
		setitimer(ITIMER_REAL, &never, NULL);
	if (opens && ret >= 0)
		close(ret);
	return ret;
}

/* A valid argument of this size, which ends at "end", and whose last byte is "last" */
static long call_sized(unsigned int command, u32 size, u8 *end, u8 last)
{
	union argument a = valid(command);
	u8 *at = end - size;

	memset(at, 0, size);
	memcpy(at, &a, size < sizeof(a) ? size : sizeof(a));
	if (last)
		end[-1] = last;
	*(u32 *)at = size;
	return call(command, at);
}

static void accepted(const struct abi_command *c, u32 size, const char *name)
{
	long ret = call_sized(c->command, size, pages + 2 * PAGE, 0);
	bool good = ret >= 0 || (errno != EINVAL && errno != E2BIG && errno != EFAULT &&
				 errno != ENOTTY);

	ok(good, "%s: %s is accepted (%ld, errno %d)", c->name, name, ret, good ? 0 : errno);
}

static void says(const struct abi_command *c, u32 size)
{
	union argument a = valid(c->command);

	a.size = size;
	FAILS(call(c->command, &a), size < c->size ? EINVAL : E2BIG, "%s: size %u", c->name, size);
}

static void sizes(const struct abi_command *c)
{
	u8 *end = pages + 2 * PAGE, *at;

	says(c, 0);
	says(c, 4);
	says(c, c->size - 1);
	says(c, PAGE + 1);
	says(c, 0xffffffff);
	accepted(c, c->size, "its first size");
	accepted(c, sizeof(union argument), "a longer one with zeroes");
	accepted(c, PAGE, "a page");
	FAILS(call_sized(c->command, sizeof(union argument) + 8, end, 1), E2BIG,
	      "%s: a longer one with a field that is not known", c->name);
	FAILS(call_sized(c->command, PAGE, end, 0x80), E2BIG, "%s: likewise, a page", c->name);
	at = end - c->size + 4;		/* the last word is not mapped */
	memset(at, 0, c->size - 4);
	*(u32 *)at = c->size;
	FAILS(call(c->command, at), EFAULT, "%s: its end is not mapped", c->name);
	at = end - c->size;
	memset(at, 0, c->size);
	*(u32 *)at = sizeof(union argument) + 8;
	FAILS(call(c->command, at), EFAULT, "%s: the end of a longer one is not mapped", c->name);
	FAILS(call(c->command, end), EFAULT, "%s: no argument", c->name);
}

/* ---- Answers ---- */

/* An answer is written as far as both sides know it. */
static void answers(void)
{
	struct { struct keel_info info; u64 more; } known = { .info.size = sizeof(known) };
	struct keel_info info = { .size = 8, .features = 0x5a5a5a5a };

	WORKS(call(KEEL_GET_INFO, &info), "GET_INFO of an older program");
	ok(info.size == 8 && info.abi == KEEL_ABI_VERSION && info.features == 0x5a5a5a5a,
	   "it gets the version, and no more");
	WORKS(call(KEEL_GET_INFO, &known), "GET_INFO of a newer program");
	ok(known.info.abi == KEEL_ABI_VERSION && known.info.version[0] && !known.more,
	   "what it has beyond that stays zero");
}

/* ---- Values that are not known ---- */

#define FIELD(command, member, field, value) \
	{ #command ": " #field, KEEL_##command, \
	  offsetof(union argument, member.field), (value) }

static const struct unknown {
	const char *name;
	unsigned int command;
	size_t offset;
	u32 value;
} unknown[] = {
	FIELD(CREATE_VM, vm, flags, KEEL_VM_TELL_WAKES << 1),
	FIELD(LAST_EXITS, exits, reserved, 1),
	FIELD(CREATE_VM, vm, flags, 0x80000000),
	FIELD(RUN, run, reserved, 1),
	FIELD(OPEN_UART, uart, flags, 1),
	FIELD(OPEN_UART, uart, flags, 0x80000000),
	FIELD(OPEN_UART, uart, class, 1),
	FIELD(INPUT, input, reserved, 1),
	FIELD(ACCESS, access, flags, 4),
	FIELD(ACCESS, access, flags, 0x80000000),
	FIELD(ACCESS, access, reserved, 1),
	FIELD(SERVE, serve, flags, 1),
	FIELD(SERVE, serve, flags, 0x80000000),
	FIELD(SERVE, serve, reserved, 1),
	FIELD(LATENCY_SET, latency_set, action, KEEL_LATENCY_RESET + 1),
	FIELD(LIMIT_SET, limit, kind, KEEL_NR_LIMITS),
	FIELD(CLAIM, claim, flags, KEEL_CLAIM_PORTS << 1),
	FIELD(CLAIM, claim, flags, 0x80000000),
	FIELD(CLAIM, claim, reserved, 1),
	FIELD(SET_PORT, port, what, KEEL_PORT_SIZE | 4),
	FIELD(SET_PORT, port, to.flags, KEEL_PORT_DROP),
	FIELD(SET_PORT, port, to.reserved[0], 1),
	FIELD(SET_PORT, port, to.reserved[3], 1),
	FIELD(ATTACH_BLK, blk, flags, 2),
	FIELD(ATTACH_BLK, blk, flags, 0x80000000),
	FIELD(ATTACH_BLK, blk, reserved, 1),
	FIELD(ATTACH_BLK, blk, serve, KEEL_SERVE_POLL + 1),
	FIELD(ATTACH_BLK, blk, server, KEEL_MAX_SERVERS),
	FIELD(ATTACH_NET, net, server, KEEL_MAX_SERVERS),
	FIELD(ATTACH_VSOCK, vsock, server, KEEL_MAX_SERVERS),
	FIELD(ATTACH_VSOCK, vsock, rx.reserved, 1),
	FIELD(ATTACH_VSOCK, vsock, tx.reserved, 1),
	FIELD(ATTACH_CONSOLE, console, reserved, 1),
	FIELD(ATTACH_CONSOLE, console, serve, KEEL_SERVE_POLL + 1),
	FIELD(ATTACH_CONSOLE, console, server, 0xffffffff),
	FIELD(DETACH, detach, reserved, 1),
	FIELD(ATTACH_RNG, rng, serve, KEEL_SERVE_POLL + 1),
	FIELD(ATTACH_RNG, rng, server, KEEL_MAX_SERVERS),
};

static u32 size_of(unsigned int command)
{
	unsigned int i;

	for (i = 0; abi_commands[i].command != command; i++)
		;
	return abi_commands[i].size;
}

static void unknown_values(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		union argument a = valid(unknown[i].command);

		a.size = size_of(unknown[i].command);
		memcpy((u8 *)&a + unknown[i].offset, &unknown[i].value, sizeof(u32));
		FAILS(call(unknown[i].command, &a), EINVAL, "%s is %#x", unknown[i].name,
		      unknown[i].value);
	}
}

void test_sizes(void)
{
	unsigned int i;

	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(pages != MAP_FAILED && !munmap(pages + 2 * PAGE, PAGE), "pages");
	create();
	unknown_values();
	for (i = 0; i < nr_abi_commands; i++)
		if (abi_commands[i].size)
			sizes(&abi_commands[i]);
	answers();
	ok(vm_alive(&vm), "after all that the VM runs");
	munmap(pages, 2 * PAGE);
}
