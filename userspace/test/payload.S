/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The smallest "bzImage": a boot header and a guest that echoes what it receives on the
 * first serial port, except for a few letters:
 *
 *	P  power off		S  sleep (S3)		D  debug exit with 10
 *	R  reset		T  triple fault		H  halt for good
 *	F  print "abcdefghijklmno\n" without end
 *	B  print 100,000 bytes, then power off
 *	K  reset by the 8042	A  reset by port 0x92
 *	W  wait for the power button, then power off
 *	N  panic, then go on	C  a crash kernel is loaded	O  shut down, by the panic notifier
 */
#define COM1	0x3f8
#define FCR	0x3fa
#define LSR	0x3fd
#define PM1_STS	0x600
#define PM1_CNT	0x604
#define EXIT	0x501
#define PVPANIC	0x505

	.code64
	.section .text, "ax"
	.globl	_start
_start:
	.org	0x1f1			/* struct setup_header */
	.byte	1			/* setup_sects */
	.word	0
	.long	(end - image) / 16	/* syssize */
	.org	0x1fe
	.word	0xaa55
	.byte	0xeb, header_end - 0x202
	.ascii	"HdrS"
	.word	0x20f			/* protocol */
	.org	0x211
	.byte	1			/* loaded high */
	.org	0x22c
	.long	0x7fffffff		/* initrd_addr_max */
	.long	0x200000		/* alignment */
	.byte	1, 0			/* relocatable */
	.word	1			/* has a 64-bit entry */
	.long	2047			/* command line */
	.org	0x258
	.quad	0x1000000		/* preferred address */
	.long	0x10000			/* init_size */
	.set	header_end, . - _start

	.org	0x400
image:
	.org	0x600			/* image + 0x200: the entry */
	lea	hello(%rip), %rsi
1:	lodsb
	test	%al, %al
	jz	listen
	call	putc
	jmp	1b

listen:
	mov	$LSR, %dx
1:	pause
	inb	%dx, %al
	test	$1, %al
	jz	1b
	mov	$COM1, %dx
	inb	%dx, %al
	lea	keys(%rip), %rbx
2:	cmpb	$0, (%rbx)
	je	3f
	cmpb	%al, (%rbx)
	je	4f
	add	$8, %rbx
	jmp	2b
3:	call	putc
	jmp	listen
4:	movslq	4(%rbx), %rax
	lea	keys(%rip), %rcx
	add	%rcx, %rax
	jmp	*%rax

putc:
	mov	%al, %ah
	mov	$LSR, %dx
1:	inb	%dx, %al
	test	$0x20, %al
	jz	1b
	mov	$COM1, %dx
	mov	%ah, %al
	outb	%al, %dx
	ret

wait_for_button:
	mov	$PM1_STS, %dx
1:	pause
	inw	%dx, %ax
	test	$1, %ah			/* PWRBTN_STS */
	jz	1b
power_off:
	mov	$(5 << 10 | 1 << 13), %ax
	jmp	1f
sleep:
	mov	$(3 << 10 | 1 << 13), %ax
1:	mov	$PM1_CNT, %dx
	outw	%ax, %dx
	jmp	halt
reset:
	mov	$0xcf9, %dx
	mov	$6, %al
	outb	%al, %dx
	jmp	halt
reset_kbc:
	mov	$0x64, %dx
	mov	$0xfe, %al
	outb	%al, %dx
	jmp	halt
reset_port92:
	mov	$0x92, %dx
	mov	$3, %al
	outb	%al, %dx
	jmp	halt
debug_exit:
	mov	$EXIT, %dx
	mov	$10, %al
	outb	%al, %dx
	jmp	halt
panic:
	mov	$1, %al
	jmp	1f
crash_loaded:
	mov	$2, %al
	jmp	1f
shut_down:
	mov	$4, %al
1:	mov	$PVPANIC, %dx
	outb	%al, %dx
	jmp	listen
triple_fault:
	lidt	nothing(%rip)
	int3
halt:
	cli
	hlt
	jmp	halt
flood:
	call	use_fifo
	lea	pattern(%rip), %rbx
1:	call	put_fifo
	jmp	1b

burst:
	call	use_fifo
	lea	burst_pattern(%rip), %rbx
	mov	$(100000 / 16), %r8d
1:	call	put_fifo
	dec	%r8d
	jnz	1b
	jmp	power_off

use_fifo:
	mov	$FCR, %dx
	mov	$1, %al
	outb	%al, %dx
	ret

put_fifo:				/* 16 bytes at %rbx, at once, as drivers do */
	mov	$LSR, %dx
1:	inb	%dx, %al
	test	$0x20, %al
	jz	1b
	mov	%rbx, %rsi
	mov	$16, %ecx
	mov	$COM1, %dx
	rep outsb
	ret

	.macro	key letter, function
	.byte	\letter, 0, 0, 0
	.long	\function - keys
	.endm

	.balign	8
keys:
	key	'P', power_off
	key	'S', sleep
	key	'D', debug_exit
	key	'R', reset
	key	'K', reset_kbc
	key	'A', reset_port92
	key	'T', triple_fault
	key	'H', halt
	key	'F', flood
	key	'B', burst
	key	'W', wait_for_button
	key	'N', panic
	key	'C', crash_loaded
	key	'O', shut_down
	.quad	0
nothing:
	.quad	0, 0
hello:
	.asciz	"ready\r\n"
pattern:
	.ascii	"abcdefghijklmno\n"
burst_pattern:
	.fill	16, 1, 'b'
	.balign	16
end:
	.section .note.GNU-stack, "", @progbits
