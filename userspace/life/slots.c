// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that come and go while the guest runs: those with plug=in and plug=out. A slot of a disk
 * is empty once its disk has left: its file is closed, and another one can come. What is behind a
 * network device stays there.
 *
 * A client of the control socket opens the file, with its rights, locks it and looks at it; this
 * process, which opens no file any more, gets the descriptor. The guest ejects in its own time:
 * the vCPU that did so tells the main thread, which can pause the VM to take the file from Keel.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "life/lifecycle.h"
#include "life/slots.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/input.h"
#include "vm/outcome.h"
#include "vm/vm.h"

#define STATS_ROOM	4096
#define DEVICE_NAME	16

enum { ABSENT, PRESENT, WANTED };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of what is behind slots */
static atomic_uint left;	/* slots whose functions have left, for the main thread */

/* ---- Names ---- */

/* "disk0", "net1": numbered as the options are */
static void name_of(const struct vm *vm, unsigned int instance, char name[DEVICE_NAME])
{
	const struct virtio *list = vm->config->virtio;
	unsigned int i, nth = 0;

	for (i = 0; i < instance; i++)
		nth += list[i].type == list[instance].type;
	snprintf(name, DEVICE_NAME, "%s%u", list[instance].type == KEEL_VIRTIO_BLK ? "disk" : "net",
		 nth);
}

/* Return: the device's instance, or -1. */
static int find(const struct vm *vm, const char *name)
{
	char other[DEVICE_NAME];
	unsigned int i;

	for (i = 0; i < vm->config->nr_virtio; i++) {
		name_of(vm, i, other);
		if (vm->config->virtio[i].plug && !strcmp(name, other))
			return i;
	}
	return -1;
}

static const char NO_DEVICE[] = "there is no such device in a slot (plug=in, plug=out)";

/* The disk's place in lists, which begin with disks, as instances do; NULL: it is none. */
static struct disk *disk_of(struct vm *vm, unsigned int instance)
{
	bool disk = vm->config->virtio[instance].type == KEEL_VIRTIO_BLK;

	return disk ? &vm->disks[instance] : NULL;
}

/* ---- The controller ---- */

static bool tell_slot(const struct vm *vm, unsigned int instance, unsigned int input)
{
	return vm_input(vm, KEEL_CLASS_HOTPLUG, input, vm->config->virtio[instance].slot);
}

static void ring(const struct vm *vm)
{
	vm_input(vm, KEEL_CLASS_PM, KEEL_INPUT_GPE, KEEL_HOTPLUG_GPE);
}

static bool stat_is(const struct keel_stat *stat, unsigned int slot, const char *what)
{
	char name[sizeof(stat->name)];

	snprintf(name, sizeof(name), "slot%u.%s", slot, what);
	return !strcmp(stat->device, "hotplug0") && !strcmp(stat->name, name) && stat->value;
}

/* Return: ABSENT, PRESENT, or WANTED: the guest is asked for it. */
static int presence(const struct vm *vm, unsigned int slot)
{
	struct keel_stat *stats = calloc(STATS_ROOM, sizeof(*stats));
	struct keel_stats request = {
		.size = sizeof(request), .nr = STATS_ROOM, .stats = (__u64)stats,
	};
	int found = ABSENT;
	unsigned int i;

	if (stats && !ioctl(vm->keel, KEEL_INSPECT, &request))
		for (i = 0; i < request.nr && i < STATS_ROOM; i++) {
			if (stat_is(&stats[i], slot, "present") && found == ABSENT)
				found = PRESENT;
			if (stat_is(&stats[i], slot, "wanted"))
				found = WANTED;
		}
	free(stats);
	return found;
}

/* ---- Coming ---- */

static void emit(struct vm *vm, const char *event, unsigned int instance, const char *file)
{
	char name[DEVICE_NAME];

	name_of(vm, instance, name);
	event_emit(vm, event, json_pack("{s:s, s:s*}", "device", name, "file", file));
}

static const char *plug(struct vm *vm, unsigned int instance, const char *file)
{
	if (!tell_slot(vm, instance, KEEL_INPUT_PLUG))
		return "it is plugged in already";
	ring(vm);
	emit(vm, "attached", instance, file);
	return NULL;
}

