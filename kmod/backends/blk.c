// SPDX-License-Identifier: GPL-2.0
/*
 * Block device (VIRTIO 1.2, 5.2) on a file or a block device, wholly in the kernel: data
 * goes between the page cache, or the device below with O_DIRECT, and the guest's
 * memory without a copy in between.
 *
 * What is in the page cache is served by the vCPU that notified, if its file system can report
 * that it would have to sleep; a server does the rest. What goes past the page cache is
 * in flight until the device below is done. What can take long anyway, as a flush, is
 * in flight as well, as a job of its own, so that the queue goes on if a second thread serves.
 *
 * FLUSH is over when the data of all requests that were over before is on stable storage. A
 * driver that has not negotiated FLUSH takes the disk for a write-through one (5.2.6.2), and
 * gets that, for discards and zeroes as well. The kernel reports a failed write-back once; what
 * was lost stays lost, so this disk has no successful flush after that.
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/magic.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../../devices/virtio/blk.h"
#include "../compat.h"
#include "../hostfile.h"
#include "../backend.h"
#include "../kick.h"
#include "../latency.h"
#include "../memory.h"
#include "../vdev.h"
#include "../vqueue.h"

#define BLK_MOST_BLOCK	65536

static_assert(KEEL_BLK_SERIAL == KEEL_BLK_ID_BYTES);

/**
 * struct blk_config - the configuration (5.2.4): fields are the standard's.
 */
struct blk_config {
	/* private: see the standard */
	u64 capacity;
	u32 size_max;
	u32 seg_max;
	u8  geometry[4];
	u32 blk_size;
	u8  physical_block_exp;
	u8  alignment_offset;
	u16 min_io_size;
	u32 opt_io_size;
	u8  writeback;
	u8  unused;
	u16 num_queues;
	u32 max_discard_sectors;
	u32 max_discard_seg;
	u32 discard_sector_alignment;
	u32 max_write_zeroes_sectors;
	u32 max_write_zeroes_seg;
	u8  write_zeroes_may_unmap;
	u8  unused1[3];
} __packed;

static_assert(sizeof(struct blk_config) == 60);

/**
 * struct blk_io - a request being done.
 * @flight:  if it is in flight
 * @queue:   its queue
 * @next:    in blk_queue.free
 * @request: what is asked for
 * @kiocb:   IN and OUT: to the file
 * @job:     does the other types
 * @features: of the driver, for @job
 * @began:   while latencies are measured: when the driver notified of it, or it was taken,
 *           CLOCK_MONOTONIC in ns; or 0
 * @status:  when it is over: KEEL_BLK_S_*
 */
struct blk_io {
	struct keel_flight flight;
	struct keel_vqueue *queue;
	struct blk_io *next;
	struct keel_blk_request request;
	struct kiocb kiocb;
	struct keel_job job;
	u64 features;
	u64 began;
	u8 status;
};

/**
 * struct blk_queue - a queue's requests.
 * @ios:  as many as it has descriptors, so that there is one for every chain; kvmalloc'ed when
 *        the queue first needs one
 * @nr:   how many
 * @free: those that are not in flight; with the queue's lock
 * @refused: requests that were answered with an error without being tried; likewise
 * @failed:  requests that were tried, and answered with an error; likewise
 */
struct blk_queue {
	struct blk_io *ios;
	unsigned int nr;
	struct blk_io *free;
	u64 refused;
	u64 failed;
};

/**
 * struct keel_blk - a disk.
 * @vdev:   its data side
 * @file:   what is behind it
 * @read_only: it was offered as read-only, even if the driver did not accept that
 * @stop_when_full: KEEL_BLK_STOP_WHEN_FULL
 * @lost:   a flush has failed
 * @id:     serial number
 * @nr:     entries of @queues
 * @queues: all of them
 */
struct keel_blk {
	struct keel_vdev *vdev;
	struct keel_hostfile file;
	bool read_only;
	bool stop_when_full;
	bool lost;
	u8 id[KEEL_BLK_SERIAL];
	unsigned int nr;
	struct blk_queue queues[];
};

/* ---- Attaching ---- */

/* File systems that never wait, but do not set FMODE_NOWAIT. */
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
	kfree(blk);
}

static u64 blk_sectors(u64 bytes)
{
	return bytes / KEEL_BLK_SECTOR;
}

