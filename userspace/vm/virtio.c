// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices: what --disk, --rng, --net, --vsock and --virtio-console ask for, as Keel
 * and ACPI want to be told, and what is behind each of them. Keel serves them, or has the
 * kernel's vhost do it; the launcher only opens files. Keel knows them by their descriptors,
 * so they stay open as long as the VM lives.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/config.h"
#include "status.h"
#include "stream/clients.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/vhost.h"
#include "vm/virtio.h"
#include "vm/vm.h"

/* Feature bits (VIRTIO 1.2, 5.2.3 and 6). */
#define F_RING_PACKED		34
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

/* Lines of the ISA bus that no chip of a PC's has; levels, and shared. */
static const __u32 lines[] = { 10, 11, 5 };

/* serve_parse() - the value of a property "serve=" */
bool serve_parse(const char *text, __u32 *serve)
{
	static const char *const kinds[] = {
		[KEEL_SERVE_INLINE] = "inline", [KEEL_SERVE_WORKER] = "worker",
		[KEEL_SERVE_POLL] = "poll",
	};

	for (*serve = 0; *serve < ARRAY_SIZE(kinds); ++*serve)
		if (!strcmp(text, kinds[*serve]))
			return true;
	return false;
}

/* transport_parse() - the value of a property "transport=" */
bool transport_parse(const char *text, enum transport *transport)
{
	*transport = !strcmp(text, "pci") ? TRANSPORT_PCI : TRANSPORT_MMIO;
	return *transport == TRANSPORT_PCI || !strcmp(text, "mmio");
}

/* A slot for each function, where the test device's is left free. */
static void place(const struct config *config, struct virtio *device, unsigned int *nr_pci,
		  unsigned int *nr_mmio)
{
	bool pci = config_has(config, KEEL_CLASS_PCIHOST);

	if (device->transport == TRANSPORT_ANY)
		device->transport = pci ? TRANSPORT_PCI : TRANSPORT_MMIO;
	if (device->transport == TRANSPORT_PCI) {
		if (!pci)
			die(STATUS_USAGE, "transport=pci: there is no PCI bus (--no-pci)");
		device->irq = KEEL_IRQ_DEFAULT;	/* of its slot */
		device->slot = ++*nr_pci < KEEL_PCITEST_SLOT ? *nr_pci : *nr_pci + 1;
		return;
	}
	device->base = VIRTIO_BASE + *nr_mmio * VIRTIO_STEP;
	device->irq = lines[*nr_mmio % ARRAY_SIZE(lines)];
	++*nr_mmio;
}

/**
 * virtio_list() - the virtio devices of a VM.
 * @config: the user's wishes
 * @list:   result; a device's place in it is its instance
 *
 * Return: how many.
 */
unsigned int virtio_list(const struct config *config, struct virtio list[VIRTIO_MAX])
{
	unsigned int i, nr = 0, nr_pci = 0, nr_mmio = 0;

	for (i = 0; i < config->disks.nr; i++)
		disk_parse(config->disks.text[i], &list[nr++]);
	if (config->rng)
		list[nr++] = (struct virtio){ .type = KEEL_VIRTIO_RNG, .queues = 1 };
	for (i = 0; i < config->nets.nr; i++)
		net_parse(config->nets.text[i], &list[nr++]);
	if (config->vsock)
		vsock_parse(config->vsock, &list[nr++]);
	if (config->ports.nr)
		port_console(config, &list[nr++]);
	for (i = 0; i < nr; i++)
		place(config, &list[i], &nr_pci, &nr_mmio);
	return nr;
}

/**
 * virtio_cmdline() - what a kernel is told of virtio devices without ACPI.
 * @config: the user's wishes
 * @text:   the kernel's command line without that
 *
 * Return: the command line. What is added has the form that Linux knows: a parameter
 * virtio_mmio.device=SIZE@BASE:IRQ for each device.
 */
