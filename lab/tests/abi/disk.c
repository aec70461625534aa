// SPDX-License-Identifier: GPL-2.0
/* What KEEL_SET_MEMORY, KEEL_ATTACH_BLK and KEEL_ATTACH_RNG refuse. */
#include "abi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASE	0xfeb00000ULL

/* A VM with a disk, instance 0, and an entropy device, instance 1. */
static void create(struct vm *vm)
{
	u32 nr;

	vm_prepare(vm);
	nr = vm->config.nr_devices;
	vm->devices[nr] = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .irq = 10, .base = BASE,
		.virtio.type = KEEL_VIRTIO_BLK,
	};
	vm->devices[nr + 1] = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .instance = 1, .irq = 11, .base = BASE + 0x1000,
		.virtio.type = KEEL_VIRTIO_RNG,
	};
	vm->config.nr_devices += 2;
	vm->keel = vm_create(vm);
	must(vm->keel >= 0, "a VM with virtio devices");
}

/* ---- Memory ---- */

static struct keel_memory_region regions[KEEL_MAX_MEMORY + 1];

static int set_memory(struct vm *vm, u32 nr, u64 addr, u64 size, u64 user)
{
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)regions, .nr = nr,
	};

	regions[0] = (struct keel_memory_region) { addr, size, user, 0 };
	return ioctl(vm->keel, KEEL_SET_MEMORY, &memory);
}

static void memory_in_child(void *arg)
{
	struct vm *vm = arg;
	int ret = set_memory(vm, 1, 0, MEMORY_SIZE, (uintptr_t)vm->memory);

	exit(failed_with(ret, EIO) ? 0 : 1);
}

static void memory(void)
{
	struct keel_memory request = { .size = sizeof(request), .regions = NOWHERE, .nr = 1 };
	struct vm vm;
	u64 user;

	create(&vm);
	user = (uintptr_t)vm.memory;
	FAILS(set_memory(&vm, 0, 0, MEMORY_SIZE, user), EINVAL, "no region");
	FAILS(set_memory(&vm, KEEL_MAX_MEMORY + 1, 0, MEMORY_SIZE, user), EINVAL, "too many");
	FAILS(set_memory(&vm, 1, 0, 0, user), EINVAL, "an empty region");
	FAILS(set_memory(&vm, 1, -4096ULL, 8192, user), EINVAL, "a region that wraps");
	FAILS(set_memory(&vm, 1, 1ULL << 52, 4096, user), EINVAL, "an address that no CPU has");
	FAILS(set_memory(&vm, 1, 0, 4096, KERNEL), EINVAL, "the kernel's memory");
	FAILS(set_memory(&vm, 1, 0, 4096, -4096ULL), EINVAL, "a mapping that wraps");
	regions[1] = (struct keel_memory_region) { MEMORY_SIZE - 1, 4096, user, 0 };
	FAILS(set_memory(&vm, 2, 0, MEMORY_SIZE, user), EINVAL, "regions that overlap");
	FAILS(ioctl(vm.keel, KEEL_SET_MEMORY, &request), EFAULT, "an unmapped table");
	ok(in_child(memory_in_child, &vm, 20) == 0, "another process is refused");
	regions[1].addr = MEMORY_SIZE;
	regions[1].reserved = 1;
	FAILS(set_memory(&vm, 2, 0, MEMORY_SIZE, user), EINVAL, "reserved in a region");
	regions[1].reserved = 0;
	WORKS(set_memory(&vm, 2, 0, MEMORY_SIZE, user), "regions side by side");
	FAILS(set_memory(&vm, 1, 0, MEMORY_SIZE, user), EBUSY, "a second time");
	vm_close(&vm);
}

/* ---- Files behind a device ---- */

static struct keel_attach_blk disk(int fd)
{
	return (struct keel_attach_blk) {
		.size = sizeof(struct keel_attach_blk), .class = KEEL_CLASS_VIRTIO_MMIO, .fd = fd,
		.block_size = 512, .capacity = 8,
	};
}

static int attach(struct vm *vm, int fd)
{
	struct keel_attach_blk request = disk(fd);

	return ioctl(vm->keel, KEEL_ATTACH_BLK, &request);
}

/* Opens files that must be refused, and closes them again. */
static void refuses_file(struct vm *vm, int error, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	must(fd >= 0, path);
	FAILS(attach(vm, fd), error, "%s, opened with %#x", path, flags);
	close(fd);
}

static void wrong_files(struct vm *vm, const char *path)
{
	int pipes[2];

	FAILS(attach(vm, -1), EBADF, "no file");
	FAILS(attach(vm, 1000), EBADF, "a descriptor that is not open");
	refuses_file(vm, EBADF, path, O_WRONLY);
	refuses_file(vm, EINVAL, path, O_RDWR | O_APPEND);
	refuses_file(vm, EBADF, path, O_PATH);
	refuses_file(vm, EOPNOTSUPP, "/tmp", O_RDONLY | O_DIRECTORY);
	refuses_file(vm, EOPNOTSUPP, "/dev/null", O_RDWR);
	refuses_file(vm, EOPNOTSUPP, "/proc/self/status", O_RDONLY);
	refuses_file(vm, EOPNOTSUPP, "/sys/kernel/notes", O_RDONLY);
	must(!pipe(pipes), "pipe");
	FAILS(attach(vm, pipes[0]), EOPNOTSUPP, "a pipe");
	FAILS(attach(vm, vm->keel), EOPNOTSUPP, "a VM");
	close(pipes[0]);
	close(pipes[1]);
}

