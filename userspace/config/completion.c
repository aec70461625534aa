// SPDX-License-Identifier: GPL-2.0
/*
 * keel completion bash|zsh: a script for the shell, from the table of options and that of commands.
 * Values that are choices are completed; for others the shell completes names of files.
 */
#include <stdio.h>
#include <string.h>

#include "config/completion.h"
#include "config/options.h"
#include "config/table.h"
#include "status.h"

static void print_words(const struct words *words)
{
	const char *space = "";
	unsigned int i;

	for (i = 0; i < words->nr; i++) {
		if (!words->text[i])
			continue;
		printf("%s%s", space, words->text[i]);
		space = " ";
	}
}

static bool has_words(const struct option_desc *o)
{
	return o->value && row_words(&o->row)->nr;
}

static void print_commands(const char *const *commands, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		printf("%s%s", i ? " " : "", commands[i]);
}

/* ---- bash ---- */

static void bash_values(void)
{
	unsigned int i;

	for (i = 0; i < nr_options; i++) {
		const struct option_desc *o = &options[i];

		if (!o->value)
			continue;
		printf("\t--%s", o->row.name);
		if (o->letter)
			printf(" | -%c", o->letter);
		printf(") words='");
		print_words(row_words(&o->row));
		printf("' ;;\n");
	}
}

static void bash_options(void)
{
	unsigned int i;

	for (i = 0; i < nr_options; i++)
		printf("%s--%s", i ? " " : "", options[i].row.name);
}

/* "=" is a word of its own in COMP_WORDS. */
static void bash(const char *const *commands, size_t nr)
{
	printf("# bash completion for keel: keel completion bash\n"
	       "_keel_words()\n{\n\tlocal words=''\n\tcase $1 in\n");
	bash_values();
	printf("\t'') words='");
	bash_options();
	printf("' ;;\n\tesac\n\techo \"$words\"\n}\n\n");
	printf("_keel()\n{\n"
	       "\tlocal cur=$2 prev=$3\n"
	       "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	print_commands(commands, nr);
	printf("' -- \"$cur\")\n\t\treturn\n\tfi\n"
	       "\t[ \"${COMP_WORDS[1]}\" = run ] || return\n"
	       "\t[ \"$cur\" != = ] || cur=''\n"
	       "\t[ \"$prev\" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	       "\tcase $cur in -*) prev='' ;; esac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$(_keel_words \"$prev\")\" -- \"$cur\")\n"
	       "}\n\ncomplete -o default -o bashdefault -F _keel keel\n");
}

/* ---- zsh ---- */

/* In single quotes, where "[", "]" and ":" are _arguments' own */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_option(const struct option_desc *o, const char *dashes, const char *name,
		       const char *join)
{
	printf("\t'%s%s%s[", dashes, name, o->value ? join : "");
	zsh_text(o->help);
	putchar(']');
	if (o->value) {
		printf(o->implied ? "::" : ":");
		zsh_text(o->value);
		putchar(':');
		if (has_words(o)) {
			putchar('(');
			print_words(row_words(&o->row));
			putchar(')');
		} else {
			printf("_files");
		}
	}
	printf("' \\\n");
}

static void zsh(const char *const *commands, size_t nr)
{
	unsigned int i;

	printf("#compdef keel\n# zsh completion for keel: keel completion zsh\n\n"
	       "if (( CURRENT == 2 )); then\n\tcompadd ");
	print_commands(commands, nr);
	printf("\n\treturn\nfi\n"
	       "if [[ $words[2] != run ]]; then\n\t_files\n\treturn\nfi\n"
	       "shift words\n(( CURRENT-- ))\n_arguments -S \\\n");
	for (i = 0; i < nr_options; i++) {
		const struct option_desc *o = &options[i];
		const char letter[] = { o->letter, 0 };

		zsh_option(o, "--", o->row.name, o->implied ? "=-" : "=");
		if (o->letter)
			zsh_option(o, "-", letter, "+");
	}
	printf("\t'*:kernel:_files'\n");
}

/**
 * completion_print() - a shell's script.
 * @shell:    its name
 * @commands: keel's
 * @nr:       how many
 */
void completion_print(const char *shell, const char *const *commands, size_t nr)
{
	if (!strcmp(shell, "bash"))
		bash(commands, nr);
	else if (!strcmp(shell, "zsh"))
		zsh(commands, nr);
	else
		die(STATUS_USAGE, "keel completion: no shell \"%.40s\"; allowed: bash, zsh", shell);
}
