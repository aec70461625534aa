/* SPDX-License-Identifier: GPL-2.0 */
/* The folder with the sockets of a user's named VMs. */
#ifndef KEEL_CONTROL_RUNTIME_H
#define KEEL_CONTROL_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#define RUNTIME_SUFFIX	".sock"

bool has_runtime_folder(void);
const char *runtime_folder(void);
char *runtime_path(const char *name);
int runtime_listen(const char *name, int backlog);
void runtime_unlink(const char *name);
int runtime_lock(void);
bool socket_is_stale(const char *path, pid_t *pid);

#endif /* KEEL_CONTROL_RUNTIME_H */
