// SPDX-License-Identifier: GPL-2.0
/* ACPI fixed hardware: registers, the timer, the SCI, buttons, sleep and reset. */
#include "harness.h"

#define PM1_STS		(KEEL_PM_BASE + KEEL_PM_PM1_STS)
#define PM1_EN		(KEEL_PM_BASE + KEEL_PM_PM1_EN)
#define PM1_CNT		(KEEL_PM_BASE + KEEL_PM_PM1_CNT)
#define PM_TMR		(KEEL_PM_BASE + KEEL_PM_TMR)
#define PM_RESET	(KEEL_PM_BASE + KEEL_PM_RESET)
#define GPE0_STS	(KEEL_PM_BASE + KEEL_PM_GPE0_STS)
#define GPE0_EN		(KEEL_PM_BASE + KEEL_PM_GPE0_EN)

#define MOVED		0xb000	/* where the 32-bit suite has the block */

#define TMR		0x0001
#define GBL		0x0020
#define PWRBTN		0x0100
#define SLPBTN		0x0200
#define RTC		0x0400
#define WAK		0x8000

#define SCI_EN		0x0001
#define SLP_TYP(n)	((n) << 10)
#define SLP_EN		0x2000

#define TICK_NS(n)	keel_muldiv_up((n), KEEL_PM_CLOCK_DIV, KEEL_PM_CLOCK_MUL)
#define DAY		(86400ULL * 1000000000)

#define press(what)	host(KEEL_CLASS_PM, (what), 0)
#define gpe(n)		host(KEEL_CLASS_PM, KEEL_INPUT_GPE, (n))
#define sci()		line(KEEL_PM_SCI)

static const struct keel_device_config pm_devices[] = {
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT, .pm = { .timer_bits = 24 } },
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
};

static const struct keel_device_config pm32_devices[] = {
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT, .base = MOVED },
};

static const struct keel_device_config pm_rtc_devices[] = {
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
};

static u64 pm_stat(struct kunit *test, const char *name)
{
	unsigned int i, nr = whole_stats(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	whole_stats(H->board, stats, nr);
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, "pm0") && !strcmp(stats[i].name, name))
			return stats[i].value;
	KUNIT_ASSERT_TRUE(test, false);
	return 0;
}

static const struct keel_pm_state *pm_state(struct kunit *test)
{
	return (const void *)keel_board_find(H->board, KEEL_CLASS_PM, 0) + keel_pm_ops.state;
}

static void pm_to(struct kunit *test, u64 tick)
{
	advance(TICK_NS(tick) - H->now);
}

static void pm_acpi_mode(struct kunit *test)
{
	out(KEEL_PM_SMI_CMD, KEEL_PM_ACPI_ENABLE);
}

/* ---- The timer ---- */

static void pm_timer_counts(struct kunit *test)
{
	is(in32(PM_TMR), 0);
	advance(279);
	is(in32(PM_TMR), 0);
	advance(1);
	is(in32(PM_TMR), 1);
	advance(1000000000 - 280);
	is(in32(PM_TMR), 3579545);
	is(in16(PM_TMR), 3579545 & 0xffff);
	is(in16(PM_TMR + 2), 3579545 >> 16);
	is(in(PM_TMR + 1), 3579545 >> 8 & 0xff);
	is(in16(PM_TMR + 1), 3579545 >> 8 & 0xffff);
	out32(PM_TMR, 0);
	is(in32(PM_TMR), 3579545);
}

static void pm_timer_does_not_drift(struct kunit *test)
{
	jump(DAY);
	is(in32(PM_TMR), 86400ULL * 315000000 / 88 & 0xffffff);
	is(H->deadline, KEEL_NEVER);
}

static void pm_timer_of_24_bits_wraps(struct kunit *test)
{
	pm_to(test, 0xffffff);
	is(in32(PM_TMR), 0xffffff);
	pm_to(test, 0x1000000);
	is(in32(PM_TMR), 0);
}

static void pm32_timer_wraps(struct kunit *test)
{
	pm_to(test, 0xffffffff);
	is(in32(MOVED + KEEL_PM_TMR), 0xffffffff);
	pm_to(test, 0x100000000);
	is(in32(MOVED + KEEL_PM_TMR), 0);
}

static void pm_timer_status_without_a_timer(struct kunit *test)
{
	pm_acpi_mode(test);
	pm_to(test, 0x7fffff);
	is(in16(PM1_STS), 0);
	pm_to(test, 0x800000);
	is(in16(PM1_STS), TMR);
	press(KEEL_INPUT_POWER_BUTTON);
	pm_to(test, 0x1800000);		/* an even number of changes later */
	is(in16(PM1_STS), TMR | PWRBTN);
	out16(PM1_STS, PWRBTN);
	is(H->deadline, KEEL_NEVER);
	is(sci(), 0);
	out16(PM1_STS, TMR);
	is(in16(PM1_STS), 0);
	pm_to(test, 0x1ffffff);
	is(in16(PM1_STS), 0);
	pm_to(test, 0x2000000);
	is(in16(PM1_STS), TMR);
}

