/* SPDX-License-Identifier: GPL-2.0 */
/* A UART's, or a debug console's, bytes between the guest and a file. */
#ifndef KEEL_UART_RING_H
#define KEEL_UART_RING_H

#include <linux/hrtimer.h>
#include <linux/kfifo.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct keel_dev;
struct keel_vm;

/**
 * struct keel_uart_ring - two rings of bytes, one each way.
 * @vm:       its VM
 * @uart:     the device: a UART, or a debug console, which hears nothing
 * @nr:       in @vm->uarts
 * @lock:     for everything below; inside the board's lock
 * @open:     a file exists
 * @stalled:  the transmitter is held
 * @ready:    a reader that waits is to take what is in @tx
 * @timing:   @timer is started
 * @timer:    what is in @tx may have waited long enough
 * @until:    it has then, CLOCK_MONOTONIC
 * @modem_changed: its modem outputs may have, since they were looked at
 * @rings:    what @tx and @rx are in; NULL until the file is opened for the first time
 * @tx:       from the guest
 * @rx:       to the guest
 * @wait:     readers and writers
 * @reading:  one reader at a time keeps the bytes in order
 * @dropped:  bytes that gave way
 * @handed_over: times that @ready was set
 */
struct keel_uart_ring {
	struct keel_vm *vm;
	struct keel_dev *uart;
	unsigned int nr;
	spinlock_t lock;
	bool open;
	bool stalled;
	bool ready;
	bool timing;
	bool modem_changed;
	u8 *rings;
	DECLARE_KFIFO_PTR(tx, u8);
	DECLARE_KFIFO_PTR(rx, u8);
	wait_queue_head_t wait;
	struct mutex reading;
	u64 dropped;
	u64 handed_over;
	ktime_t until;
	struct hrtimer timer;
};

int keel_uart_rings_init(struct keel_vm *vm);
bool keel_uart_ring_has_class(unsigned int class);
void keel_uart_rings_destroy(struct keel_vm *vm);
struct keel_uart_ring *keel_uart_ring_of(struct keel_vm *vm, const struct keel_dev *dev);
bool keel_uart_ring_byte_out(struct keel_vm *vm, const struct keel_dev *dev, u8 byte);
void keel_uart_ring_modem(struct keel_vm *vm, unsigned int instance);
void keel_uart_rings_receive(struct keel_vm *vm);
void keel_uart_ring_wake(struct keel_vm *vm, unsigned int nr);
bool keel_uart_ring_set_open(struct keel_uart_ring *ring, bool open);
int keel_uart_ring_alloc(struct keel_uart_ring *ring);
unsigned int keel_uart_ring_take(struct keel_uart_ring *ring, u8 *bytes, size_t size,
				 bool *resume);
unsigned int keel_uart_ring_give(struct keel_uart_ring *ring, const u8 *bytes, size_t size);
bool keel_uart_ring_has_room(struct keel_uart_ring *ring);

#endif /* KEEL_UART_RING_H */
