// SPDX-License-Identifier: GPL-2.0
/*
 * 16550A UART (National Semiconductor PC16550D datasheet).
 *
 * Modelled: both FIFOs with their triggers and the character timeout, 16450 mode,
 * line and modem status with deltas, loopback, break both ways, the interrupt
 * identification with its priorities, and the PC's gate behind OUT2.
 * The line to the host has no speed of its own: a character is sent as soon as it is
 * written, and received as soon as the host has it and there is room. The baud rate
 * only says how long a character timeout is; config.rate_cap limits the transmitter.
 * While the host has no room for more (or the cap says wait) THRE and TEMT are low
 * and what the guest writes waits in the transmitter FIFO.
 * Not modelled: parity and framing errors, word length (all eight bits pass), DMA
 * mode pins, the outputs DTR, RTS and OUT1 outside of loopback.
 * Choices: OUT2 gates the interrupt in loopback as well; a divisor of 0 counts as 1;
 * the divisor starts out as 12 (9600 baud), as a PC's firmware leaves it.
 *
 *	    DLAB
 *	+0  0     R RBR: character received     W THR: character to send
 *	+0  1     DLL: divisor, low byte
 *	+1  0     IER: interrupt enable
 *	+1  1     DLM: divisor, high byte
 *	+2        R IIR: interrupt identity     W FCR: FIFO control
 *	+3        LCR: format, break, DLAB
 *	+4        MCR: modem outputs, loopback
 *	+5        R LSR: line status
 *	+6        R MSR: modem status
 *	+7        SCR: scratch
 */
#include "board.h"

enum uart_reg {
	REG_RBR_THR, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR,
	NR_REGS
};

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
#define LCR_DLAB	BIT(7)

#define MCR_DTR		BIT(0)
#define MCR_RTS		BIT(1)
#define MCR_OUT1	BIT(2)
#define MCR_OUT2	BIT(3)
#define MCR_LOOP	BIT(4)
#define MCR_BITS	GENMASK(4, 0)

#define LSR_DR		BIT(0)
#define LSR_OE		BIT(1)
#define LSR_FE		BIT(3)
#define LSR_BI		BIT(4)
#define LSR_THRE	BIT(5)
#define LSR_TEMT	BIT(6)
#define LSR_FIFO_ERROR	BIT(7)
#define LSR_BREAK	(LSR_BI | LSR_FE)	/* a break has no stop bit either */

#define MSR_DELTAS	GENMASK(3, 0)
#define MSR_TERI	BIT(2)
#define MSR_INPUTS	GENMASK(7, 4)	/* KEEL_UART_CTS, _DSR, _RI, _DCD */
#define MSR_DELTA_SHIFT	4

#define NSEC		1000000000ULL
#define DIVISOR_9600	12

/* Most ns ahead of now for the state's time stamps: 4 x 12 bits at divisor 65535. */
#define TX_MAX		NSEC
#define TIMEOUT_MAX	(28 * NSEC)

enum uart_timer { TIMER_TX, TIMER_TIMEOUT, NR_TIMERS };

/* What can be pending, the most urgent first. */
enum uart_irq { IRQ_LINE, IRQ_RX, IRQ_TIMEOUT, IRQ_THRE, IRQ_MODEM, NR_IRQS, IRQ_NONE = NR_IRQS };

static const u8 uart_iir[] = {
	[IRQ_LINE] = 0x06, [IRQ_RX] = 0x04, [IRQ_TIMEOUT] = 0x0c, [IRQ_THRE] = 0x02,
	[IRQ_MODEM] = 0x00, [IRQ_NONE] = 0x01,
};

/**
 * struct keel_uart - a 16550A.
 * @dev:        what the board knows
 * @irq:        INTR behind the OUT2 gate
 * @policy:     KEEL_UART_*
 * @tx_ns:      ns that a byte keeps the transmitter busy; 0: none
 * @pending:    what the last sync found
 * @tx_bytes:   bytes given to the host
 * @tx_lost:    characters written while the FIFO was full
 * @tx_stalls:  times that the host had no room
 * @tx_breaks:  breaks that the guest sent
 * @rx_bytes:   bytes taken from the host
 * @rx_full:    bytes that the host has to offer again
 * @rx_breaks:  breaks received
 * @overruns:   characters lost because the receiver was full
 * @irqs:       how often each kind of interrupt became the pending one
 * @s:          see there
 */
