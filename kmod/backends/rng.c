// SPDX-License-Identifier: GPL-2.0
/* Entropy device (VIRTIO 1.2, 5.4): from the kernel's generator. */
#include <linux/random.h>
#include <linux/uaccess.h>

#include "../backend.h"
#include "../memory.h"
#include "../vdev.h"
#include "../vqueue.h"

/* A driver asks again if it wants more; 5.4.6.2 lets the device give less. */
#define RNG_MOST	4096
#define RNG_CHUNK	256

static int rng_attach(struct keel_vdev *vdev, const void *arg, void *config)
{
	return 0;
}

static void rng_detach(struct keel_vdev *vdev)
{
}

/* Return: bytes given; less than @len if the memory is gone. */
static u32 rng_fill(const struct keel_vm *vm, u64 addr, u32 len)
{
	u8 bytes[RNG_CHUNK];
	u32 done, part;

	for (done = 0; done < len; done += part) {
		part = min_t(u32, len - done, sizeof(bytes));
		get_random_bytes(bytes, part);
		if (!keel_memory_ops.write((void *)vm, addr + done, bytes, part))
			break;
	}
	return done;
}

static s64 rng_serve(struct keel_vqueue *queue)
{
	const struct keel_chain *chain = &queue->w->chain;
	const struct keel_seg *seg = &chain->segs[chain->nr_out];
	u32 written = 0, want, got;
	unsigned int i;

	if (chain->nr_out || !chain->nr_in)	/* 5.4.6.1: only buffers to be written */
		return -EBADMSG;
	for (i = 0; i < chain->nr_in && written < RNG_MOST; i++, seg++) {
		want = min_t(u32, seg->len, RNG_MOST - written);
		got = rng_fill(queue->vdev->vm, seg->addr, want);
		written += got;
		if (got < want)
			break;
	}
	return written;
}

static const struct keel_backend rng_backend = {
	.type = KEEL_VIRTIO_RNG,
	.attach = rng_attach,
	.detach = rng_detach,
	.serve = rng_serve,
};

/* KEEL_ATTACH_RNG */
long keel_attach_rng(void *owner, void *arg)
{
	const struct keel_attach_rng *a = arg;
	const struct keel_attachment attachment = {
		.backend = &rng_backend, .class = a->class, .instance = a->instance,
		.server = a->server, .serve = a->serve, .arg = a,
	};

	return keel_vdev_attach(owner, &attachment);
}
