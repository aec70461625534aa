# SPDX-License-Identifier: GPL-2.0
"""
Looking into a VM that runs: keel inspect, keel stats and debugfs say what they should, agree with
each other, and disturb no guest.
"""
import base64
import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

from keel import PAYLOAD, Keel, Kind, run, until

HOST = {}

DEBUGFS = Path("/sys/kernel/debug/keel")

# What is there after power-on: the guest has set up nothing, and the launcher what firmware does
AFTER_POWER_ON = {
    "ioapic0": {"pin4.masked": 1, "registers.address": 0xfec00000},
    "pic0": {"chip0.lowest_priority": 7},
    "pit0": {"counter2.gate": 0, "counter0.period": 65536},
    "uart0": {"regs.port": 0x3f8, "lsr": 0x60, "divisor": 12},
    "line4": {"level": 0, "uart0.holds": 0}, "INTR": {"pic0.holds": 0},
    "board": {"next_deadline": None}, "testdev0": {"lines": 0},
    "pcihost0": {"ecam.address": 0xe0000000, "pirq0": 0},
    "pcitest0": {"pci.slot": 31, "memory.decoded": 1, "memory.address": 0xe0100000,
                 "vector0.gsi": 24, "vector3.masked": 1},
    "hpet0": {"counter": 0, "counter.address": 0xfed000f0, "timer0.gsi": 28, "timer2.raised": 0},
}

COUNTERS = {
    "board": """doors eois intacks deadlines deadlines_late unmapped_pio.reads unmapped_pio.writes
        unmapped_mmio.reads unmapped_mmio.writes""",
    "pic0": """acks spurious_master spurious_slave eois polls inits unsupported per_irq.0 per_irq.7
        per_irq.8 per_irq.15 master.reads master.writes slave.reads elcr.writes""",
    "ioapic0": """interrupts fixed lowest_priority smi nmi init extint eois eois_unmatched
        per_pin.0 per_pin.23 ignored_writes registers.reads registers.writes""",
    "pit0": "loads.0 loads.1 loads.2 missed clamped illegal ignored counters.reads",
    "rtc0": "periodic alarms updates missed sets ignored cmos.reads cmos.writes",
    "pm0": "sci_asserts timer_overflows sleeps resets ignored",
    "uart0": "rx_bytes tx_bytes overruns tx_lost ignored regs.reads regs.writes",
    "debugexit0": "exits", "testdev0": "changes",
    "pcihost0": "config_reads ecam.reads absent_reads absent_writes",
    "pcitest0": """config_reads config_writes ignored_writes signals pended lost msix.reads
        msix.writes""",
    "hpet0": """interrupts.0 interrupts.2 missed clamped lost running_writes ignored general.reads
        counter.reads timers.writes""",
    "line0": "asserts changes eois pulses", "INTR": "asserts changes eois",
    "vm": "bus.accesses routes.sent",
    "vcpu0": "loop.pio loop.mmio loop.eoi injected return.event return.signal",
}


class Inspected(Keel):
    """A guest that echoes, and what is seen of it."""

    def inspect_text(self, *devices):
        return run("keel", "inspect", self.control, *devices)

    def debugfs(self, name):
        file, = DEBUGFS.glob(f"{self.pid}-*/{name}")
        return file

    def power_off(self):
        self.type("P")
        self.ends(0)


def started(folder, *options):
    vm = Inspected(folder)
    vm.start(*options, PAYLOAD)
    vm.expect("^ready$")
    return vm


@pytest.fixture(scope="module")
def paused(tmp_path_factory):
    """A VM that stays paused: the host may have one CPU, and the guest polls."""
    vm = started(tmp_path_factory.mktemp("inspect"), "--testdev")
    vm.ctl("pause")
    yield vm
    vm.ctl("resume")
    vm.power_off()


# ---- What it says ----

def test_text(paused):
    """every device and line is in the text"""
    text = paused.inspect_text()
    for what in [*AFTER_POWER_ON, "rtc0", "pm0", "kbc0", "debugexit0"]:
        assert re.search(f"(?m)^{what}( |$)", text), what
    assert len(re.findall(r"(?m)^  pin\d+ +0x10000 ", text)) == 24
    table = run("keel", "stats", paused.control)
    assert re.search(r"(?m)^INTR +\d+ +\d+ +\d+$", table)
    for whole in text, table, json.dumps(paused.inspect()), json.dumps(paused.stats()):
        assert "line24" not in whole        # INTR has no number


