# SPDX-License-Identifier: GPL-2.0
"""
Real use: a Debian system, from Debian's packages, on a virtio disk, with four CPUs, its network on
a tap, sockets, a console and entropy. It boots without a failed unit; data goes through its disk
and back, curl, iperf3, ping and socat go both ways, then all of them at the same time, and amid
that it is saved, killed and restored. It is killed once more while it writes: its file system is
clean afterwards, and has all synced files. --long: over PCI and over MMIO, with packed and with
split rings, with the accelerator and without it, and a GiB through the disk.
"""
import hashlib
import http.server
import json
import os
import re
import subprocess
import tarfile
import threading
from functools import partial
from pathlib import Path

import pytest

from keel import IMAGE, INITRD, LONG, TOP, Keel, Kind, program, run, until

HOST = {"image": "lab/image", "modules": "tun vhost_net vhost_vsock ext4"}
GUEST = {"init": "system.init", "modules": "virtio_mmio virtio_pci virtio_blk ext4",
         "programs": ["pattern.c"]}

DISK = "/dev/vda"
ADDRESS, CID, WORD = "10.9.0.2", 42, "anchor"
BYTES = bytes(range(256)) * 4
ROUNDS = 4
# Time limits of programs, raised for an emulated, busy machine
PATIENCE = "watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 systemd.service_watchdogs=no"


def kinds():
    """Disks have packed rings and split ones, vhost has split ones."""
    for transport, ring, bus in [("pci", "packed", "on"), ("pci", "packed", "off"),
                                 ("pci", "split", "on"), ("pci", "split", "off"),
                                 ("mmio", "packed", "on"), ("mmio", "packed", "off"),
                                 ("mmio", "split", "on"), ("mmio", "split", "off")]:
        yield Kind(f"{transport}, {ring} rings, accelerator {bus}",
                   *(["--no-bus"] if bus == "off" else []), transport=transport, ring=ring)


WEB = 8 if LONG else 3          # MiB, of curl
SPEED = 16 if LONG else 6       # MiB, of iperf3
KINDS = list(kinds()) if LONG else list(kinds())[:1]


class Uploads(http.server.SimpleHTTPRequestHandler):
    """Offers the files of a folder, and answers an upload with its MD5."""

    def do_PUT(self):
        md5, left = hashlib.md5(), int(self.headers["Content-Length"])
        while left and (data := self.rfile.read(min(left, 65536))):
            md5.update(data)
            left -= len(data)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(md5.hexdigest().encode() + b"\n")

    def log_message(self, *_):
        pass


def listens(port):
    """A TCP server listens there."""
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        for line in open(table, encoding="ascii"):
            address, state = line.split()[1], line.split()[3]
            if address.endswith(f":{port:04X}") and state == "0A":
                return True
    return False


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """What the guest connects to; the folder of files to download."""
    run("ip", "tuntap", "add", "tap0", "mode", "tap")
    run("ip", "addr", "add", "10.9.0.1/24", "dev", "tap0")
    run("ip", "link", "set", "tap0", "up")
    www = tmp_path_factory.mktemp("www")
    for size in 1, WEB:
        data = os.urandom(size << 20)
        (www / str(size)).write_bytes(data)
        (www / f"{size}.md5").write_text(hashlib.md5(data).hexdigest() + "\n")
    web = http.server.ThreadingHTTPServer(("", 8000), partial(Uploads, directory=www))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with open(www / "log", "wb") as log:
        programs = [subprocess.Popen(words.split(), stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log)
                    for words in ("iperf3 -s --rcv-timeout 600000",
                                  "socat TCP-LISTEN:7000,fork,reuseaddr EXEC:cat",
                                  "socat -t 600 VSOCK-LISTEN:1235,fork EXEC:cat")]
    for port in 8000, 5201, 7000:
        until(partial(listens, port), f"a server at {port}")
    yield www
    for one in programs:
        one.kill()
        one.wait()
    web.shutdown()
    run("ip", "link", "del", "tap0")


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, servers, tmp_path_factory):
    kind = request.param
    launcher = Keel(tmp_path_factory.mktemp("system"))
    launcher.kind, launcher.www = kind, servers
    folder = launcher.folder
    with tarfile.open(folder / "lab.tar", "w") as tar:
        tar.add(Path(__file__).parent / "system.guest", "guest")
        tar.add(program("pattern"), "pattern")
    (folder / "bytes").write_bytes(BYTES)
    option = f"transport={kind.transport}" + ("" if kind.ring == "packed" else ",ring=split")
    # Each way to the disk once: through the host's page cache, and past it
    direct = "" if kind.transport == "pci" else ",direct,serve=worker"
    launcher.start(
        "-c", 4, "-m", "512M", "--stats=json", "--strict", *kind.options,
        "--serial", f"pio:0x3f8,to={folder}/console.log", "--serial", "pio:0x2f8,to=stdio",
        "--disk", f"{DISK},queues=4,{option}{direct}",
        "--disk", f"{folder}/lab.tar,ro,id=lab,{option}", "--rng",
        "--virtio-console", f"{folder}/hvc.log,{option}",
        "--virtio-console", f"{folder}/port.log,name=lab",
        "--net", f"tap=tap0,transport={kind.transport}",
        "--smbios", "type=11,value=lab", "--credential", f"lab.word={WORD}",
        "--credential", f"lab.bytes=@{folder}/bytes",
        "--vsock", f"{CID},transport={kind.transport}", "--initrd", INITRD, "--append",
        f"console=ttyS0 panic=-1 loglevel=5 systemd.show_status=no {PATIENCE}", IMAGE)
    yield launcher
    launcher.kill()


