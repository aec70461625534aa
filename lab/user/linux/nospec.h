/* SPDX-License-Identifier: GPL-2.0 */
#include "../shim.h"

/* No guest speculates here: what the kernel's does to an index in bounds, nothing. */
#define array_index_nospec(index, size) ({ \
	__auto_type _i = (index); \
	_i < (size) ? _i : 0; \
})
