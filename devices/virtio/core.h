/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtio device but for its transport and its data: status, features, the queues'
 * configuration, interrupt status (VIRTIO 1.2, 2 and 3).
 * The transports decode registers on top of this; queues are served by the host, without
 * the board's lock. The border is strict:
 *
 * - A queue that runs is the host's, its struct keel_virtq_state included. The model
 *   only reads of it what does not change meanwhile.
 * - What a driver does may start or stop queues: then the host's reconcile() is called.
 *   The host stops what keel_virtio_to_stop() says, starts what keel_virtio_reconcile()
 *   says, and does so before the vCPU that asked goes on.
 * - A reset, of the device or of a queue, is over when nothing runs that it is to
 *   stop. Until then the driver reads that it is under way.
 */
#ifndef KEEL_VIRTIO_CORE_H
#define KEEL_VIRTIO_CORE_H

#include <linux/virtio_pci.h>

#include "console.h"
#include "queue.h"

/* All that there are (2.1). */
#define VIRTIO_STATUS_BITS	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
				 VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FEATURES_OK | \
				 VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED)

/* Not in every kernel's header (6). */
#define KEEL_VIRTIO_F_NOTIFICATION_DATA	38

/* Interrupt status (4.1.4.5, 4.2.2). */
#define VIRTIO_ISR_QUEUE	BIT(0)
#define VIRTIO_ISR_CONFIG	BIT(1)

/* What the driver says of where a queue is. */
enum virtio_area { VIRTIO_AREA_DESC, VIRTIO_AREA_DRIVER, VIRTIO_AREA_DEVICE };

/* What a driver can do wrong with registers. It has no effect, and is counted. */
enum keel_virtio_wrong {
	VIRTIO_BAD_WIDTH,	/* an access not as wide as the register */
	VIRTIO_BAD_REGISTER,	/* a write to what is read-only, or not there */
	VIRTIO_BAD_STATUS,	/* bits that are not to be set, or taken back, now */
	VIRTIO_BAD_FEATURES,	/* features after FEATURES_OK, or in a word that there is not */
	VIRTIO_BAD_CONFIG,	/* a write to the device's configuration that means nothing */
	VIRTIO_AMID_RESET,	/* a write while what it is about is being reset */
	VIRTIO_NO_QUEUE,	/* a write about a queue that there is not */
	VIRTIO_QUEUE_FIXED,	/* the configuration of a queue that is enabled */
	VIRTIO_BAD_SIZE,	/* a size that the queue cannot have */
	VIRTIO_BAD_AREA,	/* enabling a queue with an area that is not aligned */
	VIRTIO_BAD_ENABLE,	/* the same before FEATURES_OK, or by another value */
	VIRTIO_BAD_RESET,	/* a queue's reset, not negotiated or of one not enabled */
	VIRTIO_BAD_VECTOR,	/* an MSI-X vector that there is not */
	VIRTIO_BAD_BELL,	/* a bell of no queue */
	VIRTIO_IDLE_BELL,	/* a bell of a queue that does not run */
	VIRTIO_NO_MASTER,	/* one that would, if the function were a bus master */
	VIRTIO_BAD_WINDOW,	/* the window in configuration space, when it is on nothing */
	VIRTIO_NR_WRONG
};

struct keel_virtio;
struct keel_virtio_type;

/**
 * struct keel_virtio_transport - how a driver is interrupted, and memory is reached.
 * @interrupt: there is something new, VIRTIO_ISR_*; @vector is the one that the driver
 *             chose for it, or VIRTIO_MSI_NO_VECTOR
 * @sync:      the interrupt status has changed
 * @reaches:   may the device access memory now? NULL: always
 */
struct keel_virtio_transport {
	void (*interrupt)(struct keel_virtio *v, u8 isr, u16 vector);
	void (*sync)(struct keel_virtio *v);
	bool (*reaches)(const struct keel_virtio *v);
};

/**
 * struct keel_virtio - what a transport's struct begins with.
 * @dev:       what the board knows
 * @transport: how a driver is interrupted
 * @type:      what it is
 * @offered:   features
 * @legacy:    it has the legacy interface: legacy.c
 * @nr_queues: how many it has
 * @queue_size: the most descriptors in one
 * @running:   queues that the host serves
 * @restored:  the driver has been running elsewhere, and has not been told yet
 * @s:         state, in the transport's
 * @resets:    of the device
 * @queue_resets: of single queues
 * @kicks:     notifications that came through the board
 * @odd_bells: doorbells whose data name another queue than their address
 * @interrupts: for used buffers
 * @config_changes: of the configuration, by the host
 * @ignored:   accesses that mean nothing, or not now
 * @wrong:     the same, by what is wrong
 * @features_refused: FEATURES_OK did not stay
 * @broken:    queues that were retired, by KEEL_VIRTQ_*
 * @vcon:      of a console
 */
struct keel_virtio {
	/* Wiring */
	struct keel_dev dev;
	const struct keel_virtio_transport *transport;
	const struct keel_virtio_type *type;
	u64 offered;
	bool legacy;
	u16 nr_queues;
	u16 queue_size;

	/* Derived */
	u32 running;
	bool restored;
	struct keel_virtio_state *s;

	/* Counters */
	u64 resets;
	u64 queue_resets;
	u64 kicks;
	u64 odd_bells;
	u64 interrupts;
	u64 config_changes;
	u64 ignored;
	u64 wrong[VIRTIO_NR_WRONG];
	u64 features_refused;
	u64 broken[KEEL_NR_VIRTQ_BROKEN];
	struct keel_vcon vcon;
};

