# SPDX-License-Identifier: GPL-2.0
"""
The launcher's process: where and how its threads run, of which pages its guest's memory is, how
much memory it has itself, and how many descriptors.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

from keel import NOBODY, PAYLOAD, ended, refused

HOST = {}


@pytest.fixture
def disk(folder):
    path = folder / "disk"
    path.write_bytes(bytes(1 << 20))
    return path


def test_schedule(vm, disk):
    """vCPUs' and servers' threads have the CPUs and priorities that they are given"""
    vm.start("--nice", -2, "--server-nice", 7, "--server-affinity", 0, "--disk", disk, PAYLOAD)
    vm.comes_up()
    threads = {name: int(task.name) for name, task in vm.tasks()}
    vcpu, server = threads["keel-vcpu0"], threads["keel-disk0"]
    found = [os.getpriority(os.PRIO_PROCESS, thread) for thread in (vcpu, server, vm.pid)]
    assert found == [-2, 7, 0] and os.sched_getaffinity(server) == {0}
    vm.type("P")
    vm.ends(0)


@pytest.mark.parametrize("arguments, text", [
    (["--nice", "-5"], "--nice -5: .* RLIMIT_NICE is 0; 25 is needed: .ulimit -e 25"),
    (["--server-rt", "rr:7"], "--server-rt rr:7: .* RLIMIT_RTPRIO is 0; 7 is needed"),
    (["--rt", "fifo:7"], "--rt fifo:7: .* RLIMIT_RTPRIO is 0; 7 is needed: .ulimit -r 7")])
def test_no_right(folder, disk, arguments, text):
    """{arguments} without the right to: status 8, and what is needed"""
    fds = [os.open(device, os.O_RDWR) for device in ("/dev/kvm", "/dev/keel")]
    disk.chmod(0o666)
    payload = folder / "payload"
    payload.write_bytes(Path(PAYLOAD).read_bytes())
    refused(8, text, "--kvm", f"fd={fds[0]}", "--keel", f"fd={fds[1]}", "--disk", disk, *arguments,
            payload, pass_fds=fds, wrapper=["prlimit", "--rtprio=0:0", "--nice=0:0", *NOBODY])
    for fd in fds:
        os.close(fd)


def test_huge_pages():
    """--hugepages: from those that are set aside, all of them at once, or none"""
    where = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
    refused(12, "--hugepages=2M: .*: 32 are needed, 0 are free: raise "
            f"{where}/nr_hugepages", "-m", "64M", "--hugepages", PAYLOAD)
    (where / "nr_hugepages").write_text("40")
    assert ended("-m", "64M", "--hugepages", PAYLOAD, text=b"P") == (0, b"ready\r\n", "")
    refused(12, "--hugepages=2M: .*: 64 are needed, 40 are free", "-m", "128M", "--hugepages",
            PAYLOAD)
    refused(2, "--hugepages=1G: 64 MiB of memory are no multiple", "-m", "64M", "--hugepages=1G",
            PAYLOAD)


def test_huge_reset(vm):
    """a guest in huge pages resets, and is saved and restored"""
    Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages").write_text("40")
    vm.start("-m", "64M", "--hugepages", "--on-reset", "restart", PAYLOAD)
    for _ in range(3):
        vm.expect("ready$")
        vm.type("R")
    vm.expect("ready$")
    vm.moved(vm.folder / "saved")
    vm.tell("there and back")
    vm.expect("there and back$")


def test_node():
    """--numa-node: a node of the host's, or it is refused with those that there are"""
    assert ended("--numa-node", 0, PAYLOAD, text=b"P") == (0, b"ready\r\n", "")
    refused(2, "--numa-node 9: .*; the host has some on 0", "--numa-node", 9, PAYLOAD)


def test_limit(vm, disk):
    """a VM that may not have enough descriptors is told how many it needs, and has enough then"""
    arguments = ["--disk", disk, "--rng", "--virtio-console", f"socket={vm.folder}/port",
                 "--control", vm.control, PAYLOAD]
    said = ended(*arguments, wrapper=["prlimit", "--nofile=20:20"])[2]
    needed = int(re.match(r"keel: this VM needs up to (\d+) open files, and 20 are allowed: "
                          r"\"ulimit -n \1\" or LimitNOFILE=\1\n$", said)[1])
    refused(8, f"this VM needs up to {needed} open", *arguments,
            wrapper=["prlimit", f"--nofile={needed - 1}:{needed - 1}"])
    vm.wrapper = ["prlimit", f"--nofile={needed}:{needed}"]
    vm.start(*arguments)
    vm.expect("^ready$")


def resident(vm, memory):
    """KiB that are resident, without the guest's memory of so many KiB."""
    sizes = re.findall(r"(?m)^Size:\s+(\d+) kB[\s\S]*?^Rss:\s+(\d+) kB",
                       Path(f"/proc/{vm.pid}/smaps").read_text())
    assert str(memory) in [size for size, _ in sizes]
    return sum(int(rss) for size, rss in sizes if int(size) != memory)


def faults(vm):
    """Page faults so far."""
    return int(Path(f"/proc/{vm.pid}/stat").read_text().rpartition(")")[2].split()[7])


@pytest.mark.parametrize("pack", ["gzip", "xz", "zstd"])
def test_resident_unpacked(vm, tmp_path, pack):
    """a kernel that was unpacked, with {pack}, costs no more memory than one that was not"""
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    # So large that it is seen
    plain.write_bytes(Path(PAYLOAD).read_bytes() + bytes(8 << 20))
    packed.write_bytes(subprocess.run([pack, "-c", plain], capture_output=True,
                                      check=True).stdout)
    found = []
    for image in plain, packed:
        vm.start("-m", "128M", image)
        vm.expect("^ready$")
        vm.comes_up()
        found.append(resident(vm, 128 << 10))
        vm.type("P")
        vm.ends(0)
    assert found[1] < found[0] + 512, found


def test_resident(vm):
    """a launcher has at most 4 MiB beside its guest's memory, whose size makes no difference"""
    found = []
    for mib in 128, 2048:
        vm.start("-m", f"{mib}M", "--on-reset", "restart", PAYLOAD)
        vm.expect("^ready$")
        vm.comes_up()
        assert resident(vm, mib << 10) <= 4096
        found.append(faults(vm))
        vm.type("P")
        vm.expect("^ready$|") if False else vm.ends(0)
    assert abs(found[0] - found[1]) < 50, "it looks through the guest's memory"
