// SPDX-License-Identifier: GPL-2.0
/*
 * What gdb asks for, packet by packet (GDB manual, appendix E). A vCPU is a thread, with the
 * vCPU's number plus one. All of them stop together, and each is let go as gdb says (vCont). The
 * answer to a packet that is not known is empty; to one with nonsense in it, an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "debug/commands.h"
#include "debug/packet.h"
#include "debug/registers.h"
#include "debug/target.h"
#include "debug/virt.h"
#include "status.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define NONSENSE	"E22"
#define NO_MEMORY	"E14"
#define READ_MAX	(PACKET_MAX / 2)
#define ALL_THREADS	(-1)

#define SIGNAL_INT	2
#define SIGNAL_TRAP	5
#define SIGNAL_SEGV	11

static unsigned int nr_cpus(const struct session *session)
{
	return session->target->vm->config->cpus;
}

static struct vcpu *current_vcpu(const struct session *session)
{
	return &session->target->vm->vcpus[session->current];
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* "ADDRESS,LENGTH", and what is behind it */
static bool range(const char **text, __u64 *at, __u64 *size)
{
	if (!hex_number(text, at) || **text != ',')
		return false;
	(*text)++;
	return hex_number(text, size);
}

/* A thread's number, or -1 for all of them and 0 for any one; to a vCPU's, or ALL_THREADS */
static bool thread_number(const struct session *session, const char **text, int *vcpu)
{
	__u64 id;

	if (starts(*text, "-1")) {
		*text += 2;
		*vcpu = ALL_THREADS;
		return true;
	}
	if (!hex_number(text, &id) || id > nr_cpus(session))
		return false;
	*vcpu = id ? (int)id - 1 : (int)session->current;
	return true;
}

/* ---- Stops ---- */

static int signal_of(const struct session *session, bool by_user, int vcpu)
{
	if (atomic_load(&session->target->crashed))
		return SIGNAL_SEGV;
	return by_user && vcpu < 0 ? SIGNAL_INT : SIGNAL_TRAP;
}

/**
 * command_stopped() - the answer to what let the VM go, or to "?".
 * @session: the client's; the VM is stopped
 * @by_user: Ctrl-C
 * @out:     result
 */
void command_stopped(struct session *session, bool by_user, struct packet *out)
{
	static const char *const reasons[] = {
		[HIT_SOFT] = "swbreak:;", [HIT_HARD] = "hwbreak:;", [HIT_WRITE] = "watch:",
		[HIT_ACCESS] = "awatch:", [HIT_STEP] = "", [HIT_NONE] = "",
		[HIT_CRASH] = "",
	};
	int vcpu = target_hit(session->target);
	int hit = HIT_NONE;

	if (vcpu >= 0) {
		hit = atomic_exchange(&session->target->hits[vcpu], HIT_NONE);
		session->stopped = vcpu;
	}
	session->current = session->stopped;
	packet_text(out, "T%02xthread:%x;%s", signal_of(session, by_user, vcpu),
		    session->stopped + 1, reasons[hit]);
	if (hit == HIT_WRITE || hit == HIT_ACCESS)
		packet_text(out, "%llx;", session->target->virt[vcpu]);
}

static void why(struct session *session, const char *text, struct packet *out)
{
	(void)text;
	command_stopped(session, false, out);
}

/* ---- Going on ---- */

static void go(struct session *session, const enum action *actions, struct packet *out)
{
	session->silent = target_go(session->target, actions);
	if (!session->silent)
		command_stopped(session, false, out);
}

/* "c" and "s" of the current thread; the others run. An address to go on at is refused. */
static void go_all(struct session *session, const char *text, struct packet *out)
{
	enum action actions[KEEL_MAX_VCPUS];
	unsigned int i;

	if (text[1]) {
		packet_text(out, NONSENSE);
		return;
	}
	for (i = 0; i < KEEL_MAX_VCPUS; i++)
		actions[i] = ACTION_RUN;
	if (text[0] == 's')
		actions[session->current] = ACTION_STEP;
	go(session, actions, out);
}

