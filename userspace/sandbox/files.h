/* SPDX-License-Identifier: GPL-2.0 */
/* The files that the launcher may still reach, by Landlock. */
#ifndef KEEL_SANDBOX_FILES_H
#define KEEL_SANDBOX_FILES_H

struct config;

int files_landlock(void);
int files_prepare(const struct config *config);
void files_restrict(int ruleset);

#endif /* KEEL_SANDBOX_FILES_H */
