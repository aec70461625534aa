/* SPDX-License-Identifier: GPL-2.0 */
/* What the user asked for, and what follows from it. */
#ifndef KEEL_CONFIG_CONFIG_H
#define KEEL_CONFIG_CONFIG_H

#include "config/battery.h"
#include "config/cloud_init.h"
#include "config/cpu.h"
#include "config/credential.h"
#include "config/disk.h"
#include "config/firmware.h"
#include "config/gdb.h"
#include "config/generation.h"
#include "config/hostfile.h"
#include "config/limit.h"
#include "config/name.h"
#include "config/metrics.h"
#include "config/net.h"
#include "config/platform.h"
#include "config/port.h"
#include "config/rng.h"
#include "config/rtc.h"
#include "config/serial.h"
#include "config/smbios.h"
#include "config/source.h"
#include "config/user.h"
#include "config/virtio.h"
#include "uapi/keel_state.h"
#include "config/watchdog.h"

enum stdio_kind { STDIO_GUEST, STDIO_NONE };

enum on_reset { ON_RESET_EXIT, ON_RESET_RESTART };

/* ON_CRASH_CORE, ON_CRASH_GDB: a report as well */
enum on_crash { ON_CRASH_REPORT, ON_CRASH_EXIT, ON_CRASH_CORE, ON_CRASH_GDB };

enum on_sleep { ON_SLEEP_WAIT, ON_SLEEP_EXIT };

/* ON_PANIC_AUTO: report if a reset boots the guest again, else exit */
enum on_panic { ON_PANIC_AUTO, ON_PANIC_EXIT, ON_PANIC_REPORT, ON_PANIC_PAUSE, ON_PANIC_DUMP };

enum stats_kind { STATS_NONE, STATS_TABLE, STATS_JSON };

enum hugepages { HUGEPAGES_NONE, HUGEPAGES_2M, HUGEPAGES_1G };

/* SCREEN_TEXT: drawn on the terminal; SCREEN_HIDDEN: only "keel screen" shows it */
enum screen_kind { SCREEN_NONE, SCREEN_TEXT, SCREEN_HIDDEN };

enum sandbox { SANDBOX_ON, SANDBOX_OFF };

enum rtc_resume { RTC_RESUME_KEEP, RTC_RESUME_WALL };

#define MODULES_MAX	16
#define PORTS_MAX	8	/* of the virtio console; KEEL_VCON_PORTS */

/**
 * struct module - one more file for the kernel.
 * @path: of the file
 * @text: its command line, or NULL for its path
 */
struct module {
	char *path;
	char *text;
};

/**
 * struct config - what the user asked for.
 * @kernel:    path of the kernel's image
 * @firmware:  what the VM starts from instead
 * @firmware_log: where its debug messages go; HOSTFILE_UNSET: there is no port for them
 * @nvram:     the file that UEFI's variables are kept in, or NULL
 * @flat:      the kernel is a flat binary for this address; 0: it is not
 * @initrd:    path of the initial RAM disk, or NULL
 * @modules:   more files for the kernel
 * @nr_modules: how many
 * @append:    the kernel's command line, or NULL for what suits the kernel
 * @memory:    bytes
 * @cpus:      vCPUs
 * @devices:   a bit for each KEEL_CLASS_* on the board
 * @hpet:      the HPET is in ACPI's tables
 * @generation: the VM's generation ID
 * @smbios:    texts in SMBIOS's tables
 * @nr_smbios: how many structures have some of the user's
 * @credentials: for the guest's systemd
 * @nr_credentials: how many
 * @cloud_init: for the guest's cloud-init
 * @user_data: of it, from a file of its own; or NULL
 * @no_bus:    leave the bus accelerator off
 * @strict:    exit on the first unnecessary return to user space
 * @stats:     print counters at the end; enum stats_kind
 * @latency:   measure latencies from the start
 * @limits:    what the guest may ask of the host
 * @nr_limits: how many
 * @stdio:     are standard input and output the guest's? enum stdio_kind
 * @serials:   serial ports, as asked for
 * @nr_serials: how many; 0: COM1
 * @disks:     disks
 * @nr_disks:  how many
 * @rng:       the entropy device
 * @battery:   the battery
 * @nets:      network devices
 * @nr_nets:   how many
 * @watchdog:  the watchdog
 * @vsock:     the socket device
 * @ports:     of the virtio console
 * @nr_ports:  how many
 * @ports_first: virtio devices that are NOTIFY_ANY name ports first
 * @virtio_notify: enum notify of virtio devices that have no other
 * @virtio_legacy: all virtio devices that can are legacy ones as well
 * @virtio_cmdline: virtio devices over MMIO are on the command line, not in ACPI's tables
 * @screen:    enum screen_kind
 * @log:       file for the UART's output on standard output, with times, or NULL
 * @input:     FIFO of keyboard and mouse events
 * @pit_ticks: KEEL_PIT_COALESCE or KEEL_PIT_REINJECT
 * @pit_min_us: the PIT's shortest period, us
 * @rtc:       the time with which the RTC starts
 * @rtc_ticks: KEEL_RTC_COALESCE or KEEL_RTC_REINJECT
 * @rtc_resume: its time after a pause; enum rtc_resume
 * @vcpu_threads: how the vCPUs' threads run
 * @server_threads: how those that serve virtio devices run
 * @halt_poll: how long the thread of a halted vCPU keeps its CPU
 * @rt_profile: set all of these and the memory's as suits a real-time guest
 * @hugepages: enum hugepages
 * @node:      of the host's memory, for the guest's
 * @mlock:     lock everything into memory
 * @sandbox:   enum sandbox
 * @user:      for after the start
 * @chroot:    the root folder for after the start, or NULL
 * @kvm:       /dev/kvm
 * @keel:      /dev/keel
 * @name:      of the VM, or NULL
 * @grace:     see there
 * @control:   path of the control socket, or NULL
 * @metrics:   where metrics are served
 * @gdb:       the server for gdb
 * @on_reset:  enum on_reset
 * @on_sleep:  enum on_sleep: of S3
 * @on_panic:  enum on_panic
 * @on_crash:  enum on_crash
 * @dump_file: for ON_PANIC_DUMP, ON_CRASH_CORE and WATCHDOG_DUMP; NULL: keel.PID.core
 * @restore:   snapshot to go on from, or NULL
 * @print:     print the configuration as JSON and stop
 * @dry_run:   check everything that can be checked without a VM and stop
 * @dump_acpi: folder to write the ACPI tables to, and stop; or NULL
 * @platform:  what follows from @firmware
 * @uarts:     what follows from @serials: the serial ports of the board, by instance
 * @nr_uarts:  how many
 * @virtio:    its virtio devices, by instance
 * @nr_virtio: how many
 */
