# SPDX-License-Identifier: GPL-2.0
"""What the bench measures, of whom, and what is to be reached: data alone."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """
    name:  as the guest prints it
    group: what is measured together; for most, a part of the guest (lab/bench/guest)
    text:  what it is
    unit:  of its figures
    """
    name: str
    group: str
    text: str
    unit: str = "instructions"

    @property
    def within(self):
        """How far two runs of the same program may be apart, as a part of the figure."""
        return LOOSE if self.group in UNSTEADY else STEADY


STEADY, LOOSE = 0.02, 0.10

# Groups whose figures depend on when a thread of the VMM's wakes up
UNSTEADY = {"lines", "vsock", "start", "boot", "control", "save", "firmware"}


ROWS = [
    Row("pit-read", "ports", "PIT: counter 0 read, not latched"),
    Row("pit-write", "ports", "PIT: a byte written to counter 2"),
    Row("port61-read", "ports", "port 0x61 read"),
    Row("port61-write", "ports", "port 0x61 written"),
    Row("elcr-read", "ports", "ELCR read"),
    Row("elcr-write", "ports", "ELCR written"),
    Row("pic-read", "ports", "8259: mask read"),
    Row("pic-write", "ports", "8259: mask written"),
    Row("pm-timer-read", "ports", "ACPI timer read"),
    Row("rtc-read", "ports", "RTC: index written and data read"),
    Row("lsr-read", "ports", "UART: LSR read"),
    Row("port-write", "ports", "UART: scratch register written"),
    Row("kbc-status-read", "ports", "8042: status read"),
    Row("unmapped-read", "ports", "a port without a device read"),
    Row("unmapped-write", "ports", "a port without a device written"),
    Row("ioapic-read", "ioapic", "IOAPIC: window read"),
    Row("ioapic-select", "ioapic", "IOAPIC: index written"),
    Row("redirection-masked", "ioapic", "redirection entry written, masked"),
    Row("redirection-unmasked", "ioapic", "the same, unmasked, with the same vector"),
    Row("redirection-new-vector", "ioapic", "the same, with another vector each time"),
    Row("edge-round-trip", "uart", "UART's THRE interrupt, edge: enabled to handled"),
    Row("level-round-trip", "uart", "the same, level-triggered, with its EOI"),
    Row("intx-round-trip", "blk", "a disk's name asked for, INTx, ISR read, EOI"),
    Row("pit-shot-busy", "pit", "PIT one-shot to handler, CPU busy"),
    Row("pit-shot-halted", "pit", "the same, CPU halted"),
    Row("pit-tick", "pit-tick", "a PIT tick at 1 kHz, all of it, CPU busy"),
    Row("rtc-tick", "rtc-tick", "an RTC tick at 1,024 Hz, all of it, CPU busy"),
    Row("ipi", "lapic", "IPI to itself, to handler (KVM's LAPIC, for scale)"),
    Row("lapic-shot-busy", "lapic", "LAPIC timer to handler, CPU busy"),
    Row("lapic-shot-halted", "lapic", "the same, CPU halted"),
    Row("line-polled", "lines", "80 characters to a 16550, LSR polled before each"),
    Row("line-fifo", "lines", "the same, LSR polled before each 16"),
    Row("line-outsb", "lines", "the same, by one REP OUTSB"),
    Row("line-by-interrupts", "uart", "the same, by THRE interrupts, as Linux does"),
    Row("line-virtio", "console", "the same, to a virtio console"),
    Row("doorbell-memory", "blk", "doorbell of an idle disk, in memory"),
    Row("doorbell-port", "blk", "the same, a port"),
    Row("blk-read-1", "blk", "disk: 4 KiB read, depth 1"),
    Row("blk-write-1", "blk", "disk: 4 KiB written, depth 1"),
    Row("blk-read-32", "blk", "disk: 4 KiB read, depth 32, each"),
    Row("blk-write-32", "blk", "disk: 4 KiB written, depth 32, each"),
    Row("blk-ordered-1", "blk", "disk: 4 KiB read in order, depth 1"),
    Row("blk-ordered-32", "blk", "disk: 4 KiB read in order, depth 32, each"),
    Row("net-round-trip", "net", "network: 64 bytes to the host and back"),
    Row("vsock-round-trip", "vsock", "socket: 64 bytes to the host and back"),
    Row("dispatch-8", "dispatch", "two ports in turn, board of 8 regions"),
    Row("dispatch-100", "dispatch", "the same, about 100 regions"),
    Row("dispatch-200", "dispatch", "the same, about 200 regions"),
    Row("vms-1", "vms", "two ports in turn, one VM on the host"),
    Row("vms-8", "vms", "the same, 8 VMs"),
    Row("vms-64", "vms", "the same, 64 VMs"),
    Row("start-first", "start", "exec to the guest's first instruction"),
    Row("start-kernel", "start", "exec to the kernel's first instruction"),
    Row("memory-launcher", "start", "resident memory of the VMM", "KiB"),
    Row("memory-kernel", "start", "kernel's memory, charged to the VMM's group", "KiB"),
    Row("boot-log", "boot", "Debian's kernel, unpacked, to init, its log on a 16550"),
    Row("boot-quiet", "boot", "the same, quiet"),
    Row("pause", "control", "pause, by the control socket"),
    Row("resume", "control", "resume"),
    Row("save", "save", "save of 100 MiB that are not zero"),
    Row("restore", "save", "restore of them"),
    Row("bios-banner", "firmware", "SeaBIOS: to its banner"),
    Row("bios-sector", "firmware", "SeaBIOS: to the disk's boot sector"),
    Row("bios-grub", "firmware", "SeaBIOS: to GRUB's first line"),
    Row("bios-linux", "firmware", "SeaBIOS: to Linux's first line"),
    Row("bios-login", "firmware", "SeaBIOS: to a login"),
    Row("uefi-output", "firmware", "OVMF: to its first character"),
    Row("uefi-loader", "firmware", "OVMF: to the start of what is on the disk"),
    Row("uefi-grub", "firmware", "OVMF: to GRUB's first line"),
    Row("uefi-linux", "firmware", "OVMF: to Linux's first line"),
    Row("uefi-login", "firmware", "OVMF: to a login"),
]

BY_NAME = {row.name: row for row in ROWS}

# Not among the rows: the guest's checks of itself
CALIBRATION = ("calibration", "empty")

# Columns of the table. Figures of other peers are in the JSON alone; "best" is the least of any
# QEMU.
COLUMNS = {
    "kvm": "KVM", "keel-bus": "bus", "keel-port": "bus,port", "keel-loop": "loop",
    "keel-timed": "timed", "user": "user", "qemu-on": "qemu on", "qemu-split": "split", "qemu-off": "off", "best": "best",
    "microvm": "microvm", "q35": "q35",
}

# Rows that a peer answers, or seems to, without having the chip
LACKS = {
    "kvm": {"pm-timer-read", "rtc-read", "lsr-read", "port-write", "kbc-status-read",
            "unmapped-read", "unmapped-write", "line-polled", "line-fifo", "line-outsb"},
    "user": {"redirection-masked", "redirection-unmasked", "redirection-new-vector"},
}


@dataclass(frozen=True)
class Goal:
    """
    A peer's figure of a row is at most so many times the reference's, or so much more than it.

    of:     the reference: (row, peer); None is the same row, and without a peer it is 0
    most:   the limit: a factor, or with plus=True a number of instructions
    vendor: limits that differ there
    flat:   rows whose figures differ from each other by no more than the factor
    """
    row: str
    peer: str
    most: float
    of: tuple = (None, None)
    plus: bool = False
    vendor: dict = field(default_factory=dict)
    flat: tuple = ()


def _kvm(row, most, **more):
    return Goal(row, "keel-bus", most, (None, "kvm"), **more)


def _split(row, most, **more):
    return Goal(row, "keel-bus", most, (None, "qemu-split"), **more)


def _best(row, most):
    return Goal(row, "keel-bus", most, (None, "best"))


GOALS = [
    _kvm("pit-read", 1.00), _kvm("pit-write", 1.00),
    _kvm("elcr-read", 1.00), _kvm("elcr-write", 1.05),
    _kvm("ioapic-read", 1.00), _kvm("ioapic-select", 1.00),
    *(Goal(row, "keel-bus", 150, ("pit-read", "kvm"), plus=True)
      for row in ("lsr-read", "elcr-read", "pm-timer-read", "port61-read", "kbc-status-read")),
    Goal("unmapped-read", "keel-bus", 0, (None, "keel-loop"), plus=True),
    _split("lsr-read", 0.25), _split("pit-read", 0.25),
    Goal("doorbell-memory", "keel-bus", 1.05, (None, "qemu-split")),
    Goal("doorbell-port", "keel-port", 1.10, (None, "qemu-port")),
    _split("line-polled", 0.12),
    _kvm("redirection-new-vector", 1.2),
    _split("level-round-trip", 0.35, vendor={"intel": 0.30}),
    _split("edge-round-trip", 0.30, vendor={"intel": 0.22}),
    _kvm("pit-shot-busy", 0.52), _kvm("pit-shot-halted", 0.60),
    _kvm("pit-tick", 0.55, vendor={"intel": 0.40}),
    _best("blk-read-1", 0.26), _best("blk-write-1", 0.20),
    _best("blk-read-32", 0.12), _best("blk-write-32", 0.10),
    Goal("net-round-trip", "keel-bus", 0.90, (None, "qemu-split")),
    Goal("net-round-trip", "keel-port", 0.90, (None, "qemu-port")),
    Goal("dispatch-8", "keel-bus", 1.02, flat=("dispatch-8", "dispatch-100", "dispatch-200")),
    Goal("vms-1", "keel-bus", 1.02, flat=("vms-1", "vms-8", "vms-64")),
    # The portable path is worth having
    *(Goal(row, "keel-loop", 0.999, (None, "user")) for row in ("pit-read", "lsr-read", "ioapic-read")),
    Goal("line-virtio", "keel-bus", 0.1, ("line-fifo", "qemu-split")),
    # A VM of 2 GiB starts as fast as one of 256 MiB
    Goal("start-first", "keel-control-2048M", 1.05, (None, "keel-control-256M")),
    Goal("start-first", "keel-bus", 10_000_000, plus=True),
    Goal("memory-launcher", "keel-bus", 4096, plus=True),
    Goal("memory-launcher", "keel-control-2048M", 4096, plus=True),
    *(Goal(row.name, "keel-bus", 1.00, (None, "q35")) for row in ROWS if row.group == "firmware"),
    Goal("bios-sector", "keel-bus", 30_000_000, plus=True),
]
