# SPDX-License-Identifier: GPL-2.0
"""
Disks and network devices that come to a running Linux, and leave it: by ACPI's slots, with data,
saves, resets, and a guest that lets go of nothing.
"""
import ctypes
import fcntl
import json
import os
import struct
import subprocess

import pytest

import keel
from keel import PAYLOAD, Kind, until

HOST = {"modules": "tun vhost_net"}
GUEST = {"main": "hotplug.guest", "modules": "virtio_pci virtio_blk virtio_net ext4"}

KINDS = [Kind("accelerator on, 2 CPUs", "-c", 2), Kind("accelerator off, 1 CPU", "--no-bus")]
TAP, ADDRESS = "plug0", "10.9.0.1"
KEEL_INPUT, KEEL_CLASS_HOTPLUG, KEEL_INPUT_PLUG = 0x4000be24, 19, 0
SYS_PIDFD_GETFD = 438
SLOTS = ["--disk", "plug=out", "--disk", "plug=out,ro=on", "--net", f"tap={TAP},plug=out"]


def command(*words):
    return subprocess.run(["keel", *map(str, words)], capture_output=True, text=True, check=False)


def file(path, size=8 << 20):
    """A file without data, for a disk."""
    path.touch()
    os.truncate(path, size)
    return path


class Machine(keel.Keel):
    """A launcher whose devices come and go."""

    def attach(self, *words):
        return keel.run("keel", "attach", self.control, *words)

    def detach(self, *words):
        return keel.run("keel", "detach", self.control, *words)

    def slots(self):
        return dict(line.split(" ", 1) for line in self.ctl("slots").splitlines())

    def has(self, what, names):
        """The guest has these disks, or interfaces."""
        until(lambda: self.do(what).removeprefix(f"{what} ").strip() == names, f"it has {names}")

    def present(self):
        """The slots that have a function, as the controller says."""
        values = self.inspect("hotplug0")["hotplug0"]
        return {int(name[4:].split(".")[0]) for name, value in values.items()
                if name.endswith(".present") and value}

    def plug(self, slot):
        """What its process does last to attach a device, in its place."""
        nr, = [fd for fd in self.descriptors()
               if os.readlink(f"/proc/{self.pid}/fd/{fd}") == "anon_inode:keel-vm"]
        process = os.pidfd_open(self.pid)
        vm = ctypes.CDLL(None).syscall(SYS_PIDFD_GETFD, process, int(nr), 0)
        assert vm >= 0
        fcntl.ioctl(vm, KEEL_INPUT,
                    struct.pack("<IHHIIQ", 24, KEEL_CLASS_HOTPLUG, 0, KEEL_INPUT_PLUG, 0, slot))
        os.close(vm)
        os.close(process)

    def holds(self, path):
        """Its process has the file open."""
        return any(os.path.realpath(f"/proc/{self.pid}/fd/{fd}") == str(path)
                   for fd in self.descriptors())


@pytest.fixture(scope="module", autouse=True)
def tap_interface():
    keel.run("ip", "tuntap", "add", "dev", TAP, "mode", "tap")
    keel.run("ip", "addr", "add", f"{ADDRESS}/24", "dev", TAP)
    keel.run("ip", "link", "set", TAP, "up")
    yield
    keel.run("ip", "tuntap", "del", "dev", TAP, "mode", "tap")


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def linux(request, tmp_path_factory):
    vm = Machine(tmp_path_factory.mktemp("hotplug"))
    vm.disk = file(vm.folder / "disk")
    vm.boot(*SLOTS, *request.param.options)
    vm.expect("^@ ready$")
    yield vm
    vm.kill()


# ---- In the order of one guest's life ----

def test_empty(linux):
    """slots are there, and empty: Linux has neither disk nor interface"""
    assert linux.said("slots") == ["1 2 3"]
    linux.has("disks", "vd*")
    linux.has("nets", "e*")
    assert linux.slots() == {"disk0": "empty", "disk1": "empty", "net0": "out"}


