// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_CLAIM: memory and ports at which the process answers. What is refused; writes and reads;
 * beside a read-only memory slot, a device and the range's borders; amid a pause and signals; two
 * vCPUs.
 */
#include "abi.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE		0x100000ULL	/* behind the memory */
#define PAGE		0x1000ULL
#define CR4_OSFXSR	0x200
#define TIMES		2000U		/* of a guest that writes again and again */

static long claim_flags(int keel, u32 flags, u64 addr, u64 length)
{
	struct keel_claim request = {
		.size = sizeof(request), .flags = flags, .addr = addr, .length = length,
	};

	return ioctl(keel, KEEL_CLAIM, &request);
}

static long claim(int keel, u64 addr, u64 length)
{
	return claim_flags(keel, 0, addr, length);
}

static long claim_ports(int keel, u64 port, u64 nr)
{
	return claim_flags(keel, KEEL_CLAIM_PORTS, port, nr);
}

/* The guest's ES begins at @base. */
static void point(struct vm *vm, unsigned int nr, u64 base)
{
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[nr], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cr4 |= CR4_OSFXSR;
	sregs.es.base = base;
	must(!ioctl(vm->vcpu[nr], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
}

static void start(struct vm *vm, const struct guest *guest, u64 base, u64 length)
{
	vm_start(vm, guest);
	point(vm, 0, base);
	must(!claim(vm->keel, base, length), "KEEL_CLAIM");
}

/* Does KEEL_RUN return with this access? */
static bool gives(struct vm *vm, u64 addr, u32 length, bool write)
{
	const struct kvm_run *run = vm->run[0];
	struct keel_run answer;

	if (vm_run(vm, 0, &answer) || answer.reason != KEEL_EXIT_MMIO) {
		note("reason %u, errno %d", answer.reason, errno);
		return false;
	}
	return answer.arg == addr && run->exit_reason == KVM_EXIT_MMIO &&
	       run->mmio.phys_addr == addr && run->mmio.len == length &&
	       run->mmio.is_write == write;
}

static bool gives_read(struct vm *vm, u64 addr, u32 length, u64 value)
{
	bool good = gives(vm, addr, length, false);

	memcpy(vm->run[0]->mmio.data, &value, sizeof(value));
	return good;
}

static bool gives_write(struct vm *vm, u64 addr, u32 length, u64 value)
{
	u64 got = 0;
	bool good = gives(vm, addr, length, true);

	memcpy(&got, vm->run[0]->mmio.data, length);
	return good && got == value;
}

static bool comes_to_its_end(struct vm *vm)
{
	struct keel_run run;

	return !vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_DEBUG && run.arg == 42;
}

static bool stands_still(struct vm *vm)
{
	struct keel_run run;

	return !vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_PAUSED;
}

static u32 seen(const struct vm *vm, unsigned int at)
{
	u32 value;

	memcpy(&value, vm->memory + PROGRESS + at, sizeof(value));
	return value;
}

/* mov dx, 0x501; mov al, 42; out dx, al; jmp . */
#define END	0xba, 0x01, 0x05, 0xb0, 0x2a, 0xee, 0xeb, 0xfe

/* mov al, 0x5a; mov es:[4], al; mov eax, es:[8]; mov [0x10], eax */
static const struct guest guest_both = {
	23, { 0xb0, 0x5a, 0x26, 0xa2, 0x04, 0x00, 0x26, 0x66, 0xa1, 0x08, 0x00,
	      0x66, 0xa3, 0x10, 0x00, END }
};

/* ---- What is refused ---- */

static void claim_in_child(void *arg)
{
	struct vm *vm = arg;

	_exit(claim(vm->keel, BASE, PAGE) < 0 ? errno : 0);
}

static void *claim_at_once(void *arg)
{
	struct vm *vm = arg;

	return (void *)(uintptr_t)(claim(vm->keel, BASE, PAGE) == 0);
}

static void one_of_many(void)
{
	pthread_t threads[4];
	uintptr_t won = 0;
	struct vm vm;
	unsigned int i;
	void *one;

	vm_start(&vm, &guest_debug);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		must(!pthread_create(&threads[i], NULL, claim_at_once, &vm), "a thread");
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &one);
		won += (uintptr_t)one;
	}
	ok(won == 1, "of several threads one gets its range (%u)", (unsigned int)won);
	ok(vm_alive(&vm), "and the VM runs");
}