def works(vm, *words):
    """The guest carries it out, and reports success."""
    assert vm.do(*words) == "0"


# ---- In this order ----

def test_boots(vm):
    """it boots, and no unit has failed"""
    assert vm.report("up") == "running active "
    assert vm.report("has").startswith("4 /dev/vda ext4 virtio_rng.")


def test_credential(vm):
    """its systemd has credentials, one of them a file's bytes"""
    assert vm.report("credential") == WORD
    assert vm.report("bytes") == hashlib.md5(BYTES).hexdigest()


def test_disk(vm):
    """data goes through the disk, and back"""
    seed = KINDS.index(vm.kind)
    works(vm, "disk", 1024 if LONG and seed == 0 else 64, seed)     # MiB


def test_ping(vm):
    """pings, both ways"""
    works(vm, "ping")
    assert "5 received" in run("ping", "-q", "-c", 5, "-i", 0.2, "-W", 300, ADDRESS)


@pytest.mark.long
def test_web(vm):
    """curl, both ways"""
    works(vm, "get", WEB)
    works(vm, "put", WEB)
    vm.tell("serve", WEB)
    want = vm.report("serves")
    got = subprocess.run(["curl", "-sSf", f"http://{ADDRESS}:8080/data"], capture_output=True,
                         check=True).stdout
    assert hashlib.md5(got).hexdigest() == want
    vm.report("done serve")


@pytest.mark.long
def test_speed(vm):
    """iperf3, both ways"""
    works(vm, "iperf", "-n", f"{SPEED}M")
    works(vm, "iperf", "-n", f"{SPEED}M", "-R")
    works(vm, "answers")
    end = json.loads(run("iperf3", "-c", ADDRESS, "-n", f"{SPEED}M", "--bidir", "-J"))["end"]
    # It ends when one direction has sent that much: megabytes in flight then, of both, do not count
    assert min(end[way]["bytes"] for way in ("sum_received", "sum_received_bidir_reverse")) > 0


def test_sockets(vm):
    """vsock, both ways"""
    works(vm, "echoed", 1024)
    works(vm, "echoes")
    data = (vm.www / "1").read_bytes()
    back = subprocess.run(["socat", "-t", "600", "-", f"VSOCK-CONNECT:{CID}:1234"], input=data,
                          capture_output=True, check=True).stdout
    assert back == data


def test_entropy(vm):
    """entropy: the guest reads random bytes"""
    works(vm, "rng")


def test_all_at_once(vm):
    """all at once, and saved, killed and restored meanwhile"""
    vm.tell("hot", ROUNDS)
    vm.report(f"round {ROUNDS // 2}")
    vm.ctl("pause")
    vm.moved(vm.folder / "saved")
    assert vm.report("done hot") == "0", [line for line in vm.lines if "@ wrong" in line]
    times, = vm.said("times port")
    numbers = "".join(f"{n}\n" for n in range(1, 20001))
    assert int(times) > 1
    assert (vm.folder / "port.log").read_text() == numbers * int(times)


def test_log(vm):
    """no complaints in the guest's log"""
    log = (vm.folder / "console.log").read_text(errors="replace").replace("\r", "")
    (vm.folder / "messages").write_text(log)
    splat = subprocess.run(["bash", "-c", '. lab/lib.sh; splats "$1"', "-", vm.folder / "messages"],
                           cwd=TOP, capture_output=True, text=True, check=False).stdout
    assert splat == ""
    ours = re.compile("virtio|vd[a-z]|vsock|hwrng|ext4|eth0|enp", re.I)
    complaint = re.compile("warn|fail|error|bug|unable|unexpected|timed out", re.I)
    assert [line for line in log.splitlines() if ours.search(line) and complaint.search(line)] == []
    for text in log, (vm.folder / "hvc.log").read_text(errors="replace").replace("\r", ""):
        assert re.search("(?m)^keel login", text)


def flushes():
    return int(Path("/sys/block/vda/stat").read_text().split()[15])


def test_killed(vm):
    """killed while it writes: each sync was a flush of the disk, and its file system is clean"""
    before = flushes()
    vm.tell("writers")
    for _ in range(4):      # each of the writers
        vm.expect(r"^@ synced /srv/.\.5 ")
    vm.kill()
    vm.drain()      # all that the guest had reported until then
    syncs = sum(line.startswith("@ synced /srv/1") for line in vm.lines)
    assert syncs >= 5 and flushes() - before >= syncs
    run("e2fsck", "-E", "journal_only", "-p", DISK)
    run("e2fsck", "-fn", DISK)


def test_synced(vm):
    """killed while it writes: all files synced before are on the disk"""
    mounted = vm.folder / "mnt"
    mounted.mkdir()
    run("mount", "-o", "ro", DISK, mounted)
    try:
        synced = [line.split() for line in vm.lines if line.startswith("@ synced /srv/")]
        lost = [file for _, _, file, *md5 in synced
                if md5 and hashlib.md5((mounted / file[1:]).read_bytes()).hexdigest() != md5[0]]
        assert len(synced) >= 20 and lost == []
    finally:
        run("umount", mounted)
