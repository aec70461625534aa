/* SPDX-License-Identifier: GPL-2.0 */
/* Users that have VMs. */
#ifndef KEEL_USER_H
#define KEEL_USER_H

struct keel_user;

struct keel_user *keel_user_get(void);
void keel_user_put(struct keel_user *user);

#endif /* KEEL_USER_H */
