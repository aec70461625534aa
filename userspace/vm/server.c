// SPDX-License-Identifier: GPL-2.0
/*
 * Servers: the threads in which Keel does what a vCPU does not do itself for a virtio device,
 * with this process' credentials, limits and priority. Each device has threads of its own, so
 * that none waits for another one's file.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/config.h"
#include "config/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/outcome.h"
#include "vm/server.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define DISK_QUEUES	8		/* queues of a disk that have a thread each */
#define SERVERS_MAX	(VIRTIO_DISKS * (1 + DISK_QUEUES) + VIRTIO_MAX)

static_assert(VIRTIO_MAX <= KEEL_MAX_SERVERS, "a device's instance is its server's number");

/**
 * struct server - one thread.
 * @vm:     whose
 * @number: of the server
 * @name:   what ps and top show
 * @thread: serves
 */
struct server {
	struct vm *vm;
	__u32 number;
	char name[16];
	struct thread thread;
};

static struct server servers[SERVERS_MAX];
static unsigned int nr_servers;
static atomic_bool stopping;

static void *server_thread(void *arg)
{
	struct server *server = arg;
	struct vm *vm = server->vm;

	while (!atomic_load(&stopping)) {
		struct keel_serve request = { .size = sizeof(request), .server = server->number };

		if (ioctl(vm->keel, KEEL_SERVE, &request) && errno != EINTR) {
			vm_end(vm, STATUS_INTERNAL, "KEEL_SERVE in thread %s: %s", server->name,
			       strerror(errno));
			break;
		}
	}
	thread_leaves(&server->thread);
	return NULL;
}

static void server_start(struct vm *vm, __u32 number, const char *name)
{
	struct server *server = &servers[nr_servers];
	const struct thread_plan plan = {
		.name = name, .role = SANDBOX_WORKER,
		.prefix = "server-", .schedule = &vm->config->server_threads,
		.nth = nr_servers++, .function = server_thread, .arg = server,
	};

	server->vm = vm;
	server->number = number;
	strcpy(server->name, name);
	thread_start(&server->thread, &plan);
}

/*
 * A disk has one for each queue, and one more, so that a flush does not hold up the queues. The
 * others have little to do.
 */
static unsigned int wanted(const struct virtio *device)
{
	if (device->type != KEEL_VIRTIO_BLK)
		return 1;
	return 1 + (device->queues < DISK_QUEUES ? device->queues : DISK_QUEUES);
}

/* There can be several of these; "keel-disk0" */
static void name_server(const struct virtio *device, unsigned int nth, char name[16])
{
	switch (device->type) {
	case KEEL_VIRTIO_BLK:
		snprintf(name, 16, "keel-disk%u", nth);
		break;
	case KEEL_VIRTIO_NET:
		snprintf(name, 16, "keel-net%u", nth);
		break;
	case KEEL_VIRTIO_RNG:
		strcpy(name, "keel-rng");
		break;
	case KEEL_VIRTIO_VSOCK:
		strcpy(name, "keel-vsock");
		break;
	default:
		strcpy(name, "keel-vcon");
	}
}

/* servers_start() - threads for all virtio devices of @vm; the guest need not run yet */
void servers_start(struct vm *vm)
{
	const struct virtio *list = vm->config->virtio;
	unsigned int i, n, nth = 0, nr = vm->config->nr_virtio;
	char name[16];

	for (i = 0; i < nr; i++) {
		nth = i && list[i].type == list[i - 1].type ? nth + 1 : 0;
		name_server(&list[i], nth, name);
		for (n = 0; n < wanted(&list[i]); n++)
			server_start(vm, i, name);
	}
}

/* servers_stop() - the guest is over, and nothing that it has sent is wanted any more */
void servers_stop(void)
{
	unsigned int i;

	atomic_store(&stopping, true);
	for (i = 0; i < nr_servers; i++)
		thread_stop(&servers[i].thread);
	nr_servers = 0;
}
