# SPDX-License-Identifier: GPL-2.0
"""Machines that are operated from outside: what happens to them, and the commands for them."""
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import termios
from pathlib import Path

import pytest

from keel import LIMIT, NOBODY, PAYLOAD, Events, Keel, run, until

HOST = {}

FOLLOWERS = 8   # of followers.h
TRACES = Path("/sys/kernel/tracing/instances")


def follow(vm):
    """A connection that has asked for events."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(vm.control))
    client.sendall(b"events\n")
    return client


def saves(vm, place, number):
    """That many events of some size."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(vm.control))
        answers = client.makefile()
        for _ in range(number):
            client.sendall(f"save {place}\n".encode())
            assert answers.readline() == "ok 0\n"


def test_events(kind, vm):
    """events: what happens from the start to the end, each with its time and number"""
    vm.start("--on-reset", "restart", *kind.options, PAYLOAD)
    vm.comes_up()
    with Events(vm) as events:
        first = events.next()
        assert first["event"] == "started" and first["pid"] == vm.pid and not first["restored"]
        vm.ctl("pause")
        vm.ctl("pause")
        vm.ctl("resume")
        vm.ctl("reset")
        vm.expect("^ready$")
        vm.tell("R")
        vm.save(vm.folder / "saved")
        happened = [events.next() for _ in range(5)]
        assert [event["event"] for event in happened] == [
            "paused", "resumed", "reset", "reset", "saved"]
        assert [event["by"] for event in happened[2:4]] == ["user", "guest"]
        vm.expect("^ready$")
        vm.type("P")
        last = events.next()
        assert (last["event"], last["status"], last["meaning"]) == (
            "shutdown", 0, "the guest powered off")
        assert events.process.stdout.read() == b"" and events.process.wait() == 0
    happened = [first, *happened, last]
    assert [event["number"] for event in happened] == [*range(1, 8)]
    assert sorted(event["time"] for event in happened) == [event["time"] for event in happened]
    vm.ends(0)


def test_late_follower(vm):
    """a follower that comes late gets what was before, and half a connection is enough"""
    vm.start(PAYLOAD)
    vm.comes_up()
    vm.ctl("pause")
    vm.ctl("resume")
    with follow(vm) as client:
        client.shutdown(socket.SHUT_WR)
        vm.expect("^ready$")
        vm.type("T")
        lines = client.makefile().read().splitlines()
    assert lines[0] == "ok 0"
    events = [json.loads(line) for line in lines[1:]]
    assert [event["event"] for event in events] == ["started", "paused", "resumed", "shutdown"]
    assert events[-1]["status"] == 16 and events[-1]["message"] == "triple fault on vCPU 0"
    vm.ends(16)


def test_slow_follower(vm):
    """a follower that does not read keeps nothing waiting, and is told how much it has missed"""
    vm.start("-m", "4M", "--sandbox=off", PAYLOAD)     # so that "save" takes a path
    vm.comes_up()
    place = f"{vm.folder}{'/.' * 1900}/saved"
    with follow(vm) as client:
        saves(vm, place, 110)
        lines = client.makefile()
        assert lines.readline() == "ok 0\n"
        before = 0
        while (event := json.loads(lines.readline()))["event"] != "lost":
            assert event["number"] == before + 1
            before += 1
            if before % 20 == 0:
                saves(vm, place, 1)     # so that there is a next one
        after = json.loads(lines.readline())
        assert after["number"] == before + event["events"] + 1 and event["events"] > 20
    vm.stop()
    vm.ends(-15)


def test_followers(vm):
    """eight places for followers: the next one is refused, and gets that of one that leaves"""
    vm.start(PAYLOAD)
    vm.comes_up()
    followers = [follow(vm) for _ in range(FOLLOWERS)]
    for client in followers:
        assert client.recv(5) == b"ok 0\n"
    got = subprocess.run(["keel", "events", vm.control], capture_output=True, check=False)
    assert got.returncode and b"as many clients follow the VM as can" in got.stderr
    followers.pop().close()

    def place():
        client = follow(vm)
        followers.append(client)
        return client.recv(5) == b"ok 0\n"
    until(place)
    assert vm.status()["state"] == "running"
    for client in followers:
        client.close()
    vm.stop()
    vm.ends(-15)


# ---- Names, and the commands for VMs that have one ----