def test_disk_comes(linux):
    """a disk comes, gets a file system, and a file"""
    assert linux.attach("disk", linux.disk) == "disk0"
    linux.has("disks", "vda")
    assert linux.slots()["disk0"] == f"in {linux.disk}"
    assert linux.do("store", "vda", "kept").endswith("stored")


def test_disk_is_locked(linux):
    """its file is locked as that of any disk"""
    again = command("attach", linux.control, "disk", f"{linux.disk},ro")
    assert again.returncode == 36 and "is in use" in again.stderr
    assert "is in use" in keel.ended("--disk", linux.disk, PAYLOAD)[2]
    full = command("attach", linux.control, "disk", file(linux.folder / "other"))
    assert full.returncode == 38 and "no slot is empty" in full.stderr


def test_disk_leaves(linux):
    """it leaves: the data is in the file, which is closed and has no lock"""
    linux.detach("disk0")
    linux.has("disks", "vd*")
    assert linux.slots()["disk0"] == "empty"
    assert not linux.holds(linux.disk)
    assert b"kept\n" in linux.disk.read_bytes()


def test_disk_comes_again(linux):
    """and comes again, to be read only, in the slot for that"""
    assert linux.attach("disk", f"{linux.disk},ro") == "disk1"
    linux.has("disks", "vda")
    assert linux.do("show", "vda").endswith("kept")


def test_net_comes(linux):
    """an interface comes, and packets go through it"""
    linux.attach("net0")
    linux.has("nets", "eth0")
    assert linux.do("ping", "eth0", ADDRESS).endswith("answers")
    assert command("attach", linux.control, "net0").returncode == 38


def test_restored(linux, tmp_path):
    """restored, the guest has them still"""
    linux.moved(tmp_path / "saved")
    assert linux.slots() == {"disk0": "empty", "disk1": f"in {linux.disk}", "net0": "in"}
    assert linux.do("show", "vda").endswith("kept")
    assert linux.do("ping", "eth0", ADDRESS).endswith("answers")
    linux.has("nets", "eth0")


def test_net_leaves(linux):
    """the interface leaves, and comes and leaves again"""
    for _ in range(3):
        linux.detach("net0")
        linux.has("nets", "e*")
        linux.attach("net0")
        linux.has("nets", "eth0")
    linux.detach("net0")
    assert linux.slots()["net0"] == "out"


def test_guest_ejects(linux):
    """the guest ejects a disk by itself"""
    assert linux.do("eject", "2").endswith("ejected")
    until(lambda: linux.slots()["disk1"] == "empty", "its file is closed")
    assert not linux.holds(linux.disk)


def test_pulled(linux):
    """--force takes a disk away that the guest is using"""
    linux.attach("disk", linux.disk)
    linux.has("disks", "vda")
    linux.do("use", "vda")
    linux.detach("disk0", "--force")
    assert linux.slots()["disk0"] == "empty" and not linux.holds(linux.disk)
    assert linux.status()["state"] == "running"
    assert linux.do("disks")
    assert not [line for line in linux.lines if "BUG" in line or "Oops" in line]
    # It cannot shut itself down: Linux resets every virtio device then, and waits until that one
    # reads as 0 (vp_reset() of virtio_pci), which is gone and reads as ones
    linux.ctl("quit")
    linux.ends(20)


# ---- A guest that lets go of nothing ----

@pytest.fixture
def stubborn(tmp_path):
    vm = Machine(tmp_path)
    vm.disk = file(tmp_path / "disk")
    vm.start("--on-reset", "restart", "--disk", f"{vm.disk},plug=in", "--net", f"tap={TAP},plug=in",
             PAYLOAD)
    vm.expect("^ready$")
    yield vm
    vm.kill()


def test_never_ejects(stubborn):
    """keel detach says that the guest has not let go; --force does without it"""
    asked = command("detach", stubborn.control, "disk0", "--timeout", 1)
    assert asked.returncode == 38 and "the guest has not let go of disk0; see --force" in asked.stderr
    assert stubborn.slots()["disk0"] == f"leaving {stubborn.disk}"
    stubborn.detach("disk0", "--force")
    assert stubborn.slots()["disk0"] == "empty"
    stubborn.type("a\n")
    stubborn.expect("^a$")
    stubborn.type("P")
    stubborn.ends(0)


