/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_UART_H
#define KEEL_UART_H

#include <linux/types.h>

/* What becomes of bytes that the process does not read: keel_uart_config.policy. */
#define KEEL_UART_LOSSLESS	0	/* hold the transmitter until there is room */
#define KEEL_UART_DROP_OLDEST	1

/* Flags of struct keel_uart_config. */
#define KEEL_UART_UNGATED	0x1U	/* OUT2 does not gate the interrupt, as it does on a PC */

/* keel_input.input for KEEL_CLASS_UART. */
#define KEEL_INPUT_UART_MODEM	0	/* value: the KEEL_UART_* inputs that are asserted */

/* Modem inputs, where the MSR has them. */
#define KEEL_UART_CTS		0x10
#define KEEL_UART_DSR		0x20
#define KEEL_UART_RI		0x40
#define KEEL_UART_DCD		0x80

/*
 * What the guest does with its modem outputs is told by the port's stream (KEEL_OPEN_UART), as a
 * terminal's driver tells it: TIOCMGET gives TIOCM_DTR, _RTS, _OUT1 and _OUT2, the inputs, and
 * this bit while the guest sends a break. poll() reports POLLPRI when outputs, or the break, have
 * changed since the last TIOCMGET.
 */
#define KEEL_UART_TIOCM_BREAK	0x10000

/** KEEL_UART_FIFO - characters in each of a 16550A's two FIFOs. */
#define KEEL_UART_FIFO		16

/**
 * struct keel_uart_config - choices for a 16550A.
 * @policy:   KEEL_UART_LOSSLESS or KEEL_UART_DROP_OLDEST
 * @rate_cap: most bytes a second that the transmitter sends; 0: no limit
 * @stride:   0: the registers are ports; else they are in memory, so many bytes apart:
 *            1, 2, 4 or 8. A register's value is in the lowest byte, and accesses up
 *            to @stride bytes wide reach it whole. keel_device_config.base has to be
 *            given then, as a multiple of @stride
 * @flags:    KEEL_UART_UNGATED
 * @reserved: zero
 */
struct keel_uart_config {
	__u32 policy;
	__u32 rate_cap;
	__u32 stride;
	__u32 flags;
	__u64 reserved[4];
};

/**
 * struct keel_uart_state - a 16550A (PC16550D datasheet, section 8).
 * @tx_until:   VmTime, ns, at which the capped transmitter may send again; 0: now
 * @timeout_at: VmTime, ns, from which on the characters in the receiver FIFO have
 *              waited for four character times; 0: there are none, or no FIFO
 * @thre_at:    VmTime, ns, from which on the transmitter's interrupt, if it is pending,
 *              shows on the line; 0: at once
 * @rx_data:    receiver FIFO, a ring
 * @tx_data:    transmitter FIFO, a ring
 * @rx_breaks:  a bit for each slot of @rx_data that holds a break not yet reported
 * @rx_head:    slot of the oldest character received
 * @rx_count:   characters received; at most one with the FIFOs off
 * @tx_head:    slot of the next character to send
 * @tx_count:   characters waiting to be sent; at most one with the FIFOs off
 * @tx_blocked: 1: the host has no room for another byte
 * @thre_pending: 1: the transmitter's interrupt is pending
 * @ier:        interrupt enable register
 * @fcr:        FIFO control register: the enable and trigger bits
 * @lcr:        line control register
 * @mcr:        modem control register
 * @errors:     error bits of the line status register: OE, FE, BI
 * @msr:        modem status register
 * @scr:        scratch register
 * @dll:        divisor latch, low byte
 * @dlm:        divisor latch, high byte
 * @pins:       KEEL_UART_* inputs that are asserted
 * @pad:        zero
 */
struct keel_uart_state {
	__u64 tx_until;
	__u64 timeout_at;
	__u64 thre_at;
	__u8  rx_data[KEEL_UART_FIFO];
	__u8  tx_data[KEEL_UART_FIFO];
	__u16 rx_breaks;
	__u8  rx_head;
	__u8  rx_count;
	__u8  tx_head;
	__u8  tx_count;
	__u8  tx_blocked;
	__u8  thre_pending;
	__u8  ier;
	__u8  fcr;
	__u8  lcr;
	__u8  mcr;
	__u8  errors;
	__u8  msr;
	__u8  scr;
	__u8  dll;
	__u8  dlm;
	__u8  pins;
	__u8  pad[6];
};

#endif /* KEEL_UART_H */
