# SPDX-License-Identifier: GPL-2.0
"""
Disks have one user at a time, are raw, and are the same after a restore: what is refused, with
which words, and how to have it all the same.
"""
import os
import re
import stat
from contextlib import contextmanager

import pytest

from keel import PAYLOAD, Keel, ended, run
from storage import MIB, Storage

HOST = {"modules": "loop ext4"}

OFF = r"lock=off skips this check$"


class Disks(Storage):
    """One disk by several names, and another one."""

    def __init__(self, folder):
        super().__init__(folder)
        self.disk, self.other = self.file("disk", MIB), self.file("other", MIB)
        self.hard, self.soft = self.folder / "hard", self.folder / "soft"
        os.link(self.disk, self.hard)
        self.soft.symlink_to("disk")
        self.saved = self.folder / "saved"

    @staticmethod
    def options(disks):
        return [word for disk in disks for word in ("--disk", disk)]

    def refused(self, text, *disks, status=36, fds=()):
        """keel says so, in one line."""
        got, _, said = ended(*self.options(disks), PAYLOAD, text=b"P", pass_fds=fds)
        assert got == status, said
        assert re.search(f"^keel: --disk: {text}", said), said
        assert said.count("\n") == 1

    def taken(self, *disks, fds=()):
        got, _, said = ended(*self.options(disks), PAYLOAD, text=b"P", pass_fds=fds)
        assert (got, said) == (0, "")

    def restored(self, text=None):
        """The saved VM goes on, or is refused with this text."""
        got, _, said = ended("--restore", self.saved, text=b"P")
        if text is None:
            assert (got, said) == (0, "")
        else:
            assert got == 36 and re.search(text, said), said

    @contextmanager
    def vm(self, disk):
        """A VM that has the disk."""
        launcher = Keel(self.folder)
        launcher.start("--disk", disk, PAYLOAD)
        launcher.comes_up()
        yield launcher
        launcher.kill()

    def save(self, disk):
        with self.vm(disk) as launcher:
            launcher.save(self.saved)


@pytest.fixture
def disks(tmp_path):
    found = Disks(tmp_path)
    yield found
    found.clear()


def test_same_vm(disks):
    """one file twice in a VM: refused, by each of its names, unless both only read"""
    used = f"is in use by another disk of this VM \\({disks.disk}\\); {OFF}"
    disks.refused(f"{disks.disk} {used}", f"{disks.disk},ro", disks.disk)
    for name in disks.hard, disks.soft:
        disks.refused(f"{name} {used}", disks.disk, name)
        disks.refused(f"{name} {used}", disks.disk, f"{name},ro")
        disks.taken(f"{disks.disk},ro", f"{name},ro")
        disks.taken(disks.disk, f"{name},lock=off")


def test_another_vm(disks):
    """a file of another VM: refused, by each of its names, unless both only read"""
    used = f"is in use by another VM; {OFF}"
    with disks.vm(disks.disk):
        for name in disks.hard, disks.soft:
            disks.refused(f"{name} {used}", name)
        disks.refused(f"{disks.disk} {used}", f"{disks.disk},ro")
        disks.taken(f"{disks.disk},lock=off", disks.other)
    with disks.vm(f"{disks.disk},ro"):
        disks.refused(f"{disks.disk} {used}", disks.disk)
        disks.taken(f"{disks.disk},ro")
    with disks.vm(f"{disks.disk},lock=off"):
        disks.taken(disks.disk)


def test_descriptors(disks):
    """a descriptor has its file's lock, and must be open as its options say"""
    fd = os.open(disks.disk, os.O_RDWR)
    with disks.vm(disks.disk):
        disks.refused(f"fd={fd} is in use by another VM; {OFF}", f"fd={fd}", fds=[fd])
    disks.refused(rf"fd={fd} is in use by another disk of this VM \(fd={fd}\); {OFF}",
                  f"fd={fd}", f"fd={fd}", fds=[fd])
    # As long as it is open
    disks.refused(f"{disks.disk} is in use by another VM; {OFF}", disks.disk)
    os.close(fd)
    fd, reader = os.open(disks.disk, os.O_RDWR), os.open(disks.disk, os.O_RDONLY)
    disks.taken(f"fd={reader},ro", fds=[reader])
    os.close(reader)
    reader = os.open(disks.disk, os.O_RDONLY)
    disks.refused(f"fd={reader} is open for reading only: add ro$", f"fd={reader}", status=30,
                  fds=[reader])
    disks.refused(rf"fd={fd} is not open with O_DIRECT \(direct\)$", f"fd={fd},direct", status=30,
                  fds=[fd])
    os.close(fd)
    os.close(reader)


