# SPDX-License-Identifier: GPL-2.0
"""
Each firmware, from each medium, with one processor and four, with little memory and much: GRUB starts
Debian's kernel, which has all of them, and powers off. lab/firmwares makes the manual's table of
these tests; the others are in test_firmware.py.
"""
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware import Pc
from keel import GRUB, ISO, Kind

HOST = {"packages": "seabios ovmf"}     # for the Intel host, which has copies
GUEST = {"main": "firmware.guest", "modules": "virtio_pci virtio_mmio virtio_blk efivarfs",
         "grub": True, "iso": True}

AMD = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="ascii")
# The Intel host has not as much
MEMORY = {"512 MiB": 512, "5 GiB": 5120} if AMD else {"512 MiB": 512}
VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


@dataclass
class Start:
    """
    firmware, medium: their names in the table
    file:     for --firmware
    platform: as GRUB calls it
    disk:     what it is on
    options:  more for keel
    nvram:    where its variables come from, if they are in a file
    """
    firmware: str
    medium: str
    file: str
    platform: str = "efi"
    disk: str = GRUB
    options: tuple = ()
    nvram: Path = None


FLASH = "OVMF_CODE_4M.fd, OVMF_VARS_4M.fd"
STARTS = [Start("SeaBIOS: bios-256k.bin", "a disk", "seabios", "pc"),
          Start("SeaBIOS: bios-microvm.bin, without PCI", "a disk", "microvm", "pc",
                options=("--no-pci",)),
          Start(f"OVMF: {FLASH}", "a disk", "ovmf", nvram=VARS),
          Start(f"OVMF: {FLASH}", "the image of a CD", "ovmf", disk=ISO, nvram=VARS),
          Start("OVMF: OVMF.fd", "a disk", "/usr/share/ovmf/OVMF.fd"),
          Start("OVMF: OVMF.fd", "the image of a CD", "/usr/share/ovmf/OVMF.fd", disk=ISO)]


def name(start):
    """For pytest's -k."""
    return re.sub(r"\W+", "_", f"{start.firmware} {start.medium}")


@pytest.fixture(scope="module", autouse=True)
def overcommit():
    """A guest may have more memory than the host, if it does not use it."""
    Path("/proc/sys/vm/overcommit_memory").write_text("1", encoding="ascii")


@pytest.fixture
def pc(tmp_path, kind, start, cpus, memory):
    """A machine that a test describes, switched off."""
    options = [*kind.options, "-c", cpus, *start.options]
    if start.nvram:
        options += ["--nvram", shutil.copy(start.nvram, tmp_path / "vars")]
    machine = Pc(tmp_path, Kind(kind.label, *options, firmware=start.file, disk=start.disk, cpus=cpus,
                                mib=MEMORY[memory]))
    yield machine
    machine.kill()


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("start", STARTS, ids=name)
def test_boot(pc, start):
    """{start.firmware} from {start.medium}, {cpus} vCPUs, {memory}"""
    pc.power_on()
    assert pc.expect(r"@ grub (\w+)$").group(1) == start.platform
    pc.boots()
    pc.has_all()
    assert pc.said("disks") == ["first"]
    assert pc.do("writable") == "0"
    assert pc.said("complaint") == []
    pc.tell("off")
    pc.ends(0)
