// SPDX-License-Identifier: GPL-2.0
/*
 * The accelerator: Keel's regions on the VM's in-kernel I/O buses, so that an
 * access is answered inside KVM_RUN. The only file that includes KVM's internal
 * header; probes.mk leaves it out where the header does not have what is needed,
 * and everything works without it.
 *
 * KVM does not export its bus registration. A bus is an array that is copied,
 * changed and published under slots_lock and the VM's srcu; so is it here.
 *
 * What this file knows of KVM's structs it knows from a header. The symbols that it
 * imports from KVM take a struct kvm, so that the kernel's symbol versions refuse this
 * module beside a KVM whose structs are others, and modprobe loads KVM first. Without
 * symbol versions the kernel takes modules of its own release only.
 *
 * Regions in BARs move. What is published is then out of date until the vCPU that moved
 * them comes to keel_kvm_bus_remap(), before its next instruction. Nothing depends on
 * that: an access that KVM finds a region for is only answered if the board has the
 * region there, and one without a region goes to the loop, which asks the board. So a VM
 * whose new ranges cannot be published for lack of memory is slower, and no more.
 *
 * All ports are one range on KVM's bus, and a table says which region a port is of: KVM searches a
 * bus by halves, and each step costs an access as much as the table does. Regions that move are in
 * it as well, so that a move of ports publishes nothing. A port without a region comes here and is
 * refused: KVM then asks the other ranges that it has there, which the process has made, and goes
 * to the loop if there are none.
 *
 * Doorbells in memory whose address names the queue are on KVM's bus for fast MMIO as well. VMX
 * asks that bus before it decodes the instruction, with an address alone: a length of 0 and no
 * data. A read looks the same there, and notifies; what is in doorbells reads as nothing in
 * particular. What is not answered there, KVM decodes, and it comes to the other bus.
 */
#include <linux/kvm_host.h>
#include <linux/slab.h>
#include <kvm/iodev.h>

#include "door.h"
#include "doorbell.h"
#include "kvm_bus.h"
#include "lock.h"
#include "vm.h"

#define BUS_PAGE	0x100		/* ports of a page of the table */

/**
 * struct bus_region - a region as KVM sees it.
 * @device: what KVM calls
 * @fast:   what it calls for a doorbell in memory before it decodes the instruction
 * @vm:     its VM
 * @region: the region
 * @space:  ports or memory
 * @by_address: it has @fast
 * @moves:  it is in a BAR, or a doorbell: whether it is there is asked at each access
 * @doorbell: writes notify a queue
 * @base:   where it is published, or KEEL_NOWHERE; under slots_lock. That of ports that do not move
 *          stays
 * @peeks:  reads without the board's lock that the board's counters do not have yet
 */
struct bus_region {
	struct kvm_io_device device;
	struct kvm_io_device fast;
	struct keel_vm *vm;
	struct keel_region *region;
	enum keel_space space;
	bool by_address;
	bool moves;
	bool doorbell;
	u64 base;
	atomic64_t peeks;
};

/**
 * struct bus_page - BUS_PAGE ports.
 * @region_of: the region of each, or NULL; written under slots_lock
 */
struct bus_page {
	struct bus_region *region_of[BUS_PAGE];
};

/**
 * struct keel_kvm_bus - what is registered.
 * @nr:      regions
 * @bases:   where they are to be published; under slots_lock
 * @ports:   what KVM calls for ports
 * @pages:   all ports; a page that has had a region stays. Written under slots_lock
 * @regions: each of them
 */
struct keel_kvm_bus {
	unsigned int nr;
	u64 *bases;
	struct kvm_io_device ports;
	struct bus_page *pages[KEEL_PORTS / BUS_PAGE];
	struct bus_region regions[];
};

/* A page without a region, in the place of those that are not needed. */
static struct bus_page bus_no_ports;

static int bus_read(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
		    void *data)
{
	struct bus_region *region = container_of(device, struct bus_region, device);

	return keel_door_bus_read(region->vm, region->region, addr, len, data);
}

static int bus_write(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
		     const void *data)
{
	struct bus_region *region = container_of(device, struct bus_region, device);

	return keel_door_bus_write(region->vm, region->region, addr, len, data);
}

static const struct kvm_io_device_ops bus_ops = {
	.read = bus_read,
	.write = bus_write,
};

/* ---- The same where reads may do without the lock ---- */

static int bus_peek(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
		    void *data)
{
	struct bus_region *region = container_of(device, struct bus_region, device);

	return keel_door_bus_peek(region->vm, region->region, addr, len, data, &region->peeks);
}

