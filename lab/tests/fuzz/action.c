// SPDX-License-Identifier: GPL-2.0
/* Actions of guests and hosts: one byte chooses each, a few more give details. */
#include "fuzz.h"

/* ---- Accesses ---- */

/**
 * fuzz_all() - an access on every host.
 * @f:     the input
 * @space: KEEL_PIO or KEEL_MMIO
 * @addr:  address
 * @len:   1 to 16 bytes
 * @write: direction
 * @value: what to write
 */
void fuzz_all(struct fuzz *f, enum keel_space space, u64 addr, unsigned int len, bool write,
	      u64 value)
{
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_access(h, space, addr, len, write, value);
}

/* Large regions are mostly empty: offsets of registers in them, and a few empty ones. */
static u32 action_offset(u8 byte, const struct keel_region *region)
{
	static const u16 offsets[] = {
		0x00, 0x10, 0x40, 0x04, 0x14, 0x44, 0x0c, 0x01,
		0x11, 0x12, 0x13, 0x3f, 0x41, 0x20, 0xfff, 0xff8,
	};

	return region->length > 256 ? offsets[byte % 16] : byte % region->length;
}

/* One byte chooses among all ports of all devices, so that most accesses hit registers. */
static u64 action_register(struct fuzz *f, enum keel_space *space)
{
	const struct keel_board *board = f->hosts[0].board;
	const struct keel_region *region = &board->regions[fuzz_u8(f) % board->nr_regions];

	*space = region->dev->ops->regions[region->nr].space;
	return region->base + action_offset(fuzz_u8(f), region);
}

static void action_out(struct fuzz *f)
{
	enum keel_space space;
	u64 addr = action_register(f, &space);

	fuzz_all(f, space, addr, 1, true, fuzz_u8(f));
}

static void action_in(struct fuzz *f)
{
	enum keel_space space;
	u64 addr = action_register(f, &space);

	fuzz_all(f, space, addr, 1, false, 0);
}

static unsigned int action_length(u8 byte)
{
	static const u8 lengths[] = { 2, 4, 8, 1, 3, 5, 7, 16 };

	return lengths[byte % 8];
}

/* Any width, and from up to 7 bytes before a register. */
static void action_access(struct fuzz *f)
{
	enum keel_space space;
	u64 addr = action_register(f, &space);
	u8 how = fuzz_u8(f);

	addr -= how >> 4 & 7;
	fuzz_all(f, space, addr, action_length(how), how & 8,
		 !(how & 8) ? 0 : how & 0x80 ? fuzz_u64(f) : fuzz_u32(f));
}

/* Any address, the ends of the address space included. */
static void action_anywhere(struct fuzz *f)
{
	u8 how = fuzz_u8(f);
	u64 addr = how & 0x10 ? fuzz_u64(f) : fuzz_u16(f);

	if (how & 0x20)
		addr = -(addr & 0xff);
	if (!(how & 0x40))
		addr = (u16)addr;
	fuzz_all(f, how & 0x40 ? KEEL_MMIO : KEEL_PIO, addr, action_length(how), how & 8,
		 how & 8 ? fuzz_u32(f) : 0);
}

/* ---- Sequences that a fuzzer would take long to find ---- */

static const struct keel_region *action_region_of(struct fuzz *f, unsigned int class,
						  unsigned int instance, unsigned int nr)
{
	const struct keel_board *board = f->hosts[0].board;
	const struct keel_dev *dev = keel_board_find(board, class, instance);

	return dev ? &board->regions[dev->region + nr] : NULL;
}

static void action_ioapic_entry(struct fuzz *f)
{
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_IOAPIC, 0, 0);
	u8 index = 0x10 + fuzz_u8(f) % (2 * KEEL_NR_GSIS);
	u32 value = index & 1 ? (u32)fuzz_u8(f) << 24 : fuzz_u32(f) & 0x1ffff;

	if (!region)
		return;
	fuzz_all(f, KEEL_MMIO, region->base, 4, true, index);
	fuzz_all(f, KEEL_MMIO, region->base + 0x10, 4, true, value);
}

static void action_pic_init(struct fuzz *f, const struct keel_region *region, u8 chip, u8 how)
{
	fuzz_all(f, KEEL_PIO, region->base, 1, true, 0x11 | (how & 2));
	fuzz_all(f, KEEL_PIO, region->base + 1, 1, true, 0x20 + chip * 8);
	if (!(how & 2))
		fuzz_all(f, KEEL_PIO, region->base + 1, 1, true, 4 >> chip);
	fuzz_all(f, KEEL_PIO, region->base + 1, 1, true, 1 | (how & 0x12));
	fuzz_all(f, KEEL_PIO, region->base + 1, 1, true, how >> 7 ? fuzz_u8(f) : 0);
}

