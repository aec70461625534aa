# SPDX-License-Identifier: GPL-2.0
"""
Pause, save and restore of running guests. A guest under load (lab/tests/payloads/load.c) is saved,
killed and restored, and reset again and again: no interrupt, and no byte of a serial port, is
lost or comes twice. A guest is saved while the EOI of an interrupt is due whose IOAPIC entry has
changed. Damaged files are refused; a paused Linux's clocks stand still. --long: 100 restores of
each of four kinds of guest.
"""
import os
import re
import socket
import subprocess
import threading
import time

import pytest

import keel
from keel import LONG, PAYLOAD, TOP, Keel, Kind, until

HOST = {}
GUEST = {"main": "clocks.guest"}

PAYLOADS = TOP / "build/lab/tests/payloads"
TIMES = 100 if LONG else 5

ON_2 = Kind("accelerator on, 2 CPUs", "-c", "2")
OFF_PIC = Kind("accelerator off, 1 CPU, 8259s", "--no-bus", "-c", "1", "--append", "pic")
ON_PIC = Kind("accelerator on, 1 CPU, 8259s", "-c", "1", "--append", "pic")
OFF_2 = Kind("accelerator off, 2 CPUs", "--no-bus", "-c", "2")
# A LAPIC's timer that ends while its CPU neither runs nor halts: on Intel, KVM does not see it
SPIN = Kind("accelerator on, 2 CPUs that do not halt", "-c", "2", "--append", "spin")
# Of eight kinds, each pair of accelerator, number of CPUs and interrupt controller is in one
MORE = [Kind("accelerator on, 1 CPU", "-c", "1"),
        Kind("accelerator on, 2 CPUs, 8259s", "-c", "2", "--append", "pic"), OFF_2, OFF_PIC]
LOADED = [*MORE, SPIN, ON_2] if LONG else [ON_2, OFF_PIC, SPIN]
RESET = [*MORE, ON_2, ON_PIC] if LONG else [ON_PIC, OFF_2]


def guests_results(vm, at=0):
    """The guest's own tests of its interrupts have all passed."""
    results = [line for line in vm.lines[at:] if re.match("(not )?ok ", line)]
    assert results and [line for line in results if line.startswith("not ok")] == []
    assert any(line.startswith("1..") for line in vm.lines[at:]), "the guest's plan"


class Lines(threading.Thread):
    """Types numbered lines at a rate that the guest's echo keeps up with; then P, its end."""

    def __init__(self, vm):
        super().__init__()
        self.vm, self.enough, self.sent = vm, threading.Event(), []

    def run(self):
        while not self.enough.is_set():
            self.sent.append(f"line {len(self.sent):06d}")
            self.vm.tell(self.sent[-1])
            time.sleep(0.1)
        time.sleep(1)
        self.vm.type("P")


@pytest.mark.parametrize("kind", LOADED, ids=lambda kind: kind.id)
def test_moved(vm, kind, tmp_path):
    """under load, saved, killed and restored: no interrupt and no byte is lost, or comes twice"""
    vm.start("--testdev", "-m", "64M", *kind.options, PAYLOADS / "load")
    vm.expect("ready")
    lines = Lines(vm)
    lines.start()
    for _ in range(TIMES):
        time.sleep(0.3)
        vm.drain()
        vm.ctl("pause")
        vm.moved(tmp_path / "saved", "--testdev")
    lines.enough.set()
    lines.join()
    vm.ends(1)      # through the test device
    guests_results(vm)
    assert [line for line in vm.lines if line.startswith("line ")] == lines.sent


@pytest.mark.parametrize("kind", keel.ON_AND_OFF, ids=lambda kind: kind.id)
def test_moved_in_handler(vm, kind, tmp_path):
    """saved in a handler that has moved its own interrupt: its EOI ends it, and it comes again"""
    vm.start("--testdev", "-c", 2, "-m", "64M", "--append", "save", *kind.options,
             PAYLOADS / "moves")
    for _ in range(3):
        vm.expect("ready")
        vm.ctl("pause")
        vm.moved(tmp_path / "saved", "--testdev")
        vm.type("P")
    vm.ends(1)
    guests_results(vm)


@pytest.mark.parametrize("kind", RESET, ids=lambda kind: kind.id)
def test_reset(vm, kind):
    """reset under load, at random moments and right after its start, it runs as new"""
    vm.start("--testdev", "--on-reset", "restart", "-m", "64M", *kind.options, PAYLOADS / "load")
    for n in range(2 * TIMES):
        vm.expect("ready")
        vm.tell(f"line {n:06d}")        # input sent before a reset is lost
        time.sleep(0.1 + n % 10 / 100)
        vm.ctl("reset")
    for _ in range(5):
        vm.ctl("reset")
    time.sleep(2)
    vm.type("P")
    vm.ends(1)
    last = max(n for n, line in enumerate(vm.lines) if "ready" in line)
    guests_results(vm, last)


# ---- Files ----

