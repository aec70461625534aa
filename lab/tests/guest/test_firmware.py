# SPDX-License-Identifier: GPL-2.0
"""
A VM that starts from Debian's SeaBIOS or OVMF (--firmware): GRUB, from a virtio disk, reads
Debian's kernel; what firmware has told it; saved and restored while GRUB waits, and in Linux; warm
resets by GRUB and by Linux; powered off by ACPI. --long: more kinds of guests, and OVMF. The
firmware that is chosen by what is on the disk. And UEFI's variables in a file.
"""
import hashlib
import os
import resource
import shutil
import uuid
from pathlib import Path
from random import Random

import pytest

import keel
from firmware import ASKS, MIB, PLATFORMS, Pc
from keel import GRUB, LONG, Events, Keel, Kind, ended, returns, until

HOST = {"modules": "tun vhost_net af_packet"}      # as test_loaders.py has it, for one host
GUEST = {"main": "firmware.guest", "modules": "virtio_pci virtio_mmio virtio_blk efivarfs", "grub": True}

USER_DATA = "#cloud-config\nhostname: firmware\n"
ONE = Kind("accelerator on, 1 CPU", "-c", 1, cpus=1, mib=256, chip="PCI-MSI")
FOUR = Kind("accelerator off, 4 CPUs", "--no-bus", "-c", 4, cpus=4, mib=256, chip="PCI-MSI")
MORE = [Kind("accelerator off, 1 CPU, RAM above 4 GiB", "--no-bus", "-m", "2304M", cpus=1, mib=2304,
             chip="PCI-MSI"),
        Kind("accelerator on, 2 CPUs, INTx", "-c", 2, cpus=2, mib=256, linux="pci=nomsi",
             chip="IO-APIC"),
        Kind("accelerator on, 1 CPU, INTx by the 8259s", cpus=1, mib=256, linux="pci=nomsi noapic",
             chip="XT-PIC"),
        # SeaBIOS's MP table has one processor of a package
        Kind("accelerator off, 2 CPUs, MP table", "--no-bus", "-c", 2, cpus=1, mib=256,
             linux="acpi=off pci=nomsi", chip="IO-APIC"),
        Kind("accelerator on, transitional disks", "--virtio-legacy", cpus=1, mib=256,
             chip="PCI-MSI")]
# In 256 MiB GRUB says that it is out of memory, on OVMF
UEFI = [Kind("OVMF, accelerator on, 4 CPUs", "-c", 4, "-m", "512M", firmware="ovmf", cpus=4,
             mib=512, chip="PCI-MSI"),
        Kind("OVMF, accelerator off, 1 CPU, RAM above 4 GiB", "--no-bus", "-m", "2304M",
             firmware="ovmf", cpus=1, mib=2304, chip="PCI-MSI")]
# Its disks are in memory
NO_PCI = [Kind("no PCI, accelerator on, 4 CPUs", "--no-pci", "-c", 4, firmware="microvm", cpus=4,
               mib=256, chip="IO-APIC"),
          Kind("no PCI, accelerator off, 1 CPU, RAM above 4 GiB", "--no-pci", "--no-bus", "-m",
               "3328M", firmware="microvm", cpus=1, mib=3328, chip="IO-APIC")]
KINDS = [ONE, FOUR, *MORE, *UEFI, *NO_PCI] if LONG else [ONE, FOUR]


class WithSeed(Pc):
    """One with two more disks: an empty one, and that for cloud-init."""

    def power_on(self):
        empty = self.folder / "empty"
        empty.write_bytes(bytes(MIB))
        user_data = self.folder / "user-data"
        user_data.write_text(USER_DATA, encoding="ascii")
        super().power_on("--disk", f"{empty},id=second", "--user-data", user_data)

    def seed(self):
        """The disk for cloud-init, as keel has it open."""
        return next(link for link in Path(f"/proc/{self.pid}/fd").iterdir()
                    if "cloud-init" in os.readlink(link))


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    machine = WithSeed(tmp_path_factory.mktemp("firmware"), request.param)
    machine.power_on()
    yield machine
    machine.kill()


# ---- In this order ----

def test_grub(vm):
    """firmware starts GRUB from the first disk"""
    assert vm.expect(r"@ grub (\w+)").group(1) == PLATFORMS[vm.firmware]


def test_saved_in_grub(vm):
    """saved and restored while GRUB waits, it goes on"""
    vm.expect(ASKS)
    (vm.folder / "user-data").unlink()      # its text is in the snapshot
    vm.moved(vm.saved)
    vm.type("echo '@ rest'ored\r")
    vm.expect("@ restored$")


