// SPDX-License-Identifier: GPL-2.0
/* Libraries that few VMs use: loaded by those that do. */
#include <dlfcn.h>

#include "library.h"
#include "status.h"

/**
 * library_load() - load a library and find its functions; dies if one is not there.
 * @library: which; its pointers are filled
 *
 * Return: for dlclose().
 */
void *library_load(const struct library *library)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	unsigned int i;

	if (!handle)
		die(library->status, "%s: %s; it is in Debian's package %s", library->what,
		    dlerror(), library->package);
	for (i = 0; i < library->nr; i++) {
		void **call = library->symbols[i].call;

		*call = dlsym(handle, library->symbols[i].name);
		if (!*call)
			die(library->status, "%s: %s", library->what, dlerror());
	}
	return handle;
}
