// SPDX-License-Identifier: GPL-2.0
/*
 * The host's limits: VMs of a user, the rate of a guest's timers, interrupts without an end.
 * And the CPU that takes the 8259s' interrupts.
 */
#include "abi.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FEW		3
#define SOMEBODY	12345		/* a user without VMs */
#define PAGE		4096

static int parameter(const char *name, const char *value, char *before, size_t size)
{
	char path[128];
	int fd, n = 0;

	snprintf(path, sizeof(path), "/sys/module/keel/parameters/%s", name);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -1;
	if (before) {
		n = read(fd, before, size - 1);
		before[n > 0 ? n : 0] = 0;
	}
	if (value)
		n = write(fd, value, strlen(value));
	close(fd);
	return n;
}

/* ---- VMs of a user ---- */

static void as_somebody(void *arg)
{
	struct vm *vm = arg;

	if (setgid(SOMEBODY) || setuid(SOMEBODY))
		_exit(100);
	vm_prepare(vm);
	_exit(vm_create(vm) < 0 ? errno : 0);
}

static void another_user(void)
{
	struct vm vm;
	int status;

	chmod("/dev/kvm", 0666);
	status = in_child(as_somebody, &vm, 10);
	ok(status >= 0 && WIFEXITED(status) && !WEXITSTATUS(status),
	   "another user's VMs are counted separately (%d)", WEXITSTATUS(status));
}

static void vms_of_a_user(void)
{
	struct vm vms[FEW + 1];
	char before[16];
	int i;

	must(parameter("max_vms_per_user", "3", before, sizeof(before)) > 0, "max_vms_per_user");
	for (i = 0; i < FEW; i++) {
		vm_prepare(&vms[i]);
		WORKS(vm_create(&vms[i]), "VM number %d of a user that may have %d", i + 1, FEW);
	}
	vm_prepare(&vms[FEW]);
	FAILS(vm_create(&vms[FEW]), EDQUOT, "one VM more");
	another_user();
	vm_close(&vms[0]);
	WORKS(vm_create(&vms[FEW]), "one VM more after one was closed");
	for (i = 1; i <= FEW; i++)
		vm_close(&vms[i]);
	must(parameter("max_vms_per_user", before, NULL, 0) > 0, "max_vms_per_user");
}

/* ---- Timers ---- */

/* PIT: mode 2, 12 ticks, which is 10 us. Then 1: inc word [0]; jmp 1b */
static const struct guest guest_fast_pit = {
	20, { 0xb0, 0x34, 0xe6, 0x43, 0xb0, 0x0c, 0xe6, 0x40, 0x30, 0xc0, 0xe6, 0x40,
	      0x90, 0x90, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xfa }
};

#define HPET_BASE	0xfec01000	/* behind the IOAPIC, where ES is */

/* HPET: timer 0 on pin 20, in 32-bit mode, a period of 10 us, and it runs. Then the same */
static const struct guest guest_fast_hpet = {
	36, { 0x26, 0x66, 0xc7, 0x06, 0x00, 0x11, 0x4c, 0x29, 0x00, 0x00,
	      0x26, 0x66, 0xc7, 0x06, 0x08, 0x11, 0xe8, 0x03, 0x00, 0x00,
	      0x26, 0x66, 0xc7, 0x06, 0x10, 0x10, 0x01, 0x00, 0x00, 0x00,
	      0xff, 0x06, 0x00, 0x00, 0xeb, 0xfa }
};

static void add_hpet(struct vm *vm)
{
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_HPET, .irq = KEEL_IRQ_DEFAULT, .base = HPET_BASE,
		.hpet.min_period_ns = KEEL_HPET_MIN_PERIOD_LEAST,
	};
	vm->config.nr_eventfds = NR_EVENTFDS;
}

static u64 deadlines(struct vm *vm)
{
	return vm_value(vm, KEEL_STATS, "board", "deadlines");
}

