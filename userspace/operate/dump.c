// SPDX-License-Identifier: GPL-2.0
/* keel dump: a guest's memory and registers into a new file for gdb and crash, created here. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

static const char *unfinished;	/* what a dump that fails leaves behind */

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

/**
 * dump_and_print() - dump a guest.
 * @vm:   its name or path
 * @file: a new one, which is there as a whole or not at all
 *
 * Return: 0; dies if there is no dump.
 */
int dump_and_print(const char *vm, const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", file,
		    errno == EEXIST ? "the file exists: a dump replaces none" : strerror(errno));
	unfinished = file;
	atexit(remove_unfinished);
	ask_and_print_with(vm, "dump", fd);
	unfinished = NULL;
	close(fd);
	return 0;
}

int command_dump(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return dump_and_print(argv[1], argv[2]);
}
