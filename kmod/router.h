/* SPDX-License-Identifier: GPL-2.0 */
/* The board's interrupt messages on their way to KVM: see router.c. */
#ifndef KEEL_ROUTER_H
#define KEEL_ROUTER_H

#include <linux/bitmap.h>
#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/mutex.h>

#include "../devices/board/door.h"
#include "compat.h"

struct keel_route_batch;
struct keel_vm;

/**
 * struct keel_router - the board's messages to KVM's GSIs.
 * @nr:       GSIs
 * @gsis:     an eventfd for each, registered with KVM as irqfd
 * @fds:      their descriptors, which the process keeps open: KVM lets go of an irqfd whose
 *            last file closes
 * @routes:   the messages; under the board's lock
 * @known:    what KVM has; under the board's lock
 * @used:     GSIs of which KVM has, or is to have, a message; under the board's lock
 * @dirty:    GSIs whose message KVM does not have yet; under the board's lock
 * @urgent:   those of @dirty whose message KVM is to have before the vCPU goes on, or soon; under
 *            the board's lock
 * @again:    GSIs that changed since they were last picked up; under the board's lock
 * @deferred: GSIs to be sent as soon as KVM has their message; under the board's lock
 * @open:     GSIs that are not masked; under the board's lock
 * @live:     those of @open whose message KVM has: they may be sent without the board's
 *            lock. Written under it
 * @direct_gsis: GSIs whose eventfd a back end signals itself while they are in @live; under the
 *            board's lock
 * @redirect_gen: times that one of @direct_gsis came into @live or left it; written under the
 *            board's lock
 * @redirect_done: @redirect_gen when the back ends were last redirected; under keel_vm.reconciling
 * @needed:   @urgent is not empty; written under the board's lock
 * @sending:  a table has been picked up and is on its way; under the board's lock
 * @batch_lock: keeps the tables sent to KVM in order
 * @batch:    what is being sent; under @batch_lock
 * @sent:     KVM_SET_GSI_ROUTING calls
 */
struct keel_router {
	unsigned int nr;
	struct eventfd_ctx *gsis[KEEL_MAX_GSIS];
	s32 fds[KEEL_MAX_GSIS];
	struct keel_route routes[KEEL_MAX_GSIS];
	struct keel_route known[KEEL_MAX_GSIS];
	DECLARE_BITMAP(used, KEEL_MAX_GSIS);
	DECLARE_BITMAP(dirty, KEEL_MAX_GSIS);
	DECLARE_BITMAP(urgent, KEEL_MAX_GSIS);
	DECLARE_BITMAP(again, KEEL_MAX_GSIS);
	DECLARE_BITMAP(deferred, KEEL_MAX_GSIS);
	DECLARE_BITMAP(open, KEEL_MAX_GSIS);
	DECLARE_BITMAP(live, KEEL_MAX_GSIS);
	DECLARE_BITMAP(direct_gsis, KEEL_MAX_GSIS);
	unsigned int redirect_gen;
	unsigned int redirect_done;
	bool needed;
	bool sending;
	struct mutex batch_lock;
	struct keel_route_batch *batch;
	u64 sent;
};

int keel_router_init(struct keel_router *router, const s32 *fds, unsigned int nr);
int keel_router_connect(struct keel_vm *vm, const s32 *fds);
void keel_router_destroy(struct keel_router *router);
void keel_router_msi(void *host, unsigned int gsi);
void keel_router_route(void *host, unsigned int gsi, const struct keel_route *route);
int keel_router_sync(struct keel_vm *vm);
bool keel_router_signal(struct keel_vm *vm, unsigned int gsi);
int keel_router_irqfd(const struct keel_vm *vm, unsigned int gsi);
void keel_router_allow_direct(struct keel_vm *vm, unsigned int gsi, unsigned int nr);
unsigned int keel_router_redirect_begin(const struct keel_router *router);
void keel_router_redirect_end(struct keel_router *router, unsigned int gen);
bool keel_router_has(const struct keel_vm *vm, const struct eventfd_ctx *ctx);

/**
 * keel_router_must_redirect() - must back ends be redirected to other eventfds?
 * @router: the router
 */
static inline bool keel_router_must_redirect(const struct keel_router *router)
{
	return READ_ONCE(router->redirect_gen) != READ_ONCE(router->redirect_done);
}

/**
 * keel_router_send() - send GSIs' messages.
 * @router: the router
 * @gsis:   a bit for each
 */
static inline void keel_router_send(const struct keel_router *router, const unsigned long *gsis)
{
	unsigned int gsi;

	for_each_set_bit(gsi, gsis, router->nr)
		keel_eventfd_signal(router->gsis[gsi]);
}

#endif /* KEEL_ROUTER_H */
