/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sleep_now(CONTROL) writes CONTROL to PM1_CNT, and returns when the machine has been woken: at
 * waking_start in real mode, which is copied below 1 MiB, or at waking_protected.
 */
#define PM1_CNT		0x604
#define WAKING_IP	5		/* of waking_start's copy: the vector's last digit */

	.text
	.globl	sleep_now
sleep_now:
	mov	4(%esp), %eax
	pusha
	mov	%esp, saved_esp
	mov	$PM1_CNT, %dx
	outw	%ax, %dx
1:	jmp	1b			/* the other ways to go on are mistakes */

	.code16
	.globl	waking_start, waking_end
waking_start:
	lgdtl	%cs:(gdt_pointer_copy - waking_start + WAKING_IP)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$0x08, $woken
gdt_pointer_copy:
	.word	3 * 8 - 1
	.long	gdt
waking_end:

	.code32
	.globl	waking_protected
waking_protected:
	lgdtl	gdt_here
	ljmp	$0x08, $woken
woken:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	saved_esp, %esp
	popa
	ret

	.data
	.balign	4
saved_esp:
	.long	0
gdt_here:
	.word	3 * 8 - 1
	.long	gdt
	.section .note.GNU-stack, "", @progbits
