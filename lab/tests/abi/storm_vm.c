// SPDX-License-Identifier: GPL-2.0
/*
 * A storm's VMs. All of them share the same memory, and in it a guest that carries out a list of
 * writes to registers and ports, which the threads rewrite meanwhile.
 */
#include "storm.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define BASE		0xfeb00000ULL
#define STEP		0x1000
#define BAR_STEP	0x4000
#define STORM_EVENTFDS	(KEEL_NR_GSIS + 48)	/* of vectors */
#define HPET		0xd000			/* from BASE on, behind BARs */

/* In the guest's memory, beside abi.h's areas: queues, each of a page, then data to send */
#define LIST_LENGTH	(PROGRESS + 0x3e)
#define LIST		(PROGRESS + 0x40)
#define LIST_ROOM	200
#define QUEUES		0x5000
#define QUEUE_ROOM	8
#define DATA		0xd000

/* A write that the guest makes, and its address */
struct order {
	u16 is_port;
	u16 where;
	u32 value;
} __packed;

/*
 * 1: mov si, 0x40; mov cx, [0x3e]
 * 2: lodsw; mov bx, ax; lodsw; mov di, ax; mov dx, ax; lodsd; test bx, bx; jnz 3f;
 *    mov es:[di], eax; jmp 4f
 * 3: out dx, eax
 * 4: loop 2b; inc word [0]; jmp 1b
 */
static const struct guest guest_orders = {
	37, { 0xbe, 0x40, 0x00, 0x8b, 0x0e, 0x3e, 0x00, 0xad, 0x89, 0xc3, 0xad, 0x89, 0xc7,
	      0x89, 0xc2, 0x66, 0xad, 0x85, 0xdb, 0x75, 0x06, 0x26, 0x66, 0x89, 0x05,
	      0xeb, 0x02, 0x66, 0xef, 0xe2, 0xe8, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xdb }
};

static const struct virtio {
	u16 class;
	u16 instance;
	u16 type;
	u16 queues;
	u64 off;
} virtios[] = {
	{ KEEL_CLASS_VIRTIO_MMIO, 0, KEEL_VIRTIO_BLK, 0, 0 },
	{ KEEL_CLASS_VIRTIO_MMIO, 1, KEEL_VIRTIO_BLK, 4, 0 },
	{ KEEL_CLASS_VIRTIO_MMIO, 2, KEEL_VIRTIO_CONSOLE, 2, 2 },
	{ KEEL_CLASS_VIRTIO_MMIO, 3, KEEL_VIRTIO_CONSOLE, 6, 0 },
	{ KEEL_CLASS_VIRTIO_MMIO, 4, KEEL_VIRTIO_NET, 0, 0x420000 },
	{ KEEL_CLASS_VIRTIO_MMIO, 5, KEEL_VIRTIO_NET, 5, 0 },
	{ KEEL_CLASS_VIRTIO_MMIO, 6, KEEL_VIRTIO_VSOCK, 0, 0 },
	{ KEEL_CLASS_VIRTIO_MMIO, 7, KEEL_VIRTIO_RNG, 0, 0 },
	{ KEEL_CLASS_VIRTIO_PCI, 0, KEEL_VIRTIO_BLK, 2, 0 },
	{ KEEL_CLASS_VIRTIO_PCI, 1, KEEL_VIRTIO_CONSOLE, 4, 0 },
	{ KEEL_CLASS_VIRTIO_PCI, 2, KEEL_VIRTIO_NET, 0, 0x420000 },
	{ KEEL_CLASS_VIRTIO_PCI, 3, KEEL_VIRTIO_RNG, 0, 0 },
};

#define NR_MMIO	8	/* of these */
#define SLOTS	0x1eU	/* of the others */

struct storm_vm storm_vms[STORM_VMS];

static u8 *ours, *theirs;	/* the guests' memory: as the threads write it, as VMs map it */
static int memory_fd, kvm_fd;

static struct storm_vm *any_vm(struct storm_thread *t)
{
	return &storm_vms[storm_below(t, STORM_VMS)];
}

int storm_keel(struct storm_thread *t)
{
	return any_vm(t)->keel;
}

