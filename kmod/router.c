// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts out of the board. Each GSI has an eventfd that KVM knows as an irqfd; KVM's routing
 * table, which this file keeps equal to what the IOAPIC's entries and the functions' MSI-X tables
 * say, has its message. KVM derives from the same table which vectors cause an EOI exit.
 *
 * Routes. A model reports a changed message (keel_router_route()) under the board's lock. If KVM
 * has that very message already, nothing is to be done; otherwise the GSI is dirty until a vCPU has
 * sent the table (keel_router_sync()). The table is picked up under the lock, sent without it, and
 * accounted under it again: a GSI that changed in between stays dirty. @batch_lock keeps two vCPUs
 * from sending an older table after a newer one.
 *
 * When. Sending costs as much as ten accesses, and a guest writes an entry of the IOAPIC several
 * times before the first interrupt. So a pin's message is sent when it is needed (@urgent): when an
 * interrupt is to be sent by it. Until then KVM has the one before, and needs no other: it looks
 * for a pin's message when its eventfd is signalled, which waits (below), and when a CPU ends an
 * interrupt. The latter was sent by the message that KVM has: the IOAPIC reports another one only
 * when the interrupt that waits for its EOI has ended. A state that is loaded is an exception: its
 * interrupts were sent elsewhere, and their EOIs need its messages. So these are urgent, and so are
 * an MSI-X vector's, which back ends signal by themselves as soon as KVM has it. What a vCPU's
 * access makes urgent that vCPU sends before its next instruction. An interrupt may be sent by any
 * context, and most of them cannot call KVM: then one vCPU is kicked. If it returns to the process
 * instead, it kicks another one when it leaves; one that enters looks first.
 *
 * Deferral. A message that is to be sent (keel_router_msi()) while its GSI is dirty would go out
 * as the old one, whose EOI the IOAPIC would not know. It waits, and goes out when KVM has the
 * table. Otherwise it goes out when the board's lock is closed (keel_router_send()).
 *
 * Masks. Masking takes nothing out of KVM's table, so that unmasking costs nothing if the message
 * is unchanged.
 *
 * Direct signalling. A data plane signals an MSI-X vector without the board's lock, with
 * keel_router_signal(), and through the board's door if that does not take it. Why no interrupt
 * is lost between a mask and a signal:
 *
 * - keel_router_signal() takes it if the GSI is live: not masked, and its message with KVM. If the
 *   guest masks or changes it just then, KVM's table still has a message for the GSI, the one
 *   before or the one after. So it is delivered, like any message that was on the bus already
 *   when the mask was written.
 * - Else the door's signal and the guest's write have an order, by the board's lock: a vector that
 *   is masked gets its pending bit, which the unmasking sends; one whose message KVM does not
 *   have yet is sent when KVM has it.
 *
 * Redirection. vhost can be given a live GSI's eventfd to signal itself. Then the vCPU that masks
 * or changes the GSI takes it back, in keel_vdevs_redirect(), before its next instruction: from
 * then on vhost signals Keel, which does as above. What vhost sent before was on the bus.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "kvm_file.h"
#include "lock.h"
#include "router.h"
#include "trace.h"
#include "vm.h"

#define ROUTER_TABLE_SIZE(nr) \
	(sizeof(struct kvm_irq_routing) + (nr) * sizeof(struct kvm_irq_routing_entry))

static_assert(ROUTER_TABLE_SIZE(KEEL_MAX_GSIS) <= KEEL_SCRATCH_SIZE);

/**
 * struct keel_route_batch - messages on their way to KVM.
 * @routes: of all GSIs
 * @used:   GSIs that have one
 * @dirty:  GSIs whose message is a new one
 * @table:  for KVM
 */
struct keel_route_batch {
	struct keel_route routes[KEEL_MAX_GSIS];
	DECLARE_BITMAP(used, KEEL_MAX_GSIS);
	DECLARE_BITMAP(dirty, KEEL_MAX_GSIS);
	struct kvm_irq_routing *table;
};

