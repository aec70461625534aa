// SPDX-License-Identifier: GPL-2.0
/* The suites as a module; KUnit finds them by their section and runs them. */
#include <linux/module.h>

MODULE_DESCRIPTION("Keel's KUnit suites");
MODULE_LICENSE("GPL");
