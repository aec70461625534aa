# SPDX-License-Identifier: GPL-2.0
"""
The bare-metal tests of lab/tests/payloads, as guests: chips, buses, doorbells, clocks, broken
queues, four CPUs that access all devices at random; and a guest without each of the devices. A
payload prints TAP, whose tests are subtests, and ends keel with status 1 if all of them passed.

Each has a mark, for pytest's -m: run payloads -- -m 'pic or storm'. In the environment, for the
storm: STORM_SEED, with which the first of STORM_GUESTS begins, STORM_ROUNDS, and STORM_OPTIONS for
keel run.
"""
import os
import re
import shlex
import struct
import threading
from pathlib import Path

import pytest

from keel import ON, ON_AND_OFF, TOP, Events, Keel, Kind, ended, final, run, until

HOST = {"modules": "tun vhost_net vhost_vsock"}
ENVIRONMENT = ["STORM_SEED", "STORM_GUESTS", "STORM_ROUNDS", "STORM_OPTIONS"]

FOLDER = TOP / "build/lab/tests/payloads"
GUEST_MAC = "02:00:00:00:09:02"
GOOD = 1        # keel's status if all of a payload's tests passed
# Seconds that a guest may take, however busy the machine; lab/host waits a little longer
LONGEST = 800


class Played:
    """A payload that was a guest: keel's status, and what both have printed."""

    def __init__(self, name, *options, append="first second"):
        self.status, output, self.said = ended(
            "--testdev", *options, "--append", append, "--module", f"{FOLDER / name}=one two",
            FOLDER / name, limit=LONGEST)
        self.output = output.decode(errors="replace").replace("\r", "")

    def passed(self, tap):
        """All its tests passed, and are shown."""
        tap(self.output)
        assert self.status == GOOD, self.said

    def counter(self, device, name):
        """One of --stats=json, which leaves out those that are 0."""
        return final(self.said).get(device, {}).get(name, 0)


def file(path, size=1 << 20):
    """A file without data, for a disk."""
    path.touch()
    os.truncate(path, size)
    return path


# ---- Payloads that need no more than options ----

PLAIN = {"boot": [], "boot2": [], "mp": ["-c", "3"], "pvh": [], "ports": [], "pic": [],
         "ioapic": [], "hpet": [], "pci": [], "kbc": [], "bells": ["--rng=notify=port,notification-data"],
         "msi": ["--rng"],
         "sleep": ["--rng", "-c", "2"]}


@pytest.mark.parametrize("name", [pytest.param(name, marks=getattr(pytest.mark, name))
                                  for name in PLAIN])
def test_payload(tap, kind, name):
    """{name}"""
    Played(name, *PLAIN[name], *kind.options).passed(tap)


@pytest.mark.handoff
@pytest.mark.parametrize("when", ["power-on", "reset"])
def test_handoff(tap, kind, tmp_path, when):
    """handoff at {when}"""
    played = Played("handoff", *kind.options, "--rng", "--disk", file(tmp_path / "disk"),
                    "--on-reset", "restart", "--stats=json", append=when)
    played.passed(tap)
    # What is offered then notifies ten times in vain
    assert played.counter("vpci1", "no_master") == 10


@pytest.fixture(scope="module")
def tap_interface():
    """A tap with the addresses that lab/tests/payloads/echo.c knows; the host answers there."""
    name = "echo0"
    run("ip", "tuntap", "add", "dev", name, "mode", "tap")
    Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    run("ip", "link", "set", name, "address", "02:00:00:00:09:01", "up")
    run("ip", "addr", "add", "10.9.0.1/24", "dev", name)
    run("ip", "neigh", "add", "10.9.0.2", "lladdr", GUEST_MAC, "dev", name, "nud", "permanent")
    yield name
    run("ip", "tuntap", "del", "dev", name, "mode", "tap")