/* ---- Making them ---- */

static void map_theirs(void)
{
	mmap(theirs, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory_fd, 0);
}

/*
 * /dev/kvm, and a vCPU without a LAPIC, which no thread closes. KVM patches its code when the first
 * such vCPU comes and when the last one has gone, which is again and again here; the lab's
 * emulator, with two CPUs, may go on to execute the breakpoint that is there meanwhile.
 */
static void open_kvm(void)
{
	int vcpu;

	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vcpu = ioctl(ioctl(kvm_fd, KVM_CREATE_VM, 0), KVM_CREATE_VCPU, 0);
	must(vcpu >= 0 && vcpu < STORM_FIRST_FD, "/dev/kvm");
}

/* Below 4 GiB, so that addresses fit into the 32-bit words that threads fill at random */
void storm_make_memory(void)
{
	unsigned int i;

	open_kvm();
	memory_fd = storm_keep(memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	must(memory_fd >= 0 && !ftruncate(memory_fd, MEMORY_SIZE), "memory");
	must(!fcntl(memory_fd, F_ADD_SEALS, F_SEAL_SHRINK), "F_SEAL_SHRINK");
	ours = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
	theirs = (u8 *)0x30000000;
	map_theirs();
	memcpy(ours + CODE, guest_orders.code, guest_orders.length);
	*(u16 *)(ours + LIST_LENGTH) = 1;
	for (i = 0; i < STORM_VMS; i++) {
		struct storm_vm *vm = &storm_vms[i];

		memset(vm, 0xff, sizeof(*vm));
		vm->scratch = mmap(NULL, KEEL_SCRATCH_SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		vm->run = mmap(NULL, 0x4000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
}

/* A board with all that it can have */
static const struct keel_device_config chips[] = {
	{ .class = KEEL_CLASS_PIC }, { .class = KEEL_CLASS_IOAPIC }, { .class = KEEL_CLASS_PIT },
	{ .class = KEEL_CLASS_RTC }, { .class = KEEL_CLASS_PM }, { .class = KEEL_CLASS_UART },
	{ .class = KEEL_CLASS_I8042 },
	{ .class = KEEL_CLASS_PCIHOST },
	{ .class = KEEL_CLASS_LPC, .pci.slot = KEEL_LPC_SLOT },
	{ .class = KEEL_CLASS_HOTPLUG, .hotplug = { .slots = SLOTS } },
	{ .class = KEEL_CLASS_FWCFG }, { .class = KEEL_CLASS_DEBUGCON },
	{ .class = KEEL_CLASS_HPET, .base = BASE + HPET },
	{ .class = KEEL_CLASS_I6300ESB, .pci.slot = KEEL_I6300ESB_SLOT },
	{ .class = KEEL_CLASS_PVPANIC }, { .class = KEEL_CLASS_SCREEN },
	{ .class = KEEL_CLASS_BATTERY,
	  .battery = { .capacity = 50000, .voltage = 12000, .charge = 50000 } },
};

static struct keel_device_config device(const struct virtio *v)
{
	bool mmio = v->class == KEEL_CLASS_VIRTIO_MMIO;

	return (struct keel_device_config) {
		.class = v->class, .instance = v->instance,
		.irq = mmio ? 5 : KEEL_IRQ_DEFAULT,
		.base = mmio ? BASE + v->instance * STEP : 0,
		.virtio = { .slot = mmio ? 0 : 1 + v->instance, .type = v->type,
			    .queues = v->queues, .features = v->off },
	};
}

static unsigned int make_board(struct storm_thread *t, struct keel_device_config *devices)
{
	unsigned int nr, i;

	for (nr = 0; nr < ARRAY_SIZE(chips); nr++) {
		devices[nr] = chips[nr];
		devices[nr].irq = KEEL_IRQ_DEFAULT;
		if (chips[nr].class == KEEL_CLASS_HOTPLUG)
			devices[nr].hotplug.present = SLOTS & storm_below(t, 32);
		if (chips[nr].class == KEEL_CLASS_PCIHOST)
			devices[nr].pcihost.identity = storm_below(t, 2);
	}
	for (i = 0; i < ARRAY_SIZE(virtios); i++)
		devices[nr++] = device(&virtios[i]);
	return nr;
}

static int create(struct storm_thread *t, struct storm_vm *vm)
{
	struct keel_device_config devices[KEEL_MAX_DEVICES] = { 0 };
	unsigned int nr = make_board(t, devices);
	struct keel_vm_config config = {
		.size = sizeof(config),
		.flags = storm_below(t, 4), .kvm_fd = vm->kvm_vm,
		.nr_eventfds = STORM_EVENTFDS, .nr_devices = nr, .devices = (uintptr_t)devices,
		.eventfds = (uintptr_t)vm->eventfds, .scratch = (uintptr_t)vm->scratch,
	};

	if (storm_one_in(t, 8))
		((u32 *)&config)[storm_below(t, sizeof(config) / 4)] = storm_number(t);
	if (storm_one_in(t, 8))
		((u32 *)devices)[storm_below(t, nr * sizeof(*devices) / 4)] = storm_number(t);
	return storm_keep(ioctl(keel_fd, KEEL_CREATE_VM, &config));
}

static void load(int vcpu)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		return;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.base = PROGRESS;
	sregs.es.base = BASE;
	ioctl(vcpu, KVM_SET_SREGS, &sregs);
	ioctl(vcpu, KVM_SET_REGS, &regs);
	ioctl(vcpu, KVM_SET_MP_STATE, &runnable);
}

static void add_vcpu(struct storm_vm *vm)
{
	struct keel_vcpu_config config = { .size = sizeof(config), .run = (uintptr_t)vm->run };

	vm->vcpu = storm_keep(ioctl(vm->kvm_vm, KVM_CREATE_VCPU, 0));
	if (vm->vcpu < 0)
		return;
	mmap(vm->run, 0x3000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, vm->vcpu, 0);
	load(vm->vcpu);
	config.vcpu_fd = vm->vcpu;
	ioctl(vm->keel, KEEL_ADD_VCPU, &config);
}

static void shut(int *fd)
{
	int before = __atomic_exchange_n(fd, -1, __ATOMIC_RELAXED);

	if (before >= STORM_FIRST_FD)
		close(before);
}

static void close_vm(struct storm_vm *vm)
{
	unsigned int i;

	shut(&vm->keel);
	shut(&vm->vcpu);
	shut(&vm->kvm_vm);
	shut(&vm->console);
	for (i = 0; i < STORM_EVENTFDS; i++)
		shut(&vm->eventfds[i]);
}

void storm_close_all(void)
{
	unsigned int i;

	for (i = 0; i < STORM_VMS; i++)
		close_vm(&storm_vms[i]);
}

/* Replaces an earlier VM, which other threads may be using */
void storm_create_vm(struct storm_thread *t)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = MEMORY_SIZE, .userspace_addr = (uintptr_t)theirs,
	};
	struct storm_vm *vm = any_vm(t);
	struct keel_uart_stream console = { .size = sizeof(console), .flags = O_NONBLOCK };
	unsigned int i;
	int kvm = storm_one_in(t, 8) ? storm_fd(t, FD_KVM) : kvm_fd;

	close_vm(vm);
	vm->kvm_vm = storm_keep(ioctl(kvm, KVM_CREATE_VM, 0));
	if (vm->kvm_vm < 0)
		return storm_close_some(t);
	ioctl(vm->kvm_vm, KVM_SET_USER_MEMORY_REGION, &region);
	for (i = 0; i < STORM_EVENTFDS; i++)
		vm->eventfds[i] = storm_keep(eventfd(0, EFD_CLOEXEC));
	vm->keel = create(t, vm);
	if (vm->keel < 0)
		return storm_close_some(t);
	t->vms++;
	add_vcpu(vm);
	vm->console = storm_keep(ioctl(vm->keel, KEEL_OPEN_UART, &console));
}

/* ---- Calls ---- */

/* Now and then, replaces one word by a random number. */
static void spoil(struct storm_thread *t, void *what, size_t size)
{
	if (storm_one_in(t, 6))
		((u32 *)what)[storm_below(t, size / 4)] = storm_number(t);
}

static struct keel_vhost_fds eventfds(struct storm_thread *t)
{
	return (struct keel_vhost_fds) {
		.notify = storm_fd(t, FD_EVENTFD), .used = storm_fd(t, FD_EVENTFD),
		.error = storm_fd(t, FD_EVENTFD),
	};
}

/* Kinds of files that a port can have, for input, for output, or for both */
static int port_fd(struct storm_thread *t, bool in)
{
	static const u8 both[] = {
		FD_REGULAR, FD_TMPFS, FD_SOCKET, FD_DATAGRAM, FD_PTMX, FD_PTS, FD_TAP, FD_FIFO,
	};
	u32 which = storm_below(t, ARRAY_SIZE(both) + 3);

	if (which == ARRAY_SIZE(both))
		return -1;
	if (which > ARRAY_SIZE(both))
		return storm_fd(t, in ? FD_PIPE_READ : FD_PIPE_WRITE);
	return storm_fd(t, both[which]);
}

static void wish_ports(struct storm_thread *t, struct keel_port *ports, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ports[i] = (struct keel_port) {
			.in = port_fd(t, true), .out = port_fd(t, false),
			.flags = storm_below(t, 2), .name[0] = nr > 1 && i ? 'a' + i : 0,
		};
}

#define ATTACH(t, v, command, a) ({ \
	(a).size = sizeof(a); \
	(a).class = (v)->class; \
	(a).instance = (v)->instance; \
	(a).server = storm_below((t), STORM_SERVERS); \
	spoil((t), &(a), sizeof(a)); \
	ioctl(storm_keel(t), (command), &(a)); \
})

