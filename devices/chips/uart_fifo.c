// SPDX-License-Identifier: GPL-2.0
/*
 * The 16550A's two FIFOs: the receiver with its character timeout, and the
 * transmitter with what makes it wait: a host without room, a rate cap.
 *
 * A character is sent as soon as it is written, and a guest that reads the LSR or the IIR is
 * told so at once: a guest that polls, or whose handler goes on for as long as the IIR
 * has something, never waits. Only the interrupt that says so comes when the line's
 * speed would have brought it, a character time after the last one was written, so
 * that a batch makes one interrupt and not one for each character.
 */
#include "uart.h"

#define NSEC		1000000000ULL

/* Most ns ahead of now for the state's time stamps: 4 x 12 bits at divisor 65535. */
#define TX_MAX		NSEC
#define TIMEOUT_MAX	(28 * NSEC)
/* What the transmitter waits for is no real line, so a slow one is not copied. */
#define THRE_MAX	(NSEC / 1000)

/* A character in halves of cycles of 1.8432 MHz / 16, which are 78125/9 ns. */
static u64 uart_char_halves(const struct keel_uart_state *s)
{
	u32 divisor = max_t(u32, s->dlm << 8 | s->dll, 1);
	u32 bits = 1 + 5 + (s->lcr & LCR_WLS) + !!(s->lcr & LCR_PEN);
	u32 stop_halves = !(s->lcr & LCR_STB) ? 2 : s->lcr & LCR_WLS ? 4 : 3;

	return (u64)divisor * (2 * bits + stop_halves);
}

/* Four characters, in ns. */
static u64 uart_timeout(const struct keel_uart_state *s)
{
	return keel_muldiv_up(uart_char_halves(s), 2 * 78125, 9);
}

/* One of them, within bounds. */
static u64 uart_thre_delay(const struct keel_uart_state *s)
{
	return min(keel_muldiv_up(uart_char_halves(s), 78125, 18), THRE_MAX);
}

/* ---- Receiver ---- */

/* An error shows in the LSR when its character gets to the top of the FIFO. */
static void uart_rx_top(struct keel_uart_state *s)
{
	if (s->rx_count && s->rx_breaks & BIT(s->rx_head))
		s->errors |= LSR_BREAK;
}

/* A timeout that has happened lasts until the guest reads, even if more comes in. */
static void uart_rx_restart_timeout(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	bool needed = s->rx_count && s->fcr & FCR_ENABLE;

	s->timeout_at = needed ? keel_now(&uart->dev) + uart_timeout(s) : 0;
}

/**
 * keel_uart_rx_put() - a character comes in.
 * @uart:     the UART
 * @byte:     the character
 * @is_break: it is a break
 */
void keel_uart_rx_put(struct keel_uart *uart, u8 byte, bool is_break)
{
	struct keel_uart_state *s = &uart->s;
	unsigned int slot;

	if (s->rx_count == keel_uart_depth(s)) {
		uart->overruns++;
		s->errors |= UART_LSR_OE;
		if (s->fcr & FCR_ENABLE)
			return;
		s->rx_count = 0;	/* a 16450 keeps the newer of the two */
	}
	slot = (s->rx_head + s->rx_count++) % KEEL_UART_FIFO;
	s->rx_data[slot] = byte;
	if (is_break) {
		s->rx_breaks |= BIT(slot);
		uart->rx_breaks++;
	}
	if (s->rx_count == 1)
		uart_rx_top(s);
	if (!keel_uart_timed_out(uart))
		uart_rx_restart_timeout(uart);
}

/**
 * keel_uart_rx_get() - the guest takes a character.
 * @uart: the UART
 *
 * Return: the character; an empty receiver gives the last one again, as the real
 * buffer register does.
 */
u8 keel_uart_rx_get(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	u8 byte;

	if (!s->rx_count)
		return s->rx_data[(s->rx_head + KEEL_UART_FIFO - 1) % KEEL_UART_FIFO];
	byte = s->rx_data[s->rx_head];
	s->rx_breaks &= ~BIT(s->rx_head);
	s->rx_head = (s->rx_head + 1) % KEEL_UART_FIFO;
	s->rx_count--;
	uart_rx_top(s);
	uart_rx_restart_timeout(uart);
	return byte;
}

/**
 * keel_uart_rx_offer() - the host has a character.
 * @uart:     the UART
 * @byte:     the character
 * @is_break: it is a break
 *
 * In loopback the receiver is not connected to the line: what is there has to wait.
 *
 * Return: whether it was taken.
 */
bool keel_uart_rx_offer(struct keel_uart *uart, u8 byte, bool is_break)
{
	struct keel_uart_state *s = &uart->s;

	if (s->mcr & UART_MCR_LOOP || s->rx_count == keel_uart_depth(s)) {
		uart->rx_full++;
		return false;
	}
	if (!is_break)
		uart->rx_bytes++;
	keel_uart_rx_put(uart, byte, is_break);
	return true;
}

/**
 * keel_uart_rx_reset() - forget what was received.
 * @s: the state
 */
void keel_uart_rx_reset(struct keel_uart_state *s)
{
	s->rx_count = 0;
	s->rx_breaks = 0;
	s->errors &= ~LSR_BREAK;	/* an overrun belongs to no character: it stays */
	s->timeout_at = 0;
}