class Named(Keel):
    """A VM with a name, and the commands of its user, root or another."""

    def __init__(self, folder, nobody=False, name="web"):
        self.xdg, self.nobody, self.name = Path(folder) / "xdg", nobody, name
        as_user = [*NOBODY, "env", f"XDG_RUNTIME_DIR={self.xdg}"] if nobody else []
        super().__init__(folder, as_user)
        self.runtime = self.xdg / "keel" if nobody else Path("/run/keel")
        self.payload = shutil.copy(PAYLOAD, self.folder)
        self.xdg.mkdir(exist_ok=True)
        os.chown(self.folder, 65534 if nobody else 0, -1)
        os.chown(self.xdg, 65534 if nobody else 0, -1)

    def begin(self, *options):
        """Starts it by descriptors, which a user without rights can be given, too."""
        fds = [os.open(f"/dev/{name}", os.O_RDWR) for name in ("kvm", "keel")]
        self.start("--name", self.name, "--kvm", f"fd={fds[0]}", "--keel", f"fd={fds[1]}",
                   *options, self.payload, fds=fds)
        for fd in fds:
            os.close(fd)
        self.expect("^ready$")

    def keel(self, *words):
        """A command's status, output and message."""
        done = subprocess.run([*self.wrapper, "keel", *map(str, words)], capture_output=True,
                              text=True, check=False, timeout=LIMIT)
        return done.returncode, done.stdout, done.stderr

    def listed(self):
        """The names and states that keel ps shows."""
        status, text, said = self.keel("ps", "--json")
        assert (status, said) == (0, "")
        return {vm["name"]: vm["state"] for vm in json.loads(text)}

    def waits_for_button(self):
        """The guest shuts down when the power button is pressed."""
        before = self.stats()["pm0"]["acpi.reads"]
        self.type("W")
        until(lambda: self.stats()["pm0"]["acpi.reads"] > before, "the guest waits")


@pytest.mark.parametrize("user", ["root", "another user"])
def test_name(folder, user):
    """a name: commands find the VM by it, and only one has it; {user}"""
    vm = Named(folder, user != "root")
    try:
        vm.begin()
        socket_file = vm.runtime / "web.sock"
        assert vm.runtime.stat().st_mode & 0o777 == (0o711 if user == "root" else 0o700)
        assert socket_file.stat().st_mode & 0o777 == 0o600
        assert vm.keel("pause", "web") == (0, "", "")
        assert vm.listed() == {"web": "paused"}
        assert vm.keel("resume", socket_file) == (0, "", "")
        assert f" {vm.pid} " in vm.keel("ps")[1]
        status, _, said = vm.keel("run", "--name", "web", vm.payload)
        if user == "root":
            assert (status, said) == (
                26, f'keel: --name: a VM "web" runs already (process {vm.pid})\n')
            other = Named(folder, True)
            assert other.keel("pause", "web")[0] == 2 and other.listed() == {}
            os.chown(folder, 0, -1)
        vm.kill()
        assert socket_file.exists()
        assert vm.listed() == {} and not socket_file.exists()
        socket.socket(socket.AF_UNIX).bind(str(socket_file))
        os.chown(socket_file, os.stat(vm.runtime).st_uid, -1)
        vm.begin()
        assert vm.listed() == {"web": "running"}
        assert vm.keel("stop", "web", "--force") == (0, "", "")
        assert not socket_file.exists()
        vm.ends(20)
    finally:
        vm.kill()


def test_unit(folder, tmp_path):
    """root's commands find the VM of a unit by its name, and no other process in the unit's place"""
    place = Path("/run/keel/unit")
    place.mkdir(mode=0o755, parents=True)
    vm, client = Named(folder, True), Named(tmp_path)
    vm.control = place / "control"
    os.chown(place, 65534, -1)
    try:
        vm.begin("--grace", "1")
        vm.runtime.joinpath("web.sock").unlink()
        assert client.listed() == {"unit": "running"}
        assert client.keel("pause", "unit") == (0, "", "")
        assert client.listed() == {"unit": "paused"}
        assert vm.keel("pause", "unit")[0] == 2
        os.chown(place, 65533, -1)
        status, _, said = client.keel("resume", "unit")
        assert (status, said) == (
            8, f"keel: {vm.control}: another user's process listens there\n")
        assert client.listed() == {"unit": "silent"}
        vm.kill()
        assert client.listed() == {}
        assert client.keel("resume", "unit")[0] == 2
    finally:
        vm.kill()
        shutil.rmtree(place)


