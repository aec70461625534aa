# SPDX-License-Identifier: GPL-2.0
"""
VMs in containers: in a Debian 12 and in a Debian 13, packaging/container/build makes an image of
the package keel, and podman runs it in a lab host, where "contains" reports what it finds. Files
for Kubernetes and Nomad are read by their own tools, as far as Debian has them, and what they say
is run by podman. Needs Debian's mirror.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hcl
import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path.insert(0, str(TOP / "lab/docs"))
import examples     # pylint: disable=wrong-import-position

WORK = TOP / "build/packages"
DEBS = TOP / "build/deb"
PAGE = TOP / "Documentation/containers.rst"
PACKAGING = TOP / "packaging"
IMAGE = "localhost/keel:0.1"
CODENAMES = {"12": "bookworm", "13": "trixie"}
KUBECTL = {"12": "kubernetes-client", "13": "kubectl"}
PODMAN = ("podman", "crun", "netavark", "uidmap", "catatonit", "libpam-systemd",
          "dbus-user-session", "mmdebstrap")
MIB = 1 << 20
# The lab host's root is an overlay already
STORAGE = """[storage]
driver = "vfs"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
"""


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def variables(*command):
    """What a script of the lab prints."""
    return dict(line.split("=", 1) for line in output_of(*command).split())


class Machine:
    """
    A Debian system, whose changes are in a folder of their own, with Keel's packages, podman, the
    image, and what its VMs boot.
    """

    def __init__(self, version):
        self.version = version
        found = variables(TOP / "lab/debian", version)
        # 13's later kernel is of those that throttle a thread on its way to user space
        self.release = found["FIRST"] if version == "12" else found["SECOND"]
        self.root = self.mount(found["SYSTEM"])
        self.facts = {}
        self.install()
        self.image()
        self.guests()
        self.gid = self.run("getent", "group", "kvm").split(":")[2]
        self.commands()

    def mount(self, system):
        folder = WORK / f"{self.version}-containers"
        shutil.rmtree(folder, ignore_errors=True)
        upper, work, root = (folder / name for name in ("upper", "work", "root"))
        for path in upper, work, root:
            path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={system},upperdir={upper},"
                        f"workdir={work}", "keel", root], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
        subprocess.run(["mount", "--rbind", "/sys", root / "sys"], check=True)
        return root

    def run(self, *command):
        """Runs a program with its files, which must succeed: what it says."""
        done = subprocess.run(
            ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "INITRD=No",
             "DEBIAN_FRONTEND=noninteractive", "BUILDAH_ISOLATION=chroot", "chroot", self.root,
             *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, text=True)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def apt(self, *packages):
        self.run("apt-get", "-q", "-y", "--no-install-recommends", "install", *packages)

    def install(self):
        storage = self.root / "etc/containers/storage.conf"
        storage.parent.mkdir()
        storage.write_text(STORAGE)
        debs = self.root / "srv/debs"
        debs.mkdir()
        for deb in DEBS.glob("keel*_0.1_*.deb"):
            shutil.copy(deb, debs)
        self.run("apt-get", "-q", "update")
        self.apt(*PODMAN, KUBECTL[self.version], f"linux-image-{self.release}",
                 f"linux-headers-{self.release}")
        self.apt(*(f"/srv/debs/{next(debs.glob(name)).name}"
                   for name in ("keel_*.deb", "keel-dkms_*.deb")))

    def image(self):
        shutil.copytree(PACKAGING / "container", self.root / "srv/container")
        package = next((self.root / "srv/debs").glob("keel_*.deb")).name
        sources = output_of(TOP / "lab/suites", self.version).splitlines()
        self.run("/srv/container/build", f"/srv/debs/{package}", CODENAMES[self.version], *sources)
        self.run("podman", "save", "-q", "-o", "/srv/keel.tar", IMAGE)
        shutil.rmtree(self.root / "var/lib/containers/storage")

    def guests(self):
        """A Linux that loads its CPU and disk, and the guest that echoes, in a volume each."""
        vm, node = self.root / "srv/vm", self.root / "var/lib/keel/vm"
        for folder in vm, node:
            folder.mkdir(parents=True)
        for path in vm / "payload", vm / "vmlinuz", node / "vmlinuz":
            shutil.copy(TOP / "build/userspace/payload", path)
        shutil.copy(variables(TOP / "lab/kernel", "6.1")["IMAGE"], vm / "linux")
        initrd = output_of(TOP / "lab/guest", "--main", HERE / "container.guest",
                           "--modules", "virtio_blk virtio_pci").strip()
        shutil.copy(initrd, vm / "initrd")
        (vm / "disk").write_bytes(bytes(MIB))

    def commands(self):
        """What runs in the host: our script, the manual's examples, Nomad's task."""
        srv = self.root / "srv"
        shutil.copy(HERE / "contains", srv)
        for example in examples.examples_of(PAGE):
            (srv / f"example-{example.where}").write_text(example.commands + "\n")
        (srv / "task").write_text("\n".join(task(self.gid)) + "\n")

    def kubectl(self, command, name, *rest):
        """What kubectl makes of a file of ours, without a cluster."""
        shutil.copy(PACKAGING / "kubernetes" / name, self.root / "srv")
        return json.loads(self.run("kubectl", *command.split(), "--local", "-o", "json",
                                   "-f", f"/srv/{name}", *rest))

    def use(self):
        """Boots it, and has what "contains" reports."""
        log = WORK / f"{self.version}-containers.log"
        done = subprocess.run([TOP / "lab/host", "--root", self.root, "--kernel", self.release,
                               "--log", log, "--", "/srv/contains"], stdout=subprocess.PIPE,
                              check=False, text=True)
        log.with_suffix(".out").write_text(done.stdout)
        assert done.returncode == 0, done.stdout
        self.facts = dict(re.findall(r"(?m)^@ ([\w-]+) ?(.*)$", done.stdout))


# ---- Nomad ----

def option(name, value, gid):
    """Of docker's and podman's, for a key of a task's configuration; None: it has another place"""
    plain = {"network_mode": "network", "pids_limit": "pids-limit"}
    lists = {"group_add": "group-add", "cap_drop": "cap-drop", "security_opt": "security-opt"}
    if name in plain:
        return [f"--{plain[name]}={value}"]
    if name in lists:
        return [f"--{lists[name]}={gid if name == 'group_add' else item}" for item in value]
    if name == "devices":
        return ["--device={host_path}:{container_path}:{cgroup_permissions}".format(**device)
                for device in value]
    if name == "mount":
        assert value.pop("readonly")
        return ["--mount=" + ",".join(f"{key}={text}" for key, text in value.items()) + ",ro=true"]
    assert name in ("image", "args") or (name, value) == ("cpu_hard_limit", True)
    return []