static int router_alloc(struct keel_router *router)
{
	router->batch = kvzalloc(sizeof(*router->batch), GFP_KERNEL_ACCOUNT);
	if (!router->batch)
		return -ENOMEM;
	router->batch->table = kvzalloc(ROUTER_TABLE_SIZE(router->nr), GFP_KERNEL_ACCOUNT);
	return router->batch->table ? 0 : -ENOMEM;
}

/**
 * keel_router_init() - take the caller's eventfds.
 * @router: the router
 * @fds:    the eventfds
 * @nr:     of them, and of the board's GSIs
 *
 * Return: 0, -ENOMEM, or -EBADF or -EINVAL for a descriptor that is none;
 * keel_router_destroy() cleans up.
 */
int keel_router_init(struct keel_router *router, const s32 *fds, unsigned int nr)
{
	unsigned int gsi;

	mutex_init(&router->batch_lock);
	router->nr = nr;
	for (gsi = 0; gsi < nr; gsi++) {
		struct eventfd_ctx *ctx = eventfd_ctx_fdget(fds[gsi]);

		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
		router->fds[gsi] = fds[gsi];
		router->gsis[gsi] = ctx;
	}
	return router_alloc(router);
}

/**
 * keel_router_connect() - register them with KVM as irqfds.
 * @vm:  with its KVM VM, which has the split interrupt controller
 * @fds: what keel_router_init() got
 */
int keel_router_connect(struct keel_vm *vm, const s32 *fds)
{
	unsigned int gsi;
	long ret = 0;

	for (gsi = 0; gsi < vm->router.nr && !ret; gsi++) {
		struct kvm_irqfd irqfd = { .fd = fds[gsi], .gsi = gsi };

		ret = keel_kvm_call(vm, vm->kvm_file, KVM_IRQFD, &irqfd, sizeof(irqfd));
	}
	return ret;
}

/**
 * keel_router_destroy() - let go of the eventfds. KVM drops its own references to
 * them with the VM.
 * @router: nothing signals any more
 */
void keel_router_destroy(struct keel_router *router)
{
	unsigned int gsi;

	for (gsi = 0; gsi < router->nr && router->gsis[gsi]; gsi++)
		eventfd_ctx_put(router->gsis[gsi]);
	if (router->batch)
		kvfree(router->batch->table);
	kvfree(router->batch);
}

/* ---- What the board asks of its host: under the board's lock ---- */

/* KVM is to have a dirty GSI's message soon. Return: that is new. */
static bool router_need(struct keel_vm *vm, unsigned int gsi)
{
	if (__test_and_set_bit(gsi, vm->router.urgent))
		return false;
	WRITE_ONCE(vm->router.needed, true);
	return true;
}

/**
 * keel_router_msi() - keel_host_ops.msi: send a GSI's message.
 * @host: the VM
 * @gsi:  the GSI
 *
 * While its new message is not with KVM yet, its eventfd would deliver the old one, whose EOI the
 * pin would not know: it waits until KVM has it.
 */
void keel_router_msi(void *host, unsigned int gsi)
{
	struct keel_vm *vm = host;

	if (test_bit(gsi, vm->router.dirty)) {
		__set_bit(gsi, vm->router.deferred);
		if (router_need(vm, gsi))
			vm->effects.flags |= KEEL_KICK_ONE;
		trace_keel_message(vm, gsi, KEEL_TRACE_DEFERRED);
		return;
	}
	__set_bit(gsi, vm->effects.msis);
	vm->effects.flags |= KEEL_SEND_MSIS;
	trace_keel_message(vm, gsi, KEEL_TRACE_SENT);
}

/* Does KVM have this very message, with no table on its way that may replace it? */
static bool router_knows(const struct keel_router *router, unsigned int gsi,
			 const struct keel_route *route)
{
	return !router->sending && test_bit(gsi, router->used) &&
	       !memcmp(&router->known[gsi], route, sizeof(*route));
}

/*
 * A GSI became, or stopped being, directly signallable: the vCPU that caused it must redirect
 * the back ends before it resumes.
 */
