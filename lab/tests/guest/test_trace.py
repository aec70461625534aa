# SPDX-License-Identifier: GPL-2.0
"""The tracepoints, by the recipes of Documentation/tracing.rst as they stand there."""
import re
import subprocess
from pathlib import Path

import pytest

from keel import TOP, Keel, until

HOST = {}
GUEST = {"main": "trace.guest", "modules": "virtio_pci virtio-rng"}

PAGE = TOP / "Documentation/tracing.rst"
TRACE = Path("/sys/kernel/tracing/trace")
EVENTS = Path("/sys/kernel/tracing/events/keel")

UNKNOWN = r"addr: +300, write: +0 .*hitcount: +[1-9]"
LATE = r"vm: +\d+, late: ~ 2\^\d+ .*hitcount: +[1-9]"
NOTIFY = r"keel_notify: vm=\d+ dev=vpci0 queue=0 by=keel"
MESSAGE = r"keel_message: vm=\d+ gsi=\d+ sent address=0xfee"
EOI = r"keel_eoi: vm=\d+ vcpu=0 vector="
BY_LOOP = r"keel_access: vm=\d+ vcpu=0 loop port read 0x300 len=1 value=0xff dev=- region=-"
BY_BUS = r"keel_access: vm=\d+ vcpu=0 bus port write 0x3f8 len=1 value=0x[0-9a-f]+ dev=uart0"


def enable(*events):
    for event in events:
        (EVENTS / f"keel_{event}/enable").write_text("1")


def traced():
    """What has been recorded since this was called last."""
    text = TRACE.read_text(errors="replace")
    TRACE.write_text("")
    return text


@pytest.fixture(scope="module")
def vm(tmp_path_factory):
    """A guest whose virtio device has a line, so that its interrupts end with an EOI."""
    launcher = Keel(tmp_path_factory.mktemp("trace"))
    enable("queue_start", "queue_stop", "event", "state")
    launcher.boot("--rng", append="pci=nomsi")
    launcher.expect("^@ ready")
    launcher.traced = traced()
    (EVENTS / "enable").write_text("0")
    yield launcher
    launcher.kill()


def recipe(number):
    """The commands of the page's recipe."""
    blocks = re.findall(r"(?m)^\.\. code-block:: sh\n\n((?:   .*\n|\n)+)", PAGE.read_text())
    return re.sub("(?m)^   ", "", blocks[number - 1])


def record(number, *patterns):
    """Runs a recipe until it records all patterns: a busy guest can do nothing in five seconds."""
    for _ in range(10):
        done = subprocess.run(["sh", "-e"], input=recipe(number), capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr
        if all(re.search(pattern, done.stdout) for pattern in patterns):
            break
    return done.stdout


def test_recipe_1(vm):
    """recipe 1: accesses that no device answers, by port"""
    text = record(1, UNKNOWN)
    assert re.search(UNKNOWN, text)
    assert not re.search(r"addr: +3f8", text)


def test_recipe_2(vm):
    """recipe 2: how late timers are"""
    assert re.search(LATE, record(2, LATE))


def test_recipe_3(vm):
    """recipe 3: from a notification to the end of its interrupt"""
    text = record(3, NOTIFY, MESSAGE, EOI)
    for pattern in NOTIFY, MESSAGE, EOI:
        assert re.search(pattern, text)


def test_nothing_is_on(vm):
    """after the recipes no event is on"""
    assert (EVENTS / "enable").read_text().strip() == "0"
    for trigger in EVENTS.glob("*/trigger"):
        assert [line for line in trigger.read_text().splitlines() if line[0] != "#"] == []


def test_accesses(vm):
    """accesses, answered by the loop and inside KVM_RUN; a state; the guest's end"""
    traced()
    enable("access", "queue_stop", "event", "state")
    until(lambda: re.search(BY_LOOP, TRACE.read_text(errors="replace")), BY_LOOP)
    vm.ctl("pause")
    vm.save(vm.folder / "saved")
    vm.ctl("resume")
    vm.tell()
    vm.ends(0)
    (EVENTS / "enable").write_text("0")
    text = traced()
    assert re.search(BY_BUS, text)
    assert re.search(r"keel_state: vm=\d+ save time=[1-9]", text)
    assert re.search(r"keel_event: vm=\d+ poweroff", text)
    assert re.search(r"keel_queue_stop: vm=\d+ dev=vpci0 queue=0", text)


def test_queues(vm):
    """a queue's start"""
    assert re.search(r"keel_queue_start: vm=\d+ dev=vpci0 queue=0", vm.traced)