static void refusals(void)
{
	struct vm vm;
	int status;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	FAILS(claim(vm.keel, BASE, 0), EINVAL, "no bytes");
	FAILS(claim(vm.keel, BASE + 1, PAGE), EINVAL, "an address amid a page");
	FAILS(claim(vm.keel, BASE, PAGE / 2), EINVAL, "half a page");
	FAILS(claim(vm.keel, -PAGE, 2 * PAGE), EINVAL, "bytes beyond the last address");
	FAILS(claim(vm.keel, -PAGE, PAGE), EINVAL, "the last page");
	FAILS(claim(vm.keel, BASE, -PAGE), EINVAL, "nearly all addresses, from the middle");
	FAILS(claim(keel_fd, BASE, PAGE), ENOTTY, "of /dev/keel");
	FAILS(claim(vm.kvm_vm, BASE, PAGE), ENOTTY, "of KVM's VM");
	status = in_child(claim_in_child, &vm, 10);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EIO, "by another process (errno %d)",
	   WEXITSTATUS(status));
	WORKS(claim(vm.keel, BASE, PAGE), "a page, before there is a vCPU");
	FAILS(claim(vm.keel, BASE, PAGE), EBUSY, "the same once more");
	FAILS(claim(vm.keel, BASE + PAGE, PAGE), EBUSY, "another one");
	vm_create_vcpu(&vm, &guest_both);
	point(&vm, 0, BASE);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	ok(gives_write(&vm, BASE + 4, 1, 0x5a), "what was refused has changed nothing");
	vm_close(&vm);
	one_of_many();
}

/* ---- Accesses ---- */

static void both_ways(void)
{
	struct keel_vcpu_exit exits[KEEL_LAST_EXITS_NR];
	struct keel_last_exits last = {
		.size = sizeof(last), .nr = KEEL_LAST_EXITS_NR, .exits = (uintptr_t)exits,
	};
	struct vm vm;

	start(&vm, &guest_both, BASE, PAGE);
	ok(gives_write(&vm, BASE + 4, 1, 0x5a), "KEEL_RUN returns with a write");
	ok(gives_read(&vm, BASE + 8, 4, 0x11223344), "and with a read");
	ok(comes_to_its_end(&vm) && seen(&vm, 0x10) == 0x11223344, "whose answer the guest gets");
	ok(vm_value(&vm, KEEL_STATS, "vcpu0", "return.claimed") == 2, "both are counted");
	ok(!vm_value(&vm, KEEL_STATS, "board", "unmapped_mmio.reads") &&
	   !vm_value(&vm, KEEL_STATS, "board", "unmapped_mmio.writes"),
	   "and are none that found no device");
	must(!ioctl(vm.keel, KEEL_LAST_EXITS, &last), "KEEL_LAST_EXITS");
	ok(last.nr >= 2 && exits[0].addr == BASE + 4 && exits[0].write && exits[0].length == 1 &&
	   exits[1].addr == BASE + 8 && !exits[1].write && exits[1].length == 4,
	   "they are among the last exits");
	vm_close(&vm);
}

/* As flash memory: reads are KVM's */
static void read_only_slot(void)
{
	struct kvm_userspace_memory_region region = {
		.slot = 1, .flags = KVM_MEM_READONLY, .guest_phys_addr = BASE, .memory_size = PAGE,
	};
	u32 *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm vm;

	must(page != MAP_FAILED, "a page");
	page[2] = 0xcafe0001;
	region.userspace_addr = (uintptr_t)page;
	start(&vm, &guest_both, BASE, PAGE);
	must(!ioctl(vm.kvm_vm, KVM_SET_USER_MEMORY_REGION, &region), "a read-only slot");
	ok(gives_write(&vm, BASE + 4, 1, 0x5a), "a write to a read-only slot is given");
	region.memory_size = 0;
	must(!ioctl(vm.kvm_vm, KVM_SET_USER_MEMORY_REGION, &region), "no slot");
	region.memory_size = PAGE;
	must(!ioctl(vm.kvm_vm, KVM_SET_USER_MEMORY_REGION, &region), "a slot again");
	ok(comes_to_its_end(&vm) && seen(&vm, 0x10) == 0xcafe0001, "a read is not");
	ok(!page[1], "and nothing was written");
	vm_close(&vm);
	munmap(page, PAGE);
}

