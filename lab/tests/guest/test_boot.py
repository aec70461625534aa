# SPDX-License-Identifier: GPL-2.0
"""
Debian's kernel on Keel's PC, from boot to power-off: what it finds there, that it complains of
nothing, and that its accesses stay in the kernel; streams, idling, inspection, a terminal, a
killed launcher, resets, bad input. --long: each row without the accelerator as well, a minute of
idling, and a MiB of output.
"""
import hashlib
import os
import re
import signal
import threading
import time
import uuid
from pathlib import Path

import pytest

import keel
from keel import BZIMAGE, IMAGE, LONG, OFF, ON, ON_AND_OFF, refused, run, until

HOST = {}
GUEST = {"main": "boot.guest"}

PASTE = 1 << 16 if LONG else 1 << 14
BULK = 1 << 20 if LONG else 1 << 16
IDLE = 60 if LONG else 10               # seconds
# On a machine that stops the guest now and then, its kernel finds clocks unreliable
BUSY = "watchdog"

IO_APIC = {"rtc0": "IO-APIC rises", "ttyS0": r"IO-APIC \d+", "acpi": r"IO-APIC \d+",
           "pics": "IO-APIC"}
XT_PIC = {"rtc0": "XT-PIC rises", "ttyS0": r"XT-PIC \d+", "acpi": r"XT-PIC \d+",
          "pics": "XT-PIC"}
# The bridge and the test function, whose BARs Linux leaves where they are
PCI = {"0000:00:00.0": "0x1b36 0x0008 0x060000 256", "0000:00:1f.0": "0x4b45 0x7e57 0xff0000 256",
       "assigned": "0", "placed": "3", "scratch": "KEEL"}
ECAM = {"ecam": "0xe0000000-0xe00fffff", "osc": "0"}
NO_ECAM = {"ecam": ""}
NO_PCI = {"ecam": "", "assigned": "0"}


class Row:
    """A guest's options and command line, and what it is to find."""

    def __init__(self, name, options, append, *expected, allowed=BUSY, image=IMAGE, both=True):
        self.name, self.options, self.append = name, options.split(), append
        self.expected = {key: value for part in expected for key, value in part.items()}
        self.allowed, self.image, self.both = allowed, image, both

    def __str__(self):
        return self.name


ROWS = [
    Row("1 CPU", "-c 1", "", {"cpus": "1", "local": "ticks"}, IO_APIC, PCI, ECAM, {"irq": "19"},
        image=BZIMAGE, both=False),
    Row("4 CPUs", "-c 4", "", {"cpus": "4", "local": "ticks"}, IO_APIC, PCI, ECAM, {"irq": "19"},
        image=BZIMAGE, both=False),
    Row("noapic", "-c 1", "noapic", {"cpus": "1", "local": "ticks"}, XT_PIC, PCI, ECAM,
        {"irq": "11"}),
    # Linux has no use for the PIT as long as the TSC has a deadline timer
    Row("noapic, PIT, without PCI", "-c 1 --no-pci", "noapic nolapic_timer lapic=notscdeadline",
        {"cpus": "1", "event0": "pit", "local": "none", "timer": "XT-PIC rises"}, XT_PIC, NO_PCI,
        both=False),
    Row("PIT, PCI by ports alone", "-c 1", "nolapic_timer lapic=notscdeadline pci=nommconf",
        {"cpus": "1", "event0": "pit", "local": "none", "timer": "IO-APIC rises"}, IO_APIC, PCI,
        NO_ECAM, allowed=f"{BUSY}|MMCONFIG is disabled"),      # AMD's have the ports for all of it
    # The emulator is too slow for the calibration of a TSC
    Row("PIT and PM timer", "-c 2", "nolapic_timer lapic=notscdeadline no-kvmclock notsc",
        {"cpus": "2", "broadcast": "pit", "local": "none", "timer": "IO-APIC rises",
         "clocksource": "acpi_pm"}, IO_APIC, allowed="tsc: |Unstable clock", both=False),
]
CASES = [(kind, row) for kind in ON_AND_OFF for row in ROWS if row.both or kind is ON or LONG]


def boot(vm, kind, tests, *options, append="", image=IMAGE):
    vm.boot(*kind.options, "--strict", "--stats=json", *options, image=image,
            append=f"keel.test={tests} {append}".strip())


