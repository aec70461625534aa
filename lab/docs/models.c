// SPDX-License-Identifier: GPL-2.0
/*
 * Prints, as JSON, what each model's ops say of its places, lines, counters and PCI identity. The
 * pages of Documentation/devices show that, and so cannot differ from what a board has.
 */
#include <stdio.h>

#include "../../devices/board/class.h"
#include "../../devices/board/dev.h"
#include "../../devices/pci/pci.h"

/* JSON has no comma behind the last of a list. */
static const char *comma(unsigned int i, unsigned int nr)
{
	return i + 1 < nr ? "," : "";
}

static void print_regions(const struct keel_dev_ops *ops)
{
	unsigned int i;

	printf("  \"regions\": [");
	for (i = 0; i < ops->nr_regions; i++) {
		const struct keel_region_desc *r = &ops->regions[i];

		printf("\n    {\"label\": \"%s\", \"memory\": %d, \"base\": %llu, \"length\": %u, ",
		       r->label, r->space == KEEL_MMIO, (unsigned long long)r->base, r->length);
		printf("\"width\": %u, \"bar\": %d, \"follows\": %d, \"reach\": %u}%s", r->width,
		       r->in_bar - 1, r->follows, r->reach, comma(i, ops->nr_regions));
	}
	printf("],\n");
}

static void print_wires(const struct keel_dev_ops *ops)
{
	unsigned int i;

	printf("  \"wires\": [");
	for (i = 0; i < ops->nr_wires; i++) {
		const struct keel_wire_desc *w = &ops->wires[i];

		printf("\n    {\"label\": \"%s\", \"line\": %u, \"shared\": %d, \"intx\": %d}%s",
		       w->label, w->line, w->shared, w->intx, comma(i, ops->nr_wires));
	}
	printf("],\n");
}

static void print_counters(const struct keel_dev_ops *ops)
{
	unsigned int i;

	printf("  \"counters\": [");
	for (i = 0; i < ops->nr_counters; i++)
		printf("\n    {\"label\": \"%s\", \"nr\": %u}%s", ops->counters[i].label,
		       ops->counters[i].nr, comma(i, ops->nr_counters));
	printf("],\n");
}

static void print_pci(const struct keel_pci_desc *pci)
{
	if (!pci) {
		printf("  \"pci\": null");
		return;
	}
	printf("  \"pci\": {\"vendor\": %u, \"device\": %u, \"class\": %u, \"pin\": %u, ",
	       pci->vendor, pci->device, pci->class_code, pci->pin);
	printf("\"vectors\": %u}", pci->vectors);
}

static void print_model(unsigned int class)
{
	const struct keel_dev_ops *ops = keel_class_ops(class);

	printf("{ \"name\": \"%s\", \"class\": %u, \"version\": %u, \"state\": %u,\n", ops->name,
	       class, ops->version, (unsigned int)ops->state_size);
	print_regions(ops);
	print_wires(ops);
	print_counters(ops);
	print_pci(ops->pci);
	printf("}%s\n", comma(class, KEEL_NR_CLASSES));
}

int main(void)
{
	unsigned int class;

	printf("[");
	for (class = 1; class < KEEL_NR_CLASSES; class++)
		print_model(class);
	printf("]\n");
	return 0;
}
