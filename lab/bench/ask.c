// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: ask SOCKET ROUNDS ROW ANSWER REQUEST...
 *        ask --spent ROW COMMAND...
 *        ask --reached NS ROW=TEXT... -- COMMAND...
 *
 * Sends REQUESTs to a Unix socket, one after the other and ROUNDS times, each followed by a line
 * break, and reads until ANSWER has come. Prints a figure for each ROW: nanoseconds from a request
 * to its answer. A request whose ROW is "-" is sent in the first round alone.
 *
 * With --spent runs COMMAND, and prints the nanoseconds of CPU time that it and its threads used.
 *
 * With --reached runs COMMAND, and prints how many of these it had used, after its first NS, when
 * it had printed each TEXT (no TEXT: anything), in this order. Behind the last one it is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_REQUESTS	8
#define MAX_ROUNDS	64

struct request {
	const char *row, *answer, *text;
	long long ns[MAX_ROUNDS];
};

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return x < y ? -1 : x > y;
}

static void figure(const char *row, long long *ns, int nr)
{
	long long sum = 0;
	int i;

	qsort(ns, nr, sizeof(*ns), ascending);
	for (i = 0; i < nr; i++)
		sum += ns[i];
	printf("= %s %lld %lld %lld\n", row, ns[nr / 2], sum / nr, ns[nr * 99 / 100]);
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	must(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)), path);
	return fd;
}

static void ask(int fd, const struct request *r)
{
	char said[65536] = "";
	size_t length = 0;
	ssize_t n;

	must(dprintf(fd, "%s\n", r->text) > 0, r->text);
	while (!strstr(said, r->answer)) {
		n = read(fd, said + length, sizeof(said) - 1 - length);
		must(n > 0, r->text);
		length += n;
		said[length] = '\0';
	}
}

static int ask_all(const char *path, int rounds, char **words)
{
	static struct request requests[MAX_REQUESTS];
	int nr = 0, fd = open_socket(path), round, i;

	for (; words[0] && words[1] && words[2] && nr < MAX_REQUESTS; words += 3)
		requests[nr++] = (struct request){ words[0], words[1], words[2], {} };
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < nr; i++) {
			long long start = now();

			if (round && !strcmp(requests[i].row, "-"))
				continue;
			ask(fd, &requests[i]);
			requests[i].ns[round] = now() - start;
		}
	}
	for (i = 0; i < nr; i++)
		if (strcmp(requests[i].row, "-"))
			figure(requests[i].row, requests[i].ns, rounds);
	return 0;
}

static int spent(const char *row, char **command)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();
	long long ns;

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	must(pid > 0 && wait4(pid, &status, 0, &usage) == pid, command[0]);
	ns = 1000 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec +
		     1000000LL * (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec));
	putchar('\n');			/* behind what it has printed */
	figure(row, &ns, 1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Starts a command with this as its standard output, and returns when it has been executed. */
static pid_t start(char **command, int output)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		dup2(output, STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(command[0], command);
		_exit(127);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), command[0]);
	return pid;
}

static long long used(clockid_t clock)
{
	struct timespec t;

	must(!clock_gettime(clock, &t), "the clock of its CPU time");
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Reads until the text has come; false if it has not. What is behind it is kept for the next. */
static int comes(int fd, const char *text)
{
	static char said[65536];
	static size_t length;
	char *at;
	ssize_t n;

	while (!length || !(at = memmem(said, length, text, strlen(text)))) {
		if (length > sizeof(said) / 2) {
			/* A text is shorter than the half of it that stays */
			memmove(said, said + length / 2, length - length / 2);
			length -= length / 2;
		}
		n = read(fd, said + length, sizeof(said) - length);
		if (n <= 0)
			return 0;
		length += n;
	}
	at += strlen(text);
	length -= at - said;
	memmove(said, at, length);
	return 1;
}

static int reached(long long before, char **words)
{
	long long begin, ns;
	char **command = words;
	clockid_t clock;
	int pipes[2], status = 0;
	pid_t pid;

	setlinebuf(stdout);
	while (*command && strcmp(*command, "--"))
		command++;
	must(*command && !pipe2(pipes, O_CLOEXEC), "a pipe");
	pid = start(command + 1, pipes[1]);
	close(pipes[1]);
	must(!clock_getcpuclockid(pid, &clock), "the clock of its CPU time");
	begin = used(clock) + before;
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	for (; words < command && !status; words++) {
		char *text = strchr(*words, '=');

		must(!!text, *words);
		*text++ = '\0';
		if (comes(pipes[0], text)) {
			ns = used(clock) - begin;
			figure(*words, &ns, 1);
		} else {
			fprintf(stderr, "ask: %s: it did not print \"%s\"\n", *words, text);
			status = 1;
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return status;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "--spent"))
		return spent(argv[2], argv + 3);
	if (argc >= 6 && !strcmp(argv[1], "--reached"))
		return reached(atoll(argv[2]), argv + 3);
	if (argc >= 6 && atoi(argv[2]) >= 1 && atoi(argv[2]) <= MAX_ROUNDS)
		return ask_all(argv[1], atoi(argv[2]), argv + 3);
	fprintf(stderr, "usage: ask SOCKET ROUNDS ROW ANSWER REQUEST...\n"
			"       ask --spent ROW COMMAND...\n"
			"       ask --reached NS ROW=TEXT... -- COMMAND...\n");
	return 2;
}
