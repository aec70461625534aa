/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that clients connect to. */
#ifndef KEEL_STREAM_LISTEN_H
#define KEEL_STREAM_LISTEN_H

int listen_at(const char *option, const char *path, int backlog);
int listen_on_loopback(const char *option, unsigned int port, int backlog);

#endif /* KEEL_STREAM_LISTEN_H */