/* ICWs, or an OCW and a read after it. */
static void action_pic(struct fuzz *f)
{
	u8 chip = fuzz_u8(f), how = fuzz_u8(f);
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_PIC, 0, chip & 1);

	if (!region)
		return;
	if (!(chip & 2)) {
		action_pic_init(f, region, chip & 1, how);
		return;
	}
	fuzz_all(f, KEEL_PIO, region->base, 1, true, how & ~0x10);
	if (chip & 4)
		fuzz_all(f, KEEL_PIO, region->base + (chip >> 3 & 1), 1, false, 0);
}

static void action_pit_program(struct fuzz *f)
{
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_PIT, 0, 0);
	u8 control = fuzz_u8(f), counter = control >> 6;
	u16 count = fuzz_u16(f);

	if (!region)
		return;
	fuzz_all(f, KEEL_PIO, region->base + 3, 1, true, control);
	if (counter == 3 || !(control & 0x30))
		return;
	if (control & 0x10)
		fuzz_all(f, KEEL_PIO, region->base + counter, 1, true, count);
	if (control & 0x20)
		fuzz_all(f, KEEL_PIO, region->base + counter, 1, true, count >> 8);
}

static void action_rtc_register(struct fuzz *f)
{
	static const u8 registers[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 11, 10, 0x32 };
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_RTC, 0, 0);
	u8 which = fuzz_u8(f);

	if (!region)
		return;
	fuzz_all(f, KEEL_PIO, region->base, 1, true, registers[which % 16]);
	if (which & 0x80)
		fuzz_all(f, KEEL_PIO, region->base + 1, 1, false, 0);
	else
		fuzz_all(f, KEEL_PIO, region->base + 1, 1, true, fuzz_u8(f));
}

/* FIFO, interrupts, OUT2, divisor: a driver's start. */
static void action_uart_start(struct fuzz *f)
{
	u8 how = fuzz_u8(f), ier = fuzz_u8(f), divisor = fuzz_u8(f);
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_UART, how & 3, 0);
	enum keel_space space;
	u32 stride;

	if (!region)
		return;
	space = region->dev->ops->regions[0].space;
	stride = region->length / 8;
	fuzz_all(f, space, region->base + 3 * stride, 1, true, 0x80 | ier >> 4);
	fuzz_all(f, space, region->base, 1, true, divisor);
	fuzz_all(f, space, region->base + 3 * stride, 1, true, ier >> 4);
	fuzz_all(f, space, region->base + 2 * stride, 1, true, (how & 0xc0) | (how >> 2 & 7));
	fuzz_all(f, space, region->base + 4 * stride, 1, true, 8 | (how & 0x20 ? 0x10 : 3));
	fuzz_all(f, space, region->base + stride, 1, true, ier & 15);
}

static void action_pm_enable(struct fuzz *f)
{
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_PM, 0, 0);
	u16 enable = fuzz_u16(f);

	if (!region)
		return;
	fuzz_all(f, KEEL_PIO, KEEL_PM_SMI_CMD, 1, true,
		 enable & 2 ? KEEL_PM_ACPI_DISABLE : KEEL_PM_ACPI_ENABLE);
	fuzz_all(f, KEEL_PIO, region->base + KEEL_PM_PM1_EN, 2, true, enable);
	fuzz_all(f, KEEL_PIO, region->base + KEEL_PM_GPE0_EN, 2, true, enable);
}

/* The counter, interrupt status, the general configuration. */
static void action_hpet_general(struct fuzz *f, u64 base, u8 how)
{
	if (how & 0x10)
		fuzz_all(f, KEEL_MMIO, base + 0xf0, 8, true, fuzz_u64(f));
	if (how & 0x20)
		fuzz_all(f, KEEL_MMIO, base + 0x20, 4, true, fuzz_u8(f));
	fuzz_all(f, KEEL_MMIO, base + 0x10, 4, true, how >> 2);
}

