// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's registers, as gdb numbers and names them: one table, from which the target description
 * (GDB manual, appendix G) is written as well. The features' names, and the order of the registers
 * in the first two, are gdb's; the third one is this launcher's.
 */
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/table.h"
#include "debug/packet.h"
#include "debug/registers.h"
#include "vm/vcpu.h"

struct state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
};

/**
 * struct reg - a register.
 * @name:    gdb's
 * @type:    gdb's, or NULL: int
 * @bits:    as gdb has it
 * @field:   where in struct state
 * @size:    bytes of it there; 0: KVM does not have it, it reads 0
 * @feature: the first one of a feature names it
 */
struct reg {
	const char *name;
	const char *type;
	unsigned int bits;
	size_t field;
	size_t size;
	const char *feature;
};

#define FIELD(member)	ROW_FIELD(state, member)
#define GENERAL(r)	{ #r, "int64", 64, FIELD(regs.r) }
#define SEGMENT(r)	{ #r, "int32", 32, FIELD(sregs.r.selector) }
#define ST(n)		{ "st" #n, "i387_ext", 80, ST_FIELD(n) }
#define ST_FIELD(n)	.size = 10, .field = offsetof(struct state, fpu.fpr[n])
#define XMM(n)		{ "xmm" #n, "vec128", 128, FIELD(fpu.xmm[n]) }
#define NOT_KEPT(r)	{ r, "int", 32, .size = 0 }
#define CONTROL(r)	{ #r, "int64", 64, FIELD(sregs.r) }

static const struct reg registers[] = {
	{ "rax", "int64", 64, FIELD(regs.rax), "org.gnu.gdb.i386.core" },
	GENERAL(rbx), GENERAL(rcx), GENERAL(rdx), GENERAL(rsi), GENERAL(rdi),
	{ "rbp", "data_ptr", 64, FIELD(regs.rbp) },
	{ "rsp", "data_ptr", 64, FIELD(regs.rsp) },
	GENERAL(r8), GENERAL(r9), GENERAL(r10), GENERAL(r11), GENERAL(r12), GENERAL(r13),
	GENERAL(r14), GENERAL(r15),
	{ "rip", "code_ptr", 64, FIELD(regs.rip) },
	{ "eflags", "int32", 32, .size = 4, .field = offsetof(struct state, regs.rflags) },
	SEGMENT(cs), SEGMENT(ss), SEGMENT(ds), SEGMENT(es), SEGMENT(fs), SEGMENT(gs),
	ST(0), ST(1), ST(2), ST(3), ST(4), ST(5), ST(6), ST(7),
	{ "fctrl", "int", 32, FIELD(fpu.fcw) },
	{ "fstat", "int", 32, FIELD(fpu.fsw) },
	{ "ftag", "int", 32, FIELD(fpu.ftwx) },	/* a bit for each: not empty */
	NOT_KEPT("fiseg"),
	{ "fioff", "int", 32, .size = 4, .field = offsetof(struct state, fpu.last_ip) },
	NOT_KEPT("foseg"),
	{ "fooff", "int", 32, .size = 4, .field = offsetof(struct state, fpu.last_dp) },
	{ "fop", "int", 32, FIELD(fpu.last_opcode) },
	{ "xmm0", "vec128", 128, FIELD(fpu.xmm[0]), "org.gnu.gdb.i386.sse" },
	XMM(1), XMM(2), XMM(3), XMM(4), XMM(5), XMM(6), XMM(7), XMM(8), XMM(9), XMM(10), XMM(11),
	XMM(12), XMM(13), XMM(14), XMM(15),
	{ "mxcsr", "int", 32, FIELD(fpu.mxcsr) },
	{ "fs_base", "int64", 64, FIELD(sregs.fs.base), "org.gnu.gdb.i386.segments" },
	{ "gs_base", "int64", 64, FIELD(sregs.gs.base) },
	{ "cr0", "int64", 64, FIELD(sregs.cr0), "keel.system" },
	CONTROL(cr2), CONTROL(cr3), CONTROL(cr4), CONTROL(cr8), CONTROL(efer),
};

const unsigned int nr_registers = ARRAY_SIZE(registers);

static bool load(const struct vcpu *vcpu, struct state *state)
{
	return !ioctl(vcpu->fd, KVM_GET_REGS, &state->regs) &&
	       !ioctl(vcpu->fd, KVM_GET_SREGS, &state->sregs) &&
	       !ioctl(vcpu->fd, KVM_GET_FPU, &state->fpu);
}