static void router_redirect(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	if (!test_bit(gsi, router->direct_gsis))
		return;
	/* Pairs with keel_router_redirect_begin(): the change of @live is visible first. */
	smp_store_release(&router->redirect_gen, router->redirect_gen + 1);
	vm->effects.flags |= KEEL_KICK_SELF;
}

/* KVM has the message: a deferred signal goes out. A GSI that is not masked becomes live. */
static void router_known(struct keel_vm *vm, unsigned int gsi)
{
	struct keel_router *router = &vm->router;

	__clear_bit(gsi, router->dirty);
	if (__test_and_clear_bit(gsi, router->urgent))
		WRITE_ONCE(router->needed, !bitmap_empty(router->urgent, router->nr));
	if (test_bit(gsi, router->open)) {
		set_bit(gsi, router->live);
		router_redirect(vm, gsi);
	}
	if (__test_and_clear_bit(gsi, router->deferred))
		keel_router_msi(vm, gsi);
}

/* Pins can wait for the first interrupt, unless one may be at a LAPIC already. */
static bool router_is_urgent(const struct keel_vm *vm, unsigned int gsi)
{
	return gsi >= KEEL_NR_GSIS || vm->loading;
}

/**
 * keel_router_route() - keel_host_ops.route: a GSI's message has changed.
 * @host:  the VM
 * @gsi:   the GSI
 * @route: its message; NULL: it is masked
 *
 * A masked GSI keeps the message that KVM has: a thread that saw it live a moment ago may be about
 * to signal it, and that must not get lost.
 */
void keel_router_route(void *host, unsigned int gsi, const struct keel_route *route)
{
	struct keel_vm *vm = host;
	struct keel_router *router = &vm->router;

	if (test_and_clear_bit(gsi, router->live))
		router_redirect(vm, gsi);
	__clear_bit(gsi, router->open);
	if (!route)
		return;
	router->routes[gsi] = *route;
	__set_bit(gsi, router->open);
	__set_bit(gsi, router->again);
	if (router_knows(router, gsi, route)) {
		router_known(vm, gsi);
		return;
	}
	__set_bit(gsi, router->used);
	__set_bit(gsi, router->dirty);
	if (router_is_urgent(vm, gsi) && router_need(vm, gsi))
		vm->effects.flags |= KEEL_KICK_SELF;
}

/* ---- KVM's table ---- */

/* GSIs that never had a message need no entry. */
static void router_fill(struct keel_route_batch *batch, unsigned int nr)
{
	struct kvm_irq_routing *table = batch->table;
	unsigned int gsi;

	memset(table, 0, ROUTER_TABLE_SIZE(nr));
	for_each_set_bit(gsi, batch->used, nr) {
		struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];

		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_MSI;
		entry->u.msi.address_lo = batch->routes[gsi].address;
		entry->u.msi.address_hi = batch->routes[gsi].address_hi;
		entry->u.msi.data = batch->routes[gsi].data;
	}
}

/* The messages as they are now, all but the table. Return: false: KVM has all that it needs. */
static bool router_pick_up(struct keel_vm *vm, struct keel_route_batch *batch)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_router *router = &vm->router;
	bool needed = router->needed;

	memcpy(batch->routes, router->routes, sizeof(batch->routes));
	bitmap_copy(batch->used, router->used, KEEL_MAX_GSIS);
	bitmap_copy(batch->dirty, router->dirty, KEEL_MAX_GSIS);
	bitmap_zero(router->again, KEEL_MAX_GSIS);
	router->sending = needed;
	keel_lock_close(vm, flags);
	return needed;
}

/*
 * KVM has the messages that were picked up; NULL: it took none, and has what it had. A GSI that
 * changed meanwhile stays dirty, or masked; deferred signals of the others go out.
 */
static void router_sent(struct keel_vm *vm, const struct keel_route_batch *batch)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_router *router = &vm->router;
	unsigned int gsi;

	router->sending = false;
	if (batch) {
		router->sent++;
		memcpy(router->known, batch->routes, sizeof(router->known));
		for_each_set_bit(gsi, batch->dirty, router->nr)
			if (!test_bit(gsi, router->again))
				router_known(vm, gsi);
	}
	keel_lock_close(vm, flags);
}

