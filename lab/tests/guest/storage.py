# SPDX-License-Identifier: GPL-2.0
"""Files, file systems and block devices of a lab host, all of which are gone at the end."""
import os
from pathlib import Path

from keel import run

MIB = 1 << 20


class Storage:
    """A folder for disks, the mounts in it, and loop and device-mapper devices."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.undo = []      # commands, the last one first

    def file(self, name, size):
        """A sparse file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.truncate(size)
        return path

    def random(self, name, size):
        path = self.folder / name
        path.write_bytes(os.urandom(size))
        return path

    def mount(self, name, *arguments):
        path = self.folder / name
        path.mkdir(exist_ok=True)
        run("mount", *arguments, path)
        self.undo.append(("umount", path))
        return path

    def memory(self, name, *options):
        """A tmpfs."""
        return self.mount(name, "-t", "tmpfs", *options, "none")

    def ext4(self, name, size, *options, device=None):
        """An ext4 file system in a file of its own, or on a device."""
        disk = device or self.file(f"{name}.fs", size)
        run("mkfs.ext4", "-q", *options, disk)
        return self.mount(name, "-o", "loop", disk) if device is None else self.mount(name, disk)

    def loop(self, file, *options):
        """A block device on a file."""
        device = run("losetup", "-f", "--show", *options, file)
        self.undo.append(("losetup", "-d", device))
        return device

    def map(self, name, *table):
        """A device-mapper device of these lines."""
        run("dmsetup", "create", "--noudevsync", "--verifyudev", name, input="\n".join(table))
        self.undo.append(("dmsetup", "remove", "--noudevsync", name))
        return f"/dev/mapper/{name}"

    def clear(self):
        """Removes all of it."""
        while self.undo:
            run(*self.undo.pop())
