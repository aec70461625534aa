# SPDX-License-Identifier: GPL-2.0
"""
The launcher without a terminal, with a guest that echoes (userspace/test/payload.S): its streams,
exit statuses and messages, its options, threads and descriptors, and the hosts and users that it
does not work for.
"""
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import keel
from keel import NOBODY, PAYLOAD, ended, program, refused, run, until

HOST = {}
PRELOAD = ["stray.c"]


# ---- Exit statuses ----

def test_power_off():
    """a power-off: status 0, no message, and the output is the guest's alone"""
    assert ended(PAYLOAD, text=b"P") == (0, b"ready\r\n", "")


RESETS = [(letter, way, options) for options in ("", "--no-bus", "--strict")
          for letter, way in (("K", "keyboard controller"), ("A", "port 0x92"))]


@pytest.mark.parametrize("letter, way, options", [("R", "port 0xcf9", ""), *RESETS])
def test_reset(letter, way, options):
    """a reset ({way}) {options}: status 14, and a message"""
    assert ended(*options.split(), PAYLOAD, text=letter.encode()) == (
        14, b"ready\r\n", f"keel: the guest asked for a reset ({way})\n")


@pytest.mark.parametrize("letter, status, message", [
    ("T", 16, "keel: triple fault on vCPU 0\n"), ("S", 18, "keel: the guest went to sleep (S3)\n"),
    ("D", 21, "")])
def test_status(letter, status, message):
    """{letter}: status {status}, and {message!r}"""
    assert ended("--on-crash=exit", "--on-sleep=exit", PAYLOAD, text=letter.encode()) == (
        status, b"ready\r\n", message)


@pytest.mark.parametrize("status, options, message", [
    (24, ["--sandbox=off"], "KVM gave up on vCPU 0: exit 4, "),
    (22, ["--sandbox=off", "--strict"], "--strict: vCPU 0 returned from KVM_RUN with exit 4$")])
def test_stray(kind, status, options, message):
    """an exit without an answer: status {status}, and a message"""
    got, _, said = ended(*kind.options, *options, PAYLOAD, text=b"P",
                         wrapper=["env", f"LD_PRELOAD={program('stray')}"])
    assert got == status and re.search(f"(?m)^keel: {message}", said), said


@pytest.mark.parametrize("options", [
    "--no-bus", "--strict", "-c 2", "-c 4 --strict", "--no-pic", "--no-ioapic", "--no-pit",
    "--no-rtc", "--no-i8042", "--no-pci", "--no-debug-exit", "--no-pvpanic", "--no-hpet", "--hpet",
    "--watchdog", "--watchdog=action=pause",
    "--cpu-affinity 0 -c 2",
    "--rt fifo:1", "--rt rr:1", "--mlock", "-m 3500M", "--kvm fd={kvm} --keel fd={keel}"])
def test_options(options):
    """{options}: the guest runs, and powers off"""
    fds = {name: os.open(f"/dev/{name}", os.O_RDWR) for name in ("kvm", "keel")}
    got = ended(*options.format(**fds).split(), PAYLOAD, text=b"abcP", pass_fds=fds.values())
    for fd in fds.values():
        os.close(fd)
    assert got == (0, b"ready\r\nabc", "")


# ---- Streams ----

def test_no_keys():
    """without a terminal Ctrl-A x is the guest's"""
    assert ended(PAYLOAD, text=b"\x01xabc\nP") == (0, b"ready\r\n\x01xabc\n", "")


def test_file():
    """a file of 9,000 bytes goes through the guest and comes back"""
    # Of more than the two times 4 KiB that are read ahead of the guest
    data = bytes(byte for byte in os.urandom(10000) if byte not in b"PSDRTHFBKAWNCO")[:9000]
    assert len(data) == 9000
    assert ended(PAYLOAD, text=data + b"P") == (0, b"ready\r\n" + data, "")


def test_burst(vm):
    """what is on its way when the guest powers off arrives"""
    vm.start(PAYLOAD)
    vm.comes_up()
    vm.type("B")
    until(lambda: "keel-vcpu0" not in vm.threads(), "the guest is off")
    assert vm.running()     # since a pipe has room for 64 KiB
    vm.ends(0)
    assert vm.lines == ["ready"]
    assert len(vm.rest) == 100000 and set(vm.rest) == set(b"b")


def test_end_of_input(vm):
    """the end of the input ends nothing, and output is there at once"""
    with open(os.devnull, "rb") as nothing:
        vm.start(PAYLOAD, stdin=nothing)
    vm.expect("^ready$")
    vm.comes_up()
    # It sleeps only once it no longer asks for input
    until(lambda: vm.sleeps("keel-stdio", "poll"), "keel has seen the end")
    vm.goes_on()
    vm.stop()
    vm.ends(-signal.SIGTERM)


