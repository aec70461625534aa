// SPDX-License-Identifier: GPL-2.0
/*
 * Block device (VIRTIO 1.2, 5.2) on a file or a block device, wholly in the kernel: data
 * goes between the page cache, or the device below with O_DIRECT, and the guest's
 * memory without a copy in between.
 *
 * What is in the page cache is served by the vCPU that rang, if the file's system can say
 * that it would have to sleep; a worker does the rest. What goes past the page cache is
 * in flight until the device below is done. What can take long anyway, as a flush, is
 * in flight as well, in a worker of its own, so that the queue goes on.
 *
 * FLUSH is over when the data of all requests that were over before is on stable storage. A
 * driver that has not negotiated FLUSH takes the disk for a write-through one (5.2.6.2), and
 * gets that.
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../devices/virtio_blk.h"
#include "compat.h"
#include "virtio.h"

/**
 * struct blk_io - a request being done.
 * @flight:  if it is in flight
 * @queue:   whose
 * @next:    one that is free as well
 * @request: what is asked for
 * @kiocb:   IN and OUT: to the file
 * @work:    does what is neither
 * @status:  when it is over: KEEL_BLK_S_*
 */
struct blk_io {
	struct keel_flight flight;
	struct keel_vqueue *queue;
	struct blk_io *next;
	struct keel_blk_request request;
	struct kiocb kiocb;
	struct work_struct work;
	u8 status;
};

/**
 * struct blk_queue - a queue's requests.
 * @ios:  as many as it has descriptors, so that there is one for every chain; kvmalloc'ed
 * @free: those that are not in flight; with the queue's lock
 * @refused: requests that were answered with an error without being tried; likewise
 * @failed:  requests that were tried, and answered with an error; likewise
 */
struct blk_queue {
	struct blk_io *ios;
	struct blk_io *free;
	u64 refused;
	u64 failed;
};

/**
 * struct keel_blk - a disk.
 * @file:   what is behind it
 * @memory: its data is nowhere but in memory
 * @id:     serial number
 * @slow:   what takes long: a guest gets that many threads for it, and no more
 * @nr:     entries of @queues
 * @queues: all of them
 */
struct keel_blk {
	struct file *file;
	bool memory;
	u8 id[KEEL_BLK_ID_BYTES];
	struct workqueue_struct *slow;
	unsigned int nr;
	struct blk_queue queues[];
};

#define BLK_SLOW	8	/* flushes and the like of a disk that are done at a time */

/* ---- Attaching ---- */

/* One that appends would write where it likes. */
static bool blk_file_good(const struct file *file)
{
	umode_t mode = file_inode(file)->i_mode;

	if (file->f_flags & O_APPEND)
		return false;
	return (S_ISREG(mode) || S_ISBLK(mode)) && file->f_mode & FMODE_READ &&
	       file->f_op->read_iter && (!(file->f_mode & FMODE_WRITE) || file->f_op->write_iter);
}

/* File systems that have nothing to wait for, and do not say so (FMODE_NOWAIT). */
static bool blk_is_memory(const struct file *file)
{
	unsigned long magic = file->f_mapping->host->i_sb->s_magic;

	return magic == TMPFS_MAGIC || magic == RAMFS_MAGIC;
}

static void blk_free(struct keel_blk *blk)
{
	unsigned int i;

	for (i = 0; i < blk->nr; i++)
		kvfree(blk->queues[i].ios);
	if (blk->slow)
		destroy_workqueue(blk->slow);
	if (blk->file)
		fput(blk->file);
	kvfree(blk);
}

static void blk_work(struct work_struct *work);

static int blk_add_queue(struct keel_blk *blk, struct keel_vqueue *queue)
{
	unsigned int i, nr = queue->vdev->v->queue_size;
	struct blk_queue *q = &blk->queues[blk->nr];

	q->ios = kvcalloc(nr, sizeof(*q->ios), GFP_KERNEL_ACCOUNT);
	if (!q->ios)
		return -ENOMEM;
	blk->nr++;
	for (i = 0; i < nr; i++) {
		q->ios[i].queue = queue;
		q->ios[i].next = q->free;
		q->free = &q->ios[i];
		INIT_WORK(&q->ios[i].work, blk_work);
	}
	return 0;
}

static int blk_add_queues(struct keel_blk *blk, struct keel_vdev *vdev)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < vdev->nr_queues && !ret; i++)
		ret = blk_add_queue(blk, vdev->queues[i]);
	return ret;
}

static int blk_open(struct keel_blk *blk, int fd)
{
	blk->file = fget(fd);
	if (!blk->file || !blk_file_good(blk->file))
		return -EBADF;
	blk->memory = blk_is_memory(blk->file);
	blk->slow = alloc_workqueue("keel-blk-%d", WQ_UNBOUND, BLK_SLOW, task_tgid_nr(current));
	return blk->slow ? 0 : -ENOMEM;
}

