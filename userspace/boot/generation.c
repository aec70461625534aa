// SPDX-License-Identifier: GPL-2.0
/*
 * The VM's generation ID (Microsoft, "Virtual Machine Generation ID"): 128 bits in the guest's
 * memory, for which an ACPI device has the address. A VM that is restored has others than the one
 * that was saved, which may have been restored elsewhere too, and an event says so: the guest
 * makes a new start with random numbers, which all copies would have the same of.
 *
 * A reset is no new generation.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "boot/generation.h"
#include "config/config.h"
#include "config/generation.h"
#include "status.h"
#include "vm/memory.h"

static_assert(GENERATION_BASE % 8 == 0 && ASIDE_BASE % 8 == 0, "its alignment");

/* generation_begin() - decide on the ID of a VM that is new */
void generation_begin(struct config *config)
{
	struct guid *id = &config->generation.id;

	if (config->generation.kind == GENERATION_GIVEN)
		return;
	if (getrandom(id->bytes, GUID_SIZE, 0) != GUID_SIZE)
		die(STATUS_INTERNAL, "getrandom: %s", strerror(errno));
}

/* generation_load() - write it into the memory of a VM that boots */
void generation_load(struct memory *memory, const struct config *config)
{
	memcpy(memory_place(memory, config->platform->generation, GUID_SIZE),
	       config->generation.id.bytes, GUID_SIZE);
}

/* generation_is_new() - is a restored VM of another generation than the one that was saved? */
bool generation_is_new(const struct config *config)
{
	return config->generation.kind != GENERATION_KEEP;
}

/**
 * generation_restored() - make the memory of a saved VM one of a new generation.
 * @memory: the RAM, as it was saved
 * @config: the user's wish, and the ID for a boot to come
 */
void generation_restored(struct memory *memory, struct config *config)
{
	__u8 *there = memory_at(memory, config->platform->generation, GUID_SIZE);
	struct guid *id = &config->generation.id;

	if (!generation_is_new(config)) {
		memcpy(id->bytes, there, GUID_SIZE);
		return;
	}
	generation_begin(config);
	memcpy(there, id->bytes, GUID_SIZE);
}
