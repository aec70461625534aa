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

/**
 * vm_end() - give the outcome, unless another thread has. For any thread.
 * @vm:     whose
 * @status: exit status
 * @format: what to tell the user; may come out empty
 */
void vm_end(struct vm *vm, int status, const char *format, ...)
{
	const __u64 one = 1;
	va_list args;

	if (atomic_flag_test_and_set(&vm->decided))
		return;
	vm->status = status;
	va_start(args, format);
	vsnprintf(vm->reason, sizeof(vm->reason), format, args);
	va_end(args);
	atomic_store(&vm->over, true);
	if (write(vm->ended, &one, sizeof(one)) < 0)
		abort();
}
