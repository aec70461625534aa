# SPDX-License-Identifier: GPL-2.0
"""
The clock, the ACPI buttons and sleep as Debian's kernel sees them: update, alarm and periodic
interrupts, setting the date, the date after a pause, the control socket's buttons.
"""
import os
import time

import pytest

from keel import Keel, Kind

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
    launcher.boot("--pit-ticks", "reinject", "--rtc-resume", "wall", *request.param.options,
                  append=f"keel.sleep={request.param.state}")
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
