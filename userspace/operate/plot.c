// SPDX-License-Identifier: GPL-2.0
/*
 * keel plot: a histogram of a VM's latencies, and a time line: of the longest accesses, or with
 * --seconds of the percentiles of what it measures meanwhile. gnuplot draws: it gets the data and
 * what to do with them on its standard input, and its standard output is the picture's file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/percentile.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "operate/times.h"
#include "status.h"

#define SECONDS_MAX	3600

const char plot_details[] =
	"FILE gets a picture in SVG, which gnuplot draws (Debian's package gnuplot-nox).\n"
	"--of DEVICE.NAME.KIND says of what, in the words of keel latency (pit0.counters.read,\n"
	"line4.eoi.line); without it, of what has happened most often. The picture has a histogram,\n"
	"and below it the longest accesses by their time; with --seconds N it measures for so long,\n"
	"and shows the percentiles of each second instead.\n";

/* ---- What is measured ---- */

static json_t *ask(const char *vm)
{
	struct client client;
	json_t *value;
	char *text;

	client_open(&client, vm);
	client_ask(&client, "latency", "--json");
	text = client_answer(&client);
	client_close(&client);
	value = json_loads(text, 0, NULL);
	free(text);
	if (!value)
		die(STATUS_INTERNAL, "%s: the answer is not JSON", vm);
	return value;
}

static char *name_of(const struct times *t)
{
	char *name;

	if (asprintf(&name, "%s.%s.%s", t->device, t->name, t->kind) < 0)
		die(STATUS_MEMORY, "out of memory");
	return name;
}

/* NULL: there is nothing of that name. */
static const struct times *find(const struct times *list, size_t nr, const char *of)
{
	const struct times *found = NULL;
	size_t i;

	for (i = 0; i < nr && !found; i++) {
		char *name = name_of(&list[i]);

		if (!strcmp(name, of))
			found = &list[i];
		free(name);
	}
	return found;
}

/* The name of what is most frequent; NULL: there is nothing. */
static char *most_frequent(const json_t *answer)
{
	static struct times list[TIMES_MAX];
	const struct times *best = NULL;
	size_t i, nr = times_between(NULL, answer, list);

	for (i = 0; i < nr; i++)
		if (!best || list[i].count > best->count)
			best = &list[i];
	return best ? name_of(best) : NULL;
}

/* ---- gnuplot ---- */

extern char **environ;

/**
 * struct drawing - by gnuplot.
 * @to:  its standard input
 * @pid: it
 */
struct drawing {
	FILE *to;
	pid_t pid;
};

static pid_t spawn_gnuplot(int from, int to)
{
	char *const argv[] = { "gnuplot", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error == ENOENT)
		die(STATUS_USAGE, "gnuplot is not installed: apt install gnuplot-nox");
	if (error)
		die(STATUS_INTERNAL, "gnuplot: %s", strerror(error));
	return pid;
}

static struct drawing drawing_begin(const char *file)
{
	struct drawing drawing;
	int pipes[2], fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", file,
		    strerror(errno));
	if (pipe2(pipes, O_CLOEXEC))
		die(STATUS_INTERNAL, "a pipe: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	drawing.pid = spawn_gnuplot(pipes[0], fd);
	close(pipes[0]);
	close(fd);
	drawing.to = fdopen(pipes[1], "w");
	if (!drawing.to)
		die(STATUS_MEMORY, "out of memory");
	fputs("set terminal svg size 900,760\nset multiplot layout 2,1\n", drawing.to);
	return drawing;
}

