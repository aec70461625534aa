// SPDX-License-Identifier: GPL-2.0
/*
 * References. The object itself says how it is taken apart, so that files which only hold it
 * need nothing of the file that builds it.
 */
#include "ref.h"

/* Takes apart objects whose last reference a request in flight dropped */
static struct workqueue_struct *ref_ends;

static void ref_release(struct kref *count)
{
	struct keel_ref *ref = container_of(count, struct keel_ref, count);

	ref->release(ref);
}

static void ref_work(struct work_struct *work)
{
	struct keel_ref *ref = container_of(work, struct keel_ref, work);

	ref->release(ref);
}

static void ref_release_later(struct kref *count)
{
	queue_work(ref_ends, &container_of(count, struct keel_ref, count)->work);
}

/**
 * keel_ref_init() - the first reference.
 * @ref:     the object's
 * @release: takes the object apart when the last reference is dropped
 */
void keel_ref_init(struct keel_ref *ref, void (*release)(struct keel_ref *ref))
{
	kref_init(&ref->count);
	ref->release = release;
	INIT_WORK(&ref->work, ref_work);
}

/**
 * keel_ref_get() - take a reference.
 * @ref: the object's
 */
void keel_ref_get(struct keel_ref *ref)
{
	kref_get(&ref->count);
}

/**
 * keel_ref_put() - drop a reference; the last one takes the object apart.
 * @ref: the object's
 *
 * May sleep.
 */
void keel_ref_put(struct keel_ref *ref)
{
	kref_put(&ref->count, ref_release);
}

/**
 * keel_ref_put_later() - the same, in any context.
 * @ref: the object's
 */
void keel_ref_put_later(struct keel_ref *ref)
{
	kref_put(&ref->count, ref_release_later);
}

/**
 * keel_refs_init() - when the module is loaded.
 *
 * Return: 0 or -ENOMEM.
 */
int keel_refs_init(void)
{
	ref_ends = alloc_workqueue("keel-end", WQ_UNBOUND, 0);
	return ref_ends ? 0 : -ENOMEM;
}

/**
 * keel_refs_exit() - when it is unloaded; waits until the last object is taken apart.
 */
void keel_refs_exit(void)
{
	destroy_workqueue(ref_ends);
}
