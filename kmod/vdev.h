/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtio devices' data sides: their queues, and the back end that does what the chains in them
 * ask for.
 */
#ifndef KEEL_VDEV_H
#define KEEL_VDEV_H

#include "../devices/pci/msix.h"
#include "../devices/virtio/core.h"
#include "vm.h"

struct keel_backend;
struct keel_server;
struct keel_vqueue;

/**
 * struct keel_vdev - the data side of a virtio device.
 * @vm:      its VM
 * @v:       the model
 * @pci:     the function, if it is one
 * @doorbell: its doorbells: a region in each space, or NULL
 * @backend: NULL as long as none is attached: nothing is served
 * @data:    the backend's
 * @kept:    memory of a back end that outlives it, as idle servers look at it; kfree() at the end
 * @detached: it has had one, whose server stays its
 * @mode:    KEEL_SERVE_*
 * @server:  runs its jobs; NULL as long as no backend is attached
 * @nr_queues: entries of @queues
 * @queues:  all of them
 */
struct keel_vdev {
	struct keel_vm *vm;
	struct keel_virtio *v;
	const struct keel_pci *pci;
	const struct keel_region *doorbell[KEEL_NR_SPACES];
	const struct keel_backend *backend;
	void *data;
	void *kept;
	bool detached;
	u32 mode;
	struct keel_server *server;
	unsigned int nr_queues;
	struct keel_vqueue **queues;
};

/**
 * struct keel_attachment - what KEEL_ATTACH_* asks for.
 * @backend:  which back end
 * @class:    device, and back end's choices, as the command has them
 * @instance: see @class
 * @server:   see @class
 * @serve:    see @class
 * @arg:      the command's argument, for the back end
 */
struct keel_attachment {
	const struct keel_backend *backend;
	u16 class;
	u16 instance;
	u32 server;
	u32 serve;
	const void *arg;
};

int keel_vdevs_init(struct keel_vm *vm);
void keel_vdevs_destroy(struct keel_vm *vm);
int keel_vdevs_reconcile(struct keel_vm *vm);
int keel_vdevs_redirect(struct keel_vm *vm);
int keel_vdevs_pause(struct keel_vm *vm);
void keel_vdevs_resume(struct keel_vm *vm);
long keel_vdev_attach(struct keel_vm *vm, const struct keel_attachment *a);
long keel_vdev_set_port(void *owner, void *arg);
long keel_vdev_detach(void *owner, void *arg);

/**
 * keel_vdevs_must_reconcile() - is a vCPU to call keel_vdevs_reconcile() before it goes on?
 * @vm: the VM
 *
 * Also while another thread does it: no vCPU runs beside queues that are half started.
 */
static inline bool keel_vdevs_must_reconcile(const struct keel_vm *vm)
{
	if (READ_ONCE(vm->reconcile_due))
		return true;
	smp_rmb();	/* Pairs with vdevs_take_due() */
	return READ_ONCE(vm->reconcile_now);
}

#endif /* KEEL_VDEV_H */
