// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that a guest has accessed, and no device answers at: what lies there on a PC, and which
 * option has to do with it.
 */
#include <string.h>

#include "base.h"
#include "control/stats.h"
#include "control/unmapped.h"
#include "status.h"
#include "uapi/keel.h"

/**
 * struct landmark - what lies at some addresses of a PC.
 * @first: the first one
 * @last:  the last one
 * @what:  lies there
 * @keel:  what Keel has to do with it; NULL: Keel has no such device
 */
struct landmark {
	__u64 first;
	__u64 last;
	const char *what;
	const char *keel;
};

static const struct landmark ports[] = {
	{ 0x00, 0x0f, "a DMA controller", NULL },
	{ 0x20, 0x21, "the master 8259", "--no-pic leaves it out" },
	{ 0x40, 0x43, "the 8254 timer", "--no-pit leaves it out" },
	{ 0x60, 0x64, "the 8042", "--no-i8042 leaves it out" },
	{ 0x70, 0x71, "the RTC", "--no-rtc leaves it out" },
	{ 0x80, 0x8f, "the DMA controllers' pages", NULL },
	{ 0xa0, 0xa1, "the slave 8259", "--no-pic leaves it out" },
	{ 0xb2, 0xb3, "the chipset's SMI command", NULL },
	{ 0xc0, 0xdf, "a DMA controller", NULL },
	{ 0xe9, 0xe9, "the debug console of emulators", NULL },
	{ 0xf0, 0xff, "the coprocessor's error latch", NULL },
	{ 0x170, 0x177, "the second IDE channel", "disks are virtio devices: --disk" },
	{ 0x1f0, 0x1f7, "the first IDE channel", "disks are virtio devices: --disk" },
	{ 0x278, 0x27f, "a parallel port", NULL },
	{ 0x2e8, 0x2ef, "COM4", "--serial pio:0x2e8,3" },
	{ 0x2f8, 0x2ff, "COM2", "--serial pio:0x2f8" },
	{ 0x376, 0x376, "the second IDE channel", "disks are virtio devices: --disk" },
	{ 0x378, 0x37f, "a parallel port", NULL },
	{ 0x3d4, 0x3d5, "the text screen's controller", "--screen text" },
	{ 0x3da, 0x3da, "the text screen's status", "--screen text" },
	{ 0x3b0, 0x3df, "VGA", NULL },
	{ 0x3e8, 0x3ef, "COM3", "--serial pio:0x3e8,4" },
	{ 0x3f0, 0x3f5, "the floppy disk controller", NULL },
	{ 0x3f6, 0x3f6, "the first IDE channel", "disks are virtio devices: --disk" },
	{ 0x3f7, 0x3f7, "the floppy disk controller", NULL },
	{ 0x3f8, 0x3ff, "COM1", "--no-uart and --serial leave it out" },
	{ 0x402, 0x402, "the debug port of firmware", NULL },
	{ 0x4d0, 0x4d1, "the 8259s' ELCR", "--no-pic leaves it out" },
	{ 0x510, 0x51b, "QEMU's interface to its firmware", "kernels are booted without firmware" },
	{ 0x600, 0x63f, "the ACPI hardware", "--no-pm leaves it out" },
	{ 0xcf8, 0xcff, "PCI configuration space", "0xcf8 takes 32 bits; none with --no-pci" },
	{ 0x5658, 0x5659, "VMware's interface to its guests", NULL },
};

static const struct landmark memory[] = {
	{ 0xb8000, 0xbffff, "the text screen", "--screen text" },
	{ 0xa0000, 0xb7fff, "VGA's memory", NULL },
	{ 0xe0000000, 0xefffffff, "PCI configuration space", "--no-pci leaves it out" },
	{ 0xfec00000, 0xfec00fff, "the IOAPIC", "--no-ioapic leaves it out" },
	{ 0xfed00000, 0xfed003ff, "the HPET", "--no-hpet leaves it out" },
	{ 0xfed40000, 0xfed44fff, "the TPM", NULL },
	{ 0xfee00000, 0xfee00fff, "the LAPIC", "the guest has switched it off, or to x2APIC mode" },
	{ 0xff000000, 0xffffffff, "the firmware's ROM", "kernels are booted without firmware" },
};

static const struct landmark *find(const struct landmark *list, size_t nr, __u64 address)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (address >= list[i].first && address <= list[i].last)
			return &list[i];
	return NULL;
}

static const struct landmark *landmark_at(bool is_memory, __u64 address)
{
	return is_memory ? find(memory, ARRAY_SIZE(memory), address) :
			   find(ports, ARRAY_SIZE(ports), address);
}

/* What lies there on a PC, into "text"; empty if that is not known */
static const char *lies_there(bool is_memory, __u64 address, char text[100])
{
	const struct landmark *mark = landmark_at(is_memory, address);

	text[0] = 0;
	if (mark && mark->keel)
		snprintf(text, 100, "; on a PC: %s (%s)", mark->what, mark->keel);
	else if (mark)
		snprintf(text, 100, "; on a PC: %s, which Keel does not have", mark->what);
	return text;
}

/* ---- The list: in it an address's values follow each other ---- */

enum { ADDRESS, WIDTHS, READS, WRITES, RIP, NR_VALUES };

static bool begins_with(const char *text, const char *begin)
{
	return !strncmp(text, begin, strlen(begin));
}

/* Does an address's list of values begin here? */
static bool is_address(const struct counters *c, __u32 at)
{
	const char *name = c->list[at].name, *dot = strrchr(name, '.');

	return c->nr - at >= NR_VALUES && begins_with(name, "unmapped_") && dot &&
	       !strcmp(dot, ".address");
}

static void print_address(const struct keel_stat *s, FILE *to)
{
	bool is_memory = begins_with(s->name, "unmapped_mmio");
	unsigned int width;
	char text[100];

	fprintf(to, "  %s 0x%llx: %llu reads, %llu writes, width", is_memory ? "address" : "port",
		s[ADDRESS].value, s[READS].value, s[WRITES].value);
	for (width = 1; width <= 8; width *= 2)
		if (s[WIDTHS].value & width)
			fprintf(to, " %u", width);
	if (s[RIP].value)
		fprintf(to, ", first at rip 0x%llx", s[RIP].value);
	fprintf(to, "%s\n", lies_there(is_memory, s[ADDRESS].value, text));
}

/**
 * unmapped_print() - a list of them, if there are any.
 * @c:  all counters
 * @to: where to
 */
void unmapped_print(const struct counters *c, FILE *to)
{
	bool any = false;
	__u32 i;

	for (i = 0; i < c->nr; i++) {
		if (!is_address(c, i))
			continue;
		if (!any)
			fprintf(to, "no device answers at\n");
		any = true;
		print_address(&c->list[i], to);
	}
}

/* unmapped_is_address() - is this a value of one address, which unmapped_print() shows? */
bool unmapped_is_address(const struct keel_stat *s)
{
	return begins_with(s->name, "unmapped_") && strchr(s->name, '.') != strrchr(s->name, '.');
}

/**
 * unmapped_polled() - tell the user what a guest seems to wait for.
 * @polls: arg of KEEL_EXIT_POLLS
 */
void unmapped_polled(__u64 polls)
{
	bool is_memory = polls & KEEL_POLLS_MEMORY;
	__u64 address = polls & ~(KEEL_POLLS_MEMORY | KEEL_POLLS_PORT);
	char text[100];

	warn_line("the guest polls %s 0x%llx, where no device answers%s",
		  is_memory ? "address" : "port", address, lies_there(is_memory, address, text));
}
