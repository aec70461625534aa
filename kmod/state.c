// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to a VM that is paused: its state taken, or replaced, a reset, and accesses in the
 * place of its firmware. Each is split into steps under the board's lock that are short.
 */
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../devices/board/state.h"
#include "door.h"
#include "latency.h"
#include "limit.h"
#include "lock.h"
#include "router.h"
#include "state.h"
#include "trace.h"
#include "uart_file.h"
#include "vm.h"

/* No board's state comes near this. */
#define STATE_MAX		BIT(20)
/*
 * After so many turns a board has expired all that is due, or a model has a new deadline at
 * once, for ever: the rest expires when the VM runs.
 */
#define STATE_SAVE_TURNS	16

/* ---- Taken ---- */

/* Deadlines up to now, and bytes that closing gives the guest. Return: is there more? */
static bool state_catch_up(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);
	bool more;

	keel_board_expire(vm->board);
	more = keel_board_due(vm->board);
	keel_lock_close(vm, flags);
	return more;
}

/*
 * To @blob, keel_board_state_size() bytes; its header is for keel_board_seal(). What is due up
 * to now belongs to the state.
 */
static void state_copy_out(struct keel_vm *vm, void *blob)
{
	unsigned int turns = STATE_SAVE_TURNS;
	unsigned long flags;

	while (state_catch_up(vm) && --turns)
		;
	flags = keel_lock_open(vm);
	keel_board_save(vm->board, blob);
	trace_keel_state(vm, KEEL_TRACE_SAVE);
	keel_lock_close(vm, flags);
}

/*
 * A message that waits for its pin's new route is in no device's state: it has to be
 * with KVM before the state is taken.
 */
static long state_send_routes(struct keel_vm *vm)
{
	if (!READ_ONCE(vm->router.needed))
		return 0;
	return current->mm == vm->mm ? keel_router_sync(vm) : -EIO;
}

static long state_save(struct keel_vm *vm, struct keel_state *state)
{
	size_t size = keel_board_state_size(vm->board);
	long ret = 0;
	void *blob;

	if (state->length < size) {
		state->length = size;
		return -ENOSPC;
	}
	state->length = size;
	ret = state_send_routes(vm);
	if (ret)
		return ret;
	blob = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!blob)
		return -ENOMEM;
	state_copy_out(vm, blob);
	keel_board_seal(vm->board, blob);
	if (copy_to_user(u64_to_user_ptr(state->data), blob, size))
		ret = -EFAULT;
	kvfree(blob);
	return ret;
}

/* ---- Replaced ---- */

/* Regions are where a reset, or a load, wants them. The VM is paused: no vCPU accesses them. */
static void state_settle(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);

	keel_board_settle(vm->board);
	keel_lock_close(vm, flags);
}

/* Under the board's lock. */
static void state_forget_event(struct keel_vm *vm)
{
	WRITE_ONCE(vm->event, KEEL_EVENT_NONE);
	vm->event_arg = 0;
	WRITE_ONCE(vm->alarms, 0);
	vm->alarms_told = 0;
	vm->sleep_told = false;
}

/* RESET#, and the end of the event that asked for it. */
static void state_reset(struct keel_vm *vm)
{
	unsigned int from = 0;
	unsigned long flags;

	do {
		flags = keel_lock_open(vm);
		state_forget_event(vm);
		keel_limits_anew(vm);
		from = keel_board_reset(vm->board, from);
		keel_lock_close(vm, flags);
	} while (from);
	state_settle(vm);
	trace_keel_state(vm, KEEL_TRACE_RESET);
}

/*
 * VmTime included. A guest that sleeps is an event anew. keel_board_check() has found @blob, a
 * private copy, good.
 */
static void state_copy_in(struct keel_vm *vm, const void *blob)
{
	const struct keel_state_header *header = blob;
	unsigned long flags = keel_lock_open(vm);
	unsigned int from = 0;

	vm->loading = true;
	state_forget_event(vm);
	keel_clock_set(&vm->clock, header->now);
	keel_board_load(vm->board, blob);
	trace_keel_state(vm, KEEL_TRACE_LOAD);
	keel_latency_anew(vm);
	keel_limits_anew(vm);
	keel_lock_close(vm, flags);
	do {
		flags = keel_lock_open(vm);
		from = keel_board_loaded(vm->board, from);
		vm->loading = from;
		keel_lock_close(vm, flags);
	} while (from);
	state_settle(vm);
	keel_uart_files_loaded(vm);
}

/* A blob that is too long is refused by its header: only that is read. */
static long state_load_blob(struct keel_vm *vm, struct keel_state *state, void *blob, size_t size)
{
	bool fits = state->length <= size;
	size_t length = state->length;

	if (copy_from_user(blob, u64_to_user_ptr(state->data),
			   fits ? length : sizeof(struct keel_state_header)))
		return -EFAULT;
	if (fits)
		length = keel_board_upgrade(vm->board, blob, length);
	state->error = keel_board_check(vm->board, blob, length, &state->record);
	if (state->error)
		return -EINVAL;
	state_copy_in(vm, blob);
	return 0;
}

static long state_load(struct keel_vm *vm, struct keel_state *state)
{
	size_t size = keel_board_state_size(vm->board);
	void *blob;
	long ret;

	state->error = 0;
	state->record = 0;
	if (state->length > STATE_MAX)
		return -E2BIG;
	blob = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!blob)
		return -ENOMEM;
	ret = state_load_blob(vm, state, blob, size);
	kvfree(blob);
	return ret;
}

/* ---- The ioctls ---- */

static long state_move(struct keel_vm *vm, struct keel_state *state,
		       long (*move)(struct keel_vm *vm, struct keel_state *state))
{
	long ret = -EBUSY;

	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (vm->paused)
		ret = move(vm, state);
	mutex_unlock(&vm->control);
	return ret;
}

/* KEEL_STATE_GET */
long keel_state_get(void *owner, void *arg)
{
	return state_move(owner, arg, state_save);
}

/* KEEL_STATE_SET */
long keel_state_set(void *owner, void *arg)
{
	return state_move(owner, arg, state_load);
}

/* KEEL_RESET */
long keel_state_reset(void *owner, void *arg)
{
	struct keel_vm *vm = owner;
	long ret = -EBUSY;

	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (vm->paused) {
		state_reset(vm);
		ret = 0;
	}
	mutex_unlock(&vm->control);
	return ret;
}

/* ---- Accesses in the place of firmware ---- */

static bool access_is_good(const struct keel_access *access)
{
	bool memory = access->flags & KEEL_ACCESS_MEMORY;
	u64 last = memory ? U64_MAX : U16_MAX;

	if (access->flags & ~(KEEL_ACCESS_WRITE | KEEL_ACCESS_MEMORY) || access->reserved)
		return false;
	if (!is_power_of_2(access->length) || access->length > (memory ? 8 : 4))
		return false;
	return access->addr <= last - (access->length - 1);
}

/* KEEL_ACCESS */
long keel_state_access(void *owner, void *arg)
{
	struct keel_access *access = arg;
	bool write = access->flags & KEEL_ACCESS_WRITE;
	struct keel_vm *vm = owner;
	long ret = -EBUSY;

	if (!access_is_good(access))
		return -EINVAL;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	if (vm->paused) {
		if (!write)
			access->value = 0;
		keel_door_access(vm, access->flags & KEEL_ACCESS_MEMORY ? KEEL_MMIO : KEEL_PIO,
				 access->addr, &access->value, access->length, write);
		ret = 0;
	}
	mutex_unlock(&vm->control);
	return ret;
}