def test_block_devices(disks):
    """a block device has one user, by whatever node, and a mounted one is in use"""
    loop, again = disks.loop(disks.disk), disks.folder / "again"
    os.mknod(again, 0o600 | stat.S_IFBLK, os.stat(loop).st_rdev)
    used = f"is in use by a file system or another VM; {OFF}"
    disks.refused(f"{again} {used}", loop, again)
    disks.refused(rf"{again} is in use by another disk of this VM \({loop}\); {OFF}", loop,
                  f"{again},ro")
    disks.taken(f"{loop},ro", f"{again},ro")
    with disks.vm(loop):
        disks.refused(f"{again} {used}", again)
    run("mkfs.ext4", "-q", "-O", "^has_journal", loop)
    mounted = disks.mount("mnt", loop)
    disks.refused(f"{loop} {used}", loop)
    disks.taken(f"{loop},ro")
    disks.taken(f"{loop},lock=off")
    run("umount", mounted)
    disks.undo.remove(("umount", mounted))
    disks.taken(loop)


@pytest.mark.parametrize("name, qemus, option", [
    ("qcow2", "qcow2", ""), ("vmdk", "vmdk", ""), ("vhd", "vpc", "subformat=dynamic"),
    ("vhd", "vpc", "subformat=fixed,force_size"), ("vhdx", "vhdx", ""), ("vdi", "vdi", "")])
def test_format(disks, name, qemus, option):
    """{name} {option}: refused with the command that converts it; format=raw insists"""
    image = disks.folder / "image"
    run("qemu-img", "create", "-q", "-f", qemus, *(["-o", option] if option else []), image, "64M")
    disks.refused(f'{image} is a {name} image, .*"qemu-img convert -f {qemus} -O raw {image} NEW"'
                  ".*format=raw uses the file as it is$", image)
    disks.refused(f"{image} is a {name} image", f"{image},ro")
    disks.taken(f"{image},format=raw")


def test_no_disk(disks):
    """a flat vmdk's description, an empty file, a folder and a missing file are refused"""
    flat = disks.folder / "flat.vmdk"
    run("qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", flat, "1M")
    disks.refused(f"{flat} is a vmdk image", flat)
    empty = disks.file("empty", 0)
    disks.refused(f"{empty}: less than a block of 512 bytes$", empty)
    disks.refused(f"{disks.folder}: neither a file nor a block device$", disks.folder)
    disks.refused(f"{disks.folder}/none: No such file", disks.folder / "none")


def test_restored(disks):
    """a saved VM goes on with its disk only if its size is as it was, and it is free"""
    disks.save(disks.disk)
    disks.restored()
    with open(disks.disk, "r+b") as file:
        file.write(b"QFI\xfb")      # the guest's own doing
    disks.restored()
    for size in 2 * MIB, MIB // 2:
        os.truncate(disks.disk, size)
        disks.restored(f"^keel: --disk: {disks.disk} has {size} bytes, and had {MIB} "
                       "when the VM was saved$")
    disks.file("disk", MIB)     # without that magic number
    with disks.vm(disks.disk):
        disks.restored(f"{disks.disk} is in use by another VM")
    disks.restored()


def test_restored_blocks(disks):
    """a saved VM goes on only if its disk's blocks are as they were"""
    loop = disks.loop(disks.disk)
    disks.save(loop)
    disks.clear()
    loop = disks.loop(disks.disk, "--sector-size", 4096)
    disks.restored(f"^keel: --disk: {loop} has blocks of 4096 bytes, and had 512 "
                   "when it was saved$")
    disks.refused(f"{loop}: block_size=512 is less than its blocks of 4096 bytes$",
                  f"{loop},block_size=512")
    disks.taken(f"{loop},block_size=4096")
