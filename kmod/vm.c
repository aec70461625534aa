// SPDX-License-Identifier: GPL-2.0
/* A VM: made, paused, and taken apart in any state. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../devices/board/build.h"
#include "../devices/board/class.h"
#include "backend.h"
#include "claim.h"
#include "debugfs.h"
#include "door.h"
#include "fwcfg.h"
#include "host.h"
#include "ioctl.h"
#include "kick.h"
#include "kvm_bus.h"
#include "kvm_file.h"
#include "latency.h"
#include "limit.h"
#include "lock.h"
#include "memory.h"
#include "server.h"
#include "state.h"
#include "stats.h"
#include "uart_file.h"
#include "uart_ring.h"
#include "user.h"
#include "vcpu.h"
#include "vdev.h"
#include "vm.h"

bool keel_use_bus = true;
module_param_named(bus, keel_use_bus, bool, 0444);
MODULE_PARM_DESC(bus, "answer accesses inside KVM_RUN where this kernel allows it (default: yes)");

static unsigned int vm_min_timer_period_us = 200;
module_param_named(min_timer_period_us, vm_min_timer_period_us, uint, 0644);
MODULE_PARM_DESC(min_timer_period_us, "shortest period of a periodic timer of a new VM, in microseconds (default: 200)");

#define VM_FLAGS	(KEEL_VM_NO_BUS | KEEL_VM_TELL_POLLS | KEEL_VM_TELL_WAKES)

/* A caller's list of conflicts is cut here; further ones are only counted. */
#define VM_MAX_CONFLICTS	256

/* ---- Stopping the vCPUs, and what needs them stopped ---- */

/*
 * No vCPU is inside KEEL_RUN when this returns 0, and none gets in while the VM is
 * paused. A vCPU that is about to enter sees the flag, or we see its lock.
 */
static int vm_stop_vcpus(struct keel_vm *vm)
{
	unsigned int i;

	WRITE_ONCE(vm->paused, true);
	smp_mb();	/* the flag before the kick: see vcpu.c */
	for (i = 0; i < vm->nr_vcpus; i++) {
		keel_kick_vcpu(vm, i);
		if (mutex_lock_interruptible(&vm->vcpus[i]->running))
			return -EINTR;
		mutex_unlock(&vm->vcpus[i]->running);
	}
	return 0;
}

/* No thread of the process is inside the VM's devices when this returns 0. */
static int vm_stop(struct keel_vm *vm)
{
	int ret = vm_stop_vcpus(vm);

	if (!ret)
		ret = keel_servers_pause(vm);
	if (!ret)
		ret = keel_vdevs_pause(vm);
	return ret ? -EINTR : 0;
}

/* What came amid the pause is still to be reported. */
static void vm_forget_alarms(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);

	WRITE_ONCE(vm->alarms, vm->alarms & ~vm->alarms_told);
	vm->alarms_told = 0;
	keel_lock_close(vm, flags);
}

static void vm_go_on(struct keel_vm *vm)
{
	keel_vdevs_resume(vm);
	WRITE_ONCE(vm->full, NULL);
	vm_forget_alarms(vm);
	WRITE_ONCE(vm->paused, false);	/* the next KEEL_RUN starts the clock */
	keel_servers_resume(vm);
}

/* VmTime stands still from here on. */
static void vm_stop_clock(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);

	keel_clock_stop(&vm->clock);
	keel_lock_close(vm, flags);
}

/* Queues are stopped in the process' memory, where what is in flight ends. */
static long vm_pause(void *owner, void *arg)
{
	struct keel_vm *vm = owner;
	bool before;
	int ret;

	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	before = vm->paused;
	ret = vm_stop(vm);
	if (!ret)
		vm_stop_clock(vm);
	else if (!before)
		vm_go_on(vm);
	mutex_unlock(&vm->control);
	return ret;
}

static long vm_resume(void *owner, void *arg)
{
	struct keel_vm *vm = owner;
	unsigned int i;

	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	for (i = 0; i < vm->nr_vcpus; i++)
		WRITE_ONCE(vm->vcpus[i]->stale, true);
	vm_go_on(vm);
	mutex_unlock(&vm->control);
	return 0;
}

/* Only what is documented as KEEL_INPUT_*: the rest is between kmod and the models. */
static long vm_input(void *owner, void *arg)
{
	const struct keel_input *input = arg;
	struct keel_vm *vm = owner;
	struct keel_dev *dev = keel_board_find(vm->board, input->class, input->instance);
	int answer;

	if (input->reserved)
		return -EINVAL;
	if (!dev)
		return -ENODEV;
	if (input->input >= KEEL_HOST_RX)
		return -EINVAL;
	answer = keel_door_host_input(vm, dev, input->input, input->value);
	if (answer == -EAGAIN)
		return -EAGAIN;
	return answer < 0 ? -EINVAL : 0;
}

