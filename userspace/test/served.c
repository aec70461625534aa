// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: served ROUNDS
 *
 * The fw_cfg for which the launcher answers: what it reads as, beside a device of a byte at a time;
 * states of rubbish.
 */
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>

#include "firmware/served.h"
#include "status.h"
#include "test/points.h"
#include "uapi/keel_fwcfg.h"

#define DATA_PORT	(KEEL_FWCFG_PORT + 1)
#define DATA_AT		4096U
#define DATA_MAX	1024U	/* that KVM gathers */

void die(enum status status, const char *format, ...)
{
	(void)status;
	(void)format;
	abort();
}

static const struct {
	__u16 key;
	__u32 size;
} items[] = { { 0, 4 }, { 8, 0 }, { 0x11, 3000 }, { 0xffff, 1 } };

static struct served *served;
static struct kvm_run *run;
static __u8 *bytes[ARRAY_SIZE(items)], *data;

static void access(__u8 direction, __u16 port, __u8 size, __u32 count)
{
	run->io.direction = direction;
	run->io.port = port;
	run->io.size = size;
	run->io.count = count;
	run->io.data_offset = DATA_AT;
	served_answer(served, run);
}

static void select_key(__u16 key)
{
	memcpy(data, &key, sizeof(key));
	access(KVM_EXIT_IO_OUT, KEEL_FWCFG_PORT, sizeof(key), 1);
}

/* ---- In place of the device ---- */

static __u16 twin_key;
static __u32 twin_at;

static __u8 twin_next(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		if (items[i].key == twin_key && twin_at < items[i].size)
			return bytes[i][twin_at++];
	return 0;
}

static bool reads_as_twin(__u32 count)
{
	__u32 i;

	memset(data, 0xee, DATA_MAX + 1);
	access(KVM_EXIT_IO_IN, DATA_PORT, 1, count);
	for (i = 0; i < count; i++)
		if (data[i] != twin_next())
			return false;
	return data[count] == 0xee;
}

/* ---- Tests ---- */

static void check_registers(void)
{
	__u16 two[2] = { 8, 0x11 };

	select_key(twin_key = 0x11);
	check(reads_as_twin(1) && reads_as_twin(1000) && reads_as_twin(DATA_MAX),
	      "an item's bytes");
	check(reads_as_twin(DATA_MAX) && reads_as_twin(5), "zeros behind its end");
	select_key(twin_key = 3);
	check(reads_as_twin(7), "zeros of an item that is not there");
	memcpy(data, two, sizeof(two));
	access(KVM_EXIT_IO_OUT, KEEL_FWCFG_PORT, 2, 2);
	twin_key = 0x11;
	twin_at = 0;
	check(reads_as_twin(20), "of two selectors the last one counts");
	access(KVM_EXIT_IO_OUT, KEEL_FWCFG_PORT, 1, 1);
	access(KVM_EXIT_IO_OUT, DATA_PORT, 1, 1);
	check(reads_as_twin(20), "writes of a byte change nothing");
	memset(data, 0xee, 2);
	access(KVM_EXIT_IO_IN, KEEL_FWCFG_PORT, 2, 1);
	check(!data[0] && !data[1], "the selector reads as zero");
	served_reset(served);
	twin_key = 0;
	twin_at = 0;
	check(reads_as_twin(4), "a reset selects item 0");
}

static void fuzz(unsigned long rounds)
{
	unsigned long i;

	for (i = 0; i < rounds; i++) {
		if (random() % 4) {
			if (!reads_as_twin(random() % (DATA_MAX + 1)))
				break;
			continue;
		}
		twin_key = items[random() % ARRAY_SIZE(items)].key + !(random() % 8);
		twin_at = 0;
		select_key(twin_key);
	}
	check(i == rounds, "selectors and reads of any length, and a twin that does the same");
}

static void rubbish(unsigned long rounds)
{
	unsigned long i, sane = 0;

	for (i = 0; i < rounds; i++) {
		struct served_state state = {
			.selector = items[random() % ARRAY_SIZE(items)].key,
			.pad = !(random() % 8), .offset = random() % 4000,
		};

		if (!served_restore(served, &state))
			continue;
		sane++;
		twin_key = state.selector;
		twin_at = state.offset;
		if (!reads_as_twin(random() % (DATA_MAX + 1)))
			break;
	}
	check(i == rounds && sane > rounds / 50 && sane < rounds,
	      "states of rubbish: refused, or it goes on from there");
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned int i;
	__u32 n;

	if (!rounds) {
		fprintf(stderr, "Usage: served ROUNDS\n");
		return 2;
	}
	run = calloc(1, DATA_AT + DATA_MAX + 1);
	data = (__u8 *)run + DATA_AT;
	served = served_new();
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		bytes[i] = malloc(items[i].size);
		for (n = 0; n < items[i].size; n++)
			bytes[i][n] = random();
		served_add(served, items[i].key, bytes[i], items[i].size);
	}
	check_registers();
	fuzz(rounds);
	rubbish(rounds);
	free(run);
	printf("1..%u\n# %u passed, %u failed\n", tests, tests - failed, failed);
	return failed != 0;
}
