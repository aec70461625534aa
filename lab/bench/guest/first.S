/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel whose first instruction is seen from outside: an access to port 0x99. Then it sleeps. A
 * PVH ELF image, entered in 32-bit protected mode.
 */
#include "pvh.h"

	.section .text, "ax"
	.globl	start
start:
	out	%al, $0x99
1:	cli
	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