static void fast_timer(const char *name, const struct guest *guest)
{
	struct runner runner;
	u64 gone, now;
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[PIT].pit.min_period_ns = KEEL_PIT_MIN_PERIOD_LEAST;
	add_hpet(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, guest);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s: a guest with a timer of 10 us runs", name);
	pause_ms(50);
	runner_kick(&runner);
	gone = deadlines(&vm);
	now = vm_value(&vm, KEEL_INSPECT, "board", "now");
	ok(gone > 1 && gone <= now / 200000 + 1,
	   "it fires every 200 us at most: %llu in %llu ns", (unsigned long long)gone,
	   (unsigned long long)now);
	pause_ms(50);
	ok(deadlines(&vm) == gone, "without a vCPU in KEEL_RUN it does not fire (%llu)",
	   (unsigned long long)deadlines(&vm));
	ok(vm_value(&vm, KEEL_INSPECT, "board", "now") > now, "and VmTime goes on");
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "the guest runs again");
	pause_ms(20);
	runner_kick(&runner);
	ok(deadlines(&vm) > gone, "and the timer fires again");
	vm_close(&vm);
}

/* ---- Interrupts from the 8259s ---- */

/* Both chips with ICW4 @icw4, of the first one IRQ 0 unmasked, PIT: mode 2, 65536 ticks; hlt */
static void load_pic_guest(struct vm *vm, unsigned int nr, u8 icw4, bool level)
{
	const u8 code[] = {
		0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21,
		0xb0, icw4, 0xe6, 0x21,
		0xba, 0xd0, 0x04, 0xb0, level ? 0x10 : 0, 0xee,	/* ELCR: IRQ 4 level-triggered */
		0xb0, level ? 0xef : 0xfe, 0xe6, 0x21,
		0xb0, 0x34, 0xe6, 0x43, 0xb0, 0x00, 0xe6, 0x40, 0xe6, 0x40,
		0xba, 0xf9, 0x03, 0xb0, level ? 2 : 0, 0xee,	/* UART: its transmitter is empty */
		0xba, 0xfc, 0x03, 0xb0, 8, 0xee,
		0xfb, 0xf4, 0xeb, 0xfc,				/* sti; 1: hlt; jmp 1b */
	};

	guest_load(vm, nr, &guest_idle);
	memcpy(vm->memory + CODE + 0x100 * nr, code, sizeof(code));
}

#define HANDLER 0x2000

/* The interrupt table, in which all vectors of the first chip lead to: inc word [0]; eoi; iret */
static void load_handler(struct vm *vm, bool eoi)
{
	static const u8 code[] = { 0xff, 0x06, 0x00, 0x00, 0xcf };
	static const u8 code_eoi[] = { 0xff, 0x06, 0x00, 0x00, 0xb0, 0x20, 0xe6, 0x20, 0xcf };
	unsigned int i;

	for (i = 8; i < 16; i++)
		memcpy(vm->memory + 4 * i, (u16[]) { HANDLER, 0 }, 4);
	if (eoi)
		memcpy(vm->memory + HANDLER, code_eoi, sizeof(code_eoi));
	else
		memcpy(vm->memory + HANDLER, code, sizeof(code));
}

static void set_lint0(struct vm *vm, unsigned int nr, u32 lint0)
{
	struct kvm_lapic_state lapic;

	must(!ioctl(vm->vcpu[nr], KVM_GET_LAPIC, &lapic), "KVM_GET_LAPIC");
	memcpy(lapic.regs + 0x350, &lint0, sizeof(lint0));
	must(!ioctl(vm->vcpu[nr], KVM_SET_LAPIC, &lapic), "KVM_SET_LAPIC");
}

/* sti; 1: hlt; jmp 1b */
static const struct guest guest_waits = { 4, { 0xfb, 0xf4, 0xeb, 0xfd } };

