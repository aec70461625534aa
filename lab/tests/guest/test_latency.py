# SPDX-License-Identifier: GPL-2.0
"""
Latencies of a VM: what the histograms count is what the counters count, what took longest is an
access of the guest's, and keel top, Prometheus and gnuplot can read it.
"""
import json
import os
import re
import socket
import stat
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from keel import ON_AND_OFF, PAYLOAD, TOP, Keel, ended, run

HOST = {}

SVG = "{http://www.w3.org/2000/svg}"
IMAGE = range(0x1000000, 0x1010000)     # where the guest is
PORT = 9273


class Measured(Keel):
    """A guest that echoes on its serial port, and what is measured of it."""

    def latency(self):
        return json.loads(run("keel", "latency", self.control, "--json"))

    def rows(self):
        return {(row["device"], row["name"], row["kind"]): row
                for row in self.latency()["histograms"]}

    def echo(self, text="x"):
        self.tell(text)
        self.expect(f"{text}$")


@pytest.fixture(name="vm", params=ON_AND_OFF, ids=lambda kind: kind.id)
def fixture_vm(request, tmp_path):
    """It runs; "latency on" is up to the test."""
    vm = Measured(tmp_path)
    vm.kind = request.param
    vm.start(*vm.kind.options, PAYLOAD)
    vm.expect("^ready$")
    yield vm
    vm.kill()


