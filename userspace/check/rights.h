/* SPDX-License-Identifier: GPL-2.0 */
/* What gives a user more rights. */
#ifndef KEEL_CHECK_RIGHTS_H
#define KEEL_CHECK_RIGHTS_H

struct finding;

void remedy_access(struct finding *finding, const char *path);
void remedy_limit(struct finding *finding, const char *limit);

#endif /* KEEL_CHECK_RIGHTS_H */