/**
 * slots_attach() - plug a device in that has something behind it.
 * @vm:   the VM
 * @name: "net0"
 */
const char *slots_attach(struct vm *vm, const char *name)
{
	int instance = find(vm, name);
	const struct disk *disk;
	const char *error;

	if (instance < 0)
		return NO_DEVICE;
	pthread_mutex_lock(&lock);
	disk = disk_of(vm, instance);
	if (disk && disk->fd < 0)
		error = "the slot is empty: keel attach VM disk FILE";
	else
		error = plug(vm, instance, disk ? vm->config->disks[instance].file.text : NULL);
	pthread_mutex_unlock(&lock);
	return error;
}

/* An empty slot for such a disk, or -1 */
static int empty_slot(struct vm *vm, bool read_only)
{
	unsigned int i;

	for (i = 0; i < vm->config->nr_disks; i++)
		if (vm->config->virtio[i].plug && vm->disks[i].fd < 0 &&
		    vm->config->disks[i].read_only == read_only)
			return i;
	return -1;
}

/* What the client has found out: see disk_wish(). */
static bool read_wish(const char *wish, struct keel_attach_blk *request, char **path, bool *ro)
{
	const char *file, *serial;
	int read_only, physical, alignment, flags;
	json_int_t capacity, block, min_io, opt_io, discard;
	json_t *root = json_loads(wish, 0, NULL);
	bool good;

	good = root && !json_unpack(root,
				    "{s:s, s:b, s:s, s:I, s:I, s:i, s:i, s:I, s:I, s:I, s:i!}",
				    "path", &file, "ro", &read_only, "serial", &serial,
				    "capacity", &capacity, "block_size", &block,
				    "physical", &physical, "alignment", &alignment,
				    "min_io", &min_io, "opt_io", &opt_io, "discard", &discard,
				    "flags", &flags) &&
	       strlen(serial) <= sizeof(request->serial);
	if (good) {
		*path = strdup(file);
		*ro = read_only;
		request->capacity = capacity;
		request->block_size = block;
		request->physical_block_exp = physical;
		request->alignment_offset = alignment;
		request->min_io_size = min_io;
		request->opt_io_size = opt_io;
		request->discard_alignment = discard;
		request->flags = flags;
		memcpy(request->serial, serial, strlen(serial));
	}
	json_decref(root);
	return good && *path;
}

/* Takes the descriptor and the path, which are the slot's until it is emptied. */
static void know(struct vm *vm, unsigned int i, struct keel_attach_blk *request, char **path)
{
	struct disk_config *config = &vm->config->disks[i];

	vm->disks[i].fd = request->fd;
	vm->disks[i].told = (struct disk_told){
		.capacity = request->capacity, .block_size = request->block_size,
		.read_only = config->read_only,
	};
	config->file.text = *path;
	config->file.fd = -1;
	request->fd = -1;
	*path = NULL;
}

/* One that is behind its slot, and cannot be plugged in, can be later: slots_attach(). */
static const char *attach_disk(struct vm *vm, struct keel_attach_blk *request, char **path, bool ro)
{
	int i = empty_slot(vm, ro);

	if (i < 0)
		return ro ? "no slot is empty for a read-only disk (plug=out,ro=on)" :
			    "no slot is empty for a disk (plug=out)";
	request->size = sizeof(*request);
	request->class = vm->config->virtio[i].class;
	request->instance = i;
	request->server = i;
	request->serve = vm->config->virtio[i].serve;
	if (ioctl(vm->keel, KEEL_ATTACH_BLK, request))
		return strerror(errno);
	know(vm, i, request, path);
	return plug(vm, i, vm->config->disks[i].file.text);
}

/**
 * slots_attach_disk() - a disk comes into an empty slot.
 * @vm:   the VM
 * @wish: what the client says of the file
 * @fd:   where it is open; -1: the client has sent none
 * @name: result: of the disk, with a newline, to be freed
 */