/* mov eax, es:[0xffe]; mov [0x10], eax; mov eax, es:[0x1000]; mov [0x14], eax */
static const struct guest guest_border = {
	26, { 0x26, 0x66, 0xa1, 0xfe, 0x0f, 0x66, 0xa3, 0x10, 0x00,
	      0x26, 0x66, 0xa1, 0x00, 0x10, 0x66, 0xa3, 0x14, 0x00, END }
};

/* KVM splits an access at a page's end. */
static void borders(void)
{
	struct vm vm;

	start(&vm, &guest_border, BASE, PAGE);
	ok(gives_read(&vm, BASE + 0xffe, 2, 0x1234), "of an access across the end, what is inside");
	ok(comes_to_its_end(&vm) && seen(&vm, 0x10) == 0xffff1234, "the rest is the board's");
	ok(seen(&vm, 0x14) == 0xffffffff, "and so is all behind it");
	vm_close(&vm);
}

/* mov eax, es:[0]; mov [0x10], eax; mov eax, es:[0x1000]; mov [0x14], eax */
static const struct guest guest_ioapic = {
	26, { 0x26, 0x66, 0xa1, 0x00, 0x00, 0x66, 0xa3, 0x10, 0x00,
	      0x26, 0x66, 0xa1, 0x00, 0x10, 0x66, 0xa3, 0x14, 0x00, END }
};

/* With the accelerator and without */
static void device(void)
{
	struct vm vm;

	start(&vm, &guest_ioapic, 0xfec00000, 2 * PAGE);
	ok(gives_read(&vm, 0xfec01000, 4, 0x77), "where a device answers, it does");
	ok(comes_to_its_end(&vm) && !seen(&vm, 0x10) && seen(&vm, 0x14) == 0x77,
	   "and the process behind it");
	vm_close(&vm);
}

/* ---- Ports ---- */

#define PORT		0x300	/* without a device */
#define STRING		4U	/* bytes that the guest reads by one instruction */

/*
 * mov dx, PORT; mov al, 0x5a; out dx, al; inc dx; in ax, dx; mov [0x10], ax;
 * mov di, 0x20; mov cx, STRING; cld; rep insb
 */
static const struct guest guest_in_out = {
	29, { 0xba, 0x00, 0x03, 0xb0, 0x5a, 0xee, 0x42, 0xed, 0xa3, 0x10, 0x00,
	      0xbf, 0x20, 0x00, 0xb9, STRING, 0x00, 0xfc, 0xf3, 0x6c, 0x90, END }
};

/* ES has the memory that seen() looks at. */
static void start_ports(struct vm *vm, const struct guest *guest, u64 port, u64 nr)
{
	vm_start(vm, guest);
	point(vm, 0, PROGRESS);
	must(!claim_ports(vm->keel, port, nr), "KEEL_CLAIM of ports");
}

static u8 *port_data(const struct vm *vm)
{
	return (u8 *)vm->run[0] + vm->run[0]->io.data_offset;
}

/* Does KEEL_RUN return with an access to this port, and of this size? */
static bool gives_port(struct vm *vm, u16 port, u8 size, bool write)
{
	const struct kvm_run *run = vm->run[0];
	struct keel_run answer;

	if (vm_run(vm, 0, &answer) || answer.reason != KEEL_EXIT_IO) {
		note("reason %u, errno %d", answer.reason, errno);
		return false;
	}
	return answer.arg == port && run->exit_reason == KVM_EXIT_IO && run->io.port == port &&
	       run->io.size == size &&
	       run->io.direction == (write ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN);
}

/* All of the string, by as many returns as KVM makes of it */
static bool gives_string(struct vm *vm)
{
	unsigned int i, n = 0;

	while (n < STRING && gives_port(vm, PORT + 1, 1, false)) {
		for (i = 0; i < vm->run[0]->io.count && n < STRING; i++)
			port_data(vm)[i] = 0x11 * ++n;
	}
	return n == STRING;
}

static void ports_refused(void)
{
	struct vm vm;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	FAILS(claim_flags(vm.keel, KEEL_CLAIM_PORTS << 1, PORT, 1), EINVAL, "an unknown flag");
	FAILS(claim_ports(vm.keel, PORT, 0), EINVAL, "no ports");
	FAILS(claim_ports(vm.keel, 0xffff, 2), EINVAL, "a port behind the last one");
	FAILS(claim_ports(vm.keel, 0x10000, 1), EINVAL, "that port alone");
	FAILS(claim_ports(vm.keel, 1, -1), EINVAL, "all numbers");
	WORKS(claim_ports(vm.keel, 0, 0x10000), "all ports");
	FAILS(claim_ports(vm.keel, PORT, 1), EBUSY, "one of them once more");
	WORKS(claim(vm.keel, BASE, PAGE), "memory beside them");
	vm_close(&vm);
}

