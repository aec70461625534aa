/* SPDX-License-Identifier: GPL-2.0 */
/* The checks of keel check. */
#ifndef KEEL_CHECK_CHECKS_H
#define KEEL_CHECK_CHECKS_H

struct finding;

void check_kernel(struct finding *finding);
void check_cpu(struct finding *finding);
void check_kvm(struct finding *finding);
void check_module(struct finding *finding);
void check_secure_boot(struct finding *finding);
void check_keel(struct finding *finding);
void check_versions(struct finding *finding);
void check_vhost_net(struct finding *finding);
void check_vhost_vsock(struct finding *finding);
void check_tun(struct finding *finding);
void check_sandbox(struct finding *finding);
void check_descriptors(struct finding *finding);
void check_memlock(struct finding *finding);
void check_preemption(struct finding *finding);
void check_priority(struct finding *finding);
void check_throttling(struct finding *finding);
void check_isolation(struct finding *finding);
void check_governor(struct finding *finding);

#endif /* KEEL_CHECK_CHECKS_H */
