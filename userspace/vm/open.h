/* SPDX-License-Identifier: GPL-2.0 */
/* Files that the user names by a path, or by a descriptor that is open already. */
#ifndef KEEL_VM_OPEN_H
#define KEEL_VM_OPEN_H

struct source;

int open_device(const char *option, const struct source *source);
int open_descriptor(const char *option, int fd);

#endif /* KEEL_VM_OPEN_H */
