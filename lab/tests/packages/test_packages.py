# SPDX-License-Identifier: GPL-2.0
"""
Debian's packages of Keel in a Debian 12 and in a Debian 13, from installation to purge. Programs of
apt and DKMS run with the system's files, without an emulator; then a lab host boots the system, and
runs "uses" there.
"""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
WORK = TOP / "build/packages"
DEBS = TOP / "build/deb"
BOUNDS = "KEEL_KERNEL_FIRST", "KEEL_KERNEL_LAST"


def shell_variables(*command):
    """What a script of the lab prints."""
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.split())


class System:
    """A Debian system, whose changes are in a folder of their own."""

    def __init__(self, version):
        self.version = version
        found = shell_variables(TOP / "lab/debian", version)
        self.first, self.second = found["FIRST"], found["SECOND"]
        folder = WORK / version
        shutil.rmtree(folder, ignore_errors=True)
        upper, work, self.root = (folder / name for name in ("upper", "work", "root"))
        for path in upper, work, self.root:
            path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={found['SYSTEM']},"
                        f"upperdir={upper},workdir={work}", "keel", self.root], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        for name in "payload", "uses":
            shutil.copy(HERE / name if name == "uses" else TOP / "build/userspace/payload",
                        self.root / "srv" / name)
        self.facts = {}

    def run(self, *command):
        """Runs a program with its files: its status, and what it prints."""
        done = subprocess.run(
            ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "INITRD=No",
             "DEBIAN_FRONTEND=noninteractive", "chroot", self.root, *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, text=True)
        return done.returncode, done.stdout

    def install(self, *packages):
        status, said = self.run("apt-get", "-y", "--no-install-recommends", "install", *packages)
        assert status == 0, said
        return said

    def module(self, release):
        """keel.ko's file for a kernel, or None."""
        return next(self.root.glob(f"lib/modules/{release}/updates/dkms/keel.ko*"), None)

    def modinfo(self, release, field):
        path = self.module(release)
        return self.run("modinfo", "-F", field, f"/{path.relative_to(self.root)}")[1].strip()

    def use(self, release, *arguments):
        """Boots it with a kernel, and has what "uses" reports."""
        done = subprocess.run(
            [TOP / "lab/host", "--root", self.root, "--kernel", release, "--log",
             WORK / f"{self.version}-{release}.log", "--", "bash", "/srv/uses", *arguments],
            stdout=subprocess.PIPE, check=False, text=True)
        (WORK / f"{self.version}-{release}.out").write_text(done.stdout)
        assert done.returncode == 0, done.stdout
        self.facts = dict(re.findall(r"(?m)^@ ([\w-]+) ?(.*)$", done.stdout))
        self.facts["left"] = re.findall(r"(?m)^@ left (.*)$", done.stdout)


@pytest.fixture(scope="module", params=["12", "13"])
def system(request):
    return System(request.param)


def bounds():
    """The first and the last kernel that are supported, as (major, minor)."""
    text = (TOP / "uapi/keel_version.h").read_text()
    return [tuple(map(int, re.search(rf'{name}\s+"(\d+)\.(\d+)"', text).groups()))
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


def test_install(system):
    """Debian {system}: installed, with a stripped and signed module for its kernel"""
    debs = system.root / "srv/debs"
    debs.mkdir()
    for deb in DEBS.glob("keel*_0.1_*.deb"):
        shutil.copy(deb, debs)
    names = [f"/srv/debs/{next(debs.glob(pattern)).name}"
             for pattern in ("keel_*.deb", "keel-dkms_*.deb")]
    said = system.install(*names, "libslirp0")
    assert system.module(system.first), said
    assert system.modinfo(system.first, "vermagic").split()[0] == system.first
    assert re.search("DKMS|MOK|key", system.modinfo(system.first, "signer")), "it is not signed"
    path = system.module(system.first).relative_to(system.root)
    _, sections = system.run("sh", "-c", "cd /tmp && "
                             f"case {path} in *.xz) xz -dc /{path} ;; *.zst) zstd -dc /{path} ;; "
                             f"*) cat /{path} ;; esac >m.ko; objdump -h m.ko; rm m.ko")
    assert ".text" in sections and ".debug_info" not in sections, sections


def test_pages(system):
    """Debian {system}: manual pages and completion are where their readers look"""
    for page in "keel.1", "keel.4", "keel.conf.5", "keel.7":
        section = page.rsplit(".", 1)[1]
        status, said = system.run("man", "-w", section, page.rsplit(".", 1)[0])
        assert status == 0, said
    for file in "bash-completion/completions/keel", "zsh/vendor-completions/_keel":
        assert (system.root / "usr/share" / file).stat().st_size > 1000


USED = {
    "loaded": "1", "failed": "", "device": "kvm 660", "anna": "ready",
    "anna-check": "0 A VM can run here.", "bert-check": "8 2",
    "unit": "active running", "unit-answers": "1", "unit-user": "keel",
    "unit-capabilities": "0000000000000000 0000000000000000", "unit-none": "1 1", "unit-stopped": "inactive success",
    "unloaded": "1 0", "unloaded-check": "6 modprobe keel (as root)", "device-again": "kvm 660",
}


def check_use(system, release):
    assert system.facts["release"] == release
    got = {key: system.facts.get(key) for key in USED}
    got["unit-user"] = "keel" if got["unit-user"] not in (None, "root", "anna") else got["unit-user"]
    assert got == USED
    assert re.match("8 keel: /dev/keel: Permission denied; are you in group kvm", system.facts["bert"])


def test_use(system):
    """Debian {system}: a member of group kvm runs a VM, and systemd does; others do not"""
    system.use(system.first)
    check_use(system, system.first)


def test_exposure(system):
    """Debian {system}: systemd-analyze rates the unit's exposure as OK, 3.0 at most"""
    assert float(system.facts["unit-exposure"].split()[0]) <= 3.0, system.facts["unit-exposure"]


def test_other_kernel(system):
    """Debian {system}: a kernel that is not supported is skipped with a line that says so"""
    conf = system.root / "usr/src/keel-0.1/dkms.conf"
    before = conf.read_text()
    conf.write_text(re.sub("(?m)^BUILD_EXCLUSIVE_KERNEL=.*", 'BUILD_EXCLUSIVE_KERNEL="^5"', before))
    status, said = system.run("dkms", "build", "-m", "keel", "-v", "0.1", "-k", system.first,
                              "--force")
    conf.write_text(before)
    assert status == 77, said
    assert len(re.findall("(?m)^.*BUILD_EXCLUSIVE.*$", said)) == 1, said


def test_kernel_change(system):
    """Debian {system}: a later kernel gets its module when it is installed"""
    said = system.install(f"linux-image-{system.second}", f"linux-headers-{system.second}")
    assert system.module(system.second), said
    assert system.modinfo(system.second, "vermagic").split()[0] == system.second


def test_use_later(system):
    """Debian {system}: the same on that kernel"""
    system.use(system.second, "purge")
    check_use(system, system.second)


def test_purge(system):
    """Debian {system}: purged, nothing is left, and the module is unloaded"""
    assert (system.facts["purge"], system.facts["purged"]) == ("0", "0")
    assert system.facts["left"] == []
