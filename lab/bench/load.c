// SPDX-License-Identifier: GPL-2.0
/* Usage: load BUSY REST: computes for BUSY ms, sleeps for REST ms, and so on until it is killed. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long long busy = argc == 3 ? atoi(argv[1]) * 1000000LL : 0;
	struct timespec rest = { .tv_nsec = argc == 3 ? atoi(argv[2]) * 1000000L : 0 };

	if (!busy || !rest.tv_nsec) {
		fputs("usage: load BUSY REST\n", stderr);
		return 2;
	}
	for (;;) {
		long long end = now_ns() + busy;

		while (now_ns() < end)
			;
		nanosleep(&rest, NULL);
	}
}
