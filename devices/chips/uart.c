// SPDX-License-Identifier: GPL-2.0
/*
 * 16550A UART (National Semiconductor PC16550D datasheet).
 *
 * Modelled: both FIFOs with their triggers and the character timeout, 16450 mode,
 * line and modem status with deltas, loopback, break both ways, the interrupt
 * identification with its priorities, and the PC's gate behind OUT2.
 * The line to the host has no speed of its own: a character is sent as soon as it is
 * written, and received as soon as the host has it and there is room. The baud rate
 * only says how long a character timeout is, and how soon after a character the
 * transmitter interrupts (uart_fifo.c); config.rate_cap limits the transmitter.
 * While the host has no room for more (or the cap says wait) THRE and TEMT are low
 * and what the guest writes waits in the transmitter FIFO.
 * Not modelled: parity and framing errors, word length (all eight bits pass), DMA
 * mode pins, the outputs DTR, RTS and OUT1 outside of loopback.
 * The registers are ports, or in memory with a stride of 1, 2, 4 or 8 bytes: then the
 * upper bytes of each read as zero.
 * Choices: OUT2 gates the interrupt in loopback as well, unless the config lets it gate nothing; a
 * divisor of 0 counts as 1; the divisor starts out as 12 (9600 baud), as a PC's firmware leaves it.
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
#include "uart.h"

enum uart_reg {
	REG_RBR_THR, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR,
	NR_REGS
};

#define NSEC		1000000000ULL
#define DIVISOR_9600	12

enum uart_timer { TIMER_TX, TIMER_TIMEOUT, TIMER_THRE, NR_TIMERS };

static const u8 uart_iir[] = {
	[IRQ_LINE] = 0x06, [IRQ_RX] = 0x04, [IRQ_TIMEOUT] = 0x0c, [IRQ_THRE] = 0x02,
	[IRQ_MODEM] = 0x00, [IRQ_NONE] = 0x01,
};

static_assert(sizeof(struct keel_uart_state) == 80);
static_assert(sizeof(struct keel_uart_config) == 48);

static struct keel_uart *uart_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_uart, dev);
}

static unsigned int uart_trigger(const struct keel_uart_state *s)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	return levels[s->fcr >> FCR_TRIGGER_SHIFT];
}

static u8 uart_lsr(const struct keel_uart_state *s)
{
	u8 lsr = s->errors;

	if (s->rx_count)
		lsr |= UART_LSR_DR;
	if (keel_uart_tx_idle(s))
		lsr |= UART_LSR_THRE | UART_LSR_TEMT;
	if (s->fcr & FCR_ENABLE && (s->rx_breaks || s->errors & LSR_BREAK))
		lsr |= LSR_FIFO_ERROR;
	return lsr;
}

/* @thre: is the transmitter's interrupt there? The IIR has it before the line has. */
static enum uart_irq uart_find_irq(const struct keel_uart *uart, bool thre)
{
	const struct keel_uart_state *s = &uart->s;

	if (s->ier & IER_ELSI && s->errors)
		return IRQ_LINE;
	if (s->ier & IER_ERBFI && s->rx_count >= uart_trigger(s))
		return IRQ_RX;
	if (s->ier & IER_ERBFI && keel_uart_timed_out(uart))
		return IRQ_TIMEOUT;
	if (thre)
		return IRQ_THRE;
	if (s->ier & IER_EDSSI && s->msr & MSR_DELTAS)
		return IRQ_MODEM;
	return IRQ_NONE;
}

static enum uart_irq uart_irq_on_line(const struct keel_uart *uart)
{
	return uart_find_irq(uart, keel_uart_thre_due(uart));
}

/*
 * Timeout and transmitter need a timer only if it would be the one to raise the line;
 * everywhere else they are a matter of comparing time stamps.
 */
static void uart_arm(struct keel_uart *uart, bool timeout, bool thre)
{
	const struct keel_uart_state *s = &uart->s;

	keel_arm(&uart->dev, TIMER_TX, s->tx_until ? s->tx_until : KEEL_NEVER);
	keel_arm(&uart->dev, TIMER_TIMEOUT, timeout ? s->timeout_at : KEEL_NEVER);
	keel_arm(&uart->dev, TIMER_THRE, thre ? s->thre_at : KEEL_NEVER);
}

