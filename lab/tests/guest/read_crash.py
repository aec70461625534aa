# SPDX-License-Identifier: GPL-2.0
"""
What Debian's crash finds in the dumps that test_crash.py has left. Its own list of processes (ps) has
the idle ones alone, of this kernel: version 8.0.2 does not find others by their numbers.
"""
import json
import re
import subprocess
from pathlib import Path

import pytest

from keel import KEPT

SYMBOLS = Path(__file__).resolve().parents[2] / "symbols"


@pytest.fixture(scope="module")
def vmlinux():
    return subprocess.run([SYMBOLS, "6.1"], stdout=subprocess.PIPE, check=True,
                          text=True).stdout.strip()


@pytest.fixture(scope="module", params=["running", "panic"])
def dump(request, vmlinux):
    """What crash says to some commands about a dump."""
    commands = ["sys", "bt -a", "p linux_banner", "sym _stext", "log",
                "list task_struct.tasks -s task_struct.pid,comm -h init_task", "quit"]
    done = subprocess.run(["crash", "-s", vmlinux, KEPT / request.param],
                          input="\n".join([*commands, ""]), capture_output=True, text=True,
                          check=True)
    return request.param, done.stdout


def told():
    return json.loads((KEPT / "told").read_text(encoding="ascii"))


def test_system(dump):
    """{dump}: the system, its two CPUs, its release, and whether it has panicked"""
    name, said = dump
    assert re.search(r"^ +CPUS: 2( |$)", said, re.M)
    assert re.search(rf"^ +RELEASE: {re.escape(told()['release'])}$", said, re.M)
    panicked = re.search(r"^ +PANIC: (.*)$", said, re.M)
    assert ("sysrq triggered crash" in (panicked[1] if panicked else "")) == (name == "panic")


def test_memory(dump):
    """{dump}: its kernel's memory, at the addresses where the kernel is this time"""
    said = dump[1]
    assert told()["banner"].split(" ", 1)[1] in said
    assert re.search(rf"^{told()['stext']} \([tT]\) _stext", said, re.M)
    assert "Command line: console=ttyS0" in said


def test_tasks(dump):
    """{dump}: its processes, and the stacks of both CPUs"""
    name, said = dump
    assert re.search(r'pid = 1,\s+comm = "init', said)
    assert re.search(r'pid = 2,\s+comm = "kthreadd', said)
    stacks = re.findall(r"^PID: +\d+ .* CPU: (\d) ", said, re.M)
    assert stacks == ["0", "1"]
    assert ("sysrq_handle_crash" in said) == (name == "panic")
