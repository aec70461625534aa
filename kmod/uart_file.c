// SPDX-License-Identifier: GPL-2.0
/*
 * A UART's bytes as a file: it reads and writes them in bulk, and waits. A debug console's as well,
 * for reading alone.
 */
#include <linux/anon_inodes.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <asm/ioctls.h>
#include <asm/termios.h>

#include "../devices/board/build.h"
#include "door.h"
#include "lock.h"
#include "uart_file.h"
#include "uart_ring.h"
#include "vm.h"

#define UART_FILE_CHUNK	512

static unsigned int uart_file_take(struct keel_uart_ring *ring, u8 *chunk, size_t size)
{
	bool resume;
	unsigned int n = keel_uart_ring_take(ring, chunk, size, &resume);

	if (resume)
		keel_door_host_input(ring->vm, ring->uart, KEEL_HOST_TX_ROOM, 0);
	return n;
}

static ssize_t uart_file_read_chunks(struct keel_uart_ring *ring, char __user *to, size_t size)
{
	u8 chunk[UART_FILE_CHUNK];
	size_t done = 0;

	/* A guest may send as fast as we read. */
	while (done < size && !(done && signal_pending(current))) {
		unsigned int n = uart_file_take(ring, chunk, min(size - done, sizeof(chunk)));

		if (!n)
			break;
		if (copy_to_user(to + done, chunk, n))
			return done ? done : -EFAULT;
		done += n;
	}
	return done;
}

static ssize_t uart_file_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct keel_uart_ring *ring = file->private_data;
	ssize_t ret;

	if (!size)
		return 0;
	do {
		if (!(file->f_flags & O_NONBLOCK) &&
		    wait_event_interruptible(ring->wait, READ_ONCE(ring->ready)))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&ring->reading))
			return -ERESTARTSYS;
		ret = uart_file_read_chunks(ring, to, size);
		mutex_unlock(&ring->reading);
	} while (!ret && !(file->f_flags & O_NONBLOCK));
	return ret ? ret : -EAGAIN;
}

static unsigned int uart_file_give(struct keel_uart_ring *ring, const u8 *chunk, size_t size)
{
	unsigned int n = keel_uart_ring_give(ring, chunk, size);

	if (n)
		keel_lock_receive(ring->vm);
	return n;
}

static ssize_t uart_file_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct keel_uart_ring *ring = file->private_data;
	u8 chunk[UART_FILE_CHUNK];
	size_t done = 0;

	while (done < size) {
		size_t want = min(size - done, sizeof(chunk));
		unsigned int n;

		if (copy_from_user(chunk, from + done, want))
			return done ? done : -EFAULT;
		n = uart_file_give(ring, chunk, want);
		done += n;
		if (n)
			continue;
		if (file->f_flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		if (wait_event_interruptible(ring->wait, !kfifo_is_full(&ring->rx)))
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

static __poll_t uart_file_poll(struct file *file, poll_table *table)
{
	struct keel_uart_ring *ring = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &ring->wait, table);
	if (READ_ONCE(ring->ready))
		events |= EPOLLIN | EPOLLRDNORM;
	if (file->f_mode & FMODE_WRITE && !kfifo_is_full(&ring->rx))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(ring->modem_changed))
		events |= EPOLLPRI;
	return events;
}

static const struct {
	u32 ours;
	int tiocm;
} uart_file_modem_bits[] = {
	{ KEEL_MODEM_DTR, TIOCM_DTR }, { KEEL_MODEM_RTS, TIOCM_RTS },
	{ KEEL_MODEM_OUT1, TIOCM_OUT1 }, { KEEL_MODEM_OUT2, TIOCM_OUT2 },
	{ KEEL_MODEM_BREAK, KEEL_UART_TIOCM_BREAK },
	{ KEEL_UART_CTS, TIOCM_CTS }, { KEEL_UART_DSR, TIOCM_DSR },
	{ KEEL_UART_RI, TIOCM_RI }, { KEEL_UART_DCD, TIOCM_CD },
};

