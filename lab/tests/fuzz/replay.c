// SPDX-License-Identifier: GPL-2.0
/*
 * Runs inputs without libFuzzer: the named files, and those in the named folders. One
 * process runs them until one fails; another process goes on with the rest.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define REPLAY_SECONDS	20	/* for one input */
#define REPLAY_MAX	4096	/* bytes of it */
#define REPLAY_FILES	8192

static char *replay_paths[REPLAY_FILES];
static unsigned int nr_paths;
/* The input that is being run: shared with the process that runs it */
static unsigned int *replay_at;

static int replay_file(const char *path)
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

static int replay_some(void)
{
	for (; *replay_at < nr_paths; ++*replay_at) {
		if (replay_file(replay_paths[*replay_at]))
			return 1;
		printf("ok %u - %s\n", *replay_at + 1, replay_paths[*replay_at]);
	}
	return 0;
}

/* Return: how many failed, among which can be the check for leaks at the end. */
static unsigned int replay_all(void)
{
	unsigned int failed = 0;

	while (*replay_at < nr_paths) {
		int status = 1;
		pid_t pid = fork();

		if (!pid)
			exit(replay_some());
		if (pid > 0)
			waitpid(pid, &status, 0);
		if (!status)
			continue;
		printf("not ok %u - %s: status %#x\n", *replay_at + 1,
		       *replay_at < nr_paths ? replay_paths[*replay_at] : "the end", status);
		++*replay_at;
		failed++;
	}
	return failed;
}

static void replay_add(const char *path)
{
	must(nr_paths < REPLAY_FILES);
	replay_paths[nr_paths] = strdup(path);
	must(replay_paths[nr_paths++]);
}

static void replay_add_folder(const char *folder)
{
	struct dirent **names;
	int nr = scandir(folder, &names, NULL, alphasort), i;
	char path[PATH_MAX];

	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_add(path);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	unsigned int failed;
	struct stat st;
	int i;

	fuzz_initialize(&argc, &argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	replay_at = mmap(NULL, sizeof(*replay_at), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(replay_at != MAP_FAILED);
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_add_folder(argv[i]);
		else
			replay_add(argv[i]);
	}
	failed = replay_all();
	for (i = 0; i < nr_paths; i++)
		free(replay_paths[i]);
	printf("1..%u\n", nr_paths);
	return failed || !nr_paths;
}
