# SPDX-License-Identifier: GPL-2.0
"""
Serial ports: consoles in memory, several ports, the cost of much output, policies, rates and
back-pressure with slow readers. --long: a MiB instead of 64 KiB, and three seconds at a capped
rate.
"""
import fcntl
import hashlib
import os
import re
import select
import threading
import time
from itertools import takewhile

import pytest

from keel import IMAGE, INITRD, LIMIT, LONG, PAYLOAD, until

HOST = {}
GUEST = {"main": "serial.guest"}

BULK = 1 << 20 if LONG else 1 << 16     # bytes
CAPPED = 3000 if LONG else 1000         # bytes, at 1000 a second
SMALL = 4096                            # of a pipe; F_SETPIPE_SZ


def options(kind):
    return [*kind.options, "--stats=json"]


def between(counters, name, low, high):
    device, counter = name.split(".", 1)
    assert low <= counters[device][counter] <= high, f"{name} is {counters[device][counter]}"


# ---- Debian's kernel ----

def linux(vm, kind, test, append, *arguments, **streams):
    vm.start(*options(kind), "--strict", *arguments, "--append",
             f"panic=-1 keel.test={test} keel.bulk={BULK} {append}", "--initrd", INITRD, IMAGE,
             **streams)


@pytest.mark.off_long
def test_early(vm, kind, tmp_path):
    """a console at a stride of 4, from its first line to its last, and much text through a port"""
    bulk, log = tmp_path / "bulk", tmp_path / "log"
    with open(os.devnull, "rb") as nothing:
        linux(vm, kind, "early",
              "console=uart8250,mmio32,0xd0000000,115200 keep_bootcon printk.devkmsg=on",
              "--serial", "mmio:0xd0000000,stride=4,irq=5", "--serial", f"pio:0x3f8,to={bulk}",
              "--console-log", log, stdin=nothing)
        vm.ends(0)
    text = "\n".join(vm.lines)
    for words in ("Linux version 6", "at MMIO32 0x00000000d0000000", "@ consoles uart", "@ end",
                  f"@ sum {hashlib.sha256(bulk.read_bytes()).hexdigest()} {BULK}"):
        assert words in text
    assert sum(1 for line in vm.lines if re.search(r"@ line \d+$", line)) == 200
    times, logged = zip(*(re.match(r" *(\d+) (.*)", line).groups()
                          for line in log.read_text(errors="replace").splitlines()))
    assert [line.replace("\r", "") for line in vm.lines] == list(logged)
    times = [int(t) for t in times]
    assert times == sorted(times) and times[-1] >= 100000
    final = vm.final()
    between(final, "uart0.regs.writes", 10000, 100000000)
    between(final, "uart1.tx_bytes", BULK, BULK)
    # An interrupt for a FIFO's worth, not for each byte, unless the host is busy with other work
    between(final, "line4.asserts", 1, BULK // 4)
    between(final, "uart1.tx_lost", 0, 0)


def line_of(fd):
    """A line that comes from a terminal."""
    got = b""
    while not got.endswith(b"\n"):
        assert select.select([fd], [], [], LIMIT)[0], f"no line, but {got}"
        got += os.read(fd, 1)
    return got.decode().strip()


def test_ports(vm, kind, tmp_path):
    """a console in memory, a port to a file, and one that is a pseudo-terminal, both ways"""
    com2 = tmp_path / "com2"
    linux(vm, kind, "ports", "console=uart8250,mmio,0xd0000000,115200 quiet",
          "--serial", "mmio:0xd0000000,irq=5", "--serial", f"pio:0x2f8,to={com2}",
          "--serial", "pio:0x3e8,irq=10,to=pty")
    vm.expect("@ say")
    pty = os.open(re.search(r"(?m)^keel: uart2 is (\S+)$", vm.said_on_stderr())[1],
                  os.O_RDWR | os.O_NOCTTY)
    assert line_of(pty) == "hello from 0x3e8"
    os.write(pty, b"into the terminal\n")
    os.close(pty)
    vm.tell("typed")
    vm.ends(0)
    text = "\n".join(vm.lines)
    for port in (r"at MMIO 0xd0000000 \(irq = 5", r"at I/O 0x2f8 \(irq = 3",
                 r"at I/O 0x3e8 \(irq = 10"):
        assert re.search(rf"@ ttyS\d {port}, .* is a 16550A", text), port
    assert "hello from 0x2f8" in com2.read_text().splitlines()
    assert "@ heard typed, and into the terminal" in text
    final = vm.final()
    between(final, "line5.asserts", 3, 100000)
    between(final, "line3.asserts", 1, 1000)
    between(final, "line10.asserts", 2, 1000)
    between(final, "uart1.tx_bytes", 17, 1000)
    between(final, "uart2.rx_bytes", 18, 18)


# ---- The payload ----

def test_rate(vm, kind, tmp_path):
    """the rate is kept, and input for a slow guest waits: no byte is lost"""
    (tmp_path / "text").write_bytes(b"0" * CAPPED + b"P")
    start = time.monotonic()
    with open(tmp_path / "text", "rb") as text:
        vm.start(*options(kind), "--serial", "pio:0x3f8,rate=1000", PAYLOAD, stdin=text)
        vm.ends(0)
    assert time.monotonic() - start >= CAPPED / 1000
    assert (vm.lines, vm.rest) == (["ready"], b"0" * CAPPED)
    final = vm.final()
    between(final, "uart0.tx_lost", 0, 0)
    between(final, "uart0.rx_full", 1, 1000000000)
    between(final, "uart0.overruns", 0, 0)


class Flood:
    """A guest that prints without end into a small pipe, and its reader, which comes late."""

    def __init__(self, vm, kind, tmp_path, *arguments):
        self.vm, self.got = vm, bytearray()
        self.end, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, SMALL)
        (tmp_path / "text").write_bytes(b"F")
        with open(tmp_path / "text", "rb") as text:
            vm.start(*options(kind), *arguments, PAYLOAD, stdin=text, stdout=into)
        os.close(into)
        vm.comes_up()

    def counter(self, name):
        device, counter = name.split(".", 1)
        return self.vm.stats()[device][counter]

    def _read(self):
        while data := os.read(self.end, 65536):
            self.got += data

    def all_read(self):
        stats = self.vm.stats()
        return len(self.got) == stats["uart0"]["tx_bytes"] - stats["stream0"]["dropped"]

    def read_rest(self):
        """Pauses the guest, and reads all; returns what was sent, and how much was dropped."""
        self.vm.ctl("pause")
        reader = threading.Thread(target=self._read)
        reader.start()
        until(self.all_read, "all is read that was not dropped")
        self.vm.stop()
        self.vm.process.wait()
        reader.join()
        os.close(self.end)
        final = self.vm.final()
        sent = final["uart0"]["tx_bytes"]
        text = (b"ready\r\n" + b"abcdefghijklmno\n" * (sent // 16 + 1))[:sent]
        return text, final["stream0"]["dropped"]

    def stands(self):
        """The transmitter is blocked: counters read a while apart are equal."""
        before = self.counter("uart0.tx_bytes")
        if self.counter("uart0.tx_stalls") == 0:
            return False
        time.sleep(0.3)
        return self.counter("uart0.tx_bytes") == before


def test_lossless(vm, kind, tmp_path):
    """all buffers on the way fill up, and not a byte more is sent; none is lost"""
    flood = Flood(vm, kind, tmp_path)
    until(flood.stands, "the transmitter is blocked")
    assert vm.inspect("uart0")["uart0"]["tx_blocked"] == 1
    sent, dropped = flood.read_rest()
    assert 65536 <= len(sent) <= 2 * 65536 + 4096 + 16
    assert dropped == 0
    assert flood.got == sent
    between(vm.final(), "uart0.tx_lost", 0, 0)


def test_drop(vm, kind, tmp_path):
    """the guest goes on; a late reader finds the newest output, behind one gap"""
    flood = Flood(vm, kind, tmp_path, "--serial", "pio:0x3f8,policy=drop")
    until(lambda: flood.counter("stream0.dropped") >= 1000, "bytes are dropped")
    sent, dropped = flood.read_rest()
    between(vm.final(), "uart0.tx_stalls", 0, 0)
    gap = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(flood.got, sent)))
    assert flood.got[gap:] == sent[gap + dropped:], f"a gap of {dropped} at {gap}"
    # The text repeats itself after 16 bytes: a gap of so many is not seen
    assert gap < len(flood.got) or dropped % 16 == 0, "the newest bytes are dropped"


def test_back_pressure(vm, kind):
    """a writer to a guest that does not read has to wait, and no byte is lost"""
    end, into = os.pipe()

    def write():
        try:
            os.write(into, b"H" + bytes(200000))
        except BrokenPipeError:
            pass
    writer = threading.Thread(target=write)
    writer.start()
    vm.start(*options(kind), "--strict", PAYLOAD, stdin=end)
    vm.comes_up()
    os.close(end)
    until(lambda: vm.stats()["uart0"]["rx_full"] >= 1, "the receiver is full")
    wchan = f"/proc/self/task/{writer.native_id}/wchan"
    until(lambda: "pipe_write" in open(wchan, encoding="ascii").read(), "the writer sleeps")
    vm.stop()
    vm.process.wait()
    writer.join()
    os.close(into)
    between(vm.final(), "uart0.rx_bytes", 2, 2)     # the H, and one in the receiver
    between(vm.final(), "uart0.overruns", 0, 0)
