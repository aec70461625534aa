# SPDX-License-Identifier: GPL-2.0
"""
Network and sockets under Debian's virtio_net and vsock drivers, with vhost in the host. Pings;
megabytes each way, with their sums, while the VM is paused and resumed; interrupts past Keel, and
vectors that move from CPU to CPU under traffic; queue pairs, enabled and disabled; save and
restore; sockets each way; the driver is unbound and bound under traffic; keel is killed under
traffic, and its interface and CID are free again. Over PCI, with two queue pairs, and MMIO, with
one; with the bus accelerator on and off (with --long each with each). Then a user's own network,
as the user nobody.
"""
import json
import os
import shlex
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

import network
from keel import (IMAGE, INITRD, LIMIT, LONG, PAYLOAD, Keel, Kind, program, refused, run,
                  unneeded_returns)
from network import beside, sum_of

HOST = {"modules": "tun vhost_net vhost_vsock af_packet"}
GUEST = {"main": "net.guest", "programs": ["vsock.c", "channels.c"],
         "modules": "virtio_mmio virtio_pci virtio_net vmw_vsock_virtio_transport af_packet"}

PCI = {"transport": "pci", "device": "vpci0", "queues": ",queues=2", "tap": ["multi_queue"]}
MMIO = {"transport": "mmio", "device": "vmmio0", "queues": "", "tap": []}
KINDS = [Kind("PCI, two queue pairs, accelerator on", end="killed", **PCI),
         Kind("MMIO, one queue pair, accelerator off", "--no-bus", end="off", **MMIO)]
if LONG:
    KINDS += [Kind("PCI, two queue pairs, accelerator off", "--no-bus", end="killed", **PCI),
              Kind("MMIO, one queue pair, accelerator on", end="killed", **MMIO)]

SIZE = 2 << 20
MAC, CID = "02:00:00:00:09:02", 42
HOST_ADDRESS, ADDRESS = "10.9.0.1", "10.9.0.2"
THREE = "3 packets transmitted, 3"
UP = f"{MAC} 1400 {THREE}"
IN_USE = 36     # keel's status


class Machine(Keel):
    """A guest with a network, and transfers through it."""

    def __init__(self, folder, *wrapper):
        super().__init__(folder, wrapper)
        self.saved = folder / "saved"

    @contextmanager
    def paused_often(self):
        """Meanwhile it is paused and resumed again and again, at least once."""
        over = threading.Event()

        def work():
            while True:
                self.ctl("pause")
                self.ctl("resume")
                if over.wait(0.5):
                    return
        with ThreadPoolExecutor(1) as thread:
            job = thread.submit(work)
            try:
                yield
            finally:
                over.set()
        job.result()

    def to_guest(self):
        data = os.urandom(SIZE)
        with network.server(5001, lambda client: client.sendall(data)), self.paused_often():
            self.tell("down")
            got = self.report("down")
        assert got == sum_of(data)

    def from_guest(self):
        with network.server(5002, network.receive) as received:
            self.tell("send", SIZE)
            want = self.report("sum")
            self.report("done send")
            data = received.result()
        assert len(data) == SIZE
        assert sum_of(data) == want


class Tapped(Machine):
    """A guest of one kind, on a tap, and with a socket device."""

    def __init__(self, folder, kind):
        super().__init__(folder)
        self.kind = kind

    def power_on(self):
        kind = self.kind
        self.boot("-c", 2, "--strict", "--stats=json", *kind.options,
                  "--net", f"tap=tap0,mac={MAC},transport={kind.transport}{kind.queues}",
                  "--vsock", f"{CID},transport={kind.transport}")

    def pings(self):
        self.tell("up")
        assert self.report("up") == UP

    def counter(self, name):
        """A present counter of the network device."""
        return self.stats()[self.kind.device][name]

    def total(self, name):
        """The sum over all its queues, as packets may take any."""
        return sum(value for key, value in self.stats()[self.kind.device].items()
                   if key.endswith(f".{name}"))

    def interrupts(self):
        """Interrupts that the guest has taken, and of how many of its queues."""
        self.tell("interrupts")
        number, _, queues = self.report("interrupts").partition(" ")
        return int(number), queues

    def channels(self, number):
        """The guest asks for so many queue pairs: those that it has then, and pings."""
        self.tell("channels", number)
        return self.report("channels")


