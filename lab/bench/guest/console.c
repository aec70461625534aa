// SPDX-License-Identifier: GPL-2.0
/*
 * A virtio console: a line of 80 characters is one buffer, whose completion is polled, as Linux
 * does.
 */
#include "../../tests/payloads/virtio.h"
#include "measure.h"

#define LINE		80
#define LINES		200

enum { RX, TX };

static struct vfunction console;
static struct vring rings[2];
static const char text[LINE + 1] =
	"# a line of eighty characters, as a kernel has thousands of them to say at boot\n";

static void write_line(void)
{
	struct vring *q = &rings[TX];

	q->desc[0] = (struct vdesc){ (u32)text, LINE, 0, 0 };
	vring_add(q, 0);
	vring_kick(q);
	while (vring_get(q, NULL) < 0)
		asm volatile("pause");
}

void measure_console(void)
{
	if (!virtio_find(&console, VIRTIO_CONSOLE))
		return;
	check(virtio_negotiate(&console, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX), "a console");
	check(virtio_queue(&console, &rings[RX], RX, 0), "its queue for input");
	check(virtio_queue(&console, &rings[TX], TX, 0), "its queue for output");
	virtio_ready(&console);
	measure("line-virtio", write_line, LINES, 1);
}
