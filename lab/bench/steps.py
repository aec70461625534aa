# SPDX-License-Identifier: GPL-2.0
"""The runs of the bench: which commands measure which groups of rows in a lab host."""
import json
import shlex
from dataclasses import dataclass

MODULES = {"net": "tun vhost_net", "vsock": "vhost_vsock"}

# Groups that need nothing but the guest, and are run by it in this order
CHIPS = ["ports", "ioapic", "lines", "pit", "lapic", "uart", "pit-tick", "rtc-tick"]


@dataclass
class Step:
    """
    peer:    whose figures these are
    groups:  rows that it measures
    command: for bash in the host, after lab/bench/inside
    setup:   a function of that file, to be called once before
    row:     that it measures, where the guest has another name for it
    mend:    modules of lab/modules that its host has
    """
    peer: str
    groups: list
    command: str
    setup: str = ""
    row: str = ""
    mend: str = ""

    def __str__(self):
        return f"{self.peer} {self.row}".strip()


class Plan:
    """Collects the steps; files: where what they run is."""

    def __init__(self, files, groups):
        self.files = files
        self.groups = groups
        self.steps = []

    def add(self, peer, groups, command, setup="", row="", how="guest", mend=""):
        """WORDS in the command are those groups that are wanted, if any is."""
        wanted = [group for group in groups if group in self.groups]
        if wanted:
            words = command.replace("WORDS", " ".join(wanted))
            name = f"{peer} {row}".strip()
            self.steps.append(Step(peer, wanted, f"{how} '{name}' {words}", setup, row, mend))

    # ---- VMMs ----

    def keel(self, peer, groups, options="", append="WORDS", **more):
        self.add(peer, groups, f"keel run -m 32M --testdev --stats=none {options} "
                 f"--append '{append}' {self.files['guest']}", **more)

    def qemu(self, peer, groups, irqchip, options="", **more):
        # Without a LAPIC in KVM it refuses an MSR that QEMU sets for this feature
        cpu = "host,kvm-asyncpf-int=off" if irqchip == "off" else "host"
        self.add(peer, groups, f"{self.files['qemu']} -machine pc,accel=kvm,kernel-irqchip={irqchip} "
                 f"-cpu {cpu} -m 32 -nodefaults -display none -no-reboot -serial stdio "
                 f"-device isa-debug-exit,iobase=0xf4,iosize=4 {options} "
                 f"-kernel {self.files['guest']} -append 'WORDS'", **more)

    # ---- Groups ----

    def chips(self):
        for kind, groups in (("kvm", ["ports", "ioapic", "pit", "lapic", "pit-tick"]),
                             ("user", ["ports", "ioapic", "lines", "lapic"])):
            self.add(kind, groups, f"{self.files['minimal']} {kind} {self.files['guest']} 'WORDS'")
        self.keel("keel-bus", CHIPS)
        self.keel("keel-loop", CHIPS, "--no-bus")
        self.keel("keel-timed", ["ports", "ioapic", "pit"], "--latency")
        for irqchip in ("on", "split", "off"):
            self.qemu(f"qemu-{irqchip}", CHIPS, irqchip)

    def blk(self):
        disk = "/dev/shm/disk"
        more = {"setup": "use_disk"}
        self.keel("keel-bus", ["blk"], f"--disk {disk}", **more)
        self.keel("keel-port", ["blk"], f"--disk {disk},notify=port", **more)
        self.keel("keel-loop", ["blk"], f"--no-bus --disk {disk}", **more)
        drive = f"-drive file={disk},format=raw,if=none,id=d"
        device = "-device virtio-blk-pci,drive=d,disable-legacy=on"
        thread = "-object iothread,id=t"
        for name, irqchip, options in (
                ("qemu-on", "on", f"{drive},aio=threads {device}"),
                ("qemu-split", "split", f"{drive},aio=threads {device}"),
                ("qemu-uring", "split", f"{drive},aio=io_uring {device}"),
                ("qemu-iothread", "split", f"{thread} {drive},aio=threads {device},iothread=t"),
                ("qemu-iothread-uring", "split",
                 f"{thread} {drive},aio=io_uring {device},iothread=t"),
                ("qemu-port", "split", f"{thread} {drive},aio=io_uring {device},iothread=t,"
                 "modern-pio-notify=on")):
            self.qemu(name, ["blk"], irqchip, options, **more)

    def net(self):
        mac = "02:00:00:00:09:02"
        tap = f"--net tap=tap0,mac={mac}"
        more = {"setup": "use_net"}
        self.keel("keel-bus", ["net"], tap, **more)
        self.keel("keel-port", ["net"], f"{tap},notify=port", **more)
        self.keel("keel-loop", ["net"], f"--no-bus {tap}", **more)
        options = ("-netdev tap,id=n,ifname=tap0,script=no,downscript=no,vhost=on "
                   f"-device virtio-net-pci,netdev=n,disable-legacy=on,mac={mac}")
        self.qemu("qemu-on", ["net"], "on", options, **more)
        self.qemu("qemu-split", ["net"], "split", options, **more)
        self.qemu("qemu-port", ["net"], "split", options + ",modern-pio-notify=on", **more)

    def console(self):
        for peer, bus in (("keel-bus", ""), ("keel-loop", "--no-bus")):
            self.keel(peer, ["console"], f"{bus} --virtio-console /dev/shm/keel")
        options = ("-device virtio-serial-pci,disable-legacy=on{} "
                   "-chardev file,id=c,path=/dev/shm/console -device virtconsole,chardev=c")
        self.qemu("qemu-split", ["console"], "split", options.format(""))
        self.qemu("qemu-port", ["console"], "split", options.format(",modern-pio-notify=on"))

    def start(self):
        first = self.files["first"]
        for name, mib, options in (("keel-bus", 256, ""),
                                   ("keel-control-256M", 256, "--control /run/control"),
                                   ("keel-control-2048M", 2048, "--control /run/control")):
            self.add(name, ["start"], f"{mib} keel run -m {mib}M {options} {first}", how="start")
        for name, least in (("microvm", ""), ("microvm-least", ",acpi=off,pit=off,pic=off,rtc=off,"
                                              "isa-serial=off")):
            self.add(name, ["start"], f"256 {self.files['qemu']} -machine microvm,accel=kvm{least} "
                     "-cpu host -m 256 -nodefaults -no-user-config -display none -no-reboot "
                     f"-kernel {first}", how="start")

    def vsock(self):
        more = {"setup": "use_echo"}
        for peer, options in (("keel-bus", ""), ("keel-port", ",notify=port"), ("keel-loop", "")):
            bus = "--no-bus" if peer == "keel-loop" else ""
            self.keel(peer, ["vsock"], f"{bus} --vsock 42{options}", **more)
        device = "-device vhost-vsock-pci,disable-legacy=on,guest-cid=42"
        self.qemu("qemu-on", ["vsock"], "on", device, **more)
        self.qemu("qemu-split", ["vsock"], "split", device, **more)
        self.qemu("qemu-port", ["vsock"], "split", device + ",modern-pio-notify=on", **more)

    def dispatch(self):
        few = ("--console stdio --no-rtc --no-pm --no-i8042 --no-pci --no-debug-exit --no-pvpanic "
               "--no-hpet")
        for regions, options in BOARDS.items():
            text = few if not options else options
            for peer, bus in (("keel-bus", ""), ("keel-loop", "--no-bus")):
                self.keel(peer, ["dispatch"], f"{bus} {text}", setup="use_disks 16",
                          row=f"dispatch-{regions}")

    def vms(self):
        for number in (1, 8, 64):
            self.keel("keel-bus", ["vms"], append="dispatch", setup=f"use_vms {number - 1}",
                      row=f"vms-{number}")

    def control(self):
        for peer, bus in (("keel-bus", ""), ("keel-loop", "--no-bus")):
            self.add(peer, ["control"], f"30 {words(KEEL_PAUSE)} keel run -m 32M {bus} --stats=none "
                     f"--control /run/control {self.files['first']}", how="control")
        self.add("qemu-split", ["control"], f"30 {words(QMP_START + QMP_PAUSE)} {self.small_qemu('first')}",
                 how="control")

    def small_qemu(self, image, options="", mib=32):
        return (f"{self.files['qemu']} -machine pc,accel=kvm,kernel-irqchip=split -cpu host -m {mib} "
                "-nodefaults -display none -no-reboot -qmp unix:/run/control,server=on,wait=off "
                f"{options} -kernel {self.files[image]}")

    def save(self):
        saved, fill = "/dev/shm/saved", self.files["fill"]
        keel = "keel run --stats=none --sandbox off"
        self.add("keel-bus", ["save"], f"{words([('save', 'ok', f'save {saved}')])} {keel} -m 128M "
                 f"--control /run/control {fill}", how="save")
        self.add("keel-bus", ["save"], f"{keel} --restore {saved}", how="restore")
        # What is restored runs, though it was saved while it stood still
        running = "-global migration.store-global-state=off"
        self.add("qemu-split", ["save"],
                 f"{words(QMP_SAVE)} {self.small_qemu('fill', running, 128)}", how="save")
        self.add("qemu-split", ["save"], self.small_qemu(
            "fill", f"-incoming 'exec:cat {saved}'", 128), how="restore")

    def boot(self):
        image, initrd = self.files["image"], self.files["initrd"]
        for row, quiet in (("boot-log", ""), ("boot-quiet", " quiet")):
            append = f"-append 'console=ttyS0 panic=-1{quiet}' "
            self.add("keel-bus", ["boot"], f"{row} keel run -m 256M --stats=none --initrd {initrd} "
                     f"-{append} {image}", how="boot")
            self.add("microvm", ["boot"], f"{row} {self.files['qemu']} -machine microvm,accel=kvm "
                     "-cpu host -m 256 -nodefaults -no-user-config -display none -no-reboot "
                     "-serial stdio -device isa-debug-exit,iobase=0x501,iosize=1 "
                     f"-initrd {initrd} {append} -kernel {image}", how="boot")

    def firmware(self):
        setup = f"use_grub {self.files['grub']}"
        for peer, command in BIOS.items():
            self.add(peer, ["firmware"], f"{VARS} {BIOS_SAYS} -- {command}", setup, how="firmware")
        for peer, command in UEFI.items():
            # EDK II writes CR8
            self.add(peer, ["firmware"], f"{VARS} {UEFI_SAYS} -- {command}", setup, how="firmware",
                     mend="keep_cr8")


