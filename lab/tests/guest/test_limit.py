# SPDX-License-Identifier: GPL-2.0
"""
Limits on what a guest may ask of the host: a breach is counted and told, a guest that waits can be
paused and saved, and what a disk moves under a limit is right (--long: a disk that a vCPU serves,
too). The payload "police" has the rest.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

from keel import LONG, ON_AND_OFF, PAYLOAD, TOP, Events, Keel, ended, run

HOST = {}


@pytest.fixture(name="vm", params=ON_AND_OFF, ids=lambda kind: kind.id)
def fixture_vm(request, tmp_path):
    """A guest that echoes, and may send 20 bytes a second."""
    vm = Keel(tmp_path)
    vm.kind = request.param
    vm.start("--limit", "bytes=20/1,device=uart0", *vm.kind.options, PAYLOAD)
    vm.expect("^ready$")
    yield vm
    vm.kill()


def test_event(vm):
    """a breach is counted, and an event"""
    with Events(vm) as events:
        vm.tell("x" * 10)
        while (event := events.next())["event"] != "limit":
            assert event["event"] == "started"
    assert (event["device"], event["kind"]) == ("uart0", "bytes")
    stats = vm.stats()
    assert stats["uart0"]["limit.bytes.breaches"] > 0 and stats["vcpu0"]["loop.limited"] > 0
    assert "limit.bytes.breaches" in run("keel", "stats", vm.control)


def test_save(vm, tmp_path):
    """a guest that waits is paused and saved; a restored one has the limits that are asked for"""
    vm.tell("y" * 40)
    vm.ctl("pause")
    vm.ctl("resume")
    vm.moved(tmp_path / "saved", *vm.kind.options)
    vm.tell("z")
    vm.expect("z$")
    assert "limit.bytes.breaches" not in vm.stats()["uart0"]


@pytest.mark.parametrize("serve", ["inline", "worker"] if LONG else ["worker"])
def test_disk(tmp_path, serve):
    """what a disk moves under a limit is right, in its order, served {serve}"""
    payload = TOP / "build/lab/tests/payloads/order"
    disk = Path("/dev/shm/limited")
    disk.touch()
    os.truncate(disk, 1 << 20)
    _, output, said = ended("--testdev", "--limit", "bytes=4M/1,device=vpci0", "--stats", "--rng",
                            "--disk", f"{disk},serve={serve}", payload)
    disk.unlink()
    failed = set(re.findall(rb"(?m)^not ok \d+ - (.*?)\r?$", output))
    # A queue that waits ends its batch
    assert failed == {b"batches have an element each"} and re.search(rb"(?m)^1\.\.\d", output), output
    assert int(re.search(r"(?m)^vpci0 +limit\.bytes\.breaches +(\d+)", said)[1]) > 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words, says", [
    ("accesses=1", ""), ("accesses=1,device=uart9", "uart9"), ("bytes=9G", "rate")])
def test_words(words, says):
    """--limit {words}"""
    done = subprocess.run(["keel", "run", "--dry-run", "--limit", words, PAYLOAD],
                          capture_output=True, text=True, check=False)
    assert done.returncode == (2 if says else 0) and says in done.stderr, done.stderr
