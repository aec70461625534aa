/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PM_H
#define KEEL_PM_H

#include <linux/types.h>

/* keel_input.input for KEEL_CLASS_PM. */
#define KEEL_INPUT_POWER_BUTTON	0	/* pressed; value: 0 */
#define KEEL_INPUT_SLEEP_BUTTON	1	/* pressed; value: 0 */
#define KEEL_INPUT_GPE		2	/* value: general-purpose event, 0 to KEEL_PM_NR_GPES - 1 */

/* Flags of struct keel_pm_config. */
#define KEEL_PM_OFF_BY_0	0x1U	/* SLP_TYP 0 powers off as well, as firmware does */

/**
 * struct keel_pm_config - choices for the ACPI hardware.
 * @timer_bits: width of the PM timer, 24 or 32; 0: 32
 * @flags:      KEEL_PM_*
 * @reserved:   zero
 *
 * keel_device_config.base moves the register block, KEEL_PM_BASE.
 */
struct keel_pm_config {
	__u32 timer_bits;
	__u32 flags;
	__u64 reserved[5];
};

/* What firmware tables say of the hardware: ports, as offsets into the block. */
#define KEEL_PM_BASE		0x600	/* first port of the block */
#define KEEL_PM_LENGTH		0x24	/* ports of the block */
#define KEEL_PM_PM1_STS		0x00	/* FADT PM1a_EVT_BLK: status, */
#define KEEL_PM_PM1_EN		0x02	/* then enable */
#define KEEL_PM_PM1_EVT_LEN	4
#define KEEL_PM_PM1_CNT		0x04	/* FADT PM1a_CNT_BLK */
#define KEEL_PM_PM1_CNT_LEN	2
#define KEEL_PM_TMR		0x08	/* FADT PM_TMR_BLK */
#define KEEL_PM_TMR_LEN		4
#define KEEL_PM_RESET		0x0c	/* FADT RESET_REG, or else KEEL_PM_RST_CNT */
#define KEEL_PM_GPE0_STS	0x20	/* FADT GPE0_BLK: status, */
#define KEEL_PM_GPE0_EN		0x22	/* then enable */
#define KEEL_PM_GPE0_LEN	4
#define KEEL_PM_NR_GPES		16
#define KEEL_PM_GPE_BATTERY	2	/* the battery's, or the adapter's, values have changed */
#define KEEL_PM_GPE_WAKE	4	/* wakes a guest whether it is enabled or not */
#define KEEL_PM_SCI		9	/* FADT SCI_INT; level triggered, shared */

/* Ports of their own. */
#define KEEL_PM_SMI_CMD		0xb2	/* FADT SMI_CMD */
#define KEEL_PM_SMI_DATA	0xb3	/* only stores what the guest writes */
#define KEEL_PM_RST_CNT		0xcf9

/* What to write there. */
#define KEEL_PM_ACPI_ENABLE	0xe1	/* FADT ACPI_ENABLE, to SMI_CMD */
#define KEEL_PM_ACPI_DISABLE	0x1e	/* FADT ACPI_DISABLE, to SMI_CMD */
#define KEEL_PM_RESET_VALUE	0x01	/* FADT RESET_VALUE, to the block's RESET */
#define KEEL_PM_RST_CNT_VALUE	0x06	/* FADT RESET_VALUE, to RST_CNT */

/* SLP_TYP in PM1_CNT, and so in \_S3, \_S4 and \_S5; others do nothing. */
#define KEEL_PM_SLP_TYP_S0	0	/* does nothing, or powers off: KEEL_PM_OFF_BY_0 */
#define KEEL_PM_SLP_TYP_S3	3
#define KEEL_PM_SLP_TYP_S4	4
#define KEEL_PM_SLP_TYP_S5	5

/* The PM timer's clock: 3.579545 MHz, exactly 315/88 MHz. It reads 0 at VmTime 0. */
#define KEEL_PM_CLOCK_MUL	63	/* ticks = ns * MUL / DIV, rounded down */
#define KEEL_PM_CLOCK_DIV	17600

/**
 * struct keel_pm_state - the KEEL_CLASS_PM record.
 * @tmr_half: TMR_STS is set when the PM timer's top bit has changed since then:
 *            half rounds of the timer since VmTime 0
 * @pm1_sts:  PM1_STS, but for TMR_STS
 * @pm1_en:   PM1_EN
 * @pm1_cnt:  PM1_CNT, without the write-only bits
 * @gpe0_sts: GPE0_STS
 * @gpe0_en:  GPE0_EN
 * @smi_cmd:  last value written to SMI_CMD
 * @smi_data: last value written to SMI_DATA
 * @rst_cnt:  bits 3:1 of RST_CNT
 * @slept:    S-state that the guest went into, 3 or 4; 0: it is awake
 * @woken:    1: something has woken it, and the reset that ends its sleep is due
 * @pad:      zero
 */
struct keel_pm_state {
	__u64 tmr_half;
	__u16 pm1_sts;
	__u16 pm1_en;
	__u16 pm1_cnt;
	__u16 gpe0_sts;
	__u16 gpe0_en;
	__u8  smi_cmd;
	__u8  smi_data;
	__u8  rst_cnt;
	__u8  slept;
	__u8  woken;
	__u8  pad;
};

#endif /* KEEL_PM_H */
