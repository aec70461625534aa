// SPDX-License-Identifier: GPL-2.0
/*
 * What the launcher may do once its VM is there: everything is open, and neither the guest nor a
 * client of the control socket can make it need more.
 *
 * The process gives up rights before there are threads, which inherit that: --user and --chroot,
 * no_new_privs, and by Landlock all files but the few that it still needs. Each thread then has
 * the system calls that its role needs. Any other ends the process, with a line that names it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "filters.h"
#include "sandbox/files.h"
#include "sandbox/identity.h"
#include "sandbox/sandbox.h"
#include "status.h"
#include "stream/terminal.h"

static const struct sock_fprog filters[] = {
	[SANDBOX_WORKER] = { ARRAY_SIZE(worker_filter), worker_filter },
	[SANDBOX_NVRAM] = { ARRAY_SIZE(nvram_filter), nvram_filter },
	[SANDBOX_STREAM] = { ARRAY_SIZE(stream_filter), stream_filter },
	[SANDBOX_CONTROL] = { ARRAY_SIZE(control_filter), control_filter },
	[SANDBOX_NETWORK] = { ARRAY_SIZE(network_filter), network_filter },
};

static bool entered;

static const char *call_name(unsigned int call)
{
	return call < ARRAY_SIZE(call_names) && call_names[call] ? call_names[call] : "?";
}

/* SIGSYS, instead of the call. It may have come amid anything: no more than a line is done. */
static void on_forbidden(int signal, siginfo_t *info, void *context)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	char name[16] = "?";

	(void)signal;
	(void)context;
	if (atomic_flag_test_and_set(&said))
		syscall(SYS_exit, 0);	/* another thread is ending the process */
	prctl(PR_GET_NAME, name);
	terminal_restore();
	warn_line("the sandbox forbids thread %s the system call %s (%d)", name,
		  call_name(info->si_syscall), info->si_syscall);
	_exit(STATUS_SANDBOX);
}

/**
 * sandbox_enter() - give up what the VM does not need; before there are threads.
 * @config: what it needs, and --sandbox
 */
void sandbox_enter(const struct config *config)
{
	struct sigaction action = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO };
	int files = config->sandbox == SANDBOX_OFF ? -1 : files_prepare(config);

	identity_change(config);
	if (config->sandbox == SANDBOX_OFF)
		return;
	sigaction(SIGSYS, &action, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die(STATUS_INTERNAL, "no_new_privs: %s (--sandbox=off does without)",
		    strerror(errno));
	files_restrict(files);
	entered = true;
}

/* sandbox_thread() - give the calling thread its filter; dies if it cannot have one */
void sandbox_thread(enum sandbox_role role)
{
	if (entered && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filters[role]))
		die(STATUS_INTERNAL, "seccomp: %s (--sandbox=off does without)", strerror(errno));
}
