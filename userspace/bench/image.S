/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's image (guest/), 2 KiB. It is part of the launcher, so that it is never another
 * version's, and nothing has to be found.
 */
	.section .rodata
	.globl	bench_image
bench_image:
	.incbin	"guest.bin"
	.globl	bench_image_end
bench_image_end:
	.section .note.GNU-stack, "", @progbits
