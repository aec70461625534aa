// SPDX-License-Identifier: GPL-2.0
/* Is a console in its expected state, and is a forged state a possible one? */
#include "console.h"

/* ---- The expected state ---- */

static void check_port(const struct console_port *p, unsigned int port,
		       struct keel_vcon_state *s)
{
	s->cols[port] = p->cols;
	s->rows[port] = p->rows;
	s->connected |= p->connected << port;
	s->added |= p->added << port;
	s->open |= p->open << port;
	s->tell_add |= p->due[ADD] << port;
	s->tell_console |= p->due[IS_CONSOLE] << port;
	s->tell_size |= p->due[SIZE] << port;
	s->tell_name |= p->due[NAME] << port;
	s->tell_closed |= p->due[GONE] << port;
	s->tell_open |= p->due[COME] << port;
}

static void check_state(const struct console *c)
{
	struct keel_vcon_state want = { .ready = c->ready, .nr_emergency = c->nr_emergency };
	unsigned int i;

	for (i = 0; i < c->nr_ports; i++)
		check_port(&c->ports[i], i, &want);
	memcpy(want.emergency, c->emergency, sizeof(want.emergency));
	must(!memcmp(&c->d->v->s->vcon, &want, sizeof(want)));
}

static void check_counters(const struct console *c)
{
	const struct keel_virtio *v = c->d->v;
	const size_t first = offsetof(struct keel_vcon, sent);

	must(!memcmp((const u8 *)&v->vcon + first, (const u8 *)&c->counts + first,
		     sizeof(v->vcon) - first));
	must(v->ignored == c->ignored && v->wrong[VIRTIO_BAD_CONFIG] == c->ignored);
	must(v->config_changes == c->changes);
}

static void check_emergency(const struct console *c)
{
	struct keel_vcon_text text;

	must(keel_vcon_emergency(c->d->v, &text) == c->nr_emergency);
	must(text.nr == c->nr_emergency);
	must(!memcmp(text.bytes, c->emergency, c->nr_emergency));
}

/**
 * console_check() - is everything as expected?
 * @c: the console
 */
void console_check(const struct console *c)
{
	const struct keel_virtio *v = c->d->v;
	unsigned int i;

	check_state(c);
	check_counters(c);
	check_emergency(c);
	must(!memcmp(v->s->config, c->space, sizeof(c->space)));
	must(v->s->generation == c->generation);
	must(keel_vcon_ports(v) == c->nr_ports);
	for (i = 0; i < c->nr_ports; i++)
		must(keel_vcon_may_receive(v, i) ==
		     (c->features & CONSOLE_MULTIPORT ? c->ports[i].open : true));
	must(keel_virtio_check(v, v->s));
}

/* ---- Possible states ---- */

static bool could_be_port(const struct keel_vcon_state *s, unsigned int port, bool there)
{
	const u8 bit = 1 << port;
	bool added = s->added & bit, adding = s->tell_add & bit, connected = s->connected & bit;
	bool told = (s->tell_console | s->tell_size | s->tell_name | s->tell_closed |
		     s->tell_open) & bit;

	if (!there)
		return !added && !adding && !connected && !told && !(s->open & bit) &&
		       !s->cols[port] && !s->rows[port];
	if (adding && added)
		return false;
	if (!added && (told || s->open & bit))
		return false;
	if ((added || adding) && !s->ready)
		return false;
	return connected || !(s->tell_open & bit);
}

static bool could_be_written(const struct keel_vcon_state *s)
{
	unsigned int i;

	for (i = 0; i < sizeof(s->pad); i++)
		if (s->pad[i])
			return false;
	for (i = 0; i < KEEL_VCON_EMERGENCY; i++)
		if (i >= s->nr_emergency && s->emergency[i])
			return false;
	return s->nr_emergency <= KEEL_VCON_EMERGENCY;
}

/* A chain sent in part: only in an output queue that is no control queue. */
static bool could_be_queues(const struct console *c, const struct keel_virtio_state *s)
{
	unsigned int port, i;
	u32 data = 0;

	for (port = 0; port < c->nr_ports; port++)
		data |= 1U << (port ? 2 * port + 3 : 1);
	for (i = 0; i < c->config.queues; i++)
		if (s->queues[i].partial && !(c->live && data >> i & 1))
			return false;
	return true;
}

/**
 * console_could_be() - is it a state that driver and host can bring about?
 * @c: the console
 * @s: its state, but for some bytes of what is a console's alone
 */
bool console_could_be(const struct console *c, const struct keel_virtio_state *s)
{
	unsigned int i;

	for (i = 0; i < KEEL_VCON_PORTS; i++)
		if (!could_be_port(&s->vcon, i, i < c->nr_ports))
			return false;
	if (s->vcon.ready && !(s->vcon.ready == 1 && c->live && c->features & CONSOLE_MULTIPORT))
		return false;
	return could_be_written(&s->vcon) && could_be_queues(c, s);
}

/* ---- The driver's view ---- */

/**
 * console_check_heard() - after all messages, does the driver know the present state?
 * @c: the console
 */
void console_check_heard(const struct console *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_ports; i++) {
		const struct console_port *p = &c->ports[i];
		bool terminal = !p->name[0];

		if (!p->added || p->lost)
			continue;
		must(p->heard.come == p->connected);
		must(p->heard.what == (terminal ? IS_CONSOLE : NAME));
		must(!terminal || (p->heard.cols == p->cols && p->heard.rows == p->rows));
	}
}
