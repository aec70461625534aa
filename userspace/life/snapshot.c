// SPDX-License-Identifier: GPL-2.0
/*
 * A VM in a file:
 *
 *	struct file_header
 *	the configuration, JSON		(the header's checksum is over both)
 *	a zstd frame with checksum:	records, each struct record_header and data:
 *		MACHINE, BOARD, DISK for each, NVRAM with --nvram, FWCFG if the launcher has it,
 *		VCPU for each, INPUT for each port, RAM for each run of pages, END
 *
 * The file is written beside its place and renamed when it is whole. It is read to its
 * end, and every length in it checked, before there is a VM; what the board's blob and
 * the vCPUs' registers hold is checked by the kernel when they are put back, before
 * anything runs. Checksums are against accidents, not against attackers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base.h"
#include "config/config.h"
#include "config/firmware.h"
#include "config/options.h"
#include "config/port.h"
#include "config/table.h"
#include "life/snapshot.h"
#include "life/vcpu_state.h"
#include "status.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/memory.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define FILE_MAGIC	"KEELSNAP"
#define FILE_VERSION	3
#define CONFIG_MAX	(1 * MIB)
#define BOARD_MAX	(1 * MIB)
#define RUN_MAX		(4 * MIB)
#define LEVEL		1	/* speed matters: the guest may be waiting */

/**
 * struct file_header - start of the file.
 * @magic:       FILE_MAGIC, without its NUL
 * @version:     FILE_VERSION
 * @checksum:    FNV-1a, 32 bit, of this header with 0 here, and of the configuration
 * @file_size:   bytes of the whole file
 * @config_size: bytes of the configuration
 * @reserved:    zero
 */
struct file_header {
	char  magic[8];
	__u32 version;
	__u32 checksum;
	__u64 file_size;
	__u32 config_size;
	__u32 reserved;
};

enum record_type { RECORD_MACHINE = 1, RECORD_BOARD, RECORD_VCPU, RECORD_INPUT, RECORD_RAM,
		   RECORD_END, RECORD_DISK, RECORD_NVRAM, RECORD_FWCFG };

struct record_header {
	__u32 type;
	__u32 id;
	__u64 size;
};

/**
 * struct machine - the MACHINE record.
 * @cpus:       VCPU records
 * @state_size: of each
 * @memory:     bytes of RAM
 * @clock:      kvmclock, ns
 * @tsc_khz:    rate of the vCPUs' counters
 * @disks:      DISK records
 */
struct machine {
	__u32 cpus;
	__u32 state_size;
	__u64 memory;
	__u64 clock;
	__u32 tsc_khz;
	__u32 disks;
};

static __u32 fnv(__u32 hash, const void *data, size_t size)
{
	const __u8 *p = data;

	while (size--)
		hash = (hash ^ *p++) * 16777619U;
	return hash;
}

static __u32 checksum(const struct file_header *header, const char *config)
{
	struct file_header zeroed = *header;

	zeroed.checksum = 0;
	return fnv(fnv(2166136261U, &zeroed, sizeof(zeroed)), config, header->config_size);
}

/* ---- Writing ---- */

/**
 * struct writer - a file that grows.
 * @fd:     it
 * @stream: compressor
 * @error:  what failed, or NULL
 * @out:    compressed bytes on their way
 */
struct writer {
	int fd;
	ZSTD_CStream *stream;
	const char *error;
	char out[128 * KIB];
};

static void write_all(struct writer *w, const void *data, size_t size)
{
	const char *p = data;

	while (size && !w->error) {
		ssize_t n = write(w->fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->error = strerror(n ? errno : ENOSPC);
			return;
		}
		p += n;
		size -= n;
	}
}

static void compress(struct writer *w, const void *data, size_t size, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, size, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { w->out, sizeof(w->out), 0 };

		left = ZSTD_compressStream2(w->stream, &out, &in, end);
		if (ZSTD_isError(left))
			w->error = ZSTD_getErrorName(left);
		else
			write_all(w, w->out, out.pos);
	} while (!w->error && (end == ZSTD_e_end ? left : in.pos < in.size));
}

static void put(struct writer *w, enum record_type type, __u32 id, const void *data, __u64 size)
{
	struct record_header header = { .type = type, .id = id, .size = size };

	compress(w, &header, sizeof(header), ZSTD_e_continue);
	compress(w, data, size, ZSTD_e_continue);
}