static void pm_timer_interrupts(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(PM1_EN, TMR);
	is(H->deadline, TICK_NS(0x800000));
	advance(H->deadline - 1);
	is(sci(), 0);
	advance(1);
	is(sci(), 1);
	is(H->deadline, KEEL_NEVER);	/* until the status is cleared */
	advance(3 * DAY);
	is(pm_stat(test, "timer_overflows"), 1);
	out16(PM1_STS, TMR);
	is(sci(), 0);
	is(H->deadline, TICK_NS(((in32(PM_TMR) & 0x800000) ? 0x1000000 : 0x800000) -
				(in32(PM_TMR) & 0xffffff) +
				keel_muldiv(H->now, KEEL_PM_CLOCK_MUL, KEEL_PM_CLOCK_DIV)));
	is(pm_stat(test, "sci_asserts"), 1);
}

static void pm_timer_enabled_late(struct kunit *test)
{
	pm_acpi_mode(test);
	pm_to(test, 0x900000);
	is(H->deadline, KEEL_NEVER);
	out16(PM1_EN, TMR);		/* the status was there before */
	is(sci(), 1);
	out16(PM1_STS, TMR);
	is(sci(), 0);
	is(H->deadline, TICK_NS(0x1000000));
	out16(PM1_EN, 0);
	is(H->deadline, KEEL_NEVER);
	out16(PM1_EN, TMR);
	out(KEEL_PM_SMI_CMD, KEEL_PM_ACPI_DISABLE);
	is(H->deadline, KEEL_NEVER);	/* no SCI, so nothing can change */
}

static void pm32_timer_interrupts(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(MOVED + KEEL_PM_PM1_EN, TMR);
	is(H->deadline, TICK_NS(0x80000000));
	jump(365 * DAY);
	is(sci(), 1);
	is(pm_stat(test, "timer_overflows"), 1);
	out16(MOVED + KEEL_PM_PM1_STS, TMR);
	is(in16(MOVED + KEEL_PM_PM1_STS), 0);
	ok(H->deadline > H->now && H->deadline - H->now <= TICK_NS(0x80000000));
}

/* ---- Status, enable, SCI ---- */

static void pm_power_button(struct kunit *test)
{
	pm_acpi_mode(test);
	is(press(KEEL_INPUT_POWER_BUTTON), 0);
	is(in16(PM1_STS), PWRBTN);
	is(sci(), 0);
	out16(PM1_EN, PWRBTN);
	is(sci(), 1);
	out16(PM1_STS, SLPBTN);		/* another bit */
	is(sci(), 1);
	out16(PM1_STS, PWRBTN);
	is(in16(PM1_STS), 0);
	is(sci(), 0);
	is(press(KEEL_INPUT_POWER_BUTTON), 0);
	is(press(KEEL_INPUT_POWER_BUTTON), 0);
	is(sci(), 1);
	is(pm_stat(test, "power_presses"), 3);
	is(pm_stat(test, "sci_asserts"), 2);
	is(H->board->lines[9].asserts, 2);
}

static void pm_sleep_button(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(PM1_EN, SLPBTN);
	is(press(KEEL_INPUT_SLEEP_BUTTON), 0);
	is(in16(PM1_STS), SLPBTN);
	is(sci(), 1);
	is(pm_stat(test, "sleep_presses"), 1);
}

static void pm_status_is_cleared_by_bytes(struct kunit *test)
{
	press(KEEL_INPUT_SLEEP_BUTTON);
	press(KEEL_INPUT_POWER_BUTTON);
	press(KEEL_INPUT_SLEEP_BUTTON);
	out(PM1_STS, 0xff);
	is(in16(PM1_STS), PWRBTN | SLPBTN);
	out(PM1_STS + 1, PWRBTN >> 8);
	is(in16(PM1_STS), SLPBTN);
	is(in(PM1_STS + 1), SLPBTN >> 8);
	out32(PM1_STS, PWRBTN << 16 | SLPBTN);	/* status and enable at once */
	is(in32(PM1_STS), PWRBTN << 16);
}

static void pm_enable_keeps_its_bits(struct kunit *test)
{
	out16(PM1_EN, 0xffff);
	is(in16(PM1_EN), TMR | GBL | PWRBTN | SLPBTN | RTC);
	out(PM1_EN, 0);
	is(in16(PM1_EN), PWRBTN | SLPBTN | RTC);
	out16(PM1_EN + 1, 0x0000);		/* straddles into PM1_CNT */
	is(in16(PM1_EN), 0);
}

