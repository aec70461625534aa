/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels of 32 bits that use at once what loaders give them: the first instruction needs a
 * stack, then come selectors, what a BIOS leaves in memory, and whether anything is where the
 * image is, at 1 MiB or at 0x1000. Assembled with -DMULTIBOOT or -DPVH. Ends with 0, else with the
 * number of the check that failed.
 */
#define TEST_EXIT	0xf4
#define MAGIC		0x1badb002
#define FLAGS		3
#define ROOM		0x40000		/* from a low address to behind all usual places */

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
	mov	%cs, %ecx
	cmp	$0x08, %ecx
	need	2
	mov	%ss, %ecx
	cmp	$0x10, %ecx
	need	3
	mov	$0x10, %ecx		/* the GDT has them */
	mov	%ecx, %es
	ljmp	$0x08, $1f
1:	cmpw	$0x9fc0, 0x40e		/* BIOS data: the extended area's segment */
	need	4
	cmpw	$639, 0x413		/* memory below it, in KiB */
	need	5
	cmpb	$1, 0x9fc00		/* its size, in KiB */
	need	6
	cmpw	$0x3f8, 0x400		/* the first serial port */
	need	7
	cmpw	$0x0206, 0x410		/* equipment: one such port, a mouse, an FPU */
	need	8
	cmp	$_end, %ebx		/* the information: behind the image, or before it */
	jae	1f
	cmp	$start, %ebx
	setb	%al
	cmp	$1, %al
	need	9
1:	mov	$room, %edi		/* nothing else is in it */
	mov	$ROOM, %ecx
	xor	%eax, %eax
	cld
	repe scasb
	need	10
	xor	%eax, %eax
done:
	mov	$TEST_EXIT, %dx
	outl	%eax, %dx
1:	cli
	hlt
	jmp	1b
	.bss
room:
	.space	ROOM
	.section .note.GNU-stack, "", @progbits
