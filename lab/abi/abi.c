// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: abi [--no-bus] [SUITE...]
 *
 * Asks every ioctl of uapi/keel.h for what it can do and for what it must refuse,
 * and does to the file descriptors what a process can do to them. Needs root,
 * /dev/kvm and keel.ko. Prints TAP and a line of totals; exit status 1: a test failed.
 */
#include "abi.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct suite {
	const char *name;
	void (*run)(void);
};

static const struct suite suites[] = {
	{ "device", test_device },
	{ "create", test_create },
	{ "conflicts", test_conflicts },
	{ "add-vcpu", test_add_vcpu },
	{ "run", test_run },
	{ "console", test_console },
	{ "stats", test_stats },
	{ "inspect", test_inspect },
	{ "input", test_input },
	{ "state", test_state },
	{ "disk", test_disk },
	{ "virtio-console", test_virtio_console },
	{ "teardown", test_teardown },
	{ "limits", test_limits },
	{ "vhost", test_vhost },
	{ "hostile", test_hostile },
	{ "fuzz", test_fuzz },
};

/* These want a host that is prepared for them */
static const struct suite by_name[] = {
	{ "lock", test_lock },
};

u32 vm_flags;
int keel_fd;

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

/* must: without this there is no point in going on */
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

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	while (*names)
		if (!strcmp(name, *names++))
			return true;
	return false;
}

static void run_suite(const struct suite *s)
{
	suite = s->name;
	s->run();
}

int main(int argc, char **argv)
{
	unsigned int i;

	argv++;
	if (argc > 1 && !strcmp(*argv, "--no-bus")) {
		vm_flags = KEEL_VM_NO_BUS;
		argv++;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	catch_signals();
	keel_fd = open("/dev/keel", O_RDWR | O_CLOEXEC);
	must(keel_fd >= 0, "/dev/keel");
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (wanted(suites[i].name, argv))
			run_suite(&suites[i]);
	for (i = 0; *argv && i < ARRAY_SIZE(by_name); i++)
		if (wanted(by_name[i].name, argv))
			run_suite(&by_name[i]);
	printf("1..%u\n", passed + failed);
	printf("abi: %u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
