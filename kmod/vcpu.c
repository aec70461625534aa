// SPDX-License-Identifier: GPL-2.0
/*
 * The loop that runs a vCPU: KVM_RUN again and again, with what comes out
 * of it answered here. KEEL_RUN returns only when there is something that
 * only userspace can do.
 *
 * How a vCPU is kicked out of KVM_RUN, and why no kick is lost: the kicking thread
 * first changes the state that the loop looks at (an event, a pause, INTR,
 * dirty routes), under the board's lock or the control mutex, then sets the
 * thread's TIF_NOTIFY_SIGNAL and wakes it. The loop clears the flag first and looks
 * at the state afterwards. So either the flag was set after the clearing, and
 * KVM_RUN, which checks it with interrupts off before it enters the guest and
 * before it sleeps in HLT, comes straight out again; or it was set before, and then
 * the state is there to be seen.
 */
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "door.h"
#include "doorbell.h"
#include "kick.h"
#include "kvm_bus.h"
#include "kvm_file.h"
#include "limit.h"
#include "lock.h"
#include "vcpu.h"
#include "vdev.h"
#include "vm.h"

/* KVM puts the data of port accesses in the page behind struct kvm_run. */
#define VCPU_PIO_OFFSET	PAGE_SIZE
/* More than any one instruction needs; a string of 64 Ki bytes has 64 parts. */
#define VCPU_SETTLE_TURNS	128
/* Of port accesses; the process can have each turn begin 4096 of them */
#define VCPU_SETTLE_ACCESSES	65536
/* Of vcpu_prepare(): not KVM_RUN, but another turn of the loop. KVM_RUN returns no such error. */
#define VCPU_LOOK		(-EINPROGRESS)

/* Return: false: another thread runs it. */
static bool vcpu_enter(struct keel_vcpu *vcpu)
{
	unsigned long flags;
	bool mine;

	raw_spin_lock_irqsave(&vcpu->kick, flags);
	mine = !vcpu->task;
	if (mine)
		vcpu->task = current;
	raw_spin_unlock_irqrestore(&vcpu->kick, flags);
	/* A thread that leaves KEEL_RUN, or a pause that waits for that, holds it for a moment. */
	if (mine)
		mutex_lock(&vcpu->running);
	return mine;
}

static void vcpu_leave(struct keel_vcpu *vcpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->kick, flags);
	vcpu->task = NULL;
	raw_spin_unlock_irqrestore(&vcpu->kick, flags);
	mutex_unlock(&vcpu->running);
}

/*
 * INTR is high: acknowledge and inject if this processor can take it now, ask KVM to come
 * out when it can otherwise. INTR is wired to every processor's LINT0. KVM reports
 * that one can, and opens a window for it, only if its LINT0 is an unmasked ExtINT (or its LAPIC
 * is off): after power-on that is the boot processor's, and a kernel that was started on
 * another one (kdump, with "noapic") makes it that one's.
 */
static int vcpu_intr(struct keel_vcpu *vcpu)
{
	struct kvm_interrupt interrupt;
	long ret;
	int vector;

	if (!READ_ONCE(vcpu->run->ready_for_interrupt_injection)) {
		WRITE_ONCE(vcpu->run->request_interrupt_window, 1);
		return 0;
	}
	vector = keel_door_intack(vcpu->vm);
	if (vector < 0)
		return 0;
	interrupt.irq = vector;
	ret = keel_kvm_call(vcpu->vm, vcpu->file, KVM_INTERRUPT, &interrupt, sizeof(interrupt));
	if (ret)
		return ret;
	vcpu->counters[KEEL_INJECTED]++;
	/* Another interrupt may be pending behind it: come out as soon as this one is taken. */
	WRITE_ONCE(vcpu->run->request_interrupt_window, READ_ONCE(vcpu->vm->intr));
	return 0;
}

/* What KEEL_RUN is to return for the event that ended the VM. */
static int vcpu_report_event(struct keel_vcpu *vcpu, struct keel_run *run, enum keel_event event)
{
	static const u32 reasons[] = {
		[KEEL_EVENT_POWEROFF] = KEEL_EXIT_POWEROFF,
		[KEEL_EVENT_RESET] = KEEL_EXIT_RESET,
		[KEEL_EVENT_SLEEP] = KEEL_EXIT_SLEEP,
		[KEEL_EVENT_DEBUG_EXIT] = KEEL_EXIT_DEBUG,
		[KEEL_EVENT_WAKE] = KEEL_EXIT_WAKE,
	};

	vcpu->counters[KEEL_RETURN_EVENT]++;
	run->reason = reasons[event];
	run->arg = vcpu->vm->event_arg;
	return 1;
}

