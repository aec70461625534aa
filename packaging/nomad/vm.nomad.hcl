# SPDX-License-Identifier: GPL-2.0
# A VM as a task of Nomad's docker driver. Its client has to allow bind mounts (docker.volumes), and
# its node KVM and Keel; 105 is the node's group kvm: stat -c %g /dev/kvm
job "vm" {
  type = "service"

  group "vm" {
    task "keel" {
      driver       = "docker"
      kill_timeout = "60s" # more than the 30 that the guest has to shut down

      config {
        image          = "localhost/keel:0.1"
        args           = ["run", "--name", "vm", "-m", "256M", "/vm/vmlinuz"]
        network_mode   = "none"
        group_add      = ["105"]
        cap_drop       = ["all"]
        security_opt   = ["no-new-privileges"]
        pids_limit     = 64
        cpu_hard_limit = true

        devices = [
          {
            host_path          = "/dev/kvm"
            container_path     = "/dev/kvm"
            cgroup_permissions = "rw"
          },
          {
            host_path          = "/dev/keel"
            container_path     = "/dev/keel"
            cgroup_permissions = "rw"
          }
        ]

        mount {
          type     = "bind"
          source   = "/var/lib/keel/vm"
          target   = "/vm"
          readonly = true
        }
      }

      # MHz, and MiB: more than the guest's, for the launcher, and the kernel for it
      resources {
        cpu    = 500
        memory = 320
      }
    }
  }
}
