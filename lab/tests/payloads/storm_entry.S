/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any vector may come as an interrupt, those of exceptions included, but only in the window:
 * a vector that comes elsewhere is an exception.
 */
	.text
	.globl	storm_entry, storm_window
storm_entry:
	pushal
	mov	32(%esp), %eax
	cmp	$window_start, %eax
	jb	1f
	cmp	$window_end, %eax
	ja	1f
	lock incl interrupts
	andl	$~0x200, 40(%esp)	/* one interrupt is enough: returns with IF clear */
	movl	$0, 0xfee000b0
	popal
	iretl
1:	pushl	36(%esp)
	push	%eax
	call	storm_fault

storm_window:
	sti
window_start:
	nop
	nop
window_end:
	cli
	ret
	.section .note.GNU-stack, "", @progbits