struct config {
	char *kernel;
	struct firmware_config firmware;
	struct hostfile firmware_log;
	char *nvram;
	__u64 flat;
	char *initrd;
	struct module modules[MODULES_MAX];
	unsigned int nr_modules;
	char *append;
	__u64 memory;
	unsigned int cpus;
	unsigned int devices;
	bool hpet;
	struct generation generation;
	struct smbios_config smbios[SMBIOS_MAX];
	unsigned int nr_smbios;
	struct credential credentials[CREDENTIALS_MAX];
	unsigned int nr_credentials;
	struct cloud_init cloud_init;
	char *user_data;
	bool no_bus;
	bool strict;
	unsigned int stats;
	bool latency;
	struct limit_config limits[LIMITS_MAX];
	unsigned int nr_limits;
	unsigned int stdio;
	struct serial serials[SERIAL_MAX];
	unsigned int nr_serials;
	struct disk_config disks[VIRTIO_DISKS];
	unsigned int nr_disks;
	struct rng_config rng;
	struct battery_config battery;
	struct net_config nets[VIRTIO_NETS];
	unsigned int nr_nets;
	struct watchdog_config watchdog;
	struct vsock_config vsock;
	struct port ports[PORTS_MAX];
	unsigned int nr_ports;
	bool ports_first;
	unsigned int virtio_notify;
	bool virtio_legacy;
	bool virtio_cmdline;
	unsigned int screen;
	char *log;
	struct source input;
	unsigned int pit_ticks;
	unsigned int pit_min_us;
	struct rtc_start rtc;
	unsigned int rtc_ticks;
	unsigned int rtc_resume;
	struct schedule vcpu_threads;
	struct schedule server_threads;
	struct halt_poll halt_poll;
	bool rt_profile;
	unsigned int hugepages;
	struct numa_node node;
	bool mlock;
	unsigned int sandbox;
	struct user_config user;
	char *chroot;
	struct source kvm;
	struct source keel;
	char *name;
	struct grace grace;
	char *control;
	struct metrics_config metrics;
	struct gdb_config gdb;
	unsigned int on_reset;
	unsigned int on_sleep;
	unsigned int on_panic;
	unsigned int on_crash;
	char *dump_file;
	char *restore;
	bool print;
	bool dry_run;
	char *dump_acpi;
	const struct platform *platform;
	struct serial uarts[SERIAL_MAX];
	unsigned int nr_uarts;
	struct virtio virtio[VIRTIO_MAX];
	unsigned int nr_virtio;
};

/* config_has() - is a device of KEEL_CLASS_* @class on the board? */
static inline bool config_has(const struct config *config, unsigned int class)
{
	return config->devices & BIT(class);
}

/* config_logs_firmware() - is there a port for firmware's debug messages? */
static inline bool config_logs_firmware(const struct config *config)
{
	return config->firmware_log.kind != HOSTFILE_UNSET &&
	       config->firmware_log.kind != HOSTFILE_NONE;
}

/* config_plugs() - are there slots whose devices can come and go? */
static inline bool config_plugs(const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].plug)
			return true;
	return false;
}

/* config_dumps() - may the guest's end bring a dump? */
static inline bool config_dumps(const struct config *config)
{
	return config->on_panic == ON_PANIC_DUMP || config->on_crash == ON_CRASH_CORE ||
	       (config->watchdog.on && config->watchdog.action == WATCHDOG_DUMP);
}

/* config_waits_asleep() - does a guest that suspends to RAM wait for what wakes it? */
static inline bool config_waits_asleep(const struct config *config)
{
	return config->on_sleep == ON_SLEEP_WAIT && config_has(config, KEEL_CLASS_PM) &&
	       config->platform->acpi;
}

/* config_handle() - what commands call the VM: its name, or a path; NULL: none can reach it */
static inline const char *config_handle(const struct config *config)
{
	return config->name ? config->name : config->control;
}

#endif /* KEEL_CONFIG_CONFIG_H */
