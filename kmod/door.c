// SPDX-License-Identifier: GPL-2.0
/*
 * The board's lock, and the only file that takes it. Each door locks, calls the
 * board's door of the same name, and unlocks; what the models asked for meanwhile
 * was only noted down and is done then, with no lock held, because signalling an
 * eventfd or waking a thread takes other locks.
 *
 * Noting down loses nothing: a message is idempotent until the LAPIC has taken it, and
 * everything a woken vCPU looks at (INTR, events, dirty routes, moved regions) is state
 * under this lock, not a message.
 */
#include <linux/jump_label.h>

#include "compat.h"
#include "vm.h"

/*
 * After so many doors a board has expired all that is due, or a model has a new deadline at
 * once, for ever: the rest expires when the VM runs.
 */
#define DOOR_SAVE_TURNS		16
/* Doors of CONSOLE_BURST bytes each */
#define DOOR_RECEIVE_TURNS	8

/* ---- How long the lock is held: module parameter lock_stats ---- */

static DEFINE_STATIC_KEY_FALSE(door_timed);

/**
 * keel_door_time_locks() - measure how long doors hold the board's lock, from now on.
 */
void keel_door_time_locks(void)
{
	static_branch_enable(&door_timed);
}

static noinline void door_note_held(struct keel_vm *vm, unsigned long door)
{
	u64 held = ktime_get_ns() - vm->held.since;

	if (held <= vm->held.longest)
		return;
	vm->held.longest = held;
	vm->held.door = (void *)door;
}

/* With the lock just taken. */
static __always_inline void door_opened(struct keel_vm *vm)
{
	if (static_branch_unlikely(&door_timed))
		vm->held.since = ktime_get_ns();
}

/* Just before the lock is dropped; @door is an address in the door that held it. */
static __always_inline void door_closing(struct keel_vm *vm, unsigned long door)
{
	if (static_branch_unlikely(&door_timed))
		door_note_held(vm, door);
}

/**
 * keel_door_held() - which door held the board's lock longest?
 * @vm:    the VM
 * @reset: measure anew
 *
 * Return: the door, and for how long; 0 without lock_stats.
 */
struct keel_held keel_door_held(struct keel_vm *vm, bool reset)
{
	struct keel_held held;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	held = vm->held;
	if (reset)
		memset(&vm->held, 0, sizeof(vm->held));
	spin_unlock_irqrestore(&vm->lock, flags);
	return held;
}

/* ---- Opening and closing ---- */

static unsigned long door_open(struct keel_vm *vm) __acquires(&vm->lock)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	door_opened(vm);
	return flags;
}

static void door_drain(struct keel_vm *vm, const struct keel_effects *effects)
{
	unsigned long consoles = effects->consoles;
	unsigned int i;

	if (effects->wakes & KEEL_SEND_MSIS)
		for_each_set_bit(i, effects->msis, vm->router.nr)
			keel_eventfd_signal(vm->router.gsis[i]);
	for_each_set_bit(i, &consoles, 32)
		keel_console_wake(vm, i);
	if (effects->wakes & KEEL_RECEIVE_MORE)
		keel_door_receive(vm);
	if (effects->wakes & (KEEL_WAKE_ALL | KEEL_WAKE_INTR))
		keel_vcpu_kick_all(vm);
	/* The access came from inside this thread's KVM_RUN, or from its loop. */
	if (effects->wakes & KEEL_WAKE_SELF && in_task())
		set_thread_flag(TIF_NOTIFY_SIGNAL);
}

/* Most doors leave nothing to be done. */
static __always_inline bool door_is_quiet(const struct keel_vm *vm)
{
	const struct keel_effects *effects = &vm->effects;

	return !(effects->consoles | effects->wakes | vm->rx_waiting);
}

/* Takes what is to be drained; with the lock held. */
static struct keel_effects door_effects(struct keel_vm *vm)
{
	struct keel_effects effects;

	if (vm->rx_waiting && !vm->loading)
		keel_consoles_receive(vm);
	effects = vm->effects;
	memset(&vm->effects, 0, sizeof(vm->effects));
	return effects;
}