static void put_ram(struct writer *w, const struct memory *memory)
{
	__u64 at = 0, end;

	while (at < memory->size && !w->error) {
		struct record_header header = { .type = RECORD_RAM };

		if (!page_has_data(memory->base + at)) {
			at += PAGE;
			continue;
		}
		end = at + PAGE;
		while (end < memory->size && end - at < RUN_MAX &&
		       page_has_data(memory->base + end))
			end += PAGE;
		header.size = sizeof(at) + end - at;
		compress(w, &header, sizeof(header), ZSTD_e_continue);
		compress(w, &at, sizeof(at), ZSTD_e_continue);
		compress(w, memory->base + at, end - at, ZSTD_e_continue);
		at = end;
	}
}

static void put_records(struct writer *w, const struct snapshot *snapshot, const struct vm *vm)
{
	int khz = ioctl(vm->vcpus[0].fd, KVM_GET_TSC_KHZ);
	struct machine machine = {
		.cpus = vm->config->cpus, .state_size = sizeof(struct vcpu_state),
		.memory = vm->memory.size, .clock = snapshot->clock, .tsc_khz = khz > 0 ? khz : 0,
		.disks = vm->nr_disks,
	};
	unsigned int i;

	put(w, RECORD_MACHINE, 0, &machine, sizeof(machine));
	put(w, RECORD_BOARD, 0, snapshot->board, snapshot->board_size);
	for (i = 0; i < vm->nr_disks; i++)
		put(w, RECORD_DISK, i, &vm->disks[i].told, sizeof(vm->disks[i].told));
	if (vm->memory.nvram)
		put(w, RECORD_NVRAM, 0, &snapshot->nvram, sizeof(snapshot->nvram));
	if (vm->served)
		put(w, RECORD_FWCFG, 0, &snapshot->served, sizeof(snapshot->served));
	for (i = 0; i < vm->config->cpus; i++)
		put(w, RECORD_VCPU, i, &snapshot->vcpus[i], sizeof(struct vcpu_state));
	for (i = 0; i < vm->config->nr_uarts; i++)
		put(w, RECORD_INPUT, i, snapshot->unread[i].bytes, snapshot->unread[i].size);
	if (port_stdio(vm->config) >= 0)
		put(w, RECORD_INPUT, UNREAD_PORT, snapshot->unread[UNREAD_PORT].bytes,
		    snapshot->unread[UNREAD_PORT].size);
	put_ram(w, &vm->memory);
	put(w, RECORD_END, 0, NULL, 0);
	compress(w, NULL, 0, ZSTD_e_end);
}

static void put_file(struct writer *w, const struct snapshot *snapshot, const struct vm *vm,
		     const char *config)
{
	struct file_header header = {
		.version = FILE_VERSION, .config_size = strlen(config),
	};

	memcpy(header.magic, FILE_MAGIC, sizeof(header.magic));
	write_all(w, &header, sizeof(header));
	write_all(w, config, header.config_size);
	put_records(w, snapshot, vm);
	header.file_size = lseek(w->fd, 0, SEEK_CUR);
	header.checksum = checksum(&header, config);
	lseek(w->fd, 0, SEEK_SET);
	write_all(w, &header, sizeof(header));
	if (!w->error && fsync(w->fd))
		w->error = strerror(errno);
}

/**
 * snapshot_write_to() - into an empty file.
 * @snapshot: what was collected
 * @vm:       paused; configuration and memory are taken from it
 * @fd:       the file
 *
 * Return: NULL, or what failed.
 */
const char *snapshot_write_to(const struct snapshot *snapshot, const struct vm *vm, int fd)
{
	char *config = options_text(vm->config);
	struct writer *w = calloc(1, sizeof(*w));
	const char *error = "out of memory";

	if (w && config) {
		w->fd = fd;
		w->stream = ZSTD_createCStream();
		if (w->stream) {
			ZSTD_CCtx_setParameter(w->stream, ZSTD_c_compressionLevel, LEVEL);
			ZSTD_CCtx_setParameter(w->stream, ZSTD_c_checksumFlag, 1);
			put_file(w, snapshot, vm, config);
			error = w->error;
		}
		ZSTD_freeCStream(w->stream);
	}
	free(config);
	free(w);
	return error;
}

/**
 * snapshot_write() - into a file, as a whole or not at all.
 * @snapshot: what was collected
 * @vm:       paused; configuration and memory are taken from it
 * @path:     where to
 *
 * Return: NULL, or what failed.
 */
