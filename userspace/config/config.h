/* SPDX-License-Identifier: GPL-2.0 */
/* What the user asked for; options.c fills it in. */
#ifndef KEEL_CONFIG_CONFIG_H
#define KEEL_CONFIG_CONFIG_H

#include "base.h"

enum console_kind { CONSOLE_STDIO, CONSOLE_NONE };

enum on_reset { ON_RESET_EXIT, ON_RESET_RESTART };

enum stats_kind { STATS_NONE, STATS_TABLE, STATS_JSON };

enum rtc_resume { RTC_RESUME_KEEP, RTC_RESUME_WALL };

#define MODULES_MAX	16

/**
 * struct text_list - values of an option that may be given again.
 * @nr:   of them
 * @text: the values
 */
struct text_list {
	unsigned int nr;
	char *text[MODULES_MAX];
};

/**
 * struct config - what the user asked for.
 * @kernel:    path of the kernel's image
 * @initrd:    path of the initial RAM disk, or NULL
 * @modules:   more files for the kernel, "FILE" or "FILE=COMMAND LINE"
 * @append:    the kernel's command line, or NULL for what suits the kernel
 * @memory:    bytes
 * @cpus:      vCPUs
 * @devices:   a bit for each KEEL_CLASS_* on the board
 * @no_bus:    leave the bus accelerator off
 * @strict:    end at the first return to userspace without a good reason
 * @stats:     print counters at the end; enum stats_kind
 * @console:   enum console_kind
 * @serials:   serial ports, see serial.c; none: COM1
 * @disks:     see virtio.c
 * @rng:       an entropy device
 * @nets:      see vhost.c
 * @vsock:     the guest's context ID, or NULL
 * @ports:     of the virtio console, see port.c
 * @virtio_cmdline: the command line tells of virtio devices over MMIO, and ACPI does not
 * @console_log: file for what the console prints, with times, or NULL
 * @input:     FIFO of keyboard and mouse events, or "fd=N", or NULL
 * @pit_ticks: KEEL_PIT_COALESCE or KEEL_PIT_REINJECT
 * @rtc:       what the RTC starts with, see clock.c, or NULL
 * @rtc_resume: what it goes on with; enum rtc_resume
 * @affinity:  host CPUs for the vCPU threads, "0,2-3", or NULL
 * @rt:        real-time scheduling of the vCPU threads, "fifo:N", or NULL
 * @mlock:     lock everything into memory
 * @kvm:       path of /dev/kvm, or "fd=N"
 * @keel:      path of /dev/keel, or "fd=N"
 * @control:   path of the control socket, or NULL
 * @on_reset:  enum on_reset
 * @restore:   snapshot to go on from, or NULL
 * @print:     print the configuration as JSON and stop
 * @dry_run:   check everything that can be checked without a VM and stop
 * @dump_acpi: folder to write the ACPI tables to, and stop; or NULL
 */
struct config {
	char *kernel;
	char *initrd;
	struct text_list modules;
	char *append;
	__u64 memory;
	unsigned int cpus;
	unsigned int devices;
	bool no_bus;
	bool strict;
	unsigned int stats;
	unsigned int console;
	struct text_list serials;
	struct text_list disks;
	bool rng;
	struct text_list nets;
	char *vsock;
	struct text_list ports;
	bool virtio_cmdline;
	char *console_log;
	char *input;
	unsigned int pit_ticks;
	char *rtc;
	unsigned int rtc_resume;
	char *affinity;
	char *rt;
	bool mlock;
	char *kvm;
	char *keel;
	char *control;
	unsigned int on_reset;
	char *restore;
	bool print;
	bool dry_run;
	char *dump_acpi;
};

/* config_has() - is a device of KEEL_CLASS_* @class on the board? */
static inline bool config_has(const struct config *config, unsigned int class)
{
	return config->devices & BIT(class);
}

#endif /* KEEL_CONFIG_CONFIG_H */
