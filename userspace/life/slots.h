/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that come and go while the guest runs. Functions return NULL, or what is wrong. */
#ifndef KEEL_LIFE_SLOTS_H
#define KEEL_LIFE_SLOTS_H

#include <linux/types.h>
#include <stdbool.h>

struct vm;

const char *slots_attach(struct vm *vm, const char *name);
const char *slots_attach_disk(struct vm *vm, const char *wish, int fd, char **name);
const char *slots_detach(struct vm *vm, const char *name, bool force);
char *slots_text(struct vm *vm);
void slots_ejected(struct vm *vm, __u32 slots);
void slots_handle(struct vm *vm);

#endif /* KEEL_LIFE_SLOTS_H */
