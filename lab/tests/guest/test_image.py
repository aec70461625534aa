# SPDX-License-Identifier: GPL-2.0
"""
A disk that a user has made with "keel image create" (lab/disk): SeaBIOS and OVMF start it up to a
login on the serial console; cloud-init has what --user-data says; after an update-grub in the guest
it starts again, and after its kernel's upgrade, by the new one. Only in "make check-long": a whole
system is made for it.
"""
import pytest

from keel import LIMIT, Keel, Kind

# A test is told of when it has ended, and has steps that take minutes each
HOST = {"image": "lab/disk", "timeout": 3600}
DISK = "/dev/vda"       # of the host
KINDS = [Kind("SeaBIOS, accelerator on", firmware="pc", upgraded=True),
         Kind("SeaBIOS, accelerator off", "--no-bus", firmware="pc", upgraded=False),
         Kind("OVMF, accelerator on", "--firmware", "ovmf", firmware="efi", upgraded=True)]
USER_DATA = """#cloud-config
hostname: seeded
write_files:
- path: /etc/seed
  content: {}
"""     # other contents are another instance


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.id)
def vm(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    (folder / "user-data").write_text(USER_DATA.format(request.param.id), encoding="ascii")
    machine = Keel(folder)
    machine.kind = request.param
    machine.start(*machine.kind.options, "--on-reset", "restart", "--disk", DISK,
                  "--user-data", folder / "user-data")
    yield machine
    machine.kill()


def log_in(machine):
    """
    As root, who has no password, at the first serial port's getty; a shell that edits no lines, and
    prompts for none. What is typed before it has begun is lost: bash, which edits, reads ahead.
    """
    machine.expect(r"Debian GNU/Linux 12 \S+ ttyS0")
    machine.type("root\r")
    machine.type("exec sh -c 'echo @ shell; PS1= exec sh'\r")
    machine.expect("@ shell$")


def says(machine, words, limit=LIMIT):
    """What a command prints in the guest, in one line."""
    machine.type(f"echo '@ 'said $({words})\r")
    return machine.report("said", limit)


def failed_units(machine):
    """Their names, when the system has done all that it does at its start."""
    return says(machine, "systemctl is-system-running --wait >/dev/null; "
                         "systemctl --failed --plain --no-legend | cut -d' ' -f1")


# ---- In this order ----

def test_login(vm):
    """it boots to a login, by the firmware that it was started with, and no unit has failed"""
    log_in(vm)
    assert says(vm, "[ -d /sys/firmware/efi ] && echo efi || echo pc") == vm.kind.firmware
    assert says(vm, "findmnt -no SOURCE,FSTYPE /") == "/dev/vda3 ext4"
    assert failed_units(vm) == ""


def test_cloud_init(vm):
    """cloud-init has done what the user data says"""
    assert says(vm, "cat /etc/seed") == vm.kind.id
    assert says(vm, "hostname") == "seeded"


def test_update_grub(vm):
    """update-grub writes a grub.cfg by which GRUB starts the system again"""
    assert says(vm, "update-grub 2>/dev/null; echo $?") == "0"
    assert says(vm, "grep -c /boot/vmlinuz- /boot/grub/grub.cfg") != "0"
    vm.type("reboot\r")
    log_in(vm)
    assert says(vm, "cat /etc/seed") == vm.kind.id


@pytest.mark.long
@pytest.mark.kinds(upgraded=True)
def test_kernel_upgraded(vm):
    """a later kernel is installed by dpkg, and starts at the next boot"""
    before = says(vm, "uname -r")
    newer = says(vm, "dpkg-deb --field /root/newer.deb Package").removeprefix("linux-image-")
    assert says(vm, "dpkg -i /root/newer.deb >/root/said 2>&1; echo $?", limit=3600) == "0"
    vm.type("reboot\r")
    log_in(vm)
    assert says(vm, "uname -r") == newer != before
    assert failed_units(vm) == ""


def test_power_off(vm):
    """poweroff ends it"""
    vm.type("poweroff\r")
    vm.ends(0)