static void attach_blk(struct storm_thread *t, const struct virtio *v)
{
	struct keel_attach_blk a = {
		.serve = storm_below(t, 3), .flags = storm_below(t, 2), .block_size = 512,
		.capacity = 8, .fd = storm_fd(t, storm_below(t, 2) ? FD_REGULAR : FD_TMPFS),
	};

	ATTACH(t, v, KEEL_ATTACH_BLK, a);
}

static void attach_console(struct storm_thread *t, const struct virtio *v)
{
	struct keel_port ports[KEEL_VCON_PORTS] = { 0 };
	struct keel_attach_console a = {
		.serve = storm_below(t, 3), .nr_ports = v->queues < 4 ? 1 : v->queues / 2 - 1,
		.ports = (uintptr_t)ports,
	};

	wish_ports(t, ports, a.nr_ports);
	spoil(t, ports, a.nr_ports * sizeof(ports[0]));
	ATTACH(t, v, KEEL_ATTACH_CONSOLE, a);
}

static void attach_net(struct storm_thread *t, const struct virtio *v)
{
	struct keel_net_pair pairs[KEEL_NET_PAIRS] = { 0 };
	struct keel_attach_net a = {
		.nr_pairs = v->queues == 5 ? 2 : 1, .mtu = 1500, .pairs = (uintptr_t)pairs,
	};
	unsigned int i;

	for (i = 0; i < a.nr_pairs; i++)
		pairs[i] = (struct keel_net_pair) {
			.tap = storm_fd(t, FD_TAP), .vhost = storm_fd(t, FD_VHOST_NET),
			.rx = eventfds(t), .tx = eventfds(t),
		};
	spoil(t, pairs, a.nr_pairs * sizeof(pairs[0]));
	ATTACH(t, v, KEEL_ATTACH_NET, a);
}