def test_no_reader(vm):
    """output that is no longer read is reported once, and ends nothing"""
    end, into = os.pipe()
    vm.start(PAYLOAD, stdout=into)
    os.close(into)
    os.close(end)
    vm.comes_up()
    vm.type("F")
    until(lambda: "keel: standard output: Broken pipe" in vm.said_on_stderr(), "keel says so")
    before = vm.stats()["uart0"]["tx_bytes"]
    until(lambda: vm.stats()["uart0"]["tx_bytes"] > before, "the guest goes on")
    vm.stop()
    vm.ends(-signal.SIGTERM)
    assert vm.said_on_stderr().count("\n") == 1


def test_full_file(vm):
    """a port whose file has no space is reported, and ends nothing"""
    vm.start("--serial", "pio:0x3f8,to=/dev/full", PAYLOAD)
    vm.comes_up()
    until(lambda: re.search("(?m)^keel: uart0: No space left on device; ", vm.said_on_stderr()),
          "keel says so")
    vm.goes_on()
    vm.stop()
    vm.ends(-signal.SIGTERM)


def full(vm):
    """The guest waits, as neither its UART nor standard output has room."""
    return not select.select([], [vm.output[1]], [], 0)[1] and \
        vm.inspect("uart0")["uart0"]["tx_blocked"] == 1


def test_blocked_output(vm):
    """SIGTERM ends a launcher whose output is not read"""
    vm.start(PAYLOAD)
    vm.comes_up()
    vm.type("F")
    until(lambda: full(vm), "all buffers are full")
    vm.stop()
    until(lambda: not vm.running(), "keel ends")
    assert vm.process.returncode == -signal.SIGTERM


def test_blocking_mode(vm):
    """the streams, which other processes share, stay in blocking mode"""
    vm.start(PAYLOAD)
    vm.tell("there and back")
    vm.expect("there and back")
    assert os.get_blocking(vm.input[0]) and os.get_blocking(vm.output[1])
    vm.type("P")
    vm.ends(0)


def test_stats():
    """--stats has a table of counters at the end, --stats=json an object"""
    assert re.search(r"(?m)^uart0 +regs +\d+ +\d+$", ended("--stats", PAYLOAD, text=b"P")[2])
    counters = json.loads(ended("--stats=json", PAYLOAD, text=b"P")[2])
    assert counters["uart0"]["regs.writes"] > 0 and counters["thread0"]["returns"] == 1


def test_libraries(vm):
    """a VM without --net user has no libslirp and no GLib in memory"""
    vm.start(PAYLOAD)
    vm.comes_up()
    maps = Path(f"/proc/{vm.pid}/maps").read_text(encoding="ascii")
    assert "libjansson" in maps and not re.search("libslirp|libglib", maps)


# ---- keel check ----

def checked(*options, wrapper=()):
    """keel check's status, its outcomes by check, and what it says in all."""
    done = subprocess.run([*wrapper, "keel", "check", *options], capture_output=True, text=True,
                          check=False)
    found = re.findall(r"(?m)^(good|note|bad) +(\S.*?)  +\S", done.stdout)
    return done.returncode, {check: outcome for outcome, check in found}, done.stdout


def test_check():
    """keel check: a VM can run, with what it finds of module and KVM"""
    status, outcomes, said = checked()
    assert status == 0 and said.endswith("\nA VM can run here.\n")
    for check in "kernel", "CPU", "/dev/kvm", "module", "/dev/keel", "versions", "sandbox":
        assert outcomes[check] == "good", said
    status, outcomes, said = checked("--rt")
    assert status == 0 and outcomes["preemption"] == "note", said


def test_check_json():
    """keel check --json has the same"""
    status, outcomes, _ = checked()
    done = subprocess.run(["keel", "check", "--json"], capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["can_run"]) == (status, True)
    assert {check["check"]: check["outcome"] for check in report["checks"]} == outcomes


def test_check_no_module():
    """keel check without the module: status 6, and what to type"""
    run("rmmod", "keel")
    try:
        status, outcomes, said = checked()
    finally:
        run("insmod", keel.TOP / "build" / os.uname().release / "keel.ko")
    assert status == 6 and "\nNo VM can run here" in said
    assert [outcomes[check] for check in ("/dev/kvm", "module", "/dev/keel")] == \
        ["good", "bad", "bad"], said
    assert re.search(r"(?m)^bad +module .*\n +(apt install|modprobe|dkms) ", said), said


