# SPDX-License-Identifier: GPL-2.0
"""
Keel on a Debian 12 and on a Debian 13, by the commands of README.md: its packages, from
installation to purge, and what "make install" makes of the source, up to a login in a VM. Programs
of apt, DKMS and make run with the system's files, without an emulator; then a lab host boots the
system, and runs "uses" there.
"""
import os
import re
import select
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
WORK = TOP / "build/packages"
DEBS = TOP / "build/deb"
HEADER = (TOP / "uapi/keel_version.h").read_text()
VERSION = re.search(r'KEEL_VERSION\s+"(.*)"', HEADER)[1]
BOUNDS = "KEEL_KERNEL_FIRST", "KEEL_KERNEL_LAST"
SILENCE = 1800      # seconds without a word of a program's, after which it counts as hung


def shell_variables(*command):
    """What a script of the lab prints."""
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.split())


def readme(words):
    """The line with commands in README.md that begins so."""
    found = re.findall(rf"(?m)^\t({re.escape(words)}.*)$", (TOP / "README.md").read_text())
    assert len(found) == 1, words
    return found[0]


def watched(command, log):
    """Runs a program as long as it says something: its status, and what it says."""
    said = b""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as process:
        pipe = process.stdout.fileno()
        while select.select([pipe], [], [], SILENCE)[0]:
            data = os.read(pipe, 65536)
            log.write(data)
            said += data
            if not data:
                break
        else:
            os.killpg(process.pid, signal.SIGKILL)
            said += b"\nkilled after %d s without a word" % SILENCE
    return process.returncode, said.decode(errors="replace")


class System:
    """A Debian system, whose changes are in a folder of their own."""

    def __init__(self, version, name):
        self.name = f"{version}-{name}"
        found = shell_variables(TOP / "lab/debian", version)
        self.first, self.second = found["FIRST"], found["SECOND"]
        folder = WORK / self.name
        shutil.rmtree(folder, ignore_errors=True)
        upper, work, self.root = (folder / name for name in ("upper", "work", "root"))
        for path in upper, work, self.root:
            path.mkdir(parents=True)
        self.log = open(folder / "log", "wb", buffering=0)
        subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={found['SYSTEM']},"
                        f"upperdir={upper},workdir={work}", "keel", self.root], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        for path in HERE / "uses", TOP / "build/userspace/payload", WORK / "forbidden.so":
            shutil.copy(path, self.root / "srv")
        self.name_kernel()
        self.copy_source()
        self.facts = {}

    def name_kernel(self):
        """Programs find its own kernel's release, not this machine's."""
        path = self.root / "srv/bin/uname"
        path.parent.mkdir()
        path.write_text(f'#!/bin/sh\n[ "$*" != -r ] || exec echo {self.first}\n'
                        'exec /usr/bin/uname "$@"\n')
        path.chmod(0o755)

    def copy_source(self):
        """This checkout, as a clone would be: /root/keel."""
        source = self.root / "root/keel"
        subprocess.run(["git", "clone", "-q", "--no-checkout", TOP, source], check=True)
        files = subprocess.run(["git", "-C", TOP, "ls-files", "-zco", "--exclude-standard"],
                               stdout=subprocess.PIPE, check=True).stdout
        for name in filter(None, files.decode().split("\0")):
            if (TOP / name).exists():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TOP / name, source / name, follow_symlinks=False)

    def run(self, *command):
        """Runs a program with its files: its status, and what it says."""
        self.log.write(f"+ {' '.join(command)}\n".encode())
        return watched(
            ["env", "-i", "PATH=/srv/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
             "INITRD=No", "DEBIAN_FRONTEND=noninteractive", f"MAKEFLAGS=-j{os.cpu_count()}",
             "chroot", self.root, *command], self.log)

    def shell(self, line, folder="/root/keel"):
        """Runs a line of commands, all of which must succeed: what they say."""
        status, said = self.run("bash", "-c", f"cd {folder} && {line}")
        assert status == 0, said
        return said

    def module(self, release, folder):
        """keel.ko's file for a kernel, or None."""
        return next(self.root.glob(f"lib/modules/{release}/{folder}/keel.ko*"), None)

    def check_module(self, release, folder):
        """keel.ko is of this kernel and has no debugging information: who has signed it."""
        path = self.module(release, folder)
        assert path, f"no keel.ko for {release} in {folder}"
        place = path.relative_to(self.root)
        kernel, signer = (self.shell(f"modinfo -F {field} /{place}").strip()
                          for field in ("vermagic", "signer"))
        assert kernel.split()[0] == release
        sections = self.shell(
            f"case {place} in *.xz) xz -dc /{place} ;; *.zst) zstd -dc /{place} ;; "
            f"*) cat /{place} ;; esac >m.ko; objdump -h m.ko; rm m.ko", "/tmp")
        assert ".text" in sections and ".debug_info" not in sections, sections
        return signer

    def use(self, release, *arguments, disk=None):
        """Boots it with a kernel, and has what "uses" reports."""
        place = WORK / f"{self.name}-{release}"
        with open(f"{place}.out", "wb") as out:
            done = subprocess.run(
                [TOP / "lab/host", "--root", self.root, "--kernel", release, "--log",
                 f"{place}.log", *(["--disk", disk] if disk else []),
                 "--", "bash", "/srv/uses", *arguments], stdout=out, check=False)
        said = Path(f"{place}.out").read_text(errors="replace")
        assert done.returncode == 0, said
        self.facts = dict(re.findall(r"(?m)^@ ([\w-]+) ?(.*)$", said))
        self.facts["left"] = re.findall(r"(?m)^@ left (.*)$", said)
        self.facts["said"] = said

    def check(self, expected):
        """It has reported these facts."""
        got = {key: self.facts.get(key) for key in expected}
        assert got == expected, self.facts["said"]


