// SPDX-License-Identifier: GPL-2.0
/* One user of a file at a time: a lock that ends with the open file. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "vm/lock.h"

/* A VM that was just killed has its disks until its last requests are over. */
#define BUSY_STEPS	20
#define BUSY_STEP_MS	50

/**
 * lock_patient() - wait a little, for another process to let go of a file.
 * @steps: how often that was done; 0 at first
 *
 * Return: whether to try again what has failed.
 */
bool lock_patient(unsigned int *steps)
{
	const struct timespec step = { .tv_nsec = BUSY_STEP_MS * 1000000L };

	if (++*steps > BUSY_STEPS)
		return false;
	nanosleep(&step, NULL);
	return true;
}

/**
 * lock_file() - lock all of a file against other VMs.
 * @fd:     open for reading, and for writing if it
 * @writes: or others may read it as well
 *
 * Return: 0; EBUSY: another has it; or an error: it cannot be locked.
 */
int lock_file(int fd, bool writes)
{
	struct flock lock = { .l_type = writes ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };
	unsigned int steps = 0;
	bool busy;

	do {
		if (!fcntl(fd, F_OFD_SETLK, &lock))
			return 0;
		busy = errno == EAGAIN || errno == EACCES;
	} while (busy && lock_patient(&steps));
	return busy ? EBUSY : errno;
}
