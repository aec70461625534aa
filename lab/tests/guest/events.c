// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest: prints its input devices, then the number of their events whenever none
 * comes for a while, and after the release of F12 all events, a line for each. Not earlier:
 * while a slow console takes the lines, evdev would drop events. Repeats of a key that is held are
 * counted by themselves, since their number is a matter of time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICES		8
#define TIMEOUT_MS	60000	/* without an event */
#define QUIET_MS	500	/* after the last one */
#define PAUSE_MS	5	/* after others */
#define EVENTS		4096
#define REPEATED	2	/* value of a key */

static struct pollfd fds[DEVICES];
static char kinds[DEVICES];
static int nr;
static struct {
	int device;
	struct input_event event;
} events[EVENTS];
static int nr_events;
static int repeats[KEY_CNT];

/* Tells mouse and keyboard apart: a mouse moves. */
static void device_open(const char *path)
{
	unsigned long types[1] = { 0 };
	char name[128] = "?";
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	if (fd < 0 || nr == DEVICES)
		return;
	ioctl(fd, EVIOCGNAME(sizeof(name)), name);
	ioctl(fd, EVIOCGBIT(0, sizeof(types)), types);
	if (!(types[0] & (1UL << EV_REL | 1UL << EV_LED)))	/* power buttons and such */
		return;
	kinds[nr] = types[0] & 1UL << EV_REL ? 'm' : 'k';
	printf("@ device %c %s\n", kinds[nr], name);
	fds[nr++] = (struct pollfd){ fd, POLLIN, 0 };
}

static void devices_open(void)
{
	DIR *folder = opendir("/dev/input");
	struct dirent *entry;
	char path[300];

	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "event", 5))
			continue;
		snprintf(path, sizeof(path), "/dev/input/%s", entry->d_name);
		device_open(path);
	}
}

/* Leaves out frames, scan codes and the wheel's second, finer report. */
static int is_news(const struct input_event *event)
{
	return event->type == EV_KEY ||
	       (event->type == EV_REL && event->code != REL_WHEEL_HI_RES) ||
	       (event->type == EV_SYN && event->code == SYN_DROPPED);
}

/* Returns whether the last key has gone up. */
static int device_read(int i)
{
	struct input_event event;
	int over = 0;

	while (read(fds[i].fd, &event, sizeof(event)) == sizeof(event)) {
		if (event.type == EV_KEY && event.value == REPEATED) {
			repeats[event.code]++;
			continue;
		}
		if (!is_news(&event) || nr_events == EVENTS)
			continue;
		events[nr_events].device = i;
		events[nr_events++].event = event;
		over |= event.type == EV_KEY && event.code == KEY_F12 && !event.value;
	}
	return over;
}

/* Returns how many events there were. */
static int read_all(int *over)
{
	int before = nr_events, i;

	for (i = 0; i < nr; i++)
		*over |= device_read(i);
	return nr_events - before;
}

static void print_all(void)
{
	int i;

	for (i = 0; i < nr_events; i++)
		printf("@ %c %d %d %d\n", kinds[events[i].device], events[i].event.type,
		       events[i].event.code, events[i].event.value);
	for (i = 0; i < KEY_CNT; i++)
		if (repeats[i])
			printf("@ repeats %d %d\n", i, repeats[i]);
}

int main(void)
{
	int over = 0, news = 0, timeout;

	setvbuf(stdout, NULL, _IOFBF, 4096);
	devices_open();
	printf("@ listening %d\n", nr);
	fflush(stdout);
	for (;;) {
		timeout = news ? PAUSE_MS : over ? QUIET_MS : TIMEOUT_MS;
		if (poll(fds, nr, timeout) > 0) {
			news += read_all(&over);
		} else if (news) {
			printf("@ seen %d.\n", nr_events);
			fflush(stdout);
			news = 0;
		} else {
			break;
		}
	}
	print_all();
	printf("@ over %d\n", over);
	fflush(stdout);
	return 0;
}