@pytest.fixture(scope="module", params=["12", "13"])
def version(request):
    return request.param


@pytest.fixture(scope="module")
def system(version):
    """One for the packages."""
    return System(version, "packages")


@pytest.fixture(scope="module")
def source(version):
    """One for what is made from the source."""
    return System(version, "source")


# ---- The packages ----

def bounds():
    """The first and the last kernel that are supported, as (major, minor)."""
    return [tuple(map(int, re.search(rf'{name}\s+"(\d+)\.(\d+)"', HEADER).groups()))
            for name in BOUNDS]


def test_lintian():
    """lintian has nothing to say about the packages"""
    done = subprocess.run(["lintian", "--allow-root", *DEBS.glob("*.changes")],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_range():
    """DKMS' pattern of kernels is the range in keel_version.h"""
    first, last = bounds()
    text = (TOP / "packaging/dkms.conf").read_text()
    pattern = re.search(r'(?m)^BUILD_EXCLUSIVE_KERNEL="(.*)"$', text)[1]
    for major in range(4, last[0] + 2):
        for minor in range(30):
            for release in f"{major}.{minor}.0-1-amd64", f"{major}.{minor}.7+deb13-amd64":
                matches = bool(re.search(pattern, release))
                assert matches == (first <= (major, minor) <= last) or \
                    (major < last[0] and minor > 20), release


def check_signed(system, release):
    signer = system.check_module(release, "updates/dkms")
    assert re.search("DKMS|MOK|key", signer), "it is not signed"


def test_install(system):
    """Debian {version}: made and installed, with a stripped and signed module for its kernel"""
    system.shell(readme("apt install make git"))
    said = system.shell(readme("make deb"))
    assert system.module(system.first, "updates/dkms"), said
    check_signed(system, system.first)
    system.shell("apt install libslirp0")


def test_pages(system):
    """Debian {version}: manual pages and completion are where their readers look"""
    for page in "keel.1", "keel.4", "keel.conf.5", "keel.7":
        name, section = page.rsplit(".", 1)
        system.shell(f"man -w {section} {name}")
    for file in "bash-completion/completions/keel", "zsh/vendor-completions/_keel":
        assert (system.root / "usr/share" / file).stat().st_size > 1000


USED = {
    "loaded": "1", "failed": "", "device": "kvm 660", "anna": "ready",
    "anna-check": "0 A VM can run here.", "bert-check": "8 2",
    "unit": "active running", "unit-answers": "1", "unit-listed": "1", "unit-user": "keel-test 1",
    "unit-capabilities": "0000000000000000 0000000000000000", "unit-none": "1 1",
    "unit-button": "inactive success 0", "unit-forced": "inactive success 20",
    "unit-deaf": "inactive success 143",
    "seccomp": "keel: the sandbox forbids thread keel-vcpu0 the system call openat (257); "
               "failed exit-code",
    "landlock": "keel-control: Permission denied; inactive success", "landlock-file": "0",
    "own-file": "keel-control: done; inactive success", "own-file-file": "1",
    "no-seccomp": "keel: seccomp: Operation not permitted (--sandbox=off does without); "
                  "failed exit-code",
    "user": "active 1", "user-stopped": "success 1",
    "unloaded": "1 0", "unloaded-check": "6 modprobe keel (as root)", "device-again": "kvm 660",
}


def check_use(system, release):
    system.check({"release": release, **USED})
    assert re.match("8 keel: /dev/k[a-z]+: Permission denied; are you in group kvm",
                    system.facts["bert"])


def test_use(system):
    """Debian {version}: VMs of a member of group kvm and of units; others are told why not"""
    system.use(system.first, "packages")
    check_use(system, system.first)


def test_exposure(system):
    """Debian {version}: systemd-analyze rates the unit's exposure as OK, 3.0 at most"""
    assert float(system.facts["unit-exposure"].split()[0]) <= 3.0, system.facts["unit-exposure"]


def test_other_kernel(system):
    """Debian {version}: a kernel that is not supported is skipped with a line that says so"""
    before, other = (system.root / f"usr/src/keel-{version}" for version in (VERSION, "0.0"))
    shutil.copytree(before, other)
    conf = re.sub("(?m)^BUILD_EXCLUSIVE_KERNEL=.*", 'BUILD_EXCLUSIVE_KERNEL="^5"',
                  (before / "dkms.conf").read_text())
    (other / "dkms.conf").write_text(conf.replace(f'"{VERSION}"', '"0.0"'))
    system.shell("dkms add -m keel -v 0.0")
    status, said = system.run("dkms", "build", "-m", "keel", "-v", "0.0", "-k", system.first)
    system.shell("dkms remove -m keel -v 0.0 --all")
    shutil.rmtree(other)
    assert status == 77, said
    assert len(re.findall("(?m)^.*BUILD_EXCLUSIVE.*$", said)) == 1, said


def test_kernel_change(system):
    """Debian {version}: a later kernel gets its module when it is installed"""
    said = system.shell(f"apt install linux-image-{system.second} linux-headers-{system.second}")
    assert system.module(system.second, "updates/dkms"), said
    check_signed(system, system.second)


def test_use_later(system):
    """Debian {version}: the same on that kernel"""
    system.use(system.second, "purge", str(TOP), os.environ["KEEL_CACHE"])
    check_use(system, system.second)


def test_purge(system):
    """Debian {version}: purged, nothing is left, and the module is unloaded"""
    system.check({"purge": "0", "purged": "0", "left": []})


# ---- The source ----

def test_make_install(source):
    """Debian {version}: made from the source and installed, with a stripped module"""
    source.shell(readme("apt install make &&"))
    line = readme("make && make install")
    assert line.endswith(" && modprobe keel")
    source.shell(line.removesuffix(" && modprobe keel"))
    source.check_module(source.first, "updates")
    assert re.search(r"(?m)^updates/keel\.ko", (
        source.root / f"lib/modules/{source.first}/modules.dep").read_text())


def test_destdir(source):
    """Debian {version}: make install with DESTDIR and PREFIX writes nothing elsewhere"""
    source.shell("touch /srv/before && make install DESTDIR=/srv/image PREFIX=/usr/local")
    image = source.root / "srv/image"
    unit = (image / "usr/local/lib/systemd/system/keel@.service").read_text()
    assert "ExecStart=/usr/local/bin/keel run" in unit
    names = {path.relative_to(image).parts[0] for path in image.rglob("*")}
    assert names == {"lib", "usr"}
    assert {path.name for path in (image / "usr").iterdir()} == {"local"}
    assert next(image.glob(f"lib/modules/{source.first}/updates/keel.ko*"))
    newer = source.shell("find /usr /etc /lib/modules/ -xdev -newer /srv/before ! -type d")
    assert newer == ""


def test_login(source):
    """Debian {version}: README.md's VM, a disk of keel image, up to a login"""
    for words in "apt install mmdebstrap", "keel image create":
        source.shell(f"unset INITRD; {readme(words)}", "/root")
    disk = source.root / "root/debian.img"
    subprocess.run([TOP / "lab/patient", disk], check=True)
    source.use(source.first, "source", readme("keel run --disk"), disk=disk)
    source.check({"release": source.first, "failed": "", "loaded": "1", "device": "kvm 660",
                  "check": "0 A VM can run here.", "login": "0", "end": "0"})
