/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's first instruction, in 32-bit protected mode without paging, with a stack; and its
 * interrupts. The timers' handler takes the time stamp first, after two pushes only.
 */
#define LAPIC_EOI	0xfee000b0

	.section .text.start, "ax"
	.globl	start
start:
	call	guest_main
1:	cli
	hlt
	jmp	1b

	.text
	.globl	timer_entry
timer_entry:
	push	%eax
	push	%edx
	rdtsc
	mov	%eax, interrupt_tsc
	mov	%edx, interrupt_tsc + 4
	incl	interrupts
	movl	$0, LAPIC_EOI
	pop	%edx
	pop	%eax
	iret

/* A spurious interrupt has no EOI (SDM vol. 3, 11.9) */
	.globl	spurious_entry
spurious_entry:
	iret

	.section .note.GNU-stack, "", @progbits