static noinline void door_close(struct keel_vm *vm, unsigned long flags) __releases(&vm->lock)
{
	struct keel_effects effects;

	if (door_is_quiet(vm)) {
		door_closing(vm, _RET_IP_);
		spin_unlock_irqrestore(&vm->lock, flags);
		return;
	}
	effects = door_effects(vm);
	door_closing(vm, _RET_IP_);
	spin_unlock_irqrestore(&vm->lock, flags);
	door_drain(vm, &effects);
}

/* ---- The same for accesses, which always come from a vCPU's thread ---- */

static __always_inline void door_open_access(struct keel_vm *vm) __acquires(&vm->lock)
{
	spin_lock_irq(&vm->lock);
	door_opened(vm);
}

static noinline void door_close_busy(struct keel_vm *vm) __releases(&vm->lock)
{
	struct keel_effects effects = door_effects(vm);

	door_closing(vm, _RET_IP_);
	spin_unlock_irq(&vm->lock);
	door_drain(vm, &effects);
}

static __always_inline void door_close_access(struct keel_vm *vm) __releases(&vm->lock)
{
	if (!door_is_quiet(vm)) {
		door_close_busy(vm);
		return;
	}
	door_closing(vm, _THIS_IP_);
	spin_unlock_irq(&vm->lock);
}

/* ---- What the board asks of us: noted down ---- */

static u64 door_now(void *host)
{
	struct keel_vm *vm = host;

	return keel_clock_now(&vm->clock);
}

static void door_arm(void *host, u64 deadline)
{
	struct keel_vm *vm = host;

	keel_clock_arm(&vm->clock, deadline);
}

static void door_intr(void *host, bool level)
{
	struct keel_vm *vm = host;

	WRITE_ONCE(vm->intr, level);
	if (level)
		vm->effects.wakes |= KEEL_WAKE_INTR;
}

/*
 * While a GSI's new message is not with KVM yet, its eventfd would deliver the old
 * one, whose EOI the pin would not know: wait for keel_door_routes_sent().
 */
static void door_msi(void *host, unsigned int gsi)
{
	struct keel_vm *vm = host;

	if (test_bit(gsi, vm->router.dirty)) {
		__set_bit(gsi, vm->router.deferred);
		return;
	}
	__set_bit(gsi, vm->effects.msis);
	vm->effects.wakes |= KEEL_SEND_MSIS;
}

/* Does KVM have this very message, with no table on its way that may replace it? */
static bool door_route_known(const struct keel_router *router, unsigned int gsi,
			     const struct keel_route *route)
{
	return !router->sending && test_bit(gsi, router->used) &&
	       !memcmp(&router->known[gsi], route, sizeof(*route));
}

/*
 * A GSI became, or stopped being, directly signallable: the vCPU that caused it must redirect
 * the back ends before it resumes.
 */