@pytest.mark.legacy
@pytest.mark.parametrize("transport", ["pci", "mmio"])
def test_legacy(tap, kind, tmp_path, tap_interface, transport):
    """legacy over {transport}"""
    disk, net = file(tmp_path / "disk"), f"tap={tap_interface},mac={GUEST_MAC}"
    options = ["--disk", f"{disk},legacy", "--net", f"{net},legacy"] if transport == "pci" else \
        ["--no-pci", "--virtio-legacy", "--disk", disk, "--net", net]
    played = Played("legacy", *options, "--stats=json", *kind.options, append=transport)
    played.passed(tap)
    for device in "0", "1":
        assert not played.counter(f"v{transport}{device}", "bad_width")
        assert not played.counter(f"v{transport}{device}", "bad_status")


@pytest.mark.mmio
def test_mmio(tap, kind, tmp_path):
    """mmio"""
    Played("mmio", *kind.options, "--no-pci", "--virtio-cmdline", "--rng=notification-data",
           "--disk", file(tmp_path / "disk"), append="first -- last").passed(tap)


@pytest.mark.order
@pytest.mark.parametrize("serve", ["inline", "worker"])
def test_order(tap, kind, serve):
    """order: batches that are given back as one, served {serve}"""
    disk = file(Path("/dev/shm/ordered"))
    played = Played("order", *kind.options, "--rng", "--disk", f"{disk},serve={serve}",
                    "--stats=json")
    disk.unlink()
    played.passed(tap)
    assert played.counter("vpci0", "queue.0.batched") > 3200
    assert played.counter("vpci0", "queue.0.refused") == 200


# Limits of the payload's, in which it is to see itself held: device, kind
LIMITS = {
    "requests": [("testdev0", "accesses"), ("uart1", "bytes"), ("pic0", "interrupts"),
                 ("vpci0", "notifications")],
    "ticks": [("pit0", "timers")],
}


@pytest.mark.police
@pytest.mark.parametrize("what", LIMITS)
def test_police(tap, kind, what):
    """police: storms of {what}, each held to its limit"""
    limits = [word for device, limited in LIMITS[what]
              for word in ("--limit", f"{limited}=50/10,device={device}")]
    played = Played("police", *kind.options, "--rng", "--serial", "pio:0x3f8", "--serial",
                    "pio:0x2f8,to=/dev/null", "--stats=json", *limits, append=what)
    played.passed(tap)
    for device, limited in LIMITS[what]:
        assert played.counter(device, f"limit.{limited}.breaches") > 0, device
        assert not played.counter("vm", f"limit.{limited}.breaches")
    if what == "requests":
        assert played.counter("vcpu0", "loop.limited") > 0
        assert played.counter("vcpu0", "limited_ns") > 0


@pytest.mark.rates
def test_rates(tap, kind):
    """rates"""
    clock = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    Played("rates", *kind.options, append=clock.read_text().strip()).passed(tap)


@pytest.mark.moves
@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_moves(tap, kind, cpus):
    """moves --cpus {cpus}"""
    # With one CPU only vectors change
    Played("moves", "--cpus", cpus, *kind.options, append=str(cpus)).passed(tap)


def test_elf64():
    """elf64"""
    assert Played("elf64").status == GOOD


@pytest.mark.ports
@pytest.mark.parametrize("out2", ["gates", "ignore"])
def test_out2(tap, kind, out2):
    """out2: a serial port with out2={out2}"""
    Played("out2", *kind.options, "--serial", f"pio:0x3f8,out2={out2}", append=out2).passed(tap)


def outputs(events):
    """The serial port's outputs that are active, in the next event."""
    event = events.next()
    assert event["port"] == 0
    return [name for name, value in event.items() if value is True]