static void pm_gpe(struct kunit *test)
{
	unsigned int i;

	pm_acpi_mode(test);
	for (i = 0; i < KEEL_PM_NR_GPES; i++) {
		is(gpe(i), 0);
		is(in16(GPE0_STS), 1 << i);
		is(sci(), 0);
		out16(GPE0_EN, 1 << i);
		is(in16(GPE0_EN), 1 << i);
		is(sci(), 1);
		out16(GPE0_STS, 1 << i);
		is(in16(GPE0_STS), 0);
		is(sci(), 0);
	}
	is(pm_stat(test, "gpes"), KEEL_PM_NR_GPES);
	gpe(3);
	gpe(12);
	is(in16(GPE0_STS), 0x1008);
	out16(GPE0_STS, 0x1008);
	out(GPE0_EN, 0x01);
	out(GPE0_EN + 1, 0x80);
	is(in32(GPE0_STS), 0x80010000);
}

static void pm_sci_is_an_or(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(PM1_EN, PWRBTN);
	out16(GPE0_EN, 1);
	press(KEEL_INPUT_POWER_BUTTON);
	gpe(0);
	out16(GPE0_STS, 1);
	is(sci(), 1);
	out16(PM1_STS, PWRBTN);
	is(sci(), 0);
	is(H->board->lines[9].asserts, 1);
}

static void pm_inputs_refused(struct kunit *test)
{
	is(gpe(KEEL_PM_NR_GPES), (u64)-1);
	is(gpe(1ULL << 32), (u64)-1);
	is(host(KEEL_CLASS_PM, 3, 0), (u64)-1);
	is(host(KEEL_CLASS_PM, KEEL_INPUT_POWER_BUTTON, 1), (u64)-1);
	is(host(KEEL_CLASS_PM, KEEL_INPUT_SLEEP_BUTTON, 1), (u64)-1);
	is(in16(PM1_STS), 0);
	is(in16(GPE0_STS), 0);
}

/* ---- ACPI mode ---- */

static void pm_smi_command_switches(struct kunit *test)
{
	out16(PM1_EN, PWRBTN);
	press(KEEL_INPUT_POWER_BUTTON);
	is(sci(), 0);			/* legacy mode */
	is(in16(PM1_CNT), 0);
	out(KEEL_PM_SMI_CMD, KEEL_PM_ACPI_ENABLE);
	is(in(KEEL_PM_SMI_CMD), KEEL_PM_ACPI_ENABLE);
	is(in16(PM1_CNT), SCI_EN);
	is(sci(), 1);
	out(KEEL_PM_SMI_CMD, KEEL_PM_ACPI_DISABLE);
	is(in16(PM1_CNT), 0);
	is(sci(), 0);
	out(KEEL_PM_SMI_CMD, 0x55);
	is(in16(PM1_CNT), 0);
	is(pm_stat(test, "ignored"), 1);
	is(pm_stat(test, "smi_commands"), 3);
	out(KEEL_PM_SMI_DATA, 0xa5);
	is(in(KEEL_PM_SMI_DATA), 0xa5);
	is(in16(KEEL_PM_SMI_CMD), 0xa555);
	is(pm_stat(test, "smi_commands"), 3);
}

static void pm_control_keeps_its_bits(struct kunit *test)
{
	out16(PM1_CNT, 0xffff & ~SLP_EN);
	is(in16(PM1_CNT), SCI_EN | 2 | SLP_TYP(7));
	out(PM1_CNT + 1, 0);
	is(in16(PM1_CNT), SCI_EN | 2);
	out(PM1_CNT, 2);
	pm_acpi_mode(test);
	is(in16(PM1_CNT), SCI_EN | 2);
	out(PM1_CNT, 0);
	is(in16(PM1_CNT), 0);
	is(H->nr_events, 0);
}

static void pm_gaps_read_zero(struct kunit *test)
{
	unsigned int i;

	is(in16(KEEL_PM_BASE + 0x06), 0);
	for (i = 0x0c; i < 0x20; i += 4)
		is(in32(KEEL_PM_BASE + i), 0);
	is(pm_stat(test, "ignored"), 0);
	out32(KEEL_PM_BASE + 0x10, 0xffffffff);
	is(pm_stat(test, "ignored"), 4);
	is(in(KEEL_PM_BASE + KEEL_PM_LENGTH), 0xff);
}

/* ---- Sleep ---- */

