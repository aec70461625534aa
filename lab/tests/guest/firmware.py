# SPDX-License-Identifier: GPL-2.0
"""
A launcher whose guest starts from firmware, with GRUB on a disk of lab/grub's, which takes commands
on the console: "@ grub PLATFORM", then "@ ask grub" for each line.
"""
from keel import GRUB, Keel

MIB = 1 << 20
ASKS = "@ ask grub$"        # its lines end in "\\n\\r"
PLATFORMS = {"seabios": "pc", "microvm": "pc", "ovmf": "efi"}    # as GRUB calls them


class Pc(Keel):
    """
    A guest that starts from the firmware of its kind, and its disk: SeaBIOS, and lab/grub's, if that
    says nothing.
    """

    def __init__(self, folder, kind):
        super().__init__(folder)
        self.kind, self.saved = kind, folder / "saved"
        self.firmware = getattr(kind, "firmware", "seabios")
        self.disk = getattr(kind, "disk", GRUB)

    def power_on(self, *options):
        self.start("--firmware", self.firmware, "--on-reset", "restart", "-m", f"{self.kind.mib}M",
                   *self.kind.options, "--disk", f"{self.disk},ro,id=first", *options)

    def grub(self, *commands):
        """Commands for GRUB, when it asks for some."""
        self.expect(ASKS)
        self.type("; ".join(commands) + "\r")

    def boots(self, words=""):
        """From GRUB to the guest's commands, with these words on its kernel's command line."""
        self.grub(f"linux /vmlinuz console=ttyS0 quiet panic=-1 {words}", "initrd /initrd", "boot")
        self.expect("^@ up$")

    def has_all(self):
        """Linux sees all processors, and all memory but what firmware keeps."""
        assert self.said("cpus") == [str(self.kind.cpus)]
        assert 0 <= self.kind.mib - int(self.said("memory")[0]) / 1024 < 64 + self.kind.mib / 16
