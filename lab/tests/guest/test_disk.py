# SPDX-License-Identifier: GPL-2.0
"""
Virtio disks and the entropy device under Debian's kernel: data written is read back, in the guest
and on the host, on files and on a block device, past the page cache and through it, by each kind
of server, on split and on packed rings; over PCI and over MMIO, saved and restored amid writes,
and with requests in flight that cannot complete; back ends without space, for good or until there
is some, with bad sectors, or with blocks of 4 KiB; killed after a sync, with requests in flight.
"""
import hashlib
import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import storage
from keel import LIMIT, Keel, Kind, returns, run, until
from storage import MIB

HOST = {"modules": "loop ext4 dm_mod"}
GUEST = {"main": "disk.guest", "modules": "virtio_mmio virtio_pci virtio_blk virtio-rng"}

KINDS = [Kind("PCI, packed rings, accelerator on", device="vpci", disk=""),
         Kind("MMIO of version 1, split rings, accelerator off", "--no-bus", device="vmmio",
              disk=",transport=mmio,legacy,ring=split")]

# In the order of the command line: disk N is device N
DISKS = ["inline", "worker", "poll", "block", "ro", "full", "direct", "bad", "baddirect", "native",
         "nativefile", "stop", "stopmem"]
BY_PORT = "poll"
PLAIN = ["inline", "worker", "poll", "block"]
BAD = ["bad", "baddirect"]
NATIVE = ["native", "nativefile"]


class Machine(Keel):
    """A guest with all kinds of disks, and what is behind them."""

    def __init__(self, folder, kind):
        super().__init__(folder)
        self.kind, self.storage = kind, storage.Storage(folder)
        self.saved = folder / "saved"

    def make_files(self):
        """What is behind each disk; the keys are their serial numbers."""
        s, half = self.storage, MIB // 2
        memory = s.memory("memory")
        s.memory("full", "-o", "size=1m")
        self.frozen = s.ext4("disks", 48 * MIB)
        native = s.loop(s.file("nativefs", 16 * MIB), "--sector-size", 4096)
        s.ext4("native", 16 * MIB, device=native)
        self.small = s.ext4("small", 8 * MIB, "-m", 0)
        free = int(run("stat", "-fc", "%a", self.small)) * int(run("stat", "-fc", "%S", self.small))
        run("fallocate", "-l", free - half, self.small / "ballast")
        self.memory_small = s.memory("memory_small", "-o", "size=4m")
        (self.memory_small / "ballast").write_bytes(bytes(4 * MIB - half))
        self.files = {
            "inline": s.file("memory/inline", 16 * MIB), "worker": s.file("worker", 16 * MIB),
            "poll": s.file("poll", 16 * MIB), "block": s.file("disks/block", 16 * MIB),
            "ro": s.random("ro", MIB), "full": s.file("full/full", 4 * MIB),
            "direct": s.file("full/direct", 4 * MIB), "bad": memory / "bad",
            "baddirect": memory / "baddirect", "native": s.file("blocks/native", 4 * MIB),
            "nativefile": s.file("native/nativefile", 4 * MIB),
            "stop": self.small / "stop", "stopmem": self.memory_small / "stopmem"}
        for disk in "stop", "stopmem":
            s.file(self.files[disk].relative_to(s.folder), 4 * MIB)

    def bad_disk(self, name):
        """4 MiB with half a MiB of bad sectors from the middle on."""
        s = self.storage
        loop = s.loop(s.file(f"memory/{name}", 4 * MIB))
        return s.map(name, f"0 4096 linear {loop} 0", "4096 1024 error",
                     f"5120 3072 linear {loop} 5120")

    def options(self):
        s, files = self.storage, self.files
        disks = {
            "inline": files["inline"], "worker": f"{files['worker']},serve=worker,queues=2",
            "poll": f"{files['poll']},serve=poll", "block": f"{s.loop(files['block'])},direct",
            "ro": f"{files['ro']},ro", "full": f"{files['full']},on-full=report",
            "direct": f"{s.loop(files['direct'])},direct,on-full=report",
            "bad": self.bad_disk("bad"), "baddirect": f"{self.bad_disk('baddirect')},direct",
            "native": f"{s.loop(files['native'], '--sector-size', 4096)},direct",
            "nativefile": f"{files['nativefile']},direct", "stop": files["stop"],
            "stopmem": files["stopmem"]}
        for disk in DISKS:
            port = ",notify=port" if disk == BY_PORT and self.kind.device == "vpci" else ""
            yield from ("--disk", f"{disks[disk]},id={disk}{self.kind.disk}{port}")

    def next_event(self):
        """What has happened to it next, from its start on."""
        if not hasattr(self, "happened"):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(LIMIT)
            client.connect(str(self.control))
            client.sendall(b"events\n")
            self.happened = client.makefile()
            assert self.happened.readline() == "ok 0\n"
        return json.loads(self.happened.readline())

    def disk(self, name):
        """Keel's name of a disk."""
        return f"{self.kind.device}{DISKS.index(name)}"

    def counter(self, disk, name):
        """A counter of its first queue, also of a paused VM."""
        return self.counters()[self.disk(disk)][f"queue.0.{name}"]

    def in_flight(self, disk, number):
        return self.counter(disk, "in_flight") >= number

    def freeze(self, disk, number):
        """Freezes the file system behind it, and waits for so many requests in flight."""
        run("fsfreeze", "-f", self.frozen)
        until(lambda: self.in_flight(disk, number), f"{number} requests of {disk} in flight")

    def thaw(self):
        run("fsfreeze", "-u", self.frozen)