const char *slots_attach_disk(struct vm *vm, const char *wish, int fd, char **name)
{
	struct keel_attach_blk request = { .size = sizeof(request) };
	char *path = NULL;
	const char *error;
	bool ro;

	if (fd < 0 || !read_wish(wish, &request, &path, &ro))
		return "attach disk wants the descriptor of a file, as keel attach sends it";
	request.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (request.fd < 0) {
		free(path);
		return "no descriptor is left";
	}
	pthread_mutex_lock(&lock);
	error = attach_disk(vm, &request, &path, ro);
	if (!error) {
		*name = malloc(DEVICE_NAME + 1);
		if (*name) {
			name_of(vm, request.instance, *name);
			strcat(*name, "\n");
		}
	}
	pthread_mutex_unlock(&lock);
	if (request.fd >= 0)
		close(request.fd);
	free(path);
	return error;
}

/* ---- Leaving ---- */

/* Its function has left. With the lock. */
static const char *empty(struct vm *vm, unsigned int instance)
{
	struct disk *disk = disk_of(vm, instance);
	struct disk_config *config = &vm->config->disks[instance];
	const char *error;

	if (!disk) {
		emit(vm, "detached", instance, NULL);
		return NULL;
	}
	if (disk->fd < 0)
		return NULL;
	error = lifecycle_detach(vm, vm->config->virtio[instance].class, instance);
	if (error)
		return error;
	emit(vm, "detached", instance, config->file.text);
	close(disk->fd);	/* the lock as well */
	*disk = (struct disk){ .fd = -1 };
	config->file.text = NULL;
	return NULL;
}

/**
 * slots_detach() - a device is to leave.
 * @vm:    the VM
 * @name:  "disk0"
 * @force: at once, and not when the guest lets go of it
 */
const char *slots_detach(struct vm *vm, const char *name, bool force)
{
	int instance = find(vm, name);
	const char *error = NULL;

	if (instance < 0)
		return NO_DEVICE;
	pthread_mutex_lock(&lock);
	if (!force && tell_slot(vm, instance, KEEL_INPUT_UNPLUG)) {
		ring(vm);
	} else {
		if (force)
			tell_slot(vm, instance, KEEL_INPUT_PULL);
		if (disk_of(vm, instance))	/* or it has been absent before */
			error = empty(vm, instance);
	}
	pthread_mutex_unlock(&lock);
	return error;
}

/* slots_ejected() - KEEL_EXIT_EJECTED, in a vCPU's thread */
void slots_ejected(struct vm *vm, __u32 slots)
{
	atomic_fetch_or(&left, slots);
	vm_wake_main(vm);
}

/* slots_handle() - let go of what has left; for the main thread. What fails is tried again. */
void slots_handle(struct vm *vm)
{
	unsigned int i, slots = atomic_exchange(&left, 0);

	pthread_mutex_lock(&lock);
	for (i = 0; i < vm->config->nr_virtio; i++) {
		unsigned int bit = BIT(vm->config->virtio[i].slot);

		if (!vm->config->virtio[i].plug || !(slots & bit))
			continue;
		if (!presence(vm, vm->config->virtio[i].slot) && empty(vm, i))
			atomic_fetch_or(&left, bit);
	}
	pthread_mutex_unlock(&lock);
}

/* slots_text() - a line for each slot, to be freed: "disk0 in FILE"; NULL: no memory */
char *slots_text(struct vm *vm)
{
	static const char *const states[] = {
		[ABSENT] = "out", [PRESENT] = "in", [WANTED] = "leaving",
	};
	char name[DEVICE_NAME], *text = NULL;
	size_t size = 0;
	unsigned int i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	pthread_mutex_lock(&lock);
	for (i = 0; i < vm->config->nr_virtio; i++) {
		const struct virtio *device = &vm->config->virtio[i];
		const struct disk *disk = disk_of(vm, i);

		if (!device->plug)
			continue;
		name_of(vm, i, name);
		if (disk && disk->fd < 0)
			fprintf(out, "%s empty\n", name);
		else
			fprintf(out, "%s %s%s%s\n", name, states[presence(vm, device->slot)],
				disk ? " " : "", disk ? vm->config->disks[i].file.text : "");
	}
	pthread_mutex_unlock(&lock);
	return fclose(out) ? NULL : text;
}