static void attach_vsock(struct storm_thread *t, const struct virtio *v)
{
	struct keel_attach_vsock a = {
		.vhost = storm_fd(t, FD_VHOST_VSOCK), .cid = 3 + storm_below(t, 100),
		.rx = eventfds(t), .tx = eventfds(t),
	};

	ATTACH(t, v, KEEL_ATTACH_VSOCK, a);
}

static void attach_rng(struct storm_thread *t, const struct virtio *v)
{
	struct keel_attach_rng a = { .serve = storm_below(t, 3) };

	ATTACH(t, v, KEEL_ATTACH_RNG, a);
}

static void attach(struct storm_thread *t, const struct virtio *v)
{
	switch (v->type) {
	case KEEL_VIRTIO_BLK:
		return attach_blk(t, v);
	case KEEL_VIRTIO_CONSOLE:
		return attach_console(t, v);
	case KEEL_VIRTIO_NET:
		return attach_net(t, v);
	case KEEL_VIRTIO_VSOCK:
		return attach_vsock(t, v);
	default:
		return attach_rng(t, v);
	}
}

void storm_attach(struct storm_thread *t)
{
	attach(t, &virtios[storm_below(t, ARRAY_SIZE(virtios))]);
}

/* ---- Devices that come and go ---- */

static void detach(struct storm_thread *t, int keel, const struct virtio *v)
{
	struct keel_detach request = {
		.size = sizeof(request), .class = v->class, .instance = v->instance,
	};

	spoil(t, &request, sizeof(request));
	ioctl(keel, KEEL_DETACH, &request);
}