/* Only what is changed: KVM_SET_SREGS has effects of its own. */
static bool store(const struct vcpu *vcpu, const struct state *state, const struct state *before)
{
	if (memcmp(&state->sregs, &before->sregs, sizeof(state->sregs)) &&
	    ioctl(vcpu->fd, KVM_SET_SREGS, &state->sregs))
		return false;
	if (memcmp(&state->fpu, &before->fpu, sizeof(state->fpu)) &&
	    ioctl(vcpu->fd, KVM_SET_FPU, &state->fpu))
		return false;
	return !ioctl(vcpu->fd, KVM_SET_REGS, &state->regs);
}

static void show(const struct state *state, const struct reg *reg, struct packet *answer)
{
	__u8 value[REGISTER_SIZE_MAX] = { 0 };

	memcpy(value, (const char *)state + reg->field, reg->size);
	packet_hex(answer, value, reg->bits / 8);
}

/* Return: digits of the value, or 0: there are too few. */
static size_t take(struct state *state, const struct reg *reg, const char *text)
{
	__u8 value[REGISTER_SIZE_MAX];

	if (hex_bytes(text, value, reg->bits / 8) < reg->bits / 8)
		return 0;
	memcpy((char *)state + reg->field, value, reg->size);
	return reg->bits / 4;
}

/* registers_get_all() - all of them, for "g" */
bool registers_get_all(const struct vcpu *vcpu, struct packet *answer)
{
	struct state state;
	size_t i;

	if (!load(vcpu, &state))
		return false;
	for (i = 0; i < ARRAY_SIZE(registers); i++)
		show(&state, &registers[i], answer);
	return true;
}

/* registers_set_all() - all of them, or the first ones, from "G" */
bool registers_set_all(const struct vcpu *vcpu, const char *text)
{
	struct state state, before;
	size_t i, n;

	if (!load(vcpu, &state))
		return false;
	before = state;
	for (i = 0; i < ARRAY_SIZE(registers) && *text; i++, text += n) {
		n = take(&state, &registers[i], text);
		if (!n)
			return false;
	}
	return store(vcpu, &state, &before);
}

bool register_get(const struct vcpu *vcpu, unsigned int number, struct packet *answer)
{
	struct state state;

	if (number >= ARRAY_SIZE(registers) || !load(vcpu, &state))
		return false;
	show(&state, &registers[number], answer);
	return true;
}

bool register_set(const struct vcpu *vcpu, unsigned int number, const char *text)
{
	struct state state, before;

	if (number >= ARRAY_SIZE(registers) || !load(vcpu, &state))
		return false;
	before = state;
	return take(&state, &registers[number], text) && store(vcpu, &state, &before);
}

__u64 register_rip(const struct vcpu *vcpu)
{
	struct kvm_regs regs;

	return ioctl(vcpu->fd, KVM_GET_REGS, &regs) ? 0 : regs.rip;
}

/* ---- The target description ---- */

/* What XMM registers hold, and gdb shows */
static void xml_vector(FILE *xml)
{
	static const struct {
		const char *name, *type;
		unsigned int count;
	} views[] = {
		{ "v4_float", "ieee_single", 4 }, { "v2_double", "ieee_double", 2 },
		{ "v16_int8", "int8", 16 }, { "v8_int16", "int16", 8 },
		{ "v4_int32", "int32", 4 }, { "v2_int64", "int64", 2 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++)
		fprintf(xml, "<vector id=\"%s_t\" type=\"%s\" count=\"%u\"/>", views[i].name,
			views[i].type, views[i].count);
	fputs("<union id=\"vec128\">", xml);
	for (i = 0; i < ARRAY_SIZE(views); i++)
		fprintf(xml, "<field name=\"%s\" type=\"%s_t\"/>", views[i].name, views[i].name);
	fputs("<field name=\"uint128\" type=\"uint128\"/></union>", xml);
}

static void xml_feature(FILE *xml, const struct reg *reg)
{
	if (reg != registers)
		fputs("</feature>", xml);
	fprintf(xml, "<feature name=\"%s\">", reg->feature);
	if (!strcmp(reg->name, "xmm0"))
		xml_vector(xml);
}

/* registers_xml() - what gdb reads as target.xml */
const char *registers_xml(void)
{
	static char text[PACKET_MAX];
	FILE *xml;
	size_t i;

	if (text[0])
		return text;
	xml = fmemopen(text, sizeof(text), "w");
	if (!xml)
		return text;
	fputs("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>", xml);
	fputs("<architecture>i386:x86-64</architecture>", xml);
	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		const struct reg *reg = &registers[i];

		if (reg->feature)
			xml_feature(xml, reg);
		fprintf(xml, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"/>", reg->name, reg->bits,
			reg->type);
	}
	fputs("</feature></target>", xml);
	fclose(xml);
	return text;
}
