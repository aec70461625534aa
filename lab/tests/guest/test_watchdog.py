# SPDX-License-Identifier: GPL-2.0
"""
Linux's i6300esb on the watchdog: pinged, it stays quiet; left, the action comes. Each is in the
order of one guest's life. The other actions: the payload "watchdog".
"""
import time

import pytest

import keel
from keel import Kind, until

GUEST = {"main": "watchdog.guest", "modules": "i6300esb"}

KINDS = [Kind("accelerator on, 2 CPUs", "-c", 2), Kind("accelerator off, 1 CPU", "--no-bus")]
PATIENCE = 6        # seconds
PAUSED = "keel: the guest's watchdog ran out, and is paused; \"keel ctl {} resume\" lets it go on\n"
CARDRESET = 0x20    # of bootstatus


def reloads(vm):
    return vm.stats()["i6300esb0"].get("reloads", 0)


def state(vm):
    return vm.inspect("i6300esb0")["i6300esb0"]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def linux(request, tmp_path_factory):
    vm = keel.Keel(tmp_path_factory.mktemp("watchdog"))
    vm.boot("--watchdog=action=pause", *request.param.options)
    vm.expect("^@ ready$")
    yield vm
    vm.kill()


def test_bound(linux):
    """Linux's driver finds the watchdog, which is off"""
    assert linux.said("driver") == ["i6300ESB timer"] and linux.said("bootstatus") == ["0"]
    assert state(linux)["enabled"] == 0 and state(linux)["stage"] == 0


def test_pinged(linux):
    """a guest that pings it for twice its patience goes on"""
    linux.do("ping", PATIENCE)
    until(lambda: state(linux)["enabled"], "the watchdog runs")
    before, end = reloads(linux), time.monotonic() + 2 * PATIENCE
    until(lambda: time.monotonic() > end and reloads(linux) > before + 5, "it is pinged")
    assert linux.status()["state"] == "running" and not linux.status()["watchdog"]
    assert state(linux)["stage1.ns"] == pytest.approx(PATIENCE * 1e9 / 2, rel=0.02)
    assert state(linux)["timeout"] == 0


def test_stopped(linux):
    """closed with the magic word, it is off"""
    linux.do("stop")
    until(lambda: not state(linux)["enabled"], "it is off")
    linux.do("ping", PATIENCE)
    until(lambda: state(linux)["enabled"], "and on again")


@pytest.mark.off_long
def test_restored(linux, tmp_path):
    """saved and restored amid a stage, it goes on there"""
    linux.moved(tmp_path / "saved")
    assert linux.status()["state"] == "running" and state(linux)["enabled"]
    until(lambda: reloads(linux) > 2, "it is pinged")


def test_left(linux):
    """left, it runs out: the guest is paused, and can be looked at"""
    linux.do("leave")
    until(lambda: linux.status()["state"] == "paused", "the guest is paused")
    assert linux.status()["watchdog"]
    assert state(linux)["timeout"] == 1 and state(linux)["output"] == 1
    until(lambda: "is paused" in linux.said_on_stderr(), "keel says so")
    assert linux.said_on_stderr() == PAUSED.format(linux.control)


def test_resumed(linux):
    """resumed, the guest goes on, and can begin anew"""
    linux.ctl("resume")
    assert linux.status()["state"] == "running" and not linux.status()["watchdog"]
    linux.do("ping", PATIENCE)
    until(lambda: state(linux)["stage"] == 1, "it runs again")
    linux.do("stop")
    linux.tell("off")
    linux.ends(0)


def test_reset(vm):
    """--on-reset restart: Linux boots again, and knows that the watchdog was why"""
    vm.boot("--watchdog", "--on-reset", "restart")
    vm.expect("^@ ready$")
    vm.do("ping", PATIENCE)
    until(lambda: state(vm)["enabled"], "the watchdog runs")
    vm.do("leave")
    vm.expect("^@ ready$")
    assert vm.said("bootstatus") == ["0", str(CARDRESET)]
    assert state(vm)["enabled"] == 0
    vm.tell("off")
    vm.ends(0)
