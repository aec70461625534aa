/* SPDX-License-Identifier: GPL-2.0 */
/* As which user, and with which root, the launcher goes on. */
#ifndef KEEL_SANDBOX_IDENTITY_H
#define KEEL_SANDBOX_IDENTITY_H

struct config;

void identity_change(const struct config *config);

#endif /* KEEL_SANDBOX_IDENTITY_H */