@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved VM."""
    launcher = Keel(tmp_path_factory.mktemp("saved"))
    launcher.start("--testdev", "-m", "64M", PAYLOADS / "load")
    launcher.expect("ready")
    launcher.ctl("pause")
    launcher.save(launcher.folder / "file")
    launcher.kill()
    return (launcher.folder / "file").read_bytes()


def refused(data, folder):
    """A file with these bytes is refused in one line, and no guest is started."""
    (folder / "bad").write_bytes(data)
    keel.refused(4, "snapshot ", "--restore", folder / "bad")


def test_no_snapshot(saved, tmp_path):
    """random bytes, an empty file, and a snapshot with a byte more are refused"""
    refused(os.urandom(1000), tmp_path)
    refused(b"", tmp_path)
    refused(saved + b"\n", tmp_path)


@pytest.mark.parametrize("part", [20, "half", "all but a byte"])
def test_cut(saved, tmp_path, part):
    """a snapshot of which only {part} is there is refused"""
    size = {"half": len(saved) // 2, "all but a byte": len(saved) - 1}.get(part, part)
    refused(saved[:size], tmp_path)


@pytest.mark.parametrize("at", [0, 8, 12, 16, 24, 40, "a third", "half", "the end"])
def test_changed(saved, tmp_path, at):
    """a snapshot with two changed bytes at {at} is refused"""
    n = {"a third": len(saved) // 3, "half": len(saved) // 2, "the end": len(saved) - 2}.get(at, at)
    refused(saved[:n] + b"\xff\xff" + saved[n + 2:], tmp_path)


# ---- Clocks ----

CLOCKS = ["kvm-clock", "tsc", "hpet", "acpi_pm"]


def times(vm, clock):
    """The uptimes that the guest has reported with this clock source."""
    found = []
    for line in vm.lines:
        if line.startswith("@ clock "):
            on = line == f"@ clock {clock}"
        elif line.startswith("@ up ") and on:
            found.append(float(line.split()[2]))
    return found


def steady(values):
    """The clock never went back, and never more than 4 s forward at a time."""
    return len(values) > 30 and all(0 <= b - a <= 4 for a, b in zip(values, values[1:]))


def paused_guest(vm, kind):
    """Each clock source's time, with a pause of 5 s in it; the clock sources."""
    vm.boot("--hpet", *kind.options, append="pci=off")
    while (line := vm.expect("^@ (clock|done)").string) != "@ done":
        if line.split()[2] in CLOCKS:
            time.sleep(1)
            vm.ctl("pause")
            time.sleep(5)
            vm.ctl("resume")
    vm.ends(0)
    return [clock for clock in CLOCKS if clock in vm.said("clock")]


PAUSED = [Kind("accelerator on, 1 CPU", "-m", "128M"),
          Kind("accelerator off, 2 CPUs", "-m", "128M", "-c", "2", "--no-bus")]


@pytest.mark.off_long
@pytest.mark.parametrize("kind", PAUSED, ids=lambda kind: kind.id)
def test_clocks(vm, kind):
    """no clock source notices a pause of 5 s"""
    # A busy machine may stop the guest for as long as the pause; that does not happen three times
    for _ in range(3):
        clocks = paused_guest(vm, kind)
        moved = [clock for clock in clocks if not steady(times(vm, clock))]
        if not moved:
            break
    assert "hpet" in clocks and not moved


# ---- Another port ----

class Port:
    """One end of a pair of sockets, the other one of which is the guest's COM1."""

    def __init__(self):
        self.end, self.far = socket.socketpair()
        for one in self.end, self.far:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.got = bytearray()

    def options(self, more=""):
        return ["-m", "64M", "--serial", "pio:0x2f8", "--serial",
                f"pio:0x3f8,{more}to=fd={self.far.fileno()}", PAYLOAD]

    def read_all(self):
        def read():
            while data := self.end.recv(65536):
                self.got.extend(data)
        threading.Thread(target=read, daemon=True).start()

    def send(self, data):
        threading.Thread(target=self.end.sendall, args=(data,), daemon=True).start()


def test_port_moved(vm, kind, tmp_path):
    """a second port, saved, killed and restored amid traffic: no byte is lost, or comes twice"""
    lines = b"".join(b"line %05d\n" % n for n in range(1000))
    want, saves = b"ready\r\n" + lines, 3
    port = Port()
    fds = [port.far.fileno()]
    port.read_all()
    port.send(lines)
    vm.start(*kind.options, *port.options("rate=4000,"), fds=fds)
    for n in range(saves):
        until(lambda: len(port.got) > len(want) * (n + 1) // (saves + 2), "the port's next bytes")
        vm.ctl("pause")
        vm.moved(tmp_path / "saved", fds=fds)
    until(lambda: len(port.got) >= len(want), "all of the port's bytes")
    port.end.sendall(b"P")
    vm.ends(0)
    assert bytes(port.got) == want


def test_port_not_read(vm, kind, tmp_path):
    """no save, and no file, while a port's output is not read; the guest goes on"""
    port = Port()
    port.end.sendall(b"F")
    vm.start(*kind.options, *port.options(), fds=[port.far.fileno()])
    vm.comes_up()

    def sent():
        return vm.stats()["uart1"]["tx_bytes"]

    def stands():
        before = sent()
        time.sleep(1)
        return sent() == before
    until(stands, "the output stops")
    done = subprocess.run(["keel", "ctl", vm.control, "save", tmp_path / "none"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "uart1 does not accept the output" in done.stderr
    assert not (tmp_path / "none").exists()
    before = sent()
    port.read_all()
    until(lambda: sent() > before, "the guest goes on")
