// SPDX-License-Identifier: GPL-2.0
/* KEEL_STATE_GET and KEEL_STATE_SET: the blob is not trusted. */
#include "abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLIPS	2000
#define RANDOM	1000

/**
 * struct blob - a VM's state, and spoiled copies of it.
 * @vm:    a paused VM
 * @good:  the state from STATE_GET
 * @bad:   a copy to be spoiled, with room behind it
 * @now:   for STATE_GET again
 * @size:  bytes of @good
 * @error: of the last STATE_SET
 * @record: of the last STATE_SET
 */
struct blob {
	struct vm vm;
	u8 *good;
	u8 *bad;
	u8 *now;
	u32 size;
	u32 error;
	u32 record;
};

static long get(struct vm *vm, void *data, u32 *size)
{
	struct keel_state s = { .size = sizeof(s), .data = (uintptr_t)data, .length = *size };
	long ret = ioctl(vm->keel, KEEL_STATE_GET, &s);

	*size = s.length;
	return ret;
}

static long set(struct blob *b, const void *data, u32 size)
{
	struct keel_state s = { .size = sizeof(s), .data = (uintptr_t)data, .length = size };
	long ret = ioctl(b->vm.keel, KEEL_STATE_SET, &s);

	b->error = s.error;
	b->record = s.record;
	return ret;
}

static bool unchanged(struct blob *b)
{
	u32 size = b->size;

	return !get(&b->vm, b->now, &size) && size == b->size && !memcmp(b->now, b->good, size);
}

static u32 fnv1a(const u8 *data, size_t size)
{
	u32 hash = 0x811c9dc5;

	while (size--)
		hash = (hash ^ *data++) * 0x01000193;
	return hash;
}

static struct keel_state_header *header(struct blob *b)
{
	return (struct keel_state_header *)b->bad;
}

static struct keel_state_record *record(struct blob *b, unsigned int nr)
{
	u8 *at = b->bad + sizeof(struct keel_state_header);

	while (nr--) {
		struct keel_state_record *r = (struct keel_state_record *)at;

		at += sizeof(*r) + (r->length + 7) / 8 * 8;
	}
	return (struct keel_state_record *)at;
}

/* The checksum detects accidents; an attacker can compute it */
void state_seal(void *blob, u32 size)
{
	struct keel_state_header *header = blob;

	header->length = size;
	header->checksum = fnv1a((u8 *)(header + 1), size - sizeof(*header));
}

static void seal(struct blob *b, u32 size)
{
	state_seal(b->bad, size);
}

static void fresh(struct blob *b)
{
	memcpy(b->bad, b->good, b->size);
}

static void refused(struct blob *b, u32 size, u32 error, const char *name)
{
	FAILS(set(b, b->bad, size), EINVAL, "%s: EINVAL", name);
	ok(b->error == error, "%s: for reason %u (%u, record %u)", name, error, b->error,
	   b->record);
	ok(unchanged(b), "%s: nothing has changed", name);
	fresh(b);
}

static void needs_pause(struct vm *vm)
{
	struct keel_state s = { .size = sizeof(s) };
	struct runner runner;
	u32 size = 0;

	FAILS(get(vm, NULL, &size), EBUSY, "GET of a VM that is not paused");
	FAILS(ioctl(vm->keel, KEEL_STATE_SET, &s), EBUSY, "SET of a VM that is not paused");
	runner_start(&runner, vm, 0);
	guest_progresses(vm, 0);
	size = 0;
	FAILS(get(vm, NULL, &size), EBUSY, "GET of a VM that runs");
	FAILS(ioctl(vm->keel, KEEL_STATE_SET, &s), EBUSY, "SET of a VM that runs");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	must(runner_ends(&runner), "pause");
}

static void arguments(struct blob *b)
{
	u32 size = b->size - 1;

	memset(b->now, 0xee, b->size);
	ok(get(&b->vm, b->now, &size) < 0 && size == b->size, "GET, a byte too small: the size");
	ok(b->now[b->size - 1] == 0xee, "and does not write behind the buffer");
	size = b->size;
	FAILS(get(&b->vm, (void *)(uintptr_t)NOWHERE, &size), EFAULT, "GET to unmapped memory");
	FAILS(ioctl(b->vm.keel, KEEL_STATE_GET, NULL), EFAULT, "GET: no argument");
	FAILS(ioctl(b->vm.keel, KEEL_STATE_SET, NULL), EFAULT, "SET: no argument");
	FAILS(set(b, (void *)(uintptr_t)NOWHERE, b->size), EFAULT, "SET from unmapped memory");
	ok(set(b, b->good, 0) < 0, "SET of 0 bytes fails");
	ok(set(b, b->good, 0xffffffff) < 0, "SET of 4 GiB fails");
	ok(set(b, b->good, 1 << 30) < 0, "SET of 1 GiB fails");
	size = 0xffffffff;
	WORKS(get(&b->vm, b->now, &size), "GET with room for 4 GiB");
	ok(size == b->size, "returns the state's size");
	ok(unchanged(b), "GET twice returns the same: time stands still");
	WORKS(set(b, b->good, b->size), "SET of the state from GET");
	ok(unchanged(b), "it changes nothing");
}

static void spoiled_headers(struct blob *b)
{
	refused(b, sizeof(struct keel_state_header) - 1, KEEL_STATE_TRUNCATED, "half a header");
	refused(b, sizeof(struct keel_state_header), KEEL_STATE_TRUNCATED, "only a header");
	refused(b, b->size - 1, KEEL_STATE_TRUNCATED, "a byte short");
	header(b)->magic ^= 1;
	refused(b, b->size, KEEL_STATE_MAGIC_BAD, "magic");
	header(b)->version++;
	refused(b, b->size, KEEL_STATE_VERSION_BAD, "version");
	header(b)->checksum++;
	refused(b, b->size, KEEL_STATE_CHECKSUM_BAD, "checksum");
	b->bad[b->size - 1] ^= 0x80;
	refused(b, b->size, KEEL_STATE_CHECKSUM_BAD, "a bit of the last byte");
}

