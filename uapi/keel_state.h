/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a board's state is made of: a header, then records. Each device's record
 * is the very struct that its model works on; see the keel_<chip>.h beside this.
 */
#ifndef KEEL_STATE_H
#define KEEL_STATE_H

#include <linux/types.h>

/* Classes of devices; record classes of the state blob. */
#define KEEL_CLASS_BOARD	0	/* lines and time; not configurable */
#define KEEL_CLASS_PIC		1	/* 8259A pair with ELCR */
#define KEEL_CLASS_IOAPIC	2	/* 82093AA */
#define KEEL_CLASS_PIT		3	/* 8254 with port 0x61 */
#define KEEL_CLASS_RTC		4	/* MC146818 with CMOS RAM */
#define KEEL_CLASS_PM		5	/* ACPI fixed hardware and port 0xcf9 */
#define KEEL_CLASS_UART		6	/* 16550A */
#define KEEL_CLASS_DEBUGEXIT	7	/* one port that ends the VM */
#define KEEL_CLASS_TESTDEV	8	/* lines and scratch ports for tests in a guest */
#define KEEL_CLASS_I8042	9	/* 8042 with PS/2 keyboard and mouse, port 0x92 */
#define KEEL_CLASS_PCIHOST	10	/* host bridge: PCI configuration, ECAM, PIRQs */
#define KEEL_CLASS_PCITEST	11	/* a PCI function for tests in a guest */
#define KEEL_CLASS_VIRTIO_MMIO	12	/* a virtio device over MMIO: version 2, or 1 */
#define KEEL_CLASS_VIRTIO_PCI	13	/* a virtio device as a PCI function */
#define KEEL_CLASS_PVPANIC	14	/* panic notifier */
#define KEEL_CLASS_HPET		15	/* IA-PC HPET */
#define KEEL_CLASS_BATTERY	16	/* a battery and its AC adapter */
#define KEEL_CLASS_SCREEN	17	/* text screen: a CRT controller */
#define KEEL_CLASS_I6300ESB	18	/* 6300ESB's watchdog, a PCI function */
#define KEEL_CLASS_HOTPLUG	19	/* hot-plug controller of PCI slots, by ACPI */
#define KEEL_CLASS_LPC		20	/* ICH9's LPC bridge: PIRQ routing */
#define KEEL_CLASS_FWCFG	21	/* firmware configuration of QEMU's */
#define KEEL_CLASS_DEBUGCON	22	/* firmware's debug console, port 0x402 */
#define KEEL_NR_CLASSES		23

#include "keel_pic.h"
#include "keel_ioapic.h"
#include "keel_pit.h"
#include "keel_rtc.h"
#include "keel_pm.h"
#include "keel_uart.h"
#include "keel_i8042.h"
#include "keel_pci.h"
#include "keel_pcitest.h"
#include "keel_pvpanic.h"
#include "keel_hpet.h"
#include "keel_battery.h"
#include "keel_screen.h"
#include "keel_hotplug.h"
#include "keel_i6300esb.h"
#include "keel_lpc.h"
#include "keel_fwcfg.h"
#include "keel_debugcon.h"
#include "keel_testdev.h"
#include "keel_virtio.h"

#define KEEL_STATE_MAGIC	0x4c45454b	/* "KEEL" */
#define KEEL_STATE_VERSION	1

/**
 * struct keel_state_header - start of a state blob.
 * @magic:    KEEL_STATE_MAGIC
 * @version:  KEEL_STATE_VERSION
 * @length:   bytes of the whole blob, this header included
 * @checksum: FNV-1a, 32 bit, of everything behind this header: against
 *            accidents, not against attackers
 * @now:      VmTime when it was taken, ns
 */
struct keel_state_header {
	__u32 magic;
	__u32 version;
	__u32 length;
	__u32 checksum;
	__u64 now;
};

/**
 * struct keel_state_record - one device's part; its state follows.
 * @class:    KEEL_CLASS_*
 * @instance: which one
 * @version:  of the state's layout; each class counts its own
 * @length:   bytes of the state, without padding to the next multiple of 8
 * @reserved: zero
 * @reserved2: zero
 */
struct keel_state_record {
	__u16 class;
	__u16 instance;
	__u16 version;
	__u16 reserved;
	__u32 length;
	__u32 reserved2;
};

/** KEEL_NR_LINES - lines of a board: ISA 0-15, PCI 16-23, the 8259s' INTR, the RTC's alarm. */
#define KEEL_NR_LINES		26
#define KEEL_LINE_INTR		24
#define KEEL_LINE_ALARM		25	/* to the ACPI hardware, not to an interrupt controller */

/**
 * struct keel_board_state - the KEEL_CLASS_BOARD record.
 * @sources: per line, a bit for each output that holds it; bit 31: the host, for a pulse
 */
struct keel_board_state {
	__u32 sources[KEEL_NR_LINES];
};

/* Why a blob was refused. */
#define KEEL_STATE_TRUNCATED	1	/* shorter than it says */
#define KEEL_STATE_MAGIC_BAD	2
#define KEEL_STATE_VERSION_BAD	3	/* of the blob or of a record */
#define KEEL_STATE_CHECKSUM_BAD	4
#define KEEL_STATE_LENGTH_BAD	5	/* of the blob: more than this board's; of a record */
#define KEEL_STATE_UNKNOWN	6	/* a record of a device that the board lacks */
#define KEEL_STATE_MISSING	7	/* a device of the board has no record */
#define KEEL_STATE_DUPLICATE	8
#define KEEL_STATE_VALUE_BAD	9	/* a state that the device cannot be in */

#endif /* KEEL_STATE_H */
