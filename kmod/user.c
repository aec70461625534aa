// SPDX-License-Identifier: GPL-2.0
/*
 * How many VMs a user has: not more than max_vms_per_user, so that a user with access to
 * /dev/keel cannot make the kernel hold any number of them. Memory is charged to the memcg
 * as well.
 */
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uidgid.h>

#include "user.h"

static unsigned int user_max_vms = 64;
module_param_named(max_vms_per_user, user_max_vms, uint, 0644);
MODULE_PARM_DESC(max_vms_per_user, "VMs that a user may have at a time (default: 64)");

/**
 * struct keel_user - a user that has VMs.
 * @node: in user_list
 * @uid:  its ID
 * @vms:  how many
 */
struct keel_user {
	struct list_head node;
	kuid_t uid;
	unsigned int vms;
};

static LIST_HEAD(user_list);
static DEFINE_MUTEX(user_lock);

static struct keel_user *user_find(kuid_t uid)
{
	struct keel_user *user;

	list_for_each_entry(user, &user_list, node)
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/* The existing entry, or a new one without a VM. */
static struct keel_user *user_find_or_add(kuid_t uid)
{
	struct keel_user *user = user_find(uid);

	if (user)
		return user;
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return ERR_PTR(-ENOMEM);
	user->uid = uid;
	list_add(&user->node, &user_list);
	return user;
}

static void user_drop_unused(struct keel_user *user)
{
	if (user->vms)
		return;
	list_del(&user->node);
	kfree(user);
}

/**
 * keel_user_get() - the caller's user has one more VM.
 *
 * Return: the user, or an error pointer: -EDQUOT, it has as many as it may have; -ENOMEM.
 */
struct keel_user *keel_user_get(void)
{
	struct keel_user *user;

	mutex_lock(&user_lock);
	user = user_find_or_add(current_uid());
	if (!IS_ERR(user)) {
		if (user->vms < READ_ONCE(user_max_vms)) {
			user->vms++;
		} else {
			user_drop_unused(user);
			user = ERR_PTR(-EDQUOT);
		}
	}
	mutex_unlock(&user_lock);
	return user;
}

/**
 * keel_user_put() - it has one less.
 * @user: from keel_user_get()
 */
void keel_user_put(struct keel_user *user)
{
	mutex_lock(&user_lock);
	user->vms--;
	user_drop_unused(user);
	mutex_unlock(&user_lock);
}
