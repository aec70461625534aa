/* SPDX-License-Identifier: GPL-2.0 */
/* The folder with the sockets of a user's named VMs. */
#ifndef KEEL_CONTROL_RUNTIME_H
#define KEEL_CONTROL_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#define RUNTIME_SUFFIX	".sock"
#define RUNTIME_UNITS	"/control"

bool has_runtime_folder(void);
const char *runtime_folder(void);
char *runtime_path(const char *name);
char *runtime_unit_path(const char *name);
bool runtime_is_the_units(int fd, const char *path);
int runtime_listen(const char *name, int backlog);
void runtime_unlink(void);
int runtime_lock(void);
bool socket_is_stale(const char *path, pid_t *pid);

#endif /* KEEL_CONTROL_RUNTIME_H */
