/* SPDX-License-Identifier: GPL-2.0 */
/* A service manager that waits for the VM to run. */
#ifndef KEEL_CONTROL_NOTIFY_H
#define KEEL_CONTROL_NOTIFY_H

void notify_open(void);
void notify_ready(void);

#endif /* KEEL_CONTROL_NOTIFY_H */
