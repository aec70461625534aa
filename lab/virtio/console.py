#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The part of lab/virtio/console that runs in the lab host."""

import fcntl
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

LIMIT = 300		# seconds; after that a step counts as hung
BULK = 2 << 20
LINES = 150000		# about a MiB
IMAGE, INITRD = os.environ["KEEL_IMAGE"], os.environ["KEEL_INITRD"]
TMP = tempfile.mkdtemp()
results = {"passed": 0, "failed": 0}


class Wrong(Exception):
    pass


def need(what, value, wanted):
    if value != wanted:
        raise Wrong(f"{what}: {value!r}, not {wanted!r}")


class Terminal:
    """A terminal window with a keel in it, and its output."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.seen = b""
        self.size(31, 97)
        self.modes = termios.tcgetattr(self.slave)
        self.keel = None

    def size(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def start(self, *options, fds=()):
        self.seen = b""
        slave = self.slave

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.err = open(f"{TMP}/err", "ab")
        self.keel = subprocess.Popen(
            ["keel", "run", "--stats=json", "--control", f"{TMP}/ctl", *options], stdin=slave,
            stdout=slave, stderr=self.err, preexec_fn=own_terminal, pass_fds=fds)

    def read(self, timeout):
        if select.select([self.master], [], [], timeout)[0]:
            self.seen += os.read(self.master, 65536)

    def await_(self, regex):
        """Waits until the guest has printed it; returns the match."""
        end = time.monotonic() + LIMIT
        while True:
            match = re.search(regex.encode(), self.seen)
            if match:
                self.seen = self.seen[match.end():]
                return match
            if time.monotonic() > end or self.keel.poll() is not None:
                self.read(1)
                raise Wrong(f"the guest does not say {regex!r} but {self.seen[-600:]!r}, "
                            f"keel: {self.keel.poll()}, {open(f'{TMP}/err').read()[-600:]!r}")
            self.read(0.2)

    def type(self, text):
        os.write(self.master, text.encode())

    def do(self, command):
        """Runs a line in the guest's shell; returns its output."""
        self.type(f"{command}\necho '@' over\n")
        return self.await_(r"(?s)(.*?)@ over\r?\n").group(1).decode().replace("\r", "").strip()

    def kill(self):
        self.keel.kill()
        self.keel.wait()
        termios.tcsetattr(self.slave, termios.TCSANOW, self.modes)

    def ends(self):
        end = time.monotonic() + LIMIT
        while self.keel.poll() is None and time.monotonic() < end:
            self.read(0.1)
        return self.keel.poll()


def ctl(*request):
    answer = subprocess.run(["keel", "ctl", f"{TMP}/ctl", *request], capture_output=True, check=False)
    if answer.returncode:
        raise Wrong(f"keel ctl {request}: {answer.stderr}")
    return answer.stdout.decode()


def stats():
    return json.loads(ctl("stats", "--json"))


def console_of(numbers):
    return next(v for k, v in numbers.items() if "vcon.sent" in v)


