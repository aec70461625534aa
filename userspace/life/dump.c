// SPDX-License-Identifier: GPL-2.0
/*
 * The file of a dump that the guest's end may bring (--on-panic dump, --on-crash core, --watchdog
 * action=dump): it is created before the sandbox takes the right to, and removed if there was no
 * dump.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "life/dump.h"
#include "status.h"
#include "vm/memory.h"
#include "vm/vm.h"

static int dump_fd = -1;
static const char *unused;	/* the file's path, as long as no dump is in it */

/* dump_name() - which file, as the user named it */
const char *dump_name(const struct vm *vm)
{
	static char own[32];

	if (vm->config->dump_file)
		return vm->config->dump_file;
	snprintf(own, sizeof(own), "keel.%d.core", getpid());
	return own;
}

/**
 * dump_open() - create the file, if there may be a dump; dies if that cannot be.
 * @vm: before the sandbox
 */
void dump_open(struct vm *vm)
{
	const char *path = dump_name(vm);

	if (!config_dumps(vm->config))
		return;
	pagemap_open();
	dump_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (dump_fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "--dump-file: %s: %s", path,
		    errno == EEXIST ? "the file exists: a dump replaces none" : strerror(errno));
	unused = path;
}

/* dump_close() - at the VM's end: without a dump, no file */
void dump_close(void)
{
	if (unused)
		unlink(unused);
}

/* dump_begin() - the descriptor to write to */
int dump_begin(void)
{
	return dump_fd;
}

/* dump_end() - the dump is whole */
void dump_end(struct vm *vm)
{
	unused = NULL;
	event_emit(vm, "dumped", json_pack("{s:s}", "file", dump_name(vm)));
}
