// SPDX-License-Identifier: GPL-2.0
/* The input as numbers, and the reaction to a failed check. */
#include "common.h"

bool fuzz_trace;

_Noreturn void fuzz_fail(const char *file, int line, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s:%d: must hold: %s\n", file, line, what);
	abort();
}

/*
 * After the input's end come random numbers if actions are to be made up, else zeros.
 */
u8 input_u8(struct fuzz_input *in)
{
	if (in->left) {
		in->left--;
		return *in->data++;
	}
	if (!in->random)
		return 0;
	in->seed = in->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return in->seed >> 56;
}

u16 input_u16(struct fuzz_input *in)
{
	u16 low = input_u8(in);

	return low | input_u8(in) << 8;
}

u32 input_u32(struct fuzz_input *in)
{
	u32 low = input_u16(in);

	return low | (u32)input_u16(in) << 16;
}

u64 input_u64(struct fuzz_input *in)
{
	u64 low = input_u32(in);

	return low | (u64)input_u32(in) << 32;
}

/**
 * input_scaled() - a number of any size, in two bytes: 0 to 2^57.
 * @in: the input
 */
u64 input_scaled(struct fuzz_input *in)
{
	u8 shift = input_u8(in) % 50;

	return (u64)input_u8(in) << shift;
}
