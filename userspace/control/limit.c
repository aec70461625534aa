// SPDX-License-Identifier: GPL-2.0
/* --limit: the module holds the guest to it, and says when that was necessary. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/ioctl.h>

#include "config/config.h"
#include "control/events.h"
#include "control/limit.h"
#include "device/limit.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/vm.h"

static void set(const struct vm *vm, const struct limit_config *limit, __u32 kind)
{
	struct keel_limit request = {
		.size = sizeof(request), .kind = kind, .class = limit->class,
		.instance = limit->instance, .flags = KEEL_LIMIT_TELL,
		.rate = limit->rates[kind].rate, .burst = limit->rates[kind].burst,
	};

	while (ioctl(vm->keel, KEEL_LIMIT_SET, &request))
		if (errno != EINTR)
			die(errno == ENOMEM ? STATUS_MEMORY : STATUS_INTERNAL,
			    "KEEL_LIMIT_SET: %s", strerror(errno));
}

/* limits_begin() - those of --limit; dies if they cannot be had */
void limits_begin(const struct vm *vm)
{
	const struct config *config = vm->config;
	unsigned int i;
	__u32 kind;

	for (i = 0; i < config->nr_limits; i++)
		for (kind = 0; kind < KEEL_NR_LIMITS; kind++)
			if (config->limits[i].rates[kind].rate)
				set(vm, &config->limits[i], kind);
}

/* limit_breached() - KEEL_EXIT_LIMIT, in a vCPU's thread */
void limit_breached(struct vm *vm, __u64 arg)
{
	__u32 kind = arg >> 32;
	char name[LIMIT_NAME];

	limit_name(arg >> 16, arg, name);
	event_emit(vm, "limit", json_pack("{s:s, s:s}", "device", name, "kind",
					  kind < KEEL_NR_LIMITS ? limit_kinds[kind] : "other"));
}