def flood():
    """Packets to the guest, as many as it answers."""
    return beside("busybox", "ping", "-A", ADDRESS)


def tap_queues():
    """The tap's queues that are attached, and detached."""
    info = json.loads(run("ip", "-j", "-d", "link", "show", "tap0"))[0]["linkinfo"]["info_data"]
    return info["numqueues"], info["numdisabled"]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    kind = request.param
    machine = Tapped(tmp_path_factory.mktemp("net"), kind)
    with network.tap("tap0", HOST_ADDRESS, *kind.tap):
        machine.power_on()
        yield machine
        machine.kill()


def test_pings(vm):
    """pings"""
    vm.expect("^@ ready$")
    vm.pings()


@pytest.mark.kinds(transport="mmio")
@pytest.mark.parametrize("option, message", [
    ("--net tap=tap0", "tap0 is in use"), (f"--vsock {CID}", f"another guest has CID {CID}")])
def test_in_use(vm, option, message):
    """a tap or CID that another VM uses is refused: {option}"""
    done = subprocess.run(["keel", "run", *option.split(), IMAGE], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert done.returncode == IN_USE
    assert message in done.stdout + done.stderr


def test_to_guest(vm):
    """megabytes to the guest, paused and resumed"""
    vm.to_guest()


def test_from_guest(vm):
    """megabytes from the guest"""
    vm.from_guest()


# The numbers of doorbells and interrupts depend on the machine's load: at least some

def test_bells(vm):
    """doorbells go to vhost past the board"""
    assert vm.counter("kicks") == 0
    assert vm.total("bells") > 20


def test_interrupts(vm):
    """vhost sends messages past Keel, and no line interrupts"""
    ours = vm.counter("interrupts") + vm.total("direct")
    taken, _ = vm.interrupts()
    assert taken > 20
    if vm.kind.transport == "pci":
        assert ours * 10 < taken
    else:
        assert ours >= taken


def test_moves(vm):
    """vectors move under traffic"""
    # Each change of a vector masks it: Keel takes vhost's interrupts back, and hands them out again
    before = vm.total("taken_back")
    with flood():
        vm.tell("moves", 20)
        assert vm.report("moved") == THREE
    if vm.kind.transport == "pci":
        assert vm.total("taken_back") >= before + 10


@pytest.mark.kinds(transport="pci")
def test_pairs(vm):
    """multiqueue: the guest enables and disables queue pairs"""
    assert tap_queues() == (2, 0)       # the driver uses both from the start
    assert vm.channels(1) == f"1 of 2 {THREE}"
    assert tap_queues() == (1, 1)
    assert vm.channels(2) == f"2 of 2 {THREE}"
    assert tap_queues() == (2, 0)
    assert vm.channels(3) == f"2 of 2 {THREE}"
    assert vm.interrupts()[1] == "4 of 4"
    assert vm.counter("commands") >= 3
    assert vm.counter("queue.1.bells") > 0 and vm.counter("queue.3.bells") > 0


def test_restored(vm):
    """saved and restored: the queues go on, and connections of before are reset"""
    if vm.kind.transport == "pci":
        vm.channels(1)
    with beside(program("vsock"), "echo", 1236, ready="@ vsock listens"):
        vm.tell("hold", 1236)
        vm.expect("^@ vsock holds$")
        vm.moved(vm.saved)
        assert vm.report("vsock ends:") == "reset"
    vm.pings()
    if vm.kind.transport == "pci":
        assert tap_queues() == (1, 1)


def test_sockets(vm):
    """sockets, each way"""
    vm.tell("echo", 1234)
    vm.expect("^@ vsock listens$")
    run(program("vsock"), "try", CID, 1234, 1000000, timeout=LIMIT)
    vm.report("done echo")
    with beside(program("vsock"), "echo", 1235, ready="@ vsock listens"):
        vm.tell("try", 1235)
        vm.expect("^@ vsock gave back 1000000$")


def test_resets(vm):
    """the driver is unbound and bound under traffic"""
    with flood():
        vm.tell("resets", 3)
        for i in 1, 2, 3:
            assert vm.report(f"reset {i}:") == f"@ up {UP}"


@pytest.mark.kinds(end="off")
def test_returns(vm):
    """power-off, without needless returns to userspace"""
    vm.tell("off")
    vm.ends(0)
    assert unneeded_returns(vm.final()) == 0


@pytest.mark.kinds(end="killed")
def test_killed(vm):
    """killed under traffic: its tap and CID are free again"""
    vm.tell("flood")
    with flood():
        vm.report("done flood")
        vm.kill()
    vm.power_on()       # control sockets come after devices
    vm.comes_up()


# ---- A user's own network ----

NOBODY = """#!/bin/sh
export PATH={folder}:$PATH
exec {own_root} /usr/bin/setpriv --reuid nobody --regid nogroup --clear-groups "$@"
"""


def permit(folder):
    """Gives the user nobody all rights that it needs; returns the command that runs keel as it."""
    shutil.copy(shutil.which("keel"), folder / "keel")
    for name, path in ("image", IMAGE), ("initrd", INITRD):
        shutil.copyfile(path, folder / name)
        (folder / name).chmod(0o644)
    (folder / "nobody").write_text(NOBODY.format(folder=folder, own_root=shlex.join(network.OWN_ROOT)))
    for file in "keel", "nobody":
        (folder / file).chmod(0o755)
    folder.chmod(0o777)
    for device in "keel", "kvm", "vhost-net", "net/tun":
        os.chmod(f"/dev/{device}", 0o666)
    return folder / "nobody"


@pytest.fixture(scope="module")
def own(folder):
    machine = Machine(folder, permit(folder))
    with network.name_server(folder, "10.11.12.13"):
        machine.start("--strict", "--net", "user,forward=tcp:5003:5004", "--append",
                      "console=ttyS0 quiet panic=-1", "--initrd", folder / "initrd",
                      folder / "image")
        yield machine
        machine.kill()


# A library that cannot be loaded
HIDDEN = ["unshare", "-m", "sh", "-c", "mount --bind /dev/null "
          "/usr/lib/x86_64-linux-gnu/libslirp.so.0 && exec \"$@\"", "sh"]


def test_no_library():
    """a user's own network: without libslirp, its package is named"""
    refused(36, r"--net user: .*; it is in Debian's package libslirp0", "--net", "user", PAYLOAD,
            wrapper=HIDDEN)


def test_no_namespace():
    """a user's own network: where no user namespace can be made, the setting is named"""
    refused(8, r"--net user: cannot create a user namespace \(see user\.max_user_namespaces\): ",
            "--net", "user", PAYLOAD)


def test_own_network(own):
    """a user without rights has a network: DHCP, DNS"""
    own.expect("^@ ready$")
    own.tell("dhcp")
    assert own.report("dhcp") == "10.0.2.15 10.0.2.2 10.0.2.3"
    own.tell("resolve", "keel.test")
    assert own.report("address") == "10.11.12.13"


def test_own_to_guest(own):
    """a user's own network: megabytes to the guest, paused and resumed"""
    own.to_guest()


def test_own_from_guest(own):
    """a user's own network: megabytes from the guest"""
    own.from_guest()


def test_forwarded(own):
    """a user's own network: a forwarded port"""
    data = os.urandom(SIZE)
    own.tell("take")
    own.expect("^@ takes$")
    with socket.create_connection(("127.0.0.1", 5003), LIMIT) as connection:
        connection.sendall(data)
    assert own.report("took") == sum_of(data)


def test_gone(own):
    """a user's own network: killed, no process and no open port is left"""
    own.save(own.saved)
    shutil.chown(own.saved, "nobody")   # the file of its client, which is root here
    own.kill()
    assert subprocess.run(["pgrep", "-u", "nobody"], check=False).returncode == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 5003))


def test_own_restored(own):
    """a user's own network: saved and restored"""
    own.start("--restore", own.saved)
    own.comes_up()
    own.to_guest()


def test_own_power_off(own):
    """a user's own network: power-off"""
    own.tell("off")
    own.ends(0)
