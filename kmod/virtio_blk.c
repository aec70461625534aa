// SPDX-License-Identifier: GPL-2.0
/*
 * Block device (VIRTIO 1.2, 5.2) on a file or a block device, wholly in the kernel: data
 * goes between the page cache, or the device below with O_DIRECT, and the guest's
 * memory without a copy in between.
 *
 * FLUSH is over when the data is on stable storage. A driver that has not negotiated FLUSH
 * takes the disk for a write-through one (5.2.6.2), and gets that.
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../devices/virtio_blk.h"
#include "virtio.h"

/**
 * struct keel_blk - a disk.
 * @file:     what is behind it
 * @id:       serial number
 * @requests: kmalloc'ed, one for each queue
 */
struct keel_blk {
	struct file *file;
	u8 id[KEEL_BLK_ID_BYTES];
	struct keel_blk_request requests[];
};

/* One that appends would write where it likes. */
static bool blk_file_good(const struct file *file)
{
	umode_t mode = file_inode(file)->i_mode;

	if (file->f_flags & O_APPEND)
		return false;
	return (S_ISREG(mode) || S_ISBLK(mode)) && file->f_mode & FMODE_READ &&
	       file->f_op->read_iter && (!(file->f_mode & FMODE_WRITE) || file->f_op->write_iter);
}

static int blk_attach(struct keel_vdev *vdev, const struct keel_attach *attach)
{
	struct keel_blk *blk;

	blk = kvzalloc(struct_size(blk, requests, vdev->nr_queues), GFP_KERNEL_ACCOUNT);
	if (!blk)
		return -ENOMEM;
	memcpy(blk->id, attach->id, sizeof(blk->id));
	blk->file = fget(attach->fd);
	if (blk->file && blk_file_good(blk->file)) {
		vdev->data = blk;
		return 0;
	}
	if (blk->file)
		fput(blk->file);
	kvfree(blk);
	return -EBADF;
}

static void blk_detach(struct keel_vdev *vdev)
{
	struct keel_blk *blk = vdev->data;

	fput(blk->file);
	kvfree(blk);
}

/* 5.2.4: the configuration begins with the capacity, in sectors. */
static u64 blk_capacity(const struct keel_virtio *v)
{
	u64 capacity;

	memcpy(&capacity, v->s->config, sizeof(capacity));
	return min_t(u64, capacity, S64_MAX / KEEL_BLK_SECTOR);
}

/* Data between the file and the guest. Return: KEEL_BLK_S_*. */
static int blk_move(struct keel_vqueue *queue, const struct keel_blk_request *request, bool write)
{
	struct keel_blk *blk = queue->vdev->data;
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t done;

	if (write && !(blk->file->f_mode & FMODE_WRITE))
		return KEEL_BLK_S_IOERR;
	if (keel_memory_iov(queue->vdev->vm, request->data, request->nr_data, queue->iov))
		return KEEL_BLK_S_IOERR;
	iov_iter_init(&iter, write ? WRITE : READ, queue->iov, request->nr_data, request->len);
	init_sync_kiocb(&kiocb, blk->file);
	kiocb.ki_pos = request->offset;
	if (write) {
		file_start_write(blk->file);
		done = blk->file->f_op->write_iter(&kiocb, &iter);
		file_end_write(blk->file);
	} else {
		done = blk->file->f_op->read_iter(&kiocb, &iter);
	}
	return done == request->len ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

static int blk_flush(const struct keel_blk *blk)
{
	return vfs_fsync(blk->file, 1) ? KEEL_BLK_S_IOERR : KEEL_BLK_S_OK;
}

static int blk_write(struct keel_vqueue *queue, const struct keel_blk_request *request)
{
	int status = blk_move(queue, request, true);

	if (status || queue->ring.features & KEEL_BLK_F_FLUSH)
		return status;
	return blk_flush(queue->vdev->data);
}

static int blk_get_id(struct keel_vqueue *queue, const struct keel_blk_request *request)
{
	struct keel_blk *blk = queue->vdev->data;
	struct iov_iter iter;

	if (keel_memory_iov(queue->vdev->vm, request->data, request->nr_data, queue->iov))
		return KEEL_BLK_S_IOERR;
	iov_iter_init(&iter, READ, queue->iov, request->nr_data, request->len);
	return copy_to_iter(blk->id, sizeof(blk->id), &iter) == sizeof(blk->id) ?
	       KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

static int blk_allocate(const struct keel_blk *blk, int mode, const struct keel_blk_range *range)
{
	int ret = vfs_fallocate(blk->file, mode | FALLOC_FL_KEEP_SIZE, range->offset, range->len);

	if (ret == -EOPNOTSUPP)
		return KEEL_BLK_S_UNSUPP;
	return ret ? KEEL_BLK_S_IOERR : KEEL_BLK_S_OK;
}

/* A hole reads as zeroes, on files and on block devices. */
static int blk_range(const struct keel_blk *blk, u32 type, const struct keel_blk_range *range)
{
	if (!range->len)
		return KEEL_BLK_S_OK;
	if (!(blk->file->f_mode & FMODE_WRITE))
		return KEEL_BLK_S_IOERR;
	if (type == KEEL_BLK_T_WRITE_ZEROES && !range->unmap)
		return blk_allocate(blk, FALLOC_FL_ZERO_RANGE, range);
	return blk_allocate(blk, FALLOC_FL_PUNCH_HOLE, range);
}

static int blk_ranges(const struct keel_blk *blk, const struct keel_blk_request *request)
{
	int status = KEEL_BLK_S_OK;
	unsigned int i;

	for (i = 0; i < request->nr_ranges && !status; i++)
		status = blk_range(blk, request->type, &request->ranges[i]);
	return status;
}

static int blk_do(struct keel_vqueue *queue, const struct keel_blk_request *request)
{
	switch (request->type) {
	case KEEL_BLK_T_IN:
		return blk_move(queue, request, false);
	case KEEL_BLK_T_OUT:
		return blk_write(queue, request);
	case KEEL_BLK_T_FLUSH:
		return blk_flush(queue->vdev->data);
	case KEEL_BLK_T_GET_ID:
		return blk_get_id(queue, request);
	default:
		return blk_ranges(queue->vdev->data, request);
	}
}

/* How much of the in-part was written, the status byte included. */
static s64 blk_written(const struct keel_blk_request *request, u8 status)
{
	if (status)
		return 1;
	if (request->type == KEEL_BLK_T_IN)
		return request->len + 1;
	return request->type == KEEL_BLK_T_GET_ID ? KEEL_BLK_ID_BYTES + 1 : 1;
}

static s64 blk_serve(struct keel_vqueue *queue)
{
	struct keel_blk *blk = queue->vdev->data;
	struct keel_blk_request *request = &blk->requests[queue->index];
	struct keel_vm *vm = queue->vdev->vm;
	int ret;
	u8 status;

	ret = keel_blk_parse(request, &queue->chain, &keel_memory_ops, vm,
			     blk_capacity(queue->vdev->v), queue->ring.features);
	if (ret == KEEL_BLK_S_OK)
		ret = blk_do(queue, request);
	if (ret < 0)
		return ret;
	status = ret;
	if (!keel_memory_ops.write(vm, request->status, &status, sizeof(status)))
		return -EBADMSG;
	return blk_written(request, status);
}

const struct keel_backend keel_virtio_blk = {
	.type = KEEL_VIRTIO_BLK,
	.attach = blk_attach,
	.detach = blk_detach,
	.serve = blk_serve,
};