def task(gid):
    """The words with which podman runs the task's container."""
    with open(PACKAGING / "nomad/vm.nomad.hcl", encoding="utf-8") as file:
        found = hcl.load(file)["job"]["vm"]["group"]["vm"]["task"]["keel"]
    config = found["config"]
    words = [word for name, value in config.items() for word in option(name, value, gid)]
    return [*words, f"--memory={found['resources']['memory']}m", config["image"], *config["args"]]


# ---- Tests ----

@pytest.fixture(scope="module", params=["12", "13"])
def machine(request):
    return Machine(request.param)


def leaves(value, path=""):
    """Of a JSON value: the paths and texts of all that is neither object nor list."""
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from leaves(item, f"{path}.{key}")
    else:
        yield path, str(value)


@pytest.mark.parametrize("name", ["device-plugin.yaml", "vm.yaml"])
def test_kubectl(machine, name):
    """Debian {machine}: kubectl knows each field of {name}, and its type"""
    written = dict(leaves(machine.kubectl("annotate", name, "none-")))
    read = dict(leaves(machine.kubectl("set image", name, "*=registry.example/image:1")))
    lost = {path: text for path, text in written.items() if read.get(path) != text}
    assert len(written) > 20 and [path for path in lost if not path.endswith(".image")] == []


def pod(machine):
    """vm.yaml as podman can play it: it has no device plugins, and the node's group is known."""
    found = machine.kubectl("annotate", "vm.yaml", "none-")
    found["spec"]["securityContext"]["supplementalGroups"] = [int(machine.gid)]
    limits = found["spec"]["containers"][0]["resources"]["limits"]
    assert limits.pop("keel.example/vm")
    limits.update({f"podman.io/device=/dev/{name}": 1 for name in ("kvm", "keel")})
    return found


def test_run(machine):
    """Debian {machine}: a lab host runs VMs in containers"""
    if machine.version != "12":     # 12's podman gives a pod no devices
        (machine.root / "srv/pod.json").write_text(json.dumps(pod(machine)))
    machine.use()
    assert machine.facts["release"] == machine.release


def test_echo(machine):
    """Debian {machine}: a user, and root, run a VM, which is another user in the container"""
    facts = machine.facts
    assert facts["check"] == "0 A VM can run here."
    assert facts["echo"] == facts["root-echo"] == "0 ready"
    assert int(facts["user"].split()[1]) > 1000, facts["user"]
    assert re.fullmatch(r"vm running 1 512M 1 [\d:]+", facts["ps"])