/* One of vCont's: "c", "s:THREAD"; signals are none of a VM's, and left out. */
static bool one_action(const struct session *session, const char **text, enum action *actions)
{
	enum action what = **text == 's' || **text == 'S' ? ACTION_STEP : ACTION_RUN;
	bool with_signal = **text == 'S' || **text == 'C';
	int vcpu = ALL_THREADS, i;
	__u64 signal;

	if (!**text || !strchr("cCsS", **text))
		return false;
	(*text)++;
	if (with_signal && !hex_number(text, &signal))
		return false;
	if (**text == ':') {
		(*text)++;
		if (!thread_number(session, text, &vcpu))
			return false;
	}
	for (i = 0; i < (int)nr_cpus(session); i++)	/* the first one that names it counts */
		if ((vcpu == ALL_THREADS || vcpu == i) && actions[i] == ACTION_NONE)
			actions[i] = what;
	return !**text || **text == ';';
}

static void go_each(struct session *session, const char *text, struct packet *out)
{
	enum action actions[KEEL_MAX_VCPUS] = { 0 };
	bool any = false;
	unsigned int i;

	text += strlen("vCont");
	while (*text == ';') {
		text++;
		if (!one_action(session, &text, actions)) {
			packet_text(out, NONSENSE);
			return;
		}
	}
	for (i = 0; i < KEEL_MAX_VCPUS; i++) {
		any |= actions[i] != ACTION_NONE;
		if (actions[i] == ACTION_NONE)
			actions[i] = ACTION_HOLD;
	}
	if (any)
		go(session, actions, out);
	else
		packet_text(out, NONSENSE);
}

static void what_goes(struct session *session, const char *text, struct packet *out)
{
	(void)session;
	(void)text;
	packet_text(out, "vCont;c;C;s;S");
}

/* ---- Registers, memory ---- */

static void get_all(struct session *session, const char *text, struct packet *out)
{
	(void)text;
	if (!registers_get_all(current_vcpu(session), out))
		packet_text(out, NONSENSE);
}

static void set_all(struct session *session, const char *text, struct packet *out)
{
	packet_text(out, registers_set_all(current_vcpu(session), text + 1) ? "OK" : NONSENSE);
}

static void get_one(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 1;
	__u64 n;

	if (!hex_number(&at, &n) || *at || n >= nr_registers ||
	    !register_get(current_vcpu(session), n, out))
		packet_text(out, NONSENSE);
}

static void set_one(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 1;
	__u64 n;

	if (!hex_number(&at, &n) || *at != '=' || n >= nr_registers ||
	    !register_set(current_vcpu(session), n, at + 1))
		packet_text(out, NONSENSE);
	else
		packet_text(out, "OK");
}

static void read_memory(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 1;
	__u8 data[READ_MAX];
	__u64 virt, size;

	if (!range(&at, &virt, &size) || *at || size > READ_MAX)
		packet_text(out, NONSENSE);
	else if (!virt_read(current_vcpu(session), virt, data, size))
		packet_text(out, NO_MEMORY);
	else
		packet_hex(out, data, size);
}

static void write_memory(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 1;
	__u8 data[READ_MAX];
	__u64 virt, size;

	if (!range(&at, &virt, &size) || *at != ':' || size > READ_MAX ||
	    hex_bytes(at + 1, data, size) != size)
		packet_text(out, NONSENSE);
	else if (!virt_write(current_vcpu(session), virt, data, size))
		packet_text(out, NO_MEMORY);
	else
		packet_text(out, "OK");
}

/* ---- Break- and watchpoints: "Z0,ADDRESS,LENGTH", "z2,..." ---- */

static void point(struct session *session, const char *text, struct packet *out)
{
	struct points *points = &session->target->points;
	const char *at = text + 3, *error = NULL;
	__u64 virt, size;
	int kind = text[1] - '0';

	if (kind == POINT_READ || kind < POINT_SOFT || kind > POINT_ACCESS)
		return;		/* not supported: an empty answer */
	if (text[2] != ',' || !range(&at, &virt, &size) || (*at && *at != ';')) {
		packet_text(out, NONSENSE);
		return;
	}
	if (text[0] == 'Z')
		error = points_add(points, current_vcpu(session), kind, virt, size);
	else
		points_remove(points, kind, virt, size);
	packet_text(out, "%s", error ? error : "OK");
}

/* ---- Threads ---- */

