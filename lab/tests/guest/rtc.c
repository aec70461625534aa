// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest: tests its clock, through /dev/rtc, its buttons, through /dev/input, and
 * its ACPI registers. One test a call, which prints "@ NAME ok" or the error; the machine
 * may be stopped at any moment, so lateness is no error.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/rtc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71
#define RTC_A		0x0a
#define RTC_B		0x0b
#define RTC_B_PIE	0x40
#define PM1_CNT		0x604
#define PM1_SLP_EN	0x2000
#define GPE0_STS	0x620

static const char *test;

static void __noreturn __printf(1, 2) end(const char *format, ...)
{
	va_list args;

	printf("@ %s ", test);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(strcmp(format, "ok"));
}

static void check(int failed, const char *what)
{
	if (failed)
		end("%s: %s", what, strerror(errno));
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int open_rtc(void)
{
	int fd = open("/dev/rtc0", O_RDONLY);

	check(fd < 0, "/dev/rtc0");
	return fd;
}

static time_t to_seconds(struct rtc_time *date)
{
	struct tm tm = {
		.tm_sec = date->tm_sec, .tm_min = date->tm_min, .tm_hour = date->tm_hour,
		.tm_mday = date->tm_mday, .tm_mon = date->tm_mon, .tm_year = date->tm_year,
	};

	return timegm(&tm);
}

static struct rtc_time to_date(time_t seconds)
{
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (struct rtc_time){
		.tm_sec = tm.tm_sec, .tm_min = tm.tm_min, .tm_hour = tm.tm_hour,
		.tm_mday = tm.tm_mday, .tm_mon = tm.tm_mon, .tm_year = tm.tm_year,
		.tm_wday = tm.tm_wday,
	};
}

static time_t rtc_seconds(int fd)
{
	struct rtc_time date;

	check(ioctl(fd, RTC_RD_TIME, &date), "RTC_RD_TIME");
	return to_seconds(&date);
}

/* Waits for an interrupt; returns how many there were since the last one */
static unsigned long rtc_wait(int fd)
{
	unsigned long data;

	check(read(fd, &data, sizeof(data)) != sizeof(data), "read");
	return data >> 8;
}

/* Update interrupts come with each new second, and no other interrupts do */
static void test_uie(void)
{
	int i, fd = open_rtc();
	time_t before, after;

	check(ioctl(fd, RTC_UIE_ON), "RTC_UIE_ON");
	rtc_wait(fd);
	before = rtc_seconds(fd);
	for (i = 0; i < 2; i++) {
		rtc_wait(fd);
		after = rtc_seconds(fd);
		if (after <= before)
			end("update %d at second %ld, after %ld", i, after, before);
		before = after;
	}
	check(ioctl(fd, RTC_UIE_OFF), "RTC_UIE_OFF");
	end("ok");
}

/* The alarm interrupt comes at its time, and not before */
static void test_aie(void)
{
	struct rtc_wkalrm alarm = { .enabled = 1 };
	int fd = open_rtc();
	time_t at = rtc_seconds(fd) + 3;

	alarm.time = to_date(at);
	check(ioctl(fd, RTC_WKALM_SET, &alarm), "RTC_WKALM_SET");
	check(ioctl(fd, RTC_WKALM_RD, &alarm), "RTC_WKALM_RD");
	if (to_seconds(&alarm.time) != at || !alarm.enabled)
		end("the alarm is set to %ld, not %ld", to_seconds(&alarm.time), at);
	rtc_wait(fd);
	if (rtc_seconds(fd) < at)
		end("it rings at %ld, which is before %ld", rtc_seconds(fd), at);
	end("ok");
}

/* Linux makes /dev/rtc's periods with a timer; their number must match the time */
static void test_pie(void)
{
	static const unsigned long rates[] = { 2, 64, 1024, 0 };
	int fd = open_rtc();
	unsigned int i;

	for (i = 0; rates[i]; i++) {
		unsigned long rate = rates[i], periods = 0;
		double start, elapsed;

		check(ioctl(fd, RTC_IRQP_SET, rate), "RTC_IRQP_SET");
		check(ioctl(fd, RTC_PIE_ON), "RTC_PIE_ON");
		rtc_wait(fd);
		start = now();
		while (periods < rate)
			periods += rtc_wait(fd);
		elapsed = now() - start;
		check(ioctl(fd, RTC_PIE_OFF), "RTC_PIE_OFF");
		/* The first wait may have been late, and so have come close to the second */
		if (periods > elapsed * rate + 2 + rate / 10)
			end("%lu periods in %f s at %lu Hz", periods, elapsed, rate);
	}
	end("ok");
}

static unsigned char cmos_read(unsigned char reg)
{
	outb(reg, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static void cmos_write(unsigned char reg, unsigned char value)
{
	outb(reg, CMOS_INDEX);
	outb(value, CMOS_DATA);
}

static unsigned long rtc_interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long n = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, " rtc0"))
			n = strtoul(strchr(line, ':') + 1, NULL, 10);
	if (file)
		fclose(file);
	return n;
}

/*
 * The chip's own periods, at the rate of "select": the driver's handler takes them. It may
 * run between accesses to the index port and the data port, and change the index to register
 * C's, so each write is read back, and each value looked at.
 */
