/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start of the further CPUs: ap_trampoline to ap_trampoline_end is copied to a page below
 * 1 MiB, at which a STARTUP makes them begin. Each calls ap_main() with one of three stacks.
 */
#define STACK	16384

	.text
	.code16
	.globl	ap_trampoline, ap_trampoline_end
ap_trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	gdt_pointer_copy - ap_trampoline
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$0x08, $1f
gdt_pointer_copy:
	.word	3 * 8 - 1
	.long	gdt
ap_trampoline_end:

	.code32
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$STACK, %esp
	lock xadd %esp, ap_stack_next
	call	ap_main
2:	cli
	hlt
	jmp	2b

	.data
	.balign	4
ap_stack_next:
	.long	ap_stacks + STACK

	.bss
	.balign	16
ap_stacks:
	.space	3 * STACK
	.section .note.GNU-stack, "", @progbits