def percentile(buckets, share):
    """The end of the bucket in which the last of so many is."""
    rank, below = -(-sum(buckets) * share // 1000), 0
    for number, count in enumerate(buckets):
        below += count
        if below >= rank:
            return 2 ** number - 1
    return 0


def test_counts(vm):
    """as many accesses are measured as are counted, and what took longest is the guest's"""
    vm.ctl("pause")
    vm.ctl("latency on")
    before = vm.stats()
    vm.ctl("resume")
    for _ in range(3):
        vm.echo()
    vm.ctl("pause")
    after, rows = vm.stats(), vm.rows()
    counted = 0
    for device, counters in after.items():
        for name, value in counters.items():
            region, _, direction = name.rpartition(".")
            kind = {"reads": "read", "writes": "write"}.get(direction)
            if not kind or region.startswith("unmapped_"):
                continue
            count = rows.get((device, region, kind), {"count": 0})["count"]
            assert count == value - before[device][name], (device, name)
            counted += count
    assert counted > 30 and rows["uart0", "regs", "write"]["count"] >= 3
    for row in rows.values():
        assert sum(row["buckets"]) == row["count"] and row["max"] <= row["sum"], row
        for share, name in (500, "p50"), (990, "p99"):
            assert row[name] == min(percentile(row["buckets"], share), row["max"]), row
    worst = vm.latency()["worst"]
    assert len(worst) == 16
    assert [one["ns"] for one in worst] == sorted((one["ns"] for one in worst), reverse=True)
    for one in worst:
        assert (one["device"], one["space"], one["vcpu"]) == ("uart0", "port", 0)
        assert int(one["rip"], 0) in IMAGE and int(one["address"], 0) in range(0x3f8, 0x400)
    assert worst[0]["ns"] == max(row["max"] for key, row in rows.items() if key[0] == "uart0"
                                 and key[2] in ("read", "write"))


def test_switch(vm):
    """on, off and reset do what they say, and what is off counts nothing"""
    assert "off: keel latency VM on" in run("keel", "latency", vm.control)
    vm.ctl("latency on")
    vm.echo()
    vm.ctl("latency off")
    first = vm.latency()
    assert not first["measuring"] and first["histograms"]
    vm.echo()
    assert vm.latency()["histograms"] == first["histograms"]
    text = run("keel", "stats", vm.control)
    assert re.search(r"(?m)^uart0 +regs +write +\d+ +\d+ +\d+ +\d+ +0x3f8=0x", text)
    assert "longest accesses" in text
    vm.ctl("latency reset")
    assert not vm.latency()["histograms"] and not vm.latency()["worst"]
    assert "longest accesses" not in run("keel", "stats", vm.control)
    for words, status in (["latency", vm.control, "anew"], 2), (["latency", vm.control, "on", "--json"], 2):
        assert subprocess.run(["keel", *map(str, words)], capture_output=True,
                              check=False).returncode == status
    vm.echo()


def test_debugfs(vm):
    """debugfs has the same"""
    vm.ctl("latency on")
    vm.echo()
    vm.ctl("pause")
    file, = Path("/sys/kernel/debug/keel").glob(f"{vm.pid}-*/latency")
    lines = {tuple(line.split()[:3]): line for line in file.read_text().splitlines()}
    rows = vm.rows()
    assert lines.keys() == rows.keys()
    for key, row in rows.items():
        buckets = "".join(f" {number}:{count}" for number, count in enumerate(row["buckets"])
                          if count)
        assert lines[key] == (f"{' '.join(key)} count={row['count']} sum={row['sum']} "
                              f"p50={row['p50']} p99={row['p99']} max={row['max']} "
                              f"at={row['max_at']}{buckets}")


def test_top(vm):
    """keel top shows them while they are measured"""
    assert "LATENCY" not in run("keel", "top", vm.control, "--count", 1)
    vm.ctl("latency on")
    text = run("keel", "top", vm.control, "--count", 2)
    assert len(re.findall(r"(?m)^uart0 +regs +read +\d+ +\d+ +\d+ +\d+$", text)) == 2


def test_save(vm, tmp_path):
    """a VM that is measured is saved, and a restored one is measured if that is asked for"""
    vm.ctl("latency on")
    vm.echo()
    vm.moved(tmp_path / "saved", *vm.kind.options, "--latency")
    vm.echo()
    assert vm.latency()["measuring"] and vm.rows()["uart0", "regs", "write"]["count"]


def test_disk(tmp_path):
    """each request of a disk is measured, once, also those that wait for a server"""
    payload = TOP / "build/lab/tests/payloads/order"
    for serve in "inline", "worker":
        disk = Path("/dev/shm/measured")
        disk.touch()
        os.truncate(disk, 1 << 20)
        status, _, said = ended("--testdev", "--latency", "--stats", "--rng", "--disk",
                                f"{disk},serve={serve}", payload)
        disk.unlink()
        assert status == 1, said
        chains, refused = (int(re.search(rf"(?m)^vpci0 +queue\.0\.{name} +(\d+)", said)[1])
                           for name in ("chains", "refused"))
        requests = re.findall(r"(?m)^vpci0 +(\w+) +request +(\d+)", said)
        assert {name for name, _ in requests} >= {"read", "flush"}
        assert sum(int(count) for _, count in requests) == chains - refused, said
    assert not list(tmp_path.iterdir())


# ---- Prometheus ----

def samples(text):
    """All samples, by name and labels: what Prometheus' own parser makes of them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "vm"}
            key = sample.name, tuple(sorted(labels.items()))
            assert key not in found and sample.labels["vm"]
            found[key] = sample.value
    return found


def sample(found, name, **labels):
    return found[name, tuple(sorted(labels.items()))]


def matches(found, vm):
    """The samples are what the VM, which is paused, counts."""
    for device, counters in vm.stats().items():
        for name, value in counters.items():
            if name.startswith("unmapped_") and name.count(".") > 1 or device.startswith("thread"):
                continue
            region, _, direction = name.rpartition(".")
            if direction in ("reads", "writes"):
                got = sample(found, "keel_accesses_total", device=device, region=region,
                             direction=direction[:-1])
            else:
                got = sample(found, "keel_events_total", device=device, counter=name)
            assert got == value, (device, name)
    row = vm.rows()["uart0", "regs", "read"]
    labels = {"device": "uart0", "region": "regs", "direction": "read"}
    assert sample(found, "keel_access_seconds_count", **labels) == row["count"]
    assert sample(found, "keel_access_seconds_sum", **labels) == pytest.approx(row["sum"] / 1e9)
    assert sample(found, "keel_access_seconds_bucket", le="+Inf", **labels) == row["count"]
    assert sample(found, "keel_access_seconds_bucket", le="0.000004095", **labels) == \
        sum(row["buckets"][:13])
    assert sample(found, "keel_vm_paused") == 1 and sample(found, "keel_latency_measuring") == 1


def get(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return answer.read().decode()


def test_metrics(tmp_path):
    """keel metrics and --metrics PORT: Prometheus' parser reads what the counters are"""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False, capture_output=True)
    vm = Measured(tmp_path)
    vm.start("--latency", "--metrics", PORT, PAYLOAD)
    vm.expect("^ready$")
    vm.echo()
    vm.ctl("pause")
    matches(samples(run("keel", "metrics", vm.control) + "\n"), vm)
    url = f"http://127.0.0.1:{PORT}"
    matches(samples(get(f"{url}/metrics")), vm)
    matches(samples(get(f"{url}/metrics?name=keel")), vm)
    for path, method, status in ("/", "GET", 404), ("/metricsx", "GET", 404), ("/metrics", "POST", 405):
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(url + path, method)
        assert refused.value.code == status
    file = tmp_path / "vm.prom"
    run("keel", "metrics", vm.control, file)
    matches(samples(file.read_text()), vm)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert {path.name for path in tmp_path.iterdir()} == {"vm.prom", "control", "err"}
    vm.kill()


def test_metrics_socket(tmp_path):
    """--metrics PATH: a socket, which serves no request but one for metrics"""
    vm = Measured(tmp_path)
    place = tmp_path / "metrics"
    vm.start("--metrics", place, PAYLOAD)
    vm.expect("^ready$")
    silent = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    for one in silent:
        one.connect(str(place))
    assert vm.status()["state"] == "running"    # they take no place at the control socket
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(place))
        client.sendall(b"quit\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 405 ")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(place))
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        client.sendall(b"Accept: */*\r\n\r\n")
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and f"Content-Length: {len(body)}".encode() in head
    assert sample(samples(body.decode()), "keel_vm_cpus") == 1
    for one in silent:
        one.close()
    vm.ctl("quit")
    vm.ends(20)
    assert not place.exists()


