# SPDX-License-Identifier: GPL-2.0
"""
Debian's kernel suspends to memory (ACPI S3), and is woken by the clock's alarm, keel wake, the
buttons; paused, saved, reset and stopped while it sleeps; suspends to disk (S4) and goes on in
another VM.
"""
import os
import time
from math import ceil

import pytest

from keel import LONG, PAYLOAD, Events, Keel, Kind, ended, run, until

HOST = {}
GUEST = {"main": "suspend.guest", "modules": "button evdev virtio_mmio virtio_pci virtio_blk "
         "virtio-rng", "programs": ["rtc.c"]}

KINDS = [Kind("PCI, 1 CPU, accelerator on", cpus=1),
         Kind("PCI, 2 CPUs, accelerator off", "--no-bus", "-c", 2, cpus=2),
         Kind("MMIO, 2 CPUs, no HPET, accelerator on", "--no-pci", "--no-hpet", "-c", 2, cpus=2)]
KINDS = KINDS if LONG else KINDS[:2]
MIB = 1 << 20


class Sleeper(Keel):
    """A guest with a disk that can sleep."""

    def comes_to_sleep(self):
        until(lambda: self.status()["state"] == "asleep", "it sleeps")

    def sleeps_so_far(self):
        return self.stats()["pm0"].get("sleeps", 0)

    def falls_asleep(self, *seconds):
        """With an alarm after so many seconds it may be awake again."""
        before = self.sleeps_so_far()
        self.expect("^@ ready$")
        begin = time.monotonic()
        self.tell("suspend", *seconds)
        until(lambda: self.sleeps_so_far() > before, "it sleeps")
        self.took = time.monotonic() - begin
        if not seconds:
            self.comes_to_sleep()

    def alarm(self):
        """Seconds in which it surely falls asleep on this machine, as it has before."""
        return max(5, ceil(3 * self.took))

    def date(self):
        rtc = self.inspect("rtc0")["rtc0"]
        return [rtc[part] for part in ("hour", "minute", "second")]

    def woke(self):
        """It reports that it has slept and goes on; the seconds that passed for its clock."""
        status, seconds, cpus = map(int, self.report("done suspend").split())
        assert (status, cpus) == (0, self.kind.cpus)
        assert self.status()["state"] == "running"
        return seconds

    def answer(self, *command):
        self.expect("^@ ready$")
        return self.do(*command)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    launcher = Sleeper(tmp_path_factory.mktemp("suspend"))
    launcher.kind = request.param
    disk = launcher.folder / "disk"
    disk.write_bytes(os.urandom(2 * MIB))
    launcher.boot("-m", "192M", "--rng", "--disk", disk, *request.param.options)
    launcher.sum = run("sh", "-c", f"head -c {MIB} {disk} | md5sum").split()[0]
    yield launcher
    launcher.kill()


# ---- In this order ----

def test_states(vm):
    """Linux knows the states, prefers S3, and has the clock as a cause to wake"""
    assert vm.report("states") == "freeze mem disk, s2idle [deep]"
    assert vm.report("rtc") == "enabled"


@pytest.mark.parametrize("by", ["wake", "power-button", "sleep-button"])
def test_woken(vm, by):
    """{by} wakes it"""
    vm.falls_asleep()
    vm.ctl(by)
    vm.woke()
    assert vm.answer("sum") == vm.sum


def test_alarm(vm):
    """the clock's alarm wakes it, and the disk is read as before"""
    seconds = vm.alarm()
    start = time.monotonic()
    vm.falls_asleep(seconds)
    assert vm.woke() >= seconds
    assert time.monotonic() - start >= seconds - 2
    assert vm.answer("sum") == vm.sum
    assert vm.stats()["pm0"]["wakes"] == vm.stats()["pm0"]["sleeps"] == 4


def test_events(vm):
    """each sleep and its end are events, with the cause"""
    with Events(vm) as events:
        happened = [events.next() for _ in range(9)]
    assert [event["event"] for event in happened] == ["started", *["sleeping", "woken"] * 4]
    assert [event["by"] for event in happened[2::2]] == [
        "wake", "power-button", "sleep-button", "alarm"]


def test_told(vm):
    """the user is told how to wake it"""
    assert f'keel: the guest sleeps; "keel wake {vm.control}", its alarm or a button wakes it' in \
        vm.said_on_stderr().splitlines()


def test_wake_awake(vm):
    """keel wake of a guest that does not sleep is refused"""
    with pytest.raises(AssertionError, match="the guest does not sleep"):
        vm.ctl("wake")


