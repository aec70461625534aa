/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel with 100 MiB of memory that is not zero and does not compress: fills it, from 16 MiB on,
 * by a xorshift generator, accesses port 0x99, and computes: a restored VM that sleeps would not be
 * entered. A PVH ELF image, entered in 32-bit protected mode.
 */
#define FROM	(16 << 20)
#define WORDS	(100 << 18)

#include "pvh.h"

	.section .text, "ax"
	.globl	start
start:
	mov	$FROM, %edi
	mov	$WORDS, %ecx
	mov	$0x2545f491, %eax
	cld
1:	mov	%eax, %edx
	shl	$13, %edx
	xor	%edx, %eax
	mov	%eax, %edx
	shr	$17, %edx
	xor	%edx, %eax
	mov	%eax, %edx
	shl	$5, %edx
	xor	%edx, %eax
	stosl
	dec	%ecx
	jnz	1b
	out	%al, $0x99
2:	jmp	2b
	.section .note.GNU-stack, "", @progbits
