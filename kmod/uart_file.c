// SPDX-License-Identifier: GPL-2.0
/*
 * A UART's bytes as a file: two rings, one each way. The guest's side runs inside
 * doors and never waits; the file's side reads and writes in bulk.
 *
 * Until the file is opened for the first time there are no rings, and bytes are dropped. While
 * it is closed later, the oldest bytes give way under either policy: a guest must not hang
 * because no reader takes its bytes.
 */
#include <linux/anon_inodes.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/ioctls.h>

#include "vm.h"

#define CONSOLE_TX_SIZE	65536
#define CONSOLE_RX_SIZE	4096
#define CONSOLE_CHUNK	512
/* Bytes that guests receive in one door, at most */
#define CONSOLE_BURST	64

/**
 * struct keel_console_stream - one UART's stream.
 * @vm:       its VM
 * @uart:     the device
 * @nr:       in @vm->consoles
 * @lock:     for everything below; inside the board's lock
 * @open:     a file exists
 * @stalled:  the transmitter is held
 * @rings:    what @tx and @rx are in; NULL until the file is opened for the first time
 * @tx:       from the guest
 * @rx:       to the guest
 * @wait:     readers and writers
 * @reading:  one reader at a time keeps the bytes in order
 * @dropped:  bytes that gave way
 */
struct keel_console_stream {
	struct keel_vm *vm;
	struct keel_dev *uart;
	unsigned int nr;
	spinlock_t lock;
	bool open;
	bool stalled;
	u8 *rings;
	DECLARE_KFIFO_PTR(tx, u8);
	DECLARE_KFIFO_PTR(rx, u8);
	wait_queue_head_t wait;
	struct mutex reading;
	u64 dropped;
};

/* ---- The guest's side: under the board's lock ---- */

static struct keel_console_stream *console_of(struct keel_vm *vm, const struct keel_dev *dev)
{
	unsigned int i;

	for (i = 0; i < vm->nr_consoles; i++)
		if (vm->consoles[i].uart == dev)
			return &vm->consoles[i];
	return NULL;
}

/**
 * keel_console_byte_out() - the guest sends a byte.
 * @vm:   the VM
 * @dev:  which UART
 * @byte: the byte
 *
 * A UART that sends on after a return of false (drop-oldest) pushes the oldest byte
 * out.
 *
 * Return: true if there is room for one more.
 */
bool keel_console_byte_out(struct keel_vm *vm, const struct keel_dev *dev, u8 byte)
{
	struct keel_console_stream *stream = console_of(vm, dev);
	unsigned long flags;
	bool room;

	if (!stream)
		return true;
	spin_lock_irqsave(&stream->lock, flags);
	if (!stream->rings) {
		stream->dropped++;
		spin_unlock_irqrestore(&stream->lock, flags);
		return true;
	}
	if (kfifo_is_empty(&stream->tx))
		vm->effects.consoles |= BIT(stream->nr);
	if (kfifo_is_full(&stream->tx)) {
		kfifo_skip(&stream->tx);
		stream->dropped++;
	}
	kfifo_put(&stream->tx, byte);
	room = !stream->open || !kfifo_is_full(&stream->tx);
	stream->stalled = !room;
	spin_unlock_irqrestore(&stream->lock, flags);
	return room;
}

/* The next byte that waits, if the guest's UART has room for it. */
static bool console_receive_one(struct keel_console_stream *stream)
{
	struct keel_vm *vm = stream->vm;
	u8 byte;

	if (!kfifo_peek(&stream->rx, &byte) ||
	    keel_board_host(vm->board, stream->uart, KEEL_HOST_RX, byte) != 1)
		return false;
	kfifo_skip(&stream->rx);
	vm->effects.consoles |= BIT(stream->nr);
	return true;
}

/*
 * The board's lock makes us the only reader of the ring, which needs no lock then.
 * @lock would be taken twice: a receiving UART may send. A writer sets the bit after
 * it has put bytes in, so bytes that arrive meanwhile are not forgotten.
 *
 * Return: how many of @most bytes are left.
 */
static unsigned int console_receive(struct keel_console_stream *stream, unsigned int most)
{
	struct keel_vm *vm = stream->vm;

	clear_bit(stream->nr, &vm->rx_waiting);
	smp_mb__after_atomic();	/* the bit before the ring */
	while (most && console_receive_one(stream))
		most--;
	if (!kfifo_is_empty(&stream->rx))
		set_bit(stream->nr, &vm->rx_waiting);
	return most;
}