/* A bit for each slot of the receiver's ring that is in use. */
static u16 uart_rx_held(const struct keel_uart_state *s)
{
	u32 ring = (u32)(BIT(s->rx_count) - 1) << s->rx_head;

	return ring | ring >> KEEL_UART_FIFO;
}

/**
 * keel_uart_rx_check() - could the receiver be in this state?
 * @s:   the state
 * @now: VmTime, ns
 */
bool keel_uart_rx_check(const struct keel_uart_state *s, u64 now)
{
	bool waiting = s->rx_count && s->fcr & FCR_ENABLE;

	if (s->rx_head >= KEEL_UART_FIFO || s->rx_count > keel_uart_depth(s))
		return false;
	if (s->rx_breaks & ~uart_rx_held(s))
		return false;
	if (s->rx_breaks & BIT(s->rx_head) && !(s->errors & UART_LSR_BI))
		return false;
	return !!s->timeout_at == waiting && s->timeout_at <= now + TIMEOUT_MAX;
}

/* ---- Transmitter ---- */

/**
 * keel_uart_thre_set() - the transmitter's interrupt is pending from now on, or not.
 * @s:       the state
 * @pending: which
 */
void keel_uart_thre_set(struct keel_uart_state *s, bool pending)
{
	s->thre_pending = pending;
	s->thre_at = 0;
}

static void uart_tx_send(struct keel_uart *uart, u8 byte)
{
	struct keel_uart_state *s = &uart->s;

	if (uart->tx_ns)
		s->tx_until = keel_now(&uart->dev) + uart->tx_ns;
	if (s->mcr & UART_MCR_LOOP) {
		keel_uart_rx_put(uart, byte, false);
	} else if (!(s->lcr & LCR_BREAK)) {	/* a break hides what is sent meanwhile */
		uart->tx_bytes++;
		if (!keel_byte_out(&uart->dev, byte) &&
		    uart->policy == KEEL_UART_LOSSLESS) {
			s->tx_blocked = 1;
			uart->tx_stalls++;
		}
	}
}

/* Sends what can be sent; the transmitter was busy before, and may be idle afterwards. */
static void uart_tx_run(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;

	while (s->tx_count && !s->tx_until && !s->tx_blocked) {
		u8 byte = s->tx_data[s->tx_head];

		s->tx_head = (s->tx_head + 1) % KEEL_UART_FIFO;
		s->tx_count--;
		uart_tx_send(uart, byte);
	}
	if (keel_uart_tx_idle(s) && s->ier & IER_ETBEI)
		keel_uart_thre_set(s, true);
}

/*
 * Puts off a pending interrupt until the line's speed would have brought it. It stays
 * where it is while more than half of the time is left: a batch need not move the
 * host's timer for each of its characters.
 */
static void uart_thre_put_off(struct keel_uart *uart, u64 before)
{
	u64 delay = uart_thre_delay(&uart->s);
	u64 now = keel_now(&uart->dev);

	uart->s.thre_at = before > now + delay / 2 ? before : now + delay;
}

/**
 * keel_uart_tx_put() - the guest writes a character to send.
 * @uart: the UART
 * @byte: the character
 *
 * Writing ends the transmitter's interrupt. Guests whose handler never reads the IIR,
 * on an edge-triggered line, live on the edge that the next one makes.
 */
void keel_uart_tx_put(struct keel_uart *uart, u8 byte)
{
	struct keel_uart_state *s = &uart->s;
	u64 thre_at = s->thre_at;

	keel_uart_thre_set(s, false);
	if (s->tx_count == keel_uart_depth(s)) {
		uart->tx_lost++;
		if (s->fcr & FCR_ENABLE)
			return;
		s->tx_count = 0;	/* a 16450's holding register is overwritten */
	}
	s->tx_data[(s->tx_head + s->tx_count++) % KEEL_UART_FIFO] = byte;
	uart_tx_run(uart);
	if (s->thre_pending)
		uart_thre_put_off(uart, thre_at);
}

/**
 * keel_uart_tx_ready() - the time that the cap wants between two characters is over.
 * @uart: the UART
 */
void keel_uart_tx_ready(struct keel_uart *uart)
{
	uart->s.tx_until = 0;
	uart_tx_run(uart);
}

/**
 * keel_uart_tx_room() - the host has room again.
 * @uart: the UART
 */
void keel_uart_tx_room(struct keel_uart *uart)
{
	if (!uart->s.tx_blocked)
		return;
	uart->s.tx_blocked = 0;
	uart_tx_run(uart);
}

/**
 * keel_uart_tx_check() - could the transmitter be in this state?
 * @s:   the state
 * @now: VmTime, ns
 */
bool keel_uart_tx_check(const struct keel_uart_state *s, u64 now)
{
	if (s->tx_head >= KEEL_UART_FIFO || s->tx_count > keel_uart_depth(s))
		return false;
	if (s->tx_blocked > 1 || s->thre_pending > 1)
		return false;
	if (s->tx_count && !s->tx_until && !s->tx_blocked)
		return false;
	if (s->thre_pending && !(s->ier & IER_ETBEI && keel_uart_tx_idle(s)))
		return false;
	if (s->thre_at && !s->thre_pending)
		return false;
	return s->tx_until <= now + TX_MAX && s->thre_at <= now + THRE_MAX;
}