/* What the device offers, and what all requests can be. */
static void blk_tell_limits(struct blk_config *config, const struct keel_virtio *v)
{
	config->seg_max = max(v->queue_size, 3) - 2;	/* beside a header and a status */
	config->num_queues = v->nr_queues;
	if (v->offered & KEEL_BLK_F_DISCARD) {
		config->max_discard_sectors = U32_MAX;
		config->max_discard_seg = KEEL_BLK_MAX_RANGES;
	}
	if (v->offered & KEEL_BLK_F_WRITE_ZEROES) {
		config->max_write_zeroes_sectors = U32_MAX;
		config->max_write_zeroes_seg = KEEL_BLK_MAX_RANGES;
		config->write_zeroes_may_unmap = 1;
	}
}

static void blk_configure(struct blk_config *config, const struct keel_virtio *v,
			  const struct keel_attach_blk *a)
{
	config->capacity = a->capacity;
	config->blk_size = a->block_size;
	config->physical_block_exp = a->physical_block_exp;
	config->alignment_offset = a->alignment_offset;
	config->min_io_size = a->min_io_size;
	config->opt_io_size = a->opt_io_size;
	config->discard_sector_alignment = a->discard_alignment;
	blk_tell_limits(config, v);
}

static int blk_attach(struct keel_vdev *vdev, const void *arg, void *config)
{
	bool read_only = vdev->v->offered & KEEL_BLK_F_RO;
	const struct keel_attach_blk *a = arg;
	struct keel_blk *blk;
	int ret;

	blk = kzalloc(struct_size(blk, queues, vdev->nr_queues), GFP_KERNEL_ACCOUNT);
	if (!blk)
		return -ENOMEM;
	memcpy(blk->id, a->serial, sizeof(blk->id));
	blk->vdev = vdev;
	blk->nr = vdev->nr_queues;
	blk->read_only = read_only;
	blk->stop_when_full = a->flags & KEEL_BLK_STOP_WHEN_FULL;
	ret = keel_hostfile_set(&blk->file, a->fd, KEEL_HOSTFILE_DISK,
				FMODE_READ | (read_only ? 0 : FMODE_WRITE));
	if (!ret && a->fd == -1)
		ret = -EBADF;
	if (ret) {
		blk_free(blk);
		return ret;
	}
	vdev->data = blk;
	blk_configure(config, vdev->v, a);
	return 0;
}

static void blk_detach(struct keel_vdev *vdev)
{
	blk_free(vdev->data);
}

/* ---- Requests of a queue ---- */

static void blk_run(struct keel_job *job);

static int blk_make_ios(struct blk_queue *q, struct keel_vqueue *queue)
{
	unsigned int i, nr = queue->vdev->v->queue_size;

	q->ios = kvcalloc(nr, sizeof(*q->ios), GFP_KERNEL_ACCOUNT);
	if (!q->ios)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		q->ios[i].queue = queue;
		q->ios[i].next = q->free;
		q->free = &q->ios[i];
		keel_job_init(&q->ios[i].job, blk_run);
		keel_job_bind(&q->ios[i].job, queue->vdev->server);
	}
	q->nr = nr;
	return 0;
}

/* 5.2.4: the configuration begins with the capacity, in sectors. */
static u64 blk_capacity(const struct keel_virtio *v)
{
	u64 capacity;

	memcpy(&capacity, v->s->config, sizeof(capacity));
	return min(capacity, blk_sectors(S64_MAX));
}

/* ---- Reading and writing ---- */