static int blk_attach(struct keel_vdev *vdev, const struct keel_attach *attach)
{
	struct keel_blk *blk;
	int ret;

	blk = kvzalloc(struct_size(blk, queues, vdev->nr_queues), GFP_KERNEL_ACCOUNT);
	if (!blk)
		return -ENOMEM;
	memcpy(blk->id, attach->id, sizeof(blk->id));
	ret = blk_open(blk, attach->fd);
	if (!ret)
		ret = blk_add_queues(blk, vdev);
	if (ret)
		blk_free(blk);
	else
		vdev->data = blk;
	return ret;
}

static void blk_detach(struct keel_vdev *vdev)
{
	blk_free(vdev->data);
}

/* 5.2.4: the configuration begins with the capacity, in sectors. */
static u64 blk_capacity(const struct keel_virtio *v)
{
	u64 capacity;

	memcpy(&capacity, v->s->config, sizeof(capacity));
	return min_t(u64, capacity, S64_MAX / KEEL_BLK_SECTOR);
}

/* ---- Reading and writing ---- */

/*
 * A file system's protection against being frozen is kept until the write is over, which is
 * in some other thread: lockdep is told that this one has let go of it.
 */
static void blk_begin_write(struct kiocb *kiocb)
{
	struct inode *inode = file_inode(kiocb->ki_filp);

	kiocb->ki_flags |= IOCB_WRITE;
	if (!S_ISREG(inode->i_mode))
		return;
	sb_start_write(inode->i_sb);
	__sb_writers_release(inode->i_sb, SB_FREEZE_WRITE);
}

static void blk_end_write(struct kiocb *kiocb)
{
	struct inode *inode = file_inode(kiocb->ki_filp);

	if (!S_ISREG(inode->i_mode))
		return;
	__sb_writers_acquired(inode->i_sb, SB_FREEZE_WRITE);
	sb_end_write(inode->i_sb);
}

