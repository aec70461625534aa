# SPDX-License-Identifier: GPL-2.0
"""
qboot, the firmware that starts a kernel (--firmware qboot KERNEL): Debian's kernel with an initramfs,
with PCI and without; saved and restored while it reads the kernel from fw_cfg, and in Linux; warm
resets; powered off by ACPI.
"""
import pytest

import keel
from keel import Keel, Kind

HOST = {}
GUEST = {"main": "firmware.guest", "modules": "virtio_pci virtio_mmio virtio_blk"}

KINDS = [Kind("accelerator on, 4 CPUs", "-c", 4, "-m", "512M", cpus=4, mib=512, chip="PCI-MSI"),
         Kind("accelerator off, 1 CPU, RAM above 4 GiB", "--no-bus", "-m", "2304M", cpus=1, mib=2304,
              chip="PCI-MSI"),
         Kind("accelerator off, no PCI, RAM above 4 GiB", "--no-bus", "--no-pci", "-m", "3328M",
              cpus=1, mib=3328, chip="IO-APIC")]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    machine = Keel(tmp_path_factory.mktemp("qboot"))
    machine.kind = request.param
    machine.saved = machine.folder / "saved"
    machine.start("--firmware", "qboot", "--on-reset", "restart", *machine.kind.options,
                  "--disk", f"{keel.PAYLOAD},ro,id=only", "--initrd", keel.INITRD,
                  "--append", "console=ttyS0 quiet panic=-1", keel.BZIMAGE)
    yield machine
    machine.kill()


# ---- In this order ----

def test_saved_in_qboot(vm):
    """saved and restored while firmware reads the kernel, it goes on"""
    vm.comes_up()
    keel.until(lambda: vm.stats()["vcpu0"]["return.claimed"] > 20, "it reads")
    vm.moved(vm.saved)
    before = vm.stats()["vcpu0"]["return.claimed"]
    vm.expect("^@ up$")
    assert vm.stats()["vcpu0"]["return.claimed"] > before


def test_linux(vm):
    """Linux has all processors, all memory and the disk, and complains of no table"""
    assert vm.said("cpus") == [str(vm.kind.cpus)]
    assert 0 <= vm.kind.mib - int(vm.said("memory")[0]) / 1024 < 64 + vm.kind.mib / 16
    assert vm.said("disks") == ["only"] and vm.said("chip") == [vm.kind.chip]
    assert vm.said("complaint") == []


def test_reset(vm):
    """Linux's reboot goes through firmware, which reads the kernel again"""
    vm.moved(vm.saved)
    vm.tell("reboot")
    vm.expect("^@ up$")


def test_off(vm):
    """a power-off by ACPI ends it"""
    vm.tell("off")
    vm.ends(0)
