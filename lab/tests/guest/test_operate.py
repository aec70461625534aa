# SPDX-License-Identifier: GPL-2.0
"""Machines that are operated from outside: what happens to them, and the commands for them."""
import json
import socket
import subprocess

from keel import PAYLOAD, until

HOST = {}

FOLLOWERS = 8   # of events.c


class Events:
    """"keel events", and what it has printed."""

    def __init__(self, vm):
        self.process = subprocess.Popen(["keel", "events", vm.control], stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def next(self):
        """The next event; waits for it."""
        return json.loads(self.process.stdout.readline())

    def names(self, number):
        return [self.next()["event"] for _ in range(number)]


def follow(vm):
    """A connection that has asked for events."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(vm.control))
    client.sendall(b"events\n")
    return client


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
        assert happened[4]["file"] == str(vm.folder / "saved")
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
    vm.start("-m", "2M", PAYLOAD)
    vm.comes_up()
    place = f"{vm.folder}{'/.' * 1900}/saved"
    with follow(vm) as client:
        for _ in range(150):
            vm.save(place)
        lines = client.makefile()
        assert lines.readline() == "ok 0\n"
        before = 0
        while (event := json.loads(lines.readline()))["event"] != "lost":
            assert event["number"] == before + 1
            before += 1
            if before % 20 == 0:
                vm.save(place)      # so that there is a next one
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
    assert got.returncode and b"as many clients follow the events as can" in got.stderr
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
