/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* The version of module, launcher and packages, and of kernels: packaging/ reads them here. */
#ifndef KEEL_VERSION_H
#define KEEL_VERSION_H

#define KEEL_VERSION		"0.1"

/* The kernels that the module is built for and tested on, the first and the last. */
#define KEEL_KERNEL_FIRST	"6.1"
#define KEEL_KERNEL_LAST	"7.3"

#endif /* KEEL_VERSION_H */