@pytest.mark.ports
def test_modem(tmp_path, kind):
    """modem: what the guest does with DTR, RTS, OUT1, OUT2 and breaks is an event"""
    vm = Keel(tmp_path)
    vm.start("--testdev", *kind.options, FOLDER / "modem")
    vm.expect("^@ ready$")
    with Events(vm, serial=True) as events:
        for typed, active in [("d", ["dtr"]), ("r", ["rts"]), ("1", ["out1"]), ("2", ["out2"]),
                              ("b", ["out2", "break"])]:
            vm.type(typed)
            assert outputs(events) == active
        assert vm.stats()["uart0"]["output_changes"] == 5
        vm.type("n")
        # The host may see both changes, or only the second
        assert outputs(events) in (["out2"], [])
    vm.type("q")
    vm.ends(GOOD)


@pytest.mark.pulse
def test_pulse(tap, tmp_path, kind):
    """pulse: keel pulse is one interrupt, by each interrupt controller, or none"""
    vm = Keel(tmp_path)
    vm.start("--testdev", "--stats=json", *kind.options, FOLDER / "pulse")
    wanted = re.findall(r"\bpulse\((\d+)\);", (TOP / "lab/tests/payloads/pulse.c").read_text())
    for nr in wanted:
        assert vm.expect(r"^@ pulse (\d+)$").group(1) == nr
        run("keel", "pulse", vm.control, nr)
        vm.type("g")
    vm.ends(GOOD)
    tap("\n".join(vm.lines))
    final_stats = final(vm.messages.read_text(errors="replace"))
    assert final_stats["line5"]["pulses"] == wanted.count("5")


@pytest.mark.hotplug
def test_hotplug(tap, tmp_path, kind):
    """hotplug: a disk that comes and leaves, by the controller's ports and GPE 1"""
    disk = file(tmp_path / "disk")
    vm = Keel(tmp_path)
    vm.start("--testdev", "--disk", "plug=out", "--stats=json", *kind.options, FOLDER / "hotplug")
    words = {"attach": ["attach", vm.control, "disk", disk], "detach": ["detach", vm.control, "disk0"],
             "force": ["detach", vm.control, "disk0", "--force"]}
    done = []
    while asked := vm.expect(r"^@ (\w+)$|^1\.\.").group(1):
        if asked == "end":
            vm.type("\n")
            continue
        done.append(asked)
        # What the guest has ejected by itself may not be empty yet
        until(lambda: asked != "attach" or vm.ctl("slots") == "disk0 empty", "it is empty")
        run("keel", *words[asked])
    vm.ends(GOOD)
    tap("\n".join(vm.lines))
    assert done == ["attach", "detach", "attach", "force", "attach", "attach", "detach"]
    counts = final(vm.messages.read_text(errors="replace"))["hotplug0"]
    for name, count in ("plugged", 4), ("asked", 2), ("ejected", 3), ("pulled", 1), ("ignored", 2):
        assert counts[name] == count, counts


# ---- A guest that lets its watchdog run out ----

RAN_OUT = "keel: the guest's watchdog ran out"


@pytest.mark.watchdog
def test_watchdog(tap, kind):
    """watchdog: with action=none the guest goes on, each time"""
    played = Played("watchdog", "--watchdog=action=none", "--stats=json", *kind.options)
    played.passed(tap)
    assert played.said.count(f"{RAN_OUT}, and it goes on (--watchdog=action=none)\n") == 2
    assert played.counter("i6300esb0", "timeouts") == 2


@pytest.mark.watchdog
@pytest.mark.parametrize("action, status, said", [
    ("action=reset", 44, ""), ("action=exit", 44, ""), ("action=poweroff", 0, ": it is powered off"),
])
def test_watchdog_ends(kind, action, status, said):
    """watchdog {action}: status {status}"""
    played = Played("watchdog", f"--watchdog={action}", *kind.options)
    assert (played.status, played.said) == (status, f"{RAN_OUT}{said}\n"), played.output


@pytest.mark.watchdog
def test_watchdog_resets(kind):
    """watchdog: a guest that boots again after a reset finds the reason"""
    played = Played("watchdog", "--watchdog", "--on-reset", "restart", *kind.options, append="reset")
    assert (played.status, played.said) == (GOOD, f"{RAN_OUT}: it is reset\n"), played.output


