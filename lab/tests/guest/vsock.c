// SPDX-License-Identifier: GPL-2.0
/*
 * vsock echo PORT          - accept a connection, and echo its bytes, up to its end
 * vsock try CID PORT BYTES - connect there, send BYTES, and check that they are echoed
 * vsock hold CID PORT      - connect there, and print how the connection ends
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

static void fail(const char *what)
{
	fprintf(stderr, "vsock: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int make_socket(void)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	return fd;
}

static struct sockaddr_vm address(unsigned int cid, const char *port)
{
	return (struct sockaddr_vm){
		.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = strtoul(port, NULL, 0),
	};
}

static void put(int fd, const char *data, size_t size)
{
	ssize_t n;

	for (; size; size -= n, data += n) {
		n = write(fd, data, size);
		if (n <= 0)
			fail("write");
	}
}

static int echo(const char *port)
{
	struct sockaddr_vm here = address(VMADDR_CID_ANY, port);
	static char data[65536];
	int fd = make_socket(), peer;
	ssize_t n;

	if (bind(fd, (void *)&here, sizeof(here)) || listen(fd, 1))
		fail("listen");
	puts("@ vsock listens");
	fflush(stdout);
	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		fail("accept");
	while ((n = read(peer, data, sizeof(data))) > 0)
		put(peer, data, n);
	if (n < 0)
		fail("read");
	return 0;
}

/* Bytes that depend on their position, with a long period */
static char pattern(size_t i)
{
	return (i * 2654435761U) >> 24;
}

static void send_all(int fd, size_t size)
{
	static char data[4096];
	size_t i, at;

	for (at = 0; at < size; at += i) {
		for (i = 0; i < sizeof(data) && at + i < size; i++)
			data[i] = pattern(at + i);
		put(fd, data, i);
	}
	if (shutdown(fd, SHUT_WR))
		fail("shutdown");
}

static size_t check_all(int fd)
{
	static char data[65536];
	size_t at = 0;
	ssize_t i, n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		for (i = 0; i < n; i++, at++)
			if (data[i] != pattern(at)) {
				fprintf(stderr, "vsock: byte %zu is another\n", at);
				exit(1);
			}
	if (n < 0)
		fail("read");
	return at;
}

static int try(const char *cid, const char *port, size_t size)
{
	struct sockaddr_vm there = address(strtoul(cid, NULL, 0), port);
	int fd = make_socket(), status;
	size_t got;
	pid_t pid;

	if (connect(fd, (void *)&there, sizeof(there)))
		fail("connect");
	pid = fork();
	if (!pid) {
		send_all(fd, size);
		exit(0);
	}
	got = check_all(fd);
	if (waitpid(pid, &status, 0) != pid || status || got != size) {
		fprintf(stderr, "vsock: %zu bytes of %zu\n", got, size);
		return 1;
	}
	printf("@ vsock gave back %zu\n", got);
	return 0;
}

static int hold(const char *cid, const char *port)
{
	struct sockaddr_vm there = address(strtoul(cid, NULL, 0), port);
	int fd = make_socket();
	char byte;

	if (connect(fd, (void *)&there, sizeof(there)))
		fail("connect");
	puts("@ vsock holds");
	fflush(stdout);
	if (read(fd, &byte, 1) < 0)
		printf("@ vsock ends: %s\n", errno == ECONNRESET ? "reset" : strerror(errno));
	else
		puts("@ vsock ends");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "echo"))
		return echo(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "try"))
		return try(argv[2], argv[3], strtoul(argv[4], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(argv[2], argv[3]);
	fprintf(stderr, "usage: vsock echo PORT | try CID PORT BYTES | hold CID PORT\n");
	return 2;
}