def module():
    return f"{keel.TOP}/build/{os.uname().release}/keel.ko"


def reload(*parameters):
    run("rmmod", "keel")
    run("insmod", module(), *parameters)


# ---- What a test looks at ----

def reported(vm, expected):
    """The guest has reported these values, which are patterns."""
    for key, pattern in expected.items():
        values = vm.said(key)
        assert any(re.fullmatch(pattern, value) for value in values), f"{key}: {values}"


def no_complaint(vm, allowed=BUSY):
    """The guest's kernel complains of nothing but what is allowed."""
    assert [text for text in vm.said("complaint") if not re.search(allowed, text)] == []


def few_returns(vm):
    """The vCPUs' threads have returned from the kernel a few times, each for a reason."""
    final = vm.final()
    assert sum(counters["returns"] for name, counters in final.items()
               if name.startswith("thread")) < 20
    assert keel.unneeded_returns(final) == 0


def bus_used(vm, kind):
    accesses = vm.final()["vm"]["bus.accesses"]
    assert accesses > 100 if kind is ON else accesses == 0


def rtc_agrees(vm):
    """The guest reads its clock between two readings of the host's."""
    before = int(time.time())
    vm.expect("^@ ask time$")
    vm.tell(before)
    _, since, *_ = vm.report("rtc").split()
    assert before <= int(since) <= int(time.time())


def ends(vm, status, message=""):
    """keel ends with this status, and says this, or nothing."""
    vm.ends(status)
    said = vm.said_on_stderr()
    assert re.search(f"(?m)^keel: .*{message}", said) if message else said == ""


# ---- Tests ----

@pytest.mark.parametrize("kind, row", CASES, ids=lambda part: getattr(part, "id", None))
def test_platform(vm, kind, row):
    """{row}: from boot to power-off, and the platform as the guest sees it"""
    boot(vm, kind, "view,pci", *row.options, "--testdev", append=row.append, image=row.image)
    rtc_agrees(vm)
    ends(vm, 0)
    reported(vm, {"uart": "16550A", "keyboard": "0x60,0x64 irq 1", "mouse": "0x60,0x64 irq 12",
                  "local": ".*", **row.expected})
    if "assigned" in row.expected and "placed" not in row.expected:
        assert not any(line.startswith("@ 0000:") for line in vm.lines)
    no_complaint(vm, row.allowed)
    few_returns(vm)
    bus_used(vm, kind)


AMD = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="ascii")


@pytest.mark.long       # the payload "bells" rings each of them
@pytest.mark.parametrize("image, options, bar", [
    (BZIMAGE, (), 0 if AMD else 4), (BZIMAGE, ["--virtio-notify=memory"], 4), (IMAGE, (), 4)])
def test_doorbell(vm, image, options, bar):
    """the doorbell that a kernel is told of first is in BAR {bar} {options}"""
    boot(vm, ON, "doorbell", "--rng", *options, image=image)
    ends(vm, 0)
    reported(vm, {"doorbell": f"BAR {bar}"})


def test_mp_table(vm):
    """without ACPI, Linux finds processors and PCI's interrupts in the MP table"""
    boot(vm, ON, "mp,pci,reboot_", "-c", 2, "--testdev", append="acpi=off reboot=k")
    ends(vm, 14, "the guest asked for a reset")
    reported(vm, {"cpus": "2", "local": "ticks", "ttyS0": r"IO-APIC \d+", "irq": "19",
                  "scratch": "KEEL"})


UUID = "00112233-4455-6677-8899-aabbccddeeff"


def structures(table):
    """SMBIOS's structures: type, fields behind the header, strings."""
    while table:
        kind, length = table[:2]
        end = table.index(b"\0\0", length) + 2
        strings = table[length:end].rstrip(b"\0").split(b"\0") if table[length] else []
        yield kind, table[4:length], [text.decode() for text in strings]
        table = table[end:]


