/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A plain 64-bit ELF kernel: does it get all that its entry is promised? Ends with 0 if so,
 * else with the number of the check that failed.
 */
#define TEST_EXIT	0xf4

	.macro	need number
	mov	$\number, %eax
	jne	done
	.endm

	.section .text, "ax"
	.globl	start
start:
	push	%rax			/* a stack */
	pop	%rax
	cmpl	$0x53726448, 0x202(%rsi)	/* zero page: "HdrS" */
	need	1
	mov	0x228(%rsi), %ecx	/* cmd_line_ptr */
	cmpl	$0x73726966, (%rcx)	/* "firs" */
	need	2
	mov	0x218(%rsi), %ecx	/* ramdisk_image */
	cmpl	$0x464c457f, (%rcx)
	need	3
	cmpl	$0x336ec578, (%rdi)	/* hvm_start_info */
	need	4
	cmpl	$1, 12(%rdi)		/* modules */
	need	5
	mov	%cs, %ecx
	cmp	$0x10, %ecx
	need	6
	pushfq
	pop	%rcx
	and	$0x200, %ecx		/* interrupts */
	need	7
	mov	$0xfffff000, %ecx	/* mapped up to 4 GiB; no device answers */
	mov	(%rcx), %ecx
	cmp	$-1, %ecx
	need	8
	cmpl	$12, 0x238(%rsi)	/* cmdline_size: "first second" */
	need	9
	xor	%eax, %eax
done:
	mov	$TEST_EXIT, %dx
	outl	%eax, %dx
1:	cli
	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
