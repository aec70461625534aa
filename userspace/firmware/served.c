// SPDX-License-Identifier: GPL-2.0
/*
 * fw_cfg for which the launcher answers, at the ports and with the registers of
 * devices/chips/fwcfg.c: KEEL_RUN gives it the accesses of a vCPU (KEEL_CLAIM), those of a string
 * instruction many at a time.
 */
#include <linux/kvm.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/fwcfg.h"
#include "firmware/served.h"
#include "status.h"
#include "uapi/keel_fwcfg.h"

#define ITEMS	(FWCFG_ITEMS + 16)	/* those of a kernel beside all others */

/**
 * struct served_item - an item that the guest can select.
 * @key:  what it writes to the selector
 * @data: its bytes
 * @size: how many
 */
struct served_item {
	__u16 key;
	const __u8 *data;
	__u32 size;
};

/**
 * struct served - the device.
 * @lock:  for @state; vCPUs' threads, and those that stop them
 * @state: of the registers
 * @items: in no order, each key once
 * @nr:    of them
 */
struct served {
	pthread_mutex_t lock;
	struct served_state state;
	struct served_item items[ITEMS];
	unsigned int nr;
};

/* ---- Items ---- */

/* served_new() - without items; dies if there is no memory */
struct served *served_new(void)
{
	struct served *served = calloc(1, sizeof(*served));

	if (!served)
		die(STATUS_MEMORY, "out of memory");
	pthread_mutex_init(&served->lock, NULL);
	return served;
}

/**
 * served_add() - one more item.
 * @served: the device
 * @key:    which no other has
 * @data:   its bytes, which stay there
 * @size:   how many
 */
void served_add(struct served *served, __u16 key, const void *data, __u32 size)
{
	if (served->nr == ITEMS)
		die(STATUS_INTERNAL, "fw_cfg: no room for item 0x%x", key);
	served->items[served->nr++] = (struct served_item){ key, data, size };
}

static const struct served_item *find(const struct served *served, __u16 key)
{
	static const struct served_item none;
	unsigned int i;

	for (i = 0; i < served->nr; i++)
		if (served->items[i].key == key)
			return &served->items[i];
	return &none;
}

/* ---- Registers ---- */

/* The next bytes of the item, zeros behind its end */
static void read_data(struct served *served, __u8 *to, __u32 size)
{
	const struct served_item *item = find(served, served->state.selector);
	__u32 left = item->size - served->state.offset, part = size < left ? size : left;

	if (part)
		memcpy(to, item->data + served->state.offset, part);
	memset(to + part, 0, size - part);
	served->state.offset += part;
}

static void select_item(struct served *served, const __u8 *data)
{
	memcpy(&served->state.selector, data, sizeof(served->state.selector));
	served->state.offset = 0;
}

/**
 * served_answer() - accesses of a vCPU's, in its thread: KEEL_EXIT_IO.
 * @served: the device
 * @run:    of the vCPU
 */
void served_answer(struct served *served, struct kvm_run *run)
{
	__u8 *data = (__u8 *)run + run->io.data_offset;
	__u32 size = run->io.size * run->io.count;

	pthread_mutex_lock(&served->lock);
	if (run->io.direction == KVM_EXIT_IO_IN && run->io.port == KEEL_FWCFG_PORT)
		memset(data, 0, size);
	else if (run->io.direction == KVM_EXIT_IO_IN)
		read_data(served, data, size);
	else if (run->io.port == KEEL_FWCFG_PORT && run->io.size == sizeof(__u16) && size)
		select_item(served, data + size - sizeof(__u16));
	pthread_mutex_unlock(&served->lock);
}

/* ---- The VM's life: it stands still ---- */

/* served_reset() - RST# */
void served_reset(struct served *served)
{
	memset(&served->state, 0, sizeof(served->state));
}

/* served_save() - for a snapshot */
struct served_state served_save(const struct served *served)
{
	return served->state;
}

/* served_restore() - it goes on as it was saved. Return: whether it can be in that state. */
bool served_restore(struct served *served, const struct served_state *state)
{
	if (state->pad || state->offset > find(served, state->selector)->size)
		return false;
	served->state = *state;
	return true;
}