def test_dmi(vm):
    """SMBIOS: Linux finds the user's texts and strings, and the VM's processors and memory"""
    boot(vm, ON, "dmi", "-c", 3, "-m", "300M",
         "--smbios", f'type=1,serial="no. 7, 8",uuid={UUID},product=',
         "--smbios", "type=2,asset=A1", "--smbios", 'type=11,value="a=1,2",value=b')
    vm.ends(0)
    reported(vm, {"sys_vendor": "Keel", "product_name": "", "product_serial": "no. 7, 8",
                  "product_uuid": UUID, "board_asset_tag": "A1", "bios_vendor": "Keel",
                  "dmi": r"SMBIOS 3\.0\.0 present\. DMI: Keel .*, BIOS 0.1 01/01/2026"})
    no_complaint(vm)
    entry, table = (bytes.fromhex(vm.said(f"dmi-{part}")[0]) for part in ("entry", "table"))
    assert entry[:5] == b"_SM3_" and sum(entry) & 255 == 0
    found = list(structures(table))
    assert [kind for kind, *_ in found] == [0, 1, 2, 3, 4, 11, 16, 17, 19, 32, 127]
    by_type = {kind: (fields, strings) for kind, fields, strings in found}
    assert by_type[4][0][0x23 - 4] == 3
    assert int.from_bytes(by_type[17][0][8:10], "little") == 300
    assert by_type[11][1] == ["a=1,2", "b"]


def generation(vm):
    """The guest's generation ID, and how often its kernel was told of a new one."""
    vm.tell("look")
    found, times = vm.report("generation").split()
    assert found == uuid.UUID(vm.status()["generation"]).bytes_le.hex()
    return found, int(times)


def copied(vm, file, *options):
    """Another process goes on with a saved VM; its generation."""
    vm.kill()
    vm.restore(file, *options)
    return generation(vm)[0]


@pytest.mark.off_long
def test_generation(vm, kind, tmp_path):
    """each VM that is restored from a file has its own generation ID, and its kernel notices"""
    file = tmp_path / "saved"
    boot(vm, kind, "generation", "--on-reset", "restart")
    vm.report("generation")
    first, times = generation(vm)
    assert times == 0
    vm.save(file)
    second, third = copied(vm, file), copied(vm, file)
    assert len({first, second, third}) == 3
    until(lambda: generation(vm)[1] == 1, "the guest notices")
    vm.save(file)
    assert copied(vm, file, "--generation-id", "keep") == third
    assert vm.stats()["pm0"]["gpes"] == 0 and generation(vm)[1] == 1
    assert copied(vm, file, "--generation-id", UUID) == uuid.UUID(UUID).bytes_le.hex()
    until(lambda: generation(vm)[1] == 2, "the guest notices")
    vm.ctl("reset")
    assert vm.report("generation") == f"{uuid.UUID(UUID).bytes_le.hex()} 0"
    vm.tell("end")
    ends(vm, 0)


HPET = "nolapic_timer lapic=notscdeadline no-kvmclock notsc clocksource=hpet"


@pytest.mark.long       # test_hpet() boots such a guest as well
def test_alarm(vm, kind):
    """HPET: Linux takes the RTC's alarm from ACPI then, from a PC of these days"""
    boot(vm, kind, "view", "-c", 2, "--hpet", append=HPET)
    rtc_agrees(vm)
    ends(vm, 0)
    reported(vm, {"rtc0": "IO-APIC 0 and stays so", "acpi": r"IO-APIC [1-9]\d*"})
    assert vm.final()["pm0"]["alarms"] >= 1


@pytest.mark.off_long
def test_hpet(vm, kind):
    """HPET: Linux takes it as clock source and for its ticks, and the RTC's alarm comes by it"""
    # From a PC of these days Linux would take the alarm from ACPI
    boot(vm, kind, "hpet,view", "-c", 2, "--hpet", "--smbios", "type=0,date=01/01/2010", append=HPET)
    rtc_agrees(vm)
    ends(vm, 0)
    reported(vm, {"hpet-table": "0x8086a201 base: 0xfed00000", "switched": "1",
                  "hpet": "3 comparators, 64-bit 100.000000 MHz counter", "cpus": "2",
                  "clocksource": "hpet", "broadcast": "hpet", "local": "none",
                  "timer": "IO-APIC rises", "rtc0": "IO-APIC rises"})
    # Linux emulates the RTC's interrupts, by 64 of timer 1 a second: a busy machine comes late
    no_complaint(vm, r"tsc: |Unstable clock|Lost \d+ RTC interrupts")
    few_returns(vm)
    bus_used(vm, kind)
    final = vm.final()
    hpet = final["hpet0"]
    assert hpet["interrupts.0"] > 100 and hpet["interrupts.1"] > 0 and hpet["counter.reads"] > 1000
    assert hpet["lost"] == 0
    # Legacy replacement: the lines' rises are the HPET's
    assert final["line0"]["asserts"] >= hpet["interrupts.0"]


