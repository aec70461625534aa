/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every model: KEEL_MODEL(CLASS, name) is KEEL_CLASS_CLASS and keel_name_ops. A chip is on
 * boards once it has its row here. Included by board/dev.h and class.c, with KEEL_MODEL()
 * defined for their purposes.
 */
KEEL_MODEL(PIC, pic)
KEEL_MODEL(IOAPIC, ioapic)
KEEL_MODEL(PIT, pit)
KEEL_MODEL(RTC, rtc)
KEEL_MODEL(PM, pm)
KEEL_MODEL(UART, uart)
KEEL_MODEL(DEBUGEXIT, debugexit)
KEEL_MODEL(TESTDEV, testdev)
KEEL_MODEL(I8042, i8042)
KEEL_MODEL(PCIHOST, pcihost)
KEEL_MODEL(PCITEST, pcitest)
KEEL_MODEL(VIRTIO_MMIO, virtio_mmio)
KEEL_MODEL(VIRTIO_PCI, virtio_pci)
KEEL_MODEL(PVPANIC, pvpanic)
KEEL_MODEL(HPET, hpet)
KEEL_MODEL(BATTERY, battery)
KEEL_MODEL(SCREEN, screen)
KEEL_MODEL(I6300ESB, i6300esb)
KEEL_MODEL(HOTPLUG, hotplug)
KEEL_MODEL(LPC, lpc)
KEEL_MODEL(FWCFG, fwcfg)
KEEL_MODEL(DEBUGCON, debugcon)
