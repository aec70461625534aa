// SPDX-License-Identifier: GPL-2.0
/*
 * Opening what is behind the virtio devices. Keel serves them, or has the kernel's vhost do it; the
 * launcher only opens files. Keel knows them by their descriptors, so they stay open as long as the
 * VM lives.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "config/config.h"
#include "config/virtio.h"
#include "status.h"
#include "stream/clients.h"
#include "uapi/keel.h"
#include "vm/attach.h"
#include "vm/disk.h"
#include "vm/vhost.h"
#include "vm/vm.h"

static void attach_rng(const struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct keel_attach_rng request = {
		.size = sizeof(request), .class = device->class, .instance = instance,
		.server = instance, .serve = device->serve,
	};

	if (ioctl(vm->keel, KEEL_ATTACH_RNG, &request))
		die(STATUS_DISK, "--rng: KEEL_ATTACH_RNG: %s", strerror(errno));
}

static void attach(struct vm *vm, const struct virtio *device, unsigned int instance)
{
	switch (device->type) {
	case KEEL_VIRTIO_NET:
		net_attach(vm, device, instance);
		break;
	case KEEL_VIRTIO_VSOCK:
		vsock_attach(vm, device, instance);
		break;
	case KEEL_VIRTIO_CONSOLE:
		port_attach(vm, device, instance);
		break;
	case KEEL_VIRTIO_BLK:
		disk_attach(vm, device, instance);
		break;
	default:
		attach_rng(vm, device, instance);
	}
}

/* virtio_attach() - open what is behind the devices, and hand it to Keel */
void virtio_attach(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->config->nr_virtio; i++)
		attach(vm, &vm->config->virtio[i], i);
}