/**
 * keel_router_sync() - send KVM the messages that it does not have yet.
 * @vm: the VM; the caller runs in its mm
 *
 * KVM takes the table as a whole.
 */
int keel_router_sync(struct keel_vm *vm)
{
	struct keel_route_batch *batch = vm->router.batch;
	long ret = 0;

	if (mutex_lock_killable(&vm->router.batch_lock))
		return -EINTR;
	if (router_pick_up(vm, batch)) {
		router_fill(batch, vm->router.nr);
		ret = keel_kvm_call(vm, vm->kvm_file, KVM_SET_GSI_ROUTING, batch->table,
				    ROUTER_TABLE_SIZE(batch->table->nr));
		router_sent(vm, ret ? NULL : batch);
	}
	mutex_unlock(&vm->router.batch_lock);
	return ret;
}

/* ---- Signals without the board's lock ---- */

/**
 * keel_router_signal() - send a GSI's message, without the board's lock.
 * @vm:  the VM
 * @gsi: of an MSI-X vector: keel_pci.gsi, plus the vector
 *
 * Any context in which an eventfd may be signalled. The vector's counters and pending
 * bit have no part in it.
 *
 * Return: false: it is masked, or KVM does not have its message yet, and nothing was
 * done. The caller signals through the board's door, with keel_msix_signal().
 */
bool keel_router_signal(struct keel_vm *vm, unsigned int gsi)
{
	/* Pairs with the full barrier of set_bit() and clear_bit() under the lock. */
	if (!test_bit(gsi, vm->router.live))
		return false;
	trace_keel_message(vm, gsi, KEEL_TRACE_DIRECT);
	keel_eventfd_signal(vm->router.gsis[gsi]);
	return true;
}

/**
 * keel_router_irqfd() - what vhost may signal to send a GSI's message.
 * @vm:  the VM
 * @gsi: as for keel_router_signal()
 *
 * Return: descriptor of an eventfd, as long as the GSI is live; -1 if it is not. The device
 * has been announced with keel_router_allow_direct().
 */
int keel_router_irqfd(const struct keel_vm *vm, unsigned int gsi)
{
	return test_bit(gsi, vm->router.live) ? vm->router.fds[gsi] : -1;
}

/**
 * keel_router_allow_direct() - a back end signals these GSIs itself while they are live.
 * @vm:  the VM
 * @gsi: the first one
 * @nr:  how many
 *
 * A vCPU that makes one live, or not live, calls keel_vdevs_redirect() before it goes on.
 */
void keel_router_allow_direct(struct keel_vm *vm, unsigned int gsi, unsigned int nr)
{
	unsigned long flags = keel_lock_open(vm);

	bitmap_set(vm->router.direct_gsis, gsi, nr);
	keel_lock_close(vm, flags);
}

/**
 * keel_router_redirect_begin() - a thread is about to redirect back ends.
 * @router: the router
 *
 * Return: for keel_router_redirect_end(), when it has.
 */
unsigned int keel_router_redirect_begin(const struct keel_router *router)
{
	/* Pairs with the release in router_redirect(). */
	return smp_load_acquire(&router->redirect_gen);
}

/**
 * keel_router_redirect_end() - back ends signal no GSI that was masked before.
 * @router: the router
 * @gen:    from keel_router_redirect_begin(), before they were redirected
 */
void keel_router_redirect_end(struct keel_router *router, unsigned int gen)
{
	WRITE_ONCE(router->redirect_done, gen);
}

/**
 * keel_router_has() - is an eventfd that of a GSI?
 * @vm:  the VM
 * @ctx: the eventfd
 */
bool keel_router_has(const struct keel_vm *vm, const struct eventfd_ctx *ctx)
{
	unsigned int gsi;

	for (gsi = 0; gsi < vm->router.nr; gsi++)
		if (vm->router.gsis[gsi] == ctx)
			return true;
	return false;
}
