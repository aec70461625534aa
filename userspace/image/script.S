/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The script of "keel image create". It is part of the launcher, so that it is never another
 * version's, and nothing has to be found.
 */
	.section .rodata
	.globl	image_script
image_script:
	.incbin	"create.sh"
	.globl	image_script_end
image_script_end:
	.section .note.GNU-stack, "", @progbits
