// SPDX-License-Identifier: GPL-2.0
/*
 * For the lab only: when the kernel is about to panic because the end of a task's stack was
 * overwritten, prints by what. Return addresses down to the end are a stack that overflowed. A few
 * words at the end, or a page of other data, are a write to memory that was freed: if the kernel's
 * direct mapping of the page has other contents, it is this CPU's TLB that is wrong. The stack is
 * copied first, since printing uses its other end.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/task_stack.h>
#include <linux/vmalloc.h>

#define WORDS	(THREAD_SIZE / sizeof(unsigned long))
#define SHOWN	64	/* bytes at the end */

static unsigned long copy[WORDS];

static bool is_code(unsigned long word)
{
	return word >= __START_KERNEL_map && !IS_ERR_VALUE(word);
}

static void print_code(void)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (is_code(copy[i]))
			pr_emerg("stack_end: %04zx: %pS\n", i * sizeof(*copy), (void *)copy[i]);
}

static int before_panic(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long *end = end_of_stack(current);
	struct page *page;

	if (READ_ONCE(*end) == STACK_END_MAGIC)
		return 0;
	memcpy(copy, end, sizeof(copy));
	page = is_vmalloc_addr(end) ? vmalloc_to_page(end) : virt_to_page(end);
	pr_emerg("BUG: stack_end: %*ph\n", SHOWN, copy);
	if (memcmp(end, page_address(page), SHOWN))
		pr_emerg("stack_end: directly mapped: %*ph\n", SHOWN, page_address(page));
	dump_page(page, "stack_end");
	print_code();
	return 0;
}

static struct kprobe probe = { .symbol_name = "panic", .pre_handler = before_panic };

static int __init stack_end_init(void)
{
	return register_kprobe(&probe);
}
module_init(stack_end_init);

MODULE_DESCRIPTION("Prints what overwrote the end of a stack (Keel's lab only)");
MODULE_LICENSE("GPL");
