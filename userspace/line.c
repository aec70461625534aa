// SPDX-License-Identifier: GPL-2.0
/* What files of /proc and /sys say in their first line. */
#include <stdio.h>
#include <string.h>

#include "line.h"

/**
 * read_line() - the first line of a file, without its end.
 * @path: of the file
 * @line: result
 * @size: room in it
 *
 * Return: false if it cannot be read, or is empty.
 */
bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool fine = file && fgets(line, size, file);

	if (fine)
		line[strcspn(line, "\n")] = 0;
	if (file)
		fclose(file);
	return fine && *line;
}
