// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that no device answers. A guest that looks for a device makes a few of them, and one
 * that needs it may wait for it for ever. The first addresses are kept, to tell which it was.
 */
#include "unmapped.h"

/**
 * keel_unmapped_find() - what is known of an address.
 * @unmapped: of its space
 * @addr:     first byte of the access
 *
 * Return: an entry, or NULL.
 */
struct keel_unmapped_address *keel_unmapped_find(struct keel_unmapped *unmapped, u64 addr)
{
	u32 i;

	for (i = 0; i < unmapped->nr; i++)
		if (unmapped->addresses[i].addr == addr)
			return &unmapped->addresses[i];
	return NULL;
}

static struct keel_unmapped_address *unmapped_add(struct keel_unmapped *unmapped, u64 addr)
{
	if (unmapped->nr == KEEL_UNMAPPED)
		return NULL;
	unmapped->addresses[unmapped->nr].addr = addr;
	return &unmapped->addresses[unmapped->nr++];
}

/* Return: is it a read that makes it a poll? */
static bool unmapped_count(struct keel_unmapped_address *at, unsigned int len, bool write)
{
	at->widths |= len;
	if (write)
		at->writes++;
	else
		at->reads++;
	return !write && at->reads == KEEL_POLLED;
}

/**
 * keel_unmapped_note() - count an access.
 * @unmapped: of its space
 * @addr:     first byte
 * @len:      bytes
 * @write:    direction
 *
 * Return: what is worth telling.
 */
enum keel_news keel_unmapped_note(struct keel_unmapped *unmapped, u64 addr, unsigned int len,
				  bool write)
{
	struct keel_unmapped_address *known = keel_unmapped_find(unmapped, addr);
	struct keel_unmapped_address *at = known ?: unmapped_add(unmapped, addr);

	if (write)
		unmapped->writes++;
	else
		unmapped->reads++;
	if (at && unmapped_count(at, len, write))
		return KEEL_NEWS_POLLED;
	return at && !known ? KEEL_NEWS_UNMAPPED : KEEL_NO_NEWS;
}

/**
 * keel_unmapped_list() - list the addresses.
 * @unmapped: of a space
 * @name:     the space's, a constant
 * @out:      where to
 */
void keel_unmapped_list(const struct keel_unmapped *unmapped, const char *name,
			struct keel_out *out)
{
	u32 i;

	for (i = 0; i < unmapped->nr; i++) {
		const struct keel_unmapped_address *at = &unmapped->addresses[i];

		keel_emit(out, name, i, ".address", at->addr);
		keel_emit(out, name, i, ".widths", at->widths);
		keel_emit(out, name, i, ".reads", at->reads);
		keel_emit(out, name, i, ".writes", at->writes);
		keel_emit(out, name, i, ".rip", at->rip);
	}
}
