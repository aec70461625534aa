/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_UART_H
#define KEEL_UART_H

#include <linux/types.h>

/* What becomes of bytes that nobody reads. */
#define KEEL_UART_LOSSLESS	0	/* hold the transmitter until there is room */
#define KEEL_UART_DROP_OLDEST	1

/**
 * struct keel_uart_config - choices for a 16550A.
 * @policy:   KEEL_UART_LOSSLESS or KEEL_UART_DROP_OLDEST
 * @rate_cap: most bytes a second that the transmitter sends; 0: no limit
 * @reserved: zero
 */
struct keel_uart_config {
	__u32 policy;
	__u32 rate_cap;
	__u64 reserved[5];
};

#endif /* KEEL_UART_H */