const char *snapshot_write(const struct snapshot *snapshot, const struct vm *vm, const char *path)
{
	const char *error = NULL;
	char *temporary;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return "out of memory";
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		free(temporary);
		return strerror(errno);
	}
	error = snapshot_write_to(snapshot, vm, fd);
	close(fd);
	if (!error && rename(temporary, path))
		error = strerror(errno);
	if (error)
		unlink(temporary);
	free(temporary);
	return error;
}

/* ---- Reading: nothing in the file is believed ---- */

/**
 * struct reader - a file on its way in.
 * @path:   for messages
 * @fd:     it
 * @stream: decompressor
 * @over:   the frame has ended
 * @input:  of the decompressor
 * @in:     its data
 */
struct reader {
	const char *path;
	int fd;
	ZSTD_DStream *stream;
	bool over;
	ZSTD_inBuffer input;
	char in[128 * KIB];
};

#define REFUSE(path, format, ...) \
	die(STATUS_IMAGE, "snapshot %s: " format, path, ##__VA_ARGS__)

static void read_exactly(const char *path, int fd, void *data, size_t size)
{
	char *p = data;

	while (size) {
		ssize_t n = read(fd, p, size);

		if (n < 0 && errno != EINTR)
			REFUSE(path, "%s", strerror(errno));
		if (!n)
			REFUSE(path, "truncated");
		if (n > 0) {
			p += n;
			size -= n;
		}
	}
}

static int open_file(const char *path, struct file_header *header)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_IMAGE, "snapshot %s: %s", path,
		    strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		REFUSE(path, "not a regular file");
	if (st.st_size < (off_t)sizeof(*header))
		REFUSE(path, "truncated: %lld bytes are no snapshot", (long long)st.st_size);
	read_exactly(path, fd, header, sizeof(*header));
	if (memcmp(header->magic, FILE_MAGIC, sizeof(header->magic)))
		REFUSE(path, "not a snapshot of Keel's");
	if (header->version != FILE_VERSION)
		REFUSE(path, "its format is version %u, this launcher reads %d", header->version,
		       FILE_VERSION);
	if (header->file_size != (__u64)st.st_size)
		REFUSE(path, "truncated, or not all its own: %lld bytes instead of %llu",
		       (long long)st.st_size, header->file_size);
	if (header->reserved || header->config_size > CONFIG_MAX ||
	    header->config_size > header->file_size - sizeof(*header))
		REFUSE(path, "its header makes no sense");
	return fd;
}

static char *read_config(const char *path, int fd, const struct file_header *header)
{
	char *config = calloc(1, header->config_size + 1);

	if (!config)
		die(STATUS_MEMORY, "out of memory");
	read_exactly(path, fd, config, header->config_size);
	if (checksum(header, config) != header->checksum)
		REFUSE(path, "damaged: the checksum of its header is wrong");
	return config;
}

/* snapshot_config() - the configuration in a snapshot, to be freed; dies if there is none */
char *snapshot_config(const char *path)
{
	struct file_header header;
	int fd = open_file(path, &header);
	char *config = read_config(path, fd, &header);

	close(fd);
	return config;
}