def until(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise Wrong(f"not in {LIMIT} s: {what}")
        time.sleep(0.05)


def client(name):
    s = socket.socket(socket.AF_UNIX)
    s.connect(f"{TMP}/{name}")
    return s


# The guest learns a moment later that a client has connected: until then its reads return end of
# file. It reads on without closing the port, since Linux drops buffered input on close.
def send(name, data):
    with client(name) as s:
        s.sendall(data)


def receive(fd, size):
    """Reads so many bytes from a descriptor; returns their sum."""
    digest, left = hashlib.md5(), size
    while left:
        if not select.select([fd], [], [], LIMIT)[0]:
            raise Wrong(f"{left} bytes of {size} do not come")
        data = os.read(fd, min(left, 65536))
        if not data:
            raise Wrong(f"it ends {left} bytes before {size}")
        digest.update(data)
        left -= len(data)
    return digest.hexdigest()


def sum_of(text):
    return text.split()[0]


class Test:
    """One guest, and its tests in order."""

    def __init__(self, label, console, *options):
        self.label, self.console, self.options = label, console, options
        self.window = Terminal()
        # A new guest must not get the unread output of the one before
        if os.path.exists(f"{TMP}/fifo"):
            os.unlink(f"{TMP}/fifo")
        os.mkfifo(f"{TMP}/fifo")
        self.fifo = os.open(f"{TMP}/fifo", os.O_RDWR)
        self.feed, self.fed = socket.socketpair()
        self.feed.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def boot(self):
        w, c = self.window, self.console
        open(f"{TMP}/err", "w").close()
        out = os.open(f"{TMP}/fifo", os.O_WRONLY)
        self.fds = (out, self.fed.fileno())
        w.start(*self.options, "-c", "2",
                "--virtio-console", "stdio" + c,
                "--virtio-console", "pty",
                "--virtio-console", f"socket={TMP}/agent,name=org.keel.agent",
                "--virtio-console", f"socket={TMP}/bulk,name=bulk",
                "--virtio-console", f"fd={out},name=block",
                "--virtio-console", f"fd={self.fed.fileno()},name=feed",
                "--virtio-console", f"{TMP}/log,name=log",
                "--virtio-console", "none,name=nobody",
                "--append", "console=hvc0 panic=-1", "--initrd", INITRD, IMAGE, fds=self.fds)
        w.await_("@ ready\r?\n")

    def shell(self):
        need("6 * 7", self.window.do("echo $((6 * 7))"), "42")
        need("its terminal", self.window.do("tty"), "/dev/hvc0")
        self.window.type("dmesg -n 8; echo '<1>from the kernel' >/dev/kmsg; dmesg -n 1\n")
        self.window.await_("from the kernel")
        need("Ctrl-A", self.window.do("printf '\x01\x01' | od -An -tx1"), "01")

    def names(self):
        # Names appear one after the other, and the first console works before all have
        names = "block bulk feed log nobody org.keel.agent"
        until("names", lambda: self.window.do(
            "cat /sys/class/virtio-ports/*/name | sort | xargs") == names)
        self.window.do("for p in /sys/class/virtio-ports/*; do [ ! -s $p/name ] ||"
                       " ln -s /dev/${p##*/} /dev/$(cat $p/name); done")
        need("terminals", self.window.do("ls /dev | grep -c '^hvc[01]$'"), "2")

    def pseudo_terminal(self):
        name = re.search(r"console port 1 is (\S+)", open(f"{TMP}/err").read()).group(1)
        self.window.do("(stty raw -echo; : >/raw; exec cat) </dev/hvc1 >/dev/hvc1 &")
        self.window.do("until [ -e /raw ]; do sleep 0.1; done")
        fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"there and back\n")
        need("what comes back", receive(fd, 15), hashlib.md5(b"there and back\n").hexdigest())
        os.close(fd)

    def sizes(self):
        w = self.window
        need("the window", w.do("stty size"), "31 97")
        w.do("trap 'window=$(stty size)' WINCH")
        w.size(40, 120)
        until("the guest gets the window's new size", lambda: w.do("echo $window") == "40 120")

    def megabytes_to_guest(self):
        data = os.urandom(BULK)
        sender = threading.Thread(target=send, args=("bulk", data), daemon=True)
        sender.start()		# before the guest has opened the port: no byte is lost
        time.sleep(0.2)
        got = self.window.do(f": >/got; (until [ $(wc -c </got) -ge {BULK} ]; do cat <&3 >>/got;"
                             " sleep 0.1; done) 3</dev/bulk; md5sum </got")
        need("the sum", sum_of(got), hashlib.md5(data).hexdigest())
        sender.join()

    def megabytes_from_guest(self):
        s = client("bulk")
        want = self.window.do(f"head -c {BULK} /dev/urandom >/data; md5sum </data")
        self.window.do("cat /data >/dev/bulk &")
        need("the sum", receive(s.fileno(), BULK), sum_of(want))
        s.close()

    def line(self):
        """Returns a line that a client has sent."""
        return self.window.do("(until n=$(head -n 1 <&3) && [ -n \"$n\" ]; do sleep 0.1; done;"
                              " echo $n) 3</dev/org.keel.agent")

    def clients_come_and_go(self):
        w = self.window
        s = client("agent")	# and leaves before the guest has looked
        s.sendall(b"left behind\n")
        s.close()
        need("what was left", self.line(), "left behind")
        until("the client is disconnected", lambda: not self.connected(2))
        # A port that is read until its client has disconnected
        w.type("cat /dev/org.keel.agent >/got; echo '@ closed'\n")
        w.await_("@ closed")	# at once, as no client is connected
        s = client("agent")
        w.type("(until cat <&3 >/got && [ -s /got ]; do sleep 0.1; done) 3</dev/org.keel.agent;"
               " echo '@ closed'\n")
        s.sendall(b"one\ntwo\n")
        s.close()
        w.await_("@ closed")
        need("until it was closed", w.do("xargs </got"), "one two")
        # Two clients, one of which has to wait
        s, other = client("agent"), client("agent")
        other.sendall(b"second\n")
        s.sendall(b"first\n")
        need("of the first one", self.line(), "first")
        s.close()
        need("of the second one", self.line(), "second")
        w.do("echo to you >/dev/org.keel.agent")
        need("to the second one", receive(other.fileno(), 7), hashlib.md5(b"to you\n").hexdigest())
        other.close()

    def connected(self, nr):
        device = next(k for k, v in stats().items() if "vcon.sent" in v)
        return json.loads(ctl("inspect", "--json", device))[device][f"port{nr}.connected"]

    def nobody_listens(self):
        need("a guest that does not wait", self.window.do(
            "(echo lost >/dev/nobody) 2>&1 & sleep 0.2; kill $! 2>/dev/null; echo on"), "on")

    def blocked_reader(self):
        """No client reads; everything else goes on, and the VM can be paused and resumed."""
        w = self.window
        w.do(f"(seq 1 {LINES}; echo end) >/dev/block &")
        until("the port waits", lambda: console_of(stats())["port.4.out_waits"] == 1)
        need("the shell", w.do("echo $((6 * 7))"), "42")
        ctl("pause")
        ctl("resume")
        need("the shell, after a pause", w.do("echo $((6 * 7))"), "42")

    def feeder(self, stop, count):
        while not stop.is_set():
            count[0] += 1
            self.feed.sendall(f"{count[0]}\n".encode())
            time.sleep(0.001)
        self.feed.sendall(b"end\n")

    def restored_amid_traffic(self):
        """Saved while a chain is partly sent, amid lines to the guest, and to a file."""
        w, stop, count = self.window, threading.Event(), [0]
        w.do("(i=0; while read -r n && [ $n != end ]; do i=$((i + 1));"
             " [ $n = $i ] || echo $n instead of $i; done; echo $i lines) </dev/feed >/fed &")
        w.do("(i=0; while [ $i -lt 100 ]; do seq $((i * 300 + 1)) $((i * 300 + 300));"
             " i=$((i + 1)); sleep 0.01; done) >/dev/log &")
        feeder = threading.Thread(target=self.feeder, args=(stop, count), daemon=True)
        feeder.start()
        for _ in range(2):
            time.sleep(0.5)
            ctl("pause")
            w.type("echo ty")
            time.sleep(0.2)	# until the launcher has it
            ctl("save", f"{TMP}/saved")
            w.kill()
            w.start("--restore", f"{TMP}/saved", fds=self.fds)
            w.type("ped\n")
            w.await_("typed")
        stop.set()
        feeder.join()
        want = "".join(f"{i}\n" for i in range(1, LINES + 1)) + "end\n"
        need("what the stopped reader gets", receive(self.fifo, len(want)),
             hashlib.md5(want.encode()).hexdigest())
        need("lines to the guest", w.do("until grep -q lines /fed; do sleep 0.1; done; cat /fed"),
             f"{count[0]} lines")
        until("the file's end", lambda: self.tail() == b"\n30000\n")
        need("lines to a file", open(f"{TMP}/log", encoding="ascii").read() ==
             "".join(f"{i}\n" for i in range(1, 30001)), True)

    def tail(self):
        with open(f"{TMP}/log", "rb") as f:
            f.seek(-min(7, os.path.getsize(f"{TMP}/log")), 2)
            return f.read()

    def counters(self):
        c = console_of(stats())
        wrong = {k: v for k, v in c.items() if v and re.match(
            r"vcon\.(no_room|short|long|not_neg|bad|too|rep|driver_f|ports_f|emergency)|broken|"
            r"port\..*errors|port\.[0-6]\.lost", k)}
        need("what went wrong", wrong, {})
        need("returns without need", sum(v.get("return.kvm", 0) + v.get("return.error", 0)
                                         for v in stats().values()), 0)

    def killed_under_traffic(self):
        self.window.do("cat /dev/urandom >/dev/block &")
        self.window.do("cat /dev/urandom >/dev/log &")
        receive(self.fifo, 1 << 17)
        self.window.kill()

    def run(self):
        steps = [self.boot, self.shell, self.names, self.pseudo_terminal, self.sizes,
                 self.megabytes_to_guest, self.megabytes_from_guest, self.clients_come_and_go,
                 self.nobody_listens, self.blocked_reader, self.restored_amid_traffic,
                 self.counters, self.killed_under_traffic]
        for step in steps:
            if not attempt(step, self.label) and step == self.boot:
                break
        if self.window.keel.poll() is None:
            self.window.kill()