class Onlooker(threading.Thread):
    """Inspects a VM, through the socket and debugfs, until it is told to stop."""

    def __init__(self, vm):
        super().__init__()
        self.vm, self.enough, self.error, self.looks = vm, threading.Event(), None, 0

    def look(self):
        file, = Path("/sys/kernel/debug/keel").glob(f"{self.vm.pid}-*/inspect")
        self.seen, self.text = self.vm.inspect(), file.read_text()
        self.looks += 1

    def run(self):
        try:
            while not self.enough.is_set():
                self.look()
        except (AssertionError, OSError, ValueError) as error:
            self.error = error

    def stop(self):
        self.enough.set()
        self.join()
        assert self.error is None and self.looks > 1, f"{self.looks} looks: {self.error}"


@pytest.mark.off_long
def test_inspected(vm, kind):
    """inspected all the time, the guest complains of nothing; its devices are as it set them up"""
    boot(vm, kind, "view", "-c", 2)
    vm.comes_up()
    onlooker = Onlooker(vm)
    onlooker.start()
    vm.expect("^@ ask time$")
    onlooker.stop()
    onlooker.look()
    debug, = Path("/sys/kernel/debug/kvm").glob(f"{vm.pid}-*")
    # KVM maps the guest's memory in large pages, where the host has any
    if Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert int((debug / "pages_2m").read_text()) > 0
    vm.tell(int(time.time()))
    ends(vm, 0)
    seen = onlooker.seen
    ioapic = seen["ioapic0"]
    assert (ioapic["pin4.masked"], ioapic["pin4.level"]) == (0, 0) and ioapic["pin4.vector"] > 31
    assert (ioapic["pin9.masked"], ioapic["pin9.level"], ioapic["pin9.asserted"]) == (0, 1, 0)
    assert seen["uart0"]["fcr"] > 0 and seen["uart0"]["divisor"] == 12      # 9600 baud
    assert seen["pic0"]["chip0.initialised"] == 1 and seen["pm0"]["sci_en"] == 1
    assert seen["line9"]["pm0.holds"] == 0
    assert "pm0 sci_en 1" in onlooker.text.splitlines()
    reported(vm, {"cpus": "2", "rtc0": "IO-APIC rises", "uart": "16550A", "ttyS0": r"IO-APIC \d+"})
    no_complaint(vm)
    few_returns(vm)


def counters(vm):
    """The counters that keel prints on SIGUSR1."""
    before = vm.messages.read_text().count("\n}")
    vm.signal(signal.SIGUSR1)
    until(lambda: vm.messages.read_text().count("\n}") > before, "keel prints its counters")
    return vm.final()


def all_returns(stats):
    return sum(value for name, device in stats.items() for counter, value in device.items()
               if (name.startswith("thread") and counter == "returns") or
               (name.startswith("vcpu") and counter.startswith("return")))


def output_stands(vm):
    """The guest's output has stopped, as it is not read."""
    before = vm.stats()["uart0"]["tx_bytes"]
    time.sleep(2)
    return vm.stats()["uart0"]["tx_bytes"] == before


@pytest.mark.off_long
def test_streams_and_idle(vm, kind):
    """a paste of any bytes and much output arrive whole; an idle guest brings no vCPU back"""
    data = os.urandom(PASTE)
    boot(vm, kind, "streams,idle", "-c", 2)
    vm.expect("^@ ask sizes$")
    vm.tell(PASTE, BULK)
    vm.expect("^@ ready")
    threading.Thread(target=os.write, args=(vm.input[1], data), daemon=True).start()
    vm.expect("^@ begin$")
    until(lambda: output_stands(vm), "the output stops")    # its reader takes a break
    first = vm.at
    vm.expect("^@ end$")
    reported(vm, {"paste": hashlib.sha256(data).hexdigest()})
    bulk = vm.lines[first:vm.at - 1]
    assert [line for line in bulk if not re.fullmatch("[A-Za-z0-9+/=]{1,76}", line)] == []
    text = "".join(f"{line}\n" for line in bulk)
    assert vm.said("bulk") == [hashlib.sha256(text.encode()).hexdigest()]
    vm.expect("^@ idle")
    before = all_returns(counters(vm))
    time.sleep(IDLE)
    assert all_returns(counters(vm)) == before
    vm.tell()
    ends(vm, 33)        # through the debug-exit port