# From firmware to a login: what is printed on the way, and the VMMs, with lab/bench/inside's names of
# disk and variables
BIOS_SAYS = " ".join(map(shlex.quote, [
    "bios-banner=SeaBIOS (version", "bios-sector=GRUB", "bios-grub=@ grub pc",
    "bios-linux=Linux version", "bios-login=login:"]))
UEFI_SAYS = " ".join(map(shlex.quote, [
    "uefi-output=", "uefi-loader=BdsDxe: starting", "uefi-grub=@ grub efi",
    "uefi-linux=Linux version", "uefi-login=login:"]))
CODE, VARS = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
KEEL_GRUB = "--disk $DISK.grub,ro"
QEMU_GRUB = ("-cpu host -nodefaults -no-user-config -display none -no-reboot -serial stdio "
             "-drive file=$DISK.grub,format=raw,if=none,id=d,readonly=on")
# Without a system management mode, as Keel is
Q35 = (f"qemu-system-x86_64 -machine q35,accel=kvm,graphics=off,smm=off {QEMU_GRUB} "
       "-device virtio-blk-pci,drive=d,bootindex=0")
BIOS = {
    "keel-bus": f"keel run -m 256M --stats=none --firmware seabios {KEEL_GRUB}",
    "keel-loop": f"keel run -m 256M --stats=none --no-bus --firmware seabios {KEEL_GRUB}",
    "q35": f"{Q35} -m 256",
}
UEFI = {
    "keel-bus": f"keel run -m 512M --stats=none --firmware ovmf --nvram $VARS {KEEL_GRUB}",
    "keel-loop": f"keel run -m 512M --stats=none --no-bus --firmware ovmf --nvram $VARS {KEEL_GRUB}",
    "q35": f"{Q35} -m 512 -drive if=pflash,format=raw,unit=0,readonly=on,file={CODE} "
           "-drive if=pflash,format=raw,unit=1,file=$VARS",
}