# ---- Pictures ----

def texts(file):
    return ["".join(text.itertext()).strip()
            for text in xml.etree.ElementTree.parse(file).iter(f"{SVG}text")]


def test_plot(tmp_path):
    """keel plot: the picture is XML, and has what was measured in its title"""
    vm = Measured(tmp_path)
    vm.start("--latency", PAYLOAD)
    vm.expect("^ready$")
    vm.echo()
    vm.ctl("pause")
    row = vm.rows()["uart0", "regs", "write"]
    title = (f"uart0 regs (write), {row['count']} times; p50 {row['p50']} ns, "
             f"p99 {row['p99']} ns")
    file = tmp_path / "plot.svg"
    run("keel", "plot", vm.control, file, "--of", "uart0.regs.write")
    assert any(title in text for text in texts(file))
    assert "the longest accesses" in texts(file) and "VmTime, s" in texts(file)
    run("keel", "plot", vm.control, file)
    assert any("(read)" in text for text in texts(file))     # what happens most often
    vm.ctl("resume")
    run("keel", "plot", vm.control, file, "--of", "uart0.regs.read", "--seconds", 2)
    assert {"each second", "p99", "p50"} <= set(texts(file))
    for words, status, said in ([vm.control, file, "--of", "uart0.regs.timer"], 38, "nothing was measured"), \
            ([vm.control, "/nowhere/x"], 2, "No such file"), ([vm.control], 2, "a word is missing"):
        done = subprocess.run(["keel", "plot", *map(str, words)], capture_output=True, text=True,
                              check=False)
        assert done.returncode == status and said in done.stderr, done.stderr
    vm.kill()
