/* SPDX-License-Identifier: GPL-2.0 */
/* keel image: disks with a system on them. */
#ifndef KEEL_IMAGE_IMAGE_H
#define KEEL_IMAGE_IMAGE_H

int command_image(int argc, char **argv);

extern const char image_details[];
extern const char image_script[], image_script_end[];	/* create.sh */

#endif /* KEEL_IMAGE_IMAGE_H */