# Boards by their number of regions, about: few devices, or disks, which have seven or ten each.
# The launcher takes 16 disks.
BOARDS = {
    8: "",
    100: " ".join(f"--disk /dev/shm/disk{i}" for i in range(1, 11)),
    200: "--virtio-legacy " + " ".join(f"--disk /dev/shm/disk{i}" for i in range(1, 17)),
}

# Requests to a control socket: row, what the answer has in it, text
KEEL_PAUSE = [("pause", "ok", "pause"), ("resume", "ok", "resume")]


def qmp(row, name, answer='"return"', **values):
    return row, answer, json.dumps({"execute": name, "arguments": values})


QMP_START = [qmp("-", "qmp_capabilities")]
QMP_PAUSE = [qmp("pause", "stop"), qmp("resume", "cont")]
QMP_SAVE = [
    *QMP_START,
    qmp("-", "migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}]),
    qmp("-", "migrate-set-parameters", **{"max-bandwidth": 10 ** 11}),
    qmp("-", "stop"),
    qmp("save", "migrate", '"completed"', uri="exec:cat >/dev/shm/saved"),
]


def words(requests):
    """A word for bash that has the requests as words."""
    return shlex.quote(shlex.join(word for request in requests for word in request))


def steps(files, groups, vendor):
    """The steps that measure these groups on a vendor's host."""
    plan = Plan(files, groups)
    plan.chips()
    plan.blk()
    plan.console()
    plan.dispatch()
    plan.control()
    if vendor == "amd":
        plan.net()
        plan.vsock()
        plan.start()
        plan.save()
        if "boot" in groups:      # its files are made for it alone
            plan.boot()
        plan.vms()
        if "firmware" in groups:  # likewise
            plan.firmware()
    return plan.steps