static void pm_s5_powers_off(struct kunit *test)
{
	out16(PM1_CNT, SCI_EN | SLP_TYP(KEEL_PM_SLP_TYP_S5));
	is(H->nr_events, 0);
	out16(PM1_CNT, SCI_EN | SLP_TYP(KEEL_PM_SLP_TYP_S5) | SLP_EN);
	is(H->event, KEEL_EVENT_POWEROFF);
	is(H->arg, 0);
	is(H->nr_events, 1);
	is(in16(PM1_CNT), SCI_EN | SLP_TYP(KEEL_PM_SLP_TYP_S5));	/* SLP_EN reads 0 */
	is(pm_stat(test, "poweroffs"), 1);
	whole_reset(H->board);
	is(in16(PM1_STS), 0);		/* a cold start */
}

static void pm_s5_by_bytes(struct kunit *test)
{
	out(PM1_CNT + 1, (SLP_TYP(KEEL_PM_SLP_TYP_S5) | SLP_EN) >> 8);
	is(H->event, KEEL_EVENT_POWEROFF);
}

static void pm_sleeps_and_wakes(struct kunit *test, unsigned int type)
{
	pm_acpi_mode(test);
	out16(PM1_EN, PWRBTN);
	out16(GPE0_EN, 4);
	out16(PM1_CNT, SCI_EN | SLP_TYP(type) | SLP_EN);
	is(H->event, KEEL_EVENT_SLEEP);
	is(H->arg, type);
	is(in16(PM1_STS), 0);
	press(KEEL_INPUT_POWER_BUTTON);
	is(H->event, KEEL_EVENT_WAKE);
	is(H->arg, type);
	gpe(2);
	is(H->nr_events, 2);
	whole_reset(H->board);
	is(in16(PM1_STS), WAK | PWRBTN);
	is(in16(PM1_EN), PWRBTN);
	is(in16(PM1_CNT), 0);
	is(in32(GPE0_STS), 4 << 16 | 4);
	is(sci(), 0);
	out16(PM1_STS, WAK);
	is(in16(PM1_STS), PWRBTN);
	whole_reset(H->board);
	is(in16(PM1_STS), 0);
	is(in32(GPE0_STS), 0);
	is(pm_stat(test, "sleeps"), 1);
	is(pm_stat(test, "wakes"), 1);
}

static void pm_s3_sleeps_and_wakes(struct kunit *test)
{
	pm_sleeps_and_wakes(test, KEEL_PM_SLP_TYP_S3);
}

static void pm_s4_sleeps_and_wakes(struct kunit *test)
{
	pm_sleeps_and_wakes(test, KEEL_PM_SLP_TYP_S4);
}

/* Goes to sleep with these enables; 1 if it is still asleep */
static unsigned int pm_sleep_with(struct kunit *test, u16 pm1_en, u16 gpe0_en)
{
	whole_reset(H->board);
	out16(PM1_EN, pm1_en);
	out16(GPE0_EN, gpe0_en);
	H->nr_events = 0;
	out16(PM1_CNT, SLP_TYP(KEEL_PM_SLP_TYP_S3) | SLP_EN);
	return H->nr_events == 1 && H->event == KEEL_EVENT_SLEEP;
}

#define woke()	(H->event == KEEL_EVENT_WAKE && H->arg == 3 && H->nr_events == 2)

static void pm_wakes_by_what_is_enabled(struct kunit *test)
{
	unsigned int i;

	ok(pm_sleep_with(test, 0, 0));
	press(KEEL_INPUT_SLEEP_BUTTON);
	gpe(0);
	is(H->nr_events, 1);
	out16(GPE0_EN, 1);		/* another processor has not stopped yet */
	ok(woke());
	out16(PM1_STS, SLPBTN);
	ok(pm_sleep_with(test, SLPBTN, 0));
	press(KEEL_INPUT_SLEEP_BUTTON);
	ok(woke());
	press(KEEL_INPUT_SLEEP_BUTTON);
	is(H->nr_events, 2);
	for (i = 0; i < KEEL_PM_NR_GPES; i++) {
		whole_reset(H->board);
		ok(pm_sleep_with(test, 0, 1 << i));
		if (i != KEEL_PM_GPE_WAKE)
			gpe(i ? i - 1 == KEEL_PM_GPE_WAKE ? 0 : i - 1 : 1);
		is(H->nr_events, 1);
		gpe(i);
		ok(woke());
	}
	is(pm_stat(test, "wakes"), 2 + KEEL_PM_NR_GPES);
}

