// SPDX-License-Identifier: GPL-2.0
/*
 * The VM: KVM's with its memory, Keel's with the board, and the vCPUs on both. The
 * order matters: Keel switches KVM's split interrupt controller on, which must be
 * there before the first vCPU is.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "device/board.h"
#include "firmware/items.h"
#include "firmware/kernel.h"
#include "firmware/nvram.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/attach.h"
#include "vm/hand_off.h"
#include "vm/kvm.h"
#include "vm/memory.h"
#include "vm/open.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define KVM_API		12
#define CONFLICTS	16

/*
 * Three pages for VMX's own use when the guest is in real mode, and one: above the LAPICs' and the
 * messages' range and ASIDE_BASE, below the largest flash memory.
 */
#define VMX_TSS		0xfeffd000UL
#define VMX_IDENTITY	0xfeffc000ULL

static void kvm_open(struct vm *vm)
{
	const char *path = vm->config->kvm.text, *lack;
	int api;

	vm->kvm = open_device("kvm", &vm->config->kvm);
	if (vm->kvm < 0 && (errno == EACCES || errno == EPERM))
		die(STATUS_PERMISSION, "%s: %s; are you in group kvm?", path, strerror(errno));
	if (vm->kvm < 0)
		die(STATUS_NO_KVM,
		    "%s: %s; is kvm-intel or kvm-amd loaded, and virtualization on in the firmware?",
		    path, strerror(errno));
	api = ioctl(vm->kvm, KVM_GET_API_VERSION, 0);
	if (api < 0)
		die(STATUS_WRONG_FD, "%s: not KVM's device", path);
	if (api != KVM_API)
		die(STATUS_NO_KVM, "%s: KVM's API is version %d instead of %d", path, api, KVM_API);
	lack = kvm_lack(vm->kvm);
	if (lack)
		die(STATUS_NO_KVM, "%s: this KVM lacks %s", path, lack);
}

/* Instead of KVM's parameter halt_poll_ns. */
static void set_halt_poll(const struct vm *vm)
{
	struct kvm_enable_cap poll = {
		.cap = KVM_CAP_HALT_POLL, .args = { vm->config->halt_poll.us * 1000ULL },
	};

	if (vm->config->halt_poll.given && ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &poll))
		die(STATUS_NO_KVM, "--halt-poll: %s", strerror(errno));
}

static void kvm_create(struct vm *vm)
{
	struct kvm_enable_cap x2apic = {
		.cap = KVM_CAP_X2APIC_API,
		.args = { KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK },
	};
	__u64 identity = VMX_IDENTITY;
	unsigned int slot;
	int limit;

	vm->kvm_vm = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->kvm_vm < 0)
		die(errno == ENOMEM ? STATUS_MEMORY : STATUS_NO_KVM, "KVM_CREATE_VM: %s",
		    strerror(errno));
	limit = ioctl(vm->kvm_vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
	if ((int)vm->config->cpus > limit)
		die(STATUS_NO_KVM, "--cpus: KVM takes %d at most", limit);
	/* AMD's has no use for these two, and takes them. */
	if (ioctl(vm->kvm_vm, KVM_SET_IDENTITY_MAP_ADDR, &identity) ||
	    ioctl(vm->kvm_vm, KVM_SET_TSS_ADDR, VMX_TSS))
		die(STATUS_NO_KVM, "KVM_SET_IDENTITY_MAP_ADDR, KVM_SET_TSS_ADDR: %s",
		    strerror(errno));
	if (ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &x2apic))
		die(STATUS_NO_KVM, "KVM_ENABLE_CAP (x2APIC format): %s", strerror(errno));
	set_halt_poll(vm);
	slot = memory_register(&vm->memory, vm->kvm_vm);
	if (vm->memory.nvram)
		nvram_register(vm, slot);
	vm->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
}

static int keel_open(const struct config *config)
{
	const char *path = config->keel.text;
	struct keel_info info = { .size = sizeof(info) };
	int fd = open_device("keel", &config->keel);

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		die(STATUS_PERMISSION, "%s: %s; are you in group kvm?", path, strerror(errno));
	if (fd < 0)
		die(STATUS_NO_MODULE,
		    "%s: %s; is keel.ko loaded? Try modprobe keel (Secure Boot wants it signed)",
		    path, strerror(errno));
	if (ioctl(fd, KEEL_GET_INFO, &info))
		die(STATUS_WRONG_FD, "%s: not Keel's device", path);
	if (info.abi != KEEL_ABI_VERSION)
		die(STATUS_ABI, "%s: the module speaks ABI %u, this launcher %d", path, info.abi,
		    KEEL_ABI_VERSION);
	return fd;
}

static void report_conflicts(const struct keel_device_config *list,
			     const struct keel_conflict *conflicts, unsigned int nr)
{
	static const char *const kinds[] = {
		[KEEL_CONFLICT_PIO] = "ports", [KEEL_CONFLICT_MMIO] = "memory",
		[KEEL_CONFLICT_LINE] = "line", [KEEL_CONFLICT_NAME] = "name",
		[KEEL_CONFLICT_SLOT] = "PCI slot",
	};
	unsigned int i;

	for (i = 0; i < nr && i < CONFLICTS; i++) {
		const struct keel_conflict *c = &conflicts[i];

		warn_line("%s and %s both claim %s 0x%llx to 0x%llx",
			  device_name(list[c->first].class), device_name(list[c->second].class),
			  c->kind < ARRAY_SIZE(kinds) && kinds[c->kind] ? kinds[c->kind] : "it",
			  c->start, c->end);
	}
}