static void test_hardware_pie(unsigned int select)
{
	unsigned long before, after, rate = 32768 >> (select - 1);
	unsigned char a, b;
	double start;
	int tries;

	check(iopl(3), "iopl");
	/* The handler's register C has no rate, and no bit of 24 hours */
	do
		a = cmos_read(RTC_A);
	while (!(a & 0x0f));
	do
		b = cmos_read(RTC_B);
	while (!(b & 0x02));
	for (tries = 0; tries < 100 && (cmos_read(RTC_A) & 0xf) != select; tries++)
		cmos_write(RTC_A, (a & 0x70) | select);
	before = rtc_interrupts();
	start = now();
	cmos_write(RTC_B, b | RTC_B_PIE);
	while (rtc_interrupts() - before < 20 && now() - start < 60)
		usleep(20000);
	for (tries = 0; tries < 1000 && cmos_read(RTC_B) & RTC_B_PIE; tries++)
		cmos_write(RTC_B, b);
	after = rtc_interrupts();
	for (tries = 0; tries < 100 && (cmos_read(RTC_A) & 0x7f) != (a & 0x7f); tries++)
		cmos_write(RTC_A, a);
	if (after - before < 20)
		end("%lu interrupts in a minute at %lu Hz", after - before, rate);
	if (after - before > (now() - start) * rate + 2)
		end("%lu interrupts in %f s at %lu Hz", after - before, now() - start, rate);
	end("ok");
}

/* The clock, set to the second before a year's end, goes on into the next year */
static void test_set(void)
{
	const time_t year = 1956528000;		/* 2032-01-01 00:00:00 */
	struct rtc_time date = to_date(year - 2);
	int fd = open_rtc();
	double start, elapsed;
	time_t seen;

	start = now();
	check(ioctl(fd, RTC_SET_TIME, &date), "RTC_SET_TIME");
	seen = rtc_seconds(fd);
	elapsed = now() - start;
	if (seen < year - 2 || seen > year - 2 + elapsed + 1)
		end("set to %ld, after %f s it is %ld", year - 2, elapsed, seen);
	while (now() - start < 3)
		usleep(100000);
	elapsed = now() - start;
	seen = rtc_seconds(fd);
	if (seen < year || seen > year - 2 + (now() - start) + 1)
		end("set to %ld, after %f s it is %ld", year - 2, elapsed, seen);
	end("ok");
}

static int open_key(int key)
{
	unsigned char keys[KEY_MAX / 8 + 1];
	char path[32];
	int i, fd;

	for (i = 0; i < 32; i++) {
		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		fd = open(path, O_RDONLY);
		memset(keys, 0, sizeof(keys));
		/* A keyboard has these keys, too, besides many others */
		if (fd >= 0 && ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) >= 0 &&
		    keys[key / 8] & 1 << key % 8 && !(keys[KEY_A / 8] & 1 << KEY_A % 8))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	errno = ENODEV;
	check(1, "no such button");
	return -1;
}

/* Waits for a button's press */
static void test_button(int key)
{
	struct input_event event;
	int fd = open_key(key);

	printf("@ press %s\n", test);
	fflush(stdout);
	do {
		check(read(fd, &event, sizeof(event)) != sizeof(event), "read");
	} while (event.type != EV_KEY);
	if (event.code != key || event.value != 1)
		end("key %d, %d instead of %d, 1", event.code, event.value, key);
	end("ok");
}

/* Raises a general-purpose event; Linux has all of them disabled */
static void test_gpe(unsigned int gpe)
{
	check(iopl(3), "iopl");
	printf("@ press %s\n", test);
	fflush(stdout);
	while (!inw(GPE0_STS))
		usleep(20000);
	if (inw(GPE0_STS) != 1 << gpe)
		end("GPE0_STS is 0x%x", inw(GPE0_STS));
	outw(1 << gpe, GPE0_STS);
	if (inw(GPE0_STS))
		end("GPE0_STS stays 0x%x", inw(GPE0_STS));
	end("ok");
}

/* Enters a sleep state, whatever Linux thinks of it */
static void go_to_sleep(unsigned int state)
{
	check(iopl(3), "iopl");
	outw(state << 10 | PM1_SLP_EN, PM1_CNT);
	sleep(600);
	end("still awake");
}

int main(int argc, char **argv)
{
	int number = argc > 2 ? atoi(argv[2]) : 0;

	test = argc > 1 ? argv[1] : "";
	if (!strcmp(test, "uie"))
		test_uie();
	if (!strcmp(test, "aie"))
		test_aie();
	if (!strcmp(test, "pie"))
		test_pie();
	if (!strncmp(test, "chip", 4))
		test_hardware_pie(number);
	if (!strcmp(test, "set"))
		test_set();
	if (!strcmp(test, "power-button"))
		test_button(KEY_POWER);
	if (!strcmp(test, "sleep-button"))
		test_button(KEY_SLEEP);
	if (!strcmp(test, "gpe"))
		test_gpe(number);
	if (!strcmp(test, "sleep"))
		go_to_sleep(number);
	return 2;
}
