# SPDX-License-Identifier: GPL-2.0
"""
The clock, the ACPI buttons and sleep as Debian's kernel sees them: update, alarm and periodic
interrupts, setting the date, the date after a pause, the control socket's buttons. The clock's
date after pauses and restores, as keel inspect shows it.
"""
import calendar
import os
import time

import pytest

from keel import PAYLOAD, Keel, Kind, until

HOST = {}
GUEST = {"main": "rtc.guest", "modules": "button evdev", "programs": ["rtc.c"]}

# A time zone with half an hour in it
os.environ["TZ"] = "KEEL-5:30"
ZONE = 19800

KINDS = [Kind("UTC, S3, accelerator on", "--rtc", "utc", state=3, offset=0),
         Kind("local time, S4, accelerator off", "--rtc", "localtime", "--no-bus", state=4,
              offset=ZONE)]

# What the guest tests itself, in its order
BY_ITSELF = ["uie", "aie", "pie", "chip-2", "chip-64", "chip-512", "set", "hwclock",
             "hwclock-read", "power-button", "sleep-button", "gpe", "sci"]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    launcher = Keel(tmp_path_factory.mktemp("rtc"))
    launcher.kind = request.param
    launcher.started = now(request.param)
    launcher.boot("--pit-ticks", "reinject", "--rtc-resume", "wall", "--on-sleep", "exit",
                  *request.param.options, append=f"keel.sleep={request.param.state}")
    yield launcher
    launcher.kill()


def now(kind):
    """The date that the guest's clock should have, which counts seconds of local time, or UTC."""
    return int(time.time()) + kind.offset


# ---- In the order of the guest's script ----

def test_start(vm):
    """the date at the start is the host's"""
    vm.expect("^@ ask start$")
    assert vm.started <= int(vm.said("start")[0]) <= now(vm.kind)


def test_reinject(vm):
    """--pit-ticks reinject reaches the PIT"""
    assert vm.inspect("pit0")["pit0"]["reinject"] == 1


def test_buttons(vm):
    """the control socket presses buttons, and raises a general-purpose event"""
    vm.tell()
    for request in ["power-button"], ["sleep-button"], ["gpe", "5"]:
        vm.expect(f"^@ press {request[0]}")
        vm.ctl(*request)


def test_pause(vm):
    """after a pause the date is the host's again (--rtc-resume wall)"""
    vm.expect("^@ ask pause$")
    vm.ctl("pause")
    time.sleep(3)
    resumed = now(vm.kind)
    vm.ctl("resume")
    vm.tell()
    vm.expect("^@ ask sleep$")
    assert resumed <= int(vm.said("resumed")[0]) <= now(vm.kind)


def test_line(vm):
    """the guest counts no more interrupts of line 8 than were raised"""
    asserts = vm.stats()["line8"]["asserts"]
    assert 60 <= int(vm.said("rtc-irqs")[0]) <= asserts


def test_sleep(vm):
    """the guest's sleep state is reported"""
    vm.tell()
    vm.ends(18)
    assert f"keel: the guest went to sleep (S{vm.kind.state})" in vm.said_on_stderr().splitlines()


@pytest.mark.parametrize("name", BY_ITSELF)
def test_by_itself(vm, name):
    """{name}, tested by the guest itself"""
    assert vm.said(name) == ["ok"]


# ---- Its date, with a guest that does not use it; in the order in which the VM is used ----

NUMBER = 1000000000


@pytest.fixture(scope="module")
def unused(tmp_path_factory):
    launcher = Keel(tmp_path_factory.mktemp("unused"))
    launcher.saved = launcher.folder / "saved"
    launcher.resumed = time.time()
    launcher.start("--rtc", NUMBER, "--pit-ticks", "reinject", PAYLOAD)
    launcher.comes_up()
    yield launcher
    launcher.kill()


def date(vm):
    """What the clock shows, as UTC, in seconds since 1970."""
    rtc = vm.inspect("rtc0")["rtc0"]
    return calendar.timegm(tuple(rtc[part] for part in (
        "year", "month", "day", "hour", "minute", "second")))


def has_run(vm, first):
    """Its date is that from which it has run since it was resumed."""
    got = date(vm)
    assert first <= got <= first + 1 + time.time() - vm.resumed


def is_hosts(vm, since):
    """Its date is the host's, which was "since" before the VM was restored."""
    assert int(since) <= date(vm) <= time.time()


def is_reinjecting(vm):
    return vm.inspect("pit0")["pit0"]["reinject"] == 1


def moved(vm, *options):
    """Killed, and restored with these options."""
    vm.kill()
    vm.restore(vm.saved, *options)


def test_number(unused):
    """--rtc NUMBER is the date at the start, and the clock runs"""
    has_run(unused, NUMBER)
    until(lambda: date(unused) > NUMBER + 1, "the clock runs")
    assert is_reinjecting(unused)


def test_keep(unused):
    """the date stands still in a pause, and goes on from there (--rtc-resume keep)"""
    unused.ctl("pause")
    unused.paused = date(unused)
    time.sleep(2)
    assert date(unused) == unused.paused
    unused.resumed = time.time()
    unused.ctl("resume")
    has_run(unused, unused.paused)
    unused.save(unused.saved)


def test_keep_restored(unused):
    """after a restore the date goes on from the save; --pit-ticks is as it was"""
    moved(unused)
    has_run(unused, unused.paused)
    assert is_reinjecting(unused)


def test_wall(unused):
    """a restore with --rtc-resume wall: the date is the host's"""
    since = time.time()
    moved(unused, "--rtc", "utc", "--rtc-resume", "wall")
    is_hosts(unused, since)
    unused.save(unused.saved)


def test_wall_restored(unused):
    """so it is after another restore: the option goes with the VM"""
    unused.kill()
    time.sleep(2)
    since = time.time()
    moved(unused)
    is_hosts(unused, since)
