// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: tables ROUNDS
 *
 * SMBIOS's tables as a reader goes through them by DSP0134: entry points and checksums, lengths,
 * strings, handles; processors and memory of VMs of several sizes; the user's texts where they
 * belong; options that are refused, and why; ROUNDS options of rubbish, which are refused or make
 * tables that can be read. ASan and UBSan have nothing to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/smbios.h"
#include "config/config.h"
#include "config/smbios.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"
#include "test/points.h"
#include "test/refused.h"
#include "uapi/keel.h"
#include "vm/memory.h"

static const struct row option = {
	"smbios", VALUE_OBJECT, ROW_FIELDS(config, smbios, nr_smbios), .object = &smbios_object,
};

static const struct row credential_option = {
	"credential", VALUE_OBJECT, ROW_FIELDS(config, credentials, nr_credentials),
	.object = &credential_object,
};

/* ---- In place of bios.c and memory.c ---- */

static __u8 sum(const void *data, size_t length)
{
	const __u8 *bytes = data;
	__u8 total = 0;

	while (length--)
		total += *bytes++;
	return total;
}

__u8 bios_checksum(const void *data, size_t length)
{
	return -sum(data, length);
}

void *memory_at(const struct memory *memory, __u64 gpa, __u64 length)
{
	(void)memory;
	(void)gpa;
	(void)length;
	return NULL;
}

void *memory_place(struct memory *memory, __u64 gpa, __u64 length)
{
	return memory_at(memory, gpa, length);
}

/* ---- ---- */

/**
 * struct tables - as a reader finds them.
 * @area:    all of it, in a block of its own
 * @at:      each structure
 * @nr:      how many
 * @largest: bytes of one
 * @size:    of all
 */
struct tables {
	__u8 *area;
	const __u8 *at[256];
	unsigned int nr;
	size_t largest;
	size_t size;
};

/* Bytes of a structure with its strings, at most @room; 0: it does not end there */
static size_t structure_size(const __u8 *s, size_t room)
{
	size_t at = room < 4 ? room : s[1];

	if (at < 4)
		return 0;
	for (; at + 1 < room; at++)
		if (!s[at] && !s[at + 1])
			return at + 2;
	return 0;
}

static bool walk(struct tables *t)
{
	const __u8 *s = t->area + get(t->area + 16, 8) - SMBIOS_BASE;
	size_t left = get(t->area + 12, 4), size;

	t->nr = 0;
	t->largest = 0;
	t->size = left;
	while (left && t->nr < ARRAY_SIZE(t->at)) {
		size = structure_size(s, left);
		if (!size)
			return false;
		t->at[t->nr++] = s;
		if (size > t->largest)
			t->largest = size;
		s += size;
		left -= size;
	}
	return !left && t->at[t->nr - 1][0] == SMBIOS_END;
}

static bool is_entry64(const __u8 *e)
{
	return !memcmp(e, "_SM3_", 5) && e[6] == 24 && !sum(e, 24) && e[7] == 3 &&
	       get(e + 16, 8) == SMBIOS_BASE + 64;
}

static bool is_entry32(const __u8 *e, const struct tables *t)
{
	return !memcmp(e, "_SM_", 4) && e[5] == 31 && !sum(e, 31) && get(e + 8, 2) == t->largest &&
	       !memcmp(e + 16, "_DMI_", 5) && !sum(e + 16, 15) && get(e + 22, 2) == t->size &&
	       get(e + 24, 4) == SMBIOS_BASE + 64 && get(e + 28, 2) == t->nr;
}

static const __u8 *find(const struct tables *t, unsigned int type)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (t->at[i][0] == type)
			return t->at[i];
	return NULL;
}

static bool handles_differ(const struct tables *t)
{
	unsigned int i, j;

	for (i = 0; i < t->nr; i++)
		for (j = 0; j < i; j++)
			if (get(t->at[i] + 2, 2) == get(t->at[j] + 2, 2))
				return false;
	return true;
}

/* String N of a structure; NULL: it has no such string */
static const char *text_of(const __u8 *s, unsigned int n)
{
	const char *text = (const char *)s + s[1];

	if (!n)
		return NULL;
	while (--n && *text)
		text += strlen(text) + 1;
	return *text ? text : NULL;
}

