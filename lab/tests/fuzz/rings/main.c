// SPDX-License-Identifier: GPL-2.0
/* libFuzzer's entry points. */
#include "rings.h"

int fuzz_initialize(int *argc, char ***argv)
{
	fuzz_trace = getenv("FUZZ_TRACE");
	return 0;
}

static void main_take_queue(struct rings *r)
{
	static const u16 sizes[] = { 4, 8, 2, 1, 16, 256, 3, 7 };
	u8 how = input_u8(&r->in);

	r->features = (how & 1 ? BIT_ULL(VIRTIO_F_RING_PACKED) : 0) |
		      (how & 2 ? BIT_ULL(VIRTIO_RING_F_EVENT_IDX) : 0) |
		      (how & 4 ? BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) : 0) |
		      (how & 8 ? BIT_ULL(VIRTIO_F_IN_ORDER) : 0);
	r->size = sizes[how >> 4 & 7];
	r->decent = how & 0x80;
	if (!rings_is_packed(r) && r->size & (r->size - 1))
		r->size++;
	trace("%u descriptors, features %#lx\n", r->size, r->features);
}

static void main_action(struct rings *r)
{
	static void (*const actions[])(struct rings *r) = {
		rings_offer, rings_take, rings_give, rings_reap,
		rings_ask, rings_on, rings_off, rings_event,
		rings_offer, rings_take, rings_restart, rings_poke,
		rings_race, rings_descriptor, rings_memory, rings_forge,
	};
	const unsigned int decent = 11;		/* the first ones */
	u8 what = input_u8(&r->in);

	if (what == 0xff)
		rings_reset(r);
	else if (what >= 0xf8)
		rings_put_back(r);
	else if (what >= 0xe8)
		rings_gather(r);
	else if (what >= 0xe6)
		rings_flush(r);
	else
		actions[what % (r->decent ? decent : ARRAY_SIZE(actions))](r);
}

int fuzz_one_input(const u8 *data, size_t size)
{
	struct rings *r;

	if (!size)
		return -1;
	r = calloc(1, sizeof(*r));
	must(r);
	r->mem = malloc(RINGS_END - RINGS_BASE);
	must(r->mem);
	r->in = (struct fuzz_input) { .data = data, .left = size };
	main_take_queue(r);
	rings_reset(r);
	while (r->in.left)
		main_action(r);
	free(r->mem);
	free(r);
	return 0;
}