const char *virtio_cmdline(const struct config *config, const char *text)
{
	struct virtio list[VIRTIO_MAX];
	unsigned int i, nr = config->virtio_cmdline ? virtio_list(config, list) : 0;
	char *longer;

	for (i = 0; i < nr; i++) {
		if (list[i].transport != TRANSPORT_MMIO)
			continue;
		if (asprintf(&longer, "%s%svirtio_mmio.device=%#x@%#llx:%u", text, *text ? " " : "",
			     KEEL_VIRTIO_MMIO_SIZE, list[i].base, list[i].irq) < 0)
			die(STATUS_MEMORY, "no memory for a command line");
		text = longer;	/* what it was is little, and may not be ours */
	}
	return text;
}

/* virtio_class() - KEEL_CLASS_*, of a device in the complete list */
__u16 virtio_class(const struct virtio *device)
{
	return device->transport == TRANSPORT_PCI ? KEEL_CLASS_VIRTIO_PCI : KEEL_CLASS_VIRTIO_MMIO;
}

/* libslirp takes frames as they are on a wire: with their checksums, and not longer. */
static __u64 net_features_off(const struct virtio *net)
{
	__u64 off = 1ULL << NET_F_GUEST_UFO | 1ULL << NET_F_HOST_UFO;

	if (net->pairs == 1)
		off |= 1ULL << NET_F_CTRL_VQ | 1ULL << NET_F_MQ;
	if (!strcmp(net->path, "user"))
		off |= 1ULL << NET_F_CSUM | 1ULL << NET_F_GUEST_CSUM | NET_OFFLOADS;
	return off;
}

/* Features that the device is to go without. */
static __u64 features_off(const struct virtio *device)
{
	__u64 off = device->split ? 1ULL << F_RING_PACKED : 0;

	if (device->type == KEEL_VIRTIO_NET)
		return net_features_off(device);
	if (device->type != KEEL_VIRTIO_BLK)
		return off;
	if (device->queues == 1)
		off |= 1ULL << BLK_F_MQ;
	if (device->read_only)
		off |= 1ULL << BLK_F_DISCARD | 1ULL << BLK_F_WRITE_ZEROES;
	else
		off |= 1ULL << BLK_F_RO;
	return off;
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
	struct virtio list[VIRTIO_MAX];
	unsigned int i, nr = virtio_list(config, list);

	for (i = 0; i < nr; i++) {
		memset(&devices[i], 0, sizeof(devices[i]));
		devices[i].class = virtio_class(&list[i]);
		devices[i].instance = i;
		devices[i].irq = list[i].irq;
		devices[i].base = list[i].base;
		devices[i].virtio.slot = list[i].slot;
		devices[i].virtio.type = list[i].type;
		devices[i].virtio.queues = list[i].queues;
		devices[i].virtio.features = features_off(&list[i]);
	}
	return nr;
}

static void attach_rng(const struct vm *vm, struct keel_attach *request)
{
	if (ioctl(vm->keel, KEEL_ATTACH, request))
		die(STATUS_DISK, "Keel does not take the entropy device: %s", strerror(errno));
}

static void attach(struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct keel_attach request = {
		.class = virtio_class(device), .instance = instance, .fd = -1,
		.serve = device->serve, .server = instance,
	};

	switch (device->type) {
	case KEEL_VIRTIO_NET:
	case KEEL_VIRTIO_VSOCK:
		vhost_attach(vm, device, &request);
		break;
	case KEEL_VIRTIO_CONSOLE:
		port_attach(vm, &request);
		break;
	case KEEL_VIRTIO_BLK:
		disk_attach(vm, device, &request);
		break;
	default:
		attach_rng(vm, &request);
	}
}

/* virtio_attach() - open what is behind the devices, and hand it to Keel */
void virtio_attach(struct vm *vm)
{
	struct virtio list[VIRTIO_MAX];
	unsigned int i, nr = virtio_list(vm->config, list);

	for (i = 0; i < nr; i++)
		attach(vm, &list[i], i);
}
