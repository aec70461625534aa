# SPDX-License-Identifier: GPL-2.0
"""
Clients of the control socket that send nonsense, or are many, or do not read, or save to where
nothing can be saved: each gets an answer, and neither the guest nor other clients notice.
"""
import json
import os
import random
import re
import select
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from keel import LIMIT, NOBODY, PAYLOAD, Keel, Kind, until
from storage import Storage

HOST = {}

PLACES = 8      # CLIENTS of control.c
LINE = 4608     # its LINE_SIZE

# How a guest's accesses are answered, and its number of CPUs, matter to pauses and resets alone
KINDS = [Kind("accelerator on, 1 CPU", all_tests=True),
         Kind("accelerator off, 2 CPUs", "--no-bus", "-c", 2, all_tests=False)]
once = pytest.mark.kinds(all_tests=True)


class Client:
    """A connection, and what has come through it."""

    def __init__(self, vm):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(vm.control))
        self.socket.settimeout(LIMIT)
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        """Receives some; false at the connection's end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.got += data
        return bool(data)

    def answer(self):
        """A line, and what follows it if it is "ok N"; "" if the connection has ended."""
        while b"\n" not in self.got:
            if not self.more():
                return ""
        line, _, self.got = self.got.partition(b"\n")
        size = int(line[3:]) if line.startswith(b"ok ") else 0
        while len(self.got) < size:
            if not self.more():
                return ""
        body, self.got = self.got[:size], self.got[size:]
        return line.decode() + (f"\n{body.decode()}" if line.startswith(b"ok ") else "")

    def ask(self, request):
        return self.send(f"{request}\n".encode()).answer()

    def is_answered(self):
        """Something has come that is not read yet."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def is_stuck(self):
        """Sends requests until there is no room for more; false if there was some."""
        room = False
        while select.select([], [self.socket], [], 0)[1]:
            self.socket.send(b"inspect --json\n" * 50)
            room = True
        return not room


class Served(Keel):
    """A guest that echoes, and what clients may not change."""

    def once(self, request):
        """The answer to a client with one request."""
        with Client(self) as client:
            return client.ask(request)

    def lives(self):
        """The guest is untouched: it runs, and echoes."""
        word = f"{random.randrange(10 ** 6):06d}"
        self.tell(word)
        self.expect(f"{word}$")
        assert json.loads(self.once("status").partition("\n")[2])["state"] == "running"

    def memory(self):
        """KiB of its own, without what it shares with the kernel and its guest's memory."""
        size, own = 0, False
        for line in Path(f"/proc/{self.pid}/smaps").read_text().splitlines():
            words = line.split()
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                own = words[-1] == "[heap]" or len(words) == 5
            elif words[0] == "Private_Dirty:" and own:
                size += int(words[1])
        return size


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, folder):
    launcher = Served(folder)
    # Its clients name files for it to open
    launcher.start("--sandbox=off", "-m", "64M", "--on-reset", "restart", *request.param.options, PAYLOAD)
    launcher.expect("^ready$")
    launcher.descriptors_before = launcher.descriptors()
    launcher.lives()
    launcher.memory_before = launcher.memory()
    yield launcher
    launcher.kill()


# ---- In the order in which the VM is used; what one client can send ----

