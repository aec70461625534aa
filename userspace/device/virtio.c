// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices: their rows for Keel, and their descriptions in ACPI or on the command line.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/aml.h"
#include "config/config.h"
#include "config/net.h"
#include "config/table.h"
#include "config/virtio.h"
#include "device/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/memory.h"

/* Feature bits (VIRTIO 1.2, 5.2.3 and 6). */
#define F_RING_PACKED		34
#define F_NOTIFICATION_DATA	38
#define BLK_F_RO		5
#define BLK_F_MQ		12
#define BLK_F_DISCARD		13
#define BLK_F_WRITE_ZEROES	14

/* Feature bits (VIRTIO 1.2, 5.1.3): what a tap, vhost, or a user's own network has not. */
#define NET_F_CSUM		0
#define NET_F_GUEST_CSUM	1
#define NET_OFFLOADS		(0xffULL << 7)	/* GUEST_* and HOST_* */
#define NET_F_GUEST_UFO		10
#define NET_F_HOST_UFO		14
#define NET_F_CTRL_VQ		17
#define NET_F_MQ		22

/* libslirp takes frames as they are on a wire: with their checksums, and not longer. */
static __u64 net_features_off(const struct net_config *net)
{
	__u64 off = 1ULL << NET_F_GUEST_UFO | 1ULL << NET_F_HOST_UFO;

	if (net->pairs == 1)
		off |= 1ULL << NET_F_CTRL_VQ | 1ULL << NET_F_MQ;
	if (net->user)
		off |= 1ULL << NET_F_CSUM | 1ULL << NET_F_GUEST_CSUM | NET_OFFLOADS;
	return off;
}

/* Features that the device is to go without. */
static __u64 features_off(const struct virtio *device)
{
	__u64 off = device->split ? 1ULL << F_RING_PACKED : 0;

	if (!device->notification_data)
		off |= 1ULL << F_NOTIFICATION_DATA;
	if (device->type == KEEL_VIRTIO_NET)
		return off | net_features_off(device->net);
	if (device->type != KEEL_VIRTIO_BLK)
		return off;
	if (device->queues == 1)
		off |= 1ULL << BLK_F_MQ;
	if (device->disk->read_only)
		off |= 1ULL << BLK_F_DISCARD | 1ULL << BLK_F_WRITE_ZEROES;
	else
		off |= 1ULL << BLK_F_RO;
	return off;
}

static bool names_ports(const struct config *config, const struct virtio *device)
{
	return device->notify == NOTIFY_PORT ||
	       (device->notify == NOTIFY_ANY && config->ports_first);
}

/**
 * virtio_devices() - the devices as Keel wants to be told.
 * @config:  the user's wishes
 * @devices: room for VIRTIO_MAX
 *
 * Return: how many.
 */
unsigned int virtio_devices(const struct config *config, struct keel_device_config *devices)
{
	const struct virtio *list = config->virtio;
	unsigned int i, nr = config->nr_virtio;

	for (i = 0; i < nr; i++) {
		memset(&devices[i], 0, sizeof(devices[i]));
		devices[i].class = list[i].class;
		devices[i].instance = i;
		devices[i].irq = list[i].irq;
		devices[i].base = list[i].base;
		devices[i].virtio.slot = list[i].slot;
		devices[i].virtio.type = list[i].type;
		devices[i].virtio.queues = list[i].queues;
		if (list[i].transport == TRANSPORT_PCI && !names_ports(config, &list[i]))
			devices[i].virtio.flags |= KEEL_VIRTIO_NOTIFY_MEMORY;
		if (list[i].legacy)
			devices[i].virtio.flags |= KEEL_VIRTIO_LEGACY;
		devices[i].virtio.features = features_off(&list[i]);
	}
	return nr;
}

/* ---- For the guest ---- */

/*
 * Bytes of a command line before a word "--", from which on its words are not the kernel's but
 * those of its first process. Quotes keep spaces in a word, as for Linux.
 */
static size_t length_for_kernel(const char *text)
{
	bool quoted = false, start = true;
	const char *at;

	for (at = text; *at; at++) {
		if (start && !strncmp(at, "--", 2) && (!at[2] || isspace((unsigned char)at[2])))
			return at - text;
		quoted ^= *at == '"';
		start = !quoted && isspace((unsigned char)*at);
	}
	return at - text;
}

/**
 * virtio_cmdline() - the words by which a kernel without ACPI finds virtio devices.
 * @config: the user's wishes
 * @text:   the kernel's command line without that
 *
 * Return: the command line. What is added is behind the kernel's own words, and has the form that
 * Linux knows: a parameter virtio_mmio.device=SIZE@BASE:IRQ for each device.
 */
const char *virtio_cmdline(const struct config *config, const char *text)
{
	unsigned int i, nr = config->virtio_cmdline ? config->nr_virtio : 0;
	const struct virtio *list = config->virtio;

	for (i = 0; i < nr; i++) {
		size_t length = length_for_kernel(text);
		const char *rest = text + length;
		bool apart = length && !isspace((unsigned char)rest[-1]);
		char *longer;

		if (list[i].transport != TRANSPORT_MMIO)
			continue;
		if (asprintf(&longer, "%.*s%svirtio_mmio.device=%#x@%#llx:%u%s%s", (int)length,
			     text, apart ? " " : "", KEEL_VIRTIO_MMIO_SIZE, list[i].base,
			     list[i].irq, *rest ? " " : "", rest) < 0)
			die(STATUS_MEMORY, "no memory for a command line");
		text = longer;	/* the old one is short, and may be the user's */
	}
	return text;
}

/* _CRS of a virtio device: Memory32Fixed (ReadWrite, ...), Interrupt (Level, ActiveHigh, Shared) */
static void append_virtio_crs(struct aml *t, const struct virtio *device)
{
	const __u32 base = device->base;
	const __u8 memory[] = { 0x86, 9, 0, 1, base, base >> 8, base >> 16, base >> 24,
				0, KEEL_VIRTIO_MMIO_SIZE >> 8, 0, 0 };
	const __u8 interrupt[] = { 0x89, 6, 0, 0x09, 1, device->irq, 0, 0, 0 };
	const __u8 finish[] = { 0x79, 0 };

	aml_crs(t, sizeof(memory) + sizeof(interrupt) + sizeof(finish));
	aml_append(t, memory, sizeof(memory));
	aml_append(t, interrupt, sizeof(interrupt));
	aml_append(t, finish, sizeof(finish));
}

/* virtio_aml() - describe those over MMIO in the DSDT, unless the command line has them */
void virtio_aml(struct aml *t, const struct config *config)
{
	static const __u8 hid[] = { 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0 };
	unsigned int i, nr = config->virtio_cmdline ? 0 : config->nr_virtio;
	const struct virtio *list = config->virtio;

	for (i = 0; i < nr; i++) {
		const char name[4] = { 'V', 'R', aml_digit(i >> 4), aml_digit(i) };
		__u8 bytes[64];
		struct aml crs = { .rom = bytes };

		if (list[i].transport != TRANSPORT_MMIO)
			continue;
		append_virtio_crs(&crs, &list[i]);
		aml_device(t, name, hid, sizeof(hid), i, &crs);
	}
}

/* virtio_lines() - a bit for each ISA line that those over MMIO are on */
unsigned int virtio_lines(const struct config *config)
{
	unsigned int i, lines = 0;

	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].transport == TRANSPORT_MMIO)
			lines |= BIT(config->virtio[i].irq);
	return lines;
}
