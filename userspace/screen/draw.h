/* SPDX-License-Identifier: GPL-2.0 */
/* --screen text: the guest's text screen and keyboard on the terminal. */
#ifndef KEEL_SCREEN_DRAW_H
#define KEEL_SCREEN_DRAW_H

struct vm;

void draw_open(struct vm *vm);
void draw_start(void);
void draw_continued(void);
void draw_stop(void);
void draw_last(const struct vm *vm);

#endif /* KEEL_SCREEN_DRAW_H */