static void pm_wakes_by_what_needs_no_enable(struct kunit *test)
{
	ok(pm_sleep_with(test, 0, 0));
	press(KEEL_INPUT_POWER_BUTTON);
	ok(woke());
	whole_reset(H->board);
	is(in16(PM1_STS), WAK | PWRBTN);
	whole_reset(H->board);
	ok(pm_sleep_with(test, 0, 0));
	gpe(KEEL_PM_GPE_WAKE);
	ok(woke());
	whole_reset(H->board);
	is(in16(PM1_STS), WAK);
	is(in16(GPE0_STS), 1 << KEEL_PM_GPE_WAKE);
	whole_reset(H->board);
	H->nr_events = 0;
	gpe(KEEL_PM_GPE_WAKE);		/* awake: an event like the others */
	is(H->nr_events, 0);
	is(in16(GPE0_STS), 1 << KEEL_PM_GPE_WAKE);
}

/* What came before SLP_EN is not lost. */
static void pm_does_not_sleep_with_a_wakeup_pending(struct kunit *test)
{
	out16(PM1_EN, SLPBTN);
	press(KEEL_INPUT_SLEEP_BUTTON);
	out16(PM1_CNT, SLP_TYP(KEEL_PM_SLP_TYP_S3) | SLP_EN);
	ok(woke());
	whole_reset(H->board);
	is(in16(PM1_STS), WAK | SLPBTN);
}

/* The timer's status is no cause to wake. */
static void pm_timer_does_not_wake(struct kunit *test)
{
	ok(pm_sleep_with(test, TMR, 0));
	jump(DAY);
	ok(in16(PM1_STS) & TMR);
	is(H->nr_events, 1);
}

static void pm_sleeps_once(struct kunit *test)
{
	ok(pm_sleep_with(test, 0, 0));
	out16(PM1_CNT, SLP_TYP(KEEL_PM_SLP_TYP_S4) | SLP_EN);
	out16(PM1_CNT, SLP_TYP(KEEL_PM_SLP_TYP_S5) | SLP_EN);
	is(H->nr_events, 1);
	is(pm_state(test)->slept, KEEL_PM_SLP_TYP_S3);
	is(pm_stat(test, "sleeps"), 1);
	is(pm_stat(test, "ignored"), 2);
}

/* A host that loads a state of a guest that sleeps is told so, and of what has woken it since. */
static void pm_restores_asleep(struct kunit *test)
{
	struct harness *asleep = harness_clone(test), *woken = harness_clone(test);

	ok(pm_sleep_with(test, 0, 0));
	is(harness_copy(test, H, asleep), 0);
	is(asleep->nr_events, 1);
	is(asleep->event, KEEL_EVENT_SLEEP);
	is(asleep->arg, 3);
	press(KEEL_INPUT_POWER_BUTTON);
	is(harness_copy(test, H, woken), 0);
	is(woken->nr_events, 2);
	is(woken->event, KEEL_EVENT_WAKE);
	is(woken->arg, 3);
	whole_reset(H->board);
}

/* ---- The RTC's alarm ---- */

#define SECOND	1000000000ULL

static void cmos(struct kunit *test, u8 reg, u8 value)
{
	out(0x70, reg);
	out(0x71, value);
}

static u8 cmos_in(struct kunit *test, u8 reg)
{
	out(0x70, reg);
	return in(0x71);
}

/* Every ten minutes, at this second */
static void pm_set_alarm(struct kunit *test, u8 second)
{
	cmos(test, 0x01, second);
	cmos(test, 0x03, 0xff);
	cmos(test, 0x05, 0xff);
	cmos_in(test, 0x0c);
	cmos(test, 0x0b, 0x22);		/* AIE, 24 hours, BCD */
}

static void pm_rtc_alarm_wakes(struct kunit *test)
{
	pm_set_alarm(test, 0x07);
	ok(pm_sleep_with(test, RTC, 0));
	pm_set_alarm(test, 0x07);	/* the reset has silenced the clock */
	is(H->deadline, 7 * SECOND);
	advance(7 * SECOND - 1);
	is(H->nr_events, 1);
	advance(1);
	ok(woke());
	whole_reset(H->board);
	is(in16(PM1_STS), WAK | RTC);
	is(in16(PM1_EN), RTC);
	is(pm_stat(test, "alarms"), 1);
	is(line(8), 0);
	is(line(KEEL_LINE_ALARM), 0);
}

static void pm_rtc_alarm_without_enable(struct kunit *test)
{
	pm_set_alarm(test, 0x07);
	ok(pm_sleep_with(test, 0, 0));
	pm_set_alarm(test, 0x07);
	advance(8 * SECOND);
	is(H->nr_events, 1);
	is(in16(PM1_STS), RTC);
	out16(PM1_STS, RTC);
	advance(60 * SECOND);		/* nobody has read C: the output has not fallen */
	is(in16(PM1_STS), 0);
	is(pm_stat(test, "alarms"), 1);
}