static void set_thread(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 2;
	int vcpu;

	if (!text[1] || !thread_number(session, &at, &vcpu)) {
		packet_text(out, NONSENSE);
		return;
	}
	if (text[1] == 'g' && vcpu != ALL_THREADS)
		session->current = vcpu;
	packet_text(out, "OK");
}

static void is_alive(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + 1;
	int vcpu;

	packet_text(out, thread_number(session, &at, &vcpu) ? "OK" : NONSENSE);
}

static void threads(struct session *session, const char *text, struct packet *out)
{
	unsigned int i;

	(void)text;
	for (i = 0; i < nr_cpus(session); i++)
		packet_text(out, "%c%x", i ? ',' : 'm', i + 1);
}

static void no_more_threads(struct session *session, const char *text, struct packet *out)
{
	(void)session;
	(void)text;
	packet_text(out, "l");
}

static void thread_name(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + strlen("qThreadExtraInfo,");
	char name[16];
	int vcpu;

	if (!thread_number(session, &at, &vcpu) || vcpu == ALL_THREADS) {
		packet_text(out, NONSENSE);
		return;
	}
	packet_hex(out, name, snprintf(name, sizeof(name), "vCPU %d", vcpu));
}

static void current_thread(struct session *session, const char *text, struct packet *out)
{
	(void)text;
	packet_text(out, "QC%x", session->current + 1);
}

/* ---- The rest ---- */

static void supported(struct session *session, const char *text, struct packet *out)
{
	(void)session;
	(void)text;
	packet_text(out, "PacketSize=%x;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+;"
		    "QStartNoAckMode+", PACKET_MAX);
}

static void no_ack(struct session *session, const char *text, struct packet *out)
{
	(void)text;
	session->no_ack = true;
	packet_text(out, "OK");
}

static void attached(struct session *session, const char *text, struct packet *out)
{
	(void)session;
	(void)text;
	packet_text(out, "1");
}

static void description(struct session *session, const char *text, struct packet *out)
{
	const char *at = text + strlen("qXfer:features:read:target.xml:");
	const char *xml = registers_xml();
	size_t length = strlen(xml);
	__u64 from, size;

	(void)session;
	if (!range(&at, &from, &size) || *at || from > length) {
		packet_text(out, NONSENSE);
		return;
	}
	if (size > READ_MAX)
		size = READ_MAX;
	packet_text(out, length - from > size ? "m" : "l");
	packet_bytes(out, xml + from, length - from > size ? size : length - from);
}

static void detach(struct session *session, const char *text, struct packet *out)
{
	(void)text;
	session->over = true;
	packet_text(out, "OK");
}

static void kill_vm(struct session *session, const char *text, struct packet *out)
{
	target_end(session->target, STATUS_QUIT);
	session->over = true;
	if (text[0] == 'v')
		packet_text(out, "OK");
}

/* The first one whose name the packet begins with */
static const struct {
	const char *name;
	void (*function)(struct session *session, const char *text, struct packet *out);
} commands[] = {
	{ "?", why },
	{ "vCont?", what_goes },
	{ "vCont", go_each },
	{ "vKill", kill_vm },
	{ "c", go_all },
	{ "s", go_all },
	{ "g", get_all },
	{ "G", set_all },
	{ "p", get_one },
	{ "P", set_one },
	{ "m", read_memory },
	{ "M", write_memory },
	{ "Z", point },
	{ "z", point },
	{ "H", set_thread },
	{ "T", is_alive },
	{ "qfThreadInfo", threads },
	{ "qsThreadInfo", no_more_threads },
	{ "qThreadExtraInfo,", thread_name },
	{ "qC", current_thread },
	{ "qSupported", supported },
	{ "qAttached", attached },
	{ "qXfer:features:read:target.xml:", description },
	{ "QStartNoAckMode", no_ack },
	{ "D", detach },
	{ "k", kill_vm },
};

/**
 * command() - carry one out.
 * @session: the client's; the VM is stopped
 * @in:      it
 * @out:     the answer, if it is not @session->silent
 */
void command(struct session *session, struct packet *in, struct packet *out)
{
	size_t i;

	session->silent = false;
	packet_clear(out);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!starts(in->data, commands[i].name))
			continue;
		commands[i].function(session, in->data, out);
		break;
	}
	if (out->full) {
		packet_clear(out);
		packet_text(out, NONSENSE);
	}
}
