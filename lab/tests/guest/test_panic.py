# SPDX-License-Identifier: GPL-2.0
"""
A guest's panic is told apart from its reset: Debian's kernel finds the panic notifier by ACPI, and
a panic of it reaches the user as --on-panic says. A guest that has loaded a crash kernel goes on.
Dumps of guests, as gdb and readelf have them.
"""
import contextlib
import os
import re
import socket
import subprocess

import pytest

import keel
from keel import PAYLOAD, Keel, Kind, ended, run, until

HOST = {"packages": "gdb libboost-regex1.74.0"}
GUEST = {"main": "panic.guest", "modules": "pvpanic-mmio"}

PANICKED = "keel: the guest panicked\n"
CRASHED = "keel: the guest crashed; its crash kernel takes over\n"


def gdb(core, *commands):
    """What gdb says of a core."""
    return run("gdb", "-nx", "-batch", "-c", core, *[f"-ex={command}" for command in commands])


def ask(vm, request):
    """The answer to a request, sent as it is."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(vm.control))
        client.sendall(request.encode() + b"\n")
        return client.recv(4096).decode()


# ---- Debian's kernel; in the order of the guest's life ----

KINDS = [Kind("accelerator on, 2 CPUs", "-c", 2), Kind("accelerator off, 1 CPU", "--no-bus")]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def linux(request, tmp_path_factory):
    launcher = keel.Keel(tmp_path_factory.mktemp("panic"))
    launcher.core = launcher.folder / "core"
    launcher.kind = request.param
    launcher.boot("--on-panic", "dump", "--dump-file", launcher.core, *request.param.options)
    launcher.expect("^@ ready$")
    yield launcher
    launcher.kill()


def test_bound(linux):
    """Linux's driver finds the notifier by its ACPI ID, and learns which events it takes"""
    assert linux.said("driver") == ["pvpanic-mmio"]
    assert linux.said("capability") == ["3"]        # 6.1 knows no others
    assert linux.inspect("pvpanic0")["pvpanic0"]["panicked"] == 0


def test_dump(linux):
    """a dump of the running Linux: gdb reads its kernel's memory, and a thread for each CPU"""
    core = linux.folder / "running"
    linux.ctl("dump", core)
    address, banner = linux.said("banner")[0].split(" ", 1)
    assert banner in gdb(core, "set print elements 0", f"x/s 0x{address}")
    threads = re.findall(r"^[* ] +\d+ +LWP (\d+)", gdb(core, "info threads"), re.M)
    assert [int(number) for number in threads] == ([1, 2] if "-c" in linux.kind.options else [1])


def test_vmcoreinfo(linux):
    """the dump has the kernel's note VMCOREINFO"""
    # readelf shows an unknown note's bytes
    shown = run("readelf", "-n", "-W", linux.folder / "running").split("VMCOREINFO", 1)[1]
    data = re.search(r"description data: ((?:[0-9a-f]{2} ?)+)", shown)[1]
    info = bytes.fromhex(data).decode().splitlines()
    assert f"OSRELEASE={linux.said('release')[0]}" in info
    assert f"SYMBOL(_stext)={linux.said('stext')[0]}" in info


def test_panic(linux):
    """a panic of Linux ends keel with a status of its own, behind the kernel's last words"""
    linux.tell()
    linux.expect("Kernel panic - not syncing: sysrq triggered crash")
    linux.ends(42)
    assert linux.said_on_stderr() == f"keel: the guest panicked; its memory is in {linux.core}\n"


def test_dump_of_panic(linux):
    """--on-panic dump: the dump is of the moment at which Linux's driver reports the panic"""
    found = gdb(linux.core, "thread apply all info registers rip")
    counters = [int(value, 16) for value in re.findall(r"^rip +0x([0-9a-f]+)", found, re.M)]
    start = int(linux.said("iowrite8")[0], 16)
    assert any(start < rip < start + 64 for rip in counters)


# ---- A guest that says what it is told to ----

def test_exit(kind):
    """a panic ends keel"""
    assert ended(*kind.options, PAYLOAD, text=b"abN") == (42, b"ready\r\nab", PANICKED)


def test_two_cpus(kind):
    """likewise with a processor that was never started"""
    assert ended(*kind.options, "-c", 2, PAYLOAD, text=b"N") == (42, b"ready\r\n", PANICKED)


