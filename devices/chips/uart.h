/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A 16550A in two files: uart.c has the registers, the interrupt and the modem's
 * lines, uart_fifo.c the receiver and the transmitter.
 */
#ifndef KEEL_DEVICES_UART_H
#define KEEL_DEVICES_UART_H

#include <linux/serial_reg.h>

#include "../board/dev.h"

/* Of the bits, what linux/serial_reg.h does not have by the datasheet's names. */
#define IER_ERBFI	BIT(0)		/* received data available, and timeout */
#define IER_ETBEI	BIT(1)		/* transmitter holding register empty */
#define IER_ELSI	BIT(2)		/* receiver line status */
#define IER_EDSSI	BIT(3)		/* modem status */
#define IER_BITS	GENMASK(3, 0)

#define IIR_FIFOS	GENMASK(7, 6)	/* both set: FIFOs are on */

#define FCR_ENABLE	BIT(0)
#define FCR_RX_RESET	BIT(1)
#define FCR_TX_RESET	BIT(2)
#define FCR_TRIGGER	GENMASK(7, 6)
#define FCR_TRIGGER_SHIFT 6

#define LCR_WLS		GENMASK(1, 0)	/* data bits - 5 */
#define LCR_STB		BIT(2)		/* 2 stop bits; 1.5 with 5 data bits */
#define LCR_PEN		BIT(3)		/* parity bit */
#define LCR_BREAK	BIT(6)

#define MCR_BITS	GENMASK(4, 0)
#define MODEM_OUTPUTS	GENMASK(3, 0)	/* KEEL_MODEM_* but the break */

#define LSR_FIFO_ERROR	BIT(7)
#define LSR_BREAK	(UART_LSR_BI | UART_LSR_FE)	/* a break has no stop bit either */

#define MSR_DELTAS	GENMASK(3, 0)
#define MSR_INPUTS	GENMASK(7, 4)	/* KEEL_UART_CTS, _DSR, _RI, _DCD */
#define MSR_DELTA_SHIFT	4

/* What can be pending, the most urgent first. */
enum uart_irq { IRQ_LINE, IRQ_RX, IRQ_TIMEOUT, IRQ_THRE, IRQ_MODEM, NR_IRQS, IRQ_NONE = NR_IRQS };

/**
 * struct keel_uart - a 16550A.
 * @dev:        what the board knows
 * @irq:        INTR, on a PC behind the OUT2 gate
 * @policy:     KEEL_UART_*
 * @shift:      registers are 1 << shift addresses apart
 * @ungated:    INTR is not behind the OUT2 gate
 * @tx_ns:      ns that a byte keeps the transmitter busy; 0: none
 * @pending:    what the last sync found
 * @tx_bytes:   bytes given to the host
 * @tx_lost:    characters written while the FIFO was full
 * @tx_stalls:  times that the host had no room
 * @tx_breaks:  breaks that the guest sent
 * @output_changes: changes of modem outputs, and of the break, that the host was told of
 * @rx_bytes:   bytes taken from the host
 * @rx_full:    bytes that the host has to offer again
 * @rx_breaks:  breaks received
 * @overruns:   characters lost because the receiver was full
 * @ignored:    writes to read-only registers, and between registers
 * @irqs:       how often each kind of interrupt became the pending one
 * @s:          see there
 */
struct keel_uart {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire irq;
	u32 policy;
	u32 shift;
	bool ungated;
	u64 tx_ns;

	/* Derived */
	enum uart_irq pending;

	/* Counters */
	u64 tx_bytes;
	u64 tx_lost;
	u64 tx_stalls;
	u64 tx_breaks;
	u64 output_changes;
	u64 rx_bytes;
	u64 rx_full;
	u64 rx_breaks;
	u64 overruns;
	u64 ignored;
	u64 irqs[NR_IRQS];

	/* State */
	struct keel_uart_state s;
};

/**
 * keel_uart_depth() - characters that fit each FIFO.
 * @s: the state
 */
static inline unsigned int keel_uart_depth(const struct keel_uart_state *s)
{
	return s->fcr & FCR_ENABLE ? KEEL_UART_FIFO : 1;
}

/**
 * keel_uart_tx_idle() - is everything sent, and room for more?
 * @s: the state
 */
static inline bool keel_uart_tx_idle(const struct keel_uart_state *s)
{
	return !s->tx_count && !s->tx_until && !s->tx_blocked;
}

/**
 * keel_uart_timed_out() - have the characters received waited for too long?
 * @uart: the UART
 *
 * Asks for the time only if something waits: most accesses do without a clock.
 */
static inline bool keel_uart_timed_out(const struct keel_uart *uart)
{
	return uart->s.timeout_at && keel_now(&uart->dev) >= uart->s.timeout_at;
}

/**
 * keel_uart_thre_due() - does the transmitter's interrupt show on the line?
 * @uart: the UART
 */
static inline bool keel_uart_thre_due(const struct keel_uart *uart)
{
	const struct keel_uart_state *s = &uart->s;

	return s->thre_pending && (!s->thre_at || keel_now(&uart->dev) >= s->thre_at);
}

void keel_uart_rx_put(struct keel_uart *uart, u8 byte, bool is_break);
u8 keel_uart_rx_get(struct keel_uart *uart);
bool keel_uart_rx_offer(struct keel_uart *uart, u8 byte, bool is_break);
void keel_uart_rx_reset(struct keel_uart_state *s);
bool keel_uart_rx_check(const struct keel_uart_state *s, u64 now);

void keel_uart_thre_set(struct keel_uart_state *s, bool pending);
void keel_uart_tx_put(struct keel_uart *uart, u8 byte);
void keel_uart_tx_ready(struct keel_uart *uart);
void keel_uart_tx_room(struct keel_uart *uart);
bool keel_uart_tx_check(const struct keel_uart_state *s, u64 now);

#endif /* KEEL_DEVICES_UART_H */