class Alone(Test):
    """A console with one port, and keys for the launcher."""

    def typed_early(self):
        """Saved while what was typed is in Keel's pipe: the driver is not there yet."""
        w = self.window
        w.start("--virtio-console", "stdio" + self.console, *self.options, "--append",
                "console=hvc0 panic=-1", "--initrd", INITRD, IMAGE)
        until("keel listens", self.listens)
        w.type("echo $((6 * 7)) is early\n")
        time.sleep(0.2)	# until the launcher has it
        ctl("save", f"{TMP}/saved")
        w.kill()
        w.start("--restore", f"{TMP}/saved")
        w.await_("@ ready\r?\n")
        w.await_("42 is early\r?\n")

    def listens(self):
        return not subprocess.run(["keel", "ctl", f"{TMP}/ctl", "status"], capture_output=True,
                                  check=False).returncode

    def alone(self):
        w = self.window
        need("the window", w.do("stty size"), "31 97")
        w.do("trap 'window=$(stty size)' WINCH")
        w.size(25, 80)
        until("the guest gets the window's new size", lambda: w.do("echo $window") == "25 80")
        need("ports with a name", w.do("cat /sys/class/virtio-ports/*/name 2>/dev/null | wc -l"), "0")

    def quits(self):
        w = self.window
        raw = termios.tcgetattr(w.slave)
        w.type("\x01x")
        need("the status", w.ends(), 20)
        need("the terminal was raw", raw == w.modes, False)
        need("the terminal's modes afterwards", termios.tcgetattr(w.slave), w.modes)

    def run(self):
        attempt(self.typed_early, self.label)
        attempt(self.alone, self.label)
        attempt(self.quits, self.label)


def attempt(step, label):
    start = time.monotonic()
    error = None
    try:
        step()
    except (Wrong, OSError, subprocess.SubprocessError, ValueError, LookupError, AttributeError) as e:
        error = f"{type(e).__name__}: {e}"
    results["failed" if error else "passed"] += 1
    print(f"{'not ok' if error else 'ok'} {sum(results.values())} - {step.__name__} ({label})"
          f" # {time.monotonic() - start:.1f} s", flush=True)
    if error:
        print(f"#   {error}", flush=True)
    return not error


def main():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Test("PCI, packed rings, accelerator on", "").run()
    Test("MMIO, split rings, accelerator off", ",transport=mmio,ring=split", "--no-bus").run()
    Alone("alone, PCI, served by a worker", ",serve=worker").run()
    shutil.rmtree(TMP)
    print(f"console: {results['passed']} passed, {results['failed']} failed")
    return results["failed"] != 0


sys.exit(main())
