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

static int rng_attach(struct keel_vdev *vdev, const struct keel_attach *attach)
{
	return attach->fd == -1 ? 0 : -EINVAL;
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

const struct keel_backend keel_virtio_rng = {
	.type = KEEL_VIRTIO_RNG,
	.attach = rng_attach,
	.detach = rng_detach,
	.serve = rng_serve,
};
