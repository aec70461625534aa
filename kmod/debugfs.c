// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/keel/PID-N/: "stats" and "inspect", a line for each value, on a VM
 * that runs. N counts the VMs since the module was loaded. The same lists as KEEL_STATS
 * and KEEL_INSPECT give. "lock", with module parameter lock_stats: for how many ns a function
 * held the board's lock at most, and which one; reading it begins anew. "latency": a line for
 * each histogram that is not empty.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../devices/board/latency.h"
#include "debugfs.h"
#include "latency.h"
#include "lock.h"
#include "stats.h"
#include "vm.h"

static struct dentry *debugfs_root;

static int debugfs_show(struct seq_file *file, keel_collect collect)
{
	struct keel_vm *vm = file->private;
	int i, nr, room = collect(vm, NULL, 0);
	struct keel_stat *stats;

	if (room < 0)
		return room;
	stats = kvcalloc(room, sizeof(*stats), GFP_KERNEL_ACCOUNT);
	if (!stats)
		return -ENOMEM;
	nr = min(collect(vm, stats, room), room);
	for (i = 0; i < nr; i++)
		seq_printf(file, "%s %s %llu\n", stats[i].device, stats[i].name, stats[i].value);
	kvfree(stats);
	return 0;
}

static int stats_show(struct seq_file *file, void *unused)
{
	return debugfs_show(file, keel_stats_collect);
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int inspect_show(struct seq_file *file, void *unused)
{
	return debugfs_show(file, keel_inspect_collect);
}
DEFINE_SHOW_ATTRIBUTE(inspect);

static int lock_show(struct seq_file *file, void *unused)
{
	struct keel_held held = keel_lock_held(file->private, true);

	seq_printf(file, "%llu %ps\n", held.longest, held.opener);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lock);

/* "n:m" is m times of n bits. */
static void debugfs_show_times(struct seq_file *file, const struct keel_histogram *times)
{
	unsigned int i;

	seq_printf(file, "count=%llu sum=%llu p50=%llu p99=%llu max=%llu at=%llu", times->count,
		   times->sum, keel_histogram_percentile(times, 500),
		   keel_histogram_percentile(times, 990), times->most, times->most_at);
	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++)
		if (times->buckets[i])
			seq_printf(file, " %u:%llu", i, times->buckets[i]);
}

static int latency_show(struct seq_file *file, void *unused)
{
	static const char *const kinds[] = {
		[KEEL_LATENCY_READ] = "read", [KEEL_LATENCY_WRITE] = "write",
		[KEEL_LATENCY_TIMER] = "timer", [KEEL_LATENCY_LINE] = "line",
		[KEEL_LATENCY_REQUEST] = "request",
	};
	struct keel_latency_row row;
	unsigned int i;
	int ret;

	for (i = 0; (ret = keel_latency_row(file->private, i, &row)) >= 0; i++) {
		if (!ret)
			continue;
		seq_printf(file, "%s %s %s ", row.device, row.name, kinds[row.kind]);
		debugfs_show_times(file, &row.times);
		seq_putc(file, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

/**
 * keel_debugfs_add() - make a VM's directory.
 * @vm: set up
 *
 * Failure is no reason not to run.
 */
void keel_debugfs_add(struct keel_vm *vm)
{
	static atomic_t count;
	char name[32];

	vm->number = atomic_inc_return(&count);
	snprintf(name, sizeof(name), "%d-%u", task_tgid_nr(current), vm->number);
	vm->debugfs = debugfs_create_dir(name, debugfs_root);
	debugfs_create_file("stats", 0400, vm->debugfs, vm, &stats_fops);
	debugfs_create_file("inspect", 0400, vm->debugfs, vm, &inspect_fops);
	debugfs_create_file("lock", 0400, vm->debugfs, vm, &lock_fops);
	debugfs_create_file("latency", 0400, vm->debugfs, vm, &latency_fops);
}

/**
 * keel_debugfs_remove() - remove a VM's directory; waits for its readers.
 * @vm: the VM
 */
void keel_debugfs_remove(struct keel_vm *vm)
{
	debugfs_remove(vm->debugfs);
}

/**
 * keel_debugfs_init() - make the module's directory.
 */
void keel_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("keel", NULL);
}

/**
 * keel_debugfs_exit() - remove it.
 */
void keel_debugfs_exit(void)
{
	debugfs_remove(debugfs_root);
}
