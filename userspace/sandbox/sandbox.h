/* SPDX-License-Identifier: GPL-2.0 */
/* What the launcher may do once its VM is there. */
#ifndef KEEL_SANDBOX_SANDBOX_H
#define KEEL_SANDBOX_SANDBOX_H

struct config;

/**
 * enum sandbox_role - what a thread does, by which it gets its filter.
 * @SANDBOX_WORKER:  it is in an ioctl of Keel's
 * @SANDBOX_NVRAM:   the same, and it answers for the flash chip of --nvram
 * @SANDBOX_STREAM:  it carries bytes between descriptors
 * @SANDBOX_CONTROL: it does what the control socket and signals ask for
 * @SANDBOX_NETWORK: it is the guest's network, and opens sockets
 */
enum sandbox_role {
	SANDBOX_WORKER, SANDBOX_NVRAM, SANDBOX_STREAM, SANDBOX_CONTROL, SANDBOX_NETWORK,
};

void sandbox_enter(const struct config *config);
void sandbox_thread(enum sandbox_role role);

#endif /* KEEL_SANDBOX_SANDBOX_H */
