# SPDX-License-Identifier: GPL-2.0
"""
The text screen: keel screen prints what the guest has drawn, --screen text draws it on the
terminal and types there, Linux has its console on it, and all of it is saved and restored.
"""
import json
import re

import pytest

from keel import BZIMAGE, ON_AND_OFF, PAYLOAD, TOP, Keel, ended, refused, run, until

HOST = {}
GUEST = {"main": "screen.guest"}

SCREEN = TOP / "build/lab/tests/payloads/screen"
DRAWN = ["╔══╗ Grüß Gott", "    second row", *[""] * 22, " " * 70 + "last row!!"]


class Screen(Keel):
    """A guest with a screen."""

    def text(self):
        return run("keel", "screen", self.control).splitlines()

    def seen(self):
        return json.loads(run("keel", "screen", self.control, "--json"))


@pytest.fixture
def vm(tmp_path):
    launcher = Screen(tmp_path)
    yield launcher
    launcher.kill()


@pytest.fixture(params=ON_AND_OFF, ids=lambda kind: kind.id)
def kind(request):
    return request.param


def drawn(vm, *options):
    vm.start("--testdev", "--screen", "hidden", *options, "--append", "wait", SCREEN)
    vm.expect("^@ drawn$")


def test_print(vm, kind):
    """keel screen prints a payload's text, and with --json the cursor"""
    drawn(vm, *kind.options)
    assert vm.text() == [line.rstrip() for line in DRAWN]
    seen = vm.seen()
    assert (seen["columns"], seen["rows"], seen["cursor"]) == (80, 25, {"column": 14, "row": 1})
    assert seen["text"] == [line.rstrip() for line in DRAWN]
    vm.type("x")
    vm.expect("^@ drawn$")
    assert vm.text()[1] == "    other text"
    assert vm.seen()["cursor"] is None
    vm.type("q")
    vm.ends(1)
    assert not [line for line in vm.lines if line.startswith("not ok")]


def test_without(tmp_path):
    """without --screen there is none to print"""
    vm = Screen(tmp_path)
    vm.start(PAYLOAD)
    vm.expect("^ready$")
    with pytest.raises(AssertionError, match="no screen"):
        vm.text()
    vm.type("P")
    vm.ends(0)


def test_restore(vm, tmp_path):
    """saved and restored, and reset: the text, the cursor, and the memory behind it"""
    drawn(vm)
    before = vm.seen()
    vm.moved(tmp_path / "saved")
    assert vm.seen() == before
    vm.type("x")
    vm.expect("^@ drawn$")
    assert vm.text()[1] == "    other text"
    vm.type("q")
    vm.ends(1)


def test_last(kind):
    """--screen text without a terminal prints the last screen"""
    status, output, said = ended("--testdev", "--screen", "text", *kind.options, SCREEN)
    assert status == 1, said
    assert output.decode().splitlines() == [line.rstrip() for line in DRAWN]


def test_refused():
    """--screen text has the terminal alone"""
    refused(2, "--serial: to=stdio does not go with --screen text", "--screen", "text",
            "--serial", "pio:0x3f8,to=stdio", PAYLOAD)
    refused(2, "--virtio-console: to=stdio does not go with", "--screen", "text",
            "--virtio-console", "stdio", PAYLOAD)


def visible(data):
    """A terminal's text, without what moves its cursor and so on."""
    return re.sub(r"\x1b(\[[?>]?[0-9;]*[a-zA-Z]|\([B0]|[=>78M])", "~",
                  data.decode(errors="replace"))


class Shown:
    """What a window has been sent."""

    def __init__(self, window):
        self.window, self.data = window, b""

    def has(self, text):
        self.window.drain()
        return text in "\n".join([visible(line.encode()) for line in self.window.lines] +
                                 [visible(self.window.rest)])


def start_typing(window, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    window.start("--testdev", "--screen", "text", "--append", "type", SCREEN)
    shown = Shown(window)
    until(lambda: shown.has("type:") or not window.running(), "the screen is drawn")
    assert window.running(), window.said_on_stderr()
    return shown


def test_terminal(window, monkeypatch):
    """--screen text draws, and what is typed arrives as keys; ESC is one"""
    shown = start_typing(window, monkeypatch)
    assert shown.has("╔══╗ Grüß Gott") and shown.has("last row!!")
    window.type("gas")
    until(lambda: json.loads(run("keel", "screen", window.control, "--json"))["text"][3] ==
          "type: gas", "keys arrive")
    window.type("\x1b")
    window.leaves(1)


def test_terminal_quit(window, monkeypatch):
    """Ctrl-A x quits, and the terminal is as it was; the last screen stays on it"""
    shown = start_typing(window, monkeypatch)
    window.type("\x01x")
    window.leaves(20)
    assert shown.window.lines[-1].endswith("last row!!") or "last row!!" in window.lines[-2]


@pytest.fixture(scope="module", params=ON_AND_OFF, ids=lambda kind: kind.id)
def linux(request, tmp_path_factory):
    vm = Screen(tmp_path_factory.mktemp("screen"))
    # A zero page tells of the screen; PVH's start information has no word for it
    vm.boot("--screen", "hidden", *request.param.options, append="console=tty0 console=ttyS0",
            image=BZIMAGE)
    vm.label = request.param.label
    vm.expect("^@ drawn$")
    yield vm
    vm.kill()


def test_linux_console(linux):
    """Linux has its console there (vgacon), and draws"""
    assert linux.said("console") == ["Console: colour EGA 80x25"]
    seen = linux.seen()
    assert seen["text"][4] == " " * 9 + "from Linux"
    assert seen["cursor"] == {"column": 2, "row": 6}


@pytest.mark.off_long
def test_linux_scrolls(linux):
    """Linux scrolls through all of the memory"""
    linux.do("scroll")
    text = linux.seen()["text"]
    assert text[23] == "2000" and text[0] == str(2000 - 23)


def test_linux_keys(linux):
    """what keel sendkey types is on the screen, and a program of the guest's reads it"""
    linux.tell("read")
    for key in "k", "e", "e", "l":
        run("keel", "sendkey", linux.control, key)
    # Behind what is in its line
    until(lambda: "keel" in "".join(linux.seen()["text"]), "it is echoed", limit=60)
    run("keel", "sendkey", linux.control, "ret")
    assert linux.report("typed") == "keel"


@pytest.mark.off_long
def test_linux_restored(linux, tmp_path):
    """a Linux guest is saved and restored with its screen"""
    linux.do("say", "before")
    seen = linux.seen()
    linux.moved(tmp_path / "saved")
    assert linux.seen() == seen
    linux.do("say", "after")
    assert "after" in linux.seen()["text"]
