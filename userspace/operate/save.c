// SPDX-License-Identifier: GPL-2.0
/*
 * keel save: the VM into a file. The VM may have no rights to open files: it writes into one of
 * ours, which then gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

static char *unfinished;	/* what a save that fails leaves behind */

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

static int create_unfinished(const char *file)
{
	int fd;

	if (asprintf(&unfinished, "%s.XXXXXX", file) < 0)
		die(STATUS_MEMORY, "out of memory");
	fd = mkostemp(unfinished, O_CLOEXEC);
	if (fd < 0) {
		free(unfinished);
		unfinished = NULL;
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", file,
		    strerror(errno));
	}
	atexit(remove_unfinished);
	return fd;
}

/**
 * save_and_print() - save a VM.
 * @vm:   its name or path
 * @file: replaced as a whole, or left alone
 *
 * Return: 0; dies if it cannot be saved.
 */
int save_and_print(const char *vm, const char *file)
{
	int fd = create_unfinished(file);

	ask_and_print_with(vm, "save", fd);
	if (rename(unfinished, file))
		die(STATUS_USAGE, "%s: %s", file, strerror(errno));
	free(unfinished);
	unfinished = NULL;
	close(fd);
	return 0;
}

int command_save(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return save_and_print(argv[1], argv[2]);
}
