/* SPDX-License-Identifier: GPL-2.0 */
/* A vCPU's registers, as gdb numbers and names them. */
#ifndef KEEL_DEBUG_REGISTERS_H
#define KEEL_DEBUG_REGISTERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct packet;
struct vcpu;

#define REGISTER_SIZE_MAX	16U

extern const unsigned int nr_registers;

bool registers_get_all(const struct vcpu *vcpu, struct packet *answer);
bool registers_set_all(const struct vcpu *vcpu, const char *text);
bool register_get(const struct vcpu *vcpu, unsigned int number, struct packet *answer);
bool register_set(const struct vcpu *vcpu, unsigned int number, const char *text);
__u64 register_rip(const struct vcpu *vcpu);
const char *registers_xml(void);

#endif /* KEEL_DEBUG_REGISTERS_H */
