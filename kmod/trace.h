/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: Documentation/tracing.rst. An event computes what it records itself, from what its
 * caller has at hand, so that an event that is off costs its caller one instruction that does
 * nothing. Most are called with the board's lock held, in any context.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM keel

#if !defined(KEEL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KEEL_TRACE_H

#include <linux/tracepoint.h>

#include "vdev.h"
#include "vm.h"
#include "vqueue.h"
#include "watch.h"

#ifndef KEEL_TRACE_ONCE
#define KEEL_TRACE_ONCE

#define KEEL_TRACE_NAME	24

/* Where an access came from; how a message went out; what was done to a state */
enum keel_trace_from { KEEL_TRACE_LOOP, KEEL_TRACE_BUS };
enum keel_trace_how { KEEL_TRACE_SENT, KEEL_TRACE_DEFERRED, KEEL_TRACE_DIRECT };
enum keel_trace_state { KEEL_TRACE_SAVE, KEEL_TRACE_LOAD, KEEL_TRACE_RESET };

int keel_trace_vcpu(const struct keel_vm *vm);
void keel_trace_dev(char *to, const struct keel_dev *dev);
void keel_trace_region(char *dev, char *label, struct keel_vm *vm,
		       const struct keel_region *region, enum keel_space space, u64 addr);
u64 keel_trace_value(const void *data, unsigned int len);
#endif

/*
 * A guest's access, with the value that was read or written. No device: none answers there. Its
 * callers look whether accesses are watched.
 */
TRACE_EVENT_FN(keel_access,
	TP_PROTO(struct keel_vm *vm, const struct keel_region *region, enum keel_space space,
		 u64 addr, const void *data, unsigned int len, bool write),
	TP_ARGS(vm, region, space, addr, data, len, write),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(int, vcpu)
		__field(u8, from)
		__field(u8, space)
		__field(bool, write)
		__field(u8, len)
		__field(u64, addr)
		__field(u64, value)
		__array(char, dev, KEEL_TRACE_NAME)
		__array(char, region, KEEL_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->vcpu = keel_trace_vcpu(vm);
		__entry->from = region ? KEEL_TRACE_BUS : KEEL_TRACE_LOOP;
		__entry->space = space;
		__entry->write = write;
		__entry->len = len;
		__entry->addr = addr;
		__entry->value = keel_trace_value(data, len);
		keel_trace_region(__entry->dev, __entry->region, vm, region, space, addr);
	),
	TP_printk("vm=%u vcpu=%d %s %s %s 0x%llx len=%u value=0x%llx dev=%s region=%s",
		  __entry->vm, __entry->vcpu,
		  __print_symbolic(__entry->from, { KEEL_TRACE_LOOP, "loop" },
				   { KEEL_TRACE_BUS, "bus" }),
		  __print_symbolic(__entry->space, { KEEL_PIO, "port" }, { KEEL_MMIO, "memory" }),
		  __entry->write ? "write" : "read", __entry->addr, __entry->len, __entry->value,
		  __entry->dev, __entry->region),
	keel_watch_begin, keel_watch_end
);

/* The line INTR of the 8259s */
TRACE_EVENT(keel_line,
	TP_PROTO(const struct keel_vm *vm, bool level),
	TP_ARGS(vm, level),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(bool, level)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->level = level;
	),
	TP_printk("vm=%u intr level=%u", __entry->vm, __entry->level)
);

/* An interrupt message: sent when the lock closes, deferred until KVM has it, or sent directly */
TRACE_EVENT(keel_message,
	TP_PROTO(const struct keel_vm *vm, unsigned int gsi, enum keel_trace_how how),
	TP_ARGS(vm, gsi, how),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(unsigned int, gsi)
		__field(u8, how)
		__field(u64, address)
		__field(u32, data)
	),
	TP_fast_assign(
		const struct keel_route *route = &vm->router.routes[gsi];

		__entry->vm = vm->number;
		__entry->gsi = gsi;
		__entry->how = how;
		__entry->address = route->address | (u64)route->address_hi << 32;
		__entry->data = route->data;
	),
	TP_printk("vm=%u gsi=%u %s address=0x%llx data=0x%x vector=%u",
		  __entry->vm, __entry->gsi,
		  __print_symbolic(__entry->how, { KEEL_TRACE_SENT, "sent" },
				   { KEEL_TRACE_DEFERRED, "deferred" },
				   { KEEL_TRACE_DIRECT, "direct" }),
		  __entry->address, __entry->data, __entry->data & 0xff)
);

DECLARE_EVENT_CLASS(keel_vector,
	TP_PROTO(const struct keel_vm *vm, int vector),
	TP_ARGS(vm, vector),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(int, vcpu)
		__field(int, vector)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->vcpu = keel_trace_vcpu(vm);
		__entry->vector = vector;
	),
	TP_printk("vm=%u vcpu=%d vector=%d", __entry->vm, __entry->vcpu, __entry->vector)
);

/* A LAPIC ended a level-triggered interrupt. */
DEFINE_EVENT(keel_vector, keel_eoi,
	TP_PROTO(const struct keel_vm *vm, int vector),
	TP_ARGS(vm, vector)
);

