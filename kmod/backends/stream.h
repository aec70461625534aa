/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream of bytes between a virtqueue and a file of the process. No thread sleeps for the
 * file while it serves: what cannot be read or written at once is for later, and the server's
 * idle threads watch the file.
 */
#ifndef KEEL_STREAM_H
#define KEEL_STREAM_H

#include "../hostfile.h"
#include "../server.h"

/**
 * struct keel_stream - one direction.
 * @watch:   of the idle threads
 * @job:     posted when @file is ready; serves the stream
 * @other:   likewise, or NULL
 * @file:    the process' end
 * @events:  what @file is watched for
 * @waiting: watch it
 * @ended:   the last try found the end of it: only more than that makes it ready
 * @bytes:   that were moved
 */
struct keel_stream {
	struct keel_watch watch;
	struct keel_job *job;
	struct keel_job *other;
	struct keel_hostfile file;
	__poll_t events;
	bool waiting;
	bool ended;
	u64 bytes;
};

void keel_stream_init(struct keel_stream *stream, struct keel_job *job, __poll_t events);
void keel_stream_replace(struct keel_stream *stream, const struct keel_hostfile *file);
ssize_t keel_stream_move(struct keel_stream *stream, struct iov_iter *iter);

/**
 * keel_stream_is_open() - has the process given it a file?
 * @stream: the stream
 */
static inline bool keel_stream_is_open(const struct keel_stream *stream)
{
	return READ_ONCE(stream->file.fd) >= 0;
}

#endif /* KEEL_STREAM_H */