static void pm_rtc_status_interrupts(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(PM1_EN, RTC);
	pm_set_alarm(test, 0x02);
	advance(2 * SECOND);
	is(in16(PM1_STS), RTC);
	is(sci(), 1);
	is(line(8), 1);
	out16(PM1_STS, RTC);
	is(sci(), 0);
	is(cmos_in(test, 0x0c) & 0xa0, 0xa0);
	is(line(8), 0);
}

/* Neither ticks nor updates are alarms; and a tick that nobody took does not hide an alarm. */
static void pm_rtc_alarm_alone(struct kunit *test)
{
	pm_set_alarm(test, 0x30);
	cmos(test, 0x0b, 0x52);		/* PIE, UIE */
	advance(3 * SECOND);
	is(line(8), 1);
	is(in16(PM1_STS), 0);
	cmos(test, 0x0b, 0x72);		/* and AIE */
	is(H->deadline, 30 * SECOND);
	advance(27 * SECOND);
	is(in16(PM1_STS), RTC);
	is(H->deadline, KEEL_NEVER);
	cmos_in(test, 0x0c);
	is(line(KEEL_LINE_ALARM), 0);
}

static void pm_other_sleeps_are_ignored(struct kunit *test)
{
	static const unsigned int types[] = { KEEL_PM_SLP_TYP_S0, 1, 2, 6, 7 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		out16(PM1_CNT, SLP_TYP(types[i]) | SLP_EN);
	is(H->nr_events, 0);
	is(pm_stat(test, "ignored"), ARRAY_SIZE(types));
	whole_reset(H->board);
	is(in16(PM1_STS), 0);
}

/* ---- Reset ---- */

static void pm_cf9_resets_on_the_rise(struct kunit *test)
{
	out(KEEL_PM_RST_CNT, 0x02);
	is(H->nr_events, 0);
	is(in(KEEL_PM_RST_CNT), 0x02);
	out(KEEL_PM_RST_CNT, KEEL_PM_RST_CNT_VALUE);
	is(H->event, KEEL_EVENT_RESET);
	is(H->arg, KEEL_RESET_CF9);
	is(H->nr_events, 1);
	out(KEEL_PM_RST_CNT, KEEL_PM_RST_CNT_VALUE);
	is(H->nr_events, 1);
	out(KEEL_PM_RST_CNT, 0xf0);
	is(in(KEEL_PM_RST_CNT), 0);
	out(KEEL_PM_RST_CNT, 0x0e);
	is(H->nr_events, 2);
	is(in(KEEL_PM_RST_CNT), 0x0e);
	is(pm_stat(test, "resets"), 2);
	whole_reset(H->board);
	is(in(KEEL_PM_RST_CNT), 0);
	out(KEEL_PM_RST_CNT, 0x04);	/* of the CPUs alone, which is the same here */
	is(H->nr_events, 3);
}

/* A guest probes for PCI at a device number with a bit where RST_CPU would be. */
static void pm_cf9_is_not_config_address(struct kunit *test)
{
	u64 writes = H->board->bus[KEEL_PIO].unmapped.writes;

	out32(0xcf8, 0x80002400);
	is(in32(0xcf8), 0xffffffff);
	out16(KEEL_PM_RST_CNT - 1, 0xffff);
	out16(KEEL_PM_RST_CNT, 0xffff);
	is(in16(KEEL_PM_RST_CNT), 0xffff);
	is(H->nr_events, 0);
	is(in(KEEL_PM_RST_CNT), 0);
	is(H->board->bus[KEEL_PIO].unmapped.writes - writes, 3);
}

static void pm_reset_register(struct kunit *test)
{
	out(PM_RESET, 0);
	is(H->nr_events, 0);
	out(PM_RESET, KEEL_PM_RESET_VALUE);
	is(H->event, KEEL_EVENT_RESET);
	is(H->arg, KEEL_RESET_ACPI);
	is(H->nr_events, 1);
	out(PM_RESET + 1, KEEL_PM_RESET_VALUE);
	is(H->nr_events, 1);
	is(in(PM_RESET), 0);
	is(pm_stat(test, "ignored"), 1);
}

static void pm_reset_clears_all(struct kunit *test)
{
	pm_acpi_mode(test);
	out16(PM1_EN, PWRBTN | TMR);
	out16(GPE0_EN, 0xffff);
	out(KEEL_PM_SMI_DATA, 1);
	gpe(0);
	press(KEEL_INPUT_POWER_BUTTON);
	is(sci(), 1);
	pm_to(test, 0x900000);
	whole_reset(H->board);
	is(in32(PM1_STS), 0);
	is(in16(PM1_CNT), 0);
	is(in32(GPE0_STS), 0);
	is(in16(KEEL_PM_SMI_CMD), 0);
	is(sci(), 0);
	is(H->deadline, KEEL_NEVER);
	is(in32(PM_TMR), 0x900000);	/* nothing stops the timer */
}

/* Firmware that was written for QEMU powers off with SLP_TYP 0; \_S5 goes on to say 5. */
static void pm32_powers_off_by_0(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PM, 0);
	struct keel_device_config config = {
		.class = KEEL_CLASS_PM, .pm.flags = KEEL_PM_OFF_BY_0,
	};

	out(MOVED + KEEL_PM_PM1_CNT + 1, SLP_EN >> 8);
	is(H->nr_events, 0);
	is(pm_stat(test, "ignored"), 1);
	ok(keel_pm_ops.configure(dev, &config));
	out(MOVED + KEEL_PM_PM1_CNT + 1, SLP_EN >> 8);
	is(H->event, KEEL_EVENT_POWEROFF);
	is(pm_stat(test, "poweroffs"), 1);
	out(MOVED + KEEL_PM_PM1_CNT + 1, (SLP_TYP(KEEL_PM_SLP_TYP_S5) | SLP_EN) >> 8);
	is(pm_stat(test, "poweroffs"), 2);
	out(MOVED + KEEL_PM_PM1_CNT + 1, (SLP_TYP(1) | SLP_EN) >> 8);
	is(pm_stat(test, "poweroffs"), 2);
	is(pm_stat(test, "ignored"), 2);
	config.pm.flags = 0;	/* as a restored board's */
	ok(keel_pm_ops.configure(dev, &config));
}