@pytest.mark.watchdog
def test_watchdog_dumps(kind, tmp_path):
    """watchdog: action=dump leaves a dump"""
    core = tmp_path / "core"
    played = Played("watchdog", "--watchdog=action=dump", "--dump-file", core, *kind.options)
    assert (played.status, played.said) == (44, f"{RAN_OUT}; its memory is in {core}\n")
    assert core.read_bytes()[:4] == b"\x7fELF"


# ---- A guest that looks for devices which no board has ----

@pytest.mark.missing
def test_missing(tap, kind):
    """missing: addresses without a device are listed, and one that is polled is told once"""
    played = Played("missing", *kind.options, "--stats")
    played.passed(tap)
    polled = "keel: the guest polls port 0x3f6, where no device answers; on a PC: the first IDE"
    assert played.said.count(polled) == 1, played.said
    for line in ("port 0x1f7: 5 reads, 1 writes, width 1, first at rip 0x1",
                 "address 0xfed40000: 1 reads, 0 writes, width 4",
                 "port 0x3f6: 1052672 reads, 0 writes, width 1"):
        assert f"\n  {line}" in played.said, played.said


@pytest.mark.missing
def test_crash(kind):
    """missing: a triple fault is told with the last exits, the newest last"""
    played = Played("missing", *kind.options, append="x fault")
    last = r"\n  memory 0xfed40000 -> 0xffffffff \(4\).*\n  triple fault"
    assert played.status == 16 and re.search(last, played.said), played.said


@pytest.mark.missing
def test_core(tmp_path):
    """missing: --on-crash core leaves a core of a guest that crashed, and no file of another"""
    core = tmp_path / "core"
    for append, status, header in ("fault", 16, b"\x7fELF"), ("none", GOOD, None):
        options = "--on-crash", "core", "--dump-file", core
        played = Played("missing", *options, append=f"x {append}")
        assert played.status == status, played.said
        assert header == (core.read_bytes()[:4] if core.exists() else None)
        assert (f"the guest's memory is in {core}" in played.said) == bool(header)
        core.unlink(missing_ok=True)


@pytest.mark.missing
def test_crash_exit():
    """missing: --on-crash exit tells no more than that it crashed"""
    played = Played("missing", "--on-crash", "exit", append="x fault")
    assert (played.status, played.said) == (16, "keel: triple fault on vCPU 0\n")


ENTRIES = ["multiboot", "pvh", "elf", "multiboot-low", "pvh-low", "elf-low"]


@pytest.mark.entry
@pytest.mark.parametrize("entry", ENTRIES)
def test_entry(entry):
    """entry-{entry}: stack, selectors, BIOS data, no information inside the image"""
    assert Played(f"entry-{entry}").status == GOOD


@pytest.mark.entry
def test_entry_bzimage():
    """entry-bzimage: Linux's 32-bit boot protocol"""
    status, _, said = ended("--testdev", "--append", "first second", FOLDER / "entry-bzimage")
    assert status == GOOD, said


@pytest.mark.entry
def test_entry_flat():
    """entry-flat: a flat binary at an address"""
    assert Played("entry-flat", "--flat", "0x8000").status == GOOD


def write_uki(path, **sections):
    """A unified kernel image: a PE header, a table of sections, and what is in them."""
    at = 64 + 24 + 40 * len(sections)
    table = data = b""
    for name, content in sections.items():
        table += struct.pack("<8sIIII16x", b"." + name.encode(), len(content), 0, len(content),
                             at + len(data))
        data += content
    path.write_bytes(b"MZ" + bytes(58) + struct.pack("<I4sHH16x", 64, b"PE", 0x8664,
                                                     len(sections)) + table + data)
    return path


