# SPDX-License-Identifier: GPL-2.0
"""
The virtio console under Debian's virtio_console driver. A shell on hvc0, at a terminal; named
ports on a socket, a pseudo-terminal and descriptors: data each way, clients that connect and
disconnect, windows that are resized, a reader that stops; saved, killed and restored amid
traffic. Over PCI and MMIO, with packed and split rings, with the bus accelerator on and off; and
with the driver's code for legacy functions.
"""
import hashlib
import os
import re
import select
import socket
import threading
import time

import pytest

from keel import IMAGE, INITRD, LIMIT, LONG, Kind, returns, until
from terminal import Terminal

GUEST = {"main": "console.guest", "modules": "virtio_mmio virtio_pci virtio_console"}

KINDS = [Kind("PCI, packed rings, accelerator on", console="", append="", legacy=0),
         Kind("MMIO, split rings, accelerator off", "--no-bus",
              console=",transport=mmio,ring=split", append="", legacy=0),
         Kind("PCI, a legacy driver, accelerator on", console=",legacy",
              append="virtio_pci.force_legacy=1", legacy=1)]

BULK = 2 << 20
LINES = 150000      # about a MiB
NAMES = "block bulk feed log nobody org.keel.agent"
BLOCK = "port.4"    # in the order of the command line
AGENT = "port2"


class Window(Terminal):
    """A guest in a terminal window, and what is behind its ports."""

    def __init__(self, folder):
        super().__init__(folder)
        self.log, self.saved = folder / "log", folder / "saved"
        os.mkfifo(folder / "fifo")
        self.fifo = os.open(folder / "fifo", os.O_RDWR)
        self.out = os.open(folder / "fifo", os.O_WRONLY)
        self.feed, self.fed = socket.socketpair()
        self.feed.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.fds = (self.out, self.fed.fileno())

    def ports(self, kind):
        """Options for all its ports."""
        for port in ("stdio" + kind.console, "pty",
                     f"socket={self.folder}/agent,name=org.keel.agent",
                     f"socket={self.folder}/bulk,name=bulk", f"fd={self.out},name=block",
                     f"fd={self.fed.fileno()},name=feed", f"{self.log},name=log",
                     "none,name=nobody"):
            yield from ("--virtio-console", port)

    def client(self, name):
        """A connection to a port on a socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{self.folder}/{name}")
        return connection

    def console(self):
        """The console's counters."""
        return next(counters for counters in self.stats().values() if "vcon.sent" in counters)

    def decoded(self):
        """The console's state."""
        device = next(name for name, counters in self.stats().items() if "vcon.sent" in counters)
        return self.inspect(device)[device]

    def connected(self, port):
        """The driver has been told of a client."""
        return self.decoded()[f"{port}.connected"]


def boot(vm, *options, append="", fds=()):
    vm.start(*options, "--append", f"console=hvc0 panic=-1 {append}", "--initrd", INITRD, IMAGE,
             fds=fds)


