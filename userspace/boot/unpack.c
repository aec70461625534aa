// SPDX-License-Identifier: GPL-2.0
/*
 * Compressed kernels: gzip, xz and zstd, told by their first bytes. Each library is loaded for the
 * time that it takes; what it gives is in memory of the launcher's until it is in the guest's.
 */
#include <dlfcn.h>
#include <limits.h>
#include <lzma.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "base.h"
#include "boot/image.h"
#include "boot/unpack.h"
#include "config/table.h"
#include "library.h"
#include "status.h"

#define ROOM_FIRST	(256 * KIB)
#define ROOM_MAX	GIB
#define XZ_MEMORY	GIB		/* that its decoder may take */

/**
 * struct flow - what is between the files, and how far it is.
 * @in:   next byte to read
 * @left: bytes to read
 * @out:  all that was written
 * @used: bytes of it
 * @room: bytes that are mapped there
 */
struct flow {
	const __u8 *in;
	__u64 left;
	__u8 *out;
	__u64 used;
	__u64 room;
};

enum step { STEP_ON, STEP_END, STEP_BAD };

/* A decoder, while it works. */
union decoder {
	z_stream gzip;
	lzma_stream xz;
	ZSTD_DStream *zstd;
};

/**
 * struct format - a format of compression.
 * @name:    for people
 * @magic:   how a file begins
 * @length:  bytes of it
 * @library: has the decoder; or NULL: it is linked
 * @begin:   make one; false: there is no memory
 * @step:    decode as much as there is to read, and room
 * @end:     free it
 */
struct format {
	const char *name;
	const char *magic;
	unsigned int length;
	const struct library *library;
	bool (*begin)(union decoder *decoder);
	enum step (*step)(union decoder *decoder, struct flow *flow);
	void (*end)(union decoder *decoder);
};

static void moved(struct flow *flow, __u64 read, __u64 written)
{
	flow->in += read;
	flow->left -= read;
	flow->used += written;
}

/* ---- gzip (RFC 1952) ---- */

static struct {
	typeof(inflateInit2_) *begin;
	typeof(inflate) *step;
	typeof(inflateEnd) *end;
} zlib;

static const struct library_symbol zlib_symbols[] = {
	{ "inflateInit2_", &zlib.begin }, { "inflate", &zlib.step }, { "inflateEnd", &zlib.end },
};

static const struct library zlib_library = {
	.what = "a gzip-compressed kernel", .file = "libz.so.1", .package = "zlib1g",
	.status = STATUS_IMAGE, .symbols = zlib_symbols, .nr = ARRAY_SIZE(zlib_symbols),
};

static bool gzip_begin(union decoder *decoder)
{
	const int gzip_alone = 16;

	memset(&decoder->gzip, 0, sizeof(decoder->gzip));
	return zlib.begin(&decoder->gzip, MAX_WBITS + gzip_alone, ZLIB_VERSION,
			  sizeof(decoder->gzip)) == Z_OK;
}

static enum step gzip_step(union decoder *decoder, struct flow *flow)
{
	__u64 room = flow->room - flow->used;
	uInt in = flow->left < INT_MAX ? flow->left : INT_MAX;
	uInt out = room < INT_MAX ? room : INT_MAX;
	z_stream *z = &decoder->gzip;
	int status;

	z->next_in = (Bytef *)flow->in;
	z->avail_in = in;
	z->next_out = flow->out + flow->used;
	z->avail_out = out;
	status = zlib.step(z, Z_NO_FLUSH);
	moved(flow, in - z->avail_in, out - z->avail_out);
	if (status == Z_STREAM_END)
		return STEP_END;
	return status == Z_OK || status == Z_BUF_ERROR ? STEP_ON : STEP_BAD;
}

static void gzip_end(union decoder *decoder)
{
	zlib.end(&decoder->gzip);
}

/* ---- xz ---- */

static struct {
	typeof(lzma_stream_decoder) *begin;
	typeof(lzma_code) *step;
	typeof(lzma_end) *end;
} lzma;

static const struct library_symbol lzma_symbols[] = {
	{ "lzma_stream_decoder", &lzma.begin }, { "lzma_code", &lzma.step },
	{ "lzma_end", &lzma.end },
};

static const struct library lzma_library = {
	.what = "an xz-compressed kernel", .file = "liblzma.so.5", .package = "liblzma5",
	.status = STATUS_IMAGE, .symbols = lzma_symbols, .nr = ARRAY_SIZE(lzma_symbols),
};

