/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels that do nothing, for tests of the loaders. Assembled with one of
 *
 *	-DFLAT		a multiboot header with addresses; to be made a flat binary
 *	-DMULTIBOOT	a multiboot header
 *	-DPVH		a PVH note
 *
 * or with none of them: an ELF image.
 */
#define MAGIC	0x1badb002

	.section .text, "ax"
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

#ifdef PVH
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18
	.asciz	"Xen"
	.long	start
#endif

	.data
	.asciz	"Linux version 0"
	.space	600, 0x55
image_end:
	.bss
	.space	10000
bss_end:
	.section .note.GNU-stack, "", @progbits
