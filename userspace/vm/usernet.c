// SPDX-License-Identifier: GPL-2.0
/*
 * --net user: a network for users that may not create interfaces. A child process creates a
 * network namespace of its own, and in it a tap, which Keel and vhost get as any other, and a
 * packet socket on that. Between this socket and libslirp, which is the guest's network and knows
 * the host's by the user's own sockets, a thread carries frames.
 *
 * The namespace has no process, no address and no name: it is gone with the last of the
 * two descriptors. There is no IPv6 on it, so that only the guest and libslirp send
 * packets there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/net.h"
#include "config/table.h"
#include "status.h"
#include "vm/slirp.h"
#include "vm/thread.h"
#include "vm/usernet.h"

#define INTERFACE	"keel0"
#define TUN		"/dev/net/tun"
#define FRAME_MAX	65536
#define FRAMES		64	/* that are carried before anything else is looked at */

/* The guest's network, as libslirp's other users know it */
#define NETWORK		"10.0.2.0"
#define NETMASK		"255.255.255.0"
#define HOST		"10.0.2.2"
#define NAMESERVER	"10.0.2.3"
#define GUEST		"10.0.2.15"	/* the one address that DHCP gives */

/**
 * struct usernet - a guest's network.
 * @slirp:   its other end
 * @packets: the tap's
 * @polls:   descriptors to be polled; the first is @packets
 * @nr:      how many
 * @room:    entries of @polls
 * @frame:   on its way from the guest
 */
struct usernet {
	Slirp *slirp;
	int packets;
	struct pollfd *polls;
	unsigned int nr;
	unsigned int room;
	__u8 frame[FRAME_MAX];
};

static struct usernet *networks[VIRTIO_NETS];
static unsigned int nr_networks;

/* ---- The namespace ---- */

/* What the child could not do; all of it is zero if it could. */
struct trouble {
	int error;
	char what[64];
};

static bool child_failed(struct trouble *trouble, const char *what)
{
	trouble->error = errno;
	snprintf(trouble->what, sizeof(trouble->what), "%s", what);
	return false;
}

/* It need not be there. */
static void no_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) != 1)
		perror("disable_ipv6");
	if (fd >= 0)
		close(fd);
}

static bool bind_packets(int fd)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(INTERFACE),
	};
	int one = 1;

	return !setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) &&
	       !bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static bool make_network(int fds[2], struct trouble *trouble)
{
	struct ifreq ifr = {
		.ifr_name = INTERFACE, .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return child_failed(trouble, "a user namespace (see user.max_user_namespaces)");
	no_ipv6();
	fds[0] = open(TUN, O_RDWR | O_CLOEXEC);
	if (fds[0] < 0 || ioctl(fds[0], TUNSETIFF, &ifr))
		return child_failed(trouble, TUN);
	fds[1] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fds[1] < 0 || !bind_packets(fds[1]))
		return child_failed(trouble, "a packet socket");
	ifr.ifr_flags = IFF_UP | IFF_NOARP;
	if (ioctl(fds[1], SIOCSIFFLAGS, &ifr))
		return child_failed(trouble, "its interface");
	return true;
}

union fds_message {
	struct cmsghdr header;
	char room[CMSG_SPACE(2 * sizeof(int))];
};

/* With two descriptors, if @fds is not NULL */
static void send_network(int to, const int *fds, struct trouble *trouble)
{
	struct iovec iov = { trouble, sizeof(*trouble) };
	union fds_message control = { 0 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fds) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, 2 * sizeof(int));
	}
	sendmsg(to, &message, MSG_NOSIGNAL);
}