static void refill(struct reader *r)
{
	ssize_t n;

	do {
		n = read(r->fd, r->in, sizeof(r->in));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		REFUSE(r->path, "%s", strerror(errno));
	if (!n)
		REFUSE(r->path, "truncated: its data ends too early");
	r->input = (ZSTD_inBuffer){ r->in, n, 0 };
}

/* Some more of the frame; its end is where its checksum is compared. */
static void decompress(struct reader *r, ZSTD_outBuffer *out)
{
	size_t left;

	if (r->over)
		REFUSE(r->path, "truncated: its records end too early");
	if (r->input.pos == r->input.size)
		refill(r);
	left = ZSTD_decompressStream(r->stream, out, &r->input);
	if (ZSTD_isError(left))
		REFUSE(r->path, "damaged: %s", ZSTD_getErrorName(left));
	r->over = !left;
}

static void get(struct reader *r, void *data, size_t size)
{
	ZSTD_outBuffer out = { data, size, 0 };

	while (out.pos < out.size)
		decompress(r, &out);
}

static void get_end(struct reader *r)
{
	char more, *none = &more;
	ZSTD_outBuffer out = { none, 1, 0 };

	while (!r->over && !out.pos)
		decompress(r, &out);
	if (out.pos || r->input.pos != r->input.size || read(r->fd, &more, 1) == 1)
		REFUSE(r->path, "damaged: data follows its end");
}

static void *get_new(struct reader *r, const struct record_header *record, __u64 limit)
{
	void *data;

	if (record->size > limit)
		REFUSE(r->path, "a record of type %u is too long", record->type);
	data = calloc(1, record->size + 8);
	if (!data)
		die(STATUS_MEMORY, "out of memory");
	get(r, data, record->size);
	return data;
}

static void expect(struct reader *r, struct record_header *record, enum record_type type, __u32 id)
{
	get(r, record, sizeof(*record));
	if (record->type != type || record->id != id)
		REFUSE(r->path, "record %u (%u) where %u (%u) belongs", record->type, record->id,
		       type, id);
}

static void get_machine(struct reader *r, struct snapshot *snapshot, const struct config *config,
			const struct memory *memory)
{
	struct record_header record;
	struct machine machine;

	expect(r, &record, RECORD_MACHINE, 0);
	if (record.size != sizeof(machine))
		REFUSE(r->path, "the machine's record has a wrong length");
	get(r, &machine, sizeof(machine));
	if (machine.state_size != sizeof(struct vcpu_state))
		REFUSE(r->path, "its vCPUs' states are of another layout");
	if (machine.cpus != config->cpus)
		REFUSE(r->path, "%u vCPUs; %u are configured", machine.cpus, config->cpus);
	if (machine.memory != memory->size)
		REFUSE(r->path, "%llu MiB of memory; %llu are configured", machine.memory / MIB,
		       memory->size / MIB);
	if (machine.disks != config->nr_disks)
		REFUSE(r->path, "%u disks; %u are configured", machine.disks, config->nr_disks);
	snapshot->clock = machine.clock;
}

static void get_disks(struct reader *r, struct snapshot *snapshot, const struct config *config)
{
	struct record_header record;
	unsigned int i;

	for (i = 0; i < config->nr_disks; i++) {
		expect(r, &record, RECORD_DISK, i);
		if (record.size != sizeof(snapshot->disks[i]))
			REFUSE(r->path, "disk %u's record has a wrong length", i);
		get(r, &snapshot->disks[i], sizeof(snapshot->disks[i]));
	}
}

static void get_nvram(struct reader *r, struct snapshot *snapshot, const struct memory *memory)
{
	struct record_header record;

	expect(r, &record, RECORD_NVRAM, 0);
	if (record.size != sizeof(snapshot->nvram))
		REFUSE(r->path, "the variables' record has a wrong length");
	get(r, &snapshot->nvram, sizeof(snapshot->nvram));
	if (!nvram_saved_sane(memory, &snapshot->nvram))
		REFUSE(r->path, "the state of the variables' chip makes no sense");
}

static void get_served(struct reader *r, struct snapshot *snapshot)
{
	struct record_header record;

	expect(r, &record, RECORD_FWCFG, 0);
	if (record.size != sizeof(snapshot->served))
		REFUSE(r->path, "the record of fw_cfg has a wrong length");
	get(r, &snapshot->served, sizeof(snapshot->served));
}

static void get_vcpus(struct reader *r, struct snapshot *snapshot, const struct config *config)
{
	struct record_header record;
	unsigned int i;

	snapshot->vcpus = calloc(config->cpus, sizeof(*snapshot->vcpus));
	if (!snapshot->vcpus)
		die(STATUS_MEMORY, "out of memory");
	for (i = 0; i < config->cpus; i++) {
		expect(r, &record, RECORD_VCPU, i);
		if (record.size != sizeof(struct vcpu_state))
			REFUSE(r->path, "vCPU %u's record has a wrong length", i);
		get(r, &snapshot->vcpus[i], sizeof(struct vcpu_state));
		if (!vcpu_state_sane(&snapshot->vcpus[i]))
			REFUSE(r->path, "vCPU %u's state makes no sense", i);
	}
}

static void get_input(struct reader *r, struct snapshot *snapshot, unsigned int nr)
{
	struct record_header record;

	expect(r, &record, RECORD_INPUT, nr);
	snapshot->unread[nr].bytes = get_new(r, &record, UNREAD_MAX);
	snapshot->unread[nr].size = record.size;
}

static void get_inputs(struct reader *r, struct snapshot *snapshot, const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++)
		get_input(r, snapshot, i);
	if (port_stdio(config) >= 0)
		get_input(r, snapshot, UNREAD_PORT);
}