def test_reset_completes(stubborn):
    """a reset completes a removal, and keeps what is plugged in"""
    assert command("detach", stubborn.control, "disk0", "--timeout", 0).returncode == 38
    stubborn.ctl("reset")
    stubborn.expect("^ready$")
    until(lambda: stubborn.slots() == {"disk0": "empty", "net0": "in"}, "the disk has left")
    assert not stubborn.holds(stubborn.disk)
    stubborn.attach("disk", stubborn.disk)
    stubborn.ctl("reset")
    stubborn.expect("^ready$")
    assert stubborn.slots() == {"disk0": f"in {stubborn.disk}", "net0": "in"}


def test_paused(stubborn):
    """what is done to a paused guest is done"""
    stubborn.ctl("pause")
    stubborn.detach("disk0", "--force")
    stubborn.attach("disk", f"{stubborn.disk},id=one")
    stubborn.detach("disk0", "--force")
    assert stubborn.status()["state"] == "paused"
    stubborn.ctl("resume")
    stubborn.type("a\n")
    stubborn.expect("^a$")


def test_plug_fails(stubborn):
    """a disk whose plug fails, as the slot has a function already, is behind it until it leaves"""
    before = stubborn.present()
    stubborn.detach("disk0", "--force")
    slot, = before - stubborn.present()
    stubborn.plug(slot)
    failed = command("attach", stubborn.control, "disk", stubborn.disk)
    assert failed.returncode == 38 and "it is plugged in already" in failed.stderr
    # The slot has the file, open and locked, and its name
    assert stubborn.slots()["disk0"] == f"in {stubborn.disk}" and stubborn.holds(stubborn.disk)
    other = command("attach", stubborn.control, "disk", file(stubborn.folder / "other"))
    assert other.returncode == 38 and "no slot is empty" in other.stderr
    assert "is in use" in keel.ended("--disk", stubborn.disk, PAYLOAD)[2]
    stubborn.detach("disk0", "--force")
    assert stubborn.slots()["disk0"] == "empty" and not stubborn.holds(stubborn.disk)
    assert stubborn.attach("disk", stubborn.disk) == "disk0"
    stubborn.type("P")
    stubborn.ends(0)


def test_refused(stubborn):
    """devices that are in no slot, and requests that make no sense"""
    for words, status in ((("detach", "disk1"), 38), (("detach", "rng0"), 38),
                          (("attach", "net7"), 38), (("attach", "disk", "/nonexistent"), 36),
                          (("attach", "disk", "x,plug=in"), 2)):
        assert command(words[0], stubborn.control, *words[1:]).returncode == status, words
    assert command("ctl", stubborn.control, "attach", "disk {}").returncode == 38
    assert command("ctl", stubborn.control, "detach", "disk0", "now").returncode == 2


def test_events(stubborn):
    """events: attached, detached"""
    follower = subprocess.Popen(["keel", "events", stubborn.control], stdout=subprocess.PIPE)
    follower.stdout.readline()
    stubborn.detach("disk0", "--force")
    stubborn.attach("disk", stubborn.disk)
    events = [json.loads(follower.stdout.readline()) for _ in range(2)]
    assert [(event["event"], event["device"]) for event in events] == [
        ("detached", "disk0"), ("attached", "disk0")]
    follower.kill()
    follower.wait()


def test_killed(stubborn, tmp_path):
    """SIGKILL amid attaching and detaching leaves no lock"""
    script = "while :; do keel attach $0 disk $1; keel detach $0 disk0 --force; done"
    stubborn.detach("disk0", "--force")
    with subprocess.Popen(["sh", "-c", script, stubborn.control, stubborn.disk],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as loop:
        until(lambda: stubborn.inspect("hotplug0") and
              stubborn.stats()["hotplug0"].get("plugged", 0) > 5, "it comes and goes")
        stubborn.kill()
        loop.kill()
    again = Machine(tmp_path)
    again.start("--disk", stubborn.disk, PAYLOAD)
    again.expect("^ready$")
    again.type("P")
    again.ends(0)
