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

static int open_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	return fd;
}

static struct keel_vhost_fds open_eventfds(void)
{
	return (struct keel_vhost_fds){
		.notify = open_eventfd(), .used = open_eventfd(), .error = open_eventfd(),
	};
}

static void choose_mac(const struct net_config *net, __u8 *mac)
{
	memcpy(mac, net->mac, MAC_LENGTH);
	if (!memcmp(mac, "\0\0\0\0\0", MAC_LENGTH))
		make_up_mac(mac);
}

/**
 * net_attach() - open what is behind a network device, and hand it to Keel.
 * @vm:       the VM
 * @device:   the network device
 * @instance: its number
 */
void net_attach(const struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct keel_net_pair pairs[NET_PAIRS_MAX] = { 0 };
	const struct net_config *net = device->net;
	struct keel_attach_net request = {
		.size = sizeof(request), .class = device->class, .instance = instance,
		.server = instance, .nr_pairs = net->pairs, .pairs = (uintptr_t)pairs,
	};
	struct ifreq ifr = { 0 };
	unsigned int i;
	char name[32];

	for (i = 0; i < net->pairs; i++) {
		pairs[i].vhost = open_vhost("net", "/dev/vhost-net", "vhost_net");
		pairs[i].tap = take_tap(net, &ifr);
		pairs[i].rx = open_eventfds();
		pairs[i].tx = open_eventfds();
	}
	request.mtu = interface_mtu(net, &ifr);
	choose_mac(net, request.mac);
	if (!ioctl(vm->keel, KEEL_ATTACH_NET, &request))
		return;
	net_name(net, name);
	die(STATUS_DISK, "--net: %s: KEEL_ATTACH_NET: %s", name, strerror(errno));
}

/**
 * vsock_attach() - open what is behind the socket device, and hand it to Keel.
 * @vm:       the VM
 * @device:   the socket device
 * @instance: its number
 */
void vsock_attach(const struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct keel_attach_vsock request = {
		.size = sizeof(request), .class = device->class, .instance = instance,
		.server = instance, .cid = vm->config->vsock.cid,
		.vhost = open_vhost("vsock", "/dev/vhost-vsock", "vhost_vsock"),
		.rx = open_eventfds(), .tx = open_eventfds(),
	};

	if (!ioctl(vm->keel, KEEL_ATTACH_VSOCK, &request))
		return;
	if (errno == EADDRINUSE)
		die(STATUS_DISK, "--vsock: another guest has CID %llu", request.cid);
	die(STATUS_DISK, "--vsock: KEEL_ATTACH_VSOCK: %s", strerror(errno));
}
