/* SPDX-License-Identifier: GPL-2.0 */
/* The ports of the virtio console. */
#ifndef KEEL_STREAM_CLIENTS_H
#define KEEL_STREAM_CLIENTS_H

#include "config/config.h"
#include "stream/hostfile.h"
#include "uapi/keel.h"
#include "vm/virtio.h"

struct vm;

/**
 * struct port - a port of the virtio console.
 * @end:  what it is connected to
 * @name: what the guest finds it by; empty: it is a terminal
 * @drop: rather than make the guest wait
 * @transport: of the console
 * @split: the console's rings
 * @serve: KEEL_SERVE_*, of the console
 */
struct port {
	struct end end;
	char name[KEEL_PORT_NAME + 1];
	bool drop;
	enum transport transport;
	bool split;
	__u32 serve;
};

bool port_valid(const char *text);
unsigned int port_list(const struct config *config, struct port list[KEEL_VCON_PORTS]);
bool port_stdio(const struct config *config);
void port_console(const struct config *config, struct virtio *console);
void port_attach(struct vm *vm, struct keel_attach *request);
void port_start(const struct vm *vm);
void port_resized(const struct vm *vm);
void port_stop(const struct vm *vm, bool hurry);

#endif /* KEEL_STREAM_CLIENTS_H */