static bool has(const struct tables *t, unsigned int type, unsigned int field, const char *text)
{
	const __u8 *s = find(t, type);
	const char *got = s && field < s[1] ? text_of(s, s[field]) : NULL;

	return text && got ? !strcmp(text, got) : text == got;
}

/* Return: false if it is refused, with a reason. */
static bool build(struct tables *t, const struct config *config)
{
	size_t used;

	t->area = calloc(1, SMBIOS_SIZE);
	if (setjmp(refused)) {
		free(t->area);
		t->area = NULL;
		return false;
	}
	used = smbios_build(t->area, config);
	t->area = realloc(t->area, used);
	return true;
}

static bool is_sound(struct tables *t)
{
	return is_entry64(t->area) && walk(t) && is_entry32(t->area + 32, t) && handles_differ(t);
}

static struct config blank(unsigned int cpus, __u64 memory)
{
	return (struct config){
		.cpus = cpus, .memory = memory, .devices = ~0U, .platform = &platform_kernel,
	};
}

/* ---- VMs of several sizes ---- */

static __u64 range_bytes(const struct tables *t)
{
	__u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (t->at[i][0] == SMBIOS_MEMORY_RANGE)
			bytes += (get(t->at[i] + 8, 4) - get(t->at[i] + 4, 4) + 1) * KIB;
	return bytes;
}

static __u64 device_bytes(const __u8 *s)
{
	__u64 size = get(s + 0x0c, 2);

	return (size == 0x7fff ? get(s + 0x1c, 4) : size) * MIB;
}

static void test_size(unsigned int cpus, __u64 memory)
{
	struct config config = blank(cpus, memory);
	struct tables t;
	const __u8 *s;
	char what[80];

	snprintf(what, sizeof(what), "%u CPUs, %llu MiB: ", cpus, memory / MIB);
	check(build(&t, &config) && is_sound(&t), strcat(what, "tables that can be read"));
	s = find(&t, SMBIOS_PROCESSOR);
	check(s && s[0x23] == cpus && get(s + 0x2a, 2) == cpus && get(s + 0x2e, 2) == cpus,
	      "a package of so many cores");
	check(range_bytes(&t) == memory && device_bytes(find(&t, SMBIOS_MEMORY_DEVICE)) == memory &&
	      get(find(&t, SMBIOS_MEMORY_ARRAY) + 7, 4) == memory / KIB, "memory of so many bytes");
	check(has(&t, SMBIOS_SYSTEM, 4, "Keel") && has(&t, SMBIOS_SYSTEM, 5, "Keel PC") &&
	      has(&t, SMBIOS_SYSTEM, 7, NULL) && !find(&t, SMBIOS_OEM), "Keel's own texts");
	check(get(find(&t, SMBIOS_BOARD) + 11, 2) == get(find(&t, SMBIOS_CHASSIS) + 2, 2) &&
	      get(find(&t, SMBIOS_MEMORY_DEVICE) + 4, 2) ==
	      get(find(&t, SMBIOS_MEMORY_ARRAY) + 2, 2),
	      "structures that name others");
	check(find(&t, SMBIOS_FIRMWARE)[0x13] & BIT(4), "a virtual machine");
	free(t.area);
}

/* ---- The user's texts ---- */

static const struct {
	const char *text;
	unsigned int type;
	unsigned int field;
} texts[] = {
	{ "type=0,vendor=here", 0, 4 },
	{ "type=0,version=here", 0, 5 },
	{ "type=0,date=here", 0, 8 },
	{ "type=1,manufacturer=here", 1, 4 },
	{ "product=here,type=1", 1, 5 },
	{ "type=1,version=here", 1, 6 },
	{ "type=1,serial=here", 1, 7 },
	{ "type=1,sku=here", 1, 0x19 },
	{ "type=1,family=here", 1, 0x1a },
	{ "type=2,manufacturer=here", 2, 4 },
	{ "type=2,product=here", 2, 5 },
	{ "type=2,version=here", 2, 6 },
	{ "type=2,serial=here", 2, 7 },
	{ "type=2,asset=here", 2, 8 },
	{ "type=2,location=here", 2, 0x0a },
	{ "type=3,manufacturer=here", 3, 4 },
	{ "type=3,version=here", 3, 6 },
	{ "type=3,serial=here", 3, 7 },
	{ "type=3,asset=here", 3, 8 },
	{ "type=3,sku=here", 3, 0x15 },
	{ "type=4,socket=here", 4, 4 },
	{ "type=4,manufacturer=here", 4, 7 },
	{ "type=4,version=here", 4, 0x10 },
	{ "type=4,serial=here", 4, 0x20 },
	{ "type=4,asset=here", 4, 0x21 },
	{ "type=4,part=here", 4, 0x22 },
	{ "type=17,socket=here", 17, 0x10 },
	{ "type=17,bank=here", 17, 0x11 },
	{ "type=17,manufacturer=here", 17, 0x17 },
	{ "type=17,serial=here", 17, 0x18 },
	{ "type=17,asset=here", 17, 0x19 },
	{ "type=17,part=here", 17, 0x1a },
};

