/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a second CPU starts: ap_trampoline to ap_trampoline_end is copied to a page
 * below 1 MiB and sent there by a STARTUP. Calls ap_main() with a stack of its own.
 */
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
	mov	$ap_stack_top, %esp
	call	ap_main
2:	cli
	hlt
	jmp	2b

	.bss
	.balign	16
	.space	16384
ap_stack_top:
	.section .note.GNU-stack, "", @progbits
