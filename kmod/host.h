/* SPDX-License-Identifier: GPL-2.0 */
/* What a board asks of its host. */
#ifndef KEEL_HOST_H
#define KEEL_HOST_H

struct keel_host_ops;

extern const struct keel_host_ops keel_host;

#endif /* KEEL_HOST_H */