def test_paused(vm):
    """the clock of a guest that sleeps goes on, and stands still in a pause"""
    vm.falls_asleep()
    date = vm.date()
    until(lambda: vm.date() != date, "the clock goes on")
    vm.ctl("pause")
    assert vm.status()["state"] == "paused"
    date = vm.date()
    time.sleep(2)
    assert vm.date() == date
    vm.ctl("resume")
    until(lambda: vm.date() != date, "the clock goes on")
    vm.ctl("wake")
    vm.woke()


def test_paused_and_woken(vm):
    """a guest that is woken in a pause wakes when it is resumed"""
    vm.falls_asleep()
    vm.ctl("pause")
    vm.ctl("wake")
    time.sleep(1)
    assert vm.status()["state"] == "paused"
    vm.ctl("resume")
    vm.woke()


@pytest.mark.off_long
def test_saved(vm, tmp_path):
    """a guest that sleeps is saved, sleeps on in another process, and its alarm wakes it there"""
    seconds = vm.alarm() + 5
    vm.falls_asleep(seconds)
    vm.moved(tmp_path / "saved")
    assert vm.woke() >= seconds
    assert vm.answer("sum") == vm.sum
    vm.falls_asleep()
    vm.moved(tmp_path / "saved")
    vm.comes_to_sleep()
    vm.ctl("wake")
    vm.woke()


@pytest.mark.off_long
def test_saved_woken(vm, tmp_path):
    """so it is if it was woken in the pause in which it was saved"""
    vm.falls_asleep()
    vm.ctl("pause")
    vm.ctl("power-button")
    vm.moved(tmp_path / "saved")
    vm.woke()
    assert vm.answer("sum") == vm.sum


def test_complaints(vm):
    """Linux complains of nothing that it has found"""
    assert vm.answer("complaints") == "."
    assert vm.said("complaint") == []
    assert vm.answer("read", "/sys/power/suspend_stats/fail") == "0"


@pytest.mark.off_long
def test_reset(vm):
    """the reset button boots a guest that sleeps"""
    vm.falls_asleep()
    vm.ctl("reset")
    assert vm.answer("sum") == vm.sum
    assert vm.status()["state"] == "running"


def test_stopped(vm):
    """keel stop wakes it, and has it shut down"""
    vm.expect("^@ ready$")
    vm.tell("stoppable")
    vm.comes_to_sleep()
    vm.ctl("stop", "500")
    vm.ends(0)


# ---- Ends of guests that sleep ----

@pytest.fixture
def asleep(kind, tmp_path):
    """A guest of a few instructions that sleeps for ever."""
    launcher = Sleeper(tmp_path)
    launcher.start(*kind.options, PAYLOAD)
    launcher.type("S")
    until(launcher.answers, "keel answers")
    launcher.comes_to_sleep()
    yield launcher
    launcher.kill()


def test_sigterm(asleep):
    """SIGTERM ends it"""
    asleep.stop()
    asleep.ends(-15)


def test_quit(asleep):
    """keel stop --force ends it"""
    asleep.ctl("quit")
    asleep.ends(20)


def test_no_vector(asleep):
    """one that has not said where it goes on cannot be woken"""
    asleep.ctl("wake")
    asleep.ends(18)
    assert "keel: the guest cannot wake: its FACS has no waking vector" in \
        asleep.said_on_stderr().splitlines()


def test_exit(kind):
    """--on-sleep exit: the guest's sleep is keel's end"""
    status, _, said = ended("--on-sleep", "exit", *kind.options, PAYLOAD, text=b"S")
    assert (status, said) == (18, "keel: the guest went to sleep (S3)\n")


# ---- S4 ----

@pytest.mark.off_long
def test_hibernates(kind, tmp_path):
    """a guest that hibernates ends keel with status 18, and goes on from its disk in another VM"""
    vm, disk = Sleeper(tmp_path), tmp_path / "disk"
    disk.touch()
    os.truncate(disk, 256 * MIB)
    options = ["-m", "192M", "--disk", disk, *kind.options]
    try:
        vm.boot(*options)
        vm.expect("^@ ready$")
        vm.tell("hibernate", "here")
        vm.ends(18)
        assert "keel: the guest went to sleep (S4)" in vm.said_on_stderr().splitlines()
        vm.boot(*options, append="keel.resume")
        assert vm.report("done hibernate") == "0 here"
        vm.expect("^@ ready$")
        assert vm.said("resumed") == []
        vm.tell("off")
        vm.ends(0)
    finally:
        vm.kill()
