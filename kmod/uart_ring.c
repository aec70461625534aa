// SPDX-License-Identifier: GPL-2.0
/*
 * A UART's bytes between the guest and a file: two rings, one each way. The guest's side runs
 * under the board's lock and never waits. A debug console's bytes have the one from the guest; it
 * sends on when that is full, and the oldest bytes give way.
 *
 * Until the file is opened for the first time there are no rings, and bytes are dropped. While
 * it is closed later, the oldest bytes give way under either policy: a guest must not hang
 * because no reader takes its bytes.
 *
 * A reader that waits, or polls, is told of bytes (@ready) at a line's end, at half a ring, or when
 * the oldest one has waited for UART_RING_WAIT, whichever is first; not for each byte, which would
 * cost the guest a wake-up of a thread. No byte is left without a reader being told: under @lock,
 * a ring that holds bytes is ready, or @timing, and then the timer makes it ready. The timer needs
 * no vCPU, so the last byte of a guest that has died arrives as well. Once told of bytes, a reader
 * goes on until it has taken the last one; a read that does not wait takes the ring's bytes at
 * any time.
 */
#include <linux/poll.h>
#include <linux/slab.h>

#include "compat.h"
#include "uart_ring.h"
#include "vm.h"

#define UART_RING_TX	65536
#define UART_RING_RX	4096
/* Bytes that guests receive at a time, at most */
#define UART_RING_BURST	64
/* Bytes wait for a line's end so long, at most */
#define UART_RING_WAIT	NSEC_PER_MSEC

/* ---- The guest's side: under the board's lock ---- */

/**
 * keel_uart_ring_of() - a UART's rings.
 * @vm:  the VM
 * @dev: the UART
 *
 * Return: NULL if it has none.
 */
struct keel_uart_ring *keel_uart_ring_of(struct keel_vm *vm, const struct keel_dev *dev)
{
	unsigned int i;

	for (i = 0; i < vm->nr_uarts; i++)
		if (vm->uarts[i].uart == dev)
			return &vm->uarts[i];
	return NULL;
}

/* ---- Telling the reader: under the ring's lock ---- */

static void uart_ring_hand_over(struct keel_uart_ring *ring)
{
	WRITE_ONCE(ring->ready, true);
	ring->handed_over++;
}

/* Bytes begin to wait. The timer that comes for earlier ones is good for them as well. */
static void uart_ring_wait(struct keel_uart_ring *ring)
{
	ring->until = ktime_add_ns(ktime_get(), UART_RING_WAIT);
	if (ring->timing)
		return;
	ring->timing = true;
	hrtimer_start(&ring->timer, ring->until, HRTIMER_MODE_ABS_SOFT);
}

/* A byte has been put into the ring. Return: is the reader to be woken? */
static bool uart_ring_put(struct keel_uart_ring *ring, u8 byte)
{
	unsigned int len = kfifo_len(&ring->tx);

	if (ring->ready)
		return false;
	if (byte == '\n' || len >= UART_RING_TX / 2) {
		uart_ring_hand_over(ring);
		return true;
	}
	if (len == 1)
		uart_ring_wait(ring);
	return false;
}

/* Bytes that came after the timer was started have a time of their own. */
static enum hrtimer_restart uart_ring_fire(struct hrtimer *timer)
{
	struct keel_uart_ring *ring = container_of(timer, struct keel_uart_ring, timer);
	unsigned long flags;
	bool wait, late;

