/* SPDX-License-Identifier: GPL-2.0 */
/* Says that a PVH image is entered at "start", in 32-bit protected mode. */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start