@pytest.mark.entry
def test_uki(tmp_path):
    """entry-bzimage in a unified kernel image, with the command line that it expects"""
    kernel = (FOLDER / "entry-bzimage").read_bytes()
    image = write_uki(tmp_path / "uki", cmdline=b"first second\n", initrd=b"070701", linux=kernel)
    status, _, said = ended("--testdev", image)
    assert status == GOOD, said
    # Without the image's command line it stops at its tenth check
    assert ended("--testdev", "--append", "other", image)[0] == 2 * 10 + 1


LEFT_OUT = ["--no-pic", "--no-ioapic", "--no-pit", "--no-rtc", "--no-pm", "--no-uart", "--no-i8042",
            "--no-pci", "--no-debug-exit", "--no-hpet"]


@pytest.mark.parametrize("options", [*LEFT_OUT, " ".join(LEFT_OUT)])
def test_left_out(options):
    """boot {options}"""
    # By its status alone: without a UART it has no output
    assert Played("boot", *options.split()).status == GOOD


# ---- What Keel's tracepoints and counters say of a payload ----

TRACING = Path("/sys/kernel/tracing")


@pytest.fixture
def intr_traced():
    """The 8259s' tracepoints are on."""
    switches = [TRACING / f"events/keel/keel_{event}/enable" for event in ("line", "acknowledge")]
    for switch in switches:
        switch.write_text("1")
    yield
    for switch in switches:
        switch.write_text("0")


def test_intr_traced(tap, intr_traced):
    """pic: the line INTR, and the vectors that a vCPU takes, are traced"""
    Played("pic").passed(tap)
    text = (TRACING / "trace").read_text(errors="replace")
    assert re.search(r"keel_line: vm=\d+ intr level=1", text)
    assert re.search(r"keel_line: vm=\d+ intr level=0", text)
    assert re.search(r"keel_acknowledge: vm=\d+ vcpu=0 vector=\d+", text)


def fast_mmio():
    """KVM has a bus for writes that it need not decode: on Intel's CPUs, with page tables by EPT."""
    ept = Path("/sys/module/kvm_intel/parameters/ept")
    return ept.exists() and ept.read_text().strip() == "Y"


@pytest.mark.bells
def test_odd_bells(tap):
    """bells: data that name another queue are counted, where KVM gives them to Keel"""
    bells = Played("bells", *PLAIN["bells"], "--stats=json")
    bells.passed(tap)
    # Of five values by each way two name another queue
    assert bells.counter("vpci0", "odd_bells") == (2 if fast_mmio() else 4)


@pytest.mark.bells
def test_fast_mmio(tap, tmp_path):
    """handoff: with EPT, KVM answers doorbells in memory before it decodes what wrote"""
    switch = TRACING / "events/kvm/kvm_fast_mmio/enable"
    switch.write_text("1")
    Played("handoff", "--rng", "--disk", file(tmp_path / "disk")).passed(tap)
    switch.write_text("0")
    answered = (TRACING / "trace").read_text(errors="replace").count("kvm_fast_mmio")
    assert answered or not fast_mmio()


def test_bus_follows_bars(tap, kind):
    """pci: where BARs are now, accesses stay in the kernel if the accelerator is on"""
    pci = Played("pci", "--stats=json", *kind.options)
    pci.passed(tap)
    if kind is ON:
        # Only those to old places, and to other addresses without a device, reach the loop
        assert pci.counter("vcpu0", "loop.mmio") < 300
    else:
        assert pci.counter("vm", "bus.accesses") == 0


class Ticks(Played):
    """A guest that counts the PIT's ticks: the payload prints how many periods have passed."""

    def __init__(self, kind):
        super().__init__("ticks", "--stats=json", *kind.options)
        self.policy = kind.policy
        self.delivered = self.counter("ioapic0", "per_pin.2")
        self.missed = self.counter("pit0", "missed")
        self.reinjected = self.counter("pit0", "reinjected")

    def periods(self):
        """At least, and at most."""
        return map(int, re.search(r"(?m)^# (\d+) to (\d+) periods", self.output).groups())

    def evidence(self):
        return f"{self.delivered} delivered, {self.reinjected} of them late, {self.missed} missed"


