# SPDX-License-Identifier: GPL-2.0
"""
A PC that starts from firmware, in kinds that take long: 5 GiB of RAM; UEFI from the image of a CD,
and by its shell; and firmware that has PCI's configuration space elsewhere, OVMF of Debian 13.
"""
import shutil
from pathlib import Path

import pytest

import keel
from firmware import Pc
from keel import ISO, Kind, until

HOST = {"mem": 8192}
GUEST = {"main": "firmware.guest", "modules": "virtio_pci virtio_mmio virtio_blk efivarfs",
         "grub": True, "iso": True}
FOREIGN = {"later_ovmf": "ovmf usr/share/OVMF/OVMF_CODE_4M.fd 13"}

LARGE = [Kind("SeaBIOS, accelerator on, 4 CPUs", "-c", 4, cpus=4, mib=5120),
         Kind("SeaBIOS without PCI, accelerator off", "--no-pci", "--no-bus", firmware="microvm",
              cpus=1, mib=5120),
         Kind("OVMF, accelerator on, 4 CPUs", "-c", 4, firmware="ovmf", cpus=4, mib=5120)]
CDS = [Kind("accelerator on", partitions=True),
       Kind("accelerator off", "--no-bus", partitions=True),
       Kind("accelerator on, no partitions", partitions=False)]
SHELL = [Kind("accelerator on, 4 CPUs", "-c", 4), keel.OFF]
PROMPT = b"Shell> "
SYSTEM_AREA = 32768     # bytes before a CD's file system


@pytest.fixture
def new(tmp_path):
    """Makes machines of one test, by their kind."""
    machines = []

    def make(kind):
        machines.append(Pc(tmp_path, kind))
        return machines[-1]

    yield make
    for machine in machines:
        machine.kill()


@pytest.mark.long
@pytest.mark.parametrize("kind", LARGE, ids=lambda kind: kind.id)
def test_large(new, kind):
    """a guest with 5 GiB of RAM, most of it above 4 GiB, is saved, restored and powered off"""
    vm = new(kind)
    vm.power_on()
    vm.boots()
    vm.has_all()
    assert vm.said("complaint") == []
    vm.moved(vm.saved)
    vm.tell("off")
    vm.ends(0)


# ---- UEFI ----

def cd(kind, folder):
    """The image of a CD that is a disk with partitions as well, or not."""
    if kind.partitions:
        return ISO
    file = folder / "cd.iso"
    shutil.copy(ISO, file)
    with open(file, "r+b") as image:
        image.write(bytes(SYSTEM_AREA))
    return file


@pytest.mark.long
@pytest.mark.parametrize("kind", CDS, ids=lambda kind: kind.id)
def test_iso(new, kind, tmp_path):
    """the image of a CD is a read-only disk, of which OVMF starts GRUB, and that Linux"""
    vm = new(kind)
    vm.start("-m", "512M", "--disk", f"{cd(kind, tmp_path)},ro,id=cd", *kind.options)
    vm.expect("@ grub efi$")
    vm.boots()
    assert vm.said("disks") == ["cd"]
    assert vm.do("writable") == "0"
    vm.tell("off")
    vm.ends(0)


def prompt(vm):
    """Waits until UEFI's shell asks for a command."""
    def asks():
        vm.drain()
        return vm.rest.endswith(PROMPT)

    vm.expect("Press ESC in")
    vm.type("\x1b")
    until(asks, "the shell asks")


@pytest.mark.long
@pytest.mark.parametrize("kind", SHELL, ids=lambda kind: kind.id)
def test_shell(new, kind, tmp_path):
    """without a boot loader OVMF starts its shell: saved, reset in both ways, powered off by that"""
    vm = new(kind)
    vm.start("--firmware", "ovmf", "-m", "512M", "--on-reset", "restart", *kind.options)
    prompt(vm)
    vm.moved(tmp_path / "saved")
    for way in "-w", "-c":
        vm.type(f"reset {way}\r")
        prompt(vm)
    vm.type("reset -s\r")
    vm.ends(0)


@pytest.fixture
def later(tmp_path):
    """OVMF of Debian 13 as one file."""
    code, file = Path(keel.foreign("later_ovmf")), tmp_path / "ovmf.fd"
    with open(file, "wb") as whole:
        for part in code.with_name("OVMF_VARS_4M.fd"), code:
            with open(part, "rb") as source:
                shutil.copyfileobj(source, whole)
    return file


@pytest.mark.long
@pytest.mark.parametrize("kind", keel.ON_AND_OFF, ids=lambda kind: kind.id)
def test_elsewhere(kind, later, tmp_path):
    """firmware places PCI's configuration space at 0xe0000000, and Linux finds it there"""
    vm = Pc(tmp_path, Kind(kind.label, *kind.options, firmware=later, mib=512, cpus=1))
    vm.power_on()
    vm.boots()
    vm.has_all()
    assert vm.inspect("pcihost0")["pcihost0"]["pciexbar"] & ~0xfffffff == 0xe0000000
    assert vm.said("ecam") == ["0xe0000000-0xe00fffff"]
    assert vm.said("complaint") == []
    vm.tell("off")
    vm.ends(0)