/* Not amid a pause: what a state has, KVM's part of it has to have as well. */
static long vm_pulse(void *owner, void *arg)
{
	const struct keel_pulse *pulse = arg;
	struct keel_vm *vm = owner;
	long ret = -EBUSY;

	if (pulse->reserved)
		return -EINVAL;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (!vm->paused)
		ret = keel_door_pulse(vm, pulse->line);
	mutex_unlock(&vm->control);
	return ret;
}

static const struct keel_ioctl vm_ioctls[] = {
	KEEL_IOCTL(KEEL_RUN, keel_vcpu_run, keel_run, arg),
	KEEL_IOCTL(KEEL_ADD_VCPU, keel_vcpu_add, keel_vcpu_config, run),
	KEEL_IOCTL(KEEL_OPEN_UART, keel_uart_file_open, keel_uart_stream, class),
	KEEL_IOCTL(KEEL_STATS, keel_stats, keel_stats, stats),
	KEEL_IOCTL(KEEL_INSPECT, keel_inspect, keel_stats, stats),
	KEEL_IOCTL(KEEL_LAST_EXITS, keel_exits_get, keel_last_exits, exits),
	KEEL_IOCTL(KEEL_INPUT, vm_input, keel_input, value),
	KEEL_IOCTL(KEEL_PULSE, vm_pulse, keel_pulse, reserved),
	{ KEEL_PAUSE, .call = vm_pause },
	{ KEEL_RESUME, .call = vm_resume },
	{ KEEL_RESET, .call = keel_state_reset },
	KEEL_IOCTL(KEEL_STATE_GET, keel_state_get, keel_state, record),
	KEEL_IOCTL(KEEL_STATE_SET, keel_state_set, keel_state, record),
	KEEL_IOCTL(KEEL_ACCESS, keel_state_access, keel_access, value),
	KEEL_IOCTL(KEEL_SET_MEMORY, keel_memory_set, keel_memory, regions),
	KEEL_IOCTL(KEEL_ATTACH_BLK, keel_attach_blk, keel_attach_blk, reserved),
	KEEL_IOCTL(KEEL_ATTACH_NET, keel_attach_net, keel_attach_net, pairs),
	KEEL_IOCTL(KEEL_ATTACH_VSOCK, keel_attach_vsock, keel_attach_vsock, tx),
	KEEL_IOCTL(KEEL_ATTACH_CONSOLE, keel_attach_console, keel_attach_console, ports),
	KEEL_IOCTL(KEEL_ATTACH_RNG, keel_attach_rng, keel_attach_rng, serve),
	KEEL_IOCTL(KEEL_DETACH, keel_vdev_detach, keel_detach, reserved),
	KEEL_IOCTL(KEEL_SET_PORT, keel_vdev_set_port, keel_port_change, to),
	KEEL_IOCTL(KEEL_SERVE, keel_serve, keel_serve, reserved),
	KEEL_IOCTL(KEEL_LATENCY_SET, keel_latency_set, keel_latency_set, action),
	KEEL_IOCTL(KEEL_LATENCY_GET, keel_latency_get, keel_latency_get, now),
	KEEL_IOCTL(KEEL_FWCFG_SET, keel_fwcfg_set, keel_fwcfg_set, items),
	KEEL_IOCTL(KEEL_LIMIT_SET, keel_limit_set, keel_limit, burst),
	KEEL_IOCTL(KEEL_CLAIM, keel_claim, keel_claim, reserved),
};

static long vm_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	return keel_ioctl(vm_ioctls, ARRAY_SIZE(vm_ioctls), file->private_data, command, arg);
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct keel_vm *vm = file->private_data;

	keel_ref_put(&vm->ref);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = vm_release,
	.llseek = noop_llseek,
};

/* ---- The end ---- */

