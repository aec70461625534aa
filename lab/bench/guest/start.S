/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start of a flat 32-bit payload, linked at 1 MiB: a multiboot header, so that other
 * VMMs can load it as a kernel, a stack, and segments of our own, for interrupts
 * need them. Entered in protected mode without paging, interrupts off.
 */
#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x00010000	/* the addresses below are valid */

	.section .start, "ax"
	.code32
	.globl	start
start:
	jmp	begin

	.balign	4
header:
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	header
	.long	start
	.long	0			/* load the whole file */
	.long	image_end
	.long	start

begin:
	mov	$stack_top, %esp
	lgdt	gdt_pointer
	ljmp	$0x08, $1f
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	call	payload
2:	cli
	hlt
	jmp	2b

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* code, flat */
	.quad	0x00cf93000000ffff	/* data, flat */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.space	4096
stack_top:
	.section .note.GNU-stack, "", @progbits
