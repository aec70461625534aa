# SPDX-License-Identifier: GPL-2.0
"""
What the launcher gives up once its VM is there: system calls, files, its user's rights and its root
folder; and what it still can do then.
"""
import array
import errno
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from keel import NOBODY, PAYLOAD, ended, program, refused, until

HOST = {}
PRELOAD = ["forbidden.c"]

IOCTL, TIOCSTI, TIOCLINUX = 16, 0x5412, 0x541c
SOCKET, FORK, EXECVE, UNLINK, PTRACE, OPENAT = 41, 57, 59, 87, 101, 257


def with_call(thread, number, path=""):
    """Runs a command in which a thread makes a system call."""
    return ["env", f"LD_PRELOAD={program('forbidden')}", f"KEEL_CALL={thread}:{number}:{path}"]


@pytest.fixture
def disk(folder):
    path = folder / "disk"
    path.write_bytes(bytes(1 << 20))
    return path


def options(folder, disk):
    return ["--disk", disk, "--control", folder / "control", PAYLOAD]


# ---- System calls ----

@pytest.mark.parametrize("thread, number, name", [
    ("keel-vcpu0", OPENAT, "openat"), ("keel-vcpu0", EXECVE, "execve"),
    ("keel-vcpu0", SOCKET, "socket"), ("keel-disk0", EXECVE, "execve"),
    ("keel-disk0", PTRACE, "ptrace"), ("keel-stdio", EXECVE, "execve"),
    ("keel-stdio", FORK, "fork"), ("keel-control", EXECVE, "execve"),
    ("keel-control", FORK, "fork"), ("keel", EXECVE, "execve"), ("keel", PTRACE, "ptrace")])
def test_forbidden(folder, disk, thread, number, name):
    """{name} in thread {thread}: status 40, and a message"""
    status, _, said = ended(*options(folder, disk), wrapper=with_call(thread, number, "/bin/true"))
    assert status == 40
    assert said == f"keel: the sandbox forbids thread {thread} the system call {name} ({number})\n"


@pytest.mark.parametrize("thread", ["keel-stdio", "keel-control", "keel-vcpu0"])
@pytest.mark.parametrize("command", [TIOCSTI, TIOCSTI | 1 << 32, TIOCLINUX])
def test_typing(folder, disk, thread, command):
    """ioctl {command:#x} in thread {thread}, which types: status 40, and a message"""
    status, _, said = ended(*options(folder, disk), wrapper=with_call(thread, IOCTL, str(command)))
    assert status == 40
    assert said == f"keel: the sandbox forbids thread {thread} the system call ioctl ({IOCTL})\n"


@pytest.mark.parametrize("thread, number, path", [
    ("keel-stdio", OPENAT, "/etc/passwd"), ("keel-control", OPENAT, "/etc/passwd"),
    ("keel-control", SOCKET, ""), ("keel", OPENAT, "/etc/passwd"),
    ("keel-control", UNLINK, "{other}/file")])
def test_denied(folder, disk, tmp_path, thread, number, path):
    """system call {number} in thread {thread}: it is denied, and the guest goes on"""
    (tmp_path / "file").touch()
    status, output, said = ended(*options(folder, disk), text=b"P", wrapper=with_call(
        thread, number, path.format(other=tmp_path)))
    assert (status, output) == (0, b"ready\r\n")
    assert said == f"{thread}: {os.strerror(errno.EACCES)}\n"
    assert (tmp_path / "file").exists()


def test_off(folder, disk):
    """--sandbox=off: nothing is forbidden"""
    got = ended("--sandbox=off", *options(folder, disk), text=b"P",
                wrapper=with_call("keel-vcpu0", OPENAT, "/etc/passwd"))
    assert got == (0, b"ready\r\n", "keel-vcpu0: done\n")