/* A vCPU took the 8259s' interrupt; -1: INTR had gone. */
DEFINE_EVENT(keel_vector, keel_acknowledge,
	TP_PROTO(const struct keel_vm *vm, int vector),
	TP_ARGS(vm, vector)
);

/* The clock fired: VmTime of the deadline, and how much later it is now, in ns */
TRACE_EVENT(keel_timer,
	TP_PROTO(const struct keel_vm *vm),
	TP_ARGS(vm),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(u64, deadline)
		__field(s64, late)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->deadline = vm->clock.deadline;
		__entry->late = keel_clock_now(&vm->clock) - vm->clock.deadline;
	),
	TP_printk("vm=%u deadline=%llu late=%lld", __entry->vm, __entry->deadline, __entry->late)
);

DECLARE_EVENT_CLASS(keel_queue,
	TP_PROTO(const struct keel_vqueue *queue),
	TP_ARGS(queue),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(unsigned int, queue)
		__field(bool, vhost)
		__array(char, dev, KEEL_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = queue->vdev->vm->number;
		__entry->queue = queue->index;
		__entry->vhost = READ_ONCE(queue->by_vhost);
		keel_trace_dev(__entry->dev, &queue->vdev->v->dev);
	),
	TP_printk("vm=%u dev=%s queue=%u by=%s", __entry->vm, __entry->dev, __entry->queue,
		  __entry->vhost ? "vhost" : "keel")
);

/* The driver notified a queue that is served. */
DEFINE_EVENT(keel_queue, keel_notify,
	TP_PROTO(const struct keel_vqueue *queue),
	TP_ARGS(queue)
);

DEFINE_EVENT(keel_queue, keel_queue_start,
	TP_PROTO(const struct keel_vqueue *queue),
	TP_ARGS(queue)
);

DEFINE_EVENT(keel_queue, keel_queue_stop,
	TP_PROTO(const struct keel_vqueue *queue),
	TP_ARGS(queue)
);

/* Power off, reset and so on: the VM ends, or its launcher acts. */
TRACE_EVENT(keel_event,
	TP_PROTO(const struct keel_vm *vm, enum keel_event event, u64 arg),
	TP_ARGS(vm, event, arg),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(u32, event)
		__field(u64, arg)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->event = event;
		__entry->arg = arg;
	),
	TP_printk("vm=%u %s arg=%llu", __entry->vm,
		  __print_symbolic(__entry->event, { KEEL_EVENT_POWEROFF, "poweroff" },
				   { KEEL_EVENT_RESET, "reset" }, { KEEL_EVENT_SLEEP, "sleep" },
				   { KEEL_EVENT_DEBUG_EXIT, "debug-exit" },
				   { KEEL_EVENT_PANIC, "panic" }, { KEEL_EVENT_WAKE, "wake" },
				   { KEEL_EVENT_MODEM, "modem" },
				   { KEEL_EVENT_WATCHDOG, "watchdog" },
				   { KEEL_EVENT_EJECTED, "ejected" }),
		  __entry->arg)
);

/* A limit was breached: by a device, or "-"; wait: what the vCPU or server has to, in ns */
TRACE_EVENT(keel_limit,
	TP_PROTO(const struct keel_vm *vm, const struct keel_dev *dev, unsigned int kind, u64 wait),
	TP_ARGS(vm, dev, kind, wait),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(int, vcpu)
		__field(u8, kind)
		__field(u64, wait)
		__array(char, dev, KEEL_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->vcpu = keel_trace_vcpu(vm);
		__entry->kind = kind;
		__entry->wait = wait;
		if (dev)
			keel_trace_dev(__entry->dev, dev);
		else
			strscpy(__entry->dev, "-", KEEL_TRACE_NAME);
	),
	TP_printk("vm=%u vcpu=%d dev=%s %s wait=%llu", __entry->vm, __entry->vcpu, __entry->dev,
		  __print_symbolic(__entry->kind, { KEEL_LIMIT_ACCESSES, "accesses" },
				   { KEEL_LIMIT_TIMERS, "timers" }, { KEEL_LIMIT_BYTES, "bytes" },
				   { KEEL_LIMIT_NOTIFICATIONS, "notifications" },
				   { KEEL_LIMIT_INTERRUPTS, "interrupts" }),
		  __entry->wait)
);

/* The state of a paused VM was saved, loaded, or reset; VmTime in ns */
TRACE_EVENT(keel_state,
	TP_PROTO(const struct keel_vm *vm, enum keel_trace_state what),
	TP_ARGS(vm, what),
	TP_STRUCT__entry(
		__field(unsigned int, vm)
		__field(u8, what)
		__field(u64, time)
	),
	TP_fast_assign(
		__entry->vm = vm->number;
		__entry->what = what;
		__entry->time = keel_clock_now(&vm->clock);
	),
	TP_printk("vm=%u %s time=%llu", __entry->vm,
		  __print_symbolic(__entry->what, { KEEL_TRACE_SAVE, "save" },
				   { KEEL_TRACE_LOAD, "load" }, { KEEL_TRACE_RESET, "reset" }),
		  __entry->time)
);

#endif /* KEEL_TRACE_H */

/* Found by -I in Kbuild: the module is built in a tree of links, not in the kernel's. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
