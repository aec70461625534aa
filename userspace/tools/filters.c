// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: filters >filters.h
 *
 * The launcher's seccomp filters, made by libseccomp when the launcher is built: making them takes
 * more instructions than starting a VM. Also the names of the system calls.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "uapi/keel.h"

#define NAMES	512
#define CALL(name)	SCMP_SYS(name)

/* What glibc does in any thread, at its end, and to report a fault */
static const int always[] = {
	CALL(futex), CALL(write), CALL(read), CALL(exit), CALL(exit_group), CALL(rt_sigreturn),
	CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(restart_syscall), CALL(mmap), CALL(munmap),
	CALL(mprotect), CALL(mremap), CALL(madvise), CALL(brk), CALL(sched_yield),
	CALL(clock_gettime), CALL(clock_nanosleep), CALL(nanosleep), CALL(getpid), CALL(gettid),
	CALL(tgkill), CALL(set_robust_list), CALL(rseq), CALL(sched_getaffinity), CALL(getrandom),
};

/* Bytes to and from what is open */
static const int streams[] = {
	CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64), CALL(lseek), CALL(close),
	CALL(fstat), CALL(newfstatat), CALL(fcntl), CALL(poll), CALL(ppoll), CALL(accept4),
	CALL(recvfrom), CALL(recvmsg), CALL(sendto), CALL(sendmsg), CALL(shutdown),
	CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername),
};

/* Saves, signals, the end. No new thread: all are there. */
static const int control[] = {
	CALL(fsync), CALL(fdatasync), CALL(fstatfs), CALL(ftruncate), CALL(fallocate), CALL(unlink),
	CALL(unlinkat), CALL(dup), CALL(dup2), CALL(dup3), CALL(pipe2), CALL(eventfd2),
	CALL(signalfd4), CALL(timerfd_create), CALL(timerfd_settime), CALL(timerfd_gettime),
	CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(select),
	CALL(pselect6), CALL(getrusage), CALL(sysinfo), CALL(uname),
	CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getppid), CALL(getpgrp),
	CALL(getpgid), CALL(sigaltstack), CALL(gettimeofday), CALL(time),
	CALL(clock_getres), CALL(statx), CALL(stat), CALL(lstat), CALL(access), CALL(faccessat),
	CALL(faccessat2),
};

/* Connections of libslirp's, and what it reads to find name servers */
static const int network[] = {
	CALL(connect), CALL(bind), CALL(listen), CALL(open), CALL(openat), CALL(readlink),
	CALL(readlinkat), CALL(getdents64), CALL(sendmmsg), CALL(recvmmsg), CALL(accept),
};

/* Refused as a file's rights would refuse them: libraries know how to go on then. */
static const int denied[] = {
	CALL(open), CALL(openat), CALL(openat2), CALL(creat), CALL(socket), CALL(connect),
	CALL(bind), CALL(rename), CALL(renameat), CALL(renameat2), CALL(mkdir), CALL(mkdirat),
	CALL(link), CALL(linkat), CALL(symlink), CALL(symlinkat), CALL(chmod), CALL(fchmodat),
	CALL(readlink), CALL(readlinkat),
};

/* What a vCPU's or a server's thread may ask: of Keel, of KVM, and to restore the terminal */
static const unsigned int worker_ioctls[] = {
	KEEL_RUN, KEEL_SERVE, KVM_GET_REGS, TCGETS, TCSETS, TCSETSW,
	/* for --gdb, at a breakpoint */
	KVM_CHECK_EXTENSION, KVM_TRANSLATE, KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
	KVM_SET_GUEST_DEBUG,
};

/* What a vCPU's thread does beside that for --nvram */
static const int nvram_calls[] = { CALL(pwrite64), CALL(fdatasync) };
static const unsigned int nvram_ioctls[] = { KVM_SET_USER_MEMORY_REGION };

/* What others may ask beside that: of terminals and of sockets, but not to type for the user */
static const unsigned int stream_ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TIOCGPGRP, TIOCGPTN, TIOCGWINSZ, TIOCOUTQ, TIOCMGET,
	FIONREAD, FIONBIO,
};