@pytest.fixture(scope="module", ids=lambda kind: kind.id, params=[
    Kind(f"{policy}, {kind.label}", "--pit-ticks", policy, *kind.options, policy=policy)
    for kind in ON_AND_OFF for policy in ("coalesce", "reinject")])
def ticks(request):
    return Ticks(request.param)


@pytest.mark.ticks
@pytest.mark.parametrize("policy", ["coalesce", "reinject"])
def test_rtc_ticks(tap, kind, policy):
    """ticks: of the RTC, for which the guest is late once: {policy}"""
    played = Played("ticks", "--stats=json", "--rtc-ticks", policy, *kind.options, append="rtc")
    played.passed(tap)
    least, most = map(int, re.search(r"(?m)^# (\d+) to (\d+) periods", played.output).groups())
    delivered = played.counter("rtc0", "periodic")
    assert least <= delivered + played.counter("rtc0", "missed") <= most + 1
    # How many depends on the host's load
    assert bool(played.counter("rtc0", "reinjected")) == (policy == "reinject")


@pytest.mark.ticks
def test_min_period(tap):
    """ticks: with --pit-min-period every second of its ticks comes, and that is counted"""
    played = Played("ticks", "--stats=json", "--pit-min-period", "900")
    _, most = map(int, re.search(r"(?m)^# (\d+) to (\d+) periods", played.output).groups())
    assert 0 < played.counter("ioapic0", "per_pin.2") <= most / 2 + 1
    assert played.counter("pit0", "clamped")


@pytest.mark.ticks
def test_ticks(tap, ticks):
    """ticks"""
    ticks.passed(tap)


@pytest.mark.ticks
def test_each_tick_is_counted(ticks):
    """ticks: each period that has passed is delivered, or counted as missed"""
    least, _ = ticks.periods()
    assert ticks.delivered + ticks.missed >= least


@pytest.mark.ticks
def test_no_tick_is_counted_twice(ticks):
    """ticks: none is delivered or counted twice"""
    _, most = ticks.periods()
    # There is one more edge, as OUT is set
    assert ticks.delivered + ticks.missed <= most + 2


@pytest.mark.ticks
def test_late_ticks(ticks):
    """ticks: late ones are reinjected, or coalesced"""
    # How many a backlog still holds at the end depends on the machine's load (in KUnit: none)
    if ticks.policy == "reinject":
        assert not ticks.missed or ticks.reinjected
    else:
        assert not ticks.reinjected


# Both formats, each served by the vCPU that notifies and by a worker. With a file in memory a vCPU
# never leaves a request to the worker.
@pytest.fixture(scope="module", ids=lambda kind: kind.id, params=[
    Kind(", ".join(filter(None, [ring, server, kind.label])), *kind.options,
         disk=",".join(filter(None, ["queues=4", ring, server])))
    for ring in ("", "ring=split") for server in ("", "serve=worker") for kind in ON_AND_OFF])
def hostile(request):
    disk = Path("/dev/shm/disk")
    yield Played("hostile", "--stats=json", "-m", "128M", "--disk",
                 f"{file(disk)},{request.param.disk}", *request.param.options)
    disk.unlink()


@pytest.mark.hostile
def test_hostile(tap, hostile):
    """hostile"""
    hostile.passed(tap)


@pytest.mark.hostile
def test_each_reason_is_counted(hostile):
    """hostile: each way to break a queue has its counter"""
    # KEEL_VIRTQ_* of uapi/keel_virtio.h
    counts = ",".join(str(hostile.counter("vpci0", f"broken.{reason}")) for reason in range(1, 13))
    assert f"# broken [{counts}]" in hostile.output.splitlines()


@pytest.mark.hostile
def test_refused_requests_are_counted(hostile):
    """hostile: the request that is refused is counted"""
    assert hostile.counter("vpci0", "queue.0.refused") == 1


