/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The boot sector of lab/machines/bochs: reads what the table lists, and enters the kernel by PVH
 * (32-bit mode, %ebx: start info). lab/machines/bochs.disk fills the table and both addresses.
 * A loader that unpacks a bzImage would take longer than the kernel's own boot.
 */
#define CHUNK		(256 * 512)	/* bytes that an ATA command reads at most */

#define ATA_DATA	0x1f0
#define ATA_COUNT	0x1f2
#define ATA_STATUS	0x1f7		/* and command */
#define ATA_CONTROL	0x3f6
#define ATA_BUSY	0x80
#define ATA_READY	0x08		/* with data */
#define ATA_READ	0x20		/* with retries, 28-bit addresses */
#define ATA_MASTER	0xe0
#define ATA_NO_IRQ	2

#define PORT_A		0x92
#define PORT_A_A20	2

	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	inb	$PORT_A, %al
	orb	$PORT_A_A20, %al
	outb	%al, $PORT_A
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$8, $protected

	.code32
protected:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$_start, %esp
	cld
	movw	$ATA_CONTROL, %dx
	movb	$ATA_NO_IRQ, %al
	outb	%al, %dx
	movl	$table, %esi
piece:
	movl	(%esi), %ebx		/* its first sector */
	movl	4(%esi), %ebp		/* chunks */
	movl	8(%esi), %edi		/* where to */
	addl	$12, %esi
	testl	%ebp, %ebp
	jz	enter
chunk:
	call	read
	addl	$CHUNK / 512, %ebx
	decl	%ebp
	jnz	chunk
	jmp	piece
enter:
	movl	info, %ebx
	jmp	*entry

/* Reads a chunk from sector %ebx on to %edi, which it advances. */
read:
	call	wait
	movw	$ATA_COUNT, %dx
	xorb	%al, %al		/* 256 sectors */
	outb	%al, %dx
	movl	%ebx, %eax
	movl	$3, %ecx
1:	incl	%edx
	outb	%al, %dx
	shrl	$8, %eax
	loop	1b
	incl	%edx
	orb	$ATA_MASTER, %al
	outb	%al, %dx
	incl	%edx
	movb	$ATA_READ, %al
	outb	%al, %dx
	movl	$CHUNK / 512, %eax
2:	pushl	%eax
3:	call	wait
	testb	$ATA_READY, %al
	jz	3b
	movw	$ATA_DATA, %dx
	movl	$512 / 4, %ecx
	rep	insl
	popl	%eax
	decl	%eax
	jnz	2b
	ret

/* Waits until the disk is not busy; %al: its status. */
wait:
	movw	$ATA_STATUS, %dx
1:	inb	%dx, %al
	testb	$ATA_BUSY, %al
	jnz	1b
	ret

	.balign	8
gdt:
	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.org	_start + 510 - 4 * 14
entry:	.long	0
info:	.long	0
table:	.fill	4 * 3, 4, 0
	.word	0xaa55