static const struct kvm_io_device_ops bus_peek_ops = {
	.read = bus_peek,
	.write = bus_write,
};

/* ---- The same for regions in BARs; what is not there any more goes to the loop ---- */

static int bus_bar_access(struct kvm_io_device *device, gpa_t addr, int len, void *data,
			  bool write)
{
	struct bus_region *region = container_of(device, struct bus_region, device);

	return keel_door_bar_access(region->vm, region->region, addr, data, len, write);
}

static int bus_bar_read(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
			void *data)
{
	return bus_bar_access(device, addr, len, data, false);
}

static int bus_bar_write(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr,
			 int len, const void *data)
{
	return bus_bar_access(device, addr, len, (void *)data, true);
}

static const struct kvm_io_device_ops bus_bar_ops = {
	.read = bus_bar_read,
	.write = bus_bar_write,
};

/* ---- The same for doorbells, in a BAR or not: nearly all accesses are notifications ---- */

static int bus_doorbell_write(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr,
			      int len, const void *data)
{
	struct bus_region *region = container_of(device, struct bus_region, device);

	if (keel_doorbell_region(region->vm, region->region, addr, data, len))
		return 0;
	return bus_bar_access(device, addr, len, (void *)data, true);
}

static const struct kvm_io_device_ops bus_doorbell_ops = {
	.read = bus_bar_read,
	.write = bus_doorbell_write,
};

/* ---- The same for ports, of all kinds ---- */

/* The region of a port, or NULL: addresses of ports have 16 bits, and so has each index. */
static __always_inline struct bus_region *bus_port(const struct kvm_io_device *device, gpa_t addr)
{
	const struct keel_kvm_bus *bus = container_of(device, struct keel_kvm_bus, ports);
	const struct bus_page *page = READ_ONCE(bus->pages[(u8)(addr / BUS_PAGE)]);

	return READ_ONCE(page->region_of[(u8)addr]);
}

/* Does a region that does not move, and has @addr, hold all of an access? */
static __always_inline bool bus_port_holds(const struct bus_region *region, gpa_t addr, int len)
{
	return len == 1 || addr + len <= region->base + region->region->length;
}

static int bus_port_read(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
			 void *data)
{
	struct bus_region *region = bus_port(device, addr);

	if (!region)
		return -EOPNOTSUPP;
	if (region->moves)
		return bus_bar_access(&region->device, addr, len, data, false);
	if (!bus_port_holds(region, addr, len))
		return -EOPNOTSUPP;
	if (region->region->peek)
		return keel_door_bus_peek(region->vm, region->region, addr, len, data,
					  &region->peeks);
	return keel_door_bus_read(region->vm, region->region, addr, len, data);
}

static int bus_port_write(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr,
			  int len, const void *data)
{
	struct bus_region *region = bus_port(device, addr);

	if (!region)
		return -EOPNOTSUPP;
	if (region->doorbell)
		return bus_doorbell_write(vcpu, &region->device, addr, len, data);
	if (region->moves)
		return bus_bar_access(&region->device, addr, len, (void *)data, true);
	if (!bus_port_holds(region, addr, len))
		return -EOPNOTSUPP;
	return keel_door_bus_write(region->vm, region->region, addr, len, data);
}

static const struct kvm_io_device_ops bus_port_ops = {
	.read = bus_port_read,
	.write = bus_port_write,
};

/* ---- And for doorbells by their address alone: @len is 0 ---- */

static int bus_fast_write(struct kvm_vcpu *vcpu, struct kvm_io_device *device, gpa_t addr, int len,
			  const void *data)
{
	struct bus_region *region = container_of(device, struct bus_region, fast);

	return keel_doorbell_region(region->vm, region->region, addr, data, len) ? 0 : -EOPNOTSUPP;
}

static const struct kvm_io_device_ops bus_fast_ops = {
	.write = bus_fast_write,
};

/* ---- What is published ---- */

static const enum kvm_bus bus_kinds[] = { KVM_PIO_BUS, KVM_MMIO_BUS, KVM_FAST_MMIO_BUS };

static bool bus_is_ours(const struct keel_kvm_bus *ours, const struct kvm_io_range *range)
{
	const void *device = range->dev;

	return device == &ours->ports || (device >= (const void *)ours->regions &&
	       device < (const void *)(ours->regions + ours->nr));
}

/* What a region is on a bus, or NULL. Ports are no ranges of their own there. */
static struct kvm_io_device *bus_device(struct bus_region *region, enum kvm_bus kind)
{
	if (kind == KVM_FAST_MMIO_BUS)
		return region->by_address ? &region->fast : NULL;
	return kind == KVM_MMIO_BUS && region->space == KEEL_MMIO ? &region->device : NULL;
}

