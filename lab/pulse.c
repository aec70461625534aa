// SPDX-License-Identifier: GPL-2.0
/*
 * For the lab's hosts only: in QEMU's TCG a CPU can forget that its LAPIC has an interrupt for
 * it. The thread that emulates the CPU changes "interrupt_request" at each VMRUN and exit
 * without a lock; what the LAPIC's timer sets there meanwhile is lost. The vector stays in the
 * IRR, and as the timer is one-shot, no other one follows: nothing on that CPU wakes up again.
 * Any other interrupt has QEMU look at the LAPIC anew. So here is one, from the HPET, and from
 * there to one CPU after the other (whose rescheduling takes an IPI).
 */
#include <err.h>
#include <fcntl.h>
#include <linux/hpet.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HZ 20ul

int main(void)
{
	const struct sched_param highest = { .sched_priority = sched_get_priority_max(SCHED_FIFO) };
	int hpet = open("/dev/hpet", O_RDONLY), cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu, got;
	sigset_t interrupt;

	/* Signals: the kernel's hpet_read() copies to user space in a state in which it may not */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGIO);
	sigprocmask(SIG_BLOCK, &interrupt, NULL);
	if (hpet < 0 || fcntl(hpet, F_SETOWN, getpid()) || fcntl(hpet, F_SETFL, O_ASYNC) ||
	    ioctl(hpet, HPET_IRQFREQ, HZ) || ioctl(hpet, HPET_IE_ON, 0))
		err(1, "/dev/hpet");
	if (sched_setscheduler(0, SCHED_FIFO, &highest))
		err(1, "SCHED_FIFO");
	for (cpu = 0; !sigwait(&interrupt, &got); cpu = (cpu + 1) % cpus) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	err(1, "sigwait");
}
