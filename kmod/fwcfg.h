/* SPDX-License-Identifier: GPL-2.0 */
/* Firmware configuration: KEEL_FWCFG_SET. */
#ifndef KEEL_FWCFG_SET_H
#define KEEL_FWCFG_SET_H

long keel_fwcfg_set(void *owner, void *arg);

#endif /* KEEL_FWCFG_SET_H */
