// SPDX-License-Identifier: GPL-2.0
/*
 * Runs inputs without libFuzzer, each in a process of its own: all files that are
 * named, and those in folders that are named.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define REPLAY_SECONDS	20	/* for one input */
#define REPLAY_MAX	4096	/* bytes of it */

static unsigned int passed, failed;

static int replay_run(const char *path)
{
	FILE *file = fopen(path, "rb");
	u8 buffer[REPLAY_MAX], *exact;
	size_t size;

	if (!file)
		return 1;
	size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	exact = malloc(size + !size);
	if (!exact)
		return 1;
	memcpy(exact, buffer, size);
	alarm(REPLAY_SECONDS);
	fuzz_one_input(exact, size);
	free(exact);
	return 0;
}

static void replay_file(const char *path)
{
	pid_t pid = fork();
	int status = 1;

	if (!pid)
		exit(replay_run(path));
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status)
		printf("fuzz: %s fails (status %#x)\n", path, status);
	if (status)
		failed++;
	else
		passed++;
}

static void replay_folder(const char *folder)
{
	struct dirent **names;
	int nr = scandir(folder, &names, NULL, alphasort), i;
	char path[PATH_MAX];

	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(path);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	struct stat st;
	int i;

	fuzz_initialize(&argc, &argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("fuzz: %u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
