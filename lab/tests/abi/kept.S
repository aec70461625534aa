/* SPDX-License-Identifier: GPL-2.0 */
/* The files of blobs/, for blobs.c */

.macro kept name file
	.globl	\name, \name\()_end
\name:	.incbin	"blobs/\file"
\name\()_end:
	.byte	0
.endm

	.section .rodata
	kept	blob_abi4 abi4
	kept	values_abi4 abi4.values
	.section .note.GNU-stack, "", @progbits