@pytest.mark.hostile
def test_no_request_fails(hostile):
    """hostile: no request failed"""
    assert hostile.counter("vpci0", "queue.0.failed") == 0


# ---- The storm ----

SEED = int(os.environ.get("STORM_SEED", "1"))
SEEDS = range(SEED, SEED + int(os.environ.get("STORM_GUESTS", "2")))
ROUNDS = os.environ.get("STORM_ROUNDS", "3000")
OPTIONS = shlex.split(os.environ.get("STORM_OPTIONS", ""))


def kernel_memory():
    """KiB that the kernel has allocated for itself."""
    Path("/proc/sys/vm/drop_caches").write_text("3")
    found = re.findall(r"(?m)^(?:SUnreclaim|VmallocUsed|Percpu|KernelStack): *(\d+)",
                       Path("/proc/meminfo").read_text())
    return sum(map(int, found))


def most_growth():
    """KiB of it that may be there after the last storm, and were not after the first one."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        kasan = any(line.split()[2] == "kasan_report" for line in symbols)
    # KASAN keeps what is freed for a while (its quarantine, up to a 32nd of all memory), and
    # makes each object larger: 6 MiB were seen
    return 16 << 10 if kasan else 4 << 10


class Storms:
    """Guests of four CPUs that access all devices at random, one for each seed."""

    def __init__(self, folder, memory):
        self.log, self.port = folder / "log", folder / "port"
        self.memory = file(memory)
        self.disks = [file(folder / f"disk{i}") for i in range(3)]
        self.played = {}        # by seed
        self.bad = None         # the first guest beside them that failed
        self.before = None      # the kernel's memory after the first one

    def of(self, seed):
        """The storm with this seed; another guest works meanwhile, again and again."""
        if seed not in self.played:
            over = threading.Event()
            beside = threading.Thread(target=self.work, args=[over])
            beside.start()
            try:
                self.played[seed] = self.play(seed)
            finally:
                over.set()
                beside.join()
            self.before = self.before or kernel_memory()
        return self.played[seed]

    def all(self):
        return [self.of(seed) for seed in SEEDS]

    def play(self, seed):
        return Played(
            "storm", "-c", 4, "-m", "64M", "--disk", f"{self.disks[0]},queues=4",
            "--disk", f"{self.memory},ro", "--disk", f"{self.disks[1]},serve=worker",
            "--disk", f"{self.disks[2]},transport=mmio,queues=2", "--rng", "--net", "tap=storm0",
            "--vsock", 77, "--virtio-console", self.port,
            "--virtio-console", f"{self.log},name=log", "--serial", "pio:0x3f8",
            "--serial", "pio:0x2f8,to=none", *OPTIONS, append=f"{seed} {ROUNDS}")

    def work(self, over):
        while not over.is_set() and not self.bad:
            other = Played("bells", *PLAIN["bells"])
            if other.status != GOOD:
                self.bad = other


@pytest.fixture(scope="module")
def storms(tmp_path_factory):
    memory = Path("/dev/shm/storm")
    run("ip", "tuntap", "add", "dev", "storm0", "mode", "tap")
    yield Storms(tmp_path_factory.mktemp("storm"), memory)
    run("ip", "tuntap", "del", "dev", "storm0", "mode", "tap")
    memory.unlink()


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
def test_storm(tap, storms, seed):
    """storm {seed}"""
    storms.of(seed).passed(tap)


@pytest.mark.storm
def test_another_guest_works(storms):
    """storm: another guest works meanwhile"""
    storms.all()
    assert not storms.bad, f"status {storms.bad.status}: {storms.bad.said}\n{storms.bad.output}"


@pytest.mark.storm
def test_no_vm_is_left(storms):
    """storm: no VM is left"""
    storms.all()
    assert Path("/sys/module/keel/refcnt").read_text() == "0\n"


@pytest.mark.storm
def test_memory_is_given_back(storms):
    """storm: the kernel has allocated no more than after the first one"""
    storms.all()
    assert kernel_memory() - storms.before < most_growth()
