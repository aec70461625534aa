// SPDX-License-Identifier: GPL-2.0
/* See driver.h. VIRTIO 1.2: 2.7 (split rings), 3.1 (initialization), 4.2 (MMIO). */
#include "driver.h"

#include <string.h>
#include <unistd.h>

#define NEXT	1	/* of struct driver_desc.flags */

void driver_append(struct vm *vm, unsigned int *length, const void *code, unsigned int size)
{
	memcpy(vm->memory + CODE + *length, code, size);
	*length += size;
}

void driver_aim(struct vm *vm, unsigned int instance)
{
	struct kvm_sregs sregs;

	must(!ioctl(vm->vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.es.base = DRIVER_BASE + instance * 0x1000;
	must(!ioctl(vm->vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
}

/* mov dword es:[reg], value */
void driver_poke(struct vm *vm, unsigned int *length, u16 reg, u32 value)
{
	const u8 code[] = { 0x26, 0x66, 0xc7, 0x06, reg, reg >> 8 };

	driver_append(vm, length, code, sizeof(code));
	driver_append(vm, length, &value, sizeof(value));
}

/* 1: inc word [0]; cmp byte [2], 0; je 1b */
void driver_await(struct vm *vm, unsigned int *length)
{
	static const u8 code[] = { 0xff, 0x06, 0, 0, 0x80, 0x3e, DRIVER_FLAG, 0, 0, 0x74, 0xf5 };

	driver_append(vm, length, code, sizeof(code));
}

void driver_set_flag(struct vm *vm)
{
	__atomic_store_n(vm->memory + PROGRESS + DRIVER_FLAG, 1, __ATOMIC_RELEASE);
}

void driver_spin(struct vm *vm, unsigned int length)
{
	driver_append(vm, &length, guest_spin.code, guest_spin.length);
}

void driver_start(struct vm *vm, unsigned int *length, u32 queue)
{
	const struct { u16 reg; u32 value; } writes[] = {
		{ 0x70, 3 }, { 0x24, 1 }, { 0x20, 1 }, { 0x70, 0xb },
		{ 0x30, queue }, { 0x38, DRIVER_ROOM },
		{ 0x80, DRIVER_DESC }, { 0x90, DRIVER_AVAIL }, { 0xa0, DRIVER_USED }, { 0x44, 1 },
		{ 0x70, 0xf }, { 0x50, queue },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++)
		driver_poke(vm, length, writes[i].reg, writes[i].value);
}

void driver_chain(struct vm *vm, const struct driver_desc *descs, unsigned int nr)
{
	struct driver_desc *to = (struct driver_desc *)(vm->memory + DRIVER_DESC);
	const u16 avail[] = { 0, 1, 0 };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		to[i] = descs[i];
		to[i].flags |= i + 1 < nr ? NEXT : 0;
		to[i].next = i + 1;
	}
	memcpy(vm->memory + DRIVER_AVAIL, avail, sizeof(avail));
}

void driver_send(struct vm *vm, u32 queue, u32 size)
{
	const struct driver_desc desc = { .addr = DRIVER_DATA, .len = size };
	unsigned int length = 0;

	driver_chain(vm, &desc, 1);
	memset(vm->memory + DRIVER_DATA, 'x', size);
	driver_start(vm, &length, queue);
	driver_spin(vm, length);
}

bool driver_is_used(const struct vm *vm)
{
	return __atomic_load_n((u16 *)(vm->memory + DRIVER_USED + 2), __ATOMIC_ACQUIRE) == 1;
}

bool driver_becomes_used(const struct vm *vm)
{
	int i;

	for (i = 0; i < 500 && !driver_is_used(vm); i++)
		pause_ms(20);
	return driver_is_used(vm);
}

size_t read_all(int fd, char *buffer, size_t size)
{
	size_t nr = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 500 && nr < size; i++) {
		n = read(fd, buffer + nr, size - nr);
		if (n > 0)
			nr += n;
		else
			pause_ms(20);
	}
	return nr;
}

size_t fill(int fd)
{
	char page[4096] = "";
	size_t nr = 0;

	while (write(fd, page, sizeof(page)) > 0)
		nr += sizeof(page);
	return nr;
}