/**
 * keel_consoles_receive() - give guests what waits for them, as far as it goes in.
 * @vm: the VM; called at the end of each door while something waits
 *
 * CONSOLE_BURST bytes at most: there may be more for the next door.
 */
void keel_consoles_receive(struct keel_vm *vm)
{
	unsigned long waiting = vm->rx_waiting;
	unsigned int i, most = CONSOLE_BURST;

	for_each_set_bit(i, &waiting, BITS_PER_LONG) {
		most = console_receive(&vm->consoles[i], most);
		if (most)
			continue;
		vm->effects.wakes |= KEEL_RECEIVE_MORE;
		break;
	}
}

/* Return: false: the transmitter goes on waiting. */
static bool console_has_room(struct keel_console_stream *stream)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&stream->lock, flags);
	stream->stalled = stream->open && kfifo_is_full(&stream->tx);
	room = !stream->stalled;
	spin_unlock_irqrestore(&stream->lock, flags);
	return room;
}

/**
 * keel_consoles_loaded() - the board's state was replaced: a transmitter that was
 * held then has room now, unless its stream is full here, too.
 * @vm: the VM; paused
 */
void keel_consoles_loaded(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_consoles; i++)
		if (console_has_room(&vm->consoles[i]))
			keel_door_host_input(vm, vm->consoles[i].uart, KEEL_HOST_TX_ROOM, 0);
}

/**
 * keel_console_wake() - a stream has something to read or room to write.
 * @vm: the VM
 * @nr: which stream
 */
void keel_console_wake(struct keel_vm *vm, unsigned int nr)
{
	wake_up_interruptible_poll(&vm->consoles[nr].wait, EPOLLIN | EPOLLOUT);
}

/* ---- The file's side ---- */

static unsigned int console_take(struct keel_console_stream *stream, u8 *chunk, size_t size)
{
	unsigned long flags;
	unsigned int n;
	bool resume;

	spin_lock_irqsave(&stream->lock, flags);
	n = kfifo_out(&stream->tx, chunk, size);
	resume = stream->stalled && kfifo_len(&stream->tx) <= CONSOLE_TX_SIZE / 2;
	if (resume)
		stream->stalled = false;
	spin_unlock_irqrestore(&stream->lock, flags);
	if (resume)
		keel_door_host_input(stream->vm, stream->uart, KEEL_HOST_TX_ROOM, 0);
	return n;
}

static ssize_t console_read_chunks(struct keel_console_stream *stream, char __user *to, size_t size)
{
	u8 chunk[CONSOLE_CHUNK];
	size_t done = 0;

	/* A guest may send as fast as we read. */
	while (done < size && !(done && signal_pending(current))) {
		unsigned int n = console_take(stream, chunk, min(size - done, sizeof(chunk)));

		if (!n)
			break;
		if (copy_to_user(to + done, chunk, n))
			return done ? done : -EFAULT;
		done += n;
	}
	return done;
}

static ssize_t console_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct keel_console_stream *stream = file->private_data;
	ssize_t ret;

	if (!size)
		return 0;
	do {
		if (mutex_lock_interruptible(&stream->reading))
			return -ERESTARTSYS;
		ret = console_read_chunks(stream, to, size);
		mutex_unlock(&stream->reading);
		if (ret)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(stream->wait, !kfifo_is_empty(&stream->tx));
	} while (!ret);
	return ret;
}

static unsigned int console_give(struct keel_console_stream *stream, const u8 *chunk, size_t size)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&stream->lock, flags);
	n = kfifo_in(&stream->rx, chunk, size);
	if (n)
		set_bit(stream->nr, &stream->vm->rx_waiting);
	spin_unlock_irqrestore(&stream->lock, flags);
	if (n)
		keel_door_receive(stream->vm);
	return n;
}

static ssize_t console_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct keel_console_stream *stream = file->private_data;
	u8 chunk[CONSOLE_CHUNK];
	size_t done = 0;

	while (done < size) {
		size_t want = min(size - done, sizeof(chunk));
		unsigned int n;

		if (copy_from_user(chunk, from + done, want))
			return done ? done : -EFAULT;
		n = console_give(stream, chunk, want);
		done += n;
		if (n)
			continue;
		if (file->f_flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		if (wait_event_interruptible(stream->wait, !kfifo_is_full(&stream->rx)))
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

static __poll_t console_poll(struct file *file, poll_table *table)
{
	struct keel_console_stream *stream = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &stream->wait, table);
	if (!kfifo_is_empty(&stream->tx))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!kfifo_is_full(&stream->rx))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

/* TIOCOUTQ: bytes that were written and that the guest's UART has not taken yet */
static long console_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct keel_console_stream *stream = file->private_data;

	if (command != TIOCOUTQ)
		return -ENOTTY;
	return put_user((int)kfifo_len(&stream->rx), (int __user *)arg);
}

