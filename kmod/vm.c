// SPDX-License-Identifier: GPL-2.0
/* A VM: made, paused, reset, saved, and taken apart in any state. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "server.h"
#include "vm.h"

/* A caller's list of conflicts is cut here; further ones are only counted. */
#define VM_MAX_CONFLICTS	256
/* No board's state comes near this. */
#define VM_MAX_STATE		BIT(20)

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
		keel_vcpu_kick(vm, i);
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
		ret = keel_virtio_pause(vm);
	return ret ? -EINTR : 0;
}

static void vm_go_on(struct keel_vm *vm)
{
	keel_virtio_unpause(vm);
	WRITE_ONCE(vm->full, NULL);
	WRITE_ONCE(vm->paused, false);	/* the next KEEL_RUN starts the clock */
	keel_servers_resume(vm);
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
		keel_door_stop(vm);
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

static long vm_reset(void *owner, void *arg)
{
	struct keel_vm *vm = owner;
	long ret = -EBUSY;

	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (vm->paused) {
		keel_door_reset(vm);
		ret = 0;
	}
	mutex_unlock(&vm->control);
	return ret;
}

/*
 * A message that waits for its pin's new route is in no device's state: it has to be
 * with KVM before the state is taken.
 */
static long vm_send_routes(struct keel_vm *vm)
{
	if (!READ_ONCE(vm->router.stale))
		return 0;
	return current->mm == vm->mm ? keel_router_sync(vm) : -EIO;
}

static long vm_save(struct keel_vm *vm, struct keel_state *state)
{
	size_t size = keel_board_state_size(vm->board);
	long ret = 0;
	void *blob;

	if (state->size < size) {
		state->size = size;
		return -ENOSPC;
	}
	state->size = size;
	ret = vm_send_routes(vm);
	if (ret)
		return ret;
	blob = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!blob)
		return -ENOMEM;
	keel_door_save(vm, blob);
	keel_board_seal(vm->board, blob);
	if (copy_to_user(u64_to_user_ptr(state->data), blob, size))
		ret = -EFAULT;
	kvfree(blob);
	return ret;
}

/* A blob that is too long or too short is refused by its header: only that is read. */
static long vm_load_blob(struct keel_vm *vm, struct keel_state *state, void *blob, size_t size)
{
	size_t part = state->size == size ? size :
		      min_t(size_t, state->size, sizeof(struct keel_state_header));

	if (copy_from_user(blob, u64_to_user_ptr(state->data), part))
		return -EFAULT;
	state->error = keel_board_check(vm->board, blob, state->size, &state->record);
	if (state->error)
		return -EINVAL;
	keel_door_load(vm, blob);
	return 0;
}

static long vm_load(struct keel_vm *vm, struct keel_state *state)
{
	size_t size = keel_board_state_size(vm->board);
	void *blob;
	long ret;

	if (state->size > VM_MAX_STATE)
		return -E2BIG;
	blob = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!blob)
		return -ENOMEM;
	ret = vm_load_blob(vm, state, blob, size);
	kvfree(blob);
	return ret;
}

static long vm_state(struct keel_vm *vm, struct keel_state *state,
		     long (*move)(struct keel_vm *vm, struct keel_state *state))
{
	long ret = -EBUSY;

	if (state->reserved)
		return -EINVAL;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (vm->paused)
		ret = move(vm, state);
	mutex_unlock(&vm->control);
	return ret;
}

static long vm_state_get(void *owner, void *arg)
{
	return vm_state(owner, arg, vm_save);
}

static long vm_state_set(void *owner, void *arg)
{
	return vm_state(owner, arg, vm_load);
}

/* Only what is documented as KEEL_INPUT_*: the rest is between kmod and the models. */
static long vm_input(void *owner, void *arg)
{
	const struct keel_input *input = arg;
	struct keel_vm *vm = owner;
	struct keel_dev *dev = keel_board_find(vm->board, input->class, input->instance);
	int answer;

	if (!dev)
		return -ENODEV;
	if (input->input >= KEEL_HOST_RX)
		return -EINVAL;
	answer = keel_door_host_input(vm, dev, input->input, input->value);
	if (answer == -EAGAIN)
		return -EAGAIN;
	return answer < 0 ? -EINVAL : 0;
}

static const struct keel_ioctl vm_ioctls[] = {
	{ KEEL_RUN, keel_vcpu_run },
	{ KEEL_ADD_VCPU, keel_vcpu_add },
	{ KEEL_OPEN_CONSOLE, keel_console_open },
	{ KEEL_STATS, keel_stats },
	{ KEEL_INSPECT, keel_inspect },
	{ KEEL_INPUT, vm_input },
	{ KEEL_PAUSE, vm_pause },
	{ KEEL_RESUME, vm_resume },
	{ KEEL_RESET, vm_reset },
	{ KEEL_STATE_GET, vm_state_get },
	{ KEEL_STATE_SET, vm_state_set },
	{ KEEL_SET_MEMORY, keel_memory_set },
	{ KEEL_ATTACH, keel_virtio_attach },
	{ KEEL_SET_PORT, keel_virtio_set_port },
	{ KEEL_SERVE, keel_serve },
};

