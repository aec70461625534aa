# SPDX-License-Identifier: GPL-2.0
"""
The launcher's process: where and how its threads run, of which pages its guest's memory is, how
much memory it has itself, and how many descriptors.
"""
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from keel import NOBODY, PAYLOAD, TOP, ended, refused, until

HOST = {}
TICKS = TOP / "build/lab/tests/payloads/ticks"


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


def placed(vm):
    """The policy, priority and CPUs of a vCPU's, a server's and the main thread."""
    threads = {name: int(task.name) for name, task in vm.tasks()}
    return [(os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority,
             os.sched_getaffinity(thread))
            for thread in (threads["keel-vcpu0"], threads["keel-disk0"], vm.pid)]


def lines_of_profile(vm):
    """What --rt-profile said: what is lacking by its subject, and the options that it chose."""
    said = re.findall(r"(?m)^keel: --rt-profile:(?: ([\w -]+?):)? (.*)$",
                      vm.messages.read_text())
    return dict(said[:-1]), said[-1][1]


def test_rt_profile(vm, disk):
    """--rt-profile: CPUs, priorities and locked memory, as far as this host has them"""
    few = os.cpu_count() < 2
    vm.start("--rt-profile", "--disk", disk, PAYLOAD)
    vm.comes_up()
    lacking, chosen = lines_of_profile(vm)
    assert lacking["isolated CPUs"].startswith("none: boot with isolcpus=")
    assert lacking["huge pages"].startswith("too few are free: echo 128 >")
    assert ("CPUs" in lacking) == few
    own = "" if few else "--cpu-affinity 1 --rt fifo:50 --server-affinity 0 --server-rt fifo:10 "
    assert chosen == f"{own}--mlock --halt-poll 1000"
    usual = (os.SCHED_OTHER, 0, os.sched_getaffinity(0))
    assert placed(vm) == ([usual] * 3 if few else
                          [(os.SCHED_FIFO, 50, {1}), (os.SCHED_FIFO, 10, {0}), usual])
    vm.type("P")
    vm.ends(0)


# The host's kernel has PREEMPT_RT: there, vCPUs' threads take what the clock's timer says is due
PREEMPTS = "PREEMPT_RT" in os.uname().version


@pytest.fixture(name="compute")
def fixture_compute():
    """compute(POLICY, PRIORITY, SECONDS): this thread computes, and does nothing else, on CPU 0"""
    budget = Path("/proc/sys/kernel/sched_rt_runtime_us")
    before, cpus = budget.read_text(), os.sched_getaffinity(0)
    budget.write_text("-1")     # else all other threads have a twentieth of the time

    def compute(policy, priority, seconds):
        os.sched_setaffinity(0, {0})
        os.sched_setscheduler(0, policy, os.sched_param(priority))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    yield compute
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.sched_setaffinity(0, cpus)
    budget.write_text(before)


def ticking(vm, *options):
    """Starts a guest that waits for ticks of the PIT; what says how many it has had."""
    def ticks():
        return vm.counters().get("line0", {}).get("asserts", 0)

    vm.start("--cpu-affinity", 0, "--testdev", *options, "--append", "on", TICKS)
    until(lambda: ticks() > 10 or not vm.running(), "the guest's timer ticks")
    return ticks


@pytest.mark.parametrize("vcpus", [1, 2])
def test_rt_timer(vm, kind, compute, vcpus):
    """{vcpus} vCPUs with a real-time priority: no thread with a lower one delays their timer"""
    ticks = ticking(vm, "-c", vcpus, "--rt", "fifo:50", *kind.options)
    seen = []
    for _ in range(5):      # times 6,000 ticks, of which a slow host has fewer
        before = ticks()
        compute(os.SCHED_FIFO, 10, 3)
        seen.append(ticks() - before)
        if seen[-1] > 100:
            break
    assert seen[-1] > 100, seen
    counters = vm.counters()
    taken = sum(counters[f"vcpu{i}"]["loop.timer"] for i in range(vcpus))
    assert taken > 100 if PREEMPTS else not taken


def test_overdue(vm, compute):
    """a vCPU's thread that others keep from its CPU does not keep the VM's timer from other vCPUs"""
    ticks = ticking(vm, "-c", 2, "--nice", 19)
    # Where a thread has to take what is due, it is late now and then, and the guard takes it
    for _ in range(60):
        compute(os.SCHED_OTHER, 0, 1)
        overdue = vm.counters()["vm"]["clock.overdue"]
        if ticks() > 100 and (overdue > 10 or not PREEMPTS):
            break
    assert ticks() > 100
    assert (overdue > 10) == PREEMPTS


def test_rt_profile_kept(vm, disk):
    """--rt-profile changes nothing that the user has set"""
    Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages").write_text("40")
    vm.start("--rt-profile", "--cpu-affinity", 0, "--nice", 3, "--server-rt", "rr:5",
             "--halt-poll", 7, "-m", "64M", "--disk", disk, PAYLOAD)
    vm.comes_up()
    chosen = lines_of_profile(vm)[1]
    others = ",".join(map(str, range(1, os.cpu_count())))
    servers = f"--server-affinity {others} " if others else ""
    assert chosen == (f"--cpu-affinity 0 {servers}--server-rt rr:5 --hugepages=2M --mlock "
                      "--halt-poll 7")
    assert placed(vm)[0] == (os.SCHED_OTHER, 0, {0}) and placed(vm)[1][:2] == (os.SCHED_RR, 5)
    vm.type("P")
    vm.ends(0)


def test_rt_profile_user(folder):
    """a user without these rights has a VM with --rt-profile, and is told of each"""
    fds = [os.open(device, os.O_RDWR) for device in ("/dev/kvm", "/dev/keel")]
    payload = folder / "payload"
    payload.write_bytes(Path(PAYLOAD).read_bytes())
    status, output, said = ended(
        "--rt-profile", "--kvm", f"fd={fds[0]}", "--keel", f"fd={fds[1]}", "--cpu-affinity", 0,
        payload, text=b"P", pass_fds=fds,
        wrapper=["prlimit", "--rtprio=0:0", "--memlock=1048576:1048576", *NOBODY])
    assert (status, output) == (0, b"ready\r\n"), said
    assert "--rt: fifo:50: Operation not permitted: \"ulimit -r 50\" or LimitRTPRIO=50\n" in said
    assert "--mlock: 1 MiB may be locked: \"ulimit -l unlimited\"" in said
    for fd in fds:
        os.close(fd)


def test_huge_pages():
    """--hugepages: from those that are set aside, all of them at once, or none"""
    where = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
    (where / "nr_hugepages").write_text("0")
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
        vm.ends(0)
    assert abs(found[0] - found[1]) < 50, "it looks through the guest's memory"
