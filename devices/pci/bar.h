/* SPDX-License-Identifier: GPL-2.0 */
/* Regions in BARs: bar.c. */
#ifndef KEEL_PCI_BAR_H
#define KEEL_PCI_BAR_H

#include "../board/board.h"

void keel_board_remap(struct keel_board *board);

#endif /* KEEL_PCI_BAR_H */