static void spoiled_records(struct blob *b)
{
	u32 first = sizeof(struct keel_state_record) + (record(b, 0)->length + 7) / 8 * 8;
	u8 *at;

	record(b, 0)->length += 8;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_LENGTH_BAD, "a record's length");
	record(b, 0)->length = 0xfffffff8;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_TRUNCATED, "a record of 4 GiB");
	record(b, 0)->length = 0xffffffff;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_TRUNCATED, "a record whose length wraps around");
	record(b, 0)->version++;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_VERSION_BAD, "a record's version");
	record(b, 0)->class = 0x7777;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_UNKNOWN, "a record of an unknown class");
	record(b, 1)->instance = 9;
	seal(b, b->size);
	refused(b, b->size, KEEL_STATE_UNKNOWN, "a record of an unknown device");
	/* The first record again at the end, and then the last record missing */
	at = (u8 *)record(b, 0);
	memcpy(b->bad + b->size, at, first);
	seal(b, b->size + first);
	refused(b, b->size + first, KEEL_STATE_LENGTH_BAD, "a record twice");
	at = (u8 *)record(b, 0);
	memmove(at, at + first, b->size - (at - b->bad) - first);
	seal(b, b->size - first);
	refused(b, b->size - first, KEEL_STATE_MISSING, "a record is missing");
}

/* attack: SETs the spoiled blob; false if refused without a reason, or partly applied */
static bool attack(struct blob *b, u32 size, unsigned int *accepted)
{
	long ret = set(b, b->bad, size);

	if (!ret) {
		++*accepted;
		return !set(b, b->good, b->size) && unchanged(b);
	}
	return errno == EINVAL && b->error >= KEEL_STATE_TRUNCATED &&
	       b->error <= KEEL_STATE_VALUE_BAD && unchanged(b);
}

static void flips(struct blob *b)
{
	unsigned int i, k, accepted = 0, offset;

	for (i = 0; i < FLIPS; i++) {
		fresh(b);
		for (k = 0; k <= i % 4; k++) {
			offset = sizeof(struct keel_state_header) +
				 random() % (b->size - sizeof(struct keel_state_header));
			b->bad[offset] ^= 1 << random() % 8;
		}
		seal(b, b->size);
		if (!attack(b, b->size, &accepted))
			break;
	}
	ok(i == FLIPS, "%d blobs with flipped bits: taken whole (%u) or refused whole", i,
	   accepted);
}

static void random_blobs(struct blob *b)
{
	unsigned int i, k, size, accepted = 0;

	for (i = 0; i < RANDOM; i++) {
		fresh(b);
		size = i % 2 ? b->size : random() % (2 * b->size);
		for (k = i % 4 < 2 ? sizeof(struct keel_state_header) : 0; k < size; k++)
			if (i % 3 || random() % 16 == 0)
				b->bad[k] = random();
		if (size >= sizeof(struct keel_state_header) && i % 4 < 2)
			seal(b, size);
		if (!attack(b, size, &accepted))
			break;
	}
	ok(i == RANDOM, "%d blobs of noise: taken whole (%u) or refused whole", i, accepted);
}

/* A VM with the same devices accepts the blob, one with other devices refuses it. */
static void moves(struct blob *b)
{
	struct blob other = { .size = b->size, .good = b->good, .now = b->now };
	struct vm *vm = &other.vm;

	vm_start(vm, &guest_debug);
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	WORKS(set(&other, b->good, b->size), "SET to another VM");
	ok(unchanged(&other), "the other VM then has this state");
	WORKS(ioctl(vm->keel, KEEL_RESUME), "RESUME");
	ok(vm_alive(vm), "and the VM runs");

	vm_prepare(vm);
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_UART, .instance = 1, .base = 0x2f8, .irq = 3,
	};
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	must(!ioctl(vm->keel, KEEL_PAUSE), "KEEL_PAUSE");
	FAILS(set(&other, b->good, b->size), EINVAL, "SET to a VM with one more device");
	ok(other.error == KEEL_STATE_MISSING, "it has no record there (%u)", other.error);
	vm_close(vm);
}

void test_state(void)
{
	struct blob b = { 0 };

	srandom(1);
	vm_start(&b.vm, &guest_ports);
	needs_pause(&b.vm);
	ok(get(&b.vm, NULL, &b.size) < 0 && b.size > sizeof(struct keel_state_header),
	   "GET without room says how much it needs (%u)", b.size);
	must(b.size < 1 << 20, "size of the state");
	b.good = calloc(3, b.size);
	b.bad = calloc(3, b.size);
	b.now = calloc(3, b.size);
	WORKS(get(&b.vm, b.good, &b.size), "GET");
	ok(((struct keel_state_header *)b.good)->length == b.size, "the blob's length is in it");
	fresh(&b);
	seal(&b, b.size);
	ok(!memcmp(b.bad, b.good, b.size), "so is its checksum");
	arguments(&b);
	fresh(&b);
	spoiled_headers(&b);
	spoiled_records(&b);
	flips(&b);
	random_blobs(&b);
	moves(&b);
	must(!ioctl(b.vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&b.vm, 0, &guest_debug);
	ok(vm_alive(&b.vm), "after all that the VM runs");
	free(b.good);
	free(b.bad);
	free(b.now);
}