/* Configuration, message, a match that is ahead of the counter, and a period. */
static void action_hpet(struct fuzz *f)
{
	const struct keel_region *region = action_region_of(f, KEEL_CLASS_HPET, 0, 0);
	u8 how = fuzz_u8(f), nr = how & 3, width = how & 4 ? 4 : 8;
	u64 timer, counter;

	if (!region)
		return;
	if (nr == 3) {
		action_hpet_general(f, region->base, how);
		return;
	}
	timer = region->base + 0x100 + 0x20 * nr;
	fuzz_all(f, KEEL_MMIO, timer, 4, true, fuzz_u16(f));
	if (how & 8)
		fuzz_all(f, KEEL_MMIO, timer + 0x10, 8, true,
			 0xfee00000ULL << 32 | (u64)fuzz_u16(f) << 36 | fuzz_u16(f));
	counter = fuzz_access(&f->hosts[0], KEEL_MMIO, region->base + 0xf0, 8, false, 0);
	if (f->nr_hosts == 2)
		fuzz_access(&f->hosts[1], KEEL_MMIO, region->base + 0xf0, 8, false, 0);
	fuzz_all(f, KEEL_MMIO, timer + 8, width, true, counter + fuzz_scaled(f) / 16);
	if (how & 0x10)
		fuzz_all(f, KEEL_MMIO, timer + 8, width, true, fuzz_u16(f));
}

/* To the controller, to the keyboard, to the mouse: a byte, and perhaps an argument. */
static void action_i8042_command(struct fuzz *f)
{
	const struct keel_region *data = action_region_of(f, KEEL_CLASS_I8042, 0, 0);
	u8 how = fuzz_u8(f), byte = fuzz_u8(f);

	if (!data)
		return;
	if (how & 1)
		fuzz_all(f, KEEL_PIO, data[1].base, 1, true, how & 2 ? 0xd4 : fuzz_u8(f));
	fuzz_all(f, KEEL_PIO, data->base, 1, true, byte);
	if (how & 4)
		fuzz_all(f, KEEL_PIO, data->base, 1, true, fuzz_u8(f));
	if (how & 8)
		fuzz_all(f, KEEL_PIO, data->base, 1, false, 0);
}

/* ---- Time ---- */

static void action_time(struct fuzz *f)
{
	u8 how = fuzz_u8(f) % 8;
	u64 ns = how < 4 ? fuzz_scaled(f) : 0;
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++) {
		u64 until = h->deadline > h->now && h->deadline < KEEL_TIME_MAX ?
			    h->deadline - h->now : 0;

		if (how < 2)
			fuzz_advance(h, ns);
		else if (how == 3)
			fuzz_jump(h, until + ns);		/* the host is late */
		else if (how == 4)
			fuzz_jump(h, until);
		else if (how == 5)
			fuzz_jump(h, until ? until - 1 : 0);
		else if (how == 6)
			fuzz_jump(h, until + 1);
		else
			fuzz_jump(h, ns);
	}
}

static void action_expire(struct fuzz *f)
{
	struct fuzz_host *h;

	trace("expire\n");
	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_expire(h);
}

/* ---- Interrupts ---- */

static void action_intack(struct fuzz *f)
{
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_intack(h);
}

/* Mostly for a vector that a pin uses; or so many for one pin that it is throttled. */
static void action_eoi(struct fuzz *f)
{
	u8 pin = fuzz_u8(f);
	u8 vector = pin & 0x80 ? pin : f->hosts[0].routes[pin % KEEL_NR_GSIS].data;
	unsigned int times = pin == 0x7f ? 1001 : 1, i;
	struct fuzz_host *h;

	trace("%u x eoi(%#x)\n", times, vector);
	for (h = f->hosts; h < fuzz_end(f); h++)
		for (i = 0; i < times; i++)
			fuzz_eoi(h, vector);
}

static void action_hand(struct fuzz *f)
{
	u8 which = fuzz_u8(f);
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_hand(h, which % KEEL_LINE_INTR, which >= 0x80);
}

/* A line, or a number that no line has */
static void action_pulse(struct fuzz *f)
{
	u8 line = fuzz_u8(f);
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_pulse(h, line >= 0xe0 ? line : line % KEEL_NR_LINES);
}

/* ---- Host ---- */

static void action_host(struct fuzz *f)
{
	u8 device = fuzz_u8(f), input = fuzz_u8(f);
	u64 value = input & 0x40 ? fuzz_u64(f) : input & 0x20 ? fuzz_scaled(f) : fuzz_u8(f);
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_host_input(h, device, (input & 7) | (input & 0x80 ? 0x100 : 0), value);
}

