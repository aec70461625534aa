// SPDX-License-Identifier: GPL-2.0
/*
 * A socket: 64 bytes to a program on the host, which sends them back. The host has the context ID
 * 2; a program of its echoes at port 1234 (lab/bench/inside).
 */
#include "../../tests/payloads/virtio.h"
#include "measure.h"

#define VIRTIO_VSOCK	19
#define HOST_CID	2
#define HOST_PORT	1234
#define PORT		4321
#define STREAM		1
#define ROOM		0x40000		/* bytes that we say we can take */

#define ROUND_TRIPS	300
#define VECTOR		0x68		/* and 0x69 */
#define BYTES		64
#define RX_BUFFERS	32
#define RX_LENGTH	256

enum { RX, TX, EVENTS };
enum { REQUEST = 1, RESPONSE, RST, SHUTDOWN, RW, CREDIT_UPDATE, CREDIT_REQUEST };

struct packet {
	u64 src_cid, dst_cid;
	u32 src_port, dst_port, len;
	u16 type, op;
	u32 flags, buf_alloc, fwd_cnt;
	u8 data[BYTES];
} __packed;

#define HEADER		(sizeof(struct packet) - BYTES)

static struct vfunction vsock;
static struct vring rings[3];
static u8 rx[RX_BUFFERS][RX_LENGTH] __aligned(16);
static struct packet tx;
static u32 connected, sent, received;

static void offer(unsigned int slot)
{
	rings[RX].desc[slot] = (struct vdesc){ (u32)rx[slot], RX_LENGTH, VRING_WRITE, 0 };
	vring_add(&rings[RX], slot);
}

static void take(const struct packet *p)
{
	if (p->op == RESPONSE)
		connected = 1;
	else if (p->op == RW)
		received += p->len;
}

static void rx_interrupt(void)
{
	int slot;

	do {
		while ((slot = vring_get(&rings[RX], NULL)) >= 0) {
			take((const void *)rx[slot]);
			offer(slot);
		}
	} while (vring_enable(&rings[RX]));
	vring_kick(&rings[RX]);
}

static void tx_interrupt(void)
{
	do {
		while (vring_get(&rings[TX], NULL) >= 0)
			;
	} while (vring_enable(&rings[TX]));
}

static void send(u16 op, u32 len)
{
	tx.op = op;
	tx.len = len;
	tx.fwd_cnt = received;
	rings[TX].desc[0] = (struct vdesc){ (u32)&tx, HEADER + len, 0, 0 };
	vring_add(&rings[TX], 0);
	vring_kick(&rings[TX]);
}

static void round_trip(void)
{
	sent += BYTES;
	send(RW, BYTES);
	halt_until(&received, sent);
}

void measure_vsock(void)
{
	unsigned int i;

	if (!virtio_find(&vsock, VIRTIO_VSOCK))
		return;
	check(virtio_negotiate(&vsock, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX), "a socket device");
	check(virtio_queue(&vsock, &rings[RX], RX, VECTOR + RX), "its queue for receiving");
	check(virtio_queue(&vsock, &rings[TX], TX, VECTOR + TX), "its queue for sending");
	check(virtio_queue(&vsock, &rings[EVENTS], EVENTS, 0), "its queue for events");
	handlers[VECTOR + RX] = rx_interrupt;
	handlers[VECTOR + TX] = tx_interrupt;
	virtio_ready(&vsock);
	for (i = 0; i < RX_BUFFERS; i++)
		offer(i);
	vring_kick(&rings[RX]);
	tx = (struct packet){ .src_cid = mmio_read(vsock.config), .dst_cid = HOST_CID,
			      .src_port = PORT, .dst_port = HOST_PORT, .type = STREAM,
			      .buf_alloc = ROOM };
	send(REQUEST, 0);
	halt_until(&connected, 1);
	measure("vsock-round-trip", round_trip, ROUND_TRIPS, 1);
}
