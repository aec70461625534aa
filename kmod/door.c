// SPDX-License-Identifier: GPL-2.0
/*
 * The doors: each opens the board's lock, calls the board's door of the same name, and closes
 * the lock, which does what the models asked for meanwhile. The seventh, reset, is in state.c.
 */
#include "door.h"
#include "kick.h"
#include "latency.h"
#include "limit.h"
#include "lock.h"
#include "trace.h"
#include "vm.h"

/* ---- Accesses that are watched: traced, measured, or limited ---- */

/* Is this VM's? Others go the usual way meanwhile. */
static __always_inline bool door_watches(const struct keel_vm *vm)
{
	return keel_watched() && (READ_ONCE(vm->limiting) || READ_ONCE(vm->measuring) ||
				  trace_keel_access_enabled());
}

/* @region: as far as it is known. A write is traced before what follows from it. */
static enum keel_news door_traced_access(struct keel_vm *vm, struct keel_region *region,
					 enum keel_space space, u64 addr, void *data,
					 unsigned int len, bool write)
{
	enum keel_news news = KEEL_NO_NEWS;

	if (write)
		trace_keel_access(vm, region, space, addr, data, len, true);
	if (region)
		keel_board_access_region(vm->board, region, addr, data, len, write);
	else
		news = keel_board_access(vm->board, space, addr, data, len, write);
	if (!write)
		trace_keel_access(vm, region, space, addr, data, len, false);
	return news;
}

/* Is it to be counted when it is over? */
static __always_inline bool door_counts(const struct keel_vm *vm,
					const struct keel_timed_access *timed)
{
	return timed->began || READ_ONCE(vm->limiting);
}

static __always_inline void door_count(struct keel_vm *vm, struct keel_timed_access *timed,
				       const void *data)
{
	timed->value = keel_trace_value(data, timed->len);
	if (timed->began)
		keel_latency_accessed(vm, timed);
	if (keel_limiting(vm))
		keel_limit_access(vm, timed->region, timed->addr, timed->value, timed->write);
}

/* Measured with its wait for the lock, and with what is done when the lock is closed. */
static noinline enum keel_news door_watched_access(struct keel_vm *vm, enum keel_space space,
						   u64 addr, void *data, unsigned int len,
						   bool write)
{
	struct keel_timed_access timed = {
		.began = keel_latency_begin(vm), .space = space, .addr = addr, .len = len,
		.write = write,
	};
	enum keel_news news;

	keel_lock_open_access(vm);
	if (door_counts(vm, &timed))
		timed.region = keel_latency_region(vm, space, addr, len);
	news = door_traced_access(vm, NULL, space, addr, data, len, write);
	keel_lock_close_access(vm);
	if (door_counts(vm, &timed))
		door_count(vm, &timed, data);
	return news;
}

/* The VM stands still, or the region has moved. */
static noinline int door_refuse_access(struct keel_vm *vm) __releases(&vm->lock)
{
	keel_lock_close_access(vm);
	return -EOPNOTSUPP;
}

/* The same from inside KVM_RUN; a region that does not move is always there. */
static noinline int door_watched_bus_access(struct keel_vm *vm, struct keel_region *region,
					    u64 addr, void *data, unsigned int len, bool write)
{
	struct keel_timed_access timed = {
		.began = keel_latency_begin(vm), .region = region, .space = region->space,
		.addr = addr, .len = len, .write = write,
	};

	keel_lock_open_access(vm);
	if (!vm->clock.running || !keel_region_has(region, addr, len))
		return door_refuse_access(vm);
	vm->bus_accesses++;
	door_traced_access(vm, region, region->space, addr, data, len, write);
	keel_lock_close_access(vm);
	if (door_counts(vm, &timed))
		door_count(vm, &timed, data);
	return 0;
}

/* ---- Accesses ---- */

/**
 * keel_door_access() - a vCPU's access that came out of KVM_RUN.
 * @vm:    the VM
 * @space: ports or memory
 * @addr:  where
 * @data:  @len bytes
 * @len:   1 to 8
 * @write: direction
 *
 * Return: what is worth telling.
 */
enum keel_news keel_door_access(struct keel_vm *vm, enum keel_space space, u64 addr, void *data,
				unsigned int len, bool write)
{
	enum keel_news news;

	if (door_watches(vm))
		return door_watched_access(vm, space, addr, data, len, write);
	keel_lock_open_access(vm);
	news = keel_board_access(vm->board, space, addr, data, len, write);
	keel_lock_close_access(vm);
	return news;
}

/**
 * keel_door_answers() - is a device at an address?
 * @vm:    the VM
 * @space: ports or memory
 * @addr:  where
 */
bool keel_door_answers(struct keel_vm *vm, enum keel_space space, u64 addr)
{
	unsigned long flags = keel_lock_open(vm);
	bool answers = keel_bus_find(&vm->board->bus[space], addr);

	keel_lock_close(vm, flags);
	return answers;
}

/**
 * keel_door_unmapped() - tell where a guest was at its first access without an answer.
 * @vm:    the VM
 * @space: ports or memory
 * @addr:  the access's
 * @rip:   where
 */