static void uart_sync(struct keel_uart *uart)
{
	const struct keel_uart_state *s = &uart->s;
	enum uart_irq irq = uart_irq_on_line(uart);
	bool gate = uart->ungated || s->mcr & UART_MCR_OUT2;
	bool waiting = gate && irq == IRQ_NONE;
	bool timeout = waiting && s->ier & IER_ERBFI && s->timeout_at;
	bool thre = waiting && s->thre_at;

	if (irq != uart->pending && irq != IRQ_NONE)
		uart->irqs[irq]++;
	uart->pending = irq;
	keel_line_set(&uart->irq, gate && irq != IRQ_NONE);
	/* Mostly there is no timer, and needs none. */
	if (uart->dev.armed || s->tx_until || timeout || thre)
		uart_arm(uart, timeout, thre);
}

/* ---- Registers ---- */

static u8 uart_modem_inputs(const struct keel_uart_state *s)
{
	u8 inputs = 0;

	if (!(s->mcr & UART_MCR_LOOP))
		return s->pins;
	if (s->mcr & UART_MCR_RTS)
		inputs |= KEEL_UART_CTS;
	if (s->mcr & UART_MCR_DTR)
		inputs |= KEEL_UART_DSR;
	if (s->mcr & UART_MCR_OUT1)
		inputs |= KEEL_UART_RI;
	if (s->mcr & UART_MCR_OUT2)
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
		deltas &= ~UART_MSR_TERI;
	s->msr = inputs | (s->msr & MSR_DELTAS) | deltas;
}

static bool uart_hears_own_break(const struct keel_uart_state *s)
{
	return s->mcr & UART_MCR_LOOP && s->lcr & LCR_BREAK;
}

/* What the host sees of the outputs. In loopback they are inactive. */
static u16 uart_outputs(const struct keel_uart_state *s)
{
	if (s->mcr & UART_MCR_LOOP)
		return 0;
	return (s->mcr & MODEM_OUTPUTS) | (s->lcr & LCR_BREAK ? KEEL_MODEM_BREAK : 0);
}

static void uart_tell_outputs(struct keel_uart *uart, u16 before)
{
	if (uart_outputs(&uart->s) == before)
		return;
	uart->output_changes++;
	keel_event(&uart->dev, KEEL_EVENT_MODEM, uart->dev.instance);
}

static void uart_write_control(struct keel_uart *uart, u8 lcr, u8 mcr)
{
	struct keel_uart_state *s = &uart->s;
	bool heard = uart_hears_own_break(s);
	u16 before = uart_outputs(s);

	if (lcr & ~s->lcr & LCR_BREAK)
		uart->tx_breaks++;
	s->lcr = lcr;
	s->mcr = mcr & MCR_BITS;
	if (!heard && uart_hears_own_break(s))
		keel_uart_rx_put(uart, 0, true);
	uart_modem_changed(s);
	uart_tell_outputs(uart, before);
}

/* Enabling the transmitter's interrupt while it is idle raises it. Drivers start so. */
static void uart_write_ier(struct keel_uart_state *s, u8 value)
{
	if (!(value & IER_ETBEI))
		keel_uart_thre_set(s, false);
	else if (!(s->ier & IER_ETBEI) && keel_uart_tx_idle(s))
		keel_uart_thre_set(s, true);
	s->ier = value & IER_BITS;
}

/* With bit 0 clear the other bits are not looked at; changing it empties both FIFOs. */
static void uart_write_fcr(struct keel_uart_state *s, u8 value)
{
	bool switched = (s->fcr ^ value) & FCR_ENABLE;

	s->fcr = value & FCR_ENABLE ? value & (FCR_ENABLE | FCR_TRIGGER) : 0;
	if (switched || (value & FCR_RX_RESET && s->fcr))
		keel_uart_rx_reset(s);
	if (switched || (value & FCR_TX_RESET && s->fcr))
		s->tx_count = 0;
}

static u8 uart_read_rbr(struct keel_uart *uart)
{
	u8 byte = keel_uart_rx_get(uart);

	uart_sync(uart);
	return byte;
}