static void ports_both_ways(void)
{
	struct vm vm;

	start_ports(&vm, &guest_in_out, PORT, 3);
	ok(gives_port(&vm, PORT, 1, true) && port_data(&vm)[0] == 0x5a,
	   "KEEL_RUN returns with an OUT");
	ok(gives_port(&vm, PORT + 1, 2, false), "and with an IN");
	memcpy(port_data(&vm), &(u16){ 0x1234 }, 2);
	ok(gives_string(&vm), "and with all of a string");
	ok(comes_to_its_end(&vm) && (u16)seen(&vm, 0x10) == 0x1234 && seen(&vm, 0x20) == 0x44332211,
	   "whose answers the guest gets");
	ok(vm_value(&vm, KEEL_STATS, "vcpu0", "return.claimed") >= 3, "they are counted");
	ok(!vm_value(&vm, KEEL_STATS, "board", "unmapped_pio.reads") &&
	   !vm_value(&vm, KEEL_STATS, "board", "unmapped_pio.writes"),
	   "and are none that found no device");
	vm_close(&vm);
}

/* The debug-exit port is amid the range; the word is there by half. */
static void ports_of_others(void)
{
	struct vm vm;

	start_ports(&vm, &guest_in_out, PORT, 0x202);
	ok(gives_port(&vm, PORT, 1, true) && gives_port(&vm, PORT + 1, 2, false), "in a range");
	ok(gives_string(&vm) && comes_to_its_end(&vm), "a device's port is the device's");
	vm_close(&vm);
	start_ports(&vm, &guest_in_out, PORT, 2);
	ok(gives_port(&vm, PORT, 1, true), "a range's first port");
	ok(gives_port(&vm, PORT + 1, 1, false), "a word that is there by half is the board's");
	ok((u16)seen(&vm, 0x10) == 0xffff, "and reads as ones");
	vm_close(&vm);
}

static void ports_amid_a_pause(void)
{
	struct vm vm;

	start_ports(&vm, &guest_in_out, PORT, 3);
	ok(gives_port(&vm, PORT, 1, true), "an OUT");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(stands_still(&vm), "amid a pause the vCPU stands still behind it");
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(gives_port(&vm, PORT + 1, 2, false), "an IN");
	memcpy(port_data(&vm), &(u16){ 0x4321 }, 2);
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(stands_still(&vm) && stands_still(&vm), "likewise");
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(gives_string(&vm), "a string");
	ok(comes_to_its_end(&vm) && (u16)seen(&vm, 0x10) == 0x4321 && seen(&vm, 0x20) == 0x44332211,
	   "and the guest has all of it");
	ok(!vm_value(&vm, KEEL_STATS, "vcpu0", "loop.dropped"), "nothing was dropped");
	vm_close(&vm);
}

/* mov dx, PORT; mov di, 0x20; mov cx, 0x4000; cld; rep insb */
static const struct guest guest_long_string = {
	20, { 0xba, 0x00, 0x03, 0xbf, 0x20, 0x00, 0xb9, 0x00, 0x40, 0xfc, 0xf3, 0x6c, END }
};

/* KVM gives what it has gathered, and goes on with the string when the VM does. */
static void ports_amid_a_string(void)
{
	unsigned int n = 0;
	struct vm vm;

	start_ports(&vm, &guest_long_string, PORT, 1);
	ok(gives_port(&vm, PORT, 1, false), "the first part of a long string");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	while (n < 4 && !stands_still(&vm))
		n++;
	ok(n < 4, "amid a pause it ends after %u more, though the string does not", n);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(gives_port(&vm, PORT, 1, false), "it goes on with the next part");
	vm_close(&vm);
}

/* ---- Amid a pause, and signals ---- */

/* pcmpeqd xmm0, xmm0; movups es:[0], xmm0; movups xmm0, es:[16]; movups [0x20], xmm0 */
static const struct guest guest_wide = {
	29, { 0x66, 0x0f, 0x76, 0xc0, 0x26, 0x0f, 0x11, 0x06, 0x00, 0x00,
	      0x26, 0x0f, 0x10, 0x06, 0x10, 0x00, 0x0f, 0x11, 0x06, 0x20, 0x00, END }
};