static int vcpu_report(struct keel_vcpu *vcpu, struct keel_run *run, u32 reason, u64 arg,
		       enum keel_vcpu_counter counter)
{
	vcpu->counters[counter]++;
	run->reason = reason;
	run->arg = arg;
	return 1;
}

/* The guest looks for a device that the board does not have. */
static noinline void vcpu_unmapped(struct keel_vcpu *vcpu, enum keel_space space, u64 addr,
				   enum keel_news news)
{
	if (news == KEEL_NEWS_UNMAPPED)
		keel_door_unmapped(vcpu->vm, space, addr, keel_kvm_rip(&vcpu->rip));
	else if (vcpu->vm->tell_polls)
		vcpu->polls = addr | (space == KEEL_PIO ? KEEL_POLLS_PORT : KEEL_POLLS_MEMORY);
}

/* An access that came out of KVM_RUN. */
static __always_inline void vcpu_access(struct keel_vcpu *vcpu, enum keel_space space, u64 addr,
					void *data, unsigned int len, bool write)
{
	enum keel_news news;

	if (write && keel_doorbell(vcpu->vm, space, addr, data, len))
		return;
	news = keel_door_access(vcpu->vm, space, addr, data, len, write);
	if (unlikely(news))
		vcpu_unmapped(vcpu, space, addr, news);
}

/* Return: as vcpu_handle_exit(). */
static int vcpu_report_polls(struct keel_vcpu *vcpu, struct keel_run *run)
{
	u64 polls = vcpu->polls;

	vcpu->polls = 0;
	return vcpu_report(vcpu, run, KEEL_EXIT_POLLS, polls, KEEL_RETURN_EVENT);
}

/* The last part of an access to ports or memory: it is noted. Return: as vcpu_handle_exit(). */
static __always_inline int vcpu_accessed(struct keel_vcpu *vcpu, struct keel_run *run, u64 key,
					 u64 addr, u64 value)
{
	keel_exits_note(&vcpu->exits, key, addr, value, keel_kvm_rip(&vcpu->rip));
	return unlikely(vcpu->polls) ? vcpu_report_polls(vcpu, run) : 0;
}

/* An exit that is no access. */
static void vcpu_came_out(struct keel_vcpu *vcpu, u32 reason, u64 detail)
{
	keel_exits_note(&vcpu->exits, reason, detail, 0, keel_kvm_rip(&vcpu->rip));
}

/*
 * The process answers an access if it has claimed all of it, and it begins at no device. It finds
 * the access in struct kvm_run, and KVM completes it in the next KEEL_RUN; so nothing of it is lost
 * in a VM that is paused.
 */
static bool vcpu_claims(struct keel_vcpu *vcpu, enum keel_space space, u64 addr, u32 len)
{
	return keel_claims(&vcpu->vm->claimed[space], addr, len) &&
	       !keel_door_answers(vcpu->vm, space, addr);
}

/* Return: as vcpu_handle_exit(). */
static int vcpu_give(struct keel_vcpu *vcpu, struct keel_run *run, u32 reason, u64 key, u64 addr)
{
	keel_exits_note(&vcpu->exits, key, addr, 0, keel_kvm_rip(&vcpu->rip));
	return vcpu_report(vcpu, run, reason, addr, KEEL_RETURN_CLAIMED);
}

/* Return: as vcpu_handle_exit(); 0: the process does not answer. */
static int vcpu_claimed_pio(struct keel_vcpu *vcpu, struct keel_run *run)
{
	bool write = READ_ONCE(vcpu->run->io.direction) == KVM_EXIT_IO_OUT;
	u16 port = READ_ONCE(vcpu->run->io.port);
	u8 size = READ_ONCE(vcpu->run->io.size);

	if (!size || !vcpu_claims(vcpu, KEEL_PIO, port, size))
		return 0;
	vcpu->counters[KEEL_LOOP_PIO]++;
	return vcpu_give(vcpu, run, KEEL_EXIT_IO, KEEL_EXIT_KEY(KVM_EXIT_IO, size, write), port);
}