static void door_route_turned(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	if (!test_bit(gsi, router->watched))
		return;
	/* Pairs with the acquire in keel_virtio_aim(): the change of @live is visible first. */
	smp_store_release(&router->turns, router->turns + 1);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

/* KVM has the message: a deferred signal goes out. A GSI that is not masked becomes live. */
static void door_route_is_known(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	__clear_bit(gsi, router->dirty);
	if (test_bit(gsi, router->open)) {
		set_bit(gsi, router->live);
		door_route_turned(vm, gsi);
	}
	if (__test_and_clear_bit(gsi, router->deferred))
		door_msi(vm, gsi);
}

/*
 * A masked GSI keeps the message that KVM has: a thread that saw it live a moment ago
 * may be about to signal it, and that must not get lost (see route.c).
 */
static void door_route(void *host, unsigned int gsi, const struct keel_route *route)
{
	struct keel_vm *vm = host;
	struct keel_router *router = &vm->router;

	if (test_and_clear_bit(gsi, router->live))
		door_route_turned(vm, gsi);
	__clear_bit(gsi, router->open);
	if (!route)
		return;
	router->routes[gsi] = *route;
	__set_bit(gsi, router->open);
	__set_bit(gsi, router->again);
	if (door_route_known(router, gsi, route)) {
		door_route_is_known(vm, gsi);
		return;
	}
	__set_bit(gsi, router->used);
	__set_bit(gsi, router->dirty);
	WRITE_ONCE(router->stale, true);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static void door_remap(void *host)
{
	struct keel_vm *vm = host;

	if (!vm->bus)
		return;
	WRITE_ONCE(vm->remapped, true);
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static bool door_byte_out(void *host, const struct keel_dev *dev, u8 byte)
{
	return keel_console_byte_out(host, dev, byte);
}

/* The first event counts: a guest that powers off and resets has powered off. */
static void door_event(void *host, enum keel_event event, u64 arg)
{
	struct keel_vm *vm = host;

	if (vm->event == KEEL_EVENT_NONE) {
		vm->event_arg = arg;
		WRITE_ONCE(vm->event, event);
	}
	vm->effects.wakes |= KEEL_WAKE_ALL;
}

/* The vCPU whose access caused it does it before it goes on: see vcpu_prepare(). */
static void door_service(void *host, struct keel_dev *dev)
{
	struct keel_vm *vm = host;

	WRITE_ONCE(vm->services, vm->services | BIT_ULL(dev->index));
	vm->effects.wakes |= KEEL_WAKE_SELF;
}

static void door_kick(void *host, struct keel_dev *dev, unsigned int queue)
{
	keel_virtio_kick_later(host, dev, queue);
}

const struct keel_host_ops keel_door_host = {
	.now = door_now,
	.arm = door_arm,
	.intr = door_intr,
	.msi = door_msi,
	.route = door_route,
	.remap = door_remap,
	.byte_out = door_byte_out,
	.event = door_event,
	.service = door_service,
	.kick = door_kick,
};

/* ---- The doors ---- */

/**
 * keel_door_access() - a vCPU's access that came out of KVM_RUN.
 * @vm:    the VM
 * @space: ports or memory
 * @addr:  where
 * @data:  @len bytes
 * @len:   1 to 8
 * @write: direction
 */
void keel_door_access(struct keel_vm *vm, enum keel_space space, u64 addr, void *data,
		      unsigned int len, bool write)
{
	door_open_access(vm);
	keel_board_access(vm->board, space, addr, data, len, write);
	door_close_access(vm);
}

/* The VM stands still, or the region has moved. */
static noinline int door_refuse_access(struct keel_vm *vm) __releases(&vm->lock)
{
	door_close_access(vm);
	return -EOPNOTSUPP;
}

/**
 * keel_door_bus_access() - the same, from inside KVM_RUN.
 * @vm:     the VM
 * @region: where KVM found the address; one that does not move
 * @addr:   where
 * @data:   @len bytes
 * @len:    1 to 8
 * @write:  direction
 *
 * Return: 0, or EOPNOTSUPP: the VM stands still, and nothing was done. No KEEL_RUN lets its
 * vCPU get here then; the process called KVM_RUN itself.
 */
int keel_door_bus_access(struct keel_vm *vm, struct keel_region *region, u64 addr, void *data,
			 unsigned int len, bool write)
{
	door_open_access(vm);
	if (unlikely(!vm->clock.running))
		return door_refuse_access(vm);
	vm->bus_accesses++;
	keel_board_access_region(vm->board, region, addr, data, len, write);
	door_close_access(vm);
	return 0;
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
	door_open_access(vm);
	if (unlikely(!vm->clock.running || !keel_region_has(region, addr, len)))
		return door_refuse_access(vm);
	vm->bus_accesses++;
	keel_board_access_region(vm->board, region, addr, data, len, write);
	door_close_access(vm);
	return 0;
}

/**
 * keel_door_bases() - where the regions are now.
 * @vm:    the VM
 * @bases: out: for each region of the board its base, or KEEL_NOWHERE
 */
void keel_door_bases(struct keel_vm *vm, u64 *bases)
{
	const struct keel_board *board = vm->board;
	unsigned long flags = door_open(vm);
	unsigned int i;

	for (i = 0; i < board->nr_regions; i++)
		bases[i] = board->regions[i].mapped ? board->regions[i].base : KEEL_NOWHERE;
	WRITE_ONCE(vm->remapped, false);
	door_close(vm, flags);
}

/**
 * keel_door_expire() - the clock fired.
 * @vm: the VM
 */
void keel_door_expire(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);

	if (vm->clock.running)
		keel_board_expire(vm->board);
	door_close(vm, flags);
}

/**
 * keel_door_eoi() - a LAPIC ended a level-triggered interrupt.
 * @vm:     the VM
 * @vector: which
 */
void keel_door_eoi(struct keel_vm *vm, u8 vector)
{
	unsigned long flags = door_open(vm);

	keel_board_eoi(vm->board, vector);
	door_close(vm, flags);
}

/**
 * keel_door_intack() - a processor takes the 8259s' interrupt.
 * @vm: the VM
 *
 * Return: the vector, or -1 if INTR has gone meanwhile.
 */
int keel_door_intack(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);
	int vector = vm->intr ? keel_board_intack(vm->board) : -1;

	door_close(vm, flags);
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
 * loaded (keel_consoles_loaded() then tells transmitters that there is room).
 */
int keel_door_host_input(struct keel_vm *vm, struct keel_dev *dev, unsigned int input, u64 value)
{
	unsigned long flags = door_open(vm);
	int answer = -EAGAIN;

	if (!vm->loading)
		answer = keel_board_host(vm->board, dev, input, value);
	door_close(vm, flags);
	return answer;
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
	unsigned long flags = door_open(vm);
	int ret = keel_board_call(vm->board, dev, call, arg);

	door_close(vm, flags);
	return ret;
}

/**
 * keel_door_services() - devices whose virtqueues are to be started or stopped.
 * @vm: the VM
 *
 * Return: a bit for each, by its index on the board; the caller starts and stops them.
 */
u64 keel_door_services(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);
	u64 services = vm->services;

	WRITE_ONCE(vm->in_service, services);
	smp_wmb();	/* Pairs with keel_virtio_has_service() */
	WRITE_ONCE(vm->services, 0);
	door_close(vm, flags);
	return services;
}

/**
 * keel_door_serve_again() - these devices' virtqueues are still to be started or stopped.
 * @vm:   the VM
 * @devs: a bit for each, by its index on the board
 */
void keel_door_serve_again(struct keel_vm *vm, u64 devs)
{
	unsigned long flags = door_open(vm);

	WRITE_ONCE(vm->services, vm->services | devs);
	door_close(vm, flags);
}

/**
 * keel_door_receive() - there are new bytes for the guest: closing does the rest.
 * @vm: the VM
 *
 * What exceeds a door's burst is left for the next door. DOOR_RECEIVE_TURNS of them fill all
 * UARTs of a board; a UART that gets room meanwhile gets it in a door.
 */
void keel_door_receive(struct keel_vm *vm)
{
	struct keel_effects effects;
	unsigned int turns = DOOR_RECEIVE_TURNS;
	unsigned long flags;
	bool more;

	do {
		flags = door_open(vm);
		effects = door_effects(vm);
		door_closing(vm, _THIS_IP_);
		spin_unlock_irqrestore(&vm->lock, flags);
		more = effects.wakes & KEEL_RECEIVE_MORE;
		effects.wakes &= ~KEEL_RECEIVE_MORE;
		door_drain(vm, &effects);
	} while (more && --turns);
}

/* Regions are where a reset, or a load, wants them. The VM is paused: no vCPU accesses them. */
static void door_settle(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);

	keel_board_settle(vm->board);
	door_close(vm, flags);
}

