/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtio devices' data sides: their queues, and the back end that does what the chains in them
 * ask for.
 */
#ifndef KEEL_VDEV_H
#define KEEL_VDEV_H

#include "../devices/pci.h"
#include "../devices/virtio.h"
#include "vm.h"

struct keel_backend;
struct keel_server;
struct keel_vqueue;

/**
 * struct keel_vdev - the data side of a virtio device.
 * @vm:      its VM
 * @v:       the model
 * @pci:     the function, if it is one
 * @bell:    its doorbells: a region in each space, or NULL
 * @bell_kind: KEEL_BELL_*
 * @backend: NULL as long as none is attached: nothing is served
 * @data:    the backend's
 * @mode:    KEEL_SERVE_*
 * @server:  runs its jobs; NULL as long as no backend is attached
 * @nr_queues: entries of @queues
 * @queues:  all of them
 */
struct keel_vdev {
	struct keel_vm *vm;
	struct keel_virtio *v;
	const struct keel_pci *pci;
	const struct keel_region *bell[KEEL_NR_SPACES];
	u8 bell_kind;
	const struct keel_backend *backend;
	void *data;
	u32 mode;
	struct keel_server *server;
	unsigned int nr_queues;
	struct keel_vqueue **queues;
};

int keel_virtio_init(struct keel_vm *vm);
void keel_virtio_destroy(struct keel_vm *vm);
int keel_virtio_service(struct keel_vm *vm);
int keel_virtio_aim(struct keel_vm *vm);
int keel_virtio_pause(struct keel_vm *vm);
void keel_virtio_unpause(struct keel_vm *vm);
long keel_virtio_attach(void *owner, void *arg);
long keel_virtio_set_port(void *owner, void *arg);

/**
 * keel_virtio_has_service() - is a vCPU to call keel_virtio_service() before it goes on?
 * @vm: the VM
 *
 * Also while another thread does it: no vCPU runs beside queues that are half started.
 */
static inline bool keel_virtio_has_service(const struct keel_vm *vm)
{
	if (READ_ONCE(vm->services))
		return true;
	smp_rmb();	/* Pairs with keel_door_services() */
	return READ_ONCE(vm->in_service);
}

#endif /* KEEL_VDEV_H */
