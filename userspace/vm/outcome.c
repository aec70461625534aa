// SPDX-License-Identifier: GPL-2.0
/* Why the VM ends: the first thread that has a reason gives it. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/table.h"
#include "status.h"
#include "vm/outcome.h"
#include "vm/vm.h"

/* vm_wake_main() - there is something for the main thread to deal with */
void vm_wake_main(struct vm *vm)
{
	const __u64 one = 1;

	if (write(vm->ended, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of our own that takes no 1: cannot be */
}

/**
 * vm_end() - give the outcome, unless another thread has. For any thread.
 * @vm:     whose
 * @status: exit status
 * @format: what to tell the user; may come out empty
 */
void vm_end(struct vm *vm, int status, const char *format, ...)
{
	va_list args;

	if (atomic_flag_test_and_set(&vm->decided))
		return;
	vm->status = status;
	va_start(args, format);
	vsnprintf(vm->reason, sizeof(vm->reason), format, args);
	va_end(args);
	atomic_store(&vm->over, true);
	vm_wake_main(vm);
}