void keel_door_unmapped(struct keel_vm *vm, enum keel_space space, u64 addr, u64 rip)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_unmapped_address *at;

	at = keel_unmapped_find(&vm->board->bus[space].unmapped, addr);
	if (at)
		at->rip = rip;
	keel_lock_close(vm, flags);
}

/* ---- From inside KVM_RUN ---- */

/* keel_board_access_region(), with the clock read without a call through a pointer. */
static __always_inline void door_access_region(struct keel_vm *vm, struct keel_region *region,
					       u32 offset, void *data, unsigned int len,
					       bool write)
{
	struct keel_board *board = vm->board;

	keel_door_enter(board);
	if (keel_region_wants_time(region))	/* and VmTime runs */
		keel_door_sampled(board, ktime_get_ns() - vm->clock.base);
	keel_region_access(region, offset, data, len, write);
	keel_door_leave(board);
}

/* @moves: the region may not be there any more. */
static __always_inline int door_bus_access(struct keel_vm *vm, struct keel_region *region, u64 addr,
					   unsigned int len, void *data, bool write, bool moves)
{
	u32 offset = addr - region->base;

	if (door_watches(vm))
		return door_watched_bus_access(vm, region, addr, data, len, write);
	keel_lock_open_access(vm);
	if (moves)
		offset = addr - region->base;
	if (unlikely(!vm->clock.running || (moves && !keel_region_has(region, addr, len))))
		return door_refuse_access(vm);
	vm->bus_accesses++;
	door_access_region(vm, region, offset, data, len, write);
	keel_lock_close_access(vm);
	return 0;
}

/**
 * keel_door_bus_read() - a vCPU's read, from inside KVM_RUN.
 * @vm:     the VM
 * @region: where KVM found the address; one that does not move
 * @addr:   where
 * @len:    1 to 8
 * @data:   @len bytes
 *
 * Arguments are in the order in which KVM has them.
 *
 * Return: 0, or EOPNOTSUPP: the VM stands still, and nothing was done. No KEEL_RUN lets its
 * vCPU get here then; the process called KVM_RUN itself.
 */
int keel_door_bus_read(struct keel_vm *vm, struct keel_region *region, u64 addr, unsigned int len,
		       void *data)
{
	return door_bus_access(vm, region, addr, len, data, false, false);
}

/**
 * keel_door_bus_write() - the same for a write.
 * @vm:     the VM
 * @region: where KVM found the address; one that does not move
 * @addr:   where
 * @len:    1 to 8
 * @data:   @len bytes
 */
int keel_door_bus_write(struct keel_vm *vm, struct keel_region *region, u64 addr,
			unsigned int len, const void *data)
{
	return door_bus_access(vm, region, addr, len, (void *)data, true, false);
}

/**
 * keel_door_bar_access() - the same, to a region that may have moved meanwhile.
 * @vm:     the VM
 * @region: where KVM found the address
 * @addr:   where
 * @data:   @len bytes
 * @len:    1 to 8
 * @write:  direction
 *
 * Return: 0, or EOPNOTSUPP: it is not there any more, or the VM stands still, and nothing
 * was done.
 */
int keel_door_bar_access(struct keel_vm *vm, struct keel_region *region, u64 addr, void *data,
			 unsigned int len, bool write)
{
	return door_bus_access(vm, region, addr, len, data, write, true);
}

/* keel_region_peek(), or KEEL_NO_PEEK where closing a door would do more than that. */
static __always_inline u64 door_peek(const struct keel_vm *vm, const struct keel_region *region,
				     u32 offset, unsigned int len)
{
	u64 now = 0;

	if (!vm->clock.running || READ_ONCE(vm->rx_waiting))
		return KEEL_NO_PEEK;
	if (keel_region_wants_time(region))
		now = ktime_get_ns() - vm->clock.base;
	return keel_region_peek(region, offset, len, now);
}

/**
 * keel_door_bus_peek() - keel_door_bus_read(), without the lock if that makes no difference.
 * @vm:     the VM
 * @region: where KVM found the address; one that does not move, with @peek
 * @addr:   where
 * @len:    1 to 8
 * @data:   @len bytes
 * @peeks:  counts those without the lock
 *
 * Documentation/architecture.rst, "Reads without the lock", says why its value is right.
 */
int keel_door_bus_peek(struct keel_vm *vm, struct keel_region *region, u64 addr, unsigned int len,
		       void *data, atomic64_t *peeks)
{
	u32 offset = addr - region->base;
	unsigned int seq;
	u64 value;

	if (door_watches(vm) || !keel_region_takes(region, offset, len))
		return keel_door_bus_read(vm, region, addr, len, data);
	seq = raw_seqcount_begin(&vm->seq);
	value = door_peek(vm, region, offset, len);
	if (read_seqcount_retry(&vm->seq, seq) || value == KEEL_NO_PEEK)
		return keel_door_bus_read(vm, region, addr, len, data);
	keel_region_put(data, len, value);
	atomic64_inc(peeks);
	return 0;
}

/* ---- Other doors ---- */

