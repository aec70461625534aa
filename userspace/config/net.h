/* SPDX-License-Identifier: GPL-2.0 */
/* The network and socket devices that --net and --vsock ask for. */
#ifndef KEEL_CONFIG_NET_H
#define KEEL_CONFIG_NET_H

#include "config/table.h"

#define FORWARDS_MAX	16
#define NET_PAIRS_MAX	8	/* of queues, that Keel takes */
#define MAC_LENGTH	6

/**
 * struct forward - a port of the host's that is forwarded to the guest.
 * @udp:   or TCP
 * @host:  port at the host's 127.0.0.1
 * @guest: port in the guest
 */
struct forward {
	bool udp;
	__u16 host;
	__u16 guest;
};

/**
 * struct net_config - a network device. One of @user, @tap and @fd is given.
 * @user:  a network of the guest's own
 * @tap:   name of an interface
 * @fd:    descriptor of one, or -1
 * @pairs: of queues
 * @mac:   address; zero: to be made up
 * @forwards: of @user: ports
 * @nr_forwards: how many
 * @transport: enum transport
 * @notify:    enum notify
 * @legacy:    see struct virtio
 * @notification_data: see struct virtio
 * @plug:      enum plug
 */
struct net_config {
	bool user;
	char *tap;
	int fd;
	unsigned int pairs;
	__u8 mac[MAC_LENGTH];
	struct forward forwards[FORWARDS_MAX];
	unsigned int nr_forwards;
	unsigned int transport;
	unsigned int notify;
	bool legacy;
	bool notification_data;
	unsigned int plug;
};

/**
 * struct vsock_config - the socket device.
 * @cid:       context ID; 0: there is none
 * @transport: enum transport
 * @notify:    enum notify
 * @notification_data: see struct virtio
 */
struct vsock_config {
	__u64 cid;
	unsigned int transport;
	unsigned int notify;
	bool notification_data;
};

extern const struct object_type net_object;
extern const struct object_type vsock_object;

void net_name(const struct net_config *net, char name[32]);

#endif /* KEEL_CONFIG_NET_H */
