/* SPDX-License-Identifier: GPL-2.0 */
/* Virtio devices. */
#ifndef KEEL_VM_VIRTIO_H
#define KEEL_VM_VIRTIO_H

#include "config/config.h"
#include "vm/usernet.h"

struct keel_device_config;
struct vm;

#define VIRTIO_MAX	(2 * MODULES_MAX + 3)
#define VIRTIO_BASE	0xfeb00000ULL	/* the first virtio device over MMIO ... */
#define VIRTIO_STEP	0x1000ULL	/* ... and the distance of the next */

enum transport { TRANSPORT_ANY, TRANSPORT_PCI, TRANSPORT_MMIO };

/**
 * struct virtio - a virtio device.
 * @type:   KEEL_VIRTIO_*
 * @queues: how many
 * @transport: TRANSPORT_PCI or TRANSPORT_MMIO, once the list is complete
 * @slot:   over PCI: device number
 * @base:   over MMIO: guest physical address
 * @irq:    over MMIO: line; else KEEL_IRQ_DEFAULT
 * @serve:  KEEL_SERVE_*
 * @split:  split rings alone, whatever the driver could do
 * @read_only: of a disk
 * @direct: of a disk: past the host's page cache
 * @unlocked: of a disk: others may have it as well
 * @raw:    of a disk: it is raw, whatever it looks like
 * @stop_when_full: of a disk: pause the VM when there is no space for what it writes
 * @block_size: of a disk: bytes; 0: what is behind it has
 * @id:     of a disk: serial number, padded with zeroes
 * @path:   of a disk: file, block device, or "fd=N"; of a network device: "tap=NAME", "fd=N",
 *          "user"
 * @pairs:  of a network device: pairs of queues
 * @forwards: of a user's own network: ports
 * @nr_forwards: how many
 * @mac:    of a network device; zero: to be made up
 * @cid:    of a socket device: context ID
 */
struct virtio {
	__u16 type;
	unsigned int queues;
	unsigned int pairs;
	enum transport transport;
	__u8 slot;
	__u64 base;
	__u32 irq;
	__u32 serve;
	bool split;
	bool read_only;
	bool direct;
	bool unlocked;
	bool raw;
	bool stop_when_full;
	__u32 block_size;
	char id[20];
	char path[512];
	__u8 mac[6];
	struct forward forwards[FORWARDS_MAX];
	unsigned int nr_forwards;
	__u64 cid;
};

bool transport_parse(const char *text, enum transport *transport);
bool serve_parse(const char *text, __u32 *serve);
__u16 virtio_class(const struct virtio *device);
unsigned int virtio_list(const struct config *config, struct virtio list[VIRTIO_MAX]);
const char *virtio_cmdline(const struct config *config, const char *text);
unsigned int virtio_devices(const struct config *config, struct keel_device_config *devices);
void virtio_attach(struct vm *vm);

#endif /* KEEL_VM_VIRTIO_H */