static long vm_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	return keel_ioctl(vm_ioctls, ARRAY_SIZE(vm_ioctls), file->private_data, command, arg);
}

static int vm_release(struct inode *inode, struct file *file)
{
	keel_vm_put(file->private_data);
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

/* Takes apart VMs whose last reference a request in flight dropped */
static struct workqueue_struct *vm_ends;

/* Nothing can reach the VM any more, except KVM's buses and the clock: they go first. */
static void vm_destroy(struct keel_vm *vm)
{
	unsigned int i;

	keel_debugfs_remove(vm);
	keel_kvm_bus_unregister(vm);
	keel_door_stop(vm);
	keel_clock_destroy(&vm->clock);
	keel_virtio_destroy(vm);
	keel_servers_destroy(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		keel_vcpu_free(vm->vcpus[i]);
	keel_consoles_destroy(vm);
	keel_router_destroy(&vm->router);
	if (vm->kvm_file)
		fput(vm->kvm_file);
	kvfree(vm->board);
	keel_user_put(vm->user);
	kfree(vm);
	module_put(THIS_MODULE);
}

static void vm_last_put(struct kref *refs)
{
	vm_destroy(container_of(refs, struct keel_vm, refs));
}

static void vm_end(struct work_struct *work)
{
	vm_destroy(container_of(work, struct keel_vm, end));
}

static void vm_last_put_later(struct kref *refs)
{
	queue_work(vm_ends, &container_of(refs, struct keel_vm, refs)->end);
}

/**
 * keel_vm_get() - take a reference.
 * @vm: the VM
 */
void keel_vm_get(struct keel_vm *vm)
{
	kref_get(&vm->refs);
}

/**
 * keel_vm_put() - drop a reference; the last one takes the VM apart.
 * @vm: the VM
 *
 * May sleep.
 */
void keel_vm_put(struct keel_vm *vm)
{
	kref_put(&vm->refs, vm_last_put);
}

/**
 * keel_vm_put_later() - the same, in any context.
 * @vm: the VM
 */
void keel_vm_put_later(struct keel_vm *vm)
{
	kref_put(&vm->refs, vm_last_put_later);
}

/**
 * keel_vm_init() - when the module is loaded.
 */
int keel_vm_init(void)
{
	vm_ends = alloc_workqueue("keel-end", WQ_UNBOUND, 0);
	return vm_ends ? 0 : -ENOMEM;
}

/**
 * keel_vm_exit() - when it is unloaded; waits until the last VM is taken apart.
 */
void keel_vm_exit(void)
{
	destroy_workqueue(vm_ends);
}

/* ---- The beginning ---- */

static bool vm_config_sane(const struct keel_vm_config *config)
{
	return !(config->flags & ~KEEL_VM_NO_BUS) && !config->reserved &&
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
	ret = keel_board_build(vm->board, &keel_door_host, vm, devices, config->nr_devices,
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

/* Process and host each set a shortest timer period: the longer of the two is honoured. */
static void vm_limit_timers(struct keel_device_config *devices, unsigned int nr)
{
	u64 least = (u64)READ_ONCE(keel_min_timer_period_us) * NSEC_PER_USEC;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		__u32 *period = &devices[i].pit.min_period_ns;

		if (devices[i].class != KEEL_CLASS_PIT)
			continue;
		if (!*period)
			*period = KEEL_PIT_MIN_PERIOD_DEFAULT;
		if (*period < KEEL_PIT_MIN_PERIOD_LEAST)
			continue;	/* for the model to refuse */
		*period = clamp_t(u64, least, *period, U32_MAX);
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

	ret = vm_try_scratch(vm);
	if (!ret)
		ret = vm_find_kvm(vm, config->kvm_fd);
	if (!ret)
		ret = vm_make_board(vm, config);
	if (!ret)
		ret = keel_router_init(&vm->router, fds, vm->board->nr_gsis);
	if (!ret)
		ret = keel_consoles_init(vm);
	if (!ret)
		ret = keel_virtio_init(vm);
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
	kref_init(&vm->refs);
	INIT_WORK(&vm->end, vm_end);
	vm->mm = current->mm;
	vm->scratch = u64_to_user_ptr(config->scratch);
	spin_lock_init(&vm->lock);
	mutex_init(&vm->control);
	mutex_init(&vm->servicing);
	mutex_init(&vm->routing);
	mutex_init(&vm->scratch_lock);
	keel_clock_init(&vm->clock);
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
		keel_vm_put(vm);
	return ret;
}