struct keel_uart {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire irq;
	u32 policy;
	u64 tx_ns;

	/* Derived */
	enum uart_irq pending;

	/* Counters */
	u64 tx_bytes;
	u64 tx_lost;
	u64 tx_stalls;
	u64 tx_breaks;
	u64 rx_bytes;
	u64 rx_full;
	u64 rx_breaks;
	u64 overruns;
	u64 irqs[NR_IRQS];

	/* State */
	struct keel_uart_state s;
};

static_assert(sizeof(struct keel_uart_state) == 72);
static_assert(sizeof(struct keel_uart_config) == 48);

static struct keel_uart *uart_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_uart, dev);
}

static unsigned int uart_depth(const struct keel_uart_state *s)
{
	return s->fcr & FCR_ENABLE ? KEEL_UART_FIFO : 1;
}

static unsigned int uart_trigger(const struct keel_uart_state *s)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	return levels[s->fcr >> FCR_TRIGGER_SHIFT];
}

static bool uart_tx_idle(const struct keel_uart_state *s)
{
	return !s->tx_count && !s->tx_until && !s->tx_blocked;
}

/* Asks for the time only if something waits: most accesses do without a clock. */
static bool uart_timed_out(const struct keel_uart *uart)
{
	return uart->s.timeout_at && keel_now(&uart->dev) >= uart->s.timeout_at;
}

/* Four characters, in ns: a bit is 16 cycles of 1.8432 MHz / divisor, 78125/9 ns x divisor. */
static u64 uart_timeout(const struct keel_uart_state *s)
{
	u32 divisor = max_t(u32, s->dlm << 8 | s->dll, 1);
	u32 bits = 1 + 5 + (s->lcr & LCR_WLS) + !!(s->lcr & LCR_PEN);
	u32 stop_halves = !(s->lcr & LCR_STB) ? 2 : s->lcr & LCR_WLS ? 4 : 3;

	return keel_muldiv_up((u64)divisor * (4 * bits + 2 * stop_halves), 78125, 9);
}

static u8 uart_lsr(const struct keel_uart_state *s)
{
	u8 lsr = s->errors;

	if (s->rx_count)
		lsr |= LSR_DR;
	if (uart_tx_idle(s))
		lsr |= LSR_THRE | LSR_TEMT;
	if (s->fcr & FCR_ENABLE && (s->rx_breaks || s->errors & LSR_BREAK))
		lsr |= LSR_FIFO_ERROR;
	return lsr;
}

static enum uart_irq uart_find_irq(const struct keel_uart *uart)
{
	const struct keel_uart_state *s = &uart->s;

	if (s->ier & IER_ELSI && s->errors)
		return IRQ_LINE;
	if (s->ier & IER_ERBFI && s->rx_count >= uart_trigger(s))
		return IRQ_RX;
	if (s->ier & IER_ERBFI && uart_timed_out(uart))
		return IRQ_TIMEOUT;
	if (s->thre_pending)
		return IRQ_THRE;
	if (s->ier & IER_EDSSI && s->msr & MSR_DELTAS)
		return IRQ_MODEM;
	return IRQ_NONE;
}

/*
 * The character timeout needs a timer only if it would be the one to raise the line;
 * everywhere else it is a matter of comparing time stamps.
 */
static void uart_sync(struct keel_uart *uart)
{
	const struct keel_uart_state *s = &uart->s;
	enum uart_irq irq = uart_find_irq(uart);
	bool gate = s->mcr & MCR_OUT2;
	bool waiting = gate && irq == IRQ_NONE && s->ier & IER_ERBFI && s->timeout_at;

	if (irq != uart->pending && irq != IRQ_NONE)
		uart->irqs[irq]++;
	uart->pending = irq;
	keel_line_set(&uart->irq, gate && irq != IRQ_NONE);
	keel_arm(&uart->dev, TIMER_TX, s->tx_until ? s->tx_until : KEEL_NEVER);
	keel_arm(&uart->dev, TIMER_TIMEOUT, waiting ? s->timeout_at : KEEL_NEVER);
}

