# SPDX-License-Identifier: GPL-2.0
"""
Kernels as Debian has them, as guests: Linux in all flavours, and others, each as it comes. What
each of them needs is in its row. lab/guests makes the manual's table of these tests.
"""
import hashlib
import re
from pathlib import Path

import pytest

import keel

HOST = {}
GUEST = {"main": "boot.guest", "modules": "virtio_pci virtio_blk"}
KERNELS = ["6.1", "6.1-rt", "6.1-cloud", "6.1-686", "6.12", "6.12-rt",
           "newest", "newest-rt", "newest-cloud"]
FOREIGN = {
    "memtest_64": "memtest86+ boot/memtest86+x64.bin",
    "memtest_32": "memtest86+ boot/memtest86+ia32.bin",
    "xen": "xen-hypervisor-4.17-amd64 boot/xen-4.17-amd64.gz",
    "mach": "gnumach-image-1.8-486 boot/gnumach-1.8-486.gz",
}


# Of CPUs that stop now and then, as emulated ones do, and of the host's CPU
ALLOWED = re.compile("[Ww]atchdog|PM-Timer running at invalid rate|Speculative Return Stack")
FOUND = {"cpus": "2", "uart": "16550A", "rtc0": "IO-APIC rises", "ttyS0": r"IO-APIC \d+",
         "keyboard": "0x60,0x64 irq 1", "mouse": "0x60,0x64 irq 12", "local": "ticks"}
# memtest86+'s processors wait for each other with interrupts disabled, which stalls Bochs
PROCESSORS = 4 if "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="ascii") else 1
DATA = b"Debian's kernel\n" * 4096


def finds_the_board(vm):
    """Linux has found the devices, and complains of none."""
    for key, pattern in FOUND.items():
        assert re.fullmatch(pattern, " ".join(vm.said(key))), f"{key}: {vm.said(key)}"
    assert [text for text in vm.said("complaint") if not ALLOWED.search(text)] == []


@pytest.mark.parametrize("version", KERNELS)
def test_linux(vm, tmp_path, kind, version):
    """Linux {version}: nothing"""
    image, initrd = keel.kernel(version)
    disk = tmp_path / "disk"
    disk.write_bytes(DATA)
    vm.start(*kind.options, "--strict", "-c", 2, "--disk", f"{disk},ro", "--initrd", initrd,
             "--append", "console=ttyS0 quiet panic=-1 keel.test=release,disks,view", image)
    vm.expect("^@ ask time$")
    vm.tell(0)
    vm.ends(0)
    finds_the_board(vm)
    assert vm.said("disk") == [hashlib.sha256(DATA).hexdigest()]
    release, = vm.said("release")
    assert release in image


@pytest.mark.parametrize("bits", ["64", "32"])
def test_memtest(vm, tmp_path, kind, bits):
    """memtest86+ 6.10, {bits} bits: `console=ttyS0,115200` on its command line"""
    screen = tmp_path / "screen"
    with open(screen, "wb") as output:
        vm.start(*kind.options, "-c", PROCESSORS, "-m", "8M", "--append", "console=ttyS0,115200",
                 keel.foreign(f"memtest_{bits}"), stdout=output)
    # The last one, which waits for minutes
    keel.until(lambda: b"#10 [Bit fade" in screen.read_bytes(), "the last test")
    assert set(re.findall(rb"Errors: +(\d+)", screen.read_bytes())) == {b"0"}


def test_xen(vm, kind):
    """Xen 4.17 with Linux 6.1: `--module` for kernel and initramfs; their text begins with a name"""
    image, initrd = keel.kernel("6.1")
    # The emulated AMD CPU has SMAP wrong: without "smap=0", QEMU's own Xen loses its dom0 as well
    vm.start(*kind.options, "-c", 2, "-m", "512M",
             "--module", f"{image}=linux console=hvc0 panic=-1 keel.test=release,mp",
             "--module", initrd, "--append", "com1=115200,8n1 console=com1 smap=0",
             keel.foreign("xen"))
    assert vm.report("release") in image
    vm.ends(0)
    assert vm.said("cpus") == ["2"]


def test_mach(vm, kind):
    """GNU Mach 1.8: `console=com0` on its command line; a Hurd, which Debian has not for amd64"""
    vm.start(*kind.options, "-m", "64M", "--append", "console=com0", keel.foreign("mach"))
    vm.expect("RTC time is 20..-")
    vm.expect("No bootstrap code loaded with the kernel")
    vm.ends(14)
