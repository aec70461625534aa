// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices over MMIO that the command line describes, as Linux' parameter
 * virtio_mmio.device=SIZE@BASE:IRQ: a disk, and an entropy device that is driven.
 */
#include "virtio.h"

/* VIRTIO 1.2, 4.2.2 */
#define MAGIC		0x00
#define VERSION		0x04
#define DEVICE_ID	0x08
#define DRIVER_FEATURES	0x20
#define DRIVER_SEL	0x24
#define QUEUE_SEL	0x30
#define QUEUE_SIZE	0x38
#define QUEUE_READY	0x44
#define QUEUE_NOTIFY	0x50
#define INTERRUPT	0x60
#define INTERRUPT_ACK	0x64
#define STATUS		0x70
#define QUEUE_DESC	0x80
#define QUEUE_DRIVER	0x90
#define QUEUE_DEVICE	0xa0
#define CAPACITY	0x100

#define OCW3_READ_IRR	0x0a

static const char key[] = "virtio_mmio.device=";
static struct vring ring;
static u8 bytes[16];

struct told {
	u32 size, base, irq;
};

static u32 digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Decimal, or hexadecimal after 0x. */
static u32 number(const char **at)
{
	u32 base = 10, n = 0;

	if ((*at)[0] == '0' && (*at)[1] == 'x') {
		base = 16;
		*at += 2;
	}
	while (digit(**at) < base)
		n = n * base + digit(*(*at)++);
	return n;
}

static bool begins(const char *text)
{
	unsigned int i;

	for (i = 0; key[i]; i++)
		if (text[i] != key[i])
			return false;
	return true;
}

/* The next device that "*at" describes. */
static bool find(const char **at, struct told *told)
{
	while (**at && !begins(*at))
		++*at;
	if (!**at)
		return false;
	*at += sizeof(key) - 1;
	told->size = number(at);
	if (*(*at)++ != '@')
		return false;
	told->base = number(at);
	if (*(*at)++ != ':')
		return false;
	told->irq = number(at);
	return !**at || **at == ' ';
}

static void put_address(u32 at, const void *address)
{
	mmio_write(at, (u32)address);
	mmio_write(at + 4, 0);
}

static void drive(u32 base, u64 features)
{
	mmio_write(base + STATUS, 0);
	mmio_write(base + STATUS, 3);
	mmio_write(base + DRIVER_SEL, 1);
	mmio_write(base + DRIVER_FEATURES, (VIRTIO_F_VERSION_1 | features) >> 32);
	mmio_write(base + STATUS, 0xb);
	mmio_write(base + QUEUE_SEL, 0);
	mmio_write(base + QUEUE_SIZE, VRING_SIZE);
	put_address(base + QUEUE_DESC, ring.desc);
	put_address(base + QUEUE_DRIVER, ring.avail);
	put_address(base + QUEUE_DEVICE, &ring.used);
	mmio_write(base + QUEUE_READY, 1);
	mmio_write(base + STATUS, 0xf);
}

/* Is its line requested at the slave 8259A? */
static bool requested(u32 irq)
{
	outb(SLAVE, OCW3_READ_IRR);
	return inb(SLAVE) >> (irq - 8) & 1;
}

static void test_entropy(const struct told *told)
{
	drive(told->base, 0);
	check(!requested(told->irq), "its interrupt is not requested");
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
	mmio_write(told->base + QUEUE_NOTIFY, 0);
	check(vring_await(&ring), "the entropy device gives bytes");
	is(mmio_read(told->base + INTERRUPT), 1, "its interrupt status says so");
	check(requested(told->irq), "and it requests its interrupt");
	mmio_write(told->base + INTERRUPT_ACK, 1);
	check(!requested(told->irq), "until that is acknowledged");
}

/* A doorbell that all queues share has the queue in its data's lower half. */
static void test_data(const struct told *told)
{
	ring = (struct vring){ 0 };
	drive(told->base, VIRTIO_F_DATA);
	is(mmio_read(told->base + STATUS), 0xf, "with data in notifications");
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
	mmio_write(told->base + QUEUE_NOTIFY, (u32)ring.next << 16);
	check(vring_await(&ring), "it gives bytes");
	vring_add(&ring, 0);
	mmio_write(told->base + QUEUE_NOTIFY, (u32)ring.next << 16 | 1);
	pause_us(200);
	check(vring_get(&ring, NULL) < 0, "but not if they name another queue,");
	mmio_write(told->base + QUEUE_NOTIFY, 0xffff0000);
	check(vring_await(&ring), "until they name the right one");
}

static void test_device(const struct told *told, unsigned int type)
{
	is(told->size, 0x200, "size of its registers");
	is(mmio_read(told->base + MAGIC), 0x74726976, "its registers are at the given address");
	is(mmio_read(told->base + VERSION), 2, "version");
	is(mmio_read(told->base + DEVICE_ID), type, "type");
}

void test(void)
{
	const char *at = command_line();
	struct told told = { 0 };

	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	check(find(&at, &told), "the command line describes a device");
	test_device(&told, VIRTIO_BLK);
	is(mmio_read(told.base + CAPACITY), 2048, "a disk's capacity");
	check(find(&at, &told), "and another one");
	test_device(&told, VIRTIO_RNG);
	test_entropy(&told);
	test_data(&told);
	check(!find(&at, &told), "and no third one");
	check(ends_with(command_line(), " -- last"), "words behind \"--\" are behind them");
}
