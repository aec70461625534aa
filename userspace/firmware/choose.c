// SPDX-License-Identifier: GPL-2.0
/*
 * "keel run --disk FILE": the firmware that starts what is on the disk. Where both can, SeaBIOS is
 * taken: GRUB needs twice the memory on OVMF. Unless only OVMF is installed, or there is a file for
 * UEFI's variables. Without PCI it is SeaBIOS's build for that.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/firmware.h"
#include "config/words.h"
#include "firmware/choose.h"
#include "firmware/detect.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/disk_probe.h"

#define PIECE	4096	/* what is read at a time: O_DIRECT takes it everywhere */

/**
 * struct source_disk - a disk that is looked at.
 * @disk: its part that detect_boot() knows
 * @fd:   open for reading
 */
struct source_disk {
	struct detect_disk disk;
	int fd;
};

static bool read_piece(int fd, __u64 offset, __u8 *piece, size_t wanted)
{
	ssize_t got = pread(fd, piece, PIECE, offset);

	return got >= 0 && (size_t)got >= wanted;
}

static bool read_at(const struct detect_disk *disk, __u64 offset, void *data, size_t length)
{
	const struct source_disk *source = (const struct source_disk *)disk;
	static __u8 piece[PIECE] __aligned(PIECE);
	size_t skip, part;

	if (offset > disk->size || length > disk->size - offset)
		return false;
	for (; length; offset += part, data = (__u8 *)data + part, length -= part) {
		skip = offset % PIECE;
		part = length < PIECE - skip ? length : PIECE - skip;
		if (!read_piece(source->fd, offset - skip, piece, skip + part))
			return false;
		memcpy(data, piece + skip, part);
	}
	return true;
}

static struct detected look(const struct disk_config *disk)
{
	struct disk_geometry geometry;
	struct source_disk source = { .disk.read = read_at };
	struct detected found;

	source.fd = disk_look(disk, &geometry);
	source.disk.size = geometry.size;
	source.disk.block = geometry.block;
	found = detect_boot(&source.disk);
	close(source.fd);
	return found;
}

static bool is_installed(const char *name)
{
	const struct firmware_file *file = firmware_find(name);

	return !access(file->path, F_OK) && (!file->vars || !access(file->vars, F_OK));
}

static const char *bios_name(const struct config *config)
{
	return config_has(config, KEEL_CLASS_PCIHOST) ? "seabios" : "microvm";
}

static bool takes_ovmf(const struct config *config)
{
	return config->nvram || (is_installed("ovmf") && !is_installed(bios_name(config)));
}

/* Return: what a disk with @found is started by; of what is not installed, the message tells. */
static const char *name_for(const struct config *config, const struct detected *found)
{
	if (found->uefi && (!found->bios || takes_ovmf(config)))
		return "ovmf";
	return bios_name(config);
}

static void take(struct config *config, const struct disk_config *disk,
		 const struct detected *found)
{
	const char *name = name_for(config, found);
	char why[512];

	snprintf(why, sizeof(why), "%.400s, which has %s%s%s", disk->file.text,
		 found->bios ? "a boot sector" : "", found->bios && found->uefi ? " and " : "",
		 found->uefi ? "an EFI system partition" : "");
	config->firmware.path = text_copy(name, strlen(name));
	config->firmware.why = text_copy(why, strlen(why));
}

static __noreturn void nothing_found(const char *path, bool cd)
{
	if (!path)
		die(STATUS_USAGE, "no kernel given, and no disk is plugged in to start from");
	if (cd)
		die(STATUS_IMAGE,
		    "--disk: %s is a CD image without a boot sector for disks, or a boot image for UEFI (FAT); give a kernel",
		    path);
	die(STATUS_IMAGE,
	    "--disk: %s has neither a boot sector (55 aa behind code) nor an EFI system partition (of a GPT or type ef, with a FAT) for firmware to start; give a kernel: keel run --disk %s KERNEL",
	    path, path);
}

/**
 * firmware_choose() - by the first disk on which there is something to start.
 * @config: without a kernel and firmware; its firmware is the result
 * @must:   die if there is nothing, or if a disk cannot be read
 */
void firmware_choose(struct config *config, bool must)
{
	const char *first = NULL;
	struct detected found;
	bool cd = false;
	unsigned int i;

	for (i = 0; i < config->nr_disks; i++) {
		const struct disk_config *disk = &config->disks[i];

		if (!disk->file.text || (!must && access(disk->file.text, R_OK)))
			continue;
		found = look(disk);
		if (found.bios || found.uefi) {
			take(config, disk, &found);
			return;
		}
		first = first ?: disk->file.text;
		cd |= found.cd;
	}
	if (must)
		nothing_found(first, cd);
}