def md5(path, size=None):
    with open(path, "rb") as file:
        return hashlib.md5(file.read(size) if size else file.read()).hexdigest()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("disk"), request.param)
    machine.make_files()
    machine.boot("-c", 2, *request.param.options, "--rng", *machine.options())
    yield machine
    machine.kill()
    machine.storage.clear()


# ---- In the order of the guest's script ----

@pytest.mark.parametrize("disk", ["stop", "stopmem"])
def test_full(vm, disk):
    """{disk}: without space the guest is paused, and goes on with space, without an error"""
    file = vm.files[disk]
    vm.expect(f"^@ ask full {disk}$")
    vm.tell()
    paused(vm, file, 1)
    assert (vm.status()["state"], vm.status()["full"]) == ("paused", True)
    vm.ctl("resume")
    paused(vm, file, 2)
    (file.parent / "ballast").unlink()
    if disk == "stop":
        vm.ctl("resume")
    else:
        vm.signal(signal.SIGCONT)
    assert vm.report(f"stored {disk}") == f"0 {md5(file, MIB)}"
    assert (vm.status()["state"], vm.status()["full"]) == ("running", False)
    assert vm.counter(disk, "failed") == 0
    seen = []
    while seen[-6:] != ["paused", "disk-full", "resumed"] * 2:
        seen.append(vm.next_event()["event"])


def paused(vm, file, times):
    """keel has said so often that there is no space for this disk."""
    line = f"keel: no space left for disk {file}:"
    until(lambda: vm.said_on_stderr().count(line) >= times, line)


def test_log(vm):
    """no complaints in the guest's log"""
    vm.expect("^@ ask load$")
    assert vm.said("complaint") == []


def test_entropy(vm):
    """entropy: the guest reads random bytes"""
    assert vm.said("rng") == ["virtio_rng.0 64"]
    assert vm.said("random") == ["yes"]


@pytest.mark.parametrize("disk", PLAIN)
def test_written(vm, disk):
    """{disk}: what is written comes back, and is in the file"""
    written = vm.said(f"written {disk}")
    assert len(written) == 2
    assert vm.said(f"read {disk}") == written
    assert md5(vm.files[disk], MIB) == written[-1]


def test_read_only(vm):
    """a read-only disk is read, and not written"""
    assert vm.said("read ro") == [md5(vm.files["ro"])]
    assert vm.said("ro was") == []