def test_check_no_right():
    """keel check as a user who is not in the devices' group: status 8, and what to type"""
    for device in "/dev/keel", "/dev/kvm":
        shutil.chown(device, "root", "disk")
        os.chmod(device, 0o660)
    status, outcomes, said = checked(wrapper=NOBODY)
    assert (status, outcomes["/dev/keel"], outcomes["/dev/kvm"]) == (8, "bad", "bad")
    assert said.count("adduser nobody disk (as root), then log in again") >= 2, said


# ---- Threads and descriptors ----

@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A keel with devices that have threads and descriptors, and a low limit on the latter."""
    launcher = keel.Keel(tmp_path_factory.mktemp("many"), wrapper=["prlimit", "--nofile=64:"])
    launcher.disk, launcher.port = launcher.folder / "disk", launcher.folder / "port"
    with open(launcher.disk, "wb") as disk:
        disk.truncate(1 << 20)
    launcher.start("-c", 2, "--disk", f"{launcher.disk},queues=2",
                   "--disk", f"{launcher.disk},lock=off", "--rng",
                   "--virtio-console", f"socket={launcher.port},name=port", PAYLOAD)
    launcher.expect("^ready$")
    launcher.descriptors_before = launcher.descriptors()
    launcher.comes_up()
    yield launcher
    launcher.kill()


def test_threads(many):
    """each thread has a name"""
    assert sorted(many.threads()) == sorted([
        "keel", "keel-control", *["keel-disk0"] * 3, *["keel-disk1"] * 2, "keel-follow",
        "keel-port0", "keel-rng", "keel-stdio", "keel-vcon", "keel-vcpu0", "keel-vcpu1"])


# Their kick, what their own faults raise, and what no process, or no user of glibc, can block
OPEN = {signal.SIGUSR2, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP,
        signal.SIGABRT, signal.SIGSYS, signal.SIGKILL, signal.SIGSTOP, 32, 33}


def test_signals(many):
    """threads that serve the guest block all signals but SIGUSR2 and those of faults"""
    blocked = [re.search(r"(?m)^SigBlk:\s*(\w+)$", (folder / "status").read_text())[1]
               for name, folder in many.tasks() if re.match("keel-(vcpu|disk|rng|vcon)", name)]
    mask = sum(1 << number - 1 for number in range(1, 65) if number not in OPEN)
    assert blocked and set(blocked) == {f"{mask:016x}"}


def test_limit(many):
    """it may have as many descriptors as its user may"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard > 64 and resource.prlimit(many.pid, resource.RLIMIT_NOFILE) == (hard, hard)


def test_disk_is_open(many):
    """a disk's file stays open, once for each disk"""
    files = [os.path.realpath(path) for path in Path(f"/proc/{many.pid}/fd").iterdir()]
    assert files.count(str(many.disk)) == 2


def test_clients_leave(many):
    """a port's clients that have left leave no descriptor"""
    before = many.descriptors_before
    until(lambda: many.descriptors() == before, "earlier clients' are closed")
    for _ in range(5):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(many.port))
            until(lambda: len(many.descriptors()) > len(before), "the client is served")
        until(lambda: many.descriptors() == before, "its descriptor is closed")


def test_quit(many):
    """keel ctl quit ends it, with status 20"""
    many.ctl("quit")
    many.ends(20)


def test_killed(vm):
    """killed, it leaves nothing behind"""
    vm.start("-c", 2, PAYLOAD)
    vm.expect("^ready$")
    vm.kill()
    with open("/sys/module/keel/refcnt", encoding="ascii") as users:
        assert users.read() == "0\n"
    assert ended(PAYLOAD, text=b"P")[0] == 0


# ---- What it refuses ----

@pytest.mark.parametrize("status, options, text", [
    (30, "--kvm /dev/null", ".*not KVM's device"),
    (10, "--kvm /none", ".*is kvm-intel or kvm-amd loaded"),
    (12, "-m 2M", ""), (2, "--cpu-affinity 999", ".*may not use CPU 999, but 0")])
def test_refused(status, options, text):
    """{options}: refused with status {status}, and the reason"""
    refused(status, text, *options.split(), PAYLOAD)


def test_no_right(folder):
    """a user who may open neither device is told the group that may"""
    shutil.copy(PAYLOAD, folder / "payload")
    for device in "/dev/keel", "/dev/kvm":
        os.chmod(device, 0o600)
    refused(8, ".*are you in group kvm", folder / "payload", wrapper=NOBODY)
