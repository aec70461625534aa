# SPDX-License-Identifier: GPL-2.0
"""
keel bench host: what its report has, and that it says of this host that its figures are none of
hardware. What the figures are decides nothing here.
"""
import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess

import pytest

from keel import LIMIT, NOBODY, TOP, run

HOST = {}

MACHINES = ["keel-bus", "keel-loop", "kvm"]
ACCESSES = ["empty", "pit-read", "pm-timer-read", "lsr-read", "exit"]
TIMERS = ["pit-late-busy", "pit-late-halted", "lapic-late-busy", "lapic-late-halted"]
ROWS = [*ACCESSES, *TIMERS, "gap"]
BATCH = {row: 256 if row in ACCESSES else 10 for row in ROWS}      # userspace/bench/rows.c
NOT_LATENCIES = "THESE FIGURES ARE NOT LATENCIES: "
NAME = "a-name-that-is-secret"
GROUP = "disk"


def bench(*words, wrapper=(), **options):
    return subprocess.run([*wrapper, "keel", "bench", *map(str, words)], capture_output=True,
                          text=True, check=False, timeout=LIMIT, **options)


@pytest.fixture(scope="module", name="done")
def fixture_done(tmp_path_factory):
    """A run by a user who has the devices' group and nothing else: what it prints, its report."""
    folder = tmp_path_factory.mktemp("bench")
    folder.chmod(0o777)
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    rights = {device: os.stat(device) for device in ("/dev/kvm", "/dev/keel")}
    name = socket.gethostname()
    socket.sethostname(NAME)
    for device in rights:
        shutil.chown(device, "root", GROUP)
        os.chmod(device, 0o660)
    member = ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups",
              str(grp.getgrnam(GROUP).gr_gid)]
    try:
        ended = bench("host", "--seconds", 1, "--load", "--cpu-affinity", 0, "--halt-poll", 0,
                      "--output", "report.json", wrapper=member, cwd=folder,
                      env={**os.environ, "TMPDIR": str(folder)})
    finally:
        socket.sethostname(name)
        for device, stat in rights.items():
            os.chown(device, stat.st_uid, stat.st_gid)
            os.chmod(device, stat.st_mode & 0o777)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in folder.iterdir()} == {"report.json"}
    return ended.stdout, (folder / "report.json").read_text()


def test_rows(done):
    """each row was measured on each machine, without load and with it, and the counts are right"""
    report = json.loads(done[1])
    assert report["schema"] == 1 and report["complete"] and list(report["machines"]) == MACHINES
    assert [(one["load"], one["row"], one["machine"]) for one in report["rows"]] == \
        [(load, row, machine) for load in (False, True) for row in ROWS for machine in MACHINES]
    for one in report["rows"]:
        ns = one["ns"]
        assert one["samples"] and one["samples"] % BATCH[one["row"]] == 0 and not one["lost"], one
        assert one["early"] <= one["samples"] and (not one["early"] or one["row"] in TIMERS), one
        assert 0 <= ns["min"] <= ns["median"] <= ns["p99"] <= ns["p99_9"] <= ns["max"], one
        assert sum(one["log2"]) == one["samples"] and one["log2"][-1], one
        used = [bits for bits, count in enumerate(one["log2"]) if count]
        assert (used[0], used[-1]) == (ns["min"].bit_length(), ns["max"].bit_length()), one
    who = {(one["row"], one["machine"]): one["answered_by"] for one in report["rows"]}
    assert who["lsr-read", "keel-loop"] == "kernel" and who["lsr-read", "kvm"] == "process"


def test_text(done):
    """what is printed has the report's figures"""
    report, lines, phase, row = json.loads(done[1]), [], None, ""
    for line in done[0].splitlines():
        if found := re.match(r"(idle|load) +samples ", line):
            phase = found[1] == "load"
        elif found := re.match(r"(\S*) +(keel-bus|keel-loop|kvm) +(\d+(?: +\d+){5})\b", line):
            row = found[1] or row
            lines.append((phase, row, found[2], *map(int, found[3].split())))
    assert lines == [(one["load"], one["row"], one["machine"], one["samples"], *one["ns"].values())
                     for one in report["rows"]]
    assert "report.json has the report.\n" in done[0]