@pytest.fixture(scope="module", params=KINDS if LONG else KINDS[:2], ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    window = Window(tmp_path_factory.mktemp("console"))
    kind = request.param
    boot(window, "-c", 2, *kind.options, *window.ports(kind), append=kind.append, fds=window.fds)
    window.expect("^@ ready$")
    window.kind = kind
    yield window
    window.kill()


@pytest.fixture(scope="module")
def named(vm):
    """Each port that has a name has a link in the guest's /dev."""
    # Names appear one after the other, and the first console works before all have
    until(lambda: names(vm) == NAMES, NAMES)
    vm.shell("for p in /sys/class/virtio-ports/*; do [ ! -s $p/name ] ||"
             " ln -s /dev/${p##*/} /dev/$(cat $p/name); done")


@pytest.fixture(scope="module")
def blocked(vm, named):
    """A process in the guest waits amid a chain, as the reader of its port has stopped."""
    vm.shell(f"(seq 1 {LINES}; echo end) >/dev/block &")
    until(lambda: vm.console()[f"{BLOCK}.out_waits"] == 1, "the port waits")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A guest whose console has one port, saved and restored before the driver is there."""
    window = Terminal(tmp_path_factory.mktemp("alone"))
    boot(window, "--virtio-console", "stdio,serve=worker")
    window.comes_up()
    window.type("echo $((6 * 7)) is early\n")
    time.sleep(0.2)     # until the launcher has it
    window.moved(window.folder / "saved")
    window.expect("^@ ready$")
    window.early = window.expect("is early$").string
    yield window
    window.kill()


def names(vm):
    return vm.shell("cat /sys/class/virtio-ports/*/name | sort | xargs")


def md5(data):
    return hashlib.md5(data).hexdigest()


def receive(fd, size):
    """Reads so many bytes from a descriptor; returns their sum."""
    digest, left = hashlib.md5(), size
    while left:
        assert select.select([fd], [], [], LIMIT)[0], f"{left} bytes of {size} do not come"
        data = os.read(fd, min(left, 65536))
        assert data, f"it ends {left} bytes before {size}"
        digest.update(data)
        left -= len(data)
    return digest.hexdigest()


def resize(vm, rows, columns):
    """The guest's terminal has the window's size, and gets a new one with a signal."""
    assert vm.shell("stty size") == "31 97"
    vm.shell("trap 'window=$(stty size)' WINCH")
    vm.size(rows, columns)
    until(lambda: vm.shell("echo $window") == f"{rows} {columns}", "the window's new size")


# ---- In the order in which the guest is used ----

def test_shell(vm):
    """a shell on the first console, at a terminal"""
    assert vm.shell("echo $((6 * 7))") == "42"
    assert vm.shell("tty") == "/dev/hvc0"
    vm.tell("dmesg -n 8; echo '<1>from the kernel' >/dev/kmsg; dmesg -n 1")
    vm.expect("from the kernel")
    assert vm.shell("printf '\x01\x01' | od -An -tx1") == "01"      # Ctrl-A, twice


def test_interface(vm):
    """the driver has the interface that it is to have"""
    assert vm.decoded().get("legacy", 0) == vm.kind.legacy


@pytest.mark.usefixtures("named")
def test_names(vm):
    """ports have names, and consoles have terminals"""
    assert names(vm) == NAMES
    assert vm.shell("ls /dev | grep -c '^hvc[01]$'") == "2"


def test_pseudo_terminal(vm):
    """a port on a pseudo-terminal: data goes there and back"""
    name = re.search(r"console port 1 is (\S+)", vm.said_on_stderr()).group(1)
    vm.shell("(stty raw -echo; : >/raw; exec cat) </dev/hvc1 >/dev/hvc1 &")
    vm.shell("until [ -e /raw ]; do sleep 0.1; done")
    fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"there and back\n")
    assert receive(fd, 15) == md5(b"there and back\n")
    os.close(fd)


def test_sizes(vm):
    """the guest gets the window's size, and each new one, beside other ports"""
    resize(vm, 40, 120)


# The guest learns a moment later that a client has connected: until then its reads return end of
# file. It reads on without closing the port, since Linux drops buffered input on close.

def send(vm, data):
    with vm.client("bulk") as client:
        client.sendall(data)


@pytest.mark.usefixtures("named")
def test_megabytes_to_guest(vm):
    """megabytes to the guest"""
    data = os.urandom(BULK)
    # Before the guest has opened the port: no byte is lost
    sender = threading.Thread(target=send, args=(vm, data), daemon=True)
    sender.start()
    time.sleep(0.2)
    got = vm.shell(f": >/got; (until [ $(wc -c </got) -ge {BULK} ]; do cat <&3 >>/got;"
                   " sleep 0.1; done) 3</dev/bulk; md5sum </got")
    assert got.split()[0] == md5(data)
    sender.join()


@pytest.mark.usefixtures("named")
def test_megabytes_from_guest(vm):
    """megabytes from the guest"""
    with vm.client("bulk") as client:
        want = vm.shell(f"head -c {BULK} /dev/urandom >/data; md5sum </data")
        vm.shell("cat /data >/dev/bulk &")
        assert receive(client.fileno(), BULK) == want.split()[0]


def line(vm):
    """A line that a client has sent."""
    return vm.shell("(until n=$(head -n 1 <&3) && [ -n \"$n\" ]; do sleep 0.1; done;"
                    " echo $n) 3</dev/org.keel.agent")


@pytest.mark.usefixtures("named")
def test_clients_come_and_go(vm):
    """clients of a port connect and disconnect, and the second one waits"""
    with vm.client("agent") as client:      # and leaves before the guest has looked
        client.sendall(b"left behind\n")
    assert line(vm) == "left behind"
    until(lambda: not vm.connected(AGENT), "the client is disconnected")
    # A port that is read until its client has disconnected
    vm.tell("cat /dev/org.keel.agent >/got; echo '@ closed'")
    vm.expect("^@ closed$")                 # at once, as no client is connected
    with vm.client("agent") as client:
        vm.tell("(until cat <&3 >/got && [ -s /got ]; do sleep 0.1; done) 3</dev/org.keel.agent;"
                " echo '@ closed'")
        client.sendall(b"one\ntwo\n")
    vm.expect("^@ closed$")
    assert vm.shell("xargs </got") == "one two"
    # Two clients, one of which has to wait
    with vm.client("agent") as first, vm.client("agent") as second:
        second.sendall(b"second\n")
        first.sendall(b"first\n")
        assert line(vm) == "first"
        first.close()
        assert line(vm) == "second"
        vm.shell("echo to you >/dev/org.keel.agent")
        assert receive(second.fileno(), 7) == md5(b"to you\n")


@pytest.mark.usefixtures("named")
def test_without_a_reader(vm):
    """output to a port that is connected to nothing does not stop the guest"""
    assert vm.shell("(echo lost >/dev/nobody) 2>&1 & sleep 0.2; kill $! 2>/dev/null;"
                    " echo on") == "on"


@pytest.mark.usefixtures("blocked")
def test_blocked_reader(vm):
    """a reader that stops blocks only its port, and the VM is paused and resumed"""
    assert vm.shell("echo $((6 * 7))") == "42"
    vm.ctl("pause")
    vm.ctl("resume")
    assert vm.shell("echo $((6 * 7))") == "42"


class Feeder(threading.Thread):
    """Sends lines to the guest, numbered from 1, until it is stopped; then "end"."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.over, self.count = stream, threading.Event(), 0

    def run(self):
        while not self.over.wait(0.001):
            self.count += 1
            self.stream.sendall(f"{self.count}\n".encode())
        self.stream.sendall(b"end\n")

    def stop(self):
        self.over.set()
        self.join()


def lines_to(number):
    return "".join(f"{i}\n" for i in range(1, number + 1)).encode()


@pytest.mark.usefixtures("blocked")
def test_restored_amid_traffic(vm):
    """saved, killed and restored amid a chain that is partly sent, and traffic each way"""
    vm.shell("(i=0; while read -r n && [ $n != end ]; do i=$((i + 1));"
             " [ $n = $i ] || echo $n instead of $i; done; echo $i lines) </dev/feed >/fed &")
    vm.shell("(i=0; while [ $i -lt 100 ]; do seq $((i * 300 + 1)) $((i * 300 + 300));"
             " i=$((i + 1)); sleep 0.01; done) >/dev/log &")
    feeder = Feeder(vm.feed)
    feeder.start()
    for _ in range(2):
        time.sleep(0.5)
        vm.ctl("pause")
        vm.type("echo ty")
        time.sleep(0.2)     # until the launcher has it
        vm.moved(vm.saved, fds=vm.fds)
        vm.type("ped\n")
        vm.expect("typed")
    feeder.stop()
    want = lines_to(LINES) + b"end\n"
    assert receive(vm.fifo, len(want)) == md5(want)     # of the reader that had stopped
    got = vm.shell("until grep -q lines /fed; do sleep 0.1; done; cat /fed")
    assert got == f"{feeder.count} lines"
    want = lines_to(30000)
    until(lambda: vm.log.stat().st_size >= len(want), "the file's end")
    assert vm.log.read_bytes() == want


def test_counters(vm):
    """nothing went wrong, and no access went to the launcher"""
    wrong = {name: value for name, value in vm.console().items() if value and re.match(
        r"vcon\.(no_room|short|long|not_neg|bad|too|rep|driver_f|ports_f|emergency)|broken|"
        r"port\..*errors|port\.[0-6]\.lost", name)}
    assert wrong == {}
    assert returns(vm.stats()) == 0


@pytest.mark.usefixtures("named")
def test_killed_under_traffic(vm):
    """killed under traffic, the module is released"""
    vm.shell("cat /dev/urandom >/dev/block &")
    vm.shell("cat /dev/urandom >/dev/log &")
    receive(vm.fifo, 1 << 17)
    vm.kill()
    assert open("/sys/module/keel/refcnt", encoding="ascii").read().strip() == "0"


# ---- A console with one port, and keys for the launcher ----

def test_typed_early(alone):
    """saved while what was typed is in Keel's pipe, as the driver is not there yet"""
    assert alone.early == "42 is early"


def test_alone(alone):
    """a console with one port, served by a worker: it has no name, and the window's size"""
    resize(alone, 25, 80)
    assert alone.shell("cat /sys/class/virtio-ports/*/name 2>/dev/null | wc -l") == "0"


def test_quits(alone):
    """Ctrl-A x ends keel, and the terminal has its modes again"""
    assert alone.modes_now() != alone.modes
    alone.type("\x01x")
    alone.leaves(20)
