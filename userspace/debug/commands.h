/* SPDX-License-Identifier: GPL-2.0 */
/* What gdb asks for, packet by packet. */
#ifndef KEEL_DEBUG_COMMANDS_H
#define KEEL_DEBUG_COMMANDS_H

#include <stdbool.h>

#include "debug/packet.h"

struct target;

/**
 * struct session - a client's.
 * @target:  the VM
 * @current: the vCPU whose registers and memory it asks for
 * @stopped: the vCPU that stopped last
 * @no_ack:  packets are not acknowledged
 * @silent:  the answer comes when the VM stops
 * @over:    the client is done
 */
struct session {
	struct target *target;
	unsigned int current;
	unsigned int stopped;
	bool no_ack;
	bool silent;
	bool over;
};

void command(struct session *session, struct packet *in, struct packet *out);
void command_stopped(struct session *session, bool by_user, struct packet *out);

#endif /* KEEL_DEBUG_COMMANDS_H */
