// SPDX-License-Identifier: GPL-2.0
/*
 * The disk for the guest's cloud-init (--cloud-init): a FAT file system in memory that is called
 * CIDATA, made by mtools. It is the same, byte for byte, whenever it is made of the same files: a
 * restored guest's page cache holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "config/cloud_init.h"
#include "config/config.h"
#include "config/disk.h"
#include "status.h"
#include "vm/seed.h"

#define SIZE		(2 * MIB)	/* four files of CLOUD_INIT_MAX, and their file system */
#define SECTORS		"4096"

static_assert(CLOUD_FILES * CLOUD_INIT_MAX <= SIZE / 2, "SIZE");

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		die(STATUS_MEMORY, "--cloud-init: memfd_create: %s", strerror(errno));
	return fd;
}

/* Runs a program that reads @input and says nothing; dies if it cannot do it. */
static void run(char *const *argv, int input)
{
	/* Without the user's settings, and with one date for all files */
	static char *const env[] = {
		"PATH=/usr/local/bin:/usr/bin:/bin", "MTOOLSRC=/dev/null", "MTOOLS_SKIP_CHECK=1",
		"SOURCE_DATE_EPOCH=1767225600", "TZ=UTC", "LC_ALL=C", NULL,
	};
	posix_spawn_file_actions_t actions;
	int error, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	if (error == ENOENT)
		die(STATUS_DISK,
		    "--cloud-init: %s is in Debian's package mtools: apt install mtools", argv[0]);
	if (error)
		die(STATUS_DISK, "--cloud-init: %s: %s", argv[0], strerror(error));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die(STATUS_INTERNAL, "--cloud-init: waitpid: %s", strerror(errno));
	if (status)
		die(STATUS_DISK, "--cloud-init: %s could not make the disk's file system", argv[0]);
}

static void format(char *image)
{
	char *const argv[] = {
		"mformat", "-i", image, "-T", SECTORS, "-h", "1", "-s", "32", "-N", "4b45454c",
		"-v", "CIDATA", "::", NULL,
	};
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	run(argv, nothing);
	close(nothing);
}

static void add(char *image, enum cloud_init_file file, const char *text)
{
	size_t length = strlen(text);
	char name[32];
	char *const argv[] = { "mcopy", "-i", image, "-", name, NULL };
	int input = memory_file(cloud_init_name(file));

	snprintf(name, sizeof(name), "::%s", cloud_init_name(file));
	if (pwrite(input, text, length, 0) != (ssize_t)length)
		die(STATUS_MEMORY, "--cloud-init: no memory for %s", cloud_init_name(file));
	run(argv, input);
	close(input);
}

static int make(const struct cloud_init *cloud_init)
{
	int fd = memory_file("cloud-init");
	unsigned int i;
	char image[64];

	/* The programs do not inherit it. */
	snprintf(image, sizeof(image), "/proc/%d/fd/%d", getpid(), fd);
	if (ftruncate(fd, SIZE))
		die(STATUS_MEMORY, "--cloud-init: %s", strerror(errno));
	format(image);
	for (i = 0; i < CLOUD_FILES; i++)
		if (cloud_init->files[i])
			add(image, i, cloud_init->files[i]);
	return fd;
}

/* seed_open() - fill the disk that cloud_init_resolve() has made room for; dies if it cannot be */
void seed_open(struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_disks; i++)
		if (config->disks[i].seed)
			config->disks[i].file.fd = make(&config->cloud_init);
}
