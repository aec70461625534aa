/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels of 32 bits that use at once what loaders give them: the first instruction needs a
 * stack, then come selectors, what a BIOS leaves in memory, the protocol's information, and
 * whether anything is where the image is, at 1 MiB or at 0x1000. Assembled with -DMULTIBOOT,
 * -DPVH, -DELF (neither), -DBZIMAGE or -DFLAT. Ends with 0, else with the number of the check that
 * failed.
 */
#define TEST_EXIT	0xf4
#define MAGIC		0x1badb002
#define FLAGS		3
#define HDRS		0x53726448
#define START_MAGIC	0x336ec578
#define ROOM		0x40000		/* from a low address to behind all usual places */

#if defined(ELF) || defined(BZIMAGE)
#define INFO		%esi
#define CODE		0x10
#define DATA		0x18
#else
#define INFO		%ebx
#define CODE		0x08
#define DATA		0x10
#endif

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
#ifdef BZIMAGE
image:
	.org	0x1f1			/* struct setup_header */
	.byte	1			/* setup_sects */
	.org	0x1fe
	.word	0xaa55
	.byte	0xeb, header_end - image - 0x202
	.ascii	"HdrS"
	.word	0x20c			/* protocol */
	.org	0x211
	.byte	1			/* loaded high */
	.org	0x22c
	.long	0x37ffffff		/* initrd_addr_max */
	.org	0x238
	.long	255			/* command line */
	.org	0x258
	.quad	0x100000		/* preferred address */
	.long	_end - 0x100000		/* init_size */
header_end:
	.org	0x400
#endif

	.globl	start
start:
	call	1f
1:	pop	%ecx
	cmp	$1b, %ecx		/* memory, not a hole */
	need	1
	mov	%cs, %ecx
	cmp	$CODE, %ecx
	need	2
	mov	%ss, %ecx
	cmp	$DATA, %ecx
	need	3
	mov	$DATA, %ecx		/* the GDT has them */
	mov	%ecx, %es
	ljmp	$CODE, $1f
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
#if defined(PVH) || defined(FLAT)
	cmpl	$START_MAGIC, (%ebx)
	need	9
#endif
#if defined(ELF) || defined(BZIMAGE)
	cmpl	$HDRS, 0x202(%esi)	/* zero page */
	need	9
	mov	0x228(%esi), %ecx	/* cmd_line_ptr */
	cmpl	$0x73726966, (%ecx)	/* "firs" */
	need	10
	cmpb	$0, 0x1e8(%esi)		/* entries of the memory map */
	setne	%al
	cmp	$1, %al
	need	11
#endif
#ifdef ELF
	cmpl	$START_MAGIC, (%edi)
	need	12
#endif
#ifdef BZIMAGE
	mov	%ebx, %eax		/* these are to be 0 */
	or	%edi, %eax
	or	%ebp, %eax
	test	%eax, %eax
	need	13
#endif
#ifdef FLAT
	mov	%esp, %ebp		/* a call of the BIOS fails, and comes back */
	lgdt	gdt_pointer
	ljmp	$0x18, $1f
	.code16
1:	mov	$0x10, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	lidt	real_idt
	mov	%cr0, %eax
	and	$~1, %al
	mov	%eax, %cr0
	ljmp	$0, $1f
1:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x7000, %sp
	mov	$0xe820, %eax
	clc
	int	$0x15
	setc	failed
	mov	%ah, why
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$CODE, $1f
	.code32
1:	mov	$0x20, %ecx
	mov	%ecx, %ds
	mov	%ecx, %ss
	mov	%ebp, %esp
	cmpw	$0x8601, failed		/* carry, and the reason */
	need	16
#endif
	cmp	$_end, INFO		/* the information: behind the image, or before it */
	jae	1f
	cmp	$start, INFO
	setb	%al
	cmp	$1, %al
	need	14
1:	mov	$room, %edi		/* nothing else is in it */
	mov	$ROOM, %ecx
	xor	%eax, %eax
	cld
	repe scasb
	need	15
	xor	%eax, %eax
done:
	mov	$TEST_EXIT, %dx
	outl	%eax, %dx
1:	cli
	hlt
	jmp	1b
#ifdef FLAT
failed:	.byte	0
why:	.byte	0
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* CODE */
	.quad	0x000093000000ffff	/* data of 16 bits */
	.quad	0x00009b000000ffff	/* code of 16 bits */
	.quad	0x00cf93000000ffff	/* data of 32 bits */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
real_idt:
	.word	0x3ff
	.long	0
#else
	.bss
#endif
room:
	.space	ROOM
	.section .note.GNU-stack, "", @progbits