static bool add(struct config *config, const char *text)
{
	struct complaint complaint = { "" };

	if (row_set(&option, config, text, &complaint))
		return true;
	strcpy(reason, complaint.text);
	return false;
}

static void test_texts(void)
{
	struct tables t;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct config config = blank(2, 5 * GIB);

		check(add(&config, texts[i].text) && build(&t, &config) && is_sound(&t) &&
		      has(&t, texts[i].type, texts[i].field, "here"), texts[i].text);
		free(t.area);
	}
}

static void test_system(void)
{
	static const __u8 uuid[] = { 0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa,
				     0xbb, 0xcc, 0xdd, 0xee, 0xff };
	static const char quoted[] =
		"type=1,uuid=00112233-4455-6677-8899-AABBccddeeff,serial=\"a, \"\"b\"\"\"";
	struct config config = blank(1, 256 * MIB);
	struct tables t;

	check(add(&config, quoted) &&
	      add(&config, "type=11,value=\"io.systemd.credential:a=1,2\",value=b") &&
	      add(&config, "type=11,value=c") && add(&config, "type=3,manufacturer=") &&
	      build(&t, &config) && is_sound(&t),
	      "a system with UUID, serial number and OEM strings");
	check(has(&t, 3, 4, NULL), "an empty text is none");
	check(has(&t, 1, 7, "a, \"b\""), "a quoted text has commas and quotes");
	check(!memcmp(find(&t, 1) + 8, uuid, sizeof(uuid)), "a UUID, first fields little-endian");
	check(find(&t, 11)[4] == 3 && has(&t, 11, 4, "c") &&
	      !strcmp(text_of(find(&t, 11), 1), "io.systemd.credential:a=1,2"),
	      "OEM strings of two options are in one structure");
	free(t.area);
}

static bool add_credential(struct config *config, const char *text)
{
	struct complaint complaint;

	return row_set(&credential_option, config, text, &complaint);
}

/* Behind the user's own OEM strings; what is no line of plain text as base64 (RFC 4648, 10) */
static void test_credentials(void)
{
	struct config config = blank(1, 256 * MIB);
	struct tables t;

	check(add(&config, "type=11,value=own") && add_credential(&config, "a.b=1, 2=3") &&
	      add_credential(&config, "empty=") && add_credential(&config, "bin=foob\na") &&
	      build(&t, &config) && is_sound(&t), "credentials and OEM strings");
	check(find(&t, 11)[4] == 4 && has(&t, 11, 4, "io.systemd.credential.binary:bin=Zm9vYgph") &&
	      !strcmp(text_of(find(&t, 11), 1), "own") &&
	      !strcmp(text_of(find(&t, 11), 2), "io.systemd.credential:a.b=1, 2=3") &&
	      !strcmp(text_of(find(&t, 11), 3), "io.systemd.credential:empty="),
	      "credentials are where systemd looks for them");
	free(t.area);
	config = blank(1, 256 * MIB);
	check(add_credential(&config, "only=1") && build(&t, &config) && is_sound(&t) &&
	      find(&t, 11)[4] == 1, "a credential without --smbios");
	free(t.area);
}