static void drawing_end(const struct drawing *drawing)
{
	int status = 0;

	fputs("unset multiplot\n", drawing->to);
	fclose(drawing->to);
	while (waitpid(drawing->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		die(STATUS_INTERNAL, "gnuplot has failed");
}

/* A text of gnuplot's in which only the quote means anything */
static void put_quoted(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', to);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
	}
	fputc('\'', to);
}

/* ---- The histogram ---- */

static void put_title(FILE *to, const struct times *t, const char *vm)
{
	char *title;

	if (asprintf(&title, "%s: %s %s (%s), %llu times; p50 %llu ns, p99 %llu ns", vm, t->device,
		     t->name, t->kind, t->count, percentile(t->buckets, 500, t->most),
		     percentile(t->buckets, 990, t->most)) < 0)
		die(STATUS_MEMORY, "out of memory");
	fputs("set title ", to);
	put_quoted(to, title);
	fputs(" noenhanced\n", to);
	free(title);
}

/* A bar's label is where its bucket ends. */
static void draw_histogram(FILE *to, const struct times *t, const char *vm)
{
	unsigned int first = 0, last = KEEL_LATENCY_BUCKETS - 1, i;

	while (!t->buckets[first])
		first++;
	while (!t->buckets[last])
		last--;
	put_title(to, t, vm);
	fprintf(to, "set style fill solid\nset boxwidth 0.9\nset logscale y\nset yrange [0.5:*]\n");
	fprintf(to, "set xrange [%d.5:%u.5]\nset ylabel 'count'\n", (int)first - 1, last);
	for (i = first; i <= last; i++)
		fprintf(to, "set xtics add (gprintf('%%.0s %%cs', %g) %u)\n",
			(double)(1ULL << i) / 1e9, i);
	fprintf(to, "plot '-' with boxes notitle\n");
	for (i = first; i <= last; i++)
		if (t->buckets[i])
			fprintf(to, "%u %llu\n", i, t->buckets[i]);
	fputs("e\n", to);
}

/* ---- Time lines ---- */

/**
 * struct point - of a time line.
 * @at: seconds of VmTime
 * @ns: how long something took
 */
struct point {
	double at;
	__u64 ns;
};

/**
 * struct series - points of one kind.
 * @name:   of the kind
 * @points: by time
 */
struct series {
	const char *name;
	const struct point *points;
};

static void begin_time_line(FILE *to, const char *title)
{
	fprintf(to, "set title '%s'\nset xlabel 'VmTime, s'\nset ylabel 'ns'\nset xtics autofreq\n",
		title);
	fprintf(to, "set xrange [*:*]\nset yrange [*:*]\nset logscale y\n");
}

/* gnuplot's logarithm of nothing is no point. */
static void draw_series(FILE *to, const struct series *series, unsigned int nr, size_t points,
			const char *with)
{
	unsigned int i;
	size_t k;

	for (i = 0; i < nr; i++)
		fprintf(to, "%s '-' with %s title '%s'", i ? "," : "plot", with, series[i].name);
	fputc('\n', to);
	for (i = 0; i < nr; i++) {
		for (k = 0; k < points; k++)
			fprintf(to, "%.6f %llu\n", series[i].points[k].at,
				series[i].points[k].ns ? series[i].points[k].ns : 1);
		fputs("e\n", to);
	}
}

static struct point p50[SECONDS_MAX], p99[SECONDS_MAX], longest[SECONDS_MAX];

/**
 * struct watch - what --seconds has seen.
 * @of:    of what
 * @first: the first answer
 * @last:  the last one
 * @nr:    points of each series
 */
struct watch {
	const char *of;
	json_t *first;
	json_t *last;
	size_t nr;
};

/* A second without any is no point. */
static void note(struct watch *w, const json_t *old)
{
	static struct times list[TIMES_MAX];
	const struct times *t = find(list, times_between(old, w->last, list), w->of);
	double at = json_integer_value(json_object_get(w->last, "now")) / 1e9;

	if (!t)
		return;
	p50[w->nr] = (struct point){ at, percentile(t->buckets, 500, t->most) };
	p99[w->nr] = (struct point){ at, percentile(t->buckets, 990, t->most) };
	longest[w->nr] = (struct point){ at, percentile(t->buckets, 1000, t->most) };
	w->nr++;
}

static void watch(struct watch *w, const char *vm, unsigned int seconds)
{
	json_t *old;

	w->first = ask(vm);
	w->last = json_incref(w->first);
	if (!w->of)
		w->of = most_frequent(w->first);
	if (!w->of)
		die(STATUS_STATE, "%s: nothing was measured; keel latency VM on", vm);
	while (seconds--) {
		poll(NULL, 0, 1000);
		old = w->last;
		w->last = ask(vm);
		note(w, old);
		json_decref(old);
	}
}

static void draw_watched(FILE *to, const struct watch *w)
{
	const struct series series[] = {
		{ "longest", longest }, { "p99", p99 }, { "p50", p50 },
	};

	begin_time_line(to, "each second");
	draw_series(to, series, ARRAY_SIZE(series), w->nr, "linespoints");
}

/* Return: how many. */
static size_t read_worst(const json_t *answer, struct point *points)
{
	const json_t *list = json_object_get(answer, "worst");
	size_t i;

	for (i = 0; i < json_array_size(list) && i < KEEL_WORST_ACCESSES; i++) {
		const json_t *one = json_array_get(list, i);

		points[i].at = json_integer_value(json_object_get(one, "at")) / 1e9;
		points[i].ns = json_integer_value(json_object_get(one, "ns"));
	}
	return i;
}

static void draw_worst(FILE *to, const json_t *answer)
{
	struct point points[KEEL_WORST_ACCESSES];
	const struct series series = { "an access", points };
	size_t nr = read_worst(answer, points);

	begin_time_line(to, "the longest accesses");
	if (nr)
		draw_series(to, &series, 1, nr, "points pointtype 7");
}

/* ---- The picture ---- */

static void draw(const char *vm, const char *file, const struct watch *w, bool watched)
{
	static struct times list[TIMES_MAX];
	size_t nr = times_between(watched ? w->first : NULL, w->last, list);
	const struct times *t = find(list, nr, w->of);
	struct drawing drawing;

	if (!t)
		die(STATUS_STATE, "%s: nothing was measured of %s", vm, w->of);
	drawing = drawing_begin(file);
	draw_histogram(drawing.to, t, vm);
	if (watched && w->nr)
		draw_watched(drawing.to, w);
	else
		draw_worst(drawing.to, w->last);
	drawing_end(&drawing);
}

int command_plot(int argc, char **argv)
{
	struct watch w = { 0 };
	const char *seconds = "0";
	const struct argument options[] = {
		{ "of", NULL, &w.of }, { "seconds", NULL, &seconds },
	};
	unsigned int duration;

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 2, 2);
	duration = argument_number("seconds", seconds, SECONDS_MAX);
	watch(&w, argv[1], duration);
	draw(argv[1], argv[2], &w, duration);
	json_decref(w.first);
	json_decref(w.last);
	return 0;
}