def test_invalid(done):
    """in the lab the first line and the report say that the figures are no latencies, and why"""
    report = json.loads(done[1])
    assert report["valid"] is False and report["reasons"]
    assert done[0].splitlines()[0] == NOT_LATENCIES + "; ".join(report["reasons"])
    cpu = report["conditions"]["cpu"]
    assert any("hypervisor's" in reason for reason in report["reasons"]) == cpu["hypervisor"]
    assert any("not invariant" in reason for reason in report["reasons"]) != cpu["invariant_tsc"]


def test_conditions(done):
    """the report has the conditions, what the load has done, and no name of host or user"""
    report = json.loads(done[1])
    conditions = report["conditions"]
    assert conditions["kernel"]["release"] == os.uname().release
    assert conditions["cpu"]["name"] in open("/proc/cpuinfo", encoding="ascii").read()
    assert conditions["cpu"]["tsc_khz"] > 0 and conditions["mitigations"]
    assert conditions["host"]["module_version"] == \
        open("/sys/module/keel/version", encoding="ascii").read().strip()
    checks = {check["check"]: check for check in conditions["checks"]}
    assert checks["preemption"]["outcome"] == "note" and checks["module"]["outcome"] == "good"
    words = open("/proc/cmdline", encoding="ascii").read().split()
    told = conditions["command_line"]
    assert set(told["words"]) <= set(words) and len(told["words"]) + told["others"] == len(words)
    load = report["load"]
    assert load["compute_turns"] > 0 and load["memory_bytes"] > 0 and load["file_error"] is None
    assert load["file_writes"] > 0
    assert report["thread"] == {"cpu_affinity": "0", "rt": None, "halt_poll_us": 0}
    text = json.dumps({**report, "rows": None})
    assert NAME not in text and "remedy" not in text
    assert not re.search(rf"\b({pwd.getpwuid(65534).pw_name}|adduser)\b", text)


def test_interrupted(tmp_path):
    """Ctrl-C: a report of what was measured, and then the signal"""
    report = tmp_path / "report.json"
    report.write_text("x" * 100000)
    with subprocess.Popen(["keel", "bench", "host", "--seconds", "100000", "--output", report],
                          stdout=subprocess.PIPE, text=True) as process:
        while not process.stdout.readline().startswith("idle"):
            pass
        process.send_signal(signal.SIGINT)
        try:
            rest = process.communicate(timeout=LIMIT)[0]
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert "has the report, of what was measured until now" in rest
    value = json.loads(report.read_text())
    assert value["complete"] is False and value["load"] is None
    assert {one["row"] for one in value["rows"]} <= {"empty"}


def test_no_accelerator(tmp_path):
    """with the module's bus accelerator off, nothing is said to be measured with it"""
    module = TOP / "build" / os.uname().release / "keel.ko"
    run("rmmod", "keel")
    run("insmod", module, "bus=0")
    try:
        with subprocess.Popen(["keel", "bench", "host", "--output", tmp_path / "report"],
                              stdout=subprocess.PIPE, text=True) as process:
            said = list(iter(process.stdout.readline, "\n"))
            process.kill()
    finally:
        run("rmmod", "keel")
        run("insmod", module)
    assert "keel-bus   Keel: the module has no bus accelerator now\n" in said


def refused(status, text, *words, **options):
    ended = bench(*words, **options)
    assert ended.returncode == status and ended.stdout == "", ended
    assert re.fullmatch(f"keel: .*{text}.*\n", ended.stderr), ended.stderr


def test_refused(tmp_path):
    """what cannot be had is one line, with keel run's status, and leaves no report"""
    usual = {"cwd": tmp_path}
    refused(2, "this process may not use CPU 999", "host", "--cpu-affinity", 999, **usual)
    refused(2, "/nowhere/x: No such file", "host", "--output", "/nowhere/x", **usual)
    refused(8, "RLIMIT_RTPRIO is 0; 50 is needed", "host", "--rt", "fifo:50", **usual,
            wrapper=["prlimit", "--rtprio=0:0", *NOBODY])
    mode = os.stat("/dev/keel").st_mode & 0o777
    os.chmod("/dev/keel", 0o600)
    try:
        refused(8, "are you in group kvm", "host", wrapper=NOBODY, **usual)
    finally:
        os.chmod("/dev/keel", mode)
    run("rmmod", "keel")
    try:
        refused(6, "is keel.ko loaded", "host", **usual)
    finally:
        run("insmod", TOP / "build" / os.uname().release / "keel.ko")
    assert not list(tmp_path.iterdir())