static const int families[] = { AF_INET, AF_INET6 };

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "filters: %s: %d\n", what, error);
	exit(1);
}

static void add(scmp_filter_ctx filter, __u32 action, const int *calls, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		must(seccomp_rule_add(filter, action, calls[i], 0), "a call");
}

static scmp_filter_ctx begin(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);

	must(!filter, "seccomp_init");
	must(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "a binary tree");
	add(filter, SCMP_ACT_ALLOW, always, ARRAY_SIZE(always));
	must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prctl), 1,
			      SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME)), "prctl");
	must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prctl), 1,
			      SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)), "prctl");
	return filter;
}

static void allow_ioctls(scmp_filter_ctx filter, const unsigned int *commands, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1,
				      SCMP_A1(SCMP_CMP_EQ, commands[i])), "ioctl");
}

/* All of a driver's, by the letter that their numbers have in common */
static void allow_driver(scmp_filter_ctx filter, unsigned int letter)
{
	must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1,
			      SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, letter << 8)), "a driver");
}

static void allow_stream_ioctls(scmp_filter_ctx filter)
{
	allow_ioctls(filter, stream_ioctls, ARRAY_SIZE(stream_ioctls));
	allow_driver(filter, KEEL_IOC);
	allow_driver(filter, KVMIO);
}

static scmp_filter_ctx worker(void)
{
	scmp_filter_ctx filter = begin();

	allow_ioctls(filter, worker_ioctls, ARRAY_SIZE(worker_ioctls));
	return filter;
}

static scmp_filter_ctx nvram(void)
{
	scmp_filter_ctx filter = worker();

	add(filter, SCMP_ACT_ALLOW, nvram_calls, ARRAY_SIZE(nvram_calls));
	allow_ioctls(filter, nvram_ioctls, ARRAY_SIZE(nvram_ioctls));
	return filter;
}

static scmp_filter_ctx stream(void)
{
	scmp_filter_ctx filter = begin();

	add(filter, SCMP_ACT_ALLOW, streams, ARRAY_SIZE(streams));
	add(filter, SCMP_ACT_ERRNO(EACCES), denied, ARRAY_SIZE(denied));
	allow_stream_ioctls(filter);
	return filter;
}

static scmp_filter_ctx control_filter(void)
{
	scmp_filter_ctx filter = stream();

	add(filter, SCMP_ACT_ALLOW, control, ARRAY_SIZE(control));
	return filter;
}

static scmp_filter_ctx network_filter(void)
{
	scmp_filter_ctx filter = begin();
	size_t i;

	add(filter, SCMP_ACT_ALLOW, streams, ARRAY_SIZE(streams));
	add(filter, SCMP_ACT_ALLOW, control, ARRAY_SIZE(control));
	add(filter, SCMP_ACT_ALLOW, network, ARRAY_SIZE(network));
	allow_stream_ioctls(filter);
	for (i = 0; i < ARRAY_SIZE(families); i++)
		must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 1,
				      SCMP_A0(SCMP_CMP_EQ, families[i])), "socket");
	return filter;
}

static void print_filter(const char *name, scmp_filter_ctx filter)
{
	struct sock_filter op;
	FILE *file = tmpfile();

	must(!file || seccomp_export_bpf(filter, fileno(file)), name);
	rewind(file);
	printf("static struct sock_filter %s_filter[] = {\n", name);
	while (fread(&op, sizeof(op), 1, file) == 1)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", op.code, op.jt, op.jf, op.k);
	printf("};\n\n");
	fclose(file);
	seccomp_release(filter);
}

static void print_names(void)
{
	char *name;
	int i;

	printf("static const char *const call_names[] = {\n");
	for (i = 0; i < NAMES; i++) {
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
		if (name)
			printf("\t[%d] = \"%s\",\n", i, name);
		free(name);
	}
	printf("};\n");
}

int main(void)
{
	print_filter("worker", worker());
	print_filter("nvram", nvram());
	print_filter("stream", stream());
	print_filter("control", control_filter());
	print_filter("network", network_filter());
	print_names();
	return fflush(stdout);
}
