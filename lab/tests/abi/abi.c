// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: abi [--no-bus] [--user NAME] [SUITE...]
 *
 * Calls every ioctl of uapi/keel.h with valid arguments and with those it must refuse,
 * and uses the file descriptors in every way a process can. Needs root, /dev/kvm and
 * keel.ko; with --user it becomes that user, with group kvm and without capabilities.
 * Prints TAP and a line of totals; exit status 1: a test failed.
 * Some suites run only when named: storm, kills, faults, lock, neighbour and
 * make-blob.
 */
#include "abi.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct suite {
	const char *name;
	void (*run)(void);
};

static const struct suite suites[] = {
	{ "device", test_device },
	{ "sizes", test_sizes },
	{ "create", test_create },
	{ "conflicts", test_conflicts },
	{ "add-vcpu", test_add_vcpu },
	{ "run", test_run },
	{ "sleep", test_sleep },
	{ "console", test_console },
	{ "stats", test_stats },
	{ "inspect", test_inspect },
	{ "latency", test_latency },
	{ "police", test_police },
	{ "input", test_input },
	{ "pulse", test_pulse },
	{ "state", test_state },
	{ "access", test_access },
	{ "blobs", test_blobs },
	{ "disk", test_disk },
	{ "firmware", test_firmware },
	{ "claim", test_claim },
	{ "virtio-console", test_virtio_console },
	{ "serve", test_serve },
	{ "stuck", test_stuck },
	{ "files", test_files },
	{ "teardown", test_teardown },
	{ "limits", test_limits },
	{ "hostile", test_hostile },
	{ "window", test_window },
	{ "work", test_work },
	{ "still", test_still },
	{ "fuzz", test_fuzz },
	{ "vhost", test_vhost },	/* the last usual ones: see own_network() */
	{ "plug", test_plug },
	{ "storm", test_storm },
	{ "kills", test_kills },
	{ "faults", test_faults },
	{ "lock", test_lock },
	{ "neighbour", test_neighbour },
	{ "make-blob", test_make_blob },
};

#define BY_NAME	6		/* the last ones: long, or they need a prepared host */

bool is_root = true;

static const char *suite;
static unsigned int passed, failed;

void ok(bool good, const char *format, ...)
{
	va_list args;

	if (good)
		passed++;
	else
		failed++;
	printf("%sok %u - %s: ", good ? "" : "not ", passed + failed, suite);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

void note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* must: the tests cannot go on unless this holds */
void must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

bool failed_with(long ret, int error)
{
	if (ret < 0 && errno == error)
		return true;
	note("returned %ld, errno %d; wanted errno %d (%s)", ret, ret < 0 ? errno : 0, error,
	     strerror(error));
	return false;
}

static bool wanted(unsigned int nr, char **names)
{
	bool usual = nr < ARRAY_SIZE(suites) - BY_NAME;

	if (!*names)
		return usual;
	for (; *names; names++)
		if (!strcmp(suites[nr].name, *names) || (usual && !strcmp("usual", *names)))
			return true;
	return false;
}

/* become: switches to this user, with group kvm alone; capabilities go with root's ID */
void become(const char *name)
{
	const struct passwd *user = name ? getpwnam(name) : NULL;
	const struct group *kvm = getgrnam("kvm");

	must(user && kvm, "a user, and group kvm");
	must(!setgroups(1, &kvm->gr_gid), "setgroups");
	must(!setresgid(user->pw_gid, user->pw_gid, user->pw_gid), "setresgid");
	must(!setresuid(user->pw_uid, user->pw_uid, user->pw_uid), "setresuid");
	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
	/* Otherwise root owns the process's files in /proc */
	must(!prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
	is_root = !user->pw_uid;
}

static char **options(char **argv)
{
	for (; *argv && **argv == '-'; argv++) {
		if (!strcmp(*argv, "--no-bus"))
			vm_flags = KEEL_VM_NO_BUS;
		else if (!strcmp(*argv, "--user"))
			become(*++argv);
		else
			must(false, *argv);
	}
	return argv;
}

/*
 * The kernel patches its code for the first VM and after the last one, which now and then fails
 * in an emulator with several CPUs. So one VM is kept all the time.
 */
static void keep_a_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	must(kvm >= 0 && ioctl(kvm, KVM_CREATE_VM, 0) >= 0, "/dev/kvm");
	close(kvm);
}

static void run_suite(const struct suite *s)
{
	suite = s->name;
	s->run();
}

int main(int argc, char **argv)
{
	unsigned int i;

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	argv = options(argv + 1);
	catch_signals();
	keep_a_vm();
	keel_fd = open("/dev/keel", O_RDWR | O_CLOEXEC);
	must(keel_fd >= 0, "/dev/keel");
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (wanted(i, argv))
			run_suite(&suites[i]);
	printf("1..%u\n", passed + failed);
	printf("abi: %u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