def test_example(machine):
    """Debian {machine}: the examples of the manual"""
    assert machine.facts["example-user"].startswith("0 "), machine.facts["example-user"]
    assert machine.facts["example-root"].startswith("0 "), machine.facts["example-root"]


def test_group(machine):
    """Debian {machine}: without the group, keel check says how the container gets it"""
    assert "8 bad /dev/kvm Permission denied" in machine.facts["remedy"]
    assert "podman run --group-add keep-groups" in machine.facts["remedy"]
    assert f"podman run --group-add {machine.gid}" in machine.facts["root-remedy"]


def test_cgroup(machine):
    """Debian {machine}: all threads of a VM are in its container's cgroup, which has the limits"""
    facts = machine.facts
    assert {"keel", "keel-vcpu0", "keel-disk0"} <= set(facts["threads"].split())
    assert re.fullmatch(r"libpod-[0-9a-f]{64}", facts["cgroup"])
    assert facts["elsewhere"] == "0"
    assert facts["maxima"] == f"40000 100000 {256 * MIB} 24"
    current, threads = map(int, facts["pids"].split())
    assert threads <= current <= 24


def test_cpu(machine):
    """Debian {machine}: vCPUs and servers together have the CPU time that the container has"""
    numbers = list(map(int, machine.facts["spent"].split()))
    passed, group, vcpu, disk, throttled = (b - a for a, b in zip(numbers[:5], numbers[5:]))
    assert throttled > 0
    # 40 % of a CPU, and what a tick and a busy machine add; the guest would take all of one
    assert vcpu + disk <= group * 1.01 and group <= 0.6 * passed, numbers
    assert vcpu > 0.02 * passed and disk > 0.02 * passed, numbers
    assert int(machine.facts["steal"]) > 0


def test_memory(machine):
    """Debian {machine}: a guest that takes more memory than its container has ends, alone"""
    _, peak = map(int, machine.facts["memory"].split())
    assert 32 * MIB < peak <= 256 * MIB
    assert machine.facts["killed"] == "137 0"
    assert re.fullmatch(r"Memory cgroup out of memory: Killed process \d+ \(keel\S*\)",
                        machine.facts["oom"])


def test_pids(machine):
    """Debian {machine}: a VM with more threads than its container may have is refused"""
    assert re.fullmatch(r"28 keel: no thread keel-\w+: Resource temporarily unavailable "
                        r"\(see ulimit -u, and the cgroup.s pids.max\)", machine.facts["pids-few"])


def test_sandbox(machine):
    """Debian {machine}: the launcher's sandbox works within the container's profile"""
    assert re.match("good sandbox seccomp, and Landlock [1-9]", machine.facts["check-sandbox"])
    found = dict(re.findall(r"(\w+):(\S+?)\*\d+", machine.facts["filters"]))
    kinds = re.findall(r"\w+:\S+?\*", machine.facts["filters"])
    assert len(kinds) == len(found), machine.facts["filters"]
    assert (found["Seccomp"], found["NoNewPrivs"], found["CapEff"]) == ("2", "1", "0" * 16)
    assert found["Seccomp_filters"] == "2"


def test_profiles(machine):
    """Debian {machine}: a profile that keeps the sandbox from working is reported"""
    facts = machine.facts
    assert facts["landlock"] == "0 ready"
    assert facts["landlock-check"].startswith("0 note sandbox seccomp alone, no Landlock: ")
    assert re.fullmatch(r"28 keel: seccomp: .* \(--sandbox=off does without\)", facts["seccomp"])
    assert facts["seccomp-check"].startswith("28 bad sandbox no seccomp: ")
    assert facts["seccomp-off"] == "0 ready"


def test_stop(machine):
    """Debian {machine}: podman stop ends a VM by its signal"""
    assert machine.facts["stopped"] == "143"


def test_task(machine):
    """Debian {machine}: podman runs the container of Nomad's task"""
    assert machine.facts["task"] == "0 ready"


def test_pod(machine):
    """Debian {machine}: podman runs the pod, with its limits"""
    if machine.version == "12":
        assert "pod" not in machine.facts
        return
    facts = machine.facts
    assert facts["pod"] == f"1000 50000 100000 {320 * MIB}"
    none = "0" * 16
    assert facts["pod-filters"] == f"CapBnd: {none} CapEff: {none} NoNewPrivs: 1"
    assert " vm " in f" {facts['pod-ps']} "
    assert facts["pod-status"] == "20"