void storm_detach(struct storm_thread *t)
{
	int keel = storm_keel(t);

	ioctl(keel, KEEL_PAUSE);
	detach(t, keel, &virtios[storm_below(t, ARRAY_SIZE(virtios))]);
	ioctl(keel, KEEL_RESUME);
}

/* Two items, mostly; while the VM runs it is refused. */
void storm_fwcfg(struct storm_thread *t)
{
	struct {
		u32 nr, reserved;
		struct keel_fwcfg_item items[2];
		u8 bytes[64];
	} items = {
		.nr = 2,
		.items = { { .key = 1, .offset = 32, .length = storm_below(t, 65) },
			   { .key = 0x20, .offset = 40, .length = storm_below(t, 57) } },
	};
	struct keel_fwcfg_set set = {
		.size = sizeof(set), .length = sizeof(items), .items = (uintptr_t)&items,
	};
	int keel = storm_keel(t);

	spoil(t, &items, 32);
	spoil(t, &set, sizeof(set));
	if (storm_one_in(t, 2))
		ioctl(keel, KEEL_PAUSE);
	ioctl(keel, KEEL_FWCFG_SET, &set);
	ioctl(keel, KEEL_RESUME);
}

/* Of ports, some with devices and some without */
static void claim_ports(struct keel_claim *claim, struct storm_thread *t)
{
	claim->flags = KEEL_CLAIM_PORTS;
	claim->addr = storm_below(t, 0x600);
	claim->length = 1 + storm_below(t, 0x100);
}

/* Between the devices, over some of them, or beyond what the guest reaches */
void storm_claim(struct storm_thread *t)
{
	struct keel_claim claim = {
		.size = sizeof(claim), .addr = BASE + storm_below(t, 16) * STEP,
		.length = (1 + storm_below(t, 4)) * STEP,
	};

	if (!storm_below(t, 3))
		claim_ports(&claim, t);
	spoil(t, &claim, sizeof(claim));
	ioctl(storm_keel(t), KEEL_CLAIM, &claim);
}

static void tell_slot(int keel, u32 input, u64 slot)
{
	struct keel_input request = {
		.size = sizeof(request), .class = KEEL_CLASS_HOTPLUG, .input = input, .value = slot,
	};
	struct keel_input gpe = {
		.size = sizeof(gpe), .class = KEEL_CLASS_PM, .input = KEEL_INPUT_GPE,
		.value = KEEL_HOTPLUG_GPE,
	};

	ioctl(keel, KEEL_INPUT, &request);
	ioctl(keel, KEEL_INPUT, &gpe);
}

/* A function comes, is asked to leave, leaves; or as a launcher does it, with its back end. */
void storm_plug(struct storm_thread *t)
{
	const struct virtio *v = &virtios[NR_MMIO + storm_below(t, ARRAY_SIZE(virtios) - NR_MMIO)];
	u64 slot = 1 + v->instance;
	int keel = storm_keel(t);

	switch (storm_below(t, 4)) {
	case 0:
		attach(t, v);
		tell_slot(keel, KEEL_INPUT_PLUG, slot);
		break;
	case 1:
		tell_slot(keel, KEEL_INPUT_PULL, slot);
		ioctl(keel, KEEL_PAUSE);
		detach(t, keel, v);
		ioctl(keel, KEEL_RESUME);
		break;
	default:
		tell_slot(keel, storm_below(t, 4), storm_one_in(t, 8) ? storm_number(t) : slot);
	}
}

