/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PIC_H
#define KEEL_PIC_H

#include <linux/types.h>


#endif /* KEEL_PIC_H */
