/* SPDX-License-Identifier: GPL-2.0 */
/* A VM that is paused: KEEL_RESET, KEEL_STATE_GET, KEEL_STATE_SET and KEEL_ACCESS. */
#ifndef KEEL_KMOD_STATE_H
#define KEEL_KMOD_STATE_H

long keel_state_reset(void *owner, void *arg);
long keel_state_get(void *owner, void *arg);
long keel_state_set(void *owner, void *arg);
long keel_state_access(void *owner, void *arg);

#endif /* KEEL_KMOD_STATE_H */
