// SPDX-License-Identifier: GPL-2.0
/*
 * Network and sockets: what --net and --vsock ask for. The host's kernel serves these
 * (vhost); the launcher opens what belongs together, and hands it to Keel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/config.h"
#include "config/net.h"
#include "config/table.h"
#include "config/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/open.h"
#include "vm/usernet.h"
#include "vm/vhost.h"
#include "vm/vm.h"

#define TUN		"/dev/net/tun"
#define NET_S_LINK_UP	1

/* A network device's configuration (VIRTIO 1.2, 5.1.4). */
struct virtio_net_config {
	__u8  mac[MAC_LENGTH];
	__u16 status;
	__u16 max_virtqueue_pairs;
	__u16 mtu;
};

static_assert(sizeof(struct virtio_net_config) == 12, "VIRTIO 1.2, 5.1.4");

static __noreturn void no_device(const char *option, const char *path, const char *module)
{
	if (errno == EACCES || errno == EPERM)
		die(STATUS_PERMISSION, "--%s: %s: %s", option, path, strerror(errno));
	die(STATUS_DISK, "--%s: %s: %s; is module %s loaded?", option, path, strerror(errno),
	    module);
}

static int open_vhost(const char *option, const char *path, const char *module)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		no_device(option, path, module);
	return fd;
}

/* An interface with several queues wants to be asked for one as such. */
static int set_interface(int fd, const char *name, bool multi)
{
	short flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	struct ifreq ifr = { .ifr_flags = flags | (multi ? IFF_MULTI_QUEUE : 0) };

	strcpy(ifr.ifr_name, name);
	if (!ioctl(fd, TUNSETIFF, &ifr))
		return 0;
	if (multi || errno != EINVAL)
		return -1;
	return set_interface(fd, name, true);
}

/* A queue of an interface that is there: TUNSETIFF would make one. */
static int open_tap(const char *name, bool multi)
{
	const char *how = multi ? " multi_queue" : "";
	int fd;

	if (!if_nametoindex(name))
		die(STATUS_DISK, "--net: no interface %s; \"ip tuntap add %s mode tap%s\" makes it",
		    name, name, how);
	fd = open_vhost("net", TUN, "tun");
	if (!set_interface(fd, name, multi))
		return fd;
	if (errno == EBUSY)
		die(STATUS_DISK, "--net: %s is in use", name);
	if (errno == EINVAL)
		die(STATUS_DISK, "--net: %s is no tap interface%s", name,
		    multi ? " with multi_queue" : "");
	if (errno == EPERM)
		die(STATUS_PERMISSION, "--net: %s belongs to another user", name);
	die(STATUS_DISK, "--net: %s: %s", name, strerror(errno));
}

static int open_interface(const struct net_config *net)
{
	if (net->tap)
		return open_tap(net->tap, net->pairs > 1);
	if (!net->user)
		return open_descriptor("net", net->fd);
	return usernet_open(net->forwards, net->nr_forwards);
}

/* A queue of the interface, whose name is in @ifr */
static int take_tap(const struct net_config *net, struct ifreq *ifr)
{
	const short flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	int fd = open_interface(net);
	char name[32];

	net_name(net, name);
	if (ioctl(fd, TUNGETIFF, ifr) || flags & ~ifr->ifr_flags)
		die(STATUS_WRONG_FD, "--net: %s: no tap with IFF_NO_PI and IFF_VNET_HDR", name);
	return fd;
}

/* The interface of --net user is in another namespace, where SIOCGIFMTU would not find it. */
static __u16 interface_mtu(const struct net_config *net, struct ifreq *ifr)
{
	int fd;

	if (net->user)
		return USERNET_MTU;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFMTU, ifr))
		die(STATUS_DISK, "--net: MTU of %s: %s", ifr->ifr_name, strerror(errno));
	close(fd);
	return ifr->ifr_mtu < UINT16_MAX ? ifr->ifr_mtu : UINT16_MAX;
}

/* Locally administered, and one machine's (IEEE 802, 8.2) */
static void make_up_mac(__u8 *mac)
{
	if (getrandom(mac, MAC_LENGTH, 0) != MAC_LENGTH)
		die(STATUS_INTERNAL, "getrandom: %s", strerror(errno));
	mac[0] = (mac[0] | 2) & ~1;
}

static void open_eventfds(int fds[KEEL_VHOST_EVENTFDS])
{
	unsigned int i;

	for (i = 0; i < KEEL_VHOST_EVENTFDS; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		if (fds[i] < 0)
			die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	}
}

/* Return: how many files are in @fds. */
static unsigned int net_open(const struct net_config *net, struct keel_attach *request, int *fds)
{
	struct virtio_net_config config = {
		.status = NET_S_LINK_UP, .max_virtqueue_pairs = net->pairs,
	};
	struct ifreq ifr = { 0 };
	unsigned int i;

	for (i = 0; i < net->pairs; i++, fds += KEEL_NET_PAIR_FDS) {
		fds[0] = open_vhost("net", "/dev/vhost-net", "vhost_net");
		fds[1] = take_tap(net, &ifr);
		open_eventfds(fds + 2);
	}
	config.mtu = interface_mtu(net, &ifr);
	memcpy(config.mac, net->mac, MAC_LENGTH);
	if (!memcmp(config.mac, "\0\0\0\0\0", MAC_LENGTH))
		make_up_mac(config.mac);
	memcpy(request->config, &config, sizeof(config));
	return net->pairs * KEEL_NET_PAIR_FDS;
}

static unsigned int vsock_open(const struct vsock_config *vsock, struct keel_attach *request,
			       int *fds)
{
	request->fd = open_vhost("vsock", "/dev/vhost-vsock", "vhost_vsock");
	memcpy(request->config, &vsock->cid, sizeof(vsock->cid));
	open_eventfds(fds);
	return KEEL_VHOST_EVENTFDS;
}

/**
 * vhost_attach() - open what is behind a device, and hand it to Keel.
 * @vm:      the VM
 * @device:  of type net or vsock
 * @request: says which device
 */
void vhost_attach(const struct vm *vm, const struct virtio *device, struct keel_attach *request)
{
	char name[32] = "the socket device";
	int fds[NET_PAIRS_MAX * KEEL_NET_PAIR_FDS];

	if (device->type == KEEL_VIRTIO_NET)
		request->nr_fds = net_open(device->net, request, fds);
	else
		request->nr_fds = vsock_open(&vm->config->vsock, request, fds);
	request->fds = (uintptr_t)fds;
	if (ioctl(vm->keel, KEEL_ATTACH, request)) {
		if (errno == EADDRINUSE)
			die(STATUS_DISK, "--vsock: another guest has CID %llu",
			    vm->config->vsock.cid);
		if (device->type == KEEL_VIRTIO_NET)
			net_name(device->net, name);
		die(STATUS_DISK, "KEEL_ATTACH of %s: %s", name, strerror(errno));
	}
}