/* Copies what is not ours; returns how many ranges that is. */
static int bus_copy_others(const struct keel_kvm_bus *ours, const struct kvm_io_bus *from,
			   struct kvm_io_range *to)
{
	int i, nr = 0;

	for (i = 0; i < from->dev_count; i++)
		if (!bus_is_ours(ours, &from->range[i]))
			to[nr++] = from->range[i];
	return nr;
}

/* KVM searches the array by address: ranges stay sorted. */
static void bus_insert(struct kvm_io_bus *bus, const struct kvm_io_range *range)
{
	int at = bus->dev_count++;

	for (; at && bus->range[at - 1].addr > range->addr; at--)
		bus->range[at] = bus->range[at - 1];
	bus->range[at] = *range;
}

static void bus_add_ports(struct kvm_io_bus *bus, struct keel_kvm_bus *ours)
{
	const struct kvm_io_range range = { .addr = 0, .len = KEEL_PORTS, .dev = &ours->ports };

	bus_insert(bus, &range);
}

static void bus_add_ours(struct kvm_io_bus *bus, struct keel_vm *vm, enum kvm_bus kind)
{
	unsigned int i;

	if (kind == KVM_PIO_BUS)
		bus_add_ports(bus, vm->bus);

	for (i = 0; i < vm->bus->nr; i++) {
		struct bus_region *region = &vm->bus->regions[i];
		struct kvm_io_range range = {
			.addr = vm->bus->bases[i], .len = region->region->length,
			.dev = bus_device(region, kind),
		};

		if (!range.dev)
			continue;
		region->base = range.addr;
		if (region->base != KEEL_NOWHERE)
			bus_insert(bus, &range);
	}
}

static void bus_replace(struct kvm *kvm, enum kvm_bus nr, struct kvm_io_bus *new)
{
	rcu_assign_pointer(kvm->buses[nr], new);
	synchronize_srcu_expedited(&kvm->srcu);
}

/*
 * No memory for a smaller array: the VM loses the whole bus, as KVM does it in the
 * same place. The VM is at its end anyway, and KVM must not call into freed memory.
 */
static void bus_give_up(const struct keel_kvm_bus *ours, const struct kvm_io_bus *bus)
{
	int i;

	for (i = 0; i < bus->dev_count; i++) {
		struct kvm_io_device *device = bus->range[i].dev;

		if (!bus_is_ours(ours, &bus->range[i]) && device->ops->destructor)
			device->ops->destructor(device);
	}
}

/* Replaces one bus by a copy without our ranges, and with them if @add. */
static int bus_publish(struct keel_vm *vm, struct kvm *kvm, enum kvm_bus kind, bool add)
{
	struct kvm_io_bus *old, *new;
	unsigned int nr;

	old = rcu_dereference_protected(kvm->buses[kind], lockdep_is_held(&kvm->slots_lock));
	if (!old)	/* KVM gave the bus up for lack of memory */
		return add ? -ENOMEM : 0;
	nr = old->dev_count + vm->bus->nr + 1;	/* one for all ports */
	new = kmalloc(struct_size(new, range, nr), GFP_KERNEL_ACCOUNT);
	if (!new && add)
		return -ENOMEM;
	if (new) {
		memcpy(new, old, offsetof(struct kvm_io_bus, range));
		new->dev_count = bus_copy_others(vm->bus, old, new->range);
		if (add)
			bus_add_ours(new, vm, kind);
	}
	bus_replace(kvm, kind, new);
	if (!new)
		bus_give_up(vm->bus, old);
	kfree(old);
	return 0;
}

/* For each region of the board its base now, or KEEL_NOWHERE. */
static void bus_find_regions(struct keel_vm *vm, u64 *bases)
{
	const struct keel_board *board = vm->board;
	unsigned long flags = keel_lock_open(vm);
	unsigned int i;

	for (i = 0; i < board->nr_regions; i++)
		bases[i] = board->regions[i].mapped ? board->regions[i].base : KEEL_NOWHERE;
	WRITE_ONCE(vm->remapped, false);
	keel_lock_close(vm, flags);
}

/* ---- The table of ports ---- */

static int bus_need_page(struct keel_kvm_bus *bus, u32 nr)
{
	struct bus_page *page;

	if (bus->pages[nr] != &bus_no_ports)
		return 0;
	page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	/* Empty before a vCPU finds it */
	smp_store_release(&bus->pages[nr], page);
	return 0;
}

static bool bus_has_ports(const struct bus_region *region, u64 base)
{
	return region->space == KEEL_PIO && base < KEEL_PORTS &&
	       region->region->length <= KEEL_PORTS - base;
}