/* ---- Receiver ---- */

/* An error shows in the LSR when its character gets to the top of the FIFO. */
static void uart_rx_top(struct keel_uart_state *s)
{
	if (s->rx_count && s->rx_breaks & BIT(s->rx_head))
		s->errors |= LSR_BREAK;
}

/* A timeout that has happened lasts until the guest reads, whatever else comes in. */
static void uart_rx_restart_timeout(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	bool needed = s->rx_count && s->fcr & FCR_ENABLE;

	s->timeout_at = needed ? keel_now(&uart->dev) + uart_timeout(s) : 0;
}

static void uart_rx_put(struct keel_uart *uart, u8 byte, bool is_break)
{
	struct keel_uart_state *s = &uart->s;
	unsigned int slot;

	if (s->rx_count == uart_depth(s)) {
		uart->overruns++;
		s->errors |= LSR_OE;
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
	if (!uart_timed_out(uart))
		uart_rx_restart_timeout(uart);
}

/* An empty receiver gives the last character again, as the real buffer register does. */
static u8 uart_read_rbr(struct keel_uart *uart)
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
	uart_sync(uart);
	return byte;
}

/* ---- Transmitter ---- */

static void uart_tx_send(struct keel_uart *uart, u8 byte)
{
	struct keel_uart_state *s = &uart->s;
	struct keel_board *board = uart->dev.board;

	if (uart->tx_ns)
		s->tx_until = keel_now(&uart->dev) + uart->tx_ns;
	if (s->mcr & MCR_LOOP) {
		uart_rx_put(uart, byte, false);
	} else if (!(s->lcr & LCR_BREAK)) {	/* a break hides what is sent meanwhile */
		uart->tx_bytes++;
		if (!board->ops->byte_out(board->host, &uart->dev, byte) &&
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
	if (uart_tx_idle(s) && s->ier & IER_ETBEI)
		s->thre_pending = 1;
}

/*
 * Writing ends the transmitter's interrupt, and as sending takes no time the next one
 * follows at once. Guests whose handler never reads the IIR, on an edge-triggered
 * line, live on the edge between the two: hence the sync.
 */
static void uart_write_thr(struct keel_uart *uart, u8 byte)
{
	struct keel_uart_state *s = &uart->s;

	if (s->thre_pending) {
		s->thre_pending = 0;
		uart_sync(uart);
	}
	if (s->tx_count == uart_depth(s)) {
		uart->tx_lost++;
		if (s->fcr & FCR_ENABLE)
			return;
		s->tx_count = 0;	/* a 16450's holding register is overwritten */
	}
	s->tx_data[(s->tx_head + s->tx_count++) % KEEL_UART_FIFO] = byte;
	uart_tx_run(uart);
}

/* ---- Registers ---- */

static u8 uart_modem_inputs(const struct keel_uart_state *s)
{
	u8 inputs = 0;

	if (!(s->mcr & MCR_LOOP))
		return s->pins;
	if (s->mcr & MCR_RTS)
		inputs |= KEEL_UART_CTS;
	if (s->mcr & MCR_DTR)
		inputs |= KEEL_UART_DSR;
	if (s->mcr & MCR_OUT1)
		inputs |= KEEL_UART_RI;
	if (s->mcr & MCR_OUT2)
		inputs |= KEEL_UART_DCD;
	return inputs;
}

/* Follows the modem inputs. RI alone has a delta for one direction only: its end. */
static void uart_modem_changed(struct keel_uart_state *s)
{
	u8 inputs = uart_modem_inputs(s);
	u8 changed = (s->msr ^ inputs) & MSR_INPUTS;
	u8 deltas = changed >> MSR_DELTA_SHIFT;

	if (inputs & KEEL_UART_RI)
		deltas &= ~MSR_TERI;
	s->msr = inputs | (s->msr & MSR_DELTAS) | deltas;
}

static bool uart_hears_own_break(const struct keel_uart_state *s)
{
	return s->mcr & MCR_LOOP && s->lcr & LCR_BREAK;
}

static void uart_write_control(struct keel_uart *uart, u8 lcr, u8 mcr)
{
	struct keel_uart_state *s = &uart->s;
	bool heard = uart_hears_own_break(s);

	if (lcr & ~s->lcr & LCR_BREAK)
		uart->tx_breaks++;
	s->lcr = lcr;
	s->mcr = mcr & MCR_BITS;
	if (!heard && uart_hears_own_break(s))
		uart_rx_put(uart, 0, true);
	uart_modem_changed(s);
}

/* Enabling the transmitter's interrupt while it is idle raises it. Drivers start so. */
static void uart_write_ier(struct keel_uart_state *s, u8 value)
{
	if (!(value & IER_ETBEI))
		s->thre_pending = 0;
	else if (!(s->ier & IER_ETBEI) && uart_tx_idle(s))
		s->thre_pending = 1;
	s->ier = value & IER_BITS;
}

static void uart_rx_reset(struct keel_uart_state *s)
{
	s->rx_count = 0;
	s->rx_breaks = 0;
	s->errors &= ~LSR_BREAK;	/* an overrun is nobody's character: it stays */
	s->timeout_at = 0;
}

/* With bit 0 clear the other bits are not looked at; changing it empties both FIFOs. */
static void uart_write_fcr(struct keel_uart_state *s, u8 value)
{
	bool switched = (s->fcr ^ value) & FCR_ENABLE;

	s->fcr = value & FCR_ENABLE ? value & (FCR_ENABLE | FCR_TRIGGER) : 0;
	if (switched || (value & FCR_RX_RESET && s->fcr))
		uart_rx_reset(s);
	if (switched || (value & FCR_TX_RESET && s->fcr))
		s->tx_count = 0;
}

static u8 uart_read_iir(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	enum uart_irq irq = uart_find_irq(uart);

	if (irq == IRQ_THRE) {
		s->thre_pending = 0;
		uart_sync(uart);
	}
	return uart_iir[irq] | (s->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static u8 uart_read_lsr(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	u8 lsr = uart_lsr(s);

	if (s->errors) {
		s->errors = 0;
		if (s->rx_count)
			s->rx_breaks &= ~BIT(s->rx_head);
		uart_sync(uart);
	}
	return lsr;
}

static u8 uart_read_msr(struct keel_uart *uart)
{
	u8 msr = uart->s.msr;

	if (msr & MSR_DELTAS) {
		uart->s.msr &= ~MSR_DELTAS;
		uart_sync(uart);
	}
	return msr;
}

static u32 uart_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_uart *uart = uart_of(dev);
	const struct keel_uart_state *s = &uart->s;

	switch (offset) {
	case REG_RBR_THR:
		return s->lcr & LCR_DLAB ? s->dll : uart_read_rbr(uart);
	case REG_IER:
		return s->lcr & LCR_DLAB ? s->dlm : s->ier;
	case REG_IIR_FCR:
		return uart_read_iir(uart);
	case REG_LCR:
		return s->lcr;
	case REG_MCR:
		return s->mcr;
	case REG_LSR:
		return uart_read_lsr(uart);
	case REG_MSR:
		return uart_read_msr(uart);
	default:
		return s->scr;
	}
}

static void uart_write(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width,
		       u32 value)
{
	struct keel_uart *uart = uart_of(dev);
	struct keel_uart_state *s = &uart->s;

	switch (offset) {
	case REG_RBR_THR:
		if (s->lcr & LCR_DLAB)
			s->dll = value;
		else
			uart_write_thr(uart, value);
		break;
	case REG_IER:
		if (s->lcr & LCR_DLAB)
			s->dlm = value;
		else
			uart_write_ier(s, value);
		break;
	case REG_IIR_FCR:
		uart_write_fcr(s, value);
		break;
	case REG_LCR:
		uart_write_control(uart, value, s->mcr);
		break;
	case REG_MCR:
		uart_write_control(uart, s->lcr, value);
		break;
	case REG_SCR:
		s->scr = value;
		break;
	}
	uart_sync(uart);
}

/* ---- From outside ---- */

static void uart_expire(struct keel_dev *dev, unsigned int timer)
{
	struct keel_uart *uart = uart_of(dev);

	if (timer == TIMER_TX) {
		uart->s.tx_until = 0;
		uart_tx_run(uart);
	}
	uart_sync(uart);
}

/* In loopback the receiver is not connected to the line: what is there has to wait. */
static bool uart_receive(struct keel_uart *uart, u8 byte, bool is_break)
{
	struct keel_uart_state *s = &uart->s;

	if (s->mcr & MCR_LOOP || s->rx_count == uart_depth(s)) {
		uart->rx_full++;
		return false;
	}
	if (!is_break)
		uart->rx_bytes++;
	uart_rx_put(uart, byte, is_break);
	return true;
}

static void uart_tx_room(struct keel_uart *uart)
{
	if (!uart->s.tx_blocked)
		return;
	uart->s.tx_blocked = 0;
	uart_tx_run(uart);
}

static int uart_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_uart *uart = uart_of(dev);
	int answer = 0;

	switch (input) {
	case KEEL_HOST_RX:
		answer = uart_receive(uart, value, false);
		break;
	case KEEL_HOST_RX_BREAK:
		answer = uart_receive(uart, 0, true);
		break;
	case KEEL_HOST_TX_ROOM:
		uart_tx_room(uart);
		break;
	case KEEL_INPUT_UART_MODEM:
		if (value & ~MSR_INPUTS)
			return -1;
		uart->s.pins = value;
		uart_modem_changed(&uart->s);
		break;
	default:
		return -1;
	}
	uart_sync(uart);
	return answer;
}

/*
 * Master reset leaves the scratch register and the divisor alone. What is outside of
 * the chip stays as well: the modem's pins, and a host without room.
 */
static void uart_reset(struct keel_dev *dev, bool cold)
{
	struct keel_uart *uart = uart_of(dev);
	struct keel_uart_state old = uart->s, *s = &uart->s;

	memset(s, 0, sizeof(*s));
	s->scr = old.scr;
	s->dll = cold ? DIVISOR_9600 : old.dll;
	s->dlm = old.dlm;
	s->pins = cold ? KEEL_UART_CTS | KEEL_UART_DSR | KEEL_UART_DCD : old.pins;
	s->msr = s->pins;
	s->tx_blocked = old.tx_blocked;
	uart->pending = IRQ_NONE;
	uart_sync(uart);
}

/* A bit for each slot of the receiver's ring that is in use. */
static u16 uart_rx_held(const struct keel_uart_state *s)
{
	u32 ring = (u32)(BIT(s->rx_count) - 1) << s->rx_head;

	return ring | ring >> KEEL_UART_FIFO;
}

static bool uart_check_rx(const struct keel_uart_state *s, u64 now)
{
	bool waiting = s->rx_count && s->fcr & FCR_ENABLE;

	if (s->rx_head >= KEEL_UART_FIFO || s->rx_count > uart_depth(s))
		return false;
	if (s->rx_breaks & ~uart_rx_held(s))
		return false;
	if (s->rx_breaks & BIT(s->rx_head) && !(s->errors & LSR_BI))
		return false;
	return !!s->timeout_at == waiting && s->timeout_at <= now + TIMEOUT_MAX;
}

static bool uart_check_tx(const struct keel_uart_state *s, u64 now)
{
	if (s->tx_head >= KEEL_UART_FIFO || s->tx_count > uart_depth(s))
		return false;
	if (s->tx_blocked > 1 || s->thre_pending > 1)
		return false;
	if (s->tx_count && !s->tx_until && !s->tx_blocked)
		return false;
	if (s->thre_pending && !(s->ier & IER_ETBEI && uart_tx_idle(s)))
		return false;
	return s->tx_until <= now + TX_MAX;
}

static bool uart_check(const struct keel_dev *dev, const void *state, u64 now)
{
	static const u8 zero[sizeof_field(struct keel_uart_state, pad)];
	const struct keel_uart_state *s = state;

	if (s->ier & ~IER_BITS || s->mcr & ~MCR_BITS || s->pins & ~MSR_INPUTS)
		return false;
	if (s->fcr & ~(FCR_ENABLE | FCR_TRIGGER) || (s->fcr && !(s->fcr & FCR_ENABLE)))
		return false;
	if (s->errors & ~(LSR_OE | LSR_BREAK) || !(s->errors & LSR_BI) != !(s->errors & LSR_FE))
		return false;
	if ((s->msr & MSR_INPUTS) != uart_modem_inputs(s) || memcmp(s->pad, zero, sizeof(zero)))
		return false;
	return uart_check_rx(s, now) && uart_check_tx(s, now);
}

static void uart_loaded(struct keel_dev *dev)
{
	struct keel_uart *uart = uart_of(dev);

	uart->pending = uart_find_irq(uart);
	uart_sync(uart);
}

static bool uart_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	static const u64 zero[ARRAY_SIZE(config->uart.reserved)];
	struct keel_uart *uart = uart_of(dev);
	u64 rate = config->uart.rate_cap;

	if (config->uart.policy > KEEL_UART_DROP_OLDEST ||
	    memcmp(config->uart.reserved, zero, sizeof(zero)))
		return false;
	uart->policy = config->uart.policy;
	uart->tx_ns = rate ? (NSEC + rate - 1) / rate : 0;
	return true;
}

static const struct keel_region_desc uart_regions[] = {
	{ .label = "regs", .space = KEEL_PIO, .base = 0x3f8, .length = NR_REGS, .width = 1 },
};

static const struct keel_wire_desc uart_wires[] = {
	KEEL_WIRE(keel_uart, irq, "irq", 4, false),
};

#define UART_IRQS(kind, label_) \
	{ .label = (label_), .offset = offsetof(struct keel_uart, irqs[kind]), .nr = 1 }

static const struct keel_counter_desc uart_counters[] = {
	KEEL_COUNTER(keel_uart, tx_bytes),
	KEEL_COUNTER(keel_uart, tx_lost),
	KEEL_COUNTER(keel_uart, tx_stalls),
	KEEL_COUNTER(keel_uart, tx_breaks),
	KEEL_COUNTER(keel_uart, rx_bytes),
	KEEL_COUNTER(keel_uart, rx_full),
	KEEL_COUNTER(keel_uart, rx_breaks),
	KEEL_COUNTER(keel_uart, overruns),
	UART_IRQS(IRQ_LINE, "irqs.line"),
	UART_IRQS(IRQ_RX, "irqs.rx"),
	UART_IRQS(IRQ_TIMEOUT, "irqs.timeout"),
	UART_IRQS(IRQ_THRE, "irqs.thre"),
	UART_IRQS(IRQ_MODEM, "irqs.modem"),
};

const struct keel_dev_ops keel_uart_ops = {
	.name = "uart",
	.class = KEEL_CLASS_UART,
	.version = 1,
	.size = sizeof(struct keel_uart),
	.state = offsetof(struct keel_uart, s),
	.state_size = sizeof(struct keel_uart_state),
	.regions = uart_regions,
	.nr_regions = ARRAY_SIZE(uart_regions),
	.wires = uart_wires,
	.nr_wires = ARRAY_SIZE(uart_wires),
	.counters = uart_counters,
	.nr_counters = ARRAY_SIZE(uart_counters),
	.nr_timers = NR_TIMERS,
	.configure = uart_configure,
	.read = uart_read,
	.write = uart_write,
	.expire = uart_expire,
	.host = uart_host,
	.reset = uart_reset,
	.check = uart_check,
	.loaded = uart_loaded,
};
