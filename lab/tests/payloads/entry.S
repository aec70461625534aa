/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels of 32 bits that use at once what loaders give them: the first instruction needs a
 * stack. Assembled with -DMULTIBOOT or -DPVH. Ends with 0, else with the number of the check that
 * failed.
 */
#define TEST_EXIT	0xf4
#define MAGIC		0x1badb002
#define FLAGS		3

	.macro	need number
	mov	$\number, %eax
	jne	done
	.endm

#ifdef PVH
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start
#endif

	.section .text, "ax"
#ifdef MULTIBOOT
	.balign	4
	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)
#endif

	.globl	start
start:
	call	1f
1:	pop	%ecx
	cmp	$1b, %ecx		/* memory, not a hole */
	need	1
	xor	%eax, %eax
done:
	mov	$TEST_EXIT, %dx
	outl	%eax, %dx
1:	cli
	hlt
	jmp	1b
	.section .note.GNU-stack, "", @progbits
