/* SPDX-License-Identifier: GPL-2.0 */
/* A connection to a running VM's control socket. */
#ifndef KEEL_OPERATE_CLIENT_H
#define KEEL_OPERATE_CLIENT_H

#include <stdio.h>
#include <sys/types.h>

/**
 * struct client - a connection.
 * @vm:     name or path, as the user said it
 * @fd:     the socket
 * @stream: the same, to be read
 * @pid:    the VM's process, or 0 if it is not of our PID namespace
 */
struct client {
	const char *vm;
	int fd;
	FILE *stream;
	pid_t pid;
};

void plain_line(char *line);
void client_open(struct client *client, const char *vm);
void client_ask_with(struct client *client, const char *request, const char *argument, int passed);
void client_ask(struct client *client, const char *request, const char *argument);
char *client_answer(struct client *client);
void client_close(struct client *client);
int ask_and_print(const char *vm, const char *request, const char *argument);
int ask_and_print_with(const char *vm, const char *request, int passed);
int follow_and_print(const char *vm);

#endif /* KEEL_OPERATE_CLIENT_H */