def test_lines(vm):
    """requests in parts, byte by byte, a hundred at once, and before the connection's end"""
    with Client(vm) as client:
        client.send(b"sta")
        vm.lives()
        assert client.send(b"tus\n").answer().startswith("ok ")
        for byte in b"status\n":
            client.send(bytes([byte]))
        assert client.answer().startswith("ok ")
        client.send(b"status\n" * 100 + b"sta")
        assert [client.answer()[:3] for _ in range(100)] == ["ok "] * 100
        client.send(b"tus\nstatus\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.answer()[:3] for _ in range(3)] == ["ok ", "ok ", ""]


@once
@pytest.mark.parametrize("size", [LINE, LINE + 1, 1 << 20])
def test_long_line(vm, size):
    """{size} bytes without an end: an error, and the connection ends"""
    with Client(vm) as client:
        try:
            client.send(b"x" * size)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert client.answer() == "error this line is too long"
        assert client.answer() == ""
    vm.lives()


@once
def test_longest_line(vm):
    """the longest line that fits is a request as any other"""
    with Client(vm) as client:
        assert client.ask("x" * (LINE - 1)) == "error no such request"
        assert client.ask("status").startswith("ok ")


@once
def test_random_bytes(vm):
    """random bytes and empty lines: an error for each line"""
    for seed in range(20):
        with Client(vm) as client:
            data = random.Random(seed).randbytes(4000).replace(b"\n", b"")
            assert client.send(data + b"\n").answer().startswith("error ")
            client.send(b"\n" * 50 + b"\r\n")
            assert [client.answer() for _ in range(51)] == ["error no such request"] * 51
    vm.lives()


@once
@pytest.mark.parametrize("words", [
    "pause\0", "pause\0 x", "\0", "quit\0", "pause now", " pause", "PAUSE", "save", "save ",
    "stats --xml", "inspect --json --json", f"inspect {'x' * 4000}", "%s%n%p", f"quit {'%n' * 99}"],
    ids=range(14))
def test_wrong_request(vm, words):
    """{words!r:.24} is refused"""
    assert vm.once(words).startswith("error ")
    vm.lives()


# ---- What many clients can do ----

@once
def test_idle_clients(vm):
    """when all places are taken by idle clients, one of them gives way, and is told so"""
    idle = [Client(vm) for _ in range(PLACES)]
    assert vm.once("status").startswith("ok ")
    told = [client for client in idle if client.is_answered()]
    assert [client.answer() for client in told] == ["refused another client needs the place"]
    stay = [client for client in idle if client not in told]
    assert [client.ask("status")[:3] for client in stay] == ["ok "] * (PLACES - 1)
    for client in idle:
        client.socket.close()
    vm.lives()


def run_all(*functions):
    """Runs functions in threads of their own; returns their results."""
    results = []
    threads = [threading.Thread(target=lambda f=function: results.append(f()), daemon=True)
               for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
        assert not thread.is_alive(), "a client waits"
    assert len(results) == len(functions), "a client has failed"
    return results


@once
def test_crowd(vm):
    """60 clients at once are all answered"""
    assert [answer[:3] for answer in run_all(*[lambda: vm.once("status")] * 60)] == ["ok "] * 60
    vm.lives()


@once
def test_deaf_clients(vm):
    """clients that ask and never read keep no other waiting, and answers do not pile up"""
    before = vm.memory()
    deaf = [Client(vm) for _ in range(PLACES - 1)]
    until(lambda: all([client.is_stuck() for client in deaf]) and
          vm.sleeps("keel-control", "poll"), "keel reads no more of their requests")
    assert vm.once("status").startswith("ok ")
    assert vm.memory() - before < 4096
    vm.lives()
    more = [Client(vm) for _ in range(3)]
    assert [client.ask("status")[:3] for client in more] == ["ok "] * 3, "they give way"
    for client in deaf + more:
        client.socket.close()
    vm.lives()


def test_storm(vm):
    """pauses and saves, while others connect, ask, and leave without the answer"""
    over = threading.Event()
    saved = vm.folder / "saved"

    def come_and_go(seed):
        chosen = random.Random(seed)
        while not over.is_set():
            with Client(vm) as client:
                if chosen.random() < 0.7:
                    client.send(chosen.choice([b"status\n", b"inspect\n", b"sta",
                                               b"stats --json\n" * 5, b"x\n"]))

    def work():
        requests = ["pause", f"save {saved}", "resume", f"save {saved}", "status"] * 5
        answers = [(request, vm.once(request)) for request in requests]
        over.set()
        return [pair for pair in answers if not pair[1].startswith("ok ")]

    results = run_all(work, *[lambda i=i: come_and_go(i) for i in range(4)])
    assert [wrong for wrong in results if wrong] == []
    vm.lives()


def test_together(vm):
    """operations of several clients at once: each is done, or is told why not"""
    def work(seed):
        chosen, saved = random.Random(seed), vm.folder / "saved"
        for _ in range(12):
            request = chosen.choice(["pause", "resume", "reset", f"save {saved}{seed}",
                                     f"save {saved}", "stats", "power-button"])
            yield request, vm.once(request)

    results = run_all(*[lambda i=i: list(work(i)) for i in range(4)])
    assert [(request, answer) for pairs in results for request, answer in pairs
            if not answer.startswith("ok ") and answer != "refused the guest is about to reset"] == []
    assert vm.once("resume") == "ok 0\n"
    vm.lives()


# ---- Saving to where it cannot be ----

BAD_PLACES = [("", "absolute"), ("snap", "absolute"), ("./snap", "absolute"),
              ("{folder}/none/snap", "No such file"), ("{folder}/taken", "directory"), ("/", ""),
              ("/proc/snap", ""), ("/dev/null/snap", "Not a directory"),
              ("/" + "x" * 4500, "too long"), ("{folder}/" + "x" * 250, "too long")]


@once
@pytest.mark.parametrize("place, text", BAD_PLACES, ids=range(len(BAD_PLACES)))
def test_bad_place(vm, place, text):
    """save to "{place:.30}": an error, and nothing is left beside it"""
    (vm.folder / "taken").mkdir(exist_ok=True)
    answer = vm.once(f"save {place.format(folder=vm.folder)}")
    assert re.match("error |failed ", answer) and text in answer
    assert list(vm.folder.glob("taken.*")) == []
    vm.lives()


@once
def test_full_place(vm):
    """save to a file system without space: an error, and the file there stays as it was"""
    storage = Storage(vm.folder)
    full = storage.memory("full", "-o", "size=64k")
    (full / "snap").write_text("what was there before")
    with open(full / "rest", "wb", buffering=0) as rest, pytest.raises(OSError):
        while True:
            rest.write(bytes(4096))
    assert "No space left" in vm.once(f"save {full}/snap")
    assert (full / "snap").read_text() == "what was there before"
    assert sorted(os.listdir(full)) == ["rest", "snap"]
    assert vm.once("pause") == "ok 0\n"
    assert "No space left" in vm.once(f"save {full}/snap")
    assert '"state": "paused"' in vm.once("status")
    assert vm.once("resume") == "ok 0\n"
    storage.clear()
    vm.lives()


@once
@pytest.mark.parametrize("command", ["ctl PATH pause", "stats PATH", "inspect PATH"])
def test_another_user(vm, command):
    """the socket is its owner's: another user's "keel {command}" is refused"""
    assert vm.control.stat().st_mode & 0o777 == 0o600
    words = [vm.control if word == "PATH" else word for word in command.split()]
    done = subprocess.run([*NOBODY, "keel", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 8 and "Permission denied" in done.stderr
    vm.lives()


# ---- Resets ----

def test_guest_resets(vm):
    """the guest resets itself in each way, and starts again"""
    for letter in "RKAT" * 2:
        vm.type(letter)
        vm.expect("ready$")
    vm.lives()


def test_resets(vm):
    """resets through the socket, each after the guest's start, and in a row"""
    for _ in range(5):
        assert vm.once("reset") == "ok 0\n"
        vm.expect("ready$")
    assert [vm.once("reset") for _ in range(20)] == ["ok 0\n"] * 20
    vm.lives()


# ---- At the end ----

def test_nothing_is_left(vm):
    """all clients' descriptors and memory are given back"""
    until(lambda: vm.descriptors() == vm.descriptors_before, "descriptors are closed")
    assert vm.memory() - vm.memory_before < 2048


def test_end(vm):
    """the socket is gone with the VM"""
    vm.type("P")
    vm.ends(0)
    assert not vm.control.exists()