	spin_lock_irqsave(&ring->lock, flags);
	wait = !ring->ready && !kfifo_is_empty(&ring->tx);
	late = wait && !ktime_before(ktime_get(), ring->until);
	ring->timing = wait && !late;
	if (ring->timing)
		hrtimer_set_expires(timer, ring->until);
	if (late)
		uart_ring_hand_over(ring);
	spin_unlock_irqrestore(&ring->lock, flags);
	if (late)
		keel_uart_ring_wake(ring->vm, ring->nr);
	return wait && !late ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/**
 * keel_uart_ring_byte_out() - the guest sends a byte.
 * @vm:   the VM
 * @dev:  which UART
 * @byte: the byte
 *
 * A UART that sends on after a return of false (drop-oldest) pushes the oldest byte
 * out.
 *
 * Return: true if there is room for one more.
 */
bool keel_uart_ring_byte_out(struct keel_vm *vm, const struct keel_dev *dev, u8 byte)
{
	struct keel_uart_ring *ring = keel_uart_ring_of(vm, dev);
	unsigned long flags;
	bool room;

	if (!ring)
		return true;
	spin_lock_irqsave(&ring->lock, flags);
	if (!ring->rings) {
		ring->dropped++;
		spin_unlock_irqrestore(&ring->lock, flags);
		return true;
	}
	if (kfifo_is_full(&ring->tx)) {
		kfifo_skip(&ring->tx);
		ring->dropped++;
	}
	kfifo_put(&ring->tx, byte);
	if (uart_ring_put(ring, byte))
		vm->effects.uarts |= BIT(ring->nr);
	room = !ring->open || !kfifo_is_full(&ring->tx);
	ring->stalled = !room;
	spin_unlock_irqrestore(&ring->lock, flags);
	return room;
}

/**
 * keel_uart_ring_modem() - a UART's modem outputs have changed: the stream's poll() is to tell.
 * @vm:       the VM; with the board's lock held
 * @instance: of the UART
 */
void keel_uart_ring_modem(struct keel_vm *vm, unsigned int instance)
{
	unsigned int i;

	for (i = 0; i < vm->nr_uarts; i++) {
		struct keel_uart_ring *ring = &vm->uarts[i];

		if (ring->uart->ops->class != KEEL_CLASS_UART ||
		    ring->uart->instance != instance || READ_ONCE(ring->modem_changed))
			continue;
		WRITE_ONCE(ring->modem_changed, true);
		vm->effects.uarts |= BIT(ring->nr);
	}
}

/* The next byte that waits, if the guest's UART has room for it. */
static bool uart_ring_receive_one(struct keel_uart_ring *ring)
{
	struct keel_vm *vm = ring->vm;
	u8 byte;

	if (!kfifo_peek(&ring->rx, &byte) ||
	    keel_board_host(vm->board, ring->uart, KEEL_HOST_RX, byte) != 1)
		return false;
	kfifo_skip(&ring->rx);
	vm->effects.uarts |= BIT(ring->nr);
	return true;
}

/*
 * The board's lock makes us the only reader of the ring, which needs no lock then.
 * @lock would be taken twice: a receiving UART may send. A writer sets the bit after
 * it has put bytes in, so bytes that arrive meanwhile are not forgotten.
 *
 * Return: how many of @most bytes are left.
 */
static unsigned int uart_ring_receive(struct keel_uart_ring *ring, unsigned int most)
{
	struct keel_vm *vm = ring->vm;

	clear_bit(ring->nr, &vm->rx_waiting);
	smp_mb__after_atomic();	/* the bit before the ring */
	while (most && uart_ring_receive_one(ring))
		most--;
	if (!kfifo_is_empty(&ring->rx))
		set_bit(ring->nr, &vm->rx_waiting);
	return most;
}

/**
 * keel_uart_rings_receive() - give guests what waits for them, as far as it goes in.
 * @vm: the VM; called whenever the board's lock is closed while something waits
 *
 * UART_RING_BURST bytes at most: there may be more for the next time.
 */
void keel_uart_rings_receive(struct keel_vm *vm)
{
	unsigned long waiting = vm->rx_waiting;
	unsigned int i, most = UART_RING_BURST;

	for_each_set_bit(i, &waiting, BITS_PER_LONG) {
		most = uart_ring_receive(&vm->uarts[i], most);
		if (most)
			continue;
		vm->effects.flags |= KEEL_RECEIVE_MORE;
		break;
	}
}

/* ---- The file's side ---- */

/**
 * keel_uart_ring_wake() - a stream has something to read or room to write.
 * @vm: the VM
 * @nr: which stream
 */
void keel_uart_ring_wake(struct keel_vm *vm, unsigned int nr)
{
	wake_up_interruptible_poll(&vm->uarts[nr].wait, EPOLLIN | EPOLLOUT);
}

/**
 * keel_uart_ring_has_room() - can the guest send?
 * @ring: the ring
 *
 * Return: false: the transmitter goes on waiting until a reader has taken bytes.
 */
bool keel_uart_ring_has_room(struct keel_uart_ring *ring)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&ring->lock, flags);
	ring->stalled = ring->open && kfifo_is_full(&ring->tx);
	room = !ring->stalled;
	spin_unlock_irqrestore(&ring->lock, flags);
	return room;
}

/**
 * keel_uart_ring_take() - bytes from the guest.
 * @ring:   the ring; one thread at a time takes
 * @bytes:  out: room for @size
 * @size:   of @bytes
 * @resume: out: the transmitter was held, and there is room now: the caller tells the UART
 *
 * Return: how many.
 */