/* ---- Configs and states ---- */

static void pm32_block_moves(struct kunit *test)
{
	is(in32(PM1_STS), 0xffffffff);
	out(MOVED + KEEL_PM_PM1_CNT + 1, (SLP_TYP(KEEL_PM_SLP_TYP_S5) | SLP_EN) >> 8);
	is(H->event, KEEL_EVENT_POWEROFF);
	out(KEEL_PM_RST_CNT, KEEL_PM_RST_CNT_VALUE);	/* this one stays */
	is(H->event, KEEL_EVENT_RESET);
}

static void pm_configs_refused(struct kunit *test)
{
	static const struct keel_pm_config bad[] = {
		{ .timer_bits = 16 },
		{ .timer_bits = 33 },
		{ .flags = ~KEEL_PM_OFF_BY_0 },
		{ .reserved[0] = 1 },
		{ .reserved[4] = 1 },
	};
	struct keel_device_config config = { .class = KEEL_CLASS_PM };
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PM, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config.pm = bad[i];
		ok(!keel_pm_ops.configure(dev, &config));
	}
	config.pm = (struct keel_pm_config){ .timer_bits = 24 };
	ok(keel_pm_ops.configure(dev, &config));
}

#define CHECK(s)	keel_pm_ops.check(keel_board_find(H->board, KEEL_CLASS_PM, 0), \
					  (s), H->now)
#define REFUSED(change) do {				\
	struct keel_pm_state s = *pm_state(test);	\
	ok(CHECK(&s));					\
	change;						\
	KUNIT_EXPECT_FALSE(test, CHECK(&s));		\
} while (0)

static void pm_check_refuses(struct kunit *test)
{
	pm_to(test, 0x900000);
	REFUSED(s.tmr_half = 2);
	REFUSED(s.tmr_half = ~0ULL);
	REFUSED(s.pm1_sts = TMR);	/* derived */
	REFUSED(s.pm1_sts = GBL);
	REFUSED(s.pm1_en = WAK);
	REFUSED(s.pm1_cnt = SLP_EN);
	REFUSED(s.pm1_cnt = 4);
	REFUSED(s.rst_cnt = 1);
	REFUSED(s.rst_cnt = 0x10);
	REFUSED(s.slept = 1);
	REFUSED(s.slept = 5);
	REFUSED(s.woken = 1);
	REFUSED(s.slept = 3; s.woken = 2);
	REFUSED(s.pad = 1);
}

static u32 pm_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void pm_reachable_is_accepted(struct kunit *test)
{
	static const u16 ports[] = { KEEL_PM_SMI_CMD, KEEL_PM_RST_CNT };
	u32 seed = 1, i;

	for (i = 0; i < 20000; i++) {
		u32 what = pm_random(&seed) % 8;

		if (what < 5)
			harness_out(H, KEEL_PIO, KEEL_PM_BASE + pm_random(&seed) % KEEL_PM_LENGTH,
				    pm_random(&seed), 1 << pm_random(&seed) % 3);
		else if (what == 5)
			out(ports[pm_random(&seed) % 2], pm_random(&seed));
		else
			host(KEEL_CLASS_PM, pm_random(&seed) % 4, pm_random(&seed) % 20);
		jump(pm_random(&seed) * 100ULL);
		if (!CHECK(pm_state(test)))
			break;
	}
	is(i, 20000);
}