/**
 * keel_door_reset() - RESET#, and the end of the event that asked for it.
 * @vm: paused
 */
void keel_door_reset(struct keel_vm *vm)
{
	unsigned int from = 0;
	unsigned long flags;

	do {
		flags = door_open(vm);
		WRITE_ONCE(vm->event, KEEL_EVENT_NONE);
		vm->event_arg = 0;
		from = keel_board_reset(vm->board, from);
		door_close(vm, flags);
	} while (from);
	door_settle(vm);
}

/**
 * keel_door_list() - a part of the board's counters, or of what it says of its state.
 * @vm:   the VM
 * @list: keel_board_stats() or keel_board_inspect()
 * @part: below keel_board_parts()
 * @out:  where to
 */
void keel_door_list(struct keel_vm *vm, keel_list list, unsigned int part, struct keel_out *out)
{
	unsigned long flags = door_open(vm);

	list(vm->board, part, out);
	door_close(vm, flags);
}

/**
 * keel_door_enter_run() - a vCPU enters KEEL_RUN: VmTime advances from here on.
 * @vm: the VM
 */
void keel_door_enter_run(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);

	keel_clock_enter(&vm->clock);
	if (!vm->paused)
		keel_clock_start(&vm->clock);
	door_close(vm, flags);
}

/**
 * keel_door_leave_run() - it comes out: without another one inside, no timer runs.
 * @vm: the VM
 */