static void keel_create_failed(const struct keel_vm_config *request,
			       const struct keel_device_config *list,
			       const struct keel_conflict *conflicts)
{
	switch (errno) {
	case EEXIST:
		report_conflicts(list, conflicts, request->nr_conflicts);
		die(STATUS_CONFLICT, "the devices are in conflict");
	case ENOTTY:
		die(STATUS_WRONG_FD, "Keel: the descriptor is not a KVM VM");
	case ENOMEM:
		die(STATUS_MEMORY, "KEEL_CREATE_VM: %s", strerror(errno));
	default:
		die(STATUS_INTERNAL, "KEEL_CREATE_VM: %s", strerror(errno));
	}
}

static void keel_create(struct vm *vm, int fd)
{
	static struct keel_conflict conflicts[CONFLICTS];
	static struct keel_device_config list[BOARD_MAX];
	struct keel_vm_config request = {
		.size = sizeof(request),
		.flags = KEEL_VM_TELL_POLLS | (vm->config->no_bus ? KEEL_VM_NO_BUS : 0) |
			 (config_waits_asleep(vm->config) ? KEEL_VM_TELL_WAKES : 0),
		.kvm_fd = vm->kvm_vm,
		.nr_devices = board_devices(vm->config, list),
		.devices = (__u64)list,
		.eventfds = (__u64)vm->eventfds,
		.conflicts = (__u64)conflicts,
		.nr_conflicts = CONFLICTS,
	};
	void *scratch;
	size_t i;

	scratch = mmap(NULL, KEEL_SCRATCH_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (scratch == MAP_FAILED)
		die(STATUS_MEMORY, "out of memory");
	request.scratch = (__u64)scratch;
	vm->nr_eventfds = board_gsis(list, request.nr_devices);
	request.nr_eventfds = vm->nr_eventfds;
	for (i = 0; i < vm->nr_eventfds; i++) {
		vm->eventfds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (vm->eventfds[i] < 0)
			die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	}
	vm->keel = ioctl(fd, KEEL_CREATE_VM, &request);
	if (vm->keel < 0)
		keel_create_failed(&request, list, conflicts);
	/* The eventfds stay open: KVM lets go of an irqfd whose last descriptor closes. */
	close(fd);
}

/* Without the bus' functions placed, and lines as they are after RST#, no VM begins. */
static void set_up_board(const struct vm *vm)
{
	const char *error = "KEEL_PAUSE";

	if (!ioctl(vm->keel, KEEL_PAUSE))
		error = hand_off_board(vm);
	if (!error && ioctl(vm->keel, KEEL_RESUME))
		error = "KEEL_RESUME";
	if (error)
		die(STATUS_INTERNAL, "%s: %s", error, strerror(errno));
}

static void begin(struct vm *vm, struct config *config)
{
	vm->config = config;
	vm->target = NULL;
	vm->gdb = NULL;
	vm->control = NULL;
	vm->followers = NULL;
	vm->nr_disks = 0;
	memset(vm->unread, 0, sizeof(vm->unread));
	atomic_init(&vm->stop, false);
	atomic_flag_clear(&vm->decided);
	atomic_init(&vm->over, false);
	vm->status = STATUS_INTERNAL;
	vm->reason[0] = 0;
	vm->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vm->vcpus = calloc(config->cpus, sizeof(*vm->vcpus));
	if (vm->ended < 0 || !vm->vcpus)
		die(STATUS_MEMORY, "out of memory");
}

/**
 * vm_create() - a VM with its vCPUs, ready to be booted; dies if there cannot be one.
 * @vm:     result; its memory is there already
 * @config: what it is to be
 */
void vm_create(struct vm *vm, struct config *config)
{
	unsigned int i;
	int fd;

	begin(vm, config);
	fd = keel_open(config);
	kvm_open(vm);
	kvm_create(vm);
	keel_create(vm, fd);
	memory_tell(&vm->memory, vm->keel);
	if (config_has(config, KEEL_CLASS_FWCFG))
		items_hand_over(vm->keel, config, &vm->memory);
	if (vm->served)
		kernel_begin(vm);
	if (vm->memory.nvram)
		nvram_claim(vm);
	virtio_attach(vm);
	for (i = 0; i < config->cpus; i++)
		vcpu_create(vm, i);
	set_up_board(vm);
}

/**
 * vm_create_plain() - KVM's part of a VM alone; dies if there cannot be one.
 * @vm:     result; its memory is there already, and its interrupt controllers and vCPUs are the
 *          caller's to create, in this order
 * @config: what it is to be
 */
void vm_create_plain(struct vm *vm, struct config *config)
{
	begin(vm, config);
	vm->keel = -1;
	kvm_open(vm);
	kvm_create(vm);
}
