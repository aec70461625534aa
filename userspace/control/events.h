/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to a VM, as a stream of JSON lines for those that follow it. */
#ifndef KEEL_CONTROL_EVENTS_H
#define KEEL_CONTROL_EVENTS_H

#include <jansson.h>

struct vm;

void events_open(struct vm *vm);
void events_start(struct vm *vm);
const char *events_follow(struct vm *vm, int fd);
void events_stop(struct vm *vm);
void event_emit(struct vm *vm, const char *name, json_t *details);

#endif /* KEEL_CONTROL_EVENTS_H */