static int blk_moved(struct blk_io *io, ssize_t done)
{
	if (io->kiocb.ki_flags & IOCB_WRITE)
		blk_end_write(&io->kiocb);
	return done == io->request.len ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

static void blk_complete(struct kiocb *kiocb, long done)
{
	struct blk_io *io = container_of(kiocb, struct blk_io, kiocb);

	io->status = blk_moved(io, done);
	keel_virtio_done(io->queue, &io->flight);
}

/*
 * The vCPU is not to sleep: can that be seen to? A device below may say that it would have
 * to only when the request is in flight already, so what is direct is the worker's.
 */
static bool blk_set_nowait(const struct keel_blk *blk, struct kiocb *kiocb, bool write)
{
	if (blk->memory)
		return true;
	if (kiocb->ki_flags & IOCB_DIRECT || !(blk->file->f_mode & FMODE_NOWAIT))
		return false;
	if (write && (kiocb->ki_flags & IOCB_DSYNC || !keel_file_writes_nowait(blk->file)))
		return false;
	kiocb->ki_flags |= IOCB_NOWAIT;
	return true;
}

static ssize_t blk_issue(struct blk_io *io, struct iov_iter *iter, bool write)
{
	const struct file_operations *ops = io->kiocb.ki_filp->f_op;

	if (!write)
		return ops->read_iter(&io->kiocb, iter);
	blk_begin_write(&io->kiocb);
	return ops->write_iter(&io->kiocb, iter);
}

/* Return: true: it is to be done, as @io->kiocb says. */
static bool blk_prepare(const struct keel_blk *blk, struct blk_io *io, bool write)
{
	struct kiocb *kiocb = &io->kiocb;
	struct keel_vqueue *queue = io->queue;

	init_sync_kiocb(kiocb, blk->file);
	kiocb->ki_pos = io->request.offset;
	if (write && !(queue->ring.features & KEEL_BLK_F_FLUSH))
		kiocb->ki_flags |= IOCB_DSYNC;
	if (queue->nowait && !blk_set_nowait(blk, kiocb, write))
		return false;
	if (kiocb->ki_flags & IOCB_DIRECT) {
		kiocb->ki_complete = blk_complete;
		keel_flight_begin(&io->flight, queue);
	}
	return true;
}

/*
 * Data between the file and the guest. What a vCPU does not get done without sleeping is
 * done anew by the worker, from the beginning. Return: KEEL_BLK_S_*, -EAGAIN or -EIOCBQUEUED.
 */
static int blk_move(const struct keel_blk *blk, struct blk_io *io, bool write)
{
	const struct keel_blk_request *request = &io->request;
	struct keel_vqueue *queue = io->queue;
	struct iov_iter iter;
	ssize_t done;

	if (write && !(blk->file->f_mode & FMODE_WRITE))
		return KEEL_BLK_S_IOERR;
	if (keel_memory_iov(queue->vdev->vm, request->data, request->nr_data, queue->iov))
		return KEEL_BLK_S_IOERR;
	if (!blk_prepare(blk, io, write))
		return -EAGAIN;
	iov_iter_init(&iter, write ? WRITE : READ, queue->iov, request->nr_data, request->len);
	done = blk_issue(io, &iter, write);
	if (done == -EIOCBQUEUED)
		return done;
	if (!blk_moved(io, done))
		return KEEL_BLK_S_OK;
	return io->kiocb.ki_flags & IOCB_NOWAIT ? -EAGAIN : KEEL_BLK_S_IOERR;
}

/* ---- Everything else ---- */

static int blk_flush(const struct keel_blk *blk)
{
	return vfs_fsync(blk->file, 1) ? KEEL_BLK_S_IOERR : KEEL_BLK_S_OK;
}

static int blk_get_id(const struct keel_blk *blk, struct blk_io *io)
{
	const struct keel_blk_request *request = &io->request;
	struct keel_vqueue *queue = io->queue;
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

static void blk_work(struct work_struct *work)
{
	struct blk_io *io = container_of(work, struct blk_io, work);
	const struct keel_blk *blk = io->queue->vdev->data;

	if (io->request.type == KEEL_BLK_T_FLUSH)
		io->status = blk_flush(blk);
	else
		io->status = blk_ranges(blk, &io->request);
	keel_virtio_done(io->queue, &io->flight);
}

static int blk_leave(const struct keel_blk *blk, struct blk_io *io)
{
	keel_flight_begin(&io->flight, io->queue);
	queue_work(blk->slow, &io->work);
	return -EIOCBQUEUED;
}

/* ---- Requests ---- */

/* Return: KEEL_BLK_S_*, -EAGAIN or -EIOCBQUEUED. */
static int blk_do(const struct keel_blk *blk, struct blk_io *io)
{
	switch (io->request.type) {
	case KEEL_BLK_T_IN:
		return blk_move(blk, io, false);
	case KEEL_BLK_T_OUT:
		return blk_move(blk, io, true);
	case KEEL_BLK_T_GET_ID:
		return blk_get_id(blk, io);
	default:
		return blk_leave(blk, io);
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

static s64 blk_answer(const struct blk_io *io, u8 status)
{
	struct keel_vm *vm = io->queue->vdev->vm;

	if (!keel_memory_ops.write(vm, io->request.status, &status, sizeof(status)))
		return -EBADMSG;
	return blk_written(&io->request, status);
}

static s64 blk_tried(struct blk_queue *q, const struct blk_io *io, u8 status)
{
	q->failed += status != KEEL_BLK_S_OK;
	return blk_answer(io, status);
}

static s64 blk_serve(struct keel_vqueue *queue)
{
	struct keel_blk *blk = queue->vdev->data;
	struct blk_queue *q = &blk->queues[queue->index];
	struct blk_io *io = q->free;
	int ret;

	ret = keel_blk_parse(&io->request, &queue->chain, &keel_memory_ops, queue->vdev->vm,
			     blk_capacity(queue->vdev->v), queue->ring.features);
	if (ret > 0) {
		q->refused++;
		return blk_answer(io, ret);
	}
	if (!ret)
		ret = blk_do(blk, io);
	if (ret == -EIOCBQUEUED)
		q->free = io->next;
	return ret < 0 ? ret : blk_tried(q, io, ret);
}

static s64 blk_finish(struct keel_vqueue *queue, struct keel_flight *flight)
{
	struct blk_io *io = container_of(flight, struct blk_io, flight);
	struct keel_blk *blk = queue->vdev->data;
	struct blk_queue *q = &blk->queues[queue->index];

	io->next = q->free;
	q->free = io;
	return blk_tried(q, io, io->status);
}

/* Two for each queue */
static bool blk_counter(const struct keel_vdev *vdev, unsigned int i, char *name, size_t size,
			u64 *value)
{
	const struct keel_blk *blk = vdev->data;
	const struct blk_queue *q = &blk->queues[i / 2];

	if (i / 2 >= blk->nr)
		return false;
	scnprintf(name, size, "queue.%u.%s", i / 2, i % 2 ? "failed" : "refused");
	*value = READ_ONCE(*(i % 2 ? &q->failed : &q->refused));
	return true;
}

const struct keel_backend keel_virtio_blk = {
	.type = KEEL_VIRTIO_BLK,
	.attach = blk_attach,
	.detach = blk_detach,
	.serve = blk_serve,
	.finish = blk_finish,
	.counter = blk_counter,
};