def test_hostile_answer(folder):
    """what a launcher in other hands answers reaches neither the client's memory nor its terminal"""
    place = Path(folder) / "control"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        for answer, shown in ((f"ok {2**64 - 1}\n", f'answers "ok {2**64 - 1}"'),
                              (f"ok {2**63}\n", f'answers "ok {2**63}"'),
                              ("refused \33[2J\7\n", "?[2J?")):
            with subprocess.Popen(["keel", "pause", place], stderr=subprocess.PIPE) as client:
                answers, _ = listener.accept()
                with answers:
                    answers.sendall(answer.encode() + b"x" * 4096)
                said = client.stderr.read().decode()
            assert client.returncode > 0 and said == f"keel: {place}: {shown}\n"


@pytest.mark.parametrize("change, text", [
    (lambda path: path.chmod(0o777), "another user can write to it"),
    (lambda path: os.chown(path, 65533, -1), "another user can write to it|Permission denied"),
    (lambda path: (path.rmdir(), path.symlink_to("/tmp")), "Not a directory|Too many levels")])
def test_bad_folder(folder, change, text):
    """a folder that others can write to, or that is another thing, is not used"""
    vm = Named(folder, True)
    shutil.rmtree(vm.runtime, ignore_errors=True)
    vm.runtime.mkdir(mode=0o700)
    os.chown(vm.runtime, 65534, -1)
    change(vm.runtime)
    status, _, said = vm.keel("ps")
    assert status in (2, 8) and re.search(text, said), said
    vm.runtime.unlink() if vm.runtime.is_symlink() else vm.runtime.rmdir()


def test_stop(folder, kind):
    """keel stop: the power button, also of a paused guest; a deaf guest is ended"""
    vm = Named(folder)
    try:
        vm.begin(*kind.options)
        vm.waits_for_button()
        vm.ctl("pause")
        assert vm.keel("stop", "web") == (0, "", "")
        vm.ends(0)
        vm.begin(*kind.options)
        with Events(vm) as events:
            assert vm.keel("stop", "--grace=1", "web") == (
                0, "", "keel: web: the guest has not shut down; it was ended\n")
            happened = [events.next() for _ in range(3)]
        assert [event["event"] for event in happened] == ["started", "stopping", "shutdown"]
        assert (happened[1]["seconds"], happened[2]["status"]) == (1, 20)
        vm.ends(20)
        assert vm.said_on_stderr() == "keel: the guest has not shut down in 1 s\n"
    finally:
        vm.kill()


def test_stop_signals(folder):
    """SIGTERM is as keel stop for a VM with a name; a second signal ends it"""
    vm = Named(folder)
    try:
        vm.begin()
        vm.waits_for_button()
        vm.signal(signal.SIGTERM)
        vm.ends(0)
        vm.begin("--grace", 86400)
        vm.signal(signal.SIGINT)
        until(lambda: vm.status()["state"] == "stopping")
        assert "the guest has 86400 s to shut down" in vm.said_on_stderr()
        vm.signal(signal.SIGTERM)
        vm.ends(-signal.SIGTERM)
        vm.begin("--grace", 1)
        vm.signal(signal.SIGTERM)
        vm.ends(-signal.SIGTERM)
        vm.begin("--grace", 0)
        vm.signal(signal.SIGINT)
        vm.ends(-signal.SIGINT)
        assert vm.said_on_stderr() == ""
    finally:
        vm.kill()


def test_blame(folder):
    """statuses: 2 for a wrong request, 38 for one that the VM's state does not allow"""
    vm = Named(folder)
    try:
        vm.begin("--no-pm")
        for status, text, *words in [
                (2, 'did you mean "pause"?', "ctl", "web", "paus"),
                (2, "this request takes no argument", "ctl", "web", "pause", "now"),
                (2, "No such file", "save", "web", "/none/file"),
                (2, 'no VM "wbe" runs', "pause", "wbe"),
                (2, "wants a number from 0 to 15", "ctl", "web", "gpe", "16"),
                (38, "no power button", "stop", "web"),
                (38, "no ACPI hardware", "ctl", "web", "power-button"),
                (8, "Permission denied", "pause", vm.control)]:
            got, _, said = (Named(folder, True) if status == 8 else vm).keel(*words)
            assert got == status and text in said and said.count("\n") == 1, said
        os.chown(folder, 0, -1)
        assert vm.keel("save", "web", folder / "saved") == (0, "", "")
        assert vm.keel("stop", "web", "--force")[0] == 0
        vm.ends(20)
    finally:
        vm.kill()


# ---- The console ----