static void amid_a_pause(void)
{
	struct vm vm;

	start(&vm, &guest_wide, BASE, PAGE);
	ok(gives_write(&vm, BASE, 8, ~0ULL), "the first half of a write");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(gives_write(&vm, BASE + 8, 8, ~0ULL), "amid a pause, the other one");
	ok(stands_still(&vm), "then the vCPU stands still");
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(gives_read(&vm, BASE + 16, 8, 0x5555666677778888), "the first half of a read");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(gives_read(&vm, BASE + 24, 8, 0x1111222233334444), "amid a pause, the other one");
	ok(stands_still(&vm) && stands_still(&vm), "then the vCPU stands still");
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(comes_to_its_end(&vm) && seen(&vm, 0x20) == 0x77778888 &&
	   seen(&vm, 0x2c) == 0x11112222, "and the guest has both");
	ok(!vm_value(&vm, KEEL_STATS, "vcpu0", "loop.dropped"), "nothing was dropped");
	vm_close(&vm);
}

/* 1: inc ax; mov es:[0], ax; jmp 1b */
static const struct guest guest_counts = { 7, { 0x40, 0x26, 0xa3, 0x00, 0x00, 0xeb, 0xf9 } };

/**
 * struct counted - what a vCPU has written, which counts.
 * @vm:    its VM
 * @nr:    its number
 * @last:  the number that it has written last
 * @wrong: writes that were not the next number
 * @signals: KEEL_RUN was interrupted so often
 * @pauses: or found the VM paused
 */
struct counted {
	struct vm *vm;
	unsigned int nr;
	u16 last;
	unsigned int wrong;
	unsigned int signals;
	unsigned int pauses;
};

static void count_one(struct counted *c)
{
	const struct kvm_run *shared = c->vm->run[c->nr];
	struct keel_run run;
	u16 value;

	if (vm_run(c->vm, c->nr, &run)) {
		c->wrong += errno != EINTR;
		c->signals++;
		return;
	}
	if (run.reason == KEEL_EXIT_PAUSED) {
		c->pauses++;
		pause_ms(1);
		return;
	}
	memcpy(&value, shared->mmio.data, sizeof(value));
	c->last++;
	c->wrong += run.reason != KEEL_EXIT_MMIO || run.arg != BASE + c->nr * 0x800 ||
		    value != c->last;
}

static void *count_all(void *arg)
{
	struct counted *c = arg;

	while (c->last < TIMES && !c->wrong)
		count_one(c);
	return NULL;
}

static void signals(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct vm vm;
	struct counted c = { .vm = &vm };

	start(&vm, &guest_counts, BASE, PAGE);
	setitimer(ITIMER_REAL, &often, NULL);
	count_all(&c);
	setitimer(ITIMER_REAL, &never, NULL);
	ok(!c.wrong, "%u writes amid %u signals, each once and in order", c.last, c.signals);
	vm_close(&vm);
}

static void two_vcpus(void)
{
	pthread_t threads[2];
	struct vm vm;
	struct counted c[2] = { { .vm = &vm, .nr = 0 }, { .vm = &vm, .nr = 1 } };
	unsigned int i, failed = 0;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0 && !claim(vm.keel, BASE, PAGE), "a VM with a range");
	for (i = 0; i < 2; i++) {
		vm_create_vcpu(&vm, &guest_counts);
		point(&vm, i, BASE + i * 0x800);
		must(vm_add(&vm, i) == (int)i, "KEEL_ADD_VCPU");
		must(!pthread_create(&threads[i], NULL, count_all, &c[i]), "a thread");
	}
	for (i = 0; i < 50; i++) {
		failed += ioctl(vm.keel, KEEL_PAUSE) < 0;
		failed += ioctl(vm.keel, KEEL_RESUME) < 0;
		pause_ms(1);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ok(!failed && !c[0].wrong && !c[1].wrong,
	   "two vCPUs, paused at times: each of their writes once and in order (%u, %u)",
	   c[0].last, c[1].last);
	vm_close(&vm);
}

void test_claim(void)
{
	int users = module_users();

	refusals();
	both_ways();
	read_only_slot();
	borders();
	device();
	ports_refused();
	ports_both_ways();
	ports_of_others();
	ports_amid_a_pause();
	ports_amid_a_string();
	amid_a_pause();
	signals();
	two_vcpus();
	ok(module_users_become(users), "no reference to the module is left");
}