/* Marks the stream as open or not; false if it was so before. */
static bool console_set_open(struct keel_console_stream *stream, bool open)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&stream->lock, flags);
	changed = stream->open != open;
	stream->open = open;
	stream->stalled = false;
	spin_unlock_irqrestore(&stream->lock, flags);
	return changed;
}

/* Called only by the thread that opens the stream. */
static int console_make_rings(struct keel_console_stream *stream)
{
	unsigned long flags;
	u8 *rings;

	if (stream->rings)
		return 0;
	rings = kvmalloc(CONSOLE_TX_SIZE + CONSOLE_RX_SIZE, GFP_KERNEL_ACCOUNT);
	if (!rings)
		return -ENOMEM;
	spin_lock_irqsave(&stream->lock, flags);
	kfifo_init(&stream->tx, rings, CONSOLE_TX_SIZE);
	kfifo_init(&stream->rx, rings + CONSOLE_TX_SIZE, CONSOLE_RX_SIZE);
	stream->rings = rings;
	spin_unlock_irqrestore(&stream->lock, flags);
	return 0;
}

static int console_release(struct inode *inode, struct file *file)
{
	struct keel_console_stream *stream = file->private_data;
	struct keel_vm *vm = stream->vm;

	console_set_open(stream, false);
	/* The reader is gone: the guest must not wait for room. */
	keel_door_host_input(vm, stream->uart, KEEL_HOST_TX_ROOM, 0);
	keel_vm_put(vm);
	return 0;
}

static const struct file_operations console_fops = {
	.owner = THIS_MODULE,
	.read = console_read,
	.write = console_write,
	.poll = console_poll,
	.unlocked_ioctl = console_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = console_release,
	.llseek = noop_llseek,
};

/* KEEL_OPEN_CONSOLE */
long keel_console_open(void *owner, void *arg)
{
	const struct keel_console *console = arg;
	struct keel_console_stream *stream;
	struct keel_vm *vm = owner;
	struct keel_dev *dev;
	long fd;

	if (console->flags & ~(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	dev = keel_board_find(vm->board, KEEL_CLASS_UART, console->instance);
	stream = dev ? console_of(vm, dev) : NULL;
	if (!stream)
		return -ENODEV;
	if (!console_set_open(stream, true))
		return -EBUSY;
	keel_vm_get(vm);
	fd = console_make_rings(stream);
	if (!fd)
		fd = anon_inode_getfd("keel-console", &console_fops, stream,
				      O_RDWR | console->flags);
	if (fd < 0) {
		console_set_open(stream, false);
		keel_vm_put(vm);
	}
	return fd;
}

/**
 * keel_console_dropped() - bytes that gave way to newer ones.
 * @vm: the VM
 * @nr: which stream
 */
u64 keel_console_dropped(const struct keel_vm *vm, unsigned int nr)
{
	return READ_ONCE(vm->consoles[nr].dropped);
}

/**
 * keel_consoles_init() - a stream for each UART of the board.
 * @vm: with its board
 */
int keel_consoles_init(struct keel_vm *vm)
{
	struct keel_board *board = vm->board;
	unsigned int i, nr = 0;

	for (i = 0; i < board->nr_devs; i++)
		nr += board->devs[i]->ops->class == KEEL_CLASS_UART;
	if (nr > BITS_PER_LONG / 2)	/* a bit each in struct keel_effects */
		return -EINVAL;
	vm->consoles = kvcalloc(nr, sizeof(*vm->consoles), GFP_KERNEL_ACCOUNT);
	if (nr && !vm->consoles)
		return -ENOMEM;
	for (i = 0; i < board->nr_devs; i++) {
		struct keel_console_stream *stream = &vm->consoles[vm->nr_consoles];

		if (board->devs[i]->ops->class != KEEL_CLASS_UART)
			continue;
		stream->vm = vm;
		stream->uart = board->devs[i];
		stream->nr = vm->nr_consoles++;
		spin_lock_init(&stream->lock);
		init_waitqueue_head(&stream->wait);
		mutex_init(&stream->reading);
	}
	return 0;
}

/**
 * keel_consoles_destroy() - the VM is gone, and all its files.
 * @vm: the VM
 */
void keel_consoles_destroy(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_consoles; i++)
		kvfree(vm->consoles[i].rings);
	kvfree(vm->consoles);
}