unsigned int keel_uart_ring_take(struct keel_uart_ring *ring, u8 *bytes, size_t size,
				 bool *resume)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&ring->lock, flags);
	n = kfifo_out(&ring->tx, bytes, size);
	if (kfifo_is_empty(&ring->tx))
		WRITE_ONCE(ring->ready, false);
	*resume = ring->stalled && kfifo_len(&ring->tx) <= UART_RING_TX / 2;
	if (*resume)
		ring->stalled = false;
	spin_unlock_irqrestore(&ring->lock, flags);
	return n;
}

/**
 * keel_uart_ring_give() - bytes for the guest; keel_lock_receive() delivers them.
 * @ring:  the ring
 * @bytes: @size of them
 * @size:  see @bytes
 *
 * Return: how many there was room for.
 */
unsigned int keel_uart_ring_give(struct keel_uart_ring *ring, const u8 *bytes, size_t size)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&ring->lock, flags);
	n = kfifo_in(&ring->rx, bytes, size);
	if (n)
		set_bit(ring->nr, &ring->vm->rx_waiting);
	spin_unlock_irqrestore(&ring->lock, flags);
	return n;
}

/**
 * keel_uart_ring_set_open() - mark it as open or not.
 * @ring: the ring
 * @open: there is a file
 *
 * Return: false if it was so before.
 */
bool keel_uart_ring_set_open(struct keel_uart_ring *ring, bool open)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&ring->lock, flags);
	changed = ring->open != open;
	ring->open = open;
	ring->stalled = false;
	spin_unlock_irqrestore(&ring->lock, flags);
	return changed;
}

/**
 * keel_uart_ring_alloc() - room for bytes; from now on they are kept.
 * @ring: the ring; called only by the thread that opens it
 *
 * Return: 0 or -ENOMEM.
 */
int keel_uart_ring_alloc(struct keel_uart_ring *ring)
{
	unsigned long flags;
	u8 *rings;

	if (ring->rings)
		return 0;
	rings = kvmalloc(UART_RING_TX + UART_RING_RX, GFP_KERNEL_ACCOUNT);
	if (!rings)
		return -ENOMEM;
	spin_lock_irqsave(&ring->lock, flags);
	kfifo_init(&ring->tx, rings, UART_RING_TX);
	kfifo_init(&ring->rx, rings + UART_RING_TX, UART_RING_RX);
	ring->rings = rings;
	spin_unlock_irqrestore(&ring->lock, flags);
	return 0;
}

/* ---- Life ---- */

/* Classes whose devices have a stream: UARTs have the first numbers. */
static const u16 uart_ring_classes[] = { KEEL_CLASS_UART, KEEL_CLASS_DEBUGCON };

/**
 * keel_uart_ring_has_class() - do devices of a class have a stream?
 * @class: KEEL_CLASS_*
 */
bool keel_uart_ring_has_class(unsigned int class)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uart_ring_classes); i++)
		if (uart_ring_classes[i] == class)
			return true;
	return false;
}

static void uart_ring_init(struct keel_vm *vm, struct keel_dev *dev)
{
	struct keel_uart_ring *ring = &vm->uarts[vm->nr_uarts];

	ring->vm = vm;
	ring->uart = dev;
	ring->nr = vm->nr_uarts++;
	spin_lock_init(&ring->lock);
	init_waitqueue_head(&ring->wait);
	keel_hrtimer_setup(&ring->timer, uart_ring_fire, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	mutex_init(&ring->reading);
}

/**
 * keel_uart_rings_init() - a stream for each UART, and each debug console, of the board.
 * @vm: with its board
 */
int keel_uart_rings_init(struct keel_vm *vm)
{
	struct keel_board *board = vm->board;
	unsigned int i, class, nr = 0;

	for (i = 0; i < board->nr_devs; i++)
		nr += keel_uart_ring_has_class(board->devs[i]->ops->class);
	if (nr > BITS_PER_LONG / 2)	/* a bit each in struct keel_effects */
		return -EINVAL;
	vm->uarts = kvcalloc(nr, sizeof(*vm->uarts), GFP_KERNEL_ACCOUNT);
	if (nr && !vm->uarts)
		return -ENOMEM;
	for (class = 0; class < ARRAY_SIZE(uart_ring_classes); class++)
		for (i = 0; i < board->nr_devs; i++)
			if (board->devs[i]->ops->class == uart_ring_classes[class])
				uart_ring_init(vm, board->devs[i]);
	return 0;
}

/**
 * keel_uart_rings_destroy() - the VM is gone, and all its files.
 * @vm: the VM
 */
void keel_uart_rings_destroy(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_uarts; i++) {
		hrtimer_cancel(&vm->uarts[i].timer);
		kvfree(vm->uarts[i].rings);
	}
	kvfree(vm->uarts);
}