/* Likewise */
static int vcpu_claimed_mmio(struct keel_vcpu *vcpu, struct keel_run *run)
{
	bool write = READ_ONCE(vcpu->run->mmio.is_write);
	u64 addr = READ_ONCE(vcpu->run->mmio.phys_addr);
	u32 len = READ_ONCE(vcpu->run->mmio.len);

	if (!len || len > sizeof(vcpu->run->mmio.data) ||
	    !vcpu_claims(vcpu, KEEL_MMIO, addr, len))
		return 0;
	vcpu->counters[KEEL_LOOP_MMIO]++;
	return vcpu_give(vcpu, run, KEEL_EXIT_MMIO, KEEL_EXIT_KEY(KVM_EXIT_MMIO, len, write),
			 addr);
}

/*
 * A port access, or a string of them. The process can write struct kvm_run while
 * we look: each field is read once and only believed within its bounds.
 */
static int vcpu_pio(struct keel_vcpu *vcpu, struct keel_run *run)
{
	bool write = READ_ONCE(vcpu->run->io.direction) == KVM_EXIT_IO_OUT;
	u64 offset = READ_ONCE(vcpu->run->io.data_offset);
	u32 count = READ_ONCE(vcpu->run->io.count);
	u16 port = READ_ONCE(vcpu->run->io.port);
	u8 size = READ_ONCE(vcpu->run->io.size);
	u8 *at = vcpu->pio;
	u32 value = 0;

	if (vcpu_claimed_pio(vcpu, run))
		return 1;
	if ((size != 1 && size != 2 && size != 4) || offset != VCPU_PIO_OFFSET ||
	    count > PAGE_SIZE / size)
		return -EINVAL;
	vcpu->counters[KEEL_LOOP_PIO]++;
	vcpu->accesses += count;
	for (; count; count--, at += size) {
		memcpy(&value, at, size);
		vcpu_access(vcpu, KEEL_PIO, port, &value, size, write);
		memcpy(at, &value, size);
	}
	return vcpu_accessed(vcpu, run, KEEL_EXIT_KEY(KVM_EXIT_IO, size, write), port, value);
}

static int vcpu_mmio(struct keel_vcpu *vcpu, struct keel_run *run)
{
	bool write = READ_ONCE(vcpu->run->mmio.is_write);
	u64 addr = READ_ONCE(vcpu->run->mmio.phys_addr);
	u32 len = READ_ONCE(vcpu->run->mmio.len);
	u64 value;

	if (vcpu_claimed_mmio(vcpu, run))
		return 1;
	if (!len || len > sizeof(value))
		return -EINVAL;
	vcpu->counters[KEEL_LOOP_MMIO]++;
	memcpy(&value, vcpu->run->mmio.data, sizeof(value));
	vcpu_access(vcpu, KEEL_MMIO, addr, &value, len, write);
	if (!write)
		memcpy(vcpu->run->mmio.data, &value, len);
	value &= U64_MAX >> (64 - 8 * len);
	return vcpu_accessed(vcpu, run, KEEL_EXIT_KEY(KVM_EXIT_MMIO, len, write), addr, value);
}

/*
 * After a KVM_RUN that came out on its own. Return: 0 to go on, 1 to return to the
 * caller, or an error.
 */
static int vcpu_handle_exit(struct keel_vcpu *vcpu, struct keel_run *run)
{
	u32 reason = READ_ONCE(vcpu->run->exit_reason);
	u8 vector;

	switch (reason) {
	case KVM_EXIT_IO:
		return vcpu_pio(vcpu, run);
	case KVM_EXIT_MMIO:
		return vcpu_mmio(vcpu, run);
	case KVM_EXIT_IOAPIC_EOI:
		vcpu->counters[KEEL_LOOP_EOI]++;
		vector = READ_ONCE(vcpu->run->eoi.vector);
		vcpu_came_out(vcpu, reason, vector);
		keel_door_eoi(vcpu->vm, vector);
		return 0;
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		vcpu->counters[KEEL_LOOP_WINDOW]++;
		vcpu_came_out(vcpu, reason, 0);
		return 0;
	case KVM_EXIT_SHUTDOWN:
		vcpu_came_out(vcpu, reason, 0);
		return vcpu_report(vcpu, run, KEEL_EXIT_SHUTDOWN, 0, KEEL_RETURN_SHUTDOWN);
	default:
		vcpu_came_out(vcpu, reason, 0);
		return vcpu_report(vcpu, run, KEEL_EXIT_KVM, reason, KEEL_RETURN_KVM);
	}
}