void storm_pulse(struct storm_thread *t)
{
	struct keel_pulse pulse = { .size = sizeof(pulse), .line = storm_below(t, KEEL_NR_GSIS) };

	spoil(t, &pulse, sizeof(pulse));
	ioctl(storm_keel(t), KEEL_PULSE, &pulse);
}

void storm_set_port(struct storm_thread *t)
{
	static const u8 consoles[] = { 2, 3, 9 };
	const struct virtio *v = &virtios[consoles[storm_below(t, ARRAY_SIZE(consoles))]];
	struct keel_port_change change = {
		.size = sizeof(change),
		.class = v->class, .instance = v->instance, .port = storm_below(t, 3),
		.what = KEEL_PORT_FILES,
		.to = { .in = port_fd(t, true), .out = port_fd(t, false) },
	};

	if (storm_one_in(t, 4)) {
		change.what = KEEL_PORT_SIZE;
		change.to = (struct keel_port) { .cols = storm_below(t, 300) };
	}
	spoil(t, &change, sizeof(change));
	ioctl(storm_keel(t), KEEL_SET_PORT, &change);
}

void storm_set_memory(struct storm_thread *t)
{
	struct keel_memory_region regions[2] = {
		{ .size = MEMORY_SIZE / 2, .user = (uintptr_t)theirs },
		{ .addr = MEMORY_SIZE / 2, .size = MEMORY_SIZE / 2,
		  .user = (uintptr_t)theirs + MEMORY_SIZE / 2 },
	};
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)regions, .nr = 2,
	};

	spoil(t, regions, sizeof(regions));
	ioctl(storm_keel(t), KEEL_SET_MEMORY, &memory);
}

/* ---- What guests do ---- */

static u32 queue_address(struct storm_thread *t)
{
	u32 address = QUEUES + storm_below(t, QUEUE_ROOM) * 0x1000;

	return storm_one_in(t, 16) ? (u32)storm_number(t) : address;
}

static unsigned int drive(struct storm_thread *t, struct order *o)
{
	u16 at = storm_below(t, NR_MMIO) * STEP;
	u32 queue = storm_below(t, 4), area = queue_address(t);
	const struct { u16 reg; u32 value; } writes[] = {
		{ 0x70, 0 }, { 0x70, 3 }, { 0x24, 1 }, { 0x20, 1 | storm_below(t, 4) * 4 },
		{ 0x24, 0 }, { 0x20, storm_one_in(t, 2) ? 0 : storm_number(t) }, { 0x70, 11 },
		{ 0x30, queue }, { 0x38, 8 }, { 0x80, area }, { 0x90, area + 0x400 },
		{ 0xa0, area + 0x800 }, { 0x44, 1 }, { 0x70, 15 }, { 0x50, queue },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++)
		o[i] = (struct order) { 0, at + writes[i].reg, writes[i].value };
	return i;
}

static unsigned int configure(struct storm_thread *t, struct order *o)
{
	u32 slot = 1 + storm_below(t, 4), reg = storm_below(t, 64) * 4, value = storm_number(t);

	if (storm_one_in(t, 2)) {
		reg = 0x10 + storm_below(t, 6) * 4;
		value = BASE + 0x8000 + storm_below(t, 2) * BAR_STEP;
	} else if (storm_one_in(t, 2)) {
		reg = 4;
		value = storm_below(t, 8);
	}
	o[0] = (struct order) { 1, 0xcf8, 0x80000000 | slot << 11 | reg };
	o[1] = (struct order) { 1, 0xcfc, value };
	return 2;
}