/* An access that came before the thread has expired the deadline, and the timer has another one. */
static bool door_was_first(const struct keel_vm *vm)
{
	return KEEL_CLOCK_IS_TAKEN && vm->clock.deadline > keel_clock_now(&vm->clock);
}

/* @overdue: no thread took it for a while */
static void door_expire(struct keel_vm *vm, bool overdue)
{
	unsigned long flags = keel_lock_open(vm);

	vm->clock.overdue += overdue;
	if (vm->clock.running && !door_was_first(vm)) {
		trace_keel_timer(vm);
		if (keel_watched())
			keel_latency_fired(vm);
		vm->expiring = true;
		keel_board_expire(vm->board);
		vm->expiring = false;
	}
	keel_lock_close(vm, flags);
}

/**
 * keel_door_fired() - the clock's timer fired. On PREEMPT_RT this is a hard interrupt: see clock.c.
 * @timer: of a keel_vm.clock
 */
enum hrtimer_restart keel_door_fired(struct hrtimer *timer)
{
	struct keel_vm *vm = container_of(timer, struct keel_vm, clock.timer);

	if (KEEL_CLOCK_IS_TAKEN) {
		keel_clock_fall_due(&vm->clock, keel_vm_nr_vcpus(vm) > 1);
		keel_kick_one(vm);
	} else {
		door_expire(vm, false);
	}
	return HRTIMER_NORESTART;	/* the model has armed it anew if there is more to come */
}

/**
 * keel_door_overdue() - no vCPU's thread has taken what is due for a while.
 * @timer: keel_vm.clock.guard
 */
enum hrtimer_restart keel_door_overdue(struct hrtimer *timer)
{
	struct keel_vm *vm = container_of(timer, struct keel_vm, clock.guard);

	if (keel_clock_is_due(&vm->clock)) {
		keel_clock_take(&vm->clock);
		door_expire(vm, true);
	}
	return HRTIMER_NORESTART;
}

/**
 * keel_door_take_due() - a vCPU's thread takes what is due.
 * @vm: the VM, of which keel_clock_is_due()
 */
void keel_door_take_due(struct keel_vm *vm)
{
	keel_clock_take(&vm->clock);
	door_expire(vm, false);
}

/**
 * keel_door_eoi() - a LAPIC ended a level-triggered interrupt.
 * @vm:     the VM
 * @vector: which
 */
void keel_door_eoi(struct keel_vm *vm, u8 vector)
{
	unsigned long flags = keel_lock_open(vm);

	trace_keel_eoi(vm, vector);
	if (keel_limiting(vm))
		keel_limit_one(vm, vm->board->ioapic, KEEL_LIMIT_INTERRUPTS);
	keel_board_eoi(vm->board, vector);
	keel_lock_close(vm, flags);
}

/**
 * keel_door_intack() - a processor takes the 8259s' interrupt.
 * @vm: the VM
 *
 * Return: the vector, or -1 if INTR has gone meanwhile.
 */
int keel_door_intack(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);
	int vector = vm->intr ? keel_board_intack(vm->board) : -1;

	trace_keel_acknowledge(vm, vector);
	if (vector >= 0 && keel_limiting(vm))
		keel_limit_one(vm, vm->board->pic, KEEL_LIMIT_INTERRUPTS);
	keel_lock_close(vm, flags);
	return vector;
}

/**
 * keel_door_host_input() - an external event at a device.
 * @vm:    the VM
 * @dev:   the device
 * @input: KEEL_INPUT_* or KEEL_HOST_*
 * @value: see @input
 *
 * Return: the device's answer; -1: it has no such input; -EAGAIN while a state is being
 * loaded (keel_uart_files_loaded() then tells transmitters that there is room).
 */
int keel_door_host_input(struct keel_vm *vm, struct keel_dev *dev, unsigned int input, u64 value)
{
	unsigned long flags = keel_lock_open(vm);
	int answer = -EAGAIN;

	if (!vm->loading)
		answer = keel_board_host(vm->board, dev, input, value);
	keel_lock_close(vm, flags);
	return answer;
}

/**
 * keel_door_pulse() - the user asserts a line for a moment.
 * @vm:   the VM
 * @line: which
 *
 * Return: 0 or an error, as uapi/keel.h has them.
 */
int keel_door_pulse(struct keel_vm *vm, unsigned int line)
{
	unsigned long flags = keel_lock_open(vm);
	int ret = keel_board_pulse(vm->board, line);

	keel_lock_close(vm, flags);
	return ret;
}

/**
 * keel_door_call() - a data plane calls a function of its device's model.
 * @vm:   the VM
 * @dev:  the device
 * @call: what to do, with the board's lock held
 * @arg:  for @call
 *
 * Return: what @call did.
 */
int keel_door_call(struct keel_vm *vm, struct keel_dev *dev,
		   int (*call)(struct keel_dev *dev, void *arg), void *arg)
{
	unsigned long flags = keel_lock_open(vm);
	int ret = keel_board_call(vm->board, dev, call, arg);

	keel_lock_close(vm, flags);
	return ret;
}