def test_terminal(window, kind):
    """a shell at a terminal: typing, the guest's Ctrl-C, Ctrl-A x"""
    boot(window, kind, "shell")
    window.expect("^@ shell$")
    assert "=42" in window.shell("echo $((6 * 7)) | sed s/^/=/").splitlines()
    window.tell("sh -c 'echo @ sleeps; exec sleep 1000'")
    window.expect("^@ sleeps$")
    window.type("\x03")
    assert "status 130" in window.shell("echo status $?").splitlines()
    window.type("\x01x")
    window.leaves(20)


def test_terminal_busy(window, kind):
    """at a terminal, SIGTERM ends a guest that prints without end"""
    boot(window, kind, "shell")
    window.expect("^@ shell$")
    window.tell("while :; do echo on and on; done")
    for _ in range(2):
        window.expect("^on and on$")
    window.stop()
    window.leaves(-signal.SIGTERM)


def test_killed(vm, kind):
    """keel is killed: its guest ends, and the module can be unloaded"""
    boot(vm, kind, "busy", "-c", 2)
    vm.expect("^@ busy")
    vm.kill()
    run("rmmod", "keel")
    assert not Path("/dev/keel").exists()
    run("insmod", module())


@pytest.mark.parametrize("us", [0, 1000000])
def test_halt_poll(vm, us):
    """--halt-poll {us}: whether KVM watches for interrupts before a halted vCPU's thread sleeps"""
    vm.boot("--halt-poll", us, append="keel.test=idle", image=IMAGE)
    vm.expect("^@ idle")
    folder, = Path("/sys/kernel/debug/kvm").glob(f"{vm.pid}-*")
    until(lambda: int((folder / "halt_exits").read_text()) > 5, "it halts")
    watched = folder / "halt_attempted_poll"
    if us:
        until(lambda: int(watched.read_text()), "its thread watches")
    else:
        assert not int(watched.read_text())


DEATHS = {"a reset": ("reboot_", "", 14, "the guest asked for a reset"),
          "a triple fault": ("reboot_", "reboot=t", 16, "triple fault"),
          "a panic": ("panic", "", 14, "the guest asked for a reset")}


@pytest.mark.parametrize("death", DEATHS)
def test_dies(vm, kind, death):
    """{death} ends keel, with a message and a status of its own"""
    test, append, status, message = DEATHS[death]
    boot(vm, kind, test, append=append)
    ends(vm, status, message)


def test_module_parameter(vm):
    """bus=0 switches the accelerator off for the whole module"""
    reload("bus=0")
    try:
        boot(vm, ON, "view", "-c", 1)
        rtc_agrees(vm)
        ends(vm, 0)
        reported(vm, {"cpus": "1"})
        bus_used(vm, OFF)
    finally:
        reload()


# ---- Bad input ----

def test_bad_images(tmp_path):
    """files that are no kernels are refused, with one line"""
    whole = Path(BZIMAGE).read_bytes()
    for name, data in ("truncated", whole[:300000]), ("short", whole[:100]), ("empty", b""):
        (tmp_path / name).write_bytes(data)
        refused(4, "", tmp_path / name)
    refused(4, ".*No such file", tmp_path / "none")
    refused(4, "", "/etc/passwd")
    refused(4, "", "/")
    refused(4, ".*No such file", "--initrd", tmp_path / "none", BZIMAGE)


@pytest.mark.parametrize("status, options", [
    (12, "-m 8M"), (12, "-m 300G"), (2, "-c 0"), (2, "-m x"), (30, "--kvm fd=7"),
    (30, "--keel fd=7")])
def test_bad_options(status, options):
    """{options}: refused, with status {status} and one line"""
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 7)
    refused(status, "", *options.split(), BZIMAGE, pass_fds=[7])


def test_no_image():
    """without an image: one line"""
    refused(2, "")


def test_no_module():
    """without the module: one line"""
    run("rmmod", "keel")
    try:
        refused(6, "", BZIMAGE)
    finally:
        run("insmod", module())