/*
 * In a VM that stands still no device is touched. KEEL_RUN left nothing undone but what the process
 * answers, so this is an access that the process began, with KVM_RUN or by writing to struct
 * kvm_run: it is lost.
 */
static int vcpu_drop_exit(struct keel_vcpu *vcpu, struct keel_run *run)
{
	switch (READ_ONCE(vcpu->run->exit_reason)) {
	case KVM_EXIT_IO:
		if (vcpu_claimed_pio(vcpu, run))
			return 1;
		break;
	case KVM_EXIT_MMIO:
		if (vcpu_claimed_mmio(vcpu, run))
			return 1;
		break;
	case KVM_EXIT_IOAPIC_EOI:
		break;
	default:
		return vcpu_handle_exit(vcpu, run);
	}
	vcpu->counters[KEEL_LOOP_DROPPED]++;
	return 0;
}

/* KVM_RUN with a kick pending: KVM does what is due without the guest, and comes out. */
static long vcpu_run_kicked(struct keel_vcpu *vcpu)
{
	long ret;

	set_thread_flag(TIF_NOTIFY_SIGNAL);
	ret = keel_kvm_ioctl(vcpu->file, KVM_RUN, 0);
	keel_take_kick();
	return ret;
}

/*
 * Finish what KVM has begun, without an instruction of the guest's: an access that
 * was answered but not completed, an EOI that was not reported yet, a timer that has
 * expired, an acknowledged vector (the first turn may only wake the vCPU from its
 * HLT; the second injects). What is left is state that KVM's ioctls return,
 * and struct kvm_run is up to date. A guest that repeats a string access for ever
 * is cut short; KVM then has a part of it left, which KEEL_RUN will complete.
 *
 * It takes kicks. So a caller that does not return to the process looks at everything again, with
 * VCPU_LOOK, before the guest runs.
 *
 * @handle handles the exits. Return: as vcpu_handle_exit().
 */
static int vcpu_settle(struct keel_vcpu *vcpu, struct keel_run *run,
		       int (*handle)(struct keel_vcpu *vcpu, struct keel_run *run))
{
	u64 most = vcpu->accesses + VCPU_SETTLE_ACCESSES;
	unsigned int quiet = 0, turns;
	long ret;

	/* An open window would come first, again and again; vcpu_prepare() asks anew. */
	WRITE_ONCE(vcpu->run->request_interrupt_window, 0);
	for (turns = 0; quiet < 2 && turns < VCPU_SETTLE_TURNS; turns++) {
		if (vcpu->accesses > most || fatal_signal_pending(current))
			break;
		ret = vcpu_run_kicked(vcpu);
		if (ret == -EINTR || ret == -EAGAIN) {
			quiet++;
			continue;
		}
		if (!ret)
			ret = handle(vcpu, run);
		if (ret)
			return ret;
		quiet = 0;
	}
	return 0;
}

static int vcpu_report_full(struct keel_vcpu *vcpu, struct keel_run *run,
			    const struct keel_dev *disk)
{
	return vcpu_report(vcpu, run, KEEL_EXIT_FULL,
			   (u32)disk->ops->class << 16 | disk->instance, KEEL_RETURN_EVENT);
}

/*
 * One vCPU reports that a crash kernel takes over; a panic and a watchdog hold all of them, until
 * KEEL_RESUME. A watchdog is reported after a panic.
 */
static u32 vcpu_take_alarms(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);
	u32 alarms = vm->alarms;

	if (alarms != KEEL_ALARM_WATCHDOG)
		alarms &= ~KEEL_ALARM_WATCHDOG;
	WRITE_ONCE(vm->alarms, vm->alarms & ~KEEL_PVPANIC_CRASH_LOADED);
	vm->alarms_told |= alarms & ~KEEL_PVPANIC_CRASH_LOADED;
	keel_lock_close(vm, flags);
	return alarms;
}