static int bus_need_pages(struct keel_kvm_bus *bus)
{
	unsigned int i;
	u32 page;

	for (i = 0; i < bus->nr; i++) {
		u64 base = bus->bases[i], end = base + bus->regions[i].region->length;

		if (!bus_has_ports(&bus->regions[i], base))
			continue;
		for (page = base / BUS_PAGE; page < DIV_ROUND_UP(end, BUS_PAGE); page++)
			if (bus_need_page(bus, page))
				return -ENOMEM;
	}
	return 0;
}

/* Writes an owner, a region or NULL, into the table where the region is published. */
static void bus_set_ports(struct keel_kvm_bus *bus, const struct bus_region *region,
			  struct bus_region *owner)
{
	u32 port;

	if (!bus_has_ports(region, region->base))
		return;
	for (port = region->base; port < region->base + region->region->length; port++)
		WRITE_ONCE(bus->pages[port / BUS_PAGE]->region_of[port % BUS_PAGE], owner);
}

/*
 * Puts ports where the board has them. vCPUs may look meanwhile: what they find is asked whether it
 * is there, and where they find nothing the loop asks the board.
 */
static int bus_place_ports(struct keel_kvm_bus *bus)
{
	unsigned int i;

	if (bus_need_pages(bus))
		return -ENOMEM;
	for (i = 0; i < bus->nr; i++)
		if (bus->regions[i].base != bus->bases[i])
			bus_set_ports(bus, &bus->regions[i], NULL);
	for (i = 0; i < bus->nr; i++) {
		struct bus_region *region = &bus->regions[i];

		if (region->space != KEEL_PIO || region->base == bus->bases[i])
			continue;
		region->base = bus->bases[i];
		bus_set_ports(bus, region, region);
	}
	return 0;
}

/* ---- All of it ---- */

static int bus_publish_all(struct keel_vm *vm, bool add)
{
	struct kvm *kvm = vm->kvm_file->private_data;
	unsigned int i;
	int ret = 0, one;

	mutex_lock(&kvm->slots_lock);
	bus_find_regions(vm, vm->bus->bases);
	if (add)
		ret = bus_place_ports(vm->bus);
	for (i = 0; i < ARRAY_SIZE(bus_kinds); i++) {
		one = bus_publish(vm, kvm, bus_kinds[i], add);
		ret = ret ? ret : one;
	}
	mutex_unlock(&kvm->slots_lock);
	return ret;
}

/* Buses on which a region has moved since it was published, a bit for each of bus_kinds. */
static unsigned int bus_stale(struct keel_kvm_bus *ours)
{
	unsigned int i, kind, stale = 0;

	for (i = 0; i < ours->nr; i++)
		for (kind = 0; kind < ARRAY_SIZE(bus_kinds); kind++)
			if (ours->regions[i].base != ours->bases[i] &&
			    bus_device(&ours->regions[i], bus_kinds[kind]))
				stale |= BIT(kind);
	return stale;
}

/**
 * keel_kvm_bus_available() - is the accelerator compiled in?
 */
bool keel_kvm_bus_available(void)
{
	return true;
}

static struct keel_kvm_bus *bus_alloc(unsigned int nr)
{
	struct keel_kvm_bus *bus = kvzalloc(struct_size(bus, regions, nr), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!bus)
		return NULL;
	bus->nr = nr;
	for (i = 0; i < ARRAY_SIZE(bus->pages); i++)
		bus->pages[i] = &bus_no_ports;
	kvm_iodevice_init(&bus->ports, &bus_port_ops);
	bus->bases = kvcalloc(nr, sizeof(*bus->bases), GFP_KERNEL_ACCOUNT);
	if (bus->bases)
		return bus;
	kvfree(bus);
	return NULL;
}

static const struct kvm_io_device_ops *bus_ops_for(const struct keel_region_desc *desc)
{
	if (desc->doorbell)
		return &bus_doorbell_ops;
	if (desc->in_bar)
		return &bus_bar_ops;
	return desc->peek ? &bus_peek_ops : &bus_ops;
}

static void bus_init_region(struct bus_region *ours, struct keel_vm *vm,
			    struct keel_region *region)
{
	const struct keel_region_desc *desc = &region->dev->ops->regions[region->nr];

	kvm_iodevice_init(&ours->device, bus_ops_for(desc));
	kvm_iodevice_init(&ours->fast, &bus_fast_ops);
	ours->vm = vm;
	ours->region = region;
	ours->space = desc->space;
	ours->moves = desc->in_bar || desc->doorbell;
	ours->doorbell = desc->doorbell;
	ours->base = KEEL_NOWHERE;
	ours->by_address = desc->space == KEEL_MMIO && desc->doorbell == KEEL_BELL_ADDRESS;
}