static bool receive_network(int from, int fds[2], struct trouble *trouble)
{
	struct iovec iov = { trouble, sizeof(*trouble) };
	union fds_message control = { 0 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != sizeof(*trouble))
		return child_failed(trouble, "a child for it");
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

static __noreturn void child(int to)
{
	struct trouble trouble = { 0 };
	int fds[2];

	send_network(to, make_network(fds, &trouble) ? fds : NULL, &trouble);
	_exit(0);
}

static void get_network(int fds[2])
{
	struct trouble trouble = { 0 };
	bool fine;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		die(STATUS_INTERNAL, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die(STATUS_INTERNAL, "fork: %s", strerror(errno));
	if (!pid)
		child(ends[1]);
	close(ends[1]);
	fine = receive_network(ends[0], fds, &trouble);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	if (!fine)
		die(trouble.error == EPERM || trouble.error == EACCES ? STATUS_PERMISSION :
		    STATUS_DISK, "--net user: cannot create %s: %s", trouble.what,
		    strerror(trouble.error));
}

/* ---- libslirp's wishes ---- */

/* A frame that the guest has no room for is lost; that is how networks are. */
static ssize_t send_packet(const void *frame, size_t length, void *opaque)
{
	struct usernet *net = opaque;

	send(net->packets, frame, length, MSG_DONTWAIT);
	return length;
}

static void guest_error(const char *message, void *opaque)
{
	(void)message;
	(void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
	struct timespec now;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Timers are for IPv6's router advertisements alone. */
static void *timer_new(SlirpTimerCb call, void *call_opaque, void *opaque)
{
	(void)call;
	(void)call_opaque;
	return opaque;
}

static void timer_free(void *timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

static void timer_mod(void *timer, int64_t expire, void *opaque)
{
	(void)timer;
	(void)expire;
	(void)opaque;
}

/* libslirp says in each turn of the loop which descriptors it wants polled. */
static void poll_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.timer_new = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = poll_fd,
	.unregister_poll_fd = poll_fd,
	.notify = notify,
};

/* ---- The thread ---- */

static const struct {
	int slirp;
	short poll;
} events[] = {
	{ SLIRP_POLL_IN, POLLIN }, { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

static void make_room(struct usernet *net)
{
	if (net->nr < net->room)
		return;
	net->room = net->room ? 2 * net->room : 64;
	net->polls = realloc(net->polls, net->room * sizeof(net->polls[0]));
	if (!net->polls)
		die(STATUS_MEMORY, "no memory for --net user");
}

static int add_poll(int fd, int wanted, void *opaque)
{
	struct usernet *net = opaque;
	struct pollfd poll = { .fd = fd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (wanted & events[i].slirp)
			poll.events |= events[i].poll;
	make_room(net);
	net->polls[net->nr] = poll;
	return net->nr++;
}

static int get_events(int index, void *opaque)
{
	const struct usernet *net = opaque;
	unsigned int i;
	int got = 0;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (net->polls[index].revents & events[i].poll)
			got |= events[i].slirp;
	return got;
}

static void take_frames(struct usernet *net)
{
	unsigned int i;
	ssize_t length;

	for (i = 0; i < FRAMES; i++) {
		length = recv(net->packets, net->frame, FRAME_MAX, MSG_DONTWAIT | MSG_TRUNC);
		if (length < 0)
			return;
		if (length <= FRAME_MAX)
			slirp_calls.input(net->slirp, net->frame, length);
	}
}

static void *usernet_thread(void *arg)
{
	struct usernet *net = arg;

	for (;;) {
		__u32 timeout = UINT32_MAX;
		int ret;

		net->nr = 0;
		add_poll(net->packets, SLIRP_POLL_IN, net);
		slirp_calls.pollfds_fill(net->slirp, &timeout, add_poll, net);
		ret = poll(net->polls, net->nr, timeout > INT32_MAX ? -1 : (int)timeout);
		slirp_calls.pollfds_poll(net->slirp, ret < 0, get_events, net);
		if (ret > 0 && net->polls[0].revents)
			take_frames(net);
	}
	return NULL;
}

/* usernet_start() - begin to carry frames */
void usernet_start(void)
{
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < nr_networks; i++) {
		thread_run(&thread, "keel-usernet", SANDBOX_NETWORK, usernet_thread, networks[i]);
		pthread_detach(thread);
	}
}

static struct in_addr address(const char *text)
{
	struct in_addr address;

	inet_aton(text, &address);
	return address;
}

static void start_slirp(struct usernet *net)
{
	const SlirpConfig config = {
		.version = SLIRP_CONFIG_VERSION_MIN,
		.in_enabled = true,
		.vnetwork = address(NETWORK),
		.vnetmask = address(NETMASK),
		.vhost = address(HOST),
		.vnameserver = address(NAMESERVER),
		.vdhcp_start = address(GUEST),
	};

	net->slirp = slirp_calls.new(&config, &callbacks, net);
	if (!net->slirp)
		die(STATUS_INTERNAL, "--net user: libslirp does not start");
}

/**
 * usernet_open() - a user's own network, and its other end.
 * @forwards: ports of the host's that are the guest's
 * @nr:       how many
 *
 * Return: a tap.
 */
int usernet_open(const struct forward *forwards, unsigned int nr)
{
	struct usernet *net = calloc(1, sizeof(*net));
	unsigned int i;
	int fds[2];

	if (!net)
		die(STATUS_MEMORY, "no memory for --net user");
	slirp_load();
	get_network(fds);
	net->packets = fds[1];
	start_slirp(net);
	for (i = 0; i < nr; i++)
		if (slirp_calls.add_hostfwd(net->slirp, forwards[i].udp, address("127.0.0.1"),
					    forwards[i].host, address(GUEST), forwards[i].guest))
			die(STATUS_DISK, "--net user: port %u of the host: %s", forwards[i].host,
			    strerror(errno));
	networks[nr_networks++] = net;
	return fds[0];
}
