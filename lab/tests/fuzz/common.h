/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the fuzzers: the input as numbers, checks, and a trace. */
#ifndef KEEL_FUZZ_COMMON_H
#define KEEL_FUZZ_COMMON_H

#include <stdio.h>
#include <stdlib.h>

#include "../../../kunit/whole.h"

/**
 * struct fuzz_input - an input being run.
 * @data:   its unread rest
 * @left:   bytes there
 * @random: actions to be made up after its end
 * @seed:   of these
 */
struct fuzz_input {
	const u8 *data;
	size_t left;
	unsigned int random;
	u64 seed;
};

u8 input_u8(struct fuzz_input *in);
u16 input_u16(struct fuzz_input *in);
u32 input_u32(struct fuzz_input *in);
u64 input_u64(struct fuzz_input *in);
u64 input_scaled(struct fuzz_input *in);

extern bool fuzz_trace;

_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* Ends the process if the condition is false. */
#define must(a) \
	do { \
		if (!(a)) \
			fuzz_fail(__FILE__, __LINE__, #a); \
	} while (0)

#define trace(...) \
	do { \
		if (fuzz_trace) \
			printf(__VA_ARGS__); \
	} while (0)

/* Each fuzzer's main.c: libFuzzer's names for them */
int fuzz_one_input(const u8 *data, size_t size) __asm__("LLVMFuzzerTestOneInput");
int fuzz_initialize(int *argc, char ***argv) __asm__("LLVMFuzzerInitialize");

#endif /* KEEL_FUZZ_COMMON_H */
