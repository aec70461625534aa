/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest may ask of the host: "accesses=100k/1000,timers=5k,device=pit0" */
#ifndef KEEL_CONFIG_LIMIT_H
#define KEEL_CONFIG_LIMIT_H

#include "config/table.h"
#include "uapi/keel_limit.h"

#define LIMITS_MAX	32	/* options */

/**
 * struct limit_rate - of one kind of request.
 * @rate:  a second; 0: it is not limited
 * @burst: at once; 0: as the module has it
 */
struct limit_rate {
	__u64 rate;
	__u64 burst;
};

/**
 * struct limit_config - limits of the VM or of a device.
 * @rates:    by KEEL_LIMIT_*
 * @device:   its name, or NULL: the VM's
 * @class:    what follows from that
 * @instance: likewise
 */
struct limit_config {
	struct limit_rate rates[KEEL_NR_LIMITS];
	char *device;
	__u16 class;
	__u16 instance;
};

extern const struct object_type limit_object;
extern const char *const limit_kinds[KEEL_NR_LIMITS];

#endif /* KEEL_CONFIG_LIMIT_H */
