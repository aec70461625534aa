// SPDX-License-Identifier: GPL-2.0
/*
 * Open files: everything that Keel uses for a VM is open here as well, so the limit is raised as
 * far as it may be, and a VM that cannot do with it is refused before anything is opened.
 */
#include <sys/resource.h>

#include "config/config.h"
#include "device/board.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/limits.h"

/* At most, at any time */
#define OF_PROCESS	16	/* streams, KVM's and Keel's devices and VMs, and our own */
#define OF_CONTROL	32	/* two sockets, clients, what they pass, followers, and eventfds */
#define OF_GDB		4	/* the listener, a client, and eventfds */
#define OF_INPUT	3
#define OF_SERIAL	5	/* its stream, a pseudo-terminal's ends, and the pump's own */
#define OF_VHOST	7	/* vhost, and three eventfds for each direction */
#define OF_USERNET	64	/* connections of libslirp's */

static unsigned int of_virtio(const struct config *config, const struct virtio *device)
{
	switch (device->type) {
	case KEEL_VIRTIO_NET:
		return (OF_VHOST + 1) * device->net->pairs + (device->net->user ? OF_USERNET : 0);
	case KEEL_VIRTIO_VSOCK:
		return OF_VHOST;
	case KEEL_VIRTIO_CONSOLE:
		return OF_SERIAL * config->nr_ports;
	default:
		return 1;
	}
}

static unsigned int descriptors_needed(const struct config *config)
{
	static struct keel_device_config list[BOARD_MAX];
	unsigned int i, n = OF_PROCESS + config->cpus;

	n += board_gsis(list, board_devices(config, list));
	n += config_handle(config) ? OF_CONTROL : 0;
	n += config->gdb.at ? OF_GDB : 0;
	n += config->input.text ? OF_INPUT : 0;
	n += OF_SERIAL * config->nr_uarts;
	for (i = 0; i < config->nr_virtio; i++)
		n += of_virtio(config, &config->virtio[i]);
	return n;
}

/* limits_raise() - as many open files as may be; dies if they are too few for this VM */
void limits_raise(const struct config *config)
{
	unsigned int needed = descriptors_needed(config);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < needed)
		die(STATUS_PERMISSION,
		    "this VM needs up to %u open files, and %llu are allowed: \"ulimit -n %u\" or LimitNOFILE=%u",
		    needed, (unsigned long long)limit.rlim_max, needed, needed);
}