/* Return: as vcpu_handle_exit(), or VCPU_LOOK. */
static int vcpu_alarmed(struct keel_vcpu *vcpu, struct keel_run *run)
{
	int ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
	u32 alarms;

	if (ret)
		return ret;
	alarms = vcpu_take_alarms(vcpu->vm);
	if (alarms == KEEL_ALARM_WATCHDOG)
		return vcpu_report(vcpu, run, KEEL_EXIT_WATCHDOG, 0, KEEL_RETURN_EVENT);
	if (!alarms)
		return VCPU_LOOK;
	return vcpu_report(vcpu, run, KEEL_EXIT_PANIC, alarms, KEEL_RETURN_EVENT);
}

/* One vCPU reports that functions have left. Return: as vcpu_handle_exit(), or VCPU_LOOK. */
static int vcpu_report_ejected(struct keel_vcpu *vcpu, struct keel_run *run)
{
	int ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
	unsigned long flags;
	u32 ejected;

	if (ret)
		return ret;
	flags = keel_lock_open(vcpu->vm);
	ejected = vcpu->vm->ejected;
	WRITE_ONCE(vcpu->vm->ejected, 0);
	keel_lock_close(vcpu->vm, flags);
	if (!ejected)
		return VCPU_LOOK;
	return vcpu_report(vcpu, run, KEEL_EXIT_EJECTED, ejected, KEEL_RETURN_EVENT);
}

/* ---- A guest that asks for more than it may: see limit.c ---- */

/* One vCPU reports a breach. Return: as vcpu_handle_exit(), or VCPU_LOOK. */
static int vcpu_report_limit(struct keel_vcpu *vcpu, struct keel_run *run)
{
	int ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
	u64 arg;

	if (ret)
		return ret;
	if (!keel_limit_news(vcpu->vm, &arg))
		return VCPU_LOOK;
	return vcpu_report(vcpu, run, KEEL_EXIT_LIMIT, arg, KEEL_RETURN_EVENT);
}

/* What ends the wait kicks. A kick that is pending keeps no task asleep. */
static void vcpu_sleep_until(struct keel_vcpu *vcpu, u64 until)
{
	ktime_t expires = ns_to_ktime(until);
	u64 began = ktime_get_ns();

	set_current_state(TASK_INTERRUPTIBLE);
	if (!signal_pending(current))
		schedule_hrtimeout(&expires, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(vcpu->slept, vcpu->slept + ktime_get_ns() - began);
}

/*
 * Until it may go on. First KVM completes the access, as the VM may be saved meanwhile, which is a
 * turn of its own: it can take a kick. Return: 0; VCPU_LOOK: look at what has changed, and come
 * back; or as vcpu_handle_exit().
 */
static int vcpu_nap(struct keel_vcpu *vcpu, struct keel_run *run)
{
	u64 until = READ_ONCE(vcpu->nap_until);
	int ret;

	if (!vcpu->napping) {
		vcpu->counters[KEEL_LOOP_LIMITED]++;
		ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
		vcpu->napping = !ret;
		return ret ? ret : VCPU_LOOK;
	}
	if (ktime_get_ns() < until) {
		vcpu_sleep_until(vcpu, until);
		return signal_pending(current) ? -EINTR : VCPU_LOOK;
	}
	vcpu->napping = false;
	/* One that another thread has changed stays. */
	cmpxchg(&vcpu->nap_until, until, 0);
	return 0;
}

/* ---- Timers, where the clock leaves them to a vCPU's thread: see clock.c ---- */

/* Return: it has taken what was due. */
static bool vcpu_take_due(struct keel_vcpu *vcpu)
{
	if (!keel_clock_is_due(&vcpu->vm->clock))
		return false;
	vcpu->counters[KEEL_LOOP_TIMER]++;
	keel_door_take_due(vcpu->vm);
	return true;
}

/* ---- A guest that sleeps, with KEEL_VM_TELL_WAKES ---- */

static bool vcpu_sleeps(const struct keel_vm *vm)
{
	return READ_ONCE(vm->event) == KEEL_EVENT_SLEEP && vm->tell_wakes;
}

/* Is this the vCPU that reports it? */
static bool vcpu_tells_sleep(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);
	bool tells = vm->event == KEEL_EVENT_SLEEP && !vm->sleep_told;

	vm->sleep_told |= tells;
	keel_lock_close(vm, flags);
	return tells;
}

