/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of a serial port or of a virtio console's port: opening it. */
#ifndef KEEL_STREAM_HOSTFILE_H
#define KEEL_STREAM_HOSTFILE_H

#include <stdbool.h>

struct hostfile;

void hostfile_open(const struct hostfile *file, const char *option, const char *name, bool restored,
		   int *in, int *out);
int hostfile_reopen(const char *option, int fd, int mode);

#endif /* KEEL_STREAM_HOSTFILE_H */
