// SPDX-License-Identifier: GPL-2.0
/*
 * The host's pages that the guest's RAM is of: of the usual size, or huge ones that are set
 * aside for it (--hugepages), from any node or from one (--numa-node), locked or not (--mlock).
 * Except for locked ones the host allocates each when the guest first touches it.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "line.h"
#include "status.h"
#include "vm/pages.h"

#define HUGE_PAGE	(2 * MIB)

static const struct huge {
	const char *name;
	__u64 size;
	int flag;
} huge_sizes[] = {
	[HUGEPAGES_2M] = { "2M", 2 * MIB, MAP_HUGE_2MB },
	[HUGEPAGES_1G] = { "1G", GIB, MAP_HUGE_1GB },
};

/* KVM maps 2 MiB at once where the guest's and our addresses agree in their low 21 bits. */
static void *map_usual(__u64 size)
{
	char *at = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before = -(uintptr_t)at % HUGE_PAGE;

	if (at == MAP_FAILED)
		die(STATUS_MEMORY, "the host has no %llu MiB of memory for the guest: %s",
		    size / MIB, strerror(errno));
	if (before)
		munmap(at, before);
	munmap(at + before + size, HUGE_PAGE - before);
	/* Fewer page faults and TLB misses where the host offers it; harmless where not. */
	madvise(at + before, size, MADV_HUGEPAGE);
	return at + before;
}

/* Where the kernel tells of such pages */
static void huge_file(const struct huge *huge, const char *name, char path[80])
{
	snprintf(path, 80, "/sys/kernel/mm/hugepages/hugepages-%llukB/%s", huge->size / KIB, name);
}

static __u64 huge_free(const struct huge *huge)
{
	char path[80], line[32] = "";

	huge_file(huge, "free_hugepages", path);
	read_line(path, line, sizeof(line));
	return strtoull(line, NULL, 10);
}

static __noreturn void no_huge(const struct huge *huge, __u64 size)
{
	const char *reason = strerror(errno);
	char path[80];

	huge_file(huge, "nr_hugepages", path);
	die(STATUS_MEMORY, "--hugepages=%s: %s: %llu are needed, %llu are free: raise %s",
	    huge->name, reason, size / huge->size, huge_free(huge), path);
}

/* All of them are reserved here, or it fails. */
static void *map_huge(const struct huge *huge, __u64 size)
{
	void *at;

	if (size % huge->size)
		die(STATUS_USAGE, "--hugepages=%s: %llu MiB of memory are no multiple of it",
		    huge->name, size / MIB);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | huge->flag, -1, 0);
	if (at == MAP_FAILED)
		no_huge(huge, size);
	return at;
}

static void bind_to_node(const struct numa_node *node, void *at, __u64 size)
{
	unsigned long mask[NUMA_NODES / 64] = { 0 };
	char has_memory[100] = "?";

	mask[node->number / 64] = 1UL << node->number % 64;
	/* The kernel takes one bit less than it is told of */
	if (!syscall(SYS_mbind, at, size, MPOL_BIND, mask, NUMA_NODES + 1UL, 0))
		return;
	if (errno != EINVAL)
		die(STATUS_MEMORY, "--numa-node %s: %s", node->text, strerror(errno));
	read_line("/sys/devices/system/node/has_memory", has_memory, sizeof(has_memory));
	die(STATUS_USAGE, "--numa-node %s: no memory for us there; the host has some on %s",
	    node->text, has_memory);
}

/**
 * pages_huge() - the largest huge pages of which the host has enough.
 * @size: bytes of the guest's RAM
 *
 * Return: enum hugepages.
 */
unsigned int pages_huge(__u64 size)
{
	unsigned int kind;

	for (kind = ARRAY_SIZE(huge_sizes) - 1; kind != HUGEPAGES_NONE; kind--)
		if (!(size % huge_sizes[kind].size) &&
		    huge_free(&huge_sizes[kind]) >= size / huge_sizes[kind].size)
			break;
	return kind;
}

/**
 * pages_map() - map the guest's RAM; dies if it cannot be had.
 * @config: which pages
 * @size:   bytes
 *
 * Return: where it is.
 */
void *pages_map(const struct config *config, __u64 size)
{
	void *at = config->hugepages ? map_huge(&huge_sizes[config->hugepages], size) :
				       map_usual(size);

	if (config->node.text)
		bind_to_node(&config->node, at, size);
	if (config->mlock && mlockall(MCL_CURRENT | MCL_FUTURE))
		die(errno == EPERM ? STATUS_PERMISSION : STATUS_MEMORY,
		    "--mlock: cannot lock %llu MiB: %s: \"ulimit -l unlimited\" or LimitMEMLOCK=infinity",
		    size / MIB, strerror(errno));
	return at;
}