static void pm_restores_silently(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	pm_acpi_mode(test);
	out16(PM1_EN, PWRBTN | TMR);
	press(KEEL_INPUT_POWER_BUTTON);
	is(harness_copy(test, H, copy), 0);
	ok(keel_line_level(&copy->board->lines[KEEL_PM_SCI]));
	is(copy->board->lines[KEEL_PM_SCI].asserts, 0);
	is(copy->deadline, H->deadline);
	test->priv = copy;
	is(pm_stat(test, "sci_asserts"), 0);
	out16(PM1_STS, PWRBTN);
	is(sci(), 0);
}

static int pm_init(struct kunit *test)
{
	return harness_init(test, pm_devices, ARRAY_SIZE(pm_devices));
}

static int pm_rtc_init(struct kunit *test)
{
	return harness_init(test, pm_rtc_devices, ARRAY_SIZE(pm_rtc_devices));
}

static int pm32_init(struct kunit *test)
{
	return harness_init(test, pm32_devices, ARRAY_SIZE(pm32_devices));
}

static struct kunit_case pm_cases[] = {
	KUNIT_CASE(pm_timer_counts),
	KUNIT_CASE(pm_timer_does_not_drift),
	KUNIT_CASE(pm_timer_of_24_bits_wraps),
	KUNIT_CASE(pm_timer_status_without_a_timer),
	KUNIT_CASE(pm_timer_interrupts),
	KUNIT_CASE(pm_timer_enabled_late),
	KUNIT_CASE(pm_power_button),
	KUNIT_CASE(pm_sleep_button),
	KUNIT_CASE(pm_status_is_cleared_by_bytes),
	KUNIT_CASE(pm_enable_keeps_its_bits),
	KUNIT_CASE(pm_gpe),
	KUNIT_CASE(pm_sci_is_an_or),
	KUNIT_CASE(pm_inputs_refused),
	KUNIT_CASE(pm_smi_command_switches),
	KUNIT_CASE(pm_control_keeps_its_bits),
	KUNIT_CASE(pm_gaps_read_zero),
	KUNIT_CASE(pm_s5_powers_off),
	KUNIT_CASE(pm_s5_by_bytes),
	KUNIT_CASE(pm_s3_sleeps_and_wakes),
	KUNIT_CASE(pm_s4_sleeps_and_wakes),
	KUNIT_CASE(pm_wakes_by_what_is_enabled),
	KUNIT_CASE(pm_wakes_by_what_needs_no_enable),
	KUNIT_CASE(pm_does_not_sleep_with_a_wakeup_pending),
	KUNIT_CASE(pm_timer_does_not_wake),
	KUNIT_CASE(pm_sleeps_once),
	KUNIT_CASE(pm_restores_asleep),
	KUNIT_CASE(pm_other_sleeps_are_ignored),
	KUNIT_CASE(pm_cf9_resets_on_the_rise),
	KUNIT_CASE(pm_cf9_is_not_config_address),
	KUNIT_CASE(pm_reset_register),
	KUNIT_CASE(pm_reset_clears_all),
	KUNIT_CASE(pm_configs_refused),
	KUNIT_CASE(pm_check_refuses),
	KUNIT_CASE(pm_reachable_is_accepted),
	KUNIT_CASE(pm_restores_silently),
	{}
};

static struct kunit_case pm32_cases[] = {
	KUNIT_CASE(pm32_timer_wraps),
	KUNIT_CASE(pm32_timer_interrupts),
	KUNIT_CASE(pm32_powers_off_by_0),
	KUNIT_CASE(pm32_block_moves),
	{}
};

static struct kunit_case pm_rtc_cases[] = {
	KUNIT_CASE(pm_rtc_alarm_wakes),
	KUNIT_CASE(pm_rtc_alarm_without_enable),
	KUNIT_CASE(pm_rtc_status_interrupts),
	KUNIT_CASE(pm_rtc_alarm_alone),
	{}
};

static struct kunit_suite pm_suite = {
	.name = "keel-pm",
	.init = pm_init,
	.exit = harness_exit,
	.test_cases = pm_cases,
};

static struct kunit_suite pm32_suite = {
	.name = "keel-pm-32",
	.init = pm32_init,
	.exit = harness_exit,
	.test_cases = pm32_cases,
};

static struct kunit_suite pm_rtc_suite = {
	.name = "keel-pm-rtc",
	.init = pm_rtc_init,
	.exit = harness_exit,
	.test_cases = pm_rtc_cases,
};

kunit_test_suite(pm_suite);
kunit_test_suite(pm_rtc_suite);
kunit_test_suite(pm32_suite);
