// SPDX-License-Identifier: GPL-2.0
/*
 * Load: on each CPU that it may use a thread that computes and one that fills memory, and one
 * thread that writes to a file and waits for the disk. Each counts what it has done, so that a
 * report shows that there was load.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "bench/load.h"
#include "status.h"
#include "vm/thread.h"

#define COMPUTE_TURNS	100000
#define FILL		(32 * MIB)	/* of each thread; more than a core's caches */
#define BLOCK		(256 * KIB)
#define FILE_BLOCKS	256
#define THREADS_MAX	(2 * CPU_SETSIZE + 1)

static struct {
	cpu_set_t cpus;
	pthread_t threads[THREADS_MAX];
	unsigned int nr, nr_compute, nr_fill;
	atomic_bool stop;
	atomic_ullong turns, filled, writes;
	atomic_int error;	/* of the file; 0: none */
} load;

/* Those of the vCPU's thread are inherited: a load is no real-time thread, and is not there. */
static void be_ordinary(void)
{
	const struct sched_param none = { 0 };

	sched_setscheduler(0, SCHED_OTHER, &none);
	sched_setaffinity(0, sizeof(load.cpus), &load.cpus);
}

static void *compute(void *arg)
{
	__u64 value = (__u64)&arg | 1;
	unsigned int i;

	be_ordinary();
	while (!atomic_load(&load.stop)) {
		for (i = 0; i < COMPUTE_TURNS; i++) {
			value = value * 6364136223846793005ULL + 1442695040888963407ULL;
			asm volatile("" : "+r"(value));
		}
		atomic_fetch_add(&load.turns, COMPUTE_TURNS);
	}
	return NULL;
}

static void *fill(void *arg)
{
	char *memory = mmap(NULL, FILL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 at = 0;

	(void)arg;
	be_ordinary();
	while (memory != MAP_FAILED && !atomic_load(&load.stop)) {
		memset(memory + at, (int)(at >> 20), BLOCK);
		at = (at + BLOCK) % FILL;
		atomic_fetch_add(&load.filled, BLOCK);
	}
	if (memory != MAP_FAILED)
		munmap(memory, FILL);
	return NULL;
}

/* Without a name, in the first folder that takes it; /tmp may be memory, and comes last */
static int open_file(void)
{
	const char *const folders[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	char path[4096];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!folders[i] || snprintf(path, sizeof(path), "%s/keel-bench-XXXXXX",
					    folders[i]) >= (int)sizeof(path))
			continue;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0)
			continue;
		unlink(path);
		return fd;
	}
	return -1;
}

static bool write_block(int fd, const char *block, unsigned int n)
{
	errno = EIO;	/* of a write that is cut short */
	return pwrite(fd, block, BLOCK, n % FILE_BLOCKS * BLOCK) == (ssize_t)BLOCK &&
	       !fdatasync(fd);
}

static void *write_file(void *arg)
{
	char *block = calloc(1, BLOCK);
	int fd = block ? open_file() : -1;
	unsigned int n;

	(void)arg;
	if (fd < 0) {
		atomic_store(&load.error, errno);
		free(block);
		return NULL;
	}
	be_ordinary();
	for (n = 0; !atomic_load(&load.stop); n++) {
		if (!write_block(fd, block, n)) {
			atomic_store(&load.error, errno);
			break;
		}
		atomic_fetch_add(&load.writes, 1);
	}
	close(fd);
	free(block);
	return NULL;
}

static void begin(const char *name, void *(*function)(void *arg))
{
	thread_run(&load.threads[load.nr++], name, SANDBOX_WORKER, function, NULL);
}

/**
 * load_start() - begin to load the host.
 * @cpus: where
 */
void load_start(const cpu_set_t *cpus)
{
	int i, nr = CPU_COUNT(cpus);

	load.cpus = *cpus;
	for (i = 0; i < nr; i++) {
		begin("keel-compute", compute);
		begin("keel-fill", fill);
	}
	load.nr_compute = nr;
	load.nr_fill = nr;
	begin("keel-write", write_file);
}

/* load_stop() - end it, if it was begun */
void load_stop(void)
{
	unsigned int i;

	atomic_store(&load.stop, true);
	for (i = 0; i < load.nr; i++)
		pthread_join(load.threads[i], NULL);
	load.nr = 0;
}

/* load_json() - what it has done, or null */
json_t *load_json(void)
{
	int error = atomic_load(&load.error);
	json_t *json;

	if (!load.nr_compute)
		return json_null();
	json = json_pack("{s:i, s:I, s:i, s:I, s:I, s:I}", "compute_threads", load.nr_compute,
			 "compute_turns", (json_int_t)load.turns, "memory_threads", load.nr_fill,
			 "memory_bytes", (json_int_t)load.filled, "file_writes",
			 (json_int_t)load.writes, "file_write_bytes", (json_int_t)BLOCK);
	json_object_set_new(json, "file_error", error ? json_string(strerror(error)) : json_null());
	return json;
}