static void wrong_values(struct vm *vm, int fd)
{
	struct keel_attach_rng entropy = {
		.size = sizeof(entropy), .class = KEEL_CLASS_VIRTIO_MMIO,
	};
	struct keel_attach_blk request;

#define REFUSES(error, name, ...) ({ \
	request = disk(fd); \
	__VA_ARGS__; \
	FAILS(ioctl(vm->keel, KEEL_ATTACH_BLK, &request), error, "%s", name); \
})

	REFUSES(ENODEV, "a device that is none", request.class = KEEL_CLASS_UART);
	REFUSES(ENODEV, "an instance that is not there", request.instance = 2);
	REFUSES(ENODEV, "an entropy device", request.instance = 1);
	REFUSES(EINVAL, "no block size", request.block_size = 0);
	REFUSES(EINVAL, "blocks of 256 bytes", request.block_size = 256);
	REFUSES(EINVAL, "blocks of 513 bytes", request.block_size = 513);
	REFUSES(EINVAL, "blocks of 128 KiB", request.block_size = 0x20000);
	REFUSES(EINVAL, "half a block", request.block_size = 4096, request.capacity = 12);
	REFUSES(EINVAL, "more bytes than 63 bits", request.capacity = 1ULL << 54);
#undef REFUSES
	FAILS(ioctl(vm->keel, KEEL_ATTACH_RNG, &entropy), ENODEV, "entropy for a disk");
	entropy.instance = 1;
	WORKS(ioctl(vm->keel, KEEL_ATTACH_RNG, &entropy), "an entropy device");
	FAILS(ioctl(vm->keel, KEEL_ATTACH_RNG, &entropy), EBUSY, "a second time");
}

struct attached {
	struct vm *vm;
	int fd;
};

static void attach_in_child(void *arg)
{
	struct attached *a = arg;

	exit(failed_with(attach(a->vm, a->fd), EIO) ? 0 : 1);
}

static void behind(void)
{
	char path[] = "/tmp/abi-disk-XXXXXX";
	int fd = mkstemp(path), before;
	struct vm vm;
	struct attached a = { &vm, fd };

	must(fd >= 0 && !ftruncate(fd, 4096), "a disk");
	before = open_fds();
	create(&vm);
	wrong_files(&vm, path);
	wrong_values(&vm, fd);
	ok(in_child(attach_in_child, &a, 20) == 0, "another process is refused");
	WORKS(attach(&vm, fd), "a file");
	FAILS(attach(&vm, fd), EBUSY, "a second time");
	unlink(path);
	close(fd);
	vm_close(&vm);
	ok(open_fds() == before - 1, "no descriptor is left open");
}

static long detach(struct vm *vm, u16 class, u16 instance)
{
	struct keel_detach request = {
		.size = sizeof(request), .class = class, .instance = instance,
	};

	return ioctl(vm->keel, KEEL_DETACH, &request);
}

static void detach_in_child(void *arg)
{
	exit(failed_with(detach(arg, KEEL_CLASS_VIRTIO_MMIO, 0), EIO) ? 0 : 1);
}

/* A disk loses its file, and gets another one, again and again. */
static void detaches(void)
{
	char path[] = "/tmp/abi-disk-XXXXXX";
	struct keel_attach_blk request;
	int fd = mkstemp(path), i;
	struct vm vm;

	must(fd >= 0 && !ftruncate(fd, 4096), "a disk");
	unlink(path);
	create(&vm);
	WORKS(attach(&vm, fd), "a file");
	FAILS(detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 0), EBUSY, "DETACH, while the VM is not paused");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	FAILS(detach(&vm, KEEL_CLASS_UART, 0), ENODEV, "of a device that is none");
	FAILS(detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 9), ENODEV, "of one that is not there");
	FAILS(detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 1), ENOTCONN, "of one that has no back end");
	ok(in_child(detach_in_child, &vm, 20) == 0, "another process is refused");
	WORKS(detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 0), "of the disk");
	FAILS(detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 0), ENOTCONN, "a second time");
	request = disk(fd);
	request.server++;
	FAILS(ioctl(vm.keel, KEEL_ATTACH_BLK, &request), EINVAL, "a file, by another server");
	for (i = 0; i < 100; i++)
		if (attach(&vm, fd) || vm_value(&vm, KEEL_STATS, "vmmio0", "queue.0.refused") ||
		    detach(&vm, KEEL_CLASS_VIRTIO_MMIO, 0))
			break;
	ok(i == 100, "it comes and goes (%d, errno %d)", i, errno);
	WORKS(attach(&vm, fd), "and comes");
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	vm_close(&vm);
	close(fd);
}

void test_disk(void)
{
	memory();
	behind();
	detaches();
}