def paused(vm, *options):
    """A guest that has panicked, with --on-panic pause."""
    vm.start("--on-panic", "pause", *options, PAYLOAD)
    vm.expect("^ready$")
    vm.type("N")
    until(lambda: vm.status()["state"] == "paused", "the panic pauses the guest")
    assert vm.status()["panic"]
    assert vm.inspect("pvpanic0")["pvpanic0"]["panicked"] == 1


def test_pause(vm, kind):
    """--on-panic pause: the guest stands still, and goes on when it is resumed"""
    paused(vm, *kind.options)
    until(lambda: "is paused" in vm.said_on_stderr(), "keel says so")
    assert vm.said_on_stderr() == "keel: the guest panicked, and is paused; " \
        f"\"keel ctl {vm.control} resume\" lets it go on\n"
    vm.type("a\n")
    vm.ctl("resume")
    vm.expect("^a$")
    assert vm.status()["state"] == "running" and not vm.status()["panic"]
    vm.type("N")
    until(lambda: vm.status()["state"] == "paused", "so does the next panic")
    vm.ctl("resume")
    vm.type("P")
    vm.ends(0)
    assert vm.said_on_stderr().count("\n") == 2


def test_pause_named(tmp_path):
    """--on-panic pause: keel names the guest as its user does"""
    vm = Keel(tmp_path)
    paused(vm, "--name", "panicked")
    until(lambda: "is paused" in vm.said_on_stderr(), "keel says so")
    assert '"keel ctl panicked resume" lets it go on' in vm.said_on_stderr()
    run("keel", "stop", "panicked", "--force")
    vm.ends(20)


REPORTED = "keel: the guest panicked, and goes on (--on-panic report)\n"


def test_report(vm, kind):
    """--on-panic report: keel says so each time, and the guest goes on"""
    vm.start("--on-panic", "report", *kind.options, PAYLOAD)
    vm.expect("^ready$")
    for n in range(1, 4):
        vm.type("N")
        until(lambda n=n: vm.said_on_stderr() == REPORTED * n, "keel says so")
        vm.type("a\n")
        vm.expect("^a$")
    assert vm.status()["state"] == "running" and not vm.status()["panic"]
    vm.type("P")
    vm.ends(0)


def test_restarts(vm):
    """--on-reset restart: the reset that follows a panic boots the guest again"""
    vm.start("--on-reset", "restart", PAYLOAD)
    for _ in range(2):
        vm.expect("^ready$")
        vm.type("NR")
    vm.expect("^ready$")
    assert vm.said_on_stderr().count(REPORTED) == 2
    vm.type("P")
    vm.ends(0)


def test_paused_reported(vm):
    """--on-panic report: a guest that the user has paused stays so"""
    vm.start("--on-panic", "report", PAYLOAD)
    vm.expect("^ready$")
    vm.ctl("pause")
    vm.type("N")
    assert vm.status()["state"] == "paused" and vm.said_on_stderr() == ""
    vm.ctl("resume")
    until(lambda: vm.said_on_stderr() == REPORTED, "keel says so")
    vm.type("P")
    vm.ends(0)


def test_reset(vm):
    """a guest that a panic has paused can be reset"""
    paused(vm)
    vm.ctl("reset")
    assert vm.inspect("pvpanic0")["pvpanic0"]["panicked"] == 0
    vm.ctl("resume")
    vm.expect("^ready$")
    vm.type("P")
    vm.ends(0)


def test_saved(vm, tmp_path):
    """a guest that a panic has paused can be saved; restored, it goes on behind the panic"""
    paused(vm)
    vm.moved(tmp_path / "saved", "--on-panic", "pause")
    assert vm.status()["state"] == "running"
    vm.type("a\n")
    vm.expect("^a$")
    vm.type("P")
    vm.ends(0)


def test_paused_before(vm):
    """a panic while the user pauses and resumes the guest is not lost"""
    vm.start("--on-panic", "pause", PAYLOAD)
    vm.expect("^ready$")
    for n in range(10):
        vm.ctl("pause")
        vm.type("N")
        vm.ctl("resume")
        until(lambda: vm.inspect("pvpanic0")["pvpanic0"]["panicked"], "the guest panics")
        until(lambda n=n: vm.said_on_stderr().count("\n") == n + 1, "keel says so")
        vm.ctl("resume")
    vm.type("P")
    vm.ends(0)


