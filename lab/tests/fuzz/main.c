// SPDX-License-Identifier: GPL-2.0
/* libFuzzer's entry points. */
#include "fuzz.h"

/* Actions at random after a forged state was taken; FUZZ_AFTER in the environment. */
unsigned int fuzz_after = 16;

int fuzz_initialize(int *argc, char ***argv)
{
	const char *after = getenv("FUZZ_AFTER");

	if (after)
		fuzz_after = strtoul(after, NULL, 0);
	fuzz_trace = getenv("FUZZ_TRACE");
	return 0;
}

static void main_run(struct fuzz *f)
{
	while (f->in.left)
		fuzz_action(f);
	for (; f->in.random; f->in.random--)
		fuzz_action(f);
	fuzz_save(f);
	if (f->nr_hosts == 2)
		fuzz_twin(f);
	else
		fuzz_restore(f);
}

int fuzz_one_input(const u8 *data, size_t size)
{
	/* Time starts at one of these; the last one is near its end. */
	static const u64 starts[] = { 0, 0, 1000000000, KEEL_TIME_MAX - BIT_ULL(50) };
	struct fuzz f = {
		.in = { .data = data, .left = size, .seed = size },
		.nr_hosts = 1,
	};

	if (!size)
		return -1;
	fuzz_take_configs(&f);
	if (fuzz_host_build(&f, &f.hosts[0], starts[fuzz_u8(&f) % ARRAY_SIZE(starts)])) {
		fuzz_check(&f.hosts[0]);
		main_run(&f);
	}
	free(f.hosts[0].board);
	free(f.blob);
	return 0;
}
