# SPDX-License-Identifier: GPL-2.0
"""
Keyboard and mouse: every event written to --input comes out of the guest's /dev/input, in order,
and no other; Debian's i8042, atkbd and psmouse bind without a complaint; the guest can reset
through the controller, and boots without it.
"""
import os
import re
import time

import pytest

import keel
from keel import Kind, until

HOST = {}
GUEST = {"main": "input.guest", "modules": "psmouse evdev", "programs": ["events.c"]}

# A guest's evdev buffers little for a slow reader: this many events are sent before the test waits
FEW = 20

# All other keys of a PC's keyboard except F12 (88), which ends the test
ALL_KEYS = [*range(1, 58), *range(59, 69), *range(71, 84), 86, 87, *range(89, 101),
            *range(102, 112), *range(113, 118), 119, 121, *range(124, 129), 140, 142, 143,
            *range(155, 160), *range(163, 167), 172, 173, 217, 226]
NAMES = {30: "KEY_A", 1: "KEY_ESC", 28: "KEY_ENTER", 99: "KEY_SYSRQ", 119: "KEY_PAUSE",
         103: "KEY_UP", 226: "KEY_MEDIA"}
NONSENSE = ["", "# a comment", "key KEY_NONE 1", "key 84 1", "key 30 3", "move 1", "move 1 40000",
            "wheel up", "button middle 2", "button 1 1", "jump 1 1", f"key 30 1 {'0' * 200}",
            "key 30 1 1"]
MEANINGLESS = len(NONSENSE) - 2     # an empty line and a comment are fine


class Script:
    """
    Sends lines to --input, and notes the events that the guest is to see for them.

    vm: its guest
    path: a FIFO, of which a writer is opened for each batch and closed after it
    """

    def __init__(self, vm, path):
        self.vm, self.path = vm, path
        self.lines, self.sent = [], 0
        self.keys, self.mouse, self.seen = [], [], 0

    def send(self, line, keys=(), mouse=()):
        if len(self.keys) + len(self.mouse) - self.seen >= FEW:
            self.settle()
        self.lines.append(line)
        self.keys += keys
        self.mouse += mouse

    def flush(self):
        """Writes the lines so far, as a client that connects and disconnects."""
        if self.lines:
            self.sent += len(self.lines)
            self.path.write_text("".join(f"{line}\n" for line in self.lines))
            self.lines = []

    def settle(self):
        """Waits until the guest has seen all events so far."""
        self.flush()
        expected = len(self.keys) + len(self.mouse)
        if expected != self.seen:
            self.vm.expect(rf"^@ seen {expected}\.")
            self.seen = expected

    def type_key(self, key, name=None):
        for value in 1, 0:
            self.send(f"key {name or key} {value}", [f"{key} {value}"])

    def counter(self, *names):
        found = self.vm.stats()["kbc0"]
        return sum(found[name] for name in names)

    # ---- Its parts ----

    def lock_keys(self):
        """
        Linux sets an LED a moment later, and ignores a scan code that comes before the keyboard's
        answer. It does not use Scroll Lock's LED.
        """
        self.type_key(70)
        for key in 58, 69, 58, 69:
            self.settle()
            before = self.counter("data.writes")
            self.send(f"key {key} 1", [f"{key} 1"])
            self.settle()
            # A command, and its argument
            until(lambda: self.counter("data.writes") >= before + 2, "the guest sets the LEDs")
            self.send(f"key {key} 0", [f"{key} 0"])

    def chords(self):
        """Also repetitions, of the keyboard's own, and which the host sends."""
        self.send("key KEY_LEFTSHIFT 1", ["42 1"])
        self.type_key(30)
        self.type_key(99)
        self.send("key KEY_LEFTSHIFT 0", ["42 0"])
        self.send("key KEY_RIGHTCTRL 1", ["97 1"])
        self.type_key(119)
        self.send("key KEY_RIGHTCTRL 0", ["97 0"])
        self.send("key 57 1", ["57 1"])
        self.settle()
        before = self.counter("repeats")
        until(lambda: self.counter("repeats") >= before + 3, "the keyboard repeats the key")
        for value in 2, 2:
            self.send(f"key 57 {value}")
        self.send("key 57 0", ["57 0"])

    def requested(self):
        """keel sendkey: all go down, and come up the other way round."""
        self.settle()
        keel.run("keel", "sendkey", self.vm.control, "ctrl-alt-KEY_Z")
        self.keys += ["29 1", "56 1", "44 1", "44 0", "56 0", "29 0"]

    def buttons(self):
        names = ["left", "right", "middle", "side", "extra"]
        for i, name in enumerate(names):
            self.send(f"button {name} 1", mouse=[f"1 {272 + i} 1"])
        self.send("move 1 1", mouse=["2 0 1", "2 1 1"])
        for i in 3, 0, 4, 2, 1:
            self.send(f"button {names[i]} 0", mouse=[f"1 {272 + i} 0"])

    def moves(self, number):
        for i in range(number):
            dx, dy = i * 37 % 511 - 255, i * 91 % 511 - 255
            self.send(f"move {dx} {dy}",
                      mouse=[f"2 {axis} {d}" for axis, d in ((0, dx), (1, dy)) if d])
        # In three packets
        self.send("move 600 -300", mouse=["2 0 255", "2 1 -255", "2 0 255", "2 1 -45", "2 0 90"])

    def wheels(self):
        for step in 1, -1, 7, -7:
            self.send(f"wheel {step}", mouse=[f"2 8 {step}"])
        self.send("wheel 20", mouse=["2 8 7", "2 8 7", "2 8 6"])     # seven steps in a packet

    def paused(self):
        """A paused guest gets no event; after the pause it gets all of them."""
        self.vm.ctl("pause")
        before = self.counter("keys", "moves")
        self.type_key(30)
        self.type_key(31)
        self.send("move 3 4", mouse=["2 0 3", "2 1 4"])
        self.flush()
        time.sleep(0.3)
        assert self.counter("keys", "moves") == before
        self.vm.ctl("resume")

    def play(self, all_keys):
        for key in ALL_KEYS if all_keys else []:
            self.type_key(key)
        self.lock_keys()
        self.buttons()
        for line in NONSENSE:
            self.send(line)
        for key, name in NAMES.items():
            self.type_key(key, name)
        self.chords()
        self.requested()
        self.moves(150 if all_keys else 40)
        self.wheels()
        self.settle()
        self.paused()
        self.buttons()
        self.type_key(88)
        self.flush()


