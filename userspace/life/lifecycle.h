/* SPDX-License-Identifier: GPL-2.0 */
/* Pause, resume, reset, sleep, save. Functions that return a text say what failed, or NULL. */
#ifndef KEEL_LIFE_LIFECYCLE_H
#define KEEL_LIFE_LIFECYCLE_H

#include <stdbool.h>

struct keel_run;
struct snapshot;
struct vm;

void lifecycle_init(struct vm *vm);
void lifecycle_keep(struct vm *vm);
void lifecycle_keep_boot(struct vm *vm, void (*load)(struct vm *vm));
bool lifecycle_wants_reset(struct vm *vm);
bool lifecycle_sleeps(struct vm *vm, const struct keel_run *run);
void lifecycle_full(struct vm *vm);
void lifecycle_retry(struct vm *vm);
void lifecycle_restart(struct vm *vm);
void lifecycle_wake(struct vm *vm);
bool lifecycle_is_asleep(struct vm *vm);
void lifecycle_restored(struct vm *vm, const struct snapshot *snapshot);
void lifecycle_begin(struct vm *vm);
const char *lifecycle_pause(struct vm *vm);
const char *lifecycle_resume(struct vm *vm);
const char *lifecycle_debug_stop(struct vm *vm);
void lifecycle_debug_go(struct vm *vm);
const char *lifecycle_reset(struct vm *vm, const char *cause);
const char *lifecycle_save(struct vm *vm, const char *path);
const char *lifecycle_save_to(struct vm *vm, int fd);
const char *lifecycle_dump(struct vm *vm, int fd);
void lifecycle_go_past(struct vm *vm);
const char *lifecycle_nmi(struct vm *vm, unsigned int cpu);
const char *lifecycle_detach(struct vm *vm, unsigned int class, unsigned int instance);
bool lifecycle_is_state(const char *error);
bool lifecycle_is_paused(struct vm *vm);

#endif /* KEEL_LIFE_LIFECYCLE_H */
