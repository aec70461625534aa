/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel whose first instruction is seen from outside: an access to port 0x80. Then it sleeps. A
 * PVH ELF image, entered in 32-bit protected mode.
 */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start

	.section .text, "ax"
	.globl	start
start:
	out	%al, $0x80
1:	cli
	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