/* The status for the guest, from the result of a read or write. */
static u8 blk_status(const struct blk_io *io, long done)
{
	return done == io->request.len ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

/*
 * Any context. The process may be gone: the request's references to the file and the VM end
 * here.
 */
static void blk_complete(struct kiocb *kiocb, long done)
{
	struct blk_io *io = container_of(kiocb, struct blk_io, kiocb);
	struct keel_vm *vm = io->queue->vdev->vm;
	struct file *file = kiocb->ki_filp;

	if (kiocb->ki_flags & IOCB_WRITE)
		keel_iocb_written(kiocb);
	io->status = blk_status(io, done);
	keel_vqueue_done(io->queue, &io->flight);
	fput(file);
	keel_ref_put_later(&vm->ref);
}

/*
 * The vCPU must not sleep. Return: false if this may sleep. With O_DIRECT, a device below may
 * report that only when the request is in flight already, so a server does direct requests.
 */
static bool blk_set_nowait(struct kiocb *kiocb, bool write)
{
	const struct file *file = kiocb->ki_filp;

	if (blk_is_memory(file))
		return true;
	if (kiocb->ki_flags & IOCB_DIRECT || !(file->f_mode & FMODE_NOWAIT))
		return false;
	if (write && (kiocb->ki_flags & IOCB_DSYNC || !keel_file_writes_nowait(file)))
		return false;
	kiocb->ki_flags |= IOCB_NOWAIT;
	return true;
}

/* Return: true: do it, as @io->kiocb says. */
static bool blk_prepare(struct blk_io *io, struct file *file, bool write)
{
	struct kiocb *kiocb = &io->kiocb;
	struct keel_vqueue *queue = io->queue;

	init_sync_kiocb(kiocb, file);
	kiocb->ki_pos = io->request.offset;
	if (write && !(queue->w->ring.features & KEEL_BLK_F_FLUSH))
		kiocb->ki_flags |= IOCB_DSYNC;
	if (queue->nowait && !blk_set_nowait(kiocb, write))
		return false;
	if (kiocb->ki_flags & IOCB_DIRECT)
		kiocb->ki_complete = blk_complete;
	return true;
}

static ssize_t blk_issue(struct blk_io *io, bool write)
{
	const struct keel_blk_request *request = &io->request;
	struct file *file = io->kiocb.ki_filp;
	struct keel_vqueue *queue = io->queue;
	struct iov_iter iter;

	if (request->len > MAX_RW_COUNT)	/* no read() or write() is longer */
		return -EINVAL;
	iov_iter_init(&iter, write ? WRITE : READ, queue->w->iov, request->nr_data, request->len);
	return write ? keel_iocb_write(file, &io->kiocb, &iter) :
		       vfs_iocb_iter_read(file, &io->kiocb, &iter);
}

/* In flight from before it is issued; the completion lets go of the file and the VM. */
static ssize_t blk_issue_flight(struct blk_io *io, bool write)
{
	struct keel_vm *vm = io->queue->vdev->vm;
	ssize_t done;

	keel_flight_begin(&io->flight, io->queue);
	get_file(io->kiocb.ki_filp);
	keel_ref_get(&vm->ref);
	done = blk_issue(io, write);
	if (done == -EIOCBQUEUED)
		return done;
	fput(io->kiocb.ki_filp);
	keel_ref_put(&vm->ref);	/* not the last: its file is open */
	return done;
}

static bool blk_was_interrupted(ssize_t done)
{
	return done == -EINTR || done == -ERESTARTSYS || done == -ERESTARTNOINTR ||
	       done == -ERESTARTNOHAND || done == -ERESTART_RESTARTBLOCK;
}

/* Every KEEL_RUN returns, until KEEL_RESUME. */
static void blk_report_full(const struct keel_blk *blk)
{
	struct keel_vm *vm = blk->vdev->vm;

	WRITE_ONCE(vm->full, &blk->vdev->v->dev);
	keel_kick_vcpus(vm);
}

/*
 * A request that a kick interrupted is put back, and tried again when the thread has handled
 * the kick. With KEEL_BLK_STOP_WHEN_FULL, a write that fails, or ends early, for lack of space
 * below is tried again when the VM goes on. Return: KEEL_BLK_S_IOERR or -EAGAIN.
 */
static int blk_failed(const struct keel_blk *blk, struct blk_io *io, bool write, ssize_t done)
{
	bool full = done >= 0 || done == -ENOSPC || done == -EDQUOT;

	if (blk_was_interrupted(done) || (done >= 0 && signal_pending(current))) {
		keel_vqueue_wake(io->queue);
		return -EAGAIN;
	}
	if (!write || !full || !blk->stop_when_full)
		return KEEL_BLK_S_IOERR;
	blk_report_full(blk);
	return -EAGAIN;
}

/*
 * What a vCPU cannot finish without sleeping, the server does again from the beginning.
 * Return: KEEL_BLK_S_*, -EAGAIN or -EIOCBQUEUED.
 */
static int blk_move_file(struct keel_blk *blk, struct blk_io *io, struct file *file, bool write)
{
	ssize_t done;

	if (!blk_prepare(io, file, write))
		return -EAGAIN;
	done = io->kiocb.ki_complete ? blk_issue_flight(io, write) : blk_issue(io, write);
	if (done == -EIOCBQUEUED)
		return done;
	if (done == io->request.len)
		return KEEL_BLK_S_OK;
	if (io->kiocb.ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	return blk_failed(blk, io, write, done);
}

static struct file *blk_file(const struct keel_blk *blk, struct keel_vqueue *queue)
{
	struct file *file = queue->file;

	if (file)
		return file;
	file = keel_hostfile_get(&blk->file);
	if (!IS_ERR(file))
		queue->file = file;
	return file;
}

/* Data between the file and the guest. Return: KEEL_BLK_S_*, -EAGAIN or -EIOCBQUEUED. */
static int blk_move(struct keel_blk *blk, struct blk_io *io, bool write)
{
	const struct keel_blk_request *request = &io->request;
	struct keel_vqueue *queue = io->queue;
	struct file *file;

	if (keel_memory_iov(queue->vdev->vm, request->data, request->nr_data, queue->w->iov))
		return KEEL_BLK_S_IOERR;
	file = blk_file(blk, queue);
	if (IS_ERR(file))
		return KEEL_BLK_S_IOERR;
	return blk_move_file(blk, io, file, write);
}

/* ---- Everything else ---- */

static int blk_sync(struct keel_blk *blk, struct file *file)
{
	if (vfs_fsync(file, 1))
		WRITE_ONCE(blk->lost, true);
	return READ_ONCE(blk->lost) ? KEEL_BLK_S_IOERR : KEEL_BLK_S_OK;
}

static int blk_get_id(const struct keel_blk *blk, struct blk_io *io)
{
	const struct keel_blk_request *request = &io->request;
	struct keel_vqueue *queue = io->queue;
	struct iov_iter iter;

	if (keel_memory_iov(queue->vdev->vm, request->data, request->nr_data, queue->w->iov))
		return KEEL_BLK_S_IOERR;
	iov_iter_init(&iter, READ, queue->w->iov, request->nr_data, request->len);
	return copy_to_iter(blk->id, sizeof(blk->id), &iter) == sizeof(blk->id) ?
	       KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

static int blk_allocate(struct file *file, int mode, const struct keel_blk_range *range)
{
	return vfs_fallocate(file, mode | FALLOC_FL_KEEP_SIZE, range->offset, range->len);
}

/* A hole reads as zeroes, on files and on block devices. */
static int blk_range(struct file *file, u32 type, const struct keel_blk_range *range)
{
	if (!range->len)
		return 0;
	if (type == KEEL_BLK_T_WRITE_ZEROES && !range->unmap)
		return blk_allocate(file, FALLOC_FL_ZERO_RANGE, range);
	return blk_allocate(file, FALLOC_FL_PUNCH_HOLE, range);
}

static int blk_ranges(struct keel_blk *blk, struct blk_io *io, struct file *file)
{
	const struct keel_blk_request *request = &io->request;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < request->nr_ranges && !ret; i++)
		ret = blk_range(file, request->type, &request->ranges[i]);
	if (ret == -EOPNOTSUPP)
		return KEEL_BLK_S_UNSUPP;
	if (ret)
		return KEEL_BLK_S_IOERR;
	return io->features & KEEL_BLK_F_FLUSH ? KEEL_BLK_S_OK : blk_sync(blk, file);
}

/* In a thread of the process, without the queue's lock. */
static void blk_do_slow(struct blk_io *io)
{
	struct keel_blk *blk = io->queue->vdev->data;
	struct file *file = keel_hostfile_get(&blk->file);

	io->status = KEEL_BLK_S_IOERR;
	if (IS_ERR(file))
		return;
	if (io->request.type == KEEL_BLK_T_FLUSH)
		io->status = blk_sync(blk, file);
	else
		io->status = blk_ranges(blk, io, file);
	fput(file);
}

static void blk_run(struct keel_job *job)
{
	struct blk_io *io = container_of(job, struct blk_io, job);

	blk_do_slow(io);
	keel_vqueue_done(io->queue, &io->flight);
}

static int blk_leave(struct blk_io *io)
{
	io->features = io->queue->w->ring.features;
	keel_flight_begin(&io->flight, io->queue);
	keel_job_post(&io->job);
	return -EIOCBQUEUED;
}

/* Runs the jobs here: a server without threads, or a paused one, does not hold up a stop. */
static void blk_hurry(struct keel_vqueue *queue)
{
	struct keel_blk *blk = queue->vdev->data;
	struct blk_queue *q = &blk->queues[queue->index];
	unsigned int i;

	for (i = 0; i < q->nr; i++)
		if (keel_job_steal(&q->ios[i].job))
			blk_run(&q->ios[i].job);
}

/* ---- Requests ---- */

/* Return: KEEL_BLK_S_*, -EAGAIN or -EIOCBQUEUED. */
static int blk_do(struct keel_blk *blk, struct blk_io *io)
{
	switch (io->request.type) {
	case KEEL_BLK_T_IN:
		return blk_move(blk, io, false);
	case KEEL_BLK_T_OUT:
		return blk_move(blk, io, true);
	case KEEL_BLK_T_GET_ID:
		return blk_get_id(blk, io);
	default:
		return blk_leave(io);
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

/* ---- Latencies ---- */

static void blk_begin(struct blk_io *io)
{
	io->began = keel_latency_begin(io->queue->vdev->vm);
	if (io->began)
		io->began = READ_ONCE(io->queue->since) ?: io->began;
}

/* A request that is put back has begun when it was first taken. */
static void blk_taken(const struct blk_io *io, int ret)
{
	WRITE_ONCE(io->queue->since, ret == -EAGAIN ? io->began : 0);
}

static noinline void blk_measured(const struct blk_io *io)
{
	const struct keel_blk_request *request = &io->request;
	struct keel_vdev *vdev = io->queue->vdev;
	enum keel_request_type type = KEEL_REQUEST_OTHER;
	bool moved = true;

	if (request->type == KEEL_BLK_T_IN)
		type = KEEL_REQUEST_READ;
	else if (request->type == KEEL_BLK_T_OUT)
		type = KEEL_REQUEST_WRITE;
	else
		moved = false;
	if (request->type == KEEL_BLK_T_FLUSH)
		type = KEEL_REQUEST_FLUSH;
	keel_latency_requested(vdev->vm, vdev - vdev->vm->vdevs, type, io->began,
			       moved ? request->offset : 0, moved ? request->len : 0);
}

static s64 blk_tried(struct blk_queue *q, const struct blk_io *io, u8 status)
{
	if (keel_watched() && io->began)
		blk_measured(io);
	q->failed += status != KEEL_BLK_S_OK;
	return blk_answer(io, status);
}

static int blk_parse(const struct keel_blk *blk, struct keel_vqueue *queue, struct blk_io *io)
{
	u64 features = queue->w->ring.features;

	if (blk->read_only)	/* what was offered decides, not what was accepted */
		features |= KEEL_BLK_F_RO;
	return keel_blk_parse(&io->request, &queue->w->chain, &keel_memory_ops, queue->vdev->vm,
			      blk_capacity(queue->vdev->v), features);
}

static s64 blk_serve(struct keel_vqueue *queue)
{
	struct keel_blk *blk = queue->vdev->data;
	struct blk_queue *q = &blk->queues[queue->index];
	struct blk_io *io;
	int ret;

	if (!q->ios && blk_make_ios(q, queue))
		return queue->nowait ? -EAGAIN : -EBADMSG;
	io = q->free;
	io->began = 0;
	if (keel_watched())
		blk_begin(io);
	ret = blk_parse(blk, queue, io);
	if (ret > 0) {
		q->refused++;
		return blk_answer(io, ret);
	}
	if (!ret)
		ret = blk_do(blk, io);
	if (keel_watched())
		blk_taken(io, ret);
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

static const struct keel_backend blk_backend = {
	.type = KEEL_VIRTIO_BLK,
	.attach = blk_attach,
	.detach = blk_detach,
	.serve = blk_serve,
	.finish = blk_finish,
	.hurry = blk_hurry,
	.counter = blk_counter,
};

static bool blk_sane(const struct keel_attach_blk *a)
{
	if (a->flags & ~KEEL_BLK_STOP_WHEN_FULL || a->reserved)
		return false;
	return is_power_of_2(a->block_size) && a->block_size >= KEEL_BLK_SECTOR &&
	       a->block_size <= BLK_MOST_BLOCK && a->capacity <= blk_sectors(S64_MAX) &&
	       !(a->capacity & (blk_sectors(a->block_size) - 1));
}

/* KEEL_ATTACH_BLK */
long keel_attach_blk(void *owner, void *arg)
{
	const struct keel_attach_blk *a = arg;
	const struct keel_attachment attachment = {
		.backend = &blk_backend, .class = a->class, .instance = a->instance,
		.server = a->server, .serve = a->serve, .arg = a,
	};

	return blk_sane(a) ? keel_vdev_attach(owner, &attachment) : -EINVAL;
}