static u8 uart_iir_of(const struct keel_uart_state *s, enum uart_irq irq)
{
	return uart_iir[irq] | (s->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static u8 uart_read_iir(struct keel_uart *uart)
{
	struct keel_uart_state *s = &uart->s;
	enum uart_irq irq = uart_find_irq(uart, s->thre_pending);

	if (irq == IRQ_THRE) {
		keel_uart_thre_set(s, false);
		uart_sync(uart);
	}
	return uart_iir_of(s, irq);
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

/* Is it the lowest byte of a register? There is nothing in the others. */
static bool uart_is_register(const struct keel_uart *uart, u32 offset)
{
	return !(offset & (BIT(uart->shift) - 1));
}

static u32 uart_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_uart *uart = uart_of(dev);
	const struct keel_uart_state *s = &uart->s;

	if (!uart_is_register(uart, offset))
		return 0;
	switch (offset >> uart->shift) {
	case REG_RBR_THR:
		return s->lcr & UART_LCR_DLAB ? s->dll : uart_read_rbr(uart);
	case REG_IER:
		return s->lcr & UART_LCR_DLAB ? s->dlm : s->ier;
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

/* A guest that polls wants to know whether it may send. */
static u64 uart_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		     unsigned int width, u64 now)
{
	const struct keel_uart *uart = container_of(dev, struct keel_uart, dev);

	if (offset != REG_LSR << uart->shift || uart->s.errors)
		return KEEL_NO_PEEK;
	return uart_lsr(&uart->s);
}

static void uart_write(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width,
		       u32 value)
{
	struct keel_uart *uart = uart_of(dev);
	struct keel_uart_state *s = &uart->s;

	if (!uart_is_register(uart, offset)) {
		uart->ignored++;
		return;
	}
	switch (offset >> uart->shift) {
	case REG_RBR_THR:
		if (s->lcr & UART_LCR_DLAB)
			s->dll = value;
		else
			keel_uart_tx_put(uart, value);
		break;
	case REG_IER:
		if (s->lcr & UART_LCR_DLAB)
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
	default:
		uart->ignored++;
		break;
	}
	uart_sync(uart);
}

/* ---- From outside ---- */

static void uart_expire(struct keel_dev *dev, unsigned int timer)
{
	struct keel_uart *uart = uart_of(dev);

	if (timer == TIMER_TX)
		keel_uart_tx_ready(uart);
	uart_sync(uart);
}

static int uart_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_uart *uart = uart_of(dev);
	int answer = 0;

	switch (input) {
	case KEEL_HOST_RX:
		answer = keel_uart_rx_offer(uart, value, false);
		break;
	case KEEL_HOST_RX_BREAK:
		answer = keel_uart_rx_offer(uart, 0, true);
		break;
	case KEEL_HOST_TX_ROOM:
		keel_uart_tx_room(uart);
		break;
	case KEEL_HOST_MODEM:
		return uart_outputs(&uart->s) | uart->s.pins;
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
	uart_tell_outputs(uart, uart_outputs(&old));
	uart_sync(uart);
}

static bool uart_check(const struct keel_dev *dev, const void *state, u64 now)
{
	static const u8 zero[sizeof_field(struct keel_uart_state, pad)];
	const struct keel_uart_state *s = state;

	if (s->ier & ~IER_BITS || s->mcr & ~MCR_BITS || s->pins & ~MSR_INPUTS)
		return false;
	if (s->fcr & ~(FCR_ENABLE | FCR_TRIGGER) || (s->fcr && !(s->fcr & FCR_ENABLE)))
		return false;
	if (s->errors & ~(UART_LSR_OE | LSR_BREAK) ||
	    !(s->errors & UART_LSR_BI) != !(s->errors & UART_LSR_FE))
		return false;
	if ((s->msr & MSR_INPUTS) != uart_modem_inputs(s) || memcmp(s->pad, zero, sizeof(zero)))
		return false;
	return keel_uart_rx_check(s, now) && keel_uart_tx_check(s, now);
}

static void uart_loaded(struct keel_dev *dev)
{
	struct keel_uart *uart = uart_of(dev);

	uart->pending = uart_irq_on_line(uart);
	uart_sync(uart);
}

/* The IIR as it would be read; the reading itself could end an interrupt. */
static void uart_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_uart *uart = container_of(dev, struct keel_uart, dev);
	const struct keel_uart_state *s = &uart->s;

	keel_emit(out, "ier", -1, "", s->ier);
	keel_emit(out, "iir", -1, "", uart_iir_of(s, uart_find_irq(uart, s->thre_pending)));
	keel_emit(out, "fcr", -1, "", s->fcr);
	keel_emit(out, "lcr", -1, "", s->lcr);
	keel_emit(out, "mcr", -1, "", s->mcr);
	keel_emit(out, "lsr", -1, "", uart_lsr(s));
	keel_emit(out, "msr", -1, "", s->msr);
	keel_emit(out, "divisor", -1, "", s->dlm << 8 | s->dll);
	keel_emit(out, "rx_count", -1, "", s->rx_count);
	keel_emit(out, "tx_count", -1, "", s->tx_count);
	keel_emit(out, "tx_blocked", -1, "", s->tx_blocked);
	keel_emit(out, "thre_pending", -1, "", s->thre_pending);
	keel_emit(out, "modem_inputs", -1, "", s->pins);
}

/* Of a stride of 0, 1, 2, 4 or 8. */
static u32 uart_shift(u32 stride)
{
	return stride == 8 ? 3 : stride / 2;
}

static bool uart_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	static const u64 zero[ARRAY_SIZE(config->uart.reserved)];
	struct keel_uart *uart = uart_of(dev);
	u64 rate = config->uart.rate_cap;
	u32 stride = config->uart.stride;

	if (config->uart.policy > KEEL_UART_DROP_OLDEST ||
	    config->uart.flags & ~KEEL_UART_UNGATED ||
	    memcmp(config->uart.reserved, zero, sizeof(zero)))
		return false;
	if (stride && (!config->base || config->base & (stride - 1)))
		return false;
	uart->policy = config->uart.policy;
	uart->ungated = config->uart.flags & KEEL_UART_UNGATED;
	uart->shift = uart_shift(stride);
	uart->tx_ns = rate ? (NSEC + rate - 1) / rate : 0;
	return true;
}

#define UART_REGION(space_, base_, stride, width_) \
	{ .label = "regs", .space = (space_), .base = (base_), .length = NR_REGS * (stride), \
	  .width = (width_), .peek = true }

static const struct keel_region_desc uart_ports = UART_REGION(KEEL_PIO, 0x3f8, 1, 1);

static const struct keel_region_desc uart_memory[] = {
	UART_REGION(KEEL_MMIO, 0, 1, 1),
	UART_REGION(KEEL_MMIO, 0, 2, 2),
	UART_REGION(KEEL_MMIO, 0, 4, 4),
	UART_REGION(KEEL_MMIO, 0, 8, 4),	/* of 8 bytes the bus makes two accesses */
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
	KEEL_COUNTER(keel_uart, output_changes),
	KEEL_COUNTER(keel_uart, rx_bytes),
	KEEL_COUNTER(keel_uart, rx_full),
	KEEL_COUNTER(keel_uart, rx_breaks),
	KEEL_COUNTER(keel_uart, overruns),
	KEEL_COUNTER(keel_uart, ignored),
	UART_IRQS(IRQ_LINE, "irqs.line"),
	UART_IRQS(IRQ_RX, "irqs.rx"),
	UART_IRQS(IRQ_TIMEOUT, "irqs.timeout"),
	UART_IRQS(IRQ_THRE, "irqs.thre"),
	UART_IRQS(IRQ_MODEM, "irqs.modem"),
};

#define UART_OPS(regions_, variant_) {				\
	.name = "uart",						\
	.class = KEEL_CLASS_UART,				\
	.version = 2,						\
	.size = sizeof(struct keel_uart),			\
	.state = offsetof(struct keel_uart, s),			\
	.state_size = sizeof(struct keel_uart_state),		\
	.regions = (regions_),					\
	.nr_regions = 1,					\
	.wires = uart_wires,					\
	.nr_wires = ARRAY_SIZE(uart_wires),			\
	.counters = uart_counters,				\
	.nr_counters = ARRAY_SIZE(uart_counters),		\
	.nr_timers = NR_TIMERS,					\
	.variant = (variant_),					\
	.configure = uart_configure,				\
	.read = uart_read,					\
	.peek = uart_peek,					\
	.write = uart_write,					\
	.expire = uart_expire,					\
	.host = uart_host,					\
	.inspect = uart_inspect,				\
	.reset = uart_reset,					\
	.check = uart_check,					\
	.loaded = uart_loaded,					\
}

static const struct keel_dev_ops uart_memory_ops[] = {
	UART_OPS(&uart_memory[0], NULL), UART_OPS(&uart_memory[1], NULL),
	UART_OPS(&uart_memory[2], NULL), UART_OPS(&uart_memory[3], NULL),
};

static const struct keel_dev_ops *uart_variant(const struct keel_device_config *config)
{
	u32 stride = config->uart.stride;

	if (!stride)
		return &keel_uart_ops;
	return stride > 8 || stride & (stride - 1) ? NULL : &uart_memory_ops[uart_shift(stride)];
}

const struct keel_dev_ops keel_uart_ops = UART_OPS(&uart_ports, uart_variant);