@pytest.mark.parametrize("sandbox, seccomp, privileges", [("on", "2", "1"), ("off", "0", "0")])
def test_threads(vm, disk, sandbox, seccomp, privileges):
    """--sandbox={sandbox}: all threads have a filter, and can get no new privileges, or none"""
    vm.start(f"--sandbox={sandbox}", "--disk", disk, "--rng", PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    found = {name: re.findall(r"(?m)^(?:Seccomp|NoNewPrivs):\s*(\d)$",
                              (folder / "status").read_text()) for name, folder in vm.tasks()}
    assert {"keel", "keel-vcpu0", "keel-disk0", "keel-stdio", "keel-control"} <= found.keys()
    assert found == {name: [privileges, seccomp] for name in found}
    vm.type("P")
    vm.ends(0)


# ---- What still works ----

def test_life(vm, disk):
    """in the sandbox: counters, state, a reset, a save, and from that a guest goes on"""
    vm.start("--disk", disk, PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    assert vm.stats()["uart0"]["regs.reads"] and vm.inspect("uart0")
    vm.ctl("reset")
    vm.expect("ready$")
    vm.moved(vm.folder / "saved")
    vm.tell("there and back")
    vm.expect("there and back$")
    vm.type("P")
    vm.ends(0)
    assert not vm.control.exists()


class Passing(socket.socket):
    """A client of the control socket that passes descriptors."""

    def __init__(self, vm):
        super().__init__(socket.AF_UNIX)
        self.connect(str(vm.control))

    def ask(self, request, *fds):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sendmsg([request.encode() + b"\n"], rights)
        return self.recv(65536).decode().rstrip("\n")


def test_passed(vm):
    """save into descriptors: into a file; not what cannot be written, nor a path; none is kept"""
    vm.start(PAYLOAD)
    vm.expect("^ready$")
    before = vm.descriptors()
    file = vm.folder / "saved"
    file.write_bytes(b"x" * 10000000)
    fds = [os.open(file, os.O_RDWR), os.open(file, os.O_RDONLY), *os.pipe()]
    with Passing(vm) as client:
        assert client.ask("save", fds[1]) == "error a descriptor that can be written is wanted"
        assert client.ask("save", fds[3]) == "error a descriptor of a regular file is wanted"
        assert client.ask("save") == "error save wants an absolute path, or a descriptor"
        assert client.ask(f"save {file}").startswith("error the sandbox opens no file")
        assert file.stat().st_size == 10000000
        assert client.ask("status", *fds).startswith("ok ")
        assert client.ask("save") == "error save wants an absolute path, or a descriptor"
        assert client.ask("save", fds[0]) == "ok 0"
    until(lambda: vm.descriptors() == before, "what was passed is closed")
    vm.kill()
    vm.restore(file)
    vm.tell("there and back")
    vm.expect("there and back$")
    for fd in fds:
        os.close(fd)


@pytest.mark.parametrize("place, text", [
    ("none/saved", "No such file"), ("taken", "directory"), ("x" * 300, "too long")])
def test_bad_place(vm, place, text):
    """keel ctl save to {place:.12}: an error, and nothing is left beside it"""
    vm.start(PAYLOAD)
    vm.comes_up()
    (vm.folder / "taken").mkdir()
    before = sorted(vm.folder.iterdir())
    done = subprocess.run(["keel", "ctl", vm.control, "save", vm.folder / place],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and text in done.stderr, done
    assert sorted(vm.folder.iterdir()) == before


# ---- Users and folders ----

def test_user(vm, disk, folder):
    """--user, --chroot: they go on as another, with another root; priorities and all else work"""
    root = folder / "root"
    root.mkdir()
    vm.start("--user", "65534:65534", "--chroot", root, "--disk", disk, "--nice", -5,
             "--server-rt", "fifo:1", PAYLOAD)
    vm.expect("^ready$")
    vm.comes_up()
    for _, task in vm.tasks():
        status = (task / "status").read_text()
        assert set(re.search(r"(?m)^Uid:(.*)$", status)[1].split()) == {"65534"}
        assert re.search(r"(?m)^CapEff:\s*0+$", status)
        assert re.search(r"(?m)^Groups:\s*65534\s*$", status)
    assert os.readlink(f"/proc/{vm.pid}/root") == str(root)
    threads = {name: int(task.name) for name, task in vm.tasks()}
    assert os.getpriority(os.PRIO_PROCESS, threads["keel-vcpu0"]) == -5
    assert os.sched_getscheduler(threads["keel-disk0"]) == os.SCHED_FIFO
    vm.save(vm.folder / "saved")
    vm.ctl("reset")
    vm.expect("ready$")
    vm.type("P")
    vm.ends(0)


@pytest.mark.parametrize("arguments, text", [
    (["--user", "root"], "--user root: Operation not permitted; only root may"),
    (["--chroot", "/"], "--chroot: /: Operation not permitted; only root may")])
def test_no_right(folder, arguments, text):
    """{arguments} without the right to: status 8, and what is needed"""
    fds = [os.open(device, os.O_RDWR) for device in ("/dev/kvm", "/dev/keel")]
    payload = folder / "payload"
    payload.write_bytes(Path(PAYLOAD).read_bytes())
    refused(8, text, "--kvm", f"fd={fds[0]}", "--keel", f"fd={fds[1]}", *arguments,
            payload, pass_fds=fds, wrapper=NOBODY)
    for fd in fds:
        os.close(fd)
