/* SPDX-License-Identifier: GPL-2.0 */
/* What suits a real-time guest on this host. */
#ifndef KEEL_CHECK_PROFILE_H
#define KEEL_CHECK_PROFILE_H

struct config;

void profile_apply(struct config *config);

#endif /* KEEL_CHECK_PROFILE_H */
