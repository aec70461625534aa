/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whole boards under libFuzzer. The input's first bytes choose the board; the rest are
 * actions of a guest and a host: accesses, time, interrupts, input, reset, save and load.
 * After each of them the checks of invariant.c must hold.
 *
 * An input may request a twin: a second board, made from the first one's saved state, that
 * gets the same actions from then on and must behave the same.
 */
#ifndef KEEL_FUZZ_H
#define KEEL_FUZZ_H

#include "common.h"
#include "../../../devices/virtio/core.h"

#define FUZZ_UNGATED	2	/* the UART whose interrupt OUT2 does not gate */
#define FUZZ_DEVICES	(KEEL_MAX_DEVICES + 2)
#define FUZZ_HOSTS	2
#define FUZZ_ITEMS	64	/* bytes of fw_cfg's items */

/**
 * struct fuzz_host - a fake host.
 * @board:    the board on it
 * @now:      VmTime, ns
 * @deadline: what the board asked for last
 * @intr:     level of the 8259s' INTR
 * @routes:   per GSI, what was programmed last; zero if it is masked
 * @room:     how many more byte_out() takes before it answers false
 * @calls:    calls of the board's in this door
 * @hash:     of everything the board did to its host, and answered, in order
 * @expired:  the board's counter when the door was opened
 * @before:   @deadline when the door was opened
 * @actions:  number of actions so far
 * @direct:   accesses go to the region that contains them, without the bus
 * @services: a bit for each device whose queues are to be started or stopped
 * @remapped: regions have moved since the buses were last checked
 * @text:     the text last taken from a console
 * @hands:    one more source for each line, outside any device
 */
struct fuzz_host {
	struct keel_board *board;
	u64 now;
	u64 deadline;
	bool intr;
	struct keel_route routes[KEEL_MAX_GSIS];
	u32 room;
	u32 calls;
	u64 hash;
	u64 expired;
	u64 before;
	u32 actions;
	bool direct;
	u64 services;
	bool remapped;
	struct keel_vcon_text text;
	struct keel_wire hands[KEEL_LINE_INTR];
};

/**
 * struct fuzz - an input, and the boards that it is run on.
 * @in:      the input
 * @configs: the board's devices
 * @nr_configs: how many
 * @hosts:   the board, and its twin if there is one
 * @nr_hosts: 1 or 2
 * @blob:    a state that the board was in
 * @size:    bytes there
 * @items:   what the boards' fw_cfg has
 */
struct fuzz {
	struct fuzz_input in;
	struct keel_device_config configs[FUZZ_DEVICES];
	unsigned int nr_configs;
	struct fuzz_host hosts[FUZZ_HOSTS];
	unsigned int nr_hosts;
	void *blob;
	size_t size;
	u64 items[FUZZ_ITEMS / sizeof(u64)];
};

/* One behind the last host. */
static inline struct fuzz_host *fuzz_end(struct fuzz *f)
{
	return f->hosts + f->nr_hosts;
}

extern unsigned int fuzz_after;

static inline u8 fuzz_u8(struct fuzz *f)
{
	return input_u8(&f->in);
}

static inline u16 fuzz_u16(struct fuzz *f)
{
	return input_u16(&f->in);
}

static inline u32 fuzz_u32(struct fuzz *f)
{
	return input_u32(&f->in);
}

static inline u64 fuzz_u64(struct fuzz *f)
{
	return input_u64(&f->in);
}

static inline u64 fuzz_scaled(struct fuzz *f)
{
	return input_scaled(&f->in);
}

/* input.c */
void fuzz_take_configs(struct fuzz *f);

/* host.c */
bool fuzz_host_build(struct fuzz *f, struct fuzz_host *h, u64 now);
void fuzz_note(struct fuzz_host *h, u64 what, u64 value);
u64 fuzz_access(struct fuzz_host *h, enum keel_space space, u64 addr, unsigned int len,
		bool write, u64 value);
void fuzz_expire(struct fuzz_host *h);
void fuzz_eoi(struct fuzz_host *h, u8 vector);
void fuzz_intack(struct fuzz_host *h);
void fuzz_host_input(struct fuzz_host *h, unsigned int device, unsigned int input, u64 value);
void fuzz_reset(struct fuzz_host *h);
void fuzz_hand(struct fuzz_host *h, unsigned int line, bool level);
void fuzz_pulse(struct fuzz_host *h, unsigned int line);
void fuzz_jump(struct fuzz_host *h, u64 ns);
void fuzz_advance(struct fuzz_host *h, u64 ns);
void fuzz_load(struct fuzz_host *h, const void *blob, size_t size);
int fuzz_try_load(struct fuzz_host *h, const void *blob, size_t size);

/* action.c, state.c */
void fuzz_action(struct fuzz *f);
void fuzz_all(struct fuzz *f, enum keel_space space, u64 addr, unsigned int len, bool write,
	      u64 value);
void fuzz_save(struct fuzz *f);
void fuzz_restore(struct fuzz *f);
void fuzz_twin(struct fuzz *f);
void fuzz_forge(struct fuzz *f);
void fuzz_compare(struct fuzz *f);
void *fuzz_take_state(struct fuzz_host *h, size_t *size);

/* invariant.c */
void fuzz_door_opened(struct fuzz_host *h);
void fuzz_door_closed(struct fuzz_host *h, bool caught_up);
void fuzz_check(struct fuzz_host *h);
void fuzz_check_wire(struct keel_dev *dev, unsigned int nr, bool level);
void fuzz_check_access(const struct fuzz_host *h, u64 port, const u8 *data, unsigned int len);
void fuzz_check_reset(const struct fuzz_host *h);
void fuzz_check_list(struct fuzz_host *h, bool inspect, unsigned int room);
int fuzz_expected_vector(const struct fuzz_host *h);
struct keel_wire *fuzz_wire(struct keel_dev *dev, unsigned int nr);
const void *fuzz_state_of(const struct keel_dev *dev);

/* pci.c */
void fuzz_check_buses(const struct keel_board *board);
void fuzz_check_function(const struct fuzz_host *h, struct keel_dev *dev);
void fuzz_check_pcihost(const struct fuzz_host *h, struct keel_dev *dev);
void fuzz_check_lpc(const struct fuzz_host *h, struct keel_dev *dev);
void fuzz_pci_config(struct fuzz *f);
void fuzz_pci_place(struct fuzz *f);
void fuzz_pci_msix(struct fuzz *f);
void fuzz_pci_window(struct fuzz *f);

/* fwcfg.c */
void fuzz_fwcfg_give(struct fuzz *f, struct fuzz_host *h);
void fuzz_fwcfg_replace(struct fuzz *f);
void fuzz_fwcfg_select(struct fuzz *f);

/* virtio.c */
void fuzz_serve(struct fuzz_host *h);
void fuzz_check_virtio(const struct fuzz_host *h, struct keel_dev *dev);
void fuzz_virtio_config(struct fuzz *f, struct keel_device_config *config);
void fuzz_virtio_write(struct fuzz *f);
void fuzz_virtio_start(struct fuzz *f);
void fuzz_virtio_say(struct fuzz *f);
void fuzz_virtio_signal(struct fuzz *f, unsigned int instance, unsigned int vector);

#endif /* KEEL_FUZZ_H */
