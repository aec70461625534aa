# SPDX-License-Identifier: GPL-2.0
"""
Each firmware, from each medium, with one processor and four, with little memory and much: GRUB starts
Debian's kernel, which has all of them, and powers off. lab/firmwares makes the manual's table of
these tests; the others are in test_firmware.py.
"""
from pathlib import Path

import pytest

import keel

HOST = {"packages": "seabios ovmf"}     # for the Intel host, which has copies
GUEST = {"main": "firmware.guest", "modules": "virtio_pci virtio_blk efivarfs", "grub": True}

AMD = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="ascii")
FIRMWARES = {"SeaBIOS, bios-256k.bin": ("seabios", "pc"),
             "OVMF, OVMF_CODE_4M.fd": ("ovmf", "efi"),
             "OVMF, OVMF.fd": ("/usr/share/ovmf/OVMF.fd", "efi")}
MEDIA = {"a disk": f"{keel.GRUB},ro"}
# The Intel host has not as much
MEMORY = {"512 MiB": 512, "5 GiB": 5120} if AMD else {"512 MiB": 512}


@pytest.fixture(scope="module", autouse=True)
def overcommit():
    """A guest may have more memory than the host, if it does not use it."""
    Path("/proc/sys/vm/overcommit_memory").write_text("1", encoding="ascii")


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("firmware", FIRMWARES)
def test_boot(vm, kind, firmware, medium, cpus, memory):
    """{firmware} from {medium}, {cpus} vCPUs, {memory}"""
    file, platform = FIRMWARES[firmware]
    mib = MEMORY[memory]
    vm.start(*kind.options, "--firmware", file, "-c", cpus, "-m", f"{mib}M", "--disk", MEDIA[medium])
    assert vm.expect(r"@ grub (\w+)").group(1) == platform
    vm.expect("@ ask grub$")
    vm.type("linux /vmlinuz console=ttyS0 quiet panic=-1; initrd /initrd; boot\r")
    vm.expect("^@ up$")
    assert vm.said("cpus") == [str(cpus)]
    assert 0 <= mib - int(vm.said("memory")[0]) / 1024 < 64 + mib / 16
    assert vm.said("complaint") == []
    vm.tell("off")
    vm.ends(0)