static void get_ram(struct reader *r, const struct memory *memory)
{
	struct record_header record;
	__u64 at, size;

	for (;;) {
		get(r, &record, sizeof(record));
		if (record.type == RECORD_END && !record.size)
			return;
		if (record.type != RECORD_RAM || record.size < sizeof(at))
			REFUSE(r->path, "record %u where memory belongs", record.type);
		size = record.size - sizeof(at);
		get(r, &at, sizeof(at));
		if (at > memory->size || size > memory->size - at)
			REFUSE(r->path, "memory that the guest does not have");
		get(r, memory->base + at, size);
	}
}

/**
 * snapshot_load() - read all of it; dies if anything is wrong.
 * @snapshot: result
 * @config:   of the VM to be; its restore is the path
 * @memory:   the RAM, all zero
 */
void snapshot_load(struct snapshot *snapshot, const struct config *config,
		   const struct memory *memory)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct record_header record;
	struct file_header header;

	memset(snapshot, 0, sizeof(*snapshot));
	if (r)
		r->stream = ZSTD_createDStream();
	if (!r || !r->stream)
		die(STATUS_MEMORY, "out of memory");
	r->path = config->restore;
	r->fd = open_file(r->path, &header);
	free(read_config(r->path, r->fd, &header));
	get_machine(r, snapshot, config, memory);
	expect(r, &record, RECORD_BOARD, 0);
	snapshot->board = get_new(r, &record, BOARD_MAX);
	snapshot->board_size = record.size;
	get_disks(r, snapshot, config);
	if (memory->nvram)
		get_nvram(r, snapshot, memory);
	if (firmware_takes_kernel(config))
		get_served(r, snapshot);
	get_vcpus(r, snapshot, config);
	get_inputs(r, snapshot, config);
	get_ram(r, memory);
	get_end(r);
	ZSTD_freeDStream(r->stream);
	close(r->fd);
	free(r);
}

/* ---- Putting it back ---- */

static const char *reason(__u32 error)
{
	static const char *const reasons[] = {
		[KEEL_STATE_TRUNCATED] = "truncated", [KEEL_STATE_MAGIC_BAD] = "no magic",
		[KEEL_STATE_VERSION_BAD] = "another version",
		[KEEL_STATE_CHECKSUM_BAD] = "wrong checksum",
		[KEEL_STATE_LENGTH_BAD] = "a wrong length",
		[KEEL_STATE_UNKNOWN] = "a device that is not configured",
		[KEEL_STATE_MISSING] = "a device is missing",
		[KEEL_STATE_DUPLICATE] = "a device twice",
		[KEEL_STATE_VALUE_BAD] = "a state that the device cannot be in",
	};

	return error < ARRAY_SIZE(reasons) && reasons[error] ? reasons[error] : "refused";
}

/**
 * snapshot_apply() - put everything back but the clocks and the memory; dies if KVM or
 * Keel refuse it.
 * @snapshot: from snapshot_load()
 * @vm:       new, with its vCPUs; is paused afterwards
 */
void snapshot_apply(const struct snapshot *snapshot, struct vm *vm)
{
	struct keel_state state = {
		.size = sizeof(state),
		.data = (__u64)snapshot->board, .length = snapshot->board_size,
	};
	const char *path = vm->config->restore;
	const char *error;
	unsigned int i;

	for (i = 0; i < vm->nr_disks; i++)
		disk_restored(vm, i, &snapshot->disks[i]);
	if (vm->memory.nvram)
		nvram_restored(vm, &snapshot->nvram);
	if (vm->served && !served_restore(vm->served, &snapshot->served))
		REFUSE(path, "the kernel or its initrd was longer");
	if (ioctl(vm->keel, KEEL_PAUSE))
		die(STATUS_INTERNAL, "KEEL_PAUSE: %s", strerror(errno));
	if (ioctl(vm->keel, KEEL_STATE_SET, &state)) {
		if (errno != EINVAL)
			die(STATUS_INTERNAL, "KEEL_STATE_SET: %s", strerror(errno));
		REFUSE(path, "the board's record %u: %s", state.record, reason(state.error));
	}
	for (i = 0; i < vm->config->cpus; i++) {
		if (!vcpu_cpu_same(&vm->vcpus[i], &snapshot->vcpus[i]))
			REFUSE(path, "it is of a host with another processor");
		error = vcpu_state_set(&vm->vcpus[i], &snapshot->vcpus[i]);
		if (error)
			REFUSE(path, "KVM refuses the state of vCPU %u (%s)", i, error);
	}
	memcpy(vm->unread, snapshot->unread, sizeof(vm->unread));
}