KINDS = [Kind("all lines, from a FIFO, accelerator on", all_keys=True),
         Kind("some lines, from a descriptor, accelerator off", "--no-bus", all_keys=False)]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def played(request, tmp_path_factory):
    """A guest that has seen the whole script and has reset the PC, and the script."""
    kind, folder = request.param, tmp_path_factory.mktemp("input")
    vm, path = keel.Keel(folder), folder / "fifo"
    os.mkfifo(path)
    given, fds = path, []
    if not kind.all_keys:
        writer = os.open(path, os.O_RDWR)       # without one, opening it for reading waits
        fds = [os.open(path, os.O_RDONLY)]
        os.close(writer)
        given = f"fd={fds[0]}"
    boot(vm, "events", "--input", given, *kind.options, fds=fds)
    for fd in fds:
        os.close(fd)
    script = Script(vm, path)
    vm.script = script
    vm.expect("^@ listening 2")
    script.play(kind.all_keys)
    vm.expect("^@ over 1")
    vm.ends(14)
    yield vm
    vm.kill()


def boot(vm, test, *options, fds=()):
    vm.boot("--strict", "--stats=json", *options, fds=fds,
            append=f"reboot=k initcall_debug keel.test={test}")


def test_keys(played):
    """every key arrives, in order, and no other"""
    assert played.said("k 1") == played.script.keys
    assert "k AT Translated Set 2 keyboard" in played.said("device")


def test_repeats(played):
    """a key that is held is repeated by the keyboard, once each time"""
    repeats = dict(map(int, line.split()) for line in played.said("repeats"))
    # What the host repeats comes in addition; the guest ignores one within 1/8 s, as bouncing
    assert 3 <= repeats[57] <= played.final()["kbc0"]["repeats"] + 2


def test_mouse(played):
    """every movement, button and step of the wheel arrives, in order, and no other"""
    assert played.said("m") == played.script.mouse
    assert "m ImExPS/2 Generic Explorer Mouse" in played.said("device")


def test_nonsense(played):
    """lines without a meaning are counted, and ten of them are reported"""
    said = played.said_on_stderr().splitlines()
    assert f"keel: --input: {MEANINGLESS} of {played.script.sent} lines meant nothing" in said
    assert sum("input: line " in line for line in said) == 10


def test_reset(played):
    """the guest resets the PC through the controller"""
    assert "keel: the guest asked for a reset (keyboard controller)" in \
        played.said_on_stderr().splitlines()
    assert played.final()["kbc0"]["resets"] == 1


def test_no_complaint(played):
    """the drivers bind without a complaint, and no byte is lost or unknown"""
    assert played.said("complaint") == []
    counters = played.final()["kbc0"]
    assert counters["keys"] > 0
    for name in "kbd_overruns", "aux_overruns", "unknown_ctl", "unknown_kbd":
        assert counters[name] == 0, name
    assert keel.unneeded_returns(played.final()) == 0


def test_absent(vm):
    """without a controller (--no-i8042) the guest probes for none"""
    boot(vm, "absent", "--no-i8042")
    vm.ends(0)
    log = "\n".join(vm.said("log"))
    assert "i8042: PNP: No PS/2 controller found" in log
    assert not re.search(r"(KBD|AUX) port|AT Translated|probing", log)
    assert [line for line in vm.said("complaint") if "No PS/2" not in line] == []
    assert "kbc0" not in vm.final()