class Attached:
    """"keel console" with pipes, and what it has shown."""

    def __init__(self, vm):
        self.process = subprocess.Popen(["keel", "console", vm.control], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def type(self, data):
        self.process.stdin.write(data)

    def sees(self, data):
        """Reads on until this has been shown."""
        while data not in self.got:
            more = self.process.stdout.read(65536)
            assert more, f"the end, after {self.got}"
            self.got += more


def test_console(vm, kind):
    """keel console: what was before, what follows, and typing, by several at a time"""
    vm.start(*kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    vm.tell("before")
    vm.expect("^before$")
    with Attached(vm) as one, Attached(vm) as two:
        for client in one, two:
            client.sees(b"ready\r\nbefore\n")
        one.type(b"from one\n")
        vm.expect("^from one$")
        two.sees(b"before\nfrom one\n")
        one.process.kill()
        two.process.stdin.close()
        vm.tell("after")
        two.sees(b"from one\nafter\n")
        vm.type("P")
        assert two.process.wait() == 0
    vm.ends(0)


def test_console_slow(vm):
    """a terminal that does not read keeps nothing waiting, and is told what it has missed"""
    with open(os.devnull, "wb") as nothing:
        vm.start(PAYLOAD, stdout=nothing)
    vm.comes_up()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(vm.control))
        client.sendall(b"console\nF")
        written = vm.stats()["uart0"]["regs.writes"]
        until(lambda: vm.stats()["uart0"]["regs.writes"] > written + 300000, "the guest prints")
        text, lost = b"", None
        while not lost:
            text += client.recv(1 << 20)
            lost = re.search(rb"\[keel: (\d+) bytes are lost\]", text)
        assert text.startswith(b"ok 0\n") and int(lost[1]) > 0
    vm.ctl("quit")
    vm.ends(20)


def test_console_terminal(vm):
    """in a terminal Ctrl-A d detaches, and the terminal is as it was"""
    vm.start(PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    pid, fd = pty.fork()
    if not pid:
        os.execvp("keel", ["keel", "console", str(vm.control)])
    before, text = termios.tcgetattr(fd), b""

    def shown(data):
        nonlocal text
        while data not in text:
            text += os.read(fd, 65536)
    shown(b"Ctrl-A d detaches")
    shown(b"ready")
    os.write(fd, b"word\x01\x01\x01h")
    shown(b"word\x01")
    shown(b"Ctrl-A to the guest")
    os.write(fd, b"\x01d")
    shown(b"detached from")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert termios.tcgetattr(fd) == before
    os.close(fd)
    vm.tell("lives")
    vm.expect("lives$")
    vm.ctl("quit")
    vm.ends(20)


def test_no_console(vm):
    """without a console on standard output keel console says so"""
    vm.start("--console", "none", PAYLOAD)
    vm.comes_up()
    got = subprocess.run(["keel", "console", vm.control], capture_output=True, text=True,
                         check=False)
    assert got.returncode == 38 and "no serial console on standard output" in got.stderr
    vm.ctl("quit")
    vm.ends(20)


def test_top(vm, kind):
    """keel top: a guest that polls its serial port, in numbers"""
    vm.start(*kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    text = run("keel", "top", vm.control, "--count", 2)
    assert text.count("ACCESSES/s") == 2 and f"process {vm.pid}" in text
    vcpus, regions = re.findall(r"(?m)^0 +(.*)", text), re.findall(r"(?m)^uart0 +regs +(.*)", text)
    assert len(vcpus) == len(regions) == 2
    for line in vcpus:
        cpu, _, loop, *_ = map(float, line.split())
        assert cpu > 0 and (loop > 100) == (kind.label == "accelerator off")
    assert all(float(line.split()[0]) > 0 for line in regions)
    vm.ctl("quit")
    vm.ends(20)


def test_trace(vm, tmp_path_factory):
    """keel trace: the events that are asked for, of this VM alone, and nothing is left"""
    other = Keel(tmp_path_factory.mktemp("other"))
    other.start(PAYLOAD)
    vm.start(PAYLOAD)
    vm.comes_up()
    number = next(Path("/sys/kernel/debug/keel").glob(f"{vm.pid}-*")).name.partition("-")[2]
    try:
        with subprocess.Popen(["keel", "trace", vm.control, "event",
                               "access:write == 1 && addr == 0x3f8"],
                              stdout=subprocess.PIPE, text=True) as trace:
            until(lambda: "1" in "".join(file.read_text() for file in TRACES.glob(
                "keel-*/events/keel/keel_access/enable")) or trace.poll() is not None)
            for machine in other, vm:
                machine.tell("x")
                machine.expect("x$")
            vm.type("P")
            lines = trace.stdout.read().splitlines()
            assert trace.wait() == 0
        assert sum("value=0x78" in line for line in lines) == 1, lines
        assert all(f"vm={number} " in line for line in lines)
        assert any("keel_event:" in line for line in lines)
        assert list(TRACES.glob("keel-*")) == []
        for status, text, *words in [(2, 'did you mean "timer"', "tmer"),
                                     (2, "is no filter of access", "access:foo == 1")]:
            got = subprocess.run(["keel", "trace", other.control, *words], capture_output=True,
                                 text=True, check=False)
            assert got.returncode == status and text in got.stderr
        assert list(TRACES.glob("keel-*")) == []
    finally:
        other.kill()
    vm.ends(0)


def test_nmi(vm, kind):
    """keel nmi: the CPU takes it, which is a triple fault for a guest without an IDT"""
    vm.start(*kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    got = subprocess.run(["keel", "nmi", vm.control, "1"], capture_output=True, check=False)
    assert got.returncode == 2 and b"no such CPU" in got.stderr
    vm.ctl("pause")
    assert run("keel", "nmi", vm.control) == ""
    assert vm.status()["state"] == "paused"
    vm.ctl("resume")
    vm.ends(16)


def test_pulse(vm, kind):
    """keel pulse: a line that is none, one that is asserted, a VM that is paused"""
    vm.start(*kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()

    def sent(*words):
        got = subprocess.run(["keel", "pulse", vm.control, *words], capture_output=True,
                             text=True, check=False)
        return got.returncode, got.stderr.rpartition(": ")[2].strip()
    for line in "2", "24", "-1", "five", "", "99999999999999999999":
        assert sent(line) == (2, "0 to 23, but not 2"), line
    assert sent()[0] == 2
    # The guest has no interrupt controller set up: nothing comes of it
    assert sent("5") == (0, "") and sent("23") == (0, "")
    assert vm.ctl("pulse", "5") == ""
    assert vm.stats()["line5"]["pulses"] == 2
    vm.ctl("pause")
    assert sent("5") == (38, "the VM is paused")
    assert vm.stats()["line5"]["pulses"] == 2
    vm.ctl("quit")
    vm.ends(20)


def test_sendkey(vm):
    """keel sendkey: wrong keys, a deaf guest and a paused one are told apart"""
    vm.start(PAYLOAD)
    vm.comes_up()

    def sent(keys):
        got = subprocess.run(["keel", "sendkey", vm.control, keys], capture_output=True,
                             text=True, check=False)
        return got.returncode, got.stderr.rpartition(": ")[2].strip()
    for keys in "ctrl-foo", "a-b-c-d-e", "a--b", "x" * 30, "":
        assert sent(keys)[0] == 2
    assert sent("ctrl-alt-delete") == (0, "")
    assert sent("a-b-c-d") == (38, "the guest does not read its keyboard")
    vm.ctl("pause")
    assert sent("a") == (38, "the VM is paused")
    vm.ctl("quit")
    vm.ends(20)


# ---- Resets of a restored VM ----

def test_reset_restored(vm, kind):
    """a restored VM can be reset, by its user and by itself, and boots each time"""
    vm.start("-m", "64M", "--on-reset", "restart", *kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    vm.moved(vm.folder / "saved")
    for _ in range(2):
        vm.ctl("reset")
        vm.expect("^ready$")
        vm.type("R")
        vm.expect("^ready$")
    vm.tell("lives")
    vm.expect("^lives$")
    vm.moved(vm.folder / "saved")
    vm.type("T")
    vm.expect("^ready$")
    vm.type("P")
    vm.ends(0)


def test_reset_without_files(vm):
    """a restored VM whose kernel is gone runs, and says why it cannot be reset"""
    kernel = shutil.copy(PAYLOAD, vm.folder / "kernel")
    vm.start("--on-reset", "restart", kernel)
    vm.expect("^ready$")
    vm.comes_up()
    vm.save(vm.folder / "saved")
    vm.kill()
    os.unlink(kernel)
    vm.restore(vm.folder / "saved")
    got = subprocess.run(["keel", "reset", vm.control], capture_output=True, text=True,
                         check=False)
    assert got.returncode == 38 and "are not there" in got.stderr
    vm.tell("lives")
    vm.expect("^lives$")
    vm.type("R")
    vm.ends(14)
