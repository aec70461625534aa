/* SPDX-License-Identifier: GPL-2.0 */
/* References to an object whose last one may be dropped in any context. */
#ifndef KEEL_REF_H
#define KEEL_REF_H

#include <linux/kref.h>
#include <linux/workqueue.h>

/**
 * struct keel_ref - part of an object that is counted.
 * @count:   references
 * @release: takes the object apart; may sleep
 * @work:    calls it if the last reference was dropped where that is not possible
 */
struct keel_ref {
	struct kref count;
	void (*release)(struct keel_ref *ref);
	struct work_struct work;
};

void keel_ref_init(struct keel_ref *ref, void (*release)(struct keel_ref *ref));
void keel_ref_get(struct keel_ref *ref);
void keel_ref_put(struct keel_ref *ref);
void keel_ref_put_later(struct keel_ref *ref);
int keel_refs_init(void);
void keel_refs_exit(void);

#endif /* KEEL_REF_H */