static void bus_free(struct keel_kvm_bus *bus)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bus->pages); i++)
		if (bus->pages[i] != &bus_no_ports)
			kfree(bus->pages[i]);
	kvfree(bus->bases);
	kvfree(bus);
}

static struct keel_kvm_bus *bus_make(struct keel_vm *vm)
{
	struct keel_board *board = vm->board;
	struct keel_kvm_bus *bus = bus_alloc(board->nr_regions);
	unsigned int i;

	if (!bus)
		return NULL;
	for (i = 0; i < board->nr_regions; i++)
		bus_init_region(&bus->regions[i], vm, &board->regions[i]);
	return bus;
}

/**
 * keel_kvm_bus_register() - answer the board's regions inside KVM_RUN.
 * @vm: with its board and its KVM VM
 *
 * Return: 0, -ENOMEM, or -ENODEV for a KVM VM that is at its end.
 */
int keel_kvm_bus_register(struct keel_vm *vm)
{
	if (!kvm_get_kvm_safe(vm->kvm_file->private_data))
		return -ENODEV;
	vm->bus = bus_make(vm);
	if (!vm->bus) {
		kvm_put_kvm(vm->kvm_file->private_data);
		return -ENOMEM;
	}
	return bus_publish_all(vm, true);
}

/**
 * keel_kvm_bus_remap() - publish regions where they are now.
 * @vm: with its accelerator; the caller is not inside KVM_RUN
 */
void keel_kvm_bus_remap(struct keel_vm *vm)
{
	struct kvm *kvm = vm->kvm_file->private_data;
	unsigned int kind, stale;

	if (mutex_lock_killable(&kvm->slots_lock))	/* another thread may sleep for a page */
		return;
	bus_find_regions(vm, vm->bus->bases);
	vm->bus_failures += !!bus_place_ports(vm->bus);
	stale = bus_stale(vm->bus);
	for (kind = 0; kind < ARRAY_SIZE(bus_kinds); kind++)
		if (stale & BIT(kind))
			vm->bus_failures += !!bus_publish(vm, kvm, bus_kinds[kind], true);
	mutex_unlock(&kvm->slots_lock);
}

/**
 * keel_kvm_bus_unregister() - nothing calls the board from KVM_RUN any more.
 * @vm: the VM, registered or not
 */
void keel_kvm_bus_unregister(struct keel_vm *vm)
{
	if (!vm->bus)
		return;
	bus_publish_all(vm, false);
	bus_free(vm->bus);
	vm->bus = NULL;
	kvm_put_kvm(vm->kvm_file->private_data);
}

/**
 * keel_kvm_bus_count() - give the board's counters the reads that were made without its lock.
 * @vm: the VM
 *
 * So that the counters, which are read next, are exact.
 */
void keel_kvm_bus_count(struct keel_vm *vm)
{
	unsigned long flags;
	unsigned int i;

	if (!vm->bus)
		return;
	flags = keel_lock_open(vm);
	for (i = 0; i < vm->bus->nr; i++) {
		struct bus_region *ours = &vm->bus->regions[i];
		u64 peeks = ours->region->peek ? atomic64_xchg(&ours->peeks, 0) : 0;

		ours->region->reads += peeks;
		vm->bus_accesses += peeks;
	}
	keel_lock_close(vm, flags);
}

/**
 * keel_kvm_bus_same_vm() - does a vCPU belong to a VM?
 * @vm:   a file of a KVM VM
 * @vcpu: a file of a KVM vCPU
 */
bool keel_kvm_bus_same_vm(const struct file *vm, const struct file *vcpu)
{
	const struct kvm_vcpu *v = vcpu->private_data;

	return v->kvm == vm->private_data;
}

/**
 * keel_kvm_bus_find_rip() - find where KVM has a vCPU's RIP.
 * @vcpu: a file of a KVM vCPU, which the caller keeps
 * @rip:  out
 */
void keel_kvm_bus_find_rip(const struct file *vcpu, struct keel_kvm_rip *rip)
{
	const struct kvm_vcpu_arch *arch = &((const struct kvm_vcpu *)vcpu->private_data)->arch;

	rip->known = (const unsigned long *)&arch->regs_avail;
#ifdef KEEL_KVM_OWN_RIP
	rip->bit = VCPU_REG_RIP;
	rip->value = &arch->rip;
#else
	rip->bit = VCPU_REGS_RIP;
	rip->value = &arch->regs[VCPU_REGS_RIP];
#endif
}