/*
 * Does it have to wait? Not when it is paused: that is another way to stand still; nor when its
 * watchdog has run out, which is to be reported.
 */
static bool vcpu_dozes(const struct keel_vm *vm)
{
	return vcpu_sleeps(vm) && !READ_ONCE(vm->paused) && !READ_ONCE(vm->alarms);
}

/* What ends the wait kicks. A kick that is pending keeps no task asleep. */
static void vcpu_doze(struct keel_vcpu *vcpu)
{
	const struct keel_vm *vm = vcpu->vm;

	keel_take_kick();
	set_current_state(TASK_INTERRUPTIBLE);
	if (vcpu_dozes(vm) && !keel_clock_is_due(&vm->clock))
		schedule();
	__set_current_state(TASK_RUNNING);
	vcpu_take_due(vcpu);
}

/*
 * Until the guest is woken, the VM paused, or there is an alarm. KVM first completes the access
 * that made the guest sleep, as the VM may be saved meanwhile. Return: as vcpu_handle_exit(), or
 * VCPU_LOOK.
 */
static int vcpu_wait_asleep(struct keel_vcpu *vcpu, struct keel_run *run)
{
	struct keel_vm *vm = vcpu->vm;
	int ret = vcpu_settle(vcpu, run, vcpu_handle_exit);

	if (ret)
		return ret;
	if (vcpu_tells_sleep(vm))
		return vcpu_report(vcpu, run, KEEL_EXIT_SLEEP, vm->event_arg, KEEL_RETURN_EVENT);
	while (vcpu_dozes(vm)) {
		vcpu_doze(vcpu);
		if (signal_pending(current) && !keel_only_kicked())
			return -EINTR;
	}
	return VCPU_LOOK;
}

/* The VM is paused, or about to be. Return: as vcpu_handle_exit(). */
static int vcpu_rest(struct keel_vcpu *vcpu, struct keel_run *run,
		     int (*handle)(struct keel_vcpu *vcpu, struct keel_run *run))
{
	enum keel_event event = READ_ONCE(vcpu->vm->event);
	int ret;

	if (event && !vcpu_sleeps(vcpu->vm))
		return vcpu_report_event(vcpu, run, event);
	ret = vcpu_settle(vcpu, run, handle);
	return ret ? ret : vcpu_report(vcpu, run, KEEL_EXIT_PAUSED, 0, KEEL_RETURN_PAUSED);
}

/* Before each KVM_RUN. Return: as vcpu_handle_exit(), or VCPU_LOOK. */
static int vcpu_prepare(struct keel_vcpu *vcpu, struct keel_run *run)
{
	const struct keel_dev *full = READ_ONCE(vcpu->vm->full);
	struct keel_vm *vm = vcpu->vm;
	enum keel_event event;
	int ret;

	if (vcpu_dozes(vm)) {
		ret = vcpu_wait_asleep(vcpu, run);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->paused))
		return vcpu_rest(vcpu, run, vcpu_handle_exit);
	if (vcpu_sleeps(vm) && READ_ONCE(vm->alarms)) {
		ret = vcpu_alarmed(vcpu, run);
		if (ret)
			return ret;
	}
	event = READ_ONCE(vm->event);
	if (event)
		return vcpu_report_event(vcpu, run, event);
	if (full) {
		ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
		return ret ? ret : vcpu_report_full(vcpu, run, full);
	}
	if (READ_ONCE(vm->alarms)) {
		ret = vcpu_alarmed(vcpu, run);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->ejected)) {
		ret = vcpu_report_ejected(vcpu, run);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->limit_news)) {
		ret = vcpu_report_limit(vcpu, run);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->remapped))
		keel_kvm_bus_remap(vm);
	if (keel_vdevs_must_reconcile(vm)) {
		ret = keel_vdevs_reconcile(vm);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->router.needed)) {
		ret = keel_router_sync(vm);
		if (ret)
			return ret;
	}
	if (keel_router_must_redirect(&vm->router)) {
		ret = keel_vdevs_redirect(vm);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vcpu->nap_until)) {
		ret = vcpu_nap(vcpu, run);
		if (ret)
			return ret;
	}
	if (READ_ONCE(vm->intr))
		return vcpu_intr(vcpu);
	WRITE_ONCE(vcpu->run->request_interrupt_window, 0);
	return 0;
}

