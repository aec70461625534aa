// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks: how a thread of the process is brought out of KVM_RUN, or out of a file that sleeps, to
 * look at what has changed. The kicker changes what the thread looks at first, then kicks; the
 * thread takes the kick first, then looks. So no change is missed.
 *
 * A kick is TIF_NOTIFY_SIGNAL, and wakes interruptible sleepers alone, as a signal does. The
 * kernel sets the same flag for task work that must run now. The two cannot be told apart
 * while task work is pending: then the flag stays, and the thread goes to user space, where
 * the kernel does the work and clears the flag.
 */
#include <linux/livepatch.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "kick.h"
#include "vcpu.h"
#include "vm.h"

/**
 * keel_kick_task() - kick a thread.
 * @task: a thread of the process; the caller keeps its task_struct, by a lock or by RCU. One that
 *        has left Keel passes through user mode in vain
 *
 * Any context.
 */
void keel_kick_task(struct task_struct *task)
{
	struct wait_queue_entry entry = { .private = task };

	set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL);
	/* The only function that wakes chosen states and that modules may call */
	if (!default_wake_function(&entry, TASK_INTERRUPTIBLE, 0, NULL))
		kick_process(task);
}

/* Return: false: it does not run. */
static bool kick_vcpu(struct keel_vcpu *vcpu)
{
	unsigned long flags;
	bool runs;

	raw_spin_lock_irqsave(&vcpu->kick, flags);
	runs = vcpu->task;
	if (runs)
		keel_kick_task(vcpu->task);
	raw_spin_unlock_irqrestore(&vcpu->kick, flags);
	return runs;
}

/**
 * keel_kick_vcpu() - bring a vCPU out of KVM_RUN to look at what has changed.
 * @vm:    the VM
 * @index: of the vCPU; one that does not exist or does not run is left alone
 *
 * Any context.
 */
void keel_kick_vcpu(struct keel_vm *vm, unsigned int index)
{
	if (index < keel_vm_nr_vcpus(vm))
		kick_vcpu(vm->vcpus[index]);
}

/**
 * keel_kick_vcpus() - the same for all of them.
 * @vm: the VM
 */
void keel_kick_vcpus(struct keel_vm *vm)
{
	unsigned int i, nr = keel_vm_nr_vcpus(vm);

	for (i = 0; i < nr; i++)
		kick_vcpu(vm->vcpus[i]);
}

/* Is it the calling thread's, or that of the thread that was interrupted? */
static bool kick_is_current(const struct keel_vcpu *vcpu)
{
	return READ_ONCE(vcpu->task) == current;
}

/**
 * keel_kick_one() - the same for one that runs: the current one if there is one, or the first.
 * @vm: the VM
 */
void keel_kick_one(struct keel_vm *vm)
{
	unsigned int i, nr = keel_vm_nr_vcpus(vm);

	for (i = 0; i < nr; i++)
		if (kick_is_current(vm->vcpus[i]) && kick_vcpu(vm->vcpus[i]))
			return;
	for (i = 0; i < nr; i++)
		if (kick_vcpu(vm->vcpus[i]))
			return;
}

/**
 * keel_take_kick() - the calling thread is about to look at what has changed.
 *
 * Return: it was kicked. The flag stays set if there may be task work behind it.
 */
bool keel_take_kick(void)
{
	if (!test_thread_flag(TIF_NOTIFY_SIGNAL) || task_work_pending(current))
		return false;
	clear_thread_flag(TIF_NOTIFY_SIGNAL);
	smp_mb__after_atomic();	/* the flag before what is looked at */
	/* Task work may have been added between the two looks: its flag is put back. */
	if (task_work_pending(current))
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	return true;
}

/**
 * keel_only_kicked() - was the calling thread interrupted by kicks alone?
 *
 * Return: false if a signal, task work or a livepatch wants it in user space.
 */
bool keel_only_kicked(void)
{
	return test_thread_flag(TIF_NOTIFY_SIGNAL) && !task_sigpending(current) &&
	       !klp_patch_pending(current) && !task_work_pending(current);
}

/**
 * keel_interrupted() - what a call returns that was interrupted.
 *
 * A signal ends it. Task work, a kick or a livepatch does not: it has no handler in user space, so
 * the thread goes to the edge of user space, where the kernel does the work, and the call begins
 * again. (Since 6.3 the scheduler itself adds task work to threads every 100 ms.)
 *
 * Return: -EINTR or -ERESTARTNOINTR.
 */
long keel_interrupted(void)
{
	if (task_sigpending(current))
		return -EINTR;
	if (!test_thread_flag(TIF_NOTIFY_SIGNAL) && !task_work_pending(current) &&
	    !klp_patch_pending(current))
		return -EINTR;	/* the process itself made KVM_RUN return: immediate_exit */
	set_thread_flag(TIF_NOTIFY_SIGNAL);	/* without it the call would not begin again */
	return -ERESTARTNOINTR;
}
