# SPDX-License-Identifier: GPL-2.0
"""
keel's server for gdb, with Debian's gdb and a Linux guest with two CPUs: registers, memory,
breakpoints of both kinds, watchpoints, steps, Ctrl-C, threads. A client that talks nonsense harms
neither the guest nor the next client.
"""
import contextlib
import random
import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest

import keel
from keel import LIMIT, PAYLOAD, Kind, until

# What gdb needs of the latter is a virtual package, which apt-cache does not follow
HOST = {"packages": "gdb libboost-regex1.74.0"}
GUEST = {"main": "gdb.guest"}

MISSING = keel.TOP / "build/lab/tests/payloads/missing"
KINDS = [Kind("accelerator on, 2 CPUs", "-c", 2),
         Kind("accelerator off, 2 CPUs", "--no-bus", "-c", 2)]


class Gdb:
    """A gdb that is connected to a VM, and carries out commands one by one."""

    def __init__(self, where):
        self.process = subprocess.Popen(
            ["gdb", "-nx", "-q", "--interpreter=mi3"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = []
        self.number = 0
        for setting in "confirm off", "pagination off", f"remotetimeout {LIMIT}", "mi-async on":
            self.do(f"-gdb-set {setting}")
        self.do(f"-target-select remote {where}", "connected")

    def close(self):
        self.process.kill()
        self.process.wait()

    def until(self, pattern):
        """Reads lines until one in which the pattern is found, and returns the match."""
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"gdb did not say {pattern}")

    def do(self, command, result="done"):
        """A command of gdb's machine interface: its result."""
        self.number += 1
        self.process.stdin.write(f"{self.number}{command}\n")
        self.process.stdin.flush()
        match = self.until(rf"^{self.number}\^(.*)")
        assert match[1].startswith(result), (command, self.evidence())
        return match[1]

    def console(self, command):
        """A command as a user types it: what gdb prints."""
        at = len(self.said)
        self.do(f'-interpreter-exec console "{command}"')
        lines = [line for line in self.said[at:] if line.startswith('~"')]
        return "".join(line[2:-1].encode().decode("unicode_escape") for line in lines)

    def go(self, command="-exec-continue"):
        self.do(command, "running")

    def stopped(self):
        """Waits until the VM has stopped, and returns why."""
        return self.until(r"^\*stopped,(.*)")[1]

    def stepped(self):
        """An instruction of the current thread: the program counter behind it."""
        self.go("-exec-step-instruction")
        self.stopped()
        return self.value("$rip")

    def value(self, expression):
        shown = self.do(f'-data-evaluate-expression "(unsigned long long)({expression})"')
        return int(re.search(r'value="(\d+)', shown)[1])

    def evidence(self):
        return "\n".join(self.said[-20:])


class Remote:
    """A client that speaks the protocol by itself."""

    def __init__(self, port):
        self.socket = None
        until(lambda: self.connect(port), "there is a server")
        self.got = b""

    def connect(self, port):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        except ConnectionRefusedError:
            return False
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def packet(self):
        """The next packet's content."""
        while not (match := re.search(rb"\$(.*?)#..", self.got, re.S)):
            data = self.socket.recv(65536)
            assert data, "the connection's end"
            self.got += data
        self.got = self.got[match.end():]
        return match[1].decode()

    def say(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.send(b"$%s#%02x" % (data, sum(data) & 255))

    def ask(self, text):
        self.say(text)
        return self.packet()

    def counter(self):
        """The program counter: register 16."""
        return int.from_bytes(bytes.fromhex(self.ask("p10")), "little")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


# ---- Linux; in the order of the tests ----

@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def linux(request, tmp_path_factory):
    launcher = keel.Keel(tmp_path_factory.mktemp("gdb"))
    launcher.port = free_port()
    launcher.boot("--gdb", launcher.port, *request.param.options)
    launcher.expect("^@ ready$")
    yield launcher
    launcher.kill()


@pytest.fixture(scope="module")
def gdb(linux):
    client = Gdb(f"127.0.0.1:{linux.port}")
    yield client
    client.close()


def symbol(linux, name):
    return int(linux.said(name)[0].split()[0], 16)


def test_threads(linux, gdb):
    """gdb stops the VM, and each vCPU is a thread"""
    assert linux.status()["state"] == "paused"
    threads = gdb.do("-thread-info")
    assert 'target-id="Thread 1"' in threads and 'target-id="Thread 2"' in threads
    assert 'details="vCPU 1"' in threads


def test_memory(linux, gdb):
    """it reads the kernel's memory by virtual addresses, and the control registers"""
    address, banner = linux.said("banner")[0].split(" ", 1)
    gdb.do("-gdb-set print elements 0")
    assert banner in gdb.console(f"x/s 0x{address}")
    assert gdb.value("$cr0") & 0x80000001 == 0x80000001
    assert "Unable to read" in gdb.do("-data-read-memory-bytes 0x100000000000 8", "error")


@pytest.mark.traps
@pytest.mark.parametrize("option", ["-t", "-t -h"])
def test_breakpoint(linux, gdb, option):
    """a breakpoint ({option}) stops the VM at a kernel function; so does Ctrl-C afterwards"""
    address = symbol(linux, "sethostname")
    gdb.do(f"-break-insert {option} *{address}")
    gdb.go()
    linux.tell("hostname changed")
    assert "breakpoint-hit" in gdb.stopped()
    assert gdb.value("$rip") == address
    gdb.go()
    linux.expect("^@ done hostname changed$")
    gdb.do("-exec-interrupt")
    assert "SIGINT" in gdb.stopped()


@pytest.mark.traps
def test_step(linux, gdb):
    """steps go through a kernel function, one instruction at a time"""
    address = symbol(linux, "sethostname")
    gdb.do(f"-break-insert -t *{address}")
    gdb.go()
    linux.tell("hostname stepped")
    gdb.stopped()
    at = [gdb.value("$rip")]
    for _ in range(5):
        at.append(gdb.stepped())
    assert at[0] == address and len(set(at)) == 6
    second = re.findall("^(?:=> |   )0x([0-9a-f]+)", gdb.console(f"x/2i {address}"), re.M)[1]
    assert at[1] == int(second, 16)


def test_registers(gdb):
    """registers are written, and read back"""
    before = gdb.value("$rbx")
    gdb.do('-data-evaluate-expression "$rbx = 0x123456789abcdef0"')
    gdb.do('-data-evaluate-expression "$xmm3.v2_int64[1] = 77"')
    gdb.console("maintenance flush register-cache")
    assert gdb.value("$rbx") == 0x123456789abcdef0
    assert gdb.value("$xmm3.v2_int64[1]") == 77
    gdb.do(f'-data-evaluate-expression "$rbx = {before}"')
    gdb.do('-data-evaluate-expression "$xmm3.v2_int64[1] = 0"')
    gdb.go()


@pytest.mark.traps
def test_watchpoint(linux, gdb):
    """a watchpoint stops the CPU that writes to a variable of the kernel's"""
    linux.expect("^@ done hostname stepped$")
    gdb.do("-exec-interrupt")
    gdb.stopped()
    name = find(gdb, symbol(linux, "uts"), b"stepped\0")
    gdb.do(f"-break-watch *(char*){name}")
    gdb.go()
    linux.tell("hostname watched")
    assert "watchpoint-trigger" in gdb.stopped()
    assert gdb.value(f"*(char*){name}") == ord("w")
    gdb.console("delete")
    gdb.go()
    linux.expect("^@ done hostname watched$")


def find(gdb, start, text):
    """The address of bytes in a structure of the kernel's."""
    shown = gdb.do(f"-data-read-memory-bytes {start} 1024")
    data = bytes.fromhex(re.search(r'contents="([0-9a-f]+)"', shown)[1])
    return start + data.index(text)


@pytest.mark.traps
def test_int3(linux, gdb):
    """int3s of the kernel's own, which patches its code so, reach it"""
    gdb.do("-exec-interrupt")
    gdb.stopped()
    gdb.do(f"-break-insert *{symbol(linux, 'sethostname')}")
    gdb.go()
    # Tracepoints are switched on and off by patches that other CPUs may come across
    for _ in range(5):
        linux.tell("for i in 1 0; do echo $i >/proc/sys/kernel/sched_schedstats; done")
        linux.expect("^@ done for")
    assert linux.running()


def test_detach(linux, gdb):
    """without gdb the guest goes on, as if there were no breakpoints"""
    gdb.do("-exec-interrupt")
    gdb.stopped()
    gdb.do("-target-detach")
    assert linux.status()["state"] == "running"
    linux.tell("hostname detached")
    linux.expect("^@ done hostname detached$")


def test_end(linux):
    """gdb is told of the VM's end"""
    with Remote(linux.port) as client:
        client.ask("?")
        client.send(b"$vCont;c#a8")
        linux.tell("poweroff -f")
        assert client.packet() == "W00"
        linux.ends(0)


# ---- A small guest ----

@pytest.fixture
def small(vm):
    vm.port = free_port()
    vm.start("--gdb", vm.port, "-c", 2, "-m", "64M", PAYLOAD)
    vm.expect("^ready$")
    return vm


def lives(vm):
    """The guest echoes, and powers off."""
    vm.type("a\n")
    vm.expect("^a$")
    vm.type("P")
    vm.ends(0)


def test_wait(vm):
    """--gdb ...,wait: the guest starts when gdb lets it"""
    vm.port = free_port()
    vm.start("--gdb", f"{vm.port},wait", "-m", "64M", PAYLOAD)
    with Remote(vm.port) as client:
        assert client.ask("?").startswith("T05thread:1;")
        # The entry of a bzImage; rip is register 16
        assert client.ask("p10") == (0x1000200).to_bytes(8, "little").hex()
        assert vm.stats()["uart0"]["regs.writes"] == 0
        assert client.ask("D") == "OK"
    vm.expect("^ready$")
    lives(vm)


def test_socket(vm, tmp_path):
    """a server at a socket is its owner's alone, and goes with the VM"""
    path = tmp_path / "gdb"
    vm.start("--gdb", path, PAYLOAD)
    vm.expect("^ready$")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    client = Gdb(path)
    assert client.value("$rip") >= 0x1000200
    client.do("-target-detach")
    client.close()
    lives(vm)
    assert not path.exists()


# ---- A guest that crashes (--on-crash gdb) ----

def waits(vm, reason):
    """It has crashed, and keel says where gdb can look at it."""
    said = until(lambda: re.search(f'keel: {reason}.*; .*"target remote (.*)"',
                                   vm.said_on_stderr()), "the crash is told")
    until(lambda: vm.status()["state"] == "paused", "the guest is stopped")
    return said[1]


def test_crash(kind, vm, tmp_path, monkeypatch):
    """--on-crash gdb: after a triple fault gdb sees the guest's memory; then it ends with 16"""
    monkeypatch.chdir(tmp_path)
    vm.start("--on-crash", "gdb", "-m", "64M", *kind.options, PAYLOAD)
    vm.expect("^ready$")
    vm.type("T")
    path = waits(vm, "triple fault on vCPU 0")
    assert path == f"keel.{vm.pid}.gdb"
    client = Gdb(path)
    code = Path(PAYLOAD).read_bytes()[0x600:0x620].hex()
    assert f'contents="{code}"' in client.do("-data-read-memory-bytes 0x1000200 32")
    client.do("-target-detach")
    client.close()
    vm.ends(16)
    assert not Path(path).exists() and "last exits of vCPU 0" in vm.said_on_stderr()


def test_lost(vm):
    """a client that is there sees the crash, and registers and memory as they are at it"""
    vm.port = free_port()
    vm.start("--on-crash", "gdb", "--gdb", f"{vm.port},wait", "-c", 2, "-m", "64M", "--append",
             "x lost", MISSING)
    with Remote(vm.port) as client:
        client.ask("?")
        assert client.ask("vCont;c") == "T0bthread:1;"
        assert client.counter() == 0xfed40000
        assert client.ask("?") == "T0bthread:1;"
        assert client.ask("m100000,4") != "E14"
        assert client.ask("vCont;c") == "W18"
    vm.ends(24)
    assert "KVM gave up on vCPU 0" in vm.said_on_stderr()


@pytest.mark.parametrize("command", ["k", "vCont;s:1", "D", ""])
def test_crash_left(vm, command):
    """what gdb does last, {command!r}, ends the VM with the crash's status"""
    vm.port = free_port()
    vm.start("--on-crash", "gdb", "--gdb", vm.port, "-m", "64M", "--append", "x lost", MISSING)
    assert waits(vm, "KVM gave up on vCPU 0: exit 17") == f":{vm.port}"
    with Remote(vm.port) as client:
        assert client.ask("?") == "T0bthread:1;"
        if command:
            client.say(command)
    vm.ends(24)


def test_crash_quit(vm):
    """a guest that waits for gdb can be ended as any other"""
    vm.port = free_port()
    vm.start("--on-crash", "gdb", "--gdb", vm.port, "-m", "64M", "--append", "x lost", MISSING)
    waits(vm, "KVM gave up on vCPU 0")
    vm.ctl("quit")
    vm.ends(20)


def test_gone(small):
    """a gdb that is killed leaves no breakpoint, and the guest runs"""
    with Remote(small.port) as client:
        client.ask("?")
        at = client.counter()
        assert client.ask(f"Z0,{at:x},1") == "OK"
        before = client.ask(f"m{at & ~0xfff:x},1000")
    until(lambda: small.status()["state"] == "running", "the guest goes on")
    with Remote(small.port) as client:
        client.ask("?")
        assert client.ask(f"m{at & ~0xfff:x},1000") == before
        client.ask("D")
    lives(small)


@pytest.mark.traps
@pytest.mark.parametrize("point, word", [("Z0", "swbreak"), ("Z1", "hwbreak")])
def test_point(small, point, word):
    """a small guest stops at a {word}, steps to another instruction, and goes on"""
    with Remote(small.port) as client:
        client.ask("qSupported:swbreak+;hwbreak+")
        client.ask("?")
        at = client.counter()
        assert client.ask(f"{point},{at:x},1") == "OK"
        client.say("vCont;c")
        small.type("a\n")
        stop = client.packet()
        assert stop.startswith("T05") and word in stop
        assert client.counter() == at
        assert client.ask(f"z{point[1]},{at:x},1") == "OK"
        assert client.ask("vCont;s:1").startswith("T05")
        assert client.counter() != at
        client.ask("D")
    small.expect("^a$")
    small.type("P")
    small.ends(0)


def test_pause_beside(small):
    """the user's pause and gdb's stop are apart: the guest runs when neither holds it"""
    small.ctl("pause")
    with Remote(small.port) as client:
        client.ask("?")
        small.ctl("resume")
        assert small.status()["state"] == "paused"
        client.ask("D")
    until(lambda: small.status()["state"] == "running", "the guest goes on")
    lives(small)


@pytest.mark.parametrize("text, answer", [
    ("m0", "E22"), ("m0,ffffffff", "E22"), ("mffffffffffffffff,10", "E14"), ("m,,", "E22"),
    ("M0,4:12", "E22"), ("Mfffffffff000,1:00", "E14"), ("p1000", "E22"), ("P10=12", "E22"),
    ("P10", "E22"), ("G12", "E22"), ("Z0,0", "E22"), ("Z0,ffff800000000000,1", "E14"),
    ("Z3,0,1", ""),
    ("Z2,1,4", "E22"), ("Z2,0,3", "E22"), ("Z9,0,1", ""), ("z0,5,1", "OK"), ("Hg77", "E22"),
    ("Hg", "E22"), ("H", "E22"), ("T99", "E22"), ("T2", "OK"), ("vCont;x", "E22"),
    ("vCont;c:9", "E22"),
    ("vCont", "E22"), ("c1000", "E22"), ("qXfer:features:read:target.xml:ffffff,1", "E22"),
    ("qThreadExtraInfo,77", "E22"), ("qNonsense", ""), ("!", ""), ("", "")])
def test_nonsense(remote, text, answer):
    """{text!r} is answered with {answer!r}"""
    assert remote.ask(text) == answer


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    launcher = keel.Keel(tmp_path_factory.mktemp("shared"))
    launcher.port = free_port()
    launcher.start("--gdb", launcher.port, "-c", 2, "-m", "64M", PAYLOAD)
    launcher.expect("^ready$")
    yield launcher
    launcher.kill()


@pytest.fixture(scope="module")
def remote(shared):
    with Remote(shared.port) as client:
        client.ask("?")
        yield client


def test_four(remote):
    """there are four debug registers, and no fifth"""
    assert [remote.ask(f"Z2,{n * 8:x},8") for n in range(5)] == ["OK"] * 4 + ["E28"]
    assert [remote.ask(f"z2,{n * 8:x},8") for n in range(4)] == ["OK"] * 4


def test_damaged(remote):
    """a packet with a wrong checksum is asked for again"""
    remote.send(b"$qC#00")
    remote.socket.recv(1)
    assert remote.ask("qC").startswith("QC")


def test_random(small):
    """random bytes, packets without an end, and clients that come and go: the guest runs on"""
    random.seed(13)
    for n in range(20):
        # The server may hang up at a packet that is longer than any, while the client still sends
        with Remote(small.port) as client, contextlib.suppress(ConnectionError):
            client.send(random.randbytes(1000) if n % 2 else b"$m0,1" * 10000)
            if n % 3:
                client.send(b"\3\3--$g#67$?#3f")
    lives(small)


def test_deaf(small):
    """a client that does not read stops nobody's end"""
    with Remote(small.port) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.socket.settimeout(1)
        try:
            for _ in range(2000):
                client.send(b"$m1000000,1000#%02x" % (sum(b"m1000000,1000") & 255))
        except TimeoutError:
            pass
        small.ctl("quit")
        small.ends(20)


def test_taken():
    """a port that is taken, and one that no user may have, are refused in one line"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        keel.refused(2, f"--gdb: port {port}: Address already in use", "--gdb", port, PAYLOAD)
    keel.refused(2, '--gdb: "99999" is not a number from 1 to 65535', "--gdb", 99999, PAYLOAD)