def test_reset_by_grub(vm):
    """GRUB's reboot is a warm reset, through firmware"""
    vm.grub("reboot")
    vm.expect("@ grub ")


def test_linux(vm):
    """Linux boots from the disk, with all processors and all memory"""
    vm.boots(getattr(vm.kind, "linux", ""))
    vm.has_all()
    assert vm.said("disks") == ["first second cloud-init"]


def test_tables(vm):
    """SMBIOS, ACPI and PCI are as the launcher and firmware have them, without a complaint"""
    assert vm.said("maker") == ["Keel, Keel PC"]
    if vm.kind in NO_PCI:
        assert vm.said("function") == [] and vm.said("ecam") == []
    else:
        assert vm.said("ecam") == [ecam(vm)]
        assert "0000:00:00.0 0x8086:0x29c0" in vm.said("function")
        assert "0000:00:1f.0 0x8086:0x2918" in vm.said("function")
    assert vm.said("complaint") == []


def ecam(vm):
    """Where the host bridge has the configuration space of bus 0, as Linux prints it."""
    base = vm.inspect("pcihost0")["pcihost0"]["pciexbar"] & ~0xfffffff
    return f"{base:#x}-{base + MIB - 1:#x}"


def test_interrupts(vm):
    """the disks' interrupts come as they should"""
    assert vm.said("chip") == [vm.kind.chip]


def test_restored(vm):
    """saved and restored in Linux, the disk is read as before"""
    with open(GRUB, "rb") as disk:
        want = hashlib.md5(disk.read(8 * MIB)).hexdigest()
    assert vm.do("sum", 8) == want
    vm.moved(vm.saved)
    assert vm.do("sum", 8) == want


def generation(vm):
    """The guest's generation ID, and how often its kernel was told of a new one."""
    found, times = vm.do("generation").split(",")
    assert found == uuid.UUID(vm.status()["generation"]).bytes_le.hex()
    return found, int(times)


def test_generation(vm):
    """restored twice, it has two generation IDs, and its kernel notices"""
    first, times = generation(vm)
    vm.moved(vm.saved)
    second, _ = generation(vm)
    until(lambda: generation(vm)[1] == times + 1, "the guest notices")
    vm.kill()
    vm.restore(vm.saved)
    third, _ = generation(vm)
    assert len({first, second, third}) == 3
    vm.kill()
    vm.restore(vm.saved, "--generation-id", "keep")
    assert generation(vm) == (first, times)


def test_cloud_init(vm):
    """the disk for cloud-init has the files, and is the same in a restored machine"""
    assert vm.said("serial") == ["ds=nocloud"]
    data = vm.seed().read_bytes()
    assert vm.do("seed") == hashlib.md5(data).hexdigest()
    assert keel.run("mtype", "-i", vm.seed(), "::user-data") + "\n" == USER_DATA
    assert "local-hostname: keel" in keel.run("mtype", "-i", vm.seed(), "::meta-data")
    vm.moved(vm.saved)
    assert vm.seed().read_bytes() == data


def test_returns(vm):
    """no access went to the launcher"""
    counters = vm.counters()
    assert counters and returns(counters) == 0


def test_reset_by_linux(vm):
    """a restored Linux reboots, through firmware and GRUB; or is powered off by ACPI, or both"""
    if LONG or vm.kind is FOUR:
        vm.tell("reboot")
        vm.expect("@ grub ")
    if LONG:
        vm.boots()
    if LONG or vm.kind is ONE:
        vm.tell("off")
        vm.ends(0)


# ---- By what is on the disk ----

def without(*folders):
    """A command that runs another in a place where these firmwares' folders are empty."""
    hide = "; ".join(f"mount -t tmpfs none {folder}" for folder in folders)
    return ["unshare", "-m", "sh", "-c", f'{hide}; exec "$@"', "-"]


@pytest.mark.parametrize("firmware", ["seabios", "microvm", "ovmf"] if LONG else
                         ["seabios", "microvm"])
def test_chosen(kind, firmware, tmp_path):
    """--disk alone starts {firmware}, which is installed, {kind.id}; microvm for --no-pci"""
    machine = Keel(tmp_path, without("/usr/share/seabios") if firmware == "ovmf" else ())
    machine.start(*kind.options, *(["--no-pci"] if firmware == "microvm" else []),
                  "--disk", f"{GRUB},ro")
    assert machine.expect(r"@ grub (\w+)").group(1) == PLATFORMS[firmware]
    machine.kill()


