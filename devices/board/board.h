/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The board: one VM's platform. For the files of the board, for PCI, and for hosts; a chip
 * does not see into it.
 */
#ifndef KEEL_BOARD_H
#define KEEL_BOARD_H

#include "bus.h"
#include "line.h"

#define KEEL_MAX_REGIONS	512	/* of a board; KEEL_MAX_DEVICES have fewer */

/* Devices that a door resets, at most, or tells that their state was loaded. */
#define KEEL_STEP	16

struct keel_paces;

/**
 * struct keel_board - one VM's platform.
 * @host:     its host, and its clock
 * @moved:    regions in BARs are to be looked up anew before the door closes
 * @pulsed:   a bit for each line that the host holds, for a pulse
 * @unsettled: not zero: one of these is for keel_board_close()
 * @next:     earliest of @deadlines
 * @armed:    what the host was told last
 * @nr_devs:  devices
 * @nr_timers: entries of @deadlines
 * @nr_regions: entries of @regions
 * @pic:      the device with intack, or NULL
 * @ioapic:   the device with eoi, or NULL
 * @slots:    PCI functions by device number; the first one is the host bridge
 * @absent:   a bit for each of these that is not plugged in: see pci/hotplug.c
 * @nr_gsis:  interrupt messages: see struct keel_route
 * @devs:     devices, in the order of the config
 * @regions:  all regions, a device's side by side
 * @spare:    room for pointers to them, while they are sorted
 * @deadlines: per timer, VmTime or KEEL_NEVER
 * @lateness: per timer, how late it expires; NULL: that is not measured
 * @paces:    how often timers may be armed; NULL: that is not limited
 * @bus:      per space
 * @lines:    see KEEL_NR_LINES
 * @doors:    doors opened
 * @expired:  deadlines that passed
 * @late:     of these, how many more than 50 us late
 * @put_off:  doors that left due deadlines to the next one
 * @eois:     EOI broadcasts
 * @acks:     INTA cycles
 */
struct keel_board {
	struct keel_host host;
	union {
		struct {
			bool moved;
			u32 pulsed;
		};
		u64 unsettled;
	};
	u64 next;
	u64 armed;
	u16 nr_devs;
	u16 nr_timers;
	u16 nr_regions;
	struct keel_dev *pic;
	struct keel_dev *ioapic;
	struct keel_dev *slots[KEEL_PCI_NR_SLOTS];
	u32 absent;
	u16 nr_gsis;
	struct keel_dev **devs;
	struct keel_region *regions;
	struct keel_region **spare;
	u64 *deadlines;
	struct keel_histogram *lateness;
	struct keel_paces *paces;
	struct keel_bus bus[KEEL_NR_SPACES];
	struct keel_line lines[KEEL_NR_LINES];
	u64 doors;
	u64 expired;
	u64 late;
	u64 put_off;
	u64 eois;
	u64 acks;
};

#endif /* KEEL_BOARD_H */