/* Functions are ejected, or the 8259s are set up for what comes next. */
static unsigned int command(struct storm_thread *t, struct order *o)
{
	static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };
	u32 slots = storm_one_in(t, 2) ? storm_number(t) : 2U << storm_below(t, 4);

	o[0] = (struct order) { 1, KEEL_HOTPLUG_PORT + 4 * storm_below(t, 4), slots };
	if (storm_one_in(t, 4))
		o[0] = (struct order) {
			1, storm_one_in(t, 2) ? KEEL_FWCFG_PORT : KEEL_DEBUGCON_PORT,
			storm_below(t, 0x30),
		};
	else if (storm_one_in(t, 2))
		o[0] = (struct order) { 1, ports[storm_below(t, ARRAY_SIZE(ports))],
					storm_below(t, 0x100) };
	return 1;
}

static unsigned int poke(struct storm_thread *t, struct order *o)
{
	o[0] = (struct order) { 0, storm_below(t, 0x10000), storm_number(t) };
	if (storm_one_in(t, 2))
		o[0] = (struct order) { 0, storm_below(t, NR_MMIO) * STEP + 0x50,
					storm_below(t, 6) };
	return 1;
}

static void write_list(struct storm_thread *t)
{
	struct order *list = (struct order *)(ours + LIST);
	unsigned int nr = storm_below(t, LIST_ROOM - 20);

	switch (storm_below(t, 5)) {
	case 0:
		nr += configure(t, list + nr);
		break;
	case 1:
		nr += command(t, list + nr);
		break;
	case 2:
		nr += poke(t, list + nr);
		break;
	default:
		nr += drive(t, list + nr);
	}
	if (storm_one_in(t, 8))
		WRITE_ONCE(*(u16 *)(ours + LIST_LENGTH), nr);
}

static void write_queue(struct storm_thread *t)
{
	struct { u64 addr; u32 len; u16 flags, next; } *desc;
	u8 *area = ours + QUEUES + storm_below(t, QUEUE_ROOM) * 0x1000;
	unsigned int i = storm_below(t, 8);

	desc = (void *)area;
	desc[i].addr = storm_one_in(t, 8) ? storm_number(t) : DATA + storm_below(t, 0x2000);
	desc[i].len = storm_one_in(t, 4) ? storm_number(t) : storm_below(t, 0x1000);
	desc[i].flags = storm_below(t, 16) ? storm_below(t, 4) : storm_number(t);
	desc[i].next = storm_below(t, 8);
	*(u16 *)(area + 0x404 + 2 * storm_below(t, 8)) = storm_below(t, 8);
	__atomic_fetch_add((u16 *)(area + 0x402), storm_below(t, 3), __ATOMIC_RELAXED);
}

/* The first words of a block request, or of a console driver's message */
static void write_data(struct storm_thread *t)
{
	u32 *data = (u32 *)(ours + DATA + storm_below(t, 0x200) * 16);

	data[0] = storm_below(t, 16);
	data[1] = storm_below(t, 16);
	data[2] = storm_below(t, 16);
	data[3] = 0;
}

void storm_write_memory(struct storm_thread *t)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		write_list(t);
		write_queue(t);
		write_data(t);
	}
}

void storm_spoil_memory(struct storm_thread *t)
{
	u8 *page = theirs + storm_below(t, MEMORY_SIZE / 4096) * 4096;

	switch (storm_below(t, 4)) {
	case 0:
		mprotect(page, 4096, storm_below(t, 4));
		break;
	case 1:
		munmap(page, 4096);
		break;
	default:
		map_theirs();
	}
}

/* Calls KVM directly, without Keel */
void storm_kvm(struct storm_thread *t)
{
	struct storm_vm *vm = any_vm(t);
	struct kvm_ioeventfd event = {
		.addr = BASE + storm_below(t, 0x10000), .len = 4, .fd = storm_fd(t, FD_EVENTFD),
	};

	switch (storm_below(t, 4)) {
	case 0:
		load(vm->vcpu);
		break;
	case 1:
		ioctl(vm->kvm_vm, KVM_IOEVENTFD, &event);
		break;
	case 2:
		ioctl(vm->vcpu, KVM_RUN, 0);
		break;
	default:
		write(storm_fd(t, FD_EVENTFD), &(u64){ 1 }, 8);
	}
}
