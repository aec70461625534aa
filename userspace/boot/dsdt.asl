/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The board as ACPI names it. Which devices are there, and the processors, are in
 * a small SSDT that acpi.c writes: HAVE has a bit for each KEEL_CLASS_*, PISA is the
 * line that the 8259s have PCI's interrupts on.
 *
 * Chips that are not PCI functions are right under \_SB: there is a machine without PCI
 * as well. Power and sleep button are
 * the fixed ones of the PM1 block and need no device here.
 */
DefinitionBlock ("dsdt.aml", "DSDT", 2, "KEEL", "KEELDSDT", 1)
{
	External (HAVE, IntObj)
	External (PISA, IntObj)
	External (\_SB.PCI0.HPNT, MethodObj)
	External (MLOW, IntObj)		/* with firmware: PCI's memory above RAM, its first byte */
	External (MTOP, IntObj)		/* and its last one */

	Name (PCLS, 1)		/* KEEL_CLASS_PIC */
	Name (TCLS, 3)		/* KEEL_CLASS_PIT */
	Name (RCLS, 4)		/* KEEL_CLASS_RTC */
	Name (MCLS, 5)		/* KEEL_CLASS_PM */
	Name (UCLS, 6)		/* KEEL_CLASS_UART */
	Name (DCLS, 7)		/* KEEL_CLASS_DEBUGEXIT */
	Name (XCLS, 8)		/* KEEL_CLASS_TESTDEV */
	Name (KCLS, 9)		/* KEEL_CLASS_I8042 */
	Name (BCLS, 10)		/* KEEL_CLASS_PCIHOST */
	Name (NCLS, 14)		/* KEEL_CLASS_PVPANIC */
	Name (HCLS, 15)		/* KEEL_CLASS_HPET */
	Name (ACLS, 16)		/* KEEL_CLASS_BATTERY */
	Name (GCLS, 19)		/* KEEL_CLASS_HOTPLUG */
	Name (LCLS, 20)		/* KEEL_CLASS_LPC: the board starts from firmware, and has PCI */
	Name (FCLS, 21)		/* KEEL_CLASS_FWCFG: it starts from firmware */

	/* _STA of a device: present, enabled, shown and working, or nothing of these */
	Method (STAT, 1, NotSerialized)
	{
		If ((HAVE & (1 << Arg0)))
		{
			Return (0x0F)
		}
		Return (Zero)
	}

	/* SLP_TYP of PM1_CNT: suspend to disk, "soft off"; the SSDT may have S3 */
	Name (\_S4, Package () { 0x04, 0x04, Zero, Zero })
	Name (\_S5, Package () { 0x05, 0x05, Zero, Zero })

	/* 0: the guest takes interrupts from the 8259s, 1: from the IOAPIC */
	Name (PICM, Zero)
	Method (\_PIC, 1, NotSerialized)
	{
		PICM = Arg0
	}

	Scope (\_SB)
	{
		/*
		 * A PCI bus, not PNP0A08: of PCI Express there is the ECAM alone, which needs no
		 * _OSC. To one of PCI Express without _OSC, Linux says that the platform retains
		 * control of features that are not there.
		 */
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, Zero)
			Name (_SEG, Zero)
			Name (_BBN, Zero)
			Method (_STA) { Return (STAT (BCLS)) }
			Name (WINK, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0x0000, 0x0000, 0x0000, 0x0000, 0x0001)
				IO (Decode16, 0x0CF8, 0x0CF8, 0x01, 0x08)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0x0000, 0x0000, 0x0CF7, 0x0000, 0x0CF8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0x0000, 0x0D00, 0xFFFF, 0x0000, 0xF300)
				/* From the ECAM to the virtio devices over MMIO */
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0x00000000, 0xE0100000, 0xFEAFFFFF, 0x00000000, 0x1EA00000)
			})
			/* From RAM to the IOAPIC, without firmware's ECAM */
			Name (WINF, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0x0000, 0x0000, 0x0000, 0x0000, 0x0001)
				IO (Decode16, 0x0CF8, 0x0CF8, 0x01, 0x08)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0x0000, 0x0000, 0x0CF7, 0x0000, 0x0CF8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0x0000, 0x0D00, 0xFFFF, 0x0000, 0xF300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0x00000000, 0x80000000, 0xBFFFFFFF, 0x00000000, 0x40000000,
					,, W32A)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0x00000000, 0xC0000000, 0xFEBFFFFF, 0x00000000, 0x3EC00000,
					,, W32B)
				QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0x0000000000000000, 0x0000000100000000, 0x00000001FFFFFFFF,
					0x0000000000000000, 0x0000000100000000, ,, W64)
			})
			Method (_CRS, 0, Serialized)
			{
				If (STAT (LCLS))
				{
					CreateQWordField (WINF, \_SB.PCI0.W64._MIN, WMIN)
					CreateQWordField (WINF, \_SB.PCI0.W64._MAX, WMAX)
					CreateQWordField (WINF, \_SB.PCI0.W64._LEN, WLEN)
					WMIN = MLOW
					WMAX = MTOP
					WLEN = (MTOP - MLOW + One)
					If (ECAB ())
					{
						CreateDWordField (WINF, \_SB.PCI0.W32A._MAX, AMAX)
						CreateDWordField (WINF, \_SB.PCI0.W32A._LEN, ALEN)
						CreateDWordField (WINF, \_SB.PCI0.W32B._MIN, BMIN)
						CreateDWordField (WINF, \_SB.PCI0.W32B._LEN, BLEN)
						AMAX = (ECAB () - One)
						ALEN = (ECAB () - 0x80000000)
						BMIN = (ECAB () + \_SB.PCI0.MCH.ECAL ())
						BLEN = (0xFEC00000 - BMIN)
					}
					Return (WINF)
				}
				Return (WINK)
			}

			/*
			 * The ECAM, or 0: firmware has it nowhere between RAM and the IOAPIC. With
			 * firmware there is no MCFG: it would have to say in advance where the ECAM
			 * will be.
			 */
			Method (ECAB)
			{
				If (STAT (LCLS))
				{
					Return (\_SB.PCI0.MCH.ECAB ())
				}
				Return (0xE0000000)
			}

			/* PCI Firmware 3.0, 4.1.3; Linux asks a bus that is not PCI Express, too */
			Method (_CBA)
			{
				Return (ECAB ())
			}

			/* Of the functions that can wake the machine, and of the host's wake */
			Name (_PRW, Package () { 0x04, 0x03 })

			/*
			 * Pin A of slot s is on PIRQ s mod 4, and so on: the IOAPIC's pins
			 * 16 to 19, or for the 8259s all on one line, or where firmware has
			 * the LPC bridge route them.
			 */
			Method (_PRT, 0, Serialized)
			{
				Local0 = Package (128) {}
				Local1 = Zero
				While (Local1 < 128)
				{
					Local2 = Package (4) { Zero, Zero, Zero, Zero }
					Local2[Zero] = (((Local1 >> 2) << 16) | 0xFFFF)
					Local2[One] = (Local1 & 3)
					If (PICM)
					{
						Local2[3] = (16 + (((Local1 >> 2) + (Local1 & 3)) & 3))
					}
					ElseIf (STAT (LCLS))
					{
						Local3 = (((Local1 >> 2) + (Local1 & 3)) & 3)
						Local2[3] = ((\_SB.PCI0.LPC.ROUT >> (Local3 << 3)) & 0x0F)
					}
					Else
					{
						Local2[3] = PISA
					}
					Local0[Local1] = Local2
					Local1++
				}
				Return (Local0)
			}

			/* The Q35's PCIEXBAR: firmware has placed the ECAM by it */
			Device (MCH)
			{
				Name (_ADR, Zero)
				Method (_STA) { Return (STAT (LCLS)) }
				OperationRegion (MCHR, PCI_Config, 0x60, 8)
				Field (MCHR, DWordAcc, NoLock, Preserve)
				{
					PXLO, 32,
					PXHI, 32
				}
				/* Its length: 256 MiB, 128 or 64; 3 is reserved */
				Method (ECAL)
				{
					Local0 = ((PXLO >> One) & 3)
					If ((Local0 == 3))
					{
						Return (0x10000000)
					}
					Return ((0x10000000 >> Local0))
				}
				Method (ECAB)
				{
					Local0 = (PXLO & ~(ECAL () - One))
					If ((!(PXLO & One) || PXHI || Local0 <= 0x80000000 ||
					     Local0 >= 0xF0000000))
					{
						Return (Zero)
					}
					Return (Local0)
				}
			}

			/* PIRQA_ROUT to PIRQD_ROUT */
			Device (LPC)
			{
				Name (_ADR, 0x001F0000)
				Method (_STA) { Return (STAT (LCLS)) }
				OperationRegion (LPCR, PCI_Config, 0x60, 4)
				Field (LPCR, DWordAcc, NoLock, Preserve)
				{
					ROUT, 32
				}
			}
		}

		/* What the ECAM has of bus 0 */
		Device (ECAM)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x05)
			Method (_STA)
			{
				If ((STAT (BCLS) && \_SB.PCI0.ECAB ()))
				{
					Return (0x0F)
				}
				Return (Zero)
			}
			Name (PLC, ResourceTemplate ()
			{
				Memory32Fixed (ReadWrite, 0xE0000000, 0x00100000, BUS0)
			})
			Method (_CRS, 0, Serialized)
			{
				CreateDWordField (PLC, \_SB.ECAM.BUS0._BAS, BASE)
				BASE = \_SB.PCI0.ECAB ()
				Return (PLC)
			}
		}

		Device (PIC)
		{
			Name (_HID, EisaId ("PNP0000"))
			Method (_STA) { Return (STAT (PCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0020, 0x0020, 0x01, 0x02)
				IO (Decode16, 0x00A0, 0x00A0, 0x01, 0x02)
				IO (Decode16, 0x04D0, 0x04D0, 0x01, 0x02)
				IRQNoFlags () { 2 }
			})
		}

		Device (TMR)
		{
			Name (_HID, EisaId ("PNP0100"))
			Method (_STA) { Return (STAT (TCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0040, 0x0040, 0x01, 0x04)
				IRQNoFlags () { 0 }
			})
		}

		Device (SPKR)
		{
			Name (_HID, EisaId ("PNP0800"))
			Method (_STA) { Return (STAT (TCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0061, 0x0061, 0x01, 0x01)
			})
		}

		/* Its interrupts are those that the guest chooses: it has none here */
		Device (HPET)
		{
			Name (_HID, EisaId ("PNP0103"))
			Method (_STA) { Return (STAT (HCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				Memory32Fixed (ReadWrite, 0xFED00000, 0x00000400)
			})
		}

		Device (RTC)
		{
			Name (_HID, EisaId ("PNP0B00"))
			Method (_STA) { Return (STAT (RCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0070, 0x0070, 0x01, 0x04)
				IRQNoFlags () { 8 }
			})
		}

		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, One)
			Method (_STA) { Return (STAT (UCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x03F8, 0x03F8, 0x01, 0x08)
				IRQNoFlags () { 4 }
			})
		}

		Device (KBD)
		{
			Name (_HID, EisaId ("PNP0303"))
			Method (_STA) { Return (STAT (KCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0060, 0x0060, 0x01, 0x01)
				IO (Decode16, 0x0064, 0x0064, 0x01, 0x01)
				IRQNoFlags () { 1 }
			})
		}

		Device (MOU)
		{
			Name (_HID, EisaId ("PNP0F13"))
			Method (_STA) { Return (STAT (KCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IRQNoFlags () { 12 }
			})
		}

		/* System control port A: A20 and reset */
		Device (P92)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x04)
			Method (_STA) { Return (STAT (KCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0092, 0x0092, 0x01, 0x01)
			})
		}

		/* Ports that no other device may be given: SMI command, reset, PM block */
		Device (PMIO)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, One)
			Method (_STA) { Return (STAT (MCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x00B2, 0x00B2, 0x01, 0x02)
				IO (Decode16, 0x0CF9, 0x0CF9, 0x01, 0x01)
				IO (Decode16, 0x0600, 0x0600, 0x01, 0x24)
			})
		}

		/*
		 * Generation ID of the VM (Microsoft, "Virtual Machine Generation ID"): where its
		 * 16 bytes are. Event 3: they have changed.
		 */
		Device (VGEN)
		{
			Name (_HID, "KEEL0001")
			Name (_CID, Package () { "VM_Gen_Counter", "VMGENCTR" })
			Name (_DDN, "VM_Gen_Counter")
			Method (_STA) { Return (STAT (MCLS)) }
			/* In the system ROM, or if that is firmware's, on a page aside */
			Method (ADDR)
			{
				If (STAT (FCLS))
				{
					Return (Package () { 0xFEFFB000, Zero })
				}
				Return (Package () { 0x000FF000, Zero })
			}
		}

		Device (DBGX)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x02)
			Method (_STA) { Return (STAT (DCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0501, 0x0501, 0x01, 0x04)
			})
		}

		/* Panic notifier: QEMU, docs/specs/pvpanic */
		Device (PEVT)
		{
			Name (_HID, "QEMU0001")
			Method (_STA) { Return (STAT (NCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0505, 0x0505, 0x01, 0x01)
			})
			OperationRegion (PEOR, SystemIO, 0x0505, 1)
			Field (PEOR, ByteAcc, NoLock, Preserve)
			{
				PEPT, 8
			}
			Method (RDPT) { Return (PEPT) }
			Method (WRPT, 1) { PEPT = Arg0 }
		}

		/* uapi/keel_battery.h has the registers */
		Device (BAT0)
		{
			Name (_HID, EisaId ("PNP0C0A"))
			Name (_UID, Zero)
			Name (_PCL, Package () { \_SB })
			Method (_STA)
			{
				If (STAT (ACLS))
				{
					Return (0x1F)	/* and there is a battery in it */
				}
				Return (Zero)
			}
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0640, 0x0640, 0x01, 0x18)
			})
			OperationRegion (BREG, SystemIO, 0x0640, 0x18)
			Field (BREG, DWordAcc, NoLock, Preserve)
			{
				BSTS, 4,	/* as _BST has it */
				, 4,
				ACON, 1,
				, 23,
				BRAT, 32,
				BCHG, 32,
				BVLT, 32,
				BCAP, 32,
				BWRN, 32
			}
			Name (INFO, Package (13)
			{
				Zero,		/* mWh and mW */
				Zero, Zero,	/* capacity: of the design, of the last charge */
				One,		/* rechargeable */
				Zero,		/* mV */
				Zero, Zero,	/* warning, low */
				One, One,	/* granularity */
				"Keel", "0", "LION", "Keel"
			})
			Method (_BIF, 0, Serialized)
			{
				INFO[One] = BCAP
				INFO[0x02] = BCAP
				INFO[0x04] = BVLT
				INFO[0x05] = BWRN
				INFO[0x06] = (BWRN / 3)
				Return (INFO)
			}
			Name (INFX, Package (20)
			{
				Zero,		/* revision */
				Zero,		/* mWh and mW */
				Zero, Zero,
				One,
				Zero,
				Zero, Zero,
				Zero,		/* cycles */
				100000,		/* accuracy: exact */
				0xFFFFFFFF, 0xFFFFFFFF,	/* sampling, averaging: unknown */
				0xFFFFFFFF, 0xFFFFFFFF,
				One, One,
				"Keel", "0", "LION", "Keel"
			})
			Method (_BIX, 0, Serialized)
			{
				INFX[0x02] = BCAP
				INFX[0x03] = BCAP
				INFX[0x05] = BVLT
				INFX[0x06] = BWRN
				INFX[0x07] = (BWRN / 3)
				Return (INFX)
			}
			Name (STUS, Package (4) { Zero, Zero, Zero, Zero })
			Method (_BST, 0, Serialized)
			{
				STUS[Zero] = BSTS
				STUS[One] = BRAT
				STUS[0x02] = BCHG
				STUS[0x03] = BVLT
				Return (STUS)
			}
		}

		Device (ADP0)
		{
			Name (_HID, "ACPI0003")
			Name (_PCL, Package () { \_SB })
			Method (_STA) { Return (STAT (ACLS)) }
			Method (_PSR) { Return (\_SB.BAT0.ACON) }
		}

		/* Hot-plug controller of PCI slots, which the SSDT has */
		Device (HPLG)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x06)
			Method (_STA) { Return (STAT (GCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0xAE00, 0xAE00, 0x01, 0x10)
			})
		}
		OperationRegion (HPOR, SystemIO, 0xAE00, 0x10)
		Field (HPOR, DWordAcc, NoLock, WriteAsZeros)
		{
			HPIN, 32,	/* a bit for each slot: inserted */
			HPWT, 32,	/* wanted back */
			HPPR, 32,	/* present; 1 ejects */
		}
		Method (HPEJ, 1, Serialized)
		{
			HPPR = (One << Arg0)
		}
		/* Device check, or eject request, for each slot that has news */
		Method (HPNW, 0, Serialized)
		{
			Local0 = HPIN
			HPIN = Local0
			Local1 = HPWT
			Local2 = One
			While (Local2 < 32)
			{
				If (((Local0 >> Local2) & One))
				{
					\_SB.PCI0.HPNT (Local2, One)
				}
				If (((Local1 >> Local2) & One))
				{
					\_SB.PCI0.HPNT (Local2, 3)
				}
				Local2++
			}
		}

		Device (TSTD)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x03)
			Method (_STA) { Return (STAT (XCLS)) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x00E0, 0x00E0, 0x01, 0x0C)
				IO (Decode16, 0x00F4, 0x00F4, 0x01, 0x04)
				IO (Decode16, 0x2000, 0x2000, 0x01, 0x18)
			})
		}
	}

	Scope (\_GPE)
	{
		/* PCI slots: KEEL_HOTPLUG_GPE */
		Method (_E01)
		{
			If ((\STAT (\GCLS) == 0x0F))
			{
				\_SB.HPNW ()
			}
		}

		/* KEEL_PM_GPE_BATTERY */
		Method (_E02)
		{
			Notify (\_SB.BAT0, 0x80)	/* status */
			Notify (\_SB.ADP0, 0x80)
		}

		/* The generation ID has changed */
		Method (_E03)
		{
			Notify (\_SB.VGEN, 0x80)
		}

		/* KEEL_PM_GPE_WAKE */
		Method (_E04)
		{
			Notify (\_SB.PCI0, 0x02)	/* device wake */
		}
	}
}
