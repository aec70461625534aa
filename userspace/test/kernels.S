/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels that do nothing, for tests of the loaders. Assembled with one of
 *
 *	-DFLAT		a multiboot header with addresses; to be made a flat binary
 *	-DMULTIBOOT	a multiboot header
 *	-DMULTIBOOT2	a multiboot 2 header; with -DFLAT2 one with addresses, for a flat binary
 *	-DUKI=FILE	a unified kernel image with this kernel; to be made a flat binary
 *	-DRAW		nothing; to be made a flat binary
 *	-DPVH		a PVH note
 *	-DBZIMAGE	a boot header without a 64-bit entry; to be made a flat binary
 *
 * or with none of them: an ELF image.
 */
#define MAGIC	0x1badb002
#define MAGIC2	0xe85250d6

	.section .text, "ax"
#ifdef BZIMAGE
image:
	.org	0x1f1			/* struct setup_header */
	.byte	1			/* setup_sects */
	.org	0x1f4
	.long	(image_end - start + 15) / 16	/* syssize */
	.org	0x1fe
	.word	0xaa55
	.byte	0xeb, header_end - image - 0x202
	.ascii	"HdrS"
	.word	0x20a			/* protocol */
	.org	0x211
	.byte	1			/* loaded high */
	.org	0x22c
	.long	0x7fffffff		/* initrd_addr_max */
	.org	0x238
	.long	255			/* command line */
	.org	0x258
	.quad	0x100000		/* preferred address */
	.long	0x10000			/* init_size */
header_end:
	.org	0x400
#endif
#ifdef UKI
	.macro	section name, from, to
1:	.ascii	"\name"
	.org	1b + 8
	.long	\to - \from, 0, \to - \from, \from - program, 0, 0, 0, 0
	.endm

program:
	.ascii	"MZ"
	.org	program + 0x3c
	.long	pe - program
pe:
	.asciz	"PE\0"
	.word	0x8664, 4
	.long	0, 0, 0, 0
	section	".osrel", osrel, cmdline
	section ".cmdline", cmdline, initrd
	section ".initrd", initrd, kernel
	section	".linux", kernel, end
osrel:
	.ascii	"NAME=x\nPRETTY_NAME=\"Any OS 1.0\"\n"
cmdline:
	.ascii	"of the image\n"
initrd:
	.ascii	"070701"
kernel:
	.incbin	UKI
end:
#endif
	.globl	start
start:
	cli
	hlt
	jmp	start

#if defined(FLAT) || defined(MULTIBOOT)
	.balign	4
header:
	.long	MAGIC
#ifdef FLAT
	.long	0x10003
	.long	-(MAGIC + 0x10003)
	.long	header
	.long	start
	.long	image_end
	.long	bss_end
	.long	start
#else
	.long	3
	.long	-(MAGIC + 3)
#endif
#endif

#ifdef MULTIBOOT2
	.balign	8
header:
	.long	MAGIC2, 0, header_end - header, -(MAGIC2 + header_end - header)
	.word	1, 0			/* information: command line, memory map, ELF sections */
	.long	20, 1, 6, 9
	.balign	8
#ifdef FLAT2
	.word	2, 0			/* addresses */
	.long	24, header, start, image_end, bss_end
	.word	3, 0			/* entry */
	.long	12, start
	.balign	8
#endif
	.word	5, 1			/* a framebuffer, if there is one */
	.long	20, 0, 0, 0
	.balign	8
	.word	10, 0			/* relocatable */
	.long	24, start, 0xbfffffff, 0x1000, 0
	.word	0, 0
	.long	8
header_end:
#endif

#ifdef PVH
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18
	.asciz	"Xen"
	.long	start
#endif

#ifndef BZIMAGE
	.data
#endif
	.asciz	"Linux version 0"
	.space	600, 0x55
image_end:
	.bss
	.space	10000
bss_end:
	.section .note.GNU-stack, "", @progbits