/*
 * KVM_RUN, or the wait for a server before it, came out with an error. Return: 0 to go on, or
 * the error.
 */
static int vcpu_failed(struct keel_vcpu *vcpu, long error)
{
	if (error == VCPU_LOOK || (error == -EINTR && keel_only_kicked()))
		return 0;
	if (error == -EAGAIN) {	/* a processor that waited for its SIPI has got it */
		vcpu->counters[KEEL_LOOP_AGAIN]++;
		return 0;
	}
	vcpu->counters[error == -EINTR ? KEEL_RETURN_SIGNAL : KEEL_RETURN_ERROR]++;
	return error;
}

/* One turn of the loop. Return: as vcpu_handle_exit(). */
static int vcpu_turn(struct keel_vcpu *vcpu, struct keel_run *run)
{
	bool kicked = keel_take_kick();
	long ret;

	vcpu->counters[KEEL_LOOP_KICK] += kicked;
	if (vcpu_take_due(vcpu))
		return 0;	/* look at what that has changed */
	ret = vcpu_prepare(vcpu, run);
	if (ret > 0)
		return ret;
	if (!ret)
		ret = keel_kvm_ioctl(vcpu->file, KVM_RUN, 0);
	return ret ? vcpu_failed(vcpu, ret) : vcpu_handle_exit(vcpu, run);
}

/*
 * KVM_RUN looks for signals last: if the process asks for an interrupt window that is open, it
 * comes out with that each time. A signal may wait for an access that has several parts.
 */
static int vcpu_loop(struct keel_vcpu *vcpu, struct keel_run *run)
{
	unsigned int patience = VCPU_SETTLE_TURNS;
	int ret;

	do {
		cond_resched();
		ret = vcpu_turn(vcpu, run);
		if (!ret && task_sigpending(current) && !--patience) {
			vcpu->counters[KEEL_RETURN_SIGNAL]++;
			ret = -EINTR;
		}
	} while (!ret);
	return min(ret, 0);
}

/* VmTime advances from here on. */
static void vcpu_start_clock(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);

	keel_clock_enter(&vm->clock);
	if (!vm->paused)
		keel_clock_start(&vm->clock);
	keel_lock_close(vm, flags);
}

/* Without another vCPU inside, no timer runs. */
static void vcpu_leave_clock(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);

	keel_clock_leave(&vm->clock);
	keel_lock_close(vm, flags);
}

/*
 * In a VM that is paused already, KVM only finishes what it has begun: the interrupt of a
 * LAPIC's timer that has expired since.
 */
static long vcpu_run_entered(struct keel_vcpu *vcpu, struct keel_run *run)
{
	long ret = 0;

	if (READ_ONCE(vcpu->vm->paused))
		return vcpu_rest(vcpu, run, vcpu_drop_exit);
	if (READ_ONCE(vcpu->stale)) {
		WRITE_ONCE(vcpu->stale, false);
		ret = vcpu_settle(vcpu, run, vcpu_handle_exit);
	}
	if (ret)
		return ret;
	vcpu_start_clock(vcpu->vm);
	ret = vcpu_loop(vcpu, run);
	vcpu_leave_clock(vcpu->vm);
	return ret;
}

/* KEEL_RUN */
long keel_vcpu_run(void *owner, void *arg)
{
	struct keel_vm *vm = owner;
	struct keel_run *run = arg;
	struct keel_vcpu *vcpu;
	long ret;

	if (run->reserved || run->vcpu >= keel_vm_nr_vcpus(vm))
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	vcpu = vm->vcpus[run->vcpu];
	if (!vcpu_enter(vcpu))
		return -EBUSY;
	ret = vcpu_run_entered(vcpu, run);
	vcpu_leave(vcpu);
	/* It may have been kicked to send KVM the messages, or to take what is due. */
	if (READ_ONCE(vm->router.needed) || keel_clock_is_due(&vm->clock))
		keel_kick_one(vm);
	return min(ret, 0L);
}
