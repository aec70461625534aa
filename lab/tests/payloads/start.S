/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start of a multiboot or (with -DPVH, -DMULTIBOOT2) other payload, and the entries of its
 * interrupt handlers. Calls payload_main(EAX, EBX) with segments and a stack of its own.
 */
#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x00000003	/* modules on pages, memory information */
#define MULTIBOOT2_MAGIC	0xe85250d6
#define VECTORS		256

#ifdef PVH
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start
#endif

	.section .text, "ax"
#ifdef MULTIBOOT2
	.balign	8
header:
	.long	MULTIBOOT2_MAGIC, 0, header_end - header, -(MULTIBOOT2_MAGIC + header_end - header)
	.word	10, 0			/* relocatable */
	.long	24, 0x100000, 0xbfffffff, 0x1000, 0
	.word	0, 0			/* end */
	.long	8
header_end:
#elif !defined(PVH)
	.balign	4
header:
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
#endif

	.globl	start
start:
	mov	$stack_top, %esp
	lgdt	gdt_pointer
	ljmp	$0x08, $1f
1:	mov	$0x10, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%ecx, %ss
	push	%ebx
	push	%eax
	call	payload_main
2:	cli
	hlt
	jmp	2b

/* An entry for each vector, 16 bytes long: pushes the number and jumps to the common part */
	.balign	16
	.globl	vector_entries
vector_entries:
	.set	vector, 0
	.rept	VECTORS
	.balign	16
	push	$vector
	jmp	common
	.set	vector, vector + 1
	.endr

common:
	pusha
	cld
	mov	32(%esp), %eax
	mov	%esp, %edx
	push	%edx
	push	%eax
	call	payload_vector
	add	$8, %esp
	popa
	add	$4, %esp
	iret

	.balign	8
	.globl	gdt
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* code, flat */
	.quad	0x00cf93000000ffff	/* data, flat */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.space	16384
stack_top:
	.section .note.GNU-stack, "", @progbits
