/* SPDX-License-Identifier: GPL-2.0 */
/* What is on the guest's text screen. */
#ifndef KEEL_SCREEN_PICTURE_H
#define KEEL_SCREEN_PICTURE_H

#include <stdio.h>

#include "base.h"

struct vm;

#define PICTURE_COLUMNS	132	/* what is beyond is not shown */
#define PICTURE_ROWS	60

/* Of a cell */
#define CELL_CODE(cell)		((cell) & 0xff)
#define CELL_FOREGROUND(cell)	((cell) >> 8 & 0xf)
#define CELL_BACKGROUND(cell)	((cell) >> 12 & 0x7)
#define CELL_BLINKS(cell)	((cell) >> 15)

/**
 * struct picture - what is on the screen at a moment.
 * @columns: characters in a row
 * @rows:    of them
 * @cells:   a character's code and colours, as the guest's memory has them
 * @cursor:  it is shown, at:
 * @column:  see @cursor
 * @row:     see @cursor
 */
struct picture {
	unsigned int columns;
	unsigned int rows;
	__u16 cells[PICTURE_ROWS][PICTURE_COLUMNS];
	bool cursor;
	unsigned int column;
	unsigned int row;
};

bool picture_read(struct picture *picture, const struct vm *vm);
void picture_print(const struct picture *picture, FILE *to);
const char *picture_text(const struct vm *vm, bool json, char **text);

#endif /* KEEL_SCREEN_PICTURE_H */