/* Nothing can reach the VM any more, except KVM's buses and the clock: they go first. */
static void vm_destroy(struct keel_vm *vm)
{
	unsigned int i;

	keel_debugfs_remove(vm);
	keel_kvm_bus_unregister(vm);
	vm_stop_clock(vm);
	keel_clock_destroy(&vm->clock);
	keel_vdevs_destroy(vm);
	keel_memory_destroy(vm);
	keel_servers_destroy(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		keel_vcpu_free(vm->vcpus[i]);
	keel_uart_rings_destroy(vm);
	keel_router_destroy(&vm->router);
	if (vm->kvm_file)
		fput(vm->kvm_file);
	keel_latency_destroy(vm);
	kvfree(vm->fwcfg);
	keel_limits_destroy(vm);
	kvfree(vm->board);
	keel_user_put(vm->user);
	kfree(vm);
	module_put(THIS_MODULE);
}

static void vm_release_ref(struct keel_ref *ref)
{
	vm_destroy(container_of(ref, struct keel_vm, ref));
}

/* ---- The beginning ---- */

static bool vm_config_sane(const struct keel_vm_config *config)
{
	return !(config->flags & ~VM_FLAGS) &&
	       config->nr_devices && config->nr_devices <= KEEL_MAX_DEVICES &&
	       config->nr_eventfds >= KEEL_NR_GSIS && config->nr_eventfds <= KEEL_MAX_GSIS &&
	       !(config->scratch & 7);
}

/* Models look at their own part of the config; those without one have nothing in it. */
static bool vm_devices_sane(const struct keel_device_config *devices, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct keel_dev_ops *ops = keel_class_ops(devices[i].class);

		if (!ops)
			return false;
		if (!ops->configure && memchr_inv(devices[i].pad, 0, sizeof(devices[i].pad)))
			return false;
	}
	return true;
}

static int vm_build(struct keel_vm *vm, struct keel_vm_config *config,
		    const struct keel_device_config *devices)
{
	unsigned int room = min_t(u32, config->nr_conflicts, VM_MAX_CONFLICTS);
	size_t size = keel_board_size(devices, config->nr_devices);
	struct keel_conflict *conflicts;
	int ret;

	if (!size)
		return -EINVAL;
	vm->board = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	conflicts = kvcalloc(max(room, 1U), sizeof(*conflicts), GFP_KERNEL_ACCOUNT);
	if (!vm->board || !conflicts) {
		kvfree(conflicts);
		return -ENOMEM;
	}
	config->nr_conflicts = room;
	ret = keel_board_build(vm->board, &keel_host, vm, devices, config->nr_devices,
			       conflicts, &config->nr_conflicts);
	if (ret == -EEXIST && room &&
	    copy_to_user(u64_to_user_ptr(config->conflicts), conflicts,
			 min(room, config->nr_conflicts) * sizeof(*conflicts)))
		ret = -EFAULT;
	kvfree(conflicts);
	if (!ret && vm->board->nr_gsis > config->nr_eventfds)
		ret = -ENOSPC;
	/* Routes are the IOAPIC's masked entries now; KVM gets them before the first entry. */
	memset(&vm->effects, 0, sizeof(vm->effects));
	return ret;
}

static void vm_limit_timer(__u32 *period, u32 usual, u32 possible, u64 least)
{
	if (!*period)
		*period = usual;
	if (*period >= possible)	/* else the model refuses it */
		*period = clamp_t(u64, least, *period, U32_MAX);
}

/* Process and host each set a shortest timer period: the longer of the two is honoured. */
static void vm_limit_timers(struct keel_device_config *devices, unsigned int nr)
{
	u64 least = (u64)READ_ONCE(vm_min_timer_period_us) * NSEC_PER_USEC;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (devices[i].class == KEEL_CLASS_PIT)
			vm_limit_timer(&devices[i].pit.min_period_ns, KEEL_PIT_MIN_PERIOD_DEFAULT,
				       KEEL_PIT_MIN_PERIOD_LEAST, least);
		else if (devices[i].class == KEEL_CLASS_HPET)
			vm_limit_timer(&devices[i].hpet.min_period_ns, KEEL_HPET_MIN_PERIOD_DEFAULT,
				       KEEL_HPET_MIN_PERIOD_LEAST, least);
	}
}

static int vm_make_board(struct keel_vm *vm, struct keel_vm_config *config)
{
	struct keel_device_config *devices;
	int ret = -EINVAL;

	devices = memdup_user(u64_to_user_ptr(config->devices),
			      config->nr_devices * sizeof(*devices));
	if (IS_ERR(devices))
		return PTR_ERR(devices);
	if (vm_devices_sane(devices, config->nr_devices)) {
		vm_limit_timers(devices, config->nr_devices);
		ret = vm_build(vm, config, devices);
	}
	kfree(devices);
	return ret;
}

static int vm_find_kvm(struct keel_vm *vm, int fd)
{
	struct file *file = keel_kvm_vm_get(fd);

	if (IS_ERR(file))
		return PTR_ERR(file);
	vm->kvm_file = file;
	return 0;
}

/*
 * The LAPICs are KVM's, everything else is ours: the split interrupt controller,
 * whose reserved GSIs are the IOAPIC's pins. Wide destinations are for more than
 * 255 processors.
 */