/* A kernel on another CPU than the boot processor, without IOAPIC */
static void extint_elsewhere(void)
{
	struct runner boot, other;
	struct vm vm;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_idle);
	vm_create_vcpu(&vm, &guest_waits);
	must(vm_add(&vm, 0) == 0 && vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	load_pic_guest(&vm, 0, 0x01, false);
	load_handler(&vm, true);
	set_lint0(&vm, 0, 0x10700);
	set_lint0(&vm, 1, 0x700);
	runner_start(&other, &vm, 1);
	runner_start(&boot, &vm, 0);
	ok(guest_progresses(&vm, 1) && guest_progresses(&vm, 1) && guest_progresses(&vm, 1),
	   "the 8259s' interrupts go to the CPU whose LINT0 is ExtINT");
	ok(!*(u16 *)(vm.memory + PROGRESS), "and not to the boot processor, whose LINT0 is masked");
	runner_kick(&other);
	runner_kick(&boot);
	vm_close(&vm);
}

/* A level that no handler clears: the guest does nothing but take its interrupt */
static void endless_interrupts(void)
{
	struct keel_run run;
	struct runner runner;
	struct vm vm;

	vm_start(&vm, &guest_idle);
	load_pic_guest(&vm, 0, 0x03, true);
	load_handler(&vm, false);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0) && guest_progresses(&vm, 0),
	   "a level that no handler clears interrupts again and again");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE meanwhile");
	ok(runner_ends(&runner) && runner.run.reason == KEEL_EXIT_PAUSED, "PAUSE ends KEEL_RUN");
	ok(vm_value(&vm, KEEL_STATS, "pic0", "repeats") > 1, "the repetitions are counted");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "the guest goes on");
	runner_kick(&runner);
	ok(runner.ret < 0 && runner.error == EINTR, "a signal ends KEEL_RUN, too");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	WORKS(ioctl(vm.keel, KEEL_RESET), "RESET");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	guest_load(&vm, 0, &guest_debug);
	WORKS(vm_run(&vm, 0, &run), "and after a reset another guest runs");
	vm_close(&vm);
}

/* ---- A VM whose answer cannot be delivered ---- */

struct vanishing {
	int uffd;
	void *answer;		/* unmapped */
	void *page;		/* while the ioctl faults on this page */
	void *content;
};

static void *vanish(void *arg)
{
	struct vanishing *v = arg;
	struct uffdio_copy copy = {
		.dst = (uintptr_t)v->page, .src = (uintptr_t)v->content, .len = PAGE,
	};
	struct uffd_msg message;

	if (read(v->uffd, &message, sizeof(message)) == sizeof(message)) {
		munmap(v->answer, PAGE);
		ioctl(v->uffd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static void *new_page(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap");
	return page;
}

static void answer_undelivered(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct vanishing v = {
		.uffd = syscall(SYS_userfaultfd, O_CLOEXEC), .answer = new_page(),
		.page = new_page(), .content = new_page(),
	};
	struct uffdio_register area = {
		.range = { .start = (uintptr_t)v.page, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fds, users = module_users();
	pthread_t thread;
	struct vm vm;

	must(v.uffd >= 0 && !ioctl(v.uffd, UFFDIO_API, &api), "userfaultfd");
	must(!ioctl(v.uffd, UFFDIO_REGISTER, &area), "UFFDIO_REGISTER");
	vm_prepare(&vm);
	memcpy(v.content, vm.devices, USUAL_DEVICES * sizeof(vm.devices[0]));
	vm.config.devices = (uintptr_t)v.page;
	memcpy(v.answer, &vm.config, sizeof(vm.config));
	fds = open_fds();
	must(!pthread_create(&thread, NULL, vanish, &v), "pthread_create");
	FAILS(ioctl(keel_fd, KEEL_CREATE_VM, v.answer), EFAULT,
	      "KEEL_CREATE_VM whose argument is unmapped meanwhile");
	pthread_join(thread, NULL);
	ok(open_fds() == fds, "it leaves no descriptor (%d, %d)", open_fds(), fds);
	ok(module_users_become(users), "and no VM is left");
	close(v.uffd);
	vm_close(&vm);
}

void test_limits(void)
{
	if (is_root)	/* the limit is root's to set */
		vms_of_a_user();
	fast_timer("PIT", &guest_fast_pit);
	fast_timer("HPET", &guest_fast_hpet);
	extint_elsewhere();
	endless_interrupts();
	answer_undelivered();
}
