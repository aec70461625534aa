/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP echo requests to the host's kernel, and their answers: Ethernet frames of 64 bytes. Guest
 * and host have the addresses that lab/bench/inside and lab/tests/guest/test_payloads.py set up.
 */
#ifndef ECHO_H
#define ECHO_H

#include "payload.h"

#define ECHO_FRAME	64

/* All of a request but its number */
void echo_make(u8 *frame);
/* Makes a request that was made, or sent before, the one with this number. */
void echo_number(u8 *frame, u16 number);
/* Is it the answer to that request? Other frames may arrive, too. */
bool echo_answers(const u8 *frame, u32 length, u16 number);

#endif /* ECHO_H */