/* A change after this look sets the flag anew, before it can be missed. */
static long uart_file_get_modem(struct keel_uart_ring *ring, int __user *to)
{
	int answer, bits = 0;
	unsigned int i;

	WRITE_ONCE(ring->modem_changed, false);
	answer = keel_door_host_input(ring->vm, ring->uart, KEEL_HOST_MODEM, 0);
	if (answer < 0)
		return answer;
	for (i = 0; i < ARRAY_SIZE(uart_file_modem_bits); i++)
		if (answer & uart_file_modem_bits[i].ours)
			bits |= uart_file_modem_bits[i].tiocm;
	return put_user(bits, to);
}

/* TIOCOUTQ: bytes that were written and that the guest's UART has not taken yet; TIOCMGET */
static long uart_file_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct keel_uart_ring *ring = file->private_data;

	if (!(file->f_mode & FMODE_WRITE))	/* not a UART's */
		return -ENOTTY;
	switch (command) {
	case TIOCOUTQ:
		return put_user((int)kfifo_len(&ring->rx), (int __user *)arg);
	case TIOCMGET:
		return uart_file_get_modem(ring, (int __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int uart_file_release(struct inode *inode, struct file *file)
{
	struct keel_uart_ring *ring = file->private_data;
	struct keel_vm *vm = ring->vm;

	keel_uart_ring_set_open(ring, false);
	/* The reader is gone: the guest must not wait for room. */
	keel_door_host_input(vm, ring->uart, KEEL_HOST_TX_ROOM, 0);
	keel_ref_put(&vm->ref);
	return 0;
}

static const struct file_operations uart_file_fops = {
	.owner = THIS_MODULE,
	.read = uart_file_read,
	.write = uart_file_write,
	.poll = uart_file_poll,
	.unlocked_ioctl = uart_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = uart_file_release,
	.llseek = noop_llseek,
};

/* A debug console hears nothing: VFS refuses writes. Return: a descriptor, or an error. */
static int uart_file_new(struct keel_uart_ring *ring, int flags)
{
	bool hears = ring->uart->ops->class == KEEL_CLASS_UART;

	return anon_inode_getfd(hears ? "keel-uart" : "keel-debugcon", &uart_file_fops, ring,
				(hears ? O_RDWR : O_RDONLY) | flags);
}

static unsigned int uart_file_class(const struct keel_uart_stream *stream)
{
	return stream->class ? stream->class : KEEL_CLASS_UART;
}

/* KEEL_OPEN_UART */
long keel_uart_file_open(void *owner, void *arg)
{
	const struct keel_uart_stream *stream = arg;
	struct keel_uart_ring *ring;
	struct keel_vm *vm = owner;
	struct keel_dev *dev;
	long fd;

	if (stream->flags & ~(O_NONBLOCK | O_CLOEXEC) ||
	    !keel_uart_ring_has_class(uart_file_class(stream)))
		return -EINVAL;
	dev = keel_board_find(vm->board, uart_file_class(stream), stream->instance);
	ring = dev ? keel_uart_ring_of(vm, dev) : NULL;
	if (!ring)
		return -ENODEV;
	if (!keel_uart_ring_set_open(ring, true))
		return -EBUSY;
	keel_ref_get(&vm->ref);
	fd = keel_uart_ring_alloc(ring);
	if (!fd)
		fd = uart_file_new(ring, stream->flags);
	if (fd < 0) {
		keel_uart_ring_set_open(ring, false);
		keel_ref_put(&vm->ref);
	}
	return fd;
}

/**
 * keel_uart_files_loaded() - the board's state was replaced: a transmitter that was
 * held then has room now, unless its stream is full here, too; and outputs may be others.
 * @vm: the VM; paused
 */
void keel_uart_files_loaded(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_uarts; i++) {
		WRITE_ONCE(vm->uarts[i].modem_changed, true);
		keel_uart_ring_wake(vm, i);
		if (keel_uart_ring_has_room(&vm->uarts[i]))
			keel_door_host_input(vm, vm->uarts[i].uart, KEEL_HOST_TX_ROOM, 0);
	}
}
