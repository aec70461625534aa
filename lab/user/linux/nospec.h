/* SPDX-License-Identifier: GPL-2.0 */
#include "../shim.h"

/* No speculation to prevent in userspace: leaves the index unchanged. */
#define array_index_nospec(index, size) ({ \
	__auto_type _i = (index); \
	_i < (size) ? _i : 0; \
})