/**
 * keel_virtio_of() - the virtio device that a device is.
 * @dev: of KEEL_CLASS_VIRTIO_MMIO or KEEL_CLASS_VIRTIO_PCI
 */
static inline struct keel_virtio *keel_virtio_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_virtio, dev);
}

/**
 * keel_virtio_named() - the queue that a doorbell's data name (2.9).
 * @features: as negotiated
 * @data:     what was written, 32 bits or fewer
 *
 * With NOTIFICATION_DATA, the upper half says how far the driver's ring has come. That is not
 * used: the ring says so itself, and a driver cannot make the two differ.
 *
 * Return: index of the queue, which need not exist.
 */
static inline u32 keel_virtio_named(u64 features, u32 data)
{
	return features & BIT_ULL(KEEL_VIRTIO_F_NOTIFICATION_DATA) ? data & U16_MAX : data;
}

/* ---- For transports and types ---- */

/**
 * keel_virtio_is_live() - is the driver running, and not being reset?
 * @s: the device's state
 */
static inline bool keel_virtio_is_live(const struct keel_virtio_state *s)
{
	return s->status & VIRTIO_CONFIG_S_DRIVER_OK && !s->resetting;
}

/**
 * keel_virtio_legacy_offered() - features that a legacy driver may accept (6.3).
 * @v: a device with the legacy interface
 */
static inline u64 keel_virtio_legacy_offered(const struct keel_virtio *v)
{
	return (v->offered & U32_MAX) | BIT_ULL(VIRTIO_F_ANY_LAYOUT);
}

/**
 * keel_virtio_vector() - a vector that there is not reads back as none (4.1.5.1.2.1).
 * @v:     the device, a function with a vector for each queue and one for the configuration
 * @value: as it was written
 */
static inline u16 keel_virtio_vector(const struct keel_virtio *v, u32 value)
{
	return value < v->nr_queues + 1U ? value : VIRTIO_MSI_NO_VECTOR;
}

/**
 * keel_virtio_ignore() - an access that has no effect.
 * @v:   the device
 * @why: what is wrong with it
 */
static inline void keel_virtio_ignore(struct keel_virtio *v, enum keel_virtio_wrong why)
{
	v->ignored++;
	v->wrong[why]++;
}

bool keel_virtio_configure(struct keel_virtio *v, const struct keel_virtio_config *config,
			   struct keel_virtio_state *s);
void keel_virtio_reset(struct keel_virtio *v);
void keel_virtio_reach(struct keel_virtio *v);
void keel_virtio_loaded(struct keel_virtio *v);
void keel_virtio_inspect(const struct keel_virtio *v, struct keel_out *out);

bool keel_virtio_check(const struct keel_virtio *v, const struct keel_virtio_state *s);
bool keel_virtio_has_queue(const struct keel_virtio *v, const struct keel_virtio_state *s);
bool keel_virtio_features_final(const struct keel_virtio *v, const struct keel_virtio_state *s);
bool keel_virtio_features_good(const struct keel_virtio *v, u64 features);
bool keel_virtio_size_good(const struct keel_virtio *v, const struct keel_virtio_state *s,
			   u32 size);
bool keel_virtio_areas_aligned(const struct keel_virtio_state *s, const struct keel_virtq_state *q);

u32 keel_virtio_device_features(const struct keel_virtio *v);
u32 keel_virtio_driver_features(const struct keel_virtio *v);
void keel_virtio_write_features(struct keel_virtio *v, u32 value);
void keel_virtio_write_status(struct keel_virtio *v, u8 value);
void keel_virtio_add_status(struct keel_virtio *v, u8 set);
struct keel_virtq_state *keel_virtio_queue(const struct keel_virtio *v);
struct keel_virtq_state *keel_virtio_queue_open(struct keel_virtio *v);
void keel_virtio_queue_run(struct keel_virtio *v, struct keel_virtq_state *q);
void keel_virtio_queue_size(struct keel_virtio *v, u32 value);
void keel_virtio_queue_area(struct keel_virtio *v, enum virtio_area area, bool high, u32 value);
u32 keel_virtio_read_area(const struct keel_virtq_state *q, enum virtio_area area, bool high);
void keel_virtio_queue_vector(struct keel_virtio *v, u16 vector);
void keel_virtio_queue_enable(struct keel_virtio *v);
void keel_virtio_queue_disable(struct keel_virtio *v);
void keel_virtio_queue_reset(struct keel_virtio *v);
bool keel_virtio_queue_resetting(const struct keel_virtio *v);
void keel_virtio_notify(struct keel_virtio *v, u32 queue);
void keel_virtio_isr_clear(struct keel_virtio *v, u8 bits);
u8 keel_virtio_isr_read(struct keel_virtio *v);
u16 keel_virtio_take_vector(struct keel_virtio *v, u32 value);

/* ---- For hosts, with a door open ---- */

u32 keel_virtio_to_stop(const struct keel_virtio *v);
u32 keel_virtio_reconcile(struct keel_virtio *v, u32 stopped);
void keel_virtio_used(struct keel_virtio *v, unsigned int queue);
void keel_virtio_knows(struct keel_virtio *v);
void keel_virtio_broke(struct keel_virtio *v, unsigned int queue);

/* Of all types; a console has the others as well. */
#define KEEL_VIRTIO_NR_COUNTERS	(9 + VIRTIO_NR_WRONG)
#define KEEL_VCON_NR_COUNTERS	(KEEL_VIRTIO_NR_COUNTERS + 15)
extern const struct keel_counter_desc keel_virtio_counters[KEEL_VCON_NR_COUNTERS];

#endif /* KEEL_VIRTIO_CORE_H */