def test_not_installed():
    """the package of firmware that a disk needs is named"""
    keel.refused(4, f"firmware seabios: {BIOS} is in Debian's package seabios: apt install seabios",
                 "--disk", f"{GRUB},ro", wrapper=without("/usr/share/seabios", "/usr/share/OVMF"))


# ---- UEFI's variables in a file ----

VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
LIMITED = 4096      # bytes of a file: the first block of the variables, and keel's messages


class Uefi(Pc):
    """A guest that starts from OVMF, with its variables in a file."""

    def __init__(self, folder, kind):
        super().__init__(folder, kind)
        self.vars = self.folder / "vars"

    def power_on(self, *options):
        self.start("--firmware", "ovmf", "--nvram", self.vars, "--on-reset", "restart",
                   "-m", "512M", *self.kind.options, "--disk", f"{GRUB},ro", *options)

    def linux(self):
        self.expect("@ grub efi$")
        self.boots()


@pytest.fixture(params=keel.ON_AND_OFF if LONG else [keel.ON], ids=lambda kind: kind.id)
def off(request, tmp_path):
    """A machine of one test's own, switched off."""
    machine = Uefi(tmp_path, request.param)
    yield machine
    machine.kill()


@pytest.fixture
def uefi(off):
    """The same, which has just been switched on."""
    machine = off
    machine.power_on()
    machine.comes_up()
    return machine


def test_nvram_made(uefi):
    """the file is made of the firmware's own variables, for its owner alone"""
    assert uefi.vars.stat().st_mode & 0o777 == 0o600
    assert uefi.vars.stat().st_size == VARS.stat().st_size
    assert list(uefi.folder.glob("vars*")) == [uefi.vars]


def test_nvram_locked(uefi):
    """a second machine does not get it, and a disk of that name is refused"""
    other = "--firmware", "ovmf", "--nvram", uefi.vars
    keel.refused(36, f"--nvram: {uefi.vars} is in use by another VM", *other)
    uefi.kill()
    keel.refused(36, f"--disk: {uefi.vars} is in use by another VM", *other, "--disk",
                 f"{uefi.vars},format=raw")


def test_nvram_diverged(uefi, tmp_path):
    """a snapshot is restored with the variables that it was saved with, and with no others"""
    uefi.save(tmp_path / "saved")
    uefi.kill()
    kept = uefi.vars.read_bytes()
    uefi.vars.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    keel.refused(36, f"--nvram: {uefi.vars} has other variables than when", "--restore",
                 tmp_path / "saved")
    uefi.vars.unlink()
    keel.refused(36, f"--nvram: {uefi.vars}: No such file", "--restore", tmp_path / "saved")
    uefi.vars.write_bytes(kept)
    uefi.restore(tmp_path / "saved")
    uefi.expect("@ grub efi$")


@pytest.mark.long
def test_nvram_truncated(uefi):
    """the file is cut off while the guest runs: the launcher writes to it, and goes on"""
    os.truncate(uefi.vars, 0)
    uefi.expect("@ grub efi$")
    assert uefi.vars.stat().st_size > 0 and uefi.running()
    uefi.kill()
    keel.refused(36, f"--nvram: {uefi.vars}: ", "--firmware", "ovmf", "--nvram", uefi.vars)