void keel_door_leave_run(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);

	keel_clock_leave(&vm->clock);
	door_close(vm, flags);
}

/**
 * keel_door_stop() - VmTime stands still from here on.
 * @vm: the VM
 */
void keel_door_stop(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);

	keel_clock_stop(&vm->clock);
	door_close(vm, flags);
}

/* Deadlines up to now, and bytes that closing gives the guest. Return: is there more? */
static bool door_catch_up(struct keel_vm *vm)
{
	unsigned long flags = door_open(vm);
	bool more;

	keel_board_expire(vm->board);
	more = keel_board_due(vm->board);
	door_close(vm, flags);
	return more;
}

/**
 * keel_door_save() - take the board's state.
 * @vm:   stopped
 * @blob: where to, keel_board_state_size() bytes; its header is for keel_board_seal()
 *
 * What is due up to now belongs to the state.
 */
void keel_door_save(struct keel_vm *vm, void *blob)
{
	unsigned int turns = DOOR_SAVE_TURNS;
	unsigned long flags;

	while (door_catch_up(vm) && --turns)
		;
	flags = door_open(vm);
	keel_board_save(vm->board, blob);
	door_close(vm, flags);
}

/**
 * keel_door_load() - replace the board's state, VmTime included.
 * @vm:   stopped
 * @blob: that keel_board_check() has found good; a private copy
 */
void keel_door_load(struct keel_vm *vm, const void *blob)
{
	const struct keel_state_header *header = blob;
	unsigned long flags = door_open(vm);
	unsigned int from = 0;

	vm->loading = true;
	keel_clock_set(&vm->clock, header->now);
	keel_board_load(vm->board, blob);
	door_close(vm, flags);
	do {
		flags = door_open(vm);
		from = keel_board_loaded(vm->board, from);
		vm->loading = from;
		WRITE_ONCE(vm->event, KEEL_EVENT_NONE);
		door_close(vm, flags);
	} while (from);
	door_settle(vm);
	keel_consoles_loaded(vm);
}

/**
 * keel_door_routes_pick_up() - the messages as they are now.
 * @vm:      the VM
 * @routing: out: all but the table
 *
 * Return: false: KVM has all of them.
 */
bool keel_door_routes_pick_up(struct keel_vm *vm, struct keel_routing *routing)
{
	unsigned long flags = door_open(vm);
	struct keel_router *router = &vm->router;
	bool stale = router->stale;

	memcpy(routing->routes, router->routes, sizeof(routing->routes));
	bitmap_copy(routing->used, router->used, KEEL_MAX_GSIS);
	bitmap_copy(routing->dirty, router->dirty, KEEL_MAX_GSIS);
	bitmap_zero(router->again, KEEL_MAX_GSIS);
	router->sending = stale;
	door_close(vm, flags);
	return stale;
}

/**
 * keel_door_routes_sent() - KVM has the messages that were picked up, or took none.
 * @vm:      the VM
 * @routing: what keel_door_routes_pick_up() gave; NULL: KVM has what it had
 *
 * A GSI that changed meanwhile stays dirty, or masked; deferred signals of the others go
 * out.
 */
void keel_door_routes_sent(struct keel_vm *vm, const struct keel_routing *routing)
{
	unsigned long flags = door_open(vm);
	struct keel_router *router = &vm->router;
	unsigned int gsi;

	router->sending = false;
	if (routing) {
		router->sent++;
		memcpy(router->known, routing->routes, sizeof(router->known));
		for_each_set_bit(gsi, routing->dirty, router->nr)
			if (!test_bit(gsi, router->again))
				door_route_is_known(vm, gsi);
		WRITE_ONCE(router->stale, !bitmap_empty(router->dirty, router->nr));
	}
	door_close(vm, flags);
}

/**
 * keel_door_watch() - a back end signals these GSIs itself while they are live.
 * @vm:  the VM
 * @gsi: the first one
 * @nr:  how many
 *
 * A vCPU that makes one live, or not live, calls keel_virtio_aim() before it goes on.
 */
void keel_door_watch(struct keel_vm *vm, unsigned int gsi, unsigned int nr)
{
	unsigned long flags = door_open(vm);

	bitmap_set(vm->router.watched, gsi, nr);
	door_close(vm, flags);
}