def test_one_device(paused):
    """one device, as JSON and as text; a name that no device has: status 2, and a message"""
    assert list(paused.inspect("pit0")) == ["pit0"]
    assert len(re.findall(r"(?m)^[^ ]", paused.inspect_text("pit0"))) == 1
    done = subprocess.run(["keel", "inspect", paused.control, "nobody"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and "there is no such device" in done.stderr


@pytest.mark.parametrize("device", AFTER_POWER_ON)
def test_after_power_on(paused, device):
    """{device}: its values after power-on"""
    seen = paused.inspect()[device]
    wanted = AFTER_POWER_ON[device]
    assert {name: seen.get(name) for name in wanted} == wanted
    assert paused.inspect()["rtc0"]["year"] == time.gmtime().tm_year


@pytest.mark.parametrize("device", COUNTERS)
def test_counters(paused, device):
    """{device}: its counters"""
    assert [name for name in COUNTERS[device].split() if name not in paused.stats()[device]] == []


@pytest.mark.parametrize("kind", ["inspect", "stats"])
def test_debugfs(paused, kind):
    """debugfs: {kind} has what keel {kind} has, and numbers alone, for its owner alone"""
    assert len(list(DEBUGFS.glob(f"{paused.pid}-*"))) == 1
    file = paused.debugfs(kind)
    lines = file.read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"\S+ \S+ \d+", line)] == []
    wanted = paused.inspect() if kind == "inspect" else paused.stats()
    assert sorted(line.rsplit(" ", 1)[0] for line in lines) == sorted(
        f"{device} {name}" for device, values in wanted.items() for name in values
        if not device.startswith("thread"))
    assert file.stat().st_mode & 0o777 == 0o400


def test_looks_the_same(paused):
    """looking is no access: the same is seen again and again, and no counter moves"""
    seen, counters = paused.inspect(), paused.stats()
    for _ in range(5):
        assert paused.inspect() == seen
        paused.debugfs("inspect").read_text()
    assert paused.stats() == counters


# ---- And no guest notices ----

class Onlookers:
    """A thread that looks all the time, by all ways, until it is told to stop."""

    def __init__(self, vm):
        self.vm, self.looks, self.enough = vm, 0, threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self):
        while not self.enough.is_set():
            self.vm.inspect_text()
            for name in "inspect", "stats":
                self.vm.debugfs(name).read_text()
            self.looks += 1

    def stop(self):
        self.enough.set()
        self.thread.join()
        return self.looks


KINDS = [Kind("1 CPU, accelerator on", "--testdev"),
         Kind("2 CPUs, accelerator off", "--no-bus", "-c", 2)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_disturbs_no_guest(kind, tmp_path):
    """a guest that polls and echoes notices no look; its files go with it, under their readers"""
    vm = started(tmp_path, *kind.options)
    # The guest polls LSR and takes RBR: what a look took from it would be missing
    capitals = bytes(range(ord("A"), ord("Z") + 1))
    text = base64.b64encode(os.urandom(3000)).translate(None, capitals)
    lines = [text[i:i + 60].decode() for i in range(0, len(text), 60)]
    onlookers = Onlookers(vm)
    for line in lines:
        vm.tell(line)
        time.sleep(0.02)
    until(lambda: vm.drain() or len(vm.lines) > len(lines), "all comes back")
    assert onlookers.stop() >= 5
    assert vm.lines[1:] == lines
    script = 'while cat "$1"/inspect "$1"/stats; do :; done'
    readers = [subprocess.Popen(["sh", "-c", script, "-", vm.debugfs("stats").parent],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for _ in range(2)]
    time.sleep(0.3)
    vm.power_off()
    for reader in readers:
        reader.wait()
    assert not list(DEBUGFS.glob(f"{vm.pid}-*"))


def test_absent(tmp_path):
    """devices that a VM does not have are not shown; nor is a VM that has ended"""
    vm = started(tmp_path, "--no-pic", "--no-pit")
    seen = vm.inspect()
    assert [name for name in ("pic0", "pit0", "INTR") if name in seen] == []
    vm.power_off()
    assert subprocess.run(["keel", "inspect", vm.control], capture_output=True,
                          check=False).returncode == 2
