// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into User Mode Linux, which keeps 2,696 bytes of a process' extended registers: of a
 * CPU that has more (AMX) the host takes nothing but all of them back. What is missing is filled
 * up with what the process has.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

long ptrace(enum __ptrace_request request, ...)
{
	long (*next)(enum __ptrace_request, ...) = dlsym(RTLD_NEXT, "ptrace");
	static char registers[1 << 16];
	struct iovec all = { registers, sizeof(registers) };
	void *address, *data;
	va_list arguments;
	pid_t pid;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE &&
	    !next(PTRACE_GETREGSET, pid, address, &all)) {
		const struct iovec *part = data;

		memcpy(registers, part->iov_base,
		       part->iov_len < all.iov_len ? part->iov_len : all.iov_len);
		data = &all;
	}
	return next(request, pid, address, data);
}
