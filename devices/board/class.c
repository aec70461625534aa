// SPDX-License-Identifier: GPL-2.0
/* The models by class: each row of models.h is one. */
#include "class.h"
#include "dev.h"

/* A row without a class does not compile; a class without a row is one too many here. */
enum {
#define KEEL_MODEL(class, name)	CLASS_ROW_##class,
#include "../models.h"
#undef KEEL_MODEL
	nr_class_rows
};

static_assert(nr_class_rows == KEEL_NR_CLASSES - 1);

static const struct keel_dev_ops *const class_models[KEEL_NR_CLASSES] = {
#define KEEL_MODEL(class, name) \
	[KEEL_CLASS_##class] = &keel_##name##_ops,
#include "../models.h"
#undef KEEL_MODEL
};

/**
 * keel_class_ops() - the model of a class.
 * @class: KEEL_CLASS_*
 *
 * Return: its ops, or NULL.
 */
const struct keel_dev_ops *keel_class_ops(unsigned int class)
{
	return class < KEEL_NR_CLASSES ? class_models[class] : NULL;
}
