// SPDX-License-Identifier: GPL-2.0
/*
 * keel image create: checks what it was asked for, and hands it to a script (create.sh) that has
 * Debian's own tools make the disk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "config/content.h"
#include "config/table.h"
#include "config/words.h"
#include "image/image.h"
#include "operate/arguments.h"
#include "status.h"

#define SIZE_MIN	(1 * GIB)
#define SIZE_MAX_	(64 * 1024 * GIB)
#define KEYS_MAX	(16 * KIB)
#define PASSWORD_MAX	256
#define NAME_MAX_	63		/* of a system: a label of DNS */

const char image_details[] =
	"Makes a new file NAME, a disk with a Debian system that SeaBIOS and OVMF boot. It needs no\n"
	"root, but Debian's packages mmdebstrap, e2fsprogs, fdisk, mtools, uidmap and fakeroot.\n\n"
	"  --suite NAME          Debian's release (bookworm)\n"
	"  --size SIZE           of the disk (4G); what is not used takes no space on the host\n"
	"  --include PKG,...     more packages\n"
	"  --kernel PKG          package of the kernel (linux-image-amd64)\n"
	"  --mirror MIRROR       what mmdebstrap takes: a URI, a line of sources.list, a file\n"
	"  --user NAME           a user to log in as, who may use sudo; without it, root\n"
	"  --ssh-key FILE        public keys of that user, and an SSH server\n"
	"  --password-file FILE  the password, its first line; without keys too, there is none\n";

/**
 * struct wish - what was asked for, as texts.
 */
struct wish {
	const char *suite, *size, *include, *kernel, *mirror, *user, *key, *password;
};

static void check_characters(const char *option, const char *text, const char *allowed)
{
	if (!*text || text[strspn(text, allowed)] || *text == '-')
		die(STATUS_USAGE, "keel image: --%s: \"%.40s\" is no name", option, text);
}

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

/* As Debian's names of releases, packages and users are */
static void check_names(const struct wish *w)
{
	check_characters("suite", w->suite, LOWER DIGITS "-.");
	check_characters("kernel", w->kernel, LOWER DIGITS "-.+");
	if (w->include)
		check_characters("include", w->include,
				 LOWER UPPER DIGITS "-.+,:=/~");
	if (!w->user)
		return;
	check_characters("user", w->user, LOWER DIGITS "-_");
	if (strlen(w->user) > 32 || strspn(w->user, DIGITS) || !strcmp(w->user, "root"))
		die(STATUS_USAGE, "keel image: --user: \"%.40s\" is no name of a new user",
		    w->user);
}

static char *read_text(const char *option, const char *path, size_t most)
{
	struct complaint complaint;
	size_t length;
	char *text = content_read(path, most, &length, &complaint);

	if (!text)
		die(STATUS_USAGE, "keel image: --%s: %s", option, complaint.text);
	if (!length || !content_is_text(text, length))
		die(STATUS_USAGE, "keel image: --%s: %s: not a text", option, path);
	return text;
}

static const char *read_keys(const char *path)
{
	char *text;

	if (!path)
		return "";
	text = read_text("ssh-key", path, KEYS_MAX);
	if (strstr(text, "PRIVATE KEY"))
		die(STATUS_USAGE, "keel image: --ssh-key: %s is a private key: give its .pub",
		    path);
	if (!strstr(text, "ssh-") && !strstr(text, "ecdsa-"))
		die(STATUS_USAGE, "keel image: --ssh-key: %s has no public key", path);
	return text;
}

static const char *read_password(const char *path)
{
	char *text;

	if (!path)
		return "";
	text = read_text("password-file", path, PASSWORD_MAX);
	text[strcspn(text, "\r\n")] = 0;
	if (!*text)
		die(STATUS_USAGE, "keel image: --password-file: %s: its first line is empty", path);
	return text;
}

static unsigned long long read_size(const char *text)
{
	struct complaint complaint;
	__u64 bytes;

	if (!size_parse(text, SIZE_MIN, SIZE_MAX_, &bytes, &complaint))
		die(STATUS_USAGE, "keel image: --size: %s", complaint.text);
	return bytes / MIB;
}

/* Of the file: "web" for "disks/web.img" */
static void name_system(const char *file, char name[NAME_MAX_ + 1])
{
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	size_t i;

	for (i = 0; i < NAME_MAX_ && base[i] && base[i] != '.'; i++)
		name[i] = strchr(LOWER UPPER DIGITS, base[i]) ? base[i] : '-';
	while (i && name[i - 1] == '-')
		i--;
	name[i] = 0;
	if (!i || *name == '-')
		strcpy(name, "debian");
}

static void set(const char *name, const char *value)
{
	if (setenv(name, value ?: "", true))
		die(STATUS_MEMORY, "out of memory");
}

static void set_all(const struct wish *w, const char *file)
{
	char name[NAME_MAX_ + 1], size[24], path[4096];

	if (snprintf(path, sizeof(path), "%s%s", *file == '/' ? "" : "./", file) >=
	    (int)sizeof(path))
		die(STATUS_USAGE, "keel image: the name is too long");
	name_system(file, name);
	snprintf(size, sizeof(size), "%llu", read_size(w->size));
	set("IMAGE_FILE", path);
	set("IMAGE_HOST", name);
	set("IMAGE_SIZE", size);
	set("IMAGE_SUITE", w->suite);
	set("IMAGE_KERNEL", w->kernel);
	set("IMAGE_INCLUDE", w->include);
	set("IMAGE_MIRROR", w->mirror);
	set("IMAGE_USER", w->user);
	set("IMAGE_KEY", read_keys(w->key));
	set("IMAGE_PASSWORD", read_password(w->password));
}

/* Does not come back. The script's own processes may read it, too. */
static int run_script(void)
{
	size_t length = image_script_end - image_script;
	int fd = memfd_create("keel-image", 0);
	char path[32];

	if (fd < 0 || write(fd, image_script, length) != (ssize_t)length)
		die(STATUS_MEMORY, "keel image: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execlp("bash", "bash", path, NULL);
	die(STATUS_DISK, "keel image: bash: %s", strerror(errno));
}

int command_image(int argc, char **argv)
{
	struct wish w = { .suite = "bookworm", .size = "4G", .kernel = "linux-image-amd64" };
	const struct argument options[] = {
		{ "suite", NULL, &w.suite }, { "size", NULL, &w.size },
		{ "include", NULL, &w.include }, { "kernel", NULL, &w.kernel },
		{ "mirror", NULL, &w.mirror }, { "user", NULL, &w.user },
		{ "ssh-key", NULL, &w.key }, { "password-file", NULL, &w.password },
	};

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 2, 2);
	if (strcmp(argv[1], "create"))
		die(STATUS_USAGE, "keel image: what is \"%.40s\"? allowed: create", argv[1]);
	check_names(&w);
	set_all(&w, argv[2]);
	return run_script();
}