def test_no_space(vm):
    """errors are passed on, with O_DIRECT and without, and the disk goes on"""
    assert vm.said("failed") == ["full", "direct"]
    assert vm.said("goes on") == ["full", "direct"]


@pytest.mark.parametrize("disk", BAD)
def test_bad_sectors(vm, disk):
    """{disk}: bad sectors are neither read nor written, and all others are"""
    error = "Input/output error"
    assert (vm.said(f"{disk} read"), vm.said(f"{disk} wrote")) == ([error], [error])
    assert vm.said(f"{disk} reached") == ["8"]
    written = vm.said(f"written {disk}")
    assert vm.said(f"read {disk}") == written and len(written) == 2
    run("sync", f"/dev/mapper/{disk}")      # the guest's sync need not have been more than writes
    assert md5(vm.files[disk], MIB) == written[-1]


@pytest.mark.parametrize("disk", BAD)
def test_bad_sectors_counted(vm, disk):
    """{disk}: failed requests are counted, and none is refused"""
    # Through the page cache the flush fails, and reports it once
    assert vm.counter(disk, "failed") >= 3
    assert vm.counter(disk, "refused") == 0


@pytest.mark.parametrize("disk", ["inline", "worker", "ro"])
def test_none_failed(vm, disk):
    """{disk}: no request failed"""
    assert vm.counter(disk, "failed") == 0


@pytest.mark.parametrize("disk", NATIVE)
def test_native_blocks(vm, disk):
    """{disk}: blocks of 4 KiB, and what is written comes back, and is in the file"""
    assert vm.said(f"blocks {disk}") == ["4096 4096 4096"]
    written = vm.said(f"written {disk}")
    assert vm.said(f"read {disk}") == written and len(written) == 1
    assert md5(vm.files[disk], MIB) == written[-1]


def test_queues(vm):
    """two queues are used"""
    assert vm.said("queues") == ["2"]


def test_discard(vm):
    """discarded blocks are zeroes"""
    assert vm.said("discarded") == [hashlib.md5(bytes(MIB // 2)).hexdigest()]


def test_served(vm):
    """each disk is served as its option says, and vCPUs leave only what could sleep"""
    assert vm.counter("inline", "inline") > 0
    assert vm.counter("worker", "inline") == 0
    assert vm.counter("inline", "deferred") == 0
    assert vm.counter("block", "deferred") > 0


def test_past_the_board(vm):
    """messages go past the board, and the driver notifies in memory, and by a port if asked to"""
    if vm.kind.device == "vpci":
        assert vm.counter("inline", "direct") > 0
    devices = len(DISKS) + 1        # and the entropy device
    assert vm.said("in memory") == [str(devices - (vm.kind.device == "vpci"))]


def test_returns(vm):
    """no access went to the launcher"""
    assert returns(vm.counters()) == 0


def test_restored(vm):
    """saved, killed and restored amid writes: all data is right"""
    vm.tell()
    for block in 2, 5, 8:
        vm.report(f"block {block}")
        if block == 5:
            save_in_flight(vm, "block")
        else:
            vm.save(vm.saved)
        vm.kill()
        vm.restore(vm.saved)
    vm.expect("^@ loaded$")
    assert vm.said("wrong") == []


def save_in_flight(vm, disk):
    """A save waits for requests that are in flight."""
    vm.freeze(disk, 1)
    with subprocess.Popen(["keel", "ctl", vm.control, "save", vm.saved],
                          stdout=subprocess.DEVNULL) as saver:
        time.sleep(1)
        waits = vm.in_flight(disk, 1) and saver.poll() is None
        vm.thaw()
    assert waits
    assert saver.returncode == 0


def test_killed(vm):
    """killed with requests in flight, the module is released, and synced data is in the file"""
    vm.expect("^@ ask kill$")
    vm.freeze("block", 2)
    vm.process.kill()
    vm.thaw()
    vm.process.wait()
    # The last request's end lets go of the VM
    until(lambda: Path("/sys/module/keel/refcnt").read_text().strip() == "0", "it is released")
    assert vm.said("last") == [md5(vm.files["poll"], MIB)]