static const struct {
	const char *text;
	const char *wrong;
} bad[] = {
	{ "", "no property" },
	{ "serial=1", "type: a number is missing" },
	{ "type=x", "is not a number" },
	{ "type=256", "is not a number from 0 to 255" },
	{ "type=5", "type: 5 is none of 0 to 4, 11 and 17" },
	{ "type=16", "type: all of 16 follows from the VM" },
	{ "type=0,serial=1", "serial: type 0 has none, but vendor date version" },
	{ "type=2,uuid=00112233-4455-6677-8899-aabbccddeeff", "uuid: type 2 has none" },
	{ "type=1,value=x", "value: type 1 has none, but manufacturer product" },
	{ "type=11,serial=x", "serial: type 11 has none, but value" },
	{ "type=11,value=", "value: \"\" is not a text of 1 to 32768" },
	{ "type=11,value=\"a\nb\"", "value: a control character" },
	{ "type=1,serial=\x7f", "serial: a control character" },
	{ "type=1,uuid=0011223-34455-6677-8899-aabbccddeeff", "uuid: \"0011223-3" },
	{ "type=1,uuid=00112233-4455-6677-8899-aabbccddeef", "hexadecimal" },
	{ "type=1,uuid=00112233-4455-6677-8899-aabbccddeeff0", "hexadecimal" },
	{ "type=1,uuid=00112233-4455-6677-8899-aabbccddeefg", "hexadecimal" },
	{ "type=1,uuid=0011223\x10-4455-6677-8899-aabbccddeeff", "hexadecimal" },
	{ "type=1,serail=x", "did you mean \"serial\"" },
};

static bool twice(const struct config *config)
{
	if (setjmp(refused))
		return strstr(reason, "type: 1 is there twice");
	smbios_resolve(config);
	return false;
}

static void test_bad(void)
{
	struct config config = blank(1, 256 * MIB);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check(!add(&config, bad[i].text) && strstr(reason, bad[i].wrong) &&
		      !config.nr_smbios, bad[i].wrong);
	check(add(&config, "type=11") && add(&config, "type=11") && !twice(&config) &&
	      add(&config, "type=1") && add(&config, "type=1") && twice(&config),
	      "a system twice is refused");
}

static void test_much(void)
{
	struct config config = blank(1, 256 * MIB);
	char *text = malloc(32 * KIB + 20);
	struct tables t;
	unsigned int i;

	memset(text, 'x', 32 * KIB + 19);
	memcpy(text, "type=11,value=", 14);
	text[14 + 32 * KIB] = 0;
	check(add(&config, text) && build(&t, &config) && is_sound(&t), "a string of 32 KiB");
	free(t.area);
	check(add(&config, text) && !build(&t, &config) && strstr(reason, "more than 57344 bytes"),
	      "and one too many");
	config.nr_smbios = 0;
	strcpy(text, "type=11");
	for (i = 0; i < SMBIOS_VALUES; i++)
		strcat(text, ",value=y");
	for (i = 0; i < 255 / SMBIOS_VALUES; i++)
		add(&config, text);
	check(build(&t, &config) && is_sound(&t), "224 strings");
	free(t.area);
	check(add(&config, text) && !build(&t, &config) && strstr(reason, "256 values"),
	      "256 are too many");
	free(text);
}

/* ---- Rubbish ---- */

static void make_rubbish(char *text, size_t size)
{
	static const char *const words[] = {
		"type=", "0", "1", "2", "11", "17", ",", ",", ",", "serial=", "value=", "uuid=",
		"00112233-4455-6677-8899-aabbccddeeff", "x", "\"", "\"\"", "=", "-", "vendor=",
		"product=", " ", "\001", "\377",
	};
	unsigned int n = rand() % 12;

	text[0] = 0;
	if (rand() % 4)
		snprintf(text, size, "type=%s", words[1 + rand() % 5]);
	while (n--)
		strncat(text, words[rand() % ARRAY_SIZE(words)], size - strlen(text) - 1);
}

static unsigned long test_rubbish(unsigned long rounds)
{
	unsigned long built = 0;
	char text[256];
	struct tables t;

	while (rounds--) {
		struct config config = blank(1 + rand() % 64, 256 * MIB);
		bool taken;

		reason[0] = 0;
		make_rubbish(text, sizeof(text));
		taken = add(&config, text);
		if (!taken && !reason[0])
			check(false, text);
		if (!taken)
			continue;
		if (!build(&t, &config) || !is_sound(&t))
			check(false, text);
		built++;
		free(t.area);
	}
	return built;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	test_size(1, 1 * MIB);
	test_size(1, 256 * MIB);
	test_size(3, 3 * GIB);
	test_size(64, 5 * GIB);
	test_size(2, 512 * GIB);
	test_texts();
	test_system();
	test_credentials();
	test_bad();
	test_much();
	check(!rounds || test_rubbish(rounds), "rubbish is refused, or makes tables");
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