@pytest.mark.long
def test_nvram_full(off):
    """what cannot be written is told once, the guest goes on, and it is written later"""
    uefi = off
    shutil.copy(VARS, uefi.vars)
    uefi.wrapper = ["prlimit", f"--fsize={LIMITED}:unlimited"]
    uefi.power_on()
    uefi.comes_up()
    with Events(uefi) as events:
        while (event := events.next())["event"] != "nvram-failed":
            pass
    assert event["file"] == str(uefi.vars) and event["error"] == "File too large"
    uefi.expect("@ grub efi$")
    assert uefi.said_on_stderr().count("keel: --nvram: ") == 1
    assert uefi.vars.read_bytes()[LIMITED:] == VARS.read_bytes()[LIMITED:]
    resource.prlimit(uefi.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    uefi.ctl("reset")
    until(lambda: uefi.vars.read_bytes()[LIMITED:] != VARS.read_bytes()[LIMITED:], "it is written")


if LONG:
    @pytest.fixture(scope="module", params=[Kind("accelerator on, 2 CPUs", "-c", 2), keel.OFF],
                    ids=lambda kind: kind.id)
    def kept(request, tmp_path_factory):
        """A machine of several tests, in which Linux has stored a variable."""
        machine = Uefi(tmp_path_factory.mktemp("nvram"), request.param)
        machine.power_on()
        machine.linux()
        assert machine.do("store", "Keel", "first") == "0"
        yield machine
        machine.kill()

    def test_variable_kept(kept):
        """a variable that Linux has stored is there after a warm reset"""
        kept.tell("reboot")
        kept.linux()
        assert kept.do("load", "Keel") == "first"

    def test_variable_killed(kept):
        """what it has stored is there after SIGKILL, in another machine"""
        assert kept.do("store", "Other", "second") == "0"
        kept.kill()
        kept.power_on()
        kept.linux()
        assert (kept.do("load", "Keel"), kept.do("load", "Other")) == ("first", "second")

    def test_variable_restored(kept):
        """saved and restored, it has them, and can store more"""
        kept.moved(kept.saved)
        assert kept.do("load", "Other") == "second"
        assert kept.do("store", "Third", "third") == "0"
        assert kept.counters()["vcpu0"]["return.claimed"] > 0
        kept.tell("off")
        kept.ends(0)
        assert "third" in kept.vars.read_bytes().decode("latin-1")


# ---- Without a guest that gets far ----

BIOS = Path("/usr/share/seabios/bios-256k.bin")


@pytest.fixture
def own(tmp_path):
    """A VM that starts from a firmware of its own, with no disk; and that file."""
    file = tmp_path / "bios.bin"
    shutil.copy(BIOS, file)
    launcher = Keel(tmp_path)
    launcher.start("--firmware", file)
    yield launcher, file
    launcher.kill()


def test_no_disk(own):
    """without a disk SeaBIOS says so"""
    own[0].expect("No bootable device")


def test_other_firmware(own, tmp_path):
    """a snapshot is restored with the firmware that it was saved with, and with no other"""
    launcher, file = own
    launcher.expect("No bootable device")
    launcher.save(tmp_path / "saved")
    launcher.kill()
    data = bytearray(file.read_bytes())
    data[0] ^= 1
    file.write_bytes(data)
    keel.refused(4, f"firmware {file}: another one, its checksum is ", "--restore",
                 tmp_path / "saved")
    file.unlink()
    keel.refused(4, f"firmware {file}: No such file", "--restore", tmp_path / "saved")


def test_reset_button(own):
    """the reset button, while firmware runs"""
    launcher = own[0]
    for _ in range(3):
        launcher.expect("SeaBIOS .version")
        launcher.ctl("reset")
    launcher.expect("No bootable device")


@pytest.mark.off_long
@pytest.mark.parametrize("kind", keel.ON_AND_OFF, ids=lambda kind: kind.id)
def test_log(kind, tmp_path):
    """firmware's messages are in a file, and a restored VM's behind them; else there is no port"""
    launcher, log = Keel(tmp_path), tmp_path / "log"
    launcher.start("--firmware", BIOS, *kind.options)
    launcher.expect("No bootable device")
    assert "debugcon0" not in launcher.counters()
    launcher.kill()
    launcher.start("--firmware", BIOS, "--firmware-log", log, *kind.options)
    launcher.expect("No bootable device")
    launcher.save(tmp_path / "saved")
    launcher.kill()
    first = log.read_bytes()
    assert first.startswith(b"SeaBIOS (version") and first.count(b"No bootable device") == 1
    launcher.restore(tmp_path / "saved")
    launcher.ctl("reset")
    launcher.expect("No bootable device")
    assert launcher.counters()["debugcon0"]["bytes"] > 1000
    until(lambda: log.read_bytes().count(b"No bootable device") == 2, "the log of a restored VM")
    assert log.read_bytes().startswith(first)
    launcher.kill()


def test_log_that_fails(tmp_path):
    """a log that takes nothing more is said once, and the guest goes on"""
    launcher = Keel(tmp_path)
    launcher.start("--firmware", BIOS, "--firmware-log", "/dev/full")
    launcher.expect("No bootable device")
    assert launcher.said_on_stderr() == ("keel: firmware's log: No space left on device; "
                                         "what the guest prints is lost from here\n")
    launcher.kill()


@pytest.mark.parametrize("kind", keel.ON_AND_OFF, ids=lambda kind: kind.id)
def test_rubbish(kind, tmp_path):
    """firmware of random bytes: the guest does what they say, and the launcher ends as it should"""
    random = Random(1)
    for _ in range(8 if LONG else 2):
        file = tmp_path / "rubbish"
        file.write_bytes(random.randbytes(65536))
        status, _, said = ended("--firmware", file, *kind.options, limit=2)
        assert status in (0, 14, 16, 24, "none in 2 s") or status % 2, said