static bool xz_begin(union decoder *decoder)
{
	const lzma_stream fresh = LZMA_STREAM_INIT;

	decoder->xz = fresh;
	return lzma.begin(&decoder->xz, XZ_MEMORY, 0) == LZMA_OK;
}

static enum step xz_step(union decoder *decoder, struct flow *flow)
{
	__u64 room = flow->room - flow->used;
	lzma_stream *xz = &decoder->xz;
	lzma_ret status;

	xz->next_in = flow->in;
	xz->avail_in = flow->left;
	xz->next_out = flow->out + flow->used;
	xz->avail_out = room;
	status = lzma.step(xz, LZMA_RUN);
	moved(flow, flow->left - xz->avail_in, room - xz->avail_out);
	if (status == LZMA_STREAM_END)
		return STEP_END;
	return status == LZMA_OK || status == LZMA_BUF_ERROR ? STEP_ON : STEP_BAD;
}

static void xz_end(union decoder *decoder)
{
	lzma.end(&decoder->xz);
}

/* ---- zstd, which snapshots use as well ---- */

static bool zstd_begin(union decoder *decoder)
{
	decoder->zstd = ZSTD_createDStream();
	return decoder->zstd;
}

static enum step zstd_step(union decoder *decoder, struct flow *flow)
{
	ZSTD_inBuffer in = { flow->in, flow->left, 0 };
	ZSTD_outBuffer out = { flow->out + flow->used, flow->room - flow->used, 0 };
	size_t status = ZSTD_decompressStream(decoder->zstd, &out, &in);

	moved(flow, in.pos, out.pos);
	if (ZSTD_isError(status))
		return STEP_BAD;
	return status ? STEP_ON : STEP_END;
}

static void zstd_end(union decoder *decoder)
{
	ZSTD_freeDStream(decoder->zstd);
}

/* ---- All of them ---- */

static const struct format formats[] = {
	{ "gzip", "\x1f\x8b", 2, &zlib_library, gzip_begin, gzip_step, gzip_end },
	{ "xz", "\3757zXZ", 6, &lzma_library, xz_begin, xz_step, xz_end },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, NULL, zstd_begin, zstd_step, zstd_end },
};

static bool make_room(struct flow *flow)
{
	__u64 room = flow->room ? 2 * flow->room : ROOM_FIRST;
	void *out;

	if (flow->room)
		out = mremap(flow->out, flow->room, room, MREMAP_MAYMOVE);
	else
		out = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (out == MAP_FAILED)
		return false;
	flow->out = out;
	flow->room = room;
	return true;
}

static bool begins(const struct format *format, const struct flow *flow)
{
	return flow->left >= format->length && !memcmp(flow->in, format->magic, format->length);
}

/* One stream, to its end. Returns what is wrong, or NULL. */
static const char *decode_stream(const struct format *format, union decoder *decoder,
				 struct flow *flow)
{
	enum step step;

	do {
		__u64 left = flow->left, used = flow->used;

		if (used == flow->room && used >= ROOM_MAX)
			return "there is more than 1 GiB in it";
		if (used == flow->room && !make_room(flow))
			return "no memory to unpack it";
		step = format->step(decoder, flow);
		if (step == STEP_BAD)
			return "damaged";
		if (step == STEP_ON && left == flow->left && used == flow->used)
			return "truncated";
	} while (step != STEP_END);
	return NULL;
}

/* All streams that are there, one behind the other; what else follows is none of the kernel's. */
static const char *decode(const struct format *format, struct flow *flow)
{
	const char *error = NULL;
	union decoder decoder;

	do {
		if (!format->begin(&decoder))
			return "no memory to unpack it";
		error = decode_stream(format, &decoder, flow);
		format->end(&decoder);
	} while (!error && begins(format, flow));
	return error ? error : flow->used ? NULL : "empty";
}

static const struct format *format_of(const struct flow *flow)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (begins(&formats[i], flow))
			return &formats[i];
	return NULL;
}

/* unpack() - make a compressed file what is in it; dies if it is damaged */
void unpack(struct image *image)
{
	struct flow flow = { .in = image->data, .left = image->size };
	const struct format *format = format_of(&flow);
	void *library = NULL;
	const char *error;

	if (!format)
		return;
	if (format->library)
		library = library_load(format->library);
	error = decode(format, &flow);
	if (library)
		dlclose(library);
	if (error && flow.room)
		munmap(flow.out, flow.room);
	image_inside(image, format->name);
	if (error)
		image_bad(image, STATUS_IMAGE, "%s", error);
	image_replace(image, flow.out, flow.used, flow.room);
}
