# SPDX-License-Identifier: GPL-2.0
"""
The launcher at a terminal, with a guest that echoes: its keys, and the terminal's modes, which
are as before on every way out. (A shell in the guest is with test_boot.py and test_console.py.)
"""
import ctypes
import os
import re
import signal
from pathlib import Path

import pytest

from keel import PAYLOAD, until

HOST = {}

# A shell that runs keel in the background
BACKGROUND = ["setsid", "-c", "bash", "-c", 'exec 2>&1; set -m; "$@" & wait $!', "-"]


def start(window, *options):
    """A guest whose input is not edited, nor echoed by the terminal."""
    window.start(*options, PAYLOAD)
    window.expect("^ready$")
    assert window.modes_now() != window.modes


@pytest.mark.parametrize("key, status", [("P", 0), ("R", 14), ("T", 16), ("S", 18), ("D", 21)])
def test_guest_ends(window, key, status):
    """the guest ends ({key}): status {status}"""
    start(window, "--on-sleep", "exit")
    window.type(key)
    window.leaves(status)


def test_quit(window):
    """Ctrl-A x"""
    start(window, "-c", 3)
    window.type("\x01x")
    window.leaves(20)


def test_help(window):
    """Ctrl-A h lists the keys, and what is typed around it is the guest's"""
    start(window)
    window.type("a\x01hb\n")
    window.expect("^ab$")
    assert b"Ctrl-A x       quit\r\n" in window.messages.read_bytes()


@pytest.mark.parametrize("typed, got", [
    ("\x01\x01", "\x01"), ("\x03\x1a\x11\x13\x1c", "\x03\x1a\x11\x13\x1c"), ("\x01q1", "1")],
    ids=["Ctrl-A", "control", "unknown"])
def test_keys(window, typed, got):
    """{typed!r} is {got!r} for the guest"""
    start(window)
    window.tell(typed)
    assert window.expect("").string == got


def test_quit_in_parts(window):
    """Ctrl-A, and x a while later"""
    start(window)
    window.type("1\n\x01")
    window.expect("^1$")
    until(lambda: window.sleeps("keel-stdio", "poll"), "keel has read Ctrl-A")
    window.type("x")
    window.leaves(20)


def test_quit_deaf(window):
    """Ctrl-A x with a guest that does not listen, after more than there is room for"""
    start(window)
    window.type("H")
    for _ in range(20):
        window.type("z" * 1000)
    window.type("\x01x")
    window.leaves(20)
    assert b"\a" in window.messages.read_bytes()


def test_quit_flood(window):
    """Ctrl-A x with a guest that prints without end, to a terminal that does not read"""
    start(window)
    window.type("F")
    until(lambda: window.inspect("uart0")["uart0"]["tx_blocked"] == 1, "the transmitter waits")
    window.type("\x01x")
    window.leaves(20)


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "SEGV", "ABRT", "BUS"])
def test_signal(window, name):
    """SIG{name} ends it"""
    start(window, "-c", 2)
    number = signal.Signals[f"SIG{name}"]
    window.signal(number)
    window.leaves(-number)


@pytest.mark.parametrize("thread", ["keel-vcpu0", "keel-control", "keel-stdio"])
def test_fault(window, thread):
    """a fault in the thread {thread}"""
    start(window)
    window.comes_up()
    task, = [folder.name for name, folder in window.tasks() if name == thread]
    ctypes.CDLL(None).tgkill(window.pid, int(task), signal.SIGSEGV)
    window.leaves(-signal.SIGSEGV)


def test_stats(window):
    """SIGUSR1 prints a table, and --stats one at the end"""
    start(window, "--stats")
    window.signal(signal.SIGUSR1)
    until(lambda: re.search(rb"uart0 +regs +\d+ +\d+\r\n", window.messages.read_bytes()),
          "keel prints its counters")
    window.type("P")
    window.leaves(0)
    assert re.search(rb"thread0 +returns +1\r?\n", window.messages.read_bytes())


def stopped(pid):
    return re.search(r"(?m)^State:\s+T", Path(f"/proc/{pid}/status").read_text())


def test_stopped(window):
    """stopped by SIGTSTP it gives the terminal back, and takes it again at SIGCONT"""
    start(window)
    raw = window.modes_now()
    window.signal(signal.SIGTSTP)
    until(lambda: stopped(window.pid), "it is stopped")
    assert window.modes_now() == window.modes
    window.signal(signal.SIGCONT)
    until(lambda: window.modes_now() == raw, "the terminal is raw again")
    window.tell("z")
    window.expect("^z$")
    window.type("P")
    window.leaves(0)


def test_background(window):
    """in the background it does not stop, and leaves the terminal alone"""
    window.wrapper = BACKGROUND
    window.start(PAYLOAD)
    window.expect("^ready$")
    window.comes_up()
    assert window.modes_now() == window.modes
    window.tell("for the shell")
    window.goes_on()
    keel = window.status()["pid"]
    assert os.getpgid(keel) != os.tcgetpgrp(window.master)
    assert not stopped(keel)
    os.kill(keel, signal.SIGTERM)
    window.leaves(128 + signal.SIGTERM)


def test_no_console(window):
    """--console none leaves the terminal alone"""
    window.start("--console", "none", PAYLOAD)
    window.comes_up()
    window.goes_on()
    assert window.modes_now() == window.modes
    window.stop()
    window.leaves(-signal.SIGTERM)


def test_early_failure(window):
    """a failure before the guest starts"""
    window.start("/etc/passwd")
    window.leaves(4)
