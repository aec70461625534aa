/* SPDX-License-Identifier: GPL-2.0 */
/* The models by class: class.c. */
#ifndef KEEL_BOARD_CLASS_H
#define KEEL_BOARD_CLASS_H

struct keel_dev_ops;

const struct keel_dev_ops *keel_class_ops(unsigned int class);

#endif /* KEEL_BOARD_CLASS_H */
