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
LATER = [Kind("accelerator on", cpus=1, mib=512),
         Kind("accelerator off", "--no-bus", cpus=1, mib=512)]
PROMPT = b"Shell> "
SYSTEM_AREA = 32768     # bytes before a CD's file system


@pytest.fixture
def pc(kind, tmp_path):
    """A machine of one test's own, switched off."""
    machine = Pc(tmp_path, kind)
    yield machine
    machine.kill()


@pytest.mark.long
@pytest.mark.parametrize("kind", LARGE, ids=lambda kind: kind.id)
def test_large(pc):
    """a guest with 5 GiB of RAM, most of it above 4 GiB, is saved, restored and powered off"""
    pc.power_on()
    pc.boots()
    pc.has_all()
    assert pc.said("complaint") == []
    pc.moved(pc.saved)
    pc.tell("off")
    pc.ends(0)


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
def test_iso(pc, kind, tmp_path):
    """the image of a CD is a read-only disk, of which OVMF starts GRUB, and that Linux"""
    pc.start("-m", "512M", "--disk", f"{cd(kind, tmp_path)},ro,id=cd", *kind.options)
    pc.expect("@ grub efi$")
    pc.boots()
    assert pc.said("disks") == ["cd"]
    assert pc.do("writable") == "0"
    pc.tell("off")
    pc.ends(0)


def prompt(pc):
    """Waits until UEFI's shell asks for a command."""
    def asks():
        pc.drain()
        return PROMPT in pc.rest

    pc.expect("UEFI Interactive Shell")
    until(asks, "the shell asks")


@pytest.mark.long
@pytest.mark.parametrize("kind", SHELL, ids=lambda kind: kind.id)
def test_shell(pc, kind):
    """without a boot loader OVMF starts its shell: saved, reset in both ways, powered off by that"""
    pc.start("--firmware", "ovmf", "-m", "512M", "--on-reset", "restart", *kind.options)
    prompt(pc)
    pc.moved(pc.saved)
    for way in "-w", "-c":
        pc.type(f"reset {way}\r")
        prompt(pc)
    pc.type("reset -s\r")
    pc.ends(0)


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
@pytest.mark.parametrize("kind", LATER, ids=lambda kind: kind.id)
def test_elsewhere(pc, later):
    """firmware places PCI's configuration space at 0xe0000000, and Linux finds it there"""
    pc.firmware = later
    pc.power_on()
    pc.boots()
    pc.has_all()
    assert pc.inspect("pcihost0")["pcihost0"]["pciexbar"] & ~0xfffffff == 0xe0000000
    assert pc.said("ecam") == ["0xe0000000-0xe00fffff"]
    assert pc.said("complaint") == []
    pc.tell("off")
    pc.ends(0)
