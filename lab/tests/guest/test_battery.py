# SPDX-License-Identifier: GPL-2.0
"""The battery and its adapter (--battery, keel battery), as Debian's kernel sees them."""
import pytest

from keel import Keel, Kind, refused, run, until

HOST = {}
GUEST = {"main": "battery.guest", "modules": "battery ac"}

KINDS = [Kind("accelerator on"), Kind("accelerator off, 2 CPUs", "--no-bus", "-c", 2)]


class Laptop(Keel):
    """A guest with a battery."""

    def show(self):
        """Online, status, percent, uWh, uW; and how many events Linux has had."""
        self.expect("^@ ready$")
        *values, events = self.do("show").split(",")
        return values, int(events)

    def becomes(self, *values):
        """Until Linux, which may use what it has read a second ago, knows these values."""
        until(lambda: self.show()[0] == list(values), f"Linux sees {values}")


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    launcher = Laptop(tmp_path_factory.mktemp("battery"))
    launcher.boot("--battery=charge=80,state=discharging,rate=9000,ac=off,capacity=40000",
                  *request.param.options)
    yield launcher
    launcher.kill()


def test_start(vm):
    """it is what --battery says"""
    vm.becomes("0", "Discharging", "80", "32000000", "9000000")
    vm.expect("^@ ready$")
    assert vm.do("kind").split() == [
        "1", "40000000", "40000000", "12000000", "Li-ion", "0"]


def test_changes(vm):
    """keel battery changes it, and the guest gets an event for each change"""
    before = vm.show()[1]
    run("keel", "battery", vm.control, "ac=on,state=charging,rate=15000")
    vm.becomes("1", "Charging", "80", "32000000", "15000000")
    vm.ctl("battery", "charge=100,state=idle,rate=0")
    vm.becomes("1", "Full", "100", "40000000", "0")
    vm.ctl("battery", "charge=2,state=discharging,ac=off")
    vm.becomes("0", "Discharging", "2", "800000", "0")
    assert vm.show()[1] == before + 3
    assert vm.stats()["battery0"]["changes"] == 3 + 3 + 3


def test_inspect(vm):
    """keel inspect shows the same"""
    battery = vm.inspect("battery0")["battery0"]
    assert {name: battery[name] for name in ("ac", "charge", "capacity", "rate")} == {
        "ac": 0, "charge": 800, "capacity": 40000, "rate": 0}


@pytest.mark.parametrize("values, complaint", [
    ("charge=101", "charge: "), ("state=full", "state: "), ("capacity=5", "no property"),
    ("ac", "ac: a value is missing")])
def test_mistakes(vm, values, complaint):
    """keel battery {values} is a mistake"""
    with pytest.raises(AssertionError, match=f"status 2, keel.*{complaint}"):
        vm.ctl("battery", values)


def test_moved(vm, tmp_path):
    """it goes with the VM, as it is now"""
    vm.moved(tmp_path / "saved")
    vm.becomes("0", "Discharging", "2", "800000", "0")
    vm.ctl("battery", "charge=50")
    vm.becomes("0", "Discharging", "50", "20000000", "0")


def test_none(vm, tmp_path):
    """without --battery there is none, and keel battery says so"""
    vm.expect("^@ ready$")
    vm.tell("off")
    vm.ends(0)
    other = Laptop(tmp_path)
    try:
        other.boot()
        other.expect("^@ ready$")
        assert other.do("none") == "0"
        with pytest.raises(AssertionError, match="status 38, .*no battery"):
            other.ctl("battery", "charge=5")
    finally:
        other.kill()


def test_options():
    """--battery charge=101 is a mistake"""
    refused(2, "--battery: charge: ", "--battery=charge=101", "kernel")