static int vm_take_kvm(struct keel_vm *vm)
{
	const struct kvm_enable_cap split = {
		.cap = KVM_CAP_SPLIT_IRQCHIP, .args = { KEEL_NR_GSIS },
	};
	const struct kvm_enable_cap wide = {
		.cap = KVM_CAP_X2APIC_API, .args = { KVM_X2APIC_API_USE_32BIT_IDS },
	};
	long ret;

	ret = keel_kvm_call(vm, vm->kvm_file, KVM_ENABLE_CAP, &split, sizeof(split));
	if (ret)
		return ret == -EEXIST ? -EBUSY : ret;
	return keel_kvm_call(vm, vm->kvm_file, KVM_ENABLE_CAP, &wide, sizeof(wide));
}

/* Is the scratch area writable now? */
static int vm_try_scratch(struct keel_vm *vm)
{
	return clear_user(vm->scratch, KEEL_SCRATCH_SIZE) ? -EFAULT : 0;
}

/*
 * Everything that can be refused comes first: a KVM VM keeps the interrupt controller
 * that it was given, and would be of no use for a second try.
 */
static int vm_set_up_with(struct keel_vm *vm, struct keel_vm_config *config, const s32 *fds)
{
	int ret;

	vm->tell_polls = config->flags & KEEL_VM_TELL_POLLS;
	vm->tell_wakes = config->flags & KEEL_VM_TELL_WAKES;
	ret = vm_try_scratch(vm);
	if (!ret)
		ret = vm_find_kvm(vm, config->kvm_fd);
	if (!ret)
		ret = vm_make_board(vm, config);
	if (!ret)
		ret = keel_router_init(&vm->router, fds, vm->board->nr_gsis);
	if (!ret)
		ret = keel_uart_rings_init(vm);
	if (!ret)
		ret = keel_vdevs_init(vm);
	if (!ret)
		ret = vm_take_kvm(vm);
	if (!ret)
		ret = keel_router_connect(vm, fds);
	if (!ret && keel_use_bus && !(config->flags & KEEL_VM_NO_BUS))
		ret = keel_kvm_bus_register(vm);
	return ret;
}

static int vm_set_up(struct keel_vm *vm, struct keel_vm_config *config)
{
	s32 *fds = memdup_user(u64_to_user_ptr(config->eventfds),
			       config->nr_eventfds * sizeof(*fds));
	int ret;

	if (IS_ERR(fds))
		return PTR_ERR(fds);
	ret = vm_set_up_with(vm, config, fds);
	kfree(fds);
	return ret;
}

/*
 * The descriptor is reserved first, and filled in last, by the caller, when the answer has been
 * delivered: nothing can fail then, and the process has not seen the number of a VM that failed.
 */
static long vm_set_up_fd(struct keel_vm *vm, struct keel_vm_config *config,
			 struct keel_new_vm *new)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;
	int ret;

	if (fd < 0)
		return fd;
	ret = vm_set_up(vm, config);
	if (ret)
		goto no_vm;
	file = anon_inode_getfile("keel-vm", &vm_fops, vm, O_RDWR);
	if (!IS_ERR(file)) {
		keel_debugfs_add(vm);
		new->file = file;
		new->fd = fd;
		return fd;
	}
	ret = PTR_ERR(file);
no_vm:
	put_unused_fd(fd);
	return ret;
}

static struct keel_vm *vm_alloc(const struct keel_vm_config *config)
{
	struct keel_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	struct keel_user *user;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	user = keel_user_get();
	if (IS_ERR(user)) {
		kfree(vm);
		return ERR_CAST(user);
	}
	vm->user = user;
	__module_get(THIS_MODULE);	/* the caller's file holds it as well */
	keel_ref_init(&vm->ref, vm_release_ref);
	vm->mm = current->mm;
	vm->scratch = u64_to_user_ptr(config->scratch);
	spin_lock_init(&vm->lock);
	seqcount_init(&vm->seq);
	mutex_init(&vm->control);
	mutex_init(&vm->reconciling);
	mutex_init(&vm->scratch_lock);
	keel_clock_init(&vm->clock, keel_door_fired, keel_door_overdue);
	return vm;
}

/* KEEL_CREATE_VM; the owner is a struct keel_new_vm */
long keel_vm_create(void *owner, void *arg)
{
	struct keel_vm_config *config = arg;
	struct keel_vm *vm;
	long ret;

	if (!vm_config_sane(config))
		return -EINVAL;
	vm = vm_alloc(config);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = vm_set_up_fd(vm, config, owner);
	if (ret < 0)
		keel_ref_put(&vm->ref);
	return ret;
}