def test_quit(vm):
    """keel with a guest that a panic has paused can be told to end"""
    paused(vm)
    vm.ctl("quit")
    vm.ends(20)


def test_crash_kernel(kind):
    """a guest with a crash kernel goes on, and keel says so once"""
    assert ended(*kind.options, PAYLOAD, text=b"aCbCcP") == (0, b"ready\r\nabc", CRASHED)


def test_shutdown(kind):
    """a guest without ACPI hardware powers off by the panic notifier"""
    assert ended(*kind.options, "--no-pm", PAYLOAD, text=b"aO") == (0, b"ready\r\na", "")


def test_without():
    """--no-pvpanic: at the port is nothing"""
    assert ended("--no-pvpanic", PAYLOAD, text=b"NCOaP") == (0, b"ready\r\na", "")


# ---- Dumps ----

@pytest.fixture
def ready(vm):
    vm.start("-m", "64M", PAYLOAD)
    vm.expect("^ready$")
    return vm


def dump_fails(vm, file):
    """A dump into this file fails; returns what keel says."""
    done = subprocess.run(["keel", "ctl", vm.control, "dump", file], capture_output=True, text=True,
                          check=False)
    assert done.returncode and not done.stdout
    return done.stderr


def test_dump_file(ready, tmp_path):
    """a dump is as long as the RAM, takes the space of its data, and is its user's alone"""
    core = tmp_path / "core"
    ready.ctl("dump", core)
    found = core.stat()
    assert 64 << 20 < found.st_size < 65 << 20
    assert found.st_blocks * 512 < 1 << 20
    assert found.st_mode & 0o777 == 0o600
    # At the start of the image, where it was loaded to: see payload.S
    image = open(PAYLOAD, "rb").read()[0x400:0x404]
    assert int(gdb(core, "x/wx 0x1000000").split()[-1], 16) == int.from_bytes(image, "little")
    ready.type("a\n")
    ready.expect("^a$")


def test_dump_paused(ready, tmp_path):
    """a paused guest stays paused"""
    ready.ctl("pause")
    ready.ctl("dump", tmp_path / "core")
    assert ready.status()["state"] == "paused"


def test_dump_exists(ready, tmp_path):
    """a dump replaces no file"""
    (tmp_path / "core").write_text("kept")
    assert "the file exists" in dump_fails(ready, tmp_path / "core")
    assert (tmp_path / "core").read_text() == "kept"
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    assert "the file exists" in dump_fails(ready, tmp_path / "link")


@contextlib.contextmanager
def small_folder(folder):
    """A file system of 16 KiB there, for a while."""
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=16k", "none", folder)
    yield folder
    run("umount", folder)


def test_dump_without_space(ready, tmp_path):
    """a dump that the file system has no space for is refused, and leaves nothing"""
    with small_folder(tmp_path / "small") as folder:
        said = dump_fails(ready, folder / "core")
        left = os.listdir(folder)
    assert re.search("no space: the dump needs [0-9]+ MiB, and 0 MiB are left", said)
    assert left == []


def test_dump_nowhere(ready):
    """a folder that is not there, and a request without a descriptor, are errors"""
    assert "No such file" in dump_fails(ready, "/nowhere/core")
    assert "wants the descriptor of a file" in ask(ready, "dump core")


def test_panic_without_space(vm, tmp_path):
    """--on-panic dump without space for it: the status is that of a panic all the same"""
    with small_folder(tmp_path / "small") as folder:
        vm.start("--on-panic", "dump", "--dump-file", folder / "core", PAYLOAD)
        vm.type("N")
        vm.ends(42)
        left = os.listdir(folder)
    assert "the guest panicked; no dump in " in vm.said_on_stderr()
    assert left == []


def test_dump_file_exists(tmp_path):
    """--on-panic dump with a file that exists is a mistake, before the guest starts"""
    (tmp_path / "core").write_text("kept")
    status, said, complaint = ended("--on-panic", "dump", "--dump-file", tmp_path / "core", PAYLOAD)
    assert (status, said) == (2, b"") and "the file exists" in complaint
    assert (tmp_path / "core").read_text() == "kept"


def test_no_panic(tmp_path):
    """--on-panic dump leaves no file of a guest that does not panic"""
    core = tmp_path / "core"
    assert ended("--on-panic", "dump", "--dump-file", core, PAYLOAD, text=b"P")[0] == 0
    assert not core.exists()
