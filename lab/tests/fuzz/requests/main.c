// SPDX-License-Identifier: GPL-2.0
/* libFuzzer's entry points, and chains. */
#include "requests.h"

int fuzz_initialize(int *argc, char ***argv)
{
	fuzz_trace = getenv("FUZZ_TRACE");
	return 0;
}

/* ---- Memory ---- */

static bool requests_there(void *ctx, u64 addr, u32 len)
{
	return true;
}

/* A parser reads only bytes that it was given. */
static bool requests_read(void *ctx, u64 addr, void *to, u32 len)
{
	struct requests *r = ctx;

	must(addr >= REQUESTS_BASE && addr - REQUESTS_BASE <= r->bytes);
	must(len <= r->bytes - (addr - REQUESTS_BASE));
	if (r->reads && !--r->reads)
		r->failed = true;
	if (r->failed)
		return false;
	memcpy(to, r->mem + (addr - REQUESTS_BASE), len);
	r->got += len;
	return true;
}

static bool requests_write(void *ctx, u64 addr, const void *from, u32 len)
{
	must(false);
	return false;
}

const struct keel_mem_ops requests_mem = {
	.there = requests_there,
	.read = requests_read,
	.write = requests_write,
};

/* ---- Chains ---- */

/**
 * requests_begin() - a chain of nothing.
 * @r: the chain
 */
void requests_begin(struct requests *r)
{
	memset(&r->chain, 0, offsetof(struct keel_chain, segs));
	r->bytes = 0;
	r->reads = 0;
	r->got = 0;
	r->failed = false;
}

/**
 * requests_put() - replace the input's bytes by meaningful ones.
 * @r:    the chain
 * @at:   where among those that the device may read
 * @from: @len bytes
 * @len:  if there are not so many, nothing is changed
 */
void requests_put(struct requests *r, u32 at, const void *from, u32 len)
{
	if (at + len <= r->bytes)
		memcpy(r->mem + at, from, len);
}

static void requests_add(struct requests *r, bool in, u64 addr, u32 len)
{
	struct keel_chain *c = &r->chain;

	must(c->nr_out + c->nr_in < REQUESTS_SEGS);
	c->segs[c->nr_out + c->nr_in] = (struct keel_seg) { .addr = addr, .len = len };
	if (in) {
		c->nr_in++;
		c->in_len += len;
	} else {
		c->nr_out++;
		c->out_len += len;
	}
}

/**
 * requests_add_out() - bytes of the input, for the device to read, cut as the input has it.
 * @r:   the chain
 * @len: how many; there is room for so many
 */
void requests_add_out(struct requests *r, u32 len)
{
	u32 part, left = len, i;

	r->mem = realloc(r->mem, r->bytes + len + !len);
	must(r->mem);
	for (i = 0; i < len; i++)
		r->mem[r->bytes + i] = input_u8(&r->in);
	while (left) {
		part = r->chain.nr_out < REQUESTS_SEGS / 2 ? 1U + input_u8(&r->in) % 32 : left;
		part = min(part, left);
		requests_add(r, false, REQUESTS_BASE + r->bytes, part);
		r->bytes += part;
		left -= part;
	}
}

/**
 * requests_add_far() - a segment that no parser reads.
 * @r:   the chain
 * @in:  for the device to write
 * @len: bytes
 */
void requests_add_far(struct requests *r, bool in, u32 len)
{
	if (len && r->chain.out_len + r->chain.in_len + len <= BIT_ULL(32))
		requests_add(r, in, REQUESTS_FAR * (1 + r->chain.nr_out + r->chain.nr_in), len);
}

/**
 * requests_done() - the chain is complete.
 * @r: the chain
 */
void requests_done(struct requests *r)
{
	r->before = r->chain;
	r->reads = input_u8(&r->in);
	if (r->reads > 8)
		r->reads = 0;
	trace("%u segments of %llu bytes, %u of %llu\n", r->chain.nr_out,
	      (unsigned long long)r->chain.out_len, r->chain.nr_in,
	      (unsigned long long)r->chain.in_len);
}

int fuzz_one_input(const u8 *data, size_t size)
{
	static void (*const kinds[])(struct requests *r) = {
		requests_blk, requests_order, requests_console, requests_net,
	};
	static struct requests r;

	if (!size)
		return -1;
	r.in = (struct fuzz_input) { .data = data, .left = size };
	r.mem = NULL;
	requests_begin(&r);
	kinds[input_u8(&r.in) % ARRAY_SIZE(kinds)](&r);
	free(r.mem);
	return 0;
}