/* Up to sixteen bytes for a UART, or until it takes no more. */
static void action_receive(struct fuzz *f)
{
	const struct keel_board *board = f->hosts[0].board;
	u8 how = fuzz_u8(f), byte = fuzz_u8(f);
	const struct keel_dev *dev = keel_board_find(board, KEEL_CLASS_UART, how & 3);
	struct fuzz_host *h;
	unsigned int i;

	if (!dev)
		return;
	for (h = f->hosts; h < fuzz_end(f); h++)
		for (i = 0; i <= how >> 4; i++)
			fuzz_host_input(h, dev->index, KEEL_HOST_RX, byte + i);
}

/* Keys, movements, the wheel, buttons; several times. */
static void action_input(struct fuzz *f)
{
	const struct keel_dev *dev = keel_board_find(f->hosts[0].board, KEEL_CLASS_I8042, 0);
	u8 how = fuzz_u8(f), times = how >> 4;
	u64 value = fuzz_u8(f);
	struct fuzz_host *h;
	unsigned int i;

	if ((how & 3) == KEEL_INPUT_MOVE)
		value |= fuzz_u32(f);
	if ((how & 3) == KEEL_INPUT_WHEEL)
		value |= fuzz_u8(f) << 8;
	if (how & 4)
		value ^= KEEL_INPUT_PRESSED;
	if (how & 8)
		value |= KEEL_INPUT_TRY;
	for (h = f->hosts; dev && h < fuzz_end(f); h++)
		for (i = 0; i <= times; i++)
			fuzz_host_input(h, dev->index, how & 3,
					value ^ (i & 1 ? KEEL_INPUT_PRESSED : 0));
}

static void action_room(struct fuzz *f)
{
	u8 room = fuzz_u8(f), byte = fuzz_u8(f);
	const struct keel_dev *dev =
		keel_board_find(f->hosts[0].board, KEEL_CLASS_UART, byte & 3);
	struct fuzz_host *h;

	trace("room(%u)\n", room);
	for (h = f->hosts; h < fuzz_end(f); h++) {
		h->room = room == 0xff ? U32_MAX : room & 0x1f;
		if (dev && byte & 0x80)
			fuzz_host_input(h, dev->index, KEEL_HOST_TX_ROOM, 0);
	}
}

static void action_reset(struct fuzz *f)
{
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_reset(h);
}

/* The whole list, or its start. */
static void action_list(struct fuzz *f)
{
	u8 how = fuzz_u8(f);
	struct fuzz_host *h;

	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_check_list(h, how & 0x80, how & 0x7f ? how & 0x7f : 1024);
}

static void (*const actions[32])(struct fuzz *f) = {
	action_out, action_in, action_access, action_time,
	action_intack, action_eoi, action_host, action_hand,
	action_out, fuzz_pci_config, action_anywhere, action_time,
	action_receive, action_room, action_reset, action_list,
	action_ioapic_entry, action_pic, action_pit_program, action_rtc_register,
	action_uart_start, action_pm_enable, action_expire, action_i8042_command,
	fuzz_save, fuzz_restore, fuzz_twin, fuzz_forge,
	fuzz_pci_config, fuzz_pci_msix, action_input, fuzz_forge,
};

/* Later actions have numbers of their own, so that older inputs keep their meaning. */
static void (*const later_actions[32])(struct fuzz *f) = {
	fuzz_virtio_write, fuzz_virtio_start, fuzz_virtio_say, fuzz_pci_place,
	fuzz_pci_window, fuzz_virtio_start, fuzz_virtio_say, fuzz_virtio_write,
	fuzz_virtio_write, fuzz_virtio_start, fuzz_virtio_say, fuzz_pci_place,
	fuzz_pci_window, fuzz_virtio_start, fuzz_virtio_say, action_hpet,
	fuzz_virtio_write, fuzz_virtio_start, fuzz_virtio_say, fuzz_pci_place,
	fuzz_pci_window, fuzz_virtio_start, action_pulse, fuzz_virtio_write,
	fuzz_virtio_write, fuzz_fwcfg_select, fuzz_virtio_say, fuzz_pci_place,
	fuzz_fwcfg_replace, fuzz_virtio_start, fuzz_virtio_say, action_hpet,
};

#define ACTION_LATER	0xe0

/**
 * fuzz_action() - do the next action, and check the invariants.
 * @f: the input
 */
void fuzz_action(struct fuzz *f)
{
	u8 action = fuzz_u8(f);

	if (action >= ACTION_LATER)
		later_actions[action % ARRAY_SIZE(later_actions)](f);
	else
		actions[action % ARRAY_SIZE(actions)](f);
	fuzz_check(&f->hosts[0]);
	if (f->nr_hosts == 2)
		fuzz_compare(f);
}
