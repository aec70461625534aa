// SPDX-License-Identifier: GPL-2.0
/*
 * A network interface: a packet goes to the host's kernel as an ICMP echo request of 64 bytes, and
 * comes back; as in Linux, the sent packet causes an interrupt as well.
 */
#include "../../tests/payloads/echo.h"
#include "../../tests/payloads/virtio.h"
#include "measure.h"

#define ROUND_TRIPS	500
#define VECTOR		0x60		/* and 0x61 */

#define NET_F_MAC	BIT(5)
#define NET_F_MRG_RXBUF	BIT(15)
#define NET_HEADER	12
#define RX_BUFFERS	32
#define RX_LENGTH	1536

enum { RX, TX };

static struct vfunction net;
static struct vring net_rings[2];
static u8 rx[RX_BUFFERS][RX_LENGTH] __aligned(16);
static u8 tx[NET_HEADER + ECHO_FRAME] __aligned(16);
static u32 net_sent, net_answered;

static void rx_offer(unsigned int slot)
{
	net_rings[RX].desc[slot] = (struct vdesc){ (u32)rx[slot], RX_LENGTH, VRING_WRITE, 0 };
	vring_add(&net_rings[RX], slot);
}

static void rx_interrupt(void)
{
	u32 len;
	int slot;

	do {
		while ((slot = vring_get(&net_rings[RX], &len)) >= 0) {
			net_answered += echo_answers(rx[slot] + NET_HEADER, len - NET_HEADER,
						     net_sent);
			rx_offer(slot);
		}
	} while (vring_enable(&net_rings[RX]));
	vring_kick(&net_rings[RX]);
}

static void tx_interrupt(void)
{
	do {
		while (vring_get(&net_rings[TX], NULL) >= 0)
			;
	} while (vring_enable(&net_rings[TX]));
}

static void round_trip(void)
{
	echo_number(tx + NET_HEADER, ++net_sent);
	net_rings[TX].desc[0] = (struct vdesc){ (u32)tx, sizeof(tx), 0, 0 };
	vring_add(&net_rings[TX], 0);
	vring_kick(&net_rings[TX]);
	halt_until(&net_answered, net_sent);
}

void measure_net(void)
{
	unsigned int i;

	if (!virtio_find(&net, VIRTIO_NET))
		return;
	check(virtio_negotiate(&net, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | NET_F_MAC |
			       NET_F_MRG_RXBUF) && net.features & VIRTIO_F_EVENT_IDX,
	      "a network interface with EVENT_IDX");
	check(virtio_queue(&net, &net_rings[RX], RX, VECTOR + RX), "its queue for receiving");
	check(virtio_queue(&net, &net_rings[TX], TX, VECTOR + TX), "its queue for sending");
	handlers[VECTOR + RX] = rx_interrupt;
	handlers[VECTOR + TX] = tx_interrupt;
	virtio_ready(&net);
	for (i = 0; i < RX_BUFFERS; i++)
		rx_offer(i);
	vring_kick(&net_rings[RX]);
	echo_make(tx + NET_HEADER);
	measure("net-round-trip", round_trip, ROUND_TRIPS, 1);
}
