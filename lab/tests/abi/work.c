// SPDX-License-Identifier: GPL-2.0
/*
 * Work that the kernel does in a thread, at the edge of user space: it interrupts KVM_RUN as a
 * signal does, and yet does not end KEEL_RUN. Here it is an io_uring's, which completes requests
 * in the thread that has submitted them.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi.h"

#define REQUESTS	16	/* a power of two */
#define APART_NS	20000000

static void *map(int ring, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);

	must(at != MAP_FAILED, "an io_uring's memory");
	return at;
}

/* Requests that complete one after the other, in this thread */
static void submit_timeouts(void)
{
	static struct __kernel_timespec times[REQUESTS];
	struct io_uring_params params = { 0 };
	int ring = syscall(SYS_io_uring_setup, REQUESTS, &params);
	struct io_uring_sqe *requests;
	char *queue;
	u32 i;

	must(ring >= 0, "io_uring_setup");
	queue = map(ring, params.sq_off.array + REQUESTS * sizeof(u32), IORING_OFF_SQ_RING);
	requests = map(ring, REQUESTS * sizeof(*requests), IORING_OFF_SQES);
	for (i = 0; i < REQUESTS; i++) {
		times[i].tv_nsec = APART_NS * (i + 1);
		requests[i] = (struct io_uring_sqe){
			.opcode = IORING_OP_TIMEOUT, .fd = -1, .len = 1,
			.addr = (unsigned long)&times[i],
		};
		((u32 *)(queue + params.sq_off.array))[i] = i;
	}
	__atomic_store_n((u32 *)(queue + params.sq_off.tail), REQUESTS, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring, REQUESTS, 0, 0, NULL, 0) == REQUESTS,
	     "io_uring_enter");
}

static void *submit_and_run(void *arg)
{
	struct runner *runner = arg;

	submit_timeouts();
	runner->ret = vm_run(runner->vm, 0, &runner->run);
	runner->error = errno;
	__atomic_store_n(&runner->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void test_work(void)
{
	struct runner runner;
	struct vm vm;

	vm_start(&vm, &guest_spin);
	memset(&runner, 0, sizeof(runner));
	runner.vm = &vm;
	must(!pthread_create(&runner.thread, NULL, submit_and_run, &runner), "pthread_create");
	pause_ms(3 * (long)REQUESTS * APART_NS / 1000000);
	ok(!__atomic_load_n(&runner.done, __ATOMIC_ACQUIRE),
	   "%d completions of an io_uring do not end KEEL_RUN", REQUESTS);
	ok(guest_progresses(&vm, 0), "the guest runs on");
	ok(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(runner_ends(&runner) && !runner.ret && runner.run.reason == KEEL_EXIT_PAUSED,
	   "ends KEEL_RUN (error %d)", runner.error);
	vm_close(&vm);
}
